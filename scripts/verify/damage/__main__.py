#!/usr/bin/env python3
"""Damages the files that Tessera's programs read, and checks that none makes a program crash, hang or exhaust memory.

    python3 scripts/verify/damage --programs .build/release --count 30000 --seed 1

Each mutant is a copy of a good file in which bytes, numbers, lines or whole parts were changed, with the checksums of the
format corrected where that lets the damage get further in. The program that reads it must end by itself: with
success, or with one line that says what is wrong. Exits with 1 if one does not, after listing how to repeat each
(`--only KIND:NUMBER` with the same seed). Needs only Python's standard library.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import base
import kinds
import outcome


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, help="folder with the built programs unet, fcnn and tessera")
    parser.add_argument("--count", type=int, default=30000, help="mutants, shared among the kinds by their weights")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--kinds", help="only these kinds, separated by commas: " + ", ".join(k.name for k in kinds.ALL))
    parser.add_argument("--networks", type=pathlib.Path, help="a folder with ONNX files for the kinds onnx, onnx-bytes")
    parser.add_argument("--only", metavar="KIND:NUMBER", help="one mutant again; says where its files are")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=20, help="a program that takes more of a processor counts as hung")
    parser.add_argument("--megabytes", type=int, default=1000, help="a program that takes more memory takes too much")
    return parser.parse_args()


def damaged(kind, number, seed, tree, folder, programs):
    """Makes mutant `number` of a kind in `folder`; returns the command that reads it."""
    stream = random.Random(f"{seed}:{kind.name}:{number}")
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(tree, folder, copy_function=os.link)
    if kind.makes:
        outcome.run(kind.command(programs, ""), folder, 60, 1 << 20)
        shutil.rmtree(folder / "new", ignore_errors=True)
    target = folder / stream.choice(kind.files(folder))
    content = target.read_bytes()
    # The tree's files are shared by links: what is changed gets its own file.
    target.unlink()
    target.write_bytes(kind.mutate(content, stream))
    for name in kind.written:
        path = folder / name
        if path.is_file() and path != target:
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
    return kind.command(programs, target.relative_to(folder))


def main():
    options = arguments()
    programs = pathlib.Path(options.programs).resolve()
    chosen = [k for k in kinds.ALL if not options.kinds or k.name in options.kinds.split(",")]
    if not chosen:
        sys.exit(f"no kind is called {options.kinds}")
    with tempfile.TemporaryDirectory(prefix="tessera-damage-") as temporary:
        tree = pathlib.Path(temporary) / "tree"
        base.make(tree, programs, options.networks)
        if options.only:
            name, number = options.only.split(":")
            folder = pathlib.Path(tempfile.mkdtemp(prefix="tessera-mutant-")) / "tree"
            kind = next(k for k in kinds.ALL if k.name == name)
            command = damaged(kind, int(number), options.seed, tree, folder, programs)
            print(f"cd {folder} && {' '.join(map(str, command))}")
            print(outcome.run(command, folder, options.seconds, options.megabytes).text)
            return

        total = sum(kind.weight for kind in chosen)
        work = [(kind, n) for kind in chosen for n in range(max(1, options.count * kind.weight // total))]
        random.Random(options.seed).shuffle(work)

        def one(job):
            (kind, number), worker = job, concurrent_name()
            folder = pathlib.Path(temporary) / worker
            command = damaged(kind, number, options.seed, tree, folder, programs)
            return kind.name, number, outcome.run(command, folder, options.seconds, options.megabytes)

        started, counts, faults = time.time(), collections.defaultdict(collections.Counter), []
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for kind, number, result in pool.map(one, work):
                counts[kind][result.verdict] += 1
                if result.is_fault:
                    faults.append((kind, number, result))
        report(counts, faults, time.time() - started)
        sys.exit(1 if faults else 0)


def concurrent_name():
    import threading

    return threading.current_thread().name.replace(" ", "-")


def report(counts, faults, seconds):
    verdicts = [v for v in outcome.VERDICTS if any(c[v] for c in counts.values())]
    rows = [["kind", "mutants", *verdicts]]
    for kind, counter in sorted(counts.items()):
        rows.append([kind, str(sum(counter.values())), *(str(counter[v]) for v in verdicts)])
    sums = [sum(sum(c.values()) for c in counts.values())] + [sum(c[v] for c in counts.values()) for v in verdicts]
    rows.append(["all", *map(str, sums)])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths))))
    print(f"{sums[0]} mutants in {seconds:.0f} s, {len(faults)} faults")
    for kind, number, result in sorted(faults, key=lambda f: f[:2])[:100]:
        print(f"  --only {kind}:{number}  {result.verdict}: {result.text[:200]}")


main()
