//! As much of an HTTP client as the doctor needs. It blocks.

use crate::hosts;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A box on this machine answers at once, if it answers.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// A visit in all, however slowly the other side, which may be anybody, sends.
const VISIT_TIMEOUT: Duration = Duration::from_secs(6);

/// Far more than a certificate or a page of ours has, in bytes.
pub(super) const LARGEST_ANSWER: u64 = 64 * 1024;

/// A connection that fails as soon as its time is over.
pub(super) struct TimedStream {
    stream: TcpStream,
    until: Instant,
}

pub(super) fn connect(at: SocketAddr) -> io::Result<TimedStream> {
    let stream = TcpStream::connect_timeout(&at, ANSWER_TIMEOUT)?;
    TimedStream::new(stream, VISIT_TIMEOUT)
}

impl TimedStream {
    fn new(stream: TcpStream, lasts: Duration) -> io::Result<TimedStream> {
        stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
        Ok(TimedStream { stream, until: Instant::now() + lasts })
    }
}

impl Read for TimedStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
        let left = left.ok_or(io::ErrorKind::TimedOut)?;
        self.stream.set_read_timeout(Some(left.min(ANSWER_TIMEOUT)))?;
        self.stream.read(into)
    }
}

impl Write for TimedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Status and body of the answer to a simple request; `host` is a name or an address.
pub(super) fn get(mut stream: impl Read + Write, path: &str, host: &str) -> io::Result<(u16, String)> {
    let host = host.parse().map_or_else(|_| host.to_owned(), hosts::literal);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    if let Err(cause) = stream.take(LARGEST_ANSWER).read_to_end(&mut answer)
        && answer.is_empty()
    {
        return Err(cause); // an end without close_notify is an end nevertheless
    }
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or(io::ErrorKind::InvalidData)?, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Shutdown, TcpListener};

    #[test]
    fn a_visit_ends_in_time_though_there_is_always_more_to_read() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("it is bound");
        let visit = |lasts| {
            let stream = TcpStream::connect(at).expect("it listens");
            let (mut other, _) = listener.accept().expect("somebody is there");
            other.write_all(b"HTTP/1.1 200 OK\r\n\r\nwell").expect("it is open");
            other.shutdown(Shutdown::Write).expect("it is open");
            TimedStream::new(stream, lasts).and_then(|visit| get(visit, "/health", "localhost"))
        };
        assert_eq!(visit(VISIT_TIMEOUT).expect("it has answered"), (200, "well".into()));
        assert_eq!(visit(Duration::ZERO).map_err(|cause| cause.kind()), Err(io::ErrorKind::TimedOut));
    }
}
