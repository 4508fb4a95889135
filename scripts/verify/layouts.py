"""Compares what `tessera` reads from data sets that other programs wrote with what these programs themselves read.

  python3.11 -m venv .build/layouts
  .build/layouts/bin/pip install datumaro==1.13.12 pycocotools==2.0.11 numpy pillow torchvision
  swift build -c release --product tessera
  .build/layouts/bin/python scripts/verify/layouts.py .build/release/tessera

Written by datumaro, CVAT's own converter: Pascal VOC (CVAT's "Segmentation mask"), CamVid and COCO. Written by this script
in the form that torchvision reads: Pascal VOC, Cityscapes, the Pets; and random polygons for pycocotools. The programs' masks go to a folder, and
`tessera evaluate --predictions` must find all pixels equal; `tessera show-data` must count the same pixels of each class.
"""
import json, pathlib, re, subprocess, sys, tempfile
import numpy as np
from PIL import Image

tool = str(pathlib.Path(sys.argv[1]).resolve())
random = np.random.default_rng(7)
failures = 0


def scene(width, height, classes):
    mask = np.zeros((height, width), np.uint8)
    for index in range(1, classes):
        x, y = random.integers(0, width - 6), random.integers(0, height - 6)
        mask[y:y + random.integers(4, height), x:x + random.integers(4, width)] = index
    picture = (mask[..., None] * [23, 41, 11] % 256 + random.integers(0, 9, (height, width, 3))).astype(np.uint8)
    return picture, mask


def run(*arguments):
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr}")
    return done


def compare(title, data, expected, void=None, more=()):
    """`expected` is {split: {name: mask of indices}}."""
    global failures
    for split, masks in expected.items():
        with tempfile.TemporaryDirectory() as folder:
            for name, mask in masks.items():
                Image.fromarray(mask.astype(np.uint8)).save(f"{folder}/{name}.png")
            done = run("evaluate", "--predictions", folder, "--data", data, "--split", split, "--json", *more)
            accuracy = json.loads(done.stdout)["pixelAccuracy"]
            shown = run("show-data", data, "--split", split, "--output", f"{folder}/sheet.png", *more)
        counted = {int(i): int(n.replace(",", "")) for i, n in
                   re.findall(r"^ *(\d+)  .*?%  +([\d,]+)  +[\d,]+$", shown.stdout, re.M)}
        values, counts = np.unique(np.concatenate([m.ravel() for m in masks.values()]), return_counts=True)
        wanted = dict(zip(values.tolist(), counts.tolist()))
        layout = re.search(r"^layout: (\S+)", shown.stdout, re.M)
        good = accuracy == 1 and counted == wanted
        failures += not good
        print(f"{'equal' if good else 'DIFFERENT'}: {title}, {split}: {len(masks)} masks, layout "
              f"{layout.group(1) if layout else 'none'}, pixel accuracy {accuracy}, {sum(counts)} pixels of {len(values)} values")
        if not good:
            print("  counted", counted, "expected", wanted)


def torchvision_cases(root):
    from torchvision.datasets import Cityscapes, OxfordIIITPet, VOCSegmentation

    voc = root / "VOCdevkit/VOC2012"
    for folder in ["JPEGImages", "SegmentationClass", "ImageSets/Segmentation"]:
        (voc / folder).mkdir(parents=True)
    names = {"train": ["2007_000032", "2007_000039"], "val": ["2007_000033"]}
    for split, list_of in names.items():
        (voc / f"ImageSets/Segmentation/{split}.txt").write_text("\n".join(list_of) + "\n")
        for name in list_of:
            picture, mask = scene(61, 47, 6)
            mask[10:12] = 255
            Image.fromarray(picture).save(voc / f"JPEGImages/{name}.jpg")
            colored = Image.fromarray(mask, "P")
            colored.putpalette(random.integers(0, 256, 768).astype(np.uint8).tobytes())
            colored.save(voc / f"SegmentationClass/{name}.png")
    expected = {}
    for split, name in [("training", "train"), ("validation", "val")]:
        read = VOCSegmentation(str(root), year="2012", image_set=name, download=False)
        expected[split] = {pathlib.Path(read.masks[k]).stem: np.asarray(read[k][1]) for k in range(len(read))}
    compare("Pascal VOC by torchvision", voc, expected)

    city = root / "cityscapes"
    for split, cities in {"train": ["aachen", "bonn"], "val": ["ulm"]}.items():
        for place in cities:
            for kind in ["leftImg8bit", "gtFine"]:
                (city / kind / split / place).mkdir(parents=True)
            picture, mask = scene(64, 40, 34)
            stem = f"{place}_000000_000019"
            Image.fromarray(picture).save(city / f"leftImg8bit/{split}/{place}/{stem}_leftImg8bit.png")
            for kind in ["labelIds", "instanceIds"]:
                Image.fromarray(mask).save(city / f"gtFine/{split}/{place}/{stem}_gtFine_{kind}.png")
            Image.fromarray(np.dstack([mask] * 3)).save(city / f"gtFine/{split}/{place}/{stem}_gtFine_color.png")
    trained = np.full(256, 255)
    for kind in Cityscapes.classes:
        if kind.id >= 0:
            trained[kind.id] = kind.train_id if kind.train_id not in (-1, 255) else 255
    expected = {}
    for split, name in [("training", "train"), ("validation", "val")]:
        read = Cityscapes(str(city), split=name, mode="fine", target_type="semantic")
        expected[split] = {
            pathlib.Path(read.images[k]).stem.removesuffix("_leftImg8bit"): trained[np.asarray(read[k][1])]
            for k in range(len(read))}
    compare("Cityscapes by torchvision", city, expected)

    pets = root / "oxford-iiit-pet"
    for folder in ["images", "annotations/trimaps"]:
        (pets / folder).mkdir(parents=True)
    lists = {"trainval": ["Abyssinian_100 1 1 1", "beagle_3 5 2 1"], "test": ["pug_9 28 2 18"]}
    for split, lines in lists.items():
        (pets / f"annotations/{split}.txt").write_text("\n".join(lines) + "\n")
        for line in lines:
            picture, mask = scene(50, 40, 3)
            Image.fromarray(picture).save(pets / f"images/{line.split()[0]}.jpg")
            Image.fromarray(mask + 1).save(pets / f"annotations/trimaps/{line.split()[0]}.png")
    expected = {}
    for split, name in [("training", "trainval"), ("validation", "test")]:
        read = OxfordIIITPet(str(root), split=name, target_types="segmentation", download=False)
        expected[split] = {read._segs[k].stem: np.asarray(read[k][1]) - 1 for k in range(len(read))}
    compare("Oxford-IIIT Pets by torchvision", pets, expected)


