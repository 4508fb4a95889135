"""Draws outlines as pycocotools and labelme do, for Tests/TesseraDatasetsTests/Golden/outlines.json.

  python3.11 -m venv .build/outlines
  .build/outlines/bin/pip install pycocotools==2.0.11 labelme==6.3.1 label-studio-sdk==2.1.2 numpy pillow
  .build/outlines/bin/python scripts/golden/outlines.py

Each case has a file as users have it, and the mask that the program itself makes of it: row by row, as lengths and
values. COCO's objects are drawn from the one with the most pixels to the one with the fewest, by this script; what the
pixels of each are is pycocotools' answer. Polygons are random, with corners on, beside and beyond the picture's edges.
"""
import base64, io, json, pathlib
import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

random = np.random.default_rng(20240716)


def runs(mask):
    """A mask row by row: [length, value, length, value, ...]."""
    flat = np.asarray(mask).astype(int).ravel()
    ends = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate([[0], ends])
    lengths = np.diff(np.concatenate([starts, [flat.size]]))
    return [int(number) for pair in zip(lengths, flat[starts]) for number in pair]


def polygon(width, height, corners):
    center = random.uniform([0, 0], [width, height])
    radius = random.uniform(2, 3 + 0.6 * max(width, height))
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    points = center + radius * random.uniform(0.3, 1, (corners, 1)) * np.stack([np.cos(angles), np.sin(angles)], 1)
    kind = random.integers(4)
    if kind == 0:
        points = np.round(points)
    elif kind == 1:
        points = np.round(points * 2) / 2
    elif kind == 2:
        points = np.clip(np.round(points, 2), 0, [width, height])
    return [round(float(number), 3) for number in points.ravel()]


def drawn(document):
    """The masks of a COCO document's pictures by pycocotools, classes numbered by the categories' order."""
    coco = COCO()
    coco.dataset = document
    coco.createIndex()
    order = {category["id"]: place + 1 for place, category in enumerate(sorted(document["categories"], key=lambda c: c["id"]))}
    masks = {}
    for picture in document["images"]:
        objects = [(coco.annToMask(a), order[a["category_id"]]) for a in coco.imgToAnns[picture["id"]]]
        mask = np.zeros((picture["height"], picture["width"]), int)
        for pixels, index in sorted(objects, key=lambda o: -int(o[0].sum())):
            mask[pixels > 0] = index
        masks[picture["file_name"]] = runs(mask)
    return masks


def coco_case():
    sizes = [(37, 23), (64, 48), (5, 90), (1, 1), (33, 33)]
    pictures = [
        {"id": 10 + k, "file_name": f"picture{k}.png", "width": w, "height": h} for k, (w, h) in enumerate(sizes)]
    annotations = []
    for picture in pictures:
        width, height = picture["width"], picture["height"]
        for number in range(9):
            shape = {"id": len(annotations) + 1, "image_id": picture["id"], "iscrowd": 0,
                     "category_id": int(random.choice([3, 7, 21]))}
            if number < 6:
                polygons = [polygon(width, height, int(random.integers(3, 12))) for _ in range(1 + number % 2)]
                # Only what lies within the picture to some part is meant; the others are errors.
                def inside(p):
                    x, y = p[0::2], p[1::2]
                    return min(x) < width and max(x) >= 0 and min(y) < height and max(y) >= 0
                polygons = [p for p in polygons if inside(p)]
                if not polygons:
                    continue
                shape["segmentation"] = polygons
            else:
                pixels = np.asfortranarray((random.random((height, width)) < 0.25).astype(np.uint8))
                if number == 6:
                    pixels[:] = 0
                    pixels[height // 3:, : max(1, width // 2)] = 1
                encoded = coco_mask.encode(pixels)
                shape["iscrowd"] = 1
                if number == 7:
                    flat = pixels.ravel(order="F")
                    ends = np.flatnonzero(np.diff(flat)) + 1
                    lengths = np.diff(np.concatenate([[0], ends, [flat.size]])).tolist()
                    counts = ([0] if flat[0] else []) + lengths
                else:
                    counts = encoded["counts"].decode()
                shape["segmentation"] = {"size": [height, width], "counts": counts}
            annotations.append(shape)
    categories = [{"id": i, "name": n, "supercategory": "thing"} for i, n in [(7, "cat"), (3, "car"), (21, "cow")]]
    document = {"images": pictures, "annotations": annotations, "categories": categories}
    return {"document": document, "masks": drawn(document)}


def labelme_case():
    from labelme.utils.shape import shapes_to_label
    width, height = 80, 60
    names = {"_background_": 0, "cat": 1, "dog": 2}
    shapes = []
    for number in range(5):
        points = polygon(width, height, 8)
        points = np.clip(np.asarray(points).reshape(-1, 2), 0, [width - 1, height - 1])
        shapes.append({"label": ["cat", "dog"][number % 2], "points": points.round(2).tolist(), "group_id": None,
                       "shape_type": "polygon", "flags": {}})
    shapes.append({"label": "cat", "points": [[60, 40], [50, 30]], "group_id": None, "shape_type": "rectangle", "flags": {}})
    shapes.append({"label": "dog", "points": [[20, 20], [26, 28]], "group_id": None, "shape_type": "circle", "flags": {}})
    part = random.random((9, 12)) < 0.5
    encoded = io.BytesIO()
    Image.fromarray(part.astype(np.uint8) * 255).save(encoded, "PNG")
    shapes.append({"label": "cat", "points": [[4, 45], [15, 53]], "group_id": None, "shape_type": "mask", "flags": {},
                   "mask": base64.b64encode(encoded.getvalue()).decode()})
    document = {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": "a.png", "imageData": None,
                "imageHeight": height, "imageWidth": width}
    read = [dict(s, mask=part if s["shape_type"] == "mask" else None) for s in shapes]
    mask, _ = shapes_to_label((height, width), read, names)
    # One by one: what differs at the outline of one shape is not hidden by another.
    single = [shapes_to_label((height, width), [s], names)[0] for s in read]
    return {"document": document, "mask": runs(mask), "shapes": [runs(s) for s in single]}


def label_studio_case():
    from label_studio_sdk.converter.brush import decode_rle, encode_rle
    width, height = 21, 17
    alpha = np.zeros((height, width), np.uint8)
    alpha[3:12, 2:15] = 255
    alpha[random.random((height, width)) < 0.1] = 255
    picture = np.stack([np.full_like(alpha, 90), np.zeros_like(alpha), alpha, alpha], 2)
    packed = [int(number) for number in encode_rle(picture.ravel())]
    assert (decode_rle(packed).reshape(height, width, 4)[:, :, 3] == alpha).all()
    def region(kind, value):
        return {"original_width": width, "original_height": height, "image_rotation": 0, "type": kind, "value": value,
                "from_name": "tag", "to_name": "image"}
    document = [{"id": 5, "data": {"image": "/data/upload/1/ab12cd34-a.png"}, "annotations": [{"id": 9, "was_cancelled": False,
        "result": [region("brushlabels", {"format": "rle", "rle": packed, "brushlabels": ["road"]})]}]}]
    return {"document": document, "mask": runs((alpha > 0).astype(int))}


target = pathlib.Path(__file__).parents[2] / "Tests/TesseraDatasetsTests/Golden"
target.mkdir(exist_ok=True)
cases = {"coco": coco_case(), "labelme": labelme_case(), "labelStudio": label_studio_case()}
text = json.dumps(cases, separators=(",", ":"))
assert len(text) < 200_000, len(text)
(target / "outlines.json").write_text(text + "\n")
print(len(text), "bytes")
