"""Barriers: a way that crosses one goes by its crossings, is never shorter for it, and is the same both ways (row G6)."""

from __future__ import annotations

import itertools
import math
import pathlib
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.commands import run
from emergency.store import estimates
from emergency.store.barriers import Barriers, Crossing, Wall, wall
from emergency.store.errors import InvalidValue
from emergency.store.estimates import Estimates
from emergency.store.places import Point, distance_m, format_point
from emergency.store.store import Store
from emergency.store.travel import Travel

LATS, LNGS = st.integers(39_000_000, 41_000_000), st.integers(115_000_000, 118_000_000)
POINTS = st.builds(Point, LATS, LNGS)
#: A river due north, and another east of it.
WEST, EAST = 116_000_000, 116_400_000


def river(lng: int, *lats: int, name: str = "河") -> Wall:
    """Along a meridian, with crossings at these latitudes, in degrees."""
    ends = Point(38_000_000, lng), Point(42_000_000, lng)
    return Wall(name, ends, tuple(Crossing(f"{lat}桥", Point(lat * 1_000_000, lng)) for lat in lats))


@st.composite
def walls(draw: st.DrawFn) -> list[Wall]:
    out = []
    for number in range(draw(st.integers(1, 3))):
        line = tuple(draw(st.lists(POINTS, min_size=2, max_size=6)))
        crossings = draw(st.lists(st.sampled_from(line), min_size=1, max_size=3))
        out.append(Wall(f"{number}号", line, tuple(Crossing("", at) for at in crossings)))
    return out


@settings(max_examples=60)
@given(walls(), POINTS, POINTS)
def test_a_way_is_never_shorter_for_a_barrier_and_the_same_both_ways(
    some: list[Wall], a: Point, b: Point
) -> None:
    barriers, straight = Barriers(some), distance_m(a, b)
    there, back = barriers.way(a, b), barriers.way(b, a)
    if there is None or back is None:
        assert there is back is None
    else:
        assert there[0] == back[0] and there[1] == back[1][::-1]
        assert there[0] >= straight - 1e-6
    legs = [Estimates(barriers=barriers).leg(*ends) for ends in ((a, b), (b, a))]
    assert legs[0].minutes == pytest.approx(legs[1].minutes, rel=1e-12)
    assert legs[0].minutes >= Estimates().leg(a, b).minutes - 1e-9


@settings(max_examples=60)
@given(LATS, LATS, LNGS, LNGS, st.lists(st.integers(39, 41), min_size=1, max_size=3))
def test_it_goes_by_the_best_crossing_if_it_crosses_and_straight_if_not(
    lat: int, other: int, lng: int, another: int, lats: list[int]
) -> None:
    a, b = Point(lat, lng), Point(other, another)
    one = river(WEST, *lats)
    found = Barriers([one]).way(a, b)
    if (lng < WEST) == (another < WEST):
        assert found is None or WEST in (lng, another)
        if found is None:
            assert Estimates(barriers=Barriers([one])).leg(a, b) == Estimates().leg(a, b)
    elif WEST not in (lng, another):
        assert found is not None
        best = min(distance_m(a, c.at) + distance_m(c.at, b) for c in one.crossings)
        assert found[0] == pytest.approx(best)
        leg = Estimates(barriers=Barriers([one])).leg(a, b)
        assert leg.minutes == pytest.approx(estimates.estimate(best))
        assert leg.source.startswith(estimates.estimated() + ", by ") and found[1][0] in leg.source


@settings(max_examples=40)
@given(
    LATS,
    LATS,
    st.lists(st.integers(39, 41), min_size=1, max_size=3),
    st.lists(st.integers(39, 41), min_size=1),
)
def test_of_several_one_crossing_each_in_the_order_in_which_they_lie(
    lat: int, other: int, some: list[int], more: list[int]
) -> None:
    a, b = Point(lat, WEST - 200_000), Point(other, EAST + 300_000)
    first, second = river(WEST, *some, name="甲河"), river(EAST, *more, name="乙河")
    best = min(
        distance_m(a, c.at) + distance_m(c.at, d.at) + distance_m(d.at, b)
        for c, d in itertools.product(first.crossings, second.crossings)
    )
    for both in ([first, second], [second, first]):
        found = Barriers(both).way(a, b)
        assert found is not None and found[0] == pytest.approx(best)
        assert "甲河" in found[1][0] and "乙河" in found[1][1]


