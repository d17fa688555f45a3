//! A connection of the load to the target: WebRTC, or the bare cipher of [`raw`](crate::raw).

use crate::packet::{Stamp, stamp_now};
use crate::raw::{key, open};
use crate::socket::Batch;
use aws_lc_rs::aead::LessSafeKey;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

/// A connection with its socket.
pub(crate) struct ClientConnection {
    /// `None`: the bare cipher.
    pub(crate) rtc: Option<Rtc>,
    pub(crate) key: LessSafeKey,
    pub(crate) socket: Batch,
    pub(crate) address: SocketAddr,
    pub(crate) wake: Instant,
    /// The target's number for it.
    pub(crate) connection: u64,
}

impl ClientConnection {
    pub(crate) fn new(here: IpAddr, n: u16, webrtc: bool, connection: u64) -> ClientConnection {
        let socket = Batch::new(UdpSocket::bind((here, 0)).expect("a port"));
        let address = socket.socket.local_addr().expect("it is bound");
        let rtc = webrtc.then(|| {
            let config = RtcConfig::new().set_rtp_mode(true).clear_codecs();
            let mut rtc = config.enable_opus(true, false).enable_vp8(true).build(Instant::now());
            rtc.add_local_candidate(Candidate::host(address, "udp").expect("an address"));
            rtc
        });
        ClientConnection { rtc, key: key(n), socket, address, wake: Instant::now(), connection }
    }

    pub(crate) fn receive(
        &mut self,
        now: Instant,
        hear: &mut impl FnMut(Stamp, u64),
        want_keyframe: &mut bool,
    ) {
        for (source, mut bytes, arrived) in self.socket.receive() {
            let Some(rtc) = &mut self.rtc else {
                if let Some(stamp) = open(&self.key, &mut bytes).and_then(Stamp::read) {
                    hear(stamp, arrived);
                }
                continue;
            };
            if let Ok(datagram) = Receive::new(Protocol::Udp, source, self.address, &bytes) {
                rtc.handle_input(Input::Receive(now, datagram)).expect("no mistake");
                self.drain(hear, want_keyframe, arrived);
            }
        }
    }

    pub(crate) fn settle(
        &mut self,
        now: Instant,
        hear: &mut impl FnMut(Stamp, u64),
        want_keyframe: &mut bool,
        arrived: u64,
    ) {
        match &mut self.rtc {
            Some(rtc) => {
                rtc.handle_input(Input::Timeout(now)).expect("no mistake");
                self.drain(hear, want_keyframe, arrived);
            }
            None => self.wake = now + Duration::from_secs(3600),
        }
    }

    fn drain(&mut self, hear: &mut impl FnMut(Stamp, u64), want_keyframe: &mut bool, arrived: u64) {
        let Some(rtc) = &mut self.rtc else { return };
        loop {
            match rtc.poll_output().expect("no mistake") {
                Output::Timeout(at) => return self.wake = at,
                Output::Transmit(transmit) => self.socket.send_now(transmit.destination, &transmit.contents),
                Output::Event(Event::KeyframeRequest(_)) => *want_keyframe = true,
                Output::Event(Event::RtpPacket(packet)) => {
                    if let Some(stamp) = Stamp::read(&packet.payload) {
                        hear(stamp, if arrived == 0 { stamp_now() } else { arrived });
                    }
                }
                Output::Event(_) => {}
            }
        }
    }
}
