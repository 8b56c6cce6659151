"""What the simulation found in the program, each by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from emergency.plugins.hub import enrolling
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.service import MOST_INFLATED
from emergency.store import backing, chains, keys, pages, times
from emergency.store.entries import Envelope
from emergency.store.errors import InvalidValue

from . import audit, faults, network, sticks, workload
from .stage import all_meet, meet, settled
from .traps import copied
from .world import HubHost, Station, World


@pytest.fixture
def world() -> Iterator[World]:
    """Three stations that know each other, and a hub."""
    with settled("found", 3) as world:
        yield world


def add(world: World, station: Station, name: str) -> str:
    """Register a team; returns its number."""
    given: list[str] = []
    assert workload.perform(
        world, station, "team add", lambda _w, _s, writer: given.append(writer.new("team", {"name": name}))
    )
    return given[0]


def test_a_disk_image_run_again_gives_no_number_twice(world: World) -> None:
    here, other = world.stations[:2]
    image = world.fresh("image")
    here.close()
    copied(here.path, image)
    first = add(world, here, "甲")
    sticks.hand_in(world, other, sticks.whole(here))
    here.close()
    copied(image, here.path)
    sticks.hand_in(world, here, sticks.whole(other))
    assert add(world, here, "乙") != first


def test_a_station_of_one_district_hears_the_stations_of_others(world: World) -> None:
    here, other = world.stations[1:]
    world.enrol(other, world.hubs[0], "110105")
    region = {"name": "排水队", "region": "110108"}
    workload.perform(
        world, here, "team add", lambda _w, _s, writer: (writer.new("team", region, "N-1"), None)[1]
    )
    add(world, here, "各区都看")
    world.copy_of(here)
    assert meet(here, world.hubs[0]).state == "synced"
    outcome = meet(other, world.hubs[0])
    assert (outcome.state, outcome.aside) == ("synced", {})
    assert other.store.row("team", "N-1") is None
    assert other.hashes() == world.hubs[0].hashes()


def test_a_reason_fits_beside_the_facts_of_its_entry(world: World) -> None:
    here = world.stations[0]
    with pytest.raises(InvalidValue), here.acting() as store, store.write("team add", why="汛" * 5000):
        raise AssertionError("not reached")


def test_a_push_is_bounded_by_what_it_inflates_to() -> None:
    alike = [Envelope(b"{}", b"x" * 250_000, bytes(64)) for _ in range(200)]
    bodies = list(pages.bodies(alike))
    assert sum(entries for _body, entries in bodies) == 200
    for body, entries in bodies:
        assert len(body) <= pages.PUSH
        assert entries * 250_000 < MOST_INFLATED / 2


def restored(world: World, station: Station) -> None:
    """A backup takes the place of a store, with its key beside it."""
    path = world.fresh("backup")
    with station.acting() as store:
        backing.backup(store, path)
    station.close()
    times.pin(station.now())
    backing.restore(path, station.path)
    times.pin(None)


def test_a_restored_station_that_has_written_nothing_is_known_at_its_hub(world: World) -> None:
    here = world.stations[0]
    restored(world, here)
    assert meet(here, world.hubs[0]).state == "synced"


def test_a_station_restored_twice_is_known_at_its_hub(world: World) -> None:
    here = world.stations[0]
    for _ in range(2):
        restored(world, here)
        add(world, here, "后写")
    assert meet(here, world.hubs[0]).state == "synced"


def test_a_station_restored_before_its_new_key_wrote_anything_is_known_at_its_hub(world: World) -> None:
    here = world.stations[0]
    path = world.fresh("backup")
    with here.acting() as store:
        backing.backup(store, path)
    here.close()
    for name in os.listdir(here.folder):
        os.remove(os.path.join(here.folder, name))
    backing.restore(path, here.path)
    world.enrol(here, world.hubs[0])
    restored(world, here)
    assert meet(here, world.hubs[0]).state == "synced"


def test_a_rebuilt_hub_knows_a_restored_station_by_its_earlier_key(world: World) -> None:
    here, hub = world.stations[0], world.hubs[0]
    restored(world, here)
    faults.restore_hub(world)
    assert hub.rebuilt and not hub.hashes()
    assert meet(here, hub).state == "synced"
    assert meet(here, hub).sent == 0
    assert hub.hashes() == here.hashes()


def twins(world: World, station: Station) -> Station:
    """A copy of a station, key and all; both may go on."""
    faults.mark_forked(world, station)
    return world.copy_of(station)


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_restored_station_whose_copy_it_met_is_known_at_its_hub(world: World, goes_on: bool) -> None:
    here = world.stations[0]
    restored(world, here)
    copy = twins(world, here)
    add(world, here, "甲")
    add(world, copy, "乙")
    sticks.hand_in(world, here, sticks.whole(copy))
    if goes_on:
        add(world, here, "丙")
    assert meet(here, world.hubs[0]).state == "synced"
    assert meet(copy, world.hubs[0]).state == "synced"
    assert world.hubs[0].hashes() == copy.hashes() == here.hashes()


def test_branches_come_with_what_they_grow_from(world: World) -> None:
    here, hub = world.stations[0], world.hubs[0]
    first = twins(world, here)
    add(world, first, "甲")
    second = twins(world, first)
    for station, name in ((first, "乙"), (second, "丙"), (here, "丁"), (here, "戊")):
        add(world, station, name)
    sticks.hand_in(world, first, sticks.whole(second))
    assert meet(here, hub).state == "synced"
    outcome = meet(first, hub)
    assert (outcome.state, outcome.refused) == ("synced", {})
    assert hub.hashes() == first.hashes()


def test_branches_do_not_come_without_what_they_grow_from(world: World) -> None:
    here, other, of_district, hub = *world.stations, world.hubs[0]
    world.enrol(of_district, hub, "110105")
    region = {"name": "排水队", "region": "110108"}
    workload.perform(
        world, here, "team add", lambda _w, _s, writer: (writer.new("team", region, "N-1"), None)[1]
    )
    copy = twins(world, here)
    for station in (here, copy):
        add(world, station, station.place)
        assert meet(station, hub).state == "synced"
    assert meet(of_district, hub).state == "synced"
    faults.restore_hub(world)
    assert hub.rebuilt
    outcome = meet(of_district, hub)
    assert (outcome.state, outcome.refused) == ("synced", {})
    assert meet(other, hub).state == meet(here, hub).state == "synced"
    assert hub.hashes() == here.hashes()


@pytest.mark.parametrize("known", [1, 2])
def test_what_another_brought_and_nobody_has_admitted_is_brought_once(world: World, known: int) -> None:
    """The second to bring a feed that waits at the hub is asked for none of it again, and told no more of it."""
    here, other, hub = *world.stations[:2], world.hubs[0]
    guest = Station(world, "TZ", "TZ", 0)
    world.stencils.station("TZ", guest.path)
    add(world, guest, "客队")
    theirs = sticks.whole(guest)
    sticks.hand_in(world, here, theirs)
    sticks.hand_in(world, other, theirs[:known])
    assert meet(here, hub).waiting
    # The first of these finds out that one hash over all heads will not be alike, and does not ask for it again.
    for calls in (3, 2, 2):
        met = network.meet(world, other, hub, bad=False)
        assert met is not None
        outcome, line = met
        assert (outcome.state, line.calls, outcome.sent, outcome.received) == ("synced", calls, 0, 0)


def test_what_a_hub_refuses_of_a_revoked_station_is_brought_once(world: World) -> None:
    here, lost, hub = *world.stations[:2], world.hubs[0]
    add(world, lost, "甲")
    sticks.hand_in(world, here, sticks.whole(lost))
    feed = keys.Signer.load(lost.path).feed
    hub.service.writing.submit(lambda filing: enrolling.revoke(filing, feed, "被盗", "李雁", None)).result()
    world.revoked.add(lost.name)
    assert meet(here, hub).refused == {"revoked": 1}
    met = network.meet(world, here, hub, bad=False)
    assert met is not None
    assert (met[0].refused, met[1].calls) == ({}, 2)
    # Admitted after all, it is asked for.
    world.enrol(lost, hub, again=True)
    assert meet(here, hub).sent == 1


def test_who_knows_where_a_feed_parts_is_not_given_again_what_the_hub_knows_of_it(world: World) -> None:
    """The hub, which refuses the other branch, holds for one feed what the station knows to be two branches."""
    here, lost, hub = *world.stations[:2], world.hubs[0]
    copy = twins(world, lost)
    for station, name in ((lost, "甲"), (lost, "乙"), (copy, "丙")):
        add(world, station, name)
    assert meet(lost, hub).state == "synced"
    feed = keys.Signer.load(lost.path).feed
    hub.service.writing.submit(lambda filing: enrolling.revoke(filing, feed, "被盗", "李雁", 1)).result()
    world.revoked.add(lost.name)
    add(world, lost, "丁")
    for station in (lost, copy):
        sticks.hand_in(world, here, sticks.whole(station))
    assert meet(here, hub).refused == {"revoked": 4}
    for _again in range(3):
        met = network.meet(world, here, hub, bad=False)
        assert met is not None
        outcome, line = met
        assert (outcome.state, line.calls, outcome.sent, outcome.received) == ("synced", 2, 0, 0)


def test_a_copy_that_is_brought_what_the_other_wrote_has_not_seen_what_that_one_saw(world: World) -> None:
    here, other = world.stations[:2]
    copy = twins(world, here)
    number = add(world, other, "甲")
    sticks.hand_in(world, here, sticks.whole(other))
    add(world, here, "乙")
    sticks.hand_in(world, copy, [e for e in sticks.whole(here) if e not in sticks.whole(other)])
    assert copy.store.row("team", number) is None
    # The ledger holds what an entry says that its writer had seen against what lies there.
    add(world, copy, "丙")
    for station in (here, copy):
        audit.check_station(world, station)


def test_a_hub_whose_feed_has_parted_goes_on_at_its_end(world: World) -> None:
    hub = world.hubs[0]
    copy = world.fresh("hub")
    hub.close()
    copied(hub.path, copy)
    grant(hub, "TZ")
    assert meet(world.stations[0], hub).state == "synced"
    hub.close()
    copied(copy, hub.path)
    hub.rebuilt += 1
    world.ledger.forked.add(hub.feed)
    grant(hub, "DX")
    all_meet(world)
    grant(hub, "MT")
    all_meet(world)
    for station in world.stations:
        assert station.hashes() == hub.hashes()
        rows = {(f.id, f.seq) for f in chains.feeds(station.store.connection).values()}
        with hub.service.engine.reading() as sql:
            assert rows == {(f.id, f.seq) for f in chains.feeds(sql).values()}
    audit.check_hub(hub, world)


def grant(hub: HubHost, name: str) -> None:
    """The hub writes an entry of its own."""

    def job(filing: Filing) -> None:
        filing.write([["new", "grant", name, {"station": name}]], kind="hub enrol", who=name)

    hub.service.writing.submit(job).result()
