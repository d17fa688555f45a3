//! The scenes: a crowd arrives, people come and go, call each other, and one stops reading.

use crate::Figures;
use crate::page::{Heard, Page, World};
use crate::process::Server;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{sleep, sleep_until};

const CROWD: usize = 1000;
/// Handshakes at a time.
const AT_ONCE: usize = 64;
/// For memory and queues to come to rest, and for the last change to be seen by all.
const REST: Duration = Duration::from_secs(3);

/// As many as fit.
const ROOM: usize = 32;
/// Messages that a page may say at once.
const AT_ONCE_SAID: u32 = 200;

const CALLS_A_SECOND: u32 = 10;
/// Over before the first silent page is asked whether it is there, so that calls alone are measured.
const CALLS: Duration = Duration::from_secs(6);
const CHANGES_A_SECOND: u32 = 50;
const CHANGES: Duration = Duration::from_secs(10);

/// More than one page may say in a second (100) times the pages is more than a core can pass on.
const PAIRS: usize = 128;
const RELAY: Duration = Duration::from_secs(8);

/// 65 MB in all, at the pace that one page may keep.
const FLOOD_MESSAGE: usize = 32 * 1024;
const FLOOD_A_SECOND: u32 = 100;
const FLOOD: Duration = Duration::from_secs(20);
/// As little as the kernel allows, so that it hides little of what the server must keep.
const SMALL: u32 = 4096;

/// Somebody is let in.
pub(crate) async fn welcome(server: &Server, state: &Path) {
    arrive(&World::new(server.address(), state), 1).await;
}

/// What calls cost when hardly anybody has to be told of them.
pub(crate) async fn few(server: &Server, state: &Path, figures: &mut Figures) {
    let world = World::new(server.address(), state);
    let pages = arrive(&world, 8).await;
    figures.insert("call_cpu", calls(server, pages).await);
}

/// All people of a room say what they show of themselves as often as they may, and before that how they are.
pub(crate) async fn room(server: &Server, state: &Path, figures: &mut Figures) {
    let world = World::new(server.address(), state);
    let pages = arrive(&world, ROOM).await;
    figures.insert("presence_cpu", said(server, &pages, Page::set_availability).await);
    let [host, others @ ..] = &pages[..] else { unreachable!("there are some") };
    for other in others {
        meet(host, other).await;
    }
    sleep(REST).await;
    figures.insert("media_cpu", said(server, &pages, Page::set_media).await);
}

/// CPU microseconds a message, if everybody says it as often as a page may at once.
async fn said(server: &Server, pages: &[Page], say: impl Fn(&Page, bool)) -> f64 {
    let before = server.usage().cpu;
    for n in 0..AT_ONCE_SAID {
        pages.iter().for_each(|page| say(page, n % 2 == 0));
    }
    sleep(REST).await;
    let messages = AT_ONCE_SAID * pages.len() as u32;
    (server.usage().cpu - before).as_secs_f64() * 1e6 / f64::from(messages)
}

/// A thousand arrive at once; some call each other; some come and go.
pub(crate) async fn crowd(server: &Server, state: &Path, figures: &mut Figures) {
    let world = World::new(server.address(), state);
    let empty = server.usage();
    let pages = arrive(&world, CROWD).await;
    figures.insert("storm_cpu", (server.usage().cpu - empty.cpu).as_secs_f64());
    figures.insert("storm_frames", world.frames.get() as f64);
    sleep(REST).await;
    figures.insert("memory", (server.usage().memory - empty.memory) as f64 / 1024.0 / CROWD as f64);

    let mut pages = pages;
    let callers = pages.split_off(CROWD - 100);
    figures.insert("call_crowd_cpu", calls(server, callers).await);

    let missing = CROWD - pages.len();
    let newcomers = arrive(&world, missing).await;
    pages.extend(newcomers);
    sleep(REST).await;
    let before = server.usage().cpu;
    let joins = churn(&world, &mut pages, CHANGES_A_SECOND, CHANGES).await;
    let changes = CHANGES_A_SECOND as f64 * CHANGES.as_secs_f64();
    figures.insert("change_cpu", (server.usage().cpu - before).as_secs_f64() * 1000.0 / changes);
    figures.insert("join_p50", joins.0);
    figures.insert("join_p99", joins.1);
}

