"""Writes the golden files of TesseraHDF5Tests and TesseraPretrainedTests with Keras, h5py and PyTorch.

    pip install numpy h5py safetensors tensorflow-cpu keras tf-keras
    python scripts/golden/pretrained_files.py hdf5 keras
    pip install numpy safetensors torch torchvision timm
    python scripts/golden/pretrained_files.py torch
    pip install numpy torch
    python scripts/golden/pretrained_files.py legacy
    python scripts/golden/pretrained_files.py hostile

The networks are VGG-16 with one channel in the first block and dense layers of eight, made and saved by the programs
themselves; next to each is what it computes for `picture()`: `pool5`, [1, 7, 7, 8], and `fc7`, [1, 8].

Made with keras 3.15.1, tf_keras 2.21.0, h5py 3.14.0 (HDF5 1.14.6), torch 2.15.0, torchvision 0.29.2, timm 1.0.31,
safetensors 0.8.0, numpy 2.4.6. `legacy` writes the weights of `torchvision.safetensors` and the views of `tensors.pth`
again, as PyTorch before 1.6 saved them, and has the version of PyTorch in the files' names: 1.13.1 and 2.13.0 so far.
"""

import collections
import json
import os
import pathlib
import sys

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
TESTS = pathlib.Path(__file__).resolve().parents[2] / "Tests"
HDF5 = TESTS / "TesseraHDF5Tests" / "Golden"
PRETRAINED = TESTS / "TesseraPretrainedTests" / "Golden"
BLOCKS = [(1, 2), (2, 2), (4, 3), (8, 3), (8, 3)]
DENSE = 8
CLASSES = 5


def picture():
    """[1, 224, 224, 3], red, green, blue in 0...255; the tests make the same."""
    y, x, channel = np.meshgrid(np.arange(224), np.arange(224), np.arange(3), indexing="ij")
    return ((y * 7 + x * 13 + channel * 29 + (y * x) % 31 * 5) % 256).astype(np.float32)[None]


def expect(path, pool5, fc7=None):
    from safetensors.numpy import save_file

    assert (pool5 > 0).mean() > 0.3 and (fc7 is None or (fc7 > 0).mean() > 0.3), "too little reaches the end"
    tensors = {"pool5": np.ascontiguousarray(pool5, np.float32)}
    if fc7 is not None:
        tensors["fc7"] = np.ascontiguousarray(fc7, np.float32)
    save_file(tensors, f"{path}.expected.safetensors")
    print(path.name, path.stat().st_size, "bytes")
    assert path.stat().st_size < 100_000


def hdf5_files():
    """Every kind of text, float and layout that is read, and those that are refused."""
    import h5py

    print("h5py", h5py.__version__, "HDF5", h5py.version.hdf5_version)
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 4 - 2
    with h5py.File(HDF5 / "kinds.h5", "w") as file:
        file.attrs["fixed"] = [b"one", b"three", b""]
        file.attrs["variable"] = ["un", "trois", "\u00e9t\u00e9"]
        file.attrs["scalar"] = "alone"
        file.attrs["none"] = []
        file.attrs["numbers"] = [1, 2]
        padded = h5py.h5t.C_S1.copy()
        padded.set_size(6)
        padded.set_strpad(h5py.h5t.STR_SPACEPAD)
        attribute = h5py.h5a.create(file.id, b"padded", padded, h5py.h5s.create_simple((2,)))
        attribute.write(np.array([b"ab    ", b"c     "], "S6"), mtype=padded)
        group = file.create_group("arrays/inner")
        for kind in ["<f2", "<f4", "<f8", ">f2", ">f4", ">f8"]:
            group.create_dataset(kind.replace("<", "little-").replace(">", "big-"), data=values.astype(kind))
        group.create_dataset("number", data=np.float32(0.5))
        group.create_dataset("empty", shape=(0, 3), dtype="f4")
        group.create_dataset("chunked", data=values, chunks=(1, 2, 3))
        group.create_dataset("packed", data=values, chunks=(2, 3, 4), compression="gzip", shuffle=True, fletcher32=True)
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        dataset = h5py.h5d.create(group.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 3, 4)), compact)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        refused = file.create_group("refused")
        refused.create_dataset("integers", data=[1, 2])
        refused.create_dataset("texts", data=["a"])
        refused.create_dataset("lzf", data=values, compression="lzf")
        refused.create_dataset("unwritten", shape=(1 << 20, 1 << 20), dtype="f4")
        refused.create_dataset("unwritten chunks", shape=(1 << 20, 1 << 20), dtype="f4", chunks=(64, 64))
        refused.create_dataset("overflowing", shape=(1 << 31, 1 << 31, 1 << 31), dtype="f4", chunks=(1, 64, 64))
        refused["soft"] = h5py.SoftLink("/arrays/inner/little-f4")
        refused["external"] = h5py.ExternalLink("other.h5", "/array")
        refused.create_dataset("outside", (4,), "f4", external=[("other.bin", 0, 16)])
        layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
        layout[:] = h5py.VirtualSource("other.h5", "array", shape=(4,))
        refused.create_virtual_dataset("virtual", layout)
    print("kinds.h5", (HDF5 / "kinds.h5").stat().st_size, "bytes")
    with h5py.File(HDF5 / "latest.h5", "w", libver="latest") as file:
        file.attrs["variable"] = ["un", "deux"]
        file.create_dataset("array", data=values, chunks=(1, 3, 4), compression="gzip")
    print("latest.h5", (HDF5 / "latest.h5").stat().st_size, "bytes")


