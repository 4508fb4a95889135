"""Exports networks of today's PyTorch packages as ONNX, to compare their import with ONNX Runtime.

    python3 -m venv .build/onnx
    .build/onnx/bin/pip install torch torchvision onnx==1.23.2 onnxruntime onnxscript segmentation-models-pytorch timm \
        transformers
    .build/onnx/bin/python scripts/verify/onnx_import.py /tmp/networks --compare [NAME...]
    python3 scripts/verify/onnx_table.py /tmp/networks/results.tsv

Weights are random, statistics and scales not those of new networks, and the last layer is scaled so that the largest
logit is about 5. Each network is exported by torch's old and new exporter, with open sizes; one whose pools an exporter
understands for a known size only, once for each size. onnx_case.py says what is written and compared.
"""
import torch
import torch.nn.functional as F

from onnx_case import CLASSES, LARGEST, SIZES, main, picture
from onnx_architectures import ARCHITECTURES


class Torchvision(torch.nn.Module):
    def __init__(self, name):
        super().__init__()
        import torchvision
        self.network = getattr(torchvision.models.segmentation, name)(
            weights=None, weights_backbone=None, num_classes=CLASSES)

    def forward(self, x):
        return self.network(x)["out"]


class Transformers(torch.nn.Module):
    """A network of `transformers` with logits at the input's size."""

    def __init__(self, kind, configuration):
        super().__init__()
        import transformers
        settings = getattr(transformers, f"{kind}Config")(**configuration)
        self.network = getattr(transformers, f"{kind}ForSemanticSegmentation")(settings)

    def forward(self, x):
        logits = self.network(pixel_values=x).logits
        return F.interpolate(logits, x.shape[-2:], mode="bilinear", align_corners=False)


def segformer(depths, widths):
    return Transformers("Segformer", dict(
        depths=depths, hidden_sizes=widths, decoder_hidden_size=256, num_labels=CLASSES))


def upernet():
    import transformers
    return Transformers("UperNet", dict(
        backbone_config=transformers.ConvNextConfig(out_features=["stage1", "stage2", "stage3", "stage4"]),
        hidden_size=128, num_labels=CLASSES))


def smp(kind, encoder, **settings):
    import segmentation_models_pytorch
    return getattr(segmentation_models_pytorch, kind)(encoder, encoder_weights=None, classes=CLASSES, **settings)


# The fifteen networks that Tessera is compared with elsewhere come first.
NETWORKS = {
    "unet-resnet34": lambda: smp("Unet", "resnet34"),
    "unet-resnet50": lambda: smp("Unet", "resnet50"),
    "unet-mobilenet_v2": lambda: smp("Unet", "mobilenet_v2"),
    "unet-vgg16_bn": lambda: smp("Unet", "vgg16_bn"),
    "unetplusplus-resnet34": lambda: smp("UnetPlusPlus", "resnet34"),
    "fpn-resnet34": lambda: smp("FPN", "resnet34"),
    "pspnet-resnet50": lambda: smp("PSPNet", "resnet50"),
    "deeplabv3plus-resnet50": lambda: smp("DeepLabV3Plus", "resnet50"),
    "deeplabv3plus-mobilenet_v2": lambda: smp("DeepLabV3Plus", "mobilenet_v2"),
    "fcn_resnet50": lambda: Torchvision("fcn_resnet50"),
    "deeplabv3_resnet50": lambda: Torchvision("deeplabv3_resnet50"),
    "deeplabv3_mobilenet_v3_large": lambda: Torchvision("deeplabv3_mobilenet_v3_large"),
    "lraspp_mobilenet_v3_large": lambda: Torchvision("lraspp_mobilenet_v3_large"),
    "segformer-b0": lambda: segformer([2, 2, 2, 2], [32, 64, 160, 256]),
    "segformer-b1": lambda: segformer([2, 2, 2, 2], [64, 128, 320, 512]),
    "unet-scse-resnet18": lambda: smp("Unet", "resnet18", decoder_attention_type="scse"),
    "unet-hrnet_w18_small": lambda: smp("Unet", "tu-hrnet_w18_small"),
    "unet-convnext_atto": lambda: smp("Unet", "tu-convnext_atto"),
    "unet-efficientnet_b0": lambda: smp("Unet", "efficientnet-b0"),
    "unet-mit_b0": lambda: smp("Unet", "mit_b0"),
    "unet-regnety_002": lambda: smp("Unet", "tu-regnety_002"),
    "unet-se_resnet50": lambda: smp("Unet", "se_resnet50"),
    "unet-densenet121": lambda: smp("Unet", "densenet121"),
    "manet-resnet18": lambda: smp("MAnet", "resnet18"),
    "linknet-efficientnet_b0": lambda: smp("Linknet", "efficientnet-b0"),
    "pan-resnet18": lambda: smp("PAN", "resnet18"),
    "upernet-resnet18": lambda: smp("UPerNet", "resnet18"),
    "segformer-resnet18": lambda: smp("Segformer", "resnet18"),
    "transformers-upernet-convnext": upernet,
    "transformers-mobilenet_v2-deeplabv3plus": lambda: Transformers("MobileNetV2", dict(num_labels=CLASSES)),
    "transformers-mobilevit-deeplabv3": lambda: Transformers("MobileViT", dict(num_labels=CLASSES)),
} | ARCHITECTURES


def randomize(network, size):
    """Statistics and scales as after a training, and a last layer that gives logits of about `LARGEST`."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
    passed = []  # the layers with weights, and the largest of what each gave
    kinds = (torch.nn.Conv2d, torch.nn.ConvTranspose2d, torch.nn.Linear)
    hooks = [module.register_forward_hook(lambda module, _, output: passed.append((module, output.abs().max())))
             for module in network.modules() if isinstance(module, kinds)]
    with torch.no_grad():
        network(torch.from_numpy(picture(*size)))
        last, largest = passed[-1]
        for values in last.parameters():
            values *= LARGEST / largest
    for hook in hooks:
        hook.remove()


# Networks with pools of a fixed number of pixels, and sizes of pictures that they divide.
POOLING = {"pspnet-resnet50": [(96, 96), (96, 144)], "pp_liteseg": [(128, 128), (128, 256)]}


def export(name, path, is_new, size=None):
    """Writes a network; for pictures of one size if it is given."""
    torch.manual_seed(0)
    network = NETWORKS[name]().eval()
    randomize(network, size or SIZES[1])
    names = dict(input_names=["image"], output_names=["logits"])
    if is_new:
        dynamic = torch.export.Dim.DYNAMIC
        shapes = None if size else ({0: dynamic, 2: dynamic, 3: dynamic},)
        pictures = torch.randn(1, 3, *size) if size else torch.randn(2, 3, 64, 96)
        torch.onnx.export(
            network, (pictures,), path, dynamo=True, external_data=False, dynamic_shapes=shapes, verbose=False, **names)
    else:
        axes = None if size else {"image": {0: "batch", 2: "height", 3: "width"}}
        torch.onnx.export(
            network, (torch.randn(1, 3, *(size or (64, 64))),), path, dynamo=False, opset_version=17, dynamic_axes=axes,
            **names)
    return {"sizes": [size]} if size else {}


def cases():
    for name in NETWORKS:
        for exporter in ["old", "new"]:
            for size in POOLING.get(name, [None]):
                mark = "-{}x{}".format(*size) if size else ""
                yield f"{name}-{exporter}{mark}", lambda path, name=name, size=size, is_new=exporter == "new": export(
                    name, path, is_new, size)


main(dict(cases()))
