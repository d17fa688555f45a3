//! One member of a room: its connections, what it shows and wants.

use super::connection::{ConnectionKey, ConnectionRole, Down, Up};
use super::context::{Context, Routing, Timer};
use super::peer::{ConnectionError, Outlet, Peer};
use super::voice::Voice;
use super::{Event, Protocol, Source, Stats, Tile, Way};
use crate::ids::{PersonId, RoomId};
use std::net::IpAddr;
use str0m::format::Codec;
use str0m::{Rtc, RtcError};

pub(super) struct Member {
    pub(super) id: PersonId,
    pub(super) room: RoomId,
    /// Its place in the room.
    pub(super) slot: u32,
    /// The address of ours that the page knows to be reachable.
    pub(super) via: Option<IpAddr>,
    pub(super) up: Option<Up>,
    pub(super) down: Option<Down>,
    pub(super) next: Option<Down>,
    /// The number of the `up` that has ended by itself, until there is another.
    pub(super) lost: Option<u32>,
    /// As the page last told; `None`: it has not.
    pub(super) tiles: Option<Vec<Tile>>,
    /// It shows its screen.
    pub(super) screen: bool,
    /// It gets everything another way: nothing is forwarded to it.
    pub(super) paused: bool,
    pub(super) voice: Voice,
    /// What its page was last told is wanted of each source. `None`: nothing yet.
    pub(super) wanted: [Option<Wanted>; 2],
    pub(super) lacks: Lacks,
    /// How its packets go.
    pub(super) protocol: Protocol,
    pub(super) stats: Stats,
}

/// See [`Event::Wanted`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) audio: bool,
    pub(super) layers: [bool; 3],
    pub(super) av1: bool,
}

/// What a page lacks as a receiver, as its answers have said. It stays so until the member leaves: who answers
/// otherwise each time ends the others' connections once, and not each time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lacks {
    /// It decodes H.264 and no VP8.
    pub(super) vp8: bool,
    /// It does not turn pictures as their packets say (3GPP TS 26.114, video-orientation).
    pub(super) turning: bool,
}

impl Member {
    pub(super) fn new(id: PersonId, room: RoomId, slot: u32, via: Option<IpAddr>) -> Member {
        Member {
            id,
            room,
            slot,
            via,
            up: None,
            down: None,
            next: None,
            lost: None,
            tiles: None,
            screen: false,
            paused: false,
            voice: Voice::new(),
            wanted: [None; 2],
            lacks: Lacks::default(),
            protocol: Protocol::Udp,
            stats: Stats::default(),
        }
    }

    /// It has answered.
    pub(super) fn note_lacks(&mut self) {
        let mut lacks = self.lacks;
        for video in self.downs().flat_map(Down::videos) {
            lacks.vp8 |= video.takes(Codec::H264) && !video.takes(Codec::Vp8);
            lacks.turning |= !video.turns;
        }
        self.lacks = lacks;
    }

    pub(super) fn key(&self, role: ConnectionRole) -> ConnectionKey {
        ConnectionKey { room: self.room, slot: self.slot, role }
    }

    /// Changes a connection's engine. `None`: there is no such connection, or it has ended by this.
    pub(super) fn mutate<T>(
        &mut self,
        role: ConnectionRole,
        cx: &mut Context,
        change: impl FnOnce(&mut Rtc) -> Result<T, RtcError>,
    ) -> Option<T> {
        let now = cx.now;
        self.with_peer(role, cx, |peer, outlet| peer.mutate(now, outlet, change))
    }

    /// Encrypts what was written to a connection, and hears what time has brought it.
    pub(super) fn settle(&mut self, role: ConnectionRole, cx: &mut Context) {
        let now = cx.now;
        self.with_peer(role, cx, |peer, outlet| {
            if peer.egress.is_none() {
                return peer.settle(now, outlet);
            }
            peer.take_forwarded(outlet);
            Ok(())
        });
    }

    /// Does something with a connection. What it says is kept for the room; if it fails, the connection ends.
    pub(super) fn with_peer<T>(
        &mut self,
        role: ConnectionRole,
        cx: &mut Context,
        act: impl FnOnce(&mut Peer, &mut Outlet) -> Result<T, ConnectionError>,
    ) -> Option<T> {
        let key = self.key(role);
        let peer = self.peer_mut(role)?;
        let before = cx.outlet.transmits.len();
        let result = act(peer, &mut cx.outlet);
        cx.note_answers(key, before);
        peer.redirect(cx.outlet.transmits.range_mut(before..));
        cx.pending.extend(cx.outlet.events.drain(..).map(|event| (key, event)));
        match result {
            Ok(value) => {
                let wake = peer.wake();
                if peer.alarm.is_none_or(|alarm| wake < alarm) {
                    peer.alarm = Some(wake);
                    cx.set_timer(wake, Timer::Connection(key));
                }
                Some(value)
            }
            Err(error) => {
                self.fail(role, cx, &error);
                None
            }
        }
    }

