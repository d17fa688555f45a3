//! How pages handle what they receive.

use super::super::*;
use super::notices::{Notice, Notices, declined, signal};
use super::{LobbyHarness, Page};
use crate::protocol::DeclineReason;

impl LobbyHarness {
    // What pages hear.

    /// Handles an event, and checks the invariants.
    pub(super) fn apply(&mut self, event: Event) -> Notices {
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
                Effect::Broadcast(message) => self.hear_changes(&message),
                Effect::Relay { person, wish: Wish::Join(room), .. } => {
                    assert_eq!(self.carried.insert(person, room), None, "carried in one room only");
                }
                Effect::Relay { person, wish: Wish::Leave, .. } => {
                    assert!(self.carried.remove(&person).is_some(), "leaves where they were");
                }
                // The lobby's own command; scenarios need not mention it.
                Effect::Relay { wish: Wish::SayAgain, .. } => {}
                Effect::Relay { person, wish, .. } => {
                    assert!(self.carried.contains_key(&person), "only members have wishes");
                    let who = self.name_of(person).to_owned();
                    self.heard.push((who, Notice::Wishes(wish)));
                }
                Effect::Close { connection, why } => {
                    let (who, _) = self.page_on(connection).map_or_else(
                        || ("another tab".to_owned(), None),
                        |(who, page)| (who.clone(), page.connection.take()),
                    );
                    self.heard.push((who, Notice::Closed(why)));
                }
            }
        }
        self.check_invariants();
        Notices(std::mem::take(&mut self.heard))
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
            self.heard.push(("another tab".to_owned(), Notice::TakenOver));
            return;
        };
        let who = who.clone();
        let me = page.id;
        let notice = match message {
            ServerMessage::Welcome { you, name, token, resumed, host, .. } => {
                assert_eq!(host, "wizyjno.local");
                self.numbers.push(you.0);
                let page = self.page(&who);
                (page.id, page.name) = (Some(you), name.clone());
                page.tokens.push(token);
                Notice::Welcome { name, resumed }
            }
            ServerMessage::Pass { .. } => unreachable!("PinAuth says that, not the lobby"),
            ServerMessage::Renamed { name } => {
                page.name = name.clone();
                Notice::Renamed(name)
            }
            ServerMessage::Ring { invitation, from: _, name, members, expires_in_ms } => {
                page.ring_from.insert(name.clone(), invitation);
                self.numbers.push(invitation.0);
                self.rings.entry((me.expect("was welcomed"), invitation)).or_insert(false);
                Notice::Ring { from: name, members, seconds: expires_in_ms / 1000 }
            }
            ServerMessage::InvitationEnded { invitation, name, outcome, .. } => {
                let never_rang = outcome == declined(Some(DeclineReason::DoNotDisturb));
                let ring = self.rings.entry((me.expect("was welcomed"), invitation));
                let over = ring.or_insert_with(|| {
                    assert!(never_rang, "an end without a beginning: {outcome:?}");
                    false
                });
                assert!(!std::mem::replace(over, true), "the same end twice");
                Notice::Ended { with: name, outcome }
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
                Notice::RoomLeft(why)
            }
            ServerMessage::Quiet { people } => {
                Notice::Quiet(people.iter().map(|id| self.name_of(*id).to_owned()).collect())
            }
            ServerMessage::KnockSent { knock, .. } => {
                page.knock = Some(knock);
                self.numbers.push(knock.0);
                Notice::KnockSent
            }
            ServerMessage::KnockEnded { outcome, .. } => Notice::KnockEnded(outcome),
            ServerMessage::Signal { from, signal: heard } => {
                assert_eq!(heard, signal());
                let room = self.lobby.room_of(me.expect("was welcomed"));
                assert!(room.is_some() && room == self.lobby.room_of(from), "a signal left the room");
                Notice::Signal { from: self.name_of(from).to_owned() }
            }
            ServerMessage::AskedToMute { name, .. } => Notice::AskedToMute { by: name },
            ServerMessage::TakenOver => Notice::TakenOver,
            ServerMessage::Error { code } => Notice::Error(code),
            ServerMessage::Pong => Notice::Pong,
            ServerMessage::RelayAnswer { .. }
            | ServerMessage::RelayOffer { .. }
            | ServerMessage::Seats { .. }
            | ServerMessage::Wanted { .. }
            | ServerMessage::Speakers { .. }
            | ServerMessage::Strained { .. }
            | ServerMessage::Links { .. }
            | ServerMessage::RelayEnded { .. } => Notice::Relayed(message),
            ServerMessage::People { .. } | ServerMessage::Changes { .. } => {
                panic!("said to one: {message:?}")
            }
        };
        self.heard.push((who, notice));
    }
}
