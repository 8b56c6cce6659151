"""The journal: entries that are never edited, each chained to the one before and signed.

An entry is three byte strings, stored and sent as they were made: the header, which is what
is hashed, chained and signed; the facts, whose hash the header holds, so that they can be
withheld while the chain still verifies; and the signature.

    header  {"v", "alg", "feed", "seq", "prev", "seen", "wall", "who", "kind", "regions", "op", "facts"};
            "runs" and "personal" where there is anything to say (docs/format.md)
    facts   {"why", "at", "facts": [...]}
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import chains, keys, seen
from emergency.store.causality import PLACES
from emergency.store.chains import Feed, enrol, feeds
from emergency.store.entries import (
    MOST_BYTES,
    MOST_FACTS,
    START,
    VERSION,
    Envelope,
    Told,
    digest,
    is_text,
    pack,
    parsed,
    told,
    whole,
)
from emergency.store.headers import Header

if TYPE_CHECKING:
    from emergency.store.fold import Fold

__all__ = [
    "MOST_BYTES", "MOST_FACTS", "START", "VERSION", "Envelope", "Feed", "Problem", "Told", "append", "digest",
    "enrol", "feeds", "fold_entry", "heads", "is_text", "pack", "parsed", "read", "store", "told", "verify",
    "whole",
]  # fmt: skip


class Problem(NamedTuple):
    """What is wrong with one entry."""

    feed: str
    seq: int
    n: int
    what: str


def bulk_packer() -> Callable[[Any], bytes]:
    """The same bytes as `pack`, ten times as fast, for facts by the thousand."""
    import msgspec

    return msgspec.json.Encoder().encode


def receipt(n: int, received: int, late: int | None, own_hash: bytes) -> bytes:
    """Binds an entry to its number here and the times it came, which no signature of its writer can hold."""
    return digest(b"%d:%d:%d:" % (n, received, late or 0) + own_hash)[:16]


def aside_receipt(hash_: bytes, feed: str, seq: int, why: str, received: int) -> bytes:
    """The same for an envelope put aside: binds it to what was noted of it."""
    return digest(pack([feed, seq, why, received]) + hash_)[:16]


def heads(connection: sqlite3.Connection) -> dict[str, tuple[int, str]]:
    """{feed: (seq, hash)}: how far this store has come, for an exchange."""
    return {f.id: (f.seq, f.hash.hex()) for f in feeds(connection).values()}


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
    personal: bool = False,
) -> int:
    """Write one entry of our own and fold it; returns its number. Inside a transaction.

    One that is `personal`, of personal fields and exact sites, says so in its header, for whoever hands it on.
    """
    own = chains.feed_of(connection, signer.feed)
    assert own is not None and own.own
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
        **seen.grown(connection, own).header,
        "wall": wall,
        "who": who,
        "kind": kind,
        "regions": sorted(regions),
        "op": op,
        "facts": digest(fact_bytes).hex(),
    }
    if personal:
        header["personal"] = 1
    header_bytes = pack(header)
    envelope = Envelope(header_bytes, fact_bytes, signer.sign(digest(header_bytes)))
    return store(connection, fold, own, Header(header), envelope, wall, {**told, "facts": facts})


def store(
    connection: sqlite3.Connection,
    fold: Fold,
    feed: Feed,
    header: Header,
    envelope: Envelope,
    received: int,
    body: dict[str, Any] | None = None,
) -> int:
    n = int(connection.execute("SELECT coalesce(max(n), 0) + 1 FROM entry").fetchone()[0])
    own_hash = digest(envelope.header)
    seq = header.seq
    connection.execute(
        "INSERT INTO entry VALUES(?,?,?,?,?,?,?,?,?,?,NULL,?)",
        (
            n,
            feed.n,
            seq,
            header.wall,
            received,
            header.op,
            envelope.header,
            envelope.facts,
            envelope.signature,
            own_hash,
            receipt(n, received, None, own_hash),
        ),
    )
    seen.note(connection, feed.n, header)
    connection.execute("UPDATE feed SET seq=?, hash=? WHERE n=?", (seq, own_hash, feed.n))
    fold_entry(fold, n, feed.n, header, envelope.facts, body)
    return n


def fold_entry(
    fold: Fold,
    n: int,
    feed: int,
    header: Header,
    facts: bytes | None,
    body: dict[str, Any] | None = None,
) -> None:
    """Fold the facts of a stored entry; withheld facts fold to nothing, senseless ones are inert."""
    if body is None:
        body, why = _body(header, facts)
        if facts is not None and fold.authority.void(header.feed, header.seq):
            body, why = {"facts": []}, "revoked"
        if why:
            _say_inert(fold, n * PLACES, why)
        body["facts"] = _screened(fold, n, header.feed, body["facts"])
    fold.entry(n, feed, header.seq, body.get("at", header.wall), body["facts"])


def fold_nothing(fold: Fold, n: int, feed: int, header: Header) -> None:
    """Fold an entry that cannot be folded: it keeps its place, without effect."""
    _say_inert(fold, n * PLACES, "malformed")
    fold.entry(n, feed, header.seq, header.wall, [])


def _body(header: Header, facts: bytes | None) -> tuple[dict[str, Any], str]:
    """What an entry says, and why all of it is without effect, if it is."""
    nothing: dict[str, Any] = {"facts": []}
    if facts is None:
        return nothing, ""
    if header.v > VERSION:
        return nothing, "newer"
    body = parsed(facts)
    if body is None or not isinstance(body.get("facts"), list) or not whole(body.get("at", 0)):
        return nothing, "malformed"
    if len(body["facts"]) > MOST_FACTS:
        return nothing, "too-many-facts"
    return body, ""


def _say_inert(fold: Fold, mark: int, why: str) -> None:
    fold.connection.execute("INSERT OR REPLACE INTO inert VALUES(?,?)", (mark, why))


def _screened(fold: Fold, n: int, feed: str, facts: list[Any]) -> list[list[Any]]:
    """The facts of an entry, each in its place, with what is no sense, or beyond its writer, made inert."""
    from emergency.store.screening import INERT, screened

    out = []
    for place, fact in enumerate(facts):
        sound, why = screened(fact)
        objection = fold.authority.objection(feed, sound)
        if objection:
            sound, why = INERT, objection
        out.append(sound)
        if why:
            _say_inert(fold, n * PLACES + place, why)
    return out


def open_feed(connection: sqlite3.Connection, signer: keys.Signer, station: str) -> list[Any]:
    """Make the feed of this installation; returns the fact its first entry must begin with."""
    enrol(connection, signer.feed, signer.public, station, own=True)
    return ["feed", signer.public.hex(), station]


def step_back(connection: sqlite3.Connection, until: int) -> None:
    """Make a copy of the journal, cut after an entry, what it was then: heads, and facts not yet told."""
    had = seen.had_here(connection)
    for n, feed, seq, received, hash_ in connection.execute(
        "SELECT n, feed, seq, received, hash FROM entry WHERE late > ?", (until,)
    ).fetchall():
        if had(feed, seq):
            # They had come, whatever the clock said when they did: it was set back since.
            continue
        connection.execute(
            "UPDATE entry SET facts=NULL, late=NULL, receipt=? WHERE n=?",
            (receipt(n, received, None, hash_), n),
        )
    connection.execute(
        "UPDATE feed SET seq=coalesce((SELECT max(e.seq) FROM entry e WHERE e.feed=feed.n), 0),"
        " hash=coalesce((SELECT e.hash FROM entry e WHERE e.feed=feed.n ORDER BY e.seq DESC LIMIT 1), x'')"
    )
    for table in ("seen", "seen_run"):
        connection.execute(
            f"DELETE FROM {table} WHERE NOT EXISTS"
            f" (SELECT 1 FROM entry e WHERE e.feed={table}.feed AND e.seq={table}.seq)"
        )


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
    from emergency.store import proof

    return proof.verify(connection, progress)
