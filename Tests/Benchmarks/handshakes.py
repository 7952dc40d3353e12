"""Handshakes that a responder answers: ours and wireguard-go's; runs inside namespaces of its own."""
import os, subprocess, tempfile, time
from common import WORKLOAD, begin, cpu_seconds, end, resident, run, without_foreground_mark


class Responder:
    """Brings up a responder with the peers of a folder, and takes it down."""

    def __init__(self, program, folder):
        if program == "ours":
            self.process = begin(WORKLOAD, "gateway", "127.0.0.1", 51820, folder)
            return
        self.process = subprocess.Popen(
            [program, "-f", "wh"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=without_foreground_mark())
        for _ in range(100):
            if subprocess.run(["ip", "link", "set", "wh", "up"], capture_output=True).returncode == 0:
                break
            time.sleep(0.05)
        run("wg", "setconf", "wh", f"{folder}/hub.conf")

    def __enter__(self):
        return self.process.pid

    def __exit__(self, *_):
        end(self.process)


def flood(pid, folder, window):
    """Answers a second, answered, sent, and processor seconds of the responder."""
    before = cpu_seconds(pid)
    rate, answered, sent, cookies, right, wrong = map(
        int, run(WORKLOAD, "flood", "127.0.0.1", 51820, folder, window, 6).split())
    if wrong or (answered > 500 and not right):
        raise RuntimeError(f"{wrong} wrong answers, {right} right ones")
    return rate, answered, sent, cpu_seconds(pid) - before


def measure(program):
    with tempfile.TemporaryDirectory() as folder:
        run(WORKLOAD, "keys", 0, folder)
        with Responder(program, folder) as pid:
            empty = resident([pid])
    with tempfile.TemporaryDirectory() as folder:
        run(WORKLOAD, "keys", 4000, folder)
        with Responder(program, folder) as pid:
            rate, answered, _, spent = flood(pid, folder, 32)
            figures = {
                "handshakes, 1/s": rate, "handshakes per core, 1/s": answered / spent if spent else None,
                "memory a peer, KiB": (resident([pid]) - empty) * 1024 / 4000}
    with tempfile.TemporaryDirectory() as folder:
        run(WORKLOAD, "keys", 1000, folder)
        with Responder(program, folder) as pid:
            rate, answered, sent, _ = flood(pid, folder, 1000)
        figures["of 1,000 at once answered"] = answered
        figures["1,000 at once, s"] = answered / rate if rate and answered == sent else None
    return figures
