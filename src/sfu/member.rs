//! One member of a room: its connections, what it shows and wants.

use super::connection::{Down, Up};
use super::peer::Peer;
use super::speakers::Voice;
use super::{Figures, Line, Protocol, Tile, Way};
use crate::ids::{PersonId, RoomId};
use std::net::IpAddr;

pub(super) struct Member {
    pub(super) id: PersonId,
    pub(super) room: RoomId,
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
    /// Its packets go over TCP.
    pub(super) tcp: bool,
    pub(super) figures: Figures,
}

/// See [`Event::Wanted`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) audio: bool,
    pub(super) layers: [bool; 3],
    pub(super) av1: bool,
}

impl Member {
    pub(super) fn new(id: PersonId, room: RoomId, via: Option<IpAddr>) -> Member {
        Member {
            id,
            room,
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
            tcp: false,
            figures: Figures::default(),
        }
    }

    pub(super) fn way(&self) -> Way {
        let peers = [self.up.as_ref().map(|up| &up.peer), self.down.as_ref().map(|down| &down.peer)];
        if self.paused {
            Way::Direct
        } else if !peers.into_iter().flatten().any(|peer| peer.rtc().is_connected()) {
            Way::None
        } else {
            Way::Relayed(if self.tcp { Protocol::Tcp } else { Protocol::Udp })
        }
    }

    pub(super) fn peer_mut(&mut self, line: Line) -> Option<&mut Peer> {
        match line {
            Line::Up => self.up.as_mut().map(|up| &mut up.peer),
            line => self.down_mut(line).map(|down| &mut down.peer),
        }
    }

    pub(super) fn down(&self, line: Line) -> Option<&Down> {
        match line {
            Line::Up => None,
            Line::Down => self.down.as_ref(),
            Line::Next => self.next.as_ref(),
        }
    }

    pub(super) fn down_mut(&mut self, line: Line) -> Option<&mut Down> {
        match line {
            Line::Up => None,
            Line::Down => self.down.as_mut(),
            Line::Next => self.next.as_mut(),
        }
    }

    /// `down`, and what takes its place.
    pub(super) fn downs(&self) -> impl Iterator<Item = &Down> {
        self.down.iter().chain(&self.next)
    }

    pub(super) fn downs_mut(&mut self) -> impl Iterator<Item = &mut Down> {
        self.down.iter_mut().chain(&mut self.next)
    }

    /// The one by which the page sees the others.
    pub(super) fn shown(&self) -> Option<&Down> {
        self.next.as_ref().filter(|next| next.peer.rtc().is_connected()).or(self.down.as_ref())
    }
}
