"""A hub that is lost, and what a hub withholds: row 16 of the table of cases, and scope (row H5)."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from emergency.store import times
from tests.plugins.hubs import Local

from .apart import entries
from .conftest import Stage
from .meetings import ByHub, Post, Wire, World, synced

BIG, INCIDENT, TEAM = Stage.BIG, Stage.INCIDENT, Stage.DRAINERS


def hub_of(world: World) -> Local:
    assert isinstance(world.meeting, ByHub)
    return world.meeting.hub


@contextmanager
def lost(world: World, *also: str) -> Iterator[Local]:
    """The hub again, after its database was lost, and whatever else is named: `.key`."""
    hub = hub_of(world)
    hub.close()
    for end in ("", "-wal", "-shm", ".lock", *also):
        (world.carried / f"hub.db{end}").unlink(missing_ok=True)
    again = Local(world.carried, lambda: world.clock.now)
    Wire.reached[again.url] = again
    assert isinstance(world.meeting, ByHub)
    world.meeting.hub = again
    try:
        yield again
    finally:
        again.close()


def held(hub: Local) -> set[bytes]:
    """The headers of every entry that a hub has."""
    with hub.opened.engine.reading() as sql:
        return {bytes(header) for (header,) in sql.execute("SELECT header FROM entry").fetchall()}


def test_case_16_a_lost_hub_is_filled_again_by_its_stations(by_hub: World) -> None:
    world = by_hub
    bj = world.post("BJ")
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    world.meet(world.ft, bj)
    before = held(hub_of(world))
    with lost(world) as again:
        assert held(again) == set()
        bj.done("callup", "accept", order)
        assert synced(bj)["state"] == "synced"
        assert synced(world.ft)["state"] == "synced"
        assert held(again) >= before
        assert world.ft.state(f"{order}/1") == "accepted"
        listed = world.ft.done("hub", "stations", "--json", "--database", str(world.carried / "hub.db")).json
        assert [(s["station"], s["state"]) for s in listed] == [("BJ", "enrolled"), ("FT", "enrolled")]
        third = world.post("TJ", "120000", "天津市应急指挥中心")
        assert third.state(f"{order}/1") == "accepted"


def test_case_16_a_lost_hub_gives_no_code_away_before_it_has_its_own_back(by_hub: World) -> None:
    """Two beginnings of one hub would be a fork: whoever is new is told to wait for one who was enrolled."""
    world = by_hub
    synced(world.ft)
    with lost(world) as again:
        stranger = world.stranger("HD", "110108", "海淀区应急指挥中心")
        said = stranger.refused(1, "sync", "enrol", again.url, again.code("HD"))
        assert "let a station sync that was enrolled before" in said
        synced(world.ft)
        world.meeting.join(stranger)
        synced(stranger)
        assert stranger.ids("team", "list") == world.ft.ids("team", "list")


def test_case_16_with_its_key_lost_too_each_station_is_told_what_to_do(by_hub: World) -> None:
    world = by_hub
    bj = world.post("BJ")
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    world.meet(world.ft, bj)
    with lost(world, ".key") as again:
        done = world.ft("sync")
        assert done.code == 1
        assert f"another hub answers there: enrol anew with emergency sync enrol {again.url} CODE" in done.out
        (row,) = world.ft.done("sync", "status", "--json").json
        assert row["state"] == "refused" and "enrol anew" in row["why"]
        for post in (world.ft, bj):
            world.meeting.join(post)
        bj.done("callup", "accept", order)
        world.meet(world.ft, bj)
        assert world.ft.state(f"{order}/1") == "accepted"
        third = world.post("TJ", "120000", "天津市应急指挥中心")
        assert third.state(f"{order}/1") == "accepted"
        for post in (world.ft, bj):
            assert post.done("sync").code == 0


def test_case_16_without_a_hub_all_goes_on_by_stick(by_hub: World) -> None:
    world = by_hub
    bj = world.post("BJ")
    Wire.reached.clear()
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    assert world.ft("sync", "--require-sync").code == 75
    world.hand_on(world.ft, bj)
    bj.done("callup", "accept", order)
    world.hand_on(bj, world.ft)
    assert world.ft.state(f"{order}/1") == "accepted"
