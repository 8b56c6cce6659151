"""The journal: entries that are never edited, each chained to the one before and signed.

An entry is three byte strings, stored and sent as they were made: the header, which is what
is hashed, chained and signed; the facts, whose hash the header holds, so that they can be
withheld while the chain still verifies; and the signature.

    header  {"v", "alg", "feed", "seq", "prev", "seen", "wall", "who", "kind", "regions", "op", "facts"}
    facts   {"why", "at", "facts": [...]}
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from emergency.store import keys
from emergency.store.fold import Fold

VERSION = 1
MOST_FACTS = 500
MOST_BYTES = 256 * 1024
START = "0" * 64


class Envelope(NamedTuple):
    """One entry as bytes: at rest, on the wire, on a stick."""

    header: bytes
    facts: bytes | None
    signature: bytes


class Problem(NamedTuple):
    """What is wrong with one entry."""

    feed: str
    seq: int
    n: int
    what: str


def pack(value: Any) -> bytes:
    """JSON as it goes into hashed bytes: UTF-8, no blanks, no floats."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def digest(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


class Feed(NamedTuple):
    """What the store has of one feed."""

    n: int
    id: str
    key: bytes
    station: str
    seq: int
    hash: bytes
    own: int


def feeds(connection: sqlite3.Connection) -> dict[str, Feed]:
    """Every feed by its id."""
    rows = connection.execute("SELECT n, id, key, station, seq, hash, own FROM feed ORDER BY n")
    return {row[1]: Feed(*row) for row in rows}


def heads(connection: sqlite3.Connection) -> dict[str, tuple[int, str]]:
    """{feed: (seq, hash)}: how far this store has come, for an exchange."""
    return {f.id: (f.seq, f.hash.hex()) for f in feeds(connection).values()}


def _growth(connection: sqlite3.Connection, own: Feed) -> dict[str, int]:
    """What was taken in from other feeds since our own previous entry."""
    told = dict(
        connection.execute(
            "SELECT other, max(upto) FROM seen WHERE feed=? GROUP BY other", (own.n,)
        ).fetchall()
    )
    return {f.id: f.seq for f in feeds(connection).values() if f.n != own.n and f.seq > told.get(f.n, 0)}


def append(
    connection: sqlite3.Connection,
    fold: Fold,
    signer: keys.Signer,
    *,
    facts: list[list[Any]],
    packed: list[bytes] | None = None,
    wall: int,
    who: str,
    kind: str,
    regions: Iterable[str],
    op: str,
    why: str,
    at: int | None = None,
) -> int:
    """Write one entry of our own and fold it; returns its number. Inside a transaction."""
    own = feeds(connection)[signer.feed]
    told: dict[str, Any] = {"why": why}
    if at is not None:
        told["at"] = at
    # Facts were packed one by one as they were gathered: joined here, not packed again.
    each = b",".join(packed if packed is not None else map(pack, facts))
    fact_bytes = pack(told)[:-1] + b',"facts":[' + each + b"]}"
    header = {
        "v": VERSION,
        "alg": keys.ALGORITHM,
        "feed": own.id,
        "seq": own.seq + 1,
        "prev": own.hash.hex() if own.seq else START,
        "seen": _growth(connection, own),
        "wall": wall,
        "who": who,
        "kind": kind,
        "regions": sorted(regions),
        "op": op,
        "facts": digest(fact_bytes).hex(),
    }
    header_bytes = pack(header)
    envelope = Envelope(header_bytes, fact_bytes, signer.sign(digest(header_bytes)))
    return _store(connection, fold, own, header, envelope, wall, {**told, "facts": facts})


