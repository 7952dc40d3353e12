"""Asks addresses from a laptop who is there. Arguments: addresses.

Prints a line for each, in order: "ADDRESS answered PLANT/DEVICE", "ADDRESS icmp TYPE/CODE REPORTER", "ADDRESS silence".
What refuses is read from the packet in the error queue, since Linux makes one errno of several refusals.
"""
import concurrent.futures
import select
import socket
import struct
import sys

IP_RECVERR = 11
DISCARD = 9
ICMP_ORIGIN = 2


def refusal(address):
    """The first ICMP error about a datagram to a port that nobody has: (type, code, reporter), or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        waiting = select.poll()
        waiting.register(probe, select.POLLERR)
        for _ in range(12):
            try:
                probe.sendto(b"who?", (address, DISCARD))
            except OSError:
                pass  # The error about an earlier one; the queue says which.
            if not waiting.poll(100):
                continue
            _, parts, _, _ = probe.recvmsg(64, 512, socket.MSG_ERRQUEUE)
            for level, kind, data in parts:
                if level != socket.IPPROTO_IP or kind != IP_RECVERR:
                    continue
                _, origin, icmp_type, code = struct.unpack("=IBBB", data[:7])
                if origin == ICMP_ORIGIN:
                    return icmp_type, code, socket.inet_ntoa(data[20:24])
    return None


def name(address):
    """Who answers HTTP there, or None."""
    try:
        with socket.create_connection((address, 80), timeout=2) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n")
            answer = b""
            while more := connection.recv(65536):
                answer += more
    except OSError:
        return None
    headers = dict(line.split(": ", 1) for line in answer.split(b"\r\n\r\n")[0].decode().lower().split("\r\n")[1:])
    return f"{headers['x-plant']}/{headers['x-device']}"


def ask(address):
    error = refusal(address)
    # A closed port is the host's own word: somebody is there.
    if error is None or error[:2] == (3, 3):
        found = name(address)
        if found:
            return f"{address} answered {found}"
    return f"{address} silence" if error is None else f"{address} icmp {error[0]}/{error[1]} {error[2]}"


with concurrent.futures.ThreadPoolExecutor(16) as pool:
    print("\n".join(pool.map(ask, sys.argv[1:])))
