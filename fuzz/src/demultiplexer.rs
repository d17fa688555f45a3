//! Datagrams of anybody on the network, at a relay that carries a call.

use super::house::House;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Duration;
use wizyjno::sfu::{Verdict, addressee};

const STUN: [u8; 8] = [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42];

thread_local! {
    // Made once: the handshakes of a call take longer than what is tried on it.
    static HOUSE: RefCell<House> = RefCell::new(House::with(2));
}

/// Datagrams, each behind a byte that says where it comes from and one with its length. A stranger who says nothing
/// that names a connection is no business of anybody; whatever strangers say, the call goes on.
pub fn demultiplexer(bytes: &[u8]) {
    HOUSE.with_borrow_mut(|house| {
        let mut rest = bytes;
        while let [from, length, tail @ ..] = rest {
            let (datagram, behind) = tail.split_at(usize::from(*length).min(tail.len()));
            rest = behind;
            let port = 7000 + u16::from(from & 0x0f);
            let source = SocketAddr::new([10, 0, 2, from >> 4].into(), port);
            let named = addressee(datagram).map(str::to_owned);
            let verdict = house.arrive(source, datagram);
            if named.as_ref().is_some_and(|name| !house.knows(name)) {
                assert_eq!(verdict, Verdict::Stranger, "{named:?} is the name of no connection");
            }
            // The same bytes where a page's name would be, and all of it behind one.
            if from & 0x08 != 0 {
                let name = house.pages[0].names[usize::from(from & 1)].clone();
                house.arrive(source, &request(&name, datagram));
            }
            house.settle();
        }
        house.pass(Duration::from_millis(5));
        assert_eq!(house.ended, [""; 0], "a stranger has ended a connection");
    });
}

/// A binding request (RFC 8489, 5) for a connection, and what comes behind the name in it.
fn request(name: &str, more: &[u8]) -> Vec<u8> {
    let user = format!("{name}:fuzz");
    let mut request = STUN.to_vec();
    request.extend([7; 12]);
    request.extend([0x00, 0x06, 0x00, user.len() as u8]);
    request.extend(user.as_bytes());
    request.resize(request.len().next_multiple_of(4), 0);
    request.extend(more);
    let length = (request.len() - 20) as u16;
    request[2..4].copy_from_slice(&length.to_be_bytes());
    request
}

impl House {
    fn knows(&self, name: &str) -> bool {
        self.pages.iter().flat_map(|page| &page.names).any(|known| known == name)
    }
}
