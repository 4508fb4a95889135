"""Writes the golden files of TesseraCheckpointsTests with the safetensors package.

    pip install numpy ml_dtypes safetensors
    python scripts/golden/safetensors_files.py            # writes Tests/TesseraCheckpointsTests/Golden
    python scripts/golden/safetensors_files.py --check F  # lists a file that Tessera wrote

Made with safetensors 0.8.0, numpy 2.4.6, ml_dtypes 0.6.0.
"""

import pathlib
import sys

import ml_dtypes
import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "TesseraCheckpointsTests" / "Golden"

NUMBERS = {
    "float16": [0.0, -0.0, 1.0, -2.5, 65504.0, -65504.0, 2.0**-24, 2.0**-14, 1023 * 2.0**-24, 0.1, np.inf, -np.inf, np.nan],
    "bfloat16": [0.0, -0.0, 1.0, -2.5, 3.0e38, 1e-40, 0.1, np.inf, -np.inf, np.nan],
    "float64": [0.0, 1.0, 0.1, -1e300, 1e-300, 16777217.0, np.pi, np.inf, np.nan],
    "bool": [False, True, True],
    "uint8": [0, 1, 127, 255],
    "int8": [0, 1, -1, 127, -128],
    "int16": [0, -1, 32767, -32768],
    "uint16": [0, 1, 65535],
    "int32": [0, -1, 16777217, 2147483647, -2147483648],
    "uint32": [0, 4294967295],
    "int64": [0, -1, 16777217, 9223372036854775807, -9223372036854775808],
    "uint64": [0, 18446744073709551615],
}


def write(name, tensors, metadata):
    GOLDEN.mkdir(parents=True, exist_ok=True)
    data = save(tensors, metadata)
    (GOLDEN / name).write_bytes(data)
    print(name, len(data), "bytes")


def write_weights():
    """Floats only, as Tessera writes them: its file must have the same bytes."""
    steps = np.arange(24, dtype=np.float32)
    write(
        "weights.safetensors",
        {
            "encoder.1.filter": (steps * 0.25 - 3).reshape(2, 3, 4),
            "encoder.0.bias": np.array([1.5, -0.0, np.inf, 1e-45], np.float32),
            "scale": np.array(0.1, np.float32),
            "nothing": np.zeros((0, 3), np.float32),
            'quote " backslash \\ tab \t bell \u0007 \u00e9 \U0001f600': np.array([7], np.float32),
        },
        {"note": 'a "quoted" text,\nof two lines \u00e9'},
    )


def write_types():
    """Every type that converts, each with what NumPy makes of it in 32 bits, and one that does not."""
    tensors = {}
    for name, numbers in NUMBERS.items():
        array = np.array(numbers, dtype=ml_dtypes.bfloat16 if name == "bfloat16" else name)
        tensors[name] = array
        with np.errstate(over="ignore"):
            tensors[f"{name}.float32"] = array.astype(np.float32)
    tensors["eight bits"] = np.zeros(4, ml_dtypes.float8_e4m3fn)
    write("types.safetensors", tensors, None)


def check(path):
    with safe_open(path, "np") as file:
        print(file.metadata())
        for name in file.keys():
            print(repr(name), file.get_tensor(name).dtype, file.get_tensor(name).shape, file.get_tensor(name).ravel()[:8])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2])
    else:
        write_weights()
        write_types()
