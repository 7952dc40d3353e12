"""Asks every device of a lab, many at once, who it is. Argument: a file with `mirox-rig status --json`.

Prints a line for each device that did not answer as itself, then how many did and how long it took.
"""
import concurrent.futures
import json
import socket
import struct
import sys
import time


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise OSError(f"closed after {len(data)} of {count} bytes")
        data += more
    return data


def modbus_name(connection):
    connection.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 1, 3, 49000, 66))
    _, _, length, _, function, _ = struct.unpack(">HHHBBB", read_exactly(connection, 9))
    block = read_exactly(connection, length - 3)
    if function != 3 or block[:4] != b"MIRX":
        raise OSError(f"Modbus function {function}, block {block[:4]}")
    return "/".join(part.rstrip(b"\0").decode() for part in (block[4:68], block[68:132]))


def http_name(connection):
    connection.sendall(b"GET / HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n")
    answer = b""
    while more := connection.recv(65536):
        answer += more
    lines = answer.split(b"\r\n\r\n")[0].decode().split("\r\n")
    if lines[0].split()[1] != "200":
        raise OSError(lines[0])
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
    return headers["x-plant"] + "/" + headers["x-device"]


def ssh_name(connection):
    banner = connection.makefile("rb").readline().decode().strip()
    prefix = "SSH-2.0-MiroxRig_"
    if not banner.startswith(prefix):
        raise OSError(banner)
    return banner[len(prefix):]


# OpenSSH forbids '-' in a version, so devices write '_' for it.
KINDS = {
    "inverter": (502, modbus_name, lambda name: name),
    "datalogger": (80, http_name, lambda name: name),
    "service-pc": (22, ssh_name, lambda name: name.replace("-", "_")),
}


def ask(plant, device):
    port, read_name, spell = KINDS[device["kind"]]
    expected = spell(f"{plant}/{device['name']}")
    try:
        with socket.create_connection((device["address"], port), timeout=20) as connection:
            name = read_name(connection)
        return None if name == expected else f"{device['address']} is {name}, not {expected}"
    except (OSError, LookupError, ValueError, struct.error) as problem:
        return f"{device['address']} ({expected}): {problem!r}"


with open(sys.argv[1]) as file:
    devices = [(plant["plant"], device) for plant in json.load(file)["plants"] for device in plant["devices"]]
begin = time.monotonic()
with concurrent.futures.ThreadPoolExecutor(100) as pool:
    problems = [problem for problem in pool.map(lambda each: ask(*each), devices) if problem]
print("\n".join(problems + [f"answered {len(devices) - len(problems)} of {len(devices)}"]))
print(f"{time.monotonic() - begin:.2f} s", file=sys.stderr)
