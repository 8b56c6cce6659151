"""What the tables tell of the teams and items that orders name: read for many orders at once, kept until it changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from emergency.store.claims import chunks
from emergency.store.records.steps import ACTIVE

if TYPE_CHECKING:
    from emergency.store.asks import Ask

T = TypeVar("T")
_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)


class Item(NamedTuple):
    """What is to be known of an item of equipment before it is ordered."""

    id: str
    retired: str | None
    team: str | None
    serviceability: str | None
    licence: str | None
    claimed: str | None
    leased_to: str | None
    leased_until: int | None
    same_as: str | None


class Team(NamedTuple):
    """What is to be known of a team before it is called."""

    id: str
    retired: str | None
    region: str | None
    readiness: str | None
    claimed: str | None
    headcount: int | None
    strength: int | None


#: SQL for what is told of each of these, its id first.
_ITEM = f"SELECT {', '.join(Item._fields)} FROM equipment WHERE id IN ({{ids}})"
_TEAM = f"SELECT {', '.join(Team._fields)} FROM team WHERE id IN ({{ids}})"
_OUT = (
    "SELECT team, id, coalesce(answered / 1000, people) FROM line"
    f" WHERE team IN ({{ids}}) AND people IS NOT NULL AND state IN ({_ACTIVE})"
)
_TWICE = (
    "SELECT DISTINCT m.team, m.name, o.team FROM member m"
    " JOIN member o ON o.id_number = m.id_number AND o.team <> m.team"
    f" JOIN line l ON l.team = o.team AND l.state IN ({_ACTIVE}) WHERE m.team IN ({{ids}}) AND m.retired IS NULL"
)


class _Told(dict[str, T]):
    """{id: what is told of it}: read when it is asked for, or before that with others."""

    def __init__(
        self, connection: sqlite3.Connection, sql: str, made: Callable[[list[tuple[Any, ...]]], T]
    ) -> None:
        super().__init__()
        self._connection, self._sql, self._made = connection, sql, made

    def __missing__(self, id_: str) -> T:
        self.read((id_,))
        return self[id_]

    def read(self, ids: Iterable[str]) -> None:
        """Those of these that have not been read."""
        for some in chunks({id_ for id_ in ids if id_ not in self}):
            rows: dict[str, list[tuple[Any, ...]]] = {id_: [] for id_ in some}
            for row in self._connection.execute(self._sql.format(ids=",".join("?" * len(some))), some):
                rows[row[0]].append(row)
            self.update((id_, self._made(its)) for id_, its in rows.items())


class Named:
    """Whoever knows that the tables tell something else lets it `forget`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        #: By the tag as it stands, and by the id; None for what is not there.
        self.items = _Told(connection, _ITEM, lambda rows: Item(*rows[0]) if rows else None)
        self.teams = _Told(connection, _TEAM, lambda rows: Team(*rows[0]) if rows else None)
        #: (line, people) of those of a team who are called up as so many people.
        self.out = _Told(connection, _OUT, lambda rows: [(line, int(people)) for _team, line, people in rows])
        #: (name, team) of members of a team who also stand on the roll of another, which is out (CASES 17).
        self.twice = _Told(connection, _TWICE, lambda rows: [(name, other) for _team, name, other in rows])

    def forget(self) -> None:
        """What was read is read anew when it is asked for."""
        self.items.clear()
        self.teams.clear()
        self.out.clear()
        self.twice.clear()

    def read(self, asks: Sequence[Ask]) -> None:
        """Read what these orders name by its id, all of it together."""
        self.items.read(tag for ask in asks for tag in ask.equipment)
        self.teams.read(ask.team for ask in asks if ask.team)
        calling = [ask.team for ask in asks if ask.team and (ask.whole or ask.people is not None)]
        self.out.read(calling)
        self.twice.read(calling)
