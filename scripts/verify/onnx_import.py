"""Exports networks of today's packages as ONNX, for the tests to compare their import with ONNX Runtime.

    python3 -m venv .build/onnx
    .build/onnx/bin/pip install torch torchvision onnx==1.23.2 onnxruntime onnxscript segmentation-models-pytorch timm \
        transformers
    .build/onnx/bin/python scripts/verify/onnx_import.py /tmp/networks
    TESSERA_ONNX_IMPORTS=/tmp/networks swift test -c release --filter ImportedNetworksForVerification

Weights are random, statistics and scales not those of new networks. Written are NAME.onnx, by torch's old and new
exporter, and NAME.logits of pictures of 64 x 64 and 96 x 128 (height x width), which follow from a formula. Networks
that an exporter cannot write are named and left out.
"""
import sys
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F

CLASSES = 21
SIZES = [(64, 64), (96, 128)]


class Torchvision(torch.nn.Module):
    def __init__(self, name):
        super().__init__()
        import torchvision
        self.network = getattr(torchvision.models.segmentation, name)(
            weights=None, weights_backbone=None, num_classes=CLASSES)

    def forward(self, x):
        return self.network(x)["out"]


class Segformer(torch.nn.Module):
    def __init__(self, depths, widths):
        super().__init__()
        from transformers import SegformerConfig, SegformerForSemanticSegmentation
        self.network = SegformerForSemanticSegmentation(SegformerConfig(
            depths=depths, hidden_sizes=widths, decoder_hidden_size=256, num_labels=CLASSES))

    def forward(self, x):
        logits = self.network(pixel_values=x).logits
        return F.interpolate(logits, x.shape[-2:], mode="bilinear", align_corners=False)


def smp(kind, encoder):
    import segmentation_models_pytorch
    return getattr(segmentation_models_pytorch, kind)(encoder, encoder_weights=None, classes=CLASSES)


NETWORKS = {f"{kind.lower()}-{encoder}": lambda kind=kind, encoder=encoder: smp(kind, encoder) for kind, encoder in [
    ("Unet", "resnet34"), ("Unet", "resnet50"), ("Unet", "mobilenet_v2"), ("Unet", "vgg16_bn"),
    ("Unet", "tu-hrnet_w18_small"), ("Unet", "tu-convnext_atto"), ("UnetPlusPlus", "resnet34"), ("FPN", "resnet34"),
    ("PSPNet", "resnet50"), ("DeepLabV3Plus", "resnet50"), ("DeepLabV3Plus", "mobilenet_v2"),
    ("Linknet", "efficientnet-b0"), ("MAnet", "resnet18")]}
NETWORKS |= {name: lambda name=name: Torchvision(name) for name in [
    "fcn_resnet50", "deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"]}
NETWORKS |= {
    "segformer-b0": lambda: Segformer([2, 2, 2, 2], [32, 64, 160, 256]),
    "segformer-b1": lambda: Segformer([2, 2, 2, 2], [64, 128, 320, 512])}


def picture(height, width):
    values = np.sin(np.arange(3 * height * width, dtype=np.float64) * 0.37) * 2
    return values.astype(np.float32).reshape(1, 3, height, width)


def export(network, path, is_new):
    if is_new:
        dynamic = torch.export.Dim.DYNAMIC
        torch.onnx.export(
            network, (torch.randn(2, 3, 64, 96),), path, dynamo=True, external_data=False, input_names=["image"],
            output_names=["logits"], dynamic_shapes=({0: dynamic, 2: dynamic, 3: dynamic},), verbose=False)
    else:
        torch.onnx.export(
            network, (torch.randn(1, 3, 64, 64),), path, dynamo=False, opset_version=17, input_names=["image"],
            output_names=["logits"], dynamic_axes={"image": {0: "batch", 2: "height", 3: "width"}})


def main(folder, chosen):
    warnings.filterwarnings("ignore")
    folder.mkdir(parents=True, exist_ok=True)
    for name in chosen or NETWORKS:
        for exporter in ["old", "new"]:
            torch.manual_seed(0)
            network = NETWORKS[name]().eval()
            for module in network.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.running_mean.normal_(0, 0.1)
                    module.running_var.uniform_(0.5, 1.5)
                    module.weight.data.uniform_(0.5, 1.5)
                    module.bias.data.normal_(0, 0.1)
            path = folder / f"{name}-{exporter}.onnx"
            try:
                export(network, str(path), exporter == "new")
                session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
                logits = [session.run(None, {"image": picture(*size)})[0] for size in SIZES]
            except Exception as error:  # whatever exporters raise
                path.unlink(missing_ok=True)
                print(f"{path.name}: cannot be exported: {str(error).splitlines()[0][:120]}", flush=True)
                continue
            path.with_suffix(".logits").write_bytes(b"".join(part.astype("<f4").tobytes() for part in logits))
            print(path.name, path.stat().st_size, flush=True)


main(Path(sys.argv[1]), sys.argv[2:])
