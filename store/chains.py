"""Feeds as chains that may branch, and where an arriving entry belongs; for stations and for hubs.

A feed is one chain of entries. A copied disk, a restored image or a stolen key makes two
entries at one place of it, both signed: a fork. Then the row of the feed ends where they part,
and each branch has a row of its own, named after its first entry (`FEED~HASH`), so that every
store with the same entries has the same rows, whichever branch came first. Both are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from emergency.store import keys
from emergency.store.coming import Entry, Proved, Run, introduced
from emergency.store.entries import START, parsed
from emergency.store.headers import MARK, stem

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
        #: Whether there may be more of a row that is not here than is stored.
        self._changed = False
        #: So many branches more may begin, before what would begin another waits; None for as many as come.
        self.may_part: int | None = None
        #: Feeds that were found to branch here, where they had not before.
        self.forked: set[str] = set()

    def rows(self, feed_id: str) -> list[Feed]:
        """The row of a feed, then those of its branches."""
        if feed_id not in self._rows:
            self.look_up([feed_id])
        return self._rows[feed_id]

    def look_up(self, feeds: Sequence[str]) -> None:
        """Ask for the rows of so many feeds at once."""
        if self._changed:
            self._pending()
            self._changed = False
        rows = " OR ".join(["id=? OR (id>? AND id<?)"] * len(feeds))
        names = [name for feed in feeds for name in (feed, feed + MARK, feed + MARK + "g")]
        found = self._sql.execute(f"SELECT {COLUMNS} FROM feed WHERE {rows} ORDER BY id", names).fetchall()
        self._rows.update((feed, []) for feed in feeds)
        for row in found:
            self._rows[stem(row[1])].append(Feed(*row))

    def forget(self) -> None:
        """What was changed has been rolled back."""
        self._rows.clear()
        self._changed = True

    def key(self, feed_id: str) -> bytes:
        """The key of a feed, or nothing."""
        return next((row.key for row in self.rows(feed_id) if row.key), b"")

    def place(self, entry: Entry) -> Feed:
        """The row whose end an entry follows. Raises Known, Aside.

        Nothing of an entry is trusted before its hash fits, and its author is known to have signed for it.
        """
        envelope, header, own_hash = entry.envelope, entry.header, entry.hash
        id_, seq = header.feed, header.seq
        if not entry.fits:
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

    def before(self, run: Run) -> Feed | None:
        """The row that a run goes on from, where it has begun and has no branches; else `place` finds it out."""
        rows = self.rows(run.feed)
        if len(rows) != 1 or not rows[0].key or not rows[0].seq:
            return None
        ends = rows[0].seq == run.seq - 1 and rows[0].hash.hex() == run.prev
        return rows[0] if ends else None

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
        """A new branch that grows from a row after a place; what stood behind it becomes one too. Raises Aside."""
        if self.may_part is not None:
            if not self.may_part:
                raise Aside("waits")
            self.may_part -= 1
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
        self._changed = True
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
        self._changed = True
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


def firsts(sql: Sql, feed: str) -> list[tuple[dict[str, Any], bytes | None]]:
    """The header and facts of a feed's first entry, or of each of those that stand in its place; none where it has not come."""
    row = feed_of(sql, feed)
    if row is None:
        return []
    found = sql.execute(
        "SELECT e.header, e.facts FROM entry e JOIN feed f ON f.n=e.feed"
        " WHERE e.seq=1 AND (f.n=? OR (f.parent=? AND f.base=0))",
        (row.n, row.n),
    ).fetchall()
    return [(parsed(bytes(header)) or {}, None if facts is None else bytes(facts)) for header, facts in found]


#: The kind of the first entry of a hub's own feed.
HUB_BEGINS = "hub init"


def is_hub(sql: Sql, feed: str) -> bool:
    """Whether a feed is a hub's own, which begins as hubs write it, and gives no numbers."""
    return any(header.get("kind") == HUB_BEGINS for header, _facts in firsts(sql, feed))


def grows(feed: Feed, parent: Feed | None) -> bool:
    """Whether a branch says of itself, as far as a damaged database says anything, that it grows from a row of its feed."""
    if parent is None or not isinstance(parent.id, str) or MARK not in feed.id or type(feed.base) is not int:
        return False
    # The hash that an entry follows tells rows apart; what stands before the first is the same for all.
    return stem(parent.id) == stem(feed.id) and (feed.base > 0 or parent.parent is None)
