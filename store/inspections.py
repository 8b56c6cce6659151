"""When things must be inspected next: it follows from the last inspection and the plan of their kind (row B4)."""

from __future__ import annotations

import calendar
import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from emergency.store.errors import InvalidValue
from emergency.store.records.equipment import itself
from emergency.store.records.types import Date
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _

#: A kind that stands under itself by mistake ends the walk up.
_DEEPEST = 20


class Due(NamedTuple):
    """A thing that must be inspected."""

    row: dict[str, Any]
    #: The day until which its last inspection holds; None where a plan asks for one and none is on record.
    until: str | None
    #: What says so: `paper` for a day that was written down, `plan` for one that follows from the plan,
    #: `failed` where its last inspection found it unserviceable.
    by: str


def plans(connection: sqlite3.Connection) -> dict[str, int]:
    """{kind: days between inspections}, of kinds that have a plan or stand under one that has."""
    rows = {
        id_: (parent, every)
        for id_, parent, every in connection.execute("SELECT id, parent, inspect_every FROM item")
    }
    out = {}
    for kind in rows:
        here: str | None = kind
        for _step in range(_DEEPEST):
            if here not in rows:
                break
            parent, every = rows[here]
            if every:
                out[kind] = int(every)
                break
            here = parent
    return out


def after(day: str, every: int) -> str:
    """The last day on which an inspection of a day holds; of a month or year alone, counted from its end."""
    year, month, number = map(int, Date.last_day(day).split("-"))
    whole = date(year, month, min(number, calendar.monthrange(year, month)[1]))
    return (whole + timedelta(days=every)).isoformat()


def refuse_older(row: Mapping[str, Any], day: str) -> None:
    """Raises InvalidValue where a thing was inspected after a day: what was found since then stands."""
    if row["inspected"] and Date.last_day(day) < row["inspected"]:
        raise InvalidValue(
            _("{id} was inspected since then, on {day}").format(id=safe(row["id"]), day=row["inspected"]),
            hint=_(
                "what the newer one found stands; if its day is wrong: emergency equipment set {id} inspected=DAY"
            ).format(id=safe(row["id"])),
        )


def found(day: str, until: str | None, *, failed: bool) -> dict[str, str | None]:
    """What an inspection of a day states of a thing. One that failed holds until no day but its own."""
    return {"inspected": day, "inspection_until": day if failed else until}


def due_of(row: Mapping[str, Any], every: int | None) -> tuple[str | None, str] | None:
    """(until, by) of one thing; None where nothing asks for an inspection."""
    if row["inspection_until"]:
        if row["serviceability"] == "unserviceable" and row["inspection_until"] == row["inspected"]:
            return Date.last_day(row["inspected"]), "failed"
        return Date.last_day(row["inspection_until"]), "paper"
    if not every:
        return None
    return (after(row["inspected"], every) if row["inspected"] else None), "plan"


def due(store: Store, until: str, team: str = "") -> list[Due]:
    """Everything whose inspection is over by a day, or was never made: what was never inspected first."""
    every = plans(store.connection)
    where, values = f"retired IS NULL AND {itself()}", []
    if team:
        where, values = where + " AND team=?", [team]
    marks = ",".join("?" * len(every))
    rows = store.rows(
        f"SELECT * FROM equipment WHERE {where} AND (inspection_until IS NOT NULL OR kind IN ({marks}))"
        " AND coalesce(serviceability, '') NOT IN ('lost', 'destroyed')",
        [*values, *every],
    )
    out = []
    for row in rows:
        found = due_of(row, every.get(str(row["kind"])))
        if found is not None and (found[0] is None or found[0] <= until):
            out.append(Due(row, *found))
    return sorted(out, key=lambda d: (d.until or "", len(d.row["id"]), d.row["id"]))
