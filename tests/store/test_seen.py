"""What a writer tells that he had seen where facts are withheld from him: all that he had, and nothing else."""

from __future__ import annotations

import itertools
import json
import pathlib
import sqlite3
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import cells, chains, database, journal, seen
from emergency.store.causality import Causality, Dot
from emergency.store.store import Store

from . import stations
from .replicas import Replica, arrive


def told(replica: Replica) -> list[tuple[str, int]]:
    """Each (feed, place) that the entries of a replica say it had taken in, as often as they say it."""
    out: list[tuple[str, int]] = []
    before: dict[str, int] = {}
    for entry in replica.has(replica.signer.feed):
        header = json.loads(entry.header)
        for feed, upto in header["seen"].items():
            out += [(feed, seq) for seq in range(before.get(feed, 0) + 1, upto + 1)]
            before[feed] = upto
        for feed, runs in header.get("runs", {}).items():
            out += [(feed, seq) for first, last in runs for seq in range(first, last + 1)]
    return out


def held(replica: Replica) -> set[tuple[str, int]]:
    """Each place of another's whose facts are in its store."""
    rows = replica.connection.execute(
        "SELECT f.id, e.seq FROM entry e JOIN feed f ON f.n = e.feed WHERE e.facts IS NOT NULL"
    )
    return {(feed, seq) for feed, seq in rows if feed != replica.signer.feed}


ENTRIES = 8


@settings(max_examples=150)
@given(
    # Which entry comes next of which of two feeds, with its facts or without; None: it writes.
    st.lists(
        st.one_of(st.none(), st.tuples(st.integers(0, 1), st.integers(1, ENTRIES), st.booleans())),
        max_size=40,
    )
)
def test_who_writes_tells_of_all_that_he_has_and_of_nothing_else(
    steps: list[tuple[int, int, bool] | None],
) -> None:
    others, reader = [Replica("A"), Replica("B")], Replica("R")
    for other, n in itertools.product(others, range(1, ENTRIES)):
        other.write(n, [["set", "team", "T", {"note": f"{other.name}{n}"}]])
    feeds = [o.has(o.signer.feed) for o in others]
    came = [0, 0]
    for n, step in enumerate(steps):
        if step is None:
            reader.write(100 + n, [["set", "team", "T", {"headcount": n}]])
            assert set(told(reader)) == held(reader)
            continue
        which, upto, whole = step
        # Up to there as a hub hands it, or the facts of one that is there.
        new = range(came[which], upto) if upto > came[which] else range(upto - 1, upto)
        # A feed begins with its key, which is withheld from nobody.
        reader.take([e if whole or not i else e._replace(facts=None) for i in new for e in [feeds[which][i]]])
        came[which] = max(came[which], upto)
    reader.write(1000, [])
    assert set(told(reader)) == held(reader)
    order = Causality(reader.connection)
    number = {f.id: f.n for f in chains.feeds(reader.connection).values()}
    last = Dot(number[reader.signer.feed], len(reader.has(reader.signer.feed)), 0)
    for which, other in enumerate(others):
        for place in range(1, came[which] + 1):
            dot = Dot(number[other.signer.feed], place, 0)
            assert order.saw(last, dot) == ((other.signer.feed, place) in held(reader))
    assert journal.verify(reader.connection) == []


def kept_apart() -> tuple[Replica, Replica]:
    """A desk with two facts that are kept from a team, and others behind them; the team has all but those two."""
    desk, team = Replica("D"), Replica("T", clock_off=-10_000)
    desk.write(1, [["new", "team", "X", {"name": "队"}], ["new", "line", "L", {"equipment": "P"}]])
    desk.write(2, [["set", "team", "X", {"address": "一号"}]])
    desk.write(3, [["set", "team", "X", {"headcount": 20}], ["step", "L", "issue", {}]])
    desk.write(4, [["set", "team", "X", {"address": "二号"}]])
    desk.write(5, [["set", "team", "X", {"note": "备注"}], ["step", "L", "accept", {}]])
    hidden = {3, 5}
    for n, entry in enumerate(desk.has(desk.signer.feed), 1):
        team.take([entry._replace(facts=None) if n in hidden else entry])
    return desk, team


