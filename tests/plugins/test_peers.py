"""Hubs exchange with hubs, by agreement: what crosses, and what does not (rows H1, H5)."""

from __future__ import annotations

import json
import logging
import pathlib
import threading
from typing import Any

import pytest

from emergency.plugins.hub import Opened, enrolling, opened, writing
from emergency.plugins.hub import peers as module
from emergency.plugins.hub.asking import note
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.mending import mend, planned
from emergency.plugins.hub.peers import HubSide, add, keep_meeting, meet_all, peers, remove
from emergency.plugins.hub.quota import MOST_OF_HUB
from emergency.plugins.hub.service import Service
from emergency.plugins.hub.serving import _Lines
from emergency.store import journal, receivers, times
from emergency.store.entries import Envelope
from emergency.store.errors import InvalidValue, NoSuchRecord, Refused
from emergency.store.rounds import meet as round_
from emergency.store.store import Store

from .test_personal import PHONE, Wire, enrolled, enrolled_at, meet, meet_at


def hub(folder: pathlib.Path, name: str) -> Opened:
    return opened(str(folder / f"{name}.db"), str(folder), name=name)


def joined(here: Opened, there: Opened, scope: str) -> Wire:
    """A line from one hub to another at which it has just been added as a peer."""
    code, _until = there.writing.submit(
        lambda filing: enrolling.new_code(filing.sql, "BJ", "hub", "", filing.now)
    ).result()
    wire = Wire(Service(there.engine, there.identity, there.writing, times.now))
    add(here, "http://there", code, scope, wire, "x")  # type: ignore[arg-type]
    return wire


def exchange(here: Opened, wire: Wire) -> None:
    with here.engine.reading() as sql:
        ((peer, scope),) = peers(sql)
    assert round_(HubSide(here, peer, scope), peer, wire).state == "synced"


def teams(store: Store) -> set[str]:
    return {n for (n,) in store.connection.execute("SELECT name FROM team WHERE known=1")}


def write(store: Store, name: str, region: str) -> None:
    with store.write("team add") as writer:
        team = writer.new("team", {"name": name, "region": region})
        writer.new("member", {"name": f"{name}队员", "team": team, "phone": PHONE})


At = tuple[Store, Wire]


def two_cities(folder: pathlib.Path, scope: str) -> tuple[Opened, Opened, At, At]:
    """Hubs BJ and TJ, a station of each that has written a team, and all that their agreement lets cross has crossed."""
    here, there = hub(folder, "BJ"), hub(folder, "TJ")
    wire = joined(here, there, scope)
    one, two = enrolled(here, folder, "FT", "duty"), enrolled(there, folder, "HP", "duty")
    write(one[0], "丰台", "110106")
    write(two[0], "和平", "120101")
    meet(*one)
    meet(*two)
    exchange(here, wire)
    return here, there, one, two


def test_two_cities_hear_each_other_through_their_hubs(tmp_path: pathlib.Path) -> None:
    _here, _there, (one, its), (two, other) = two_cities(tmp_path, "")
    meet(one, its)
    meet(two, other)
    assert teams(one) == teams(two) == {"丰台", "和平"}
    for store in (one, two):
        assert journal.verify(store.connection) == []
        (phones,) = store.connection.execute("SELECT count(*) FROM member WHERE phone IS NOT NULL").fetchone()
        assert phones == 1  # Its own: numbers of people do not cross between hubs.
    assert two.connection.execute("SELECT count(*) FROM \"grant\" WHERE station='FT'").fetchone() == (1,)
    # Nor do they by a stick, unless somebody says so.
    with pytest.raises(Refused, match="HP"):
        receivers.everybody(one, "")
    chosen = receivers.named(one, ["hp"], None, "", personal=False)
    assert (chosen.personal, chosen.bare_for, chosen.region) == (False, ("HP",), "")
    assert receivers.named(one, ["HP"], None, "", personal=True).beyond == ("HP",)


