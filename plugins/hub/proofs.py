"""Signatures checked while a request waits for the one writer: several at a time, and none twice.

Checking is most of the work of taking entries in, and leaves Python free for other threads. A
signature fits a key for ever, and a feed is named after its key, so what is found here holds
whenever the writer's turn comes. What is not found here the writer checks itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from emergency.plugins.hub.engine import Engine
from emergency.store import keys
from emergency.store.entries import Envelope, digest

#: A key, the hash of a header, and a signature of its holder over it.
Proof = tuple[bytes, bytes, bytes]
#: Where a header most likely names its feed. A wrong guess proves nothing of what it is about.
_FEED = re.compile(rb'"feed":"([a-z2-7]{20})"')


def proofs(engine: Engine, envelopes: Iterable[Envelope]) -> frozenset[Proof]:
    """Those of the envelopes' signatures that fit, as far as the keys are known. Raises Unavailable."""
    named = [(match[1].decode(), e) for e in envelopes if (match := _FEED.search(e.header))]
    known = _keys(engine, {feed for feed, _e in named})
    found = [(known[feed], digest(e.header), e.signature) for feed, e in named if feed in known]
    return frozenset(proof for proof in found if keys.verify(*proof))


def _keys(engine: Engine, feeds: set[str]) -> dict[str, bytes]:
    out = {}
    with engine.reading() as sql:
        for feed in feeds:
            row = sql.execute("SELECT key FROM feed WHERE id=?", (feed,)).fetchone()
            if row is not None and row[0]:
                out[feed] = bytes(row[0])
    return out
