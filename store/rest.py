"""The rest clock (row A9): who has been out too long, and who could relieve them."""

from __future__ import annotations

from typing import Any, NamedTuple

from emergency.store import claims, places, times
from emergency.store.board import moment
from emergency.store.conditions import stale_after
from emergency.store.places import Point
from emergency.store.records.steps import AWAY
from emergency.store.records.team import people_of
from emergency.store.showing import exercise_mark, starred
from emergency.store.store import Store
from emergency.store.words import _, clauses

#: Out for longer is over-long, in milliseconds. A day, this program's own and no standard's figure;
#: EMERGENCY_REST_AFTER and --after change it.
REST_AFTER = 24 * times.HOUR
#: So many who could relieve are named.
MOST = 3
_AWAY = ", ".join(f"'{s}'" for s in AWAY)


class Relief(NamedTuple):
    """A team that could take over."""

    team: str
    name: str
    people: int
    #: Metres to the incident, or to the team's base; None where a place is unknown.
    distance: int | None
    sample: bool


class Deployment(NamedTuple):
    """People or a whole team out on a line."""

    line: str
    team: str
    name: str
    incident: str | None
    people: int | None
    #: When they left base, over every line that this one continues; in milliseconds.
    since: int
    out: int
    #: Whether the team or the line is made up, and whether the incident is a drill.
    sample: bool
    exercise: bool
    relief: tuple[Relief, ...]


def rest_after() -> int:
    """How long is too long, in milliseconds. Raises BadSettings."""
    return times.span_set("EMERGENCY_REST_AFTER", REST_AFTER)


def relief_words(d: Deployment) -> str:
    """Who could take over, with how many and how far away."""
    some = (
        f"{starred(one.name or one.team, one.sample)} {one.people}"
        + ("" if one.distance is None else f" {one.distance / 1000:.1f} km")
        for one in d.relief
    )
    return clauses(some) or _("nobody")


def overlong(store: Store, after: int | None = None, team: str = "") -> list[Deployment]:
    """Deployments that have lasted longer than `after`, the longest first, with the nearest relief; of one team alone."""
    now, limit = moment(store), rest_after() if after is None else after
    out: dict[tuple[str, str], Deployment] = {}
    for row in store.rows(
        'SELECT l.id, l."order" AS callup, l.team, l.people, l.answered, l.equipment, t.name, t.type, t.headcount,'
        " t.strength, coalesce(l.sample, t.sample) AS sample, i.exercise, c.incident, t.region, coalesce(i.at_lat, r.at_lat, t.at_lat) AS lat,"
        " coalesce(i.at_lng, r.at_lng, t.at_lng) AS lng FROM line l JOIN team t ON t.id = l.team"
        ' JOIN callup c ON c.id = l."order" LEFT JOIN incident i ON i.id = c.incident'
        " LEFT JOIN region r ON r.id = i.region"
        f" WHERE l.state IN ({_AWAY}) AND l.item IS NULL"
        + (" AND l.team = ?" if team else "")
        + " ORDER BY l.equipment IS NOT NULL, length(l.id), l.id",
        (team,) if team else (),
    ):
        since = _left(store, row["id"])
        if since is None or now - since < limit:
            continue
        # A team's people and its equipment on one order are one deployment; people come first.
        key = (row["callup"], row["team"])
        if key not in out:
            people = _people(row)
            relief = tuple(_relief(store, row, people or 1, now))
            out[key] = Deployment(
                row["id"],
                row["team"],
                row["name"] or "",
                row["incident"],
                people,
                since,
                now - since,
                bool(row["sample"]),
                bool(exercise_mark(row)),
                relief,
            )
    return sorted(out.values(), key=lambda d: (-d.out, d.line))


def _people(row: dict[str, Any]) -> int | None:
    """How many are out on a line; None where only equipment was called, and nobody said with how many."""
    if row["people"] is not None:
        return int(row["people"] if row["answered"] is None else row["answered"] // 1000)
    if row["equipment"] is not None:
        return None
    whole: int | None = row["strength"] if row["headcount"] is None else row["headcount"]
    return whole


def _left(store: Store, line: str) -> int | None:
    """When they left their base: of the first of the lines that each continue the one before."""
    first: int | None = None
    seen: set[str] = set()
    here: str | None = line
    while here and here not in seen:
        seen.add(here)
        at = store.connection.execute(
            "SELECT min(at) FROM step WHERE line=? AND name IN ('depart', 'arrive') AND inert IS NULL",
            (here,),
        ).fetchone()[0]
        first = at if first is None else first if at is None else min(first, at)
        row = store.connection.execute("SELECT from_line FROM line WHERE id=?", (here,)).fetchone()
        here = row[0] if row else None
    return first


def _relief(store: Store, row: dict[str, Any], people: int, now: int) -> list[Relief]:
    """Teams of the same type and province that reported ready lately and have the people at home, nearest first."""
    at = None if row["lat"] is None else Point(row["lat"], row["lng"])
    found = []
    for other in store.rows(
        f"SELECT t.id, t.name, t.sample, {people_of('t.')} AS people, t.claimed, coalesce(t.floor, 0) AS floor,"
        " coalesce(t.at_lat, r.at_lat) AS lat, coalesce(t.at_lng, r.at_lng) AS lng FROM team t"
        " LEFT JOIN region r ON r.id = t.region WHERE t.type = ? AND t.id <> ? AND t.retired IS NULL"
        " AND t.readiness IN ('ready', 'standby') AND t.reported_at >= ? AND substr(t.region, 1, 2) IS ?",
        (row["type"], row["team"], now - stale_after(), str(row["region"] or "")[:2] or None),
    ):
        if other["claimed"] and claims.live(store.connection, claims.thing("team", other["id"])):
            continue
        gone = store.connection.execute(
            "SELECT coalesce(sum(coalesce(answered / 1000, people)), 0) FROM line WHERE team=? AND people IS NOT NULL"
            " AND state NOT IN ('draft', 'returned', 'closed', 'declined', 'unable', 'cancelled', 'superseded', 'reassigned')",
            (other["id"],),
        ).fetchone()[0]
        left = (other["people"] or 0) - int(gone) - other["floor"]
        if left < people:
            continue
        there = (
            None
            if other["lat"] is None or at is None
            else round(places.distance_m(at, Point(other["lat"], other["lng"])))
        )
        found.append(Relief(other["id"], other["name"] or "", left, there, bool(other["sample"])))
    far = 1 << 40
    return sorted(found, key=lambda r: (far if r.distance is None else r.distance, r.team))[:MOST]
