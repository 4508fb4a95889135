"""The networks for PyTorch, with Tessera's parameter counts: pictures [batch, 3, height, width] -> logits.

U-Net and FCNN are made here, the others by the packages that users take them from, with random weights. A transposed
convolution of kernel 3 and stride 2 crops its first row and column here, while Tessera and Keras crop the last:
different pixels, the same arithmetic.
"""
from networks import NETWORKS, check_count
from torch import cat, nn
from torch.nn.functional import interpolate, relu


def convolutions(inputs, outputs, count):
    """Returns `count` 3x3 convolutions with ReLU."""
    parts = []
    for channels in [inputs] + [outputs] * (count - 1):
        parts += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*parts)


class UNet(nn.Module):
    """Ronneberger, Fischer and Brox 2015, padded, with dropout after each pool and before each decoder block."""

    def __init__(self, classes):
        super().__init__()
        widths = (64, 128, 256, 512)
        self.down = nn.ModuleList(convolutions(i, o, 2) for i, o in zip((3, *widths), widths))
        self.bottom = convolutions(512, 1024, 2)
        self.enlarge = nn.ModuleList(
            nn.ConvTranspose2d(2 * width, width, 3, stride=2, padding=1, output_padding=1)
            for width in reversed(widths))
        self.up = nn.ModuleList(convolutions(2 * width, width, 2) for width in reversed(widths))
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(0.3)
        self.classifier = nn.Conv2d(64, classes, 1)

    def forward(self, pictures):
        features, kept = pictures, []
        for block in self.down:
            kept.append(block(features))
            features = self.dropout(self.pool(kept[-1]))
        features = self.bottom(features)
        for enlarge, block, skip in zip(self.enlarge, self.up, reversed(kept)):
            features = block(self.dropout(cat((relu(enlarge(features)), skip), dim=1)))
        return self.classifier(features)


class FCNN(nn.Module):
    """FCN-8s on VGG-16 (Long, Shelhamer and Darrell 2015) without VGG's dense layers."""

    def __init__(self, classes):
        super().__init__()
        widths = (64, 128, 256, 512, 512)
        self.vgg = nn.ModuleList(
            nn.Sequential(convolutions(i, o, count), nn.MaxPool2d(2))
            for i, o, count in zip((3, *widths), widths, (2, 2, 3, 3, 3)))
        self.enlarge5 = nn.ConvTranspose2d(512, classes, 4, stride=2, padding=1, bias=False)
        self.enlarge4 = nn.ConvTranspose2d(classes, classes, 4, stride=2, padding=1, bias=False)
        self.enlarge3 = nn.ConvTranspose2d(classes, classes, 16, stride=8, padding=4)
        self.score4 = nn.Conv2d(512, classes, 1)
        self.score3 = nn.Conv2d(256, classes, 1)

    def forward(self, pictures):
        pooled = [pictures]
        for block in self.vgg:
            pooled.append(block(pooled[-1]))
        scores = self.score4(pooled[4]) + relu(self.enlarge5(pooled[5]))
        scores = self.score3(pooled[3]) + relu(self.enlarge4(scores))
        return self.enlarge3(scores)


class Torchvision(nn.Module):
    """A network of torchvision, which puts its logits into a dictionary. It has no auxiliary classifier."""

    def __init__(self, classes, name):
        super().__init__()
        from torchvision.models import segmentation
        self.network = getattr(segmentation, name)(weights=None, weights_backbone=None, num_classes=classes)

    def forward(self, pictures):
        return self.network(pictures)["out"]


class Segformer(nn.Module):
    """SegFormer of transformers. Its logits are enlarged to the pictures' size, where the loss and users want them."""

    def __init__(self, classes, *widths):
        super().__init__()
        from transformers import SegformerConfig, SegformerForSemanticSegmentation
        self.network = SegformerForSemanticSegmentation(SegformerConfig(hidden_sizes=widths, num_labels=classes))

    def forward(self, pictures):
        logits = self.network(pixel_values=pictures).logits
        return interpolate(logits, scale_factor=4, mode="bilinear", align_corners=False)


def smp(classes, kind, encoder, *unused):
    """Returns a network of segmentation-models-pytorch without layers of its encoder that it never calls."""
    import segmentation_models_pytorch
    made = getattr(segmentation_models_pytorch, kind)(encoder, encoder_weights=None, classes=classes)
    for layer in unused:
        setattr(made.encoder, layer, nn.Identity())
    return made


MAKERS = {"UNet": UNet, "FCNN": FCNN, "Torchvision": Torchvision, "Segformer": Segformer, "smp": smp}


def network(name):
    """Returns the network with fresh weights; stops if it has not as many parameters as Tessera's."""
    wanted = NETWORKS[name]
    maker, *arguments = wanted.source
    made = MAKERS[maker](wanted.classes, *arguments)
    check_count(wanted, sum(parameter.numel() for parameter in made.parameters()), "PyTorch")
    return made
