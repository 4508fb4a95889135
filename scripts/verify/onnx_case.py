"""What the scripts that export networks as ONNX share: pictures, what ONNX Runtime gives, and the comparison.

    python SCRIPT FOLDER [--compare] [NAME...]

exports all networks of a script, or those whose names begin so, as FOLDER/NAME.onnx, with ONNX Runtime's logits in
NAME.logits and sizes in NAME.json. With --compare, each is imported by Tessera right after it is exported (by the test
ImportedNetworksForVerification of the built tests: swift build -c release --build-tests) and then deleted, as together
they take gigabytes; FOLDER/results.tsv keeps a line for each size, or why there is none. onnx_table.py makes a table of it.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

PACKAGE = Path(__file__).resolve().parents[2]
TESTS = PACKAGE / ".build/release/tesseraPackageTests.xctest"
CLASSES = 21
SIZES = [(64, 64), (96, 128)]  # height, width
LARGEST = 5.0  # of a network's logits
CHOOSING = {"ArgMax", "Cast", "Identity", "LogSoftmax", "Sigmoid", "Softmax"}


def picture(height, width, channels=3, is_last=False):
    """A normalized picture that follows from a formula: sin(0.37 k) * 2 for number k of [channels, height, width]."""
    values = np.sin(np.arange(channels * height * width, dtype=np.float64) * 0.37) * 2
    values = values.astype(np.float32).reshape(1, channels, height, width)
    return np.ascontiguousarray(values.transpose(0, 2, 3, 1)) if is_last else values


def scores(path, is_last, sizes):
    """ONNX Runtime's values of what is before a choice among scores at the end of the first output, and how far they are
    from what it computes without optimizing: a network that magnifies rounding has no closer values."""
    model = onnx.load(path)
    producers = {name: node for node in model.graph.node for name in node.output}
    name = model.graph.output[0].name
    while name in producers and producers[name].op_type in CHOOSING:
        name = producers[name].input[0]
    order = None
    if name in producers and producers[name].op_type == "Transpose":
        before = producers.get(producers[name].input[0])
        if before is not None and before.op_type in CHOOSING:  # as Keras' networks end
            name, order = before.input[0], [list(part.ints) for part in producers[name].attribute][0]
    if name != model.graph.output[0].name:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    data = model.SerializeToString() if model.ByteSize() < 1 << 31 else path
    runs = []
    for level in ["ORT_ENABLE_ALL", "ORT_DISABLE_ALL"]:
        settings = onnxruntime.SessionOptions()
        settings.log_severity_level = 3
        settings.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
        session = onnxruntime.InferenceSession(data, settings, providers=["CPUExecutionProvider"])
        image = session.get_inputs()[0].name
        runs.append([session.run([name], {image: picture(*size, is_last=is_last)})[0] for size in sizes])
    spread = [float(np.abs(a - b).max()) for a, b in zip(*runs)]
    return [part.transpose(order) if order else part for part in runs[0]], spread


def finish(path, is_last=False, sizes=SIZES):
    """Writes NAME.logits and NAME.json beside NAME.onnx, and prints a line."""
    path = Path(path)
    logits, spread = scores(str(path), is_last, sizes)
    path.with_suffix(".logits").write_bytes(b"".join(part.astype("<f4").tobytes() for part in logits))
    model = onnx.load(str(path), load_external_data=False)
    operations = sorted({node.op_type for node in model.graph.node})
    version = max(opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx"))
    facts = {"sizes": sizes, "isChannelsLast": is_last, "version": version, "operations": operations, "spread": spread}
    path.with_suffix(".json").write_text(json.dumps(facts))
    largest = max(float(np.abs(part).max()) for part in logits)
    print(path.name, path.stat().st_size, [part.shape for part in logits], f"largest {largest:.3g}", flush=True)


def reason(error):
    """What an exporter raised, as a line."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160] if lines else ''}"


def compared(path):
    """The lines of results.tsv for a network: its name, the version of the operators, size, largest logit, difference,
    and how far ONNX Runtime is from itself."""
    folder = path.parent / f"{path.stem}.compared"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for part in [path, path.with_suffix(".logits"), path.with_suffix(".json")]:
        part.rename(folder / part.name)
    done = subprocess.run(
        [TESTS, "--testing-library", "swift-testing", "--filter", "ImportedNetworksForVerification"],
        env={**os.environ, "TESSERA_ONNX_IMPORTS": str(folder)}, cwd=PACKAGE, capture_output=True, text=True)
    table = folder / "differences.tsv"
    lines = table.read_text().splitlines()[1:] if table.exists() else []
    spread = json.loads((folder / f"{path.stem}.json").read_text())["spread"]
    lines = [f"{line}\t{own:.3g}" for line, own in zip(lines, spread)] if len(lines) == len(spread) else lines
    shutil.rmtree(folder)
    return lines or [f"{path.stem}\tthe test ended with {done.returncode}: {done.stderr.strip()[-300:]!r}"]


def note(table, name, lines):
    """Puts the lines of a network in the place of its former ones."""
    former = table.read_text().splitlines() if table.exists() else []
    kept = [line for line in former if line.split("\t")[0] != name]
    table.write_text("\n".join(kept + lines) + "\n")
    print("\n".join(lines), flush=True)


def main(cases):
    """Does what the command line says.

    `cases` gives a function for each name, which exports a network to a path and returns what else `finish` takes.
    """
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="networks, or how their names begin; all by default")
    parser.add_argument("--compare", action="store_true", help="compare each network with Tessera, and delete it")
    options = parser.parse_intermixed_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in [name for name in cases if not options.names or name.startswith(tuple(options.names))]:
        path = options.folder / f"{name}.onnx"
        try:
            finish(path, **cases[name](str(path)))
            lines = compared(path) if options.compare else None
        except Exception as error:  # whatever exporters raise
            path.unlink(missing_ok=True)
            lines = [f"{name}\tcannot be exported: {reason(error)}"]
        if lines:
            note(options.folder / "results.tsv", name, lines)
