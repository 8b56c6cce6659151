"""Feeds as chains that may branch, and where an arriving entry belongs; for stations and for hubs.

A feed is one chain of entries. A copied disk, a restored image or a stolen key makes two
entries at one place of it, both signed: a fork. Then the row of the feed ends where they part,
and each branch has a row of its own, named after its first entry (`FEED~HASH`), so that every
store with the same entries has the same rows, whichever branch came first. Both are kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from emergency.store import keys
from emergency.store.entries import START, Envelope, digest, is_text, parsed
from emergency.store.headers import MARK, Header, header_of, stem

#: The columns of a feed's row, in the order of `Feed`.
COLUMNS = "n, id, key, station, seq, hash, own, parent, base"


class Rows(Protocol):
    """What a statement gives back."""

    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Sql(Protocol):
    """A database that holds chains: SQLite, or PostgreSQL behind the same statements."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Any: ...


class Feed(NamedTuple):
    """What a journal has of one feed, or of one branch of it."""

    n: int
    id: str
    key: bytes
    station: str
    #: The last place taken; where a row has branches, the last before they part.
    seq: int
    hash: bytes
    own: int
    #: The row that a branch grows from, and the last place there.
    parent: int | None = None
    base: int = 0


class Entry(NamedTuple):
    """An envelope whose header was read, and the hash that names it in its chain."""

    envelope: Envelope
    header: Header
    hash: bytes


class Proved:
    """What the holders of keys are known to have signed for, by hashes of headers."""

    def __init__(self) -> None:
        #: (key, hash, the signature that fits).
        self.signed: set[tuple[bytes, bytes, bytes]] = set()
        self._spoken: dict[bytes, set[bytes]] = {}

    def spoken(self, key: bytes) -> set[bytes]:
        """What a later entry of the same author speaks for, whatever signature it came with."""
        return self._spoken.setdefault(key, set())

    def has(self, key: bytes, own_hash: bytes, signature: bytes) -> bool:
        """Whether the holder of a key signed for an entry that came with this signature."""
        return own_hash in self.spoken(key) or (key, own_hash, signature) in self.signed

    def add(self, other: Proved) -> None:
        """Take over what another knows."""
        self.signed |= other.signed
        for key, hashes in other._spoken.items():
            self.spoken(key).update(hashes)


class Aside(Exception):
    """An envelope cannot be taken in; the message is one word of arrivals.ASIDE."""


class Known(Exception):
    """The entry stands there already; `n` is its number.

    `unfit` is a signature that stood there and did not fit, in whose place the one that came now stands.
    """

    def __init__(self, n: int, unfit: bytes = b"") -> None:
        super().__init__(n)
        self.n, self.unfit = n, unfit


def branch_id(feed: str, first: bytes) -> str:
    """The name of the branch that begins with the entry of this hash."""
    return f"{stem(feed)}{MARK}{first.hex()[:20]}"


def feeds(sql: Sql) -> dict[str, Feed]:
    """Every feed and branch by its id."""
    rows = sql.execute(f"SELECT {COLUMNS} FROM feed ORDER BY n")
    return {row[1]: Feed(*row) for row in rows}


def begun(sql: Sql) -> dict[str, Feed]:
    """The same of which anything is here, and our own: a writer may tell that he has seen thousands of others."""
    rows = sql.execute(f"SELECT {COLUMNS} FROM feed WHERE seq>0 OR own=1 ORDER BY n")
    return {row[1]: Feed(*row) for row in rows}


def feed_of(sql: Sql, id_: str) -> Feed | None:
    """One of them, or None."""
    row = sql.execute(f"SELECT {COLUMNS} FROM feed WHERE id=?", (id_,)).fetchone()
    return None if row is None else Feed(*row)


def entry_of(envelope: Envelope) -> Entry | None:
    """What can be chained and kept of what came; None where it cannot."""
    header = header_of(envelope.header)
    return None if header is None else Entry(envelope, header, digest(envelope.header))