    /// A connection has ended by itself.
    pub(super) fn fail(&mut self, role: ConnectionRole, cx: &mut Context, error: &ConnectionError) {
        if matches!(error, ConnectionError::Panic(_) | ConnectionError::Endless) {
            tracing::error!(member = %self.id, line = ?role, why = %error, "a connection has broken");
        }
        self.close(role, cx, &error.to_string());
        cx.failed.push(self.key(role));
    }

    /// Drops a connection and tells its page, which makes another.
    pub(super) fn close(&mut self, role: ConnectionRole, cx: &mut Context, why: &str) {
        let Some(connection) = self.drop_connection(role, cx) else { return };
        if role == ConnectionRole::Publish {
            self.lost = Some(connection);
        }
        let (member, side) = (self.id, role.side());
        cx.events.push_back(Event::Ended { member, side, connection, why: why.into() });
    }

    /// The number of the connection that was there.
    pub(super) fn drop_connection(&mut self, role: ConnectionRole, cx: &mut Context) -> Option<u32> {
        cx.routing.push(Routing::Ended(self.key(role)));
        match role {
            ConnectionRole::Publish => self.up.take().map(|up| up.connection),
            ConnectionRole::Subscribe => self.down.take().map(|down| down.connection),
            ConnectionRole::SubscribeNext => self.next.take().map(|next| next.connection),
        }
    }

    pub(super) fn way(&self) -> Way {
        let peers = [ConnectionRole::Publish, ConnectionRole::Subscribe].map(|role| self.peer(role));
        if self.paused {
            Way::Direct
        } else if !peers.into_iter().flatten().any(|peer| peer.rtc().is_connected()) {
            Way::None
        } else {
            Way::Relayed(self.protocol)
        }
    }

    pub(super) fn peer(&self, role: ConnectionRole) -> Option<&Peer> {
        match role {
            ConnectionRole::Publish => self.up.as_ref().map(|up| &up.peer),
            role => self.down(role).map(|down| &down.peer),
        }
    }

    pub(super) fn peer_mut(&mut self, role: ConnectionRole) -> Option<&mut Peer> {
        match role {
            ConnectionRole::Publish => self.up.as_mut().map(|up| &mut up.peer),
            role => self.down_mut(role).map(|down| &mut down.peer),
        }
    }

    pub(super) fn down(&self, role: ConnectionRole) -> Option<&Down> {
        match role {
            ConnectionRole::Publish => None,
            ConnectionRole::Subscribe => self.down.as_ref(),
            ConnectionRole::SubscribeNext => self.next.as_ref(),
        }
    }

    pub(super) fn down_mut(&mut self, role: ConnectionRole) -> Option<&mut Down> {
        match role {
            ConnectionRole::Publish => None,
            ConnectionRole::Subscribe => self.down.as_mut(),
            ConnectionRole::SubscribeNext => self.next.as_mut(),
        }
    }

    /// `down`, and what takes its place.
    pub(super) fn downs(&self) -> impl Iterator<Item = &Down> {
        self.down.iter().chain(&self.next)
    }

    pub(super) fn downs_mut(&mut self) -> impl Iterator<Item = &mut Down> {
        self.down.iter_mut().chain(&mut self.next)
    }

    /// The one by which the page sees everybody else.
    pub(super) fn shown(&self) -> Option<&Down> {
        let shows = |next: &&Down| next.videos().any(|video| video.layer().is_some());
        self.next.as_ref().filter(shows).or(self.down.as_ref())
    }

    /// How wide the page shows a picture, one of `count`, and whether it is pinned.
    pub(super) fn shows(&self, person: PersonId, source: Source, count: usize) -> (u16, bool) {
        match &self.tiles {
            Some(tiles) => {
                let tile = tiles.iter().find(|tile| tile.person == person && tile.source == source);
                tile.map_or((0, false), |tile| (tile.width, tile.pinned))
            }
            None => (if count <= 1 { 1280 } else { 640 }, false),
        }
    }
}