/// Pairs in calls pass 1 kB to and fro, one message of each pair on its way.
pub(crate) async fn relay(server: &Server, state: &Path, figures: &mut Figures) {
    let world = World::new(server.address(), state);
    let pages = pair_up(arrive(&world, 2 * PAIRS).await);
    for (caller, callee) in &pages {
        meet(caller, callee).await;
    }
    sleep(REST).await;
    let text = sdp(1024);
    let passed = Rc::new(Cell::new(0u32));
    let end = Instant::now() + RELAY;
    let before = server.usage().cpu;
    let mut talks = JoinSet::new();
    for (one, other) in pages {
        let (text, passed) = (text.clone(), passed.clone());
        talks.spawn_local(async move {
            while Instant::now() < end {
                for (from, to) in [(&one, &other), (&other, &one)] {
                    from.describe(to, &text);
                    assert_eq!(to.hear_signal().await, text);
                    passed.set(passed.get() + 1);
                }
            }
        });
    }
    talks.join_all().await;
    let cpu = server.usage().cpu - before;
    figures.insert("relay", f64::from(passed.get()) / cpu.as_secs_f64());
}

/// One of a thousand stops reading, but still shows signs of life, and is sent far more than fits.
pub(crate) async fn slow_reader(server: &Server, state: &Path, figures: &mut Figures) {
    let world = World::new(server.address(), state);
    let mut pages = arrive(&world, CROWD).await;
    let calm = churn(&world, &mut pages, 10, FLOOD / 2).await;
    let talker = pages.swap_remove(0);
    let deaf = Page::open_with(&world, "Deaf", Some(SMALL)).await;
    meet(&talker, &deaf).await;
    sleep(REST).await;

    deaf.stop_reading();
    let flood = spawn_local(async move {
        let text = sdp(FLOOD_MESSAGE);
        let messages = FLOOD_A_SECOND * FLOOD.as_secs() as u32;
        for tick in ticks(FLOOD_A_SECOND, FLOOD) {
            sleep_until(tick.into()).await;
            talker.describe(&deaf, &text);
            deaf.ping();
        }
        f64::from(messages) * FLOOD_MESSAGE as f64
    });
    let before = server.usage().memory;
    let most = Rc::new(Cell::new(before));
    let watched = async {
        loop {
            sleep(Duration::from_millis(100)).await;
            most.set(most.get().max(server.usage().memory));
        }
    };
    let beside = tokio::select! {
        beside = churn(&world, &mut pages, 10, FLOOD) => beside,
        () = watched => unreachable!("it watches as long as it is let"),
    };
    figures.insert("flooded", flood.await.expect("it was sent") / 1e6);
    figures.insert("growth", (most.get() - before) as f64 / 1e6);
    figures.insert("calm_p50", calm.0);
    figures.insert("calm_p99", calm.1);
    figures.insert("flood_p50", beside.0);
    figures.insert("flood_p99", beside.1);
}

/// So many pages open at once; done when each knows them all.
async fn arrive(world: &Rc<World>, count: usize) -> Vec<Page> {
    let gate = Rc::new(Semaphore::new(AT_ONCE));
    let mut opening = JoinSet::new();
    for number in 0..count {
        let (world, gate) = (world.clone(), gate.clone());
        opening.spawn_local(async move {
            let _turn = gate.acquire().await.expect("never closed");
            Page::open(&world, &format!("Person {number}")).await
        });
    }
    let pages = opening.join_all().await;
    let everybody = |page: &Page| pages.iter().all(|other| page.known.borrow().contains(&other.id));
    for page in &pages {
        while !everybody(page) {
            sleep(Duration::from_millis(2)).await;
        }
    }
    pages
}

fn pair_up(pages: Vec<Page>) -> Vec<(Page, Page)> {
    let mut pages = pages.into_iter();
    std::iter::from_fn(|| Some((pages.next()?, pages.next()?))).collect()
}

async fn meet(caller: &Page, callee: &Page) {
    caller.invite(callee);
    let ring = |heard| if let Heard::Ring { invitation } = heard { Some(invitation) } else { None };
    callee.accept(callee.hear(ring).await);
    let in_room = |heard| matches!(heard, Heard::InRoom).then_some(());
    tokio::join!(caller.hear(in_room), callee.hear(in_room));
}

