"""Writes a small network of Keras as ONNX by tf2onnx, with the logits that ONNX Runtime gives.

    python3 -m venv .build/keras
    .build/keras/bin/pip install tensorflow-cpu tf2onnx onnxruntime
    .build/keras/bin/python scripts/golden/onnx_keras_network.py Tests/TesseraONNXImportTests/Golden

Pictures and files are those of onnx_networks.py, but pictures and logits have their channels last.
"""
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import onnx
import onnxruntime
from keras import layers

SIZES = [(32, 32), (64, 48)]  # height, width


def picture(height, width):
    values = np.sin(np.arange(3 * height * width, dtype=np.float64) * 0.37) * 2
    return np.ascontiguousarray(values.astype(np.float32).reshape(1, 3, height, width).transpose(0, 2, 3, 1))


def network():
    image = keras.Input((None, None, 3))
    x = layers.ReLU()(layers.LayerNormalization()(layers.Conv2D(6, 3, padding="same", use_bias=False)(image)))
    skip = x
    x = layers.Activation("silu")(layers.LayerNormalization(center=False)(layers.SeparableConv2D(8, 3, 2, "same")(x)))
    x = layers.concatenate([skip, layers.Conv2DTranspose(8, 2, strides=2)(x)])
    return keras.Model(image, layers.Conv2D(3, 1)(x))


def main(folder):
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    made = network()
    for values in made.weights:
        values.assign(random.uniform(0.5, 1.5, values.shape) if len(values.shape) == 1 else values)
    path = folder / "keras-17.onnx"
    image = keras.InputSpec(shape=(None, None, None, 3), dtype="float32", name="image")
    made.export(str(path), format="onnx", opset_version=17, input_signature=[image], verbose=False)
    model = onnx.load(path)
    model.graph.ClearField("value_info")
    onnx.save(model, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits = [session.run(None, {"image": picture(*size)})[0] for size in SIZES]
    path.with_suffix(".logits").write_bytes(b"".join(part.astype("<f4").tobytes() for part in logits))
    print(path.name, path.stat().st_size, [part.shape for part in logits])


main(Path(sys.argv[1]))
