"""CASES 19: a store is copied and both copies write. Both branches are kept and folded, in any order of arrival."""

from __future__ import annotations

import random
import sqlite3
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import journal
from emergency.store.chains import feeds
from emergency.store.journal import Envelope

from .meanings import everything, folded_anew
from .replicas import Replica, arrive, shuffled


def both(one: Replica, other: Replica) -> list[Envelope]:
    """Every entry that either has, once."""
    return list({e.header: e for r in (one, other) for *_, e in journal.read(r.connection)}.values())


def test_a_fork_keeps_and_shows_both_branches() -> None:
    one = Replica("A")
    one.write(1, [["new", "team", "T", {"name": "before"}]])
    copy = one.clone()
    one.write(2, [["set", "team", "T", {"commander": "one"}]])
    copy.write(2, [["set", "team", "T", {"commander": "copy"}]])
    copy.write(3, [["set", "team", "T", {"strength": 9}]])
    entries = both(one, copy)
    store = arrive(entries)
    assert store.execute("SELECT count(*) FROM aside").fetchone() == (0,)
    assert everything(store)["heads"] == {"team/T/commander": {"one", "copy"}}
    assert store.execute("SELECT strength FROM team").fetchone() == (9,)
    assert sorted((f.seq, f.base) for f in feeds(store).values()) == [(2, 0), (3, 2), (4, 2)]
    assert journal.verify(store) == []
    assert everything(arrive(entries[::-1])) == everything(store)


def test_where_a_branch_grows_from_cannot_be_changed_unseen() -> None:
    one = Replica("A")
    first = one.clone()
    one.write(1, [["new", "team", "T", {"name": "before"}]])
    first.write(1, [["new", "team", "T", {"name": "another before"}]])
    copy = one.clone()
    one.write(2, [["set", "team", "T", {"commander": "one"}]])
    copy.write(2, [["set", "team", "T", {"commander": "copy"}]])
    store = arrive([*both(one, copy), *both(first, copy)])
    rows = feeds(store).values()
    assert sum(f.parent is not None for f in rows) == 4 and journal.verify(store) == []
    for feed in rows:
        for column, was in (("parent", feed.parent), ("base", feed.base), ("id", feed.id)):
            for value in {None, "x", b"y", -1, *range(9)} - {was}:
                store.execute("SAVEPOINT changed")
                try:
                    store.execute(f"UPDATE feed SET {column}=? WHERE n=?", (value, feed.n))
                    assert journal.verify(store), (feed, column, value)
                except sqlite3.IntegrityError:
                    continue
                finally:
                    store.execute("ROLLBACK TO changed")


def test_two_first_entries_of_one_key_are_a_fork_too() -> None:
    one, copy = Replica("A"), Replica("A", 5)
    one.write(1, [["new", "team", "T", {"name": "one"}]])
    copy.write(1, [["new", "team", "T", {"name": "copy"}]])
    entries = both(one, copy)
    store = arrive(entries)
    assert store.execute("SELECT count(*) FROM entry").fetchone() == (4,)
    assert everything(arrive(entries[::-1])) == everything(store)


def test_who_saw_one_branch_is_not_taken_to_have_seen_the_other() -> None:
    """A claim made on a copy stays in sight beside one made by someone who knew the other copy only."""
    one, witness = Replica("A"), Replica("B")
    one.write(1, [["new", "equipment", "P", {"name": "pump"}]])
    copy = one.clone()
    one.write(2, [["new", "team", "T", {"name": "one"}]])
    copy.write(2, order("A-1"))
    witness.take(one.has(one.signer.feed))
    witness.write(3, order("B-1"))
    store = arrive([*both(one, copy), *witness.has(witness.signer.feed)])
    assert everything(store)["contested"] == {"equipment:P": {"A-1/1", "B-1/1"}}


def test_a_station_that_meets_its_copy_goes_on_in_another_feed() -> None:
    one = Replica("A")
    copy = one.clone()
    one.write(1, [["new", "team", "T", {"name": "one"}]])
    copy.write(1, [["new", "team", "U", {"name": "copy"}]])
    before = one.signer.feed
    one.take(copy.has(before))
    assert one.take(copy.has(before)) == 0
    one.write(2, [["set", "team", "U", {"name": "seen"}]])
    assert one.signer.feed != before
    store = arrive(both(one, copy))
    assert everything(store)["heads"] == {}
    assert store.execute("SELECT name FROM team WHERE id='U'").fetchone() == ("seen",)


def order(name: str) -> list[list[Any]]:
    return [
        ["new", "line", f"{name}/1", {"order": name, "equipment": "P"}],
        ["claim", f"{name}/1", "equipment:P"],
        ["step", f"{name}/1", "issue", {}],
    ]


@given(st.integers(0, 2**32))
@settings(max_examples=80)
def test_any_order_of_arrival_gives_the_same_tables(seed: int) -> None:
    r = random.Random(seed)
    stations = [Replica("A"), Replica("B", 7)]
    for t in range(1, r.randrange(4, 18)):
        here = r.choice(stations)
        what = r.random()
        if what < 0.55:
            facts = r.choice(
                [
                    [["set", "team", "T", {"name": f"n{t}"}]],
                    [["move", "D/I", t, {}]],
                    [["count", "D/I", t, {}]],
                    order(f"{here.name}-{t}-{len(stations)}"),
                ]
            )
            here.write(t, facts)
        elif what < 0.7 and len(stations) < 6:
            stations.append(here.clone())
        else:
            giver = r.choice(stations)
            known = sorted(feeds(giver.connection))
            coming = giver.has(r.choice(known))
            here.take(coming[: r.randrange(len(coming) + 1)])
    entries = list({e.header: e for s in stations for *_, e in journal.read(s.connection)}.values())
    store = arrive(entries)
    want = everything(store)
    rows = sorted((f.id, f.seq, f.base, f.hash) for f in feeds(store).values())
    for _ in range(3):
        other = arrive(shuffled(r, entries))
        assert everything(other) == want
        assert sorted((f.id, f.seq, f.base, f.hash) for f in feeds(other).values()) == rows
        assert folded_anew(other) == want
    for station in stations:
        station.take(shuffled(r, entries))
        assert everything(station.connection) == want
        assert journal.verify(station.connection) == []


def test_two_facts_that_each_seem_to_have_seen_the_other_both_stand() -> None:
    """An image of A runs again and answers B, who had heard of entries that the image does not have."""
    one, other = Replica("A"), Replica("B")
    image = one.clone()
    one.write(1, [["new", "team", "Z", {"name": "z"}]])
    other.take(one.has(one.signer.feed))
    other.write(2, [["set", "team", "T", {"headcount": 5}]])
    image.take(other.has(other.signer.feed))
    image.write(3, [["set", "team", "T", {"headcount": 6}]])
    assert everything(image.connection)["heads"] == {"team/T/headcount": {5, 6}}
    image.take(one.has(one.signer.feed))
    # Now that the fork is known, who had seen what is known again.
    assert everything(image.connection)["heads"] == {}
    assert image.connection.execute("SELECT headcount FROM team WHERE id='T'").fetchone() == (6,)
    assert everything(image.connection) == folded_anew(image.connection)
