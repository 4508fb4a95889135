"""Networks that people exchange as ONNX and that no package of PyTorch has, with the structure that their papers describe."""
import torch
import torch.nn.functional as F
from torch import nn

from onnx_case import CLASSES


def resize(x, size):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def enlarge(x, factor=2.0):
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def convolution(inputs, outputs, kernel=3, stride=1, dilation=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 * dilation, dilation), nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True))


class ResidualU(nn.Module):
    """A small U-Net with a residual connection: RSU-L of Qin et al. 2020 (arXiv:2005.09007), RSU-4F without pools."""

    def __init__(self, depth, inputs, middle, outputs, pools=True):
        super().__init__()
        self.pools = pools
        self.first = convolution(inputs, outputs)
        spread = [1] * (depth - 1) if pools else [2**level for level in range(depth - 1)]
        self.down = nn.ModuleList([
            convolution(outputs if level == 0 else middle, middle, dilation=spread[level]) for level in range(depth - 1)])
        self.bottom = convolution(middle, middle, dilation=2 if pools else 2**(depth - 1))
        self.up = nn.ModuleList([
            convolution(2 * middle, outputs if level == 0 else middle, dilation=spread[level])
            for level in range(depth - 1)])

    def forward(self, x):
        x = self.first(x)
        features, skips = x, []
        for level, layer in enumerate(self.down):
            if self.pools and level > 0:
                features = F.max_pool2d(features, 2, 2, ceil_mode=True)
            features = layer(features)
            skips.append(features)
        features = self.bottom(features)
        for level in reversed(range(len(self.up))):
            if self.pools and level < len(self.up) - 1:
                features = resize(features, skips[level].shape[2:])
            features = self.up[level](torch.cat([features, skips[level]], 1))
        return features + x


class U2Net(nn.Module):
    """U^2-Net (Qin et al. 2020, arXiv:2005.09007): seven probabilities of the foreground, the first of all scales."""

    def __init__(self, middles, widths):
        super().__init__()
        depths = [7, 6, 5, 4, 4, 4]
        channels = [3] + widths
        self.encoder = nn.ModuleList([
            ResidualU(depths[k], channels[k], middles[k], channels[k + 1], pools=k < 4) for k in range(6)])
        outputs = [widths[0]] + [widths[k - 1] for k in range(1, 5)]
        self.decoder = nn.ModuleList([
            ResidualU(depths[k], 2 * widths[k], middles[k], outputs[k], pools=k < 4) for k in range(5)])
        self.sides = nn.ModuleList([nn.Conv2d(width, 1, 3, padding=1) for width in outputs + [widths[5]]])
        self.last = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        features, skips = x, []
        for level, stage in enumerate(self.encoder):
            if level > 0:
                features = F.max_pool2d(features, 2, 2, ceil_mode=True)
            features = stage(features)
            skips.append(features)
        maps = [self.sides[5](features)]
        for level in reversed(range(5)):
            features = self.decoder[level](torch.cat([resize(features, skips[level].shape[2:]), skips[level]], 1))
            maps.insert(0, self.sides[level](features))
        maps = [maps[0]] + [resize(part, maps[0].shape[2:]) for part in maps[1:]]
        return tuple(torch.sigmoid(part) for part in [self.last(torch.cat(maps, 1))] + maps)


class HalfNormalization(nn.Module):
    """Batch normalization of half of the channels, instance normalization of the others."""

    def __init__(self, channels):
        super().__init__()
        self.half = channels // 2
        self.batch, self.instance = nn.BatchNorm2d(self.half), nn.InstanceNorm2d(channels - self.half)

    def forward(self, x):
        return torch.cat([self.batch(x[:, :self.half].contiguous()), self.instance(x[:, self.half:].contiguous())], 1)


