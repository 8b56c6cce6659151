"""The map as text: what stands where, and that every line has its width."""

from __future__ import annotations

import pytest

from emergency.store.spots import Spot
from emergency.store.text import cells
from emergency.tui.map import area, draw, legend

GROUND = (
    Spot("city", "110100", "北京", 39_900_000, 116_400_000),
    Spot("county", "110106", "丰台", 39_860_000, 116_290_000),
    Spot("county", "110229", "延庆", 40_460_000, 115_970_000),
    Spot("county", "130681", "涿州", 39_480_000, 115_970_000),
)
THINGS = (
    Spot("team", "FT-1", "甲", 40_460_000, 115_970_000, True),
    Spot("team", "FT-2", "乙", 40_460_000, 115_970_000, True),
    Spot("team", "FT-3", "丙", 39_900_000, 116_400_000, False),
    Spot("incident", "FT-4", "内涝", 39_860_000, 116_290_000),
)


@pytest.mark.parametrize("width", [10, 40, 81])
@pytest.mark.parametrize("height", [3, 17])
def test_every_line_has_the_width_asked_for(width: int, height: int) -> None:
    lines = draw(GROUND + THINGS, "110106", width, height, ascii_only=False)
    assert [cells(line) for line in lines] == [width] * height


def test_teams_and_incidents_are_told_by_characters() -> None:
    shown = "\n".join(draw(GROUND + THINGS, "110106", 40, 20, ascii_only=False))
    assert "2延庆" in shown
    assert "-北京" in shown
    assert "A丰台" in shown
    assert legend(THINGS) == [("A", THINGS[3])]


def test_north_is_up_and_west_is_left() -> None:
    lines = draw(GROUND, None, 40, 20, ascii_only=True)
    rows = {
        name: (y, line.index(name))
        for y, line in enumerate(lines)
        for name in ("北京", "延庆")
        if name in line
    }
    assert rows["延庆"] < rows["北京"]
    assert rows["延庆"][1] < rows["北京"][1]


def test_ascii_has_no_braille() -> None:
    assert "".join(draw(GROUND + THINGS, None, 40, 20, ascii_only=True)).isprintable()
    assert not any(0x2800 <= ord(c) <= 0x28FF for c in "".join(draw(GROUND, None, 40, 20, ascii_only=True)))


def test_the_frame_is_the_stations_province_and_wherever_things_are() -> None:
    assert [s.id for s in area(GROUND, "110106")] == ["110100", "110106", "110229"]
    assert len(area(GROUND, None)) == 4


@pytest.mark.parametrize("spots", [(), GROUND[:1]])
def test_nothing_or_one_point_is_no_trouble(spots: tuple[Spot, ...]) -> None:
    assert len(draw(spots, None, 20, 8, ascii_only=False)) == 8
