"""Writes VGG-16 with random weights as Keras, torchvision and timm save it, with the features that each computes.

    pip install numpy safetensors tensorflow-cpu keras h5py tf-keras
    python scripts/verify/vgg16_weights.py keras FOLDER
    pip install numpy safetensors torch torchvision timm
    python scripts/verify/vgg16_weights.py torch FOLDER

    TESSERA_VGG16_FOLDER=FOLDER swift test -c release --disable-xctest --filter FullSizeTests

Next to each file of weights is a file of the same name and ".expected.safetensors" with `picture`, [1, 224, 224, 3],
red, green, blue in 0...255; `pool5`, [1, 7, 7, 512], and, where the file has the dense layers, `fc7`, [1, 4096], both
from the picture with the program's own preprocessing. Takes 5 GB of disk.

Run with keras 3.15.1, tf_keras 2.21.0, h5py 3.14.0, torch 2.15.0, torchvision 0.29.2, timm 1.0.31, safetensors 0.8.0.
"""

import os
import pathlib
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def picture():
    """Noise, so neither flips nor swapped colors go unnoticed."""
    return np.random.default_rng(16).integers(0, 256, (1, 224, 224, 3)).astype(np.float32)


def expect(path, pool5, fc7=None):
    from safetensors.numpy import save_file

    tensors = {"picture": picture(), "pool5": np.ascontiguousarray(pool5, np.float32)}
    if fc7 is not None:
        tensors["fc7"] = np.ascontiguousarray(fc7, np.float32)
    save_file(tensors, f"{path}.expected.safetensors")
    print(path.name, path.stat().st_size, "bytes, pool5 up to", pool5.max(), "" if fc7 is None else f"fc7 up to {fc7.max()}")


def keras_files(folder):
    import h5py
    import keras
    from keras.src.legacy.saving import legacy_h5_format

    print("keras", keras.__version__, "h5py", h5py.__version__)
    keras.utils.set_random_seed(1)
    model = keras.applications.VGG16(weights=None)
    randomize_biases(model)
    inputs = keras.applications.vgg16.preprocess_input(picture().copy())
    names = ["block5_pool", "fc2"]
    pool5, fc7 = keras.Model(model.input, [model.get_layer(n).output for n in names]).predict(inputs, verbose=0)
    backbone = keras.applications.VGG16(weights=None, include_top=False)
    for layer in backbone.layers:
        layer.set_weights(model.get_layer(layer.name).get_weights() if layer.get_weights() else [])

    def write(name, save, dense):
        path = folder / name
        path.unlink(missing_ok=True)
        save(str(path))
        expect(path, pool5, fc7 if dense else None)

    def legacy(network):
        def save(path):
            with h5py.File(path, "w") as file:
                legacy_h5_format.save_weights_to_hdf5_group(file, network)

        return save

    write("keras3-top.weights.h5", model.save_weights, True)
    write("keras3-notop.weights.h5", backbone.save_weights, False)
    write("keras3-model.h5", model.save, True)
    write("keras3-legacy-notop.h5", legacy(backbone), False)
    write("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", lambda path: as_published(path, backbone), False)
    weights = {layer.name: layer.get_weights() for layer in model.layers if layer.get_weights()}
    del model, backbone
    keras2_files(write, weights)


def randomize_biases(model):
    """Keras' are initially zero."""
    random = np.random.default_rng(2)
    for layer in model.layers:
        if layer.get_weights():
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, random.normal(0, 0.1, bias.shape).astype(np.float32)])


def as_published(path, model):
    """The layout of the file that Keras downloads, which Keras 1 wrote: kernels W_1 and b_1, names as plain bytes."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}_{kind}_1:0" for kind, _ in zip("Wb", layer.get_weights())]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, layer.get_weights()):
                group.create_dataset(name, data=value)


def keras2_files(write, weights):
    """Keras 2 lives on as tf_keras."""
    import tf_keras

    print("tf_keras", tf_keras.__version__)
    for top in [True, False]:
        model = tf_keras.applications.VGG16(weights=None, include_top=top)
        for layer in model.layers:
            if layer.get_weights():
                layer.set_weights(weights[layer.name])
        if top:
            write("keras2-model.h5", lambda path: model.save(path), True)
        else:
            write("keras2-notop.h5", lambda path: model.save_weights(path), False)


def torch_files(folder):
    import timm
    import torch
    import torchvision

    print("torch", torch.__version__, "torchvision", torchvision.__version__, "timm", timm.__version__)
    torch.manual_seed(1)
    image = torch.from_numpy(picture()).permute(0, 3, 1, 2) / 255
    weights = torchvision.models.VGG16_Weights.IMAGENET1K_V1.transforms()
    normalized = torchvision.transforms.functional.normalize(image, weights.mean, weights.std)
    for name in ["vgg16", "vgg16_bn"]:
        model = randomized(getattr(torchvision.models, name)(weights=None)).eval()
        with torch.no_grad():
            pool5 = model.features(normalized)
            fc7 = model.classifier[:5](torch.flatten(model.avgpool(pool5), 1))
        save_torch(folder, f"torchvision-{name}", model, pool5, fc7)
    for name in ["vgg16", "vgg16_bn"]:
        model = randomized(timm.create_model(name, pretrained=False)).eval()
        config = timm.data.resolve_model_data_config(model)
        normalized = torchvision.transforms.functional.normalize(image, config["mean"], config["std"])
        with torch.no_grad():
            pool5 = model.features(normalized)
            fc7 = model.pre_logits(pool5)
        save_torch(folder, f"timm-{name}", model, pool5, fc7.flatten(1))


def randomized(model):
    """Biases and statistics other than the zeros and ones of a new network."""
    import torch

    for name, value in model.state_dict().items():
        if name.endswith("bias") or name.endswith("running_mean"):
            value.normal_(0, 0.1)
        elif name.endswith("running_var") or (value.dim() == 1 and name.endswith("weight")):
            value.uniform_(0.5, 1.5)
        elif value.dim() == 2 or value.shape[-1:] in [(7,), (1,)]:
            # Dense layers, drawn so small that little of the picture would reach fc7.
            torch.nn.init.kaiming_normal_(value)
    return model


def save_torch(folder, name, model, pool5, fc7):
    import torch
    from safetensors.torch import save_file

    pool5, fc7 = pool5.permute(0, 2, 3, 1).numpy(), fc7.numpy()
    path = folder / f"{name}.safetensors"
    save_file(model.state_dict(), path)
    expect(path, pool5, fc7)
    if name.startswith("torchvision"):
        path = folder / f"{name}.pth"
        torch.save(model.state_dict(), path)
        expect(path, pool5, fc7)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    {"keras": keras_files, "torch": torch_files}[sys.argv[1]](target)
