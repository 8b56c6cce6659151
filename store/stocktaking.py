"""Counting with approval: the difference becomes a movement once another person has approved it (row C5).

The difference is taken from the books as they stood when the shelf was counted, so what moves
between the count and its approval is not swallowed by it. Approved twice apart, it counts once.
"""

from __future__ import annotations

from typing import Any

from emergency.store.errors import Refused
from emergency.store.records.stocktake import STATES
from emergency.store.text import safe
from emergency.store.words import _, language
from emergency.store.writer import Writer


def propose(writer: Writer, reserve: str, counted: int, *, reason: str, who: str, at: int) -> tuple[str, int]:
    """Put a count on record that changes nothing yet; (its id, the difference). In thousandths."""
    row = writer.require("reserve", reserve)
    booked = int(row["quantity"] or 0)
    values: dict[str, Any] = {
        "reserve": reserve,
        "counted": counted,
        "booked": booked,
        "unit": row["unit"],
        "reason": reason or None,
        "counted_by": who,
        "counted_at": at,
        "state": "proposed",
    }
    return writer.new("stocktake", values), counted - booked


def decide(writer: Writer, id_: str, *, approve: bool, who: str, why: str) -> int:
    """Approve or reject a count; returns what it moved. Raises Refused where it is decided, or by who counted."""
    row = writer.require("stocktake", id_)
    if row["state"] != "proposed":
        raise Refused(
            _("stocktake {id} is {state} already, by {who}").format(
                id=safe(id_),
                state=STATES[row["state"]][1 if language() == "zh" else 0],
                who=safe(str(row["decided_by"] or "?")),
            )
        )
    if who == row["counted_by"]:
        raise Refused(
            _("{who} counted, and does not approve").format(who=safe(who)),
            hint=_("another officer does: --officer NAME"),
        )
    difference = int(row["counted"]) - int(row["booked"]) if approve else 0
    state = "approved" if approve else "rejected"
    writer.set("stocktake", id_, {"state": state, "decided_by": who, "why": why or None})
    if difference:
        reason = " ".join(filter(None, ("stocktake", id_, row["reason"], why)))
        writer.move(str(row["reserve"]), difference, reason=reason, once=f"stocktake:{id_}")
    return difference
