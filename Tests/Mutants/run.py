#!/usr/bin/env python3
"""Breaks the product on purpose, one small defect at a time, and demands that the scenarios notice.

Each Tests/Mutants/*.patch says what it breaks, which scenarios must turn red, and a pattern that the failure must match;
the two lines may be repeated, where different scenarios must say different things. All of them are tried in one scratch copy
with one build folder: a patch is applied, built, run and taken back. The requirements of the steps that turned red are proven;
Tests/Mutants/proven.json keeps them, with the mutant that proves each.

usage: run.py [--shard I/N] [--scratch DIR] [--unproven] [--prepared] [--build | --built] [--check] [NAME ...]
"""

import argparse
import atexit
import filecmp
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROVEN = os.path.join(HERE, "proven.json")
# Before anything is known of this machine: one module, one link, and the scenarios of one mutant.
SECONDS_A_MUTANT = 20


class Mutant:
    """A patch with its header: what is wrong, `Scenarios:` and `Reason:`."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[: -len(".patch")]
        with open(path, encoding="utf-8") as file:
            header = file.read().split("\n--- ", 1)[0]
        fields = re.findall(r"^(Scenarios|Reason): (.*)$", header, re.M)
        if not fields or [key for key, _ in fields] != ["Scenarios", "Reason"] * (len(fields) // 2):
            sys.exit(f"{path}: the header wants 'Scenarios:' and 'Reason:', in turn")
        # What is demanded: that scenario red for that reason.
        self.demands = [
            (name.strip(), re.compile(reason, re.S))
            for (_, names), (_, reason) in zip(fields[::2], fields[1::2]) for name in names.split(",")
        ]
        self.scenarios = sorted({name for name, _ in self.demands})
        with open(path, encoding="utf-8") as file:
            self.files = re.findall(r"^\+\+\+ b/(\S+)", file.read(), re.M)
        self.modules = sorted({name.split("/")[1] for name in self.files})
        self.fingerprint = fingerprint([path, *(os.path.join(ROOT, name) for name in self.scenarios)])


def fingerprint(paths):
    """Of what is tried: with another patch or scenario it has to be tried again."""
    digest = hashlib.sha256()
    for path in paths:
        if os.path.exists(path):
            with open(path, "rb") as file:
                digest.update(file.read() + b"\0")
    return digest.hexdigest()[:16]


def mutants():
    paths = sorted(os.path.join(HERE, name) for name in os.listdir(HERE) if name.endswith(".patch"))
    # Those of one file follow each other: taking one back and putting the next in is then one build of one module.
    return sorted((Mutant(path) for path in paths), key=lambda mutant: (mutant.files, mutant.name))


def git_apply(folder, mutant, *flags):
    # The scratch copy lies inside the repository, or in none: either way it is no repository of its own.
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=os.path.dirname(os.path.abspath(folder)))
    return subprocess.run(
        ["git", "apply", *flags, mutant.path], cwd=folder, env=environment, capture_output=True, text=True
    )


def check(chosen):
    """Whether every patch still applies and names scenarios that are there; needs no build."""
    problems = []
    for mutant in chosen:
        result = subprocess.run(["git", "apply", "--check", mutant.path], cwd=ROOT, capture_output=True, text=True)
        if result.returncode:
            problems.append(f"{mutant.name}: {result.stderr.strip()}")
        problems += [
            f"{mutant.name}: there is no {path}" for path in mutant.scenarios if not os.path.exists(os.path.join(ROOT, path))
        ]
    print("\n".join(problems) if problems else f"{len(chosen)} mutants apply")
    return 1 if problems else 0


def synchronise(scratch, is_built=False):
    """Copies what differs, so that the build stays incremental; for programs that are built already only what they read."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    tops = ("Scenarios", "Fixtures") if is_built else ("Sources", "Scenarios", "Fixtures")
    wanted = {name for name in names if name and os.path.isfile(os.path.join(ROOT, name))}
    if is_built:
        wanted = {name for name in wanted if name.split("/")[0] in tops}
    for name in wanted:
        source, target = os.path.join(ROOT, name), os.path.join(scratch, name)
        if not os.path.exists(target) or not filecmp.cmp(source, target, shallow=False):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    for top in tops:
        for folder, _, files in os.walk(os.path.join(scratch, top)):
            for file in files:
                path = os.path.join(folder, file)
                if os.path.relpath(path, scratch) not in wanted:
                    os.remove(path)