def keras_vgg(keras, top):
    layers = keras.layers
    inputs = features = layers.Input((224, 224, 3))
    for block, (width, count) in enumerate(BLOCKS, 1):
        for index in range(1, count + 1):
            features = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"block{block}_conv{index}")(features)
        features = layers.MaxPooling2D(2, name=f"block{block}_pool")(features)
    if top:
        features = layers.Flatten(name="flatten")(features)
        features = layers.Dense(DENSE, activation="relu", name="fc1")(features)
        features = layers.Dense(DENSE, activation="relu", name="fc2")(features)
        features = layers.Dense(CLASSES, activation="softmax", name="predictions")(features)
    return keras.Model(inputs, features, name="vgg16")


def random_weights(model):
    random = np.random.default_rng(3)
    for layer in model.layers:
        if layer.get_weights():
            kernel, bias = layer.get_weights()
            fan = np.prod(kernel.shape[:-1])
            kernel = random.normal(0.5 / fan**0.5, 1 / fan**0.5, kernel.shape)
            layer.set_weights([kernel.astype(np.float32), random.uniform(0, 0.3, bias.shape).astype(np.float32)])


def copy_weights(source, target):
    for layer in target.layers:
        if layer.get_weights():
            layer.set_weights(source.get_layer(layer.name).get_weights())


def keras_files():
    import h5py
    import keras
    import tf_keras
    from keras.src.legacy.saving import legacy_h5_format

    print("keras", keras.__version__, "tf_keras", tf_keras.__version__)
    model = keras_vgg(keras, top=True)
    random_weights(model)
    inputs = keras.applications.vgg16.preprocess_input(picture())
    outputs = [model.get_layer(name).output for name in ["block5_pool", "fc2"]]
    pool5, fc7 = keras.Model(model.input, outputs).predict(inputs, verbose=0)
    backbone = keras_vgg(keras, top=False)
    copy_weights(model, backbone)

    def write(name, save, dense=True):
        path = PRETRAINED / name
        path.unlink(missing_ok=True)
        save(str(path))
        expect(path, pool5, fc7 if dense else None)

    def legacy(path):
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, backbone)

    def as_published(path):
        """As Keras 1 wrote the file that Keras downloads."""
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = [layer.name.encode() for layer in backbone.layers]
            for layer in backbone.layers:
                group = file.create_group(layer.name)
                names = [f"{layer.name}_{kind}_1:0" for kind, _ in zip("Wb", layer.get_weights())]
                group.attrs["weight_names"] = [name.encode() for name in names]
                for name, value in zip(names, layer.get_weights()):
                    group.create_dataset(name, data=value)

    def without_names(path):
        """Like versions of Keras 3 that stored no layer names."""
        model.save_weights(path)
        with h5py.File(path, "r+") as file:
            for layer in file["layers"].values():
                layer["vars"].attrs.pop("name", None)

    write("keras3.weights.h5", model.save_weights)
    write("keras3-unnamed.weights.h5", without_names)
    write("keras3-model.h5", backbone.save, dense=False)
    write("keras3-legacy.h5", legacy, dense=False)
    write("keras1-notop.h5", as_published, dense=False)
    old = keras_vgg(tf_keras, top=True)
    copy_weights(model, old)
    write("keras2.h5", old.save_weights)