/// CPU milliseconds a call, net of what the server uses when nothing happens.
async fn calls(server: &Server, pages: Vec<Page>) -> f64 {
    let quiet = server.usage().cpu;
    sleep(REST).await;
    let idle = (server.usage().cpu - quiet).as_secs_f64() / REST.as_secs_f64();

    let (done, mut free) = unbounded_channel();
    pair_up(pages).into_iter().for_each(|pair| drop(done.send(pair)));
    let (start, before) = (Instant::now(), server.usage().cpu);
    let mut talks = JoinSet::new();
    for tick in ticks(CALLS_A_SECOND, CALLS) {
        sleep_until(tick.into()).await;
        let pair = free.recv().await.expect("pairs come back");
        let done = done.clone();
        talks.spawn_local(async move {
            call(&pair.0, &pair.1).await;
            let _ = done.send(pair);
        });
    }
    let made = talks.join_all().await.len() as f64;
    let cpu = (server.usage().cpu - before).as_secs_f64() - idle * start.elapsed().as_secs_f64();
    cpu * 1000.0 / made
}

/// Invite, ring, accept; offer and answer of 4 kB, ten candidates each way; both hang up.
async fn call(caller: &Page, callee: &Page) {
    const CANDIDATES: usize = 10;
    meet(caller, callee).await;
    let (description, candidate) = (sdp(4096), sdp(160));
    for (from, to) in [(caller, callee), (callee, caller)] {
        from.describe(to, &description);
        for _ in 0..CANDIDATES {
            from.offer_candidate(to, &candidate);
        }
        for _ in 0..=CANDIDATES {
            to.hear_signal().await;
        }
    }
    caller.leave();
    callee.leave();
    let left = |heard| matches!(heard, Heard::RoomLeft).then_some(());
    tokio::join!(caller.hear(left), callee.hear(left));
}

/// People come and go by turns; half of `pages` stay. How long until a join was seen by the others, in
/// milliseconds from the first packet: p50 and p99.
async fn churn(world: &Rc<World>, pages: &mut Vec<Page>, a_second: u32, during: Duration) -> (f64, f64) {
    let mut leaving = VecDeque::from(pages.split_off(pages.len() - pages.len() / 10));
    let back = Rc::new(RefCell::new(Vec::new()));
    let joined: Rc<RefCell<HashMap<u32, Instant>>> = Rc::default();
    let mut busy = JoinSet::new();
    world.seen.borrow_mut().clear();
    world.watching.set(true);
    for (number, tick) in ticks(a_second, during).enumerate() {
        sleep_until(tick.into()).await;
        if number % 2 == 0 {
            leaving.extend(back.borrow_mut().drain(..));
            let page: Page = leaving.pop_front().expect("as many come as go");
            busy.spawn_local(page.go());
        } else {
            let (world, back, joined) = (world.clone(), back.clone(), joined.clone());
            busy.spawn_local(async move {
                let start = Instant::now();
                let page = Page::open(&world, &format!("Guest {number}")).await;
                joined.borrow_mut().insert(page.id, start);
                back.borrow_mut().push(page);
            });
        }
    }
    busy.join_all().await;
    sleep(REST).await;
    world.watching.set(false);
    let joined = joined.borrow();
    let seen = world.seen.borrow();
    let mut delays: Vec<Duration> = seen
        .iter()
        .filter(|seen| seen.here)
        .filter_map(|seen| Some(seen.at.saturating_duration_since(*joined.get(&seen.who)?)))
        .collect();
    assert!(delays.len() >= joined.len() * pages.len(), "somebody did not hear of a join");
    delays.sort();
    let share = |share: f64| delays[(delays.len() as f64 * share) as usize].as_secs_f64() * 1000.0;
    pages.extend(leaving);
    pages.extend(back.borrow_mut().drain(..));
    (share(0.5), share(0.99))
}

/// The moments of something that happens so often, from now on.
fn ticks(a_second: u32, during: Duration) -> impl Iterator<Item = Instant> {
    let start = Instant::now();
    (0..a_second * during.as_secs() as u32)
        .map(move |number| start + Duration::from_secs(1) * number / a_second)
}

/// So many bytes that look like a session description (RFC 8866): lines that JSON must escape.
fn sdp(bytes: usize) -> String {
    const LINE: &str = "a=rtcp-fb:96 nack pli a=ssrc:1234567890 cname:x a=rtpmap:96 VP8/90000\r\n";
    LINE.chars().cycle().take(bytes).collect()
}