class Matting(nn.Module):
    """MODNet (Ke et al. 2022, arXiv:2011.11961) on MobileNetV2: the opacity of a portrait."""

    def __init__(self):
        super().__init__()
        import torchvision
        self.backbone = torchvision.models.mobilenet_v2(weights=None).features
        self.squeeze = nn.Sequential(
            nn.Linear(1280, 320, bias=False), nn.ReLU(), nn.Linear(320, 1280, bias=False), nn.Sigmoid())

        def block(inputs, outputs, kernel=3, stride=1):
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2), HalfNormalization(outputs), nn.ReLU())

        self.semantic16, self.semantic8 = block(1280, 96, 5), block(96, 32, 5)
        self.detail2, self.detail4 = nn.Conv2d(16, 32, 1), nn.Conv2d(24, 32, 1)
        self.from2, self.from4 = block(35, 32, 3, 2), block(64, 64)
        self.joint4 = nn.Sequential(block(99, 64), block(64, 64), block(64, 32))
        self.joint2 = nn.Sequential(block(64, 64), block(64, 32), block(32, 32), block(32, 32))
        self.fused4, self.fused2 = block(32, 32, 5), block(64, 32)
        self.last = nn.Sequential(block(35, 16), nn.Conv2d(16, 1, 1))

    def forward(self, x):
        features, maps = x, {}
        for index, layer in enumerate(self.backbone):
            features = layer(features)
            maps[index] = features
        two, four, deep = maps[1], maps[3], features
        weights = self.squeeze(deep.mean(dim=(2, 3))).view(x.shape[0], -1, 1, 1)
        eight = self.semantic8(enlarge(self.semantic16(enlarge(deep * weights.expand_as(deep)))))
        small2, small4 = enlarge(x, 0.5), enlarge(x, 0.25)
        two = self.detail2(two)
        detail = self.from4(torch.cat([self.from2(torch.cat([small2, two], 1)), self.detail4(four)], 1))
        detail = enlarge(self.joint4(torch.cat([detail, enlarge(eight), small4], 1)))
        detail = self.joint2(torch.cat([detail, two], 1))
        fused = self.fused2(torch.cat([enlarge(self.fused4(enlarge(eight))), detail], 1))
        return torch.sigmoid(self.last(torch.cat([enlarge(fused), x], 1)))


class Attention(nn.Module):
    """A factor for each channel, from the mean of its pixels."""

    def __init__(self, channels, middle=None, is_normalized=True):
        super().__init__()
        layers = [nn.AdaptiveAvgPool2d(1)]
        if middle:
            layers += [nn.Conv2d(channels, middle, 1, bias=False), nn.ReLU()]
        layers.append(nn.Conv2d(middle or channels, channels, 1, bias=False))
        if is_normalized:
            layers.append(nn.BatchNorm2d(channels))
        self.factors = nn.Sequential(*layers, nn.Sigmoid())

    def forward(self, x):
        return x * self.factors(x)


def features(name, levels):
    import timm
    return timm.create_model(name, pretrained=False, features_only=True, out_indices=levels)


class BiSeNet(nn.Module):
    """BiSeNet (Yu et al. 2018, arXiv:1808.00897) on ResNet-18: a path for space, another for context."""

    def __init__(self, classes):
        super().__init__()
        self.space = nn.Sequential(
            convolution(3, 64, 7, 2), convolution(64, 64, 3, 2), convolution(64, 64, 3, 2), convolution(64, 128, 1))
        self.encoder = features("resnet18", (3, 4))
        self.refine16 = nn.Sequential(convolution(256, 128), Attention(128))
        self.refine32 = nn.Sequential(convolution(512, 128), Attention(128))
        self.whole = nn.Sequential(nn.AdaptiveAvgPool2d(1), convolution(512, 128, 1))
        self.after16, self.after32 = convolution(128, 128), convolution(128, 128)
        self.join = convolution(256, 256, 1)
        self.attention = Attention(256, 64, is_normalized=False)
        self.head = nn.Sequential(convolution(256, 256), nn.Conv2d(256, classes, 1))

    def forward(self, x):
        sixteenth, deep = self.encoder(x)
        whole = F.interpolate(self.whole(deep), deep.shape[2:], mode="nearest")
        context = F.interpolate(self.refine32(deep) + whole, sixteenth.shape[2:], mode="nearest")
        context = self.refine16(sixteenth) + self.after32(context)
        space = self.space(x)
        context = self.after16(F.interpolate(context, space.shape[2:], mode="nearest"))
        joined = self.join(torch.cat([space, context], 1))
        return resize(self.head(joined + self.attention(joined)), x.shape[2:])


