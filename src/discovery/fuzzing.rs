//! The responder of one box on one network, for `fuzz/`: what it reads comes from anybody.

use super::Ports;
use super::reach::Reach;
use super::responder::{PORT, Responder, Standing};
use crate::addresses::Lan;
use std::net::SocketAddr;
use std::time::Instant;

const INTERFACE: u32 = 2;

/// `wizyjno.local` at 10.0.0.1. Time is an argument.
pub struct FuzzResponder(Responder);

impl FuzzResponder {
    pub fn new(now: Instant) -> FuzzResponder {
        let lan =
            Lan { interface: "eth0".into(), index: INTERFACE, address: [10, 0, 0, 1].into(), prefix: 24 };
        let ports = Ports { https: 443, http: Some(80) };
        FuzzResponder(Responder::new("wizyjno", ports, Reach::of(&[lan]), 7, now))
    }

    /// A datagram to the group comes from port 5353 of a neighbour, or from another port (RFC 6762, 6.7).
    pub fn on_datagram(&mut self, now: Instant, neighbour: u8, legacy: bool, datagram: &[u8]) {
        let from = SocketAddr::new([10, 0, 0, neighbour].into(), if legacy { 40_000 } else { PORT });
        self.0.heard(now, INTERFACE, from, datagram);
    }

    /// Everything that is due until then is done. Returns the bytes that are sent, and in how many datagrams.
    pub fn run_until(&mut self, until: Instant) -> (usize, usize) {
        let (mut bytes, mut datagrams) = (0, 0);
        loop {
            let said = self.0.take();
            datagrams += said.len();
            bytes += said.iter().map(|say| say.message.len()).sum::<usize>();
            let next = self.0.deadline();
            if next > until {
                return (bytes, datagrams);
            }
            self.0.tick(next);
        }
    }

    /// Whether the name is the box's at present.
    pub fn holds_its_name(&self) -> bool {
        self.0.standing() == Standing::Held
    }

    /// Whether another has it, so that the box takes the next one (its caller does).
    pub fn lost_its_name(&self) -> bool {
        !matches!(self.0.standing(), Standing::Held | Standing::Claiming)
    }
}
