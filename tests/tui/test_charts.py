"""Charts as characters: never outside their room, true to the figures, and gone through by keys."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store import words
from emergency.store.series import Chart, Series
from emergency.store.text import cells
from emergency.tui.charts import draw
from emergency.tui.chartscreen import ChartScreen, ChartView
from emergency.tui.map import Map
from emergency.tui.mapscreen import MapScreen
from tests.tui import stage
from tests.tui.screen import Duty, on_duty, text

MOMENTS = tuple(stage.AT - i * 3_600_000 for i in reversed(range(5)))


def chart(*rows: tuple[int, ...], label: str = "ready") -> Chart:
    return Chart("readiness", "x", "teams", MOMENTS, tuple(Series(label, label, row) for row in rows))


@given(
    st.lists(st.lists(st.integers(-5, 10**9), min_size=5, max_size=5), min_size=0, max_size=8),
    st.text("aZ9 北京\u0301\u202e\x1b[🚒", max_size=30),
    st.integers(0, 120),
    st.integers(0, 40),
    st.booleans(),
)
def test_any_chart_fits_any_room(
    rows: list[list[int]], label: str, width: int, height: int, ascii_only: bool
) -> None:
    lines = draw(chart(*map(tuple, rows), label=label), width, height, stage.AT, ascii_only=ascii_only)
    assert [cells(line.words + line.band) for line in lines] == [width] * height


def test_more_is_higher_and_nothing_is_blank() -> None:
    lines = draw(chart((0, 0, 4, 8, 8)), 62, 6, stage.AT, ascii_only=True)
    bands = [line.band for line in lines[1:-1]]
    heights = ["".join(column).count(" ") for column in zip(*bands, strict=True)]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == len(bands)
    assert heights[-1] == 0


def test_the_least_is_still_seen_beside_the_most() -> None:
    lines = draw(chart((1, 1, 1, 1, 1), (9000, 9000, 9000, 9000, 9000)), 60, 10, stage.AT, ascii_only=False)
    assert lines[4].band.strip()


def test_what_has_no_room_is_said() -> None:
    lines = draw(chart(*[(1, 2, 3, 4, 5)] * 6), 60, 5, stage.AT, ascii_only=False)
    assert "+3 more" in lines[0].words


def test_long_figures_beside_a_band_are_read_to_their_end_where_there_is_room() -> None:
    big = chart((7_000_000, 12_000_000, 1, 2, 12_345_678))
    beside = [line.words for line in draw(big, 80, 8, stage.AT, ascii_only=True)]
    assert any("now 12345678, most 12345678 " in one for one in beside)
    assert all("~" not in one for one in beside[1:])


def test_each_chart_counts_what_it_is_of() -> None:
    lines = chart((1, 2, 3, 4, 5))._replace(kind="deployment", unit="lines")
    assert draw(lines, 60, 8, stage.AT, ascii_only=True)[0].words.rstrip() == "each band from 0 to 5 lines"


def test_in_chinese_a_chart_is_told_in_chinese() -> None:
    words.speak("zh")
    shown = [line.words.rstrip() for line in draw(chart((1, 2, 3, 4, 5)), 60, 8, stage.AT, ascii_only=True)]
    assert shown[0] == "每条图带从 0 到 5 支队伍"


def test_ascii_has_no_braille() -> None:
    lines = draw(chart((1, 2, 3, 4, 5)), 60, 8, stage.AT, ascii_only=True)
    assert all(line.band.isascii() for line in lines)


async def until(duty: Duty, wanted: str) -> str:
    """The screen, once it says this."""
    async with asyncio.timeout(20):
        while wanted not in (shown := text(duty.app)):
            await duty.pilot.pause()
    return shown


async def test_keys_go_through_the_charts_and_change_the_time(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.app.push_screen(ChartScreen())
        assert "07-30 08:00" in await until(duty, "Readiness of teams")
        await duty.press("n")
        await until(duty, "Deployment")
        await duty.press("p")
        await until(duty, "Readiness of teams")
        await duty.press("plus")
        await until(duty, "02:00")
        await duty.press("minus", "minus")
        await until(duty, "07-28 08:00")


async def test_a_chart_of_what_is_not_there_says_so(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.app.push_screen(ChartScreen("nothing"))
        await until(duty, "nothing")
        assert duty.app.screen.query_one(ChartView)


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (160, 48)])
async def test_the_map_has_a_screen_of_its_own_at_every_size(busy: str, size: tuple[int, int]) -> None:
    async with on_duty(busy, size) as duty:
        await duty.app.push_screen(MapScreen())
        shown = await duty.press("n")
        picked = duty.app.screen.query_one(Map).target
        assert picked is not None
        assert f"> {picked.id} " in shown
        assert "FT-10" in shown
