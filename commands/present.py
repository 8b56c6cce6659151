"""Records as programs and people see them, from the records' own declarations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emergency.commands.output import Column
from emergency.store.records import Record
from emergency.store.records.types import Ref
from emergency.store.seasons import parted
from emergency.store.showing import (
    availability,
    drilled,
    field_cell,
    id_cell,
    is_stale,
    readiness,
    show_field,
)
from emergency.store.text import safe
from emergency.store.words import _, listed


def plain(record: Record, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON: every field, the same in every language, and what is derived from them."""
    out: dict[str, Any] = {"id": row["id"]}
    for field in record.fields:
        out[field.name] = field.type.plain(field.type.gather(field.name, row))
    if record.noun in ("equipment", "team"):
        out["claimed_by"] = (row["claimed"] or "").split()
    if record.noun == "equipment":
        out["availability"] = availability(row)
    if record.noun == "team":
        out["readiness_shown"] = readiness(row)
        out["stale"] = is_stale(row)
    if not row["known"]:
        out["placeholder"] = True
    if "distance_m" in row:
        out["distance_m"] = row["distance_m"]
        if "distance_to" in row:
            out["distance_to"] = row["distance_to"]
    return out


def _away(row: Mapping[str, Any]) -> str:
    km = f"{row['distance_m'] / 1000:.1f} km"
    return _("region: {km}").format(km=km) if "distance_to" in row else km


def columns(
    record: Record, *, distance: bool = False, names: Mapping[str, Mapping[str, str]] | None = None
) -> list[Column]:
    """The columns of a list: the id, the declared ones, and a mark for samples in the id's column.

    With `names` a reference shows the name of what it refers to.
    """

    known = names or {}
    out = [Column("id", _("Id"), lambda row: safe(id_cell(row)))]
    if distance:
        out.append(Column("distance_m", _("Away"), _away))
    for name in record.listed:
        field = record.field(name)
        assert field is not None
        out.append(
            Column(name, field.label, lambda row, f=field: safe(field_cell(record, f, row, known)))  # type: ignore[misc]
        )
    if record.noun == "equipment":
        out.append(Column("claimed_by", _("Claimed by"), lambda row: safe(row["claimed"] or "")))
    return out


def lines(
    record: Record, row: Mapping[str, Any], names: Mapping[str, Mapping[str, str]] | None = None
) -> list[tuple[str, str]]:
    """Label and value of every field that has one; a reference, or a word that is one, with the name it stands for."""
    out = [(_("Id"), safe(drilled(row, str(row["id"]))))]
    for field in record.fields:
        text = show_field(record, field, row)
        if text and isinstance(field.type, Ref):
            name = (names or {}).get(field.type.kind, {}).get(row[field.name])
            text += f" {safe(name)}" if name and name != row[field.name] else ""
        if text and field.words_of:
            said = safe(field_cell(record, field, row, names or {}))
            text += f" {said}" if said != listed(parted(text)) else ""
        if text:
            out.append((field.label, text))
    if record.noun in ("equipment", "team") and row["claimed"]:
        out.append((_("Claimed by"), safe(row["claimed"])))
    if not row["known"]:
        out.append((_("Placeholder"), _("edited elsewhere; the record itself has not come yet")))
    return out