def datumaro_cases(root):
    import datumaro as dm
    from datumaro.components.media import Image as Media

    names = ["background", "cat", "dog", "zebra"]
    items, masks = [], {}
    for number in range(4):
        picture, mask = scene(48, 36, len(names))
        annotations = [dm.Mask(image=mask == k, label=k, id=k, group=k) for k in range(1, len(names)) if (mask == k).any()]
        items.append(dm.DatasetItem(
            id=f"p{number}", subset="train" if number < 3 else "val", media=Media.from_numpy(picture),
            annotations=annotations))
        masks.setdefault("training" if number < 3 else "validation", {})[f"p{number}"] = mask
    whole = dm.Dataset.from_iterable(items, categories=names)
    for form in ["voc_segmentation", "camvid", "coco_instances"]:
        folder = root / form
        whole.export(str(folder), form, save_media=True)
        compare(f"{form} by datumaro", folder, masks)


def pycocotools_cases(root):
    from pycocotools import mask as coco_mask

    folder = root / "polygons"
    (folder / "images").mkdir(parents=True)
    pictures, annotations, masks = [], [], {"training": {}, "validation": {}}
    for number in range(80):
        width, height = (int(side) for side in random.integers(8, 400, 2))
        split = "training" if number < 60 else "validation"
        name = f"p{number}"
        Image.fromarray(np.full((height, width, 3), 90, np.uint8)).save(folder / f"images/{name}.png")
        pictures.append({"id": number, "file_name": f"{name}.png", "width": width, "height": height})
        drawn = []
        for _ in range(25):
            corners = int(random.integers(3, 40))
            points = random.uniform(0, 1, 2) * [width, height] + random.normal(0, 0.4, (corners, 2)) * [width, height]
            x, y = points[:, 0], points[:, 1]
            if min(x) >= width or max(x) < 0 or min(y) >= height or max(y) < 0:
                continue
            polygon = [round(float(number), 2) for number in points.ravel()]
            index = int(random.integers(1, 6))
            annotations.append({"id": len(annotations), "image_id": number, "category_id": index, "segmentation": [polygon]})
            drawn.append((coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects([polygon], height, width))), index))
        mask = np.zeros((height, width), np.uint8)
        for pixels, index in sorted(drawn, key=lambda object: -int(object[0].sum())):
            mask[pixels > 0] = index
        masks[split][name] = mask
    categories = [{"id": index, "name": f"class {index}"} for index in range(1, 6)]
    (folder / "annotations").mkdir()
    for name, split in [("train", "training"), ("val", "validation")]:
        ids = {picture["id"] for picture in pictures if picture["file_name"][:-4] in masks[split]}
        (folder / f"annotations/instances_{name}.json").write_text(json.dumps({
            "images": [picture for picture in pictures if picture["id"] in ids], "categories": categories,
            "annotations": [annotation for annotation in annotations if annotation["image_id"] in ids]}))
    compare(f"{len(annotations)} polygons by pycocotools", folder, masks)


with tempfile.TemporaryDirectory() as folder:
    for cases in [torchvision_cases, datumaro_cases, pycocotools_cases]:
        try:
            cases(pathlib.Path(folder))
        except ImportError as error:
            print(f"skipped: {cases.__name__}: {error}")
print("all equal" if failures == 0 else f"{failures} differ")
sys.exit(failures != 0)
