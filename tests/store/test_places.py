"""Points, shifted maps, distances, and the ring search against plain sorting."""

import itertools
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store.errors import InvalidValue
from emergency.store.places import (
    EARTH_RADIUS_M,
    Point,
    cell,
    check_point,
    distance_m,
    format_point,
    from_bd09,
    from_gcj02,
    in_china_box,
    looks_swapped,
    parse_distance,
    parse_point,
    ring_floor_m,
    rings,
    to_bd09,
    to_e6,
    to_gcj02,
)

FANGSHAN = Point(39_730_000, 116_140_000)
EARTH = st.builds(Point, st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000))
CHINA = st.builds(Point, st.integers(18_000_000, 53_000_000), st.integers(74_000_000, 135_000_000))
REGION = st.builds(Point, st.integers(36_000_000, 42_000_000), st.integers(113_000_000, 120_000_000))
EDGES = st.builds(
    Point,
    st.sampled_from([-90_000_000, -89_950_000, 0, 89_900_000, 90_000_000]),
    st.sampled_from([-180_000_000, -179_950_000, 0, 179_999_999, 180_000_000]),
)


@pytest.mark.parametrize(
    "text",
    [
        "39.73,116.14", "39.73，116.14", "39.73 116.14", " ３９．７３, 116.140000 ", "39.73N 116.14E",
        "N39.73 E116.14",        "116.14E,39.73N", "E116.14N39.73",
        "北纬39.73度，东经116.14度", "东经116.14 北纬39.73",
        "39.73°, 116.14°",        "39°43'48\"N 116°8'24\"E",
        "39°43′48″N116°08′24″E", "39°43.8'N, 116°8.4'E",
        "北纬39度43分48秒 东经116度8分24秒",        "39°43'48'' 116°8'24''",
        "39.73n,116.14e", "39.73/116.14", "39.73, 116.14E", "39.73N, 116.14",
        "39.7300000000000001,116.14", "116.14, 39.73N", "116.14E 39.73",
    ],
)  # fmt: skip
def test_points_are_read(text: str) -> None:
    assert parse_point(text) == FANGSHAN


def test_other_hemispheres() -> None:
    assert parse_point("-33.5,-70.25") == Point(-33_500_000, -70_250_000)
    assert parse_point("33.5S 70.25W") == Point(-33_500_000, -70_250_000)
    assert parse_point("78.2N 15.6E") == Point(78_200_000, 15_600_000)


@pytest.mark.parametrize(
    "text",
    [
        "", "39.73", "39,73 116,14", "39.73116.14", "39.73,116.14,5", "91,10",
        "10,181", "39°61'N 116°8'E",
        "39.5°30'N 116°E", "-39N 116E", "39N 40N", "N39N 116E", "39.73;", "nan,nan", "1e1,1e1",
        "39.73,116.14" + " " * 200,        "39.73," + "1" * 90, "房山",
    ],
)  # fmt: skip
def test_other_points_are_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_point(text)


def test_swapped_order_is_noticed() -> None:
    with pytest.raises(InvalidValue) as error:
        parse_point("116.14,39.73")
    assert "39.730000,116.140000" in error.value.hint
    with pytest.raises(InvalidValue):
        parse_point("80.5,40.2")
    assert looks_swapped(116_140_000, 39_730_000)
    assert not looks_swapped(39_730_000, 116_140_000)
    assert check_point(116_140_000, 39_730_000, swap=True) == FANGSHAN
    assert check_point(39_730_000, 116_140_000, swap=True) == FANGSHAN
    with pytest.raises(InvalidValue):
        check_point(181_000_000, 39_730_000, swap=True)


@given(EARTH)
def test_points_survive_a_round_trip(point: Point) -> None:
    if looks_swapped(*point):
        with pytest.raises(InvalidValue):
            parse_point(format_point(point))
    else:
        assert parse_point(format_point(point)) == point


@given(st.text("0123456789.,-+NSEW°'\" 北纬东经度分秒", max_size=30))
def test_reading_gives_a_point_or_an_invalid_value(text: str) -> None:
    try:
        point = parse_point(text)
    except InvalidValue as error:
        assert error.message.isprintable()
    else:
        assert abs(point.lat) <= 90_000_000 and abs(point.lng) <= 180_000_000


