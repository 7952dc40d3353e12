#!/usr/bin/python3
"""The packet path beside its yardsticks, in one run: every figure of ours, the same of wireguard-go, and the ratio.

Everything runs without root in namespaces of its own. `bench.py` measures the path, `bench.py fleet` the scale.
"""
import json, os, re, shutil, statistics, subprocess, sys, tempfile, threading, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BENCH_BUILD", HERE.parents[1] / ".build/release"))
RIG, WORKLOAD = str(BUILD / "mirox-rig"), str(BUILD / "Workload")
PEERS = HERE.parents[1] / "out/bench"
SECONDS = int(os.environ.get("SECS", 3))
ROUNDS = int(os.environ.get("ROUNDS", 3))
DEVICE, PORT = "192.168.1.20", 1502


def run(*words, check=True, timeout=120, **options):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout, **options)
    if check and result.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


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


def busy():
    """Cores that others keep busy now."""
    def look():
        values = list(map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:]))
        return values[3] + values[4], sum(values)
    before = look()
    time.sleep(0.5)
    after = look()
    return os.cpu_count() * (1 - (after[0] - before[0]) / max(1, after[1] - before[1]))


class Path2:
    """A two-hop path: how to run programs at the laptop, the hop in between and the plant."""

    def measure(self):
        figures = {"idle memory, MB": resident(self.processes())}
        server = subprocess.Popen(self.at_plant(WORKLOAD, "serve", DEVICE, PORT), stdout=subprocess.PIPE, text=True)
        server.stdout.readline()
        figures["round trip, ms"] = self.round_trip(DEVICE)
        if self.hop:
            figures["round trip of one hop, ms"] = self.round_trip(self.hop)
        for connections in (1, 50):
            rate, microseconds, errors = map(
                int, run(*self.at_laptop(WORKLOAD, "modbus", DEVICE, PORT, connections, 10, SECONDS)).split())
            figures[f"Modbus, {connections} connection{'s' * (connections > 1)}, 1/s"] = rate if not errors else None
        server.kill()
        server.wait()
        up, down = [], []
        for _ in range(ROUNDS):
            up.append(self.stream())
            down.append(self.stream("-R"))
        figures["TCP up, Gbit/s"], figures["TCP down, Gbit/s"] = median(up), median(down)
        figures["loaded memory, MB"] = resident(self.processes())
        figures["memory growth, MB"] = figures["loaded memory, MB"] - figures["idle memory, MB"]
        return figures

    def round_trip(self, address):
        run(*self.at_laptop("ping", "-n", "-q", "-c", 50, "-i", 0.002, address), check=False)
        text = run(*self.at_laptop("ping", "-n", "-c", 500, "-i", 0.002, address), check=False)
        return median([float(value) for value in re.findall(r"time=([\d.]+) ms", text)])

    def stream(self, *words):
        server = subprocess.Popen(
            self.at_plant("iperf3", "-s", "-1", "-B", DEVICE, "--forceflush"), stdout=subprocess.PIPE, text=True)
        for line in server.stdout:
            if "listening" in line:
                break
        try:
            text = run(*self.at_laptop("iperf3", "-c", DEVICE, "-t", SECONDS, "-J", *words))
            return json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e9
        except (RuntimeError, KeyError, ValueError) as problem:
            print("iperf3:", problem, file=sys.stderr)
            return None
        finally:
            server.kill()
            server.wait()


