"""Times a forward pass of a peer. Prints one line of JSON.

    python inference.py unet ncnn --batch 1 --size 128 --threads 2 --runs 7 --models FOLDER

ONNX Runtime, OpenVINO and ncnn read files that conversion.py writes to FOLDER if they do not exist yet.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy
import timing
from engines import ENGINES
from pictures import check, random_pictures


def converted(chosen, ending):
    """Returns the network's file in an engine's format; another process writes it if it is missing."""
    target_format = "onnx" if ending == "onnx" else "ncnn"
    path = model_path(chosen, target_format)
    if not pathlib.Path(f"{path}.{ending}").exists():
        program = pathlib.Path(__file__).with_name("conversion.py")
        done = subprocess.run(
            [sys.executable, str(program), chosen.network, target_format, str(chosen.batch), str(chosen.size), path],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit(f"conversion to {target_format}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return f"{path}.{ending}"


def model_path(chosen, target_format):
    name = f"{target_format}-{chosen.network}-{chosen.batch}-{chosen.size}"
    return str(pathlib.Path(chosen.models, name).resolve())


def checked(infer, chosen, target_format):
    """Returns `infer` after checking that its logits are PyTorch's."""
    check(infer(), numpy.load(f"{model_path(chosen, target_format)}.npy"))
    return infer


def torch_pass(chosen):
    import networks_torch
    import torch
    torch.set_num_threads(chosen.threads)
    network = networks_torch.network(chosen.network).eval().to(memory_format=torch.channels_last)
    images = torch.from_numpy(random_pictures(chosen.batch, chosen.size)).to(memory_format=torch.channels_last)

    def infer():
        with torch.inference_mode(), torch.autocast(
                "cpu", dtype=torch.bfloat16, enabled=chosen.peer == "torch-bf16"):
            return network(images)

    return infer


def engine_pass(chosen):
    ending = "param" if chosen.peer == "ncnn" else "onnx"
    path = converted(chosen, ending)
    if ending == "param":
        converted(chosen, "bin")
        path = path.removesuffix(".param")
    infer = ENGINES[chosen.peer](path, random_pictures(chosen.batch, chosen.size), chosen.threads)
    return checked(infer, chosen, "ncnn" if ending == "param" else "onnx")


PASSES = {"torch": torch_pass, "torch-bf16": torch_pass, **{name: engine_pass for name in ENGINES}}


def main():
    parser = timing.options(__doc__, list(PASSES), batch=1)
    parser.add_argument("--models", metavar="FOLDER", help="default: a folder that is deleted afterwards")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chosen.models = chosen.models or folder
        timing.measure(PASSES[chosen.peer](chosen), "inference", chosen)


if __name__ == "__main__":
    main()
