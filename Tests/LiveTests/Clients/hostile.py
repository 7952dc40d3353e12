"""A laptop and an agent that lie, at the internet of a lab: two unmodified wireguard-go with every address allowed.

Arguments: the laptop's profile, a plant's enrolment token, the control plane, a FIFO, and lines
`laptop|agent SOURCE PORT DESTINATION PORT` as further arguments. Prints "in" when both are let in, waits for the FIFO to be
written, sends each line as a UDP packet, COUNT times, and prints "sent N" when all are through.
"""
import json
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.request

COUNT = 5
HOME = "/run/home"


def run(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, **options).stdout.strip()


def start(name, configuration):
    environment = dict(os.environ, WG_PROCESS_FOREGROUND="1")
    program = subprocess.Popen(
        ["wireguard-go", "-f", name], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 10
    while not os.path.exists(f"/var/run/wireguard/{name}.sock"):
        if time.monotonic() > deadline:
            sys.exit(f"{name} did not come up")
        time.sleep(0.02)
    path = f"{HOME}/{name}.conf"
    with open(path, "w") as file:
        file.write(configuration)
    run("wg", "setconf", name, path)
    run("ip", "link", "set", name, "mtu", "1420", "up")
    return program


def wait_for_handshake(name):
    deadline = time.monotonic() + 15
    while run("wg", "show", name, "latest-handshakes").split()[-1] == "0":
        if time.monotonic() > deadline:
            sys.exit(f"{name} is not let in")
        time.sleep(0.05)


def sent_bytes(name):
    return int(run("wg", "show", name, "transfer").split()[-1])


def laptop(profile):
    lines = [line for line in profile.splitlines() if not line.startswith(("Address", "MTU", "DNS"))]
    lines = ["AllowedIPs = 0.0.0.0/0" if line.startswith("AllowedIPs") else line for line in lines]
    return "\n".join(lines) + "\nPersistentKeepalive = 1\n"


def agent(token, control_plane):
    private = run("wg", "genkey")
    public = run("wg", "pubkey", input=private)
    request = urllib.request.Request(
        f"http://{control_plane}/api/v1/agent/enroll",
        json.dumps({"token": token, "publicKey": public}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        gateway = json.load(answer)["gateway"]
    return (
        f"[Interface]\nPrivateKey = {private}\n[Peer]\nPublicKey = {gateway['publicKey']}\n"
        f"Endpoint = {gateway['endpoint']}\nAllowedIPs = 0.0.0.0/0\nPersistentKeepalive = 1\n"
    )


def packet(source, source_port, destination, destination_port):
    payload = b"hostile"
    udp = struct.pack(">HHHH", source_port, destination_port, 8 + len(payload), 0) + payload
    header = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, socket.inet_aton(source),
        socket.inet_aton(destination),
    )
    return header + udp


def main():
    profile, token, control_plane, go, *orders = sys.argv[1:]
    with open(profile) as file:
        programs = [start("hlaptop", laptop(file.read()))]
    try:
        programs.append(start("hagent", agent(token, control_plane)))
        for name in ("hlaptop", "hagent"):
            wait_for_handshake(name)
        print("in", flush=True)
        with open(go) as fifo:
            fifo.readline()
        sent = {"hlaptop": 0, "hagent": 0}
        before = {name: sent_bytes(name) for name in sent}
        for order in orders:
            who, source, source_port, destination, destination_port = order.split()
            with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
                name = f"h{who}"
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name.encode())
                for _ in range(COUNT):
                    raw.sendto(packet(source, int(source_port), destination, int(destination_port)), (destination, 0))
                    sent[name] += 1
        for name, count in sent.items():
            # Each is 48 bytes when it is padded, and 32 more when it is sealed.
            deadline = time.monotonic() + 10
            while sent_bytes(name) - before[name] < 80 * count:
                if time.monotonic() > deadline:
                    sys.exit(f"{name} does not send")
                time.sleep(0.02)
        print(f"sent {sum(sent.values())}")
    finally:
        for program in programs:
            program.kill()


main()
