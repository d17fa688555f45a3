//! A small house to test the lobby in: people by name, the clock in the hand, and pages that keep
//! what they hear as a browser does. After everything that happens the house is looked over, and
//! nothing may be out of order.

use super::*;
use crate::protocol::{DeclineReason, Description, DescriptionKind, Farewell, Media, Progress, Signal};

/// The house: a lobby, its clock, and the pages of those who live there.
pub(super) struct Home {
    pub(super) lobby: Lobby,
    pub(super) rules: Rules,
    now: Instant,
    runs: u32,
    connections: u64,
    pages: BTreeMap<String, Page>,
    /// Everybody, as it was when first asked for since the last telling: the hub keeps it so long.
    snapshot: Option<BTreeMap<PersonId, protocol::Person>>,
    heard: Vec<(String, News)>,
    /// In which room somebody was last.
    rooms: BTreeMap<PersonId, RoomId>,
    /// Whom the relay carries, and where, as it has been told.
    carried: BTreeMap<PersonId, RoomId>,
    /// Every ring of which somebody heard the beginning, and whether they heard the end.
    rings: BTreeMap<(PersonId, InvitationId), bool>,
    /// Every number that was ever heard of, for those who say something nonsensical.
    pub(super) numbers: Vec<u32>,
}

/// What a browser keeps.
#[derive(Default)]
struct Page {
    connection: Option<ConnectionId>,
    id: Option<PersonId>,
    said: String,
    name: String,
    /// The newest last.
    tokens: Vec<String>,
    people: BTreeMap<PersonId, protocol::Person>,
    room: Option<protocol::Room>,
    /// By whom they are called, whom they call, who knocks at them: the latest, over or not.
    ring_from: BTreeMap<String, InvitationId>,
    call_to: BTreeMap<String, InvitationId>,
    knock_of: BTreeMap<String, KnockId>,
    knock: Option<KnockId>,
}

/// What a page hears, but for the list and the rooms: those it keeps, and stories ask for them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum News {
    Welcome {
        name: String,
        resumed: bool,
    },
    Renamed(String),
    Ring {
        from: String,
        members: Vec<String>,
        seconds: u32,
    },
    Ended {
        with: String,
        outcome: Outcome,
    },
    RoomLeft(Farewell),
    KnockSent,
    KnockEnded(KnockOutcome),
    Signal {
        from: String,
    },
    AskedToMute {
        by: String,
    },
    TakenOver,
    Closed(CloseReason),
    Error(ErrorCode),
    Pong,
    /// Not heard but said, to the relay.
    Wishes(Wish),
    /// Heard from the relay.
    Relayed(ServerMessage),
}

/// What everybody heard because of one thing that happened.
#[must_use]
pub(super) struct Heard(Vec<(String, News)>);

impl Heard {
    /// This, in this order, and nothing else.
    #[track_caller]
    pub(super) fn expect<const N: usize>(self, news: [(&str, News); N]) {
        assert_eq!(self.0, news.map(|(who, news)| (who.to_owned(), news)));
    }

    /// Whatever: the story is about something else.
    pub(super) fn anyway(self) {}

    /// How often something like this was heard.
    pub(super) fn count(&self, like: impl Fn(&News) -> bool) -> usize {
        self.0.iter().filter(|(_, news)| like(news)).count()
    }
}

pub(super) fn to(who: &str, news: News) -> (&str, News) {
    (who, news)
}

pub(super) fn ring(from: &str, members: &[&str]) -> News {
    ring_for(from, members, 30)
}

pub(super) fn ring_for(from: &str, members: &[&str], seconds: u32) -> News {
    let members = members.iter().map(|&name| name.to_owned()).collect();
    News::Ring { from: from.to_owned(), members, seconds }
}

pub(super) fn ended(with: &str, outcome: Outcome) -> News {
    News::Ended { with: with.to_owned(), outcome }
}

pub(super) fn declined(reason: Option<DeclineReason>) -> Outcome {
    Outcome::Declined { reason }
}

pub(super) fn left(why: Farewell) -> News {
    News::RoomLeft(why)
}

pub(super) fn last_left(name: &str) -> News {
    left(Farewell::LastLeft { name: name.to_owned() })
}

