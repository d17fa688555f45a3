//! Coming and going: the first hello, a lost connection, the return with a token, the goodbye.

use super::name::Name;
use super::person::{Link, Origin, Person, Place};
use super::relay::Wish;
use super::room::Parting;
use super::timers::Timer;
use super::token::{Claims, RoomClaim};
use super::{CloseReason, Effect, Lobby};
use crate::ids::{ClientPrefix, ConnectionId, PersonId};
use crate::protocol::{ClientMessage, ErrorCode, Farewell, KnockOutcome, Outcome, ServerMessage};
use std::collections::BTreeSet;

impl Lobby {
    /// A connection of which it is not known yet whose it is says something.
    pub(super) fn introduce(&mut self, from: ConnectionId, message: ClientMessage) -> Result<(), ErrorCode> {
        let ClientMessage::Hello { name, token, .. } = message else { return Err(ErrorCode::HelloFirst) };
        // Who has said goodbye, or was taken over, has said hello before.
        let prefix = *self.strangers.get(&from).ok_or(ErrorCode::HelloFirst)?;
        // After any error the page may say hello again.
        let name = Name::new(&name).ok_or(ErrorCode::NameInvalid)?;
        // A token that is forged, or of another box, is as good as none.
        let claims = token.and_then(|token| self.mint.read(&token));
        if claims.is_some() {
            self.may_return(prefix)?;
        }
        match claims {
            Some(claims) if self.people.get(&claims.person).is_some_and(|p| p.origin.born == claims.born) => {
                self.resume(from, claims, name);
            }
            _ => self.arrive(from, prefix, claims, name)?,
        }
        self.strangers.remove(&from);
        Ok(())
    }

    /// Somebody comes who is not in the lobby. With a token they get their id back, and in the time after
    /// a restart of the box their room, too.
    fn arrive(
        &mut self,
        from: ConnectionId,
        prefix: ClientPrefix,
        claims: Option<Claims>,
        name: Name,
    ) -> Result<(), ErrorCode> {
        self.take_place(prefix, claims.is_some())?;
        // Somebody else can have got the id after a restart.
        let known = claims.filter(|claims| !self.people.contains_key(&claims.person));
        let (id, born) = match known {
            Some(claims) => (claims.person, claims.born),
            None => (PersonId(self.fresh_id()), self.run),
        };
        let origin = Origin { born, since: self.now, prefix };
        let person = Person::new(id, origin, name, &mut self.names, Link::Here(from));
        self.people.insert(id, person);
        self.connections.insert(from, id);
        self.listed(id);

        let restarted = known.filter(|claims| claims.run != self.run && self.is_reforming());
        let came_back =
            restarted.and_then(|claims| claims.room).is_some_and(|room| self.come_back(id, &room));
        self.welcome(id, from, restarted.is_some());
        self.retell_quiet(id);
        if let Some(RoomClaim { room, .. }) = claims.and_then(|claims| claims.room)
            && !came_back
        {
            self.farewell(id, room, Farewell::Interrupted);
        }
        Ok(())
    }

    /// Somebody takes their place again, or takes it over from another tab.
    fn resume(&mut self, from: ConnectionId, claims: Claims, name: Name) {
        let who = claims.person;
        let person = self.people.get_mut(&who).expect("who resumes is here");
        let renamed = !person.still_says(&name);
        let missed = match std::mem::replace(&mut person.link, Link::Here(from)) {
            Link::Here(old) => {
                self.connections.remove(&old);
                self.effects.push(Effect::Send { to: old, message: ServerMessage::TakenOver });
                self.effects.push(Effect::Close { connection: old, why: CloseReason::TakenOver });
                Vec::new()
            }
            Link::Reconnecting { until, missed } => {
                self.timers.cancel(until, Timer::Grace(who));
                self.changed(who);
                missed
            }
        };
        self.connections.insert(from, who);
        // Whoever takes another name all the time keeps the last one.
        if renamed && self.may_rename(who).is_ok() {
            self.call(who, name);
        }
        self.welcome(who, from, true);
        self.retell_quiet(who);
        for message in missed {
            self.say(who, message);
        }
        let person = &self.people[&who];
        match (person.place, claims.room) {
            (Place::In(room), _) => {
                // First the room, then what rings: it rings quietly in a call.
                self.touched.insert(room);
                self.settle();
                self.tell_relay(who, Wish::SayAgain);
            }
            (_, Some(claim)) => {
                // The page believes it is in a room still, so it has not heard how that ended.
                let heard = person.farewell.clone().filter(|(room, _)| *room == claim.room);
                let why = heard.map_or(Farewell::Interrupted, |(_, why)| why);
                self.farewell(who, claim.room, why);
            }
            (_, None) => {}
        }
        for invitation in self.people[&who].rings.clone() {
            self.say_ring(invitation);
        }
        if let Place::Knocking(knock) = self.people[&who].place {
            self.say_knock(knock);
        }
    }

