"""How many items of equipment are alike, so that a call-up plan need not read each.

What an item is and how it stands has a number, one for all that are alike in it. Its row carries the number,
and how many of each number every team has in each patch of the map is kept; what no team has is counted by the
index of the rows, since it may lie anywhere. The number says nothing that the row itself does not say. So SQLite takes it away, and the item out of its group, in the statement that changes
what the number stands for (a trigger), whoever makes that statement; and the fold gives a new one at the end
of the entry. Until then, and where it may have none, the item is looked at by itself. Which number a
description has depends on the order of arrival; what it says does not.
"""

from __future__ import annotations

import itertools
import operator
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from emergency.store.records import RECORDS
from emergency.store.records.capability import CAPABILITIES
from emergency.store.records.equipment import AT_HAND, OUT_OF_SERVICE, itself
from emergency.store.records.types import Stored

#: What a plan must know of an item, but for whose it is, where it is, and APART.
FIELDS = (
    *("kind", "specification", "licence", "serviceability", "custody", "crew"),
    *(field.name for field in CAPABILITIES),
)
#: Who claims an item, who leases it and what it is merged into is not for others: with any of these it is alone.
APART = ("claimed", "leased_to", "same_as", "retired")
#: Descriptions that get numbers, the first to come: where there are more, so little is alike that counting
#: would not pay.
MOST = 50_000
#: So many times a description is looked up in vain before no more are looked up, once there is no room.
VAIN = 1_000

#: SQL: what tells groups of equipment apart, beside their capabilities.
KEY = "team, kind, specification, licence, at_cell, custody = 'pre_positioned'"
_out, _hand = (", ".join(f"'{s}'" for s in some) for some in (OUT_OF_SERVICE, AT_HAND))
#: SQL, parts of a CASE: why an item may not be called, as its own row says, before any claim on it and after.
UNFIT = (
    f"WHEN coalesce(serviceability, '') IN ({_out}) THEN 'broken'"
    " WHEN serviceability = 'in_inspection' THEN 'inspection'"
)
AWAY = f"WHEN coalesce(custody, 'home') NOT IN ({_hand})"
CREWLESS = "WHEN crew IN ('resting', 'uncrewed')"
#: The columns of a description, and SQL for each over an item.
_SAID = {
    **{name: f'"{name}"' for name in ("kind", "specification", "licence")},
    "staged": "custody = 'pre_positioned'",
    "why": f"CASE {UNFIT} {AWAY} THEN 'away' {CREWLESS} THEN 'crew' ELSE '' END",
    **{field.name: f'"{field.name}"' for field in CAPABILITIES},
}
_ALONE = " OR ".join(f"{{row}}{name} IS NOT NULL" for name in APART)
#: For no patch of the map, since a key of SQLite holds no NULL.
_NOWHERE = "x''"


def declared() -> tuple[str, ...]:
    """The SQL that makes the descriptions, the groups, the list of what is alone, and the trigger."""
    columns = RECORDS["equipment"].columns()
    described = ", ".join(f'"{name}" {columns.get(name, "")}' for name in _SAID)
    watched = (*FIELDS, *APART, "team", "at_cell")
    changed = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in watched)
    group = f"alike=OLD.alike AND team=OLD.team AND at_cell=coalesce(OLD.at_cell, {_NOWHERE})"
    return (
        f"CREATE TABLE likeness(n INTEGER PRIMARY KEY, {described})",
        "CREATE INDEX likeness_kind ON likeness(kind, specification)",
        "CREATE TABLE held(alike INTEGER, team TEXT, at_cell INTEGER, items INTEGER, first TEXT,"
        " PRIMARY KEY(alike, team, at_cell)) WITHOUT ROWID",
        "CREATE TABLE alone(id TEXT PRIMARY KEY, waits INTEGER) WITHOUT ROWID",
        "CREATE INDEX alone_waits ON alone(id) WHERE waits",
        # What has run out by now is looked up, not counted.
        "CREATE INDEX equipment_inspection_until ON equipment(inspection_until) WHERE inspection_until IS NOT NULL",
        f"CREATE TRIGGER equipment_alone AFTER UPDATE OF {', '.join(watched)} ON equipment WHEN {changed} BEGIN"
        " UPDATE equipment SET alike=NULL WHERE id=OLD.id AND alike IS NOT NULL;"
        f" DELETE FROM held WHERE {group} AND items=1;"
        " UPDATE held SET items=items - 1, first=CASE WHEN first <> OLD.id THEN first ELSE"
        " (SELECT min(id) FROM equipment WHERE team=OLD.team AND at_cell IS OLD.at_cell AND alike=OLD.alike)"
        f" END WHERE {group};"
        f" INSERT OR REPLACE INTO alone VALUES(OLD.id, NOT ({_ALONE.format(row='NEW.')})); END",
    )


