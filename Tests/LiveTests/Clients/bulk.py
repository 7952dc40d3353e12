"""Many bytes both ways at once over one TCP connection, each side checking what it gets.

usage: bulk.py serve ADDRESS PORT BYTES | bulk.py call ADDRESS PORT BYTES
The one prints "listening" first; both print "received N right" in the end.
"""
import socket
import sys
import threading

# The period is no power of two, so that a part that is missing or doubled is seen.
BLOCK = bytes((place * 31 + place // 251) & 255 for place in range(65_521))


def part(place, count):
    start = place % len(BLOCK)
    return BLOCK[start : start + count]


def send(connection, count):
    done = 0
    while done < count:
        block = part(done, count - done)
        connection.sendall(block)
        done += len(block)


def receive(connection, count):
    done = 0
    while done < count and (data := connection.recv(min(65_536, count - done))):
        while data:
            wanted = part(done, len(data))
            if data[: len(wanted)] != wanted:
                return done
            done += len(wanted)
            data = data[len(wanted) :]
    return done


what, address, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if what == "serve":
    with socket.create_server((address, port)) as server:
        print("listening", flush=True)
        server.settimeout(30)
        connection = server.accept()[0]
else:
    connection = socket.create_connection((address, port), timeout=30)
with connection:
    connection.settimeout(60)
    sender = threading.Thread(target=send, args=(connection, count))
    sender.start()
    received = receive(connection, count)
    sender.join()
    # The machine that serves goes with its program: not before the other side has said that it has everything.
    if what == "call":
        connection.sendall(b".")
    else:
        connection.recv(1)
print(f"received {received} right" if received == count else f"wrong from byte {received} of {count}")
