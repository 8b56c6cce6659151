"""Assigning order lines to the areas of their incident (row E6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emergency.store import areas, following, stepping
from emergency.store.errors import InvalidValue, Refused
from emergency.store.records.steps import ENDED
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.writer import Writer


def assign(writer: Writer, text: str, area: str) -> list[str]:
    """Assign the lines that `FT-12` or `FT-12/1` names to an area of their incident, or with "" to none; the lines.

    Raises NoSuchRecord, and Refused for lines that have ended or an order without an incident.
    """
    rows = stepping.lines_of(writer, text)
    going = [row for row in rows if row["state"] not in ENDED]
    if not going:
        raise Refused(_("{id} has ended: it is assigned to nothing").format(id=safe(text)))
    incident = writer.require("callup", going[0]["order"])["incident"]
    if not incident:
        raise InvalidValue(_("{id} is for no incident").format(id=safe(text)))
    target = areas.find(writer.connection, incident, area) if area.strip() else None
    for row in going:
        writer.set("line", row["id"], {"area": target})
    return [str(row["id"]) for row in going]


def assigned(store: Store, area: str) -> list[dict[str, Any]]:
    """The lines that are assigned to an area and have not ended, as `following.follow` tells them."""
    row = store.row("area", area)
    lines = following.follow(store, incident=str((row or {}).get("incident") or ""), open_only=True)
    return [line for line in lines if line["area"] == area]
