"""One item of equipment registered twice becomes one: the other record counts under it (CASES 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emergency.store.errors import InvalidValue, Refused
from emergency.store.records import BY_NAME, RECORDS
from emergency.store.records.types import Stored
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.writer import Writer


def merge_into(store: Store, writer: Writer, keep: str, gone: str) -> dict[str, Stored]:
    """Let `gone` count under `keep` from now on; returns what `keep` learns from it.

    Raises InvalidValue for what is one already, Refused where they are two things or `gone` is called up.
    """
    if keep == gone:
        raise InvalidValue(_("{id} cannot be merged with itself").format(id=keep))
    row, kept = store.row("equipment", gone), store.row("equipment", keep)
    if row is None or kept is None or kept["same_as"]:
        raise InvalidValue(_("{id} already counts under another").format(id=keep))
    if row["claimed"]:
        raise Refused(
            _("{id} is called up by {order}").format(id=gone, order=row["claimed"]),
            hint=_("end that line first"),
        )
    for name in ("plate", "serial"):
        if row[name] and kept[name] and row[name] != kept[name]:
            raise Refused(
                _("{id} and {other} are two things: {field} {one}, {two}").format(
                    id=keep,
                    other=gone,
                    field=BY_NAME["equipment"][name].label,
                    one=safe(kept[name]),
                    two=safe(row[name]),
                )
            )
    filled = _filled(kept, row)
    if filled:
        writer.set("equipment", keep, filled)
    writer.set("equipment", gone, {"same_as": keep})
    return filled


def _filled(kept: dict[str, Any], other: dict[str, Any]) -> dict[str, Stored]:
    """What the other record knows of a thing and the kept one does not."""
    out: dict[str, Stored] = {}
    for field in RECORDS["equipment"].fields:
        if field.name in ("same_as", "retired", "sample", "leased_to", "leased_until") or field.folded:
            continue
        known, told = field.type.gather(field.name, kept), field.type.gather(field.name, other)
        if known is None and told is not None:
            out[field.name] = told
    return out