def rules() -> str:
    """Changes whenever a description would say something else of the same item."""
    return repr(_SAID)


class _Known(dict[tuple[Stored, ...], int | None]):
    """{values of some of FIELDS, the others being empty: the number}, found when it is asked for."""

    def __init__(self, connection: sqlite3.Connection, names: Sequence[str]) -> None:
        super().__init__()
        self._connection = connection
        given = [f'? AS "{name}"' for name in names] + [f'NULL AS "{n}"' for n in FIELDS if n not in names]
        self._said = f"SELECT {', '.join(_SAID.values())} FROM (SELECT {', '.join(given)})"
        self._vain = 0

    def __missing__(self, values: tuple[Stored, ...]) -> int | None:
        if self._vain >= VAIN:
            return None
        said = self._connection.execute(self._said, values).fetchone()
        where = " AND ".join(f'"{name}" IS ?' for name in _SAID)
        (n,) = self._connection.execute(f"SELECT min(n) FROM likeness WHERE {where}", said).fetchone()
        self[values] = n = n or self._added(said)
        return n

    def _added(self, said: Sequence[Stored]) -> int | None:
        (last,) = self._connection.execute("SELECT coalesce(max(n), 0) FROM likeness").fetchone()
        if last >= MOST:
            self._vain += 1
            return None
        self._connection.execute(f"INSERT INTO likeness VALUES(?{',?' * len(said)})", (last + 1, *said))
        return int(last) + 1


