"""Types into a program on a terminal of its own. Arguments: file of lines to type, then the program's words.

Types a line at each prompt that ends in '# ' or '$ '; the line ^C is the key. Prints what the terminal showed, then the exit status.
"""
import os
import pty
import re
import select
import sys
import time

with open(sys.argv[1]) as file:
    lines = file.read().splitlines()
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])

deadline = time.monotonic() + 20
shown, unread = b"", b""
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
        break
    try:
        data = os.read(terminal, 4096)
    except OSError:
        # Nobody has the other side open any more.
        data = b""
    if not data:
        break
    shown += data
    unread += data
    if lines and re.search(rb"[#$] (\x1b\[[?\d;]*[a-zA-Z])*$", unread):
        line = lines.pop(0)
        os.write(terminal, b"\x03" if line == "^C" else line.encode() + b"\n")
        unread = b""
if time.monotonic() >= deadline:
    os.kill(pid, 9)
sys.stdout.write(re.sub(r"\x1b\[[?\d;]*[a-zA-Z]|\r", "", shown.decode(errors="replace")))
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(f"\nSTATUS {status}")
