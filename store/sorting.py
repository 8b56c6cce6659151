"""The order of a register: by a field, by id where none is named; what has no value stands last, equals by their ids."""

from __future__ import annotations

from typing import NamedTuple

from emergency.store import filters
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS
from emergency.store.records.types import Choice, Point
from emergency.store.text import quoted, safe
from emergency.store.words import _, listed


class Sort(NamedTuple):
    """By a field, or by id where none is named."""

    field: str = ""
    reverse: bool = False


BY_ID = Sort()


def parse(kind: str, text: str) -> Sort:
    """An order as it is typed: a field, with `-` before it the other way round. Raises InvalidValue."""
    name = text.removeprefix("-").strip()
    reverse = text.startswith("-")
    if name == "id":
        return Sort("", reverse)
    record = RECORDS[kind]
    field = filters.field_of(record, name)
    found = field.name if field is not None else name
    try:
        column(kind, found)
    except InvalidValue:
        raise InvalidValue(
            _("{text} is nothing that {records} are sorted by").format(
                text=quoted(text), records=record.many
            ),
            hint=_("one of {fields}, or -FIELD").format(fields=listed(["id", *record.listed])),
        ) from None
    return Sort(found, reverse)


def typed(sort: Sort) -> str:
    """The same again, as `parse` reads it."""
    return ("-" if sort.reverse else "") + (sort.field or "id")


def column(kind: str, name: str) -> str:
    """SQL of what a field is sorted by, "" for the id: states as they are declared, best or gravest first."""
    if name in ("", "id"):
        return ""
    if name == "claimed" and kind in ("equipment", "team"):
        return '"claimed"'
    field = RECORDS[kind].field(name)
    if field is None or type(field.type) is Point:
        raise InvalidValue(
            _("{record} has no field {name}").format(record=RECORDS[kind].label, name=safe(name))
        )
    if isinstance(field.type, Choice):
        cases = " ".join(f"WHEN '{code}' THEN {n}" for n, code in enumerate(field.type.options))
        return f'(CASE "{name}" {cases} END)'
    return f'"{name}"'


def ids(kind: str) -> list[str]:
    """SQL of the id, by its parts: FT-9 before FT-10; tags sort as text."""
    record = RECORDS[kind]
    return ['length("id")', '"id"'] if record.numbered and not record.tagged else ['"id"']


def order(kind: str, sort: Sort) -> str:
    """SQL that puts all rows in order."""
    by, way = column(kind, sort.field), "DESC" if sort.reverse else "ASC"
    parts = [f"{by} IS NULL", f"{by} {way}"] if by else []
    return ", ".join([*parts, *(f"{part} {way}" for part in ids(kind))])
