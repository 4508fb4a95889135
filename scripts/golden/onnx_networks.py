"""Writes small networks as ONNX, by both of torch's exporters, with the logits that ONNX Runtime gives.

    python3 -m venv .build/onnx
    .build/onnx/bin/pip install torch torchvision onnx==1.23.2 onnxruntime onnxscript transformers
    .build/onnx/bin/python scripts/golden/onnx_networks.py Tests/TesseraONNXImportTests/Golden

Each network is NAME.onnx; NAME.logits are its logits, 32-bit floats, of pictures of 32 x 32 and of 48 x 64 pixels
(width x height) that follow from a formula. Statistics and scales are not those of a new network, so no layer is the identity.
"""
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from torch import nn

SIZES = [(32, 32), (64, 48)]  # height, width
CLASSES = 3


def picture(height, width):
    values = np.sin(np.arange(3 * height * width, dtype=np.float64) * 0.37) * 2
    return values.astype(np.float32).reshape(1, 3, height, width)


def block(inputs, outputs, stride=1, dilation=1, activation=nn.ReLU):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False), nn.BatchNorm2d(outputs), activation())


class UNet(nn.Module):
    """Pools and transposed convolutions, with skips."""

    def __init__(self):
        super().__init__()
        self.first, self.second = block(3, 6), block(6, 8)
        self.up = nn.ConvTranspose2d(8, 6, 2, 2)
        self.last = nn.Sequential(block(12, 6, activation=nn.PReLU), nn.Conv2d(6, CLASSES, 1))

    def forward(self, x):
        skip = self.first(x)
        deep = self.second(F.max_pool2d(skip, 2))
        return self.last(torch.cat([self.up(deep), skip], 1))


class DeepLab(nn.Module):
    """Dilated windows, means of the picture, sizes that follow from other features."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(block(3, 8, 2), nn.MaxPool2d(3, 2, 1), block(8, 8, activation=nn.ReLU6))
        self.rates = nn.ModuleList([nn.Conv2d(8, 4, 1), block(8, 4, dilation=2), block(8, 4, dilation=3)])
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU())
        self.last = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(16, CLASSES, 1))

    def forward(self, x):
        features = self.stem(x)
        size = features.shape[-2:]
        parts = [rate(features) for rate in self.rates]
        parts.append(F.interpolate(self.pool(features), size=size, mode="bilinear", align_corners=False))
        return F.interpolate(self.last(torch.cat(parts, 1)), size=x.shape[-2:], mode="bilinear", align_corners=False)


class Mobile(nn.Module):
    """Depthwise windows, squeeze and excitation, hard swish, corners that lie on each other."""

    def __init__(self):
        super().__init__()
        self.stem = block(3, 8, 2, activation=nn.Hardswish)
        self.depthwise = nn.Sequential(
            nn.Conv2d(8, 8, 5, 2, 2, groups=8, bias=False), nn.BatchNorm2d(8), nn.Hardswish())
        self.squeeze = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 1), nn.Hardsigmoid())
        self.shuffle = nn.Sequential(nn.Conv2d(8, 12, 3, padding=1), nn.PixelShuffle(2), nn.SiLU())
        self.low, self.last = nn.Conv2d(8, 3, 1), nn.Conv2d(6, CLASSES, 1)

    def forward(self, x):
        low = self.stem(x)
        deep = self.depthwise(low)
        deep = self.shuffle(deep * self.squeeze(deep))
        logits = self.last(torch.cat([deep, self.low(low)], 1))
        return F.interpolate(logits, scale_factor=2, mode="bilinear", align_corners=True)


class Stages(nn.Module):
    """U2-Net's pools that round up, group and instance normalization, leaky ReLU, mirrored edges."""

    def __init__(self):
        super().__init__()
        self.pad = nn.ReflectionPad2d(1)
        self.first = nn.Sequential(nn.Conv2d(3, 8, 3, bias=False), nn.GroupNorm(2, 8), nn.LeakyReLU(0.1))
        self.second = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.InstanceNorm2d(8, affine=True), nn.ELU())
        self.last = nn.Conv2d(16, CLASSES, 3, padding=1)

    def forward(self, x):
        top = self.first(self.pad(x))
        deep = self.second(F.max_pool2d(top, 3, 2, ceil_mode=True))
        deep = F.avg_pool2d(deep, 3, 1, 1)
        deep = F.interpolate(deep, size=top.shape[2:], mode="nearest")
        return self.last(torch.cat([top, deep], 1))


class Segformer(nn.Module):
    """The network of `transformers`, small."""

    def __init__(self):
        super().__init__()
        from transformers import SegformerConfig, SegformerForSemanticSegmentation
        self.network = SegformerForSemanticSegmentation(SegformerConfig(
            depths=[1, 1, 1, 1], hidden_sizes=[4, 4, 8, 8], num_attention_heads=[1, 2, 2, 4], sr_ratios=[4, 2, 2, 1],
            decoder_hidden_size=8, num_labels=CLASSES))

    def forward(self, x):
        return self.network(pixel_values=x).logits


def randomized(network):
    for module in network.modules():
        for name, values in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            if values.dtype == torch.float32:
                if name in ("running_var", "weight") and values.dim() == 1:
                    values.data.uniform_(0.5, 1.5)
                elif values.dim() == 1:
                    values.data.normal_(0, 0.1)
                else:
                    values.data.normal_(0, (2 / values[0].numel()) ** 0.5)
    return network.eval()


def export(network, path, version):
    axes = {"image": {0: "batch", 2: "height", 3: "width"}}
    if version is None:
        dynamic = torch.export.Dim.DYNAMIC
        torch.onnx.export(
            network, (torch.randn(2, 3, 64, 96),), path, dynamo=True, external_data=False, input_names=["image"],
            output_names=["logits"], dynamic_shapes=({0: dynamic, 2: dynamic, 3: dynamic},), verbose=False)
    else:
        torch.onnx.export(
            network, (torch.randn(1, 3, 64, 64),), path, dynamo=False, opset_version=version, input_names=["image"],
            output_names=["logits"], dynamic_axes=axes)


def strip(path):
    """Leaves out where in Python each node comes from."""
    model = onnx.load(path)
    for part in [model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    model.graph.ClearField("value_info")
    onnx.save(model, path)


def main(folder):
    warnings.filterwarnings("ignore")
    for kind in [UNet, DeepLab, Mobile, Stages, Segformer]:
        # torch writes attention from version 14 on.
        for version in [11, 17, None] if kind is not Segformer else [17, None]:
            torch.manual_seed(1)
            path = folder / f"{kind.__name__.lower()}-{version or 'dynamo'}.onnx"
            export(randomized(kind()), str(path), version)
            strip(path)
            session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            logits = [session.run(None, {"image": picture(*size)})[0] for size in SIZES]
            path.with_suffix(".logits").write_bytes(b"".join(part.astype("<f4").tobytes() for part in logits))
            print(path.name, path.stat().st_size, [part.shape for part in logits])


main(Path(sys.argv[1]))
