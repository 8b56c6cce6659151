"""What of today does not count on a later day: for a plan of a season that has not begun.

Nobody knows in winter who will be ready in June. What a team reported today says nothing of then, and who is out is
back, unless an order says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection

from emergency.store import claims, times
from emergency.store.records.callup import HOLDING
from emergency.store.records.steps import ACTIVE
from emergency.store.seasons import Window
from emergency.store.store import Store

_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)
_HOLDING = ", ".join(f"'{k}'" for k in HOLDING)


def over(store: Store, window: Window) -> frozenset[str] | None:
    """The lines of orders that are over when a window opens; None of one that is open, where all of today counts.

    Those that end before, and those without an end that are for an incident: who is out on one is not taken to stay
    for months. What only holds a team, and says no end, holds it until somebody ends it.
    """
    if window.state != "ahead":
        return None
    begin = times.parse_time(f"{window.begin} 00:00", times.now())
    return frozenset(
        row["id"]
        for row in store.rows(
            'SELECT l.id FROM line l JOIN callup c ON c.id = l."order"'
            f" WHERE l.state IN ({_ACTIVE}) AND (coalesce(l.until, c.until) <= ?"
            f" OR coalesce(l.until, c.until) IS NULL AND c.kind NOT IN ({_HOLDING}))",
            (begin,),
        )
    )


def out(store: Store, lines: Collection[str]) -> dict[str, str]:
    """{team that is out today by one of these lines: the first of them}."""
    found: dict[str, str] = {}
    for some in claims.chunks(sorted(lines)):
        marks = ",".join("?" * len(some))
        for row in store.rows(
            f"SELECT id, team FROM line WHERE id IN ({marks}) AND team IS NOT NULL"
            " AND equipment IS NULL AND item IS NULL ORDER BY length(id), id",
            some,
        ):
            found.setdefault(row["team"], row["id"])
    return found
