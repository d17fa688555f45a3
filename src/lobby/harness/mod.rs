//! A harness to test the lobby with: people by name, virtual time, and pages that keep what they receive as
//! a browser does. After every input it checks the invariants.

mod invariants;
mod notices;
mod pages;

pub(super) use self::notices::*;
use super::*;
use crate::ids::{InvitationId, KnockId};
use crate::protocol::Progress;
use std::net::{IpAddr, Ipv4Addr};

/// A lobby, its clock, and the pages of its people.
pub(super) struct LobbyHarness {
    pub(super) lobby: Lobby,
    pub(super) rules: Rules,
    now: Instant,
    runs: u32,
    connections: u64,
    addresses: u32,
    pages: BTreeMap<String, Page>,
    /// The list as first requested since the last broadcast, as the hub keeps it.
    snapshot: Option<BTreeMap<PersonId, protocol::Person>>,
    heard: Vec<(String, Notice)>,
    /// The last room of each person.
    rooms: BTreeMap<PersonId, RoomId>,
    /// Whom the relay has in which room, by the commands so far.
    carried: BTreeMap<PersonId, RoomId>,
    /// Every ring whose beginning was received, and whether its end was, too.
    rings: BTreeMap<(PersonId, InvitationId), bool>,
    /// Every id so far, for messages with invalid ids.
    pub(super) numbers: Vec<u32>,
}

/// What a browser keeps.
#[derive(Default)]
struct Page {
    address: Option<IpAddr>,
    connection: Option<ConnectionId>,
    id: Option<PersonId>,
    said: String,
    name: String,
    /// The newest last.
    tokens: Vec<String>,
    people: BTreeMap<PersonId, protocol::Person>,
    room: Option<protocol::Room>,
    /// The latest ring by its caller, call by its callee and knock by its sender, over or not.
    ring_from: BTreeMap<String, InvitationId>,
    call_to: BTreeMap<String, InvitationId>,
    knock_of: BTreeMap<String, KnockId>,
    knock: Option<KnockId>,
    device: Option<String>,
    /// Of each ring, over or not.
    marks: Vec<Option<String>>,
}

pub(super) fn identity() -> Identity {
    Identity { host: "wizyjno.local".to_owned(), version: "1".to_owned(), ..Identity::default() }
}

impl LobbyHarness {
    /// A lobby where these have arrived, one after the other, and know each other.
    pub(super) fn with<const N: usize>(names: [&str; N]) -> LobbyHarness {
        LobbyHarness::by(Rules::default(), names)
    }

    /// The same, by other rules.
    pub(super) fn by<const N: usize>(rules: Rules, names: [&str; N]) -> LobbyHarness {
        #[expect(clippy::disallowed_methods, reason = "moments have no zero; any one will do to start from")]
        let now = Instant::now();
        let mut harness = LobbyHarness {
            lobby: LobbyHarness::box_of(&rules, 0, now),
            rules,
            now,
            runs: 0,
            connections: 0,
            addresses: 0,
            pages: BTreeMap::new(),
            snapshot: None,
            heard: Vec::new(),
            rooms: BTreeMap::new(),
            carried: BTreeMap::new(),
            rings: BTreeMap::new(),
            numbers: vec![0],
        };
        for name in names {
            harness.comes(name).ignore();
        }
        // Long enough for their places to be kept.
        harness.wait(Duration::from_secs(3)).ignore();
        harness
    }

    fn box_of(rules: &Rules, run: u32, now: Instant) -> Lobby {
        // Each run's ids are in another range, and the first run's wrap around.
        let seed = (run.wrapping_mul(1000)).wrapping_sub(20);
        Lobby::new(rules.clone(), identity(), [7; 32], seed, now)
    }

    // Things that happen.

    /// A new page opens, and says its owner's name.
    pub(super) fn comes(&mut self, name: &str) -> Notices {
        self.comes_as(name, name)
    }

    /// A new page opens that the scenario knows by `key`, and says `name`.
    pub(super) fn comes_as(&mut self, key: &str, name: &str) -> Notices {
        let page = Page { said: name.to_owned(), ..Page::default() };
        self.pages.insert(key.to_owned(), page);
        self.hello(key, None)
    }

    /// The same, from another address than all others come from; otherwise each has one of their own.
    pub(super) fn comes_from(&mut self, name: &str, address: IpAddr) -> Notices {
        let page = Page { said: name.to_owned(), address: Some(address), ..Page::default() };
        self.pages.insert(name.to_owned(), page);
        self.hello(name, None)
    }

