"""What depots have free of some kinds of item: beside stock.py, which keeps the ledger of one stock line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from emergency.store.records.steps import ACTIVE, AWAY
from emergency.store.records.types import Date

#: Ordered, and still in the depot.
_WAITING = ", ".join(f"'{s}'" for s in ACTIVE if s not in AWAY)


def depot_stock(
    connection: sqlite3.Connection, items: Sequence[str], today: str, ending: Collection[str] = ()
) -> list[tuple[Any, ...]]:
    """(depot, item, name, region, lat, lng, free, expired, floor, sample mark), in thousandths, of all that is there.

    Free is what no order waits for, but for the lines that are `ending`, and has not expired by `today`; the floor
    is the least that should stay.
    """
    marks = ",".join("?" * len(items))
    last = Date.last_day_sql("coalesce(v.expires, '9999')")
    return connection.execute(
        "SELECT v.depot, v.item, d.name, d.region, coalesce(d.at_lat, r.at_lat), coalesce(d.at_lng, r.at_lng),"
        f" sum(max(0, coalesce(v.quantity, 0) - coalesce(h.held, 0)) * ({last} >= ?)),"
        f" sum(max(0, coalesce(v.quantity, 0) - coalesce(h.held, 0)) * ({last} < ?)),"
        " sum(coalesce(v.minimum, 0)), max(coalesce(d.sample, ''))"
        " FROM reserve v JOIN depot d ON d.id = v.depot LEFT JOIN region r ON r.id = d.region"
        " LEFT JOIN (SELECT reserve, sum(coalesce(answered, quantity)) AS held FROM line"
        f" WHERE reserve IS NOT NULL AND state IN ({_WAITING})"
        " AND id NOT IN (SELECT value FROM json_each(?)) GROUP BY reserve) h ON h.reserve = v.id"
        f" WHERE v.item IN ({marks}) AND v.retired IS NULL AND d.retired IS NULL"
        " AND coalesce(v.form, 'physical') = 'physical' GROUP BY v.depot, v.item ORDER BY v.depot, v.item",
        (today, today, json.dumps(sorted(ending)), *items),
    ).fetchall()
