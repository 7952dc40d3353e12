#!/usr/bin/env python3
"""Breaks the product on purpose, one small defect at a time, and demands that the scenarios notice.

Each Tests/Mutants/*.patch says what it breaks, which scenarios must turn red, and a pattern that the failure must match.
All of them are tried in one scratch copy with one build folder: a patch is applied, built, run and taken back. The
requirements of the steps that turned red are proven; Tests/Mutants/proven.json keeps them, with the mutant that proves each.

usage: run.py [--shard I/N] [--scratch DIR] [--check] [NAME ...]
"""

import argparse
import filecmp
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
# Before anything is known of this machine: one incremental build and the scenarios of one mutant.
SECONDS_A_MUTANT = 45


class Mutant:
    """A patch with its header: what is wrong, `Scenarios:` and `Reason:`."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[: -len(".patch")]
        with open(path, encoding="utf-8") as file:
            header = file.read().split("\n--- ", 1)[0]
        fields = dict(re.findall(r"^(Scenarios|Reason): (.*)$", header, re.M))
        if len(fields) != 2:
            sys.exit(f"{path}: the header wants 'Scenarios:' and 'Reason:'")
        self.about = header.split("\n", 1)[0]
        self.scenarios = [name.strip() for name in fields["Scenarios"].split(",")]
        self.reason = re.compile(fields["Reason"])
        with open(path, encoding="utf-8") as file:
            self.files = re.findall(r"^\+\+\+ b/(\S+)", file.read(), re.M)


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


def synchronise(scratch):
    """Copies what differs, so that the build stays incremental."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    wanted = {name for name in names if name and os.path.isfile(os.path.join(ROOT, name))}
    for name in wanted:
        source, target = os.path.join(ROOT, name), os.path.join(scratch, name)
        if not os.path.exists(target) or not filecmp.cmp(source, target, shallow=False):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    for top in ("Sources", "Scenarios", "Fixtures"):
        for folder, _, files in os.walk(os.path.join(scratch, top)):
            for file in files:
                path = os.path.join(folder, file)
                if os.path.relpath(path, scratch) not in wanted:
                    os.remove(path)


def build(scratch):
    result = subprocess.run(
        ["swift", "build", "--product", "mirox-rig"], cwd=scratch, capture_output=True, text=True
    )
    errors = [line for line in result.stdout.split("\n") + result.stderr.split("\n") if "error:" in line]
    return result.returncode == 0, errors[:3]


def run(scratch, scenarios):
    """The failures by scenario file: what was said, and what the step that turned red covers."""
    events = os.path.join(scratch, ".build", "mutant-events.ndjson")
    if os.path.exists(events):
        os.remove(events)
    program = os.path.join(scratch, ".build", "debug", "mirox-rig")
    result = subprocess.run(
        [program, "run", *sorted(set(scenarios)), "-j", "8", "--events", events],
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
            path = tuple(step["path"]) if step else ()
            while path and not covers:
                covers = started.get((instance, step["phase"], path), [])
                path = path[:-1]
            text = f"{data['sentence']}\n{data['what']}"
            failures.setdefault(files.get(instance, ""), []).append((instance, text, covers))
    return result.returncode, failures, result.stdout


def try_out(scratch, mutant):
    """What came of one mutant: whether it was caught, a line about it, and what it proves."""
    applied = git_apply(scratch, mutant)
    if applied.returncode:
        return False, f"does not apply: {applied.stderr.strip()}", {}
    try:
        is_built, errors = build(scratch)
        if not is_built:
            return False, "does not build: " + "; ".join(errors), {}
        status, failures, output = run(scratch, mutant.scenarios)
    finally:
        git_apply(scratch, mutant, "-R")
    proven = {}
    for path in mutant.scenarios:
        found = failures.get(path, [])
        right = [failure for failure in found if mutant.reason.search(failure[1])]
        if not right:
            seen = " / ".join(text.replace("\n", ": ") for _, text, _ in found) or output.strip().split("\n")[-1]
            word = "red for another reason" if found else f"not red (status {status})"
            return False, f"{path} is {word}: {seen[:400]}", {}
        for instance, _, covers in right:
            for requirement in covers:
                proven.setdefault(requirement, set()).add(instance.split("[")[0])
    return True, ", ".join(sorted({name for path in mutant.scenarios for name, _, _ in failures[path]})), proven


def keep(results):
    """Takes what these mutants prove into proven.json; what others proved stays as long as they exist."""
    kept = {}
    if os.path.exists(PROVEN):
        with open(PROVEN, encoding="utf-8") as file:
            kept = json.load(file)["mutants"]
    names = {mutant.name for mutant in mutants()}
    kept = {name: entry for name, entry in kept.items() if name in names}
    for name, proven in results.items():
        if proven is None:
            kept.pop(name, None)
        else:
            kept[name] = {key: sorted(value) for key, value in sorted(proven.items(), key=order)}
    requirements = {}
    for name, proven in sorted(kept.items()):
        for requirement in proven:
            requirements.setdefault(requirement, []).append(name)
    with open(PROVEN, "w", encoding="utf-8") as file:
        json.dump(
            {"format": 1, "requirements": dict(sorted(requirements.items(), key=order)), "mutants": dict(sorted(kept.items()))},
            file, indent=2)
        file.write("\n")
    return requirements


def order(item):
    return int(item[0][1:])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shard", default=os.environ.get("SHARD") or "1/1", help="I/N: only each N-th, from the I-th")
    parser.add_argument("--scratch", default=os.path.join(ROOT, "out", "mutants"))
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
    if arguments.check:
        sys.exit(check(chosen))

    scratch = arguments.scratch
    os.makedirs(scratch, exist_ok=True)
    print(f"{len(chosen)} mutants; the first build apart about {len(chosen) * SECONDS_A_MUTANT // 60 + 1} min", flush=True)
    synchronise(scratch)
    is_built, errors = build(scratch)
    if not is_built:
        sys.exit("the unbroken program does not build: " + "; ".join(errors))
    status, _, output = run(scratch, [path for mutant in chosen for path in mutant.scenarios])
    if status:
        sys.exit(f"without a mutant the scenarios are not green:\n{output}")

    results, caught, begin = {}, 0, time.monotonic()
    for number, mutant in enumerate(chosen, 1):
        moment = time.monotonic()
        is_caught, line, proven = try_out(scratch, mutant)
        caught += is_caught
        results[mutant.name] = proven if is_caught else None
        left = (time.monotonic() - begin) / number * (len(chosen) - number)
        shown = ", ".join(sorted(proven, key=lambda name: int(name[1:])))
        print(
            f"{'caught' if is_caught else 'MISSED'}  {mutant.name}  {line}{f'  proves {shown}' if shown else ''}"
            f"  ({time.monotonic() - moment:.0f} s, {left / 60:.0f} min left)", flush=True)
        requirements = keep(results)
    print(f"{len(requirements) if chosen else 0} requirements proven; {caught} of {len(chosen)} caught", flush=True)
    sys.exit(0 if caught == len(chosen) else 1)


if __name__ == "__main__":
    main()
