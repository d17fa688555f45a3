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
try:
    answer, (sender, port) = asker.recvfrom(9000)
    while sender == address:
        answer, (sender, port) = asker.recvfrom(9000)
except TimeoutError:
    sys.exit("no answer")


def skip_name(at):
    while answer[at]:
        if answer[at] >= 0xC0:
            return at + 2
        at += 1 + answer[at]
    return at + 1


identifier, flags, questions, answers, _, _ = struct.unpack_from("!6H", answer)
at, echoed, records = 12, [], []
for _ in range(questions):
    end = skip_name(at) + 4
    echoed.append(answer[at:end] == question)
    at = end
for _ in range(answers):
    at = skip_name(at)
    record_type, record_class, ttl, length = struct.unpack_from("!HHIH", answer, at)
    data = answer[at + 10 : at + 10 + length]
    at += 10 + length
    records.append({
        "type": record_type,
        "class": record_class,
        "ttl": ttl,
        "address": socket.inet_ntoa(data) if record_type == 1 else None,
    })
print(json.dumps({
    "from": sender,
    "port": port,
    "same_id": identifier == number,
    "is_answer": bool(flags & 0x8000),
    "echoed": echoed == [True],
    "records": records,
}))
