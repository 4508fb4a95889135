"""Copies a data set's training pictures and masks at another size.

    python photographs.py FROM TO WIDTH HEIGHT
"""
import pathlib
import shutil
import sys

from PIL import Image


def main():
    source, target, size = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), tuple(map(int, sys.argv[3:5]))
    for part in ("images", "annotations"):
        (target / part / "training").mkdir(parents=True)
    for image in sorted((source / "images" / "training").iterdir()):
        Image.open(image).resize(size, Image.Resampling.BICUBIC).save(
            target / "images" / "training" / f"{image.stem}.jpg", quality=90)
        mask = Image.open(source / "annotations" / "training" / f"{image.stem}.png")
        mask.resize(size, Image.Resampling.NEAREST).save(target / "annotations" / "training" / f"{image.stem}.png")
    for names in ("classes.txt", "objectInfo150.txt"):
        if (source / names).exists():
            shutil.copy(source / names, target / names)


if __name__ == "__main__":
    main()
