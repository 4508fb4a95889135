"""Runs every system's processes in turns and collects their lines."""
import json
import shlex
import subprocess
import time

from .environments import BENCHMARKS
from .progress import say

# Seconds after which a process is assumed to hang.
LIMIT = 1800


def command(system, work, options, pythons, programs, models):
    settings = ["--batch", str(work.batch), "--size", str(work.size), "--threads", str(work.threads),
                "--runs", str(options.runs * work.runs_factor)]
    if system.name == "tessera":
        return [str(programs / "tessera"), "bench", "--model", work.network, "--mode", work.mode, "--json", *settings]
    script = BENCHMARKS / "peers" / {"train": "training.py", "inference": "inference.py"}[work.mode]
    if work.mode == "inference":
        settings += ["--models", str(models)]
    return [str(pythons[system.environment]), str(script), work.network, system.name, *settings]


def measured(arguments):
    """Returns the line of JSON that one process printed; raises with the reason if there is none."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, errors="replace", timeout=LIMIT)
    except OSError as error:
        raise RuntimeError(f"{arguments[0]}: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"no result within {LIMIT // 60} minutes") from error
    if done.returncode == 0:
        for line in reversed(done.stdout.splitlines()):
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError("no line of JSON")
    reasons = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    status = f"ended by signal {-done.returncode}" if done.returncode < 0 else f"exit status {done.returncode}"
    raise RuntimeError(reasons[-1] if reasons else status)


def measure_in_turns(works, options, pythons, programs, models, results):
    """In each round, every piece of work is done by its systems in turn; `results` takes the lines as they come."""
    turns = [(number, work, system) for number in range(1, options.rounds + 1) for work in works
             for system in work.systems(options.peers)]
    start = time.monotonic()
    for index, (number, work, system) in enumerate(turns, start=1):
        if results.is_left_out(system, work):
            continue
        minutes = (time.monotonic() - start) / 60
        say(f"[{index}/{len(turns)}, {minutes:.0f} min] round {number}: {work.title}: {system.title} ... ", end="")
        arguments = command(system, work, options, pythons, programs, models)
        try:
            line = measured(arguments)
        except RuntimeError as error:
            results.leave_out(system, work, str(error))
            say(f"left out: {error}\n  {shlex.join(arguments)}")
            continue
        results.add(system, work, number, line)
        say(f"{line['medianSeconds']:.4f} s, {line['peakMegabytes']:.0f} MB")
