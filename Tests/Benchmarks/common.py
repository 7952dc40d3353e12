"""What all benchmarks of the packet path need: programs, medians, memory and processor time."""
import os, re, statistics, subprocess, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BENCH_BUILD", HERE.parents[1] / ".build/release"))
RIG, WORKLOAD = str(BUILD / "mirox-rig"), str(BUILD / "Workload")
OUT = HERE.parents[1] / "out/bench"
SECONDS = int(os.environ.get("SECS", 3))
ROUNDS = int(os.environ.get("ROUNDS", 3))


def run(*words, check=True, timeout=120, **options):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout, **options)
    if check and result.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def begin(*words, until="ready", **options):
    """Starts a program and returns it once it has said that it is ready."""
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True, **options)
    for line in process.stdout:
        if until in line:
            return process
    raise RuntimeError(f"{' '.join(map(str, words))}: ended with {process.wait()} before it was ready")


def end(process):
    process.kill()
    process.wait()


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def resident(pids):
    """Megabytes in memory, shared pages divided among their users."""
    total = 0
    for pid in pids:
        try:
            total += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])
        except (OSError, TypeError):
            pass
    return total / 1024


def available():
    """Megabytes that the machine has left."""
    return int(re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024


def busy():
    """Cores that others keep busy now."""
    def look():
        values = list(map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:]))
        return values[3] + values[4], sum(values)
    before = look()
    time.sleep(0.5)
    after = look()
    return os.cpu_count() * (1 - (after[0] - before[0]) / max(1, after[1] - before[1]))


def cpu_seconds(root):
    """Processor time of a process and of everything below it that still runs."""
    total, parents = 0, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(pid)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    for pid, (parent, ticks) in parents.items():
        while pid in parents and pid != root:
            pid = parents[pid][0]
        total += ticks if pid == root else 0
    return total / os.sysconf("SC_CLK_TCK")


def without_foreground_mark():
    """wireguard-go starts itself again without end when this is set already."""
    return {name: value for name, value in os.environ.items() if name != "WG_PROCESS_FOREGROUND"} | {
        "LOG_LEVEL": "error"}
