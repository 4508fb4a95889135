"""Gives every option of every program values that nobody intends, and counts what ends other than with a message.

    python options.py FOLDER [--seed N] [--only WORD] [--hang SECONDS] [--megabytes N] [--jobs N] [--verbose]

FOLDER holds the programs unet, fcnn and tessera, such as .build/debug. The options are those of the programs' own
--help; each gets each value together with options that make a run as short as possible, some values together with others,
and --pairs pairs of options get values that --seed draws. It looks for traps (the program ends by a signal, or with 128 or
more), hangs (longer than --hang), memory (more than --megabytes touched) and control characters on standard error.
Exits with 1 if it finds any.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LONG = "x" * 100_000
VALUES = [
    "0", "-1", "1", str(2**31), str(2**63 - 1), str(-2**63), "1e-320", "5e-324", "1e308", "nan", "inf", "", LONG,
    "a\x1b[31mb\r\n\tc", "1,0", "1," * 2000 + "1", "nan,inf", "x=1e308", "x=5e-324", "/dev/null", "pipe", "none",
]
TRAINER = ("--width 2 --image-size 32 --epochs 2 --steps-per-epoch 1 --batch-size 1 --validation-steps 1 --time-limit 0.1"
           " --threads 1").split()
# Every combination that other options need; each program's last word is where its options go.
SHORT = {
    ("unet",): [TRAINER, TRAINER + ["--schedule", "one-cycle"], TRAINER + ["--schedule", "plateau", "--data", "data"],
                TRAINER + ["--schedule", "step", "--clip-norm", "1"]],
    ("tessera", "summary"): [["unet", "--image-size", "32", "--classes", "2"]],
    ("tessera", "bench"): [
        "--model unet --mode inference --size 32 --runs 1 --threads 1".split(),
        "--model unet --mode train --size 16 --batch 1 --runs 1".split()],
    ("tessera", "bench-data"): [
        "--data data --image-size 16 --batch 2 --loader-threads 1 --runs 1 --seconds 0.05".split()],
    ("tessera", "show-data"): [["data", "--image-size", "16", "--count", "2"]],
    ("tessera", "doctor"): [["data", "--image-size", "16"], ["data", "--json"]],
    ("tessera", "predict"): [
        "--checkpoint net.safetensors data/images/0.png --output masks".split(),
        "--checkpoint net.safetensors data/images/0.png --preview --scale original".split()],
    ("tessera", "evaluate"): [
        "--checkpoint net.safetensors --data data".split(),
        "--checkpoint net.safetensors --data data --scale original --split training".split()],
    ("tessera", "compare"): [["run", "run"], ["run", "--output", "page.html"]],
    ("tessera", "report"): [["run"]],
    ("tessera", "export"): ["--checkpoint net.safetensors --to net.onnx".split()],
    ("tessera", "download"): [["vgg16", "--from", "data/classes.txt"]],
}
# They wait for a network or for other programs, as they should.
SKIPPED = {"--mirror", "--help", "--version", "--kills"}
SURROUNDINGS = [{"COLUMNS": value, "LINES": value, "FORCE_COLOR": "1"} for value in VALUES if len(value) < 1000]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1, help="of the pairs")
    parser.add_argument("--pairs", type=int, default=200, help="how many pairs of options with values are drawn")
    parser.add_argument("--only", default="", help="programs and subcommands whose name has this word")
    parser.add_argument("--hang", type=float, default=20, help="seconds")
    parser.add_argument("--megabytes", type=int, default=2048)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def options_of(folder, program):
    """The names of options with a value, as in the program's help."""
    text = subprocess.run([folder / program[0], *program[1:], "--help"], capture_output=True, text=True).stdout
    return sorted({name for name in re.findall(r"^\s+(--[a-z-]+) <", text, re.M)} - SKIPPED)


