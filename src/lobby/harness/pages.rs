//! How pages handle what they receive.

use super::super::*;
use super::notices::{Notice, Notices, declined, signal};
use super::{LobbyHarness, Page};
use crate::ids::InvitationId;
use crate::protocol::DeclineReason;

impl LobbyHarness {
    // What pages hear.

    /// Handles an input, and checks the invariants.
    pub(super) fn apply(&mut self, input: Input) -> Notices {
        for effect in self.lobby.handle(self.now, input) {
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
                Effect::Command { member: person, command: Command::Join { room, .. } } => {
                    assert_eq!(self.carried.insert(person, room), None, "carried in one room only");
                }
                Effect::Command { member: person, command: Command::Leave } => {
                    assert!(self.carried.remove(&person).is_some(), "leaves where they were");
                }
                // The lobby's own command; scenarios need not mention it.
                Effect::Command { command: Command::Resync, .. } => {}
                Effect::Command { member: person, command } => {
                    assert!(self.carried.contains_key(&person), "only members have commands");
                    let who = self.name_of(person).to_owned();
                    self.heard.push((who, Notice::Command(command)));
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
            assert_eq!(message, ServerMessage::TakenOver, "all that a replaced tab is sent");
            return self.heard.push(("another tab".to_owned(), Notice::TakenOver));
        };
        let (who, me) = (who.clone(), page.id);
        let notice = match message {
            ServerMessage::Welcome { you, name, token, resumed, host, device, .. } => {
                assert_eq!(host, "wizyjno.local");
                assert!(device.is_some() != page.device.is_some(), "a device is named once");
                (page.id, page.name, page.device) = (Some(you), name.clone(), page.device.take().or(device));
                page.tokens.push(token);
                self.numbers.push(you.0);
                Notice::Welcome { name, resumed }
            }
            ServerMessage::Pass { .. } | ServerMessage::People { .. } | ServerMessage::Changes { .. } => {
                panic!("sent to one page: {message:?}")
            }
            ServerMessage::Renamed { name } => {
                page.name = name.clone();
                Notice::Renamed(name)
            }
            ServerMessage::Ring { invitation, from: _, name, members, expires_in_ms, mark } => {
                page.marks.push(mark);
                page.ring_from.insert(name.clone(), invitation);
                self.numbers.push(invitation.0);
                self.rings.entry((me.expect("was welcomed"), invitation)).or_insert(false);
                Notice::Ring { from: name, members, seconds: expires_in_ms / 1000 }
            }
            ServerMessage::InvitationEnded { invitation, name, outcome, .. } => {
                self.hear_end(me.expect("was welcomed"), invitation, outcome);
                Notice::Ended { with: name, outcome }
            }
            ServerMessage::Room { room, token } => return self.hear_room(&who, room, token),
            ServerMessage::RoomLeft { why, token } => {
                page.room = None;
                page.tokens.push(token);
                Notice::RoomLeft(why)
            }
            ServerMessage::Quiet { people } => Notice::Quiet(self.names_of(&people)),
            ServerMessage::KnockSent { knock, .. } => {
                page.knock = Some(knock);
                self.numbers.push(knock.0);
                Notice::KnockSent
            }
            ServerMessage::KnockEnded { outcome, .. } => Notice::KnockEnded(outcome),
            ServerMessage::Signal { from, signal: heard } => {
                assert_eq!(heard, signal());
                Notice::Signal { from: self.companion(me, from) }
            }
            ServerMessage::Reaction { from, reaction } => {
                Notice::Reaction(self.companion(me, from), reaction)
            }
            ServerMessage::AskedToMute { name, .. } => Notice::AskedToMute { by: name },
            ServerMessage::TakenOver => Notice::TakenOver,
            ServerMessage::Error { code } => Notice::Error(code),
            ServerMessage::Pong => Notice::Pong,
            from_relay => Notice::Relayed(from_relay),
        };
        self.heard.push((who, notice));
    }

    fn names_of(&self, people: &[PersonId]) -> Vec<String> {
        people.iter().map(|id| self.name_of(*id).to_owned()).collect()
    }

    /// The name of who is in one room with this person: what members say to each other leaves no room.
    fn companion(&self, me: Option<PersonId>, from: PersonId) -> String {
        let room = self.lobby.room_of(me.expect("was welcomed"));
        assert!(room.is_some() && room == self.lobby.room_of(from), "said from outside of the room");
        self.name_of(from).to_owned()
    }

    /// An invitation has ended, for the first time for that person.
    fn hear_end(&mut self, me: PersonId, invitation: InvitationId, outcome: Outcome) {
        let never_rang = outcome == declined(Some(DeclineReason::DoNotDisturb));
        let over = self.rings.entry((me, invitation)).or_insert_with(|| {
            assert!(never_rang, "an end without a beginning: {outcome:?}");
            false
        });
        assert!(!std::mem::replace(over, true), "the same end twice");
    }

    fn hear_room(&mut self, who: &str, room: protocol::Room, token: String) {
        self.numbers.push(room.id.0);
        for invited in &room.invitations {
            self.numbers.push(invited.invitation.0);
            if Some(invited.from) == self.pages[who].id {
                self.rings.entry((invited.from, invited.invitation)).or_insert(false);
            }
        }
        self.numbers.extend(room.knocks.iter().map(|knock| knock.knock.0));
        let page = self.page(who);
        page.call_to.extend(room.invitations.iter().map(|call| (call.name.clone(), call.invitation)));
        page.knock_of.extend(room.knocks.iter().map(|knock| (knock.name.clone(), knock.knock)));
        page.room = Some(room);
        page.tokens.push(token);
    }
}
