"""Values of records as a person reads them, in lists and on screens alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emergency.store import times
from emergency.store.conditions import stale_after
from emergency.store.errors import EmergencyError
from emergency.store.records import RECORDS, Record
from emergency.store.records.declare import Field
from emergency.store.records.equipment import AT_HAND, OUT_OF_SERVICE
from emergency.store.records.incident import EXERCISE_MARK
from emergency.store.records.types import Ref
from emergency.store.seasons import parted
from emergency.store.store import Store
from emergency.store.words import _, language, listed

SAMPLE_MARK = "样例 SAMPLE"


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
    """{kind: {id: name}} of everything that these rows refer to; of words that name records, {kind: {word: name}}."""
    out: dict[str, dict[str, str]] = {}
    for field in record.fields:
        if field.words_of:
            told = out.setdefault(field.words_of, {})
            for word in dict.fromkeys(w for row in rows for w in parted(row[field.name])):
                told.setdefault(word, called(store, field.words_of, word))
        fields = {f.name for f in RECORDS[field.type.kind].fields} if isinstance(field.type, Ref) else set()
        if not isinstance(field.type, Ref) or "name" not in fields:
            continue
        words = ", ".join(sorted(fields & {"name", "name_en"}))
        known = out.setdefault(field.type.kind, {})
        ids = sorted({str(row[field.name]) for row in rows if row[field.name]} - known.keys())
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            found = store.rows(
                f'SELECT id, {words} FROM "{field.type.kind}" WHERE id IN ({",".join("?" * len(some))})', some
            )
            known.update({row["id"]: name for row in found if (name := name_of(row))})
    return out


def called(store: Store, kind: str, word: str) -> str:
    """The name of the record that a word means, in the language spoken where it has one; else the word."""
    try:
        row = store.row(kind, store.find(kind, word)) or {}
    except EmergencyError:
        return word
    return name_of(row) or word


def name_of(row: Mapping[str, Any]) -> str:
    """What a record is called, in the language spoken where it has such a name."""
    return str((row.get("name_en") if language() != "zh" else None) or row.get("name") or "")


def exercise_mark(row: Mapping[str, Any]) -> str:
    """The mark of a drill, or "" for the real thing."""
    return EXERCISE_MARK if row.get("exercise") in ("yes", 1) else ""


def drilled(row: Mapping[str, Any], text: str) -> str:
    """A text about a record, with the mark of a drill before it where it is one."""
    return f"{exercise_mark(row)} {text}".lstrip()


def starred(id_: str, sample: object) -> str:
    """An id, with the mark of what is made up right behind it: the end of a name may be cut off."""
    return f"{id_} *" if sample else id_


def id_cell(row: Mapping[str, Any]) -> str:
    """An id, with marks for drills, for samples, and for what has not come yet itself."""
    return drilled(row, starred(row["id"], row.get("sample")) + ("" if row["known"] else " ?"))


def field_cell(
    record: Record, field: Field, row: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]
) -> str:
    """A field's value in a list: a reference shows the name of what it refers to, as do words that name records."""
    if field.words_of and row[field.name]:
        known = names.get(field.words_of, {})
        return listed(known.get(word, word) for word in parted(row[field.name]))
    if isinstance(field.type, Ref) and row[field.name]:
        return names.get(field.type.kind, {}).get(row[field.name], str(row[field.name]))
    return show_field(record, field, row)
