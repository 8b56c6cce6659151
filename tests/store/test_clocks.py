"""A clock that a hub found wrong is no argument between values set apart (CASES 11)."""

from __future__ import annotations

import itertools
from typing import Any

from .meanings import everything
from .replicas import Replica
from .test_authority import pinned

YEARS = 2 * 365 * 86_400_000


def test_what_a_wrong_clock_wrote_comes_last_among_equals() -> None:
    hub, wrong, right = Replica("HUB"), Replica("W", YEARS), Replica("R")
    wrong.write(1, [["set", "team", "T", {"commander": "from the future"}]])
    right.write(2, [["set", "team", "T", {"commander": "now"}]])
    hub.write(3, [["clock", wrong.signer.feed, 0, YEARS]])
    feeds = [r.has(r.signer.feed) for r in (hub, wrong, right)]
    tables = [
        everything(pinned([e for feed in order for e in feed], hub))
        for order in itertools.permutations(feeds)
    ]
    assert all(t == tables[0] for t in tables)
    assert tables[0]["team"][0]["commander"] == "now"
    assert tables[0]["heads"] == {"team/T/commander": {"now", "from the future"}}


def test_a_clock_that_is_right_again_counts_again() -> None:
    hub, other, right = Replica("HUB"), Replica("W", 10), Replica("R")
    other.write(1, [["new", "team", "U", {"name": "while it was wrong"}]])
    hub.write(2, [["clock", other.signer.feed, 0, YEARS], ["clock", other.signer.feed, 2, 0]])
    right.write(3, [["set", "team", "T", {"commander": "earlier"}]])
    other.write(4, [["set", "team", "T", {"commander": "later"}]])
    store = pinned([e for r in (hub, other, right) for e in r.has(r.signer.feed)], hub)
    assert store.execute("SELECT commander FROM team WHERE id='T'").fetchone() == ("later",)


def test_nobody_but_a_hub_says_that_a_clock_is_wrong() -> None:
    hub, rogue, station = Replica("HUB"), Replica("X"), Replica("S", 100)
    rogue.write(1, [["clock", station.signer.feed, 0, YEARS], ["set", "team", "T", {"name": "rogue"}]])
    station.write(2, [["set", "team", "T", {"name": "station"}]])
    store: Any = pinned([e for r in (rogue, station) for e in r.has(r.signer.feed)], hub)
    assert store.execute("SELECT name FROM team").fetchone() == ("station",)
    assert ("not-a-hub",) in store.execute("SELECT why FROM inert").fetchall()


def test_put_right_before_anything_was_written_is_right() -> None:
    hub, other, right = Replica("HUB"), Replica("W", 10), Replica("R")
    hub.write(1, [["clock", other.signer.feed, 1, YEARS]])
    hub.write(2, [["clock", other.signer.feed, 1, 0]])
    right.write(3, [["set", "team", "T", {"commander": "earlier"}]])
    other.write(4, [["set", "team", "T", {"commander": "later"}]])
    store = pinned([e for r in (hub, other, right) for e in r.has(r.signer.feed)], hub)
    assert store.execute("SELECT commander FROM team WHERE id='T'").fetchone() == ("later",)


def test_a_record_is_found_by_the_name_it_shows_after_a_clock_was_found_wrong() -> None:
    hub, wrong, right = Replica("HUB"), Replica("W", YEARS), Replica("R")
    wrong.write(1, [["set", "team", "T", {"name": "未来队"}]])
    right.write(2, [["set", "team", "T", {"name": "现在队"}]])
    hub.write(3, [["clock", wrong.signer.feed, 0, YEARS]])
    feeds = [r.has(r.signer.feed) for r in (hub, wrong, right)]
    for order in itertools.permutations(feeds):
        store = pinned([e for feed in order for e in feed], hub)
        name, search = store.execute("SELECT name, search FROM team WHERE id='T'").fetchone()
        assert name == "现在队"
        assert "现在队" in search