def test_who_changes_what_he_sees_behind_a_gap_is_not_edited_apart() -> None:
    desk, team = kept_apart()
    team.write(6, [["set", "team", "X", {"headcount": 21, "note": "新"}], ["step", "L", "depart", {}]])
    feeds = [desk.has(desk.signer.feed), team.has(team.signer.feed)]
    for order in itertools.permutations(feeds):
        store = arrive([e for feed in order for e in feed])
        assert cells.edited_apart(store) == []
        assert store.execute("SELECT headcount, note FROM team").fetchall() == [(21, "新")]
        # The clock of the team is ten thousand behind: what it saw orders the steps, and no clock.
        assert store.execute("SELECT state FROM line").fetchall() == [("en_route",)]
        assert store.execute("SELECT count(*) FROM inert").fetchone() == (0,)


def test_who_changes_what_was_withheld_from_him_had_not_seen_it() -> None:
    desk, team = kept_apart()
    team.write(6, [["set", "team", "X", {"address": "三号"}]])
    for order in itertools.permutations([desk.has(desk.signer.feed), team.has(team.signer.feed)]):
        store = arrive([e for feed in order for e in feed])
        assert [(kind, id_, field) for kind, id_, field, *_ in cells.edited_apart(store)] == [
            ("team", "X", "address")
        ]


def test_many_runs_are_told_in_several_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "MOST_RUNS", 2)
    one, two = Replica("A"), Replica("B")
    for n in range(10):
        one.write(n, [["set", "team", "T", {"note": str(n)}]])
    entries = one.has(one.signer.feed)
    two.take([e._replace(facts=None) if n % 2 else e for n, e in enumerate(entries)])
    for n in range(4):
        two.write(100 + n, [])
        assert len(told(two)) == min(1 + 2 * (n + 1), 6)
    assert set(told(two)) == held(two)


def work(connection: sqlite3.Connection, do: Callable[[], object]) -> int:
    """Steps that the database takes for something, in hundreds."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(step, 100)
    do()
    connection.set_progress_handler(None, 0)
    return steps


def told_late(many: int) -> tuple[Replica, Replica]:
    """A desk, and who had every fourth entry of its at once, another two late, and has told of all; one stays withheld."""
    desk, reader = Replica("D"), Replica("R")
    for n in range(4 * many):
        desk.write(n, [["set", "team", f"T{n}", {"note": str(n)}]])
    first, *entries = desk.has(desk.signer.feed)
    reader.take([first, *(e if n % 4 == 3 else e._replace(facts=None) for n, e in enumerate(entries))])
    reader.write(1, [])
    reader.take([e for n, e in enumerate(entries) if n % 4 in (0, 2)])
    for n in range(2 * many // 1000 + 2):
        reader.write(2 + n, [])
    assert set(told(reader)) == held(reader)
    return desk, reader


def test_what_came_late_and_is_told_costs_every_later_entry_little() -> None:
    def cost(many: int) -> int:
        _desk, reader = told_late(many)
        own = chains.feed_of(reader.connection, reader.signer.feed)
        assert own is not None
        assert seen.grown(reader.connection, own) == ({}, {})
        return work(reader.connection, lambda: seen.grown(reader.connection, own))

    # Four times as much is looked at, and each of it not much longer.
    assert cost(240) < 6 * cost(60)


def test_to_find_what_was_seen_among_many_runs_takes_no_walk_through_them() -> None:
    def cost(many: int) -> int:
        desk, reader = told_late(many)
        order = Causality(reader.connection)
        number = {f.id: f.n for f in chains.feeds(reader.connection).values()}
        last = Dot(number[reader.signer.feed], len(reader.has(reader.signer.feed)), 0)
        dots = [Dot(number[desk.signer.feed], 4 * many + 1 - 4 * n, 0) for n in range(25)]
        assert all(order.saw(last, dot) for dot in dots)
        return work(reader.connection, lambda: [order.saw(last, dot) for dot in dots])

    assert cost(240) < 2 * cost(60)


def test_a_store_of_before_the_runs_learns_those_that_it_was_told(tmp_path: pathlib.Path) -> None:
    path = stations.busy(tmp_path)
    with Store(path) as store:
        before = store.rows("SELECT * FROM seen_run")
    assert before
    stations.make_old(path)
    connection = database.connect(path, writable=False)
    assert journal.verify(connection) == []
    connection.close()
    with Store(path) as store:
        assert store.rows("SELECT * FROM seen_run") == before
        assert store.connection.execute("PRAGMA user_version").fetchone() == (database.JOURNAL_VERSION,)
    assert stations.whole(path)
