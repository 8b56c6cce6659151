"""Faults put into the program on purpose, one at a time: a simulation that does not find them proves nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from unittest import mock

from emergency.plugins.hub import filing, giving, proofs
from emergency.plugins.hub.peers import HubSide
from emergency.store import (
    anew,
    arrivals,
    authority,
    cells,
    claims,
    exchange,
    fold,
    frames,
    keys,
    lines,
    pages,
    rounds,
    seen,
    stock,
    writing,
)
from emergency.store.causality import Causality, Dot
from emergency.store.chains import Aside, Chains, Feed
from emergency.store.coming import Entry
from emergency.store.entries import Envelope
from emergency.store.exchange import Cursor, Stretch
from emergency.store.keys import Signer

from .run import Ground, run

Patch = tuple[Any, str, Any]


def _wall(order: Causality, dot: Dot) -> int:
    row = order._connection.execute("SELECT wall FROM entry WHERE feed=? AND seq=?", dot[:2]).fetchone()
    return int(row[0]) if row else 0


def _later_by_clock(self: Causality, later: Dot, earlier: Dot) -> bool:
    if later.feed == earlier.feed:
        return (later.seq, later.place) > (earlier.seq, earlier.place)
    return _wall(self, later) > _wall(self, earlier)


def _passed_on(self: Causality, later: Dot, earlier: Dot) -> bool:
    """Seen by somebody whose entry was seen."""
    if later.feed == earlier.feed or not earlier.feed or not later.feed:
        return bool(_SAW(self, later, earlier))
    reached, todo = {later.feed: later.seq}, [(later.feed, later.seq)]
    while todo:
        feed, seq = todo.pop()
        for other, upto in self._connection.execute(
            "SELECT other, max(upto) FROM seen WHERE feed=? AND seq<=? GROUP BY other", (feed, seq)
        ).fetchall():
            if upto > reached.get(other, 0):
                reached[other] = upto
                todo.append((other, upto))
    return reached.get(earlier.feed, 0) >= earlier.seq


_SAW = Causality.saw
_BEHIND = exchange.behind
_ONE = arrivals._Arrival._one
_PLACE = filing.Filing._place


def _heads_only(
    connection: sqlite3.Connection, kind: str, field: str, ids: Sequence[str]
) -> list[tuple[str, int, int]]:
    marks = ",".join("?" * len(ids))
    return connection.execute(
        f"SELECT id, feed, mark FROM cell WHERE kind=? AND field=? AND head=1 AND id IN ({marks})",
        (kind, field, *ids),
    ).fetchall()


def _by_number(_sql: Any, _feed: Feed, _cursor: Cursor) -> bool:
    return True


def _skipping(
    sql: Any, wanted: Iterable[Stretch], rows: Any = None, *, with_facts: bool = False, page: int = 500
) -> Iterator[tuple[Stretch, Envelope]]:
    """Forgets the last entry of every seventh."""
    for n, found in enumerate(_BEHIND(sql, wanted, rows, with_facts=with_facts, page=page)):
        if n % 7 != 6:
            yield found


def _second_branch_refused(self: Chains, feed: Feed, after: int, first: bytes) -> Feed:
    raise Aside("fork")


def _no_future(self: arrivals._Arrival, entry: Entry) -> str:
    header = entry.header
    if header.wall > self.received + 86_400_000:
        self._put_aside(entry.envelope, header.feed, header.seq, "malformed")
        return "malformed"
    return _ONE(self, entry)


def _stops_behind_a_bad_one(self: arrivals._Arrival, entry: Entry) -> str:
    return "known" if set(self.aside) - {"waits"} else _ONE(self, entry)


def _acknowledged_unwritten(self: filing.Filing, feed: Feed, seq: int, *told: Any) -> None:
    _PLACE(self, feed, seq, *told)
    if seq % 9 == 8:
        self._placed.pop()


def _one_claim_forgotten(order: Causality, found: Iterable[claims.Claim]) -> list[claims.Claim]:
    return _UNBEATEN(order, list(found)[:2])


_UNBEATEN = claims.unbeaten


def _latest_claim_wins(order: Causality, found: Iterable[claims.Claim]) -> list[claims.Claim]:
    return sorted(_UNBEATEN(order, found), key=lambda c: _wall(order, order.dot(c.mark)))[-1:]


def _settles_all(self: fold.Fold, fact: list[Any], mark: int, at: int) -> None:
    _word, named, _keep = fact
    _SETTLE(self, ["settle", named, ""], mark, at)


_SETTLE = fold.Fold._settle


def _same_key_again(self: Signer, store_path: str) -> None:
    if not keys._lying(keys.key_path(store_path)):
        _SAVE(self, store_path)


_SAVE = Signer.save


def _no_numbers_heard(*_arguments: Any) -> None:
    return None


def _whole_body(envelopes: Iterable[Envelope]) -> Iterator[tuple[bytes, int]]:
    all_ = list(envelopes)
    if all_:
        yield b"".join(frames.entry_blocks(all_)), len(all_)


def _nothing(*_arguments: Any, **_named: Any) -> list[Any]:
    return []


def _count_of_everything(order: Causality, rows: Any, made: Any = None) -> int:
    counts = [m for m in rows if m.is_count]
    if counts:
        return int(counts[-1].quantity)
    return int(_TOTAL(order, rows, made))


_TOTAL = stock.total


def _told_as_made(self: fold.Fold, fact: list[Any], mark: int, at: int) -> None:
    _CLAIM(self, fact[:3], mark, at)


_CLAIM = fold.Fold._claim


def _told_shows_anyway(
    connection: sqlite3.Connection, kind: str, id_: str, field: Any, value: Any, mark: int
) -> None:
    _TELL(connection, kind, id_, field, value, mark)
    cells._put(connection, kind, field, {id_: value})


_TELL = cells.tell


def _deliveries_tell_nothing(
    order: Causality, taken: list[lines.Taken], *, known: bool = True
) -> lines.Folded:
    plain = [t._replace(data={}) if t.name == "deliver" else t for t in taken]
    return _FOLD(order, plain, known=known)


_FOLD = lines.fold


def _on_nobodys_word(self: HubSide, envelopes: Iterable[Envelope]) -> arrivals.Taken:
    coming = proofs.read(list(envelopes), proofs.Keys(self._hub.engine))
    pushed = self._hub.writing.submit(lambda filing: filing.push(coming, None)).result()
    return arrivals.Taken(pushed.new, pushed.known, dict(pushed.aside), frozenset(pushed.forked))


#: {what is wrong: what is put in the program's place}.
MUTATIONS: dict[str, Callable[[], list[Patch]]] = {
    "seen dropped": lambda: [(seen, "grown", lambda connection, own: seen.Grown({}, {}))],
    "a gap told as seen": lambda: [(seen, "_new_behind", lambda _sql, feed, after: [[after + 1, feed.seq]])],
    "nothing told behind a gap": lambda: [(seen, "_behind", lambda *_: [])],
    "a gap read as seen": lambda: [(Causality, "_had", lambda self, *at: self.known(*at[:3]) >= at[3])],
    "seen passed on": lambda: [(Causality, "saw", _passed_on)],
    "clocks compared": lambda: [(Causality, "saw", _later_by_clock)],
    "one head forgotten": lambda: [(cells, "_latest", _heads_only)],
    "cursor by number only": lambda: [(exchange, "holds", _by_number)],
    "an entry skipped in handing over": lambda: [(exchange, "behind", _skipping)],
    "second branch refused": lambda: [(Chains, "_part", _second_branch_refused)],
    "refused for its time": lambda: [(arrivals._Arrival, "_one", _no_future)],
    "one bad entry stops those behind": lambda: [(arrivals._Arrival, "_one", _stops_behind_a_bad_one)],
    "what waits is never taken in": lambda: [(arrivals._Arrival, "_waited_for", _nothing)],
    "signatures not checked": lambda: [(keys, "verify", lambda *_: True)],
    "acknowledged, not written": lambda: [(filing.Filing, "_place", _acknowledged_unwritten)],
    "third claim forgotten": lambda: [(claims, "unbeaten", _one_claim_forgotten)],
    "latest claim wins": lambda: [(claims, "unbeaten", _latest_claim_wins)],
    "settlement ends all": lambda: [(fold.Fold, "_settle", _settles_all)],
    "count swallows every movement": lambda: [(stock, "total", _count_of_everything)],
    "restored store keeps its key": lambda: [(Signer, "save", _same_key_again)],
    "a push without a bound": lambda: [(pages, "bodies", _whole_body)],
    "a page of the hub ends the pull": lambda: [(giving, "PAGE", 1), (exchange, "stretches", _nothing)],
    "withheld facts never told": lambda: [(arrivals._Arrival, "_again", lambda *_: False)],
    "fork not folded anew": lambda: [(anew, "fold_anew", lambda *_: None)],
    "a told claim as if made": lambda: [(fold.Fold, "_claim", _told_as_made)],
    "what is told shows over what is said": lambda: [(fold, "tell", _told_shows_anyway)],
    "a team's orders count": lambda: [(authority, "WITHOUT_ORDERS", ())],
    "a team's delivery tells of nothing": lambda: [(lines, "fold", _deliveries_tell_nothing)],
    "a hub hands its peer chains alone": lambda: [
        (HubSide, "handed", lambda _self, e: e._replace(facts=None))
    ],
    "a hub takes no peer's word": lambda: [(HubSide, "take", _on_nobodys_word)],
    "no new feed after a fork": lambda: [(writing, "_signer", lambda _connection, path: Signer.load(path))],
}


def _stem_goes_on(self: filing.Filing) -> Feed:
    rows = self.chains.rows(self.signer.feed)
    return rows[0] if rows else self.chains.enrol(self.signer.feed, self.signer.public, "")


#: What the simulation found in the program, put back.
MUTATIONS |= {
    "found: a reason of any length": lambda: [(writing, "MOST_WHY", 1 << 30)],
    "found: a hub goes on at its stem": lambda: [(filing.Filing, "_own", _stem_goes_on)],
    "found: nobody is introduced": lambda: [(rounds._Round, "_introduce", lambda _self: False)],
}


@contextlib.contextmanager
def mutated(name: str) -> Iterator[None]:
    """The program with one of these faults; with "" as it is."""
    with contextlib.ExitStack() as stack:
        for owner, attribute, wrong in MUTATIONS[name]() if name else ():
            stack.enter_context(mock.patch.object(owner, attribute, wrong))
        yield


def caught_after(name: str, most: int, ground: Ground) -> tuple[int, str]:
    """(how many seeds it took to find a fault, what was found); (0, "") where none of so many did."""
    with mutated(name):
        for seed in range(most):
            report = run(seed, ground)
            if report.fault:
                return seed + 1, report.fault.splitlines()[0]
    return 0, ""
