#!/usr/bin/python3
"""The packet path beside its yardsticks, in one run: every figure of ours, the same of wireguard-go and of a bare C loop, and the ratios.

Everything runs without root in namespaces of its own. `bench.py` measures the path, `bench.py fleet [PLANTS ...]` the scale.
"""
import json, os, shutil, sys
import fleet, handshakes, paths
from common import OUT, ROUNDS, WORKLOAD, busy, median, run

OURS, OURS_FAST = "ours", "ours, libcrypto"
CEILING, CEILING_FAST = "bare C", "bare C, libcrypto"


def inside(*words):
    """One measurement in user, network, mount and process namespaces of its own."""
    text = run("unshare", "-Urnm", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, __file__,
               "inside", *words, timeout=600)
    return json.loads(text.strip().split("\n")[-1])


def measure_inside(kind, program):
    run("mount", "-t", "tmpfs", "tmpfs", "/run")
    for folder in ("/run/netns", "/run/wireguard"):
        os.makedirs(folder)
    run("ip", "link", "set", "lo", "up")
    print(json.dumps(handshakes.measure(program) if kind == "handshakes" else paths.measure(kind, program)))


def our_path(cipher):
    os.environ["MIROX_RIG_CIPHER"] = cipher
    ours = paths.Ours()
    try:
        figures = ours.measure()
    finally:
        ours.end()
    return figures | inside("hop", "-")


def subjects():
    """What is measured, by name: in turn, round after round, for the machine is never as quiet as it was."""
    measured = {
        OURS: lambda: our_path("sodium") | inside("handshakes", "ours"),
        OURS_FAST: lambda: our_path("libcrypto"),
        CEILING: lambda: inside("ceiling", "libsodium"), CEILING_FAST: lambda: inside("ceiling", "libcrypto")}
    for name, program in yardsticks().items():
        measured[name] = lambda program=program: inside("wireguard-go", program) | inside("handshakes", program)
    return measured


def yardsticks():
    found = {"wireguard-go of Debian": shutil.which("wireguard-go")}
    newest = sorted(OUT.glob("wireguard-go-2*"))
    if newest:
        found[f"wireguard-go {newest[-1].name.rsplit('-', 1)[1]}"] = str(newest[-1])
    return {name: path for name, path in found.items() if path}


# What is wanted: against the newest wireguard-go, against the bare C loop, and by itself.
TO_PEER = {"TCP two hops up, Gbit/s": 1.2, "TCP two hops down, Gbit/s": 1.2}
TO_CEILING = {"TCP two hops up, Gbit/s": 0.8, "TCP two hops down, Gbit/s": 0.8}
BY_ITSELF = {
    "round trip two hops, ms": ("<=", 0.25), "Modbus, 1 connection, 1/s": (">=", 3500),
    "Modbus, 50 connections, 1/s": (">=", 30000), "memory growth, MB": ("<=", 64), "1,000 at once, s": ("<=", 1.0),
    "of 1,000 at once answered": (">=", 1000), "handshakes per core, 1/s": (">=", 4500),
    "memory a peer, KiB": ("<=", 16),
}


def number(value):
    return "-" if value is None else f"{value:,.3f}" if value < 100 else f"{value:,.0f}"


def ratio(figures, row, ours, other):
    mine, theirs = figures.get(ours, {}).get(row), figures.get(other, {}).get(row)
    return mine / theirs if mine is not None and theirs else None


def verdicts(row, value, to_peer, to_ceiling):
    for goals, reached, what in ((TO_PEER, to_peer, "x the peer"), (TO_CEILING, to_ceiling, "of the ceiling")):
        if row in goals:
            yield f">= {goals[row]} {what} {'ok' if reached is not None and reached >= goals[row] else 'SHORT'}"
    if row in BY_ITSELF:
        word, goal = BY_ITSELF[row]
        held = value is not None and (value >= goal if word == ">=" else value <= goal)
        yield f"{word} {goal:,} {'ok' if held else 'SHORT'}"


def show(figures):
    names, newest = list(figures), list(figures)[-1]
    rows = list(dict.fromkeys(row for name in names for row in figures[name]))
    print(f"{'':28}" + "".join(f"{name:>23}" for name in names) + f"{'to newest':>11}{'to bare C':>11}  goal")
    for row in rows:
        to_peer, to_ceiling = ratio(figures, row, OURS, newest), ratio(figures, row, OURS, CEILING)
        cells = "".join(f"{number(figures[name].get(row)):>23}" for name in names)
        ratios = "".join(f"{'-' if value is None else f'{value:.2f}x':>11}" for value in (to_peer, to_ceiling))
        print(f"{row:28}{cells}{ratios}  {', '.join(verdicts(row, figures[OURS].get(row), to_peer, to_ceiling))}")
    for row in TO_CEILING:
        print(f"with libcrypto, {row}: {number(ratio(figures, row, OURS_FAST, CEILING_FAST))} of its ceiling, "
              f"{number(ratio(figures, row, OURS_FAST, newest))} x the peer")


def bench():
    print(f"machine: {os.cpu_count()} cores, {os.uname().release}; others keep {busy():.2f} cores busy")
    measured = subjects()
    taken = {name: [] for name in measured}
    for _ in range(ROUNDS):
        for name, measure in measured.items():
            taken[name].append(measure())
    show({name: {row: median([one.get(row) for one in rounds]) for row in rounds[0]} for name, rounds in taken.items()})
    print(f"medians of {ROUNDS} rounds; what the primitives alone allow:")
    for line in run(OUT / "ceiling-primitives").splitlines():
        print(f"  {line}")
    middle, late, applied = map(int, run(WORKLOAD, "revoke", 10_000).split())
    print(f"revocation with 10,000 peers, {applied} of 1,000 applied: commit median {middle} us, p99 {late} us, "
          f"no packet after it; goal p99 <= 1,000 us {'ok' if late <= 1000 and applied == 1000 else 'SHORT'}")
    print(run(WORKLOAD, "links"), end="")
    print(f"others keep {busy():.2f} cores busy; fleets: make bench-fleet, devices: make bench-devices, "
          "the control plane: make bench-control")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["inside", kind, program]: measure_inside(kind, program)
        case ["fleet", *counts]:
            for count in counts or ["1000", "4000"]:
                fleet.fleet(int(count))
        case []: bench()
        case _: sys.exit(__doc__)
