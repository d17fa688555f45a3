//! One room, from its first member to its end: it owns its members, its invitations and its knocks.

use super::Rules;
use super::invitation::Invitation;
use super::knock::Knock;
use super::person::Person;
use super::token::RoomClaim;
use crate::ids::{ClientPrefix, InvitationId, KnockId, PersonId, RoomId};
use crate::protocol::{self, RoomEndReason};
use crate::token_bucket::{Rate, TokenBucket};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    /// The ordinal of its creation: the smaller number is the older room.
    pub(super) number: u64,
    pub(super) locked: bool,
    /// In order of arrival; the first is the host.
    members: Vec<Member>,
    /// The order number of the next member.
    next_order: u32,
    /// The number of the next hand that is raised.
    next_hand: u32,
    /// See [`RoomClaim::epoch`].
    epoch: u32,
    /// Invitations into the room, oldest first. The inviters are members.
    pub(super) invitations: Vec<Invitation>,
    /// Oldest first.
    pub(super) knocks: Vec<Knock>,
    /// What the last member is told when nobody is left to wait for.
    pub(super) end_reason: RoomEndReason,
    /// Set while members from before a restart of the server are expected.
    pub(super) restoring: Option<Restoring>,
    /// When the members last received the room.
    updated: Option<Instant>,
    /// Limits the updates that do not wait for others.
    pub(super) prompt_bucket: TokenBucket,
    /// When the members receive the changes that are pending.
    pub(super) due: Option<Instant>,
}

/// The interval, for each member, between two updates of what members show, what they are called and whether
/// the room is locked: every member receives each update, so a room costs at most 125 messages a second,
/// whatever its size and however much its members say (SECURITY.md).
const ROOM_UPDATE_INTERVAL_PER_MEMBER: Duration = Duration::from_millis(8);

/// Updates of a room that do not wait for others: of knocks, which any outsider may begin and end, and of
/// connections that are lost and made anew. A member on a slow link reads so many, of the largest room, before
/// it would be cut (SECURITY.md).
pub(super) const PROMPT_ROOM_UPDATES: Rate = Rate { burst: 20, refill: Duration::from_secs(10) };

#[derive(Debug)]
struct Member {
    id: PersonId,
    order: u32,
    /// The number of the raised hand: the smaller one was raised earlier.
    hand: Option<u32>,
}

/// The state of a room whose members are returning after a restart.
#[derive(Debug)]
pub(super) struct Restoring {
    /// Who has not returned by then is not a member.
    pub(super) until: Instant,
    /// The epoch of the newest token so far.
    pub(super) epoch: u32,
    /// The count of members in the tokens of that epoch.
    expected: usize,
    /// Who has returned; if they leave after that they have left.
    pub(super) returned: BTreeSet<PersonId>,
}

impl Room {
    /// An empty room; `end_reason` is what the last member is told if nobody else ever comes.
    pub(super) fn new(id: RoomId, number: u64, end_reason: RoomEndReason, now: Instant) -> Self {
        Room {
            id,
            number,
            locked: false,
            members: Vec::new(),
            next_order: 0,
            next_hand: 0,
            epoch: 0,
            invitations: Vec::new(),
            knocks: Vec::new(),
            end_reason,
            restoring: None,
            updated: None,
            prompt_bucket: TokenBucket::full(now),
            due: None,
        }
    }

