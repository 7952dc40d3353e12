"""Two tunnels, or one, between a laptop and a plant: ours, wireguard-go's, and a bare C loop's."""
import json, os, re, subprocess, sys, tempfile
from pathlib import Path
from common import HERE, OUT, RIG, SECONDS, WORKLOAD, begin, end, median, resident, run, without_foreground_mark

DEVICE, PORT = "192.168.1.20", 1502


class Path2:
    """A path: how to run programs at its two ends, and which processes carry it."""
    #: An address one hop away that answers pings, if there is one.
    hop = None

    def measure(self):
        figures = {}
        idle = resident(self.processes())
        for direction, words in (("up", []), ("down", ["-R"])):
            figures[f"TCP two hops {direction}, Gbit/s"] = self.stream(*words)
        loaded = resident(self.processes())
        figures["round trip two hops, ms"] = self.round_trip(DEVICE)
        if self.hop:
            figures["round trip one hop, ms"] = self.round_trip(self.hop)
        figures.update(self.modbus())
        figures["idle memory, MB"], figures["memory growth, MB"] = idle, loaded - idle
        return figures

    def one_hop(self):
        return {f"TCP one hop {direction}, Gbit/s": self.stream(*words)
                for direction, words in (("up", []), ("down", ["-R"]))}

    def modbus(self):
        figures = {}
        server = begin(*self.at_plant(WORKLOAD, "serve", DEVICE, PORT))
        for connections in (1, 50):
            rate, microseconds, errors = map(
                int, run(*self.at_laptop(WORKLOAD, "modbus", DEVICE, PORT, connections, 10, SECONDS)).split())
            figures[f"Modbus, {connections} connection{'s' * (connections > 1)}, 1/s"] = rate if not errors else None
        end(server)
        return figures

    def round_trip(self, address):
        run(*self.at_laptop("ping", "-n", "-q", "-c", 50, "-i", 0.002, address), check=False)
        text = run(*self.at_laptop("ping", "-n", "-c", 500, "-i", 0.002, address), check=False)
        return median([float(value) for value in re.findall(r"time=([\d.]+) ms", text)])

    def stream(self, *words, server=None, address=DEVICE):
        server = begin(*(server or self.at_plant)("iperf3", "-s", "-1", "-B", address, "--forceflush"), until="listening")
        try:
            text = run(*self.at_laptop("iperf3", "-c", address, "-t", SECONDS, "-J", *words))
            return json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e9
        except (RuntimeError, KeyError, ValueError) as problem:
            print("iperf3:", problem, file=sys.stderr)
            return None
        finally:
            end(server)


class Ours(Path2):
    """A lab of one plant, as `mirox-rig up` makes it."""
    hop = "100.64.0.1"

    def __init__(self, environment=None):
        self.name = f"bench-{os.getpid()}"
        self.up = begin(
            RIG, "up", HERE / "chain.yaml", "--name", self.name, until="- ready", stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})})

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


class TwoNodes(Path2):
    """Namespaces `user` and `plant`; needs to run inside namespaces of its own."""

    def at_laptop(self, *words):
        return ["ip", "netns", "exec", "user", *map(str, words)]

    def at_plant(self, *words):
        return ["ip", "netns", "exec", "plant", *map(str, words)]

    def processes(self):
        return [self.process.pid]

    def end(self):
        end(self.process)
        for node in ("user", "plant"):
            run("ip", "netns", "delete", node)


class OurHop(TwoNodes):
    """Our laptop's and our agent's engines, each the other's peer."""

    def __init__(self):
        self.process = begin(WORKLOAD, "hop", DEVICE)


class Ceiling(TwoNodes):
    """Nothing but what carries bytes; see Ceiling/path.c."""

    def __init__(self, cipher, hops):
        for node in ("user", "plant"):
            run("ip", "netns", "add", node)
            run("ip", "-n", node, "link", "set", "lo", "up")
        self.process = begin(OUT / "ceiling-path", cipher, hops, "/run/netns/user", "/run/netns/plant")
        run("ip", "-n", "user", "addr", "add", "100.64.0.5/32", "dev", "tun0")
        run("ip", "-n", "plant", "addr", "add", f"{DEVICE}/32", "dev", "lo")
        for node, route in (("user", "192.168.1.0/24"), ("plant", "100.64.0.0/10")):
            run("ip", "-n", node, "link", "set", "tun0", "mtu", 1420, "up")
            run("ip", "-n", node, "route", "add", route, "dev", "tun0")


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
        subprocess.run(["ip", "netns", "exec", node, self.program, device], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, env=without_foreground_mark())
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(key)
            file.flush()
            words = ["private-key", file.name] + (["listen-port", str(port)] if port else [])
            words += ["peer", peer, "allowed-ips", allowed] + (["endpoint", endpoint] if endpoint else [])
            run("ip", "netns", "exec", node, "wg", "set", device, *words)
        run("ip", "-n", node, "addr", "add", address, "dev", device)
        run("ip", "-n", node, "link", "set", device, "mtu", 1420, "up")

    def one_hop(self):
        """To an address of the hub itself."""
        return {f"TCP one hop {direction}, Gbit/s": self.stream(*words, server=self.at_hub, address=self.hop)
                for direction, words in (("up", []), ("down", ["-R"]))}

    def at_laptop(self, *words):
        return ["ip", "netns", "exec", "user", *map(str, words)]

    def at_hub(self, *words):
        return ["ip", "netns", "exec", "hub", *map(str, words)]

    def at_plant(self, *words):
        return ["ip", "netns", "exec", "plant", *map(str, words)]

    def processes(self):
        return [pid for pid in filter(str.isdigit, os.listdir("/proc"))
                if Path(self.program).name[:15] in (Path(f"/proc/{pid}/comm").read_text().strip(),)]


def measure(kind, program):
    """The figures of one path, of those that bring their own namespaces."""
    if kind == "wireguard-go":
        path = WireGuardGo(program)
        return {**path.measure(), **path.one_hop()}
    if kind == "hop":
        return OurHop().one_hop()
    figures, ceiling = {}, Ceiling(program, 2)
    figures.update(ceiling.measure())
    ceiling.end()
    ceiling = Ceiling(program, 1)
    figures.update(ceiling.one_hop())
    figures["round trip one hop, ms"] = ceiling.round_trip(DEVICE)
    ceiling.end()
    return figures
