"""Golden values of today's networks: what torchvision, segmentation-models-pytorch, transformers, timm and Keras compute.

Writes Tests/TesseraPretrainedTests/Golden/Zoo/NAME.safetensors, a few kilobytes for a network of full size: weights are
not stored but follow from their names by a formula that the tests know too. NAME is the network's name here; where
several programs have it, the program follows after a point. `scores-ENCODER` is an encoder alone, whose features are
scored by known numbers. A file holds

- `logits`: of one picture in evaluation, every fourth pixel of every fourth row `[1, height / 4, width / 4, classes]`;
- `loss`: the mean cross-entropy of two pictures in training mode (dropout and stochastic depth off), of a network with
  an auxiliary classifier with 0.5 of the same of its logits;
- `gradients` `[parameters, 2]`: for each parameter its gradient's inner product with numbers that follow from its name,
  and its norm;
- `statistics` `[running statistics, 2]`: the same of the running means and variances after that pass;
- in the metadata `names` and `shapes` of all arrays, in the package's order, the name that the `pictures` follow from,
  `spread`, and the packages' `versions`.

Everything is computed in float64 and rounded once. A run in float32 must agree about logits; `spread` says how far its
gradients are from those in float64, at most, relative to their norms: a ReLU whose input is a rounding away from 0, or a
batch normalization of two values, decides more than a rounding.

    python -m venv .build/zoo
    .build/zoo/bin/pip install torch torchvision segmentation-models-pytorch timm transformers keras safetensors
    .build/zoo/bin/python scripts/golden/zoo.py [NAME ...]
"""

import json
import os
import re
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import segmentation_models_pytorch as smp
import timm
import torch
import torch.nn.functional as F
import torchvision
import transformers
from safetensors.numpy import save_file
from torch import nn
from transformers import SegformerConfig, SegformerForSemanticSegmentation, SegformerModel

FOLDER = Path(__file__).resolve().parents[2] / "Tests" / "TesseraPretrainedTests" / "Golden" / "Zoo"
CLASSES = 5
HEIGHT, WIDTH = 64, 96
STEP = 4
BLOCK = 16


def numbers(name, shape):
    """Numbers in -1..<1 that follow from a name: SplitMix64 of the name's FNV-1a hash and the position."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).reshape(shape)


def weight(name, shape):
    """The array of a name: uniform with variance 1 / fan-in, or near what a normalization starts from."""
    values = numbers(name, shape)
    if len(shape) > 1:
        # Keras' filters are [height, width, inputs, outputs], its depthwise ones [height, width, channels, 1].
        inputs = (shape[:2] if "depthwise" in name else shape[:-1]) if name.endswith("kernel") else shape[1:]
        return values * np.sqrt(3 / np.prod(inputs))
    if name.endswith(("running_var", "moving_variance")):
        return 1 + 0.5 * values
    if name.endswith(("running_mean", "moving_mean")):
        return 0.1 * values
    # Small scales and large offsets keep what enters an activation away from its kinks: float32 and float64 are then
    # on the same side of them, and gradients comparable.
    return 0.3 + 0.03 * values if name.endswith(("weight", "gamma")) else np.sign(values) * 1.5 + 0.3 * values


def blocks(array):
    """Each pixel repeated: gradients of patches of one class and color do not cancel as those of noise do."""
    return array.repeat(BLOCK, 1).repeat(BLOCK, 2)


class Whole(nn.Module):
    """A network whose results are its logits and its auxiliary ones at the picture's size, with its own names."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        result = self.network(x)
        if isinstance(result, dict) and "out" in result:
            return [result[key] for key in ("out", "aux") if key in result]
        if hasattr(result, "logits"):
            return [F.interpolate(result.logits, x.shape[-2:], mode="bilinear", align_corners=False)]
        return [result]