def test_degrees() -> None:
    assert to_e6(116.14) == 116_140_000
    for bad in (inf, float("nan"), 180.1):
        with pytest.raises(InvalidValue):
            to_e6(bad)


@given(CHINA)
def test_shifted_maps_are_undone(point: Point) -> None:
    assert distance_m(from_gcj02(to_gcj02(point)), point) < 1
    assert distance_m(from_bd09(to_bd09(point)), point) < 1
    assert distance_m(to_gcj02(point), point) < 1500


@given(REGION)
def test_a_shifted_map_is_far_off_where_it_matters(point: Point) -> None:
    # Elsewhere in China the shift comes close to nothing: 29.97 m at 36.844151,96.835081.
    assert 200 < distance_m(to_gcj02(point), point) < 1500


def test_the_shift_agrees_with_a_published_pair() -> None:
    # The example of the eviltransform and coordtransform libraries' documentation and tests.
    assert (
        distance_m(
            to_gcj02(parse_point("39.915,116.404")), parse_point("39.91640428150164,116.41024449916938")
        )
        < 0.2
    )
    assert (
        distance_m(
            to_gcj02(parse_point("31.1774276,121.5272106")), parse_point("31.17530398364597,121.531541859215")
        )
        < 0.2
    )


def test_outside_china_nothing_is_shifted() -> None:
    paris = parse_point("48.8566,2.3522")
    assert to_gcj02(paris) == paris == from_gcj02(paris)
    assert not in_china_box(paris)


def test_distance() -> None:
    quarter = EARTH_RADIUS_M * 3.141592653589793 / 2
    assert distance_m(Point(0, 0), Point(0, 90_000_000)) == pytest.approx(quarter)
    assert distance_m(Point(90_000_000, 5), Point(0, 77_000_000)) == pytest.approx(quarter)
    assert distance_m(Point(0, -180_000_000), Point(0, 180_000_000)) == pytest.approx(0, abs=1e-6)
    assert distance_m(FANGSHAN, FANGSHAN) == 0


def test_distances_are_read() -> None:
    assert [parse_distance(text) for text in ("40km", "800 m", "3公里", "5里", "1.5千米")] == [
        40_000, 800, 3_000, 2_500, 1_500,
    ]  # fmt: skip
    for bad in ("40", "40kg", "-3km", ""):
        with pytest.raises(InvalidValue):
            parse_distance(bad)


@settings(max_examples=25)
@given(EARTH | EDGES)
def test_rings_cover_every_cell_once(point: Point) -> None:
    seen = [r for ring in rings(point) for r in ring]
    seen.sort()
    assert all(low <= high for low, high in seen)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(seen))
    real = {(row, column) for row in range(0, 1801, 60) for column in (0, 1, 1799, 1800, 3598, 3599)}
    for row, column in real:
        number = row * 4000 + column
        assert any(low <= number <= high for low, high in seen)
    assert len(seen) < 1200


def nearest_by_rings(points: list[Point], at: Point, n: int) -> list[float]:
    found: list[float] = []
    for k, ring in enumerate(rings(at)):
        found += [distance_m(at, p) for p in points if any(low <= cell(p) <= high for low, high in ring)]
        found.sort()
        if len(found) >= n and found[n - 1] <= ring_floor_m(at, k):
            break
    return found[:n]


@given(st.lists(REGION | EARTH | EDGES, max_size=40), REGION | EARTH | EDGES, st.integers(1, 5))
def test_the_ring_search_is_the_sorted_list(points: list[Point], at: Point, n: int) -> None:
    assert nearest_by_rings(points, at, n) == sorted(distance_m(at, p) for p in points)[:n]


@given(st.lists(REGION | EARTH | EDGES, max_size=40), REGION | EARTH | EDGES, st.integers(0, 3_000_000))
def test_within_covers_all_within(points: list[Point], at: Point, within: int) -> None:
    ranges = [r for ring in rings(at, within) for r in ring]
    for point in points:
        if distance_m(at, point) <= within:
            assert any(low <= cell(point) <= high for low, high in ranges)


@given(EARTH | EDGES, EARTH | EDGES)
def test_the_floor_is_a_floor(at: Point, other: Point) -> None:
    for k, ring in enumerate(rings(at)):
        if any(low <= cell(other) <= high for low, high in ring):
            break
        assert distance_m(at, other) >= ring_floor_m(at, k)