class Workshop:
    """Builds the program in the scratch copy: once as it is, then once for each mutant.

    A defect changes the inside of a function, so nothing but its own module has to be compiled, by the package manager's own
    command, and the program linked. One that changes what other modules see is refused.
    """

    def __init__(self, scratch):
        self.scratch = scratch
        self.folder = os.path.join(scratch, ".build", "mutants")
        self.unbroken = os.path.join(scratch, ".build", "debug", "mirox-rig")
        os.makedirs(self.folder, exist_ok=True)
        # Modules whose objects are those of a mutant that was taken back.
        self.stale = set()
        self.interfaces = {}

    def program(self, mutant):
        return os.path.join(self.folder, mutant.name)

    def build_unbroken(self, is_there):
        """What is wrong with it; empty when it was built, or is there already."""
        errors = [] if is_there else self.call(["swift", "build", "--product", "mirox-rig"])
        with open(os.path.join(self.scratch, ".build", "debug.yaml"), encoding="utf-8") as file:
            pairs = re.findall(r'^  "C\.([^"]+)":\n(?:    .*\n)*?    args: (\[.*\])$', file.read(), re.M)
        self.commands = {name: json.loads(arguments) for name, arguments in pairs}
        return errors

    def build(self, mutant):
        """What is wrong with it; empty when its program lies ready."""
        modules = sorted(self.stale.union(mutant.modules))
        self.stale = set(mutant.modules)
        for module in modules:
            unbroken = self.interfaces.setdefault(module, self.interface(module))
            errors = self.call(self.command(module, "module"))
            if errors:
                return errors
            if self.interface(module) != unbroken:
                return [f"other modules see the change in {module}: a defect belongs inside a function"]
        link = list(self.command("mirox-rig", "exe"))
        link[link.index("-o") + 1] = self.program(mutant)
        return self.call([*link, "-Xlinker", "--strip-debug"])

    def restore(self):
        """Compiles what the last mutant left behind; a folder that is used again must not keep a defect."""
        for module in sorted(self.stale):
            self.call(self.command(module, "module"))
        self.stale = set()

    def command(self, name, kind):
        found = [value for key, value in self.commands.items() if re.fullmatch(rf"{name}-.*-debug\.{kind}", key)]
        if len(found) != 1:
            sys.exit(f"the package manager's plan has {len(found)} commands for {name}")
        return found[0]

    def interface(self, module):
        return fingerprint([os.path.join(self.scratch, ".build", "debug", "Modules", f"{module}.swiftmodule")])

    def call(self, command):
        result = subprocess.run(command, cwd=self.scratch, capture_output=True, text=True)
        lines = (result.stdout + result.stderr).replace("\\n", "\n").split("\n")
        errors = [line for line in lines if "error:" in line][:3]
        return (errors or ["it ended without a word"]) if result.returncode else []


def run(program, scratch, scenarios, *options):
    """The failures by scenario file: what was said, and what the step that turned red covers."""
    events = os.path.join(scratch, ".build", "mutant-events.ndjson")
    if os.path.exists(events):
        os.remove(events)
    result = subprocess.run(
        [program, "run", *sorted(set(scenarios)), "-j", "8", "--events", events, *options],
        cwd=scratch, capture_output=True, text=True,
    )
    started, files, failures = {}, {}, {}
    for line in open(events, encoding="utf-8") if os.path.exists(events) else []:
        event = json.loads(line)
        data, instance = event.get("data") or {}, event.get("instance")
        if event["event"] == "started":
            files[instance] = data["file"]
        elif event["event"] == "step-started":
            step = data["step"]
            started[instance, step["phase"], tuple(step["path"])] = data["covers"]
        elif event["event"] == "failed" and data["verdict"] == "failed":
            covers, step = [], data.get("step")
            # An invariant speaks of all packets, whichever step is under way.
            path = tuple(step["path"]) if step and not data["sentence"].startswith("invariant ") else ()
            while path and not covers:
                covers = started.get((instance, step["phase"], path), [])
                path = path[:-1]
            text = f"{data['sentence']}: {data['what']}".replace("\n", " ")
            failures.setdefault(files.get(instance, ""), []).append((instance, text, covers))
    return result.returncode, failures, result.stdout


def make(workshop, mutant):
    """Builds a mutant; what is wrong with it, or nothing."""
    applied = git_apply(workshop.scratch, mutant)
    if applied.returncode:
        return [f"does not apply: {applied.stderr.strip()}"]
    try:
        return [f"does not build: {error}" for error in workshop.build(mutant)]
    finally:
        git_apply(workshop.scratch, mutant, "-R")


def try_out(workshop, mutant, is_built):
    """What came of one mutant: whether it was caught, what was said, and what it proves."""
    problems = [] if is_built else make(workshop, mutant)
    if not os.path.exists(workshop.program(mutant)) and not problems:
        problems = ["it was not built"]
    if problems:
        return False, "; ".join(problems), {}
    status, failures, output = run(workshop.program(mutant), workshop.scratch, mutant.scenarios)
    if not is_built:
        os.remove(workshop.program(mutant))
    proven, said = {}, []
    for path, reason in mutant.demands:
        found = failures.get(path, [])
        right = [failure for failure in found if reason.search(failure[1])]
        if not right:
            seen = " / ".join(text for _, text, _ in found) or output.strip().split("\n")[-1]
            word = "red for another reason" if found else f"not red (status {status})"
            return False, f"{path} is {word}: {seen[:400]}", {}
        said.append(f"{right[0][0]}: {right[0][1]}"[:240])
        for instance, _, covers in right:
            for requirement in covers:
                proven.setdefault(requirement, set()).add(instance.split("[")[0])
    return True, "\n        ".join(said), proven