def _store(
    connection: sqlite3.Connection,
    fold: Fold,
    feed: Feed,
    header: dict[str, Any],
    envelope: Envelope,
    received: int,
    body: dict[str, Any] | None = None,
) -> int:
    n = int(connection.execute("SELECT coalesce(max(n), 0) + 1 FROM entry").fetchone()[0])
    own_hash = digest(envelope.header)
    seq = header["seq"]
    connection.execute(
        "INSERT INTO entry VALUES(?,?,?,?,?,?,?,?,?,?)",
        (
            n,
            feed.n,
            seq,
            header["wall"],
            received,
            header["op"],
            envelope.header,
            envelope.facts,
            envelope.signature,
            own_hash,
        ),
    )
    numbers = {f.id: f.n for f in feeds(connection).values()} if header["seen"] else {}
    for other, upto in header["seen"].items():
        if other not in numbers:
            # Seen by its writer, not yet by us: it gets its number now and heals when it comes.
            numbers[other] = _enrol(connection, other, b"", "", own=False).n
        connection.execute("INSERT OR IGNORE INTO seen VALUES(?,?,?,?)", (feed.n, numbers[other], seq, upto))
    connection.execute("UPDATE feed SET seq=?, hash=? WHERE n=?", (seq, own_hash, feed.n))
    fold_entry(fold, n, feed.n, header, envelope.facts, body)
    return n


def fold_entry(
    fold: Fold,
    n: int,
    feed: int,
    header: dict[str, Any],
    facts: bytes | None,
    body: dict[str, Any] | None = None,
) -> None:
    """Fold the facts of a stored entry; withheld facts fold to nothing."""
    if body is None:
        body = json.loads(facts) if facts is not None else {"facts": []}
    fold.entry(n, feed, header["seq"], body.get("at", header["wall"]), body["facts"])


def _enrol(connection: sqlite3.Connection, feed: str, key: bytes, station: str, *, own: bool) -> Feed:
    connection.execute(
        "INSERT INTO feed(id, key, station, seq, hash, own) VALUES(?,?,?,0,?,?)"
        " ON CONFLICT(id) DO UPDATE SET key=excluded.key, station=excluded.station, own=excluded.own",
        (feed, key, station, b"", int(own)),
    )
    return feeds(connection)[feed]


def open_feed(connection: sqlite3.Connection, signer: keys.Signer, station: str) -> list[Any]:
    """Make the feed of this installation; returns the fact its first entry must begin with."""
    _enrol(connection, signer.feed, signer.public, station, own=True)
    return ["feed", signer.public.hex(), station]


def take(connection: sqlite3.Connection, fold: Fold, envelopes: Iterable[Envelope], received: int) -> int:
    """Take in entries of other feeds, in any order, again and again; returns how many were new.

    An entry whose predecessor has not come waits aside. A forged one, and the second of two
    that claim one place, are kept aside with the reason and never stop those behind them.
    """
    return sum(_take_one(connection, fold, envelope, received) for envelope in envelopes)


