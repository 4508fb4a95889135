"""Runs every system's processes in turns and collects their lines."""
import itertools
import json
import os
import shlex
import signal
import subprocess
import tempfile
import time

from .environments import BENCHMARKS
from .progress import say

# Seconds after which a process is assumed to hang.
LIMIT = 1800


def command(system, work, options, pythons, programs, models):
    settings = ["--batch", str(work.batch), "--size", str(work.size), "--threads", str(work.threads),
                "--runs", str(options.runs * work.runs_factor)]
    if system.name == "tessera":
        return [str(programs / "tessera"), "bench", "--model", work.network, "--mode", work.mode, "--json",
                "--classes", str(work.classes), *settings]
    script = BENCHMARKS / "peers" / {"train": "training.py", "inference": "inference.py"}[work.mode]
    if work.mode == "inference":
        settings += ["--models", str(models)]
    return [str(pythons[system.environment]), str(script), work.network, system.name, *settings]


def measured(arguments, scratch=None):
    """Returns the line of JSON that one process printed; raises with the reason if there is none.

    `scratch` is where the process leaves its temporary files.
    """
    variables = {**os.environ, "TMPDIR": str(scratch)} if scratch else None
    try:
        done = subprocess.run(
            arguments, capture_output=True, text=True, errors="replace", timeout=LIMIT, env=variables)
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
    raise RuntimeError(reasons[-1] if reasons else ending(done.returncode))


def ending(status):
    """Says how a process ended that said nothing itself: engines crash on networks that they do not support."""
    return f"ended by signal {-status}, {signal.strsignal(-status)}" if status < 0 else f"exit status {status}"


def measure_in_turns(works, options, pythons, programs, results):
    """In each round, every piece of work is done by its systems in turn; `results` takes the lines as they come.

    What the engines' files need on disk is freed after each piece of work: many networks would fill a disk.
    """
    start, turns = time.monotonic(), itertools.count(1)
    count = options.rounds * sum(len(work.systems(options.peers)) for work in works)
    with tempfile.TemporaryDirectory(prefix="compare-peers-") as scratch:
        for number, work in itertools.product(range(1, options.rounds + 1), works):
            with tempfile.TemporaryDirectory(prefix="models-", dir=scratch) as models:
                for system, turn in zip(work.systems(options.peers), turns):
                    if results.is_left_out(system, work):
                        continue
                    minutes = (time.monotonic() - start) / 60
                    say(f"[{turn}/{count}, {minutes:.0f} min] round {number}: {work.title}: {system.title} ... ",
                        end="")
                    arguments = command(system, work, options, pythons, programs, models)
                    take_turn(system, work, number, arguments, scratch, results)


def take_turn(system, work, number, arguments, scratch, results):
    """Runs one process; a system that fails is left out of the following rounds."""
    try:
        line = measured(arguments, scratch)
    except RuntimeError as error:
        results.leave_out(system, work, str(error))
        say(f"left out: {error}\n  {shlex.join(arguments)}")
        return
    results.add(system, work, number, line)
    say(f"{line['medianSeconds']:.4f} s, {line['peakMegabytes']:.0f} MB")
