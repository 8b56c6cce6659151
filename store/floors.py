"""Floors 底线留守量 (row A7): how many people stay at home, of a team and of an area, whatever is called up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from emergency.store.records.steps import ACTIVE
from emergency.store.records.team import people_of
from emergency.store.text import safe
from emergency.store.words import _

_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)
#: SQL: people of the teams `t` that are at home but for the line :ending; a team called up whole has nobody
#: left, and one of which more are out than it has by now has less than nobody.
_HOME = (
    f"CASE WHEN t.claimed <> :ending THEN 0 ELSE coalesce({people_of('t.')}, 0)"
    " - coalesce((SELECT sum(coalesce(l.answered / 1000, l.people)) FROM line l"
    f" WHERE l.team = t.id AND l.people IS NOT NULL AND l.id <> :ending AND l.state IN ({_ACTIVE})), 0) END"
)


#: The same on a later day, when the lines :over are: what a team reported today says nothing of then.
_THEN = (
    "CASE WHEN t.claimed <> :ending AND t.claimed NOT IN (SELECT value FROM json_each(:over)) THEN 0"
    " ELSE coalesce(t.strength, t.headcount, 0) - coalesce((SELECT sum(coalesce(l.answered / 1000, l.people))"
    " FROM line l WHERE l.team = t.id AND l.people IS NOT NULL AND l.id <> :ending"
    f" AND l.id NOT IN (SELECT value FROM json_each(:over)) AND l.state IN ({_ACTIVE})), 0) END"
)


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
    over: Collection[str] | None = None,
) -> str:
    """Which floor it would break to call so many people of a team, None for all of it; "" for none.

    `called` are people whom this very write has called up already, by team; `ending` is a line that
    the order replaces. With `over` it is for a later day, when these lines are over.
    """
    return next((why for why, _lack in _breaking(connection, team, people, ending, called or {}, over)), "")


def lacking(
    connection: sqlite3.Connection, team: str, people: int, ending: str, called: Mapping[str, int],
    over: Collection[str] | None = None,
) -> int:  # fmt: skip
    """How many more of a team would have to be at home for no floor to be broken; the rest is as for `broken`."""
    return max((lack for _why, lack in _breaking(connection, team, people, ending, called, over)), default=0)


def _breaking(
    connection: sqlite3.Connection, team: str, people: int | None, ending: str, called: Mapping[str, int],
    over: Collection[str] | None,
) -> Iterator[tuple[str, int]]:  # fmt: skip
    """(which floor it breaks, how many more of the team at home would hold it): the team's, then the areas'."""
    row = connection.execute(
        f"SELECT name, floor, region, {people_of()}, {_HOME if over is None else _THEN} FROM team t WHERE id=:team",
        {"ending": ending, "team": team, "over": json.dumps(sorted(over or ()))},
    ).fetchone()
    if row is None or row[3] is None:
        return
    name, floor, region, _have, there = row
    there -= called.get(team, 0)
    home = max(0, there)
    leaving = home if people is None else people
    if floor and home - leaving < floor:
        why = _("{team} keeps {floor} people at home, and {left} would be left").format(
            team=safe(name or team), floor=floor, left=max(0, home - leaving)
        )
        yield why, floor + leaving - there
    for area, least, within in _areas(connection, str(region or ""), ending, called, over):
        if within - leaving < least:
            why = _("{area} keeps {floor} people at home, and {left} would be left").format(
                area=safe(area), floor=least, left=max(0, within - leaving)
            )
            yield why, least + leaving - (within - home + there)


class Leave(NamedTuple):
    """How many of a team could be called up before a floor is broken."""

    #: People at home now.
    home: int
    #: So many of them can go.
    free: int
    #: The floor that one more would break: whose it is, and how many it keeps; "" and 0 where there is none.
    keeper: str
    floor: int


def leave(connection: sqlite3.Connection, team: str) -> Leave | None:
    """How many of a team can be called up; None where nobody knows its people."""
    row = connection.execute(
        f"SELECT name, coalesce(floor, 0), region, {people_of()}, {_HOME} FROM team t WHERE id=:team",
        {"ending": "", "team": team},
    ).fetchone()
    if row is None or row[3] is None:
        return None
    name, floor, region, _have, home = row
    home = max(0, home)
    kept = [(home - floor, str(name or team), int(floor))] if floor else []
    kept += [
        (there - floor, area, floor)
        for area, floor, there in _areas(connection, str(region or ""), "", {}, None)
    ]
    free, keeper, floor = min(kept, key=lambda one: one[0], default=(home, "", 0))
    return Leave(home, home, "", 0) if free >= home else Leave(home, max(0, free), keeper, floor)


def _areas(
    connection: sqlite3.Connection, region: str, ending: str, called: Mapping[str, int],
    over: Collection[str] | None,
) -> Iterator[tuple[str, int, int]]:  # fmt: skip
    """(name, floor, people at home) of the areas with a floor that hold a region, the narrowest first."""
    areas = dict.fromkeys((region, region[:4] + "00", region[:2] + "0000")) if len(region) == 6 else {}
    kept = {
        id_: (name, floor)
        for id_, name, floor in connection.execute(
            f"SELECT id, name, floor FROM region WHERE id IN ({','.join('?' * len(areas))}) AND floor > 0",
            tuple(areas),
        )
    }
    for area in areas:
        if area not in kept:
            continue
        name, floor = kept[area]
        low = area.rstrip("0") if area != region else area
        low += "0" * (len(low) % 2)
        teams = connection.execute(
            f"SELECT id, {_HOME if over is None else _THEN} FROM team t"
            " WHERE region >= :low AND region < :end AND retired IS NULL",
            {"ending": ending, "low": low, "end": low + "a", "over": json.dumps(sorted(over or ()))},
        ).fetchall()
        yield name or area, floor, sum(max(0, n - called.get(id_, 0)) for id_, n in teams)
