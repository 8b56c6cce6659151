"""What a fact from elsewhere must be before it may reach the tables.

A fact is judged by itself, never by what the tables hold, so that every station judges it
alike in whatever order it came. What is no sense is inert with a reason; of a record set or
registered with some wrong fields, the others stand.
"""

from __future__ import annotations

from typing import Any

from emergency.store.entries import whole
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS

#: Folds to nothing, and keeps its place.
INERT = ["feed"]


def screened(fact: Any) -> tuple[list[Any], str]:
    """(what may be folded, why something of it may not)."""
    match fact:
        case ["new" | "set" | "told" as word, str() as kind, str() as id_, dict() as values] if id_:
            if kind not in RECORDS:
                return INERT, "unknown-kind"
            kept, why = _fields(kind, values)
            return [word, kind, id_, kept], why
        case ["step", str(), str(), dict() as data] if _moment(data):
            return fact, ""
        case ["claim", str(), str() as thing] | ["claim", str(), str() as thing, dict()] if ":" in thing:
            return fact, ""
        case ["settle", [*lines], str()] if all(isinstance(line, str) for line in lines):
            return fact, ""
        case ["move" | "count", str(), int() as quantity, dict() as data] if whole(quantity):
            return (fact, "") if _moment(data) else (INERT, "malformed")
        case ["log", str(), str(), {"text": str()} as data] if _moment(data):
            return fact, ""
        case ["feed", *_]:
            return INERT, ""
        case ["clock", str(), int() as after, int() as ahead] if whole(after) and whole(ahead):
            return fact, ""
        case ["new" | "set" | "told" | "step" | "claim" | "settle" | "move" | "count" | "log" | "clock", *_]:
            return INERT, "malformed"
    return INERT, "unknown-fact"


def _moment(data: dict[str, Any]) -> bool:
    return whole(data.get("at", 0))


def _fields(kind: str, values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    record = RECORDS[kind]
    kept, unknown, wrong = {}, [], []
    for name, value in values.items():
        field = record.field(name)
        if field is None or field.folded:
            unknown.append(name)
            continue
        try:
            kept[name] = field.type.check(value)
        except InvalidValue:
            wrong.append(name)
    why = ["unknown-field: " + " ".join(unknown)] if unknown else []
    why += ["wrong-value: " + " ".join(wrong)] if wrong else []
    return kept, "; ".join(why)
