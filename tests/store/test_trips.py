"""Recorded trips, the speeds of regions that fit them, and estimates that go by those (row G6)."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.commands import run
from emergency.store import estimates, paces, times, trips
from emergency.store.estimates import Estimates, estimate
from emergency.store.paces import Counties, Pace, Paces
from emergency.store.places import Point, distance_m
from emergency.store.store import Store
from emergency.store.travel import Travel
from emergency.store.trips import Trip, fits, fitted

BASE, SCENE = Point(39_700_000, 115_900_000), Point(39_740_000, 115_990_000)


def trip(n: int, region: str, straight: float, minutes: float) -> Trip:
    return Trip(f"FT-{n}/1", region, straight, minutes, False)


@given(
    st.lists(st.floats(600, 80_000), min_size=3, max_size=30),
    st.floats(5, 150),
)
def test_trips_at_one_speed_fit_that_speed_without_error(straights: list[float], speed: float) -> None:
    some = [trip(n, "110111", s, estimate(s) * estimates.SPEED / speed) for n, s in enumerate(straights)]
    found = fitted("110111", some)
    assert found.speed == pytest.approx(speed, abs=0.051)
    assert found.half < 0.011 and -0.011 < found.low <= found.high < 0.011


@given(st.lists(st.floats(0.3, 5), min_size=8, max_size=40), st.lists(st.floats(20, 500), max_size=3))
def test_a_few_that_are_far_off_hardly_move_it_and_the_range_is_that_of_most(
    shares: list[float], wild: list[float]
) -> None:
    good = [trip(n, "110111", 9_000, estimate(9_000) * s) for n, s in enumerate(shares)]
    bad = [trip(n, "110111", 9_000, estimate(9_000) * s) for n, s in enumerate(wild, len(shares))]
    found = fitted("110111", good + bad)
    assert estimates.SPEED / max(shares) - 0.06 <= found.speed <= estimates.SPEED / min(shares) + 0.06
    assert found.trips == len(good) + len(bad)
    between = [
        found.low - 1e-9 <= s * found.speed / estimates.SPEED - 1 <= found.high + 1e-9 for s in shares + wild
    ]
    assert sum(between) >= 0.8 * len(between)


def test_counties_before_cities_before_provinces_and_none_from_too_few() -> None:
    some = [trip(n, "110111" if n < 8 else "110106", 9_000, 30) for n in range(15)]
    found = {one.region: one.trips for one in fits(some)}
    # The province has no other trips than the city.
    assert found == {"110111": 8, "110100": 15}
    assert {one.region for one in fits(some, least=7)} == {"110111", "110106", "110100"}
    assert fits(some[:7]) == []


@given(
    st.floats(5, 150),
    st.lists(
        st.builds(Point, st.integers(39_500_000, 40_500_000), st.integers(115_500_000, 116_500_000)),
        min_size=1,
        max_size=6,
    ),
    st.floats(5, 200),
)
def test_drives_go_at_the_speed_of_where_they_end(speed: float, points: list[Point], minutes: float) -> None:
    counties = Counties(
        [("110111", Point(39_700_000, 115_900_000)), ("110229", Point(40_400_000, 116_100_000))]
    )
    guess = Estimates(Paces([Pace("110111", speed, 9, "")], counties))
    near = guess.within(points, points, minutes)
    table = guess.table(points, points)
    for i, a in enumerate(points):
        for j, b in enumerate(points):
            leg, plain = guess.leg(a, b), estimate(distance_m(a, b))
            here = counties.of(b) == "110111"
            assert leg.minutes == pytest.approx(plain * estimates.SPEED / speed if here else plain)
            assert leg.source.startswith("fitted from 9 trips in 110111: " if here else "estimate: ")
            assert estimates.is_estimate(leg.source)
            assert table.leg(i, j).source == leg.source
            assert table.leg(i, j).minutes == pytest.approx(leg.minutes, abs=1e-6)
            if abs(leg.minutes - minutes) > 1e-6:
                assert (j in near[i]) == (leg.minutes <= minutes)


def test_a_county_without_a_speed_has_its_citys_and_far_from_any_there_is_none() -> None:
    at = Point(39_700_000, 115_900_000)
    known = Paces([Pace("110000", 20, 0, "交管局")], Counties([("110111", at)]))
    found = known.at(at)
    assert found is not None and found.speed == 20
    assert found.said(1.3) == "estimate for 110000 by 交管局: straight line x 1.3 at 20 km/h"
    assert known.at(Point(41_700_000, 115_900_000)) is None
    nearer = Paces([Pace("110000", 20, 0, ""), Pace("110111", 30, 8, "")], Counties([("110111", at)]))
    assert nearer.at(at) == Pace("110111", 30, 8, "")


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Store]:
    path = str(tmp_path / "s.db")
    assert run(["--store", path, "init", "--station", "BJ", "--region", "110000", "--name", "t"]) == 0
    with Store(path) as store:
        yield store


def went(store: Store, steps: dict[str, float], **line: str) -> str:
    """An order whose steps were taken at these minutes; its line."""
    with store.write("x") as writer:
        order = writer.new("callup", {"kind": "callup", "incident": line.pop("incident")})
        id_ = writer.new("line", {"order": order, **line})
        writer.step(id_, "issue", at=0)
        writer.step(id_, "accept", at=0)
        for name, minute in steps.items():
            writer.step(id_, name.rstrip("2"), at=round(minute * times.MINUTE))
    return id_


def test_what_says_nothing_of_roads_is_left_out_and_counted(store: Store) -> None:
    with store.write("x") as writer:
        at = {"at": f"{SCENE.lat},{SCENE.lng}"}
        scene = writer.new(
            "incident", {"title": "积水", "scenario": "flood", "level": "III", "state": "open", **at}
        )
        drill = writer.new(
            "incident",
            {"title": "演练", "scenario": "flood", "level": "III", "state": "open", "exercise": "yes", **at},
        )
        team = writer.new("team", {"name": "甲队", "at": f"{BASE.lat},{BASE.lng}"})
        nowhere = writer.new("team", {"name": "乙队"})
        near = writer.new("team", {"name": "丙队", "at": "39741000,115990000"})
    good = went(
        store, {"depart": 100, "arrive": 130, "release": 140, "return": 170}, incident=scene, team=team
    )
    went(store, {"depart": 200, "arrive": 230, "release": 240, "return": 270}, incident=drill, team=team)
    went(store, {"depart": 300, "arrive": 330}, incident=scene, team=nowhere)
    went(store, {"depart": 400, "arrive": 410}, incident=scene, team=near)
    went(store, {"depart": 500, "arrive": 500, "release": 501, "return": 502}, incident=scene, team=team)
    # Arrived by mistake first; and then on from there to another order.
    other = went(
        store, {"depart": 600, "arrive": 605, "mistaken": 606, "arrive2": 640}, incident=scene, team=team
    )
    went(store, {"depart": 660, "arrive": 690}, incident=scene, team=team)
    found, left = trips.recorded(store)
    assert [(one.line, one.region, one.minutes) for one in found] == [
        (good, "110111", 30),
        (other, "110111", 40),
    ]
    assert found[0].straight == pytest.approx(distance_m(BASE, SCENE))
    assert left == {"drill": 1, "near": 1, "onward": 1, "place": 1, "times": 1}


def test_a_plan_goes_by_a_speed_only_once_it_is_on_record(store: Store) -> None:
    before = Travel(store).minutes(BASE, SCENE)
    with store.write("x") as writer:
        pace = writer.new("pace", {"region": "110111", "speed": 20_000, "trips": 14})
    assert not Travel().minutes(BASE, SCENE).source.startswith("fitted")
    after = Travel(store).minutes(BASE, SCENE)
    assert after.minutes == pytest.approx(2 * before.minutes)
    assert after.source == "fitted from 14 trips in 110111: straight line x 1.3 at 20 km/h"
    with store.write("x") as writer:
        writer.new(
            "drive", {"from": "39.7,115.9", "to": "39.74,115.99", "minutes": 95_000, "source": "survey"}
        )
    assert Travel(store).minutes(BASE, SCENE) == (95.0, "survey")
    assert math.isclose(Travel(store).minutes(SCENE, BASE).minutes, after.minutes, rel_tol=0.01)
    with store.write("x") as writer:
        writer.set("pace", pace, {"retired": "x"})
    assert not paces.known(store)