@pytest.mark.parametrize("caller", ["the hub where it waits", "the other"])
def test_what_a_station_brought_first_is_handed_on_once_another_hub_brings_it(
    tmp_path: pathlib.Path, caller: str
) -> None:
    """Hubs BJ and TJ exchange, and TJ and HE; a station of BJ that is enrolled at HE too was sooner than both."""
    here, between, far = hub(tmp_path, "BJ"), hub(tmp_path, "TJ"), hub(tmp_path, "HE")
    one, its = enrolled(here, tmp_path, "FT", "duty")
    both, at_here = enrolled(here, tmp_path, "YQ", "duty")
    at_far = enrolled_at(far, both, "YQ", "duty")
    writer, at_writer = enrolled(far, tmp_path, "LF", "duty")
    write(writer, "廊坊", "131000")
    meet(writer, at_writer)
    meet_at(both, at_far, far.identity.feed)
    meet_at(both, at_here, here.identity.feed)
    meet(one, its)
    assert teams(one) == set()
    exchange(between, joined(between, far, ""))
    first, second = (here, between) if caller.startswith("the hub") else (between, here)
    wire = joined(first, second, "")
    with first.engine.reading() as sql:
        ((peer, scope),) = [p for p in peers(sql) if p[0].feed == second.identity.feed]
    for _n in range(2):
        assert round_(HubSide(first, peer, scope), peer, wire).state == "synced"
    meet(one, its)
    assert teams(one) == {"廊坊"}
    assert one.connection.execute("SELECT count(*) FROM \"grant\" WHERE station='LF'").fetchone() == (1,)
    # Once is enough: with nothing new it is two requests again.
    before = len(wire.passed)
    assert round_(HubSide(first, peer, scope), peer, wire).sent == 0
    assert len(wire.passed) - before <= 2


def test_an_agreement_of_one_region_hands_over_no_facts_of_another(tmp_path: pathlib.Path) -> None:
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    wire = joined(here, there, "110106")
    one, its = enrolled(here, tmp_path, "FT", "duty")
    two, other = enrolled(there, tmp_path, "HP", "duty")
    write(one, "丰台", "110106")
    write(one, "朝阳", "110105")
    meet(one, its)
    exchange(here, wire)
    meet(two, other)
    assert teams(two) == {"丰台"}
    with there.engine.reading() as sql:
        held = [
            bytes(f) for (f,) in sql.execute("SELECT facts FROM entry WHERE facts IS NOT NULL").fetchall()
        ]
    assert not any("朝阳".encode() in facts for facts in held)
    assert journal.verify(two.connection) == []
    exchange(here, wire)  # What the other city's station has handed over meanwhile.
    before = len(wire.passed)
    exchange(here, wire)
    assert len(wire.passed) == before + 2


@pytest.mark.parametrize(("scope", "comes"), [("", True), ("120000", True), ("110106", False)])
def test_a_peer_hands_a_mended_hub_what_it_lost_as_far_as_the_agreement_goes(
    tmp_path: pathlib.Path, scope: str, comes: bool
) -> None:
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    wire = joined(here, there, scope)
    two, other = enrolled(there, tmp_path, "HP", "duty")
    write(two, "和平", "120101")
    meet(two, other)
    exchange(here, wire)
    with there.engine.writing() as sql:
        held = sql.execute("SELECT n, facts FROM entry WHERE facts IS NOT NULL ORDER BY n").fetchall()
        n, whole = next((n, facts) for n, facts in held if "和平".encode() in facts)
        sql.execute("UPDATE entry SET facts=? WHERE n=?", (b"{}", n))
        mend(sql, planned(sql))
    for _round in range(2):
        exchange(here, wire)
        with there.engine.reading() as sql:
            assert sql.execute("SELECT facts FROM entry WHERE n=?", (n,)).fetchone() == (
                whole if comes else None,
            )
    before = len(wire.passed)
    exchange(here, wire)
    assert len(wire.passed) - before <= 2


