//! How long an SDP of a page may be, and what of it is read at all.
//!
//! The parser tries up to thirty kinds of attribute for each line, which costs some microseconds a line, and
//! what it finds is compared with what the box can. So lines are counted by their beginnings before, which
//! costs nanoseconds. The box is ICE-lite (RFC 8445, 2.5): it answers whoever comes, and needs no candidate
//! of a page; those lines are dropped unread.

use super::Refusal;
use std::collections::BTreeMap;

/// The longest offer, in bytes: that of Chromium 156 with four tracks has 10,488 in 316 lines. SECURITY.md.
pub const OFFER: usize = 16 << 10;
/// The longest SDP of all, in bytes: an answer for a room of 32. No message of a page is longer. SECURITY.md.
pub const SDP: usize = 64 << 10;
/// The longest line, in bytes.
const LINE: usize = 1024;
/// M-lines of an offer: twice audio and video, and a few that are stopped.
const LINES: usize = 16;
/// M-lines of an offer that are counted with all their attributes: twice audio and video, and as many again.
const FULL_LINES: usize = 8;

/// Lines of each kind that one m-line may have on the average. Chromium 156 offers 23 `a=rtpmap`, 20
/// `a=fmtp`, 50 `a=rtcp-fb`, 13 `a=extmap`, 2 `a=ssrc`, 3 `a=rid` for video, and 15 others. SECURITY.md.
const KINDS: [(&str, usize); 6] = [
    ("a=rtpmap:", 40),
    ("a=fmtp:", 40),
    ("a=rtcp-fb:", 60),
    ("a=extmap:", 32),
    ("a=ssrc", 16),
    ("a=rid:", 8),
];
/// Others.
const OTHERS: usize = 32;

/// How much an SDP may have.
pub(super) struct Limits {
    bytes: usize,
    m_lines: usize,
    /// What the others are multiplied by.
    full_lines: usize,
    /// All lines together.
    total: usize,
}

impl Limits {
    /// What a page offers. All lines together are twice what a browser has.
    pub(super) fn offer() -> Limits {
        Limits { bytes: OFFER, m_lines: LINES, full_lines: FULL_LINES, total: 640 }
    }

    /// The answer to an offer of so many seats, which are pairs of m-lines.
    pub(super) fn answer(seats: usize) -> Limits {
        let m_lines = 2 * seats;
        Limits {
            bytes: SDP.min(OFFER + 2048 * m_lines),
            m_lines,
            full_lines: m_lines,
            total: 64 + 64 * m_lines,
        }
    }

    /// What the parser may see of it.
    ///
    /// # Errors
    ///
    /// It is longer than there is any reason for.
    pub(super) fn read(&self, sdp: &str) -> Result<String, Refusal> {
        let too = |what: &str| Err(Refusal::Sdp(format!("too many or too long: {what}")));
        if sdp.len() > self.bytes {
            return too("bytes");
        }
        let mut kept = String::with_capacity(sdp.len());
        let (mut total, mut m_lines, mut others, mut kinds) = (0, 0, 0, [0; KINDS.len()]);
        let mut codecs = PayloadTypes::default();
        for line in sdp.split(['\r', '\n']).filter(|line| !line.is_empty()) {
            if line.starts_with("a=candidate") || line.starts_with("a=end-of-candidates") {
                continue;
            }
            let (count, most) = if line.starts_with("m=") {
                (&mut m_lines, self.m_lines)
            } else if let Some(kind) = KINDS.iter().position(|(begin, _)| line.starts_with(begin)) {
                (&mut kinds[kind], KINDS[kind].1 * self.full_lines)
            } else {
                (&mut others, OTHERS * (self.full_lines + 1))
            };
            *count += 1;
            total += 1;
            if *count > most || total > self.total || line.len() > LINE {
                return too(line.get(..line.len().min(12)).unwrap_or("a line"));
            }
            if !codecs.agree(line) {
                return Err(Refusal::Sdp("a payload type stands for two codecs".into()));
            }
            kept.push_str(line);
            kept.push_str("\r\n");
        }
        Ok(kept)
    }
}

/// What each payload type stands for. Media sections of one transport agree on that (RFC 8843, 9.1), and the
/// engine panics where they do not.
#[derive(Default)]
struct PayloadTypes<'a> {
    codecs: BTreeMap<&'a str, &'a str>,
    /// What a payload type of retransmissions repeats.
    repeated: BTreeMap<&'a str, &'a str>,
}

