"""Times a pass of one picture through an ONNX file. Prints one line of JSON.

    python onnx_inference.py model.onnx openvino --size 256 --threads 2 --runs 20

OpenVINO and ncnn are timed only if their results are those of ONNX Runtime. pnnx converts the file for ncnn.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import timing
from engines import ENGINES, onnxruntime, onnxruntime_session
from pictures import check, sampled


def picture(path, size):
    """Returns a random picture as the file's only input takes it."""
    shape = onnxruntime_session(path, 1).get_inputs()[0].shape
    is_last = shape[-1] in (1, 3, 4) and shape[1] not in (1, 3, 4)
    channels = next((length for length in (shape[-1], shape[1]) if length in (1, 3, 4)), 3)
    lengths = (1, size, size, channels) if is_last else (1, channels, size, size)
    return numpy.random.default_rng(1).random(lengths, dtype=numpy.float32)


def for_ncnn(path, pictures, folder):
    """Writes the file as ncnn reads it, and returns its name without ending."""
    pnnx = pathlib.Path(sys.executable).with_name("pnnx")
    target = pathlib.Path(folder, "model.onnx")
    target.symlink_to(pathlib.Path(path).resolve())
    shape = ",".join(map(str, pictures.shape))
    # fp16=0 keeps the weights in 32 bits.
    done = subprocess.run(
        [str(pnnx), "model.onnx", f"inputshape=[{shape}]", "fp16=0"], cwd=folder, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace")
    if not pathlib.Path(folder, "model.ncnn.bin").exists():
        lines = done.stdout.strip().splitlines() or [f"exit {done.returncode}"]
        raise SystemExit(f"pnnx: {lines[-1]}")
    return os.path.join(folder, "model.ncnn")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("engine", choices=list(ENGINES))
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    pictures = picture(chosen.file, chosen.size)
    with tempfile.TemporaryDirectory() as folder:
        path = for_ncnn(chosen.file, pictures, folder) if chosen.engine == "ncnn" else chosen.file
        infer = ENGINES[chosen.engine](path, pictures, chosen.threads)
        if chosen.engine != "onnxruntime":
            expected = onnxruntime(chosen.file, pictures, chosen.threads)()
            check(infer(), sampled(expected), "ONNX Runtime")
        print(json.dumps({
            "peer": chosen.engine, "file": chosen.file, "size": chosen.size, "threads": chosen.threads,
            **timing.timed(infer, chosen.runs)}))


if __name__ == "__main__":
    main()