def depthwise(channels, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(channels, outputs, 3, stride, 1, groups=channels, bias=False), nn.BatchNorm2d(outputs))


class Gathering(nn.Module):
    """A gather-and-expansion layer of BiSeNetV2."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        wide = 6 * inputs
        layers = [convolution(inputs, inputs), depthwise(inputs, wide, stride)]
        if stride == 2:
            layers.append(depthwise(wide, wide))
        self.body = nn.Sequential(*layers, nn.ReLU(), nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.skip = nn.Sequential(
            depthwise(inputs, inputs, 2), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        ) if stride == 2 else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x))


class BiSeNetV2(nn.Module):
    """BiSeNet V2 (Yu et al. 2020, arXiv:2004.02147): details and meaning, which guide each other."""

    def __init__(self, classes):
        super().__init__()
        layers, inputs = [], 3
        for width, count in [(64, 2), (64, 3), (128, 3)]:
            for index in range(count):
                layers.append(convolution(inputs, width, stride=2 if index == 0 else 1))
                inputs = width
        self.detail = nn.Sequential(*layers)
        self.stem = convolution(3, 16, stride=2)
        self.narrow = nn.Sequential(convolution(16, 8, 1), convolution(8, 16, stride=2))
        self.stemmed = convolution(32, 16)
        self.meaning = nn.Sequential(
            Gathering(16, 32, 2), Gathering(32, 32, 1), Gathering(32, 64, 2), Gathering(64, 64, 1),
            Gathering(64, 128, 2), *[Gathering(128, 128, 1) for _ in range(3)])
        self.context, self.embedded = nn.Sequential(nn.BatchNorm2d(128), convolution(128, 128, 1)), convolution(128, 128)
        self.detail_kept = nn.Sequential(depthwise(128, 128), nn.Conv2d(128, 128, 1))
        self.detail_small = nn.Sequential(
            nn.Conv2d(128, 128, 3, 2, 1, bias=False), nn.BatchNorm2d(128), nn.AvgPool2d(3, 2, 1))
        self.meaning_kept = nn.Sequential(depthwise(128, 128), nn.Conv2d(128, 128, 1))
        self.meaning_large = nn.Sequential(nn.Conv2d(128, 128, 3, padding=1, bias=False), nn.BatchNorm2d(128))
        self.joined = nn.Sequential(nn.Conv2d(128, 128, 3, padding=1, bias=False), nn.BatchNorm2d(128))
        self.head = nn.Sequential(convolution(128, 1024), nn.Dropout(0.1), nn.Conv2d(1024, classes, 1))

    def forward(self, x):
        detail, stem = self.detail(x), self.stem(x)
        stem = self.stemmed(torch.cat([self.narrow(stem), F.max_pool2d(stem, 3, 2, 1)], 1))
        meaning = self.meaning(stem)
        meaning = self.embedded(meaning + self.context(meaning.mean((2, 3), keepdim=True)))
        fine = self.detail_kept(detail) * torch.sigmoid(enlarge(self.meaning_large(meaning), 4.0))
        coarse = self.detail_small(detail) * torch.sigmoid(self.meaning_kept(meaning))
        return resize(self.head(self.joined(fine + enlarge(coarse, 4.0))), x.shape[2:])


class ShortTerm(nn.Module):
    """A block of STDC (Fan et al. 2021, arXiv:2104.13188): results of ever fewer channels, joined."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = convolution(inputs, outputs // 2, 1)
        self.shrink = depthwise(outputs // 2, outputs // 2, 2) if stride == 2 else None
        self.layers = nn.ModuleList([
            convolution(outputs // 2, outputs // 4), convolution(outputs // 4, outputs // 8),
            convolution(outputs // 8, outputs // 8)])

    def forward(self, x):
        first = x = self.first(x)
        if self.shrink is not None:
            first, x = F.avg_pool2d(first, 3, 2, 1), self.shrink(first)
        parts = [first]
        for layer in self.layers:
            x = layer(x)
            parts.append(x)
        return torch.cat(parts, 1)


class AttentiveFusion(nn.Module):
    """The unified attention fusion module of PP-LiteSeg, with attention over space."""

    def __init__(self, low, high, outputs):
        super().__init__()
        self.low, self.after = convolution(low, high), convolution(high, outputs)
        self.attention = nn.Sequential(convolution(4, 2), nn.Conv2d(2, 1, 3, padding=1, bias=False), nn.BatchNorm2d(1))

    def forward(self, low, high):
        low = self.low(low)
        high = resize(high, low.shape[2:])
        maps = [part for x in (low, high) for part in (x.mean(1, keepdim=True), x.max(1, keepdim=True)[0])]
        share = torch.sigmoid(self.attention(torch.cat(maps, 1)))
        return self.after(low * share + high * (1 - share))


class LiteSeg(nn.Module):
    """PP-LiteSeg-T (Peng et al. 2022, arXiv:2204.02681) on STDC1."""

    def __init__(self, classes):
        super().__init__()
        self.eighth = nn.Sequential(
            convolution(3, 32, stride=2), convolution(32, 64, stride=2), ShortTerm(64, 256, 2), ShortTerm(256, 256, 1))
        self.sixteenth = nn.Sequential(ShortTerm(256, 512, 2), ShortTerm(512, 512, 1))
        self.deep = nn.Sequential(ShortTerm(512, 1024, 2), ShortTerm(1024, 1024, 1))
        self.pools = nn.ModuleList([
            nn.Sequential(nn.AdaptiveAvgPool2d(size), convolution(1024, 128, 1)) for size in [1, 2, 4]])
        self.pooled = convolution(128, 128)
        self.fusion16, self.fusion8 = AttentiveFusion(512, 128, 64), AttentiveFusion(256, 64, 32)
        self.head = nn.Sequential(convolution(32, 32), nn.Conv2d(32, classes, 1, bias=False))

    def forward(self, x):
        eighth = self.eighth(x)
        sixteenth = self.sixteenth(eighth)
        deep = self.deep(sixteenth)
        context = self.pooled(sum(resize(pool(deep), deep.shape[2:]) for pool in self.pools))
        return resize(self.head(self.fusion8(eighth, self.fusion16(sixteenth, context))), x.shape[2:])


class HighResolution(nn.Module):
    """HRNetV2-W18 (Wang et al. 2020, arXiv:1908.07919): maps of four resolutions, enlarged and joined."""

    def __init__(self, classes):
        super().__init__()
        self.encoder = features("hrnet_w18", (1, 2, 3, 4))
        width = sum(self.encoder.feature_info.channels())
        self.head = nn.Sequential(convolution(width, width, 1), nn.Conv2d(width, classes, 1))

    def forward(self, x):
        maps = self.encoder(x)
        joined = torch.cat([maps[0]] + [resize(part, maps[0].shape[2:]) for part in maps[1:]], 1)
        return resize(self.head(joined), x.shape[2:])


ARCHITECTURES = {
    "u2netp": lambda: U2Net([16] * 6, [64] * 6),
    "u2net": lambda: U2Net([32, 32, 64, 128, 256, 256], [64, 128, 256, 512, 512, 512]),
    "modnet": Matting,
    "bisenet-resnet18": lambda: BiSeNet(CLASSES),
    "bisenetv2": lambda: BiSeNetV2(CLASSES),
    "pp_liteseg": lambda: LiteSeg(CLASSES),
    "hrnet_w18": lambda: HighResolution(CLASSES),
}
