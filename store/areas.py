"""Which area of an incident a person means (row E6)."""

from __future__ import annotations

import sqlite3

from emergency.store.errors import NoSuchRecord
from emergency.store.text import fold_width, safe
from emergency.store.words import _, listed


def find(connection: sqlite3.Connection, incident: str | None, text: str) -> str:
    """The id of the area of an incident that has this id or name. Raises NoSuchRecord, naming those it has."""
    rows = connection.execute(
        "SELECT id, name FROM area WHERE incident=? AND retired IS NULL ORDER BY length(id), id", (incident,)
    ).fetchall()
    wanted = fold_width(text).casefold()
    for id_, name in rows:
        if wanted in (id_.casefold(), fold_width(str(name or "")).casefold()):
            return str(id_)
    raise NoSuchRecord(
        _("{incident} has no area {name}").format(incident=safe(incident or "-"), name=safe(text.strip())),
        hint=_("it has: {names}").format(names=listed(safe(str(name)) for _id, name in rows))
        if rows
        else _("make one: emergency area add incident={incident} name=NAME kind=staging").format(
            incident=safe(incident or "-")
        ),
    )
