"""Efficiency by the number of ranks, as an SVG chart: a panel for each rate of the link, a line for each network."""
import math

from comparison.svg import TEXT, WIDTH, document, text

from .model import efficiency

COLORS = ["#e8590c", "#5b8fd6", "#2f9e6e", "#a58bd8"]
COUNTS = [2, 4, 8, 16, 32, 64, 128, 256, 512]
RATES = [1, 10, 100]
# Seconds from host to host in one direction.
DELAY = 2.5e-5
TOP, HEIGHT, LEFT, RIGHT, GAP = 74, 190, 48, 14, 24


def chart(networks, machine, measured):
    """`measured` holds (network's name, gigabits, ranks, efficiency)."""
    title = "Share of ideal speed by number of ranks, modeled; dots are measured"
    parts = [text(0, 13, title, weight="600")]
    x = 0
    for network, color in zip(networks, COLORS):
        parts.append(f'<path d="M{x} 32H{x + 18}" stroke="{color}" stroke-width="2"/>')
        parts.append(text(x + 24, 36, network.name))
        x += 50 + 8 * len(network.name)
    width = (WIDTH - LEFT - RIGHT - 2 * GAP) / len(RATES)
    for panel, rate in enumerate(RATES):
        left = LEFT + panel * (width + GAP)
        parts += axes(left, width, f"{rate} Gbit/s", has_labels=panel == 0)
        for network, color in zip(networks, COLORS):
            points = [place(left, width, ranks, efficiency(network, machine, ranks, rate, DELAY)) for ranks in COUNTS]
            line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
            parts.append(f'<path d="M{line}" fill="none" stroke="{color}" stroke-width="2"/>')
            for name, gigabits, ranks, share in measured:
                if (name, gigabits) == (network.name, rate):
                    x, y = place(left, width, ranks, min(share, 1.0))
                    parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>')
    return document(title, TOP + HEIGHT + 24, parts)


def place(left, width, ranks, share):
    across = math.log2(ranks / COUNTS[0]) / math.log2(COUNTS[-1] / COUNTS[0])
    return left + 6 + across * (width - 12), TOP + HEIGHT * (1 - share)


def axes(left, width, title, has_labels):
    parts = [text(left, TOP - 12, title, weight="600")]
    for share in [0, 25, 50, 75, 100]:
        y = TOP + HEIGHT * (1 - share / 100)
        parts.append(f'<path d="M{left:.1f} {y:.1f}h{width:.1f}" stroke="{TEXT}" stroke-opacity="0.3"/>')
        if has_labels:
            parts.append(text(left - 6, y + 4, f"{share} %", anchor="end"))
    for ranks in [2, 8, 32, 128, 512]:
        x, _ = place(left, width, ranks, 0)
        parts.append(text(x, TOP + HEIGHT + 18, str(ranks), anchor="middle"))
    return parts