@settings(max_examples=40)
@given(walls(), st.lists(POINTS, max_size=5), st.lists(POINTS, max_size=5), st.floats(5, 300))
def test_many_at_once_with_arrays_and_without_are_as_one_by_one(
    some: list[Wall], origins: list[Point], destinations: list[Point], minutes: float
) -> None:
    barriers = Barriers(some)
    one_by_one = {
        (i, j): way
        for i, a in enumerate(origins)
        for j, b in enumerate(destinations)
        if (way := barriers.way(a, b)) is not None
    }
    at_once = Barriers(some).ways(origins, destinations)
    assert at_once.keys() == one_by_one.keys()
    for pair, (metres, over) in at_once.items():
        assert metres == pytest.approx(one_by_one[pair][0]) and len(over) == len(one_by_one[pair][1])
    guess = Estimates(barriers=barriers)
    near = guess.within(origins, destinations, minutes)
    table = guess.table(origins, destinations) if origins and destinations else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numpy", None)
        assert Barriers(some).ways(origins, destinations).keys() == at_once.keys()
        slow = guess.within(origins, destinations, minutes)
    assert [sorted(row) for row in slow] == [sorted(row) for row in near]
    for i, a in enumerate(origins):
        for j, b in enumerate(destinations):
            leg = guess.leg(a, b)
            assert table is not None and table.leg(i, j).minutes == pytest.approx(leg.minutes, abs=1e-6)
            if abs(leg.minutes - minutes) > 1e-6:
                assert (j in near[i]) == (leg.minutes <= minutes)
            if j in near[i]:
                assert near[i][j].minutes == pytest.approx(leg.minutes, abs=1e-6)


def test_a_bend_that_is_met_twice_is_no_barrier_and_one_without_a_crossing_is_no_way() -> None:
    bend = wall("湾", "39.8,116.0; 40.0,116.2; 39.8,116.4", "39.9,116.1")
    a, b = Point(39_850_000, 115_900_000), Point(39_850_000, 116_500_000)
    assert Barriers([bend]).way(a, b) is None
    assert Barriers([bend]).way(a, Point(39_850_000, 116_200_000)) is not None
    leg = Estimates(barriers=Barriers([river(WEST, name="断桥河")])).leg(a, b)
    assert leg.closed and leg.source == "no crossing of 断桥河"


@pytest.mark.parametrize(
    ("line", "crossings"),
    [
        ("39.9,116.1", ""),
        ("39.9,116.1;39.9,116.1", ""),
        ("39.9,116.1;there", ""),
        ("39.9,116.1;39.7,116.3", "桥"),
        ("39.9,116.1;39.7,116.3", "远桥 39.9,116.3"),
        ("", ""),
    ],
)
def test_what_is_no_barrier_is_refused(line: str, crossings: str) -> None:
    with pytest.raises(InvalidValue):
        wall("x", line, crossings)


@given(
    st.lists(POINTS, min_size=2, max_size=4, unique=True), st.lists(st.sampled_from(["", "卢沟桥", "2号 桥"]))
)
def test_what_is_typed_is_what_is_meant(line: list[Point], names: list[str]) -> None:
    crossings = ";".join(f"{name} {format_point(line[0])}" for name in names)
    found = wall("河", "；".join(map(format_point, line)), crossings)
    assert found.line == tuple(line)
    assert found.crossings == tuple(Crossing(name, line[0]) for name in names)


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Store]:
    path = str(tmp_path / "s.db")
    assert run(["--store", path, "init", "--station", "BJ", "--region", "110000", "--name", "t"]) == 0
    with Store(path) as store:
        yield store


def test_the_register_a_closed_road_and_a_routing_server_go_before_a_barrier(store: Store) -> None:
    a, b = Point(39_850_000, 115_900_000), Point(39_850_000, 116_500_000)
    ends = {"from": "39.85,115.9", "to": "39.85,116.5"}
    with store.write("x") as writer:
        writer.new("barrier", {"name": "河", "line": "38,116;42,116", "crossings": "桥 40.5,116"})
        passed = writer.new("barrier", {"name": "旧", "line": "38,116.2;42,116.2", "until": 1})
    before = Travel(store).minutes(a, b)
    assert before.source.endswith("by 桥 (河)") and before.minutes > Estimates().leg(a, b).minutes
    assert Travel(store, table=lambda x, y: ([[7.0]], "OSRM")).minutes(a, b) == (7.0, "OSRM")
    assert passed not in Travel(store).unknown
    with store.write("x") as writer:
        drive = writer.new("drive", {**ends, "minutes": 95_000, "source": "survey"})
    assert Travel(store).minutes(a, b) == (95.0, "survey")
    assert Travel(store).drives([a], [b]).leg(0, 0) == (95.0, "survey")
    # The way back is no drive of the register.
    assert Travel(store).minutes(b, a).minutes == pytest.approx(before.minutes)
    with store.write("x") as writer:
        writer.set("drive", drive, {"closed": "yes"})
    assert math.isinf(Travel(store).minutes(a, b).minutes)
    with store.write("x") as writer:
        for row in writer.connection.execute("SELECT id FROM barrier").fetchall():
            writer.set("barrier", row[0], {"retired": "x"})
    assert Travel(store).minutes(b, a) == Estimates().leg(b, a)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(POINTS, min_size=1, max_size=4, unique=True),
    st.lists(POINTS, min_size=1, max_size=4, unique=True),
)
def test_a_store_without_barriers_goes_straight(
    store: Store, origins: list[Point], ends: list[Point]
) -> None:
    drives = Travel(store).drives(origins, ends)
    for i, j in itertools.product(range(len(origins)), range(len(ends))):
        straight = estimates.estimate(distance_m(origins[i], ends[j]))
        assert drives.leg(i, j).minutes == pytest.approx(straight, abs=1e-6)
    assert not drives.apart and not drives.ends