def entries_of(envelopes: Iterable[Envelope]) -> list[Entry | None]:
    """The same of many. Mostly each goes on from the one before it."""
    out: list[Entry | None] = []
    feed = before = ""
    for envelope in envelopes:
        header = header_of(envelope.header, feed, before)
        if header is None:
            out.append(None)
            continue
        own = digest(envelope.header)
        feed, before = header.feed, own.hex()
        out.append(Entry(envelope, header, own))
    return out


def introduced(facts: bytes | None, feed_id: str) -> tuple[bytes, str]:
    """(key, station) of a feed by its own first entry, which names the key that names the feed; else nothing."""
    try:
        fact = (parsed(facts or b"") or {})["facts"][0]
        word, key, station = fact[0], bytes.fromhex(fact[1]), fact[2]
    except (ValueError, KeyError, IndexError, TypeError):
        return b"", ""
    sound = word == "feed" and isinstance(station, str) and is_text(station) and "\0" not in station
    return (key, station) if sound and keys.feed_id(key) == feed_id else (b"", "")


def proofs(entries: Sequence[Entry], key_of: Callable[[str], bytes], runs: Callable[[str], bool]) -> Proved:
    """What the authors of entries that came together have signed for.

    A header tells the hash of the one before it, so who signs it signs for all before it: in
    feeds whose `runs` may be taken whole, one signature is checked for each, where it fits.
    `key_of` gives the key of a feed, or nothing; a first entry among them tells its own.
    """
    found = Proved()
    coming = {e.header.feed: e for e in entries if e.header.seq == 1}
    known: dict[str, tuple[bytes, set[bytes], bool]] = {}
    for entry in reversed(entries):
        header, id_ = entry.header, entry.header.feed
        if id_ not in known:
            first = coming.get(id_)
            key = key_of(id_) or (introduced(first.envelope.facts, id_)[0] if first else b"")
            known[id_] = key, found.spoken(key), runs(id_)
        key, spoken, whole = known[id_]
        if not key or header.alg != keys.ALGORITHM:
            continue
        if entry.hash not in spoken:
            if not keys.verify(key, entry.hash, entry.envelope.signature):
                continue
            found.signed.add((key, entry.hash, entry.envelope.signature))
            if not _with_its_facts(entry):
                # Of what was changed on its way nothing is taken, and its word for nothing else.
                continue
        if whole:
            spoken.add(bytes.fromhex(header.prev))
    return found


def _with_its_facts(entry: Entry) -> bool:
    """Whether the facts are those that the header names, or withheld."""
    facts = entry.envelope.facts
    return facts is None or digest(facts).hex() == entry.header.facts


