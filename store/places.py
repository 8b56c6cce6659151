"""Places on the map: WGS-84 points as whole millionths of a degree, and the search round one.

Chinese sources give three kinds of coordinate; convert GCJ-02 (AMap, Tencent) and BD-09 (Baidu)
before storing. For "the nearest N", `rings` walks outwards over grid cells that are ranges of one
integer column, and `ring_floor_m` says when nothing nearer can be left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from math import asin, atan2, cos, degrees, hypot, inf, isfinite, pi, radians, sin, sqrt
from typing import NamedTuple

from emergency.store.errors import InvalidValue
from emergency.store.text import quoted
from emergency.store.units import nearest, parse_quantity
from emergency.store.words import _

E6 = 1_000_000
EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of the WGS-84 ellipsoid (Moritz, Geodetic Reference System 1980)."""

CELL_E6 = 20_000
"""Side of a grid cell: a fiftieth of a degree, about 2 km, so that a million items over a city leave few to a cell."""
ROW = 20_000
"""Cell numbers from one band of latitude to the next; a band uses 18000 of them."""

_BANDS, _COLUMNS = 180 * E6 // CELL_E6, 360 * E6 // CELL_E6
# How many cells round the middle one each ring reaches; after the last, the rest of the world.
_REACH = (0, 1, 2, 4, 8, 16, 32, 64)

_LONGEST = 100

# The public form of the GCJ-02 shift: the Krasovsky 1940 ellipsoid, and the box where it applies.
_KRASOVSKY_A = 6378245.0
_KRASOVSKY_EE = 0.00669342162296594323
_GCJ_ORIGIN_LNG, _GCJ_ORIGIN_LAT = 105.0, 35.0
_GCJ_WEST, _GCJ_EAST, _GCJ_SOUTH, _GCJ_NORTH = 72.004, 137.8347, 0.8293, 55.8271
# BD-09 turns and pushes GCJ-02 by a ripple, then by a fixed offset (Baidu's published sample).
_BD_TURN = pi * 3000.0 / 180.0
_BD_RIPPLE, _BD_SWING = 0.00002, 0.000003
_BD_LNG, _BD_LAT = 0.0065, 0.006

# Both typographic and Chinese marks; NFKC would spoil some of them (˚ becomes a combining ring).
_MARKS = {"°": "˚º度", "'": "′’‘´分", '"': "″”“秒", "-": "−", ",": "、;；"}
_SIGNS = str.maketrans({mark: plain for plain, marks in _MARKS.items() for mark in marks})
_HEMISPHERES = {"北纬": "N", "南纬": "S", "东经": "E", "西经": "W"}
# Patterns stay text until used (re keeps them compiled): every command loads this module.
_DECIMAL = r"[0-9]{1,3}(?:\.[0-9]{1,20})?"
_COORDINATE = (
    rf"(?P<pre>[NSEW])? ?(?P<sign>[+-]?)(?P<d>{_DECIMAL})"
    rf"(?: ?° ?(?:(?P<m>{_DECIMAL}) ?' ?(?:(?P<s>{_DECIMAL}) ?\")?)?)?(?(pre)|(?: ?(?P<post>[NSEW]))?)"
)
_BETWEEN = r" ?[,/]? ?"


class Point(NamedTuple):
    """A place on WGS-84, latitude and longitude in millionths of a degree."""

    lat: int
    lng: int


