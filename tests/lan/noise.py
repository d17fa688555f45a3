# Nonsense to port 5353, as an attacker might send: noise.py OWN_ADDRESS TARGET SEED
import random
import socket
import struct
import sys

address, target, seed = sys.argv[1:]
rng = random.Random(int(seed))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
sender.bind((address, 5353))
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))


def record():
    owner = rng.choice([b"\x07wizyjno\x05local\0", b"\xc0\x0c", b"\xc0\xff", b"\x3f" + b"a" * 63 + b"\0", b"\xff\0"])
    data = rng.randbytes(rng.randrange(0, 40))
    length = rng.choice([len(data), 0, 4, 65535])
    return owner + struct.pack("!HHIH", rng.choice([1, 12, 16, 28, 33, 47, 255]), 0x8001, rng.randrange(2**32), length) + data


def message():
    if rng.random() < 0.3:
        return rng.randbytes(rng.randrange(0, 1500))
    counts = [rng.choice([0, 1, 2, 65535]) for _ in range(4)]
    body = b"".join(record() for _ in range(rng.randrange(0, 6)))
    return struct.pack("!6H", 0, rng.choice([0, 0x8400, 0x0200]), *counts) + body


for _ in range(3000):
    sender.sendto(message(), (rng.choice(["224.0.0.251", target]), 5353))
