"""What was typed, as the store keeps it: `field=value` words, and the filters of a list."""

from __future__ import annotations

from typing import Any

import click

from emergency.store import places, units
from emergency.store.errors import InvalidValue, NoSuchRecord
from emergency.store.query import Filter, kinds_named, region_range
from emergency.store.records import BY_NAME, Field, Record
from emergency.store.records.types import Amount, Choice, Ref, Text
from emergency.store.store import Store
from emergency.store.text import quoted, safe
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


def parse_pairs(store: Store, record: Record, pairs: tuple[str, ...], unit: str = "") -> dict[str, Any]:
    """`field=value` words into stored values; references are looked up. Raises InvalidValue, NoSuchRecord.

    `unit` is the record's own, for the figures that are kept in it.
    """
    values: dict[str, Any] = {}
    unit = next(
        (text for name, _e, text in (p.partition("=") for p in pairs) if name.strip() == "unit"), unit
    )
    for pair in pairs:
        name, equals, text = pair.partition("=")
        field = record.field(name.strip()) or next(
            (f for f in record.fields if name.strip() in (f.zh, f.en, *f.aliases)), None
        )
        if not equals or field is None or field.derived:
            typed = ", ".join(f.name for f in record.fields if not f.derived)
            raise InvalidValue(
                _("{record} has no field {name}").format(record=record.label, name=safe(name)),
                hint=_("it has: {names}").format(names=typed),
            )
        if isinstance(field.type, Amount):
            values[field.name] = _thousandths(field, text, unit)
        else:
            values[field.name] = field_value(store, field, text)
    return values


def _thousandths(field: Field, text: str, unit: str) -> int | None:
    if not text.strip():
        return None
    asked = units.parse_quantity(text, unit or None)
    milli = units.convert(asked.milli, asked.unit, unit) if unit and asked.unit else asked.milli
    if milli < 0 or (asked.unit and not unit):
        raise InvalidValue(
            f"{field.label}: " + _("not a figure in its unit: {text}").format(text=quoted(text))
        )
    return milli


def region_code(store: Store, text: str) -> str:
    """The code of the one region that a code, the beginning of one, or a name means. Raises NoSuchRecord."""
    code = region_range(store, text)[0].ljust(6, "0")
    if store.row("region", code) is None:
        raise NoSuchRecord(
            _("no region {code}").format(code=safe(text)), hint=_("emergency region list shows them")
        )
    return code


def field_value(store: Store, field: Field, text: str) -> Any:
    """One field's stored value of what was typed."""
    if isinstance(field.type, Ref) and text.strip():
        if field.type.kind == "region":
            return region_code(store, text)
        return store.find(field.type.kind, text)
    try:
        return field.type.parse(text)
    except InvalidValue as error:
        raise InvalidValue(f"{field.label}: {error.message}", hint=error.hint) from None
