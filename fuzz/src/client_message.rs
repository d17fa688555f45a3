//! What a page says, as text, and what the lobby makes of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use wizyjno::ids::{ClientPrefix, ConnectionId};
use wizyjno::lobby::{Effect, Identity, Input, Lobby, Rules};
use wizyjno::protocol::ClientMessage;

/// Each line is a message; the number before it says which page says it, and every line is a second.
pub fn client_message(bytes: &[u8]) {
    let now = Instant::now();
    let identity =
        Identity { host: "fuzz.local".into(), version: "0".into(), page: None, relayless: false, turn: None };
    let rules = Rules { people: 3, people_per_prefix: 2, room_capacity: 2, ..Rules::default() };
    let mut lobby = Lobby::new(rules.clone(), identity, [7; 32], 0, now);
    let mut opened = BTreeSet::new();
    for (n, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let now = now + Duration::from_secs(n as u64);
        let Some((&page, text)) = line.split_first() else { continue };
        let from = ConnectionId(u64::from(page));
        if opened.insert(from) {
            // Sixteen addresses.
            let prefix = ClientPrefix::of([10, 0, 0, page % 16].into());
            lobby.handle(now, Input::Connected { connection: from, from: prefix, via: [10, 0, 0, 1].into() });
        }
        let Ok(text) = std::str::from_utf8(text) else { continue };
        let event = match ClientMessage::from_json(text) {
            Some(message) => Input::Received { from, message },
            None if text == "lost" => {
                opened.remove(&from);
                Input::Disconnected { connection: from }
            }
            None => continue,
        };
        for effect in lobby.handle(now, event) {
            if let Effect::Send { message, .. } | Effect::Broadcast(message) = effect {
                message.write_json(&mut Vec::new());
            }
        }
        let counts = lobby.counts();
        assert!(counts.people <= rules.people && counts.members <= counts.people, "{counts:?}");
        assert!(counts.rooms <= counts.people, "{counts:?}");
        assert!(lobby.next_deadline().is_none_or(|at| at > now), "what is due is done");
    }
}