class Ours(Path2):
    hop = "100.64.0.1"

    def __init__(self, environment=None):
        self.name = f"bench-{os.getpid()}"
        self.up = subprocess.Popen(
            [RIG, "up", str(HERE / "chain.yaml"), "--name", self.name], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, **(environment or {})})
        for line in self.up.stdout:
            if line.rstrip().endswith("- ready"):
                break

    def at(self, node, words):
        return [RIG, "exec", "--lab", self.name, node, "--", *map(str, words)]

    def at_laptop(self, *words):
        return self.at("emil/laptop", words)

    def at_plant(self, *words):
        return self.at("plant/park", words)

    def processes(self):
        """The three that carry packets."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                threads = {Path(f"/proc/{pid}/task/{task}/comm").read_text().strip()
                           for task in os.listdir(f"/proc/{pid}/task")}
            except OSError:
                continue
            if threads & {"gateway", "agents", "laptops"} and self.is_below(int(pid)):
                found.append(pid)
        return found

    def is_below(self, pid):
        while pid > 1:
            if pid == self.up.pid:
                return True
            try:
                pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                return False
        return False

    def end(self):
        self.up.send_signal(2)
        self.up.wait(timeout=30)


class WireGuardGo(Path2):
    """User, hub, agent and plant in four namespaces; needs to run inside namespaces of its own."""
    hop = "10.99.0.1"

    def __init__(self, program):
        self.program = program
        for node in ("user", "hub", "agent", "plant"):
            run("ip", "netns", "add", node)
            run("ip", "-n", node, "link", "set", "lo", "up")
            if node in ("hub", "agent"):
                run("ip", "netns", "exec", node, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self.wire("user", "10.1.0.2/24", "hub", "10.1.0.1/24")
        self.wire("agent", "10.2.0.2/24", "hub", "10.2.0.1/24")
        self.wire("plant", f"{DEVICE}/24", "agent", "192.168.1.1/24")
        run("ip", "-n", "plant", "route", "add", "default", "via", "192.168.1.1")
        keys = {name: run("wg", "genkey").strip() for name in ("user", "near", "far", "agent")}
        public = {name: run("wg", "pubkey", input=key).strip() for name, key in keys.items()}
        self.tunnel("user", "wgu", "10.99.0.2/32", keys["user"], 0, public["near"],
                    "192.168.1.0/24,10.99.0.0/16", "10.1.0.1:51820")
        self.tunnel("hub", "near", "10.99.0.1/32", keys["near"], 51820, public["user"], "10.99.0.2/32", None)
        self.tunnel("hub", "far", "10.99.1.1/32", keys["far"], 51821, public["agent"],
                    "10.99.1.2/32,192.168.1.0/24", "10.2.0.2:51820")
        self.tunnel("agent", "wga", "10.99.1.2/32", keys["agent"], 51820, public["far"], "10.99.0.0/16",
                    "10.2.0.1:51821")
        for node, destination, device in (
                ("user", "192.168.1.0/24", "wgu"), ("user", "10.99.0.0/16", "wgu"),
                ("hub", "192.168.1.0/24", "far"), ("hub", "10.99.0.2", "near"), ("agent", "10.99.0.0/16", "wga")):
            run("ip", "-n", node, "route", "add", destination, "dev", device)
        run(*self.at_laptop("ping", "-c", 1, "-W", 5, DEVICE))

    def wire(self, one, one_address, other, other_address):
        run("ip", "link", "add", f"to-{other}", "netns", one, "type", "veth", "peer", "name", f"to-{one}", "netns", other)
        for node, device, address in ((one, f"to-{other}", one_address), (other, f"to-{one}", other_address)):
            run("ip", "-n", node, "addr", "add", address, "dev", device)
            run("ip", "-n", node, "link", "set", device, "up")

    def tunnel(self, node, device, address, key, port, peer, allowed, endpoint):
        # With this one set already it would start itself again without end.
        environment = {name: value for name, value in os.environ.items() if name != "WG_PROCESS_FOREGROUND"}
        subprocess.run(["ip", "netns", "exec", node, self.program, device], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env={**environment, "LOG_LEVEL": "error"})
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(key)
            file.flush()
            words = ["private-key", file.name] + (["listen-port", str(port)] if port else [])
            words += ["peer", peer, "allowed-ips", allowed] + (["endpoint", endpoint] if endpoint else [])
            run("ip", "netns", "exec", node, "wg", "set", device, *words)
        run("ip", "-n", node, "addr", "add", address, "dev", device)
        run("ip", "-n", node, "link", "set", device, "mtu", 1420, "up")

    def at_laptop(self, *words):
        return ["ip", "netns", "exec", "user", *map(str, words)]

    def at_plant(self, *words):
        return ["ip", "netns", "exec", "plant", *map(str, words)]

    def processes(self):
        return [pid for pid in filter(str.isdigit, os.listdir("/proc"))
                if Path(self.program).name[:15] in (Path(f"/proc/{pid}/comm").read_text().strip(),)]


def handshakes(start, folder, words):
    """Handshakes per second, answered and sent, at a responder that `start` brings up."""
    responder = start(folder)
    try:
        rate, answered, sent, cookies, right, wrong = map(
            int, run(WORKLOAD, "flood", "127.0.0.1", 51820, folder, *words).split())
        if wrong or (answered > 500 and not right):
            raise RuntimeError(f"{wrong} wrong answers, {right} right ones")
        return rate, answered, sent
    finally:
        responder()


def our_responder(folder):
    process = subprocess.Popen([WORKLOAD, "gateway", "127.0.0.1", "51820", folder], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return lambda: (process.kill(), process.wait())


def responder_of(program):
    def start(folder):
        environment = {name: value for name, value in os.environ.items() if name != "WG_PROCESS_FOREGROUND"}
        process = subprocess.Popen([program, "-f", "wh"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env={**environment, "LOG_LEVEL": "error"})
        for _ in range(100):
            if subprocess.run(["ip", "link", "set", "wh", "up"], capture_output=True).returncode == 0:
                break
            time.sleep(0.05)
        run("wg", "setconf", "wh", f"{folder}/hub.conf")
        return lambda: (process.terminate(), process.wait())
    return start


def handshake_figures(start):
    with tempfile.TemporaryDirectory() as folder:
        run(WORKLOAD, "keys", 4000, folder)
        rate, answered, sent = handshakes(start, folder, [32, 6])
        figures = {"handshakes, 1/s": rate}
    with tempfile.TemporaryDirectory() as folder:
        run(WORKLOAD, "keys", 1000, folder)
        rate, answered, sent = handshakes(start, folder, [1000, 6])
        figures["of 1,000 at once answered"] = answered
        figures["1,000 at once, s"] = answered / rate if rate and answered == sent else None
    return figures


def inside(words):
    """One measurement in user, network, mount and process namespaces of its own."""
    text = run("unshare", "-Urnm", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, __file__,
               "inside", *words, timeout=600)
    return json.loads(text.strip().split("\n")[-1])


def measure_inside(kind, program):
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    for folder in ("/run/netns", "/run/wireguard"):
        os.makedirs(folder)
    run("ip", "link", "set", "lo", "up")
    if kind == "path":
        figures = WireGuardGo(program).measure()
    else:
        figures = handshake_figures(our_responder if kind == "ours" else responder_of(program))
    print(json.dumps(figures))


def yardsticks():
    found = {f"wireguard-go of Debian": shutil.which("wireguard-go")}
    newest = sorted(PEERS.glob("wireguard-go-2*"))
    if newest:
        found[f"wireguard-go {newest[-1].name.rsplit('-', 1)[1]}"] = str(newest[-1])
    return {name: path for name, path in found.items() if path}


LESS_IS_BETTER = ("ms", "MB", ", s")
GOALS = {
    "TCP up, Gbit/s": (">=", 1.2), "TCP down, Gbit/s": (">=", 1.2), "handshakes, 1/s": (">=", 2.0),
}
ABSOLUTE = {
    "round trip, ms": ("<=", 0.25), "Modbus, 1 connection, 1/s": (">=", 3500), "Modbus, 50 connections, 1/s": (">=", 30000),
    "memory growth, MB": ("<=", 64), "1,000 at once, s": ("<=", 1.0), "of 1,000 at once answered": (">=", 1000),
    "handshakes, 1/s": (">=", 4500),
}


def show(figures):
    names = list(figures)
    print(f"{'':34}" + "".join(f"{name:>24}" for name in names) + f"{'ratio to newest':>18}  goal")
    for row in figures[names[0]]:
        values = [figures[name].get(row) for name in names]
        cells = "".join(f"{'-' if value is None else f'{value:,.3f}' if value < 100 else f'{value:,.0f}':>24}" for value in values)
        ratio = values[0] / values[-1] if values[0] is not None and values[-1] else None
        goals = []
        for table, value, unit in ((GOALS, ratio, "x"), (ABSOLUTE, values[0], "")):
            if row in table:
                word, goal = table[row]
                held = value is not None and (value >= goal if word == ">=" else value <= goal)
                goals.append(f"{word} {goal}{unit} {'ok' if held else 'SHORT'}")
        print(f"{row:34}{cells}{'-' if ratio is None else f'{ratio:.2f}x':>18}  {', '.join(goals)}")


def bench():
    print(f"machine: {os.cpu_count()} cores, {os.uname().release}; others keep {busy():.2f} cores busy")
    figures = {"ours": {}}
    ours = Ours()
    try:
        figures["ours"] = ours.measure()
    finally:
        ours.end()
    figures["ours"].update(inside(["ours", "-"]))
    with_libcrypto = {"MIROX_RIG_CIPHER": "libcrypto"}
    ours = Ours(with_libcrypto)
    try:
        figures["ours, libcrypto"] = ours.measure()
    finally:
        ours.end()
    for name, program in yardsticks().items():
        figures[name] = inside(["path", program])
        figures[name].update(inside(["handshakes", program]))
    show(figures)
    print(run(WORKLOAD, "links"), end="")
    print(f"others keep {busy():.2f} cores busy")


def fleet_fixture(plants):
    return f"""format: 1
