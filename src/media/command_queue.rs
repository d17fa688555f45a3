//! What members want of the relay and has not been done yet: of each member only what is newest, in an order
//! that serves everybody in turn.
//!
//! Pure. A page cannot make this longer than one entry, however much it says: a request takes the place of
//! the one of its kind that waits, and leaving takes the place of everything. So nothing is ever refused for
//! want of room, and a control request (join, leave, pause, …) is never lost. The whole is bounded by the
//! members, and by those who have left since the thread's last turn.
//!
//! Requests are *light* or *heavy*. Heavy ones read or write SDP, or change what every member of the room is
//! told; each costs a [`unit`](PERIOD) of its member's budget, and waits until there is one.

use crate::ids::{PersonId, RoomId};
use crate::sfu::{Command, SDP, Tile};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Heavy requests of one member that are served without waiting: enough for sixteen quick rounds of leaving a
/// room and joining it again, which take two each.
const BURST: u32 = 32;
/// Between two heavy requests of one member in the long run, so four a second: a few new connections, each of
/// which costs up to a few milliseconds. SECURITY.md.
const PERIOD: Duration = Duration::from_millis(250);

/// See the [module](self).
#[derive(Default)]
pub(super) struct CommandQueue {
    waiting: HashMap<PersonId, Pending>,
    /// Who has a light request, and who a heavy one; each in the order of service.
    light: VecDeque<PersonId>,
    heavy: VecDeque<PersonId>,
    /// When the budget of whoever has spent of it is whole again. It outlives the membership, or leaving
    /// would refill it.
    whole_at: HashMap<PersonId, Instant>,
    /// So many budgets are kept before those that are whole are forgotten.
    crowded: usize,
}

/// What one member wants, in the order in which it is done.
#[derive(Default)]
struct Pending {
    leaves: bool,
    joins: Option<(RoomId, Option<IpAddr>)>,
    reconnects: Option<Option<IpAddr>>,
    offer: Option<(u32, String)>,
    answer: Option<(u32, String)>,
    says_again: bool,
    tiles: Option<Vec<Tile>>,
    screen: Option<bool>,
    paused: Option<bool>,
    asks_links: bool,
    /// Whether it is among the light and among the heavy.
    in_light: bool,
    in_heavy: bool,
}

impl CommandQueue {
    /// Somebody wants something.
    pub(super) fn push(&mut self, member: PersonId, request: Command) {
        self.waiting.entry(member).or_default().add(request);
        self.line_up(member);
    }

    /// The next light request.
    pub(super) fn pop_light(&mut self) -> Option<(PersonId, Command)> {
        loop {
            let member = self.light.pop_front()?;
            let Some(pending) = self.waiting.get_mut(&member) else { continue };
            pending.in_light = false;
            let request = pending.take_light();
            self.line_up(member);
            if let Some(request) = request {
                return Some((member, request));
            }
        }
    }

    /// The next heavy request of a member who has budget for it.
    pub(super) fn pop_heavy(&mut self, now: Instant) -> Option<(PersonId, Command)> {
        let at = self.heavy.iter().position(|member| self.affordable_at(*member) <= Some(now))?;
        let member = self.heavy.remove(at)?;
        let pending = self.waiting.get_mut(&member)?;
        pending.in_heavy = false;
        let request = pending.take_heavy();
        self.line_up(member);
        self.charge(member, 1, now);
        request.map(|request| (member, request))
    }

    /// A heavy request turned out to have cost so many units more.
    pub(super) fn charge(&mut self, member: PersonId, units: u32, now: Instant) {
        let whole_at = self.whole_at.entry(member).or_insert(now);
        *whole_at = (*whole_at).max(now) + PERIOD * units;
        if self.whole_at.len() > self.crowded {
            self.whole_at.retain(|_, at| *at > now);
            self.crowded = 2 * self.whole_at.len() + 64;
        }
    }

    /// When there will be something to do. `None`: not before something comes.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        if !self.light.is_empty() {
            return Some(now);
        }
        self.heavy.iter().map(|member| self.affordable_at(*member).unwrap_or(now)).min()
    }

    /// From when on the member has a unit. `None`: at any time.
    fn affordable_at(&self, member: PersonId) -> Option<Instant> {
        self.whole_at.get(&member).and_then(|at| at.checked_sub(PERIOD * (BURST - 1)))
    }

    fn line_up(&mut self, member: PersonId) {
        let Entry::Occupied(mut entry) = self.waiting.entry(member) else { return };
        let pending = entry.get_mut();
        let (light, heavy) = (pending.has_light(), pending.has_heavy());
        if light && !std::mem::replace(&mut pending.in_light, true) {
            self.light.push_back(member);
        }
        if heavy && !std::mem::replace(&mut pending.in_heavy, true) {
            self.heavy.push_back(member);
        }
        // Whoever is in line stays until its turn comes, so that no one is in line twice.
        if !pending.in_light && !pending.in_heavy {
            entry.remove();
        }
    }
}

