"""The steps of compare-loaders: build, install, copy photographs, measure in turns, report."""
import os
import pathlib
import shlex
import sys
import tempfile
import time

from . import environments, machine
from .loader_options import parsed
from .loader_results import LoaderResults, tables
from .loader_systems import Reading
from .measuring import measured
from .program import build
from .progress import say


def main():
    options = parsed(sys.argv[1:])
    machine.warn_of_load()
    programs = build(["tessera"])
    if programs is None:
        return 1
    pythons, versions = prepare(options)
    options.output.mkdir(parents=True, exist_ok=True)
    about = {"machine": machine.description(), "versions": versions, "command": sys.argv[1:]}
    results = LoaderResults(options.output, about)
    interrupted = False
    with tempfile.TemporaryDirectory(prefix="compare-loaders-") as folder:
        try:
            sources = photographs(options, pythons, pathlib.Path(folder))
            measure(options, sources, pythons, programs, pathlib.Path(folder, "cache"), results)
        except KeyboardInterrupt:
            interrupted = True
            say("\ninterrupted: the tables show what was measured so far")
    text = tables(results, options)
    print(text)
    (options.output / "tables.md").write_text(text)
    say(f"wrote {options.output / 'results.json'}, {options.output / 'tables.md'}")
    if interrupted:
        return 130
    return 1 if not results.lines or any(one["system"].is_own for one in results.left_out) else 0


def prepare(options):
    pythons, versions = {}, {"tessera": machine.first_line(
        "git", "-C", str(environments.BENCHMARKS.parent), "describe", "--always", "--dirty")}
    for name, existing in options.environments.items():
        if name not in {system.environment for system in options.systems}:
            continue
        try:
            pythons[name], found = environments.prepared(name, existing)
        except RuntimeError as error:
            say(f"no environment for {name}: {error}")
            pythons[name], found = environments.HOME / name / "bin" / "python", {}
        versions.update(found)
    say("versions: " + ", ".join(f"{name} {version}" for name, version in versions.items() if version))
    return pythons, versions


def photographs(options, pythons, folder):
    """Returns the data set's folder for each size of photographs; makes copies for sizes other than `own`."""
    sources = {}
    for size in options.photographs:
        if size == "own":
            sources[size] = options.data
            continue
        target = folder / size
        say(f"copying the photographs at {size}")
        # Any environment has Pillow.
        environments.run([str(next(iter(pythons.values()))), str(environments.BENCHMARKS / "peers" / "photographs.py"),
                          str(options.data), str(target), *size.split("x")])
        sources[size] = target
    return sources


def measure(options, sources, pythons, programs, cache, results):
    """Lets every system read the same photographs in each round, one after the other, on the same cores."""
    all_cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    turns = [(number, Reading(size, cores, options.size, options.batch), system)
             for number in range(1, options.rounds + 1) for size in sources for cores in options.cores
             for system in options.systems]
    start = time.monotonic()
    for index, (number, work, system) in enumerate(turns, start=1):
        if results.is_left_out(system, work):
            continue
        minutes = (time.monotonic() - start) / 60
        say(f"[{index}/{len(turns)}, {minutes:.0f} min] round {number}: {work.title}: {system.title} ... ", end="")
        arguments = system.command(
            work, options, sources[work.photographs], pythons, programs, cache)
        # Children inherit it: decoders, workers and the consumer of the batches share these cores.
        if all_cores:
            os.sched_setaffinity(0, all_cores[:work.cores])
        try:
            line = measured(arguments)
        except RuntimeError as error:
            results.leave_out(system, work, str(error))
            say(f"left out: {error}\n  {shlex.join(arguments)}")
            continue
        finally:
            if all_cores:
                os.sched_setaffinity(0, all_cores)
        results.add(system, work, number, line)
        say(f"{line['picturesPerSecond']:.0f} per second")