fixture: {plants} plants of ten devices, one technician for all of them
kinds:
  string-inverter: {{ type: inverter, vendor: generic, models: [1, 103, 120, 121, 122, 123, 160], rated: 10kW }}
organizations:
  fernwind:
    members:
      greta: {{ standing: admin }}
      emil: {{ job-role: operator }}
    portfolios:
      fleet:
        plants:
          "park-{{i}}":
            count: {plants}
            subnets:
              derived:
""" + "".join(f"                inverter-{index}: {{ at: .{19 + index}, kind: string-inverter }}\n" for index in range(1, 11)) + """grants:
  - { to: emil, portfolio: fleet, since: 2026-01-05 }
laptops:
  emil:
    laptop: { wan: 203.0.113.70, place: Hamburg }
"""


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


def available():
    return int(re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024


def fleet(plants):
    with tempfile.TemporaryDirectory() as folder:
        fixture = Path(folder, "fleet.yaml")
        fixture.write_text(fleet_fixture(plants))
        load, memory = busy(), available()
        name = f"fleet-{os.getpid()}"
        begin = time.monotonic()
        up = subprocess.Popen([RIG, "up", str(fixture), "--name", name], stdout=subprocess.PIPE, text=True)
        try:
            measure_fleet(up, name, plants, folder, begin, memory, load)
        finally:
            if up.poll() is None:
                up.send_signal(2)
                up.wait(timeout=120)


def measure_fleet(up, name, plants, folder, begin, memory, load):
    ready = None
    for line in up.stdout:
        if line.rstrip().endswith("- ready"):
            ready = time.monotonic() - begin
            break
    if ready is None:
        print(f"fleet of {plants}: does not come up, status {up.wait()}")
        return
    # Whoever reads on keeps the program from stopping at a full pipe.
    threading.Thread(target=lambda: [None for _ in up.stdout], daemon=True).start()
    used, spent = (memory - available()) / plants, cpu_seconds(up.pid)
    status = json.loads(run(RIG, "status", "--lab", name, "--json", timeout=120))
    devices = [[device["address"] for device in plant["devices"]] for plant in status["plants"]]
    Path(folder, "ping").write_text("\n".join(address for plant in devices for address in plant))
    Path(folder, "read").write_text("\n".join(plant[0] for plant in devices))
    words = run(RIG, "exec", "--lab", name, "emil/laptop", "--", WORKLOAD, "sweep", folder, 60).split()
    ping, read, pinged, answered, asked, to_read = *map(float, words[:2]), *map(int, words[2:])
    end = time.monotonic()
    up.send_signal(2)
    up.wait(timeout=120)
    down = time.monotonic() - end
    print(f"fleet of {plants} x {len(devices[0])}: up in {ready:.2f} s with {spent:.2f} s of processor, "
          f"pinged {pinged}/{asked} in {ping:.2f} s, read {answered}/{to_read} in {read:.2f} s, "
          f"all {ready + ping + read:.2f} s (goal <= 3 for 1,000); down in {down:.2f} s (goal <= 1); "
          f"{used:.3f} MB a plant (goal <= 0.6); others keep {load:.2f} cores busy")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["inside", kind, program]: measure_inside(kind, program)
        case ["fleet", *counts]:
            for count in counts or ["1000", "4000"]:
                fleet(int(count))
        case []: bench()
        case _: sys.exit(__doc__)
