"""Many results as an SVG chart: a line for each piece of work, a dot for each system."""
import math

from .svg import OWN_COLOR, TEXT, WIDTH, document, text
from .systems import PEERS, TESSERA, TITLES
from .tables import digits, fastest_peer

LABELS, FIGURES, ROW, SECTION_GAP = 205, 165, 22, 22
# The right edge of the column of Tessera's seconds; the ratio's is that of the chart.
SECONDS = WIDTH - 88
TITLE = "Time in proportion to Tessera's; further left is faster"
# Shapes and colors differ, so the colors need not be told apart. Shapes are drawn around the origin.
CIRCLE, SQUARE = "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z", "M-4.5 -4.5H4.5V4.5H-4.5Z"
DIAMOND, UP, DOWN = "M0 -6L6 0L0 6L-6 0Z", "M0 -5.5L5.5 4.5H-5.5Z", "M0 5.5L5.5 -4.5H-5.5Z"
MARKS = {
    "torch": (CIRCLE, "#3f83d6"), "torch-channels-last": (SQUARE, "#2a9d8f"), "torch-compile": (DIAMOND, "#b8860b"),
    "tensorflow": (UP, "#c2549d"), "onnxruntime": (SQUARE, "#c2549d"), "openvino": (DIAMOND, "#2a9d8f"),
    "ncnn": (UP, "#b8860b"), "torch-bf16": (DOWN, "#9575d6"),
}


def chart(results, works):
    """Returns the chart of `works`, all done by Tessera and a peer: a section for each kind and size.

    The scale is logarithmic, so that twice as fast is as far from Tessera's line as half as fast.
    """
    ratios = [ratio(results, work, peer) for work in works for peer in results.systems(work)]
    scale = Scale(min(ratios), max(ratios))
    peers = [peer for peer in PEERS.values() if any(peer in results.systems(work) for work in works)]
    y, parts = legend(peers)
    sections = {}
    for work in works:
        sections.setdefault(f"{work.kind}, {work.size} px", []).append(work)
    for title, rows in sections.items():
        top = y + 38
        parts += heading(title, y, top, top + ROW * len(rows), scale)
        for index, work in enumerate(rows):
            parts += row(results, work, top + ROW * index + ROW / 2, scale)
        y = top + ROW * len(rows) + SECTION_GAP
    return document(TITLE, y, parts)


class Scale:
    """Where a ratio is drawn."""

    def __init__(self, least, most):
        # An eighth more at each end than the figures need.
        self.least, self.most = math.log2(least) - 0.17, math.log2(most) + 0.17

    def __call__(self, value):
        share = (math.log2(value) - self.least) / (self.most - self.least)
        return LABELS + share * (WIDTH - LABELS - FIGURES)

    @property
    def ticks(self):
        """Powers of two and the numbers half-way between them, or fewer if labels would touch."""
        for octaves, steps in ((1, (1, 1.5)), (1, (1,)), (2, (1,)), (4, (1,))):
            powers = range(-16, 17, octaves)
            found = [step * 2.0**power for power in powers for step in steps
                     if self.least <= math.log2(step) + power <= self.most]
            if len(found) <= 9:
                break
        return found


def ratio(results, work, system):
    return results.seconds(work, system) / results.seconds(work, TESSERA)


def legend(peers):
    """Returns where the chart goes on, and the parts."""
    parts = [text(0, 13, TITLE, weight="600"), vertical(6, 23, 37), text(18, 34, TESSERA.title, weight="700")]
    x, y = 86, 34
    for peer in peers:
        width = 36 + 7.6 * len(peer.title)
        if x + width > WIDTH:
            x, y = 0, y + 20
        parts += [mark(peer, x + 6, y - 4.5), text(x + 18, y, peer.title)]
        x += width
    return y + 20, parts


def heading(title, y, top, bottom, scale):
    """Returns the title of a section, the ticks of its scale, and lines through it."""
    parts = [text(0, y + 13, title, weight="600"), text(SECONDS, top - 4, "Tessera", "end"),
             text(WIDTH, top - 4, "fastest peer", "end")]
    for tick in scale.ticks:
        parts.append(text(scale(tick), top - 4, f"{tick:g}×", "middle"))
        parts.append(vertical(scale(tick), top, bottom) if tick == 1 else
                     f'<path d="M{scale(tick):.1f} {top}V{bottom}" stroke="{TEXT}" stroke-opacity="0.35"/>')
    return parts


def row(results, work, y, scale):
    """Returns a network's line: its dots, Tessera's seconds, and the ratio of the fastest peer in 32 bits."""
    peers = [system for system in results.systems(work) if system != TESSERA]
    parts = [
        text(LABELS - 12, y + 4.5, TITLES[work.network], "end"),
        f'<path d="M{LABELS} {y}H{WIDTH - FIGURES}" stroke="{TEXT}" stroke-opacity="0.2"/>',
        *(mark(peer, scale(ratio(results, work, peer)), y) for peer in reversed(peers)),
        text(SECONDS, y + 4.5, f"{digits(results.seconds(work, TESSERA))} s", "end")]
    fastest = fastest_peer(results, work)
    if fastest:
        parts.append(text(WIDTH, y + 4.5, f"{ratio(results, work, fastest):.2f}×", "end", weight="700"))
    return parts


def mark(peer, x, y):
    shape, color = MARKS[peer.name]
    look = f'fill="{color}"' if peer.is_float32 else f'fill="none" stroke="{color}" stroke-width="2"'
    return f'<path d="{shape}" transform="translate({x:.1f} {y})" {look}><title>{peer.title}</title></path>'


def vertical(x, top, bottom):
    return f'<path d="M{x:.1f} {top}V{bottom}" stroke="{OWN_COLOR}" stroke-width="2"/>'
