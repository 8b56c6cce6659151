"""Which order goes before which: a superior's over a live claim, an agreement before a requisition.

Rank is that of the station: what its region is, by the code (GB/T 2260). Nothing else is known
of rank, and nothing else is assumed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from emergency.store import times
from emergency.store.asks import Ask
from emergency.store.claimants import tier
from emergency.store.errors import Refused
from emergency.store.records.steps import STEPS
from emergency.store.records.types import Date
from emergency.store.text import safe
from emergency.store.words import _

#: States of a line that another order may take the place of.
_ENDABLE = ", ".join(f"'{s}'" for s in STEPS["supersede"].sources)


def takes_over(connection: sqlite3.Connection, ask: Ask, line: str) -> bool:
    """Whether an order may take a thing over the live claim of a line (CASES 5).

    It may if this station ranks above the one that gave that order, and the order states its
    legal basis and why.
    """
    return bool(ask.basis and ask.override) and outranks(connection, line)


def outranks(connection: sqlite3.Connection, line: str) -> bool:
    """Whether this station is a superior of the one that gave a line's order, and the line can be superseded.

    A superior's region holds the other's: a city is no superior of another province's county.
    """
    mine = _region(
        connection, "SELECT region FROM station WHERE id = (SELECT value FROM meta WHERE key='station')", ()
    )
    theirs = _region(
        connection,
        "SELECT s.region FROM claim c JOIN entry e ON e.n = c.mark / 1024 JOIN feed f ON f.n = e.feed"
        " JOIN station s ON s.id = f.station JOIN line l ON l.id = c.line"
        f" WHERE c.line=? AND l.state IN ({_ENDABLE}) ORDER BY f.id, e.seq LIMIT 1",
        (line,),
    )
    if not (tier(mine) and tier(theirs)) or tier(mine) == tier(theirs):
        return False
    held = {"province": 2, "city": 4, "county": 6}[tier(mine)]
    return theirs[:held] == mine[:held]


def _region(connection: sqlite3.Connection, sql: str, parameters: tuple[str, ...]) -> str:
    row = connection.execute(sql, parameters).fetchone()
    return str(row[0] or "") if row else ""


def of_a_drill(connection: sqlite3.Connection, line: str) -> bool:
    """Whether a line was ordered for an exercise: by itself, its order, or the incident of that (row E4)."""
    return (
        connection.execute(
            'SELECT 1 FROM line l LEFT JOIN callup c ON c.id = l."order" LEFT JOIN incident i ON i.id = c.incident'
            " WHERE l.id=? AND 'yes' IN (l.exercise, c.exercise, i.exercise)",
            (line,),
        ).fetchone()
        is not None
    )


def endable(connection: sqlite3.Connection, line: str) -> bool:
    """Whether another order may take the place of a line from where it stands."""
    return (
        connection.execute(f"SELECT 1 FROM line WHERE id=? AND state IN ({_ENDABLE})", (line,)).fetchone()
        is not None
    )


def gives_way(connection: sqlite3.Connection, line: str) -> bool:
    """Whether a line is one of a drill that the real thing may end (row E4)."""
    return of_a_drill(connection, line) and endable(connection, line)


def giving(connection: sqlite3.Connection, incidents: Collection[str]) -> frozenset[str]:
    """The lines of drills that orders for these incidents may end: none where one of them is a drill itself."""
    marks = ",".join("?" * len(incidents))
    drill = f"SELECT 1 FROM incident WHERE exercise = 'yes' AND id IN ({marks})"
    if connection.execute(drill, tuple(incidents)).fetchone():
        return frozenset()
    rows = connection.execute(
        'SELECT l.id FROM line l LEFT JOIN callup c ON c.id = l."order" LEFT JOIN incident i ON i.id = c.incident'
        f" WHERE l.state IN ({_ENDABLE}) AND 'yes' IN (l.exercise, c.exercise, i.exercise)"
    )
    return frozenset(line for (line,) in rows)


def fewest(drills: Iterable[tuple[str, int]], short: int) -> list[tuple[str, int]]:
    """Of (line, amount) of drills the fewest whose amounts make up what is short; nothing where all do not.

    The largest come first, and the last is the smallest that is enough.
    """
    left = sorted((one for one in drills if one[1] > 0), key=lambda one: (-one[1], len(one[0]), one[0]))
    out = []
    while short > 0 and left:
        least = min((amount for _line, amount in left if amount >= short), default=left[0][1])
        one = next(one for one in left if one[1] == least)
        left.remove(one)
        out.append(one)
        short -= least
    return out if short <= 0 else []


def refuse_under_agreement(connection: sqlite3.Connection, ask: Ask, team: str, at: int) -> None:
    """A thing has one basis: what is under agreement is called up by it, not requisitioned (CASES 14).

    Raises Refused, unless the order says why the agreement fails.
    """
    if ask.kind != "requisition" or ask.override or not team:
        return
    row = connection.execute("SELECT agreement, agreement_until FROM team WHERE id=?", (team,)).fetchone()
    agreement, until = row if row else (None, None)
    if not (agreement or until) or (until and Date.last_day(until) < times.format_time(at)[:10]):
        return
    raise Refused(
        _("{team} is under agreement {agreement}: call it up by that, not by requisition").format(
            team=team, agreement=safe(" ".join(filter(None, (agreement, until))))
        ),
        hint=_("--kind callup; if the agreement fails, --override REASON says so"),
    )
