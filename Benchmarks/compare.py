"""Times Tessera and other systems in turns and prints a table of medians, ratios and peak memory.

In each round every system does each piece of work once, one after the other, in a process of its own, so that what else
the machine is busy with meets all of them. PEERS is a folder with train_step.py and inference.py, called as

    python train_step.py NETWORK PEER --batch N --size N --threads N --runs N

and printing one line of JSON with the keys of `tessera bench --json`.
"""
import argparse
import itertools
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import time


def words(text):
    return [word.strip() for word in text.split(",")]


def parsed_options():
    parser = argparse.ArgumentParser(
        prog="compare.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers_folder", metavar="PEERS", type=pathlib.Path)
    parser.add_argument("--tessera", help=argparse.SUPPRESS, required=True)
    parser.add_argument("--python-torch", metavar="PYTHON", help="interpreter of every peer but tensorflow")
    parser.add_argument("--python-tensorflow", metavar="PYTHON", help="interpreter of the peer tensorflow")
    parser.add_argument("--peers", type=words, default=["torch"], metavar="A,B", help="default: torch")
    parser.add_argument("--networks", type=words, default=["unet", "fcnn"], metavar="A,B", help="default: unet,fcnn")
    parser.add_argument("--modes", type=words, default=["train", "inference"], metavar="A,B",
                        help="train, inference or both; default: both")
    parser.add_argument("--sizes", type=words, default=["128"], metavar="A,B",
                        help="sides of the square input; default: 128")
    parser.add_argument("--batch", type=int, metavar="N", help="default: 5 in training, 1 in inference")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N", help="default: all cores")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="timed runs of a process; default: 5")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE",
                        help="JSON lines, appended as they come; default: runs/compare-DATE.jsonl")
    options = parser.parse_args()
    if options.rounds < 1 or options.runs < 1:
        parser.error("--rounds and --runs must be positive")
    unknown = set(options.modes) - {"train", "inference"}
    if unknown:
        parser.error(f"--modes: train or inference; got {', '.join(sorted(unknown))}")
    for peer in options.peers:
        if interpreter(options, peer) is None:
            parser.error(f"{peer} needs --python-{'tensorflow' if peer == 'tensorflow' else 'torch'}")
    return options


def interpreter(options, peer):
    return options.python_tensorflow if peer == "tensorflow" else options.python_torch


def command(options, system, network, mode, size):
    batch = options.batch or (5 if mode == "train" else 1)
    settings = ["--batch", str(batch), "--size", size, "--threads", str(options.threads), "--runs", str(options.runs)]
    if system == "tessera":
        return [options.tessera, "bench", "--model", network, "--mode", mode, "--json"] + settings
    script = options.peers_folder / {"train": "train_step.py", "inference": "inference.py"}[mode]
    return [interpreter(options, system), str(script), network, system] + settings


def measure(arguments):
    """One process's line, or the reason why there is none."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True)
    except OSError as error:
        return None, f"{arguments[0]}: {error.strerror}"
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == 0 and lines:
        return json.loads(lines[-1]), None
    reasons = done.stderr.strip().splitlines() or [f"exit status {done.returncode}, no line of JSON"]
    return None, f"{reasons[-1]} ({shlex.join(arguments)})"


def measure_all(options, works, file):
    lines, failures = [], {}
    for number, work in itertools.product(range(1, options.rounds + 1), works):
        for system in ["tessera"] + options.peers:
            if (system, work) in failures:
                continue
            print(f"round {number} of {options.rounds}: {' '.join(work)}, {system}", file=sys.stderr)
            line, failure = measure(command(options, system, *work))
            if failure:
                failures[system, work] = failure
                print(f"  left out: {failure}", file=sys.stderr)
                continue
            line["round"] = number
            file.write(json.dumps(line) + "\n")
            file.flush()
            lines.append(line)
    return lines, failures


def table(lines):
    """Per work and system: the median over rounds of each process's median, its ratio to Tessera's, the largest peak."""
    groups = {}
    for line in lines:
        work = tuple(line[key] for key in ("network", "mode", "batch", "size", "threads"))
        groups.setdefault(work, {}).setdefault(line["peer"], []).append(line)
    yield "| network | mode | batch | size | threads | system | median ms | to tessera's | peak MB | rounds |"
    yield "|---|---|--:|--:|--:|---|--:|--:|--:|--:|"
    for work, systems in groups.items():
        medians = {name: statistics.median(line["medianSeconds"] for line in found) for name, found in systems.items()}
        for name, found in systems.items():
            ratio = f"{medians[name] / medians['tessera']:.2f}" if "tessera" in medians else "-"
            peak = max(line["peakMegabytes"] for line in found)
            cells = [*work, name, f"{1000 * medians[name]:.1f}", ratio, f"{peak:.0f}", len(found)]
            yield f"| {' | '.join(map(str, cells))} |"


def main():
    options = parsed_options()
    works = list(itertools.product(options.networks, options.modes, options.sizes))
    path = options.output or pathlib.Path("runs", time.strftime("compare-%Y%m%d-%H%M%S.jsonl"))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        lines, failures = measure_all(options, works, file)
    print(*table(lines), sep="\n")
    for (system, work), failure in failures.items():
        print(f"{' '.join(work)}, {system}: {failure}", file=sys.stderr)
    print(f"every process's line: {path}", file=sys.stderr)
    # Some systems only train and some only infer: only those that did nothing at all have failed.
    return 0 if {line["peer"] for line in lines} == {"tessera", *options.peers} else 1


if __name__ == "__main__":
    sys.exit(main())
