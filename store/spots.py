"""The points of the map: counties and cities, warnings with their outlines, depots, sites, teams, open incidents."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING, NamedTuple

from emergency.store import alertlist
from emergency.store.alerts import Chain
from emergency.store.board import moment
from emergency.store.conditions import stale_after
from emergency.store.places import Point, distance_m
from emergency.store.records.incident import EXERCISE_MARK
from emergency.store.store import Store

if TYPE_CHECKING:
    from emergency.store.extent import Shape

#: Kinds of point that a person can pick and open, as the map stacks them: the last over the first.
THINGS = ("alert", "depot", "site", "team", "incident")
#: Where a county or city lies in a warning that stands.
WARNED = "warned"
#: Of a warning with more shapes, or more corners to one, the rest is not drawn; a circle has so many.
MOST_RINGS, MOST_CORNERS, ROUND = 100, 400, 36


class Spot(NamedTuple):
    """A point of the map, in millionths of a degree: a county, a city, or one of THINGS."""

    kind: str
    id: str
    name: str
    lat: int
    lng: int
    #: How a team stands: `ready`, `standby`, `off`, `unavailable`, `stale` or `never`; `warned` of ground in a
    #: warning; "" of anything else.
    standing: str = ""
    #: The outlines of a warning, each closed.
    rings: tuple[tuple[Point, ...], ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it is a team that is ready; a stale report is never ready."""
        return self.standing == "ready"


def spots(store: Store) -> tuple[Spot, ...]:
    """Ground first, then things in the order of THINGS; one without a place of its own stands at its region's."""
    rows = store.connection.execute(
        "SELECT level, id, coalesce(short, name, id), at_lat, at_lng, '' FROM region"
        " WHERE level IN ('city', 'county') AND at_lat IS NOT NULL AND retired IS NULL"
        " UNION ALL SELECT 'depot', d.id, d.name, coalesce(d.at_lat, r.at_lat), coalesce(d.at_lng, r.at_lng), ''"
        " FROM depot d LEFT JOIN region r ON r.id = d.region WHERE d.retired IS NULL"
        " UNION ALL SELECT 'site', s.id, s.name, coalesce(s.at_lat, r.at_lat), coalesce(s.at_lng, r.at_lng), ''"
        " FROM site s LEFT JOIN region r ON r.id = s.region WHERE s.retired IS NULL"
        " UNION ALL SELECT 'team', t.id, t.name, coalesce(t.at_lat, r.at_lat), coalesce(t.at_lng, r.at_lng),"
        " CASE WHEN t.readiness IS NULL OR t.reported_at IS NULL THEN 'never'"
        " WHEN t.reported_at < ? THEN 'stale' ELSE t.readiness END"
        " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL"
        " UNION ALL SELECT 'incident', i.id, CASE WHEN i.exercise = 'yes' THEN ? || ' ' ELSE '' END || coalesce(i.title, i.id),"
        " coalesce(i.at_lat, r.at_lat), coalesce(i.at_lng, r.at_lng), ''"
        " FROM incident i LEFT JOIN region r ON r.id = i.region"
        " WHERE coalesce(i.state, 'open') = 'open' AND i.retired IS NULL",
        (moment(store) - stale_after(), EXERCISE_MARK),
    )
    found = [Spot(k, i, n or i, lat, lng, s) for k, i, n, lat, lng, s in rows if lat is not None]
    chains = alertlist.concerning(store, moment(store))
    shapes = _shapes(chains)
    rings = [tuple(_rings(shape)) for shape in shapes]
    ground = [s for s in found if s.kind not in THINGS]
    inside = _inside(shapes, ground)
    ground = [s._replace(standing=WARNED) if n in inside else s for n, s in enumerate(ground)]
    warnings = [_warning(*one, ground) for one in zip(chains, shapes, rings, strict=True)]
    return (*ground, *filter(None, warnings), *(s for s in found if s.kind in THINGS))


def _shapes(chains: Sequence[Chain]) -> list[Shape]:
    """Where warnings apply. On most days there is none, and nobody waits for what reads shapes."""
    if not chains:
        return []
    from emergency.store.extent import shape_of

    return [shape_of(chain.head) for chain in chains]


def _warning(
    chain: Chain, shape: Shape, rings: tuple[tuple[Point, ...], ...], ground: Sequence[Spot]
) -> Spot | None:
    """A warning where its first shape is, or at one of the places that it names; None where it says no place."""
    from emergency.store import alertwords

    if rings:
        south, north, west, east = _box(rings[0])
        at = Point((south + north) // 2, (west + east) // 2)
    else:
        inside = [s for s in ground if s.id.startswith(shape.prefixes)]
        if not inside:
            return None
        at = Point(inside[0].lat, inside[0].lng)
    return Spot(
        "alert",
        str(chain.head["id"]),
        f"{alertwords.colour(chain.head)} {alertwords.event(chain.head)}",
        at.lat,
        at.lng,
        "",
        rings,
    )


def _box(ring: Sequence[Point]) -> tuple[int, int, int, int]:
    lats, lngs = [p.lat for p in ring], [p.lng for p in ring]
    return min(lats), max(lats), min(lngs), max(lngs)


def _inside(shapes: Sequence[Shape], ground: Sequence[Spot]) -> set[int]:
    """The numbers of those places that lie in one of these shapes: in all of it, however much of it is drawn."""
    if not shapes:
        return set()
    from emergency.store.extent import those_within

    prefixes = tuple({prefix for shape in shapes for prefix in shape.prefixes})
    out = {n for n, s in enumerate(ground) if s.id.startswith(prefixes)}
    order = sorted(range(len(ground)), key=lambda n: ground[n].lat)
    lats = [ground[n].lat for n in order]

    def between(south: float, north: float) -> list[tuple[int, Point]]:
        some = order[bisect.bisect_left(lats, south) : bisect.bisect_right(lats, north)]
        return [(n, Point(ground[n].lat, ground[n].lng)) for n in some if n not in out]

    for shape in shapes:
        for ring in shape.polygons:
            south, north, _west, _east = _box(ring)
            near = between(south, north)
            out |= {near[k][0] for k in those_within([at for _n, at in near], ring)}
        for middle, radius in shape.circles:
            up = radius * 9.1 + 1  # a little more than it takes
            near = between(middle.lat - up, middle.lat + up)
            out |= {n for n, at in near if distance_m(at, middle) <= radius}
    return out


def _rings(shape: Shape) -> Iterator[tuple[Point, ...]]:
    for ring in shape.polygons[:MOST_RINGS]:
        step = -(-len(ring) // MOST_CORNERS)
        yield (*ring[::step], ring[0])
    for middle, radius in shape.circles[: max(0, MOST_RINGS - len(shape.polygons))]:
        up = radius * 9  # millionths of a degree: 111 km of latitude to one
        across = up / max(0.05, cos(radians(middle.lat / 1e6)))
        turns = [2 * pi * n / ROUND for n in (*range(ROUND), 0)]
        yield tuple(
            Point(round(middle.lat + up * cos(t)), round(middle.lng + across * sin(t))) for t in turns
        )
