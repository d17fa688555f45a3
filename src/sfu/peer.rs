//! One WebRTC connection of a page, and the contract of its engine: whoever changes it, drains it.

use super::dtls;
use super::egress::Egress;
use super::retransmission::Retransmissions;
use super::{Protocol, Transmit};
use crate::turn::is_relayed;
use std::any::Any;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{IceCreds, Input, Output, Rtc, RtcError};

/// So much is drained at once; a connection that has more to say than that is broken.
const MAX_DRAIN_STEPS: usize = 20_000;

/// So often in a row it may want the same moment once more without saying anything; then it waits for
/// [`BACK_OFF`].
const MAX_SAME_INSTANT_STEPS: usize = 64;

/// The next moment, for a connection that wants the same one for ever: what the pacer holds back may be due
/// and yet not fit into its budget.
const BACK_OFF: Duration = Duration::from_millis(1);

/// Who says nothing for so long was away: a page that gets media reports on it once a second and more often.
const AWAY_AFTER: Duration = Duration::from_millis(1500);

/// Keeps its [`Rtc`] to itself, so that nobody can forget to drain it.
pub(super) struct Peer {
    rtc: Rtc,
    /// When the engine wants to be woken.
    wake: Instant,
    /// The earliest alarm that is set for it, so that it is not set for every packet.
    pub(super) alarm: Option<Instant>,
    /// The address of ours to which the last datagram came, and how.
    pub(super) at: Option<(SocketAddr, Protocol)>,
    /// Addresses that it was reached on and that the machine has lost.
    pub(super) gone: Vec<SocketAddr>,
    /// By which requests of the page name the connection: the newest local `ice-ufrag`.
    pub(super) ours: String,
    /// By which the page's connectivity checks are sealed.
    pub(super) theirs: Option<IceCreds>,
    /// When the last one came.
    heard: Instant,
    /// Packets were written that are not encrypted yet, or wait in [`egress`](Peer::egress).
    pub(super) unsettled: bool,
    retransmissions: Retransmissions,
    /// What is forwarded to the page goes this way, if there is one.
    pub(super) egress: Option<Egress>,
}

/// What comes out of a connection.
#[derive(Default)]
pub(super) struct Outlet {
    pub(super) transmits: VecDeque<Transmit>,
    pub(super) events: Vec<str0m::Event>,
}

/// Why a connection is over: its page's fault, or ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error(transparent)]
    Engine(#[from] RtcError),
    #[error("panic: {0}")]
    Panic(String),
    #[error("it never stops")]
    Endless,
    #[error("the machine has lost {0}")]
    Moved(IpAddr),
    #[error("closed by the page")]
    Closed,
}

impl Peer {
    pub(super) fn new(rtc: Rtc, egress: Option<Egress>, now: Instant) -> Peer {
        Peer {
            rtc,
            wake: now,
            alarm: None,
            at: None,
            gone: Vec::new(),
            ours: String::new(),
            theirs: None,
            heard: now,
            unsettled: false,
            retransmissions: Retransmissions::default(),
            egress,
        }
    }

    /// A datagram came to that address of ours. Whether its page had been away.
    pub(super) fn hear(&mut self, now: Instant, at: SocketAddr, protocol: Protocol) -> bool {
        self.at = Some((at, protocol));
        let before = std::mem::replace(&mut self.heard, now);
        now > before + AWAY_AFTER
    }

