"""Taking in what other stations wrote: in any order, in part, again and again.

What cannot be taken in is put aside with the reason, kept whole, and stops nothing behind it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from emergency.store import journal, keys
from emergency.store.fold import Fold
from emergency.store.journal import Envelope, Feed

#: Why an envelope was put aside instead of taken in.
ASIDE = ("malformed", "facts-changed", "newer", "waits", "forged", "fork")


def take(connection: sqlite3.Connection, fold: Fold, envelopes: Iterable[Envelope], received: int) -> int:
    """Take in entries of other feeds, in any order, again and again; returns how many were new.

    An entry whose predecessor has not come waits aside. A forged one, and the second of two
    that claim one place, are kept aside with the reason and never stop those behind them.
    """
    taken = 0
    for envelope in envelopes:
        coming = [envelope]
        while coming:
            place = _take_one(connection, fold, coming.pop(), received)
            if place is not None:
                taken += 1
                coming += _waiting(connection, *place)
    return taken


def _header(data: bytes) -> dict[str, Any] | None:
    """A header that can be chained and kept, whoever wrote it; None for any other bytes."""
    header = journal.parsed(data)
    if header is None or not journal.is_text(header):
        return None
    texts = all(isinstance(header.get(k), str) for k in ("alg", "feed", "prev", "who", "kind", "op", "facts"))
    numbers = all(journal.whole(header.get(k)) for k in ("v", "seq", "wall")) and header["seq"] > 0
    seen, regions = header.get("seen"), header.get("regions")
    lists = (
        isinstance(seen, dict)
        and all(journal.whole(v) and v > 0 for v in seen.values())
        and isinstance(regions, list)
        and all(isinstance(r, str) for r in regions)
    )
    return header if texts and numbers and lists else None


class _Aside(Exception):
    """An envelope cannot be taken in; the message is one of ASIDE."""


def _take_one(
    connection: sqlite3.Connection, fold: Fold, envelope: Envelope, received: int
) -> tuple[str, int] | None:
    """(feed, seq) of an entry that brought something new; None for one that did not, or was put aside."""
    header = _header(envelope.header)
    if header is None:
        _put_aside(connection, envelope, "", 0, "malformed", received)
        return None
    connection.execute("SAVEPOINT one")
    try:
        new = _place(connection, fold, envelope, header, received)
    except Exception as error:
        if is_ours(error):
            raise
        # A reason, or something in it that no check foresaw: nothing of it stays, nothing else is stopped.
        connection.execute("ROLLBACK TO one")
        fold.forget()
        why = str(error) if isinstance(error, _Aside) else "malformed"
        _put_aside(connection, envelope, header["feed"], header["seq"], why, received)
        new = False
    connection.execute("RELEASE one")
    return (header["feed"], header["seq"]) if new else None


def is_ours(error: Exception) -> bool:
    """Whether it is this machine that failed, its disk or its file, and not the entry."""
    return isinstance(error, sqlite3.OperationalError | MemoryError) or type(error) is sqlite3.DatabaseError


def _place(
    connection: sqlite3.Connection, fold: Fold, envelope: Envelope, header: dict[str, Any], received: int
) -> bool:
    """Store an entry behind the one before it; returns whether it was new. Raises _Aside."""
    feed_id, seq = header["feed"], header["seq"]
    if envelope.facts is not None and journal.digest(envelope.facts).hex() != header["facts"]:
        raise _Aside("facts-changed")
    if header["alg"] != keys.ALGORITHM:
        raise _Aside("newer")
    known = journal.feeds(connection).get(feed_id)
    key, station = (known.key, known.station) if known else (b"", "")
    if seq == 1 and not key:
        key, station = _introduced(envelope, feed_id)
    if not key:
        raise _Aside("waits")
    if not keys.verify(key, journal.digest(envelope.header), envelope.signature):
        raise _Aside("forged")
    if known is None or not known.key:
        known = journal.enrol(connection, feed_id, key, station, own=False)
    if seq > known.seq + 1:
        raise _Aside("waits")
    if seq <= known.seq:
        return _again(connection, fold, known, header, envelope, received)
    if header["prev"] != (known.hash.hex() if known.seq else journal.START):
        raise _Aside("fork")
    journal.store(connection, fold, known, header, envelope, received)
    return True


def _again(
    connection: sqlite3.Connection,
    fold: Fold,
    known: Feed,
    header: dict[str, Any],
    envelope: Envelope,
    received: int,
) -> bool:
    """An entry for a place that is taken: the same, the same with facts that were withheld, or a fork."""
    n, hash_, withheld, first = connection.execute(
        "SELECT n, hash, facts IS NULL, received FROM entry WHERE feed=? AND seq=?", (known.n, header["seq"])
    ).fetchone()
    if hash_ != journal.digest(envelope.header):
        raise _Aside("fork")
    if envelope.facts is None or not withheld:
        return False
    connection.execute(
        "UPDATE entry SET facts=?, late=?, receipt=? WHERE n=?",
        (envelope.facts, received, journal.receipt(n, first, received, hash_), n),
    )
    journal.fold_entry(fold, n, known.n, header, envelope.facts)
    return True


def _introduced(envelope: Envelope, feed_id: str) -> tuple[bytes, str]:
    """(key, station): a feed is introduced by its own first entry, which names the key that names the feed."""
    try:
        fact = (journal.parsed(envelope.facts or b"") or {})["facts"][0]
        word, key, station = fact[0], bytes.fromhex(fact[1]), fact[2]
    except (ValueError, KeyError, IndexError, TypeError):
        return b"", ""
    sound = word == "feed" and isinstance(station, str) and journal.is_text(station)
    return (key, station) if sound and keys.feed_id(key) == feed_id else (b"", "")


def _put_aside(
    connection: sqlite3.Connection, envelope: Envelope, feed: str, seq: int, why: str, received: int
) -> None:
    hash_ = journal.digest(envelope.header + (envelope.facts or b"") + envelope.signature)
    connection.execute(
        "INSERT OR IGNORE INTO aside(hash, feed, seq, why, received, header, facts, signature, receipt)"
        " VALUES(?,?,?,?,?,?,?,?,?)",
        (
            hash_,
            feed,
            seq,
            why,
            received,
            envelope.header,
            envelope.facts,
            envelope.signature,
            journal.aside_receipt(hash_, feed, seq, why, received),
        ),
    )


def _waiting(connection: sqlite3.Connection, feed: str, seq: int) -> list[Envelope]:
    """What waited for the entry just stored, taken from aside: its copies, and its followers."""
    rows = connection.execute(
        "SELECT hash, header, facts, signature FROM aside"
        " WHERE feed=? AND seq IN (?, ?) AND why='waits' ORDER BY seq DESC, hash",
        (feed, seq, seq + 1),
    ).fetchall()
    for hash_, *_envelope in rows:
        connection.execute("DELETE FROM aside WHERE hash=?", (hash_,))
    return [Envelope(*envelope) for _hash, *envelope in rows]
