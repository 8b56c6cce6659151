"""A hub's journal held against hashes, chains and signatures, as `journal verify` does for a station's.

What is read here may be damaged in any way: wrong types, text that is no text, rows that nothing
leads to, pages that SQLite cannot follow. Nothing of it may end the check or be passed over. What a
hub has without facts may have been withheld from it, so facts that are gone are not noticed.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from emergency.plugins.hub.engine import ADDED, layout
from emergency.plugins.hub.members import grant_facts, learn_grants
from emergency.store import database, keys
from emergency.store.chains import COLUMNS, Feed, Sql, grows
from emergency.store.coming import Entry, entry_of
from emergency.store.entries import START, Envelope, digest, parsed
from emergency.store.frames import holds
from emergency.store.headers import MARK, read_in_bulk, stem
from emergency.store.journal import Problem
from emergency.store.requests import is_feed

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
    try:
        with text_of_any_kind(sql):
            for feed in [
                Feed(*row) for row in sql.execute(f"SELECT {COLUMNS} FROM feed ORDER BY n").fetchall()
            ]:
                count += _check_feed(sql, feed, problems)
            problems += _check_tables(sql, count)
            problems += _check_aside(sql)
            problems += _check_members(sql)
    except database.DAMAGE:
        problems.append(Problem("", 0, 0, "unreadable"))
    return Verified(count, problems)


@contextlib.contextmanager
def text_of_any_kind(sql: Sql) -> Iterator[None]:
    """What is no text is read all the same, and found to be wrong."""
    if not isinstance(sql, sqlite3.Connection):
        yield
        return
    factory = sql.text_factory
    sql.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        sql.text_factory = factory


def _check_tables(sql: Sql, count: int) -> Iterator[Problem]:
    """What no feed leads to, numbers that are not as they were given, and what SQLite says of its own pages."""
    total, first, last = sql.execute("SELECT count(*), min(n), max(n) FROM entry").fetchone()
    (counter,) = sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone() or ("",)
    if total != count:
        yield Problem("", 0, 0, "unknown-feed")
    if str(counter) != str(total) or (total and (first, last) != (1, total)):
        yield Problem("", 0, 0, "index-changed")
    if isinstance(sql, sqlite3.Connection):
        sound = sql.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
        # What says how the tables are made lies on a page, too.
        if not sound or any(_columns(sql, t) != names for t, names in _as_made().items()):
            yield Problem("", 0, 0, "unreadable")


def _as_made() -> dict[str, set[str]]:
    """{table: columns} of a hub's database, but for those that an older program does not make."""
    with contextlib.closing(_empty()) as made:
        tables = [name for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {table: _columns(made, table) for table in tables}


def _columns(sql: sqlite3.Connection, table: str) -> set[str]:
    later = {column.split()[0] for name, column in ADDED if name == table}
    return {row[1] for row in sql.execute(f"PRAGMA table_info({table})")} - later


def _empty() -> sqlite3.Connection:
    """The tables of a hub that has nothing yet, in memory."""
    made = sqlite3.connect(":memory:")
    for statement in layout({"text": "TEXT", "int": "INTEGER", "blob": "BLOB"}):
        made.execute(statement)
    return made


def _check_aside(sql: Sql) -> Iterator[Problem]:
    """What was put aside is evidence too: it is kept under the hash of its bytes, at the place that it names."""
    rows = sql.execute("SELECT hash, feed, seq, header, facts, signature FROM aside ORDER BY hash")
    while row := rows.fetchone():
        hash_, feed, seq, *parts = row
        made = [b"" if part is None and at == 1 else part for at, part in enumerate(parts)]
        name = str(feed).encode("ascii", "replace").decode()
        place = seq if isinstance(seq, int) else 0
        if not all(isinstance(part, bytes) for part in made) or digest(b"".join(made)) != hash_:
            yield Problem(name, place, 0, "header-changed")
        elif (feed, seq) != ("", 0):
            told = parsed(made[0]) or {}
            if (told.get("feed"), told.get("seq")) != (feed, seq):
                yield Problem(name, place, 0, "index-changed")


def _check_members(sql: Sql) -> Iterator[Problem]:
    """Who is enrolled is what the grants of the hub's own feed say, one after the other."""
    (told,) = sql.execute("SELECT value FROM meta WHERE key='hub'").fetchone() or ("",)
    hub = told if is_feed(str(told)) else ""
    grants = sql.execute(
        "SELECT e.facts, e.seq FROM entry e JOIN feed f ON f.n=e.feed WHERE f.id=? OR (f.id>? AND f.id<?) ORDER BY e.n",
        (hub, f"{hub}{MARK}", f"{hub}{MARK}g"),
    ).fetchall()
    names = "feed, station, role, region, since, last, why, grant_seq"
    with contextlib.closing(_empty()) as made:
        for facts, seq in grants:
            if isinstance(facts, bytes) and isinstance(seq, int):
                learn_grants(made, grant_facts(facts, seq))
        granted = {row[0]: row for row in made.execute(f"SELECT {names} FROM member")}
    stand = {row[0]: tuple(row) for row in sql.execute(f"SELECT {names} FROM member").fetchall()}
    for feed in sorted(granted.keys() | stand.keys(), key=str):
        if granted.get(feed) != stand.get(feed):
            yield Problem(str(feed).encode("ascii", "replace").decode(), 0, 0, "grant-changed")


def _check_feed(sql: Sql, feed: Feed, problems: list[Problem]) -> int:
    """Note what is wrong with a row of a feed and its entries; how many it has."""
    name = str(feed.id).encode("ascii", "replace").decode()
    row = feed._replace(id=name, seq=feed.seq if isinstance(feed.seq, int) else 0)
    what = _fault_of_row(feed) or ("" if _grows(sql, feed) else "index-changed")
    if what:
        problems.append(Problem(name, row.seq, 0, what))
    count, before = 0, (row.base if isinstance(row.base, int) else 0, _hash_before(sql, feed))
    for page in _pages(sql, feed):
        before = _check(row, page, before, problems)
        count += len(page)
    told = row.seq, row.hash.hex() if isinstance(row.hash, bytes) else ""
    if not what and (row.seq or count) and before != told:
        problems.append(Problem(name, row.seq, 0, "head-changed"))
    return count


def _fault_of_row(feed: Feed) -> str:
    if not isinstance(feed.seq, int) or not isinstance(feed.hash, bytes) or not isinstance(feed.base, int):
        return "head-changed"
    if not isinstance(feed.id, str) or (MARK in feed.id) != (feed.parent is not None):
        return "index-changed"
    if (feed.seq or feed.key) and not (
        isinstance(feed.key, bytes) and keys.feed_id(feed.key) == stem(feed.id)
    ):
        return "key-changed"
    if (not feed.seq and feed.hash) or (feed.parent is None and feed.base):
        return "head-changed"
    return ""


def _grows(sql: Sql, feed: Feed) -> bool:
    """Whether a branch grows from a row of the same feed."""
    if feed.parent is None:
        return True
    found = sql.execute(f"SELECT {COLUMNS} FROM feed WHERE n=?", (feed.parent,)).fetchone()
    return grows(feed._replace(id=str(feed.id)), Feed(*found) if found else None)


def _hash_before(sql: Sql, feed: Feed) -> str:
    """What the first entry of a row must name: the start, or the entry that a branch grows from."""
    found = sql.execute("SELECT hash FROM entry WHERE feed=? AND seq=?", (feed.parent, feed.base)).fetchone()
    return found[0].hex() if found and isinstance(found[0], bytes) else START


def _pages(sql: Sql, feed: Feed) -> Iterator[list[Any]]:
    words = (
        "SELECT n, seq, hash, header, facts, signature FROM entry WHERE feed=? AND seq>? ORDER BY seq LIMIT ?"
    )
    after = -1
    while page := sql.execute(words, (feed.n, after, _PAGE)).fetchall():
        yield page
        last = page[-1][1]
        if not isinstance(last, int) or last <= after:
            # Pages that lead back to themselves have no end.
            return
        after = last


def _check(feed: Feed, page: list[Any], before: tuple[int, str], problems: list[Problem]) -> tuple[int, str]:
    """Note what is wrong on a page that follows a place and its hash; where it ends."""
    vouched, found = False, []
    for n, seq, hash_, header, facts, signature in reversed(page):
        made = [hash_, header, b"" if facts is None else facts, signature]
        readable = all(isinstance(part, bytes) for part in made) and isinstance(seq, int)
        entry = entry_of(Envelope(header, facts, signature)) if readable else None
        what = _fault(feed, seq, hash_, entry) if readable else "unreadable"
        if not what and not holds(Envelope(header, facts, signature)):
            # The signature, which the next entry may speak for: the entry is handed to nobody.
            what = "unreadable"
        # Who signed an entry signed for all before it.
        if not what and not vouched:
            vouched = isinstance(feed.key, bytes) and keys.verify(feed.key, hash_, signature)
            what = "" if vouched else "signature-wrong"
        # What was changed bears witness to nothing.
        vouched = vouched and not what
        # A damaged entry is named by itself: its hash, if that is whole, still bears the next.
        own = hash_.hex() if isinstance(hash_, bytes) else ""
        found.append((n, seq, own, entry.header.prev if entry else "", what))
    for n, place, hash_hex, prev, what in reversed(found):
        seq = place if isinstance(place, int) else 0
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
