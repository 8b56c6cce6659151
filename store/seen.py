"""What a writer had taken in when he wrote: reckoned for an entry of our own, and kept of everybody's.

Of a feed whose facts are all here the place it has come to says it (`seen`). Where facts are withheld
(telephone numbers, exact sites, other regions: row H5) the entries behind the gap that did come whole are
told as runs (`runs`): nobody has seen what was withheld from him, and everybody has seen the rest.
"""

from __future__ import annotations

import bisect
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from emergency.store import chains
from emergency.store.chains import Feed
from emergency.store.headers import MOST_RUNS, Header, standing


class Grown(NamedTuple):
    """What was taken in from other feeds since our own previous entry."""

    #: {feed: how far all of it is here}.
    seen: dict[str, int]
    #: {feed: [[first, last], ...]}: runs behind a gap.
    runs: dict[str, list[list[int]]]

    @property
    def header(self) -> dict[str, Any]:
        """As the header of an entry has it."""
        return {"seen": self.seen, **({"runs": self.runs} if self.runs else {})}


def grown(connection: sqlite3.Connection, own: Feed) -> Grown:
    """What the next entry of our own tells that it has seen."""
    found = connection.execute(
        f"SELECT {chains.COLUMNS}, told FROM (SELECT f.*, coalesce((SELECT max(upto) FROM seen"
        " WHERE feed=? AND other=f.n), 0) AS told FROM feed f WHERE f.n<>? AND f.seq>0) WHERE seq > told ORDER BY n",
        (own.n, own.n),
    ).fetchall()
    seen: dict[str, int] = {}
    runs: dict[str, list[list[int]]] = {}
    left = MOST_RUNS
    for *row, before in found:
        feed = Feed(*row)
        upto = _with_facts(connection, feed, before)
        if upto > before:
            seen[feed.id] = upto
        if upto < feed.seq and left and (behind := _behind(connection, own, feed, upto, left)):
            runs[feed.id] = behind
            left -= len(behind)
    return Grown(seen, runs)


def _with_facts(connection: sqlite3.Connection, feed: Feed, after: int) -> int:
    """How far we have the facts of a feed without a gap."""
    gap = connection.execute(
        "SELECT min(seq) FROM entry WHERE feed=? AND seq>? AND facts IS NULL", (feed.n, after)
    ).fetchone()[0]
    return feed.seq if gap is None else int(gap) - 1


def _behind(connection: sqlite3.Connection, own: Feed, feed: Feed, gap: int, most: int) -> list[list[int]]:
    """Runs of entries behind a gap that are here with their facts and were not told of yet, at most so many."""
    (told,) = connection.execute(
        "SELECT coalesce(max(upto), 0) FROM seen_run WHERE feed=? AND other=?", (own.n, feed.n)
    ).fetchone()
    # What came late, of what stood withheld when the rest was told. Runs of one writer lie apart: only the
    # last that begins before an entry may hold it.
    filled = connection.execute(
        "SELECT seq FROM entry WHERE feed=?1 AND seq>?2 AND seq<=?3 AND late IS NOT NULL AND coalesce("
        "(SELECT p.upto FROM seen_run p WHERE p.feed=?4 AND p.other=?1 AND p.first<=entry.seq"
        " ORDER BY p.first DESC LIMIT 1), 0) < seq ORDER BY seq",
        (feed.n, gap, told, own.n),
    )
    runs: list[list[int]] = []
    for (seq,) in filled:
        if runs and runs[-1][1] == seq - 1:
            runs[-1][1] = seq
        else:
            runs.append([seq, seq])
    return list(itertools.islice(itertools.chain(runs, _new_behind(connection, feed, max(gap, told))), most))


def _new_behind(connection: sqlite3.Connection, feed: Feed, after: int) -> Iterator[list[int]]:
    """The runs of entries with facts behind a place: what lies between those whose facts are withheld."""
    place = (feed.n, after)
    (withheld,) = connection.execute(
        "SELECT count(*) FROM entry WHERE feed=? AND seq>? AND facts IS NULL", place
    ).fetchone()
    if withheld == feed.seq - max(after, feed.base):
        return
    begin = max(after, feed.base) + 1
    for (seq,) in connection.execute(
        "SELECT seq FROM entry WHERE feed=? AND seq>? AND facts IS NULL ORDER BY seq", place
    ):
        if seq > begin:
            yield [begin, seq - 1]
        begin = seq + 1
    if begin <= feed.seq:
        yield [begin, feed.seq]


def had_here(connection: sqlite3.Connection) -> Callable[[int, int], bool]:
    """Tells whether entries that were written here say that the facts of an entry had come: feed's number, place."""
    written = "JOIN feed f ON f.n=s.feed AND f.own=1 JOIN entry e ON e.feed=s.feed AND e.seq=s.seq"
    # What is own and came from elsewhere was written by another copy of this store.
    here = f"{written} WHERE e.received=e.wall"
    upto = dict(
        connection.execute(f"SELECT s.other, max(s.upto) FROM seen s {here} GROUP BY s.other").fetchall()
    )
    runs: dict[int, list[tuple[int, int]]] = {}
    for other, *run in connection.execute(
        f"SELECT s.other, s.first, s.upto FROM seen_run s {here} ORDER BY 1, 2, 3"
    ):
        runs.setdefault(other, []).append((run[0], run[1]))

    def had(feed: int, seq: int) -> bool:
        behind = runs.get(feed, [])
        at = bisect.bisect_right(behind, seq, key=lambda run: run[0])
        return upto.get(feed, 0) >= seq or (at > 0 and behind[at - 1][1] >= seq)

    return had


def note(connection: sqlite3.Connection, feed: int, header: Header) -> None:
    """Keep what the writer of an entry tells that he had taken in, by number of feed."""
    seq = header.seq
    for other, upto in header.seen.items():
        connection.execute(
            "INSERT OR IGNORE INTO seen VALUES(?,?,?,?)", (feed, _row(connection, other), seq, upto)
        )
    for other, runs in header.runs.items():
        row = _row(connection, other)
        connection.executemany(
            "INSERT OR IGNORE INTO seen_run VALUES(?,?,?,?,?)", ((feed, row, *run, seq) for run in runs)
        )


def _row(connection: sqlite3.Connection, id_: str) -> int:
    # Seen by its writer, not yet by us: it gets its number now and heals when it comes.
    found = chains.feed_of(connection, id_) or chains.enrol(connection, id_, b"", "")
    return found.n


def index(connection: sqlite3.Connection) -> None:
    """Make what is kept of it anew from the headers, after rows of feeds have parted."""
    connection.execute("DELETE FROM seen")
    connection.execute("DELETE FROM seen_run")
    for feed, header in connection.execute("SELECT feed, header FROM entry ORDER BY n").fetchall():
        note(connection, feed, standing(header))