class Combined(nn.Module):
    """A decoder of segmentation-models-pytorch on an encoder of another package; `taps` says where features are."""

    def __init__(self, encoder, taps, channels, decoder, head):
        super().__init__()
        self.encoder, self.taps = encoder, taps
        self.decoder, self.segmentation_head = decoder(channels), head

    def features(self, x):
        if self.taps is None:
            empty = x.new_empty(x.shape[0], 0, x.shape[2] // 2, x.shape[3] // 2)
            return [empty, *self.encoder.segformer(x, output_hidden_states=True).hidden_states]
        found = []
        for index, layer in enumerate(self.encoder.features):
            x = layer(x)
            if index in self.taps:
                found.append(x)
        return found

    def forward(self, x):
        return self.segmentation_head(self.decoder([x, *self.features(x)]))


class Scores(nn.Module):
    """An encoder alone: its features of each size times known numbers, repeated to the picture's size and added.

    `features` gives them of pictures `[batch, channels, height, width]`, the largest first; the arrays are those of
    `encoder` only, by `rename` of their names.
    """

    def __init__(self, encoder, features, rename=lambda name: name):
        super().__init__()
        self.encoder, self.features, self.rename = encoder, features, rename

    def arrays(self):
        return {self.rename(name): array for name, array in self.encoder.state_dict(keep_vars=True).items()}

    def forward(self, x):
        scores = 0
        for size, features in enumerate(self.features(self.encoder, x)):
            channels = features.shape[1]
            factors = torch.tensor(numbers(f"scores.{size}", (channels, CLASSES))).to(x.dtype)
            own = torch.einsum("bchw,ck->bkhw", features, factors * np.sqrt(3 / max(channels, 1)))
            scores = scores + F.interpolate(own, x.shape[-2:], mode="nearest")
        return scores


class KerasScores(Scores):
    """An encoder of Keras by the names of the layers whose results are its features."""

    def __init__(self, application, layers, dtype, **options):
        keras.config.set_floatx(str(dtype).removeprefix("torch."))
        keras.config.set_dtype_policy(keras.config.floatx())
        model = getattr(keras.applications, application)(weights=None, input_shape=(HEIGHT, WIDTH, 3), **options)
        outputs = [model.get_layer(name).output for name in layers]
        super().__init__(keras.Model(model.input, outputs), self.run)
        self.layers = [layer for layer in model.layers if layer.weights]

    def arrays(self):
        return {f"{layer.name}/{weight.name}": weight.value for layer in self.layers for weight in layer.weights}

    def run(self, encoder, x):
        return [result.permute(0, 3, 1, 2) for result in encoder(x.permute(0, 2, 3, 1), training=self.training)]


def unet(channels):
    return smp.decoders.unet.decoder.UnetDecoder(channels, (256, 128, 64, 32, 16))


def fpn(channels):
    return smp.decoders.fpn.decoder.FPNDecoder(channels, dropout=0)


def head(inputs, kernel, upsampling):
    return smp.base.SegmentationHead(inputs, CLASSES, kernel_size=kernel, upsampling=upsampling)


def smp_network(kind, encoder, **options):
    return lambda: getattr(smp, kind)(encoder, encoder_weights=None, classes=CLASSES, **options)


def torchvision_network(name, **options):
    return lambda: getattr(torchvision.models.segmentation, name)(
        weights=None, weights_backbone=None, num_classes=CLASSES, **options)


def segformer(depths, widths, decoder=256):
    return lambda: SegformerForSemanticSegmentation(SegformerConfig(
        depths=depths, hidden_sizes=widths, decoder_hidden_size=decoder, num_labels=CLASSES, drop_path_rate=0))


def efficientnet_unet():
    encoder = torchvision.models.efficientnet_b0(weights=None)
    del encoder.features[8], encoder.classifier
    return Combined(encoder, [0, 2, 3, 5, 7], [3, 32, 24, 40, 112, 320], unet, head(16, 3, 1))


def mobilenetv3(decoder, head):
    def make():
        encoder = torchvision.models.mobilenet_v3_large(weights=None)
        del encoder.classifier
        return Combined(encoder, [1, 3, 6, 12, 16], [3, 16, 24, 40, 112, 960], decoder, head())
    return make


def mit_fpn():
    encoder = nn.Module()
    encoder.segformer = SegformerModel(SegformerConfig(
        depths=[2, 2, 2, 2], hidden_sizes=[32, 64, 160, 256], drop_path_rate=0))
    return Combined(encoder, None, [3, 0, 32, 64, 160, 256], fpn, head(128, 1, 4))


def keras_scores(application, layers, **options):
    return lambda dtype: KerasScores(application, layers, dtype, **options)


def timm_scores(name, taps):
    """`taps` are the numbers of blocks after which features are taken, 0 for the first convolution's."""

    def features(encoder, x):
        x = encoder.bn1(encoder.conv_stem(x))
        found = [x] if 0 in taps else []
        for number, block in enumerate(block for stage in encoder.blocks for block in stage):
            x = block(x)
            if number + 1 in taps:
                found.append(x)
        return found

    return lambda: Scores(timm.create_model(name, num_classes=CLASSES), features)


def mit_scores(rename=lambda name: name):
    def features(encoder, x):
        empty = x.new_empty(x.shape[0], 0, x.shape[2] // 2, x.shape[3] // 2)
        return [empty, *encoder(x, output_hidden_states=True).hidden_states]

    config = SegformerConfig(depths=[2, 2, 2, 2], hidden_sizes=[32, 64, 160, 256], drop_path_rate=0)
    return lambda: Scores(SegformerModel(config), features, rename)


def before_version_5(name):
    """What transformers called an array of a SegformerModel before its version 5."""
    for current, earlier in [
        (r"stages\.(\d)\.patch_embeddings", r"encoder.patch_embeddings.\1"),
        (r"stages\.(\d)\.layer_norm", r"encoder.layer_norm.\1"), (r"stages\.(\d)\.blocks", r"encoder.block.\1"),
        ("layernorm_before", "layer_norm_1"), ("layernorm_after", "layer_norm_2"), ("q_proj", "self.query"),
        ("k_proj", "self.key"), ("v_proj", "self.value"), ("o_proj", "output.dense"),
        (r"sequence_reduction\.sequence_reduction", "self.sr"), (r"sequence_reduction\.layer_norm", "self.layer_norm"),
        (r"mlp\.fc", "mlp.dense"),
    ]:
        name = re.sub(current, earlier, name)
    return name


NETWORKS = {
    "unet-resnet34": smp_network("Unet", "resnet34"),
    "unet-resnet50": smp_network("Unet", "resnet50"),
    "unet-mobilenetv2": smp_network("Unet", "mobilenet_v2"),
    "unet-vgg16bn": smp_network("Unet", "vgg16_bn"),
    "unetplusplus-resnet34": smp_network("UnetPlusPlus", "resnet34"),
    "fpn-resnet34": smp_network("FPN", "resnet34"),
    "pspnet-resnet50": smp_network("PSPNet", "resnet50"),
    "deeplabv3plus-resnet50": smp_network("DeepLabV3Plus", "resnet50"),
    "deeplabv3plus-mobilenetv2": smp_network("DeepLabV3Plus", "mobilenet_v2"),
    "fcn-resnet50": torchvision_network("fcn_resnet50"),
    "deeplabv3-resnet50": torchvision_network("deeplabv3_resnet50"),
    "deeplabv3-mobilenetv3": torchvision_network("deeplabv3_mobilenet_v3_large"),
    "lraspp-mobilenetv3": torchvision_network("lraspp_mobilenet_v3_large"),
    "segformer-b0": segformer([2, 2, 2, 2], [32, 64, 160, 256]),
    "segformer-b1": segformer([2, 2, 2, 2], [64, 128, 320, 512]),
    # With auxiliary classifiers.
    "fcn-resnet50-auxiliary": torchvision_network("fcn_resnet50", aux_loss=True),
    "deeplabv3-mobilenetv3-auxiliary": torchvision_network("deeplabv3_mobilenet_v3_large", aux_loss=True),
    # Further combinations.
    "unet-resnet18": smp_network("Unet", "resnet18"),
    "unet-vgg16": smp_network("Unet", "vgg16"),
    "unetplusplus-mobilenetv2": smp_network("UnetPlusPlus", "mobilenet_v2"),
    "fpn-vgg16bn": smp_network("FPN", "vgg16_bn"),
    "pspnet-vgg16": smp_network("PSPNet", "vgg16"),
    "deeplabv3plus-resnet18": smp_network("DeepLabV3Plus", "resnet18"),
    "fcn-resnet101": torchvision_network("fcn_resnet101"),
    "segformer-b2": segformer([3, 4, 6, 3], [64, 128, 320, 512], 768),
    "unet-efficientnet-b0": efficientnet_unet,
    "unet-mobilenetv3": mobilenetv3(unet, lambda: head(16, 3, 1)),
    "fpn-mit-b0": mit_fpn,
    # Encoders with other details than torchvision's and transformers'.
    "unet-mit-b0.smp": smp_network("Unet", "mit_b0"),
    "fpn-mit-b1.smp": smp_network("FPN", "mit_b1"),
    "unet-efficientnet-b0.smp": smp_network("Unet", "efficientnet-b0"),
    "deeplabv3plus-efficientnet-b0.smp": smp_network("DeepLabV3Plus", "efficientnet-b0"),
    "scores-resnet50.keras": keras_scores(
        "ResNet50",
        ["conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"], classes=CLASSES),
    "scores-mobilenetv2.keras": keras_scores(
        "MobileNetV2", ["expanded_conv_project_BN", "block_2_add", "block_5_add", "block_12_add", "out_relu"],
        classes=CLASSES),
    "scores-vgg16.keras": keras_scores(
        "VGG16", ["block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3", "block5_pool"], include_top=False),
    "scores-mobilenetv3.timm": timm_scores("mobilenetv3_large_100", [1, 3, 6, 12, 16]),
    "scores-efficientnet-b0.timm": timm_scores("efficientnet_b0", [0, 3, 5, 11, 16]),
    "scores-mit-b0.transformers": mit_scores(),
    "scores-mit-b0.transformers4": mit_scores(before_version_5),
}


def switch_off_chance(network):
    for module in network.modules():
        for name in ("p", "drop_prob", "_drop_connect_rate"):
            if hasattr(module, name) and isinstance(getattr(module, name), float):
                setattr(module, name, 0.0)


def digest(name, array):
    array = array.detach().double().numpy()
    return [(array * numbers("probe:" + name, array.shape)).sum(), np.sqrt((array**2).sum())]


# Pictures by another name, where the usual ones bring a ReLU's input to within a rounding of 0.
PICTURES = {"scores-resnet50.keras": "images 4"}


def run(make, dtype, pictures="images"):
    network = make(dtype) if make.__code__.co_argcount else make()
    switch_off_chance(network)
    network = network.to(dtype)
    state = network.arrays() if isinstance(network, Scores) else network.state_dict(keep_vars=True)
    arrays = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    with torch.no_grad():
        for name, value in arrays.items():
            value.copy_(torch.tensor(weight(name, tuple(value.shape))))
    whole = Whole(network)
    images = numbers(pictures, (2, HEIGHT, WIDTH, 3)) + blocks(numbers("blocks", (2, HEIGHT // BLOCK, WIDTH // BLOCK, 3)))
    images = torch.tensor(images).permute(0, 3, 1, 2).to(dtype)
    labels = numbers("labels", (2, HEIGHT // BLOCK, WIDTH // BLOCK))
    labels = torch.tensor(blocks(((labels + 1) / 2 * CLASSES).astype(np.int64)))
    with torch.no_grad():
        logits = whole.eval()(images[:1])[0].permute(0, 2, 3, 1)[:, ::STEP, ::STEP]
    loss = sum(weight * F.cross_entropy(scores, labels) for weight, scores in zip((1, 0.5), whole.train()(images)))
    loss.backward()
    gradients = {name: digest(name, value.grad) for name, value in arrays.items() if value.grad is not None}
    statistics = {name: digest(name, value) for name, value in arrays.items()
                  if name.endswith(("running_mean", "running_var", "moving_mean", "moving_variance"))}
    return arrays, {"logits": logits.numpy(), "loss": loss.detach().reshape(1).numpy()}, gradients, statistics


def record(name, make):
    torch.manual_seed(0)
    pictures = PICTURES.get(name, "images")
    arrays, results, gradients, statistics = run(make, torch.float64, pictures)
    _, single, single_gradients, _ = run(make, torch.float32, pictures)
    scale = np.abs(results["logits"]).max()
    distance = np.abs(single["logits"] - results["logits"]).max() / scale
    assert distance < 2e-5, f"{name}: logits in float32 differ by {distance}"
    largest = max(norm for _, norm in gradients.values())
    stray = {key: np.abs(np.subtract(single_gradients[key], values)).max() / max(values[1], 1e-2 * largest)
             for key, values in gradients.items()}
    worst = max(stray, key=stray.get)
    tensors = results | {"gradients": np.array(list(gradients.values())),
                         "statistics": np.array(list(statistics.values())).reshape(-1, 2)}
    metadata = {
        "names": json.dumps(list(arrays)), "shapes": json.dumps([list(value.shape) for value in arrays.values()]),
        "gradients": json.dumps(list(gradients)), "statistics": json.dumps(list(statistics)),
        "spread": json.dumps(stray[worst]), "pictures": pictures,
        "versions": json.dumps({p.__name__: p.__version__ for p in (torch, torchvision, smp, timm, transformers, keras)}),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.safetensors"
    save_file({key: np.ascontiguousarray(value, dtype=np.float32) for key, value in tensors.items()}, path, metadata)
    print(f"{name}: {len(arrays)} arrays, largest logit {scale:.3g}, loss {results['loss'][0]:.4f}, float32: logits "
          f"{distance:.1e}, gradient of {worst} {stray[worst]:.1e}; {path.stat().st_size:,} bytes", flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or NETWORKS:
        record(name, NETWORKS[name])
