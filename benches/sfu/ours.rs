//! The relay itself.

use crate::attack::{ATTACKERS, flood};
use crate::target::{LOCAL, answer, orders, pin, target_address};
use crate::turn_wire;
use serde_json::json;
use std::time::Duration;
use wizyjno::ids::{PersonId, RoomId};
use wizyjno::media::{Event, Media, Setup};
use wizyjno::sfu::{Command, Refusal};

/// How long a thread may take to answer, on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Relays until its standard input ends. On one thread it is kept on one core.
#[expect(clippy::too_many_lines, reason = "two loops over orders and events, an arm for each")]
pub(crate) fn serve(threads: usize, by_turn: bool) {
    if threads == 1 {
        pin(0);
    }
    let setup = Setup {
        listen: vec![target_address()],
        addresses: vec![LOCAL.into()],
        public: vec![],
        threads,
        capacity: 64,
        turn: by_turn.then(turn_wire::server),
    };
    let (media, mut events) = Media::start(&setup).expect("the port is free");
    let said = media.clone();
    let orders = orders();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("an event loop");
        for order in orders {
            let number = |name: &str| order[name].as_u64().expect("a number") as u32;
            let sdp = || order["sdp"].as_str().expect("an SDP").to_owned();
            let send = |command| media.send(PersonId(number("id")), command);
            match order["what"].as_str() {
                Some("join") => send(Command::Join { room: RoomId(number("room")), via: None }),
                Some("offer") => send(Command::Offer { connection: 1, sdp: sdp() }),
                Some("answer") => send(Command::Answer { connection: number("connection"), sdp: sdp() }),
                Some("leave") => send(Command::Leave),
                Some("count") => {
                    let threads = runtime.block_on(media.stats(TIMEOUT));
                    let threads = threads.iter().map(|thread| thread.as_ref().expect("a thread is stuck"));
                    let members: Vec<_> = threads.flat_map(|thread| &thread.members).collect();
                    let members: Vec<_> = members.iter().map(|stats| stats.member).collect();
                    answer(&json!({"what": "count", "members": members}));
                }
                Some("attack") => flood(&media, order["offers"] == "taken"),
                Some("stop") => {
                    media.stop();
                    answer(&json!({"what": "stopped"}));
                }
                _ => {}
            }
        }
    });
    let known = setup.turn.as_ref().map(|server| turn_wire::accept(&said, server));
    answer(&json!({"what": "ready", "turn": known}));
    while let Some(event) = events.blocking_recv() {
        match event {
            // Nobody listens for them.
            Event::UpAnswer { member, .. }
            | Event::Refused { member, .. }
            | Event::DownOffer { member, .. }
            | Event::Ended { member, .. }
                if member.0 >= ATTACKERS => {}
            Event::UpAnswer { member, sdp, .. } => {
                answer(&json!({"what": "answer", "id": member, "sdp": sdp}));
            }
            Event::DownOffer { member, connection, sdp } => {
                answer(&json!({"what": "offer", "id": member, "connection": connection, "sdp": sdp}));
            }
            Event::Ended { member, side, why, .. } => {
                answer(&json!({"what": "ended", "id": member, "side": format!("{side:?}"), "why": why}));
            }
            Event::Overloaded { overload, .. } => {
                answer(&json!({"what": "strained", "strain": format!("{overload:?}")}));
            }
            // Who has left meanwhile is a member no more.
            Event::Refused { why: Refusal::NotAMember | Refusal::Stale, .. } => {}
            Event::Refused { why, .. } => panic!("refused: {why}"),
            _ => {}
        }
    }
    said.stop();
}