def torch_files():
    import timm
    import torch
    import torchvision
    from safetensors.torch import save_file
    from torch import nn

    print("torch", torch.__version__, "torchvision", torchvision.__version__, "timm", timm.__version__)
    tensor_files(torch)
    torch.manual_seed(4)
    plan = [item for width, count in BLOCKS for item in [width] * count + ["M"]]
    image = torch.from_numpy(picture()).permute(0, 3, 1, 2) / 255
    image = torchvision.transforms.functional.normalize(image, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

    def prepare(model):
        for name, value in model.state_dict().items():
            if name.endswith("bias") or name.endswith("running_mean"):
                value.uniform_(0, 0.3)
            elif value.dim() == 1:
                value.uniform_(0.5, 1.5)
            elif value.dim() > 1:
                fan = value[0].numel()
                value.normal_(0.5 / fan**0.5, 1 / fan**0.5)
        return model.eval()

    def write(name, save, pool5, fc7):
        path = PRETRAINED / name
        save(path)
        expect(path, pool5.permute(0, 2, 3, 1).numpy(), fc7.flatten(1).numpy())

    for norm in [False, True]:
        model = torchvision.models.vgg.VGG(torchvision.models.vgg.make_layers(plan, norm), init_weights=False)
        first, second, third = nn.Linear(8 * 49, DENSE), nn.Linear(DENSE, DENSE), nn.Linear(DENSE, CLASSES)
        model.classifier = nn.Sequential(
            first, nn.ReLU(), nn.Dropout(), second, nn.ReLU(), nn.Dropout(), third)
        prepare(model)
        with torch.no_grad():
            pool5 = model.features(image)
            fc7 = model.classifier[:5](torch.flatten(pool5, 1))
        name = "torchvision_bn" if norm else "torchvision"
        state = model.state_dict()
        write(f"{name}.pth", lambda path: torch.save(state, path), pool5, fc7)
        if norm:
            continue
        write(f"{name}.safetensors", lambda path: save_file(state, path), pool5, fc7)
        wrapped = {"epoch": 3, "rate": 0.5, "model": {f"module.{key}": nn.Parameter(value) for key, value in state.items()}}
        write("wrapped.pth", lambda path: torch.save(wrapped, path, pickle_protocol=4), pool5, fc7)
        # The convolutions with channels last, as a network in that memory format saves them.
        last = {k: v.to(memory_format=torch.channels_last) if v.dim() == 4 else v for k, v in state.items()}
        write("channels_last.pth", lambda path: torch.save(last, path), pool5, fc7)
        torch.save(model.features[0], PRETRAINED / "whole_module.pth")
        torch.jit.script(nn.ReLU()).save(PRETRAINED / "torchscript.pth")

    for norm in [None, nn.BatchNorm2d]:
        model = timm.models.vgg.VGG(cfg=plan, num_classes=CLASSES, norm_layer=norm)
        model.pre_logits = timm.models.vgg.ConvMlp(8, DENSE, 7)
        model.head = timm.layers.ClassifierHead(DENSE, CLASSES)
        prepare(model)
        with torch.no_grad():
            pool5 = model.features(image)
            fc7 = model.pre_logits(pool5)
        write(f"timm{'_bn' if norm else ''}.safetensors", lambda path: save_file(model.state_dict(), path), pool5, fc7)


def views(torch):
    base = torch.arange(48, dtype=torch.float32) / 8
    return collections.OrderedDict(
        whole=base.reshape(2, 3, 8),
        transposed=base.reshape(6, 8).t(),
        sliced=base[5:29:3],
        corner=base.reshape(6, 8)[2:4, 3:7],
        expanded=base[7:9].reshape(2, 1).expand(2, 5),
        number=torch.tensor(2.5),
        empty=torch.zeros(0, 3),
        half=base.half(),
        bfloat=base.bfloat16(),
        double=base.double() / 3,
        counts=torch.arange(3),
    )


def tensor_files(torch):
    """Views and types; `tensors.safetensors` holds what the tests expect, as plain tensors."""
    tensors = views(torch)
    torch.save(tensors, PRETRAINED / "tensors.pth")
    from safetensors.torch import save_file

    plain = {name: value.to(torch.float32).contiguous().clone() for name, value in tensors.items()}
    save_file(plain, PRETRAINED / "tensors.safetensors")
    print("tensors.pth", (PRETRAINED / "tensors.pth").stat().st_size, "bytes")


def legacy_files():
    """In PyTorch's format before 1.6, by the installed PyTorch; run it with several versions."""
    import torch

    version = torch.__version__.split("+")[0]
    raw = (PRETRAINED / "torchvision.safetensors").read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    state = collections.OrderedDict()
    for name, entry in json.loads(raw[8:start]).items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            values = np.frombuffer(raw[start + first : start + last], np.float32).reshape(entry["shape"])
            state[name] = torch.from_numpy(values.copy())
    for name, value in [("legacy", state), ("legacy_views", views(torch))]:
        path = PRETRAINED / f"{name}-{version}.pth"
        torch.save(value, path, _use_new_zipfile_serialization=False)
        print(path.name, path.stat().st_size, "bytes")


def hostile_files():
    """Archives that torch.save never writes, by Python's own pickle and zipfile."""
    import pickle
    import zipfile

    class Program:
        def __reduce__(self):
            return os.system, ("touch owned",)

    def write(name, entries, method=zipfile.ZIP_STORED):
        with zipfile.ZipFile(PRETRAINED / name, "w", method) as archive:
            for entry, data in entries:
                archive.writestr(zipfile.ZipInfo(entry, (1980, 1, 1, 0, 0, 0)), data, method)
        print(name, (PRETRAINED / name).stat().st_size, "bytes")

    for protocol in [2, 4]:
        write(f"calls{protocol}.pth", [("archive/data.pkl", pickle.dumps({"a": Program()}, protocol))])
    write("bomb.pth", [("archive/data.pkl", b"\x80\x02}."), ("archive/data/0", bytes(50_000_000))], zipfile.ZIP_DEFLATED)
    write("pickle_bomb.pth", [("archive/data.pkl", bytes(50_000_000))], zipfile.ZIP_DEFLATED)
    write("photos.zip", [("photos/1.png", b"")])


if __name__ == "__main__":
    for folder in [HDF5, PRETRAINED]:
        folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:]:
        {"hdf5": hdf5_files, "keras": keras_files, "torch": torch_files, "legacy": legacy_files, "hostile": hostile_files}[name]()
