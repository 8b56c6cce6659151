"""Roles and revocations carried by grants: the same on every station, in whatever order they came."""

from __future__ import annotations

import itertools
import pathlib
from typing import Any

import pytest

from emergency.store import anew, authority, cells
from emergency.store.authority import Authority
from emergency.store.creating import create
from emergency.store.errors import BeyondAuthority
from emergency.store.journal import Envelope

from .meanings import everything
from .replicas import Replica, empty_store

ORDER: list[list[Any]] = [
    ["new", "callup", "A-1", {"kind": "callup"}],
    ["new", "line", "A-1/1", {"order": "A-1", "equipment": "P"}],
    ["claim", "A-1/1", "equipment:P"],
    ["step", "A-1/1", "issue", {}],
]


def pinned(envelopes: list[Envelope], hub: Replica) -> Any:
    """A store enrolled at a hub, with these entries in this order."""
    from emergency.store import arrivals
    from emergency.store.fold import Fold

    connection = empty_store()
    connection.execute(
        "INSERT INTO hub(feed, url, key, name) VALUES(?, '', ?, 'HUB')", (hub.signer.feed, b"")
    )
    authority.learn(connection)
    for envelope in envelopes:
        arrivals.take(connection, Fold(connection), [envelope], 10**6)
    return connection


def inert(connection: Any) -> set[str]:
    return {why for (why,) in connection.execute("SELECT why FROM inert")}


def entries(*replicas: Replica) -> list[list[Envelope]]:
    return [r.has(r.signer.feed) for r in replicas]


def in_every_order(hub: Replica, feeds: list[list[Envelope]]) -> Any:
    """The store that these feeds make, the same whichever comes first."""
    stores = [pinned([e for feed in order for e in feed], hub) for order in itertools.permutations(feeds)]
    want = everything(stores[0])
    for store in stores:
        assert everything(store) == want
        anew.fold_anew(store)
        assert everything(store) == want
    return stores[0]


@pytest.mark.parametrize(("role", "state"), [("duty", "issued"), ("commission", "issued"), ("team", "draft")])
def test_only_who_may_order_gives_orders(role: str, state: str) -> None:
    hub, station = Replica("HUB"), Replica("A")
    hub.write(1, [["new", "grant", station.signer.feed, {"station": "A", "role": role}]])
    station.write(2, ORDER)
    store = in_every_order(hub, entries(hub, station))
    found = store.execute("SELECT state FROM line").fetchall()
    assert found == ([(state,)] if state == "issued" else [])
    assert ("beyond-authority" in inert(store)) == (role == "team")


def test_a_team_answers_and_tells_what_was_done() -> None:
    hub, desk, team = Replica("HUB"), Replica("A"), Replica("T")
    hub.write(1, [["new", "grant", team.signer.feed, {"station": "T", "role": "team"}]])
    desk.write(2, ORDER)
    team.take(desk.has(desk.signer.feed))
    team.write(3, [["step", "A-1/1", "accept", {}], ["step", "A-1/1", "depart", {}]])
    store = in_every_order(hub, entries(hub, desk, team))
    assert store.execute("SELECT state FROM line").fetchall() == [("en_route",)]


def test_what_a_revoked_station_wrote_later_counts_no_more() -> None:
    hub, station = Replica("HUB"), Replica("A")
    station.write(1, [["new", "team", "T", {"name": "good"}]])
    station.write(2, [["set", "team", "T", {"name": "stolen"}]])
    station.write(3, ORDER)
    hub.write(4, [["new", "grant", station.signer.feed, {"station": "A", "role": "duty"}]])
    hub.write(5, [["set", "grant", station.signer.feed, {"last": 2, "why": "stolen"}]])
    store = in_every_order(hub, entries(hub, station))
    assert store.execute("SELECT name FROM team").fetchall() == [("good",)]
    assert store.execute("SELECT count(*) FROM line").fetchone() == (0,)
    assert store.execute("SELECT count(*) FROM entry WHERE feed IN (SELECT n FROM feed WHERE id=?)",
                         (station.signer.feed,)).fetchone() == (4,)  # fmt: skip
    assert inert(store) == {"revoked"}


