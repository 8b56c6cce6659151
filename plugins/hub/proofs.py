"""Signatures checked while a request waits for the one writer, and none twice.

Checking is most of the work of taking entries in, and leaves Python free for other threads. A
signature fits a key for ever, and a feed is named after its key, so what is found here holds
whenever the writer's turn comes. What is not found here the writer checks itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from emergency.plugins.hub.engine import Engine
from emergency.store import chains
from emergency.store.chains import Entry, Proof
from emergency.store.entries import Envelope


class Read(NamedTuple):
    """What came in one body: each envelope with its entry, if it is one, and what is known to be signed."""

    envelopes: Sequence[tuple[Envelope, Entry | None]]
    proved: frozenset[Proof] = frozenset()


def read(envelopes: Iterable[Envelope], engine: Engine | None = None, bringer: str = "") -> Read:
    """Read the headers and, with an engine to look up keys in, check the signatures. Raises Unavailable.

    Of the bringer's own feed one signature serves for a run. Others' entries are checked each by
    itself: nobody may hand them on with a signature that whoever has them from here would refuse.
    """
    found = [(envelope, chains.entry_of(envelope)) for envelope in envelopes]
    if engine is None:
        return Read(found)
    entries = [entry for _envelope, entry in found if entry is not None]
    known = _keys(engine, {entry.header["feed"] for entry in entries})
    proved = chains.proofs(entries, lambda feed: known.get(feed, b""), lambda feed: feed == bringer)
    return Read(found, frozenset(proved))


def _keys(engine: Engine, feeds: set[str]) -> dict[str, bytes]:
    out = {}
    with engine.reading() as sql:
        for feed in feeds:
            row = sql.execute("SELECT key FROM feed WHERE id=?", (feed,)).fetchone()
            if row is not None and row[0]:
                out[feed] = bytes(row[0])
    return out
