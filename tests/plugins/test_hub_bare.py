"""Who lies of what he has without facts, a hub or a station: a word ends it, or it costs little and changes nothing."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from emergency.store import exchange, frames, hubs, pages, syncing, times
from emergency.store.entries import digest
from emergency.store.keys import Signer
from emergency.store.store import Store

from .hubs import Local, Written, hub, own_entries, pushing, said, station, store
from .test_hub_evil import Answered, Liar, content, met

__all__ = ["hub", "store"]
HUGE = 2**53 - 1
#: So many of one row as a block of JSON holds.
MANY = 20_000


def saying(**lies: Any) -> Callable[[Answered], Answered]:
    """The true answer to /heads, but for these."""
    return lambda true: (true[0], frames.json_block({**pages.told(true[1]), **lies}))


@pytest.fixture
def other(hub: Local, store: Store, tmp_path: pathlib.Path) -> Store:
    """Another station; each has all that the other wrote."""
    other = station(tmp_path / "other", "HD")
    hub.enrol(other)
    for one in (other, store, other):
        assert hub.sync(one).state == "synced"
    return other


#: What is none of ours, with rows in the place of FEED.
NONE: list[Any] = [
    "x", 5, None, {"a": 1}, [5], [[[[]]]], [["FEED"]], [["FEED", 0, 1]], [["FEED", 0, 1, 1, 1]],
    [["FEED", "0", "1", "1"]], [["FEED", 0.5, 1, 1]], [["FEED", True, True, True]], [["FEED", -1, 1, 1]],
    [["FEED", 2**70, 2**70, 2**70]], [[None, 0, 1, 1]], [["x" * 65, 0, 1, 1]],
    [["x" * 100_000, 0, 1, 1]],
]  # fmt: skip
#: What could be, and is not so.
LIES: list[Any] = [
    [["FEED", 0, 9, 9]], [["FEED", 0, 0, 0]], [["FEED", 5, 1, 3]], [["FEED", HUGE, HUGE, HUGE]], [["FEED", 0, HUGE, HUGE]],
    [["FEED~" + "a" * 20, 0, 9, 9]], [["q" * 20, 0, 9, 9]], [["", 0, 1, 1]], [["\0", 0, 1, 1]], [["\x1b[2J", 0, 1, 1]],
    [["x" * 64, 0, 1, 1]], [["FEED", 0, 9, 9]] * MANY, [["FEED", n, 9, 9] for n in range(MANY)],
    [[f"{n:020d}", 0, 9, 9] for n in range(MANY)],
]  # fmt: skip


def of(feed: str, told: Any) -> Any:
    """The same with a feed that is there."""
    if isinstance(told, list):
        return [of(feed, one) for one in told]
    return told.replace("FEED", feed) if isinstance(told, str) else told


def test_a_hub_that_says_it_lacks_facts_is_not_believed_beyond_our_own_feed(
    hub: Local, store: Store, other: Store
) -> None:
    before = content(store)
    for feed in (Signer.load(store.path).feed, Signer.load(other.path).feed, hub.opened.identity.feed):
        for told, state in [(t, "offline") for t in NONE] + [(t, "synced") for t in LIES]:
            outcome = met(store, Liar(hub, "/v1/heads", saying(bare=of(feed, told))))
            assert (outcome.state, outcome.sent, outcome.received) == (state, 0, 0), str(told)[:80]
            assert state == "synced" or outcome.code == "damaged"
    assert content(store) == before
    hub.calls.clear()
    assert hub.sync(store).state == "synced"
    assert len(hub.calls) == 2


def test_a_row_told_again_and_again_costs_no_more_than_once(hub: Local, store: Store, other: Store) -> None:
    feed = Signer.load(store.path).feed
    asked = []
    for many in (1, 500):
        statements: list[str] = []
        store.connection.set_trace_callback(statements.append)
        met(store, Liar(hub, "/v1/heads", saying(bare=[[feed, 0, 9, 9]] * many)))
        store.connection.set_trace_callback(None)
        asked.append(len(statements))
    assert asked[1] == asked[0]
    rows = syncing.Station(store).rows().values()
    told = exchange.bares([[feed, 0, 2, n] for n in range(1, 501)])
    statements = []
    store.connection.set_trace_callback(statements.append)
    assert exchange.fuller(store.connection, told, rows) == [exchange.Stretch(feed, 0)]
    store.connection.set_trace_callback(None)
    assert len(statements) == 1


def test_who_lacks_others_than_we_do_is_given_the_first_that_we_have(hub: Local, store: Store) -> None:
    feed = Signer.load(store.path).feed
    for n in range(6):
        with store.write("team add") as writer:
            writer.new("team", {"name": f"第{n}队"})
    sync_to = Store(store.path)
    rows = syncing.Station(sync_to).rows().values()
    last = max(row.seq for row in rows if row.id == feed)
    with sync_to.write("team add") as writer:
        writer.connection.execute("UPDATE entry SET facts=NULL WHERE seq>?", (last - 3,))
    # Of the last five entries he lacks the first two, and we the three behind them.
    lacks = exchange.Bare(feed, last - 5, last, 2)
    assert exchange.fuller(sync_to.connection, [lacks], rows) == [exchange.Stretch(feed, last - 5)]
    alike = exchange.Bare(feed, last - 3, last, 3)
    assert exchange.fuller(sync_to.connection, [alike], rows) == []
    sync_to.close()


def test_runs_that_are_none_are_refused_and_those_of_no_row_here_change_nothing(
    hub: Local, store: Store
) -> None:
    feed, caller = Signer.load(store.path).feed, hub.caller(store)
    bare, content = [[feed, 0, 2, 1]], hub.content()
    total = exchange.total(syncing.Station(store).rows().values())
    for runs, status in (
        ([[feed, 2, 1]], 400), ([[feed, 1, 2], [feed, 2, 3]], 400), ("x", 400), ([[feed, -1, 1]], 400),
        ([[feed, n, n] for n in range(1, 9_000, 2)], 400), ([[feed, 1, HUGE]], 200), ([["q" * 20, 1, 2]], 200),
        ([[feed, HUGE, HUGE]], 200),
    ):  # fmt: skip
        body = frames.json_block({"total": total, "bare": bare, "runs": runs})
        assert caller.post("/v1/heads", body)[0] == status, runs[:3]
    assert hub.content() == content


def test_of_two_that_lack_facts_here_and_there_each_gap_is_filled_that_can_be(
    hub: Local, store: Store, other: Store
) -> None:
    for n in range(6):
        with other.write("team add") as writer:
            writer.new("team", {"name": f"第{n}队"})
    for one in (other, store, store):
        hub.sync(one)
    feed = Signer.load(other.path).feed
    at = "facts=NULL WHERE feed=(SELECT n FROM feed WHERE id='{}') AND seq IN ({})"
    with store.write("team add") as writer:
        writer.connection.execute(f"UPDATE entry SET {at.format(feed, '3,5')}")
    with hub.opened.engine.writing() as sql:
        sql.execute(f"UPDATE entry SET {at.format(feed, '3,4,6')}")
    for _round in range(2):
        assert hub.sync(store).state == "synced"
        bare = store.connection.execute("SELECT seq FROM entry WHERE facts IS NULL").fetchall()
        assert bare == [(3,)]
    hub.calls.clear()
    assert hub.sync(store).state == "synced" and len(hub.calls) == 2


def test_a_station_that_says_it_lacks_facts_is_offered_what_it_may_have_and_no_more(
    hub: Local, store: Store, other: Store
) -> None:
    heads = exchange.heads(syncing.Station(store).rows().values())
    total = exchange.total(syncing.Station(store).rows().values())
    before = hub.content()
    caller = hub.caller(store)
    feeds = {c.row for c in heads}
    for feed in sorted(feeds):
        for told in LIES:
            for heads_or_total in ({"heads": heads}, {"total": total}):
                bare = {**heads_or_total, "bare": of(feed, told), "now": times.now()}
                status, answer = caller.post("/v1/heads", frames.json_block(bare))
                assert status == 200, str(told)[:80]
                give = exchange.stretches(pages.told(answer)["give"])
                # What is there already, and at most once of each row.
                assert {s.row for s in give} <= feeds
                assert len({s.row for s in give}) == len(give)
        for told in NONE:
            body = {"heads": heads, "bare": of(feed, told), "now": times.now()}
            assert caller.post("/v1/heads", frames.json_block(body))[0] == 400, str(told)[:80]
    assert hub.content() == before
    assert hub.sync(store).state == "synced"


def test_feeds_that_a_writer_only_tells_of_cost_no_round_anything(
    hub: Local, store: Store, other: Store
) -> None:
    """A station that lies of what it has seen: each name takes a row in every store, and no more."""
    own = own_entries(other)
    liar = Written(Signer.load(other.path))
    liar.seq, liar.prev = len(own), digest(own[-1].header).hex()
    many = {f"{n:020d}": 1 for n in range(2000)}
    status, _told = hub.caller(other).post("/v1/push", pushing(liar.entry([], seen=many)))
    assert status == 200
    before = syncing.Station(store).rows().keys()
    assert hub.sync(store).received == 1
    assert store.connection.execute("SELECT count(*) > 2000 FROM feed").fetchone() == (1,)
    assert syncing.Station(store).rows().keys() == before
    # What tells of none of a feed's entries is no header of anybody's.
    empty = liar.entry([], runs={f"x{n:019d}": [] for n in range(2000)})
    told = said(hub.caller(other).post("/v1/push", pushing(empty))[1])
    assert (told["new"], told["aside"]) == (0, {"malformed": 1})


def test_a_team_that_says_it_lacks_facts_gets_none(hub: Local, store: Store, tmp_path: pathlib.Path) -> None:
    with store.write("member add") as writer:
        writer.new("member", {"name": "李明", "team": "FT-1", "phone": "13900001234"})
    hub.sync(store)
    with station(tmp_path / "team", "TM") as team:
        hubs.enrol(team, hub, hub.url, hub.code("TM", "team"))
        hub.sync(team)
        caller = hub.caller(team)
        feed = Signer.load(store.path).feed
        heads = exchange.heads(syncing.Station(team).rows().values())
        body = frames.json_block({"heads": heads, "bare": [[feed, 0, 9, 9]]})
        status, answer = caller.post("/v1/heads", body)
        assert (status, pages.told(answer)["give"]) == (200, [])
        status, page = caller.post("/v1/pull", frames.json_block({"want": [[feed, 0]]}))
        assert status == 200
        assert b"13900001234" not in b"".join(e.facts or b"" for e in pages.Page(page).envelopes())