def test_a_station_of_two_hubs_brings_one_nothing_that_the_other_keeps_from_it(
    tmp_path: pathlib.Path,
) -> None:
    here, there, _one, _two = two_cities(tmp_path, "120000")
    both, at_here = enrolled(here, tmp_path, "YQ", "duty")
    at_there = enrolled_at(there, both, "YQ", "duty")
    for _round in range(2):
        meet_at(both, at_here, here.identity.feed)
        meet_at(both, at_there, there.identity.feed)
    assert teams(both) == {"丰台", "和平"}

    def held() -> list[tuple[int, bytes | None]]:
        with there.engine.reading() as sql:
            return list(sql.execute("SELECT n, facts FROM entry ORDER BY n").fetchall())

    before = held()
    bare = [n for n, facts in before if facts is None]
    n = next(n for n, facts in before if facts and "和平".encode() in facts)
    with there.engine.writing() as sql:
        sql.execute("UPDATE entry SET facts=NULL WHERE n=?", (n,))
        # As a hub would that asks for more than it had.
        note(sql, [n, *bare])
    assert bare and held() != before
    meet_at(both, at_there, there.identity.feed)
    assert held() == before


def test_what_crossed_without_its_numbers_gets_them_from_who_wrote_it(tmp_path: pathlib.Path) -> None:
    """A station of two hubs that exchange: the second had its entries from the first, and its own neighbours lack nothing."""
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    wire = joined(here, there, "")
    one, its = enrolled(here, tmp_path, "FT", "duty")
    second = enrolled_at(there, one, "FT", "duty")
    two, other = enrolled(there, tmp_path, "HP", "duty")
    for n, name in enumerate(("丰台", "卢沟桥"), 1):
        write(one, name, "110106")
        meet_at(one, its, here.identity.feed)
        exchange(here, wire)
        meet(two, other)
        assert two.rows("SELECT count(phone) AS n FROM member") == [{"n": n - 1}]
        meet_at(one, second, there.identity.feed)
        meet(two, other)
        assert two.rows("SELECT count(phone) AS n FROM member") == [{"n": n}]
    before = len(second.passed)
    meet_at(one, second, there.identity.feed)
    assert len(second.passed) <= before + 2
    for store in (one, two):
        assert journal.verify(store.connection) == []


def test_a_hub_that_was_lost_adds_no_peer_before_it_has_its_own_feed_back(tmp_path: pathlib.Path) -> None:
    """Two beginnings of its feed would be a fork of it, for good."""
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    one, its = enrolled(here, tmp_path, "FT", "duty")
    meet(one, its)
    here.engine.close()
    for left in tmp_path.glob("BJ.db*"):
        if not left.name.endswith(".key"):
            left.unlink()
    again = hub(tmp_path, "BJ")
    assert again.identity.feed == here.identity.feed
    with pytest.raises(Refused, match="nothing of its own back"):
        joined(again, there, "")
    meet(one, Wire(Service(again.engine, again.identity, again.writing, times.now)))
    exchange(again, joined(again, there, ""))
    with again.engine.reading() as sql:
        assert sql.execute("SELECT count(*) FROM feed WHERE parent IS NOT NULL").fetchone() == (0,)


# -- what goes wrong with one of several ------------------------------------------------------------


class Broken:
    """A line on which something happens that nobody foresaw."""

    def call(self, *_request: Any) -> tuple[int, bytes]:
        raise ArithmeticError("a peer of tomorrow\n")


def lines(monkeypatch: pytest.MonkeyPatch, here: Opened, wire: Wire) -> None:
    """The peer of `joined` answers over its wire, and another, met before it, breaks."""

    class Line:
        def __init__(self, url: str, _ca: str) -> None:
            self.call = {"http://there": wire, "http://broken": Broken()}[url].call

        def close(self) -> None:
            """Nothing to hang up."""

    monkeypatch.setattr(module, "HttpLink", Line)
    with here.engine.writing() as sql:
        sql.execute("INSERT INTO peer VALUES(?,?,?,?,'','',0,'{}')", ("a" * 20, "http://broken", b"", "AA"))


