"""A hub that is lost, and what a hub withholds: row 16 of the table of cases, and scope (row H5)."""

from __future__ import annotations

import io
import pathlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from emergency.store import frames
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


LOST = "HUB no longer has all that it had: what it lacks was handed over anew from here"


def test_case_16_each_station_is_told_once_that_the_hub_had_lost_what_it_had(by_hub: World) -> None:
    world = by_hub
    bj = world.post("BJ")
    world.ft.add("team", "name=甲队", "region=110106")
    world.meet(world.ft, bj)
    # The hub has it, and no other station.
    bj.done("team", "set", TEAM, "commander=丙")
    assert (told := synced(bj))["sent"] == 1 and not told["lost"]
    with lost(world):
        assert LOST in world.ft.done("sync").out.splitlines()
        # The hub's own entries are back, and of this station's what the other had: the last one is missing.
        assert (told := synced(bj))["sent"] == 1 and told["lost"]
        for post in (world.ft, bj):
            assert "no longer has" not in post.done("sync").out
            assert not synced(post)["lost"]
    # One for whom others have brought everything back has nothing to hand over, and is told of nothing.
    with lost(world):
        assert "已不再保有" in world.ft.done("--lang", "zh", "sync").out
        assert not synced(bj)["lost"]


def test_case_16_an_old_copy_of_the_hub_is_told_of_where_it_ends_before_what_it_had(
    by_hub: World, tmp_path: pathlib.Path
) -> None:
    world = by_hub
    world.ft.add("team", "name=甲队", "region=110106")
    synced(world.ft)
    copy = tmp_path / "hub.copy"
    world.ft.done("hub", "backup", str(copy), "--database", str(world.carried / "hub.db"))
    # What the hub never had it did not lose.
    world.ft.add("team", "name=乙队", "region=110106")
    assert (told := synced(world.ft))["sent"] == 1 and not told["lost"]
    world.ft.add("team", "name=丙队", "region=110106")
    hub_of(world).close()
    for end in ("-wal", "-shm"):
        (world.carried / f"hub.db{end}").unlink(missing_ok=True)
    shutil.copy(copy, world.carried / "hub.db")
    again = Local(world.carried, lambda: world.clock.now)
    Wire.reached[again.url] = again
    assert isinstance(world.meeting, ByHub)
    world.meeting.hub = again
    assert (told := synced(world.ft))["sent"] == 2 and told["lost"]
    assert not synced(world.ft)["lost"]


def test_case_16_a_feed_that_parts_at_the_hub_was_not_lost(by_hub: World) -> None:
    world = by_hub
    synced(world.ft)
    twin = world.stranger("HD", "110108", "海淀区应急指挥中心")
    for end in ("", "-wal", "-shm", ".key"):
        pathlib.Path(f"{twin.store}{end}").unlink(missing_ok=True)
        if pathlib.Path(f"{world.ft.store}{end}").exists():
            shutil.copy(f"{world.ft.store}{end}", f"{twin.store}{end}")
    for post, name in ((world.ft, "甲队"), (twin, "乙队")):
        for n in range(2):
            post.add("team", f"name={name}{n}", "region=110106")
    told = [synced(post) for post in (world.ft, twin, world.ft, twin, world.ft)]
    assert any(one["forked"] for one in told)
    assert not any(one["lost"] for one in told)


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


# -- scope ------------------------------------------------------------------------------------------


def scoped(world: World, name: str, region: str) -> Post:
    """A station that the hub gives its own area, as the hub's administrator types it."""
    post = world.stranger(name, region, f"{name}前方指挥部")
    code = world.ft.done(
        "hub",
        "enrol-code",
        "--station",
        name,
        "--region",
        region,
        "--database",
        str(world.carried / "hub.db"),
        "--json",
    ).json["code"]
    post.done("sync", "enrol", hub_of(world).url, code)
    return post


