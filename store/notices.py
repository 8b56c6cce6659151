"""What entries that came mean for the officer here: orders of ours that others ended (CASES 5, 13),
and what a newer program wrote, which this one keeps and cannot show (CASES 21)."""

from __future__ import annotations

import json
import sqlite3
from typing import NamedTuple

from emergency.store.causality import PLACES
from emergency.store.query import free_like, in_order


class Taken(NamedTuple):
    """A line of ours that somebody else ended."""

    line: str
    #: `supersede`, `cancel` or `settle`.
    step: str
    #: What the line called up, as far as it is one thing.
    thing: str
    #: The order or line that has it now; "" where none does.
    by: str
    #: The station that decided.
    station: str
    #: Others of the kind that are free.
    free: tuple[str, ...]


def latest(connection: sqlite3.Connection) -> int:
    """The number of the last entry that has come."""
    return int(connection.execute("SELECT coalesce(max(n), 0) FROM entry").fetchone()[0])


def taken(connection: sqlite3.Connection, after: int) -> list[Taken]:
    """The lines of this station's orders that entries behind this number ended, in the order of their ids."""
    rows = connection.execute(
        "SELECT s.line, s.name, s.data, f.station, l.equipment, l.team FROM ("
        "  SELECT line, mark, name, data FROM step WHERE mark >= ?1 AND inert IS NULL"
        "  AND name IN ('supersede', 'cancel') UNION ALL"
        "  SELECT line, mark, 'settle', keep FROM settled WHERE mark >= ?1 AND keep <> line) s"
        " JOIN entry e ON e.n = s.mark / ?2 JOIN feed f ON f.n = e.feed JOIN line l ON l.id = s.line"
        " WHERE f.station <> ?3 AND l.state IN ('superseded', 'cancelled') AND EXISTS("
        "  SELECT 1 FROM step i JOIN entry ie ON ie.n = i.mark / ?2 JOIN feed g ON g.n = ie.feed"
        "  WHERE i.line = s.line AND i.name = 'issue' AND g.station = ?3) ORDER BY s.mark",
        ((after + 1) * PLACES, PLACES, _station(connection)),
    )
    found = {line: Taken(line, step, tag or team or "", _by(step, data), station, _free(connection, tag))
             for line, step, data, station, tag, team in rows}  # fmt: skip
    return [found[line] for line in in_order(found)]


def _station(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM meta WHERE key='station'").fetchone()
    return str(row[0]) if row else ""


def _by(step: str, data: str | None) -> str:
    if step == "settle":
        return data or ""
    told = json.loads(data) if data else {}
    return str(told.get("by") or "")


def _free(connection: sqlite3.Connection, tag: str | None) -> tuple[str, ...]:
    return tuple(free_like(connection, tag)) if tag else ()


def newer(connection: sqlite3.Connection) -> int:
    """How many entries hold something that this program does not know; they are kept and handed on as they are."""
    return int(
        connection.execute(
            "SELECT count(*) FROM (SELECT mark / ?1 AS n FROM inert WHERE why IN ('newer', 'unknown-fact', 'unknown-kind')"
            " OR why LIKE '%unknown-field: %' UNION SELECT mark / ?1 FROM step WHERE inert = 'unknown-step')",
            (PLACES,),
        ).fetchone()[0]
    ) + int(connection.execute("SELECT count(*) FROM aside WHERE why = 'newer'").fetchone()[0])