    /// The page reconnects, in the same tab or another, with its newest token.
    pub(super) fn returns(&mut self, who: &str) -> Notices {
        self.returns_with(who, self.pages[who].tokens.len() - 1)
    }

    /// The same with the token that it got as the `nth`.
    pub(super) fn returns_with(&mut self, who: &str, nth: usize) -> Notices {
        let token = self.pages[who].tokens[nth].clone();
        self.hello(who, Some(token))
    }

    /// The same, and the page says another name than before.
    pub(super) fn returns_as(&mut self, who: &str, name: &str) -> Notices {
        self.page(who).said = name.to_owned();
        self.returns(who)
    }

    pub(super) fn hello(&mut self, who: &str, token: Option<String>) -> Notices {
        // Timers that are due reach the tab before, if there is one.
        let mut heard = self.wait(Duration::ZERO).0;
        let meant = token
            .as_deref()
            .and_then(|token| self.lobby.token_signer.verify(token))
            .map(|claims| claims.person);
        let tab = self.pages[who].connection;
        let owner = tab.and_then(|tab| self.lobby.connections.get(&tab)).copied();
        if owner.is_some() && owner != meant {
            // The new tab does not take that one over: it is just closed.
            heard.extend(self.loses(who).0);
        }
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let one_of_their_own = IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + self.addresses));
        self.addresses += u32::from(self.pages[who].address.is_none());
        let page = self.page(who);
        let from = ClientPrefix::of(*page.address.get_or_insert(one_of_their_own));
        page.connection = Some(connection);
        // A page that connects anew asks for everything anew.
        page.room = None;
        page.people = BTreeMap::new();
        let name = page.said.clone();
        let hello = ClientMessage::Hello {
            name,
            token: token.map(Into::into),
            pin: None,
            pass: None,
            device: page.device.clone().map(Into::into),
        };
        heard.extend(self.apply(Input::Connected { connection, from, via: Ipv4Addr::LOCALHOST.into() }).0);
        heard.extend(self.apply(Input::Received { from: connection, message: hello }).0);
        Notices(heard)
    }

    /// Changes the address that they connect from.
    pub(super) fn moves_to(&mut self, who: &str, address: IpAddr) {
        self.page(who).address = Some(address);
    }

    /// Somebody says something.
    pub(super) fn says(&mut self, who: &str, what: Say) -> Notices {
        let page = &self.pages[who];
        let id = |name: &str| self.pages[name].id.expect("was welcomed");
        let never = "the scenario has one";
        let message = match what {
            Say::Rename(name) => ClientMessage::Rename { name: name.to_owned() },
            Say::Be(availability) => ClientMessage::SetAvailability { availability },
            Say::Invite(to) => ClientMessage::Invite { to: id(to) },
            Say::Ringing(from) => ClientMessage::Ringing { invitation: page.ring_from[from] },
            Say::Accept(from) => ClientMessage::Accept { invitation: page.ring_from[from] },
            Say::BringHere(from) => ClientMessage::BringHere { invitation: page.ring_from[from] },
            Say::Decline(from, reason) => ClientMessage::Decline { invitation: page.ring_from[from], reason },
            Say::Cancel(to) => ClientMessage::Cancel { invitation: page.call_to[to] },
            Say::Quiet(caller, on) => ClientMessage::Quiet { person: id(caller), on },
            Say::Knock(on) => ClientMessage::Knock { room: self.rooms[&id(on)] },
            Say::Withdraw => ClientMessage::Withdraw { knock: page.knock.expect(never) },
            Say::Admit(outsider) => ClientMessage::Admit { knock: page.knock_of[outsider] },
            Say::Refuse(outsider) => ClientMessage::Refuse { knock: page.knock_of[outsider] },
            Say::Lock(locked) => ClientMessage::Lock { locked },
            Say::Remove(member) => ClientMessage::Remove { member: id(member) },
            Say::AskToMute(member) => ClientMessage::AskToMute { member: id(member) },
            Say::Show(media) => ClientMessage::SetMedia { media },
            Say::Hand(raised) => ClientMessage::SetHand { raised },
            Say::LowerHand(member) => ClientMessage::LowerHand { member: id(member) },
            Say::React(reaction) => ClientMessage::React { reaction },
            Say::Signal(to) => ClientMessage::Signal { to: id(to), signal: signal() },
            Say::Leave => ClientMessage::Leave,
            Say::Goodbye => ClientMessage::Goodbye,
            Say::Ping => ClientMessage::Ping,
        };
        self.says_plainly(who, message)
    }

    /// Somebody sends a message with ids in it.
    pub(super) fn says_plainly(&mut self, who: &str, message: ClientMessage) -> Notices {
        let from = self.pages[who].connection.expect("is connected");
        self.apply(Input::Received { from, message })
    }

    /// The relay has something to tell members.
    pub(super) fn relay_says(&mut self, event: crate::relay::Event) -> Notices {
        self.apply(Input::Relay(event))
    }

    /// A connection is lost.
    pub(super) fn loses(&mut self, who: &str) -> Notices {
        // Timers that are due reach the connection that is about to be lost.
        let mut heard = self.wait(Duration::ZERO).0;
        let connection = self.page(who).connection.take().expect("is connected");
        heard.extend(self.apply(Input::Disconnected { connection }).0);
        Notices(heard)
    }

    /// Time goes by; the box wakes up whenever it asked to.
    pub(super) fn wait(&mut self, time: Duration) -> Notices {
        let then = self.now + time;
        let mut heard = Vec::new();
        while let Some(deadline) = self.lobby.next_deadline().filter(|&deadline| deadline <= then) {
            self.now = deadline;
            heard.extend(self.apply(Input::Tick).0);
        }
        self.now = then;
        Notices(heard)
    }

    /// Time goes by, and the box does not wake up.
    pub(super) fn oversleeps(&mut self, time: Duration) {
        self.now += time;
    }

    /// The box is restarted: it forgets everything but its secret.
    pub(super) fn restarts(&mut self) {
        self.runs += 1;
        self.lobby = LobbyHarness::box_of(&self.rules, self.runs, self.now);
        self.carried.clear();
        self.snapshot = None;
        self.rings.clear();
        for page in self.pages.values_mut() {
            page.connection = None;
        }
    }

    // What people see.

    fn page(&mut self, who: &str) -> &mut Page {
        self.pages.get_mut(who).expect("the scenario knows them")
    }

    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// By what they know the device of each who has rung at them.
    pub(super) fn marks(&self, who: &str) -> &[Option<String>] {
        &self.pages[who].marks
    }

    /// What their device says to be known.
    pub(super) fn device(&self, who: &str) -> Option<&str> {
        self.pages[who].device.as_deref()
    }

    /// They forget their place and keep what their device is known by.
    pub(super) fn comes_on_the_device_of(&mut self, name: &str, owner: &str) -> Notices {
        let device = self.pages[owner].device.clone();
        self.pages.insert(name.to_owned(), Page { said: name.to_owned(), device, ..Page::default() });
        self.hello(name, None)
    }

    /// Whether they were ever welcomed.
    pub(super) fn knows(&self, who: &str) -> bool {
        self.pages.get(who).is_some_and(|page| page.id.is_some())
    }

    pub(super) fn is_connected(&self, who: &str) -> bool {
        self.pages.get(who).is_some_and(|page| page.connection.is_some() && page.id.is_some())
    }

    pub(super) fn id(&self, who: &str) -> PersonId {
        self.pages[who].id.expect("was welcomed")
    }

    pub(super) fn tokens(&self, who: &str) -> &[String] {
        &self.pages[who].tokens
    }

    /// Who is in the room that this person sees, in order; nobody when they are in none.
    pub(super) fn room(&self, who: &str) -> Vec<&str> {
        self.view(who).map_or(Vec::new(), |room| room.members.iter().map(|m| m.name.as_str()).collect())
    }

    /// The room as this person sees it.
    pub(super) fn view(&self, who: &str) -> Option<&protocol::Room> {
        self.pages[who].room.as_ref()
    }

    /// Whom the room of this person waits for.
    pub(super) fn invited(&self, who: &str) -> Vec<(&str, Progress)> {
        let room = self.view(who).expect("is in a room");
        room.invitations.iter().map(|invited| (invited.name.as_str(), invited.progress)).collect()
    }

    pub(super) fn knocking(&self, who: &str) -> Vec<&str> {
        self.view(who).expect("is in a room").knocks.iter().map(|knock| knock.name.as_str()).collect()
    }

    pub(super) fn host(&self, who: &str) -> &str {
        let room = self.view(who).expect("is in a room");
        self.name_of(room.host)
    }

    /// How `who` sees `whom` in the list.
    pub(super) fn seen(&self, who: &str, whom: &str) -> Option<&protocol::Person> {
        self.pages[who].people.get(&self.id(whom))
    }

    fn name_of(&self, id: PersonId) -> &str {
        let mut pages = self.pages.values();
        &pages.find(|page| page.id == Some(id)).expect("the scenario knows them").name
    }
}
