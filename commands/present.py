"""Records as programs and people see them, from the records' own declarations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emergency.commands.output import Column
from emergency.store import times
from emergency.store.query import AT_HAND, OUT_OF_SERVICE, stale_after
from emergency.store.records import RECORDS, Record
from emergency.store.records.declare import Field
from emergency.store.records.types import Ref
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _

SAMPLE_MARK = "样例 SAMPLE"


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
    return out


def availability(row: Mapping[str, Any]) -> str:
    """`available`, `assigned` or `out_of_service`, derived from the four axes (row B5)."""
    if row["serviceability"] in OUT_OF_SERVICE or row["retired"]:
        return "out_of_service"
    if row["claimed"]:
        return "assigned"
    return "available" if (row["custody"] or "home") in AT_HAND else "assigned"


def is_stale(row: Mapping[str, Any]) -> bool:
    """Whether a team's last report is too old to rely on (row A6)."""
    return row["reported_at"] is not None and row["reported_at"] < times.now() - stale_after()


def readiness(row: Mapping[str, Any]) -> str:
    """A team's readiness as it may be relied on: `stale` and `unreported` are never ready."""
    if row["readiness"] is None:
        return "unreported"
    return "stale" if is_stale(row) else str(row["readiness"])


def readiness_words(row: Mapping[str, Any]) -> str:
    """The same for a person, a mark first: status is never told by colour alone."""
    shown = readiness(row)
    field = RECORDS["team"].field("readiness")
    assert field is not None
    if shown == "unreported":
        return "? " + _("never reported")
    words = field.type.show(row["readiness"])
    if shown == "stale":
        return "! " + _("stale, was {state}").format(state=words)
    return {"ready": "✓ ", "standby": "✓ ", "off": "- ", "unavailable": "✗ "}[shown] + words


def show_field(record: Record, field: Field, row: Mapping[str, Any]) -> str:
    """A field's value for a person."""
    if record.noun == "team" and field.name == "readiness":
        return readiness_words(row)
    if record.noun == "team" and field.name == "reported_at" and row["reported_at"] is not None:
        return _("{age} ago").format(age=times.format_age(times.now() - row["reported_at"]))
    value = field.type.gather(field.name, row)
    if field.name == "sample" and value:
        return SAMPLE_MARK
    return field.type.show(value)


def names_of(store: Store, record: Record, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """{kind: {id: name}} of everything that these rows refer to."""
    out: dict[str, dict[str, str]] = {}
    for field in record.fields:
        if not isinstance(field.type, Ref) or "name" not in {f.name for f in RECORDS[field.type.kind].fields}:
            continue
        known = out.setdefault(field.type.kind, {})
        ids = sorted({str(row[field.name]) for row in rows if row[field.name]} - known.keys())
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            found = store.rows(
                f'SELECT id, name FROM "{field.type.kind}" WHERE id IN ({",".join("?" * len(some))})', some
            )
            known.update({row["id"]: row["name"] for row in found if row["name"]})
    return out


def columns(
    record: Record, *, distance: bool = False, names: Mapping[str, Mapping[str, str]] | None = None
) -> list[Column]:
    """The columns of a list: the id, the declared ones, and a mark for samples in the id's column.

    With `names` a reference shows the name of what it refers to.
    """

    def referred(field: Field, row: Mapping[str, Any]) -> str:
        if isinstance(field.type, Ref) and row[field.name]:
            return safe((names or {}).get(field.type.kind, {}).get(row[field.name], row[field.name]))
        return show_field(record, field, row)

    def id_(row: Mapping[str, Any]) -> str:
        mark = " *" if row.get("sample") else ""
        return safe(str(row["id"])) + mark + ("" if row["known"] else " ?")

    out = [Column("id", _("Id"), id_)]
    if distance:
        out.append(Column("distance_m", _("Away"), lambda row: f"{row['distance_m'] / 1000:.1f} km"))
    for name in record.listed:
        field = record.field(name)
        assert field is not None
        out.append(Column(name, field.label, lambda row, f=field: referred(f, row)))  # type: ignore[misc]
    if record.noun == "equipment":
        out.append(Column("claimed_by", _("Claimed by"), lambda row: safe(row["claimed"] or "")))
    return out


def lines(
    record: Record, row: Mapping[str, Any], names: Mapping[str, Mapping[str, str]] | None = None
) -> list[tuple[str, str]]:
    """Label and value of every field that has one; a reference with the name of what it refers to."""
    out = [(_("Id"), safe(str(row["id"])))]
    for field in record.fields:
        text = show_field(record, field, row)
        if text and isinstance(field.type, Ref):
            name = (names or {}).get(field.type.kind, {}).get(row[field.name])
            text += f" {safe(name)}" if name and name != row[field.name] else ""
        if text:
            out.append((field.label, text))
    if record.noun in ("equipment", "team") and row["claimed"]:
        out.append((_("Claimed by"), safe(row["claimed"])))
    if not row["known"]:
        out.append((_("Placeholder"), _("edited elsewhere; the record itself has not come yet")))
    return out