class Alike:
    """Gives items the numbers of their descriptions, and counts them, within the transactions of one fold."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, ...], _Known] = {}

    def _numbers(self, names: tuple[str, ...]) -> _Known:
        known = self._known.get(names)
        if known is None:
            known = self._known[names] = _Known(self._connection, names)
        return known

    def register(self, columns: Mapping[str, Sequence[Any]]) -> list[int | None]:
        """Take in items that are registered now, given column by column; returns their numbers."""
        ids = columns["id"]
        names = tuple(name for name in FIELDS if name in columns)
        known = self._numbers(names)
        rows = (
            zip(*(columns[name] for name in names), strict=True) if names else itertools.repeat((), len(ids))
        )
        numbers = list(map(known.__getitem__, rows))
        for name in APART:
            if name in columns:
                pairs = zip(numbers, columns[name], strict=True)
                numbers = [n if value is None else None for n, value in pairs]
        if "team" in columns:
            cells = columns.get("at_cell") or [None] * len(ids)
            self._count(ids, list(zip(numbers, columns["team"], cells, strict=True)))
        if None in numbers:
            self.wait((id_ for id_, n in zip(ids, numbers, strict=True) if n is None), waits=False)
        return numbers

    def _count(self, ids: Sequence[str], groups: Sequence[tuple[int | None, str | None, int | None]]) -> None:
        """Take items into the groups of their teams: (number, team, patch of the map) of each."""
        many = Counter(groups)
        if any(map(operator.gt, ids, itertools.islice(ids, 1, None))):
            ids, groups = zip(*sorted(zip(ids, groups, strict=True), key=operator.itemgetter(0)), strict=True)
        first = dict(zip(reversed(groups), reversed(ids), strict=True))
        self._connection.executemany(
            f"INSERT INTO held VALUES(?, ?, coalesce(?, {_NOWHERE}), ?, ?)"
            " ON CONFLICT(alike, team, at_cell) DO UPDATE SET items=items + excluded.items, first=min(first, excluded.first)",
            ((*group, items, first[group]) for group, items in many.items() if None not in group[:2]),
        )

    def wait(self, ids: Iterable[str], *, waits: bool = True) -> None:
        """These have no number; they may be given one when they are settled, unless they do not wait for it."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO alone VALUES(?,?)", ((id_, int(waits)) for id_ in ids)
        )

    def settle(self) -> None:
        """Give numbers to the items that have lost theirs, and may have one."""
        connection = self._connection
        if connection.execute("SELECT 1 FROM alone WHERE waits LIMIT 1").fetchone() is None:
            return
        known = self._numbers(FIELDS)
        rows = connection.execute(
            f"SELECT e.id, e.team, e.at_cell, {', '.join(FIELDS)} FROM alone JOIN equipment e USING(id)"
            " WHERE alone.waits"
        ).fetchall()
        connection.execute("DELETE FROM alone WHERE waits")
        ids = [row[0] for row in rows]
        groups = [(known[tuple(values)], team, cell) for _id, team, cell, *values in rows]
        numbers = [group[0] for group in groups]
        connection.executemany("UPDATE equipment SET alike=? WHERE id=?", zip(numbers, ids, strict=True))
        self._count(ids, groups)
        self.wait((id_ for id_, n in zip(ids, numbers, strict=True) if n is None), waits=False)


#: (number, team, patch of the map, items, the first of them)
_Held = tuple[int, str | None, int | None, int, str]
#: Like items of one team in one patch of the map: (the id of the first, team, patch, shape, items). The shape is (kind,
#: specification, licence, whether pre-positioned, why they may not be called, the figures asked for), one object for
#: all alike.
Group = tuple[str, str | None, int | None, tuple[Any, ...], int]


def counted(
    connection: sqlite3.Connection,
    why: str,
    figures: Sequence[str],
    where: str,
    values: Sequence[Any],
    alone: str,
    aside: Collection[str],
) -> tuple[list[Group], list[Group]]:
    """(the items in use for which `where` holds, in groups, in the order of the first item of each; those of teams `aside`).

    Where no figures are asked for, they come kind by kind and, of each, patch by patch. Those of teams that are
    put aside come in no order, and what is alike may be in several groups.

    `where` is SQL over an item's kind and figures; `why` is SQL for why one may not be called, `figures` are
    names of capabilities. The items whose ids `alone` selects, a query or "", are looked at by themselves: of
    them `why` may say what no number stands for.
    """
    figured = "".join(f', "{name}"' for name in figures)
    #: Each shape once; and {(team, patch, shape): its group} of the shapes that come from several places.
    shapes: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    found: dict[tuple[Any, ...], Group] = {}
    out: list[Group] = []
    others: list[Group] = []

    def add(first: str, team: str | None, cell: int | None, shape: tuple[Any, ...], items: int) -> None:
        key = (team, cell, shape)
        same = found.get(key)
        if same is not None:
            first, items = min(first, same[0]), items + same[4]
        found[key] = (first, team, cell, shape, items)

    #: {(number, team, patch): the items that are to be taken out of its group}
    apart: dict[tuple[int, str | None, int | None], set[str]] = {}
    listed = "SELECT id FROM alone" + f" UNION {alone}" * bool(alone)
    for id_, n, team, cell, *said in connection.execute(
        f"SELECT id, alike, team, at_cell, kind, specification, licence, custody = 'pre_positioned', {why}{figured}"
        f" FROM equipment WHERE id IN ({listed}) AND retired IS NULL AND {itself()} AND ({where}) ORDER BY id",
        values,
    ):
        shape = shapes.setdefault(tuple(said), tuple(said))
        if n is not None:
            apart.setdefault((n, team, cell), set()).add(id_)
        if team in aside:
            others.append((id_, team, cell, shape, 1))
        else:
            add(id_, team, cell, shape, 1)
    several = {id(key[2]) for key in found}
    known: dict[int, tuple[Any, ...]] = {}
    for n, *said in connection.execute(
        f"SELECT n, kind, specification, licence, staged, why{figured} FROM likeness WHERE {where}", values
    ):
        known[n] = shapes.setdefault(tuple(said), tuple(said))
    several |= {shape for shape, numbers in Counter(map(id, known.values())).items() if numbers > 1}
    for n, some in itertools.groupby(_groups(connection, known, apart), operator.itemgetter(0)):
        shape = known[n]
        again = id(shape) in several
        for _n, team, cell, items, first in some:
            if team in aside:
                others.append((first, team, cell, shape, items))
            elif again:
                add(first, team, cell, shape, items)
            else:
                out.append((first, team, cell, shape, items))
    out = sorted([*out, *found.values()], key=operator.itemgetter(0))
    if not figures:
        out.sort(key=lambda group: (group[3][0], group[2] is not None, group[2] or 0))
    return out, others


