//! A rate limit on requests that come on the connections of proxies: by client, because one connection
//! carries those of many, and a limit of the connection would let one client slow the others down. Pure.

use super::handshakes::take;
use crate::ids::ClientPrefix;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The requests of a client that are answered at once, for each connection that it may have: the page with
/// all its files takes fewer (SECURITY.md)…
const REQUESTS_PER_CONNECTION: u32 = 16;
/// …and as many more in so long (SECURITY.md).
const REQUESTS_REFILL: Duration = Duration::from_secs(10);
/// A request that would be delayed longer is refused: browsers give up not long after (SECURITY.md).
const MAX_REQUEST_DELAY: Duration = Duration::from_secs(8);
/// Clients that are remembered, twice as many as have connections by default (SECURITY.md).
const MAX_PROXIED_CLIENTS: usize = 8192;

/// Token buckets, each as the moment at which it is full (the generic cell rate algorithm).
#[derive(Default)]
pub(super) struct RequestLimiter(HashMap<ClientPrefix, Instant>);

impl RequestLimiter {
    /// When the next request of that client may be answered, which may have so many connections. `None`: not
    /// in time, and it is not counted.
    pub(super) fn schedule(
        &mut self,
        client: ClientPrefix,
        connections: usize,
        now: Instant,
    ) -> Option<Instant> {
        if self.0.len() >= MAX_PROXIED_CLIENTS {
            self.0.retain(|_, full_at| *full_at > now);
        }
        if self.0.len() >= MAX_PROXIED_CLIENTS {
            self.0.clear();
        }
        let burst =
            u32::try_from(connections).unwrap_or(u32::MAX).saturating_mul(REQUESTS_PER_CONNECTION).max(1);
        let full_at = self.0.get(&client).copied().unwrap_or(now);
        let (full_at, start) = take(full_at, burst, REQUESTS_REFILL / burst, now);
        if start > now + MAX_REQUEST_DELAY {
            return None;
        }
        self.0.insert(client, full_at);
        Some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u32) -> ClientPrefix {
        ClientPrefix::of((0x0a00_0000 + n).to_be_bytes().into())
    }

    #[test]
    fn a_client_gets_its_burst_and_then_its_rate_and_no_other_waits_for_it() {
        let (mut requests, now) = (RequestLimiter::default(), Instant::now());
        let starts: Vec<_> = (0..4000).map(|_| requests.schedule(client(1), 64, now)).collect();
        assert!(starts[..1024].iter().all(|start| *start == Some(now)), "16 for each of 64 connections");
        let later = starts[1024].expect("it waits");
        assert!(later > now && later < now + Duration::from_millis(11));
        assert!(starts[1024 + 820].is_none(), "nobody waits for longer than 8 s");
        assert_eq!(requests.schedule(client(2), 64, now), Some(now));
        let rested = now + Duration::from_secs(20);
        assert_eq!(requests.schedule(client(1), 64, rested), Some(rested));
    }

    #[test]
    fn clients_that_are_remembered_are_bounded() {
        let (mut requests, now) = (RequestLimiter::default(), Instant::now());
        for n in 0..3 * MAX_PROXIED_CLIENTS as u32 {
            assert_eq!(requests.schedule(client(n), 64, now), Some(now));
        }
        assert!(requests.0.len() <= MAX_PROXIED_CLIENTS);
    }
}
