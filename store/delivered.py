"""Every way by which an order came to a station: by code, by line, by stick (CASES 7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from emergency.store.store import Store


def deliveries(store: Store, order: str) -> list[dict[str, Any]]:
    """Every delivery of an order, oldest first: when, by which channel, who put it on record, of which lines."""
    rows = store.rows(
        "SELECT s.line, s.at, s.data, s.mark / 1024 AS n, e.wall, e.header FROM step s"
        ' JOIN line l ON l.id = s.line JOIN entry e ON e.n = s.mark / 1024 WHERE l."order"=?'
        " AND s.name='deliver' ORDER BY s.at, s.mark",
        (order,),
    )
    found: dict[tuple[int, int, str], dict[str, Any]] = {}
    for row in rows:
        data = json.loads(row["data"]) if row["data"] else {}
        key = (row["n"], row["at"], str(data.get("channel") or ""))
        if key not in found:
            found[key] = {
                "at": row["at"],
                "recorded": row["wall"],
                "channel": data.get("channel"),
                "who": json.loads(row["header"])["who"],
                "lines": [],
                "left_out": str(data.get("left_out") or "").split(),
                "note": data.get("note"),
            }
        found[key]["lines"].append(row["line"])
    return sorted([*found.values(), *_arrived(store, order)], key=lambda d: d["at"])


def _arrived(store: Store, order: str) -> Iterator[dict[str, Any]]:
    """How the sender's own entries came to this store, by any line or stick; not those that repeat them."""
    issued: dict[int, list[str]] = {}
    for step in store.rows(
        "SELECT s.line, s.mark / 1024 AS n, s.data FROM step s JOIN line l ON l.id = s.line"
        " WHERE l.\"order\"=? AND s.name='issue' ORDER BY s.mark",
        (order,),
    ):
        if not (step["data"] and json.loads(step["data"]).get("told")):
            issued.setdefault(step["n"], []).append(step["line"])
    marks = ", ".join(map(str, issued))
    rows = store.rows(
        "SELECT d.at, d.channel, e.n, e.header FROM delivery d JOIN entry e ON e.n = d.n"
        f" WHERE d.n IN ({marks}) ORDER BY d.at, d.channel"
    )
    for row in rows:
        yield {
            "at": row["at"],
            "recorded": row["at"],
            "channel": row["channel"],
            "who": json.loads(row["header"])["who"],
            "lines": issued[row["n"]],
            "left_out": [],
            "note": None,
        }