    /// The answer to hello, and then the list.
    fn welcome(&mut self, who: PersonId, to: ConnectionId, resumed: bool) {
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
        };
        self.effects.push(Effect::Send { to, message: welcome });
        self.effects.push(Effect::Subscribe { to });
    }

    /// What gets this person their place back.
    pub(super) fn token(&mut self, who: PersonId) -> String {
        let claims = self.claims(who);
        let person = self.people.get_mut(&who).expect("who gets a token is here");
        match &person.token {
            Some((said, token)) if *said == claims => token.clone(),
            _ => {
                let token = self.mint.write(&claims);
                person.token = Some((claims, token.clone()));
                token
            }
        }
    }

    /// What a token of this person says.
    pub(super) fn claims(&self, who: PersonId) -> Claims {
        let person = &self.people[&who];
        let room = person.room().and_then(|room| self.rooms[&room].claim(who));
        Claims { person: who, born: person.origin.born, run: self.run, room }
    }

    /// Somebody wants to be called something else.
    pub(super) fn rename(&mut self, who: PersonId, name: &str) -> Result<(), ErrorCode> {
        let name = Name::new(name).ok_or(ErrorCode::NameInvalid)?;
        self.may_rename(who)?;
        self.call(who, name);
        let name = self.people[&who].name().to_owned();
        self.say(who, ServerMessage::Renamed { name });
        Ok(())
    }

    /// Everybody sees the new name: the list, their room, where they are called, where they knock.
    fn call(&mut self, who: PersonId, name: Name) {
        let person = self.people.get_mut(&who).expect("who has a name is here");
        person.rename(name, &mut self.names);
        let place = match person.place {
            Place::Free => None,
            Place::In(room) => Some(room),
            Place::Knocking(knock) => Some(self.knocks[&knock].room),
        };
        let callers = self.people[&who].rings.iter().map(|ring| self.invitations[ring].room);
        for room in place.into_iter().chain(callers).collect::<BTreeSet<_>>() {
            self.touch_soon(room);
        }
        self.listed(who);
    }

    /// A connection is gone. The place is kept for a while, if its owner has not only just come.
    pub(super) fn lost(&mut self, connection: ConnectionId) {
        self.strangers.remove(&connection);
        // Strangers have no place; who was taken over or said goodbye has no connection any more.
        let Some(who) = self.connections.remove(&connection) else { return };
        if !self.keeps_place(who) {
            return self.depart(who, Parting::Lost);
        }
        let until = self.now + self.rules.grace;
        self.timers.set(until, Timer::Grace(who));
        let person = self.people.get_mut(&who).expect("who had a connection is here");
        person.link = Link::Reconnecting { until, missed: Vec::new() };
        self.touched.extend(person.room());
        self.changed(who);
    }

    /// Somebody leaves for good, and says so.
    pub(super) fn goodbye(&mut self, connection: ConnectionId, who: PersonId) {
        self.connections.remove(&connection);
        self.effects.push(Effect::Close { connection, why: CloseReason::Goodbye });
        self.depart(who, Parting::SaidGoodbye);
    }

    /// Somebody is not in the lobby any more: not in a room, not calling, not called, not knocking.
    pub(super) fn depart(&mut self, who: PersonId, parting: Parting) {
        let person = self.people.get_mut(&who).expect("who departs was here");
        // There is nobody to tell of what ends now.
        person.link = Link::Reconnecting { until: self.now, missed: Vec::new() };
        self.leave(who, parting);
        for invitation in self.people[&who].rings.clone() {
            self.end_invitation(invitation, Outcome::Gone);
        }
        if let Place::Knocking(knock) = self.people[&who].place {
            self.end_knock(knock, KnockOutcome::Withdrawn);
        }
        let person = self.people.remove(&who).expect("seen above");
        person.leave_name_behind(&mut self.names);
        self.give_place_back(person.origin.prefix);
        self.keep_quiets(who, person.origin.prefix);
        self.listed(who);
    }
}
