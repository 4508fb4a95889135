"""What the timed programs share: their options, the timing, and the line of JSON that they print."""
import argparse
import json
import resource
import statistics
import sys
import time

from networks import NETWORKS


def options(description, peers, batch):
    """Returns the command line's parser; `batch` is the default of --batch."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=list(NETWORKS), metavar="network")
    parser.add_argument("peer", choices=peers)
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7)
    return parser


def measure(work, mode, chosen):
    """Times `work` and prints a line like `tessera bench --json`."""
    print(json.dumps({
        "peer": chosen.peer, "network": chosen.network, "mode": mode, "batch": chosen.batch, "size": chosen.size,
        "classes": NETWORKS[chosen.network].classes, "threads": chosen.threads, **timed(work, chosen.runs)}))


def timed(work, runs):
    """Calls `work` twice to warm up, then times each run."""
    for _ in range(2):
        work()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1_048_576)
    return {"medianSeconds": statistics.median(seconds), "minSeconds": min(seconds), "peakMegabytes": peak}
