//! Arrival and departure: the first hello, a lost connection, the return with a token, the goodbye.

use super::name::SanitizedName;
use super::person::{Activity, Connection, ConnectionState, LeaveReason, Origin, Person};
use super::timers::Timer;
use super::token::{Claims, DeviceId, RoomClaim};
use super::{CloseReason, Effect, Lobby, ms_between};
use crate::ids::{ClientPrefix, ConnectionId, PersonId};
use crate::protocol::{
    ClientMessage, ErrorCode, Ice, KnockOutcome, Outcome, RoomEndReason, ServerMessage, TurnAccess,
};
use crate::relay::Command;
use crate::turn::{self, Credentials};
use std::collections::BTreeSet;

impl Lobby {
    /// Handles the first message of a connection, which must be `hello`.
    pub(super) fn on_hello(&mut self, from: ConnectionId, message: ClientMessage) -> Result<(), ErrorCode> {
        let ClientMessage::Hello { name, token, device, .. } = message else {
            return Err(ErrorCode::HelloFirst);
        };
        // A connection that said goodbye or was taken over has said hello before.
        let (prefix, connection) = *self.unidentified.get(&from).ok_or(ErrorCode::HelloFirst)?;
        // After any error the page may send another hello.
        let name = SanitizedName::new(&name).ok_or(ErrorCode::NameInvalid)?;
        // A token that is forged, or of another server, counts as none.
        let claims = token.and_then(|token| self.token_signer.verify(&token));
        if claims.is_some() {
            self.check_return_rate(prefix)?;
        }
        let device = device.and_then(|device| self.token_signer.verify_device(&device));
        match claims {
            Some(claims) if self.is_here(&claims) => self.resume(connection, claims, name, device),
            _ => self.add_person(connection, prefix, claims, name, device)?,
        }
        self.unidentified.remove(&from);
        Ok(())
    }

    /// Whether the person of these claims is in the lobby.
    fn is_here(&self, claims: &Claims) -> bool {
        self.people.get(&claims.person).is_some_and(|person| person.origin.first_run == claims.first_run)
    }

    /// Adds a person who is not in the lobby. A token keeps their id, and for a while after a restart their
    /// room.
    fn add_person(
        &mut self,
        connection: Connection,
        prefix: ClientPrefix,
        claims: Option<Claims>,
        name: SanitizedName,
        device: Option<DeviceId>,
    ) -> Result<(), ErrorCode> {
        self.claim_place(prefix, claims.is_some())?;
        // After a restart the id can be somebody else's.
        let known = claims.filter(|claims| self.ids.claim(claims.person.0, self.space));
        let (id, first_run) = match known {
            Some(claims) => (claims.person, claims.first_run),
            None => (PersonId(self.claim_fresh_id()), self.run),
        };
        let origin = Origin { first_run, since: self.now, prefix };
        let known_as = device.unwrap_or_else(|| self.new_device());
        let state = ConnectionState::Connected(connection);
        let person = Person::new(id, origin, known_as, name, &mut self.names, state);
        self.people.insert(id, person);
        self.connections.insert(connection.id, id);
        self.listing_changed(id);

        let restarted = known.filter(|claims| claims.run != self.run && self.is_restoring());
        let restored =
            restarted.and_then(|claims| claims.room).is_some_and(|room| self.restore_member(id, &room));
        self.send_welcome(id, connection.id, restarted.is_some(), device.is_none());
        self.resend_quiet_list(id);
        if let Some(RoomClaim { room, .. }) = claims.and_then(|claims| claims.room)
            && !restored
        {
            self.send_room_left(id, room, RoomEndReason::Interrupted);
        }
        Ok(())
    }

    fn new_device(&mut self) -> DeviceId {
        self.devices_made = self.devices_made.wrapping_add(1);
        DeviceId { first_run: self.run, number: self.devices_made }
    }

    /// Connects a person of the lobby anew, or takes the place over from another tab.
    fn resume(
        &mut self,
        connection: Connection,
        claims: Claims,
        name: SanitizedName,
        device: Option<DeviceId>,
    ) {
        let who = claims.person;
        let person = self.people.get_mut(&who).expect("who resumes is here");
        let renamed = !person.has_requested(&name);
        person.device = device.unwrap_or(person.device);
        let state = ConnectionState::Connected(connection);
        let missed = match std::mem::replace(&mut person.connection_state, state) {
            ConnectionState::Connected(Connection { id: old, .. }) => {
                self.connections.remove(&old);
                self.effects.push(Effect::Send { to: old, message: ServerMessage::TakenOver });
                self.effects.push(Effect::Close { connection: old, why: CloseReason::TakenOver });
                Vec::new()
            }
            ConnectionState::Reconnecting { until, missed } => {
                self.timers.cancel(until, Timer::Grace(who));
                self.status_changed(who);
                missed
            }
        };
        self.connections.insert(connection.id, who);
        // Whoever renames too often keeps the last name.
        if renamed && self.check_rename_rate(who).is_ok() {
            self.set_name(who, name);
        }
        self.send_welcome(who, connection.id, true, device.is_none());
        self.resend_quiet_list(who);
        for message in missed {
            self.send(who, message);
        }
        let person = &self.people[&who];
        match (person.activity, claims.room) {
            (Activity::InRoom(room), _) => {
                // The room precedes the rings, which are quiet in a call.
                self.prompt_room_update(room);
                if !self.changed_rooms.contains(&room) {
                    self.send_room_to(who, self.room_to_protocol(room));
                }
                self.flush_rooms();
                self.send_command(who, Command::Resync);
            }
            (_, Some(claim)) => {
                // The page believes that it is in a room, so it has missed the end.
                let heard = person.end_reason.clone().filter(|(room, _)| *room == claim.room);
                let why = heard.map_or(RoomEndReason::Interrupted, |(_, why)| why);
                self.send_room_left(who, claim.room, why);
            }
            (_, None) => {}
        }
        for (invitation, room) in self.people[&who].rings.clone() {
            self.send_ring(room, invitation);
        }
        if let Activity::Knocking { knock, room } = self.people[&who].activity {
            self.send_knock(room, knock);
        }
    }

