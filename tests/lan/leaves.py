# A router of a home network that says what would leave it: each packet to it that is for somebody else's address in
# the world, and each name that it is asked for, none of which it says are there. leaves.py ADDRESS
import select
import socket
import struct
import sys

(own,) = sys.argv[1:]
# Packets to this host's own hardware address; what goes to everybody on the link goes no further.
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
wire.bind(("eth0", 0))
resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
resolver.bind((own, 53))


def ends(packet):
    """Where from and where to, if it is for the world."""
    if packet[0] >> 4 == 4:
        source, to = (socket.inet_ntop(socket.AF_INET, packet[at : at + 4]) for at in (12, 16))
        return None if to.startswith("10.77.0.") else (source, to)
    source, to = (socket.inet_ntop(socket.AF_INET6, packet[at : at + 16]) for at in (8, 24))
    return None if to.startswith(("fd77:77:77:", "fe80:", "ff")) else (source, to)


def name(question):
    """The first name of a message (RFC 1035, 4.1.2)."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += 1 + question[at]
    return ".".join(labels)


print("watching", flush=True)
while True:
    for ready in select.select([wire, resolver], [], [])[0]:
        if ready is resolver:
            question, sender = resolver.recvfrom(4096)
            print(sender[0], "asks for", name(question), flush=True)
            resolver.sendto(question[:2] + struct.pack("!5H", 0x8183, 1, 0, 0, 0) + question[12:], sender)
            continue
        packet, (_, protocol, kind, _, _) = wire.recvfrom(4096)
        found = ends(packet) if protocol in (0x0800, 0x86DD) and kind == socket.PACKET_HOST else None
        if found:
            print(found[0], "to", found[1], flush=True)
