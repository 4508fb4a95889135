"""Writes the golden moving averages of TesseraOptimizersTests: a weight and its averages after each of twelve steps.

    pip install numpy safetensors tensorflow-cpu && python scripts/golden/averages.py

Made with TensorFlow 2.21.0's `ExponentialMovingAverage`, with and without the number of updates, which warms it up.
"""

import os
import pathlib

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from optimizers import waves
from safetensors.numpy import save

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "TesseraOptimizersTests" / "Golden"
STEPS = 12
SHAPE = (3, 5)


def averages(initial, weights, decay, warms_up):
    variable = tf.Variable(initial)
    count = tf.Variable(0.0) if warms_up else None
    average = tf.train.ExponentialMovingAverage(decay, num_updates=count)
    # TensorFlow's average starts from the value of its first update; `apply` before the first step makes that the
    # initial weight. With equal numbers nothing moves.
    average.apply([variable])
    for weight in weights:
        variable.assign(weight)
        average.apply([variable])
        if warms_up:
            count.assign_add(1)
        yield average.average(variable).numpy().copy()


def main():
    initial = waves(SHAPE, 0)
    weights = [waves(SHAPE, 20 + step) for step in range(STEPS)]
    tensors = {"initial": initial, "weights": np.stack(weights)}
    for name, decay, warms_up in [("plain", 0.9, False), ("slow", 0.9999, False), ("warmUp", 0.4, True)]:
        tensors[name] = np.stack(list(averages(initial, weights, decay, warms_up)))
    path = GOLDEN / "averages.safetensors"
    path.write_bytes(save(tensors))
    print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
