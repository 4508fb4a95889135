"""Times a trainer from its launch to its first finished step."""
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from peers.networks import ORIGINAL

from .progress import say

# The first step, and later ones that show what a step costs once everything is warm.
STEPS = 6
LIMIT = 600


def trainer(programs, network):
    """Returns the command that trains a network: the program of its own if it has one."""
    own = any(network == one.name for one in ORIGINAL)
    return [str(programs / network)] if own else [str(programs / "tessera"), "train", network]


def launched(command, size, threads):
    """Launches once; returns the seconds until the first step's line is in metrics.jsonl, and the later steps' median.

    Data are the built-in scenes; the trainer is killed as soon as it has taken its steps.
    """
    with tempfile.TemporaryDirectory() as folder:
        metrics = pathlib.Path(folder, "run", "metrics.jsonl")
        arguments = [*command, "--output", str(metrics.parent), "--image-size", str(size), "--threads",
                     str(threads), "--epochs", "1", "--steps-per-epoch", str(STEPS + 1)]
        start = time.perf_counter()
        process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            first = None
            while True:
                steps = finished_steps(metrics)
                now = time.perf_counter() - start
                if steps and first is None:
                    first = now
                if len(steps) >= STEPS:
                    return first, statistics.median(steps[1:STEPS])
                if process.poll() is not None:
                    raise RuntimeError((process.stderr.read().strip().splitlines() or ["it ended early"])[-1])
                if now > LIMIT:
                    raise RuntimeError(f"no {STEPS} steps within {LIMIT // 60} minutes")
                time.sleep(0.002 if first is None else 0.05)
        finally:
            process.kill()
            process.communicate()


def finished_steps(metrics):
    """Returns the seconds of each step whose line is complete."""
    try:
        lines = metrics.read_text().split("\n")[:-1]
    except OSError:
        return []
    return [line["seconds"] for line in map(json.loads, lines) if line["event"] == "step"]


def measure_launches(options, programs, results):
    size = 64 if options.check else 128
    for number in range(1, options.rounds + 1):
        for network in options.networks:
            say(f"round {number}: launch of {network} ... ", end="")
            try:
                first, step = launched(trainer(programs, network), size, options.threads)
            except (OSError, RuntimeError) as error:
                results.fail(f"launch of {network}: {error}")
                say(f"failed: {error}")
                continue
            results.add_launch(network, size, options.threads, number, first, step)
            say(f"first step after {first:.3f} s, a step takes {step:.3f} s")
