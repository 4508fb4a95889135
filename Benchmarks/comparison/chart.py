"""Results as an SVG chart: one group of bars for each piece of work, the fastest system first."""
from . import dots
from .svg import OWN_COLOR, WIDTH, document, text
from .systems import TESSERA
from .tables import compared, digits

LABELS, FIGURES = 165, 130
BAR, GAP, GROUP_GAP, HEADER = 16, 5, 18, 46
COLORS = {"Tessera": OWN_COLOR, "32-bit floats": "#5b8fd6", "bfloat16": "#a58bd8"}
TITLE = "Time in proportion to Tessera's; shorter is faster"
# With more pieces of work, bars would fill several screens.
MOST_GROUPS = 8


def chart(results):
    """Returns the chart of all work that more than one system did; `None` if there is none.

    A bar's length is the time divided by Tessera's, so work of different length shares one scale. Much work is drawn
    as dots, a line for each piece.
    """
    kinds = compared(results)
    works = [work for work in results.works if work in kinds.get(work.kind, ())]
    if not works:
        return None
    if len(works) > MOST_GROUPS:
        return dots.chart(results, works)
    longest = max(ratio(results, work, results.systems(work)[-1]) for work in works)
    scale = (WIDTH - LABELS - FIGURES) / longest
    y, parts = HEADER, legend()
    for work in works:
        parts.append(text(0, y + 13, work.title, weight="600"))
        top = y = y + 22
        for system in results.systems(work):
            parts += bar(results, work, system, y, scale)
            y += BAR + GAP
        # A line where Tessera's bar ends, through the whole group.
        line = LABELS + scale
        parts.append(f'<path d="M{line:.1f} {top - 2}V{y - GAP + 2}" stroke="{OWN_COLOR}" '
                     'stroke-dasharray="3 3"/>')
        y += GROUP_GAP
    return document(TITLE, y, parts)


def ratio(results, work, system):
    return results.seconds(work, system) / results.seconds(work, TESSERA)


def legend():
    parts = [text(0, 13, TITLE, weight="600")]
    x = 0
    for name, color in COLORS.items():
        parts.append(f'<rect x="{x}" y="23" width="12" height="12" rx="2" fill="{color}"/>')
        parts.append(text(x + 18, 33, name))
        x += 38 + 8 * len(name)
    return parts


def bar(results, work, system, y, scale):
    own = ratio(results, work, system)
    color = COLORS["Tessera" if system == TESSERA else "32-bit floats" if system.is_float32 else "bfloat16"]
    figure = f"{digits(results.seconds(work, system))} s"
    if system != TESSERA:
        figure += f"  ({own:.2f}×)"
    weight = "700" if system == TESSERA else "400"
    return [
        text(LABELS - 8, y + 12.5, system.title, anchor="end", weight=weight),
        f'<rect x="{LABELS}" y="{y}" width="{max(1.0, own * scale):.1f}" height="{BAR}" rx="2" fill="{color}"/>',
        text(LABELS + own * scale + 6, y + 12.5, figure, weight=weight)]
