"""Networks that people exchange as ONNX and that no package of PyTorch has, with the structure that their papers describe."""
import torch
import torch.nn.functional as F
from torch import nn


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


ARCHITECTURES = {
    "u2netp": lambda: U2Net([16] * 6, [64] * 6),
    "u2net": lambda: U2Net([32, 32, 64, 128, 256, 256], [64, 128, 256, 512, 512, 512]),
    "modnet": Matting,
}
