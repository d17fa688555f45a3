//! TURN in a stream: what a client may send, before and after it has shown good credentials.

use super::budget::Budget;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wizyjno::ids::PersonId;
use wizyjno::turn::message::{Builder, Message, attribute, kind};
use wizyjno::turn::{
    FrameReader, IntegrityKey, MAX_FRAME, Place, REALM, Session, TurnServer, is_relayed, payload,
};

/// An answer has some hundred bytes, for a request of twenty at least; what is kept of a client is bounded.
const SESSION: Budget = Budget { bytes: 64 << 10, bytes_per_byte: 64, calls: 256, calls_per_byte: 4 };

/// The first byte says how the stream is cut, the second what is known of its sender: whether it has an allocation; and
/// whether its requests are sealed for it, as if they were its own. Nothing but the box's media is reached.
pub fn turn(bytes: &[u8]) {
    let &[cut, known, ref stream @ ..] = bytes else { return };
    let now = Instant::now();
    let media: [SocketAddr; 2] =
        ["198.51.100.7:3478", "[2001:db8::7]:3478"].map(|at| at.parse().expect("an address"));
    let place = Place { media: [&media, &[]], ipv6: known & 4 != 0 };
    let server = Arc::new(TurnServer::new(&[7; 32], 8, now));
    let client = "203.0.113.9:50000".parse().expect("an address");
    let mut page = Page::new(Session::new(server.clone(), client, [9; 8]), &server, now);
    if known & 1 != 0 {
        let transport = Builder::new(&mut page.request, kind::ALLOCATE, [1; 12]);
        transport.attribute(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]).finish();
        let bare = std::mem::take(&mut page.request);
        page.say(now, &page.sealed(&bare).expect("a request"), place);
        assert!(page.session.relayed().is_some());
    }
    SESSION.hold(stream.len(), || {
        let mut reader = FrameReader::default();
        for (n, piece) in stream.chunks(usize::from(cut) + 1).enumerate() {
            reader.push(piece);
            loop {
                let Ok(next) = reader.pop() else { return };
                let Some(frame) = next else { break };
                assert!(frame.len() <= MAX_FRAME && frame.len() % 4 == 0);
                let sealed = if known & 2 != 0 { page.sealed(frame) } else { None };
                let now = now + Duration::from_secs(n as u64);
                if !page.say(now, sealed.as_deref().unwrap_or(frame), place) {
                    return;
                }
            }
            assert!(reader.waiting() < MAX_FRAME);
        }
    });
}

struct Page {
    session: Session,
    key: IntegrityKey,
    username: String,
    request: Vec<u8>,
    out: Vec<u8>,
}

impl Page {
    fn new(session: Session, server: &TurnServer, now: Instant) -> Page {
        let credentials = server.issue(now, PersonId(71));
        let key = IntegrityKey::long_term(&credentials.username, REALM, &credentials.password);
        Page { session, key, username: credentials.username, request: Vec::new(), out: Vec::new() }
    }

    /// The same request, as if its sender had the credentials.
    fn sealed(&self, frame: &[u8]) -> Option<Vec<u8>> {
        let message = Message::parse(frame).filter(|message| message.kind & kind::CLASS == 0)?;
        let mut sealed = Vec::new();
        let mut request = Builder::new(&mut sealed, message.kind, message.transaction);
        let own = [attribute::USERNAME, attribute::REALM, attribute::NONCE];
        for (kind, value) in message.attributes().filter(|(kind, _)| !own.contains(kind)) {
            request = request.attribute(kind, value);
        }
        request
            .attribute(attribute::USERNAME, self.username.as_bytes())
            .attribute(attribute::REALM, REALM.as_bytes())
            .attribute(attribute::NONCE, b"0909090909090909")
            .seal(&self.key);
        Some(sealed)
    }

    /// Whether the connection goes on.
    fn say(&mut self, now: Instant, frame: &[u8], place: Place<'_>) -> bool {
        self.out.clear();
        let said = payload(frame);
        let heard = self.session.handle(now, frame, place, &mut self.out);
        assert!(self.out.len() <= 4 * MAX_FRAME, "an answer of {} bytes", self.out.len());
        if let Ok(Some(datagram)) = &heard {
            assert!(place.media.concat().contains(&datagram.destination), "{}", datagram.destination);
            assert!(is_relayed(datagram.source) && self.session.relayed() == Some(datagram.source));
            assert_eq!(said, Some(datagram.bytes));
        }
        heard.is_ok()
    }
}
