"""`emergency drive add`: of one road there is one driving time, and its ends are somewhere."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.session import Session
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS
from emergency.store.text import quoted, safe
from emergency.store.typed import parse_pairs
from emergency.store.words import _


def _said(pairs: tuple[str, ...]) -> str:
    """What was said of a road, but for its ends."""
    return " ".join(safe(pair) for pair in pairs if pair.split("=")[0].strip() not in ("from", "to"))


def guarded(add: Any) -> Any:
    """`drive add` of a road that has a driving time names it, and says which end is nowhere."""

    def guarded(**options: Any) -> Any:
        from emergency.store import roads

        session = click.get_current_context().ensure_object(Session)
        store = session.store
        values = parse_pairs(store, RECORDS["drive"], options["pairs"])
        start, end = (str(values.get(name) or "") for name in ("from", "to"))
        if start and end and (twin := roads.twin(store, start, end)) is not None:
            raise InvalidValue(
                _("{id} says already how {start} and {end} are joined").format(
                    id=safe(twin["id"]), start=quoted(start), end=quoted(end)
                ),
                hint=f"emergency drive set {safe(twin['id'])} {_said(options['pairs'])}",
            )
        done = add(**options)
        for text in roads.nowhere(store, start, end):
            session.note(
                _(
                    "note: nobody knows where {place} is: it counts for nothing until something of that name has a position"
                ).format(place=quoted(text))
            )
        return done

    return guarded
