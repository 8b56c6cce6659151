"""Stores in memory that exchange single feeds in part, as a stick or a cut line does."""

from __future__ import annotations

import functools
import random
import sqlite3
from typing import Any

from emergency.store import arrivals, chains, claims, journal, keys, schema
from emergency.store.entries import digest
from emergency.store.fold import Fold
from emergency.store.journal import Envelope


class Replica:
    """One installation with its own feed, in memory."""

    def __init__(self, name: str, clock_off: int = 0, key: str = "") -> None:
        """`key` tells it from another of its name."""
        self.name = name
        self.signer = keys.Signer((key or name).encode().ljust(32, b"."))
        self.connection = empty_store()
        self.fold = Fold(self.connection)
        self.clock_off = clock_off
        self.write(0, [journal.open_feed(self.connection, self.signer, name)])

    def clone(self) -> Replica:
        """What a copied disk makes: the same store, the same key, another machine."""
        other = object.__new__(Replica)
        other.name, other.signer, other.clock_off = self.name, self.signer, self.clock_off
        other.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.backup(other.connection)
        other.fold = Fold(other.connection)
        return other

    def write(self, now: int, facts: list[list[Any]], kind: str = "test") -> None:
        """One entry of our own; in a feed of another key where two machines wrote on as this one."""
        own = chains.feed_of(self.connection, self.signer.feed)
        if own is None or not own.own:
            self.signer = keys.Signer(digest(f"{id(self)} {now}".encode()))
            self._append(now, [journal.open_feed(self.connection, self.signer, self.name)])
        self._append(now, facts, kind)

    def _append(self, now: int, facts: list[list[Any]], kind: str = "test") -> None:
        journal.append(
            self.connection,
            self.fold,
            self.signer,
            facts=facts,
            wall=now + self.clock_off,
            who="x",
            kind=kind,
            regions=(),
            op=f"{self.name}{now}",
            why="",
        )

    def has(self, feed: str) -> list[Envelope]:
        """All entries of a feed that have come here, in order."""
        return [e for *_, e in journal.read(self.connection, "f.id=?", (feed,), "e.seq")]

    def take(self, envelopes: list[Envelope]) -> int:
        """Take entries in, as they come."""
        return arrivals.take(self.connection, self.fold, envelopes, 10**6)


def empty_store() -> sqlite3.Connection:
    """A store's tables with nothing in them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_tables())
    return connection


@functools.cache
def _tables() -> bytes:
    """What the tables of an empty store are on disk: made once, since properties ask for thousands."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrate(connection)
    schema.create_folded(connection)
    return connection.serialize()


def arrive(envelopes: list[Envelope]) -> sqlite3.Connection:
    """The store that these entries make in this order."""
    connection = empty_store()
    fold = Fold(connection)
    for envelope in envelopes:
        arrivals.take(connection, fold, [envelope], 10**6)
    return connection


def meaning(connection: sqlite3.Connection) -> dict[str, Any]:
    """Everything a person could see, without what depends on the order of arrival."""
    out: dict[str, Any] = {}
    for record in ("team", "equipment", "reserve", "line", "callup"):
        cursor = connection.execute(f'SELECT * FROM "{record}" ORDER BY id')
        names = [d[0] for d in cursor.description]
        out[record] = [{k: v for k, v in zip(names, row, strict=True) if k != "mark"} for row in cursor]
    out["contested"] = claims.contested(connection)
    out["heads"] = standing(connection)
    out["steps"] = sorted(
        connection.execute(
            "SELECT s.line, f.id, e.seq, s.mark % 1024, s.name, s.inert FROM step s"
            " JOIN entry e ON e.n = s.mark / 1024 JOIN feed f ON f.n = e.feed"
        ).fetchall()
    )
    out["inert"] = sorted(
        connection.execute(
            "SELECT f.id, e.seq, i.mark % 1024, i.why FROM inert i"
            " JOIN entry e ON e.n = i.mark / 1024 JOIN feed f ON f.n = e.feed"
        ).fetchall()
    )
    return out


def standing(connection: sqlite3.Connection) -> dict[str, set[Any]]:
    """{cell: values} of the cells that were set more than once and stand apart."""
    out: dict[str, set[Any]] = {}
    for kind, id_, field, value in connection.execute(
        "SELECT kind, id, field, value FROM cell c WHERE head=1 AND 1 <"
        " (SELECT count(*) FROM cell d WHERE (d.kind, d.id, d.field, d.head) = (c.kind, c.id, c.field, 1))"
    ):
        out.setdefault(f"{kind}/{id_}/{field}", set()).add(value)
    return out


def history(r: random.Random, facts_of: Any) -> list[Envelope]:
    """Every entry of a random history; `facts_of(r, replica, t)` says what a station states."""
    stations = [Replica(name, r.randrange(-(10**6), 10**6)) for name in "ABCD"]
    for t in range(1, r.randrange(5, 40)):
        here = r.choice(stations)
        if r.random() < 0.55:
            here.write(t, facts_of(r, here, t))
        else:
            giver = r.choice([s for s in stations if s is not here])
            feed = giver.signer.feed if r.random() < 0.7 else r.choice(stations).signer.feed
            if feed != here.signer.feed:
                coming = giver.has(feed)
                here.take(coming[: r.randrange(len(coming) + 1)])
    return [e for s in stations for e in s.has(s.signer.feed)]


def shuffled(r: random.Random, envelopes: list[Envelope]) -> list[Envelope]:
    """Any order at all, with some of them twice."""
    out = envelopes + [e for e in envelopes if r.random() < 0.2]
    r.shuffle(out)
    return out
