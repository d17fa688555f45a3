//! Invariants: what holds after every input.

use super::super::*;
use super::{LobbyHarness, Page};

impl LobbyHarness {
    pub(super) fn check_invariants(&mut self) {
        let lobby = &self.lobby;
        self.rings.retain(|(who, _), _| lobby.people.contains_key(who));
        self.rooms.extend(lobby.people.values().filter_map(|person| Some((person.id, person.room()?))));
        let members = lobby.people.values().filter_map(|person| Some((person.id, person.room()?)));
        assert!(
            members.eq(self.carried.iter().map(|(who, room)| (*who, *room))),
            "the relay knows who is where"
        );
        let ids = lobby.people.keys().map(|who| who.0).chain(lobby.rooms.keys().map(|room| room.0));
        assert!(
            ids.clone().all(|id| lobby.ids.space_of(id) == Some(lobby.space)),
            "what is there is claimed"
        );
        assert_eq!(ids.count(), lobby.ids.count(), "and nothing else is");
        self.check_rooms();
        self.check_timers();
        self.check_names();
        for page in self.pages.values().filter(|page| page.connection.is_some()) {
            self.check_page(page);
        }
        if self.lobby.people.is_empty() {
            self.check_empty_lobby();
        }
    }

    fn check_rooms(&self) {
        let lobby = &self.lobby;
        let mut members = 0;
        for (id, room) in &lobby.rooms {
            for member in room.members() {
                assert_eq!(lobby.room_of(member), Some(*id), "a member is in the room, and in no other");
                members += 1;
            }
            assert!(room.host().is_some(), "a room has a host");
            let shown = room.to_protocol(&lobby.people, &self.rules, lobby.now);
            let mut hands: Vec<_> = shown.members.iter().filter_map(|member| member.hand).collect();
            hands.sort_unstable();
            assert!(
                hands.iter().copied().eq(1..=hands.len() as u32),
                "hands have the first places, each its own"
            );
            assert!(room.len() + room.invitations.len() <= self.rules.room_capacity, "everybody has a place");
            assert!(
                room.len() > 1 || room.invitations.len() + room.knocks.len() > 0 || room.restoring.is_some(),
                "nobody sits alone and waits for nobody"
            );
            for invitation in &room.invitations {
                assert_eq!(lobby.room_of(invitation.from), Some(*id), "who rings for a room is in it");
                assert_ne!(lobby.room_of(invitation.to), Some(*id), "who is in a room is not called there");
                let rings = &lobby.people[&invitation.to].rings;
                assert_eq!(rings.get(&invitation.id), Some(id), "the callee knows where to");
            }
            for knock in &room.knocks {
                let knocking = person::Activity::Knocking { knock: knock.id, room: *id };
                assert_eq!(lobby.people[&knock.from].activity, knocking, "who knocks knows where");
                assert!(!room.locked, "nobody knocks on a locked room");
            }
        }
        let counts = lobby.counts();
        let rung: usize = lobby.people.values().map(|person| person.rings.len()).sum();
        assert_eq!(rung, counts.invitations);
        let in_rooms = lobby.people.values().filter(|person| person.room().is_some()).count();
        assert_eq!(in_rooms, members, "who is in a room is a member there");
        let knocking = |person: &&Person| matches!(person.activity, person::Activity::Knocking { .. });
        assert_eq!(lobby.people.values().filter(knocking).count(), counts.knocks);
        assert_eq!((counts.members, counts.rooms), (members, lobby.rooms.len()));
    }

    /// Each thing that ends by itself has one timer, and nothing else has one.
    fn check_timers(&self) {
        let lobby = &self.lobby;
        let away = lobby.people.values().filter(|person| person.connection().is_none()).count();
        let restoring = lobby.rooms.values().filter(|room| room.restoring.is_some()).count();
        let telling = usize::from(!lobby.presence.changed().is_empty());
        let telling = telling + lobby.rooms.values().filter(|room| room.due.is_some()).count();
        let telling = telling + lobby.quiets.len();
        let expected = lobby.counts().invitations + lobby.counts().knocks + away + restoring + telling;
        assert_eq!(lobby.timers.len(), expected);
        assert!(lobby.next_deadline().is_none_or(|next| next > self.now), "what was due is done");
    }

    fn check_names(&self) {
        let lobby = &self.lobby;
        let names: BTreeSet<_> = lobby.people.values().map(Person::name).collect();
        assert_eq!(names.len(), lobby.people.len(), "no two have the same name");
        assert_eq!(lobby.names.len(), lobby.people.len());
        assert_eq!(lobby.connections.len(), lobby.people.values().filter_map(Person::connection).count());
        for person in lobby.people.values() {
            let prefix = person.origin.prefix;
            let places = lobby.people.values().filter(|other| other.origin.prefix == prefix).count();
            assert_eq!(lobby.quotas.places(prefix), places, "each place is counted once");
            assert!(places <= self.rules.people_per_prefix, "nobody has more places than a share");
        }
    }

    /// A connected page knows the state, with nothing left out or late.
    fn check_page(&self, page: &Page) {
        let Some(me) = page.id.filter(|me| self.lobby.people.contains_key(me)) else { return };
        let person = &self.lobby.people[&me];
        if person.connection() != page.connection {
            return; // Has not been welcomed on this connection: the name was no good, or the lobby full.
        }
        assert_eq!(page.name, person.name());
        // What was gathered about the room is told later, with its token.
        let told = person.room().is_none_or(|room| self.lobby.rooms[&room].due.is_none());
        let newest = self.lobby.token_signer.verify(page.tokens.last().expect("has been welcomed"));
        assert!(!told || newest == Some(self.lobby.claims(me)), "the newest token says what is true");

        // How long it still rings depends on when one looks.
        let timeless = |mut room: protocol::Room| {
            room.invitations.iter_mut().for_each(|invited| invited.expires_in_ms = 0);
            room.knocks.iter_mut().for_each(|knock| knock.expires_in_ms = 0);
            room
        };
        let room = person
            .room()
            .map(|room| self.lobby.rooms[&room].to_protocol(&self.lobby.people, &self.rules, self.lobby.now));
        if told {
            assert_eq!(page.room.clone().map(timeless), room.map(timeless));
        }

        let untold = self.lobby.presence.changed();
        let told = |id: &PersonId| !untold.contains(id);
        let seen: BTreeMap<_, _> = page.people.iter().filter(|(id, _)| told(id)).collect();
        let people: Vec<_> = self.lobby.people().filter(|person| told(&person.id)).collect();
        assert_eq!(seen, people.iter().map(|person| (&person.id, person)).collect());

        for ((_, ring), over) in self.rings.iter().filter(|((who, _), _)| *who == me) {
            let rings = {
                let mut invitations = self.lobby.rooms.values().filter_map(|room| room.invitation(*ring));
                invitations.next().is_some_and(|ring| !ring.silent || ring.to != me)
            };
            assert_ne!(*over, rings, "an end is told, and at once");
        }
    }

    fn check_empty_lobby(&self) {
        let lobby = &self.lobby;
        assert_eq!(lobby.counts(), Counts::default());
        assert_eq!(lobby.quotas.places_in_all(), 0);
        assert!(lobby.connections.is_empty() && lobby.changed_rooms.is_empty() && lobby.effects.is_empty());
        assert_eq!(lobby.names.len(), 0);
    }
}
