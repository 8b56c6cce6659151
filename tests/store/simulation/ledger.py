"""What was promised, by whom, and who holds what: the auditor's own book, kept apart from every store."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from emergency.store import chains, journal
from emergency.store.entries import START, Envelope, digest

from .plain import Plain, knowledge


class Broken(AssertionError):
    """A promise of the program is broken; the message says which, and where."""


def held(sql: Any, where: str = "1=1") -> set[bytes]:
    """The hash of every entry that a store or a hub holds."""
    return {bytes(h) for (h,) in sql.execute(f"SELECT hash FROM entry WHERE {where}")}


class Ledger:
    """Every entry ever seen, and those whose safety was promised."""

    def __init__(self) -> None:
        self.every: dict[bytes, Envelope] = {}
        #: A command that wrote them returned, or a hub said that it has them.
        self.promised: set[bytes] = set()
        #: {hash: {row: the places that its writer says he had taken in}}.
        self._knew: dict[str, dict[str, frozenset[int]]] = {START: {}}
        #: Entries that no store may take in: they were made to be refused.
        self.poison: set[bytes] = set()
        #: Feeds of which something went with a disk: what came after it waits for ever.
        self.gone: set[str] = set()
        #: Feeds that were made to branch.
        self.forked: set[str] = set()

    def saw(self, envelopes: Iterable[Envelope]) -> None:
        """Remember entries."""
        for envelope in envelopes:
            self.every.setdefault(digest(envelope.header), envelope)

    def wrote(self, connection: sqlite3.Connection, before: int) -> None:
        """A command returned: all entries behind this number are promised. Raises Broken."""
        own = {f.id for f in chains.feeds(connection).values() if f.own}
        new = [e for *_, e in journal.read(connection, "e.n>?", (before,))]
        self.saw(new)
        for envelope in new:
            header = json.loads(envelope.header)
            if header["feed"] not in own:
                raise Broken(f"a command wrote as {header['feed']}, which is not its own feed")
            own_hash = digest(envelope.header)
            self.promised.add(own_hash)
            self._check_seen(connection, header, self._had(connection, own_hash.hex()))

    def _had(self, connection: sqlite3.Connection, hash_: str) -> dict[str, frozenset[int]]:
        """What the writer of an entry says, there and before, that he had taken in."""
        if hash_ not in self._knew:
            (packed,) = connection.execute(
                "SELECT header FROM entry WHERE hash=?", (bytes.fromhex(hash_),)
            ).fetchone()
            header = json.loads(packed)
            before = self._had(connection, header["prev"])
            self._knew[hash_] = knowledge(before, header["seen"], header.get("runs", {}))
        return self._knew[hash_]

    def _check_seen(
        self, connection: sqlite3.Connection, header: dict[str, Any], knew: dict[str, frozenset[int]]
    ) -> None:
        """What an entry says its writer had taken in is what lay in his store, with its facts."""
        rows = chains.feeds(connection).values()
        parted = any(f.parent is not None for f in rows)
        for feed in rows:
            if feed.own or not feed.seq:
                continue
            rows = connection.execute(
                "SELECT seq, facts IS NULL FROM entry WHERE feed=?", (feed.n,)
            ).fetchall()
            there = {seq for seq, withheld in rows if not withheld}
            told = knew.get(feed.id, frozenset())
            # Of a row that parted since, what was said of it goes on beyond the place.
            beyond = {seq for seq, withheld in rows if withheld} & told if parted else told - there
            lacking = there - told
            if lacking or beyond:
                raise Broken(
                    f"{header['kind']}: of {feed.id} it says {sorted(told)}, and {sorted(there)} was there"
                )

    def place(self, own_hash: bytes) -> tuple[int, bytes, bytes]:
        """(seq, the hash before it, its own) of an entry; seq 0 of one that nobody has told of."""
        if own_hash not in self.every:
            return 0, b"", own_hash
        header = json.loads(self.every[own_hash].header)
        return header["seq"], bytes.fromhex(header["prev"]), own_hash

    def lost(self, gone: set[bytes]) -> None:
        """A disk took these with it, and nobody else had them."""
        self.promised -= gone
        self.gone |= {json.loads(self.every[h].header)["feed"] for h in gone if h in self.every}

    def check_numbers(self, plain: Plain, stations: Iterable[str]) -> int:
        """No number was given to two orders, but by two machines that wrote as one. Raises Broken.

        Copies of one station mark their numbers with two letters drawn by lot: returns how often both drew alike.
        """
        alike = 0
        makers: dict[tuple[str, str], list[str]] = {}
        for _dot, (_, kind, id_, *_values) in plain.facts("new"):
            if kind in ("callup", "incident"):
                makers.setdefault((kind, id_), []).append(plain.row[_dot.hash])
        for (kind, id_), rows in makers.items():
            for a, b in itertools.combinations(rows, 2):
                apart = a not in plain.upward(b) and b not in plain.upward(a)
                same = a.partition("~")[0] == b.partition("~")[0]
                if apart and not same and id_.partition("-")[0] not in stations:
                    alike += 1
                elif not apart or not same:
                    raise Broken(f"{kind} {id_} was given twice, in {a} and in {b}")
        return alike
