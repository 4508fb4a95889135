"""What is damaged, how, and which program then reads it."""

import dataclasses
from typing import Callable

import mutations


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    # How many mutants, relative to the other kinds.
    weight: int
    # Which files below the tree: patterns.
    patterns: tuple[str, ...]
    mutate: Callable
    # The program's arguments; {} is the damaged file.
    words: str
    # Files that the program writes to in place, and which must not be shared with the other mutants.
    written: tuple[str, ...] = ()
    # Whether the program runs once beforehand and makes what is damaged: a cache knows the paths of its sources.
    makes: bool = False

    def files(self, tree):
        found = [path.relative_to(tree) for pattern in self.patterns for path in sorted(tree.glob(pattern))]
        if not found:
            raise SystemExit(f"{self.name}: there is no file {self.patterns}")
        return found

    def command(self, programs, target):
        program, *words = self.words.replace("{}", str(target)).split()
        return [programs / program, *words]


RUN_FILES = ("run/metrics.jsonl", "run/validation.jsonl", "run/config.json", "run/status.json", "run/report-pictures.json")
WRITTEN = ("run/metrics.jsonl", "run/validation.jsonl", "run/status.json", "run/report.html", "run/config.json")
SMALL = "--image-size 32 --batch-size 2 --epochs 1 --steps-per-epoch 1 --validation-steps 1 --no-tensorboard --output new"

ALL = [
    Kind("report", 70, RUN_FILES, mutations.json_changed, "tessera report run", WRITTEN),
    Kind("compare", 50, RUN_FILES, mutations.json_changed, "tessera compare run other --output page.html", WRITTEN),
    Kind("compare-svg", 10, RUN_FILES, mutations.json_changed, "tessera compare run other --output lines.svg", WRITTEN),
    Kind("resume", 25, ("run/checkpoints/last.safetensors",), mutations.checkpoint_changed,
         "unet --resume --output run --epochs 3", WRITTEN),
    Kind("resume-bytes", 5, ("run/checkpoints/*.safetensors", *RUN_FILES), mutations.bytes_changed,
         "unet --resume --output run --epochs 3", WRITTEN),
    Kind("card", 15, ("net.safetensors",), mutations.checkpoint_changed, "tessera summary --checkpoint {} --image-size 32"),
    Kind("evaluate", 10, ("net.safetensors",), mutations.checkpoint_changed,
         "tessera evaluate --checkpoint {} --data data --json"),
    Kind("picture", 20, ("data/images/*/*.*",), mutations.png_changed, "tessera show-data data --output sheet.png"),
    Kind("predict", 10, ("data/images/*/*.*",), mutations.png_changed,
         "tessera predict --checkpoint net.safetensors {} --output new"),
    Kind("mask", 20, ("data/masks/*/*.png",), mutations.png_changed, "tessera show-data data --output sheet.png"),
    Kind("mask-unnamed", 15, ("ade/annotations/*/*.png",), mutations.png_changed,
         "tessera bench-data --data ade --image-size 32 --runs 1 --seconds 0.001"),
    Kind("mask-training", 3, ("data/masks/*/*.png",), mutations.png_changed, "unet --data data --width 2 " + SMALL),
    Kind("prediction", 10, ("masks/*.mask.png",), mutations.png_changed,
         "tessera evaluate --predictions masks --data data --json"),
    Kind("classes", 15, ("data/classes.txt",), mutations.text_changed, "tessera show-data data --output sheet.png"),
    Kind("object-info", 10, ("ade/objectInfo150.txt",), mutations.text_changed, "tessera show-data ade --output sheet.png"),
    Kind("class-weights", 5, ("weights.txt",), mutations.text_changed,
         "unet --data data --width 2 --class-weights {} " + SMALL),
    Kind("cache", 25, ("cache/*.tessera",), mutations.bytes_changed,
         "tessera bench-data --data data --image-size 32 --cache cache --runs 1 --seconds 0.001", makes=True),
    Kind("cache-training", 3, ("cache/*.tessera",), mutations.bytes_changed,
         "unet --data data --width 2 --cache cache " + SMALL, makes=True),
    Kind("torch", 15, ("weights/*.pth",), mutations.zip_changed, "fcnn --width 1 --backbone-weights {} " + SMALL),
    Kind("torch-bytes", 10, ("weights/*.pth",), mutations.bytes_changed, "fcnn --width 1 --backbone-weights {} " + SMALL),
    Kind("keras", 8, ("weights/*.h5",), mutations.bytes_changed, "fcnn --width 1 --backbone-weights {} " + SMALL),
    Kind("keras-network", 5, ("networks/*.h5",), mutations.bytes_changed, "unet --width 1 --weights {} " + SMALL),
    Kind("keras-archive", 8, ("networks/*.keras",), mutations.zip_changed, "unet --width 1 --weights {} " + SMALL),
    Kind("safetensors", 8, ("weights/*.safetensors",), mutations.bytes_changed,
         "fcnn --width 1 --backbone-weights {} " + SMALL),
    Kind("onnx", 30, ("onnx/*.onnx",), mutations.onnx_changed, "tessera import {} --pixels torchvision --to new.safetensors"),
    Kind("onnx-bytes", 10, ("onnx/*.onnx",), mutations.bytes_changed,
         "tessera import {} --pixels torchvision --to new.safetensors"),
    Kind("archive", 15, ("archive.zip",), mutations.zip_changed,
         "tessera download ade20k --from {} --any-version --to new"),
]
