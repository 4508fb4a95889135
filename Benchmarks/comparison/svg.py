"""What the charts share. They are read on light and dark pages."""
from xml.sax.saxutils import escape

WIDTH = 760
# Gray with a contrast of 4.3 to both white and near-black: the page's background is not known.
TEXT = "#6e7a87"
OWN_COLOR = "#e8590c"


def document(title, height, parts):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>", *parts, "</svg>", ""])


def text(x, y, content, anchor="start", weight="400"):
    return (f'<text x="{x:.1f}" y="{y}" fill="{TEXT}" text-anchor="{anchor}" font-weight="{weight}" '
            f'xml:space="preserve">{escape(content)}</text>')
