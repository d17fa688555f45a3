//! The relay itself.

use crate::attack::{ATTACKERS, flood};
use crate::target::{LOCAL, answer, orders, pin, target_address};
use serde_json::json;
use std::time::Duration;
use wizyjno::ids::{PersonId, RoomId};
use wizyjno::media::{Event, Media, Setup};
use wizyjno::sfu;

/// How long a thread may take to answer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Relays until its standard input ends. On one thread it is kept on one core.
pub(crate) fn serve(threads: usize) {
    if threads == 1 {
        pin(0);
    }
    let setup =
        Setup { listen: vec![target_address()], addresses: vec![LOCAL.into()], threads, capacity: 64 };
    let (media, mut told) = Media::start(&setup).expect("the port is free");
    let said = media.clone();
    let orders = orders();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("an event loop");
        for order in orders {
            let number = |name: &str| order[name].as_u64().expect("a number") as u32;
            let sdp = || order["sdp"].as_str().expect("an SDP").to_owned();
            match order["what"].as_str() {
                Some("join") => media.join(PersonId(number("id")), RoomId(number("room")), None),
                Some("offer") => media.up_offer(PersonId(number("id")), 1, sdp()),
                Some("answer") => media.down_answer(PersonId(number("id")), number("connection"), sdp()),
                Some("leave") => media.leave(PersonId(number("id"))),
                Some("count") => {
                    let figures = runtime.block_on(media.figures(PATIENCE));
                    let figures = figures.iter().map(|thread| thread.as_ref().expect("a thread is stuck"));
                    let members: Vec<_> = figures.flat_map(|thread| &thread.members).collect();
                    let members: Vec<_> = members.iter().map(|figures| figures.member).collect();
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
    answer(&json!({"what": "ready"}));
    while let Some(event) = told.blocking_recv() {
        match event {
            // Nobody listens for them.
            Event::UpAnswer { member, .. }
            | Event::Refused { member, .. }
            | Event::Relay(sfu::Event::DownOffer { member, .. } | sfu::Event::Ended { member, .. })
                if member.0 >= ATTACKERS => {}
            Event::UpAnswer { member, sdp, .. } => {
                answer(&json!({"what": "answer", "id": member, "sdp": sdp}));
            }
            Event::Relay(sfu::Event::DownOffer { member, connection, sdp }) => {
                answer(&json!({"what": "offer", "id": member, "connection": connection, "sdp": sdp}));
            }
            Event::Relay(sfu::Event::Ended { member, side, why, .. }) => {
                answer(&json!({"what": "ended", "id": member, "side": format!("{side:?}"), "why": why}));
            }
            Event::Relay(sfu::Event::Strained { strain, .. }) => {
                answer(&json!({"what": "strained", "strain": format!("{strain:?}")}));
            }
            // Who has left meanwhile is a member no more.
            Event::Refused { why: sfu::Refusal::NotAMember | sfu::Refusal::Stale, .. } => {}
            Event::Refused { why, .. } => panic!("refused: {why}"),
            _ => {}
        }
    }
    said.stop();
}
