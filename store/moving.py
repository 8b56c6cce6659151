"""The draft orders that place teams ahead of a season, and what becomes of those of an earlier plan.

As of a call-up (planned.py): what is meant again is kept, what is not is cancelled. A draft that sends the
same team elsewhere, or from elsewhere, is another order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import planned
from emergency.store.asks import Ask
from emergency.store.orders import Desk
from emergency.store.planned import Drafted, Issued
from emergency.store.records.steps import ACTIVE

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: How the note of a drafted order begins; behind it stands the season.
NOTE = "plan stage"
#: What of a draft is brought up to date where it stands.
UPDATED = ("by", "until")


class Move(NamedTuple):
    """An order of the plan, and the line by which its team stands elsewhere now; "" where it is at home."""

    ask: Ask
    instead: str


class Before(NamedTuple):
    """What earlier plans of a season mean for this one."""

    season: str
    #: For each move the draft that stands for it, None where it is to be written; and drafts to be cancelled.
    stands: list[Drafted | None]
    dropped: list[Drafted]
    #: {team that moves: a draft that would place it too, and is none of this season's plans}
    others: dict[str, str]


def note(season: dict[str, Any]) -> str:
    """By which the drafts of a season are known; its name is for the reader."""
    return f"{NOTE} {season['id']} {season['name']}"


def before(connection: sqlite3.Connection, season: str, moves: Sequence[Move]) -> Before:
    """What drafts there are for a season, against what a plan would write."""
    mine, others = [], {}
    for row in _lines(connection, ("draft",)):
        if _of(row, season):
            mine.append(_drafted(row))
        else:
            others[row["team"]] = row["id"]
    stands, dropped = planned.matched([_meant(move) for move in moves], mine)
    going = {move.ask.team for move in moves}
    return Before(season, stands, dropped, {team: line for team, line in others.items() if team in going})


def issue(
    writer: Writer, moves: Sequence[Move], found: Before, at: int, over: frozenset[str] | None = None
) -> Issued:
    """Write the plan's orders as drafts; raises what refuses one of them, and then writes nothing.

    `over` are the lines that are over when the season begins, as ahead.py has them.

    Others may have written while it was reckoned: what was given meanwhile is neither cancelled nor written again.
    """
    connection, season = writer.connection, found.season
    given = {_meant_by(row)[:3] for row in _lines(connection, ACTIVE) if _of(row, season)}
    moves = [move for move in moves if _meant(move)[:3] not in given]
    found = before(connection, season, moves)
    desk = Desk(writer)
    desk.over = over
    lines = {move.ask.team: move.instead for move in moves}

    def write(ask: Ask) -> str:
        return desk.issue(ask, at, draft=True, instead=lines[ask.team]).id

    return planned.settle(writer, [move.ask for move in moves], found.stands, found.dropped, at, write)


def _lines(connection: sqlite3.Connection, states: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The lines of teams that orders of kind preposition have in some states, each with its order."""
    cursor = connection.execute(
        "SELECT c.id AS callup, c.report_to, c.by, c.until, c.note, l.id, l.team, l.people, l.from_line"
        ' FROM callup c JOIN line l ON l."order" = c.id'
        f" WHERE c.kind = 'preposition' AND l.state IN ({','.join('?' * len(states))})"
        " AND l.retired IS NULL AND l.team IS NOT NULL ORDER BY length(l.id), l.id",
        states,
    )
    names = [d[0] for d in cursor.description]
    return (dict(zip(names, values, strict=True)) for values in cursor)


def _of(row: dict[str, Any], season: str) -> bool:
    """Whether a plan of this season wrote an order."""
    return str(row["note"] or "").startswith(f"{NOTE} {season} ")


def _drafted(row: dict[str, Any]) -> Drafted:
    stands = {name: row[name] or None for name in UPDATED}
    return Drafted(row["callup"], (row["id"],), _meant_by(row), row["team"], row["people"], (), None, stands)


def _meant_by(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["team"], row["people"], row["report_to"] or "", row["from_line"] or ""


def _meant(move: Move) -> tuple[Any, ...]:
    return move.ask.team, move.ask.people, move.ask.report_to, move.instead
