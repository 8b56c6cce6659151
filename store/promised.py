"""Stock that is promised beyond what there is: by desks that could not hear of each other (CASES 10, 15).

Each of them saw enough when it gave its order, so no rule refused it. Nothing is clipped: the
sum stands as it is, and who keeps the stock decides which line gets how much.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from emergency.store.query import in_order
from emergency.store.records.steps import ACTIVE, AWAY

#: Ordered, and still in the depot.
_WAITING = ", ".join(f"'{s}'" for s in ACTIVE if s not in AWAY)


class Promise(NamedTuple):
    """A stock line that cannot keep what is promised of it; thousandths of its unit."""

    reserve: str
    #: What lies there; less than nothing where more has left than there was.
    quantity: int
    #: {order line: what it was promised}, of those that have not left.
    lines: dict[str, int]

    @property
    def short(self) -> int:
        """How much is missing."""
        return sum(self.lines.values()) - self.quantity


def beyond(connection: sqlite3.Connection) -> list[Promise]:
    """Every stock line with less than what is promised of it, or less than nothing."""
    promised: dict[str, dict[str, int]] = {}
    for reserve, line, quantity in connection.execute(
        "SELECT reserve, id, coalesce(answered, quantity, 0) FROM line"
        f" WHERE reserve IS NOT NULL AND state IN ({_WAITING})"
    ):
        promised.setdefault(reserve, {})[line] = int(quantity)
    stands = dict(connection.execute("SELECT id, quantity FROM reserve WHERE quantity < 0").fetchall())
    for reserve in promised.keys() - stands.keys():
        row = connection.execute(
            "SELECT coalesce(quantity, 0) FROM reserve WHERE id=?", (reserve,)
        ).fetchone()
        if row is not None:
            stands[reserve] = row[0]
    out = []
    for reserve, quantity in sorted(stands.items()):
        lines = promised.get(reserve, {})
        found = Promise(reserve, int(quantity), {line: lines[line] for line in in_order(lines)})
        if found.short > 0:
            out.append(found)
    return out
