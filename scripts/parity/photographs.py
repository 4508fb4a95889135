"""Photographs and masks at the size that both libraries train at, so neither resizes anything."""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

OUTPUTS = 151
SPLITS = ("training", "validation")


def prepare(source, folder, size):
    """Writes `folder` with 128 x 128 PNGs of the data set in `source` (`images`, `annotations`, `classes.txt`).

    Names without pixels fill `classes.txt` up to 151, so the networks have the published number of outputs.
    """
    names = (source / "classes.txt").read_text().split("\n")
    names = [name for name in names if name]
    names += [f"unused {index}" for index in range(len(names), OUTPUTS)]
    shutil.rmtree(folder, ignore_errors=True)
    for split in SPLITS:
        for part in ("images", "masks"):
            (folder / part / split).mkdir(parents=True)
        for picture in sorted((source / "images" / split).iterdir()):
            name = f"{picture.stem}.png"
            with Image.open(picture) as image:
                scaled = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
                scaled.save(folder / "images" / split / name)
            with Image.open(source / "annotations" / split / name) as mask:
                mask.resize((size, size), Image.Resampling.NEAREST).save(folder / "masks" / split / name)
    (folder / "classes.txt").write_text("\n".join(names) + "\n")


def read(folder, split):
    """Pictures [count, height, width, 3] in 0...255 and masks [count, height, width] in the order of their names."""
    def arrays(part):
        return np.stack([np.asarray(Image.open(path)) for path in sorted(Path(folder, part, split).iterdir())])

    return arrays("images").astype(np.float32), arrays("masks").astype(np.int32)
