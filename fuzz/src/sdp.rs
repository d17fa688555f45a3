//! What a page says of its connections (SDP, RFC 8866): offers of `up` and answers for `down`.

use super::budget::Budget;
use super::house::House;
use std::cell::RefCell;
use std::time::Duration;
use wizyjno::ids::PersonId;

/// A connection is made: keys, certificate, buffers. That is dear, and the same for every offer. The engine keeps a
/// kilobyte for each format, and a line of one may be short.
const SDP: Budget = Budget { bytes: 1 << 20, bytes_per_byte: 1024, calls: 8 << 10, calls_per_byte: 4 };

thread_local! {
    static HOUSE: RefCell<(House, u32)> = RefCell::new((House::with(2), 1));
}

/// The first byte says what the rest is: an offer, or the answer to the newest offer. The first page says it; the second
/// one's call goes on, whatever it is.
pub fn sdp(bytes: &[u8]) {
    let Some((&kind, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    HOUSE.with_borrow_mut(|(house, connection)| {
        let (now, member) = (house.now, PersonId(0));
        if kind & 1 == 0 {
            *connection += 1;
            let said = SDP.hold(text.len(), || house.sfu.up_offer(now, member, *connection, text));
            if let Ok(answer) = said {
                assert!(answer.starts_with("v=0\r\n"), "{answer}");
            }
        } else {
            let newest = house.pages[0].connection;
            let _ = SDP.hold(text.len(), || house.sfu.down_answer(now, member, newest, text));
        }
        house.settle();
        // Long enough for another connection to be allowed.
        house.pass(Duration::from_secs(1));
        let others: Vec<_> = house.ended.iter().filter(|ended| !ended.starts_with("0:")).collect();
        assert!(others.is_empty(), "one page has ended a connection of another: {others:?}");
        house.ended.clear();
        assert!(house.pages[1].up.rtc.is_connected(), "the other one's call goes on");
        *connection = (*connection).max(house.pages[0].connection);
    });
}