def _take_one(connection: sqlite3.Connection, fold: Fold, envelope: Envelope, received: int) -> int:
    try:
        header = json.loads(envelope.header)
        feed_id, seq, prev = str(header["feed"]), int(header["seq"]), str(header["prev"])
        if envelope.facts is not None and digest(envelope.facts).hex() != header["facts"]:
            return _put_aside(connection, envelope, feed_id, seq, "facts-changed", received)
        int(header["wall"]), str(header["op"]), {str(k): int(v) for k, v in header["seen"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return _put_aside(connection, envelope, "", 0, "malformed", received)
    known = feeds(connection).get(feed_id)
    if seq == 1 and (known is None or not known.key):
        known = _first_of(connection, envelope, feed_id)
    if known is None or not known.key or seq > known.seq + 1:
        return _put_aside(connection, envelope, feed_id, seq, "waits", received)
    if not keys.verify(known.key, digest(envelope.header), envelope.signature):
        return _put_aside(connection, envelope, feed_id, seq, "forged", received)
    if seq <= known.seq:
        same = connection.execute("SELECT hash FROM entry WHERE feed=? AND seq=?", (known.n, seq)).fetchone()[
            0
        ] == digest(envelope.header)
        return 0 if same else _put_aside(connection, envelope, feed_id, seq, "fork", received)
    if prev != (known.hash.hex() if known.seq else START):
        return _put_aside(connection, envelope, feed_id, seq, "fork", received)
    _store(connection, fold, known, header, envelope, received)
    return 1 + _follow(connection, fold, feed_id, seq + 1, received)


def _first_of(connection: sqlite3.Connection, envelope: Envelope, feed_id: str) -> Feed | None:
    """A feed is introduced by its own first entry, which names the key that names the feed."""
    try:
        fact = json.loads(envelope.facts or b"")["facts"][0]
        word, key, station = fact[0], bytes.fromhex(fact[1]), str(fact[2])
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    if word != "feed" or keys.feed_id(key) != feed_id:
        return None
    return _enrol(connection, feed_id, key, station, own=False)


def _put_aside(
    connection: sqlite3.Connection, envelope: Envelope, feed: str, seq: int, why: str, received: int
) -> int:
    connection.execute(
        "INSERT OR IGNORE INTO aside(hash, feed, seq, why, received, header, facts, signature) VALUES(?,?,?,?,?,?,?,?)",
        (
            digest(envelope.header + (envelope.facts or b"") + envelope.signature),
            feed,
            seq,
            why,
            received,
            envelope.header,
            envelope.facts,
            envelope.signature,
        ),
    )
    return 0


def _follow(connection: sqlite3.Connection, fold: Fold, feed: str, seq: int, received: int) -> int:
    """Take in what had waited for the entry just stored."""
    waiting = connection.execute(
        "SELECT hash, header, facts, signature FROM aside WHERE feed=? AND seq=? AND why='waits'", (feed, seq)
    ).fetchall()
    taken = 0
    for hash_, header, facts, signature in waiting:
        connection.execute("DELETE FROM aside WHERE hash=?", (hash_,))
        taken += _take_one(connection, fold, Envelope(header, facts, signature), received)
    return taken


def read(
    connection: sqlite3.Connection, where: str = "1", parameters: Iterable[Any] = (), order: str = "e.n"
) -> Iterator[tuple[int, str, int, int, Envelope]]:
    """(number, feed, seq, received, envelope) of stored entries."""
    cursor = connection.execute(
        "SELECT e.n, f.id, e.seq, e.received, e.header, e.facts, e.signature FROM entry e JOIN feed f ON f.n = e.feed"
        f" WHERE {where} ORDER BY {order}",
        tuple(parameters),
    )
    for n, feed, seq, received, header, facts, signature in cursor:
        yield n, feed, seq, received, Envelope(header, facts, signature)


def verify(connection: sqlite3.Connection, progress: Callable[[int], None] = lambda n: None) -> list[Problem]:
    """Check every byte of the journal against its hashes, chains and signatures."""
    problems: list[Problem] = []
    known = {f.n: f for f in feeds(connection).values()}
    for f in known.values():
        if f.key and keys.feed_id(f.key) != f.id:
            problems.append(Problem(f.id, 0, 0, "key-changed"))
    last: dict[int, tuple[int, str]] = {}
    cursor = connection.execute(
        "SELECT n, feed, seq, wall, received, op, header, facts, signature, hash FROM entry ORDER BY n"
    )
    for row in cursor:
        feed = known.get(row[1])
        what = "unknown-feed" if feed is None else _fault(feed, row, last.get(row[1], (0, START)))
        if what:
            problems.append(Problem(feed.id if feed else str(row[1]), row[2], row[0], what))
        last[row[1]] = (row[2], digest(bytes(row[6])).hex())
        progress(row[0])
    for f in known.values():
        seq, hash_ = last.get(f.n, (0, ""))
        if seq != f.seq or (seq and hash_ != f.hash.hex()):
            problems.append(Problem(f.id, f.seq, 0, "head-changed"))
    return problems


def _fault(feed: Feed, row: tuple[Any, ...], before: tuple[int, str]) -> str:
    _, _, seq, wall, received, op, header_bytes, facts, signature, hash_ = row
    header_bytes = bytes(header_bytes)
    if digest(header_bytes) != hash_:
        return "header-changed"
    if not keys.verify(feed.key, hash_, bytes(signature)):
        return "signature-wrong"
    header = json.loads(header_bytes)
    if facts is not None and digest(bytes(facts)).hex() != header["facts"]:
        return "facts-changed"
    if (header["feed"], header["seq"], header["wall"], header["op"]) != (feed.id, seq, wall, op):
        return "index-changed"
    if (seq - 1, header["prev"]) != before:
        return "chain-broken"
    if feed.own and received != wall:
        return "received-changed"
    return ""
