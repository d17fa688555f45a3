//! The header of the PROXY protocol (versions 1 and 2), which a trusted proxy may send before the first byte
//! of a connection: who the client is.

use proxy_header::{ParseConfig, Protocol, ProxyHeader};
use std::io;
use std::net::IpAddr;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest header of version 1, bytes, its line end counted (PROXY protocol, 2.1).
const MAX_V1: usize = 107;
/// The longest header of version 2 that is read, bytes: 52 with two addresses of IPv6, the rest for what
/// proxies tell of TLS (SECURITY.md).
const MAX_V2: usize = 2048;
/// What stands before the length of a header of version 2, and the length.
const V2_START: usize = 16;

const V1_SIGNATURE: &[u8] = b"PROXY ";

/// How many bytes tell how a connection begins.
pub(super) const PEEKED: usize = V1_SIGNATURE.len();

/// How a connection begins.
#[derive(Debug, PartialEq, Eq)]
enum Beginning {
    V1,
    V2,
    /// With what the client itself has sent.
    Client,
}

impl Beginning {
    /// Of the first bytes. Neither TLS nor HTTP nor media begins with a carriage return, as version 2 does; a
    /// method of HTTP may begin with the same letter as version 1, whose senders send it in one piece.
    fn of(first: &[u8]) -> Beginning {
        match first {
            [b'\r', ..] => Beginning::V2,
            _ if first.starts_with(V1_SIGNATURE) => Beginning::V1,
            _ => Beginning::Client,
        }
    }
}

/// Takes the header out of a connection of a trusted proxy, whose first bytes were peeked at: the client's
/// address. `None`: the proxy sends no header, or speaks for itself. Bounded in bytes; the caller bounds the
/// time.
///
/// # Errors
///
/// What begins as a header is none, or the connection broke.
pub(super) async fn take(first: &[u8], stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let mut header = Vec::new();
    match Beginning::of(first) {
        Beginning::Client => return Ok(None),
        Beginning::V1 => {
            while header.last() != Some(&b'\n') && header.len() < MAX_V1 {
                header.push(stream.read_u8().await?);
            }
        }
        Beginning::V2 => {
            header.resize(V2_START, 0);
            stream.read_exact(&mut header).await?;
            let length = V2_START + usize::from(u16::from_be_bytes([header[14], header[15]]));
            if length > MAX_V2 {
                return Err(io::ErrorKind::InvalidData.into());
            }
            header.resize(length, 0);
            stream.read_exact(&mut header[V2_START..]).await?;
        }
    }
    client(&header)
}

/// The client that a whole header names; `None`: the proxy speaks for itself.
fn client(header: &[u8]) -> io::Result<Option<IpAddr>> {
    let config = ParseConfig { include_tlvs: false, ..ParseConfig::default() };
    let parsed = ProxyHeader::parse(header, config).ok().filter(|(_, length)| *length == header.len());
    let (parsed, _) = parsed.ok_or(io::ErrorKind::InvalidData)?;
    match parsed.proxied_address() {
        Some(addresses) if addresses.protocol == Protocol::Stream => {
            Ok(Some(addresses.source.ip().to_canonical()))
        }
        Some(_) => Err(io::ErrorKind::InvalidData.into()), // datagrams do not come by TCP
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use proptest::prelude::*;
    use proxy_header::{ProxiedAddress, Tlv};
    use std::net::SocketAddr;

    /// The header of those addresses with that much about TLS, in version 2.
    fn v2(source: &str, extra: usize) -> Vec<u8> {
        let source: SocketAddr = source.parse().expect("an address");
        let mut header = ProxyHeader::with_address(ProxiedAddress::stream(source, source));
        header.append_tlv(Tlv::Noop(extra));
        let mut bytes = vec![0; 8192];
        let length = header.encode_to_slice_v2(&mut bytes).expect("it fits");
        bytes.truncate(length);
        bytes
    }

    /// Who the client is, or the kind of error, and what is left in the connection.
    fn taken(mut bytes: &[u8]) -> (Result<Option<IpAddr>, io::ErrorKind>, &[u8]) {
        let first = &bytes[..bytes.len().min(6)];
        let taken = take(first, &mut bytes).now_or_never().expect("all has come");
        (taken.map_err(|cause| cause.kind()), bytes)
    }

    #[test]
    fn the_client_is_named_and_what_it_sends_is_left_alone() {
        let v4 = Some("203.0.113.7".parse().unwrap());
        let v6 = Some("2001:db8::7".parse().unwrap());
        let local = [&b"\r\n\r\n\0\r\nQUIT\n"[..], &[0x20, 0, 0, 0]].concat();
        for (header, client) in [
            (b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\r\n".to_vec(), v4),
            (b"PROXY TCP6 2001:db8::7 2001:db8::1 5000 443\r\n".to_vec(), v6),
            (b"PROXY TCP6 ::ffff:203.0.113.7 ::1 5000 443\r\n".to_vec(), v4),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN 1 2 3\r\n".to_vec(), None),
            (v2("203.0.113.7:5000", 1), v4),
            (v2("[2001:db8::7]:5000", 1000), v6),
            (local, None),
        ] {
            for rest in [&b"GET / HTTP/1.1\r\n"[..], b"\x16\x03\x01", b""] {
                assert_eq!(taken(&[&header, rest].concat()), (Ok(client), rest), "{header:?}");
            }
        }
    }

    #[test]
    fn without_a_header_nothing_is_taken() {
        for bytes in
            [&b"GET / HTTP/1.1\r\n"[..], b"POST /events", b"PROPFIND", b"PR", b"", b"\x16\x03\x01", b"\0\x14"]
        {
            assert_eq!(taken(bytes), (Ok(None), bytes));
        }
    }

    #[test]
    fn what_begins_as_a_header_and_is_none_ends_the_connection() {
        let long = format!("PROXY TCP4 {}", "1".repeat(500));
        let mut datagram = v2("203.0.113.7:5000", 1);
        datagram[13] = 0x12;
        let huge = v2("203.0.113.7:5000", MAX_V2);
        for bytes in [
            long.as_bytes(),
            b"PROXY TCP4 here there 1 2\r\n",
            b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\n",
            b"PROXY SCTP 203.0.113.7 192.0.2.1 5000 443\r\n",
            b"\r\nGET / HTTP/1.1\r\nHost: localhost\r\n",
            &datagram,
            &huge,
        ] {
            let (taken, rest) = taken(bytes);
            assert_eq!(taken, Err(io::ErrorKind::InvalidData), "{}", bytes.escape_ascii());
            assert!(bytes.len() - rest.len() <= MAX_V2);
        }
        let (cut, _) = taken(&v2("203.0.113.7:5000", 1)[..20]);
        assert_eq!(cut, Err(io::ErrorKind::UnexpectedEof));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_within_the_bound(
            begins in prop::sample::select(vec![&b"PROXY "[..], b"PROXY TCP4 ", b"\r\n\r\n\0\r\nQUIT\n", b"\r", b""]),
            bytes in prop::collection::vec(any::<u8>(), 0..3000),
        ) {
            let bytes = [begins, &bytes].concat();
            let (_, rest) = taken(&bytes);
            prop_assert!(bytes.len() - rest.len() <= MAX_V2);
        }
    }
}