    /// Answers hello, and sends the list. `names_device`: the device has not said by what it is known.
    fn send_welcome(&mut self, who: PersonId, to: ConnectionId, resumed: bool, names_device: bool) {
        let token = self.token(who);
        let person = &self.people[&who];
        let welcome = ServerMessage::Welcome {
            you: who,
            name: person.name().to_owned(),
            availability: person.availability,
            token,
            resumed,
            host: self.identity.host.clone(),
            version: self.identity.version.clone(),
            page: self.identity.page.clone(),
            ice: Ice::default(),
            relay_always: self.rules.relay_always,
            relayless: self.identity.relayless,
            turn: self.turn_access(who),
            device: names_device.then(|| self.token_signer.sign_device(person.device)),
        };
        self.effects.push(Effect::Send { to, message: welcome });
        self.effects.push(Effect::Subscribe { to });
    }

    /// Credentials for TURN; none where the box has none.
    fn turn_access(&self, who: PersonId) -> Option<TurnAccess> {
        let Credentials { username, password } =
            self.identity.turn.as_ref().filter(|turn| turn.is_offered())?.issue(self.now, who);
        let expires_in_ms = ms_between(self.now, self.now + turn::LIFETIME);
        Some(TurnAccess { username, credential: password, expires_in_ms })
    }

    pub(super) fn send_turn_access(&mut self, who: PersonId) {
        if let Some(turn) = self.turn_access(who) {
            self.send(who, ServerMessage::Turn { turn });
        }
    }

    /// The token that gets this person the place back.
    pub(super) fn token(&mut self, who: PersonId) -> String {
        let claims = self.claims(who);
        let person = self.people.get_mut(&who).expect("who gets a token is here");
        match &person.token {
            Some((said, token)) if *said == claims => token.clone(),
            _ => {
                let token = self.token_signer.sign(&claims);
                person.token = Some((claims, token.clone()));
                token
            }
        }
    }

    /// The claims of this person's token.
    pub(super) fn claims(&self, who: PersonId) -> Claims {
        let person = &self.people[&who];
        let room = person.room().and_then(|room| self.rooms[&room].claim(who));
        Claims { person: who, first_run: person.origin.first_run, run: self.run, room }
    }

    /// Renames a person, if the rate allows it.
    pub(super) fn rename(&mut self, who: PersonId, name: &str) -> Result<(), ErrorCode> {
        let name = SanitizedName::new(name).ok_or(ErrorCode::NameInvalid)?;
        self.check_rename_rate(who)?;
        self.set_name(who, name);
        let name = self.people[&who].name().to_owned();
        self.send(who, ServerMessage::Renamed { name });
        Ok(())
    }

    /// Changes the name everywhere: the list, the room, callers, knocks.
    fn set_name(&mut self, who: PersonId, name: SanitizedName) {
        let person = self.people.get_mut(&who).expect("who has a name is here");
        person.rename(name, &mut self.names);
        let own = match person.activity {
            Activity::Idle => None,
            Activity::InRoom(room) | Activity::Knocking { room, .. } => Some(room),
        };
        for room in own.into_iter().chain(person.rings.values().copied()).collect::<BTreeSet<_>>() {
            self.schedule_room_update(room);
        }
        self.listing_changed(who);
    }

    /// A connection is gone. The place is kept for a while, unless its owner has only just arrived.
    pub(super) fn on_disconnect(&mut self, connection: ConnectionId) {
        self.unidentified.remove(&connection);
        // An unidentified connection has no person; one that was taken over or said goodbye has none left.
        let Some(who) = self.connections.remove(&connection) else { return };
        if !self.keeps_place(who) {
            return self.remove_person(who, LeaveReason::Lost);
        }
        let until = self.now + self.rules.reconnect_grace;
        self.timers.set(until, Timer::Grace(who));
        let person = self.people.get_mut(&who).expect("who had a connection is here");
        person.connection_state = ConnectionState::Reconnecting { until, missed: Vec::new() };
        let room = person.room();
        room.into_iter().for_each(|room| self.prompt_room_update(room));
        self.status_changed(who);
    }

    /// The person leaves the lobby for good.
    pub(super) fn on_goodbye(&mut self, connection: ConnectionId, who: PersonId) {
        self.connections.remove(&connection);
        self.effects.push(Effect::Close { connection, why: CloseReason::Goodbye });
        self.remove_person(who, LeaveReason::SaidGoodbye);
    }

    /// Removes a person from the lobby, their room, invitations and knock.
    pub(super) fn remove_person(&mut self, who: PersonId, reason: LeaveReason) {
        let person = self.people.get_mut(&who).expect("who departs was here");
        // Nobody is left to tell of what this ends.
        person.connection_state = ConnectionState::Reconnecting { until: self.now, missed: Vec::new() };
        self.leave(who, reason);
        self.end_rings(who, Outcome::Gone);
        if let Activity::Knocking { knock, room } = self.people[&who].activity {
            self.end_knock(room, knock, KnockOutcome::Withdrawn);
        }
        let person = self.people.remove(&who).expect("seen above");
        self.ids.release(who.0);
        person.release_name(&mut self.names);
        self.release_place(person.origin.prefix);
        self.keep_quiets(who, person.origin.prefix);
        self.listing_changed(who);
    }
}
