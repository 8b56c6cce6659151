"""Stock on its way between depots: what was sent, what came, what was short or damaged (row C5).

A shipment is a line of a transfer order; it leaves with `depart` and comes in with `arrive`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from emergency.store import times, units
from emergency.store.errors import InvalidValue
from emergency.store.store import Store
from emergency.store.words import _, listed


class Shipment(NamedTuple):
    """One line of a transfer; amounts in thousandths of the item's unit, None before they are known."""

    line: str
    item: str
    unit: str
    source: str
    target: str
    state: str
    sent: int | None
    received: int | None
    damaged: int | None
    sent_at: int | None
    received_at: int | None
    note: str
    exercise: bool

    @property
    def short(self) -> int | None:
        """What left and never came."""
        if self.sent is None or self.received is None:
            return None
        return self.sent - self.received - (self.damaged or 0)


def good(line: str, left: int, data: Mapping[str, Any]) -> int:
    """How much of what left is put into stock on arrival. Raises InvalidValue for more than left, or no reason."""
    received, damaged = data.get("received"), data.get("damaged") or 0
    if received is None:
        received = left - damaged
    if received < 0 or damaged < 0 or received + damaged > left:
        raise InvalidValue(
            _("{line}: {left} left the depot: no more can come in").format(
                line=line, left=units.format_quantity(left, "").strip()
            ),
            hint=_("if more is there: emergency stocktake count"),
        )
    if received < left and not data.get("note"):
        raise InvalidValue(
            _("{line}: {short} of {left} did not come in whole: say why").format(
                line=line,
                short=units.format_quantity(left - received, "").strip(),
                left=units.format_quantity(left, "").strip(),
            ),
            hint=_("--note REASON"),
        )
    return int(received)


def reason(order: str, left: int, received: int, data: Mapping[str, Any]) -> str:
    """Why so much came into stock: the order, and what was short or damaged, with its reason."""
    parts = [f"order {order}"]
    damaged = int(data.get("damaged") or 0)
    if short := left - received - damaged:
        parts.append(f"short {units.format_quantity(short, '').strip()}")
    if damaged:
        parts.append(f"damaged {units.format_quantity(damaged, '').strip()}")
    if len(parts) > 1 and data.get("note"):
        parts.append(str(data["note"]))
    return listed(parts)


def shipments(store: Store) -> list[Shipment]:
    """Every shipment that was ordered, those on their way first, then the latest."""
    rows = store.rows(
        "SELECT l.*, c.report_to, i.unit AS item_unit,"
        " coalesce('yes' IN (l.exercise, c.exercise, x.exercise), 0) AS drill"
        ' FROM line l JOIN callup c ON c.id = l."order" LEFT JOIN item i ON i.id = l.item'
        " LEFT JOIN incident x ON x.id = c.incident"
        " WHERE c.kind='transfer' AND l.reserve IS NOT NULL AND l.state <> 'draft' ORDER BY length(l.id), l.id"
    )
    out = [_shipment(store, row) for row in rows]
    return sorted(out, key=lambda s: (s.state != "en_route", -(s.sent_at or 0)))


def _shipment(store: Store, row: dict[str, Any]) -> Shipment:
    steps = {
        name: (at, json.loads(data) if data else {})
        for name, at, data in store.connection.execute(
            "SELECT name, at, data FROM step WHERE line=? AND inert IS NULL AND name IN ('depart', 'arrive')"
            " ORDER BY mark DESC",
            (row["id"],),
        )
    }
    left = int(row["answered"] if row["answered"] is not None else row["quantity"] or 0)
    sent_at, _data = steps.get("depart", (None, {}))
    came_at, came = steps.get("arrive", (None, {}))
    sent = left if sent_at is not None else None
    damaged = int(came.get("damaged") or 0) if came_at is not None else None
    received = came.get("received") if came_at is not None else None
    if came_at is not None and received is None:
        received = left - (damaged or 0)
    return Shipment(
        row["id"], row["item"], row["item_unit"] or "", row["depot"] or "", row["report_to"] or "", row["state"],
        sent, received, damaged, sent_at, came_at, str(came.get("note") or ""), bool(row["drill"]),
    )  # fmt: skip


def told(shipment: Shipment) -> dict[str, Any]:
    """A shipment as JSON."""
    figures = ("sent", "received", "damaged", "short")
    out: dict[str, Any] = {**shipment._asdict(), "short": shipment.short}
    out |= {name: None if out[name] is None else out[name] / 1000 for name in figures}
    for name in ("sent_at", "received_at"):
        out[name] = None if out[name] is None else times.format_time(out[name])
    return out
