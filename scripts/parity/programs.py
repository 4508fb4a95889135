"""Starts both libraries on the same photographs, masks and initial weights, which are in one working folder."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import photographs

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parents[1]
NETWORKS = ("unet", "fcnn")
SIZE, BATCH = 128, 5


def start(*command, **environment):
    """Runs a program to the end, its output among ours; stops if it fails."""
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True, env=os.environ | environment)


def prepare(source, work):
    """Builds Tessera, and writes what both libraries read."""
    start("swift", "build", "--package-path", PACKAGE, "-c", "release")
    photographs.prepare(source, work / "data", SIZE)
    for network in NETWORKS:
        if not weights(network, work).exists():
            keras("weights", network, work)


def weights(network, work):
    return work / f"{network}.safetensors"


def keras(action, network, work, *arguments, **environment):
    """Lets Keras do one thing in a separate process, as the environment decides which kernels TensorFlow uses."""
    start(sys.executable, HERE / "keras_training.py", action, network, "--weights", weights(network, work),
          "--data", work / "data", "--size", SIZE, "--batch-size", BATCH, *arguments, **environment)


def tessera(network, work, run, *arguments):
    """Trains with Tessera into the folder `run`, replacing what an earlier attempt left."""
    for name in ("metrics.jsonl", "checkpoints/last.safetensors", "checkpoints/best.safetensors"):
        (run / name).unlink(missing_ok=True)
    start(PACKAGE / ".build/release" / network, "--data", work / "data", "--void", "none", "--image-size", SIZE,
          "--batch-size", BATCH, "--epochs", 1, "--augmentation", "none", "--no-shuffle", "--dropout", 0,
          "--initial-weights", weights(network, work), "--output", run, *arguments)


def options(description):
    """A parser with the options that every script here has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="photographs: images, annotations, classes.txt")
    parser.add_argument("--work", type=Path, default=PACKAGE / ".build/parity",
                        help="where everything is written (default: .build/parity)")
    parser.add_argument("--network", choices=NETWORKS, help="only this one")
    return parser


def chosen_networks(chosen):
    return [chosen.network] if chosen.network else NETWORKS


def table(rows):
    """Rows of text in columns; the first two are words."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column < 2 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(row, widths))) for row in rows)
