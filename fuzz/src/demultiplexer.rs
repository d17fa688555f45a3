//! Datagrams of anybody on the network, at a relay that carries a call.

use super::harness::SfuHarness;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::Duration;
use wizyjno::sfu::DatagramOutcome;

const STUN: [u8; 8] = [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42];

thread_local! {
    // Made once: the handshakes of a call take longer than what is tried on it.
    static HARNESS: RefCell<SfuHarness> = RefCell::new(SfuHarness::with(2));
}

/// Datagrams, each behind a byte that says where it comes from and one with its length. A stranger is no business of anybody;
/// whatever strangers and members say, in whosever name, every page's pairs of addresses stay its own, and the call goes on.
pub fn demultiplexer(bytes: &[u8]) {
    HARNESS.with_borrow_mut(|harness| {
        let mut rest = bytes;
        while let [from, length, tail @ ..] = rest {
            let (datagram, behind) = tail.split_at(usize::from(*length).min(tail.len()));
            rest = behind;
            let port = 7000 + u16::from(from & 0x0f);
            let stranger = SocketAddr::new([10, 0, 2, from >> 4].into(), port);
            let outcome = harness.arrive(stranger, datagram);
            assert!(
                outcome != DatagramOutcome::Taken && outcome != DatagramOutcome::Garbage,
                "{outcome:?}: it is a stranger's"
            );
            let page = usize::from(from & 1);
            let victim =
                [&harness.clients[page].up, &harness.clients[page].down][usize::from(from >> 1 & 1)].address;
            // The same bytes where a page's name would be, all of it behind one, and in the name of a member.
            if from & 0x08 != 0 {
                let name = harness.clients[0].names[usize::from(from & 1)].clone();
                let forged = request(&name, datagram);
                assert_ne!(harness.arrive(stranger, &forged), DatagramOutcome::Taken, "it is not sealed");
                assert_ne!(harness.arrive(victim, &forged), DatagramOutcome::Taken, "it is not sealed");
                harness.arrive(victim, datagram);
            }
            // A check that is sealed as it should be, of the other page, from where that page is not.
            if from & 0x04 != 0 {
                let other = &mut harness.clients[1 - page];
                let sealed = other.up.check(&other.peer);
                assert_eq!(
                    harness.arrive(victim, &sealed),
                    DatagramOutcome::Unproven,
                    "nobody is there who wants it"
                );
            }
            harness.settle();
        }
        harness.pass(Duration::from_millis(5));
        assert_eq!(harness.ended, [""; 0], "a stranger has ended a connection");
        harness.everybody_is_heard();
    });
}

/// A binding request (RFC 8489, 5) for a connection, what comes behind the name in it, and what every request has, with
/// a seal that is none.
fn request(name: &str, more: &[u8]) -> Vec<u8> {
    let user = format!("{name}:fuzz");
    let mut request = STUN.to_vec();
    request.extend([7; 12]);
    request.extend([0x00, 0x06, 0x00, user.len() as u8]);
    request.extend(user.as_bytes());
    request.resize(request.len().next_multiple_of(4), 0);
    request.extend(more);
    request.resize(request.len().next_multiple_of(4), 0);
    request.extend([0x00, 0x24, 0, 4, 0x6e, 0, 0, 1]);
    request.extend([0x00, 0x08, 0, 20]);
    request.extend([7; 20]);
    let length = (request.len() - 20) as u16;
    request[2..4].copy_from_slice(&length.to_be_bytes());
    request
}

impl SfuHarness {
    /// What each says still comes to the other: nobody has taken over a pair of addresses.
    fn everybody_is_heard(&mut self) {
        self.said += 1;
        for page in &mut self.clients {
            page.heard.clear();
            page.speak(self.now, self.said);
        }
        self.settle();
        self.pass(Duration::from_millis(50));
        assert!(self.clients.iter().all(|page| !page.heard.is_empty()), "a page's pair is another's");
    }
}
