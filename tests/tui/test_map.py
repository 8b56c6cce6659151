"""The map: what stands where, that it never leaves its room, and that what is done by a key is undone by another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store.places import Point
from emergency.store.spots import THINGS, Spot
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui.map import Map
from emergency.tui.panel import Panel
from emergency.tui.raster import View, area, draw, framed, lettered, nearest, whole
from tests.tui import stage
from tests.tui.screen import on_duty, text

GROUND = (
    Spot("city", "110100", "北京", 39_900_000, 116_400_000),
    Spot("county", "110106", "丰台", 39_860_000, 116_290_000),
    Spot("county", "110229", "延庆", 40_460_000, 115_970_000),
    Spot("county", "130681", "涿州", 39_480_000, 115_970_000),
)
THINGS_THERE = (
    Spot("team", "FT-1", "甲", 40_460_000, 115_970_000, "ready"),
    Spot("team", "FT-2", "乙", 40_460_000, 115_970_000, "ready"),
    Spot("team", "FT-3", "丙", 39_900_000, 116_400_000, "stale"),
    Spot("incident", "FT-4", "内涝", 39_860_000, 116_290_000),
)
#: Narrow, wide, combining, and what would drive a terminal; all of Unicode takes a second to make ready.
LETTERS = "aZ9 \t北京é\u0301\u202e\x1b[🚒"
KINDS = ("county", "city", *THINGS)
ANYWHERE = st.builds(
    Spot,
    st.sampled_from(KINDS),
    st.text(LETTERS, min_size=1, max_size=8),
    st.text(LETTERS, max_size=12),
    st.integers(-90_000_000, 90_000_000),
    st.integers(-180_000_000, 180_000_000),
    st.sampled_from(("", "ready", "stale")),
)
VIEWS = st.builds(
    View,
    st.integers(-90_000_000, 90_000_000),
    st.integers(-180_000_000, 180_000_000),
    st.floats(1000, 1e7),
    st.integers(-4, 12),
)


def lines(
    spots: tuple[Spot, ...], region: str | None, width: int, height: int, *, ascii_only: bool = False
) -> list[str]:
    view = whole(area(spots, region), width, height)
    assert view is not None
    return draw(spots, framed(view, width, height), lettered(spots), ascii_only=ascii_only).lines


def test_teams_and_incidents_are_told_by_characters() -> None:
    shown = "\n".join(lines(GROUND + THINGS_THERE, "110106", 40, 20))
    assert "2延庆" in shown
    assert "-北京" in shown
    assert "A丰台" in shown
    assert lettered(THINGS_THERE) == {"FT-4": "A"}


def test_north_is_up_and_west_is_left() -> None:
    shown = lines(GROUND, None, 40, 20, ascii_only=True)
    rows = {
        name: (y, line.index(name))
        for y, line in enumerate(shown)
        for name in ("北京", "延庆")
        if name in line
    }
    assert rows["延庆"] < rows["北京"]
    assert rows["延庆"][1] < rows["北京"][1]


def test_ascii_has_no_braille() -> None:
    assert not any(0x2800 <= ord(c) <= 0x28FF for c in "".join(lines(GROUND, None, 40, 20, ascii_only=True)))


def test_the_first_view_is_the_stations_province_and_wherever_things_are() -> None:
    assert [s.id for s in area(GROUND, "110106")] == ["110100", "110106", "110229"]
    assert len(area(GROUND, None)) == 4


def test_without_a_point_or_without_room_there_is_no_view() -> None:
    assert whole((), 20, 8) is None
    assert whole(GROUND, 3, 8) is None
    assert whole(GROUND[:1], 20, 8) is not None


@given(st.lists(ANYWHERE, max_size=20), VIEWS, st.integers(1, 60), st.integers(1, 20), st.booleans())
def test_the_picture_is_never_outside_its_room(
    spots: list[Spot], view: View, width: int, height: int, ascii_only: bool
) -> None:
    picked = nearest(spots, view)[0] if nearest(spots, view) else None
    picture = draw(spots, framed(view, width, height), lettered(spots), ascii_only=ascii_only, picked=picked)
    assert [cells(line) for line in picture.lines] == [width] * height


@given(st.lists(ANYWHERE, min_size=1, max_size=20), st.integers(4, 60), st.integers(3, 20))
def test_the_first_view_holds_every_thing(spots: list[Spot], width: int, height: int) -> None:
    shown = area(spots, None)
    view = whole(shown, width, height)
    assert view is not None
    frame = framed(view, width, height)
    assert all(frame.cell(spot) is not None for spot in shown)


@given(VIEWS, st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]))
def test_there_and_back_again_is_where_it_was(view: View, way: tuple[int, int]) -> None:
    moved = view.panned(*way)
    if moved != view:
        assert moved.panned(-way[0], -way[1]) == view


@given(VIEWS, st.sampled_from([1, -1]))
def test_nearer_and_farther_are_each_others_opposite(view: View, by: int) -> None:
    zoomed = view.zoomed(by)
    if zoomed != view:
        assert zoomed.zoomed(-by) == view


@given(st.lists(ANYWHERE, max_size=40), VIEWS, st.integers(0, 26))
def test_every_letter_on_the_picture_is_in_the_legend(spots: list[Spot], view: View, most: int) -> None:
    nameless = [s._replace(name="") for s in spots]
    letters = lettered(nameless, most)
    shown = draw(nameless, framed(view, 40, 12), letters, ascii_only=False)
    assert {c for line in shown.lines for c in line if c.isalpha()} <= set(letters.values())


@given(st.lists(ANYWHERE, max_size=20), VIEWS)
def test_everything_that_can_be_opened_can_be_picked(spots: list[Spot], view: View) -> None:
    assert sorted(nearest(spots, view)) == sorted(s for s in spots if s.kind in THINGS)


POINTS = st.builds(Point, st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000))


@given(
    st.lists(st.lists(POINTS, max_size=5), max_size=4),
    st.lists(ANYWHERE, max_size=8),
    VIEWS,
    st.integers(1, 40),
    st.booleans(),
)
def test_the_outline_of_a_warning_never_leaves_the_room(
    rings: list[list[Point]], spots: list[Spot], view: View, width: int, ascii_only: bool
) -> None:
    warning = Spot("alert", "AL-1", "暴雨", 39_900_000, 116_400_000, "", tuple(map(tuple, rings)))
    ground = [s._replace(standing="warned") if s.kind in ("county", "city") else s for s in spots]
    picture = draw([warning, *ground], framed(view, width, 12), {}, ascii_only=ascii_only)
    assert [cells(line) for line in picture.lines] == [width] * 12
    assert all(0 <= x < width and 0 <= y < 12 for x, y in picture.tones)


def test_an_outline_is_a_line_round_what_is_in_it_and_its_places_are_marked() -> None:
    corners = (40_000_000, 116_050_000), (40_000_000, 116_350_000), (40_300_000, 116_350_000)
    ring = tuple(Point(*c) for c in (*corners, (40_300_000, 116_050_000), corners[0]))
    ground = tuple(s._replace(standing="warned") if s.name in ("北京", "丰台") else s for s in GROUND)
    warning = Spot("alert", "AL-1", "暴雨", 40_150_000, 116_200_000, "", (ring,))
    shown = lines((*ground, warning), "110106", 40, 20, ascii_only=True)
    assert "~丰台" in "".join(shown) and "~北京" in "".join(shown) and "~延庆" not in "".join(shown)
    upper, lower = [y for y, line in enumerate(shown) if line.count(":") > 3]
    # Between them stand the two sides, and nothing else of it.
    assert lower - upper > 3
    assert all(line.count(":") == 2 for line in shown[upper + 1 : lower])
    assert not any(":" in line for line in (*shown[:upper], *shown[lower + 1 :]))


def test_a_warning_of_half_a_continent_does_not_move_the_first_view() -> None:
    far = Spot("alert", "AL-1", "大风", 25_000_000, 100_000_000)
    assert area((*GROUND, far), "110106") == area(GROUND, "110106")
    assert area((far,), None) == [far]


# -- the widget ------------------------------------------------------------------------------------


def shown(screen: str) -> str:
    """The right part of the screen, where the map is."""
    return "\n".join(line[-48:] for line in screen.splitlines())


async def test_n_names_the_nearest_thing_with_its_place_and_enter_opens_it(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        screen = await duty.press("tab", "n")
        picked = duty.app.screen.query_one(Map).target
        assert picked is not None
        (told,) = [line for line in screen.splitlines() if f"> {picked.id} " in line]
        assert "39." in told or "40." in told
        await duty.press("enter")
        assert picked.id in text(duty.app)


async def test_n_goes_through_everything_and_comes_back_and_p_goes_the_other_way(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        await duty.press("tab")
        map_ = duty.app.screen.query_one(Map)
        seen = []
        for _thing in range(8):
            await duty.press("n")
            seen.append(map_.target)
        assert len(set(seen)) == 7
        assert seen[7] == seen[0]
        await duty.press("p")
        assert map_.target == seen[6]


async def test_moving_and_zooming_back_shows_what_was_there(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        before = (await duty.press("tab")).splitlines()[3:]
        for there, back in (("l", "h"), ("j", "k"), ("right", "left"), ("down", "up"), ("plus", "minus")):
            assert (await duty.press(there)).splitlines()[3:] != before
            assert (await duty.press(back)).splitlines()[3:] == before


async def test_equals_shows_all_again(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        before = await duty.press("tab")
        await duty.press("plus", "plus", "l", "j")
        assert await duty.press("equals_sign") == before


async def test_what_is_picked_stays_picked_when_points_come(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        await duty.press("tab", "n", "n")
        map_ = duty.app.screen.query_one(Map)
        picked = map_.target
        with Store(busy) as store, store.write("incident open") as writer:
            values = {"title": "新发地火情", "scenario": "urban-fire", "level": "I", "region": "110106"}
            writer.new("incident", {**values, "state": "open", "opened_at": stage.AT})
        duty.app.look()
        await duty.seen()
        assert map_.target == picked
        assert "新发地火情" in shown(text(duty.app))


async def test_y_on_the_map_speaks_of_what_is_picked(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        await duty.press("tab", "n", "y")
        picked = duty.app.screen.query_one(Map).target
        assert picked is not None
        assert duty.app.clipboard == f"emergency {picked.kind} show {picked.id}"


async def test_tab_leaves_the_map(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        await duty.press("tab")
        assert isinstance(duty.app.screen.focused, Map)
        await duty.press("tab")
        assert isinstance(duty.app.screen.focused, Panel)


@pytest.mark.parametrize("size", [(120, 8), (130, 24), (200, 60)])
async def test_the_map_fits_whatever_room_there_is(busy: str, size: tuple[int, int]) -> None:
    async with on_duty(busy, size) as duty:
        screen = await duty.press("tab", "n", "plus", "minus")
        assert [line for line in screen.splitlines() if cells(line) > size[0]] == []
