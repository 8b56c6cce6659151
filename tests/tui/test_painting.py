"""What is painted on a thin line: a terminal that is sent the difference shows what was laid out."""

from __future__ import annotations

import io

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from emergency.tui.painting import Lines, Painted, moved

WIDTH, HEIGHT = 12, 9
STYLES = (None, Style(reverse=True), Style(bold=True, color="red"))
CONSOLE = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=WIDTH)

halves = st.builds(
    lambda text, style: Segment(text, STYLES[style]),
    st.sampled_from(["abcdef", "水位下", "      ", "ab水 x", "-- 1/9"]),
    st.integers(0, 2),
)
lines = st.builds(lambda left, right: Strip([left, right]), halves, halves)
screens = st.lists(lines, min_size=HEIGHT, max_size=HEIGHT)


def shown(screen: pyte.Screen) -> list[list[tuple[str, bool, str]]]:
    return [
        [(c.data, c.reverse, c.fg) for c in (row[x] for x in range(WIDTH))]
        for row in map(screen.buffer.__getitem__, range(HEIGHT))
    ]


def drawn(*sent: str) -> list[list[tuple[str, bool, str]]]:
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    for text in sent:
        stream.feed(text)
    return shown(screen)


def whole(strips: list[Strip]) -> str:
    return "".join(f"\x1b[{y + 1};1H{strip.render(CONSOLE)}" for y, strip in enumerate(strips))


def difference(before: list[Strip], after: list[Strip]) -> str:
    update = Painted.between(before, after)
    return update.render_segments(CONSOLE) if update else ""


@given(screens, screens, st.integers(-4, 4), st.integers(0, HEIGHT), st.integers(0, HEIGHT))
def test_the_difference_makes_the_one_screen_the_other(
    before: list[Strip], other: list[Strip], by: int, top: int, bottom: int
) -> None:
    after = [
        before[y + by] if top <= y < bottom and 0 <= y + by < HEIGHT else other[y] if y % 3 else before[y]
        for y in range(HEIGHT)
    ]
    assert drawn(whole(before), difference(before, after)) == drawn(whole(after))
    assert difference(after, after) == ""


def test_a_list_that_scrolls_by_a_line_is_moved_by_the_terminal() -> None:
    rows = [Strip([Segment(f"row {n} of them")]) for n in range(40)]
    title = Strip([Segment("a title, here")])
    before, after = [title, *rows[3:11]], [title, *rows[4:12]]
    for one, another, by in ((before, after, 1), (after, before, -1)):
        move = moved(one, another)
        assert move is not None and (move.top, move.bottom, move.by) == (1, 8, by)
        assert len(difference(one, another)) < 2 * len(whole([title]))
    assert isinstance(Painted.between(before, after), Lines)
