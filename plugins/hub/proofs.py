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

from emergency.plugins.hub import turns
from emergency.plugins.hub.engine import Engine
from emergency.store.coming import Came, Proved, Run, proofs
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

    def learn(self, feed: str, key: bytes) -> None:
        """The database has told the key of a feed with something else."""
        self._known[feed] = key

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
    """What came in one body, what is known to be signed of it, and the runs of which all is."""

    came: Came
    proved: Proved
    runs: Sequence[Run]

    @property
    def many(self) -> int:
        """How many entries."""
        return len(self.came.envelopes)


def read(envelopes: Iterable[Envelope], keys: Keys | None = None, bringer: str = "") -> Read:
    """Read the headers and, with the keys of feeds, check the signatures. Raises Unavailable.

    Of the bringer's own feed one signature serves for a run. Others' entries are checked each by
    itself: nobody may hand them on with a signature that whoever has them from here would refuse.
    """
    came = _read(iter(envelopes))
    if keys is None:
        return Read(came, Proved(), ())
    known = keys.of({run.feed for run in came.runs() if run.feed})
    return Read(came, *proofs(came, lambda feed: known.get(feed, b""), lambda feed: feed == bringer))


def _read(envelopes: Iterator[Envelope]) -> Came:
    came = Came()
    while True:
        turns.reading()
        with _TURN:
            stretch = list(itertools.islice(envelopes, _STRETCH))
            came.add(stretch)
        if len(stretch) < _STRETCH:
            return came
