"""What was typed, as the store takes it: choices by their words, and the filters of a list."""

from __future__ import annotations

from typing import Any

import click

from emergency.store import filters, places, sorting
from emergency.store.errors import InvalidValue
from emergency.store.filters import Term
from emergency.store.query import Filter
from emergency.store.records import BY_NAME, Record
from emergency.store.records.types import Choice, Text
from emergency.store.text import quoted
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
    if options.get("sort") and options.get("near"):
        raise InvalidValue(_("--near is an order of its own: leave --sort out"))
    return Filter(
        terms=_terms(record, options),
        near=places.parse_point(options["near"]) if options.get("near") else None,
        within=places.parse_distance(options["within"]) if options.get("within") else None,
        retired=bool(options.get("retired")),
        limit=options.get("limit"),
        sort=sorting.parse(record.noun, options["sort"]) if options.get("sort") else None,
    )


def _terms(record: Record, options: dict[str, Any]) -> list[Term]:
    """The filter that was typed, and each option as the term that says the same."""
    terms = [*filters.parse(record.noun, options.get("filter") or "")]
    for text in options.get("where") or ():
        found = filters.parse(record.noun, text)
        # The bare name of a field, or a figure alone, is a condition that somebody did not finish.
        words = [term.value for term in found if term.op == filters.WORD]
        if any(record.field(word) or word[0] in "<>=!" for word in words):
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