def build_all(workshop, chosen):
    """Builds them all and tries none: for `--built`, later or elsewhere."""
    wrong = 0
    for number, mutant in enumerate(chosen, 1):
        moment = time.monotonic()
        problems = make(workshop, mutant)
        wrong += bool(problems)
        line = "; ".join(problems) or f"built ({time.monotonic() - moment:.0f} s)"
        print(f"{number} of {len(chosen)}  {mutant.name}  {line}", flush=True)
    return 1 if wrong else 0


def load():
    """What was caught so far: by mutant what it proves, and what it looked like then."""
    if not os.path.exists(PROVEN):
        return {}, {}
    with open(PROVEN, encoding="utf-8") as file:
        kept = json.load(file)
    return kept["mutants"], kept.get("fingerprints", {})


def keep(mutant, proven):
    """Takes what a mutant proves into proven.json; what others proved stays as long as they exist."""
    kept, fingerprints = load()
    names = {mutant.name for mutant in mutants()}
    kept = {name: entry for name, entry in kept.items() if name in names}
    if proven is None:
        kept.pop(mutant.name, None)
    else:
        kept[mutant.name] = {key: sorted(value) for key, value in sorted(proven.items(), key=order)}
        fingerprints[mutant.name] = mutant.fingerprint
    requirements = {}
    for name, entry in sorted(kept.items()):
        for requirement in entry:
            requirements.setdefault(requirement, []).append(name)
    document = {
        "format": 1,
        "requirements": dict(sorted(requirements.items(), key=order)),
        "mutants": dict(sorted(kept.items())),
        "fingerprints": {name: fingerprints[name] for name in sorted(kept) if name in fingerprints},
    }
    with open(PROVEN, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    return len(requirements), len(kept)


def order(item):
    return int(item[0][1:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shard", default=os.environ.get("SHARD") or "1/1", help="I/N: only each N-th, from the I-th")
    parser.add_argument("--scratch", default=os.path.join(ROOT, "out", "mutants"))
    parser.add_argument("--unproven", action="store_true", help="only those that were not caught as they are now")
    parser.add_argument("--prepared", action="store_true", help="the unbroken program lies in the scratch folder already")
    parser.add_argument("--build", action="store_true", help="only build their programs")
    parser.add_argument("--built", action="store_true", help="try the programs that --build has made")
    parser.add_argument("--check", action="store_true", help="only whether every patch applies")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    index, count = (int(part) for part in arguments.shard.split("/"))
    if not 1 <= index <= count:
        sys.exit("a shard is I/N, with I from 1 to N")
    chosen = [mutant for mutant in mutants() if not arguments.names or mutant.name in arguments.names]
    unknown = set(arguments.names) - {mutant.name for mutant in chosen}
    if unknown:
        sys.exit(f"there is no mutant {', '.join(sorted(unknown))}")
    chosen = chosen[index - 1 :: count]
    if arguments.unproven:
        fingerprints = load()[1]
        chosen = [mutant for mutant in chosen if fingerprints.get(mutant.name) != mutant.fingerprint]
    if arguments.check:
        sys.exit(check(chosen))

    scratch = arguments.scratch
    os.makedirs(scratch, exist_ok=True)
    workshop = Workshop(scratch)
    atexit.register(workshop.restore)
    print(f"{len(chosen)} mutants; the first build apart about {len(chosen) * SECONDS_A_MUTANT // 60 + 1} min", flush=True)
    synchronise(scratch, arguments.built)
    if not arguments.built:
        errors = workshop.build_unbroken(arguments.prepared)
        if errors:
            sys.exit("the unbroken program does not build: " + "; ".join(errors))
    if arguments.build:
        sys.exit(build_all(workshop, chosen))
    every = [path for mutant in chosen for path in mutant.scenarios]
    status, _, output = run(workshop.unbroken, scratch, every, "--retries", "2", "--flaky", "pass")
    if status:
        sys.exit(f"without a mutant the scenarios are not green:\n{output}")

    caught, begin = 0, time.monotonic()
    proven_so_far = load()[0]
    requirements, held = len({name for entry in proven_so_far.values() for name in entry}), len(proven_so_far)
    for number, mutant in enumerate(chosen, 1):
        moment = time.monotonic()
        is_caught, line, proven = try_out(workshop, mutant, arguments.built)
        caught += is_caught
        left = (time.monotonic() - begin) / number * (len(chosen) - number)
        shown = ", ".join(sorted(proven, key=lambda name: int(name[1:])))
        print(
            f"{'caught' if is_caught else 'MISSED'}  {mutant.name}{f'  proves {shown}' if shown else ''}"
            f"  ({time.monotonic() - moment:.0f} s, {left / 60:.0f} min left)\n        {line}", flush=True)
        requirements, held = keep(mutant, proven if is_caught else None)
    if arguments.unproven or arguments.names or count > 1:
        print(f"{held} of {len(mutants())} were caught at some time", flush=True)
    print(f"{requirements} requirements proven; {caught} of {len(chosen)} caught", flush=True)
    sys.exit(0 if caught == len(chosen) else 1)


if __name__ == "__main__":
    main()
