"""Proof that the journal is whole: every byte of it held against hashes, chains and signatures.

What is read here may be damaged in any way: wrong types, text that is no text, pages that
SQLite itself cannot follow. Nothing of it may end the check or be passed over.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from emergency.store import database, keys
from emergency.store.arrivals import ASIDE
from emergency.store.chains import COLUMNS, Feed, grows
from emergency.store.entries import START, digest, parsed
from emergency.store.headers import MARK, stem
from emergency.store.journal import Problem, aside_receipt, receipt
from emergency.store.text import safe
from emergency.store.words import _

_ENTRY = "SELECT n, feed, seq, wall, received, op, header, facts, signature, hash, late, receipt FROM entry"
#: So many entries in a row that SQLite cannot read, and the rest is given up.
_GIVE_UP = 1000


def verify(connection: sqlite3.Connection, progress: Callable[[int], None]) -> list[Problem]:
    """See journal.verify."""
    factory = connection.text_factory
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        with database.snapshot(connection):
            return _Proof(connection, progress).problems
    except database.DAMAGE:
        return [Problem("", 0, 0, "unreadable")]
    finally:
        connection.text_factory = factory


class _Last(NamedTuple):
    """An entry that the next of its feed must follow."""

    seq: Any
    hashes: set[str]
    n: int


_NONE = _Last(0, {START}, 0)


class _Proof:
    def __init__(self, connection: sqlite3.Connection, progress: Callable[[int], None]) -> None:
        self.connection = connection
        self.problems: list[Problem] = []
        self.feeds = {
            row[0]: Feed(*row)
            for row in connection.execute(f"SELECT {self._columns(connection)} FROM feed ORDER BY n")
        }
        self.seen = self._seen()
        # A backup of before the runs has no table for them.
        self.has_runs = bool(
            connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name='seen_run' AND type='table'"
            ).fetchone()
        )
        self.runs = self._runs() if self.has_runs else {}
        #: {feed number: the last entry passed}.
        self.last: dict[Any, _Last] = {}
        self.stations: dict[Any, tuple[str, int]] = {}
        self._entries(progress)
        for feed in self.feeds.values():
            what = self._fault_of_feed(feed)
            if what:
                self._say(feed.id, feed.seq, self.last.get(feed.n, _NONE).n, what)
        self._aside()
        self._pages()

    @staticmethod
    def _columns(connection: sqlite3.Connection) -> str:
        """A backup of before branches has no columns for them."""
        there = {row[1] for row in connection.execute("PRAGMA table_info(feed)")}
        return COLUMNS if "parent" in there else COLUMNS.replace("parent, base", "NULL, 0")

    def _say(self, feed: Any, seq: Any, n: Any, what: str) -> None:
        name = str(feed).encode("ascii", "replace").decode()
        self.problems.append(Problem(name, seq if type(seq) is int else 0, n if type(n) is int else 0, what))

    def _seen(self) -> dict[tuple[Any, Any], dict[Any, Any]]:
        """{(feed number, seq): {feed: seq}} as the index of what was seen has it."""
        out: dict[tuple[Any, Any], dict[Any, Any]] = {}
        for feed, other, seq, upto in self.connection.execute("SELECT feed, other, seq, upto FROM seen"):
            name = self.feeds[other].id if other in self.feeds else other
            out.setdefault((feed, seq), {})[name] = upto
        return out

    def _runs(self) -> dict[tuple[Any, Any], dict[Any, list[list[Any]]]]:
        """The same of runs: {(feed number, seq): {feed: [[first, last], ...]}}."""
        out: dict[tuple[Any, Any], dict[Any, list[list[Any]]]] = {}
        for feed, other, *run, seq in self.connection.execute(
            "SELECT feed, other, first, upto, seq FROM seen_run"
        ):
            name = self.feeds[other].id if other in self.feeds else other
            out.setdefault((feed, seq), {}).setdefault(name, []).append(run)
        return out

    def _entries(self, progress: Callable[[int], None]) -> None:
        expected = 1
        for n, row in self._rows():
            feed = self.feeds.get(row[1]) if row else None
            if row is None:
                what = "unreadable"
            elif feed is None or not isinstance(feed.id, str):
                what = "unknown-feed"
            else:
                what = self._fault(feed, row) or ("index-changed" if n != expected else "")
            if what:
                self._say(feed.id if feed else "", row[2] if row else 0, n, what)
            if row and isinstance(row[6], bytes):
                # A changed entry is named by itself: its own hash, if that is whole, still bears the next.
                hashes = {digest(row[6]), row[9] if isinstance(row[9], bytes) else b""}
                self.last[row[1]] = _Last(row[2], {h.hex() for h in hashes}, n)
            expected = n + 1
            progress(n)
        for feed_n, seq in {**self.seen, **self.runs}:
            known = self.feeds.get(feed_n)
            self._say(known.id if known else "", seq, 0, "index-changed")

    def _rows(self) -> Iterator[tuple[int, tuple[Any, ...] | None]]:
        """Every entry by its number; None for one that SQLite cannot read."""
        n, failed = -(1 << 63), 0
        while failed < _GIVE_UP:
            try:
                for row in self.connection.execute(f"{_ENTRY} WHERE n > ? ORDER BY n", (n,)):
                    if row[0] <= n:
                        # Pages that lead back to themselves have no end.
                        break
                    n, failed = row[0], 0
                    yield n, row
                else:
                    return
            except database.DAMAGE:
                pass
            n, failed = max(n, 0) + 1, failed + 1
            yield n, None

    def _fault(self, feed: Feed, row: tuple[Any, ...]) -> str:
        """What is wrong with an entry, in a word; "" if nothing."""
        n, _feed, seq, wall, received, op, header_bytes, facts, signature, hash_, late, proof = row
        seen, runs = self.seen.pop((feed.n, seq), {}), self.runs.pop((feed.n, seq), {})
        if not (
            isinstance(header_bytes, bytes)
            and isinstance(signature, bytes)
            and (facts is None or isinstance(facts, bytes))
            and type(received) is int
            and (late is None or type(late) is int)
        ):
            return "unreadable"
        if digest(header_bytes) != hash_:
            return "header-changed"
        if not isinstance(feed.key, bytes) or not keys.verify(feed.key, hash_, signature):
            return "signature-wrong"
        header = json.loads(header_bytes)
        if facts is not None and digest(facts).hex() != header["facts"]:
            return "facts-changed"
        if facts is None and (feed.own == 1 or late is not None):
            return "facts-changed"
        told = _runs(header) if self.has_runs else {}
        if (header["feed"], header["seq"], header["wall"], header["op"], header["seen"], told) != (
            stem(feed.id),
            seq,
            wall,
            op,
            seen,
            runs,
        ):
            return "index-changed"
        before = self._before(feed)
        if seq - 1 != before.seq or header["prev"] not in before.hashes:
            return "chain-broken"
        if seq == 1 and facts is not None:
            self.stations[feed.n] = (str(json.loads(facts)["facts"][0][2]), n)
        return "" if receipt(n, received, late, hash_) == proof else "received-changed"

    def _before(self, feed: Feed) -> _Last:
        """The entry that the next of a row must follow: of a branch, where it grows from."""
        if feed.n in self.last or feed.parent is None:
            return self.last.get(feed.n, _NONE)
        row = self.connection.execute(
            "SELECT n, header, hash FROM entry WHERE feed=? AND seq=?", (feed.parent, feed.base)
        ).fetchone()
        if row is None or not isinstance(row[1], bytes):
            return _NONE
        return _Last(
            feed.base, {digest(row[1]).hex(), row[2].hex() if isinstance(row[2], bytes) else ""}, row[0]
        )

    def _grows(self, feed: Feed, last: _Last | None) -> bool:
        """Whether a row says of itself what it is: a whole feed, or a branch and the row that it grows from."""
        if feed.parent is None:
            return feed.base == 0 and (last is None or MARK not in feed.id)
        return grows(feed, self.feeds.get(feed.parent))

    def _fault_of_feed(self, feed: Feed) -> str:
        if not isinstance(feed.key, bytes) or not isinstance(feed.id, str):
            return "key-changed"
        last = self.last.get(feed.n)
        if not self._grows(feed, last):
            return "index-changed"
        if (last or feed.key) and keys.feed_id(feed.key) != stem(feed.id):
            return "key-changed"
        hashes = last.hashes if last else {""}
        if feed.seq != (last.seq if last else 0) or not isinstance(feed.hash, bytes):
            return "head-changed"
        if feed.hash.hex() not in hashes:
            return "head-changed"
        owned = sum(f.own == 1 for f in self.feeds.values())
        # A feed that was found to branch is nobody's own any more, until its station begins another.
        parted = any(f.parent is not None for f in self.feeds.values())
        unowned = owned == 0 and last is not None and not parted
        if feed.own not in (0, 1) or (owned != 1 and (feed.own == 1 or unowned)):
            return "head-changed"
        if feed.station != (self.stations[feed.n][0] if feed.n in self.stations else feed.station):
            return "head-changed"
        return ""

    def _aside(self) -> None:
        """What was put aside is evidence too."""
        # A backup of before the receipts has none.
        columns = {row[1] for row in self.connection.execute("PRAGMA table_info(aside)")}
        own = "receipt" if "receipt" in columns else "NULL"
        for hash_, feed, seq, why, received, header, facts, signature, bound in self.connection.execute(
            f"SELECT hash, feed, seq, why, received, header, facts, signature, {own} FROM aside"
        ):
            parts = (header, b"" if facts is None else facts, signature)
            if not all(isinstance(p, bytes) for p in parts) or digest(b"".join(parts)) != hash_:
                self._say(feed, seq, 0, "header-changed")
            elif why not in ASIDE or (why != "malformed" and not _names(header, feed, seq)):
                self._say(feed, seq, 0, "index-changed")
            elif own != "NULL" and not _is_receipt(bound, hash_, feed, seq, why, received):
                self._say(feed, seq, 0, "received-changed")

    def _pages(self) -> None:
        """The pages and indexes that hold it, as SQLite itself checks them."""
        tables = ("feed", "entry", "seen", *(("seen_run",) if self.has_runs else ()), "aside")
        for table in tables:
            for (message,) in self.connection.execute(f"PRAGMA integrity_check({table})").fetchall():
                if message == "ok" or self.problems:
                    continue
                row = re.search(r"\brow ?(?:id )?(\d+)", str(message), re.IGNORECASE)
                self._say("", 0, int(row[1]) if row and table == "entry" else 0, "index-changed")


def _runs(header: dict[str, Any]) -> dict[str, list[list[int]]]:
    """The runs that a header tells of, each once and in order."""
    told = header.get("runs", {}).items()
    return {row: [list(run) for run in sorted(set(map(tuple, runs)))] for row, runs in told if runs}


def _is_receipt(bound: Any, hash_: bytes, feed: Any, seq: Any, why: str, received: Any) -> bool:
    try:
        return bool(aside_receipt(hash_, feed, seq, why, received) == bound)
    except (ValueError, TypeError):
        return False


def _names(header: bytes, feed: Any, seq: Any) -> bool:
    """Whether a header names this feed and place."""
    try:
        told = json.loads(header)
        return bool((told["feed"], told["seq"]) == (feed, seq))
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def of_one(connection: sqlite3.Connection, n: int) -> str:
    """What is wrong with one entry by itself, in a word; "" if nothing. Its place in the chain is not looked at."""
    row = connection.execute(
        "SELECT e.header, e.facts, e.signature, e.hash, f.key FROM entry e JOIN feed f ON f.n = e.feed WHERE e.n=?",
        (n,),
    ).fetchone()
    header, facts, signature, hash_, key = row or (None,) * 5
    if not (isinstance(header, bytes) and isinstance(signature, bytes) and isinstance(key, bytes)):
        return "unreadable"
    if digest(header) != hash_:
        return "header-changed"
    if not keys.verify(key, digest(header), signature):
        return "signature-wrong"
    wanted = (parsed(header) or {}).get("facts")
    return "facts-changed" if isinstance(facts, bytes) and digest(facts).hex() != wanted else ""


def told(problem: Problem) -> str:
    """What is wrong with which entry, or with which feed, in a line."""
    feed = safe(problem.feed)
    if problem.n:
        where = _("entry {n} ({feed}:{seq})").format(n=problem.n, feed=feed, seq=problem.seq)
    else:
        where = _("feed {feed}").format(feed=feed) if feed else _("the database")
    return f"{where}: {words(problem.what)}"


def words(what: str) -> str:
    """What is wrong with an entry, in the language spoken."""
    return {
        "header-changed": _("the header was changed"),
        "signature-wrong": _("the signature does not fit"),
        "facts-changed": _("the facts were changed"),
        "index-changed": _("its place in the index was changed"),
        "received-changed": _("the time it was received was changed"),
        "chain-broken": _("it does not follow the entry before it"),
        "unknown-feed": _("it belongs to no known feed"),
        "key-changed": _("the key of the feed was changed"),
        "head-changed": _("the feed's head was changed, or its last entries are gone"),
        "unreadable": _("it cannot be read"),
        "grant-changed": _("who is enrolled there is not what its grants say"),
    }[what]
