"""Writes Tests/Golden/boundaries.json: boundary IoU of small masks by the paper's own procedure.

    pip install numpy scipy
    python scripts/golden/boundaries.py

The procedure is that of the program published with "Boundary IoU" (Cheng et al. 2021, arXiv:2103.16562): the mask of one
class is padded with a pixel of 0, eroded by squares of 3 x 3 as often as its distance says, and subtracted from itself;
SciPy erodes here. The file is a list of masks, which are blobs, with the boundary IoU of each class.

Made with scipy 1.17.0, numpy 2.4.6.
"""

import json
import pathlib

import numpy as np
from scipy import ndimage

FILE = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Golden" / "boundaries.json"
# Width, height, classes, share of the diagonal.
CASES = [(40, 30, 3, 0.02), (40, 30, 4, 0.05), (31, 45, 3, 0.1), (17, 64, 5, 0.02), (24, 24, 2, 0.2), (50, 9, 3, 0.05)]


def boundary(mask, share):
    height, width = mask.shape
    distance = max(1, int(round(share * np.sqrt(height**2 + width**2))))
    padded = np.pad(mask, 1)
    eroded = ndimage.binary_erosion(padded, np.ones((3, 3)), iterations=distance, border_value=1)
    return mask & ~eroded[1:-1, 1:-1]


def blobs(random, width, height, classes):
    noise = ndimage.gaussian_filter(random.standard_normal((classes, height, width)), (0, 4, 4))
    return noise, noise.argmax(0)


def main():
    cases = []
    for number, (width, height, classes, share) in enumerate(CASES):
        random = np.random.default_rng(number)
        noise, truth = blobs(random, width, height, classes)
        prediction = (noise + 0.3 * blobs(random, width, height, classes)[0]).argmax(0)
        ious = []
        for index in range(classes):
            true, own = boundary(truth == index, share), boundary(prediction == index, share)
            union = (true | own).sum()
            ious.append(float((true & own).sum() / union) if union else 0.0)
        cases.append({
            "width": width, "height": height, "classes": classes, "share": share, "truth": truth.ravel().tolist(),
            "prediction": prediction.ravel().tolist(), "boundaryIoU": ious,
        })
    FILE.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    print([case["boundaryIoU"] for case in cases])


if __name__ == "__main__":
    main()
