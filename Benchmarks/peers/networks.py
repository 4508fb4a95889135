"""The networks that are compared: what Tessera calls each, and what the other systems make it of.

Read by the programs here and by `comparison`, which has no PyTorch: only the standard library is imported.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Network:
    name: str
    title: str
    # Those that are in use: an encoder's layers that no picture passes do not count.
    parameters: int
    # A function of networks_torch.py and its arguments.
    source: tuple
    classes: int = 21
    # Sides of square pictures, if --sizes does not choose others.
    train_sizes: tuple = (256,)
    inference_sizes: tuple = (128, 256, 512)
    # Which of the environments can make it.
    environments: tuple = ("torch",)

    def sizes(self, mode):
        return {"train": self.train_sizes, "inference": self.inference_sizes}[mode]


# Tessera's first networks, which also have programs of their own.
ORIGINAL = (
    Network("unet", "U-Net", 34_523_095, ("UNet",), 151, (128,), (128,), ("torch", "tensorflow")),
    Network("fcnn", "FCNN", 22_269_973, ("FCNN",), 151, (128,), (128,), ("torch", "tensorflow")),
)
ZOO = (
    Network("unet-resnet34", "U-Net on ResNet-34", 24_439_269, ("smp", "Unet", "resnet34")),
    Network("unet-resnet50", "U-Net on ResNet-50", 32_524_005, ("smp", "Unet", "resnet50")),
    Network("unet-mobilenetv2", "U-Net on MobileNetV2", 6_631_845, ("smp", "Unet", "mobilenet_v2")),
    Network("unet-vgg16bn", "U-Net on VGG-16-BN", 23_759_589, ("smp", "Unet", "vgg16_bn")),
    Network("unetplusplus-resnet34", "U-Net++ on ResNet-34", 26_081_509, ("smp", "UnetPlusPlus", "resnet34")),
    Network("fpn-resnet34", "FPN on ResNet-34", 23_157_973, ("smp", "FPN", "resnet34")),
    Network("pspnet-resnet50", "PSPNet on ResNet-50", 2_330_069, ("smp", "PSPNet", "resnet50", "layer3", "layer4")),
    Network("deeplabv3plus-resnet50", "DeepLabV3+ on ResNet-50", 26_682_725, ("smp", "DeepLabV3Plus", "resnet50")),
    Network("deeplabv3plus-mobilenetv2", "DeepLabV3+ on MobileNetV2", 4_383_653,
            ("smp", "DeepLabV3Plus", "mobilenet_v2")),
    Network("deeplabv3-resnet50", "DeepLabV3 on ResNet-50", 39_638_869, ("Torchvision", "deeplabv3_resnet50")),
    Network("deeplabv3-mobilenetv3", "DeepLabV3 on MobileNetV3", 11_025_477,
            ("Torchvision", "deeplabv3_mobilenet_v3_large")),
    Network("fcn-resnet50", "FCN on ResNet-50", 32_957_013, ("Torchvision", "fcn_resnet50")),
    Network("lraspp-mobilenetv3", "LR-ASPP on MobileNetV3", 3_221_538, ("Torchvision", "lraspp_mobilenet_v3_large")),
    Network("segformer-b0", "SegFormer-B0", 3_719_541, ("Segformer", 32, 64, 160, 256)),
    Network("segformer-b1", "SegFormer-B1", 13_682_645, ("Segformer", 64, 128, 320, 512)),
)
NETWORKS = {network.name: network for network in ORIGINAL + ZOO}
# What --networks also takes in place of a network's name.
GROUPS = {"zoo": [network.name for network in ZOO]}


def check_count(network, count, system):
    """Stops if a network has not as many parameters as Tessera's."""
    if count != network.parameters:
        raise SystemExit(
            f"{network.name} has {count} parameters in {system}, but {network.parameters} in Tessera")
