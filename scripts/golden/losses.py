"""Writes Tests/Golden/losses.safetensors: losses of segmentation as other packages compute them.

    pip install numpy safetensors scipy torch segmentation-models-pytorch
    OMP_NUM_THREADS=1 python scripts/golden/losses.py

The metadata key `cases` is a JSON object of names with the loss as on Tessera's command line, the void value, the label
smoothing, whether classes are weighted, and the name of its `data`. A case has `loss` [1] and its gradient with respect to
the logits, `gradient`; data have `logits` [batch, height, width, classes], `labels` [batch, height, width] and `weights`
[classes]. Everything is computed in float64 from float32 arrays, and each result is rounded once.

Dice, Jaccard, Tversky and Lovasz losses are those of segmentation-models-pytorch, over the classes that occur (its
argument `classes`; the Lovasz loss does so itself and has no weights); cross-entropy is PyTorch's. What these packages
lack is made of their parts by its paper's formula: log-cosh Dice and focal Tversky of their Dice and Tversky losses of
each class, focal loss, hard examples (as HRNet selects them) and boundary weights (distances by SciPy) of PyTorch's
cross-entropy of each pixel.

Made with torch 2.15.0, segmentation-models-pytorch 0.6.0, scipy 1.17.0, numpy 2.4.6, safetensors 0.8.0.
"""

import json
import pathlib
import zlib

import numpy as np
import torch
from safetensors.numpy import save_file
from scipy import ndimage
from segmentation_models_pytorch import losses
from torch.nn import functional

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden"
MODE = "multiclass"


class FocalTversky(losses.TverskyLoss):
    def aggregate_loss(self, loss):
        return super().aggregate_loss(loss**self.exponent)


def present(labels, void):
    return [int(label) for label in np.unique(labels) if label != void]


def region(kind, case, **settings):
    weights = None if case["weights"] is None else case["weights"].tolist()
    void = case["void"]
    return kind(MODE, classes=present(case["labels"].numpy(), void), ignore_index=void, class_weights=weights, **settings)


def focal_tversky(case):
    loss = region(FocalTversky, case, alpha=0.3, beta=0.7)
    loss.exponent = 0.75
    return loss


def pixel_losses(z, case):
    """Cross-entropies without weights [pixels], class weights of the pixels, and which count."""
    void = -100 if case["void"] is None else case["void"]
    labels = case["labels"].reshape(-1)
    entropies = functional.cross_entropy(
        z, case["labels"], ignore_index=void, label_smoothing=case["smoothing"], reduction="none").reshape(-1)
    counted = labels != void
    weights = torch.ones(z.shape[1], dtype=torch.float64) if case["weights"] is None else case["weights"]
    return entropies, torch.where(counted, weights[labels.clamp(0, z.shape[1] - 1)], 0), counted


def cross_entropy(z, case):
    if case["smoothing"]:
        # PyTorch would weight each class's part of a smoothed target by that class; here a pixel has one weight.
        entropies, weights, _ = pixel_losses(z, case)
        return (weights * entropies).sum() / weights.sum()
    void = -100 if case["void"] is None else case["void"]
    return functional.cross_entropy(z, case["labels"], weight=case["weights"], ignore_index=void)


def focal(z, case):
    entropies, weights, _ = pixel_losses(z, case)
    return (weights * (1 - torch.exp(-entropies)) ** 2 * entropies).sum() / weights.sum()


def hard(bound, share):
    def loss(z, case):
        plain = {**case, "smoothing": 0}
        entropies, weights, counted = pixel_losses(z, case)
        probabilities = torch.exp(-pixel_losses(z, plain)[0]).detach()
        ordered = probabilities[counted].sort().values
        least = int(np.ceil(share * len(ordered)))
        threshold = max(ordered[min(least, len(ordered) - 1)], torch.tensor(bound, dtype=torch.float64))
        kept = weights * (counted & (probabilities < threshold))
        return (kept * entropies).sum() / kept.sum()

    return loss


def boundary(weight, deviation):
    def loss(z, case):
        entropies, weights, _ = pixel_losses(z, case)
        distances = []
        for labels in case["labels"].numpy():
            distance = np.zeros(labels.shape)
            for label in np.unique(labels):
                inside = labels == label
                # Without a pixel of another value there is no distance.
                to_others = ndimage.distance_transform_edt(inside) if not inside.all() else np.full(labels.shape, np.inf)
                distance[inside] = to_others[inside]
            distances.append(distance)
        near = torch.tensor(np.exp(-np.stack(distances) ** 2 / (2 * deviation**2))).reshape(-1)
        pixels = weights * (1 + weight * near)
        return (pixels * entropies).sum() / pixels.sum()

    return loss


