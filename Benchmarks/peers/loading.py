"""Times how a peer reads pictures with masks: decode, scale, flip, stack. Prints one line of JSON.

    python loading.py torchvision --data DIR --size 128 --batch 5 --threads 1 --runs 5 --seconds 1

DIR holds images/training/NAME.jpg and annotations/training/NAME.png. Pictures are scaled linearly, antialiased, masks
by nearest neighbor; half of the samples are mirrored; a batch is a tensor of 32-bit floats in 0...1 and one of 64- or
32-bit labels.
"""
import argparse
import itertools
import json
import os
import pathlib
import resource
import statistics
import sys
import time


def torchvision_batches(chosen, files):
    """Yields pictures read by Pillow, as torchvision's own data sets do; with `-draft` at reduced scale."""
    import torch
    from PIL import Image
    from torchvision.transforms import v2
    from torchvision.transforms.v2 import functional

    size = [chosen.size, chosen.size]

    class Samples(torch.utils.data.Dataset):
        def __len__(self):
            return len(files)

        def __getitem__(self, index):
            image, mask = map(Image.open, files[index])
            if chosen.peer == "torchvision-draft":
                image.draft("RGB", size)
            image = functional.resize(image.convert("RGB"), size, v2.InterpolationMode.BILINEAR, antialias=True)
            mask = functional.resize(mask, size, v2.InterpolationMode.NEAREST)
            return augmented(functional.pil_to_tensor(image), functional.pil_to_tensor(mask))

    return torch_loader(chosen, Samples())


def torchvision_io_batches(chosen, files):
    """Yields pictures read by torchvision's own decoders, straight into tensors."""
    import torch
    from torchvision.io import ImageReadMode, decode_image, read_file
    from torchvision.transforms import v2
    from torchvision.transforms.v2 import functional

    size = [chosen.size, chosen.size]

    class Samples(torch.utils.data.Dataset):
        def __len__(self):
            return len(files)

        def __getitem__(self, index):
            image = decode_image(read_file(files[index][0]), ImageReadMode.RGB)
            mask = decode_image(read_file(files[index][1]), ImageReadMode.UNCHANGED)
            image = functional.resize(image, size, v2.InterpolationMode.BILINEAR, antialias=True)
            return augmented(image, functional.resize(mask, size, v2.InterpolationMode.NEAREST))

    return torch_loader(chosen, Samples())


def augmented(image, mask):
    import torch
    from torchvision.transforms.v2 import functional

    if torch.rand(()) < 0.5:
        image, mask = functional.horizontal_flip(image), functional.horizontal_flip(mask)
    return functional.to_dtype(image, torch.float32, scale=True), mask[0].long()


def torch_loader(chosen, samples):
    import torch

    torch.set_num_threads(chosen.threads)
    loader = torch.utils.data.DataLoader(
        samples, batch_size=chosen.batch, shuffle=True, drop_last=True, num_workers=chosen.threads,
        persistent_workers=True, prefetch_factor=4)
    while True:
        yield from loader


def tensorflow_batches(chosen, files):
    """Uses tf.data with a private pool; `-ratio` decodes at reduced scale, `-cache` keeps scaled pictures in memory."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(chosen.threads)
    tf.config.threading.set_inter_op_parallelism_threads(chosen.threads)
    ratio = reduction(files[0][0], chosen.size) if chosen.peer == "tensorflow-ratio" else 1
    size = (chosen.size, chosen.size)

    def read(image, mask):
        image = tf.io.decode_jpeg(tf.io.read_file(image), channels=3, ratio=ratio)
        mask = tf.io.decode_png(tf.io.read_file(mask), channels=1)
        image = tf.image.resize(image, size, antialias=True) / 255
        return image, tf.image.resize(mask, size, method="nearest")

    def flip(image, mask):
        if tf.random.uniform(()) < 0.5:
            image, mask = tf.image.flip_left_right(image), tf.image.flip_left_right(mask)
        return image, tf.cast(mask[..., 0], tf.int32)

    samples = tf.data.Dataset.from_tensor_slices(tuple(map(list, zip(*files))))
    options = tf.data.Options()
    options.threading.private_threadpool_size = chosen.threads
    options.deterministic = False
    if chosen.peer == "tensorflow-cache":
        samples = samples.map(read, num_parallel_calls=chosen.threads).cache().shuffle(len(files)).repeat()
    else:
        samples = samples.shuffle(len(files)).repeat().map(read, num_parallel_calls=chosen.threads)
    samples = samples.map(flip, num_parallel_calls=chosen.threads)
    return iter(samples.batch(chosen.batch, drop_remainder=True).prefetch(4).with_options(options))


def reduction(path, size):
    """Returns the largest of 1, 2, 4 and 8 by which the first picture can shrink and still be large enough."""
    from PIL import Image

    with Image.open(path) as image:
        return max(ratio for ratio in (1, 2, 4, 8) if min(image.size) >= ratio * size)


def measure(batches, chosen, count):
    """Warms up with one pass, then counts pictures in each of the runs."""
    for batch in itertools.islice(batches, count // chosen.batch + 1):
        images, masks = batch
        shape = (chosen.batch, chosen.size, chosen.size)
        if sorted(images.shape) != sorted((*shape, 3)) or tuple(masks.shape) != shape:
            raise SystemExit(f"a batch is {tuple(images.shape)} and {tuple(masks.shape)}")
    rates = []
    for _ in range(chosen.runs):
        start, pictures = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - start) < chosen.seconds:
            next(batches)
            pictures += chosen.batch
        rates.append(pictures / elapsed)
    return rates


PEERS = {
    "torchvision": torchvision_batches, "torchvision-draft": torchvision_batches,
    "torchvision-io": torchvision_io_batches, "tensorflow": tensorflow_batches, "tensorflow-ratio": tensorflow_batches,
    "tensorflow-cache": tensorflow_batches}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--batch", type=int, default=5)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    chosen = parser.parse_args()
    images = sorted((chosen.data / "images" / "training").iterdir())
    files = [(str(image), str(chosen.data / "annotations" / "training" / f"{image.stem}.png")) for image in images]
    rates = measure(iter(PEERS[chosen.peer](chosen, files)), chosen, len(files))
    megabyte = 1024 if sys.platform == "linux" else 1_048_576
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / megabyte
    print(json.dumps({
        "peer": chosen.peer, "augmentation": "flip", "batch": chosen.batch, "size": chosen.size,
        "threads": chosen.threads, "picturesPerSecond": statistics.median(rates), "fastest": max(rates),
        "peakMegabytes": peak}), flush=True)
    # Worker processes and pools need no orderly shutdown.
    os._exit(0)


if __name__ == "__main__":
    main()
