"""The cover that a plan leaves: figures by counting, the map before and after, and the same in words."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store import coverleft, times
from emergency.store.conditions import stale_after
from emergency.store.coverleft import WITHIN
from emergency.store.places import Point
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.store.travel import Travel
from emergency.tui import covermap, coverview
from emergency.tui.covermap import CoverMap
from emergency.tui.raster import framed

from . import stage, walk
from .flood import flooded, say
from .screen import on_duty
from .test_plandesk import desk, panel
from .test_stagemap import LAT, LNG, VIEWS


def counted(path: str, called: set[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """{region: {type: (ready teams within reach before, after)}}, one drive after the other."""
    found: dict[str, dict[str, tuple[int, int]]] = {}
    with Store(path) as store:
        travel = Travel(store)
        teams = store.rows(
            "SELECT t.id, t.type, coalesce(t.at_lat, r.at_lat) AS lat, coalesce(t.at_lng, r.at_lng) AS lng FROM team t"
            " LEFT JOIN region r ON r.id = t.region WHERE t.readiness = 'ready' AND t.claimed IS NULL AND t.reported_at >= ?",
            (times.now() - stale_after(),),
        )
        for area in store.rows(
            "SELECT id, at_lat, at_lng FROM region WHERE level = 'county' AND id IN (SELECT region FROM team)"
        ):
            near = [
                t for t in teams
                if travel.minutes(Point(t["lat"], t["lng"]), Point(area["at_lat"], area["at_lng"])).minutes <= WITHIN
            ]  # fmt: skip
            for type_ in {t["type"] for t in near if t["id"] in called}:
                mine = [t["id"] for t in near if t["type"] == type_]
                found.setdefault(area["id"], {})[type_] = len(mine), len(set(mine) - called)
    return found


@pytest.mark.parametrize("called", [["BJ-3", "BJ-15"], ["BJ-5"], ["BJ-3", "BJ-5", "BJ-6", "BJ-7"], []])
def test_the_figures_are_those_that_one_counts(
    made_flood: pathlib.Path, monkeypatch: pytest.MonkeyPatch, called: list[str]
) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    with Store(str(made_flood)) as store:
        left = coverleft.left(store, called, Travel(store))
    told = {a.region: {c.type: (c.before, c.after) for c in a.types} for a in left.areas}
    assert told == counted(str(made_flood), {*called})
    bare = {
        (region, type_) for region, some in told.items() for type_, (_b, after) in some.items() if not after
    }
    assert {(one.region, one.type) for one in left.lost} == bare
    assert {team.id for team in left.teams} <= {*called}


@st.composite
def values(draw: st.DrawFn) -> dict[str, Any]:
    """What `plan callup --json` may tell of cover, of any size and place."""

    def at() -> dict[str, float]:
        return {"lat": draw(LAT) / 1e6, "lng": draw(LNG) / 1e6}

    name = st.text("aZ9水\u202e\x1b", max_size=6)
    areas, lost = [], []
    for n in range(draw(st.integers(0, 40))):
        before = draw(st.integers(1, 12))
        after = draw(st.integers(0, before - 1))
        cover = {"type": "水", "before": before, "after": after}
        areas.append({"region": f"R{n}", "name": draw(name), "at": at(), "types": [cover]})
        if not after:
            near = draw(st.booleans())
            lost.append({
                "region": f"R{n}", "name": "x", "type": "水", "before": before, "nearest": "T" if near else "",
                "nearest_name": "", "minutes": 31.0 if near else None, "may_move": near, "nearest_at": at() if near else None,
            })  # fmt: skip
    teams = [
        {"id": f"T{n}", "name": draw(name), "type": "水", "at": at()} for n in range(draw(st.integers(0, 9)))
    ]
    return {"cover_lost": lost, "cover": {"within_minutes": 30, "areas": areas, "teams": teams}}


@given(values(), VIEWS, st.integers(1, 60), st.integers(1, 20), st.booleans(), st.booleans())
def test_the_picture_of_any_cover_is_never_outside_its_room(
    value: dict[str, Any], view: Any, width: int, height: int, ascii_only: bool, after: bool
) -> None:
    shown = coverview.parsed(value)
    picked = shown.left.areas[0].region if shown.left.areas else None
    picture = covermap.draw(
        shown, (), framed(view, width, height), picked, after=after, ascii_only=ascii_only
    )
    assert [cells(line) for line in picture.lines] == [width] * height
    if ascii_only:
        assert all(char.isascii() or char == "水" for line in picture.lines for char in line)


@given(values())
def test_every_area_that_is_left_without_has_a_sign_of_its_own(value: dict[str, Any]) -> None:
    shown = coverview.parsed(value)
    assert set(shown.signs) == {area.region for area in shown.left.areas if not area.after}
    letters = [sign for sign in shown.signs.values() if sign != "!"]
    assert len(letters) == len(set(letters)) and all(letter.isupper() for letter in letters)


async def test_beside_the_cover_stand_two_maps_that_follow_the_list(flood: str) -> None:
    async with on_duty(flood, (160, 48)) as duty:
        await walk.opened(duty, "plan")
        assert not any(map_.is_on_screen for map_ in duty.app.screen.query(CoverMap))
        shown = await walk.pressed(duty, "tab", "tab", "down")
        assert desk(duty).query_one("#before").region.height > 10
        before, after = shown[: shown.index("After: ")], shown[shown.index("After: ") :]
        assert "Before: 6 areas covered" in before and "After: 5 without, 1 with fewer" in after
        rows = panel(duty, "cover").rows
        signs = {row.cells[1]: row.cells[2].split(":")[0] for row in rows[1:]}
        assert list(signs) == ["A", "B", "C", "D", "E"]
        for sign, name in signs.items():
            assert f"{sign}{name}" in after and f"1{name}" in before and f"{sign}{name}" not in before
        # Why goes on beneath them, and elsewhere they go.
        assert panel(duty, "why").title == signs["A"]
        await walk.pressed(duty, "shift+tab", "shift+tab")
        assert not any(map_.is_on_screen for map_ in duty.app.screen.query(CoverMap))


async def test_in_a_small_terminal_the_same_is_told_in_words(flood: str) -> None:
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        shown = await walk.pressed(duty, "tab", "tab")
        assert "6 areas within 30 min of those called: 5 then without a type, 1 with fewer" in shown
        assert not any(map_.is_on_screen for map_ in duty.app.screen.query(CoverMap))
        told = " ".join((await walk.pressed(duty, "enter")).split())
        assert "Cover before and after" in told
        assert "东城 通信保障 1 -> 0" in told
    value = say(flood, "plan", "callup", flooded(flood))
    (east,) = [area for area in value["cover"]["areas"] if area["name"] == "东城"]
    assert {"type": "通信保障", "before": 1, "after": 0} in east["types"]


async def test_a_plan_that_calls_nobody_has_no_maps_and_says_so(flood: str) -> None:
    async with on_duty(flood, (160, 48)) as duty:
        await walk.opened(duty, "plan")
        value = desk(duty).value
        assert value is not None
        value["cover"] = {"within_minutes": 30, "areas": [], "teams": []}
        value["cover_lost"] = []
        desk(duty)._show(value)
        shown = await walk.pressed(duty, "tab", "tab")
        assert "No area loses its last ready team of a type within 30 min." in shown
        assert not any(map_.is_on_screen for map_ in duty.app.screen.query(CoverMap))
