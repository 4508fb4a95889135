"""Compares exported networks with Tessera: in ONNX Runtime, in OpenVINO, OpenCV, ncnn and onnx2torch if they are
installed, and with onnx's checker.

    python3 -m venv .build/verify
    .build/verify/bin/pip install onnx onnxruntime openvino opencv-python-headless ncnn pnnx onnx2torch pillow
    .build/verify/bin/python scripts/verify/onnx_export.py --data STREET-SAMPLE

Needs built programs and tests (swift build -c release --build-tests). --data is a folder of photographs in ADE20K's
layout. Networks are trained a little, so nothing is 0 or symmetric, at a small and at the full width; the tests
write Tessera's logits of random pictures, `tessera predict` writes masks of photographs, and both are compared with what
the exported file gives. Exits with 1 if anything differs by more than 1e-4 of the largest logit.
"""
import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from PIL import Image

try:
    import openvino
except ImportError:
    openvino = None

try:
    import cv2
except ImportError:
    cv2 = None

try:
    import ncnn
except ImportError:
    ncnn = None

try:
    import onnx2torch
    import torch
except ImportError:
    onnx2torch = None

PACKAGE = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-4
failures = []


def report(what, error, limit=TOLERANCE, note=""):
    good = error <= limit
    print(f"  {'ok  ' if good else 'FAIL'} {what:<58} {error:9.2e} {note}")
    if not good:
        failures.append(what)


def tensors(path):
    """The float tensors of a safetensors file."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            first, last = entry["data_offsets"]
            found[name] = np.frombuffer(data[8 + length + first:8 + length + last], "<f4").reshape(entry["shape"])
    return found


def relative(found, expected):
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-30))


def checked(path):
    """The file's path after onnx's own checks; declared and inferred shapes must agree."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    declared, found = (m.graph.output[0].type.tensor_type for m in (model, inferred))
    assert declared.elem_type == found.elem_type, f"{path}: {declared} {found}"
    assert len(declared.shape.dim) == len(found.shape.dim), f"{path}: {declared} {found}"
    return str(path)


