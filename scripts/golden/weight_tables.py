"""Writes the golden files of WeightTableTests: a small network of every kind of layer, saved by PyTorch and by Keras.

    pip install numpy h5py safetensors torch keras
    KERAS_BACKEND=torch python scripts/golden/weight_tables.py

Next to each file is what the program computes: `pixels` [1, 8, 8, 3] and `logits` [1, 8, 8, 7].

Made with torch 2.15.0, keras 3.15.1, h5py 3.14.0, safetensors 0.8.0, numpy 2.4.6.
"""

import pathlib

import keras
import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "TesseraPretrainedTests" / "Golden"
PIXELS = np.random.default_rng(1).normal(0, 1, (1, 8, 8, 3)).astype(np.float32)


def values(name, shape):
    """Far from the layers' initial values; variances are positive."""
    random = np.random.default_rng([*name.encode()])
    positive = any(part in name for part in ["var", "gamma", "norm.weight", "temperature"])
    array = random.uniform(0.5, 1.5, shape) if positive else random.normal(0.1, 0.4, shape)
    return array.astype(np.float32)


def expect(path, logits):
    assert (np.abs(logits) > 0.1).mean() > 0.5, "too little reaches the end"
    save_file({"pixels": PIXELS, "logits": np.ascontiguousarray(logits, np.float32)}, f"{path}.expected.safetensors")
    print(path.name, path.stat().st_size, "bytes")
    assert path.stat().st_size < 100_000


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(4)
        self.depthwise = nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(8, eps=0.05)
        self.point = nn.Conv2d(8, 6, 1)
        self.layer_norm = nn.LayerNorm(6)
        self.up = nn.ConvTranspose2d(6, 5, 4, stride=2, padding=1)
        self.dense = nn.Linear(5, 7)
        self.temperature = nn.Parameter(torch.zeros(7))
        # Nothing has a place for these.
        self.auxiliary = nn.Sequential(nn.Conv2d(8, 2, 3), nn.BatchNorm2d(2))
        self.scores = nn.Linear(5, 9)

    def forward(self, pixels):
        x = torch.relu(self.stem_norm(self.stem(pixels.permute(0, 3, 1, 2))))
        x = nn.functional.max_pool2d(x, 2)
        x = self.point(torch.relu(self.depthwise_norm(self.depthwise(x))))
        x = self.layer_norm(x.permute(0, 2, 3, 1))
        x = self.up(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.dense(x) * self.temperature


def torch_file():
    model = Network().eval()
    state = model.state_dict()
    for name, value in state.items():
        if not name.endswith("num_batches_tracked"):
            value.copy_(torch.from_numpy(values(name, value.shape)))
    path = GOLDEN / "kinds.pth"
    torch.save(state, path)
    with torch.no_grad():
        expect(path, model(torch.from_numpy(PIXELS)).numpy())


@keras.saving.register_keras_serializable()
class Temperature(keras.layers.Layer):
    def build(self, shape):
        self.factors = self.add_weight(shape=shape[-1:], name="factors")

    def call(self, x):
        return x * self.factors


def keras_files():
    layers = keras.layers
    pixels = x = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="stem")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="stem_norm")(x))
    x = layers.MaxPooling2D(2)(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, use_bias=False, name="depthwise")(x)
    x = layers.ReLU()(layers.BatchNormalization(epsilon=0.05, name="depthwise_norm")(x))
    x = layers.LayerNormalization(name="layer_norm")(layers.Conv2D(6, 1, name="point")(x))
    x = layers.Conv2DTranspose(5, 4, strides=2, padding="same", name="up")(x)
    logits = Temperature(name="temperature")(layers.Dense(7, name="dense")(x))
    scores = layers.Dense(9, name="scores")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(pixels, [logits, scores])
    for layer in model.layers:
        for weight in layer.weights:
            weight.assign(values(weight.path, tuple(weight.shape)))
    expected = np.asarray(model.predict(PIXELS, verbose=0)[0])
    for name in ["kinds.weights.h5", "kinds-legacy.h5", "kinds-unnamed.weights.h5"]:
        path = GOLDEN / name
        path.unlink(missing_ok=True)
        if "legacy" in name:
            model.save(path)
        else:
            model.save_weights(path)
        if "unnamed" in name:
            without_names(path)
        expect(path, expected)


def without_names(path):
    """Like versions of Keras 3 that stored no layer names."""
    import h5py

    with h5py.File(path, "r+") as file:
        for layer in file["layers"].values():
            layer["vars"].attrs.pop("name", None)


if __name__ == "__main__":
    torch_file()
    keras_files()
