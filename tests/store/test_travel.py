"""How long a drive takes: the register before the estimate, and whose figure it is (row G6)."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.commands import run
from emergency.store import estimates, travel
from emergency.store.link import Offline
from emergency.store.places import Point, distance_m
from emergency.store.store import Store
from emergency.store.travel import Travel

HERE, THERE = Point(39_700_000, 115_900_000), Point(39_900_000, 116_200_000)
POINTS = st.builds(Point, st.integers(39_000_000, 41_000_000), st.integers(115_000_000, 118_000_000))


@pytest.fixture
def store(tmp_path: pathlib.Path) -> Iterator[Store]:
    path = str(tmp_path / "s.db")
    assert run(["--store", path, "init", "--station", "BJ", "--region", "110000", "--name", "t"]) == 0
    with Store(path) as store:
        yield store


def test_the_estimate_is_longer_than_the_straight_line_and_says_so() -> None:
    leg = Travel().minutes(HERE, THERE)
    straight = distance_m(HERE, THERE)
    assert leg.minutes == pytest.approx((straight * 1.3 / 1000 + 1) / 40 * 60)
    assert "1.3" in leg.source and "40" in leg.source
    assert Travel().minutes(HERE, HERE).minutes == 0


@given(st.floats(0, 200_000), st.floats(0, 200_000))
def test_farther_is_never_quicker(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert estimates.road_metres(near) <= estimates.road_metres(far) + 1e-6
    assert estimates.estimate(near) <= estimates.estimate(far) + 1e-9
    assert estimates.road_metres(far) >= far * 1.299


@settings(max_examples=30)
@given(st.lists(POINTS, max_size=4), st.lists(POINTS, max_size=4))
def test_many_at_once_are_as_one_by_one(origins: list[Point], destinations: list[Point]) -> None:
    pytest.importorskip("numpy")
    drives = Travel().drives(origins, destinations)
    for row, origin in enumerate(origins):
        for column, destination in enumerate(destinations):
            assert drives.leg(row, column).minutes == pytest.approx(
                estimates.estimate(distance_m(origin, destination)), abs=1e-6
            )


def test_a_driving_time_of_the_register_wins_in_its_own_direction(store: Store) -> None:
    with store.write("x") as writer:
        team = writer.new("team", {"name": "甲队", "at": f"{HERE.lat},{HERE.lng}"})
        writer.new(
            "drive",
            {
                "from": team,
                "to": "39.9,116.2",
                "minutes": 95_000,
                "source": "road survey",
                "as_of": "2026-05",
            },
        )
        writer.new("drive", {"from": "甲队", "to": "nowhere known", "minutes": 1_000})
    known = Travel(store)
    assert known.minutes(HERE, THERE) == (95.0, "road survey 2026-05")
    assert known.unknown == ["nowhere known"]
    beside = Point(THERE.lat + 500, THERE.lng)
    assert known.minutes(HERE, beside).minutes == 95
    assert "estimate" in known.minutes(THERE, HERE).source
    assert "estimate" in known.minutes(HERE, Point(THERE.lat + 2000, THERE.lng)).source
    drives = known.drives([THERE, HERE], [HERE, THERE])
    assert drives.leg(1, 1) == (95.0, "road survey 2026-05")
    assert drives.leg(1, 0).minutes == 0
    assert drives.leg(0, 1).source == estimates.estimated()


def test_a_routing_server_comes_before_the_estimate_and_after_the_register(store: Store) -> None:
    with store.write("x") as writer:
        writer.new("drive", {"from": "39.7,115.9", "to": "39.9,116.2", "minutes": 95_000})
    asked = Travel(store, table=lambda a, b: ([[7.0, None] for _ in a], "OSRM"))
    far = Point(40_500_000, 117_000_000)
    drives = asked.drives([HERE], [far, Point(41_000_000, 117_000_000)])
    assert drives.leg(0, 0) == (7.0, "OSRM")
    assert math.isinf(drives.leg(0, 1).minutes)
    assert asked.minutes(HERE, THERE).minutes == 95

    def silent(_a: object, _b: object) -> tuple[list[list[float | None]], str]:
        raise Offline("no route to host")

    fallen = Travel(table=silent)
    assert "estimate" in fallen.minutes(HERE, THERE).source
    assert fallen.trouble == "no route to host"


def test_those_within_reach_are_the_same_by_bands_and_all_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random

    r = random.Random(3)
    points = [
        Point(r.randint(39_500_000, 40_500_000), r.randint(115_500_000, 116_500_000)) for _ in range(60)
    ]
    with store.write("x") as writer:
        for minutes, a, b in ((5_000, points[0], points[40]), (500_000, points[1], points[41])):
            ends = [f"{p.lat / 1e6:.6f},{p.lng / 1e6:.6f}" for p in (a, b)]
            writer.new("drive", {"from": ends[0], "to": ends[1], "minutes": minutes, "source": "survey"})
    known = Travel(store)
    at_once = known.within(points[:30], points[30:], 60)
    monkeypatch.setattr(travel, "_WHOLE", 0)
    by_bands = known.within(points[:30], points[30:], 60)
    assert [sorted(row) for row in by_bands] == [sorted(row) for row in at_once]
    assert by_bands[0][10] == at_once[0][10] == (5.0, "survey")
    assert 11 not in by_bands[1]
    for one, other in zip(by_bands, at_once, strict=True):
        assert all(one[j].minutes == pytest.approx(other[j].minutes) for j in one)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    points=st.lists(POINTS, min_size=2, max_size=8, unique=True),
    pairs=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=6),
    timed=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=4),
    bands=st.booleans(),
)
def test_a_closed_road_has_no_way_however_it_is_asked_and_all_others_stay(
    store: Store, points: list[Point], pairs: set[tuple[int, int]], timed: set[tuple[int, int]], bands: bool
) -> None:
    ends = [f"{p.lat / 1e6:.6f},{p.lng / 1e6:.6f}" for p in points]
    some = range(len(points))
    with store.write("x") as writer:
        for row in writer.connection.execute("SELECT id FROM drive WHERE retired IS NULL").fetchall():
            writer.set("drive", row[0], {"retired": "x"})
        for i, j in timed:
            if i in some and j in some:
                writer.new("drive", {"from": ends[i], "to": ends[j], "minutes": 7_000})
    closed = [(ends[i], ends[j]) for i, j in pairs if i in some and j in some]
    shut = {(i, j) for i, j in pairs if i in some and j in some}
    # Places within 100 m of each other are one: what is closed for one is closed for the other.
    near = [{k for k in some if distance_m(points[i], points[k]) <= travel.SAME_PLACE} for i in some]
    shut = {(a, b) for i, j in shut for a in near[i] for b in near[j]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(travel, "_WHOLE", 0 if bands else 4_000_000)
        known, before = Travel(store, closed=closed), Travel(store)
        reach, reached = known.within(points, points, 10_000), before.within(points, points, 10_000)
        drives = known.drives(points, points)
        for i in some:
            for j in some:
                one = known.minutes(points[i], points[j])
                assert one.closed == ((i, j) in shut) == math.isinf(drives.leg(i, j).minutes)
                assert (j in reach[i]) == ((i, j) not in shut)
                if (i, j) in shut:
                    assert one.source == drives.leg(i, j).source == "assumed for this plan"
                else:
                    assert one == before.minutes(points[i], points[j])
                    assert reach[i][j] == reached[i][j]


def test_a_closed_road_goes_before_a_routing_server_and_a_driving_time_that_is_nearer(store: Store) -> None:
    with store.write("x") as writer:
        writer.new("drive", {"from": "39.7,115.9", "to": "39.9,116.2", "minutes": 95_000})
        writer.new(
            "drive", {"from": "39.7005,115.9", "to": "39.9,116.2", "closed": "yes", "source": "交通台"}
        )
    for table in (None, lambda a, b: ([[7.0 for _ in b] for _ in a], "OSRM")):
        leg = Travel(store, table=table).minutes(HERE, THERE)
        assert leg.closed and leg.source == "交通台"
