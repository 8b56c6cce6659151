"""What the steps of a line of stock book in the ledger: what leaves, comes in, and comes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emergency.store import quotas, shipments, units
from emergency.store.errors import InvalidValue
from emergency.store.records.reserve import reserve_id
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.writer import Writer


def _left(row: dict[str, Any]) -> int:
    """How much of a stock line left its depot, in thousandths."""
    return int(row["answered"] if row["answered"] is not None else row["quantity"] or 0)


def delivered(writer: Writer, line: str) -> str:
    """The stock line into which an arrival booked what a line brought, or ""."""
    for (data,) in writer.connection.execute(
        "SELECT data FROM step WHERE line=? AND name='arrive' AND inert IS NULL AND data IS NOT NULL", (line,)
    ):
        reserve = json.loads(data).get("reserve")
        if isinstance(reserve, str):
            return reserve
    return ""


def check_back(writer: Writer, able: list[dict[str, Any]], back: int | None) -> None:
    """What comes back of stock is said, and is no more than what left; the rest was used."""
    stock = [r for r in able if r["reserve"] and not delivered(writer, r["id"])]
    if back is not None and not stock:
        raise InvalidValue(_("--qty: {line} has no stock to bring back").format(line=able[0]["id"]))
    if not stock:
        return
    if len(stock) > 1:
        raise InvalidValue(
            _("{order} has several lines of stock: name one, as {line}").format(
                order=stock[0]["order"], line=stock[0]["id"]
            )
        )
    if back is None:
        raise InvalidValue(
            _("{line}: how much comes back? --qty 0 if all was used").format(line=stock[0]["id"])
        )
    if not 0 <= back <= _left(stock[0]):
        raise InvalidValue(
            _("{line}: {left} left the depot: no more can come back").format(
                line=stock[0]["id"], left=units.format_quantity(_left(stock[0]), "").strip()
            )
        )


def booked(writer: Writer, row: dict[str, Any], step: str, data: dict[str, Any]) -> tuple[str, int]:
    """The stock line that a step of a line of stock changes, and by how much; ("", 0) where none.

    Raises InvalidValue for an arrival of more than left, or of less without a reason.
    """
    back = data.pop("quantity", None) if step == "return" else None
    if not row["reserve"]:
        _refuse_parts(row, data)
        return "", 0
    if step == "depart":
        return row["reserve"], -_left(row)
    if step == "return" and back is not None:
        data["back"] = back
        return row["reserve"], back
    if step == "arrive":
        order = writer.require("callup", row["order"])
        # Who only reads needs none of the rules for orders.
        from emergency.store.checks import depot_named

        depot = depot_named(writer, data.get("place") or order["report_to"])
        if order["kind"] == "transfer" and depot:
            received = shipments.good(row["id"], _left(row), data)
            return _line_at(writer, row["reserve"], depot), received
        _refuse_parts(row, data)
    return "", 0


def _refuse_parts(row: dict[str, Any], data: dict[str, Any]) -> None:
    if data.get("received") is not None or data.get("damaged"):
        raise InvalidValue(
            _("{line} brings no stock into a depot: nothing of it is counted in").format(line=row["id"])
        )


def book(
    writer: Writer, row: dict[str, Any], step: str, reserve: str, quantity: int, at: int, data: dict[str, Any]
) -> None:
    """Write the movement that a step makes."""
    reason = f"order {row['order']}"
    if step == "arrive":
        reason = shipments.reason(row["order"], _left(row), quantity, data)
    # The quota is that of the station which gave the order, whoever writes this down.
    post = quotas.posted(writer.connection, row["id"])
    writer.move(reserve, quantity, reason=reason, at=at, line=row["id"], step=step, post=post)


def _line_at(writer: Writer, reserve: str, depot: str) -> str:
    """The stock line of another depot for the same item and lot, made if it is not there."""
    source = writer.require("reserve", reserve)
    id_ = reserve_id(depot, source["item"], source["lot"] or "")
    if writer.connection.execute("SELECT 1 FROM reserve WHERE id=?", (id_,)).fetchone() is None:
        kept = {k: source[k] for k in ("item", "lot", "unit", "expires")}
        writer.new("reserve", {"depot": depot, **kept}, id_)
    return id_
