"""Floors 底线留守量 (row A7): how many people stay at home, of a team and of an area, whatever is called up."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from emergency.store.records.steps import ACTIVE
from emergency.store.text import safe
from emergency.store.words import _

_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)
#: SQL: people of the teams `t` that are at home; a team called up whole has nobody left.
_HOME = (
    "CASE WHEN t.claimed IS NOT NULL THEN 0 ELSE max(0, coalesce(t.headcount, t.strength, 0)"
    " - coalesce((SELECT sum(coalesce(l.answered / 1000, l.people)) FROM line l"
    f" WHERE l.team = t.id AND l.people IS NOT NULL AND l.id <> ? AND l.state IN ({_ACTIVE})), 0)) END"
)


def of_teams(connection: sqlite3.Connection) -> dict[str, int]:
    """{team: people who stay} of the teams that have a floor."""
    rows = connection.execute("SELECT id, floor FROM team WHERE floor > 0 AND retired IS NULL")
    return dict(rows.fetchall())


def holds(area: str, region: str) -> bool:
    """Whether a region lies in an area, by their codes: a city's and a province's end in noughts."""
    low = area.rstrip("0")
    return bool(low) and region.startswith(low + "0" * (len(low) % 2))


def broken(
    connection: sqlite3.Connection,
    team: str,
    people: int | None,
    ending: str = "",
    called: Mapping[str, int] | None = None,
) -> str:
    """Which floor it would break to call so many people of a team, None for all of it; "" for none.

    `called` are people whom this very write has called up already, by team; `ending` is a line that
    the order replaces.
    """
    gone = called or {}
    row = connection.execute(
        f"SELECT name, floor, region, coalesce(headcount, strength), {_HOME} FROM team t WHERE id=?",
        (ending, team),
    ).fetchone()
    if row is None or row[3] is None:
        return ""
    name, floor, region, _have, home = row
    home = max(0, home - gone.get(team, 0))
    leaving = home if people is None else people
    if floor and home - leaving < floor:
        return _("{team} keeps {floor} people at home, and {left} would be left").format(
            team=safe(name or team), floor=floor, left=max(0, home - leaving)
        )
    return _area(connection, str(region or ""), leaving, ending, gone)


def _area(
    connection: sqlite3.Connection, region: str, leaving: int, ending: str, called: Mapping[str, int]
) -> str:
    """The floors of the areas that hold a region, the narrowest first."""
    areas = dict.fromkeys((region, region[:4] + "00", region[:2] + "0000")) if len(region) == 6 else {}
    for area in areas:
        row = connection.execute(
            "SELECT name, floor FROM region WHERE id=? AND floor > 0", (area,)
        ).fetchone()
        if row is None:
            continue
        low = area.rstrip("0") if area != region else area
        low += "0" * (len(low) % 2)
        teams = connection.execute(
            f"SELECT id, {_HOME} FROM team t WHERE region >= ? AND region < ? AND retired IS NULL",
            (ending, low, low + "a"),
        ).fetchall()
        home = sum(max(0, n - called.get(id_, 0)) for id_, n in teams)
        if home - leaving < row[1]:
            return _("{area} keeps {floor} people at home, and {left} would be left").format(
                area=safe(row[0] or area), floor=row[1], left=max(0, home - leaving)
            )
    return ""