    /// The engine believes in a way for 15 s after its page has left it. What it would send from an address
    /// that is gone goes out where the page was heard last.
    pub(super) fn redirect<'a>(&self, transmits: impl Iterator<Item = &'a mut Transmit>) {
        let Some((at, _)) = self.at.filter(|_| !self.gone.is_empty()) else { return };
        for transmit in transmits.filter(|transmit| self.gone.contains(&transmit.source)) {
            transmit.source = at;
        }
    }

    /// Changes the engine, then takes out everything it has to say about it. An error or a panic is the
    /// end of this connection and of no other.
    pub(super) fn mutate<T>(
        &mut self,
        now: Instant,
        outlet: &mut Outlet,
        change: impl FnOnce(&mut Rtc) -> Result<T, RtcError>,
    ) -> Result<T, ConnectionError> {
        let Peer { rtc, retransmissions, egress, .. } = self;
        // Nothing of it is used after a panic: the connection is dropped.
        let result = catch_unwind(AssertUnwindSafe(|| {
            let changed = change(rtc)?;
            Ok((changed, drain(rtc, retransmissions, egress.as_mut(), now, outlet)?))
        }));
        // Taken whatever becomes of them, so that they are found by no other connection of this thread.
        if let (Some(keying), Some(egress)) = (dtls::take_keying(), egress) {
            egress.set_keys(&keying);
        }
        self.take_forwarded(outlet);
        let (changed, wake) = result.unwrap_or_else(|panic| Err(ConnectionError::Panic(words(&*panic))))?;
        self.wake = wake;
        Ok(changed)
    }

    /// Time has passed, or packets were written.
    pub(super) fn settle(&mut self, now: Instant, outlet: &mut Outlet) -> Result<(), ConnectionError> {
        self.mutate(now, outlet, |rtc| rtc.handle_input(Input::Timeout(now)))
    }

    /// Puts a packet into the engine's queue of one stream. The one change that is not drained at once: all
    /// packets of a batch are encrypted together, by [`settle`](Peer::settle).
    pub(super) fn write(&mut self, ssrc: Ssrc, packet: RtpWrite) -> bool {
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx(&ssrc) else { return false };
        stream.write_rtp(packet);
        true
    }

    /// Takes out what was forwarded since the last time.
    pub(super) fn take_forwarded(&mut self, outlet: &mut Outlet) {
        self.unsettled = false;
        outlet.transmits.extend(self.egress.iter_mut().flat_map(Egress::take));
    }

    /// Keeps packets of one stream with pictures, for retransmission.
    pub(super) fn keep(&mut self, now: Instant, ssrc: Ssrc) {
        self.retransmissions.keep(now, &mut self.rtc, ssrc);
    }

    /// To look, and not to change.
    pub(super) fn rtc(&self) -> &Rtc {
        &self.rtc
    }

    pub(super) fn wake(&self) -> Instant {
        self.wake
    }
}

/// Takes out everything, and says when to come back.
fn drain(
    rtc: &mut Rtc,
    retransmissions: &mut Retransmissions,
    mut egress: Option<&mut Egress>,
    now: Instant,
    outlet: &mut Outlet,
) -> Result<Instant, ConnectionError> {
    let mut again = 0;
    for _ in 0..MAX_DRAIN_STEPS {
        match rtc.poll_output()? {
            Output::Transmit(transmit) => {
                again = 0;
                let transmit = Transmit::from(transmit);
                if egress.as_mut().is_some_and(|egress| !egress.passes(&transmit)) {
                    continue;
                }
                retransmissions.pass(now, rtc, &transmit.bytes);
                outlet.transmits.push_back(transmit);
            }
            Output::Event(str0m::Event::Closed) => return Err(ConnectionError::Closed),
            Output::Event(event) => outlet.events.push(event),
            // The pacer wants the same moment once more for each packet.
            Output::Timeout(at) if at <= now && rtc.is_alive() => {
                if again == MAX_SAME_INSTANT_STEPS {
                    return Ok(now + BACK_OFF);
                }
                again += 1;
                rtc.handle_input(Input::Timeout(now))?;
            }
            Output::Timeout(at) => return Ok(at),
        }
    }
    Err(ConnectionError::Endless)
}

/// How datagrams travel between the box and that address of a page's, where the engine speaks of `protocol`.
pub(super) fn protocol_of(protocol: str0m::net::Protocol, remote: SocketAddr) -> Protocol {
    match protocol {
        str0m::net::Protocol::Udp if is_relayed(remote) => Protocol::Turn,
        str0m::net::Protocol::Udp => Protocol::Udp,
        _ => Protocol::Tcp,
    }
}

/// What a panic said.
pub(super) fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without words").to_owned()
}

impl From<Protocol> for str0m::net::Protocol {
    fn from(protocol: Protocol) -> str0m::net::Protocol {
        match protocol {
            // To the engine the other end is an address as any other.
            Protocol::Udp | Protocol::Turn => str0m::net::Protocol::Udp,
            Protocol::Tcp => str0m::net::Protocol::Tcp,
        }
    }
}

impl From<str0m::net::Transmit> for Transmit {
    fn from(transmit: str0m::net::Transmit) -> Transmit {
        Transmit {
            protocol: protocol_of(transmit.proto, transmit.destination),
            source: transmit.source,
            destination: transmit.destination,
            size: transmit.contents.len(),
            bytes: transmit.contents.into(),
        }
    }
}
