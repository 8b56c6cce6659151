"""Hubs exchange with hubs, by agreement: what crosses, and what does not (rows H1, H5)."""

from __future__ import annotations

import pathlib

import pytest

from emergency.plugins.hub import Opened, enrolling, opened
from emergency.plugins.hub.peers import HubSide, add, peers
from emergency.plugins.hub.service import Service
from emergency.store import journal, receivers, times
from emergency.store.errors import Refused
from emergency.store.store import Store
from emergency.store.syncing import meet as round_

from .test_personal import PHONE, Wire, enrolled, meet


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


def test_two_cities_hear_each_other_through_their_hubs(tmp_path: pathlib.Path) -> None:
    here, there = hub(tmp_path, "BJ"), hub(tmp_path, "TJ")
    wire = joined(here, there, "")
    one, its = enrolled(here, tmp_path, "FT", "duty")
    two, other = enrolled(there, tmp_path, "HP", "duty")
    write(one, "丰台", "110106")
    write(two, "和平", "120101")
    meet(one, its)
    meet(two, other)
    exchange(here, wire)
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