def test_whatever_one_peer_does_the_others_are_met_and_it_is_noted(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    lines(monkeypatch, here, joined(here, there, ""))
    assert [(o.hub, o.state, o.why) for o in meet_all(here)] == [
        ("AA", "failed", "ArithmeticError: a peer of tomorrow\n"), ("TJ", "synced", ""),
    ]  # fmt: skip
    with here.engine.reading() as sql:
        told = {p.name: (p.told["state"], p.told["why"]) for p, _scope in peers(sql)}
    assert told == {"AA": ("failed", "ArithmeticError: a peer of tomorrow\n"), "TJ": ("synced", "")}


def test_more_than_a_hub_takes_of_another_in_a_day_is_an_outcome(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    lines(monkeypatch, here, joined(here, there, ""))
    two, other = enrolled(there, tmp_path, "HP", "duty")
    write(two, "和平", "120101")
    meet(two, other)
    with here.engine.writing() as sql:
        brought = f"{times.now() // times.DAY} {MOST_OF_HUB}"
        sql.execute("INSERT INTO meta VALUES(?,?)", (f"brought {there.identity.feed}", brought))
    outcome = [*meet_all(here)][1]
    assert (outcome.state, outcome.why) == (
        "offline",
        "this hub takes no more of it today; the rest comes tomorrow",
    )
    with here.engine.writing() as sql:
        sql.execute("DELETE FROM meta WHERE key LIKE 'brought %'")
    assert [*meet_all(here)][1].state == "synced"


def test_the_thread_that_meets_peers_goes_on_and_each_failure_is_one_line_of_the_log(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    lines(monkeypatch, here, joined(here, there, ""))
    ended = threading.Event()
    before, rounds = module.meet_all, 0

    def counted(of: Opened) -> Any:
        nonlocal rounds
        rounds += 1
        if rounds == 2:
            raise LookupError("no such day")
        if rounds == 4:
            ended.set()
        yield from before(of)

    monkeypatch.setattr(module, "meet_all", counted)
    monkeypatch.setattr(module, "EVERY", 0.0)
    with caplog.at_level(logging.INFO, "emergency.hub"):
        keep_meeting(here, ended)
    assert rounds == 4
    failed = [r for r in caplog.records if r.levelname == "ERROR"]
    told = [json.loads(_Lines().format(r)) for r in failed]
    assert all("\n" not in _Lines().format(r) for r in failed)
    assert [t.get("hub") for t in told] == ["AA", None]
    assert "a peer of tomorrow" in told[0]["why"] and "no such day" in told[1]["trace"]


def test_a_peer_is_named_whole_or_by_four_letters_of_its_feed(tmp_path: pathlib.Path) -> None:
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    joined(here, there, "")
    feed = there.identity.feed
    for name in ("", " ", feed[:3], "T", "http"):
        with pytest.raises(NoSuchRecord):
            remove(here, name)
    with here.engine.writing() as sql:
        sql.execute("INSERT INTO peer VALUES(?,'http://x',x'','TJ','','',0,'{}')", ("a" * 20,))
    with pytest.raises(InvalidValue, match="several peers"):
        remove(here, "TJ")
    assert remove(here, feed[:4]).feed == feed
    assert remove(here, "TJ").feed == "a" * 20


def test_what_another_hub_hands_over_fills_a_transaction_as_a_push_does(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    joined(here, there, "")
    with there.engine.reading() as sql:
        told = sql.execute("SELECT header, facts, signature FROM entry ORDER BY n").fetchall()
    handed = [Envelope(*row) for row in told]
    with here.engine.reading() as sql:
        ((peer, scope),) = peers(sql)
    monkeypatch.setattr(writing, "MOST_ENTRIES", len(handed))
    held, gate, waits = threading.Event(), threading.Event(), threading.Event()
    submit = here.writing.submit

    def hold(filing: Filing) -> int:
        held.set()
        gate.wait()
        return filing.before

    def submitted(*told: Any) -> Any:
        result = submit(*told)
        waits.set()
        return result

    here.writing.start()
    first = submit(hold)
    held.wait()
    monkeypatch.setattr(here.writing, "submit", submitted)
    taking = threading.Thread(target=HubSide(here, peer, scope).take, args=(handed,))
    taking.start()
    waits.wait()
    next_ = submit(lambda filing: filing.before)
    gate.set()
    taking.join()
    assert next_.result() == first.result() + len(handed) > 0
    here.writing.stop()
