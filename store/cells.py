"""Fields that were set: which facts of a cell stand, and which is shown.

A cell is one field of one record. A fact is a head when no other fact of its cell had seen
it. A record set whole by one fact carries that fact's mark once, on its row; a cell gets
rows of its own only when another fact touches it. So a bulk import costs one row a record.
"""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from emergency.store.authority import clock_ahead
from emergency.store.causality import Causality
from emergency.store.records import RECORDS
from emergency.store.records.declare import Field
from emergency.store.records.types import Choice, Stored


class Head(NamedTuple):
    """A standing value of a cell."""

    mark: int
    value: Stored
    wall: int
    feed: str
    seq: int


def set_cell(
    connection: sqlite3.Connection,
    order: Causality,
    kind: str,
    id_: str,
    field: Field,
    value: Stored,
    mark: int,
) -> None:
    """Fold one fact into a cell of a record whose row is there."""
    here = (kind, id_, field.name)
    latest = _latest(connection, here)
    standing = [
        m
        for (m,) in connection.execute(
            "SELECT mark FROM cell INDEXED BY cell_heads WHERE kind=? AND id=? AND field=? AND head=1", here
        )
    ]
    if not latest:
        latest = standing = _take_over_base(connection, order, kind, id_, field)
        connection.execute("UPDATE told SET shown=0 WHERE kind=? AND id=? AND field=?", here)
    if connection.execute(
        "SELECT 1 FROM cell WHERE kind=? AND id=? AND field=? AND mark=?", (*here, mark)
    ).fetchone():
        return
    dot = order.dot(mark)
    head = not any(order.saw(order.dot(m), dot) for m in latest)
    beaten = [m for m in standing if order.saw(dot, order.dot(m))]
    if beaten:
        marks = ",".join(map(str, beaten))
        connection.execute(
            f"UPDATE cell SET head=0 WHERE kind=? AND id=? AND field=? AND mark IN ({marks})", here
        )
    connection.execute("INSERT INTO cell VALUES(?,?,?,?,?,?,?)", (*here, mark, dot.feed, value, int(head)))
    _show(connection, kind, id_, field)


def _latest(connection: sqlite3.Connection, here: tuple[str, str, str]) -> list[int]:
    """The last mark of each feed in a cell, one step of the index a feed, however many facts it has."""
    marks: list[int] = []
    feed = -1
    while True:
        row = connection.execute(
            "SELECT feed, mark FROM cell INDEXED BY cell_latest WHERE kind=? AND id=? AND field=? AND feed>?"
            " ORDER BY feed, mark DESC LIMIT 1",
            (*here, feed),
        ).fetchone()
        if row is None:
            return marks
        feed = row[0]
        marks.append(row[1])


def _take_over_base(
    connection: sqlite3.Connection, order: Causality, kind: str, id_: str, field: Field
) -> list[int]:
    """Give the value that came with the whole row a cell row of its own, now that it is needed."""
    row = row_of(connection, kind, id_)
    if row is None or row["mark"] is None:
        return []
    value = field.type.gather(field.name, row)
    if value is None or _shows_told(connection, kind, id_, field.name):
        return []
    mark = row["mark"]
    connection.execute(
        "INSERT INTO cell VALUES(?,?,?,?,?,?,1)", (kind, id_, field.name, mark, order.dot(mark).feed, value)
    )
    return [mark]


def row_of(connection: sqlite3.Connection, kind: str, id_: str) -> dict[str, Any] | None:
    """One folded row as a dict, or None."""
    cursor = connection.execute(f'SELECT * FROM "{kind}" WHERE id=?', (id_,))
    row = cursor.fetchone()
    return None if row is None else dict(zip((d[0] for d in cursor.description), row, strict=True))


