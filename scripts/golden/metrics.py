"""Writes what scikit-learn says about predictions of real masks, for TesseraSegmentationTests.

    python scripts/golden/metrics.py [../shared/data]

needs numpy, pillow and scikit-learn. The masks are those of three small data sets next to the package; predictions are
made from the masks by a rule that the test repeats (`prediction`), so neither need be stored. The file,
Tests/Golden/metrics.json, has for each data set the pixels by true and predicted class, and for each rule about absent
classes the means.
"""

import json
import platform
import sys
from pathlib import Path

import numpy
import PIL
import sklearn
from PIL import Image
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, jaccard_score, precision_score, recall_score

PACKAGE = Path(__file__).resolve().parents[2]
DATA = Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE.parent / "shared" / "data"
FILE = PACKAGE / "Tests" / "Golden" / "metrics.json"

# Name, folder of masks, classes with the void one, void.
SETS = [("ade20k-sample", "annotations", 151, 0), ("street-sample", "annotations", 12, 0), ("membrane", "masks", 2, None)]


def prediction(truth, classes):
    """The mask moved up by 5 and left by 7 pixels, around the edges; in squares of 16 pixels where x + y in squares is
    a multiple of 5, classes become others, some of which are never true."""
    height, width = truth.shape
    y, x = numpy.mgrid[0:height, 0:width]
    moved = truth[(y + 5) % height, (x + 7) % width].astype(numpy.int64)
    return numpy.where((x // 16 + y // 16) % 5 == 0, (moved * 7 + 3) % classes, moved)


def mean(values, entering):
    """The mean over the classes that enter; 0 where there is none."""
    return float(numpy.mean(values[entering])) if entering.any() else 0.0


def measured(name, masks, classes, void):
    truths, predictions = [], []
    for path in sorted((DATA / name / masks / "validation").glob("*.png")):
        truth = numpy.asarray(Image.open(path))
        assert truth.ndim == 2 and truth.max() < classes, path
        truths.append(truth.ravel().astype(numpy.int64))
        predictions.append(prediction(truth, classes).ravel())
    truth, predicted = numpy.concatenate(truths), numpy.concatenate(predictions)
    counted = truth != void if void is not None else numpy.ones_like(truth, bool)
    labels = [label for label in range(classes) if label != void]
    by_class = {"labels": labels, "average": None, "zero_division": 0}
    scores = {
        "iou": jaccard_score(truth[counted], predicted[counted], **by_class),
        "accuracy": recall_score(truth[counted], predicted[counted], **by_class),
        "precision": precision_score(truth[counted], predicted[counted], **by_class),
        "dice": f1_score(truth[counted], predicted[counted], **by_class),
    }
    matrix = confusion_matrix(truth[counted], predicted[counted], labels=range(classes))
    pixels = matrix.sum(axis=1)[labels]
    guesses = matrix.sum(axis=0)[labels]
    # What enters the means of IoU and of accuracy.
    everything = numpy.ones(len(labels), bool)
    rules = {
        "zero": (everything, everything),
        "ignored": (pixels + guesses > 0, pixels > 0),
        "present": (pixels > 0, pixels > 0),
    }
    accuracy = accuracy_score(truth[counted], predicted[counted])
    official = (accuracy + scores["iou"].mean()) / 2
    return {
        "name": name, "masks": masks, "classes": classes, "void": void, "pictures": len(truths),
        "pixelAccuracy": float(accuracy),
        "kerasAccuracy": float(accuracy_score(truth, predicted)),
        "frequencyWeightedIoU": float((scores["iou"] * pixels).sum() / pixels.sum()),
        "officialScore": float(official),
        "rules": {
            rule: {"meanIoU": mean(scores["iou"], iou), "meanAccuracy": mean(scores["accuracy"], recall)}
            for rule, (iou, recall) in rules.items()
        },
        "pixels": pixels.tolist(), "predicted": guesses.tolist(),
        **{score: values.tolist() for score, values in scores.items()},
    }


def main():
    sets = [measured(*item) for item in SETS]
    versions = {
        "python": platform.python_version(), "numpy": numpy.__version__, "pillow": PIL.__version__,
        "scikit-learn": sklearn.__version__,
    }
    FILE.write_text(json.dumps({"versions": versions, "sets": sets}, indent=None, separators=(",", ":")) + "\n")
    for item in sets:
        print(item["name"], item["pictures"], "pictures", f"{item['pixelAccuracy']:.4f}", item["rules"])


if __name__ == "__main__":
    main()