def told_bytes() -> bytes:
    """All that came over the wire, inflated."""
    out = []
    for answer in Wire.answers:
        out.append(answer)
        out += [
            frames.inflate(b.payload)
            for b in frames.read(io.BytesIO(answer), strict=False)
            if b.kind in (b"E", b"J")
        ]
    return b"".join(out)


def test_a_station_of_a_region_gets_the_facts_of_its_area_alone(by_hub: World) -> None:
    world = by_hub
    world.ft.add("team", "name=房山机密队", "region=110111", "commander=赵某")
    world.ft.add("team", "name=丰台前哨队", "region=110106")
    bj = world.post("BJ")
    bj.done("incident", "open", "全市汛情", "--scenario", "flood", "--level", "I", "--region", "110000")
    bj.add("team", "name=门头沟隐秘队", "region=110109")
    synced(bj)
    post = scoped(world, "FP", "110106")
    Wire.answers.clear()
    synced(post)
    names = {row["name"] for row in post.done("team", "list", "--json").json}
    assert names == {"丰台救援二队", "丰台前哨队"}
    assert "全市汛情" in {row["title"] for row in post.done("incident", "list", "--json").json}
    crossed = told_bytes()
    assert "丰台前哨队".encode() in crossed
    for secret in ("房山机密队", "赵某", "门头沟隐秘队", "房山排水一队", "13800000001"):
        assert secret.encode() not in crossed
    # The chain is whole all the same: every header came, those out of scope without their facts.
    mine, theirs = entries(post.store), entries(bj.store)
    assert {e.header for e in mine} >= {e.header for e in theirs}
    assert any(e.facts is None for e in mine)
    post.sound()
    assert synced(post)["received"] == 0


def with_withheld(world: World) -> tuple[Post, Post, str]:
    """(the post of a region, BJ, the post's team): BJ has from the post's stick a chain without all facts."""
    world.ft.add("team", "name=房山机密队", "region=110111")
    post = scoped(world, "FP", "110106")
    world.meet(world.ft, post)
    mine = post.add("team", "name=前哨二队", "region=110106")
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    world.hand_on(post, bj)
    return post, bj, mine


def test_what_a_station_of_a_region_hands_on_is_shown_and_heals_by_a_whole_stick(by_hub: World) -> None:
    post, bj, mine = with_withheld(by_hub)
    assert bj.show("team", mine)["name"] == "前哨二队"
    assert "房山机密队" not in {row["name"] for row in bj.done("team", "list", "--json").json}
    by_hub.meet(post, by_hub.ft)
    by_hub.hand_on(by_hub.ft, bj)
    assert bj.ids("team", "list") == by_hub.ft.ids("team", "list")
    assert "房山机密队" in {row["name"] for row in bj.done("team", "list", "--json").json}
    for station in (post, by_hub.ft, bj):
        station.sound()


def test_what_was_withheld_on_a_stick_comes_from_the_hub(by_hub: World) -> None:
    post, bj, _mine = with_withheld(by_hub)
    by_hub.meeting.join(bj)
    by_hub.meet(post, by_hub.ft, bj)
    assert bj.ids("team", "list") == by_hub.ft.ids("team", "list")


def test_a_bundle_of_a_region_holds_its_facts_alone(by_stick: World) -> None:
    world = by_stick
    world.ft.add("team", "name=房山机密队", "region=110111")
    post = world.stranger("FP", "110106", "丰台前方指挥部")
    stick = world.carried / "region.bundle"
    world.ft.done("bundle", "export", str(stick), "--open", "--region", "110106")
    inflated = b"".join(
        frames.inflate(b.payload) for b in frames.read(io.BytesIO(stick.read_bytes())) if b.kind == b"E"
    )
    assert "房山机密队".encode() not in inflated and "丰台救援二队".encode() in inflated
    post.done("bundle", "import", str(stick))
    assert [row["name"] for row in post.done("team", "list", "--json").json] == ["丰台救援二队"]
    post.sound()
    world.hand_on(world.ft, post)
    assert post.ids("team", "list") == world.ft.ids("team", "list")
    post.sound()
