"""Types of team as they stand in the register: what is typed means all those that have it as a part."""

from __future__ import annotations

from emergency.store.errors import NoSuchRecord
from emergency.store.store import Store
from emergency.store.text import quoted, safe
from emergency.store.words import _, listed

#: So many types are named, those of most teams first.
MOST = 15


def required(store: Store, text: str) -> None:
    """Raises NoSuchRecord, which names the types there are, where no team in use is of a type."""
    rows = store.connection.execute(
        "SELECT type, count(*) FROM team WHERE retired IS NULL AND type <> '' GROUP BY type ORDER BY 2 DESC, 1"
    ).fetchall()
    if any(text in type_ for type_, _n in rows):
        return
    named = listed(safe(type_) for type_, _n in rows[:MOST]) + (" ..." if len(rows) > MOST else "")
    raise NoSuchRecord(
        _("no team is of type {type}").format(type=quoted(text)),
        hint=_("types there are: {types}").format(types=named) if rows else _("no team has a type"),
    )
