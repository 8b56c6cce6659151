"""What was typed, as the store takes it: choices by their words, and the filters of a list."""

from __future__ import annotations

from typing import Any

import click

from emergency.store import places
from emergency.store.errors import InvalidValue
from emergency.store.query import Filter, kinds_named
from emergency.store.records import BY_NAME, Record
from emergency.store.records.types import Choice, Ref, Text
from emergency.store.store import Store
from emergency.store.words import _


class Worded(click.Choice[str]):
    """A choice by its code, or by its word in either language: `ready`, 就绪."""

    def __init__(self, noun: str, field: str) -> None:
        declared = BY_NAME[noun][field].type
        assert isinstance(declared, Choice)
        super().__init__(list(declared.options))
        self._declared = declared

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The code."""
        try:
            return self._declared.parse(str(value))
        except InvalidValue:
            return super().convert(value, param, ctx)


def filter_from(store: Store, record: Record, options: dict[str, Any]) -> Filter:
    """The filter that the options of a list ask for."""
    equals, extra = [], []
    for name in ("type", "level", "team", "depot", "item", "incident", "scenario", "state"):
        value = options.get(name)
        if value is None:
            continue
        field = record.field(name)
        assert field is not None
        if isinstance(field.type, Ref) and name != "scenario":
            value = store.find(field.type.kind, value, loose=True)
        elif isinstance(field.type, Choice):
            value = field.type.parse(value)
        elif type(field.type) is Text:
            # Part of it is enough: 防汛 finds 防汛排水抢险.
            extra.append((f'instr(lower("{name}"), lower(?)) > 0', [value]))
            continue
        equals.append((name, str(value)))
    if options.get("kind"):
        kinds = kinds_named(store, options["kind"])
        extra.append((f"kind IN ({','.join('?' * len(kinds))})", kinds))
    if options.get("capability"):
        extra.append(("instr(coalesce(capabilities, ''), ?) > 0", [options["capability"]]))
    if options.get("within") and not options.get("near"):
        raise InvalidValue(_("--within needs --near"))
    return Filter(
        search=options.get("search") or "",
        region=options.get("region") or "",
        equals=equals,
        where=options.get("where") or (),
        near=places.parse_point(options["near"]) if options.get("near") else None,
        within=places.parse_distance(options["within"]) if options.get("within") else None,
        ready=bool(options.get("ready")),
        free=bool(options.get("free")),
        retired=bool(options.get("retired")),
        limit=options.get("limit"),
        extra=extra,
    )
