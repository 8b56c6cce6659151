"""A chart as SVG: one file, nothing fetched, told apart by dashes and names and not by colour alone."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from emergency.store import times
from emergency.store.series import Chart, Series
from emergency.store.text import cells, safe
from emergency.store.unitwords import in_words

WIDTH, HEIGHT = 900, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 50, 50
#: Colours that can be told apart by most of those who see few of them, each with dashes of its own.
_STYLES = (
    ("#0072b2", ""),
    ("#e69f00", "8 3"),
    ("#009e73", "2 3"),
    ("#cc79a7", "10 3 2 3"),
    ("#d55e00", "5 5"),
    ("#555555", "1 4"),
)
#: Pixels from one name to the next, where lines end close together.
_APART = 16


def svg(chart: Chart, now: int) -> str:
    """The picture; every text of it is made safe and escaped."""
    top = chart.most or (1000 if chart.milli else 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        ' font-family="sans-serif" font-size="13" role="img">',
        f"<title>{_text(chart.title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="28" font-size="17" font-weight="bold">{_text(chart.title)}</text>',
        *_grid(chart, top, now),
    ]
    ends = _name_places([_y(series.values[-1], top) for series in chart.series])
    for i, (series, end) in enumerate(zip(chart.series, ends, strict=True)):
        parts += _line(chart, series, top, end, *_STYLES[i % len(_STYLES)])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(text: str) -> str:
    return escape(safe(text))


def _x(chart: Chart, at: int) -> float:
    first, last = chart.times[0], chart.times[-1]
    return _LEFT + (at - first) * (WIDTH - _LEFT - _RIGHT) / (last - first)


def _y(value: int, top: int) -> float:
    return HEIGHT - _BOTTOM - value * (HEIGHT - _TOP - _BOTTOM) / top


def _grid(chart: Chart, top: int, now: int) -> list[str]:
    """Four heights with their figures, five moments with their times."""
    out = []
    step = max(1, -(-top // 4))
    for value in range(0, top + 1, step):
        y = _y(value, top)
        out.append(f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="#dddddd"/>')
        out.append(
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_text(chart.shown(value))}</text>'
        )
    out.append(
        f'<text x="{_LEFT - 8}" y="{_TOP - 8}" text-anchor="end" fill="#555555">{_text(in_words(chart.unit))}</text>'
    )
    for i in range(5):
        at = chart.times[(len(chart.times) - 1) * i // 4]
        x = _x(chart, at)
        out.append(f'<path d="M{x:.1f} {HEIGHT - _BOTTOM}v5" stroke="#555555"/>')
        label = _text(times.format_short(at, now))
        out.append(f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 22}" text-anchor="middle">{label}</text>')
    return out


def _name_places(wanted: list[float]) -> list[float]:
    """Where the names of the lines stand: beside their ends, and none over another."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    out = list(wanted)
    for before, here in pairwise(order):
        out[here] = max(out[here], out[before] + _APART)
    lowest = HEIGHT - 12.0
    for here in reversed(order):
        out[here] = min(out[here], lowest)
        lowest = out[here] - _APART
    return out


def _line(chart: Chart, series: Series, top: int, end: float, colour: str, dashes: str) -> list[str]:
    """A line in steps, since a count is so until it is otherwise; its name and last value at its end."""
    points = [f"M{_x(chart, chart.times[0]):.1f} {_y(series.values[0], top):.1f}"]
    for (_t, before), (at, value) in pairwise(zip(chart.times, series.values, strict=True)):
        if value != before:
            points.append(f"H{_x(chart, at):.1f}V{_y(value, top):.1f}")
    points.append(f"H{WIDTH - _RIGHT}")
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    name = f"{series.label} {chart.shown(series.values[-1])}"
    fitted = f' textLength="{_RIGHT - 20}"' if cells(name) > 24 else ""
    return [
        f'<path d="{"".join(points)}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/>',
        f'<text x="{WIDTH - _RIGHT + 10}" y="{end + 4:.1f}" fill="{colour}"{fitted}>{_text(name)}</text>',
    ]
