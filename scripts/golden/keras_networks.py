"""Writes the golden files of KerasNetworkTests: the U-Net and the FCNN as users of Keras write and save them.

    pip install tensorflow-cpu keras tf-keras h5py safetensors numpy
    python scripts/golden/keras_networks.py

`keras-networks.zip` has the files that Keras 2 and 3 save, and `expected.safetensors`: for each network `pixels`
[1, height, width, 3], red, green, blue in 0...255, and `logits` of every third row and column. The networks take
pixels / 255 and end in a softmax, as many do; logits are what it is given. TensorFlow computes them.

Made with keras 3.15.1, tf_keras 2.21.0, tensorflow 2.21.0, h5py 3.16.0, safetensors 0.8.0, numpy 2.4.6.
"""

import os
import pathlib
import tempfile
import zipfile

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
import tf_keras
from safetensors.numpy import save_file

ARCHIVE = (pathlib.Path(__file__).resolve().parents[2] / "Tests" / "TesseraPretrainedTests" / "Golden"
           / "keras-networks.zip")
CLASSES = 4
BELOW = 300_000


def unet(keras, activation="softmax", width=1, levels=4, name=lambda kind: None):
    """Most layers have no name, as in most scripts; `name` makes one for each kind of layer."""
    layers = keras.layers

    def block(features, channels):
        for _ in range(2):
            features = layers.Conv2D(channels, 3, padding="same", activation="relu", name=name("conv"))(features)
        return features

    images = keras.Input((32, 32, 3))
    features, skips = images, []
    for level in range(levels):
        features = block(features, width * 2**level)
        skips.append(features)
        features = layers.Dropout(0.3)(layers.MaxPooling2D(2)(features))
    features = block(features, width * 2**levels)
    for skip in reversed(skips):
        features = layers.Conv2DTranspose(
            skip.shape[-1], 3, 2, padding="same", activation="relu", name=name("up"))(features)
        features = block(layers.Dropout(0.3)(layers.concatenate([features, skip])), skip.shape[-1])
    return keras.Model(images, layers.Conv2D(CLASSES, 1, activation=activation, name=name("conv"))(features))


def vgg16(keras, size):
    """The outputs of all five pools, under the names of keras.applications."""
    layers = keras.layers
    images = features = keras.Input((size, size, 3))
    pools = []
    for block, (width, count) in enumerate([(1, 2), (2, 2), (4, 3), (8, 3), (8, 3)], 1):
        for index in range(1, count + 1):
            features = layers.Conv2D(
                width, 3, padding="same", activation="relu", name=f"block{block}_conv{index}")(features)
        features = layers.MaxPooling2D(2, name=f"block{block}_pool")(features)
        pools.append(features)
    return keras.Model(images, pools)


def fcnn(keras, activation="softmax", size=32, fully_connected=None, nested=False):
    layers = keras.layers
    backbone = vgg16(keras, size)
    images = keras.Input((size, size, 3)) if nested else backbone.input
    _, _, f3, f4, f5 = backbone(images) if nested else backbone.outputs
    if fully_connected:
        for kernel in (7, 1):
            f5 = layers.Dropout(0.3)(layers.Conv2D(fully_connected, kernel, padding="same", activation="relu")(f5))

    def up(features, activation="relu"):
        return layers.Conv2DTranspose(CLASSES, 4, 2, padding="same", use_bias=False, activation=activation)(features)

    # In another order than they are computed in, as Keras counts them: its files have them in that of the graph.
    s3 = layers.Conv2D(CLASSES, 1)(f3)
    m1 = layers.Add()([layers.Conv2D(CLASSES, 1)(f4), up(f5)])
    m2 = layers.Add()([s3, up(m1)])
    return keras.Model(images, layers.Conv2DTranspose(CLASSES, 16, 8, padding="same", activation=activation)(m2))


