"""The steps of compare-onnx: build, install, import the files, measure in turns, report."""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from . import environments, machine
from .measuring import LIMIT, take_turn
from .options import count, counts, environment, programs, usable_cores, words
from .program import build
from .progress import say
from .results import Results
from .systems import System, counted
from .tables import digits, table

DESCRIPTION = """Times the inference of one picture by networks in ONNX files, in Tessera and in other engines, in turns,
each in its own process; writes a table of medians and ratios, and JSON. Missing engines are installed into
Benchmarks/.venv-peers."""
ENVIRONMENT = "onnx"
IMPORTED = System("tessera", "Tessera", ("inference",), environment="")
NATIVE = System("native", "Tessera's own", ("inference",), environment="")
ENGINES = {engine.name: engine for engine in (
    System("onnxruntime", "ONNX Runtime", ("inference",), ENVIRONMENT),
    System("openvino", "OpenVINO", ("inference",), ENVIRONMENT),
    System("ncnn", "ncnn", ("inference",), ENVIRONMENT))}


@dataclass(frozen=True)
class FileWork:
    """One pass of a file's network over a square picture."""
    file: pathlib.Path
    # What Tessera calls the same network; `None` if that is not timed.
    network: str | None
    size: int
    threads: int

    @property
    def title(self):
        return f"{self.file.stem}, 1 picture of {self.size} px, {counted(self.threads, 'thread')}"


def parsed(arguments):
    parser = argparse.ArgumentParser(prog="compare-onnx", description=DESCRIPTION)
    parser.add_argument("files", type=onnx_file, nargs="+", metavar="FILE[=NETWORK]",
                        help="an ONNX file, and perhaps the network of Tessera's catalog that it is, to be timed as well")
    parser.add_argument("--sizes", type=counts, default=[256], metavar="N,N",
                        help="sides of the square pictures; default: 256")
    parser.add_argument("--peers", type=words(*ENGINES), default=list(ENGINES), metavar="A,B",
                        help=f"{', '.join(ENGINES)}, or '' for only Tessera; default: all")
    parser.add_argument("--threads", type=count, default=usable_cores(), metavar="N", help="default: all cores")
    parser.add_argument("--rounds", type=count, default=3, metavar="N", help="turns of all systems; default: 3")
    parser.add_argument("--runs", type=count, default=20, metavar="N", help="timed runs in a process; default: 20")
    parser.add_argument("--programs", type=programs, metavar="DIR",
                        help="a folder with built programs, such as .build/release; default: builds them")
    parser.add_argument("--environment", type=environment, metavar="DIR",
                        help="a virtual environment with ONNX Runtime, OpenVINO, ncnn and pnnx; used as it is")
    parser.add_argument("--output", type=pathlib.Path, metavar="DIR", help="a folder; default: runs/compare-onnx-DATE")
    options = parser.parse_args(arguments)
    options.output = options.output or pathlib.Path("runs", time.strftime("compare-onnx-%Y-%m-%d-%H%M%S"))
    return options


def onnx_file(text):
    """Returns a file's path, and the network behind an equals sign if there is one."""
    path, _, network = text.partition("=")
    if not pathlib.Path(path).is_file():
        raise argparse.ArgumentTypeError(f"there is no file {path}")
    return pathlib.Path(path), network or None


def main():
    options = parsed(sys.argv[1:])
    machine.warn_of_load()
    programs = options.programs or build(["tessera"])
    if programs is None:
        return 1
    python, versions = environments.prepared(ENVIRONMENT, options.environment) if options.peers else (None, {})
    options.output.mkdir(parents=True, exist_ok=True)
    results = Results(options.output, {
        "machine": machine.description(), "command": sys.argv[1:], "versions": versions})
    interrupted = False
    with tempfile.TemporaryDirectory(prefix="compare-onnx-") as folder:
        try:
            measure(options, programs, python, pathlib.Path(folder), results)
        except KeyboardInterrupt:
            interrupted = True
            say("\ninterrupted: the table shows what was measured so far")
    text = f"{machine.sentence(results)}\n\n{files_table(results)}\n"
    print(text)
    (options.output / "tables.md").write_text(text)
    if interrupted:
        return 130
    failed = results.failures or any(one["system"] in (IMPORTED, NATIVE) for one in results.left_out)
    return 1 if failed or not results.lines else 0


def measure(options, programs, python, folder, results):
    """In each round, every file is timed at every size by each system in turn."""
    checkpoints = {}
    for number, (path, _) in enumerate(options.files):
        checkpoint = folder / f"{number}.safetensors"
        say(f"importing {path}")
        done = subprocess.run(
            [str(programs / "tessera"), "import", str(path), "--pixels", "unit", "--to", str(checkpoint)],
            capture_output=True, text=True, timeout=LIMIT)
        if done.returncode == 0:
            checkpoints[path] = checkpoint
        else:
            results.fail(f"{path}: {(done.stderr.strip().splitlines() or ['not imported'])[-1]}")
            say(f"left out: {results.failures[-1]}")
    for number in range(1, options.rounds + 1):
        for path, network in options.files:
            for size in options.sizes if path in checkpoints else []:
                work = FileWork(path, network, size, options.threads)
                systems = [IMPORTED, *([NATIVE] if network else []), *(ENGINES[name] for name in options.peers)]
                for system in systems:
                    if results.is_left_out(system, work):
                        continue
                    say(f"round {number}: {work.title}: {system.title} ... ", end="")
                    arguments = command(system, work, options, programs, python, checkpoints[path], results)
                    take_turn(system, work, number, arguments, folder, results)


def command(system, work, options, programs, python, checkpoint, results):
    settings = ["--size", str(work.size), "--threads", str(work.threads), "--runs", str(options.runs)]
    own = [str(programs / "tessera"), "bench", "--mode", "inference", "--json", *settings]
    if system == IMPORTED:
        return [*own, "--checkpoint", str(checkpoint)]
    if system == NATIVE:
        # As many classes as the file has, which its own line says.
        classes = next(line["classes"] for line in reversed(results.lines) if "classes" in line)
        return [*own, "--model", work.network, "--classes", str(classes)]
    return [str(python), str(environments.BENCHMARKS / "peers" / "onnx_inference.py"), str(work.file), system.name,
            *settings]


def files_table(results):
    """Returns a line for each file and size; in brackets are the ratios to Tessera's time, that of the fastest bold."""
    works = [work for work in results.works if results.seconds(work, IMPORTED)]
    systems = [system for system in (NATIVE, *ENGINES.values()) if any(results.seconds(work, system) for work in works)]
    rows = []
    for work in works:
        own = results.seconds(work, IMPORTED)
        times = {system: results.seconds(work, system) for system in systems}
        engines = [time for system, time in times.items() if time and system != NATIVE]
        cells = []
        for time in times.values():
            ratio = f"{time / own:.2f}" if time else ""
            shown = f"**{ratio}**" if engines and time == min(engines) else ratio
            cells.append(f"{digits(time)} ({shown})" if time else "")
        rows.append([work.file.stem, work.size, digits(own), *cells])
    return table(["file", "px", "Tessera, s", *(system.title for system in systems)], rows, right_from=1)
