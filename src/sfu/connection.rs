//! The two connections of a page, and what is sent and received on them.

use super::bandwidth_estimate::BandwidthEstimate;
use super::forwarded_stream::ForwardedStream;
use super::losses::Losses;
use super::peer::Peer;
use super::track::Video;
use super::{Seat, Side, Source};
use crate::ids::{PersonId, RoomId};
use std::time::Instant;
use str0m::change::SdpPendingOffer;
use str0m::format::Codec;
use str0m::media::{Mid, Pt};
use str0m::rtp::Ssrc;

/// A connection, by its room and its member's slot there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ConnectionKey {
    pub(super) room: RoomId,
    pub(super) slot: u32,
    pub(super) role: ConnectionRole,
}

/// Which of a member's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ConnectionRole {
    /// The page sends on it.
    Publish,
    /// The page receives on it.
    Subscribe,
    /// It takes the place of the connection on which the page receives as soon as it shows something; until
    /// then both are there, so that no picture stops.
    SubscribeNext,
}

/// The connection on which a page sends.
pub(super) struct Up {
    pub(super) connection: u32,
    pub(super) peer: Peer,
    /// In which codec it sends pictures, and whether it could send H.264.
    pub(super) codec: Codec,
    pub(super) knows_h264: bool,
    /// Its packets say how their pictures are to be turned.
    pub(super) leaves_turning: bool,
    pub(super) knows_av1: bool,
    /// The page can report on every packet (transport-cc).
    pub(super) knows_reports: bool,
    pub(super) sources: [Incoming; 2],
    /// Which stream is which layer of which source.
    pub(super) routes: Vec<(Ssrc, Route)>,
    pub(super) losses: Losses,
}

/// What came of one [`Source`].
#[derive(Default)]
pub(super) struct Incoming {
    pub(super) audio: Option<Mid>,
    pub(super) video: Option<Video>,
    /// Connection and seat of everybody to whom it goes.
    pub(super) subscribers: Vec<(ConnectionKey, usize)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) source: Source,
    /// `None` is sound.
    pub(super) layer: Option<usize>,
}

/// The connection on which a page receives.
pub(super) struct Down {
    pub(super) connection: u32,
    pub(super) peer: Peer,
    pub(super) seats: Vec<SeatSlot>,
    pub(super) pending: Option<SdpPendingOffer>,
    pub(super) bandwidth: BandwidthEstimate,
    /// When it was connected.
    pub(super) since: Option<Instant>,
}

/// A seat: a pair of m-lines.
pub(super) struct SeatSlot {
    pub(super) audio_mid: Mid,
    pub(super) video_mid: Mid,
    /// There when the page has answered.
    pub(super) audio: Option<ForwardedStream>,
    pub(super) video: Option<ForwardedStream>,
    /// Slot, name and source of who sits there.
    pub(super) from: Option<(u32, PersonId, Source)>,
}

impl ConnectionRole {
    pub(super) const ALL: [ConnectionRole; 3] =
        [ConnectionRole::Publish, ConnectionRole::Subscribe, ConnectionRole::SubscribeNext];
    pub(super) const SUBSCRIBE: [ConnectionRole; 2] =
        [ConnectionRole::Subscribe, ConnectionRole::SubscribeNext];

    pub(super) fn side(self) -> Side {
        if self == ConnectionRole::Publish { Side::Up } else { Side::Down }
    }
}

impl Up {
    /// What comes under that payload type. If it is RED, with the payload type of what is in it.
    pub(super) fn codec_of(&self, payload_type: Pt) -> Option<(Codec, Option<Pt>)> {
        self.peer.rtc().codec_config().params().iter().find_map(|params| {
            let codec = params.spec().codec;
            if params.pt() == payload_type {
                return Some((codec, None));
            }
            (params.red() == Some(payload_type)).then_some((codec, Some(params.pt())))
        })
    }
}

impl Down {
    /// Whether a picture on it is not what it should be.
    pub(super) fn waits(&self) -> bool {
        self.since.is_some() && self.videos().any(ForwardedStream::waits)
    }

    /// The streams of pictures that the page has agreed to.
    pub(super) fn videos(&self) -> impl Iterator<Item = &ForwardedStream> {
        self.seats.iter().filter_map(|seat| seat.video.as_ref())
    }

    /// Which layer goes out of whom.
    pub(super) fn layers(&self) -> Vec<(PersonId, Source, Option<usize>)> {
        let shown = self.seats.iter().filter_map(|seat| Some((seat.from?, seat.video.as_ref()?.layer())));
        shown.map(|((_, person, source), layer)| (person, source, layer)).collect()
    }
}

impl SeatSlot {
    pub(super) fn new(audio_mid: Mid, video_mid: Mid) -> SeatSlot {
        SeatSlot { audio_mid, video_mid, audio: None, video: None, from: None }
    }

    pub(super) fn has(&self, mid: Mid) -> bool {
        self.audio_mid == mid || self.video_mid == mid
    }

    pub(super) fn stream_mut(&mut self, mid: Mid) -> Option<&mut ForwardedStream> {
        if mid == self.audio_mid { self.audio.as_mut() } else { self.video.as_mut() }
    }

    /// Nobody sits there.
    pub(super) fn vacate(&mut self) {
        self.from = None;
        for stream in [&mut self.audio, &mut self.video].into_iter().flatten() {
            stream.cut();
            stream.target = None;
            stream.aim = None;
        }
    }

    /// As the page is told of it.
    pub(super) fn seen(&self) -> Seat {
        let (person, source) = self.from.map(|(_, person, source)| (person, source)).unzip();
        Seat {
            audio: self.audio_mid.to_string(),
            video: self.video_mid.to_string(),
            person,
            source: source.unwrap_or(Source::Camera),
        }
    }
}
