"""Counts of one shelf that were booked apart: each put the books right, so together they did it twice (row C5).

Nothing is clipped and none of them chosen: both stand until a person counts once more, or takes one back.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from typing import NamedTuple

from emergency.store.causality import PLACES, Causality

#: How the movement of an approval is known; behind it stands the id of the stocktake.
ONCE = "stocktake:"


class Count(NamedTuple):
    """One count as the ledger has it."""

    #: The stocktake that was approved; "" where a count was booked without one.
    stocktake: str
    #: The operation that booked it, by which it can be taken back.
    op: str
    #: The fact that booked it, and the fact before which whatever it had seen had come: a stocktake
    #: knows what was known when the shelf was counted, not when somebody approved.
    booked: int
    counted: int

    @property
    def name(self) -> str:
        """What to call it: the stocktake, or the operation."""
        return self.stocktake or self.op


def counts(connection: sqlite3.Connection, reserve: str) -> list[Count]:
    """Every count of a stock line that nobody has taken back, in the order of the ledger."""
    ledger = connection.execute(
        "SELECT mark, is_count, data FROM movement WHERE reserve=? ORDER BY mark", (reserve,)
    ).fetchall()
    told = {mark: json.loads(data) for mark, _is_count, data in ledger if data}
    taken_back = {of for said in told.values() if isinstance(of := said.get("of"), str)}
    out = []
    for mark, is_count, _data in ledger:
        once = str(told.get(mark, {}).get("once", ""))
        stocktake = once.removeprefix(ONCE) if once.startswith(ONCE) else ""
        if not (is_count or stocktake):
            continue
        (op,) = connection.execute("SELECT op FROM entry WHERE n=?", (mark // PLACES,)).fetchone()
        if op in taken_back:
            continue
        row = (
            stocktake and connection.execute("SELECT mark FROM stocktake WHERE id=?", (stocktake,)).fetchone()
        )
        out.append(Count(stocktake, op, mark, (row[0] or 0) if row else mark))
    return out


def apart(connection: sqlite3.Connection) -> dict[str, list[Count]]:
    """{stock line: counts that were booked apart}, where no later count had seen them."""
    order = Causality(connection)
    # Only what stations wrote apart can be apart: most shelves are counted by the one that keeps them.
    rows = connection.execute(
        "SELECT m.reserve FROM movement m JOIN entry e ON e.n = m.mark / ?"
        " WHERE m.reserve IN (SELECT reserve FROM stocktake WHERE state='approved')"
        " AND (m.is_count OR m.data LIKE '%\"once\"%')"
        " GROUP BY m.reserve HAVING count(DISTINCT e.feed) > 1 ORDER BY m.reserve",
        (PLACES,),
    ).fetchall()
    out = {}
    for (reserve,) in rows:
        if found := _apart(order, counts(connection, reserve)):
            out[reserve] = found
    return out


def _apart(order: Causality, all_: list[Count]) -> list[Count]:
    def later(one: Count, *others: Count) -> bool:
        return all(order.saw_mark(one.counted, other.booked) for other in others)

    twice: dict[int, Count] = {}
    for one, other in itertools.combinations(all_, 2):
        # One approval that two stations wrote down moves stock once; of two plain counts the lower stands.
        if one.name == other.name or not (one.stocktake or other.stocktake):
            continue
        if later(one, other) or later(other, one) or any(later(since, one, other) for since in all_):
            continue
        twice |= {one.booked: one, other.booked: other}
    return [twice[mark] for mark in sorted(twice)]
