# A peer that shares no line with the page: docs/protocol.md spoken by aiortc and websockets. It waits in the lobby,
# takes whatever call comes, sends a colour and a tone, and tells what it sees and hears as lines of JSON:
# foreign_peer.py WSS_URL CA_FILE NAME RED,GREEN,BLUE HERTZ
import asyncio
import contextlib
import fractions
import itertools
import json
import ssl
import sys
import time

import numpy
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack
from av import AudioFrame, VideoFrame
from websockets.asyncio.client import connect

url, ca, name, colour, hertz = sys.argv[1:]
RATE = 48_000
# No servers: the box is in this network.
ALONE = RTCConfiguration(iceServers=[])


class Picture(VideoStreamTrack):
    """The colour, with a white square that walks along the top."""

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        pixels = numpy.full((240, 320, 3), [int(part) for part in colour.split(",")], numpy.uint8)
        left = pts // 3000 * 8 % 296
        pixels[4:28, left : left + 24] = 255
        frame = VideoFrame.from_ndarray(pixels, "rgb24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    """Twenty milliseconds of a sine after the other."""

    sent, began = 0, None

    async def recv(self):
        count = RATE // 50
        self.began = self.began or time.monotonic()
        await asyncio.sleep(self.began + self.sent / RATE - time.monotonic())
        phases = (self.sent + numpy.arange(count)) * (2 * numpy.pi * int(hertz) / RATE)
        frame = AudioFrame.from_ndarray((12_000 * numpy.sin(phases)).astype(numpy.int16).reshape(1, -1), "s16", "mono")
        frame.pts, frame.sample_rate, frame.time_base = self.sent, RATE, fractions.Fraction(1, RATE)
        self.sent += count
        return frame


class Peer:
    def __init__(self, socket):
        self.socket = socket
        self.up = self.down = None
        self.down_number = None
        self.names, self.seats = {}, []
        # By m-line of `down`: how many pictures came and the newest, and the last second of sound.
        self.pictures, self.sounds = {}, {}
        self.tasks = set()

    async def say(self, kind, **fields):
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def listen(self):
        async for text in self.socket:
            message = json.loads(text)
            hear = getattr(self, "hear_" + message["type"], None)
            if hear:
                await hear(message)

    async def hear_welcome(self, message):
        tell(welcome=message["name"])

    async def hear_ring(self, message):
        await self.say("ringing", invitation=message["invitation"])
        await self.say("accept", invitation=message["invitation"])

    async def hear_room(self, message):
        people = [member["id"] for member in message["room"]["members"] if member["name"] != name]
        self.names = {member["id"]: member["name"] for member in message["room"]["members"]}
        tiles = [{"person": person, "source": "camera", "width": 320, "pinned": False} for person in people]
        await self.say("set_tiles", tiles=tiles)
        if not self.up:
            await self.say("set_media", media={"microphone": True, "camera": True, "screen": False})
            await self.offer()

    async def offer(self):
        self.up = RTCPeerConnection(ALONE)
        self.up.addTransceiver(Tone(), direction="sendonly")
        self.up.addTransceiver(Picture(), direction="sendonly")
        await self.up.setLocalDescription(await self.up.createOffer())
        await self.say("relay_offer", connection=1, sdp=self.up.localDescription.sdp)

    async def hear_relay_answer(self, message):
        await self.up.setRemoteDescription(RTCSessionDescription(message["sdp"], "answer"))

    async def hear_relay_offer(self, message):
        if not self.down or self.down_number != message["connection"]:
            self.down, self.down_number = RTCPeerConnection(ALONE), message["connection"]
            self.down.on("track", self.take)
        down = self.down
        await down.setRemoteDescription(RTCSessionDescription(everywhere(message["sdp"]), "offer"))
        await down.setLocalDescription(await down.createAnswer())
        await self.say("relay_answer", connection=self.down_number, sdp=down.localDescription.sdp)

    async def hear_seats(self, message):
        if message["connection"] == self.down_number:
            self.seats = message["seats"]

    def take(self, track):
        [mid] = [line.mid for line in self.down.getTransceivers() if line.receiver.track is track]
        watch = self.watch_video if track.kind == "video" else self.listen_to
        self.tasks.add(asyncio.create_task(watch(track, mid)))

    async def watch_video(self, track, mid):
        with contextlib.suppress(MediaStreamError):
            for count in itertools.count(1):
                frame = await track.recv()
                self.pictures[mid] = (count, frame.to_ndarray(format="rgb24"))

    async def listen_to(self, track, mid):
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                # Opus comes out as two channels, one sample of each in turn.
                samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
                self.sounds[mid] = numpy.concatenate([self.sounds.get(mid, []), samples])[-RATE:]

    async def report(self):
        while True:
            await asyncio.sleep(0.5)
            for seat in self.seats:
                picture = self.pictures.get(seat["video"])
                if "person" not in seat or not picture:
                    continue
                frames, pixels = picture
                height, width, _ = pixels.shape
                middle = pixels[height // 2 : height * 3 // 4, width // 4 : width * 3 // 4].reshape(-1, 3)
                tell(
                    sees=self.names.get(seat["person"]),
                    frames=frames,
                    rgb=[round(part) for part in middle.mean(0)],
                    hertz=loudest(self.sounds.get(seat["audio"])),
                )


def everywhere(sdp):
    """The box tells its candidates once, on the first of the bundled m-lines (RFC 9143); aiortc looks at the last."""
    candidates = [line for line in sdp.splitlines() if line.startswith("a=candidate:")]
    session, first, *others = sdp.removesuffix("\r\n").split("\r\nm=")
    return "\r\nm=".join([session, first, *("\r\n".join([line, *candidates]) for line in others)]) + "\r\n"


def loudest(samples):
    """The strongest tone, in hertz; 0 if there is none."""
    if samples is None or len(samples) < RATE // 2 or not samples.any():
        return 0
    strength = abs(numpy.fft.rfft(samples * numpy.hanning(len(samples))))
    return round(int(strength.argmax()) * RATE / len(samples))


def tell(**what):
    print(json.dumps(what), flush=True)


async def main():
    context = ssl.create_default_context(cafile=ca)
    async with connect(url, ssl=context, subprotocols=["wizyjno.v1"]) as socket:
        peer = Peer(socket)
        await peer.say("hello", name=name)
        await asyncio.gather(peer.listen(), peer.report())


asyncio.run(main())
