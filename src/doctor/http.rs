//! As much of an HTTP client as the doctor needs. It blocks.

use crate::hosts;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A box on this machine answers at once, if it answers.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Far more than a certificate or a page of ours has, in bytes.
pub(super) const LARGEST_ANSWER: u64 = 64 * 1024;

pub(super) fn connect(at: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&at, ANSWER_TIMEOUT)?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
    stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
    Ok(stream)
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
