"""Runs a command as one that its orphans fall to, and says how many it left. usage: orphans.py COMMAND..."""
import ctypes, os, subprocess, sys

PR_SET_CHILD_SUBREAPER = 36

if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    sys.exit("this process cannot take orphans")
status = subprocess.run(sys.argv[1:]).returncode
orphans = 0
while True:
    try:
        os.wait()
        orphans += 1
    except ChildProcessError:
        break
print(f"orphans: {orphans}", flush=True)
sys.exit(status)
