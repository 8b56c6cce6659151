"""Signatures checked while a request waits for the one writer, and none twice.

Checking is most of the work of taking entries in, and leaves Python free for other threads. A
signature fits a key for ever, and a feed is named after its key, so what is found here holds
whenever the writer's turn comes. What is not found here the writer checks itself.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from emergency.plugins.hub.engine import Engine
from emergency.store import chains
from emergency.store.chains import Entry, Proved
from emergency.store.entries import Envelope

#: So many entries are read at a stretch, by one thread at a time: threads that read at once would only keep each
#: other and the writer waiting for Python, and none may keep the others waiting for long.
_STRETCH = 500
_TURN = threading.Lock()


class Keys:
    """The keys of feeds, each asked of the database once: a feed is named after its key, and never has another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, bytes] = {}

    def of(self, feeds: set[str]) -> Mapping[str, bytes]:
        """Those that are known, of these feeds and of others. Raises Unavailable."""
        asked = feeds - self._known.keys()
        if asked:
            with self._engine.reading() as sql:
                for feed in asked:
                    row = sql.execute("SELECT key FROM feed WHERE id=?", (feed,)).fetchone()
                    if row is not None and row[0]:
                        self._known[feed] = bytes(row[0])
        return self._known


class Read(NamedTuple):
    """What came in one body: the envelopes, of each its entry, if it is one, and what is known to be signed."""

    envelopes: Sequence[Envelope]
    entries: Sequence[Entry | None]
    proved: Proved


def read(coming: Iterable[Envelope], keys: Keys | None = None, bringer: str = "") -> Read:
    """Read the headers and, with the keys of feeds, check the signatures. Raises Unavailable.

    Of the bringer's own feed one signature serves for a run. Others' entries are checked each by
    itself: nobody may hand them on with a signature that whoever has them from here would refuse.
    """
    envelopes, entries = _read(iter(coming))
    if keys is None:
        return Read(envelopes, entries, Proved())
    sound = [entry for entry in entries if entry is not None]
    known = keys.of({entry.header.feed for entry in sound})
    proved = chains.proofs(sound, lambda feed: known.get(feed, b""), lambda feed: feed == bringer)
    return Read(envelopes, entries, proved)


def _read(coming: Iterator[Envelope]) -> tuple[list[Envelope], list[Entry | None]]:
    envelopes: list[Envelope] = []
    entries: list[Entry | None] = []
    while True:
        with _TURN:
            stretch = list(itertools.islice(coming, _STRETCH))
            envelopes += stretch
            entries += chains.entries_of(stretch)
        if len(stretch) < _STRETCH:
            return envelopes, entries
