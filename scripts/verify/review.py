"""How many masks that were damaged on purpose `tessera review` finds.

  python3.11 -m venv .build/review
  .build/review/bin/pip install numpy pillow
  swift build -c release --product tessera
  .build/review/bin/python scripts/verify/review.py .build/release/tessera ../shared/data/street-sample

In a fifth of the pictures one region of the mask, drawn at random among those of 1 to 40 % of the picture, gets another
class. Networks are trained on these masks, one for each fold, which it holds out, and their review must list the damaged
regions first. A listed region counts as found if most of the pixels that it may consist of are damaged ones. Printed are
precision and recall among the first 1, 2, ... regions, and among as many pictures as were damaged.

The second argument is a folder with images/ and annotations/ or masks/, each with training/ and validation/, and index
masks. Options after it: --seeds A,B (one trial each: which masks are damaged, and the networks' start), --folds K (1: a
single run with the data's own validation), --keep DIR (where everything stays), and after -- the training's own.
"""
import argparse, collections, csv, json, pathlib, shutil, subprocess, sys, tempfile
import numpy as np
from PIL import Image

TRAINING = "unet --width 16 --image-size 128x96 --augmentation standard --epochs 8 --steps-per-epoch 100 --batch-size 6 --no-tensorboard"
SHARE = 0.2
SMALLEST, LARGEST = 0.01, 0.4


def regions(mask, void):
    """The 4-connected regions of one class, each as a boolean picture with its class."""
    height, width = mask.shape
    seen = np.zeros(mask.shape, bool)
    for start in zip(*np.nonzero(mask != void)):
        if seen[start]:
            continue
        region = np.zeros(mask.shape, bool)
        queue = collections.deque([start])
        seen[start] = region[start] = True
        while queue:
            y, x = queue.popleft()
            for place in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                if 0 <= place[0] < height and 0 <= place[1] < width and not seen[place] and mask[place] == mask[start]:
                    seen[place] = region[place] = True
                    queue.append(place)
        yield region, int(mask[start])


def damage(folder, void, random):
    """Gives one region of each of some masks another class; returns region, old and new class by the masks' paths."""
    paths = sorted(folder.glob("*/*/*.png"))
    classes = sorted(set(np.concatenate([np.unique(np.array(Image.open(path))) for path in paths]).tolist()) - {void})
    damaged = {}
    for path in random.permutation(paths):
        if len(damaged) == round(SHARE * len(paths)):
            break
        picture = Image.open(path)
        mask = np.array(picture)
        fitting = [(region, own) for region, own in regions(mask, void) if SMALLEST <= region.mean() <= LARGEST]
        if not fitting:
            continue
        region, own = fitting[random.integers(len(fitting))]
        new = int(random.choice([index for index in classes if index != own]))
        mask[region] = new
        changed = Image.fromarray(mask)
        if picture.getpalette():
            changed.putpalette(picture.getpalette())
        changed.save(path)
        damaged[str(path.relative_to(folder))] = (region, own, new)
    return damaged


def prepare(root, given, seed, training):
    """Damages a copy of the data and trains a network for each fold; returns the runs."""
    random = np.random.default_rng(seed)
    data = root / "data"
    runs = [root / f"run{fold}of{given.folds}" for fold in range(1, given.folds + 1)]
    if not data.exists():
        shutil.copytree(given.data, data)
        damaged = damage(data, 0 if (data / "annotations").exists() else 255, random)
        np.savez_compressed(root / "damaged.npz", **{path: region for path, (region, _, _) in damaged.items()})
        (root / "damaged.json").write_text(json.dumps({path: classes for path, (_, *classes) in damaged.items()}))
    names = np.random.default_rng(seed).permutation(sorted(path.stem for path in data.glob("*/*/*.png")))
    for fold, run in enumerate(runs):
        if run.exists():
            continue
        held_out = []
        if given.folds > 1:
            (root / f"fold{fold + 1}.txt").write_text("\n".join(names[fold::given.folds]) + "\n")
            held_out = ["--held-out", root / f"fold{fold + 1}.txt"]
        subprocess.run([given.tool, "train", *training, "--data", data, *held_out, "--output", run, "--seed", str(seed)],
                       check=True, stdout=subprocess.DEVNULL)
    return runs


def trial(root, given, seed, training):
    """Damages, trains, reviews and prints; returns precision and recall at several ranks, and recall of pictures."""
    runs = prepare(root, given, seed, training)
    classes = json.loads((root / "damaged.json").read_text())
    truth = np.load(root / "damaged.npz")
    out = root / f"review{given.folds}"
    done = subprocess.run([given.tool, "review", *runs, "--top", "1000", "--output", out, "--json"], check=True,
                          capture_output=True, text=True)
    found = json.loads(done.stdout)["regions"]
    data = (root / "data").resolve()

    def local(mask):
        return str(pathlib.Path(mask).resolve().relative_to(data))

    hits, ranks = [], {}
    for rank, region in enumerate(found, 1):
        path = local(region["mask"])
        x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
        window = np.s_[y:y + height, x:x + width]
        possible = np.array(Image.open(data / path))[window] == region["maskClassIndex"]
        hits.append(path in classes and bool(truth[path][window][possible].mean() > 0.5))
        if hits[-1]:
            ranks.setdefault(path, rank)
    print(f"seed {seed}: {len(classes)} masks damaged, {len(found)} regions listed")
    results = {}
    for count in (5, 10, len(classes), 20, 30, 50):
        recall = sum(rank <= count for rank in ranks.values()) / len(classes)
        results[f"first {count} regions"] = (sum(hits[:count]) / count, recall)
    with open(out / "pictures.csv") as file:
        pictures = [local(row["mask"]) for row in csv.DictReader(file)]
    share = sum(path in classes for path in pictures[:len(classes)]) / len(classes)
    results[f"first {len(classes)} pictures"] = (share, share)
    for what, (precision, recall) in results.items():
        print(f"  {what}: precision {precision:.2f}, recall {recall:.2f}")
    for path, (old, new) in classes.items():
        place = pictures.index(path) + 1 if path in pictures else "-"
        print(f"    {path}: class {old} as {new}, {100 * truth[path].mean():.1f} % of the picture: region {ranks.get(path, '-')}, "
              f"picture {place}")
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("data")
    parser.add_argument("--seeds", default="1,2")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--keep")
    own, training = (sys.argv[1:] + ["--"]), []
    own, training = own[:own.index("--")], own[own.index("--") + 1:-1]
    given = parser.parse_args(own)
    given.tool = str(pathlib.Path(given.tool).resolve())
    trials = []
    with tempfile.TemporaryDirectory() as temporary:
        for seed in map(int, given.seeds.split(",")):
            root = pathlib.Path(given.keep or temporary).resolve() / str(seed)
            root.mkdir(parents=True, exist_ok=True)
            trials.append(trial(root, given, seed, training or TRAINING.split()))
    print(f"mean of {len(trials)} trials, {given.folds} folds")
    for what in trials[0]:
        precision, recall = np.mean([results[what] for results in trials], axis=0)
        print(f"  {what}: precision {precision:.2f}, recall {recall:.2f}")


main()
