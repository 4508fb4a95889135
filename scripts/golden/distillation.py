"""Writes Tests/Golden/distillation.safetensors: the loss of a network that learns from a teacher, as PyTorch computes it.

    pip install numpy safetensors torch
    OMP_NUM_THREADS=1 python scripts/golden/distillation.py

(1 - weight) cross-entropy + weight * temperature^2 * KL(teacher || network), with both softmaxes at the temperature
(Hinton et al. 2015, arXiv:1503.02531): PyTorch's `cross_entropy` and `kl_div`, whose mean is taken over the pixels that
are not void, weighted by the weights of their classes. The metadata key `cases` is a JSON object of names with the void
value, whether classes are weighted, weight and temperature. A case has `logits` and `teacher` [batch, height, width,
classes], `labels` [batch, height, width], `weights` [classes], `loss` [1] and its `gradient` with respect to the logits.
Everything is computed in float64 from float32 arrays, and each result is rounded once.

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
# Classes, the void value, whether classes are weighted, the teacher's weight, the temperature.
CASES = [
    (5, 255, False, 0.5, 2), (5, 255, True, 0.5, 2), (4, 2, True, 0.9, 4), (3, None, False, 0.25, 1),
    (21, 255, True, 1, 3), (17, 255, False, 0.7, 0.5),
]
SHAPE = (2, 7, 9)


def loss(z, teacher, labels, void, class_weights, weight, temperature):
    ignored = -100 if void is None else void
    hard = functional.cross_entropy(z, labels, weight=class_weights, ignore_index=ignored)
    own = functional.log_softmax(z / temperature, 1)
    divergences = functional.kl_div(own, functional.softmax(teacher / temperature, 1), reduction="none").sum(1)
    pixels = class_weights[labels.clamp(0, z.shape[1] - 1)] * (labels != ignored)
    soft = (pixels * divergences).sum() / pixels.sum()
    return (1 - weight) * hard + weight * temperature**2 * soft


def main():
    arrays, described = {}, {}
    for classes, void, weighted, weight, temperature in CASES:
        name = f"{classes}.{void}.{weighted}.{weight}.{temperature}"
        random = np.random.default_rng(zlib.crc32(name.encode()))
        logits, teacher = (
            (random.standard_normal((*SHAPE, classes)) * 2).astype(np.float32) for _ in range(2))
        labels = random.integers(0, classes, SHAPE)
        if void is not None:
            labels[random.random(SHAPE) < 0.2] = void
        weights = (0.3 + 2 * random.random(classes)).astype(np.float32)
        z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        value = loss(
            z.permute(0, 3, 1, 2), torch.tensor(teacher, dtype=torch.float64).permute(0, 3, 1, 2), torch.tensor(labels),
            void, torch.tensor(weights if weighted else np.ones(classes), dtype=torch.float64), weight, temperature)
        value.backward()
        results = {
            "loss": value.detach().numpy().reshape(1), "gradient": z.grad.numpy(), "logits": logits, "teacher": teacher,
            "labels": labels, "weights": weights,
        }
        arrays.update({f"{name}/{key}": np.ascontiguousarray(array, np.float32) for key, array in results.items()})
        described[name] = {"void": void, "weighted": weighted, "weight": weight, "temperature": temperature}
    metadata = {"cases": json.dumps(described), "torch": torch.__version__, "numpy": np.__version__}
    save_file(arrays, GOLDEN / "distillation.safetensors", metadata=metadata)
    print(f"{len(described)} cases, {(GOLDEN / 'distillation.safetensors').stat().st_size} bytes")


if __name__ == "__main__":
    main()
