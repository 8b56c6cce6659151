"""Orders that other stations gave to what is kept here, and that nobody has answered yet: a district's duty officer, or
another province's, learns of them when they come.

What lies in a region (GB/T 2260) is kept by the station of the smallest region that holds it; what was registered by a
station of somewhere else, by that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from emergency.store.regions import prefix
from emergency.store.store import Store

#: Lines that wait for an answer and were not issued here; what they call up, or whose that is, and its region.
_ISSUED = (
    'SELECT l.id, l."order", coalesce(t.id, k.id, d.id, e.id) AS kept, coalesce(t.region, e.region, k.region, d.region)'
    " AS region FROM line l JOIN step s ON s.line = l.id AND s.name = 'issue'"
    " JOIN entry n ON n.n = s.mark / 1024 JOIN feed f ON f.n = n.feed"
    " LEFT JOIN team t ON t.id = l.team LEFT JOIN equipment e ON e.id = l.equipment LEFT JOIN team k ON k.id = e.team"
    " LEFT JOIN depot d ON d.id = l.depot WHERE l.state = 'issued' AND l.retired IS NULL AND f.own = 0"
    " AND f.station <> ?"
)


class Unanswered(NamedTuple):
    """A line that is to be answered here."""

    line: str
    order: str


def here(store: Store) -> list[Unanswered]:
    """All of them."""
    own = store.meta("prefix")
    found = store.rows(_ISSUED, (own,))
    if not found:
        return []
    rows = store.rows("SELECT id, region FROM station WHERE feed IS NOT NULL AND retired IS NULL")
    stations = {str(row["id"]): prefix(str(row["region"] or "")) for row in rows}
    return [
        Unanswered(str(row["id"]), str(row["order"]))
        for row in found
        if own in _keepers(str(row["kept"] or ""), prefix(str(row["region"] or "")), stations)
    ]


def _keepers(kept: str, region: str, stations: Mapping[str, str]) -> set[str]:
    """The stations that keep a record of this id in this region, of those with these."""
    registrar = kept.rpartition("-")[0]
    holding = {id_: reach for id_, reach in stations.items() if reach and region.startswith(reach)}
    if registrar in stations and registrar not in holding:
        return {registrar}
    nearest = max(map(len, holding.values()), default=0)
    return {id_ for id_, reach in holding.items() if len(reach) == nearest}
