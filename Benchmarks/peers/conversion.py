"""Writes a network with random weights in the format of an inference engine.

    python conversion.py unet onnx 1 128 model            # model.onnx
    python conversion.py unet ncnn 1 128 model            # model.param and model.bin

Next to it, model.npy holds what PyTorch computes.

A separate program, so the memory of the conversion does not count as the engine's.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import pictures


def export_onnx(network, images, target):
    import torch
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        file = pathlib.Path(folder, "model.onnx")
        try:
            torch.onnx.export(network, (images,), str(file), opset_version=17, dynamo=False)
        except torch.onnx.OnnxExporterError:
            # The newer exporter knows more, such as pooling to a size that does not divide the features'.
            torch.onnx.export(
                network, (images,), str(file), opset_version=18, dynamo=True, external_data=False, verbose=False)
        file.rename(f"{target}.onnx")


def export_ncnn(network, images, target):
    import torch
    shape = ",".join(map(str, images.shape))
    pnnx = pathlib.Path(sys.executable).with_name("pnnx")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        torch.jit.trace(network, images).save(os.path.join(folder, "model.pt"))
        # fp16=0 keeps the weights in 32 bits.
        done = subprocess.run(
            [str(pnnx), "model.pt", f"inputshape=[{shape}]", "fp16=0"], cwd=folder, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f"pnnx: {(done.stdout.strip().splitlines() or ['exit ' + str(done.returncode)])[-1]}")
        # The weights first: the file with the layers shows that both are there.
        for ending in ("bin", "param"):
            pathlib.Path(folder, f"model.ncnn.{ending}").rename(f"{target}.{ending}")


def main():
    name, target_format, batch, size, target = sys.argv[1:]
    warnings.filterwarnings("ignore")
    import networks_torch
    import numpy
    import torch
    torch.manual_seed(1)
    network = networks_torch.network(name).eval()
    images = torch.from_numpy(pictures.random_pictures(int(batch), int(size)))
    with torch.no_grad():
        numpy.save(f"{target}.npy", pictures.sampled(network(images).numpy()))
        try:
            {"onnx": export_onnx, "ncnn": export_ncnn}[target_format](network, images, pathlib.Path(target))
        except RuntimeError as error:
            # The first sentence says what is not supported; listings of the graph follow.
            raise SystemExit(str(error).strip().split("\n")[0].split(". ")[0]) from error


if __name__ == "__main__":
    main()
