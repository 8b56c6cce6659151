"""From what a person types to the one record it means."""

from __future__ import annotations

import sqlite3
from typing import Any

from emergency.store import trigrams
from emergency.store.errors import NoSuchRecord
from emergency.store.records import RECORDS
from emergency.store.records.equipment import itself
from emergency.store.text import safe, search_terms
from emergency.store.words import _, listed


def find(connection: sqlite3.Connection, kind: str, text: str, *, loose: bool = False) -> str:
    """See Store.find."""
    record = RECORDS[kind]
    wanted = text.strip()
    for column in ("id", *record.names):
        field = record.field(column)
        normal = field.type.normal(wanted) if field and hasattr(field.type, "normal") else wanted
        once = f" AND {itself()}" if kind == "equipment" and column != "id" else ""
        ids = connection.execute(
            f'SELECT id FROM "{kind}" WHERE "{column}"=?{once} ORDER BY retired IS NOT NULL, id LIMIT 6',
            (normal,),
        ).fetchall()
        if len(ids) == 1 or (ids and column == "id"):
            return str(ids[0][0])
        if ids:
            raise _ambiguous(record.label, wanted, [i for (i,) in ids])
    if record.numbered or kind == "station":
        found = connection.execute(f'SELECT id FROM "{kind}" WHERE id=?', (wanted.upper(),)).fetchone()
        if found:
            return str(found[0])
    ids = _sounding(connection, kind, wanted, loose)
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise _ambiguous(record.label, wanted, ids)
    near = [] if loose else _with_part(connection, kind, wanted)
    near = near or _nearest_names(connection, kind, wanted)
    hint = _("emergency {noun} list shows them").format(noun=record.noun)
    raise NoSuchRecord(
        _("no {record} {id}").format(record=record.label, id=safe(wanted)),
        hint=_("did you mean {near}?").format(near=listed(map(safe, near))) if near else hint,
    )


def _sounding(connection: sqlite3.Connection, kind: str, wanted: str, loose: bool) -> list[str]:
    """Ids of records that the text names by words of their search text: a name, its pinyin, its initials.

    Whole words first, then their beginnings where enough of one is given; any part only to look.
    """
    terms = search_terms(wanted)
    enough = bool(terms) and all(len(t) >= (4 if t.isascii() else 2) for t in terms)
    tries = [[f" {t} " for t in terms]] if terms and (len(terms[0]) > 1 or loose) else []
    tries += [[f" {t}" for t in terms]] if enough else []
    tries += [terms] if loose and terms else []
    few, values = trigrams.narrowed(connection, kind, terms) if tries else trigrams.ALL
    where = " AND ".join([few, *["instr(' ' || search || ' ', ?)"] * len(terms)])
    for patterns in tries:
        rows = connection.execute(
            f'SELECT id FROM "{kind}" WHERE {where} AND retired IS NULL ORDER BY id LIMIT 6',
            [*values, *patterns],
        ).fetchall()
        if rows:
            return [str(id_) for (id_,) in rows]
    return []


def _nearest_names(connection: sqlite3.Connection, kind: str, wanted: str) -> list[str]:
    """The ids, codes and names nearest to what was typed, in a register small enough to look through."""
    import difflib

    record = RECORDS[kind]
    columns = ", ".join(f'"{c}"' for c in dict.fromkeys(("id", *record.names)))
    rows = connection.execute(f'SELECT {columns} FROM "{kind}" WHERE retired IS NULL LIMIT 3000').fetchall()
    words = {str(word).casefold(): str(word) for row in rows for word in row if word}
    return [words[w] for w in difflib.get_close_matches(wanted.casefold(), words, 3, 0.7)]


def _with_part(connection: sqlite3.Connection, kind: str, wanted: str) -> list[str]:
    """Ids, with their names, of a few records that have the text anywhere in what is searched, as `show` finds one."""
    ids = _sounding(connection, kind, wanted, True)
    if not 0 < len(ids) <= 3:
        return []
    names = [n for n in RECORDS[kind].names if n != "id"][:1] or ["id"]
    rows = connection.execute(
        f'SELECT id, "{names[0]}" FROM "{kind}" WHERE id IN ({", ".join("?" * len(ids))}) ORDER BY id', ids
    )
    return [str(id_) if name in (None, id_) else f"{id_} {name}" for id_, name in rows]


def _ambiguous(label: str, wanted: str, ids: list[str]) -> NoSuchRecord:
    shown = listed(safe(i) for i in ids[:5]) + (" ..." if len(ids) > 5 else "")
    return NoSuchRecord(
        _("{id} could be several: {record} {candidates}").format(
            id=safe(wanted), record=label, candidates=shown
        ),
        hint=_("give the id"),
    )


def row_of(connection: sqlite3.Connection, kind: str, id_: str) -> dict[str, Any] | None:
    """One folded row as a dict, or None."""
    cursor = connection.execute(f'SELECT * FROM "{kind}" WHERE id=?', (id_,))
    row = cursor.fetchone()
    return None if row is None else dict(zip((d[0] for d in cursor.description), row, strict=True))