def heads(connection: sqlite3.Connection, kind: str, id_: str, field: str) -> list[Head]:
    """The standing values of a cell that has rows of its own, the shown one first."""
    rows = connection.execute(
        "SELECT c.mark, c.value, coalesce(e.wall, 0), coalesce(f.id, ''), coalesce(e.seq, 0)"
        " FROM cell c INDEXED BY cell_heads"
        " LEFT JOIN entry e ON e.n = c.mark / 1024 LEFT JOIN feed f ON f.n = c.feed"
        " WHERE c.kind=? AND c.id=? AND c.field=? AND c.head=1",
        (kind, id_, field),
    ).fetchall()
    declared = RECORDS[kind].field(field)
    kind_of_value = declared.type if declared else None

    def key(head: Head) -> tuple[int, int, int, str, int, int]:
        worst = (
            kind_of_value.rank(head.value)
            if isinstance(kind_of_value, Choice) and kind_of_value.rule == "worst"
            else 0
        )
        # A clock that a hub found wrong is no argument: its entries come last among equals.
        right = int(clock_ahead(connection, head.feed, head.seq) == 0)
        return (worst, right, head.wall, head.feed, head.seq, head.mark % 1024)

    found = [Head(*row) for row in rows]
    return sorted(found, key=key, reverse=True) if len(found) > 1 else found


def tell(connection: sqlite3.Connection, kind: str, id_: str, field: Field, value: Stored, mark: int) -> None:
    """Fold what was told of a cell at second hand: it shows until somebody states the cell himself.

    Of several that were told the latest shows. None of them is ever a head.
    """
    here = (kind, id_, field.name)
    row = row_of(connection, kind, id_) or {}
    stated = connection.execute("SELECT 1 FROM cell WHERE kind=? AND id=? AND field=?", here).fetchone() or (
        field.type.gather(field.name, row) is not None and not _shows_told(connection, *here)
    )
    connection.execute("INSERT OR IGNORE INTO told VALUES(?,?,?,?,?,?)", (*here, mark, value, not stated))
    if stated:
        return
    latest = connection.execute(
        "SELECT t.value FROM told t LEFT JOIN entry e ON e.n = t.mark / 1024 LEFT JOIN feed f ON f.n = e.feed"
        " WHERE t.kind=? AND t.id=? AND t.field=? ORDER BY e.wall DESC, f.id DESC, e.seq DESC, t.mark % 1024 DESC",
        here,
    ).fetchone()
    _put(connection, kind, id_, field, latest[0])


def _shows_told(connection: sqlite3.Connection, kind: str, id_: str, field: str) -> bool:
    """Whether what the row has in a cell was only told."""
    return (
        connection.execute(
            "SELECT 1 FROM told WHERE kind=? AND id=? AND field=? AND shown=1", (kind, id_, field)
        ).fetchone()
        is not None
    )


def _show(connection: sqlite3.Connection, kind: str, id_: str, field: Field) -> None:
    _put(connection, kind, id_, field, heads(connection, kind, id_, field.name)[0].value)


def _put(connection: sqlite3.Connection, kind: str, id_: str, field: Field, shown: Stored) -> None:
    columns = field.type.columns(field.name)
    settings = ", ".join(f'"{c}"=?' for c in columns)
    connection.execute(f'UPDATE "{kind}" SET {settings} WHERE id=?', (*field.type.spread(shown), id_))


def edited_apart(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(kind, id, field) of every cell whose heads differ: set by people who had not seen each other."""
    return connection.execute(
        "SELECT kind, id, field FROM cell WHERE head=1 GROUP BY kind, id, field"
        " HAVING count(DISTINCT coalesce(value, '')) > 1 ORDER BY 1, 2, 3"
    ).fetchall()


def show_again(connection: sqlite3.Connection) -> None:
    """Choose anew what is shown of every cell that stands apart: a clock was found wrong."""
    apart = connection.execute(
        "SELECT kind, id, field FROM cell WHERE head=1 GROUP BY kind, id, field HAVING count(*) > 1"
    ).fetchall()
    for kind, id_, name in apart:
        field = RECORDS[kind].field(name)
        if field is not None:
            _show(connection, kind, id_, field)
