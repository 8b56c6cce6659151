"""Who had seen what: the only order the journal knows (DESIGN 4, `seen`; model/model.py).

A dot is (feed number, seq, place in the entry), packed into one integer, the mark:
entry number * 1024 + place. Mark 0 is the reference data that ships with the program,
which every writer has seen and which has seen nothing.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple

#: An entry holds at most 500 facts, so ten bits are place enough.
PLACES = 1024


class Dot(NamedTuple):
    """Where a fact stands: feed number, place in the feed, place in the entry."""

    feed: int
    seq: int
    place: int


class Causality:
    """Answers, from the journal, whether the writer of one fact had seen another.

    What a writer had seen is not passed on: feeds travel apart, so whoever has B's entry
    need not have what B had.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._dots: dict[int, tuple[int, int]] = {0: (0, 0)}
        #: {(entry, entry): whether its writer had seen the other}: their facts ask it again and again.
        self._saw: dict[tuple[int, int], bool] = {}
        #: {branch: the row it grows from}; empty but after a fork (chains.py).
        self._parents: dict[int, int] = dict(
            connection.execute("SELECT n, parent FROM feed WHERE parent IS NOT NULL").fetchall()
        )

    def dot(self, mark: int) -> Dot:
        """The place of the fact with this mark."""
        n, place = divmod(mark, PLACES)
        return Dot(*self._place(n), place)

    def feed(self, mark: int) -> int:
        """The number of the feed that the fact with this mark stands in."""
        return self._place(mark // PLACES)[0]

    def _place(self, n: int) -> tuple[int, int]:
        if n not in self._dots:
            if len(self._dots) > 100_000:
                self._dots = {0: (0, 0)}
            self._dots[n] = self._connection.execute("SELECT feed, seq FROM entry WHERE n=?", (n,)).fetchone()
        return self._dots[n]

    def learn(self, n: int, feed: int, seq: int) -> None:
        """An entry whose facts are being folded before it stands in the journal."""
        self._dots[n] = (feed, seq)

    def known(self, feed: int, seq: int, other: int) -> int:
        """How far into `other` the writer of (feed, seq) had taken in, gaps or none."""
        return max(self._most("seen", feed, seq, other), self._most("seen_run", feed, seq, other))

    def _most(self, table: str, feed: int, seq: int, other: int) -> int:
        found = self._connection.execute(
            f"SELECT max(upto) FROM {table} WHERE feed=? AND other=? AND seq<=?", (feed, other, seq)
        ).fetchone()[0]
        return int(found or 0)

    def _had(self, feed: int, seq: int, other: int, place: int) -> bool:
        """Had the writer of (feed, seq) the facts of the entry at a place of `other`?"""
        # Without gaps up to there, as nearly always; else behind one.
        if self._most("seen", feed, seq, other) >= place:
            return True
        run = self._connection.execute(
            "SELECT 1 FROM seen_run WHERE feed=? AND other=? AND first<=? AND upto>=? AND seq<=? ORDER BY first DESC LIMIT 1",
            (feed, other, place, place, seq),
        ).fetchone()
        return run is not None

    def saw_mark(self, later: int, earlier: int) -> bool:
        """Had the writer of the fact with one mark taken in the one with another?"""
        one, other = later // PLACES, earlier // PLACES
        if one == other:
            return later > earlier
        # Between two entries it is the same for all of their facts.
        if (one, other) not in self._saw:
            if len(self._saw) > 100_000:
                self._saw.clear()
            self._saw[one, other] = self.saw(self.dot(later), self.dot(earlier))
        return self._saw[one, other]

    def saw(self, later: Dot, earlier: Dot) -> bool:
        """Had the writer of `later` taken in `earlier`?"""
        if later.feed == earlier.feed:
            return (later.seq, later.place) > (earlier.seq, earlier.place)
        if earlier.feed == 0:
            return True
        if later.feed == 0:
            return False
        # Where each tells that it had taken in the other, one of them is of a branch that has not come
        # here yet and was numbered alike (CASES 19): then neither is taken to have seen the other.
        return self._tells(later, earlier) and not self._tells(earlier, later)

    def _tells(self, later: Dot, earlier: Dot) -> bool:
        if self._parents:
            return self._saw_across(later, earlier)
        return self._had(later.feed, later.seq, earlier.feed, earlier.seq)

    def _saw_across(self, later: Dot, earlier: Dot) -> bool:
        """The same where feeds have branches: what stands before a branch is the branch's own past.

        Who had taken in a feed beyond the place where it was later found to part had seen one
        branch, and nobody can say which: then he counts as having seen neither, so that the
        claims and values of both stay in sight.
        """
        mine = self._upward(later.feed)
        if earlier.feed in mine:
            return True
        below = [n for n in self._parents if earlier.feed in self._upward(n)[1:]]
        return any(
            self._had(n, later.seq, earlier.feed, earlier.seq)
            or any(self.known(n, later.seq, branch) for branch in below)
            for n in mine
        )

    def _upward(self, feed: int) -> list[int]:
        """A row, and those it grows from."""
        out = [feed]
        while out[-1] in self._parents and self._parents[out[-1]] not in out:
            out.append(self._parents[out[-1]])
        return out

    def ordered(self, dots: Sequence[Dot], key: Callable[[Dot], object]) -> list[Dot]:
        """Dots in causal order; those made apart by `key`, which must not depend on arrival.

        The relation is not transitive, and forged entries could even make it run in a
        circle: then the least by `key` goes first, so that the answer stays a function of
        the set.
        """
        if len({d.feed for d in dots}) <= 1:
            return sorted(dots, key=lambda d: (d.seq, d.place))
        before = {d: {e for e in dots if e != d and self.saw(d, e)} for d in dots}
        heap = [(key(d), d.feed, d) for d in dots]
        heapq.heapify(heap)
        out: list[Dot] = []
        while heap:
            waiting = []
            while heap and before[heap[0][2]]:
                waiting.append(heapq.heappop(heap))
            chosen = heapq.heappop(heap) if heap else waiting.pop(0)
            for item in waiting:
                heapq.heappush(heap, item)
            out.append(chosen[2])
            for seen in before.values():
                seen.discard(chosen[2])
        return out
