"""Fields that were set: which facts of a cell stand, and which is shown.

A cell is one field of one record. A fact is a head when no other fact of its cell had seen
it. A record set whole by one fact carries that fact's mark once, on its row; a cell gets
rows of its own only when another fact touches it. So a bulk import costs one row a record.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store.authority import Clocks
from emergency.store.causality import Causality
from emergency.store.lookup import row_of
from emergency.store.records import RECORDS
from emergency.store.records.declare import BY_NAME, Field
from emergency.store.records.types import Choice, Stored


class Head(NamedTuple):
    """A standing value of a cell."""

    mark: int
    value: Stored
    wall: int
    feed: str
    seq: int


class Setting(NamedTuple):
    """A fact about a cell: of which record, what it says, and where the fact stands."""

    id: str
    value: Stored
    mark: int


class _Folded(NamedTuple):
    """What comes of facts about one field: rows of cells, heads that stand no longer, values to show."""

    added: list[tuple[Any, ...]]
    beaten: list[tuple[Any, ...]]
    shown: dict[str, Stored]
    #: Records of which several values stand, or none: what shows must be chosen.
    apart: list[str]


def set_cells(
    connection: sqlite3.Connection, order: Causality, kind: str, field: Field, settings: Sequence[Setting]
) -> None:
    """Fold facts into one field of records whose rows are there: of each record one fact."""
    # In the order of the tables' keys SQLite finds and puts neighbours together.
    settings = sorted(settings)
    folded = _Folded([], [], {}, [])
    latest: dict[str, dict[int, int]] = {}
    for id_, feed, mark in _latest(connection, kind, field.name, [s.id for s in settings]):
        latest.setdefault(id_, {})[feed] = mark
    untouched = [s for s in settings if s.id not in latest] if latest else settings
    _set_first(connection, order, kind, field, untouched, folded)
    if latest:
        touched = [s for s in settings if s.id in latest]
        _set_again(connection, order, kind, field.name, touched, latest, folded)
    connection.executemany("INSERT INTO cell VALUES(?,?,?,?,?,?,?)", folded.added)
    connection.executemany(
        "UPDATE cell SET head=0 WHERE kind=? AND id=? AND field=? AND feed=? AND mark=?", folded.beaten
    )
    for id_, standing in _heads(connection, kind, field.name, folded.apart).items():
        folded.shown[id_] = standing[0].value
    _put(connection, kind, field, folded.shown)


def _set_first(
    connection: sqlite3.Connection,
    order: Causality,
    kind: str,
    field: Field,
    settings: Sequence[Setting],
    folded: _Folded,
) -> None:
    """Facts about cells that have no rows yet: what came with the whole row gets one of its own beside them."""
    name, saw, feed_of = field.name, order.saw_mark, order.feed
    bases = {
        id_: (value, mark) for id_, value, mark in _bases(connection, kind, field, [s.id for s in settings])
    }
    for id_, value, mark in settings:
        head = lost = 1
        if id_ in bases:
            known, first = bases[id_]
            if first == mark:
                continue
            head, lost = int(not saw(first, mark)), int(saw(mark, first))
            folded.added.append((kind, id_, name, first, feed_of(first), known, 1 - lost))
        folded.added.append((kind, id_, name, mark, feed_of(mark), value, head))
        if head and lost:
            folded.shown[id_] = value
        elif head or lost:
            folded.apart.append(id_)


def _set_again(
    connection: sqlite3.Connection,
    order: Causality,
    kind: str,
    field: str,
    settings: Sequence[Setting],
    latest: Mapping[str, Mapping[int, int]],
    folded: _Folded,
) -> None:
    """Facts about cells that have rows: beside the last mark of each feed there, and the heads that stand."""
    saw = order.saw_mark
    heads: dict[str, list[int]] = {}
    for id_, mark in _standing(connection, kind, field, [s.id for s in settings]):
        heads.setdefault(id_, []).append(mark)
    for id_, value, mark in settings:
        here, feed, before = (kind, id_, field), order.feed(mark), latest[id_]
        if before.get(feed, -1) >= mark and _stands(connection, here, mark):
            continue
        standing = heads.get(id_, [])
        head = not any(saw(m, mark) for m in before.values())
        lost = [m for m in standing if saw(mark, m)]
        folded.added.append((*here, mark, feed, value, int(head)))
        folded.beaten.extend((*here, order.feed(m), m) for m in lost)
        if head and len(lost) == len(standing):
            folded.shown[id_] = value
        elif head or lost or not standing:
            folded.apart.append(id_)


def _in(ids: Sequence[str]) -> str:
    return f"id IN ({','.join('?' * len(ids))})"


def _latest(
    connection: sqlite3.Connection, kind: str, field: str, ids: Sequence[str]
) -> list[tuple[str, int, int]]:
    """(id, feed, its last mark) of cells: one step of the index for each feed, however many facts it has there."""
    cell = "SELECT {} FROM cell WHERE kind=?1 AND field=?2 AND id=t.id AND feed{}"
    return connection.execute(
        f"WITH RECURSIVE asked(id) AS (VALUES {','.join(f'(?{n})' for n in range(3, len(ids) + 3))}),"
        f" turn(id, feed) AS (SELECT id, ({cell.format('min(feed)', '>=0')}) FROM asked t"
        f" UNION ALL SELECT id, ({cell.format('min(feed)', '>t.feed')}) FROM turn t WHERE feed IS NOT NULL)"
        f" SELECT id, feed, ({cell.format('max(mark)', '=t.feed')}) FROM turn t WHERE feed IS NOT NULL",
        (kind, field, *ids),
    ).fetchall()


def _standing(
    connection: sqlite3.Connection, kind: str, field: str, ids: Sequence[str]
) -> list[tuple[str, int]]:
    """(id, mark) of the heads of cells."""
    if not ids:
        return []
    return connection.execute(
        f"SELECT id, mark FROM cell INDEXED BY cell_heads WHERE kind=? AND field=? AND head=1 AND {_in(ids)}",
        (kind, field, *ids),
    ).fetchall()


def _bases(
    connection: sqlite3.Connection, kind: str, field: Field, ids: Sequence[str]
) -> list[tuple[str, Stored, int]]:
    """(id, value, mark) of what came with whole rows, for cells that get rows of their own only now."""
    if not ids:
        return []
    told = _told(connection, kind, field.name, ids)
    connection.executemany(
        "UPDATE told SET shown=0 WHERE kind=? AND field=? AND id=?", [(kind, field.name, id_) for id_ in told]
    )
    names = list(field.type.columns(field.name))
    columns = ", ".join(f'"{name}"' for name in names)
    rows = connection.execute(
        f'SELECT id, mark, {columns} FROM "{kind}" WHERE mark IS NOT NULL AND {_in(ids)}', ids
    )
    if len(names) == 1:
        return [(id_, value, mark) for id_, mark, value in rows if value is not None and id_ not in told]
    gathered = (
        (id_, field.type.gather(field.name, dict(zip(names, values, strict=True))), mark)
        for id_, mark, *values in rows
        if id_ not in told
    )
    return [one for one in gathered if one[1] is not None]


def _told(connection: sqlite3.Connection, kind: str, field: str, ids: Sequence[str]) -> set[str]:
    """The records of which the row has in this field what was only told."""
    if not connection.execute("SELECT EXISTS(SELECT 1 FROM told)").fetchone()[0]:
        return set()
    rows = connection.execute(
        f"SELECT id FROM told WHERE kind=? AND field=? AND shown=1 AND {_in(ids)}", (kind, field, *ids)
    )
    return {id_ for (id_,) in rows}


def _stands(connection: sqlite3.Connection, here: tuple[str, str, str], mark: int) -> bool:
    """Whether this very fact was folded before."""
    found = connection.execute(
        "SELECT 1 FROM cell WHERE kind=? AND id=? AND field=? AND mark=?", (*here, mark)
    )
    return found.fetchone() is not None


def heads(connection: sqlite3.Connection, kind: str, id_: str, field: str) -> list[Head]:
    """The standing values of a cell that has rows of its own, the shown one first."""
    return _heads(connection, kind, field, [id_]).get(id_, [])


def _heads(
    connection: sqlite3.Connection, kind: str, field: str, ids: Sequence[str]
) -> dict[str, list[Head]]:
    """The same of many records at once."""
    out: dict[str, list[Head]] = {}
    if not ids:
        return out
    rows = connection.execute(
        "SELECT c.id, c.mark, c.value, coalesce(e.wall, 0), coalesce(f.id, ''), coalesce(e.seq, 0)"
        " FROM cell c INDEXED BY cell_heads"
        " LEFT JOIN entry e ON e.n = c.mark / 1024 LEFT JOIN feed f ON f.n = c.feed"
        f" WHERE c.kind=? AND c.field=? AND c.head=1 AND c.{_in(ids)}",
        (kind, field, *ids),
    )
    for id_, *head in rows:
        out.setdefault(id_, []).append(Head(*head))
    declared = RECORDS[kind].field(field)
    kind_of_value = declared.type if declared else None
    worst = isinstance(kind_of_value, Choice) and kind_of_value.rule == "worst"
    clocks = Clocks(connection)

    def key(head: Head) -> tuple[int, int, int, str, int, int]:
        rank = kind_of_value.rank(head.value) if worst and isinstance(kind_of_value, Choice) else 0
        # A clock that a hub found wrong is no argument: its entries come last among equals.
        right = int(clocks.ahead(head.feed, head.seq) == 0)
        return (rank, right, head.wall, head.feed, head.seq, head.mark % 1024)

    return {
        id_: sorted(standing, key=key, reverse=True) if len(standing) > 1 else standing
        for id_, standing in out.items()
    }


def tell(connection: sqlite3.Connection, kind: str, id_: str, field: Field, value: Stored, mark: int) -> None:
    """Fold what was told of a cell at second hand: it shows until somebody states the cell himself.

    Of several that were told the latest shows. None of them is ever a head.
    """
    here = (kind, id_, field.name)
    row = row_of(connection, kind, id_) or {}
    stated = connection.execute("SELECT 1 FROM cell WHERE kind=? AND id=? AND field=?", here).fetchone() or (
        field.type.gather(field.name, row) is not None and not _told(connection, kind, field.name, [id_])
    )
    connection.execute("INSERT OR IGNORE INTO told VALUES(?,?,?,?,?,?)", (*here, mark, value, not stated))
    if stated:
        return
    latest = connection.execute(
        "SELECT t.value FROM told t LEFT JOIN entry e ON e.n = t.mark / 1024 LEFT JOIN feed f ON f.n = e.feed"
        " WHERE t.kind=? AND t.id=? AND t.field=? ORDER BY e.wall DESC, f.id DESC, e.seq DESC, t.mark % 1024 DESC",
        here,
    ).fetchone()
    _put(connection, kind, field, {id_: latest[0]})


def _put(connection: sqlite3.Connection, kind: str, field: Field, shown: Mapping[str, Stored]) -> None:
    """Write onto the rows of records what their cells show."""
    columns = field.type.columns(field.name)
    settings = ", ".join(f'"{c}"=?' for c in columns)
    connection.executemany(
        f'UPDATE "{kind}" SET {settings} WHERE id=?',
        [(*field.type.spread(value), id_) for id_, value in shown.items()],
    )


def edited_apart(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """(kind, id, field) of every cell whose heads differ: set by people who had not seen each other.

    What several hubs say of a station is joined (store/authority.py), and nobody's to decide.
    """
    return connection.execute(
        "SELECT kind, id, field FROM cell WHERE head=1 AND kind <> 'grant' GROUP BY kind, id, field"
        " HAVING count(DISTINCT coalesce(value, '')) > 1 ORDER BY 1, 2, 3"
    ).fetchall()


def show_again(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Choose anew what is shown of every cell that stands apart; returns (kind, id, field) of each."""
    apart = connection.execute(
        "SELECT kind, id, field FROM cell WHERE head=1 GROUP BY kind, id, field HAVING count(*) > 1"
    ).fetchall()
    for kind, id_, name in apart:
        _put(connection, kind, BY_NAME[kind][name], {id_: heads(connection, kind, id_, name)[0].value})
    return apart
