# The far ends of two VPNs, one that carries Ethernet and one that carries IP, as OpenVPN makes them: prints the
# interface and the UDP port of everything that comes through.
import fcntl
import os
import select
import struct

TUNSETIFF, IFF_TUN, IFF_TAP, IFF_NO_PI = 0x400454CA, 1, 2, 0x1000


def tunnel(name, kind):
    end = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", name.encode(), kind | IFF_NO_PI))
    return end


ends = {tunnel("office", IFF_TAP): ("office", 14), tunnel("wg0", IFF_TUN): ("wg0", 0)}
print("ready", flush=True)
while True:
    for end in select.select(ends, [], [])[0]:
        name, header = ends[end]
        packet = os.read(end, 2048)[header:]
        if not packet:
            continue
        version = packet[0] >> 4
        if version == 4 and packet[9] == 17:
            start = (packet[0] & 15) * 4
        elif version == 6 and packet[6] == 17:
            start = 40
        else:
            continue
        print(name, struct.unpack_from("!H", packet, start + 2)[0], flush=True)
