"""What the scripts in this folder share: the fixture file, its versions, and the comparison of two runs."""

import json
import os
import platform
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from safetensors.numpy import save

tf.get_logger().setLevel("ERROR")

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "Golden"


class Fixture:
    """Named float32 arrays and named JSON descriptions, written as one safetensors file."""

    def __init__(self):
        self.tensors = {}
        self.metadata = {
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        }

    def add(self, name, array):
        """Stores `array` rounded to float32; a scalar becomes an array of one element."""
        assert name not in self.tensors, f"{name} is stored twice"
        array = np.ascontiguousarray(np.atleast_1d(np.asarray(array)), dtype=np.float32)
        assert np.isfinite(array).all(), f"{name} has values that are not finite"
        self.tensors[name] = array

    def describe(self, key, value):
        """Stores `value` as JSON under `key` of the file's metadata."""
        assert key not in self.metadata, f"{key} is described twice"
        self.metadata[key] = json.dumps(value)

    def write(self, name, below):
        """Writes the file and checks that it has fewer than `below` bytes."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / name
        path.write_bytes(with_sorted_metadata(save(self.tensors, metadata=self.metadata)))
        size = path.stat().st_size
        print(f"{name}: {len(self.tensors)} tensors, {size:,} bytes")
        assert size < below, f"{name} has {size:,} bytes; the limit is {below:,}"


def with_sorted_metadata(file):
    """The bytes of a safetensors file with its metadata by name, as the package's order differs in every process."""
    length = int.from_bytes(file[:8], "little")
    header = json.loads(file[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + file[8 + length :]


def use_precision(dtype):
    """Makes Keras compute in `dtype` from here on."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def difference(result, reference):
    """The largest difference between two arrays, relative to the largest magnitude of `reference`."""
    scale = np.abs(reference).max()
    distance = np.abs(np.asarray(result, dtype=np.float64) - reference).max()
    return distance / scale if scale > 0 else distance
