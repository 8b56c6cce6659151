"""A disk with no room, at a station or at a hub: a clear word, nothing acknowledged lost, and it goes on when there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emergency.plugins.hub.enrolling import new_code
from emergency.store.errors import NoHub, NoRoom
from emergency.store.hubs import enrol
from emergency.store.writer import Writer

from . import audit, sticks, workload
from .stage import meet, settled
from .world import Plainly, World


@pytest.fixture
def world() -> Iterator[World]:
    """Two stations that know each other, and a hub."""
    with settled("full", 2) as world:
        yield world


def test_a_station_says_that_its_disk_is_full_and_goes_on_when_it_is_not(world: World) -> None:
    here = world.stations[0]
    before = here.hashes()
    world.machine.full.add(here.path)
    workload.bulk(world, here, "bytes")
    assert world.counts["team import: no-room"] == 1
    assert here.hashes() == before
    audit.check_station(world, here)
    world.machine.full.clear()
    workload.bulk(world, here, "facts")
    assert here.hashes() > before


def test_a_station_that_cannot_take_in_what_comes_says_so_and_has_given_its_own(world: World) -> None:
    here, other = world.stations
    hub = world.hubs[0]
    workload.bulk(world, other, "block")
    assert meet(other, hub).state == "synced"
    assert workload.perform(world, here, "team add", lambda _w, _s, writer: note(writer))
    mine = here.hashes()
    world.machine.full.add(here.path)
    with pytest.raises(NoRoom, match="full"):
        meet(here, hub)
    assert here.hashes() == mine
    assert mine <= hub.hashes()
    world.machine.full.clear()
    assert meet(here, hub).state == "synced"
    assert here.hashes() == hub.hashes() >= other.hashes()


def test_a_hub_says_that_its_disk_is_full_and_keeps_what_it_acknowledged(world: World) -> None:
    here, other = world.stations
    hub = world.hubs[0]
    kept = hub.hashes()
    world.machine.full.add(hub.path)
    workload.bulk(world, here, "block")
    outcome = meet(here, hub)
    assert (outcome.state, outcome.sent) == ("offline", 0)
    assert "full" in outcome.why
    assert kept == hub.hashes()
    # What it has is still given out.
    assert meet(other, hub).state == "synced"
    world.machine.full.clear()
    assert meet(here, hub).state == "synced"
    assert meet(other, hub).state == "synced"
    assert here.hashes() == hub.hashes() == other.hashes()
    audit.check_hub(hub, world)


def test_a_hub_that_has_no_room_for_another_station_says_so_and_takes_it_later(world: World) -> None:
    here, hub = world.stations[0], world.hubs[0]
    with hub.service.engine.writing() as sql:
        codes = [new_code(sql, here.name, "duty", "", hub.now())[0] for _n in range(100)]
    world.machine.full.add(hub.path)
    with here.acting() as store:
        with pytest.raises(NoHub, match="full"):
            while enrol(store, Plainly(hub), "http://BJ", codes[-1]):
                codes.pop()
        world.machine.full.clear()
        assert enrol(store, Plainly(hub), "http://BJ", codes[-1]).feed == hub.feed


def test_a_stick_that_does_not_fit_is_taken_in_when_there_is_room(world: World) -> None:
    here, other = world.stations
    workload.bulk(world, other, "block")
    stick = sticks.whole(other)
    before = here.hashes()
    world.machine.full.add(here.path)
    assert sticks.hand_in(world, here, stick) is None
    assert here.hashes() == before
    world.machine.full.clear()
    assert sticks.hand_in(world, here, stick) is not None
    assert here.hashes() >= other.hashes()


def note(writer: Writer) -> None:
    """A small record."""
    writer.new("team", {"name": "小队"})
