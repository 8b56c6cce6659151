"""Windows over a register: the rows after or before a place in its order, at one cost for ten and for a million.

A place is a key: the value a register is sorted by, and the id, by which equals are told apart. What has no
value stands last, whichever way the register is sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store import conditions, sorting
from emergency.store.filters import Term
from emergency.store.records.types import Stored
from emergency.store.sorting import BY_ID, Sort
from emergency.store.store import Store


class Key(NamedTuple):
    """A place in the order of a register."""

    value: Stored
    id: str


class Windows:
    """A register through a filter, in an order; `among` are ids that hold all that can be found. Raises InvalidValue, NoSuchRecord for a filter that cannot be."""

    def __init__(
        self,
        store: Store,
        kind: str,
        terms: Sequence[Term] = (),
        sort: Sort = BY_ID,
        *,
        among: Sequence[str] | None = None,
    ) -> None:
        self.store, self.kind, self.sort = store, kind, sort
        self._where, self._values = conditions.all_of(store, kind, terms)
        if among is not None:
            self._where = f"id IN ({','.join('?' * len(among))}) AND {self._where}"
            self._values = [*among, *self._values]
        self._by = sorting.column(kind, sort.field)
        self._ids = sorting.ids(kind)

    def key(self, row: dict[str, Any]) -> Key:
        """The place of a row that came from here."""
        return Key(row["sorted_by"], row["id"])

    def after(self, key: Key | None, limit: int, *, itself: bool = False) -> list[dict[str, Any]]:
        """The rows behind a place, in order; from the first where none is given; with `itself`, its own too."""
        return self._rows(self._walk(key, limit, ahead=True, itself=itself))

    def before(self, key: Key | None, limit: int) -> list[dict[str, Any]]:
        """The last rows in front of a place, in order; up to the last where none is given."""
        return self._rows(self._walk(key, limit, ahead=False)[::-1])

    def place(self, id_: str) -> Key | None:
        """Where a record stands now, or None where the filter holds it back."""
        by = self._by or "NULL"
        row = self.store.connection.execute(
            f'SELECT {by} FROM "{self.kind}" WHERE id=? AND {self._where}', (id_, *self._values)
        ).fetchone()
        return None if row is None else Key(row[0], id_)

    def count(self) -> int:
        """How many rows there are."""
        return self._count("1", [])

    def rank(self, key: Key) -> int:
        """How many rows stand before a place."""
        before = 0
        for part in self._parts(ahead=True):
            if part == self._part_of(key):
                sql, values = self._beyond(key, part, ahead=False, itself=False)
                return before + self._count(sql, values)
            before += self._count(part, [])
        return before

    def ids(self, limit: int) -> list[str]:
        """The ids of the first rows, so many at most."""
        return self._walk(None, limit, ahead=True)

    # -- SQL -------------------------------------------------------------------------------------

    def _parts(self, *, ahead: bool) -> list[str]:
        """Those with a value, then those without; each is walked by itself, so that an index can serve it."""
        if not self._by:
            return ["1"]
        parts = [f"{self._by} IS NOT NULL", f"{self._by} IS NULL"]
        return parts if ahead else parts[::-1]

    def _part_of(self, key: Key) -> str:
        return self._parts(ahead=True)[0 if not self._by or key.value is not None else 1]

    def _walk(self, key: Key | None, limit: int, *, ahead: bool, itself: bool = False) -> list[str]:
        parts = self._parts(ahead=ahead)
        if key is not None:
            parts = parts[parts.index(self._part_of(key)) :]
        found: list[str] = []
        for n, part in enumerate(parts):
            sql = part
            values: list[Any] = []
            if key is not None and n == 0:
                sql, values = self._beyond(key, part, ahead=ahead, itself=itself)
            way = "ASC" if ahead != self.sort.reverse else "DESC"
            order = ", ".join(f"{column} {way}" for column in self._order(part))
            # Ids first: what a filter looks at often stands in an index, while rows are wide.
            rows = self.store.connection.execute(
                f'SELECT id FROM "{self.kind}" WHERE {self._where} AND {sql} ORDER BY {order} LIMIT ?',
                (*self._values, *values, limit - len(found)),
            )
            found += [id_ for (id_,) in rows]
            if len(found) >= limit:
                break
        return found

    def _order(self, part: str) -> list[str]:
        return [self._by, *self._ids] if part.endswith("NOT NULL") else self._ids

    def _beyond(self, key: Key, part: str, *, ahead: bool, itself: bool) -> tuple[str, list[Any]]:
        columns = self._order(part)
        sign = (">" if ahead != self.sort.reverse else "<") + ("=" if itself else "")
        values: list[Any] = [key.value] if len(columns) > len(self._ids) else []
        marks = ["?"] * len(values) + [column.replace('"id"', "?") for column in self._ids]
        values += [key.id] * len(self._ids)
        return f"{part} AND ({', '.join(columns)}) {sign} ({', '.join(marks)})", values

    def _count(self, sql: str, values: list[Any]) -> int:
        row = self.store.connection.execute(
            f'SELECT count(*) FROM "{self.kind}" WHERE {self._where} AND {sql}', (*self._values, *values)
        ).fetchone()
        return int(row[0])

    def _rows(self, ids: list[str]) -> list[dict[str, Any]]:
        by_id = {}
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            for row in self.store.each(
                f'SELECT *, {self._by or "NULL"} AS sorted_by FROM "{self.kind}"'
                f" WHERE id IN ({','.join('?' * len(some))})",
                some,
            ):
                by_id[row["id"]] = row
        return [by_id[id_] for id_ in ids]
