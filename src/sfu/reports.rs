//! What the engine reports of a connection, once a second and more often: losses, round trips, estimates.

use super::connection::{ConnectionKey, ConnectionRole, Down};
use super::context::Context;
use super::egress::Path;
use super::peer::protocol_of;
use super::room::Room;
use std::time::Duration;
use str0m::bwe::BweKind;
use str0m::stats::{MediaEgressStats, MediaIngressStats, PeerStats};

/// A round trip of more is a mistake in the arithmetic of a report.
const MAX_PLAUSIBLE_RTT: Duration = Duration::from_secs(60);

impl Room {
    pub(super) fn on_estimate(&mut self, key: ConnectionKey, estimate: &BweKind, cx: &mut Context) {
        let Some(member) = self.member_mut(key.slot) else { return };
        let Some(down) = member.down_mut(key.role) else { return };
        match estimate {
            BweKind::Twcc { estimate, .. } => down.bandwidth.estimate(estimate.as_f64()),
            BweKind::Remb { estimate, .. } => down.bandwidth.receiver_estimate(estimate.as_f64()),
            _ => {}
        }
        self.review_soon(cx);
    }

    /// Once a second for each stream to a page.
    pub(super) fn on_egress_stats(&mut self, key: ConnectionKey, stats: &MediaEgressStats) -> Option<()> {
        let member = self.member_mut(key.slot)?;
        let down = member.down_mut(key.role)?;
        let stream = down.seats.iter_mut().find(|seat| seat.has(stats.mid))?.stream_mut(stats.mid)?;
        let packets = std::mem::take(&mut stream.packets);
        let round_trip = down.on_round_trip(packets, stats.rtt);
        let lost = stats.loss.map(|loss| down.bandwidth.lost(loss, packets));
        member.stats.sent.lost += lost.unwrap_or(0.0);
        member.stats.round_trip = round_trip.or(member.stats.round_trip);
        Some(())
    }

    /// Once a second for each stream of a page: what of it did not come.
    pub(super) fn on_ingress_stats(&mut self, slot: u32, stats: &MediaIngressStats) {
        if let Some(member) = self.member_mut(slot)
            && let Some(up) = &mut member.up
        {
            let stream = (stats.mid, stats.rid);
            member.stats.received.lost += up.losses.report(stream, stats.packets, stats.loss);
        }
    }

    /// Once a second for each connection.
    pub(super) fn on_peer_stats(&mut self, key: ConnectionKey, stats: &PeerStats, cx: &mut Context) {
        let Some(member) = self.member_mut(key.slot) else { return };
        member.migrate(key.role, cx); // the check before may be lost
        if let Some(pair) = &stats.selected_candidate_pair {
            let protocol = protocol_of(pair.protocol, pair.remote.addr);
            member.protocol = protocol;
            if let Some(egress) = member.peer_mut(key.role).and_then(|peer| peer.egress.as_mut()) {
                egress.set_path(Path { protocol, source: pair.local.addr, destination: pair.remote.addr });
            }
        }
        let round_trip = stats.rtt.filter(|rtt| *rtt < MAX_PLAUSIBLE_RTT);
        member.stats.round_trip = round_trip.or(member.stats.round_trip);
        if key.role == ConnectionRole::Publish
            && let Some(up) = &mut member.up
        {
            member.stats.received.loss = up.losses.review();
        }
        let (id, replaced) = (member.id, member.next.is_some());
        let reports = member.up.as_ref().is_none_or(|up| up.knows_reports);
        let Some(down) = member.down_mut(key.role) else { return };
        down.bandwidth.review();
        if !reports {
            down.bandwidth.go_by_trouble();
        } else if !replaced && down.bandwidth.wants_measuring() {
            // What is there until it is measured takes no more than goes through.
            let carried = down.bandwidth.hold_back();
            tracing::info!(member = %id, carried, "a slow link: its bandwidth is measured");
            member.open_next(carried, cx);
            self.seat(cx);
        }
        if let Some(member) = self.member_mut(key.slot) {
            member.report(key.role, cx);
        }
        self.review_some_time(cx);
    }
}

impl Down {
    /// The page has told of a round trip on a stream of so many packets lately. What of it is believed.
    pub(super) fn on_round_trip(&mut self, packets: u64, told: Option<Duration>) -> Option<Duration> {
        // What was reported before there was anything to report on is repeated.
        let round_trip = told.filter(|trip| packets > 0 && *trip < MAX_PLAUSIBLE_RTT);
        round_trip.into_iter().for_each(|round_trip| self.bandwidth.travelled(round_trip));
        round_trip
    }
}
