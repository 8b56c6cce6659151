"""Speeds that regions have: fitted from trips or stated by somebody, and looked up for where a drive ends.

A place belongs to the county whose centre is nearest. A county without a speed of its own has that of its city,
else that of its province.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from emergency.store.places import E6, Point, distance_m
from emergency.store.words import _, ngettext

if TYPE_CHECKING:
    from emergency.store.store import Store

#: Farther than this from the centre of every county a place is of none, in metres.
FARTHEST = 60_000.0
#: The side of a square of the map in which centres are looked for, and the squares beside: no less than FARTHEST.
_SQUARE = 1_000_000


class Pace(NamedTuple):
    """The speed of a region, in km/h; from how many trips, 0 where it is stated; and by whom."""

    region: str
    speed: float
    trips: int
    source: str

    def said(self, factor: float) -> str:
        """Whose figure it is, with the factor of the straight line that goes with it."""
        figures = _("straight line x {factor} at {speed:g} km/h").format(
            factor=factor, speed=round(self.speed, 1)
        )
        if self.trips:
            told = ngettext(
                "fitted from {n} trip in {region}: {figures}",
                "fitted from {n} trips in {region}: {figures}",
                self.trips,
            )
            return told.format(n=self.trips, region=self.region, figures=figures)
        if self.source:
            return _("estimate for {region} by {source}: {figures}").format(
                region=self.region, source=self.source, figures=figures
            )
        return _("estimate for {region}: {figures}").format(region=self.region, figures=figures)


class Counties:
    """Which county a place is in: that whose centre is nearest."""

    def __init__(self, centres: Iterable[tuple[str, Point]]) -> None:
        self._near: dict[tuple[int, int], list[tuple[str, Point]]] = {}
        for code, at in centres:
            self._near.setdefault(_square(at), []).append((code, at))

    def of(self, point: Point) -> str:
        """Its code; "" where no centre is within FARTHEST."""
        row, column = _square(point)
        around = [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        away = [(distance_m(point, at), code) for key in around for code, at in self._near.get(key, ())]
        least, code = min(away, default=(FARTHEST, ""))
        return code if least <= FARTHEST else ""


class Paces:
    """The speeds of a store's regions."""

    def __init__(self, paces: Sequence[Pace], counties: Counties | None = None) -> None:
        self._paces = {pace.region: pace for pace in paces}
        self._counties = counties or Counties(())
        self._found: dict[Point, Pace | None] = {}

    def __bool__(self) -> bool:
        return bool(self._paces)

    def at(self, point: Point) -> Pace | None:
        """The speed of drives that end at a place; None where no region that it lies in has any."""
        if point not in self._found:
            found = (self._paces.get(code) for code in above(self._counties.of(point)))
            self._found[point] = next((pace for pace in found if pace), None)
        return self._found[point]


def above(county: str) -> list[str]:
    """A county's code, its city's and its province's; nothing of ""."""
    if not county:
        return []
    return list(dict.fromkeys((county, county[:4] + "00", county[:2] + "0000")))


def counties(store: Store) -> Counties:
    """The counties of a store that have a centre."""
    return Counties(
        (row["id"], Point(row["at_lat"], row["at_lng"]))
        for row in store.rows(
            "SELECT id, at_lat, at_lng FROM region WHERE level = 'county' AND at_lat IS NOT NULL"
            " AND retired IS NULL ORDER BY id"
        )
    )


def known(store: Store) -> Paces:
    """The speeds that a store has; of several for one region that which was registered last."""
    rows = store.rows(
        "SELECT region, speed, trips, source FROM pace WHERE retired IS NULL AND region IS NOT NULL"
        " AND speed > 0 ORDER BY length(id), id"
    )
    paces = [Pace(r["region"], r["speed"] / 1000, r["trips"] or 0, r["source"] or "") for r in rows]
    return Paces(paces, counties(store) if paces else None)


def _square(point: Point) -> tuple[int, int]:
    # Degrees: at 53 N, as far north as China reaches, one of longitude is 67 km.
    assert _SQUARE == E6
    return point.lat // _SQUARE, point.lng // _SQUARE