def fill(model, seed):
    """Numbers of few digits, which compress well, at He's scale; biases are above 0."""
    random = np.random.default_rng(seed)
    values = []
    for layer in model.layers:
        for array in layer.get_weights():
            if array.ndim == 1:
                value = random.uniform(0, 0.3, array.shape)
            else:
                height, width, *channels = array.shape
                is_transposed = type(layer).__name__ == "Conv2DTranspose"
                fan = height * width * channels[is_transposed] / (layer.strides[0] ** 2 if is_transposed else 1)
                value = random.normal(0.5 / fan, (2 / fan) ** 0.5, array.shape)
            values.append((np.round(value * 64) / 64).astype(np.float32))
    model.set_weights(values)
    return values


def pixels(size):
    random = np.random.default_rng(size)
    return random.integers(0, 256, (1, size, size, 3)).astype(np.float32)


def optimized(model):
    """With an optimizer's state, as a model that has been trained."""
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


def without_names(path):
    """Like versions of Keras 3 that stored no layer names."""
    with h5py.File(path, "r+") as file:
        for layer in file["layers"].values():
            layer["vars"].attrs.pop("name", None)


def rewritten(source, target, method, change=lambda path: None):
    """The archive with its weights changed, or compressed."""
    folder = tempfile.mkdtemp()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", method) as new:
        for entry in old.namelist():
            if entry.endswith(".h5"):
                old.extract(entry, folder)
                change(f"{folder}/{entry}")
                new.write(f"{folder}/{entry}", entry)
            else:
                new.writestr(entry, old.read(entry))


def named():
    counts = {}

    def name(kind):
        counts[kind] = counts.get(kind, 0) + 1
        return f"my_{kind}{counts[kind]}"

    return name


def main():
    expected = {}
    folder = pathlib.Path(tempfile.mkdtemp())

    def network(name, make, size, seed):
        """A model that was made after others, its weights, and its logits among what is expected."""
        model = make(keras)
        values = fill(model, seed)
        plain = make(keras, activation=None)
        plain.set_weights(values)
        image = pixels(size)
        logits = np.asarray(plain.predict(image / 255, verbose=0))
        spread = logits.std(axis=(1, 2))
        assert np.isfinite(logits).all() and (spread > 0.05).all() and np.abs(logits).max() < 1e3, (name, spread)
        expected[f"{name}/pixels"], expected[f"{name}/logits"] = image, np.ascontiguousarray(logits[:, ::3, ::3])
        return model, values

    def as_keras2(make, values):
        make(tf_keras)
        model = make(tf_keras)
        model.set_weights(values)
        return model

    # As a session goes: the first models are discarded, and the next ones' names count on.
    unet(keras), unet(tf_keras)
    model, values = network("unet", unet, 32, 1)
    optimized(model).save(folder / "unet.keras")
    model.save(folder / "unet.h5")
    model.save_weights(folder / "unet.weights.h5")
    rewritten(folder / "unet.keras", folder / "unet-unnamed.keras", zipfile.ZIP_DEFLATED, without_names)
    old = as_keras2(unet, values)
    optimized(old).save(folder / "unet-keras2.h5")
    old.save_weights(folder / "unet-keras2-weights.h5")
    custom = unet(tf_keras, name=named())
    custom.set_weights(values)
    custom.save_weights(folder / "unet-named.h5")
    shallow = unet(keras, levels=3)
    shallow.save_weights(folder / "shallow.weights.h5")

    model, values = network("fcnn", fcnn, 32, 2)
    optimized(model).save(folder / "fcnn.keras")
    model.save_weights(folder / "fcnn.weights.h5")
    as_keras2(fcnn, values).save_weights(folder / "fcnn-keras2.h5")
    nested = fcnn(keras, nested=True)
    nested.set_weights(values)
    nested.save_weights(folder / "fcnn-nested.weights.h5")
    nested.save(folder / "fcnn-nested.h5")

    model, _ = network("fcn8s", lambda keras, **other: fcnn(keras, size=64, fully_connected=8, **other), 64, 3)
    model.save(folder / "fcn8s.keras")

    save_file(expected, folder / "expected.safetensors")
    ARCHIVE.unlink(missing_ok=True)
    with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(path.name, (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
            print(path.name, path.stat().st_size, "bytes,", archive.getinfo(path.name).compress_size, "compressed")
    print(ARCHIVE.name, ARCHIVE.stat().st_size, "bytes")
    assert ARCHIVE.stat().st_size < BELOW


if __name__ == "__main__":
    main()
