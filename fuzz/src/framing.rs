//! Datagrams in a stream (RFC 4571), and whether a stream is one of datagrams at all.

use wizyjno::media::framing::{Deframer, frame};
use wizyjno::media::is_media;

/// The first byte says how the stream is cut. However it is, the same frames come out, and framing them
/// again gives the stream back.
pub fn framing(bytes: &[u8]) {
    let Some((&cut, stream)) = bytes.split_first() else { return };
    let mut deframer = Deframer::default();
    let mut again = Vec::new();
    for piece in stream.chunks(usize::from(cut) + 1) {
        assert!(deframer.push(piece), "no frame is longer than what may wait");
        while let Some(peeked) = deframer.peek().map(<[u8]>::to_vec) {
            assert_eq!(deframer.pop(), Some(&peeked[..]));
            frame(&peeked, &mut again);
        }
    }
    let rest = stream.strip_prefix(&again[..]).expect("what comes out is what went in");
    if let [high, low, begun @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        assert!(begun.len() < length, "a whole frame was kept back");
    }
    // What is decided is decided, however much more comes, and it takes no more than four bytes.
    let verdicts: Vec<_> = (0..=stream.len().min(8)).map(|end| is_media(&stream[..end])).collect();
    assert!(verdicts.windows(2).all(|pair| pair[0].is_none() || pair[0] == pair[1]));
    assert!(stream.len() < 4 || verdicts[4].is_some());
}
