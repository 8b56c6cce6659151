"""A chart as characters: one band a series, all on one scale, filled from below.

Braille gives two columns and four heights to a cell; where the terminal has none, ASCII. Beside
each band stands in figures what it is now and at its most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from emergency.store import times
from emergency.store.series import Chart, Series
from emergency.store.text import cells, fit, safe
from emergency.store.unitwords import in_words
from emergency.store.words import _, added, ngettext

#: Braille dots of a cell filled from below, by how many of four, left and right.
_LEFT, _RIGHT = (0, 0x40, 0x44, 0x46, 0x47), (0, 0x80, 0xA0, 0xB0, 0xB8)
#: Cells of the names and figures beside the bands, where there is room: so many, or for longer figures as they need.
LABELS, WIDEST = 22, 40
#: The highest that a band gets: more is no clearer.
HIGHEST = 8


class Line(NamedTuple):
    """A line of the picture: the words beside the band, the band itself, and a tone for it."""

    words: str
    band: str
    tone: str = ""


def draw(chart: Chart, width: int, height: int, now: int, *, ascii_only: bool) -> list[Line]:
    """Exactly `height` lines, each exactly `width` cells; what has no room is left out and said."""
    if width < 4 or height < 1:
        return [Line("", " " * max(0, width))] * max(0, height)
    fitting = min(len(chart.series), max(0, height - 2))
    high = min(HIGHEST, (height - 2) // fitting) if fitting else 1
    needed = [cells(safe(word)) + 1 for one in chart.series[:fitting] for word in _words(chart, one, high)]
    labels = min(max([LABELS, *needed]), WIDEST, width // 2)
    left_out = len(chart.series) - fitting
    lines = [Line(_fitted(_scale(chart, left_out), width), "")]
    for series in chart.series[:fitting]:
        lines += _band(chart, series, labels, width - labels, high, ascii_only)
    lines.append(Line(" " * labels, _axis(chart, width - labels, now)))
    lines = lines[:height]
    return lines + [Line("", " " * width)] * (height - len(lines))


def _fitted(text: str, width: int) -> str:
    shown = fit(safe(text), width)
    return shown + " " * (width - cells(shown))


def _scale(chart: Chart, left_out: int) -> str:
    most = f"{chart.shown(chart.most)} {in_words(chart.unit)}".strip()
    if chart.kind == "readiness":
        most = ngettext("{n} team", "{n} teams", chart.most).format(n=chart.most)
    elif chart.kind == "deployment":
        most = ngettext("{n} line", "{n} lines", chart.most).format(n=chart.most)
    said = _("each band from 0 to {most}").format(most=most)
    return added(said, _("+{n} more").format(n=left_out) if left_out else "")


def _words(chart: Chart, series: Series, high: int) -> list[str]:
    """What stands beside each row of a band."""
    now = _("now {value}").format(value=chart.shown(series.values[-1]))
    most = _("most {value}").format(value=chart.shown(max(series.values)))
    if high > 1:
        return [series.label, "  " + added(now, most), *[""] * (high - 2)]
    return [f"{series.label} {chart.shown(series.values[-1])}"] * high


def _band(chart: Chart, series: Series, labels: int, width: int, high: int, ascii_only: bool) -> list[Line]:
    words = _words(chart, series, high)
    levels = _levels(series.values, chart.most, width * 2, high * 4)
    tone = {"ready": "good", "stale": "ask", "never": "dim", "unavailable": "late"}.get(series.key, "")
    return [
        Line(_fitted(words[row], labels), _row(levels, high - 1 - row, ascii_only), tone)
        for row in range(high)
    ]


def _levels(values: Sequence[int], most: int, columns: int, dots: int) -> list[int]:
    """How many dots high each column is; something is never drawn as nothing."""
    out = []
    for column in range(columns):
        value = max(0, values[column * (len(values) - 1) // max(1, columns - 1)])
        out.append(max(int(value > 0), value * dots // most) if most > 0 else 0)
    return out


def _row(levels: Sequence[int], above: int, ascii_only: bool) -> str:
    """One row of cells, so many rows above the lowest."""
    out = []
    for left, right in zip(levels[::2], levels[1::2], strict=True):
        a, b = (max(0, min(4, level - above * 4)) for level in (left, right))
        if ascii_only:
            out.append(" .:|#"[max(a, b)])
        else:
            out.append(chr(0x2800 + _LEFT[a] + _RIGHT[b]) if a or b else " ")
    return "".join(out)


def _axis(chart: Chart, width: int, now: int) -> str:
    """When it begins and ends, and the middle where there is room."""
    first, last = chart.times[0], chart.times[-1]
    begin, middle, end = (times.format_short(at, now) for at in (first, (first + last) // 2, last))
    gap = width - len(begin) - len(end)
    if gap < 1:
        return _fitted(end, width)
    if gap >= len(middle) + 4:
        before = max(1, width // 2 - len(begin) - len(middle) // 2)
        after = gap - before - len(middle)
        if after >= 1:
            return begin + " " * before + middle + " " * after + end
    return begin + " " * gap + end