def prepare(folder, place):
    """A data set, a run, its checkpoint and a pipe."""
    (place / "data/images").mkdir(parents=True)
    (place / "data/masks").mkdir()
    os.mkfifo(place / "pipe")
    subprocess.run([folder / "unet", *TRAINER, "--output", "run"], cwd=place, check=True, capture_output=True)
    shutil.copy(place / "run/checkpoints/best.safetensors", place / "net.safetensors")
    for number in range(4):
        write_picture(place / f"data/images/{number}.png", 3)
        write_picture(place / f"data/masks/{number}.png", 1)
    (place / "data/classes.txt").write_text("left\nright\n")


def write_picture(path, channels, side=24):
    """A PNG with two halves."""
    import struct
    import zlib
    row = b"\0" + b"".join(bytes([(column * 2 // side) * (1 if channels == 1 else 200)] * channels)
                           for column in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", side, side, 8, 0 if channels == 1 else 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * side))
                     + chunk(b"IEND", b""))


def run(words, place, limits, surroundings=None):
    """What ended other than with a code below 128; None if all is well."""
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")} | (surroundings or {})
    environment["SWIFT_BACKTRACE"] = "enable=no"
    with tempfile.TemporaryDirectory() as own:
        for name in ("data", "net.safetensors", "run"):
            # A separate folder for each: what one writes must not affect the next.
            if name == "run":
                shutil.copytree(place / name, pathlib.Path(own) / name)
            else:
                os.symlink(place / name, pathlib.Path(own) / name)
        os.mkfifo(pathlib.Path(own) / "pipe")
        errors = tempfile.TemporaryFile()
        process = subprocess.Popen(words, cwd=own, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=errors)
        end = time.monotonic() + limits.hang
        while True:
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            if time.monotonic() > end:
                process.kill()
                os.wait4(process.pid, 0)
                process.returncode = -9
                return "hang"
            time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read()
    if process.returncode < 0 or process.returncode >= 128:
        return f"trap ({process.returncode}): {text[-300:].decode(errors='replace').strip()}"
    if usage.ru_maxrss > limits.megabytes * 1024:
        return f"memory: {usage.ru_maxrss // 1024} MB"
    if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", text.replace(b"\x1b[1;31m", b"").replace(b"\x1b[1;36m", b"")
                 .replace(b"\x1b[1;33m", b"").replace(b"\x1b[0m", b"")):
        return "control characters on standard error"
    return None


def trials(limits):
    """Every command line, with its context."""
    draw = random.Random(limits.seed)
    programs = [program for program in SHORT if limits.only in " ".join(program)]
    known = {program: options_of(limits.folder, program) for program in programs}
    for program in programs:
        start = [str(limits.folder / program[0]), *program[1:]]
        for place, base in enumerate(SHORT[program]):
            for option in known[program]:
                for value in VALUES if place == 0 else draw.sample(VALUES, 5):
                    yield start + base + [f"{option}={value}"], None
            yield start + base + [LONG], None
            for surroundings in SURROUNDINGS if program[-1] in ("predict", "compare") else []:
                yield start + base, surroundings
        for _ in range(limits.pairs // len(programs)):
            chosen = draw.sample(known[program], min(2, len(known[program])))
            yield start + draw.choice(SHORT[program]) + [f"{name}={draw.choice(VALUES)}" for name in chosen], None


def main():
    limits = arguments()
    limits.folder = limits.folder.resolve()
    found, count = [], 0
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        prepare(limits.folder, place)
        with concurrent.futures.ThreadPoolExecutor(limits.jobs) as pool:
            pending = [(words, around, pool.submit(run, words, place, limits, around)) for words, around in trials(limits)]
            for words, around, result in pending:
                count += 1
                fault = result.result()
                shown = " ".join([pathlib.Path(words[0]).name] + [w if len(w) < 200 else w[:30] + "..." for w in words[1:]])
                if limits.verbose:
                    print(shown, fault, flush=True)
                if fault:
                    found.append(fault)
                    print(f"{shown!r} {around or ''}\n    {fault}", flush=True)
    kinds = {kind: sum(f.startswith(kind) for f in found) for kind in ("trap", "hang", "memory", "control")}
    print(f"{count} command lines: " + ", ".join(f"{number} {kind}" for kind, number in kinds.items()))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
