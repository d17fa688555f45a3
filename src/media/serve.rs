//! What a media thread does of what waits in its mailbox: a bounded piece each turn, after packets and
//! timers.
//!
//! Work is counted in requests and not in time. A light request costs some microseconds. A heavy one costs at
//! most as much as the largest SDP that is taken ([`sfu::SDP`]), so a packet never waits for more than one of
//! those.

use super::mailbox::{Askers, Datagram, Handover, ROUTES, Route};
use super::worker::{RETRY, Worker};
use super::{MemberStats, ThreadStats};
use crate::sfu::{self, Command, DatagramOutcome, Protocol, Received, addressee};
use std::ops::ControlFlow;
use std::time::Instant;

/// Light requests of one turn.
const LIGHT: usize = 32;
/// Heavy requests of one turn, between which packets come and go. SECURITY.md.
const HEAVY: usize = 1;
/// Datagrams of other threads in one turn, as many as are taken from a socket.
const DATAGRAMS: usize = 128;
/// Members of a room, for whom one more unit is charged when somebody's connection is made: its SDP lists
/// them.
const MEMBERS_A_UNIT: usize = 8;

impl Worker {
    /// What is about the thread itself. Breaks when it is to stop.
    pub(super) fn read_notices(&mut self, now: Instant) -> ControlFlow<()> {
        self.mailbox.woken();
        #[cfg(test)]
        if let Some(trial) = self.mailbox.take_trial() {
            trial();
        }
        let notices = self.mailbox.take_notices();
        if notices.stop {
            return ControlFlow::Break(());
        }
        if let Some(addresses) = notices.addresses {
            self.sfu.set_addresses(now, addresses);
        }
        if notices.close_streams {
            self.streams.clear();
        }
        for Route { pair, to } in notices.routes {
            if self.routes.len() >= ROUTES {
                self.routes.clear();
            }
            self.routes.insert(pair, to);
        }
        // Kept, so that a panic in what comes first leaves nobody without an answer.
        self.askers.stats.extend(notices.askers.stats);
        self.askers.pulses.extend(notices.askers.pulses);
        ControlFlow::Continue(())
    }

    /// Answers those who asked before this turn began.
    pub(super) fn answer(&mut self, now: Instant) {
        let Askers { stats, pulses } = std::mem::take(&mut self.askers);
        // Who has stopped waiting needs no answer.
        for answer in pulses {
            let _ = answer.send(());
        }
        for answer in stats {
            let _ = answer.send(self.stats(now));
        }
    }

    /// What came to other threads and is this one's.
    pub(super) fn receive_handed_over(&mut self, now: Instant) {
        for handover in self.mailbox.take_handovers() {
            match handover {
                Handover::New(accepted) => self.welcome(now, accepted),
                Handover::Moved(stream) => self.take_over(now, *stream),
            }
        }
        for Datagram { source, destination, bytes, via } in self.mailbox.take_datagrams(DATAGRAMS) {
            let received = Received { protocol: Protocol::Udp, source, destination, bytes: &bytes };
            let outcome = self.sfu.handle_datagram(now, received);
            if outcome == DatagramOutcome::Taken && addressee(&bytes).is_some() {
                self.threads[via].route(Route { pair: (source, destination), to: self.n });
            }
        }
    }

    /// What members want: so much of it that packets do not wait.
    pub(super) fn serve(&mut self, now: Instant) {
        for _ in 0..LIGHT {
            let Some((member, command)) = self.mailbox.take_light() else { break };
            self.sfu.handle_command(now, member, command);
        }
        for _ in 0..HEAVY {
            // A hub that does not take the answers gets no more of them.
            if !self.undelivered.is_empty() {
                break;
            }
            let Some((member, command)) = self.mailbox.take_heavy(now) else { break };
            let makes_down =
                matches!(command, Command::Join { .. } | Command::Reconnect { .. } | Command::Resync);
            let length = match &command {
                Command::Answer { sdp, .. } => sdp.len(),
                _ => 0,
            };
            self.sfu.handle_command(now, member, command);
            let listed = if makes_down { self.sfu.members_with(member) } else { 0 };
            let more = listed / MEMBERS_A_UNIT + length / sfu::OFFER;
            self.mailbox.charge(member, u32::try_from(more).unwrap_or(u32::MAX), now);
        }
    }

    /// When to come back for what is left.
    pub(super) fn next_service(&self, now: Instant) -> Option<Instant> {
        let hub_is_behind = !self.undelivered.is_empty();
        self.mailbox.due(now).map(|at| if hub_is_behind { at.max(now + RETRY) } else { at })
    }

    fn stats(&self, now: Instant) -> ThreadStats {
        let members = self
            .sfu
            .members()
            .filter_map(|(member, room)| Some(MemberStats { member, room, stats: self.sfu.stats(member)? }));
        ThreadStats {
            members: members.collect(),
            busy: now.saturating_duration_since(self.began).saturating_sub(self.slept),
            received: self.received,
            sent: self.sent,
            unsent: self.sockets.iter().map(|udp| udp.errors).sum(),
            overload: self.load.overload,
            streams: self.streams.len(),
        }
    }
}
