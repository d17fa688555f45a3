# One question from a port of its own, as Android and simple resolvers ask (RFC 6762 section 6.7), and the
# answer that comes back to that port, as JSON: ask.py OWN_ADDRESS NAME A|AAAA
# With QU after it the question comes from the port of names and asks for an answer to this device alone, as
# Apple's do after a wake-up (section 5.4); answers to everybody are heard as well.
import json
import random
import socket
import struct
import sys

address, name, kind, *alone = sys.argv[1:]
TYPES = {"A": 1, "AAAA": 28}
number = random.randrange(1, 65536)
labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
question = labels + struct.pack("!HH", TYPES[kind], 0x8001 if alone else 1)

asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
asker.settimeout(1)
if alone:
    asker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    asker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    asker.bind(("", 5353))
    membership = socket.inet_aton("224.0.0.251") + socket.inet_aton(address)
    asker.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
asker.sendto(struct.pack("!6H", number, 0, 1, 0, 0, 0) + question, ("224.0.0.251", 5353))


def read_name(message, at):
    """The name there, compressed or not (RFC 1035 section 4.1.4), and where it ends."""
    read, end = [], None
    while message[at]:
        if message[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack_from("!H", message, at)[0] & 0x3FFF
        else:
            read.append(message[at + 1 : at + 1 + message[at]].decode())
            at += 1 + message[at]
    return ".".join(read), end or at + 1


def read(message):
    identifier, flags, questions, answers, _, _ = struct.unpack_from("!6H", message)
    at, echoed, records = 12, [], []
    for _ in range(questions):
        end = read_name(message, at)[1] + 4
        echoed.append(message[at:end] == question)
        at = end
    for _ in range(answers):
        owner, at = read_name(message, at)
        record_type, record_class, ttl, length = struct.unpack_from("!HHIH", message, at)
        data = message[at + 10 : at + 10 + length]
        at += 10 + length
        records.append({
            "name": owner,
            "type": record_type,
            "class": record_class,
            "ttl": ttl,
            "address": socket.inet_ntoa(data) if record_type == 1 else None,
        })
    return {
        "same_id": identifier == number,
        "is_answer": bool(flags & 0x8000),
        "echoed": echoed == [True],
        "records": records,
    }


def is_ours(answer):
    """At the port of names questions and answers of others are heard as well."""
    return not alone or any((record["name"], record["type"]) == (name, TYPES[kind]) for record in answer["records"])


try:
    while True:
        message, (sender, port) = asker.recvfrom(9000)
        if sender != address and is_ours(answer := read(message)):
            break
except TimeoutError:
    sys.exit("no answer")
print(json.dumps({"from": sender, "port": port, **answer}))
