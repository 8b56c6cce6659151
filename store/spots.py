"""The points of the map: counties and cities, depots, teams, open incidents, and warnings once there are any."""

from __future__ import annotations

from typing import NamedTuple

from emergency.store.board import moment
from emergency.store.conditions import stale_after
from emergency.store.store import Store

#: Kinds of point that a person can pick and open, as the map stacks them: the last over the first.
THINGS = ("depot", "team", "warning", "incident")


class Spot(NamedTuple):
    """A point of the map, in millionths of a degree: a county, a city, or one of THINGS."""

    kind: str
    id: str
    name: str
    lat: int
    lng: int
    #: How a team stands: `ready`, `standby`, `off`, `unavailable`, `stale` or `never`; "" of anything else.
    standing: str = ""

    @property
    def ready(self) -> bool:
        """Whether it is a team that is ready; a stale report is never ready."""
        return self.standing == "ready"


def spots(store: Store) -> tuple[Spot, ...]:
    """Ground first, then things in the order of THINGS; one without a place of its own stands at its region's.

    Depots stand for staging sites too: what is staged is kept in one. Warnings are no record yet.
    """
    rows = store.connection.execute(
        "SELECT level, id, coalesce(short, name, id), at_lat, at_lng, '' FROM region"
        " WHERE level IN ('city', 'county') AND at_lat IS NOT NULL AND retired IS NULL"
        " UNION ALL SELECT 'depot', d.id, d.name, coalesce(d.at_lat, r.at_lat), coalesce(d.at_lng, r.at_lng), ''"
        " FROM depot d LEFT JOIN region r ON r.id = d.region WHERE d.retired IS NULL"
        " UNION ALL SELECT 'team', t.id, t.name, coalesce(t.at_lat, r.at_lat), coalesce(t.at_lng, r.at_lng),"
        " CASE WHEN t.readiness IS NULL OR t.reported_at IS NULL THEN 'never'"
        " WHEN t.reported_at < ? THEN 'stale' ELSE t.readiness END"
        " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL"
        " UNION ALL SELECT 'incident', i.id, i.title, coalesce(i.at_lat, r.at_lat), coalesce(i.at_lng, r.at_lng), ''"
        " FROM incident i LEFT JOIN region r ON r.id = i.region"
        " WHERE coalesce(i.state, 'open') = 'open' AND i.retired IS NULL",
        (moment(store) - stale_after(),),
    )
    return tuple(Spot(k, i, n or i, lat, lng, s) for k, i, n, lat, lng, s in rows if lat is not None)
