"""Exports networks of PaddleSeg as ONNX by paddle2onnx, to compare their import with ONNX Runtime.

    python3 -m venv .build/paddle
    .build/paddle/bin/pip install paddlepaddle paddle2onnx paddleseg onnxruntime
    .build/paddle/bin/python scripts/verify/onnx_paddle.py /tmp/networks --compare [NAME...]

onnx_case.py says what is written and compared. Weights are random, statistics and scales not those of new networks.
"""
import json
import os
import subprocess
import sys

import paddle
from paddleseg import models
from paddleseg.models import backbones

from onnx_case import CLASSES, LARGEST, SIZES, main, picture

NETWORKS = {
    "paddle-pp_liteseg-stdc1": lambda: models.PPLiteSeg(CLASSES, backbones.STDC1()),
    "paddle-bisenetv2": lambda: models.BiSeNetV2(CLASSES),
    "paddle-fcn-hrnet_w18": lambda: models.FCN(CLASSES, backbones.HRNet_W18(), backbone_indices=(-1,)),
    "paddle-ocrnet-hrnet_w18": lambda: models.OCRNet(CLASSES, backbones.HRNet_W18(), backbone_indices=(0,)),
    "paddle-deeplabv3p-resnet50": lambda: models.DeepLabV3P(CLASSES, backbones.ResNet50_vd()),
    "paddle-ddrnet_23": lambda: models.DDRNet_23(num_classes=CLASSES),
    "paddle-stdcseg-stdc1": lambda: models.STDCSeg(CLASSES, backbones.STDC1()),
    "paddle-fast_scnn": lambda: models.FastSCNN(CLASSES),
    "paddle-unet": lambda: models.UNet(CLASSES),
    "paddle-attention_unet": lambda: models.AttentionUNet(CLASSES),
    "paddle-unet_3plus": lambda: models.UNet3Plus(num_classes=CLASSES),
    "paddle-segformer_b0": lambda: models.SegFormer(CLASSES, backbones.MixVisionTransformer_B0(), 256),
    "paddle-mobileseg-mobilenetv3": lambda: models.MobileSeg(CLASSES, backbones.MobileNetV3_large_x1_0()),
    "paddle-pphumanseg_lite": lambda: models.PPHumanSegLite(2),
    "paddle-hardnet": lambda: models.HarDNet(CLASSES),
    "paddle-u2netp": lambda: models.U2Netp(CLASSES),
}


NORMS = (paddle.nn.BatchNorm2D, paddle.nn.SyncBatchNorm, paddle.nn.BatchNorm)


def randomize(network, size):
    """Statistics and scales as after a training, and a last layer that gives logits of about `LARGEST`."""
    for layer in network.sublayers():
        if isinstance(layer, NORMS):
            layer._mean.set_value(paddle.normal(0, 0.1, layer._mean.shape))
            layer._variance.set_value(paddle.uniform(layer._variance.shape, min=0.5, max=1.5))
            if layer.weight is not None:
                layer.weight.set_value(paddle.uniform(layer.weight.shape, min=0.5, max=1.5))
                layer.bias.set_value(paddle.normal(0, 0.1, layer.bias.shape))
    passed = []  # the layers with weights, with the channels and the largest of what each gave
    kinds = (paddle.nn.Conv2D, paddle.nn.Conv2DTranspose, *NORMS)
    hooks = [layer.register_forward_post_hook(
                 lambda layer, _, output: passed.append((layer, output.shape[1], float(output.abs().max()))))
             for layer in network.sublayers() if isinstance(layer, kinds)]
    logits = network(paddle.to_tensor(picture(*size)))[0]
    for hook in hooks:
        hook.remove()
    # Heads for training may be computed, too.
    found = float(logits.abs().max())
    last, _, largest = min((part for part in passed if part[1] == logits.shape[1]), key=lambda part: abs(part[2] - found))
    for values in [last.weight, last.bias]:
        if values is not None:
            values.set_value(values * (LARGEST / largest))


class First(paddle.nn.Layer):
    """The logits alone: in inference, networks give a list of them."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image)[0]


# Networks with pools of a fixed number of pixels, which paddle2onnx writes for pictures of one size.
POOLING = {
    "paddle-pp_liteseg-stdc1": [(128, 128), (128, 256)], "paddle-fast_scnn": [(192, 192), (192, 384)],
    "paddle-mobileseg-mobilenetv3": [(128, 128), (128, 256)],
}


def write(name, path, size):
    """Writes a network."""
    paddle.seed(0)
    network = NETWORKS[name]()
    network.eval()
    with paddle.no_grad():
        randomize(network, size or SIZES[1])
    shape = [1, 3, *size] if size else [None, 3, None, None]
    image = paddle.static.InputSpec(shape, "float32", "image")
    paddle.onnx.export(First(network), path.removesuffix(".onnx"), input_spec=[image], opset_version=17)


def export(name, path, size=None):
    """Writes a network by this script in a process of its own: paddle2onnx aborts at what it does not know."""
    done = subprocess.run(
        [sys.executable, __file__, "--write", json.dumps([name, path, size])], capture_output=True, text=True)
    if not os.path.exists(path):
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise RuntimeError(next((line for line in lines if "[ERROR]" in line), lines[-1] if lines else "no word"))
    return {"sizes": [size]} if size else {}


def cases():
    for name in NETWORKS:
        for size in POOLING.get(name, [None]):
            mark = "-{}x{}".format(*size) if size else ""
            yield f"{name}{mark}", lambda path, name=name, size=size: export(name, path, size)


if sys.argv[1:2] == ["--write"]:
    write(*json.loads(sys.argv[2]))
else:
    main(dict(cases()))