impl Pending {
    fn add(&mut self, request: Command) {
        match request {
            // Nothing of before matters; in which lines the member is, does.
            Command::Leave => self.begin(true, None),
            Command::Join { room, via } => self.begin(self.leaves, Some((room, via))),
            // It drops the older connections, and with them a pause.
            Command::Reconnect { via } => {
                self.reconnects = Some(via.or(self.reconnects.flatten()));
                (self.offer, self.answer, self.paused) = (None, None, None);
            }
            Command::Offer { connection, sdp } => self.offer = Some((connection, kept(sdp))),
            Command::Answer { connection, sdp } => self.answer = Some((connection, kept(sdp))),
            Command::Resync => self.says_again = true,
            Command::SetTiles(tiles) => self.tiles = Some(tiles),
            Command::SetScreen(shown) => self.screen = Some(shown),
            Command::SetPaused(paused) => self.paused = Some(paused),
            Command::ReportLinks => self.asks_links = true,
        }
    }

    fn begin(&mut self, leaves: bool, joins: Option<(RoomId, Option<IpAddr>)>) {
        let (in_light, in_heavy) = (self.in_light, self.in_heavy);
        *self = Pending { leaves, joins, in_light, in_heavy, ..Pending::default() };
    }

    /// What waits for the member to be where it wants to be.
    fn settled(&self) -> bool {
        !self.leaves && self.joins.is_none() && self.reconnects.is_none()
    }

    fn has_light(&self) -> bool {
        let more = self.tiles.is_some() || self.paused.is_some() || self.asks_links;
        self.leaves || (self.settled() && more)
    }

    fn has_heavy(&self) -> bool {
        let sdp = self.reconnects.is_some() || self.offer.is_some() || self.answer.is_some();
        !self.leaves && (self.joins.is_some() || sdp || self.screen.is_some() || self.says_again)
    }

    fn take_light(&mut self) -> Option<Command> {
        if std::mem::take(&mut self.leaves) {
            return Some(Command::Leave);
        }
        if !self.settled() {
            return None;
        }
        let tiles = self.tiles.take().map(Command::SetTiles);
        tiles
            .or_else(|| self.paused.take().map(Command::SetPaused))
            .or_else(|| std::mem::take(&mut self.asks_links).then_some(Command::ReportLinks))
    }

    fn take_heavy(&mut self) -> Option<Command> {
        if self.leaves {
            return None;
        }
        if let Some((room, via)) = self.joins.take() {
            return Some(Command::Join { room, via });
        }
        if let Some(via) = self.reconnects.take() {
            return Some(Command::Reconnect { via });
        }
        if let Some((connection, sdp)) = self.offer.take() {
            return Some(Command::Offer { connection, sdp });
        }
        if let Some((connection, sdp)) = self.answer.take() {
            return Some(Command::Answer { connection, sdp });
        }
        if let Some(shown) = self.screen.take() {
            return Some(Command::SetScreen(shown));
        }
        std::mem::take(&mut self.says_again).then_some(Command::Resync)
    }
}

/// An SDP that is refused for its length need not wait; without a word it is refused as well.
fn kept(sdp: String) -> String {
    if sdp.len() > SDP { String::new() } else { sdp }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "any moment is fine to begin at")]
mod tests {
    use super::*;

    const ANN: PersonId = PersonId(1);
    const BOB: PersonId = PersonId(2);

    fn offer(connection: u32) -> Command {
        Command::Offer { connection, sdp: format!("offer {connection}") }
    }

    fn join(room: u32) -> Command {
        Command::Join { room: RoomId(room), via: None }
    }

    /// All that is done at that moment, light before heavy.
    fn served(requests: &mut CommandQueue, now: Instant) -> Vec<(PersonId, Command)> {
        let light: Vec<_> = std::iter::from_fn(|| requests.pop_light()).collect();
        let heavy = std::iter::from_fn(|| requests.pop_heavy(now));
        let mut all: Vec<_> = light.into_iter().chain(heavy).collect();
        all.extend(std::iter::from_fn(|| requests.pop_light()));
        all
    }

    #[test]
    fn of_each_member_only_the_newest_offer_waits() {
        let now = Instant::now();
        let mut requests = CommandQueue::default();
        for n in 0..10_000 {
            requests.push(ANN, offer(n));
        }
        requests.push(BOB, offer(1));
        assert_eq!(requests.waiting.len() + requests.heavy.len(), 4, "one entry and one place for each");
        assert_eq!(served(&mut requests, now), [(ANN, offer(9_999)), (BOB, offer(1))]);
        assert!(requests.waiting.is_empty());
    }

