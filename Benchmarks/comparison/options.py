"""The command line of compare-peers."""
import argparse
import os
import pathlib
import time

from peers.networks import GROUPS, NETWORKS, ORIGINAL

from .systems import PEERS

DESCRIPTION = """Times Tessera and other systems in turns, each in its own process, and writes a table of medians and
ratios, a chart and JSON. Missing systems are installed into Benchmarks/.venv-peers."""


def parsed(arguments):
    """Returns the options; exits with one line and status 2 if they make no sense."""
    original = [network.name for network in ORIGINAL]
    parser = argparse.ArgumentParser(prog="compare-peers", description=DESCRIPTION)
    what = parser.add_argument_group("what is measured")
    what.add_argument("--networks", type=words(*NETWORKS, **GROUPS), default=original, metavar="A,B",
                      help=f"{', '.join(NETWORKS)}, or {', '.join(GROUPS)} for all but the first two; default: "
                      f"{','.join(original)}")
    what.add_argument("--modes", type=words("train", "inference"), metavar="A,B",
                      help="train, inference or both; default: both")
    what.add_argument("--sizes", type=sizes, metavar="N,N", help="sides of the square pictures; default: 128 for "
                      f"{' and '.join(original)}, otherwise 256 in training, 128, 256 and 512 in inference")
    what.add_argument("--batch", type=counts, metavar="N,N",
                      help="pictures in a pass; default: 5 in training, 1 in inference")
    what.add_argument("--peers", type=words(*PEERS), default=list(PEERS), metavar="A,B",
                      help=f"{', '.join(PEERS)}, or '' for only Tessera; default: all")
    what.add_argument("--launch", action="store_true",
                      help="also the time from launching a trainer to its first finished step")
    what.add_argument("--goals", action="store_true",
                      help="everything that the table of goals needs: training steps, inference, one thread, larger "
                      "batches and pictures, launch")
    what.add_argument("--check", action="store_true",
                      help="try everything quickly: 64 px, one round, one run; no measurement")
    how = parser.add_argument_group("how")
    how.add_argument("--threads", type=count, metavar="N", help="default: all cores")
    how.add_argument("--rounds", type=count, metavar="N", help="turns of all systems; default: 3")
    how.add_argument("--runs", type=count, metavar="N",
                     help="timed runs in a process, of short inference four times as many; default: 5")
    how.add_argument("--programs", type=programs, metavar="DIR",
                     help="a folder with built programs, such as .build/release; default: builds them")
    how.add_argument("--torch-environment", type=environment, metavar="DIR",
                     help="a virtual environment with PyTorch, the packages that have the networks, ONNX Runtime, "
                     "OpenVINO, ncnn; used as it is")
    how.add_argument("--tensorflow-environment", type=environment, metavar="DIR",
                     help="a virtual environment with TensorFlow; used as it is")
    how.add_argument("--output", type=pathlib.Path, metavar="DIR", help="a new folder; default: runs/compare-DATE")
    options = parser.parse_args(arguments)

    fixed = [name for name in ("modes", "sizes", "batch") if getattr(options, name)]
    if options.goals and fixed:
        parser.error(f"--goals chooses modes, sizes and batches itself; remove --{fixed[0]}")
    others = [name for name in options.networks if name not in original]
    if options.goals and others:
        parser.error(f"--goals are about {' and '.join(original)}; remove {others[0]} from --networks")
    if options.check and (options.goals or options.sizes or options.rounds or options.runs):
        parser.error("--check stands for --sizes 64 --rounds 1 --runs 1 --launch; remove what contradicts it")
    if options.check:
        options.sizes, options.rounds, options.runs, options.launch = [64], 1, 1, True
    options.launch = options.launch or options.goals
    options.modes = options.modes or ["train", "inference"]
    options.threads = options.threads or usable_cores()
    options.rounds = options.rounds or 3
    options.runs = options.runs or 5
    options.output = options.output or pathlib.Path("runs", time.strftime("compare-%Y-%m-%d-%H%M%S"))
    if options.output.exists() and (not options.output.is_dir() or any(options.output.iterdir())):
        parser.error(f"--output: {options.output} exists and is not an empty folder")
    options.peers = [peer for name, peer in PEERS.items() if name in options.peers]
    return options


def usable_cores():
    """Returns the number of cores that this process may use, if the system says; otherwise all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def words(*known, **groups):
    """Returns a parser of lists whose words must be among `known`, or name a group of them."""
    def parse(text):
        found = []
        for word in filter(None, map(str.strip, text.split(","))):
            if word not in known and word not in groups:
                raise argparse.ArgumentTypeError(f"'{word}' is not one of {', '.join((*known, *groups))}")
            found += groups.get(word, [word])
        return list(dict.fromkeys(found))
    return parse


def count(text):
    if not text.strip().isdecimal() or not 1 <= int(text) <= 16_384:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to 16384")
    return int(text)


def counts(text):
    return [count(word) for word in text.split(",")]


def sizes(text):
    found = counts(text)
    for size in found:
        if size % 32 != 0:
            raise argparse.ArgumentTypeError(f"{size} is not a multiple of 32, which the networks need")
    return found


def programs(text):
    folder = pathlib.Path(text)
    if not (folder / "tessera").exists():
        raise argparse.ArgumentTypeError(f"there is no program tessera in {text}")
    return folder.resolve()


def environment(text):
    folder = pathlib.Path(text)
    if not (folder / "bin" / "python").exists():
        raise argparse.ArgumentTypeError(f"{text} is not a virtual environment: there is no bin/python")
    return folder
