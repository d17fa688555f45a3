//! One POST of a page: its lines are read as its session takes them, so a page that sends too much waits with
//! its own memory.

use super::inbox::{PostError, PostGuard};
use crate::web::session::MAX_MESSAGE;
use http_body_util::BodyExt;
use hyper::body::Body;
use std::error::Error;
use std::time::Duration;

/// The largest POST, bytes: several messages that waited together (SECURITY.md).
const MAX_POST: usize = 4 * MAX_MESSAGE;
/// … and its most lines: more than a page gathers in the time of a POST (SECURITY.md).
const MAX_POST_LINES: usize = 300;
/// From the first byte of a POST until its last line is taken; the slowest honest link has a minute for 256
/// KiB (SECURITY.md).
pub(in crate::web) const POST_TIMEOUT: Duration = Duration::from_secs(60);

/// Why a POST ends before its end.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::web) enum PostRejection {
    TooLarge,
    NotUtf8,
    /// The connection broke.
    Broken,
    Inbox(PostError),
}

/// Pushes line by line what comes.
pub(in crate::web) async fn read_lines<B>(mut body: B, guard: &PostGuard) -> Result<(), PostRejection>
where
    B: Body<Data = bytes::Bytes, Error: Error> + Unpin,
{
    let mut bytes = 0;
    let mut lines = 0;
    let mut line = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| PostRejection::Broken)?.into_data() else { continue }; // trailers
        bytes += data.len();
        if bytes > MAX_POST {
            return Err(PostRejection::TooLarge);
        }
        for piece in data.split_inclusive(|byte| *byte == b'\n') {
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            if line.len() + text.len() > MAX_MESSAGE {
                return Err(PostRejection::TooLarge);
            }
            line.extend_from_slice(text);
            if text.len() < piece.len() {
                lines += 1;
                push(guard, &mut line, lines).await?;
            }
        }
    }
    // The last line needs no end, and nothing at all shows that the page is there.
    if !line.is_empty() || lines == 0 {
        push(guard, &mut line, lines + 1).await?;
    }
    Ok(())
}

async fn push(guard: &PostGuard, line: &mut Vec<u8>, lines: usize) -> Result<(), PostRejection> {
    if lines > MAX_POST_LINES {
        return Err(PostRejection::TooLarge);
    }
    let mut text = String::from_utf8(std::mem::take(line)).map_err(|_| PostRejection::NotUtf8)?;
    if text.ends_with('\r') {
        text.pop();
    }
    guard.push(text).await.map_err(PostRejection::Inbox)
}

#[cfg(test)]
mod tests {
    use super::super::inbox::Inbox;
    use super::*;
    use bytes::Bytes;
    use futures_util::stream;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use std::convert::Infallible;
    use std::future::poll_fn;
    use std::sync::Arc;
    use std::task::Poll;

    /// What is heard of a body that comes in those pieces, and how it ends.
    async fn heard(pieces: &[&[u8]]) -> (Vec<String>, Result<(), PostRejection>) {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        let body = StreamBody::new(stream::iter(pieces));
        let inbox = Arc::<Inbox>::default();
        let guard = inbox.post().expect("nobody else posts");
        let mut saying = Box::pin(read_lines(body, &guard));
        let mut heard = Vec::new();
        let ended = poll_fn(|context| {
            loop {
                let ended = saying.as_mut().poll(context);
                while let Poll::Ready(Some(line)) = inbox.poll_line(context) {
                    heard.push(line);
                    if ended.is_pending() {
                        break;
                    }
                }
                if let Poll::Ready(ended) = ended {
                    return Poll::Ready(ended);
                }
            }
        });
        let ended = ended.await;
        (heard, ended)
    }

    #[tokio::test]
    async fn lines_are_the_same_however_they_come() {
        let whole = (vec!["one".into(), "".into(), "two".into(), "ź".into()], Ok(()));
        assert_eq!(heard(&[b"one\n\ntwo\r\n\xc5\xba"]).await, whole);
        assert_eq!(heard(&[b"on", b"e\n", b"\n", b"tw", b"o\r", b"\n\xc5", b"\xba\n"]).await, whole);
        for nothing in [&[][..], &[b"".as_slice()]] {
            assert_eq!(
                heard(nothing).await,
                (vec![String::new()], Ok(())),
                "it shows that the page is there"
            );
        }
    }

    #[tokio::test]
    async fn too_much_is_refused_where_it_begins_to_be() {
        let (lines, ended) = heard(&[&[b'\n'; MAX_POST_LINES]]).await;
        assert_eq!((lines.len(), ended), (MAX_POST_LINES, Ok(())));
        let (lines, ended) = heard(&[&[b'\n'; MAX_POST]]).await;
        assert_eq!((lines.len(), ended), (MAX_POST_LINES, Err(PostRejection::TooLarge)));
        assert_eq!(heard(&[&[b'x'; MAX_MESSAGE]]).await.1, Ok(()));
        assert_eq!(heard(&[&[b'x'; MAX_MESSAGE], b"x"]).await, (vec![], Err(PostRejection::TooLarge)));
        let line = [b'x'; MAX_MESSAGE - 1].into_iter().chain([b'\n']).collect::<Vec<_>>();
        let (lines, ended) = heard(&[&line, &line, &line, &line]).await;
        assert_eq!((lines.len(), ended), (4, Ok(())));
        assert_eq!(heard(&[&line, &line, &line, &line, b"x"]).await.1, Err(PostRejection::TooLarge));
        assert_eq!(heard(&[b"\xff\n"]).await.1, Err(PostRejection::NotUtf8));
    }
}
