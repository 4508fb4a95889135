"""Exports networks of PaddleSeg as ONNX by paddle2onnx, to compare their import with ONNX Runtime.

    python3 -m venv .build/paddle
    .build/paddle/bin/pip install paddlepaddle paddle2onnx paddleseg onnxruntime
    .build/paddle/bin/python scripts/verify/onnx_paddle.py /tmp/networks [NAME...]

Then see onnx_import.py. Weights are random, statistics and scales not those of new networks.
"""
import sys
import warnings
from pathlib import Path

import paddle
from paddleseg import models
from paddleseg.models import backbones

from onnx_case import CLASSES, LARGEST, SIZES, fail, finish, picture

NETWORKS = {
    "paddle-pp_liteseg-stdc1": lambda: models.PPLiteSeg(CLASSES, backbones.STDC1()),
    "paddle-bisenetv2": lambda: models.BiSeNetV2(CLASSES),
    "paddle-fcn-hrnet_w18": lambda: models.FCN(CLASSES, backbones.HRNet_W18(), backbone_indices=(-1,)),
    "paddle-ocrnet-hrnet_w18": lambda: models.OCRNet(CLASSES, backbones.HRNet_W18(), backbone_indices=(0,)),
    "paddle-deeplabv3p-resnet50": lambda: models.DeepLabV3P(CLASSES, backbones.ResNet50_vd()),
    "paddle-ddrnet_23": lambda: models.DDRNet_23(CLASSES),
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


def randomize(network):
    """Statistics and scales as after a training, and a last layer that gives logits of about `LARGEST`."""
    for layer in network.sublayers():
        if isinstance(layer, (paddle.nn.BatchNorm2D, paddle.nn.SyncBatchNorm, paddle.nn.BatchNorm)):
            layer._mean.set_value(paddle.normal(0, 0.1, layer._mean.shape))
            layer._variance.set_value(paddle.uniform(layer._variance.shape, min=0.5, max=1.5))
            if layer.weight is not None:
                layer.weight.set_value(paddle.uniform(layer.weight.shape, min=0.5, max=1.5))
                layer.bias.set_value(paddle.normal(0, 0.1, layer.bias.shape))
    order = []
    hooks = [layer.register_forward_post_hook(lambda layer, *_: order.append(layer))
             for layer in network.sublayers() if isinstance(layer, (paddle.nn.Conv2D, paddle.nn.Conv2DTranspose))]
    largest = network(paddle.to_tensor(picture(*SIZES[1])))[0].abs().max()
    for hook in hooks:
        hook.remove()
    for values in order[-1].parameters():
        values.set_value(values * (LARGEST / largest))


class First(paddle.nn.Layer):
    """The logits alone: in inference, networks give a list of them."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image)[0]


def main(folder, chosen):
    warnings.filterwarnings("ignore")
    folder.mkdir(parents=True, exist_ok=True)
    for name in chosen or NETWORKS:
        path = folder / f"{name}.onnx"
        try:
            paddle.seed(0)
            network = NETWORKS[name]()
            network.eval()
            with paddle.no_grad():
                randomize(network)
            image = paddle.static.InputSpec([None, 3, None, None], "float32", "image")
            paddle.onnx.export(First(network), str(path.with_suffix("")), input_spec=[image], opset_version=17)
            finish(path)
        except Exception as error:  # whatever exporters raise
            fail(path, error)


main(Path(sys.argv[1]), sys.argv[2:])
