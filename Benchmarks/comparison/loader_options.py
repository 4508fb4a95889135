"""The command line of compare-loaders."""
import argparse
import pathlib
import re
import time

from .loader_systems import OWN, PEERS
from .options import count, counts, environment, usable_cores, words

DESCRIPTION = """Times how Tessera, torchvision's DataLoader and tf.data read the same photographs with their masks:
decode, scale to a square (antialiased; masks by nearest neighbor), mirror half of them, stack
batches of 32-bit floats. Systems take turns, each in its own process, bound to as many cores as it
has workers. Missing systems are installed into Benchmarks/.venv-peers."""


def parsed(arguments):
    """Returns the options; exits with one line and status 2 if they make no sense."""
    parser = argparse.ArgumentParser(prog="compare-loaders", description=DESCRIPTION)
    what = parser.add_argument_group("what is measured")
    what.add_argument("--data", type=dataset, required=True, metavar="DIR",
                      help="a data set with images/training and annotations/training")
    what.add_argument("--photographs", type=photograph_sizes, default=["own"], metavar="A,B",
                      help="sizes of the photographs that are read: own, or WIDTHxHEIGHT for copies; default: own")
    what.add_argument("--peers", type=words(*PEERS), default=list(PEERS), metavar="A,B",
                      help=f"{', '.join(PEERS)}, or '' for only Tessera; default: all")
    what.add_argument("--cores", type=counts, metavar="N,N",
                      help="workers, and cores that they share; default: 1 and all")
    what.add_argument("--size", type=count, default=128, metavar="N", help="side of the square; default: 128")
    what.add_argument("--batch", type=count, default=5, metavar="N", help="pictures in a batch; default: 5")
    how = parser.add_argument_group("how")
    how.add_argument("--rounds", type=count, default=3, metavar="N", help="turns of all systems; default: 3")
    how.add_argument("--runs", type=count, default=5, metavar="N", help="timed runs in a process; default: 5")
    how.add_argument("--seconds", type=float, default=0.5, metavar="X", help="how long a run lasts; default: 0.5")
    how.add_argument("--torchvision-environment", type=environment, metavar="DIR",
                     help="a virtual environment with torchvision and Pillow; used as it is")
    how.add_argument("--tensorflow-environment", type=environment, metavar="DIR",
                     help="a virtual environment with TensorFlow and Pillow; used as it is")
    how.add_argument("--output", type=pathlib.Path, metavar="DIR", help="a new folder; default: runs/compare-DATE")
    options = parser.parse_args(arguments)
    options.cores = options.cores or sorted({1, usable_cores()})
    if max(options.cores) > usable_cores():
        parser.error(f"--cores: there are {usable_cores()} cores")
    if not 0 < options.seconds <= 60:
        parser.error(f"--seconds: {options.seconds} is not between 0 and 60")
    options.systems = OWN + [peer for name, peer in PEERS.items() if name in options.peers]
    options.environments = {
        "torchvision": options.torchvision_environment, "tensorflow": options.tensorflow_environment}
    if not options.peers and options.photographs != ["own"]:
        parser.error("--photographs: copies need Pillow, which comes with a peer; name one in --peers")
    options.output = options.output or pathlib.Path("runs", time.strftime("compare-%Y-%m-%d-%H%M%S"))
    if options.output.exists() and (not options.output.is_dir() or any(options.output.iterdir())):
        parser.error(f"--output: {options.output} exists and is not an empty folder")
    return options


def dataset(text):
    folder = pathlib.Path(text)
    for part in ("images", "annotations"):
        if not (folder / part / "training").is_dir():
            raise argparse.ArgumentTypeError(f"there is no folder {folder / part / 'training'}")
    return folder


def photograph_sizes(text):
    found = [word.strip() for word in text.split(",") if word.strip()]
    for word in found:
        if word != "own" and not re.fullmatch(r"[1-9]\d{0,4}x[1-9]\d{0,4}", word):
            raise argparse.ArgumentTypeError(f"'{word}' is neither 'own' nor WIDTHxHEIGHT")
    return found or ["own"]