def test_nobody_but_a_hub_grants_or_revokes() -> None:
    hub, rogue, victim = Replica("HUB"), Replica("R"), Replica("V")
    victim.write(1, [["new", "team", "T", {"name": "good"}]])
    rogue.write(2, [["new", "grant", victim.signer.feed, {"station": "V", "role": "team", "last": 1}]])
    rogue.write(3, [["new", "grant", rogue.signer.feed, {"station": "R", "role": "hub"}]])
    store = in_every_order(hub, entries(hub, rogue, victim))
    assert store.execute("SELECT name FROM team").fetchall() == [("good",)]
    assert store.execute("SELECT count(*) FROM 'grant'").fetchone() == (0,)
    assert inert(store) == {"not-a-hub"}


def test_a_hub_that_a_hub_vouches_for_grants_too() -> None:
    hub, other, station = Replica("HUB"), Replica("TJ"), Replica("A")
    hub.write(1, [["new", "grant", other.signer.feed, {"station": "TJ", "role": "hub"}]])
    other.write(2, [["new", "grant", station.signer.feed, {"station": "A", "role": "team"}]])
    station.write(3, ORDER)
    store = in_every_order(hub, entries(hub, other, station))
    assert store.execute("SELECT role FROM 'grant' WHERE station='A'").fetchall() == [("team",)]
    assert inert(store) == {"beyond-authority"}


def test_without_a_hub_nobody_is_bound() -> None:
    rogue, station = Replica("R"), Replica("A")
    rogue.write(1, [["new", "grant", station.signer.feed, {"station": "A", "role": "team", "last": 0}]])
    station.write(2, ORDER)
    store = pinned([], Replica("X"))
    store.execute("DELETE FROM hub")
    authority.learn(store)
    from emergency.store import arrivals
    from emergency.store.fold import Fold

    arrivals.take(store, Fold(store), [e for f in entries(rogue, station) for e in f], 10**6)
    assert store.execute("SELECT state FROM line").fetchall() == [("issued",)]


def test_a_station_does_not_say_itself_what_it_may_do(tmp_path: pathlib.Path) -> None:
    with create(str(tmp_path / "a.db"), station="A", region="110106", name="甲", who="王") as store:
        feed = str(store.connection.execute("SELECT id FROM feed WHERE own").fetchone()[0])
        before = everything(store.connection)
        with pytest.raises(BeyondAuthority, match="for its hub to say"), store.write("grant set") as writer:
            writer.set("grant", feed, {"role": "commission"})
        assert everything(store.connection) == before


def test_what_two_hubs_say_of_a_station_is_no_conflict() -> None:
    one, other, station = Replica("HUB"), Replica("TJ"), Replica("A")
    one.write(1, [["new", "grant", other.signer.feed, {"station": "TJ", "role": "hub"}]])
    one.write(2, [["new", "grant", station.signer.feed, {"station": "A", "role": "duty", "since": 2}]])
    other.write(3, [["new", "grant", station.signer.feed, {"station": "A", "role": "team", "since": 3}]])
    store = in_every_order(one, entries(one, other))
    assert cells.edited_apart(store) == []
    assert Authority(store).of(station.signer.feed).may_order


DRAFT = ORDER[:3]
TOLD: list[list[Any]] = [
    ["told", "callup", "A-1", {"kind": "callup"}],
    ["told", "line", "A-1/1", {"order": "A-1", "equipment": "P"}],
    ["step", "A-1/1", "deliver", {"told": 1}],
    ["step", "A-1/1", "accept", {}],
]


@pytest.mark.parametrize(
    ("desk", "role", "state"),
    [
        (ORDER, "team", "accepted"),
        ([], "team", "accepted"),
        # Nobody's draft is an order by somebody else's word, and a guest's word is none.
        (DRAFT, "team", "draft"),
        (ORDER, "guest", "accepted"),
        (DRAFT, "guest", "draft"),
    ],
)
def test_what_a_team_tells_of_an_order_is_one_thing_in_any_order(
    desk: list[list[Any]], role: str, state: str
) -> None:
    hub, ours, team = Replica("HUB"), Replica("A"), Replica("T")
    hub.write(1, [["new", "grant", team.signer.feed, {"station": "T", "role": role}]])
    if desk:
        ours.write(2, desk)
    team.write(3, TOLD[:3])
    team.write(4, TOLD[3:])
    feeds = [hub, ours, team] if desk else [hub, team]
    store = in_every_order(hub, entries(*feeds))
    assert store.execute("SELECT state FROM line").fetchall() == [(state,)]
    assert ("beyond-authority" in inert(store)) == (role == "guest")