def lovasz(z, case):
    # It computes in float32 whatever it is given.
    return losses.LovaszLoss(MODE, ignore_index=case["void"])(z.float(), case["labels"]).double()


def on(make):
    return lambda z, case: make(case)(z, case["labels"])


LOSSES = {
    "cross-entropy": cross_entropy,
    "focal=2": focal,
    "ohem=0.3:0.1": hard(0.3, 0.1),
    "ohem=0.001:0.25": hard(0.001, 0.25),
    "boundary=10:2": boundary(10, 2),
    "boundary=4:0.7": boundary(4, 0.7),
    "dice": on(lambda case: region(losses.DiceLoss, case)),
    "log-cosh-dice": lambda z, case: torch.log(torch.cosh(region(losses.DiceLoss, case)(z, case["labels"]))),
    "jaccard": on(lambda case: region(losses.JaccardLoss, case)),
    "tversky=0.3:0.7": on(lambda case: region(losses.TverskyLoss, case, alpha=0.3, beta=0.7)),
    "focal-tversky=0.3:0.7:0.75": on(focal_tversky),
    "lovasz": lovasz,
    "cross-entropy+0.5*dice": lambda z, case: cross_entropy(z, case) + 0.5 * LOSSES["dice"](z, case),
    "2*focal=2+lovasz+0.25*tversky=0.3:0.7": lambda z, case: 2 * focal(z, case)
    + lovasz(z, case)
    + 0.25 * LOSSES["tversky=0.3:0.7"](z, case),
}
# Classes, the void value, whether classes are weighted, label smoothing.
SETTINGS = [(5, 255, False, 0), (5, 255, True, 0), (4, 2, True, 0), (3, None, False, 0), (5, 255, True, 0.1)]
SMOOTHED = ("cross-entropy", "ohem", "boundary")
SHAPE = (2, 9, 11)


def blobs(random, classes, void):
    """Labels with regions; the last class never occurs, and some pixels are void."""
    noise = ndimage.gaussian_filter(random.standard_normal((classes - 1, *SHAPE)), (0, 0, 1.5, 1.5))
    labels = noise.argmax(0)
    if void is not None:
        labels[random.random(SHAPE) < 0.15] = void
    return labels.astype(np.int64)


def main():
    arrays, described = {}, {}
    for classes, void, weighted, smoothing in SETTINGS:
        for loss, function in LOSSES.items():
            # No term of these knows smoothing; the published Lovasz loss knows no weights.
            if (smoothing and not loss.startswith(SMOOTHED)) or (weighted and "lovasz" in loss):
                continue
            name = f"{loss}.{classes}.{void}.{weighted}.{smoothing}"
            random = np.random.default_rng(zlib.crc32(f"{classes} {void} {weighted}".encode()))
            logits = (random.standard_normal((*SHAPE, classes)) * 2).astype(np.float32)
            labels = blobs(random, classes, void)
            weights = (0.3 + 2 * random.random(classes)).astype(np.float32)
            z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
            case = {
                "labels": torch.tensor(labels), "void": void, "smoothing": smoothing,
                "weights": torch.tensor(weights, dtype=torch.float64) if weighted else None,
            }
            value = function(z.permute(0, 3, 1, 2), case)
            value.backward()
            data = f"{classes}.{void}.{weighted}"
            results = {
                f"{name}/loss": value.detach().numpy().reshape(1), f"{name}/gradient": z.grad.numpy(),
                f"{data}/logits": logits, f"{data}/labels": labels, f"{data}/weights": weights,
            }
            arrays.update({key: np.ascontiguousarray(array, dtype=np.float32) for key, array in results.items()})
            described[name] = {
                "loss": loss, "void": void, "weighted": weighted, "smoothing": smoothing, "data": data,
            }
    metadata = {"cases": json.dumps(described), "torch": torch.__version__, "numpy": np.__version__}
    save_file(arrays, GOLDEN / "losses.safetensors", metadata=metadata)
    print(f"{len(described)} cases, {(GOLDEN / 'losses.safetensors').stat().st_size} bytes")


if __name__ == "__main__":
    main()
