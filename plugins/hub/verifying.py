"""A hub's journal held against hashes, chains and signatures, as `journal verify` does for a station's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from emergency.store import chains, keys
from emergency.store.chains import Feed, Sql
from emergency.store.coming import Entry, entry_of
from emergency.store.entries import START, Envelope
from emergency.store.headers import read_in_bulk, stem
from emergency.store.journal import Problem

#: So many entries are read at a time.
_PAGE = 500


class Verified(NamedTuple):
    """How many entries a hub has, and what is wrong with which."""

    entries: int
    problems: list[Problem]


def verify(sql: Sql) -> Verified:
    """Check every entry of a hub."""
    read_in_bulk()
    count, problems = 0, list[Problem]()
    feeds = chains.feeds(sql)
    try:
        for feed in feeds.values():
            if feed.seq and keys.feed_id(bytes(feed.key)) != stem(feed.id):
                problems.append(Problem(feed.id, feed.seq, 0, "key-changed"))
                continue
            before = feed.base, _hash_before(sql, feed)
            for page in _pages(sql, feed):
                before = _check(feed, page, before, problems)
                count += len(page)
            if feed.seq and before != (feed.seq, bytes(feed.hash).hex()):
                problems.append(Problem(feed.id, feed.seq, 0, "head-changed"))
    except sqlite3.DatabaseError:
        problems.append(Problem("", 0, 0, "unreadable"))
    return Verified(count, problems)


def _hash_before(sql: Sql, feed: Feed) -> str:
    """What the first entry of a row must name: the start, or the entry that a branch grows from."""
    found = sql.execute("SELECT hash FROM entry WHERE feed=? AND seq=?", (feed.parent, feed.base)).fetchone()
    return bytes(found[0]).hex() if found else START


def _pages(sql: Sql, feed: Feed) -> Iterator[list[Any]]:
    words = (
        "SELECT n, seq, hash, header, facts, signature FROM entry WHERE feed=? AND seq>? ORDER BY seq LIMIT ?"
    )
    after = -1
    while page := sql.execute(words, (feed.n, after, _PAGE)).fetchall():
        after = page[-1][1]
        yield page


def _check(feed: Feed, page: list[Any], before: tuple[int, str], problems: list[Problem]) -> tuple[int, str]:
    """Note what is wrong on a page that follows a place and its hash; where it ends."""
    vouched, found = False, []
    for n, seq, hash_, header, facts, signature in reversed(page):
        made = [hash_, header, b"" if facts is None else facts, signature]
        readable = all(isinstance(part, bytes) for part in made)
        entry = entry_of(Envelope(header, facts, signature)) if readable else None
        what = _fault(feed, seq, hash_, entry) if readable else "unreadable"
        # Who signed an entry signed for all before it.
        if not what and not vouched:
            vouched = keys.verify(feed.key, hash_, signature)
            what = "" if vouched else "signature-wrong"
        # What was changed bears witness to nothing.
        vouched = vouched and not what
        found.append((n, seq, hash_.hex() if readable else "", entry.header.prev if entry else "", what))
    for n, seq, hash_hex, prev, what in reversed(found):
        wrong = what or ("" if (seq - 1, prev) == before else "chain-broken")
        if wrong:
            problems.append(Problem(feed.id, seq, n, wrong))
        before = seq, hash_hex
    return before


def _fault(feed: Feed, seq: int, hash_: bytes, entry: Entry | None) -> str:
    if entry is None or entry.hash != hash_:
        return "header-changed"
    if not entry.fits:
        return "facts-changed"
    stands = entry.header.feed == stem(feed.id) and entry.header.seq == seq
    return "" if stands else "index-changed"