def runtime(path):
    session = onnxruntime.InferenceSession(checked(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda picture: session.run(None, {name: picture})[0]


def vino(path):
    model = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda picture: model([picture])[0]


def opencv(path):
    network = cv2.dnn.readNetFromONNX(str(path))

    def run(picture):
        network.setInput(picture)
        return network.forward()
    return run


def torch_modules(path):
    module = onnx2torch.convert(str(path)).eval()

    def run(picture):
        with torch.no_grad():
            return module(torch.from_numpy(picture)).numpy()
    return run


def ncnn_network(path, shape):
    """The file as pnnx translates it, in ncnn, without its 16-bit arithmetic."""
    folder = path.parent / f"{path.stem}.pnnx"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(path, folder / "net.onnx")
    done = subprocess.run(
        [Path(sys.executable).parent / "pnnx", "net.onnx", f"inputshape=[{','.join(map(str, shape))}]", "fp16=0"],
        cwd=folder, capture_output=True, text=True)
    if not (folder / "net.ncnn.param").exists():
        sys.exit(done.stdout + done.stderr)
    network = ncnn.Net()
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = network.opt.use_fp16_arithmetic = False
    network.load_param(str(folder / "net.ncnn.param"))
    network.load_model(str(folder / "net.ncnn.bin"))

    def run(picture):
        with network.create_extractor() as extractor:
            extractor.input("in0", ncnn.Mat(picture[0]))
            return np.array(extractor.extract("out0")[1])[None]
    return run


def fixed_readers():
    """Readers that need to know the size of the picture: from a file and that size to a function."""
    return {
        **({"OpenCV": lambda path, shape: opencv(path)} if cv2 else {}),
        **({"ncnn": ncnn_network} if ncnn and shutil.which(Path(sys.executable).parent / "pnnx") else {}),
        **({"onnx2torch": lambda path, shape: torch_modules(path)} if onnx2torch else {}),
    }


def test(name, folder, variable):
    """Runs tests that write to `folder` where the variable names it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["swift", "test", "--package-path", PACKAGE, "-c", "release", "--skip-build", "--disable-xctest", "--filter", name],
        env={**os.environ, variable: str(folder)}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)


def check_operations(work):
    folder = work / "operations"
    test("OperationTests|OpenSizesTests", folder, "TESSERA_ONNX_CASES")
    files = sorted(folder.glob("*.onnx"))
    assert len(files) > 25, "the tests wrote no operations"
    print(f"{len(files)} operations, largest error over the largest result:")
    for file in files:
        values = tensors(file.with_suffix(".safetensors"))
        report(file.stem, relative(runtime(file)(values["input"]), values["output"]), limit=1e-5)
        if not file.stem.startswith("network"):
            continue
        readers = {**fixed_readers(), **({"OpenVINO": lambda path, shape: vino(path)} if openvino else {})}
        for engine, read in readers.items():
            found = read(file, values["input"].shape)(values["input"])
            report(f"{file.stem} {engine}", relative(found, values["output"]))


def train(programs, work, data):
    """A checkpoint of each kind of network, under its name."""
    small = "--width 8 --image-size 64 --epochs 2 --steps-per-epoch 15 --batch-size 4 --validation-steps 2".split()
    full = "--image-size 128 --epochs 1 --steps-per-epoch 3 --batch-size 2 --validation-steps 1".split()
    runs = {
        "unet-small": ["unet", *small], "fcnn-small": ["fcnn", *small],
        "fcnn-head-small": ["fcnn", *small, "--head", "convolutionalized"],
        "unet-full": ["unet", *full], "fcnn-full": ["fcnn", *full],
        "fcnn-head-full": [
            "fcnn", *full, "--head", "convolutionalized", "--image-size", "64", "--optimizer", "sgd",
            "--learning-rate", "1e-6"],
    }
    checkpoints = work / "networks"
    checkpoints.mkdir(parents=True, exist_ok=True)
    for name, (program, *options) in runs.items():
        target = checkpoints / f"{name}.safetensors"
        if target.exists():
            continue
        run = work / "runs" / name
        shutil.rmtree(run, ignore_errors=True)
        subprocess.run(
            [programs / program, *options, "--data", data, "--output", run, "--no-tensorboard"], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.copy(run / "checkpoints" / "best.safetensors", target)
    return sorted(checkpoints.glob("*.safetensors"))


def export(programs, checkpoint, target, *options):
    subprocess.run(
        [programs / "tessera", "export", "--checkpoint", checkpoint, "--to", target, *options], check=True,
        stdout=subprocess.DEVNULL)
    return target


def check_logits(programs, work, checkpoints):
    logits = work / "logits"
    os.environ["TESSERA_ONNX_NETWORKS"] = str(work / "networks")
    test("LogitsForVerification", logits, "TESSERA_ONNX_LOGITS")
    print("logits of random pictures, largest error over the largest logit:")
    for checkpoint in checkpoints:
        name = checkpoint.stem
        model = export(programs, checkpoint, work / f"{name}.onnx")
        engines = {"ONNX Runtime": runtime(model), **({"OpenVINO": vino(model)} if openvino else {})}
        pictures = sorted(logits.glob(f"{name}.*.safetensors"))
        assert len(pictures) >= 4, f"no logits of {name}"
        for picture in pictures:
            values = tensors(picture)
            shape = values["image"].shape
            title = "x".join(map(str, shape))
            for engine, run in engines.items():
                report(f"{name} {title} {engine}", relative(run(values["image"]), values["logits"]))
            if shape[0] > 1:
                continue
            size = ["--batch", "1", "--size", f"{shape[2]}x{shape[3]}"]
            fixed = export(programs, checkpoint, work / f"{name}-{title}.onnx", *size)
            for engine, read in fixed_readers().items():
                report(f"{name} {title} {engine}", relative(read(fixed, shape)(values["image"]), values["logits"]))


def softmax(logits, axis):
    powers = np.exp(logits - logits.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


def check_variants(programs, work, checkpoints):
    print("other inputs and results of the same network:")
    for checkpoint in (c for c in checkpoints if c.stem.endswith("small")):
        name = checkpoint.stem
        picture = tensors(sorted((work / "logits").glob(f"{name}.*.safetensors"))[0])["image"]
        last = lambda values: np.ascontiguousarray(values.transpose(0, 2, 3, 1))
        logits = runtime(work / f"{name}.onnx")(picture)
        batch, _, height, width = picture.shape
        notes = {p.key: p.value for p in onnx.load(work / f"{name}.onnx").metadata_props}
        normal = json.loads(notes["normalization"])
        ordered = picture[:, ::-1] if normal["order"] == "bgr" else picture
        vector = lambda key: np.array(normal[key], np.float32).reshape(1, 3, 1, 1)
        normalized = ((ordered - vector("mean")) / vector("deviation")).astype(np.float32)
        variants = {
            "unit": (["--pixels", "unit"], (picture / 255).astype(np.float32), logits),
            "normalized": (["--pixels", "normalized"], normalized, logits),
            "nhwc": (["--layout", "nhwc"], last(picture), last(logits)),
            "fixed": (["--batch", str(batch), "--size", f"{height}x{width}"], picture, logits),
            "probabilities": (["--result", "probabilities"], picture, softmax(logits, 1)),
            "probabilities-nhwc": (
                ["--result", "probabilities", "--layout", "nhwc"], last(picture), last(softmax(logits, 1))),
        }
        for variant, (options, given, expected) in variants.items():
            model = export(programs, checkpoint, work / f"{name}-{variant}.onnx", *options)
            report(f"{name} {variant}", relative(runtime(model)(given), expected))
        classes = runtime(export(programs, checkpoint, work / f"{name}-classes.onnx", "--result", "classes"))(picture)
        void = notes["void"]
        if void != "none" and int(void) < logits.shape[1]:
            logits[:, int(void)] = -np.inf
        report(f"{name} classes", float((classes != logits.argmax(1)).mean()), limit=0)


def check_masks(programs, work, checkpoints, data):
    """What `tessera predict` writes for photographs of the training size is what the exported file says."""
    print("masks of photographs, share of pixels that differ:")
    photographs = sorted((data / "images" / "validation").glob("*"))[:6]
    for checkpoint in checkpoints:
        name = checkpoint.stem
        model = export(programs, checkpoint, work / f"{name}-classes.onnx", "--result", "classes")
        run = runtime(model)
        size = int({p.key: p.value for p in onnx.load(model).metadata_props}["training_size"])
        folder = work / "photographs" / str(size)
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for photograph in photographs:
            files.append(folder / f"{photograph.stem}.png")
            Image.open(photograph).convert("RGB").resize((size, size)).save(files[-1])
        masks = work / "masks" / name
        subprocess.run(
            [programs / "tessera", "predict", "--checkpoint", checkpoint, "--output", masks, *files], check=True,
            stdout=subprocess.DEVNULL)
        differing = []
        for file in files:
            picture = np.asarray(Image.open(file), np.float32).transpose(2, 0, 1)[None]
            mask = np.asarray(Image.open(masks / f"{file.stem}.mask.png"))
            differing.append(float((run(np.ascontiguousarray(picture))[0] != mask).mean()))
        # Two logits may be equal to rounding.
        report(name, max(differing), limit=1e-3, note=f"{len(files)} photographs, {size} x {size}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--programs", type=Path, default=PACKAGE / ".build" / "release")
    parser.add_argument("--work", type=Path, default=PACKAGE / ".build" / "verify-onnx")
    arguments = parser.parse_args()
    work, programs, data = (p.resolve() for p in (arguments.work, arguments.programs, arguments.data))
    work.mkdir(parents=True, exist_ok=True)
    print(f"onnx {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}, "
          f"OpenVINO {openvino.__version__ if openvino else 'not installed'}, "
          f"others: {', '.join(fixed_readers()) or 'not installed'}")
    check_operations(work)
    checkpoints = train(programs, work, data)
    check_logits(programs, work, checkpoints)
    check_variants(programs, work, checkpoints)
    check_masks(programs, work, checkpoints, data)
    print(f"{len(failures)} failures: {failures}" if failures else "all agree")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
