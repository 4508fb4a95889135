"""Writes Tests/Golden/torch_layers.safetensors: operations of which PyTorch's conventions matter.

    pip install numpy safetensors torch
    OMP_NUM_THREADS=1 python scripts/golden/torch_layers.py

The metadata key `cases` is a JSON object of names with their settings. A case has its inputs, `output`, a cotangent
`seed` of the output's shape, and `gradient.<input>`, the gradient of the sum of output times seed; pictures are
channels-last. PyTorch computes in float64 from float32 arrays, and each result is rounded once.

Made with torch 2.15.0, numpy 2.4.6, safetensors 0.8.0.
"""

import json
import pathlib
import zlib

import numpy as np
import torch
from safetensors.numpy import save_file
from torch.nn import functional

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden"
RESIZES = [
    ((4, 5), (8, 10)), ((3, 3), (7, 5)), ((8, 9), (4, 3)), ((1, 1), (4, 6)), ((6, 7), (1, 1)), ((5, 4), (5, 4)),
    ((2, 6), (9, 1)),
]
BINS = [((12, 6), (6, 3)), ((7, 9), (3, 2)), ((5, 4), (1, 1)), ((3, 2), (5, 6)), ((13, 11), (6, 6))]
# Queries, keys, channels, channels of values, heads.
ATTENTIONS = [(6, 6, 8, 8, 1), (7, 3, 12, 12, 3), (5, 9, 6, 4, 2), (3, 1, 4, 4, 4)]


def on_pictures(function):
    return lambda x: function(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def attend(heads):
    def split(x):
        return x.unflatten(2, (heads, -1)).transpose(1, 2)

    def attention(query, key, value):
        return functional.scaled_dot_product_attention(split(query), split(key), split(value)).transpose(1, 2).flatten(2)

    return attention


def cases():
    """Names, settings, functions and the shapes of their inputs."""
    for source, target in RESIZES:
        function = on_pictures(lambda x, size=target: functional.interpolate(x, size, mode="bilinear", align_corners=True))
        name = "resize.{}x{}.to.{}x{}".format(*source, *target)
        yield name, {"operation": "resize", "size": target}, function, {"input": (2, *source, 3)}
    for source, target in BINS:
        function = on_pictures(torch.nn.AdaptiveAvgPool2d(target))
        name = "adaptiveAveragePool.{}x{}.to.{}x{}".format(*source, *target)
        yield name, {"operation": "adaptiveAveragePool", "size": target}, function, {"input": (2, *source, 3)}
    for queries, keys, channels, values, heads in ATTENTIONS:
        shapes = {"query": (2, queries, channels), "key": (2, keys, channels), "value": (2, keys, values)}
        name = f"attention.{queries}x{keys}.channels{channels}.{values}.heads{heads}"
        yield name, {"operation": "attention", "heads": heads}, attend(heads), shapes
    for epsilon in (1e-5, 1e-6):
        function = lambda x, weight, bias, epsilon=epsilon: functional.layer_norm(x, (6,), weight, bias, epsilon)
        shapes = {"input": (2, 5, 6), "scale": (6,), "offset": (6,)}
        yield f"layerNorm.{epsilon}", {"operation": "layerNorm", "epsilon": epsilon}, function, shapes


def main():
    arrays, described = {}, {}
    for name, settings, function, shapes in cases():
        random = np.random.default_rng(zlib.crc32(name.encode()))
        # Small numbers, whose variance is near a layer norm's epsilon.
        deviation = 0.002 if settings["operation"] == "layerNorm" else 1.5
        inputs = {
            key: (random.standard_normal(shape) * (deviation if key == "input" else 1.5)).astype(np.float32)
            for key, shape in shapes.items()
        }
        variables = {key: torch.tensor(value, dtype=torch.float64, requires_grad=True) for key, value in inputs.items()}
        output = function(*variables.values())
        seed = random.standard_normal(tuple(output.shape)).astype(np.float32)
        output.backward(torch.tensor(seed, dtype=torch.float64))
        results = {"output": output.detach(), **{f"gradient.{key}": value.grad for key, value in variables.items()}}
        arrays |= {f"{name}/{key}": value for key, value in inputs.items()} | {f"{name}/seed": seed}
        arrays |= {f"{name}/{key}": np.ascontiguousarray(value.numpy(), np.float32) for key, value in results.items()}
        described[name] = settings
    path = GOLDEN / "torch_layers.safetensors"
    save_file(arrays, path, metadata={"cases": json.dumps(described)})
    print(f"{len(described)} cases, {path.stat().st_size} bytes")
    assert path.stat().st_size < 100_000


if __name__ == "__main__":
    main()
