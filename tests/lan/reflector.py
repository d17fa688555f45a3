# An mDNS reflector between two networks, as access points and firewalls have it: whatever is said to everybody in
# one of them is said again in the other, from an address of its own. reflector.py ADDRESS ADDRESS SECONDS LIMIT
# It ends after so many seconds or datagrams.
import select
import socket
import sys
import time

*addresses, seconds, limit = sys.argv[1:]
GROUP = ("224.0.0.251", 5353)


def receiver(address):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    receiver.bind(GROUP)
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP[0]) + socket.inet_aton(address))
    receiver.setsockopt(socket.IPPROTO_IP, 49, 0)  # IP_MULTICAST_ALL: only what comes over this interface
    return receiver


def sender(address):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sender.bind((address, 5353))
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    return sender


receivers = [receiver(address) for address in addresses]
senders = [sender(address) for address in addresses]
print("reflecting", flush=True)
end, said = time.monotonic() + float(seconds), 0
while said < int(limit) and (left := end - time.monotonic()) > 0:
    for heard in select.select(receivers, [], [], left)[0]:
        message, (sender, port) = heard.recvfrom(9000)
        if sender in addresses or port != 5353:
            continue
        senders[1 - receivers.index(heard)].sendto(message, GROUP)
        said += 1
        print(sender, flush=True)
