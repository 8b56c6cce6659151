"""What a person typed, as a record keeps it: `field=value` words, references looked up by name.

The command line and the forms read with the same functions, so they refuse the same.
"""

from __future__ import annotations

from typing import Any

from emergency.store import units
from emergency.store.conditions import region_range
from emergency.store.errors import InvalidValue, NoSuchRecord
from emergency.store.records import Field, Record
from emergency.store.records.types import Amount, Ref
from emergency.store.seasons import parted
from emergency.store.store import Store
from emergency.store.text import quoted, safe
from emergency.store.words import _, listed, told


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
            typed = listed(f.name for f in record.fields if not f.derived)
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
        raise InvalidValue(told(field.label, _("not a figure in its unit: {text}").format(text=quoted(text))))
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
    """One field's stored value of what was typed. Raises InvalidValue, and NoSuchRecord where it names nothing."""
    if isinstance(field.type, Ref) and text.strip():
        if field.type.kind == "region":
            return region_code(store, text)
        return store.find(field.type.kind, text)
    try:
        value = field.type.parse(text)
    except InvalidValue as error:
        raise InvalidValue(told(field.label, error.message), hint=error.hint) from None
    if field.words_of:
        for word in parted(value):
            store.find(field.words_of, word)
    return value
