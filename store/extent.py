"""Where an alert applies: divisions by code or by name, polygons and circles; and what lies inside (row M2)."""

from __future__ import annotations

import bisect
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store import places, regions
from emergency.store.errors import EmergencyError
from emergency.store.places import Point
from emergency.store.records import RECORDS
from emergency.store.records.alert import dumped, loaded
from emergency.store.records.types import Point as Position
from emergency.store.store import Store
from emergency.store.text import quoted
from emergency.store.words import _, listed

#: Gives the code of the one division that a text means, or None; raises what an officer may read.
Finder = Callable[[str], str | None]

_PARTED = re.compile(r"[、，,;；/\n\r\t ]+")
#: Between names, and within them: 和平区.
_JOINED = re.compile(r"[和及与]")
_AND_MORE = re.compile(r"等?(?:地区|区县|区市|地|区|县|市)?$")
#: So many names of places are looked up of one alert.
_MOST_NAMES = 400
#: A longer word names no division; and no name has more of 和, 及 and 与 in it.
_LONGEST_WORD, _MOST_JOINED = 60, 3


class Shape(NamedTuple):
    """The places of an alert: beginnings of codes, rings of points, and circles with metres."""

    prefixes: tuple[str, ...]
    polygons: tuple[tuple[Point, ...], ...]
    circles: tuple[tuple[Point, float], ...]

    @property
    def empty(self) -> bool:
        """Nowhere that can be told."""
        return not (self.prefixes or self.polygons or self.circles)


class Inside(NamedTuple):
    """A record that lies in the area of an alert, and by what it does."""

    noun: str
    row: dict[str, Any]
    why: str


# -- names into codes -----------------------------------------------------------------------------


def codes_named(text: str, find: Finder) -> tuple[list[str], list[str]]:
    """(codes, remarks) of the divisions that the words of an area name; what names none is left out."""
    codes: dict[str, None] = {}
    remarks: list[str] = []
    for word in [w for w in _PARTED.split(text) if w][:_MOST_NAMES]:
        if not _named(word, find, codes, remarks) and len(word) <= _LONGEST_WORD:
            for part in _names_in(word, find):
                _named(part, find, codes, remarks)
    return list(codes), remarks


def _named(word: str, find: Finder, codes: dict[str, None], remarks: list[str]) -> bool:
    """Add the division that a word names; whether it says something, if only that it could be several."""
    if word.isascii() or len(word) > _LONGEST_WORD:
        return False
    for attempt in dict.fromkeys((word, word.partition("等")[0], _AND_MORE.sub("", word))):
        try:
            code = find(attempt) if attempt else None
        except EmergencyError as error:
            remarks.append(error.message)
            return True
        if code:
            codes[code] = None
            return True
    return False


def _names_in(word: str, find: Finder) -> list[str]:
    """The names that 和, 及 and 与 stand between, each as long as it can be: 和平区 has one in it."""
    parts, joins = _JOINED.split(word), _JOINED.findall(word)
    out: list[str] = []
    first = 0
    while first < len(parts) and len(parts) > 1:
        ends = range(min(len(parts), first + _MOST_JOINED), first, -1)
        for last in ends:
            between = [*joins[first : last - 1], ""]
            name = "".join(a + b for a, b in zip(parts[first:last], between, strict=True))
            if last == first + 1 or _named(name, find, {}, []):
                out.append(name)
                first = last
                break
    return [name for name in out if name]


def common(codes: Sequence[str]) -> str | None:
    """The smallest division whose code holds all of these; None where they share no province."""
    for digits in (6, 4, 2):
        heads = {c[:digits] for c in codes}
        if len(heads) == 1:
            return heads.pop().ljust(6, "0")
    return None


# -- shapes ---------------------------------------------------------------------------------------


def shape_of(row: Mapping[str, Any]) -> Shape:
    """Where an alert applies, as far as its record can be read."""
    areas = loaded(row["areas"])
    polygons: list[tuple[Point, ...]] = []
    circles: list[tuple[Point, float]] = []
    for area in areas if isinstance(areas, list) else []:
        if not isinstance(area, dict):
            continue
        polygons += [ring for text in _texts(area.get("polygons")) if len(ring := tuple(_points(text))) > 3]
        for text in _texts(area.get("circles")):
            middle, _blank, radius = text.partition(" ")
            found = list(_points(middle))
            if found and re.fullmatch(r"\d{1,7}(\.\d{1,20})?", radius):
                circles.append((found[0], float(radius) * 1000))
    return Shape(tuple(map(regions.prefix, codes_of(row))), tuple(polygons), tuple(circles))