pub(super) fn last_lost(name: &str) -> News {
    left(Farewell::LastLost { name: name.to_owned() })
}

pub(super) fn nobody_came(name: &str, outcome: Outcome) -> News {
    left(Farewell::NobodyCame { name: name.to_owned(), outcome })
}

pub(super) fn error(code: ErrorCode) -> News {
    News::Error(code)
}

/// What people in stories say; who is meant, they name.
#[derive(Clone, Debug)]
pub(super) enum Say<'a> {
    Rename(&'a str),
    Be(Availability),
    Invite(&'a str),
    /// My page rings for the invitation of that person.
    Ringing(&'a str),
    Accept(&'a str),
    BringHere(&'a str),
    Decline(&'a str, Option<DeclineReason>),
    /// I stop calling that person.
    Cancel(&'a str),
    /// On the room of that person.
    Knock(&'a str),
    Withdraw,
    Admit(&'a str),
    Refuse(&'a str),
    Lock(bool),
    Remove(&'a str),
    AskToMute(&'a str),
    Show(Media),
    Signal(&'a str),
    Leave,
    Goodbye,
    Ping,
}

pub(super) fn signal() -> Signal {
    Signal::Description(Description { kind: DescriptionKind::Offer, sdp: "v=0".to_owned() })
}

impl Home {
    /// A house where these have come, one after the other, and know each other.
    pub(super) fn with<const N: usize>(names: [&str; N]) -> Home {
        Home::by(Rules::default(), names)
    }

    /// The same, by other rules.
    pub(super) fn by<const N: usize>(rules: Rules, names: [&str; N]) -> Home {
        #[expect(clippy::disallowed_methods, reason = "moments have no zero; any one will do to start from")]
        let now = Instant::now();
        let mut home = Home {
            lobby: Home::box_of(&rules, 0, now),
            rules,
            now,
            runs: 0,
            connections: 0,
            pages: BTreeMap::new(),
            snapshot: None,
            heard: Vec::new(),
            rooms: BTreeMap::new(),
            carried: BTreeMap::new(),
            rings: BTreeMap::new(),
            numbers: vec![0],
        };
        for name in names {
            home.comes(name).anyway();
        }
        home.wait(Duration::from_millis(200)).anyway();
        home
    }

    fn box_of(rules: &Rules, run: u32, now: Instant) -> Lobby {
        let identity = Identity { host: "wizyjno.local".to_owned(), version: "1".to_owned(), page: None };
        // Each run's numbers are of another kind, and the first run's wrap around.
        let seed = (run.wrapping_mul(1000)).wrapping_sub(20);
        Lobby::new(rules.clone(), identity, [7; 32], seed, now)
    }

    // Things that happen.

    /// A new page opens, and says its owner's name.
    pub(super) fn comes(&mut self, name: &str) -> Heard {
        self.comes_as(name, name)
    }

    /// A new page opens that the story knows by `key`, and says `name`.
    pub(super) fn comes_as(&mut self, key: &str, name: &str) -> Heard {
        let page = Page { said: name.to_owned(), ..Page::default() };
        self.pages.insert(key.to_owned(), page);
        self.hello(key, None)
    }

    /// The page connects again (in the same tab or another, it is the same to the box) with its newest token.
    pub(super) fn returns(&mut self, who: &str) -> Heard {
        self.returns_with(who, self.pages[who].tokens.len() - 1)
    }

    /// The same with the token that it got as the `nth`.
    pub(super) fn returns_with(&mut self, who: &str, nth: usize) -> Heard {
        let token = self.pages[who].tokens[nth].clone();
        self.hello(who, Some(token))
    }

    /// The same, and the page says another name than before.
    pub(super) fn returns_as(&mut self, who: &str, name: &str) -> Heard {
        self.page(who).said = name.to_owned();
        self.returns(who)
    }

    pub(super) fn hello(&mut self, who: &str, token: Option<String>) -> Heard {
        // What was due is heard by the tab before, if there is one.
        let mut heard = self.wait(Duration::ZERO).0;
        let meant =
            token.as_deref().and_then(|token| self.lobby.mint.read(token)).map(|claims| claims.person);
        let tab = self.pages[who].connection;
        let owner = tab.and_then(|tab| self.lobby.connections.get(&tab)).copied();
        if owner.is_some() && owner != meant {
            // The new tab is not going to take that one over: it is just closed.
            heard.extend(self.loses(who).0);
        }
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let page = self.page(who);
        page.connection = Some(connection);
        // A page that connects anew asks for everything anew.
        page.room = None;
        page.people = BTreeMap::new();
        let name = page.said.clone();
        let hello = ClientMessage::Hello { name, token, pin: None, pass: None };
        heard.extend(self.hears(Event::Said { from: connection, message: hello }).0);
        Heard(heard)
    }

    /// Somebody says something.
    pub(super) fn says(&mut self, who: &str, what: Say) -> Heard {
        let page = &self.pages[who];
        let id = |name: &str| self.pages[name].id.expect("was welcomed");
        let never = "the story has it that there was one";
        let message = match what {
            Say::Rename(name) => ClientMessage::Rename { name: name.to_owned() },
            Say::Be(availability) => ClientMessage::SetAvailability { availability },
            Say::Invite(to) => ClientMessage::Invite { to: id(to) },
            Say::Ringing(from) => ClientMessage::Ringing { invitation: page.ring_from[from] },
            Say::Accept(from) => ClientMessage::Accept { invitation: page.ring_from[from] },
            Say::BringHere(from) => ClientMessage::BringHere { invitation: page.ring_from[from] },
            Say::Decline(from, reason) => ClientMessage::Decline { invitation: page.ring_from[from], reason },
            Say::Cancel(to) => ClientMessage::Cancel { invitation: page.call_to[to] },
            Say::Knock(on) => ClientMessage::Knock { room: self.rooms[&id(on)] },
            Say::Withdraw => ClientMessage::Withdraw { knock: page.knock.expect(never) },
            Say::Admit(outsider) => ClientMessage::Admit { knock: page.knock_of[outsider] },
            Say::Refuse(outsider) => ClientMessage::Refuse { knock: page.knock_of[outsider] },
            Say::Lock(locked) => ClientMessage::Lock { locked },
            Say::Remove(member) => ClientMessage::Remove { member: id(member) },
            Say::AskToMute(member) => ClientMessage::AskToMute { member: id(member) },
            Say::Show(media) => ClientMessage::SetMedia { media },
            Say::Signal(to) => ClientMessage::Signal { to: id(to), signal: signal() },
            Say::Leave => ClientMessage::Leave,
            Say::Goodbye => ClientMessage::Goodbye,
            Say::Ping => ClientMessage::Ping,
        };
        self.says_plainly(who, message)
    }

    /// Somebody says something with numbers in it.
    pub(super) fn says_plainly(&mut self, who: &str, message: ClientMessage) -> Heard {
        let from = self.pages[who].connection.expect("is connected");
        self.hears(Event::Said { from, message })
    }

    /// The relay says something to a member, or to everybody in a member's room.
    pub(super) fn relay_says(&mut self, to: Audience, message: ServerMessage) -> Heard {
        self.hears(Event::Relayed { to, message })
    }

    /// A connection is lost.
    pub(super) fn loses(&mut self, who: &str) -> Heard {
        // What was due is said to the connection that is about to be lost.
        let mut heard = self.wait(Duration::ZERO).0;
        let connection = self.page(who).connection.take().expect("is connected");
        heard.extend(self.hears(Event::Lost { connection }).0);
        Heard(heard)
    }

    /// Time goes by; the box wakes up whenever it asked to.
    pub(super) fn wait(&mut self, time: Duration) -> Heard {
        let then = self.now + time;
        let mut heard = Vec::new();
        while let Some(deadline) = self.lobby.next_deadline().filter(|&deadline| deadline <= then) {
            self.now = deadline;
            heard.extend(self.hears(Event::Tick).0);
        }
        self.now = then;
        Heard(heard)
    }

    /// Time goes by, and the box does not wake up.
    pub(super) fn oversleeps(&mut self, time: Duration) {
        self.now += time;
    }

    /// The box is restarted: it forgets everything but its secret.
    pub(super) fn restarts(&mut self) {
        self.runs += 1;
        self.lobby = Home::box_of(&self.rules, self.runs, self.now);
        self.carried.clear();
        self.snapshot = None;
        self.rings.clear();
        for page in self.pages.values_mut() {
            page.connection = None;
        }
    }

    // What people see.

    fn page(&mut self, who: &str) -> &mut Page {
        self.pages.get_mut(who).expect("the story knows them")
    }

    pub(super) fn now(&self) -> Instant {
        self.now
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
        &pages.find(|page| page.id == Some(id)).expect("the story knows them").name
    }

    // What pages hear.

    /// Something happens, and the house is looked over.
    fn hears(&mut self, event: Event) -> Heard {
        for effect in self.lobby.handle(self.now, event) {
            match effect {
                Effect::Send { to, message } => self.hear(to, message),
                Effect::Subscribe { to } => {
                    let snapshot = self
                        .snapshot
                        .get_or_insert_with(|| {
                            self.lobby.people().map(|person| (person.id, person)).collect()
                        })
                        .clone();
                    self.page_on(to).expect("who hears the list is connected").1.people = snapshot;
                }
                Effect::Tell(message) => self.hear_changes(&message),
                Effect::Relay { person, wish: Wish::Join(room), .. } => {
                    assert_eq!(self.carried.insert(person, room), None, "carried in one room only");
                }
                Effect::Relay { person, wish: Wish::Leave, .. } => {
                    assert!(self.carried.remove(&person).is_some(), "leaves where they were");
                }
                // Nobody says so, the lobby sees to it itself; stories need not mention it.
                Effect::Relay { wish: Wish::SayAgain, .. } => {}
                Effect::Relay { person, wish, .. } => {
                    assert!(self.carried.contains_key(&person), "only members have wishes");
                    let who = self.name_of(person).to_owned();
                    self.heard.push((who, News::Wishes(wish)));
                }
                Effect::Close { connection, why } => {
                    let (who, _) = self.page_on(connection).map_or_else(
                        || ("another tab".to_owned(), None),
                        |(who, page)| (who.clone(), page.connection.take()),
                    );
                    self.heard.push((who, News::Closed(why)));
                }
            }
        }
        self.look_over();
        Heard(std::mem::take(&mut self.heard))
    }

    fn page_on(&mut self, connection: ConnectionId) -> Option<(&String, &mut Page)> {
        self.pages.iter_mut().find(|(_, page)| page.connection == Some(connection))
    }

    fn hear_changes(&mut self, message: &ServerMessage) {
        let ServerMessage::Changes { people, left } = message else { panic!("told all: {message:?}") };
        assert!(people.len() + left.len() > 0, "nothing is told for nothing");
        self.snapshot = None;
        for page in self.pages.values_mut().filter(|page| page.connection.is_some()) {
            page.people.extend(people.iter().map(|person| (person.id, person.clone())));
            page.people.retain(|id, _| !left.contains(id));
        }
    }

    fn hear(&mut self, connection: ConnectionId, message: ServerMessage) {
        let Some((who, page)) = self.page_on(connection) else {
            assert_eq!(message, ServerMessage::TakenOver, "only that is said to a tab that is history");
            self.heard.push(("another tab".to_owned(), News::TakenOver));
            return;
        };
        let who = who.clone();
        let me = page.id;
        let news = match message {
            ServerMessage::Welcome { you, name, token, resumed, host, .. } => {
                assert_eq!(host, "wizyjno.local");
                self.numbers.push(you.0);
                let page = self.page(&who);
                (page.id, page.name) = (Some(you), name.clone());
                page.tokens.push(token);
                News::Welcome { name, resumed }
            }
            ServerMessage::Pass { .. } => unreachable!("the gate says that, not the lobby"),
            ServerMessage::Renamed { name } => {
                page.name = name.clone();
                News::Renamed(name)
            }
            ServerMessage::Ring { invitation, from: _, name, members, expires_in_ms } => {
                page.ring_from.insert(name.clone(), invitation);
                self.numbers.push(invitation.0);
                self.rings.entry((me.expect("was welcomed"), invitation)).or_insert(false);
                News::Ring { from: name, members, seconds: expires_in_ms / 1000 }
            }
            ServerMessage::InvitationEnded { invitation, name, outcome, .. } => {
                let never_rang = outcome == declined(Some(DeclineReason::DoNotDisturb));
                let ring = self.rings.entry((me.expect("was welcomed"), invitation));
                let over = ring.or_insert_with(|| {
                    assert!(never_rang, "an end without a beginning: {outcome:?}");
                    false
                });
                assert!(!std::mem::replace(over, true), "the same end twice");
                News::Ended { with: name, outcome }
            }
            ServerMessage::Room { room, token } => {
                let mut numbers = vec![room.id.0];
                for invited in &room.invitations {
                    page.call_to.insert(invited.name.clone(), invited.invitation);
                    numbers.push(invited.invitation.0);
                }
                for knock in &room.knocks {
                    page.knock_of.insert(knock.name.clone(), knock.knock);
                    numbers.push(knock.knock.0);
                }
                let mine = room.invitations.iter().filter(|invited| Some(invited.from) == me);
                let mine: Vec<_> = mine.map(|invited| (invited.from, invited.invitation)).collect();
                page.room = Some(room);
                page.tokens.push(token);
                self.numbers.extend(numbers);
                for ring in mine {
                    self.rings.entry(ring).or_insert(false);
                }
                return;
            }
            ServerMessage::RoomLeft { why, token } => {
                page.room = None;
                page.tokens.push(token);
                News::RoomLeft(why)
            }
            ServerMessage::KnockSent { knock, .. } => {
                page.knock = Some(knock);
                self.numbers.push(knock.0);
                News::KnockSent
            }
            ServerMessage::KnockEnded { outcome, .. } => News::KnockEnded(outcome),
            ServerMessage::Signal { from, signal: heard } => {
                assert_eq!(heard, signal());
                let room = self.lobby.room_of(me.expect("was welcomed"));
                assert!(room.is_some() && room == self.lobby.room_of(from), "a signal crossed a wall");
                News::Signal { from: self.name_of(from).to_owned() }
            }
            ServerMessage::AskedToMute { name, .. } => News::AskedToMute { by: name },
            ServerMessage::TakenOver => News::TakenOver,
            ServerMessage::Error { code } => News::Error(code),
            ServerMessage::Pong => News::Pong,
            ServerMessage::RelayAnswer { .. }
            | ServerMessage::RelayOffer { .. }
            | ServerMessage::Seats { .. }
            | ServerMessage::Wanted { .. }
            | ServerMessage::Speakers { .. }
            | ServerMessage::Strained { .. }
            | ServerMessage::Links { .. }
            | ServerMessage::RelayEnded { .. } => News::Relayed(message),
            ServerMessage::People { .. } | ServerMessage::Changes { .. } => {
                panic!("said to one: {message:?}")
            }
        };
        self.heard.push((who, news));
    }

    // What must be true at any time.

    fn look_over(&mut self) {
        let lobby = &self.lobby;
        self.rings.retain(|(who, _), _| lobby.people.contains_key(who));
        self.rooms.extend(lobby.people.values().filter_map(|person| Some((person.id, person.room()?))));
        let members = lobby.people.values().filter_map(|person| Some((person.id, person.room()?)));
        assert!(
            members.eq(self.carried.iter().map(|(who, room)| (*who, *room))),
            "the relay knows who is where"
        );
        self.look_over_rooms();
        self.look_over_timers();
        self.look_over_names();
        for page in self.pages.values().filter(|page| page.connection.is_some()) {
            self.look_over_page(page);
        }
        if self.lobby.people.is_empty() {
            self.look_over_the_empty_house();
        }
    }

    fn look_over_rooms(&self) {
        let lobby = &self.lobby;
        let mut members = 0;
        for (id, room) in &lobby.rooms {
            for member in room.members() {
                assert_eq!(lobby.room_of(member), Some(*id), "a member is in the room, and in no other");
                members += 1;
            }
            assert!(room.host().is_some(), "a room has a host");
            assert!(room.len() + room.invitations.len() <= self.rules.room_capacity, "all have a seat");
            assert!(
                room.len() > 1 || room.invitations.len() + room.knocks.len() > 0 || room.reforming.is_some(),
                "nobody sits alone and waits for nobody"
            );
            for invitation in &room.invitations {
                let invitation = &lobby.invitations[invitation];
                assert_eq!(invitation.room, *id);
                assert_eq!(lobby.room_of(invitation.from), Some(*id), "who rings for a room is in it");
                assert_ne!(lobby.room_of(invitation.to), Some(*id), "who is in a room is not called there");
            }
            for knock in &room.knocks {
                assert_eq!(lobby.knocks[knock].room, *id);
                assert!(!room.locked, "nobody knocks on a locked room");
            }
        }
        let rung: usize = lobby.people.values().map(|person| person.rings.len()).sum();
        let rung_for: usize = lobby.rooms.values().map(|room| room.invitations.len()).sum();
        assert_eq!((rung, rung_for), (lobby.invitations.len(), lobby.invitations.len()));
        let in_rooms = lobby.people.values().filter(|person| person.room().is_some()).count();
        assert_eq!(in_rooms, members, "who is in a room is a member there");
        let knocks: usize = lobby.rooms.values().map(|room| room.knocks.len()).sum();
        let knocking = |person: &&Person| matches!(person.place, person::Place::Knocking(_));
        let knocking = lobby.people.values().filter(knocking).count();
        assert_eq!((knocks, knocking), (lobby.knocks.len(), lobby.knocks.len()));
        let counts = lobby.counts();
        assert_eq!((counts.members, counts.rooms), (members, lobby.rooms.len()));
    }

    /// Each thing that ends by itself has one timer, and nothing else has.
    fn look_over_timers(&self) {
        let lobby = &self.lobby;
        let away = lobby.people.values().filter(|person| person.connection().is_none()).count();
        let reforming = lobby.rooms.values().filter(|room| room.reforming.is_some()).count();
        let telling = usize::from(!lobby.presence.changed().is_empty());
        let expected = lobby.invitations.len() + lobby.knocks.len() + away + reforming + telling;
        assert_eq!(lobby.timers.len(), expected);
        assert!(lobby.next_deadline().is_none_or(|next| next > self.now), "what was due is done");
    }

    fn look_over_names(&self) {
        let lobby = &self.lobby;
        let names: BTreeSet<_> = lobby.people.values().map(Person::name).collect();
        assert_eq!(names.len(), lobby.people.len(), "no two have the same name");
        assert_eq!(lobby.names.len(), lobby.people.len());
        assert_eq!(lobby.connections.len(), lobby.people.values().filter_map(Person::connection).count());
    }

    /// A page that is connected knows what is true, with nothing left out and nothing told late.
    fn look_over_page(&self, page: &Page) {
        let Some(me) = page.id.filter(|me| self.lobby.people.contains_key(me)) else { return };
        let person = &self.lobby.people[&me];
        if person.connection() != page.connection {
            return; // Has not been welcomed on this connection: the name was no good, or the lobby full.
        }
        assert_eq!(page.name, person.name());
        assert_eq!(*page.tokens.last().expect("has been welcomed"), self.lobby.token(me));

        // How long it still rings depends on when one looks.
        let timeless = |mut room: protocol::Room| {
            room.invitations.iter_mut().for_each(|invited| invited.expires_in_ms = 0);
            room.knocks.iter_mut().for_each(|knock| knock.expires_in_ms = 0);
            room
        };
        let room = person.room().map(|room| self.lobby.room_seen(&self.lobby.rooms[&room]));
        assert_eq!(page.room.clone().map(timeless), room.map(timeless));

        let untold = self.lobby.presence.changed();
        let told = |id: &PersonId| !untold.contains(id);
        let seen: BTreeMap<_, _> = page.people.iter().filter(|(id, _)| told(id)).collect();
        let people: Vec<_> = self.lobby.people().filter(|person| told(&person.id)).collect();
        assert_eq!(seen, people.iter().map(|person| (&person.id, person)).collect());

        for ((_, ring), over) in self.rings.iter().filter(|((who, _), _)| *who == me) {
            assert_ne!(*over, self.lobby.invitations.contains_key(ring), "an end is told, and at once");
        }
    }

    fn look_over_the_empty_house(&self) {
        let lobby = &self.lobby;
        assert_eq!(lobby.counts(), Counts::default());
        assert!(lobby.connections.is_empty() && lobby.touched.is_empty() && lobby.effects.is_empty());
        assert_eq!(lobby.names.len(), 0);
    }
}