def parse_point(text: str) -> Point:
    """A point as typed: `39.73,116.14` is LAT,LNG; also `39°43'48"N 116°8'24"E`, `北纬39.73度，东经…`.

    Rounded to a millionth of a degree. With hemispheres either order is taken. Raises InvalidValue
    for anything else, out of range, or a pair that looks like LNG,LAT in China.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_SIGNS)) if len(text) <= _LONGEST else ""
    plain = " ".join(plain.translate(_SIGNS).replace("''", '"').upper().split())
    for words, letter in _HEMISPHERES.items():
        plain = plain.replace(words, letter)
    first = re.match(_COORDINATE, plain)
    gap = re.compile(_BETWEEN).match(plain, first.end()) if first else None
    second = re.compile(_COORDINATE).fullmatch(plain, gap.end()) if gap else None
    if not first or not gap or not second or not (gap[0] or second["pre"] or first[0][-1] in "NSEW°'\""):
        raise _unreadable(text)
    one, two = _micro(text, first), _micro(text, second)
    axes = _axis(first), _axis(second)
    if axes == ("", ""):
        return check_point(one, two)
    if axes[0] == axes[1]:
        raise _unreadable(text)
    return _inside(two, one) if axes[0] == "lng" or axes[1] == "lat" else _inside(one, two)


def check_point(lat: int, lng: int, *, swap: bool = False) -> Point:
    """The point of these millionths of a degree. With `swap`, a pair that looks exchanged is put right.

    Raises InvalidValue out of range, and without `swap` also for a pair that looks exchanged.
    """
    if not looks_swapped(lat, lng):
        return _inside(lat, lng)
    if swap:
        return _inside(lng, lat)
    raise InvalidValue(
        _("{point} looks like longitude before latitude").format(point=format_point(Point(lat, lng))),
        hint=_("write LAT,LNG; did you mean {point}?").format(point=format_point(Point(lng, lat))),
    )


def looks_swapped(lat: int, lng: int) -> bool:
    """Whether these millionths only make sense, or only lie in China, the other way round."""
    if abs(lat) > 90 * E6:
        return abs(lng) <= 90 * E6 and abs(lat) <= 180 * E6
    return in_china_box(Point(lng, lat)) and not in_china_box(Point(lat, lng))


def in_china_box(point: Point) -> bool:
    """Whether the point is in 3..54 N, 73..136 E, the box that holds China and more."""
    return 3 * E6 <= point.lat <= 54 * E6 and 73 * E6 <= point.lng <= 136 * E6


def to_e6(value: float) -> int:
    """Degrees as whole millionths, the nearest. Raises InvalidValue unless finite and within 180."""
    if not isfinite(value) or abs(value) > 180:
        raise InvalidValue(_("{number} is not degrees of latitude or longitude").format(number=value))
    return round(value * E6)


def format_point(point: Point) -> str:
    """The point as `39.730000,116.140000`, which `parse_point` reads back exactly."""
    return ",".join(f"{'-' if v < 0 else ''}{abs(v) // E6}.{abs(v) % E6:06}" for v in point)


def to_gcj02(point: Point) -> Point:
    """The point as Chinese online maps shift it; outside the box of the shift it stays."""
    lat, lng = point.lat / E6, point.lng / E6
    if not (_GCJ_WEST <= lng <= _GCJ_EAST and _GCJ_SOUTH <= lat <= _GCJ_NORTH):
        return point
    north, east = _gcj_shift(lng - _GCJ_ORIGIN_LNG, lat - _GCJ_ORIGIN_LAT)
    squeeze = 1 - _KRASOVSKY_EE * sin(radians(lat)) ** 2
    meridian = _KRASOVSKY_A * (1 - _KRASOVSKY_EE) / (squeeze * sqrt(squeeze))
    parallel = _KRASOVSKY_A / sqrt(squeeze) * cos(radians(lat))
    return Point(to_e6(lat + degrees(north / meridian)), to_e6(lng + degrees(east / parallel)))


def from_gcj02(point: Point) -> Point:
    """The WGS-84 point behind one from AMap, Tencent or Google in China, to within 1 m."""
    return _undo(to_gcj02, point)


def to_bd09(point: Point) -> Point:
    """The WGS-84 point as Baidu gives it."""
    gcj = to_gcj02(point)
    x, y = gcj.lng / E6, gcj.lat / E6
    far = hypot(x, y) + _BD_RIPPLE * sin(y * _BD_TURN)
    turn = atan2(y, x) + _BD_SWING * cos(x * _BD_TURN)
    return Point(to_e6(far * sin(turn) + _BD_LAT), to_e6(far * cos(turn) + _BD_LNG))


def from_bd09(point: Point) -> Point:
    """The WGS-84 point behind one from Baidu, to within 1 m."""
    return _undo(to_bd09, point)


def distance_m(a: Point, b: Point) -> float:
    """Great-circle metres between two points (haversine, sphere of EARTH_RADIUS_M)."""
    lat_a, lat_b = radians(a.lat / E6), radians(b.lat / E6)
    across = sin(radians((b.lng - a.lng) / E6) / 2) ** 2
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * across
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def parse_distance(text: str) -> int:
    """A distance in whole metres: `40km`, `800 m`, `3公里`, `5里` (500 m each).

    Raises InvalidValue for a bare number, another kind of unit, or less than nothing.
    """
    milli, unit = parse_quantity(text)
    if unit != "m" or milli < 0:
        raise InvalidValue(
            _("{text} is not a distance").format(text=quoted(text)), hint=_("write it as 40km or 800m")
        )
    return nearest(milli, 1000)


def cell(point: Point) -> int:
    """The grid cell of a point: a row of cells from west to east is a run of numbers."""
    row, column = _bands(point)
    return row * ROW + column


def rings(point: Point, within_m: float | None = None) -> Iterator[list[tuple[int, int]]]:
    """Rings of cells round a point, nearest first: each a list of inclusive (low, high) ranges.

    The rings share no cell and together are the whole Earth; with `within_m` they end once all
    points within so many metres are covered.
    """
    row, column = _bands(point)
    inner = -1
    for k, reach in enumerate((*_REACH, None)):
        if reach is None:
            yield _the_rest(row, column, inner)
            return
        ring: list[tuple[int, int]] = []
        for line in range(max(row - reach, 0), min(row + reach, _BANDS) + 1):
            if abs(line - row) > inner:
                ring += _run(line, column - reach, column + reach)
            else:
                ring += _run(line, column - reach, column - inner - 1)
                ring += _run(line, column + inner + 1, column + reach)
        yield ring
        if within_m is not None and ring_floor_m(point, k) > within_m:
            return
        inner = reach


def ring_floor_m(point: Point, k: int) -> float:
    """Metres that everything outside rings 0..k is away at the least; infinite when nothing is.

    Beyond the north and south edges a point is at least the difference of latitude away. Beyond
    the east and west edges the nearest point lies on that meridian, at R asin(cos(lat) sin(dlng)),
    or past 90 degrees at the pole. A millimetre is taken off for rounding.
    """
    if k >= len(_REACH):
        return inf
    row, column = _bands(point)
    reach = _REACH[k]
    floor = inf
    if row + reach < _BANDS:
        floor = min(floor, radians(((row + reach + 1) * CELL_E6 - 90 * E6 - point.lat) / E6))
    if row - reach > 0:
        floor = min(floor, radians((point.lat - (row - reach) * CELL_E6 + 90 * E6) / E6))
    inside = (point.lng + 180 * E6) % (360 * E6) - column * CELL_E6
    side = radians((min(inside, CELL_E6 - inside) + reach * CELL_E6) / E6)
    floor = min(floor, asin(min(1.0, max(0.0, cos(radians(point.lat / E6)) * sin(min(side, pi / 2))))))
    return max(0.0, floor * EARTH_RADIUS_M - 0.001)


def _the_rest(row: int, column: int, inner: int) -> list[tuple[int, int]]:
    low, high = max(row - inner, 0), min(row + inner, _BANDS)
    rest = [(0, low * ROW - 1)] if low else []
    for line in range(low, high + 1):
        rest += _run(line, column + inner + 1, column - inner - 1 + _COLUMNS)
    return rest + ([((high + 1) * ROW, (_BANDS + 1) * ROW - 1)] if high < _BANDS else [])


def _run(row: int, west: int, east: int) -> list[tuple[int, int]]:
    """The ranges of columns west..east of a row, fewer than a whole turn, across 180 degrees if need be."""
    low, high = west % _COLUMNS, east % _COLUMNS
    start = row * ROW
    if low <= high:
        return [(start + low, start + high)]
    return [(start, start + high), (start + low, start + _COLUMNS - 1)]


def _bands(point: Point) -> tuple[int, int]:
    return (point.lat + 90 * E6) // CELL_E6, (point.lng + 180 * E6) // CELL_E6 % _COLUMNS


def _gcj_shift(x: float, y: float) -> tuple[float, float]:
    """Metres north and east, from degrees east and north of the shift's origin."""
    common = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (common + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (common + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    return north, east


def _undo(shift: Callable[[Point], Point], shifted: Point) -> Point:
    # The shift hardly changes over its own length, so each round gains digits; ten are ample.
    guess = shifted
    for _round in range(10):
        again = shift(guess)
        off = Point(shifted.lat - again.lat, shifted.lng - again.lng)
        if off == (0, 0):
            break
        guess = Point(guess.lat + off.lat, guess.lng + off.lng)
    return guess


def _micro(text: str, match: re.Match[str]) -> int:
    letter = match["pre"] or match["post"]
    finer = [part for part in (match["m"], match["s"]) if part]
    coarser = [match["d"], match["m"]][: len(finer)]
    if (
        (letter and match["sign"])
        or any("." in part for part in coarser)
        or any(float(p) >= 60 for p in finer)
    ):
        raise _unreadable(text)
    num, den = 0, 1
    for part, share in ((match["d"], 1), (match["m"], 60), (match["s"], 3600)):
        whole, _point, rest = (part or "0").partition(".")
        of = share * 10 ** len(rest)
        num, den = num * of + int(whole + rest) * den, den * of
    micro = nearest(num * E6, den)
    return -micro if match["sign"] == "-" or letter in ("S", "W") else micro


def _axis(match: re.Match[str]) -> str:
    return {"N": "lat", "S": "lat", "E": "lng", "W": "lng"}.get(match["pre"] or match["post"] or "", "")


def _inside(lat: int, lng: int) -> Point:
    if abs(lat) > 90 * E6 or abs(lng) > 180 * E6:
        raise InvalidValue(
            _("{point} is not on the map").format(point=format_point(Point(lat, lng))),
            hint=_("latitude is from -90 to 90, longitude from -180 to 180"),
        )
    return Point(lat, lng)


def _unreadable(text: str) -> InvalidValue:
    return InvalidValue(
        _("{text} is not a point").format(text=quoted(text)), hint=_("write LAT,LNG: 39.73,116.14")
    )
