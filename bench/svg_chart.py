"""Line charts as SVG, by hand: a few panels beside each other, readable on a light and on a dark page."""

import dataclasses
import math
from xml.sax.saxutils import escape

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 13px; }
.grid { stroke: #8c959f; stroke-opacity: .3; }
.line { fill: none; stroke-width: 2; }
.of0 { stroke: #0969da; } .fill0 { fill: #0969da; }
.of1 { stroke: #bc4c00; } .fill1 { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .of0 { stroke: #58a6ff; } .fill0 { fill: #58a6ff; }
  .of1 { stroke: #f0883e; } .fill1 { fill: #f0883e; }
}
"""
WIDTH, HEIGHT = 460, 320  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 58, 50


@dataclasses.dataclass
class Panel:
    title: str
    x: str  # what the axis shows, with its unit
    y: str
    lines: dict  # name: [(x, y), ...]
    logarithmic: bool = False  # the x axis
    ticks: tuple = ()  # of the x axis; found by itself otherwise

    def points(self):
        return [point for line in self.lines.values() for point in line]


def short(number):
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(number) >= size:
            return f"{number / size:.4g}{letter}"
    return f"{number:.4g}"


def even_ticks(highest):
    """0 and up to seven more, at round distances, the last not below `highest`."""
    if highest <= 0:
        return [0, 1]
    step = 10 ** math.floor(math.log10(highest))
    for part in (5, 2, 1, 0.5):
        if highest / (step / part) <= 7:
            step /= part
            break
    return [step * i for i in range(math.ceil(highest / step - 1e-9) + 1)]


def powers(lowest, highest):
    return [10**i for i in range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)]


def text(x, y, words, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(words)}</text>'


def draw_panel(panel, left):
    xs = [x for x, _ in panel.points()]
    # A logarithm has no 0: what has nothing stands at 1.
    place = (lambda x: math.log10(max(x, 1))) if panel.logarithmic else (lambda x: x)
    x_ticks = list(panel.ticks) or (
        powers(max(min(xs), 1), max(xs)) if panel.logarithmic else even_ticks(max(xs))
    )
    y_ticks = even_ticks(max(y for _, y in panel.points()))
    low, high = place(min(x_ticks)), place(max(x_ticks))
    x0, x1, y0, y1 = left + LEFT, left + WIDTH - RIGHT, HEIGHT - BOTTOM, TOP

    def at(x, y):
        return (
            x0 + (place(x) - low) / ((high - low) or 1) * (x1 - x0),
            y0 + y / y_ticks[-1] * (y1 - y0),
        )

    yield text(x0, 18, panel.title, 'class="title"')
    for tick in y_ticks:
        _, y = at(x_ticks[0], tick)
        yield f'<line class="grid" x1="{x0}" y1="{y:.1f}" x2="{x1}" y2="{y:.1f}"/>'
        yield text(x0 - 8, y + 4, short(tick), 'text-anchor="end"')
    for tick in x_ticks:
        x, _ = at(tick, 0)
        yield f'<line class="grid" x1="{x:.1f}" y1="{y0}" x2="{x:.1f}" y2="{y0 + 5}"/>'
        yield text(x, y0 + 19, short(tick), 'text-anchor="middle"')
    yield text((x0 + x1) / 2, HEIGHT - 10, panel.x, 'text-anchor="middle"')
    middle = (y0 + y1) / 2
    turned = f'text-anchor="middle" transform="rotate(-90 {left + 16} {middle})"'
    yield text(left + 16, middle, panel.y, turned)
    for number, (name, line) in enumerate(panel.lines.items()):
        legend = x0 + 110 * number
        yield f'<line class="line of{number}" x1="{legend}" y1="36" x2="{legend + 18}" y2="36"/>'
        yield text(legend + 24, 40, name)
        places = [at(x, y) for x, y in sorted(line)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline class="line of{number}" points="{path}"/>'
        for x, y in places:
            yield f'<circle class="fill{number}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'


def draw(panels, about):
    """The SVG's text. `about`: for whoever cannot see it."""
    width = WIDTH * len(panels)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}"'
        f' height="{HEIGHT}" role="img">'
    )
    parts = [head, f"<title>{escape(about)}</title>", f"<style>{STYLE}</style>"]
    for number, panel in enumerate(panels):
        parts += draw_panel(panel, number * WIDTH)
    return "\n".join([*parts, "</svg>"]) + "\n"