def codes_of(row: Mapping[str, Any]) -> list[str]:
    """The codes of GB/T 2260 of an alert."""
    codes = loaded(row["regions"])
    return (
        [c for c in codes if isinstance(c, str) and re.fullmatch(r"\d{6}", c)]
        if isinstance(codes, list)
        else []
    )


def _texts(value: Any) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _points(text: str) -> Iterator[Point]:
    for pair in text.split():
        match = re.fullmatch(r"(-?\d{1,3}(?:\.\d{1,9})?),(-?\d{1,3}(?:\.\d{1,9})?)", pair)
        if match:
            yield Point(round(float(match[1]) * 1e6), round(float(match[2]) * 1e6))


def within(point: Point, ring: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon; one on its edge does. Rings may cross the date line."""
    return bool(those_within((point,), ring))


def those_within(points: Sequence[Point], ring: Sequence[Point]) -> set[int]:
    """The numbers of those points that lie in a polygon, on its edge too. Rings may cross the date line.

    Of many points each edge looks only at those between its own latitudes.
    """
    turn = 360 * places.E6
    corners: list[tuple[int, int]] = []
    for corner in ring:
        # Each the short way from the one before.
        before = corners[-1][0] if corners else corner.lng
        corners.append((before + (corner.lng - before + turn // 2) % turn - turn // 2, corner.lat))
    west, east = min((x for x, _y in corners), default=0), max((x for x, _y in corners), default=0)
    found: set[int] = set()
    for shift in (0, turn, -turn):
        some = [(p.lat, p.lng + shift, n) for n, p in enumerate(points) if west <= p.lng + shift <= east]
        found |= _held_flat(sorted(some), corners)
    return found


def _held_flat(points: Sequence[tuple[int, int, int]], corners: Sequence[tuple[int, int]]) -> set[int]:
    """The same of (y, x, number) by y, on a plane: edges to the east of a point are counted."""
    inside: set[int] = set()
    edge: set[int] = set()
    if not points:
        return edge
    heights = [y for y, _x, _n in points]
    for one, other in itertools.pairwise(corners):
        low, high = sorted((one[1], other[1]))
        for y, x, n in points[bisect.bisect_left(heights, low) : bisect.bisect_right(heights, high)]:
            x1, y1, x2, y2 = one[0] - x, one[1] - y, other[0] - x, other[1] - y
            cross = x1 * y2 - x2 * y1
            if cross == 0 and min(x1, x2) <= 0 <= max(x1, x2):
                edge.add(n)
            if (y1 > 0) != (y2 > 0) and cross != 0 and (cross > 0) == (y2 > y1):
                inside ^= {n}
    return inside | edge


def holds(shape: Shape, region: str | None, point: Point | None) -> str:
    """By what a thing of this region, at this point, lies in the shape: `region`, `polygon`, `circle`, or ""."""
    if region and any(region.startswith(p) for p in shape.prefixes):
        return "region"
    if point is not None:
        if any(within(point, ring) for ring in shape.polygons):
            return "polygon"
        if any(places.distance_m(point, middle) <= radius for middle, radius in shape.circles):
            return "circle"
    return ""


#: What has a position and is no place, or goes with its team.
_NOT_POINTS = ("region", "equipment", "member")


def inside(store: Store, shape: Shape) -> list[Inside]:
    """Every record that stands at a place of its own and lies inside, of every kind that is a place or stands at one."""
    out: list[Inside] = []
    for noun, record in RECORDS.items():
        types = {f.name: f.type for f in record.fields}
        if noun in _NOT_POINTS or not isinstance(types.get("at"), Position) or shape.empty:
            continue
        region = "region" if "region" in types else "NULL"
        open_only = " AND coalesce(state, 'open') = 'open'" if noun == "incident" else ""
        where, values = _nearby(shape, region)
        rows = store.rows(
            f'SELECT * FROM "{noun}" WHERE retired IS NULL AND known=1{open_only} AND ({where})'
            " ORDER BY length(id), id",
            values,
        )
        for row in rows:
            point = None if row["at_lat"] is None else Point(row["at_lat"], row["at_lng"])
            why = holds(shape, row.get("region"), point)
            if why:
                out.append(Inside(noun, row, why))
    return out


def concerns(store: Store, row: Mapping[str, Any], region: str | None) -> bool:
    """Whether an alert is an affair of who serves a region: by its codes, else by a team inside its shapes.

    One that tells no place that can be read is everybody's.
    """
    codes, shape = codes_of(row), shape_of(row)
    if codes and region:
        return regions.in_scope(codes, region)
    if codes or not (shape.polygons or shape.circles):
        return True
    where, values = _nearby(shape, "region")
    rows = store.rows(
        f"SELECT at_lat, at_lng FROM team WHERE retired IS NULL AND at_lat IS NOT NULL AND ({where})", values
    )
    return any(holds(shape, None, Point(r["at_lat"], r["at_lng"])) for r in rows)


def _nearby(shape: Shape, region: str) -> tuple[str, list[Any]]:
    """SQL for what may lie inside: by the beginning of its code, or by the latitudes of a shape."""
    parts: list[str] = []
    values: list[Any] = []
    for prefix in shape.prefixes:
        parts.append(f"({region} >= ? AND {region} < ?)")
        values += [prefix, prefix + ":"]
    spans = [(min(p.lat for p in ring), max(p.lat for p in ring)) for ring in shape.polygons]
    spans += [(m.lat - int(r * 9.1) - 1, m.lat + int(r * 9.1) + 1) for m, r in shape.circles]
    for low, high in spans:
        parts.append("(at_lat BETWEEN ? AND ?)")
        values += [low, high]
    # SQLite takes so many at once; each row is looked at afterwards anyway.
    return (" OR ".join(parts), values) if 0 < len(parts) <= 400 else ("1", [])


def why_words(why: str) -> str:
    """By what a thing lies in the area, for a person."""
    return {"region": _("its region"), "polygon": _("inside the polygon"), "circle": _("inside the circle")}[
        why
    ]


def placed(values: Mapping[str, Any], find: Finder) -> tuple[dict[str, Any], list[str]]:
    """(values with the codes and the division that an alert applies to, remarks).

    Codes are those of the register. An area that has none, or one that the register does not know, is looked up
    by its words too.
    """
    codes: dict[str, None] = {}
    strange: dict[str, None] = {}
    words: list[str] = []
    for given, named in _areas(values):
        known = {one: _in_force(one, find) for one in given}
        codes |= {code: None for code in known.values() if code}
        strange |= {one: None for one, code in known.items() if not code}
        if named and (not known or not all(known.values())):
            words.append(named)
    remarks = []
    if strange:
        told = listed(quoted(one) for one in list(strange)[:10])
        remarks.append(_("no region of the register has the code {codes}").format(codes=told))
    text = "; ".join(words)
    by_name, doubts = codes_named(text, find)
    remarks += doubts
    if words and not by_name and not text.isascii() and not _shaped(values):
        remarks.append(_("no region of the register is named by {text}").format(text=quoted(text)))
    found = [*codes, *(c for c in by_name if c not in codes)]
    # Nothing is left of codes that mean nothing: where an alert tells no place, it is everybody's.
    where = {"regions": json.dumps(found, separators=(",", ":")), "region": common(found)} if found else {}
    rest = {k: v for k, v in values.items() if k != "regions"}
    if isinstance(areas := loaded(values.get("areas")), list):
        # Which codes are whose was for here; the areas are kept as they came.
        came = [{k: v for k, v in a.items() if k != "regions"} if isinstance(a, dict) else a for a in areas]
        rest["areas"] = dumped(came)
    return {k: v for k, v in (rest | where).items() if v is not None}, remarks


def _areas(values: Mapping[str, Any]) -> list[tuple[list[str], str]]:
    """(codes, words) of each area of an alert that says which codes are whose; else of all of it."""
    areas, given = loaded(values.get("areas")), loaded(values.get("regions"))
    found = [a for a in areas if isinstance(a, dict)] if isinstance(areas, list) else []
    if any(a.get("regions") for a in found):
        return [(_texts(a.get("regions")), str(a.get("desc") or "")) for a in found]
    return [(_texts(given), str(values.get("area") or ""))]


def _in_force(code: str, find: Finder) -> str | None:
    """The division in force for a code; None where the register has none."""
    try:
        return find(code) if re.fullmatch(r"\d{6}", code, re.ASCII) else None
    except EmergencyError:
        return None


def _shaped(values: Mapping[str, Any]) -> bool:
    return any(
        isinstance(a, dict) and (a.get("polygons") or a.get("circles"))
        for a in loaded(values.get("areas")) or []
    )
