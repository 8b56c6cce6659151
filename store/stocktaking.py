"""Counting with approval: the difference becomes a movement once another person has approved it (row C5).

The difference is taken from the books as they stood when the shelf was counted, so what moves
between the count and its approval is not swallowed by it. Approved twice apart, it counts once.
What another count has put right meanwhile would be put right twice, so that refuses it; where
two stations approved apart it is shown to both (store/recounts.py). Whatever is known when a count is
put on record is in it: so what was counted at an earlier moment is not taken once stock has moved.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from emergency.store import recounts, stock, times, units
from emergency.store.causality import Causality
from emergency.store.errors import Refused
from emergency.store.records.stocktake import STATES
from emergency.store.text import safe
from emergency.store.words import _, language

if TYPE_CHECKING:
    from emergency.store.writer import Writer


def refuse_moved_since(connection: sqlite3.Connection, reserve: str, at: int) -> None:
    """Raises Refused where a shelf was counted at a moment, and its stock moved or was counted after that."""
    rows = stock.movements(connection, reserve)
    when = dict(connection.execute("SELECT mark, at FROM movement WHERE reserve=?", (reserve,)).fetchall())
    line, time = safe(reserve), times.format_time(at)
    if any(when[count.booked] > at for count in recounts.counts(connection, reserve) if not count.stocktake):
        raise Refused(
            _("{line} was counted since {time}").format(line=line, time=time),
            hint=_("count once more, without --at"),
        )
    told = stock.happened(rows, stock.effective(connection, reserve, rows))
    moved = sum(spoken.quantity for spoken, _all in told if when[spoken.mark] > at)
    if moved:
        row = connection.execute("SELECT unit FROM reserve WHERE id=?", (reserve,)).fetchone()
        amount = units.format_quantity(moved, str(row[0] or "") if row else "").strip()
        raise Refused(
            _("{line} has moved by {amount} since {time}: what was counted then is not there now").format(
                line=line, amount=amount, time=time
            ),
            hint=_("leave out --at, and give what is there now: what was counted then, and {amount}").format(
                amount=amount
            ),
        )


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
    if approve:
        _refuse_counted_since(writer.connection, row)
    difference = int(row["counted"]) - int(row["booked"]) if approve else 0
    state = "approved" if approve else "rejected"
    writer.set("stocktake", id_, {"state": state, "decided_by": who, "why": why or None})
    if difference:
        reason = " ".join(filter(None, ("stocktake", id_, row["reason"], why)))
        writer.move(str(row["reserve"]), difference, reason=reason, once=recounts.ONCE + id_)
    return difference


def waiting(connection: sqlite3.Connection, reserve: str) -> list[str]:
    """The stocktakes of a stock line that nobody has decided, by id."""
    rows = connection.execute(
        "SELECT id FROM stocktake WHERE reserve=? AND state='proposed' AND retired IS NULL"
        " ORDER BY length(id), id",
        (reserve,),
    )
    return [str(id_) for (id_,) in rows]


def _refuse_counted_since(connection: sqlite3.Connection, row: dict[str, Any]) -> None:
    """Raises Refused where the books know of a count that a stocktake had not seen, whatever the clocks say."""
    order, seen = Causality(connection), row["mark"] or 0
    for count in recounts.counts(connection, str(row["reserve"])):
        if count.stocktake == row["id"] or order.saw_mark(seen, count.booked):
            continue
        said = (
            _("stocktake {other} of {line} was approved since {id} was counted")
            if count.stocktake
            else _("{line} was counted again since {id} was counted")
        )
        raise Refused(
            said.format(other=safe(count.stocktake), line=safe(str(row["reserve"])), id=safe(str(row["id"]))),
            hint=_("count once more, and reject {id}").format(id=safe(str(row["id"]))),
        )