    /// The longest-present member; `None` only between the last departure and the end of the room.
    pub(super) fn host(&self) -> Option<PersonId> {
        self.members.first().map(|member| member.id)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = PersonId> {
        self.members.iter().map(|member| member.id)
    }

    /// The count of members.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Places of the room's capacity that are taken, or kept for those who are called or expected back.
    pub(super) fn occupancy(&self) -> usize {
        let missing = self.restoring.as_ref().map_or(0, Restoring::missing);
        self.members.len() + self.invitations.len() + missing
    }

    /// Whether nobody is left to wait for.
    pub(super) fn is_over(&self) -> bool {
        let waits = !self.invitations.is_empty() || !self.knocks.is_empty() || self.restoring.is_some();
        self.members.is_empty() || self.members.len() == 1 && !waits
    }

    pub(super) fn add_member(&mut self, who: PersonId) {
        self.add_member_at(who, self.next_order, None);
    }

    /// Adds a member from before a restart at the old place in the order, with the old hand.
    pub(super) fn add_member_at(&mut self, who: PersonId, order: u32, hand: Option<u32>) {
        // Ties (of a new member with a returning one) are broken by id.
        let at = self.members.partition_point(|member| (member.order, member.id) < (order, who));
        self.members.insert(at, Member { id: who, order, hand });
        self.next_order = self.next_order.max(order.saturating_add(1));
        self.next_hand = self.next_hand.max(hand.map_or(0, |hand| hand.saturating_add(1)));
    }

    pub(super) fn has_hand_raised(&self, who: PersonId) -> bool {
        self.members.iter().any(|member| member.id == who && member.hand.is_some())
    }

    /// Raises the hand of a member after all others, or lowers it.
    pub(super) fn set_hand(&mut self, who: PersonId, raised: bool) {
        let hand = raised.then_some(self.next_hand);
        self.next_hand = self.next_hand.saturating_add(u32::from(raised));
        self.members.iter_mut().filter(|member| member.id == who).for_each(|member| member.hand = hand);
    }

    /// Whose hands are raised, in the order of raising. After a restart two can have the same number: whoever
    /// has been here longer comes first.
    fn hands(&self) -> Vec<PersonId> {
        let mut hands: Vec<_> =
            self.members.iter().filter_map(|member| Some((member.hand?, member.id))).collect();
        hands.sort_by_key(|(hand, _)| *hand);
        hands.into_iter().map(|(_, who)| who).collect()
    }

    pub(super) fn remove_member(&mut self, who: PersonId) {
        self.members.retain(|member| member.id != who);
        self.epoch = self.epoch.saturating_add(1);
    }

    pub(super) fn invitation(&self, id: InvitationId) -> Option<&Invitation> {
        self.invitations.iter().find(|invitation| invitation.id == id)
    }

    pub(super) fn invitation_mut(&mut self, id: InvitationId) -> Option<&mut Invitation> {
        self.invitations.iter_mut().find(|invitation| invitation.id == id)
    }

    /// The invitation into this room that rings for this person: at most one.
    pub(super) fn invitation_to(&self, who: PersonId) -> Option<InvitationId> {
        self.invitations.iter().find(|invitation| invitation.to == who).map(|invitation| invitation.id)
    }

    /// The invitations that this member has sent.
    pub(super) fn invitations_from(&self, who: PersonId) -> impl Iterator<Item = &Invitation> {
        self.invitations.iter().filter(move |invitation| invitation.from == who)
    }

    pub(super) fn invitation_between(&self, from: PersonId, to: PersonId) -> Option<InvitationId> {
        self.invitation_to(to).filter(|id| self.invitations_from(from).any(|invitation| invitation.id == *id))
    }

    pub(super) fn take_invitation(&mut self, id: InvitationId) -> Option<Invitation> {
        let at = self.invitations.iter().position(|invitation| invitation.id == id)?;
        Some(self.invitations.remove(at))
    }

    pub(super) fn knock(&self, id: KnockId) -> Option<&Knock> {
        self.knocks.iter().find(|knock| knock.id == id)
    }

    /// Knocks on the room from that prefix.
    pub(super) fn knocks_from(&self, prefix: ClientPrefix) -> usize {
        self.knocks.iter().filter(|knock| knock.prefix == prefix).count()
    }

    pub(super) fn take_knock(&mut self, id: KnockId) -> Option<Knock> {
        let at = self.knocks.iter().position(|knock| knock.id == id)?;
        Some(self.knocks.remove(at))
    }

    /// Sets the room to what this token says, and waits for others with the same.
    pub(super) fn restore(&mut self, claim: &RoomClaim, until: Instant) {
        self.locked = claim.locked;
        self.epoch = self.epoch.max(claim.epoch);
        self.end_reason = RoomEndReason::Interrupted;
        let expected = claim.members as usize;
        self.restoring = Some(Restoring { until, epoch: claim.epoch, expected, returned: BTreeSet::new() });
    }

    /// The room claim in this member's token.
    pub(super) fn claim(&self, who: PersonId) -> Option<RoomClaim> {
        let member = self.members.iter().find(|member| member.id == who)?;
        Some(RoomClaim {
            room: self.id,
            order: member.order,
            epoch: self.epoch,
            members: self.members.len() as u32,
            locked: self.locked,
            hand: member.hand,
        })
    }

    /// When the next update that can wait is due.
    pub(super) fn next_update(&self, now: Instant) -> Instant {
        let interval = ROOM_UPDATE_INTERVAL_PER_MEMBER * self.members.len() as u32;
        self.updated.map_or(now, |updated| updated + interval)
    }

    /// The members receive the room at `now`. The time of an update that was pending, if there was one.
    pub(super) fn set_updated(&mut self, now: Instant) -> Option<Instant> {
        self.updated = Some(now);
        self.due.take()
    }

    /// Who offers the direct path in a room of two. It stays the same as long as the two are together: the
    /// later one, who knows of the other first.
    fn offerer(&self) -> Option<PersonId> {
        match &self.members[..] {
            [_, newer] => Some(newer.id),
            _ => None,
        }
    }

    /// The room as on the wire. `people` has everybody in it, everybody invited and everybody who knocks.
    pub(super) fn to_protocol(
        &self,
        people: &BTreeMap<PersonId, Person>,
        rules: &Rules,
        now: Instant,
    ) -> protocol::Room {
        let hands = self.hands();
        let hand = |id| hands.iter().position(|who| *who == id).map(|at| at as u32 + 1);
        let members = self.members().map(|id| people[&id].to_member(hand(id)));
        let invitations = self.invitations.iter().map(|ring| ring.to_protocol(&people[&ring.to], now));
        let knocks = self.knocks.iter().map(|knock| knock.to_protocol(people[&knock.from].name(), now));
        protocol::Room {
            id: self.id,
            host: self.host().expect("a room on the wire has a member"),
            locked: self.locked,
            members: members.collect(),
            invitations: invitations.collect(),
            knocks: knocks.collect(),
            offerer: self.offerer().filter(|_| !rules.relay_always),
            capacity: rules.room_capacity as u32,
        }
    }
}

impl Restoring {
    /// How many are expected; their places are kept.
    pub(super) fn missing(&self) -> usize {
        self.expected.saturating_sub(self.returned.len())
    }

    /// A member has returned with this claim.
    pub(super) fn add(&mut self, who: PersonId, claim: &RoomClaim) {
        self.expected = self.expected.max(claim.members as usize);
        self.returned.insert(who);
    }
}
