"""Datagrams that do not fit the way: what a device's machine is told, and what arrives.

usage: large.py device ADDRESS PORT | large.py laptop ADDRESS PORT
The device waits for a word of the laptop, answers with 1,472 bytes that must not be cut (1,500 with their headers), prints
what the way said, "icmp TYPE/CODE mtu N", and sends them again. The laptop prints how many bytes came, then sends 1,900.
"""
import select
import socket
import struct
import sys

IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_PMTUDISC_WANT, IP_RECVERR = 10, 2, 1, 11
LARGE = bytes(place & 255 for place in range(1472))
HUGE = bytes(place * 3 & 255 for place in range(1900))
what, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.settimeout(10)


def told():
    waiting = select.poll()
    waiting.register(own, select.POLLERR)
    if not waiting.poll(10_000):
        return "nothing said"
    _, parts, _, _ = own.recvmsg(64, 512, socket.MSG_ERRQUEUE)
    for level, kind, data in parts:
        if level == socket.IPPROTO_IP and kind == IP_RECVERR:
            _, _, icmp_type, code, _, mtu = struct.unpack("=IBBBBI", data[:12])
            return f"icmp {icmp_type}/{code} mtu {mtu} from {socket.inet_ntoa(data[20:24])}"
    return "nothing told"


if what == "device":
    own.bind((address, port))
    own.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    own.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
    print("listening", flush=True)
    _, person = own.recvfrom(100)
    own.sendto(LARGE, person)
    print(told(), flush=True)
    try:
        own.sendto(LARGE, person)
    except OSError as problem:
        print(f"errno {problem.errno}", flush=True)
    own.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT)
    own.sendto(LARGE, person)
    print("whole" if own.recv(4000) == HUGE else "broken", flush=True)
else:
    own.sendto(b"hello", (address, port))
    print("whole" if own.recv(4000) == LARGE else "broken", flush=True)
    own.sendto(HUGE, (address, port))