class Chains:
    """The chains of one journal, for the length of one transaction.

    `pending` stores the entries that were placed and not yet stored, before any is looked for.
    """

    def __init__(self, sql: Sql, pending: Callable[[], None] = lambda: None) -> None:
        self._sql = sql
        self._pending = pending
        #: What is known to be signed for, before it is asked.
        self.proved = Proved()
        self._rows: dict[str, list[Feed]] = {}
        #: Feeds that were found to branch here, where they had not before.
        self.forked: set[str] = set()

    def rows(self, feed_id: str) -> list[Feed]:
        """The row of a feed, then those of its branches."""
        if feed_id not in self._rows:
            self._pending()
            found = self._sql.execute(
                f"SELECT {COLUMNS} FROM feed WHERE id=? OR (id>? AND id<?) ORDER BY n",
                (feed_id, feed_id + MARK, feed_id + MARK + "g"),
            ).fetchall()
            self._rows[feed_id] = sorted((Feed(*row) for row in found), key=lambda f: f.id)
        return self._rows[feed_id]

    def forget(self) -> None:
        """What was changed has been rolled back."""
        self._rows.clear()

    def key(self, feed_id: str) -> bytes:
        """The key of a feed, or nothing."""
        return next((row.key for row in self.rows(feed_id) if row.key), b"")

    def place(self, entry: Entry) -> Feed:
        """The row whose end an entry follows. Raises Known, Aside.

        Nothing of an entry is trusted before its hash fits, and its author is known to have signed for it.
        """
        envelope, header, own_hash = entry
        id_, seq = header.feed, header.seq
        if not _with_its_facts(entry):
            raise Aside("facts-changed")
        if header.alg != keys.ALGORITHM:
            raise Aside("newer")
        rows = self.rows(id_)
        key, station = next(((r.key, r.station) for r in rows if r.key), (b"", ""))
        new = not key
        if new and seq == 1:
            key, station = introduced(envelope.facts, id_)
        if not key:
            raise Aside("waits")
        if not self.signed(key, entry):
            raise Aside("forged")
        if new:
            return self.enrol(id_, key, station)
        try:
            return self._after(rows, seq, header.prev, own_hash)
        except Known as found:
            raise Known(found.n, self._signed_better(found.n, key, entry)) from None

    def run(self, entries: Sequence[Entry | None], at: int) -> tuple[Feed, int] | None:
        """The row that entries continue from one place of a list on, and how many: `place` for many at once.

        What nearly all are: of one feed that has begun and has no branches, each behind the one before it, proved, and
        with the facts that it names. None where that is not so of the first; what it is `place` finds out.
        """
        first = entries[at]
        rows = self.rows(first.header.feed) if first else []
        if len(rows) != 1 or not rows[0].key or not rows[0].seq:
            return None
        feed = rows[0]
        key, id_, seq, prev, many = feed.key, feed.id, feed.seq, feed.hash.hex(), 0
        spoken = self.proved.spoken(key)
        for entry in itertools.islice(entries, at, None):
            if entry is None:
                break
            (_header, facts, signature), header, own_hash = entry
            if header.prev != prev or header.seq != seq + 1 or header.feed != id_ or facts is None:
                break
            if header.facts != digest(facts).hex() or header.alg != keys.ALGORITHM:
                break
            if own_hash not in spoken and not self.proved.has(key, own_hash, signature):
                break
            seq, prev, many = seq + 1, own_hash.hex(), many + 1
        return (feed, many) if many else None

    def signed(self, key: bytes, entry: Entry) -> bool:
        """Whether the holder of a key is known to have signed for an entry, or turns out to have signed it."""
        own, signature = entry.hash, entry.envelope.signature
        return self.proved.has(key, own, signature) or keys.verify(key, own, signature)

    def _signed_better(self, n: int, key: bytes, entry: Entry) -> bytes:
        """Keep the signature that fits, and return the one that stood there and does not. Raises Aside.

        What stands on a later one's word may be handed on from here to somebody who has not heard that word.
        """
        row = self._sql.execute("SELECT signature FROM entry WHERE n=?", (n,)).fetchone()
        stored, signature = bytes(row[0]), entry.envelope.signature
        if stored == signature:
            return b""
        if not keys.verify(key, entry.hash, signature):
            raise Aside("forged")
        if keys.verify(key, entry.hash, stored):
            return b""
        self._sql.execute("UPDATE entry SET signature=? WHERE n=?", (signature, n))
        return stored

    def _after(self, rows: list[Feed], seq: int, prev: str, own_hash: bytes) -> Feed:
        if len(rows) == 1 and (feed := rows[0]).seq == seq - 1 and prev == (feed.hash.hex() or START):
            # The usual case: what comes next in a feed that has no branches.
            return feed
        n = self._at(rows, seq, own_hash)
        if n is not None:
            raise Known(n)
        if seq == 1 and prev != START:
            raise Aside("malformed")
        if seq == 1:
            empty = not rows[0].seq and not any(r.parent == rows[0].n and r.seq for r in rows)
            return rows[0] if empty else self._part(rows[0], 0, own_hash)
        for feed in rows:
            if feed.base < seq - 1 <= feed.seq and self._at([feed], seq - 1, bytes.fromhex(prev)) is not None:
                grown = feed.seq > seq - 1 or any(r.parent == feed.n and r.seq for r in rows)
                return self._part(feed, seq - 1, own_hash) if grown else feed
        raise Aside("waits")

    def _at(self, rows: Iterable[Feed], seq: int, hash_: bytes) -> int | None:
        """The number of the entry with this hash at this place of any of these rows."""
        self._pending()
        for feed in rows:
            found = self._sql.execute(
                "SELECT n FROM entry WHERE feed=? AND seq=? AND hash=?", (feed.n, seq, hash_)
            ).fetchone()
            if found is not None:
                return int(found[0])
        return None

    def _part(self, feed: Feed, after: int, first: bytes) -> Feed:
        """A new branch that grows from a row after a place; what stood behind it becomes one too."""
        if feed.seq > after:
            (hash_,) = self._sql.execute(
                "SELECT hash FROM entry WHERE feed=? AND seq=?", (feed.n, after + 1)
            ).fetchone()
            moved = self._branch(feed, after, bytes(hash_))
            self._sql.execute("UPDATE feed SET parent=? WHERE parent=? AND base>?", (moved.n, feed.n, after))
            self._sql.execute("UPDATE entry SET feed=? WHERE feed=? AND seq>?", (moved.n, feed.n, after))
            self._sql.execute("UPDATE feed SET seq=?, hash=? WHERE n=?", (feed.seq, feed.hash, moved.n))
            end = self._sql.execute(
                "SELECT hash FROM entry WHERE feed=? AND seq=?", (feed.n, after)
            ).fetchone()
            # Whoever wrote on from here as this feed begins another: two would go on writing one place.
            self._sql.execute(
                "UPDATE feed SET seq=?, hash=?, own=0 WHERE n=?",
                (after, bytes(end[0]) if end else b"", feed.n),
            )
        branch = self._branch(feed, after, first)
        self._rows.pop(stem(feed.id), None)
        self.forked.add(stem(feed.id))
        return branch

    def _branch(self, feed: Feed, after: int, first: bytes) -> Feed:
        """The row of a branch, with nothing in it yet; a writer who had seen it may have named it before."""
        id_ = branch_id(feed.id, first)
        self._sql.execute(
            "INSERT INTO feed(n, id, key, station, seq, hash, own, parent, base)"
            " VALUES((SELECT max(n) + 1 FROM feed), ?,?,?,0,?,0,?,?)"
            " ON CONFLICT(id) DO UPDATE SET key=excluded.key, station=excluded.station,"
            " parent=excluded.parent, base=excluded.base",
            (id_, feed.key, feed.station, b"", feed.n, after),
        )
        row = feed_of(self._sql, id_)
        assert row is not None
        return row

    def enrol(self, feed_id: str, key: bytes, station: str, *, own: bool = False) -> Feed:
        """The row of a feed that begins, or that was only named so far."""
        row = enrol(self._sql, feed_id, key, station, own=own)
        self._rows.pop(feed_id, None)
        return row

    def advance(self, feed: Feed, seq: int, hash_: bytes) -> Feed:
        """An entry was placed behind the end of a row; returns the row as it is now, for the caller to store."""
        now = Feed(*feed[:4], seq, hash_, *feed[6:])
        for at, row in enumerate(rows := self._rows.get(stem(feed.id), [])):
            if row.n == feed.n:
                rows[at] = now
        return now


def enrol(sql: Sql, feed_id: str, key: bytes, station: str, *, own: bool = False) -> Feed:
    """The row of a feed, made or completed; without a key it is only named, and heals when it comes."""
    sql.execute(
        "INSERT INTO feed(n, id, key, station, seq, hash, own, parent, base)"
        " VALUES((SELECT coalesce(max(n), 0) + 1 FROM feed), ?,?,?,0,?,?,NULL,0)"
        " ON CONFLICT(id) DO UPDATE SET key=excluded.key, station=excluded.station, own=excluded.own",
        (feed_id, key, station, b"", int(own)),
    )
    row = feed_of(sql, feed_id)
    assert row is not None
    return row
