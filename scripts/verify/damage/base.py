"""Makes the good files that are damaged: small runs, data sets, a cache, weights, an archive."""

import pathlib
import shutil
import struct
import subprocess
import zipfile
import zlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
GOLDEN = {
    "weights": REPOSITORY / "Tests/TesseraPretrainedTests/Golden",
    "pictures": REPOSITORY / "Tests/TesseraImagingTests/Golden",
    "onnx": REPOSITORY / "Tests/TesseraONNXImportTests/Golden",
}


def png(width, height, color, rows, depth=8):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def data_set(root, masks="masks", names="void\nroad\ncar\n"):
    """Ten pictures of 23 x 17, JPEG and PNG, with masks of 8 and of 16 bits."""
    jpegs = [GOLDEN["pictures"] / f"{name}.jpg" for name in ("color", "progressive", "restarts", "exif1", "luma")]
    for split, count in (("training", 6), ("validation", 4)):
        images, targets = root / "images" / split, root / masks / split
        images.mkdir(parents=True)
        targets.mkdir(parents=True)
        for i in range(count):
            if i % 2:
                shutil.copy(jpegs[(i // 2) % 2], images / f"p{i}.jpg")
            else:
                rows = [bytes((x * 9 + y * i) % 256 for x in range(69)) for y in range(17)]
                (images / f"p{i}.png").write_bytes(png(23, 17, 2, rows))
            classes = [[(x // 8 + y // 6 + i) % 3 for x in range(23)] for y in range(17)]
            deep = i == 2
            rows = [b"".join(struct.pack(">H", c) for c in row) if deep else bytes(row) for row in classes]
            (targets / f"p{i}.png").write_bytes(png(23, 17, 0, rows, depth=16 if deep else 8))
    (root / "classes.txt").write_text(names)


def make(tree, programs, networks=None):
    """All files below `tree`; the programs are run with paths relative to it.

    `networks` is a folder with ONNX files to damage instead of the small ones of the tests.
    """
    tree.mkdir(parents=True)
    (tree / "onnx").mkdir()
    for path in sorted((networks or GOLDEN["onnx"]).glob("*.onnx")):
        shutil.copy(path, tree / "onnx")

    def run(*command):
        result = subprocess.run([programs / command[0], *command[1:]], cwd=tree, capture_output=True, text=True)
        if result.returncode:
            raise SystemExit(f"{' '.join(command)}: {result.stderr}")

    data_set(tree / "data")
    data_set(tree / "ade", masks="annotations")
    (tree / "ade/classes.txt").unlink()
    (tree / "ade/objectInfo150.txt").write_text(
        "Idx\tRatio\tTrain\tVal\tName\n1\t0.1\t5\t2\twall, walls\n2\t0.2\t5\t2\tcar\n")
    small = ["--image-size", "32", "--batch-size", "2", "--validation-steps", "2"]
    for name, extra in (("run", []), ("other", ["--optimizer", "sgd"])):
        run("unet", "--data", "data", "--width", "2", "--epochs", "2", "--steps-per-epoch", "3", "--output", name, *small,
            "--void", "0", *extra)
    # Pictures for people are not read again.
    for name in ("run", "other"):
        shutil.rmtree(tree / name / "predictions")
    shutil.copy(tree / "run/checkpoints/best.safetensors", tree / "net.safetensors")
    run("tessera", "predict", "--checkpoint", "net.safetensors", "data/images/validation", "--output", "masks")
    (tree / "weights.txt").write_text("1\n2.5\n0.75\n")
    (tree / "weights").mkdir()
    for path in sorted(GOLDEN["weights"].iterdir()):
        if path.suffix in (".pth", ".h5", ".safetensors") and "expected" not in path.name and "bomb" not in path.name:
            shutil.copy(path, tree / "weights")
    with zipfile.ZipFile(GOLDEN["weights"] / "keras-networks.zip") as archive:
        for name in ("unet.keras", "unet-unnamed.keras", "unet.weights.h5", "unet-keras2.h5"):
            archive.extract(name, tree / "networks")
    with zipfile.ZipFile(tree / "archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((tree / "ade").rglob("*")):
            archive.write(path, "ADEChallengeData2016/" + str(path.relative_to(tree / "ade")))