    #[test]
    fn who_shows_and_hides_a_screen_without_end_moves_the_seats_a_few_times_a_second() {
        let now = Instant::now();
        let mut requests = CommandQueue::default();
        let mut done = Vec::new();
        for n in 0..1_000 {
            requests.push(ANN, Command::SetScreen(n % 2 == 0));
            done.extend(served(&mut requests, now));
        }
        assert_eq!(done.len() as u32, BURST);
        let last = served(&mut requests, now + PERIOD);
        assert_eq!(last, [(ANN, Command::SetScreen(false))], "and what was said last is done");
    }

    #[test]
    fn a_page_that_floods_makes_others_wait_for_one_request_of_it() {
        let now = Instant::now();
        let mut requests = CommandQueue::default();
        for n in 0..20 {
            (0..100).for_each(|more| requests.push(ANN, offer(n * 100 + more)));
            requests.push(BOB, offer(n));
            let [first, second] = [(); 2].map(|()| requests.pop_heavy(now).map(|(member, _)| member));
            assert_eq!([first, second], [Some(ANN), Some(BOB)], "round {n}");
        }
    }

    #[test]
    fn control_requests_are_never_lost_and_stand_for_what_was_said_last() {
        let now = Instant::now();
        let mut requests = CommandQueue::default();
        for n in 0..5_000 {
            requests.push(ANN, offer(n));
            requests.push(ANN, Command::SetPaused(n % 2 == 0));
            requests.push(BOB, join(n));
            requests.push(BOB, Command::Leave);
        }
        let expected = [(ANN, Command::SetPaused(false)), (BOB, Command::Leave), (ANN, offer(4_999))];
        assert_eq!(served(&mut requests, now), expected);
    }

    #[test]
    fn who_leaves_and_joins_again_does_both_and_what_was_said_before_does_not_count() {
        let now = Instant::now();
        let mut requests = CommandQueue::default();
        requests.push(ANN, offer(1));
        requests.push(ANN, Command::SetScreen(true));
        requests.push(ANN, Command::Leave);
        requests.push(ANN, join(7));
        requests.push(ANN, Command::SetTiles(vec![]));
        requests.push(ANN, offer(2));
        let expected = [Command::Leave, join(7), offer(2), Command::SetTiles(vec![])];
        assert_eq!(served(&mut requests, now), expected.map(|request| (ANN, request)));
    }

    #[test]
    fn a_page_that_begins_anew_is_not_paused_unless_it_says_so_afterwards() {
        let now = Instant::now();
        let mut requests = CommandQueue::default();
        let reconnect = Command::Reconnect { via: None };
        requests.push(ANN, Command::SetPaused(true));
        requests.push(ANN, offer(1));
        requests.push(ANN, reconnect.clone());
        assert_eq!(served(&mut requests, now), [(ANN, reconnect.clone())]);
        requests.push(ANN, reconnect.clone());
        requests.push(ANN, Command::SetPaused(true));
        assert_eq!(served(&mut requests, now), [(ANN, reconnect), (ANN, Command::SetPaused(true))]);
    }

    #[test]
    fn a_member_has_a_burst_of_heavy_requests_and_then_a_few_a_second() {
        let start = Instant::now();
        let mut requests = CommandQueue::default();
        let mut count = |now| {
            let mut served = 0;
            for n in 0..1_000 {
                requests.push(ANN, offer(n));
                served += u32::from(requests.pop_heavy(now).is_some());
            }
            let due = requests.due(now).expect("the last one waits");
            (served, due.saturating_duration_since(now))
        };
        assert_eq!(count(start), (BURST, PERIOD));
        assert_eq!(count(start + PERIOD / 2), (0, PERIOD / 2));
        assert_eq!(count(start + Duration::from_secs(3)), (12, PERIOD));
        assert_eq!(count(start + Duration::from_secs(3600)), (BURST, PERIOD), "and never more than a burst");
    }

    #[test]
    fn leaving_does_not_refill_a_budget_nor_wait_for_it() {
        let now = Instant::now();
        let mut requests = CommandQueue::default();
        let mut joined = 0;
        for n in 0..1_000 {
            requests.push(ANN, Command::Leave);
            requests.push(ANN, join(n));
            assert_eq!(requests.pop_light(), Some((ANN, Command::Leave)), "round {n}");
            joined += u32::from(requests.pop_heavy(now).is_some());
        }
        assert_eq!(joined, BURST);
        requests.push(BOB, join(1));
        assert_eq!(requests.pop_heavy(now), Some((BOB, join(1))), "others do not wait for her");
    }

    #[test]
    fn budgets_that_are_whole_again_are_forgotten() {
        let start = Instant::now();
        let mut requests = CommandQueue::default();
        for n in 0..10_000 {
            requests.push(PersonId(n), offer(1));
            assert!(requests.pop_heavy(start + PERIOD * n).is_some());
        }
        assert!(requests.whole_at.len() < 200 && requests.waiting.is_empty());
    }
}
