//! Scenarios in virtual time: browsers (of the same engine) on links that lose, delay, reorder and
//! choke, and the relay between them.

mod guest;
mod links;
mod nonsense;
mod observation;
mod pairs;
mod rooms;
mod scenario;
mod tracks;

use super::connection::ConnectionRole;
use super::*;
use str0m::IceCreds;

/// Commands whose outcome a scenario looks at, and what it has to know of a connection.
impl Sfu {
    fn admit(
        &mut self,
        now: Instant,
        member: PersonId,
        room: RoomId,
        via: Option<IpAddr>,
    ) -> Result<(), RoomFull> {
        self.context.advance(now);
        self.join(member, room, via)
    }

    fn up_offer(
        &mut self,
        now: Instant,
        member: PersonId,
        connection: u32,
        sdp: &str,
    ) -> Result<String, Refusal> {
        self.handle_command(now, member, Command::Offer { connection, sdp: sdp.into() });
        let answer =
            |event: &Event| matches!(event, Event::UpAnswer { .. } | Event::Refused { side: Side::Up, .. });
        let at = self.context.events.iter().position(answer).expect("an offer is answered");
        match self.context.events.remove(at) {
            Some(Event::UpAnswer { sdp, .. }) => Ok(sdp),
            Some(Event::Refused { why, .. }) => Err(why),
            event => unreachable!("{event:?}"),
        }
    }

    fn down_answer(
        &mut self,
        now: Instant,
        member: PersonId,
        connection: u32,
        sdp: &str,
    ) -> Result<(), Refusal> {
        self.handle_command(now, member, Command::Answer { connection, sdp: sdp.into() });
        let refused = |event: &Event| matches!(event, Event::Refused { side: Side::Down, .. });
        let at = self.context.events.iter().position(refused);
        match at.and_then(|at| self.context.events.remove(at)) {
            Some(Event::Refused { why, .. }) => Err(why),
            _ => Ok(()),
        }
    }

    fn member_mut(&mut self, member: PersonId) -> &mut Member {
        let room = self.rooms.get_mut(&self.places[&member]).expect("a room with somebody in it");
        room.slot_of(member).and_then(|slot| room.member_mut(slot)).expect("a member")
    }

    /// By which requests name the connection, and are sealed.
    fn local_ice(&mut self, member: PersonId, role: ConnectionRole) -> IceCreds {
        let ours = self.with_room(self.places[&member], |room, cx| {
            let member = room.slot_of(member).and_then(|slot| room.member_mut(slot))?;
            member.mutate(role, cx, |rtc| Ok(rtc.direct_api().local_ice_credentials()))
        });
        ours.flatten().expect("a connection")
    }
}