def _groups(
    connection: sqlite3.Connection,
    numbers: Collection[int],
    apart: Mapping[tuple[int, str | None, int | None], Collection[str]],
) -> Iterator[_Held]:
    """The groups with these numbers, number by number, without the items that are `apart`."""
    wanted = f"alike IN ({', '.join(map(str, numbers))})"
    for group in connection.execute(
        f"SELECT alike, team, nullif(at_cell, {_NOWHERE}), items, first FROM held WHERE {wanted}"
        " UNION ALL SELECT alike, NULL, at_cell, count(*), min(id) FROM equipment"
        f" WHERE team IS NULL AND {wanted} GROUP BY at_cell, alike"
    ):
        some = apart.get(group[:3])
        if some is None:
            yield group
        elif group[3] > len(some):
            yield _without(connection, group, some)


def _without(connection: sqlite3.Connection, group: _Held, some: Collection[str]) -> _Held:
    """A group without some of its items, which are not all of them."""
    n, team, cell, items, first = group
    if first in some:
        others = connection.execute(
            "SELECT id FROM equipment WHERE team IS ? AND at_cell IS ? AND alike = ? ORDER BY id",
            (team, cell, n),
        )
        first = next(id_ for (id_,) in others if id_ not in some)
    return (n, team, cell, items - len(some), first)


def astray(connection: sqlite3.Connection) -> int:
    """How many items and groups are not as the items' own rows say: none, unless the file is damaged."""
    said = ", ".join(f'{sql} AS "{name}"' for name, sql in _SAID.items())
    same = " AND ".join(f'e."{name}" IS l."{name}"' for name in _SAID)
    rows = (
        f"SELECT alike, team, coalesce(at_cell, {_NOWHERE}), count(*), min(id) FROM equipment"
        " WHERE team IS NOT NULL AND alike IS NOT NULL GROUP BY team, at_cell, alike"
    )
    kept = "SELECT alike, team, at_cell, items, first FROM held"
    asked = (
        f"SELECT count(*) FROM (SELECT alike, {_ALONE.format(row='')} AS apart, {said} FROM equipment"
        f" WHERE alike IS NOT NULL) e LEFT JOIN likeness l ON l.n = e.alike WHERE l.n IS NULL OR apart OR NOT ({same})",
        "SELECT count(*) FROM equipment e WHERE (alike IS NULL) <> EXISTS(SELECT 1 FROM alone a WHERE a.id = e.id)",
        f"SELECT count(*) FROM ({rows} EXCEPT {kept})",
        f"SELECT count(*) FROM ({kept} EXCEPT {rows})",
    )
    return sum(connection.execute(sql).fetchone()[0] for sql in asked)