impl<'a> PayloadTypes<'a> {
    /// Takes note of an `a=rtpmap` (RFC 8866, 6.6) and of the `apt` of an `a=fmtp` (RFC 4588, 8.1). Whether
    /// it says the same as the ones before.
    fn agree(&mut self, line: &'a str) -> bool {
        let parts = |prefix| line.strip_prefix(prefix).and_then(|line| line.split_once(' '));
        let known = if let Some((payload_type, codec)) = parts("a=rtpmap:") {
            self.codecs.insert(payload_type, codec).map(|known| (known, codec))
        } else if let Some((payload_type, parameters)) = parts("a=fmtp:") {
            let repeated = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("apt="));
            repeated.and_then(|repeated| Some((self.repeated.insert(payload_type, repeated)?, repeated)))
        } else {
            None
        };
        known.is_none_or(|(known, said)| known.eq_ignore_ascii_case(said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

    fn offer(count: usize, line: &str) -> Result<String, Refusal> {
        let sdp = HEAD.to_owned() + &format!("{line}\r\n").repeat(count);
        Limits::offer().read(&sdp)
    }

    #[test]
    fn every_kind_of_line_has_an_end() {
        for line in
            ["m=audio 9 X 1", "a=rtpmap:1 x/1", "a=fmtp:1", "a=rtcp-fb:1 nack", "a=extmap:1 x", "a=ssrc:1 x"]
        {
            assert!(offer(2, line).is_ok(), "{line}");
            assert!(matches!(offer(500, line), Err(Refusal::Sdp(_))), "{line}");
        }
        for line in ["a=rid:x send", "a=x", "b=x", "y", "c=IN IP4 0.0.0.0", "i=x", "a=ssrc-group:FID 1 2"] {
            assert!(matches!(offer(500, line), Err(Refusal::Sdp(_))), "{line}");
        }
        assert!(matches!(offer(1, &format!("a={}", "x".repeat(LINE))), Err(Refusal::Sdp(_))), "a long line");
        assert!(matches!(offer(1 << 14, "a"), Err(Refusal::Sdp(_))), "many bytes");
    }

    #[test]
    fn a_payload_type_stands_for_one_codec() {
        let offer =
            |second: &str| Limits::offer().read(&format!("{HEAD}a=rtpmap:63 red/48000/2\r\n{second}\r\n"));
        assert!(offer("a=rtpmap:64 VP8/90000").is_ok());
        assert!(offer("a=rtpmap:63 RED/48000/2").is_ok(), "another section has it, too");
        assert!(matches!(offer("a=rtpmap:63 VP8/90000"), Err(Refusal::Sdp(_))));
        assert!(offer("a=fmtp:97 apt=96\r\na=fmtp:97 apt=96").is_ok());
        assert!(matches!(offer("a=fmtp:97 apt=96\r\na=fmtp:97 x=1; apt=98"), Err(Refusal::Sdp(_))));
    }

    #[test]
    fn whatever_ends_lines_they_are_counted() {
        for end in ["\r", "\n", "\r\n", "\n\r\n"] {
            let sdp = format!("a=rtpmap:1 x/1{end}").repeat(500);
            assert!(Limits::offer().read(&sdp).is_err(), "{end:?}");
        }
    }

    #[test]
    fn candidates_are_dropped_unread() {
        let read = offer(200, "a=candidate:1 1 udp 1 10.0.0.1 1 typ host");
        assert_eq!(read.as_deref(), Ok(HEAD));
        assert_eq!(offer(5, "a=end-of-candidates").as_deref(), Ok(HEAD));
    }

    #[test]
    fn an_answer_may_be_as_long_as_what_it_answers() {
        let section =
            "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n".to_owned() + &"a=rtpmap:96 VP8/90000\r\n".repeat(35);
        let answer = |lines| HEAD.to_owned() + &section.repeat(lines);
        assert!(Limits::answer(8).read(&answer(15)).is_ok());
        assert!(Limits::answer(8).read(&answer(16)).is_err(), "more m-lines than were offered");
        assert!(Limits::answer(1).read(&answer(2)).is_err());
        assert!(Limits::answer(1000).read(&"x".repeat(SDP + 1)).is_err());
    }
}
