"""The points of the map: counties and cities, teams, and open incidents."""

from __future__ import annotations

from typing import NamedTuple

from emergency.store.board import moment
from emergency.store.conditions import stale_after
from emergency.store.store import Store


class Spot(NamedTuple):
    """A point of the map, in millionths of a degree: a county, a city, a team or an incident."""

    kind: str
    id: str
    name: str
    lat: int
    lng: int
    ready: bool = False


def spots(store: Store) -> tuple[Spot, ...]:
    """Counties and cities, then teams, then open incidents; without a place of its own, its region's."""
    rows = store.connection.execute(
        "SELECT level, id, coalesce(short, name, id), at_lat, at_lng, 0 FROM region"
        " WHERE level IN ('city', 'county') AND at_lat IS NOT NULL AND retired IS NULL"
        " UNION ALL SELECT 'team', t.id, t.name, coalesce(t.at_lat, r.at_lat), coalesce(t.at_lng, r.at_lng),"
        " coalesce(t.readiness = 'ready' AND t.reported_at >= ?, 0)"
        " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL"
        " UNION ALL SELECT 'incident', i.id, i.title, coalesce(i.at_lat, r.at_lat), coalesce(i.at_lng, r.at_lng), 0"
        " FROM incident i LEFT JOIN region r ON r.id = i.region"
        " WHERE coalesce(i.state, 'open') = 'open' AND i.retired IS NULL",
        (moment(store) - stale_after(),),
    )
    return tuple(Spot(k, i, n or i, lat, lng, bool(r)) for k, i, n, lat, lng, r in rows if lat is not None)
