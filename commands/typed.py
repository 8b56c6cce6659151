"""What was typed, as the store keeps it: `field=value` words, and the filters of a list."""

from __future__ import annotations

from typing import Any

import click

from emergency.store import filters, places, units
from emergency.store.conditions import region_range
from emergency.store.errors import InvalidValue, NoSuchRecord
from emergency.store.filters import Term
from emergency.store.query import Filter
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


def filter_from(record: Record, options: dict[str, Any]) -> Filter:
    """The filter that the options of a list ask for. Raises InvalidValue."""
    if options.get("within") and not options.get("near"):
        raise InvalidValue(_("--within needs --near"))
    return Filter(
        terms=_terms(record, options),
        near=places.parse_point(options["near"]) if options.get("near") else None,
        within=places.parse_distance(options["within"]) if options.get("within") else None,
        retired=bool(options.get("retired")),
        limit=options.get("limit"),
    )


def _terms(record: Record, options: dict[str, Any]) -> list[Term]:
    """The filter that was typed, and each option as the term that says the same."""
    terms = [*filters.parse(record.noun, options.get("filter") or "")]
    for text in options.get("where") or ():
        found = filters.parse(record.noun, text)
        if any(term.op == filters.WORD for term in found):
            raise InvalidValue(
                _("condition {text} cannot be read").format(text=quoted(text)),
                hint=_("write a field, one of : = != >= <= > < and a value: drainage>=3000m3/h"),
            )
        terms += found
    for name in ("region", "kind", "type", "level", "team", "depot", "item", "incident", "scenario", "state"):
        if not options.get(name):
            continue
        field = filters.field_of(record, name)
        assert field is not None
        # Part of a text is enough: 防汛 finds 防汛排水抢险.
        op = ":" if type(field.type) is Text else "="
        value = str(field.type.parse(options[name])) if isinstance(field.type, Choice) else options[name]
        terms.append(Term(name, op, value))
    if options.get("capability"):
        terms.append(Term("capabilities", ":", options["capability"]))
    terms += [Term("", filters.STATE, state) for state in ("ready", "free") if options.get(state)]
    return terms


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
