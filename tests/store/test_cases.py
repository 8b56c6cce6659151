"""Rows of the table of cases (partition and double booking) that the folds alone decide."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from emergency.store.journal import Envelope

from .meanings import everything
from .replicas import Replica, arrive, meaning

Facts = list[list[Any]]


def test_case_8_the_cancel_arrives_before_the_order() -> None:
    desk, other = Replica("A"), Replica("B")
    desk.write(1, ORDER)
    other.take(desk.has(desk.signer.feed))
    other.write(2, [["step", "A-1/1", "cancel", {"at": 2}]])
    orders, cancels = desk.has(desk.signer.feed), other.has(other.signer.feed)
    store = arrive(cancels)
    assert store.execute("SELECT name FROM step").fetchall() == [("cancel",)]
    seen_active = []
    for e in orders:
        journal_take(store, e)
        seen_active += store.execute("SELECT state FROM line").fetchall()
    assert set(seen_active) == {("cancelled",)}
    assert store.execute("SELECT claimed FROM equipment").fetchall() in ([], [(None,)])
    assert [s for (s,) in store.execute("SELECT name FROM step ORDER BY name")] == ["cancel", "issue"]
    assert everything(store) == everything(arrive(orders + cancels))


ORDER: Facts = [
    ["new", "callup", "A-1", {"kind": "callup"}],
    ["new", "line", "A-1/1", {"order": "A-1", "equipment": "P"}],
    ["claim", "A-1/1", "equipment:P"],
    ["step", "A-1/1", "issue", {"at": 1}],
]


def journal_take(store: sqlite3.Connection, e: Envelope) -> None:
    from emergency.store import arrivals
    from emergency.store.fold import Fold

    arrivals.take(store, Fold(store), [e], 10**6)


def apart(before: Facts, field: Facts, desk: Facts) -> sqlite3.Connection:
    """What comes of a field and a desk that went on from one point without hearing of each other."""
    a, b = Replica("A"), Replica("B")
    a.write(1, before)
    b.take(a.has(a.signer.feed))
    b.write(5, field)
    a.write(3, desk)
    entries = a.has(a.signer.feed) + b.has(b.signer.feed)
    store = arrive(entries)
    assert everything(arrive(entries[::-1])) == everything(store)
    return store


UNDER_WAY: Facts = [*ORDER, ["step", "A-1/1", "accept", {}], ["step", "A-1/1", "depart", {}]]


def test_case_9_released_in_the_field_and_extended_at_the_desk() -> None:
    store = apart(
        [*UNDER_WAY, ["step", "A-1/1", "arrive", {}]],
        [["step", "A-1/1", "release", {"at": 5}]],
        [["step", "A-1/1", "extend", {"at": 3, "until": 99}]],
    )
    assert store.execute("SELECT state, until, flags FROM line").fetchall() == [
        ("released", None, "extend-unheard")
    ]
    assert store.execute("SELECT name, inert FROM step WHERE inert IS NOT NULL").fetchall() == [
        ("extend", "not-from-released")
    ]


def test_arrived_in_the_field_and_cancelled_at_the_desk() -> None:
    """What led to the departure there stands too, though the desk's cancel is earlier by the clock."""
    steps: Facts = [["step", "A-1/1", name, {"at": 5}] for name in ("ack", "accept", "depart", "arrive")]
    store = apart(ORDER, steps, [["step", "A-1/1", "cancel", {"at": 3}]])
    assert store.execute("SELECT state, flags FROM line").fetchall() == [("on_scene", "cancel-unheard")]
    assert store.execute("SELECT live FROM claim").fetchall() == [(1,)]


def test_settled_at_the_desk_while_the_team_came_home() -> None:
    """A settlement ends the claim; what was done stands."""
    home: Facts = [["step", "A-1/1", name, {"at": 5}] for name in ("arrive", "release", "return")]
    store = apart(UNDER_WAY, home, [["settle", ["A-1/1", "A-2/1"], "A-2/1"]])
    assert store.execute("SELECT state FROM line WHERE id='A-1/1'").fetchall() == [("returned",)]


def test_a_step_named_like_a_settlement_settles_nothing() -> None:
    store = apart(UNDER_WAY, [["step", "A-1/1", "settle", {}]], [["step", "A-1/1", "settled", {}]])
    assert store.execute("SELECT state FROM line").fetchall() == [("en_route",)]


def test_one_line_issued_by_two_desks_is_one_claim() -> None:
    store = apart(
        [
            ["new", "line", "A-1/1", {"order": "A-1", "equipment": "P"}],
            ["new", "equipment", "P", {"name": "泵"}],
        ],
        ORDER[2:],
        ORDER[2:],
    )
    assert store.execute("SELECT claimed FROM equipment").fetchall() == [("A-1/1",)]
    assert meaning(store)["contested"] == {}


YEARS = 2 * 365 * 86_400_000


@pytest.mark.parametrize("off", [YEARS, -YEARS])
def test_case_11_who_had_seen_wins_however_wrong_the_clock(off: int) -> None:
    wrong, right = Replica("W", off), Replica("R")
    first, second = (wrong, right) if off > 0 else (right, wrong)
    first.write(1, [["set", "team", "T", {"commander": "first", "readiness": "off"}]])
    second.take(first.has(first.signer.feed))
    second.write(2, [["set", "team", "T", {"commander": "second", "readiness": "ready"}]])
    entries = first.has(first.signer.feed) + second.has(second.signer.feed)
    for order in (entries, entries[::-1]):
        store = arrive(order)
        assert store.execute("SELECT commander, readiness FROM team").fetchall() == [("second", "ready")]
        assert meaning(store)["heads"] == {}


def test_case_11_a_clock_far_ahead_does_not_win_all_later_edits() -> None:
    wrong, right = Replica("W", YEARS), Replica("R")
    wrong.write(1, [["set", "team", "T", {"name": "from the future"}]])
    right.take(wrong.has(wrong.signer.feed))
    right.write(2, [["set", "team", "T", {"name": "now"}]])
    assert right.connection.execute("SELECT name FROM team").fetchall() == [("now",)]


def test_case_22_a_stick_with_one_feed_shows_what_came_and_heals() -> None:
    a, b = Replica("A"), Replica("B")
    a.write(1, [["new", "team", "T", {"name": "甲队", "strength": 9}]])
    b.take(a.has(a.signer.feed))
    b.write(2, [["set", "team", "T", {"strength": 12}]])
    stick = arrive(b.has(b.signer.feed))
    assert stick.execute("SELECT id, name, strength, known FROM team").fetchall() == [("T", None, 12, 0)]
    for e in a.has(a.signer.feed):
        journal_take(stick, e)
    assert stick.execute("SELECT id, name, strength, known FROM team").fetchall() == [("T", "甲队", 12, 1)]
    assert everything(stick) == everything(arrive(a.has(a.signer.feed) + b.has(b.signer.feed)))
