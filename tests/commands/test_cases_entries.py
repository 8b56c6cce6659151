"""Entries that are not as they should be: rows 18, 19, 21 and 22 of the table of cases, by hub and by stick."""

from __future__ import annotations

import io
import json
import pathlib
import shutil
from typing import Any

from emergency.store import frames
from emergency.store.entries import Envelope, digest, pack
from emergency.store.keys import Signer
from tests.plugins.hubs import Caller, Written, pushing, said

from .apart import entries
from .conftest import Stage
from .meetings import ByHub, Post, World, synced

BIG, INCIDENT, TEAM = Stage.BIG, Stage.INCIDENT, Stage.DRAINERS


def carried(world: World, post: Post, *envelopes: Envelope) -> Any:
    """Bring entries made by hand to a station, by the way of this world; what it is told of them."""
    if isinstance(world.meeting, ByHub):
        hub = world.meeting.hub
        caller = Caller(hub, Signer.load(str(world.ft.store)))
        told = said(caller.post("/v1/push", pushing(*envelopes))[1])
        return {**synced(post), "at_hub": told}
    stick = world.carried / f"by-hand-{len(list(world.carried.iterdir()))}.bundle"
    stick.write_bytes(pushing(*envelopes))
    done = post("bundle", "import", str(stick), "--json")
    return {**done.json, "code": done.code}


# -- forged and edited ------------------------------------------------------------------------------


def test_case_18_a_forged_entry_is_kept_aside_and_the_rest_is_taken(world: World) -> None:
    """FT hands on what it is given: one entry forged, one edited, and sound ones before and behind."""
    bj = world.post("BJ")
    for name in ("甲", "乙", "丙"):
        world.clock.later(1)
        world.ft.done("team", "set", TEAM, f"commander={name}")
    *_before, one, two, three = [e for e in entries(world.ft.store) if feed_of(e) == own_feed(world.ft)]
    forged = two._replace(signature=bytes(64))
    edited = three._replace(facts=(three.facts or b"").replace("丙".encode(), "丁".encode()))
    told = carried(world, bj, one, forged, edited)
    if world.meeting.name == "hub":
        assert told["at_hub"]["aside"] == {"forged": 1, "facts-changed": 1}
        assert bj.aside() == {}
    else:
        assert (told["code"], told["new"], told["aside"]) == (5, 1, {"forged": 1, "facts-changed": 1})
        assert bj.aside() == {"forged": 1, "facts-changed": 1}
        assert bj("doctor").code == 1
    assert bj.show("team", TEAM)["commander"] == "甲"
    bj.done("journal", "verify")
    # The sound ones come all the same, and what was put aside stays in sight.
    world.meet(world.ft, bj)
    assert bj.show("team", TEAM)["commander"] == "丙"
    assert bj.show("team", TEAM) == world.ft.show("team", TEAM)


def feed_of(envelope: Envelope) -> str:
    return str(json.loads(envelope.header)["feed"])


def own_feed(post: Post) -> str:
    return Signer.load(str(post.store)).feed


def test_case_18_an_edited_stick_gives_up_its_whole_blocks(by_stick: World) -> None:
    """One byte in the middle is changed: that block is lost, told of, and asked for again; the others count."""
    world = by_stick
    post = world.stranger("FP", "110111", "房山前方指挥部")
    rows = [f"name=队{n},region=110106,note={'细' * 400}" for n in range(60)]
    for row in rows:
        world.ft.done("team", "add", *row.split(","))
    stick = world.carried / "edited.bundle"
    world.ft.done("bundle", "export", str(stick), "--open")
    raw = bytearray(stick.read_bytes())
    blocks = [b for b in frames.read(io.BytesIO(bytes(raw))) if b.kind == b"E"]
    assert len(blocks) > 2
    raw[blocks[1].offset + 40] ^= 1
    stick.write_bytes(bytes(raw))
    assert post("bundle", "show", str(stick)).code == 5
    done = post("bundle", "import", str(stick), "--json")
    assert done.code == 5
    assert done.json["damaged_bytes"] > 0 and done.json["trailer"] == "changed"
    assert done.json["new"] > 0 and done.json["waiting"] > 0
    assert "changed since it was written" in post("bundle", "import", str(stick)).err
    world.hand_on(world.ft, post)
    assert post.ids("team", "list") == world.ft.ids("team", "list")
    assert post.aside() == {}
    post.sound()


# -- copies -----------------------------------------------------------------------------------------


def copied(world: World, post: Post) -> Post:
    """A disk image of a station, key and all, on another machine."""
    folder = world.carried / "image"
    shutil.copytree(post.store.parent, folder, ignore=shutil.ignore_patterns("carried", "bj"))
    return Post(world.desk, folder / post.store.name, post.name, world.clock)


def test_case_19_a_copied_store_is_noticed_and_nothing_of_either_is_lost(world: World) -> None:
    bj = world.post("BJ")
    copy = copied(world, world.ft)
    before = own_feed(world.ft)
    world.ft.done("team", "set", TEAM, "commander=原机")
    copy.done("team", "set", TEAM, "radio=副本01")
    order = copy.issue("--incident", INCIDENT, "--equipment", BIG)
    told = [world.hand(world.ft, bj), world.hand(copy, bj)]
    assert told[0]["forked"] == [] and told[1]["forked"] == [before]
    world.meet(world.ft, copy, bj)
    for post in (world.ft, copy, bj):
        shown = post.show("team", TEAM)
        assert (shown["commander"], shown["radio"]) == ("原机", "副本01")
        assert (post.state(f"{order}/1"), post.conflicts()) == ("issued", [])
    # Each goes on under a key of its own, and gives numbers that the other does not.
    mine = world.ft.issue("--incident", INCIDENT, "--equipment", Stage.SMALL)
    theirs = copy.issue("--incident", INCIDENT, "--team", Stage.RESCUERS)
    assert len({own_feed(world.ft), own_feed(copy), before}) == 3
    assert mine != theirs
    world.meet(world.ft, copy, bj)
    for post in (world.ft, copy, bj):
        assert {f"{mine}/1", f"{theirs}/1", f"{order}/1"} <= set(post.ids("callup", "list"))
        assert post.aside() == {}
        post.sound()


def test_case_19_a_restored_backup_goes_on_as_a_feed_of_its_own(world: World) -> None:
    """What was written after the backup, and met others, comes back; the hub needs no new code."""
    bj = world.post("BJ")
    backup = world.carried / "ft.backup"
    world.ft.done("backup", str(backup))
    before = own_feed(world.ft)
    world.ft.done("team", "set", TEAM, "commander=备份之后")
    lost = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    world.meet(world.ft, bj)
    world.ft.done("restore", str(backup))
    assert world.ft.show("team", TEAM)["commander"] is None
    new = world.ft.issue("--incident", INCIDENT, "--equipment", Stage.SMALL)
    assert own_feed(world.ft) != before and new != lost
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.show("team", TEAM)["commander"] == "备份之后"
        assert {f"{lost}/1", f"{new}/1"} <= set(post.ids("callup", "list"))
        assert (post.conflicts(), post.aside()) == ([], {})
        post.sound()


def test_case_19_a_restored_backup_on_another_machine_is_told_to_enrol(world: World) -> None:
    """With no earlier key to vouch for it the hub does not know it; by stick it is heard of with its key."""
    bj = world.post("BJ")
    backup = world.carried / "ft.backup"
    world.ft.done("backup", str(backup))
    elsewhere = Post(world.desk, world.carried / "new" / "station.db", "FT", world.clock)
    elsewhere.done("restore", str(backup))
    new = elsewhere.issue("--incident", INCIDENT, "--equipment", BIG)
    if isinstance(world.meeting, ByHub):
        done = elsewhere("sync")
        assert done.code == 1
        assert "not enrolled there: emergency sync enrol http://hub.test CODE" in done.out
        elsewhere.done("sync", "enrol", world.meeting.hub.url, world.meeting.hub.code("FT"))
    told = world.hand(elsewhere, bj)
    if world.meeting.name == "stick":
        assert [s["station"] for s in told["new_stations"]] == ["FT"]
    world.meet(world.ft, elsewhere, bj)
    for post in (world.ft, elsewhere, bj):
        assert post.state(f"{new}/1") == "issued"


# -- from a newer program ---------------------------------------------------------------------------


def test_case_21_what_a_newer_program_wrote_is_kept_and_handed_on_byte_for_byte(world: World) -> None:
    bj = world.post("BJ")
    newer = Written(name="NW")
    made = [
        newer.first,
        newer.entry(
            [["new", "drone", "NW-1", {"name": "无人机"}], ["set", "team", TEAM, {"commander": "新"}]]
        ),
        newer.entry([["hover", "NW-1", 1]]),
        newer.entry([["new", "team", "NW-2", {"name": "新队", "altitude": 120}]]),
        newer.entry([["step", "FT-7/1", "teleport", {}]]),
        newer.entry([["set", "team", TEAM, {"radio": "不可见"}]], v=2),
    ]
    told = carried(world, world.ft, *made)
    if isinstance(world.meeting, ByHub):
        assert told["at_hub"]["waiting"] == [newer.signer.feed]
        admit(world, "NW")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert [e for e in entries(post.store) if feed_of(e) == newer.signer.feed] == made
        shown = post.show("team", TEAM)
        assert (shown["commander"], shown["radio"]) == ("新", "房山01")
        assert post.show("team", "NW-2")["name"] == "新队"
        checks = {c["check"]: c for c in post("doctor", "--json").json["checks"]}
        assert checks["newer"]["found"] == 5
        assert "5 entries of a newer program are kept and handed on: update this one" in post("doctor").out
        post.sound()
    if isinstance(world.meeting, ByHub):
        assert "update this one to see them" in bj.done("sync").out
        with world.meeting.hub.opened.engine.reading() as sql:
            kept = sql.execute("SELECT header, facts, signature FROM entry").fetchall()
        assert {Envelope(*map(bytes, row)) for row in kept if row[1] is not None} >= set(made)
    # A third station that is newer itself gets them from the older one as they were made.
    third = world.stranger("TJ", "120000", "天津市应急指挥中心")
    world.hand_on(bj, third)
    assert [e for e in entries(third.store) if feed_of(e) == newer.signer.feed] == made


def admit(world: World, station: str) -> None:
    """A person at the hub enrols who was brought by another."""
    assert isinstance(world.meeting, ByHub)
    world.ft.done("hub", "admit", station, "--database", str(world.carried / "hub.db"))


def test_case_21_an_entry_under_an_unknown_algorithm_waits_aside_and_is_told_of(world: World) -> None:
    bj = world.post("BJ")
    newer = Written(name="NW")
    odd = newer.entry([], alg="sm2-sm3")
    told = carried(world, bj, newer.first, odd)
    if world.meeting.name == "hub":
        assert told["at_hub"]["aside"] == {"newer": 1}
        return
    assert told["aside"] == {"newer": 1}
    assert "update this one" in bj("doctor").out


# -- one feed without the others --------------------------------------------------------------------


def test_case_22_one_feed_without_those_it_answers_shows_what_came_and_heals(world: World) -> None:
    bj = world.post("BJ")
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    world.hand(world.ft, bj)
    bj.done("callup", "accept", order)
    bj.done("team", "set", TEAM, "commander=丙")
    world.clock.later(1)
    # Only what BJ wrote, brought to one who has heard of nobody.
    alone = [e for e in entries(bj.store) if feed_of(e) == own_feed(bj)]
    post = world.stranger("FP", "110111", "房山前方指挥部")
    stick = world.carried / "alone.bundle"
    stick.write_bytes(pushing(*alone))
    done = post("bundle", "import", str(stick), "--json")
    assert (done.json["aside"], done.json["waiting"], done.json["new"]) == ({}, 0, len(alone))
    assert post.show("team", TEAM)["commander"] == "丙"
    assert post.show("callup", order)["known"] is False
    post.sound()
    world.meeting.join(post)
    world.meet(world.ft, bj, post)
    for station in (bj, post):
        assert station.show("team", TEAM)["name"] == "房山排水一队"
        assert station.state(f"{order}/1") == "accepted"
        assert station.show("equipment", BIG)["claimed_by"] == [f"{order}/1"]
    assert post.ids("team", "list") == bj.ids("team", "list")


def test_case_22_the_middle_of_a_feed_waits_and_nothing_waits_for_it(by_stick: World) -> None:
    """The first part is on another stick: what cannot be chained waits, what others wrote does not."""
    world = by_stick
    bj = world.post("BJ")
    world.ft.done("team", "set", TEAM, "commander=甲")
    first, second = pathlib.Path(world.carried / "1.part"), pathlib.Path(world.carried / "2.part")
    theirs = [e for e in entries(world.ft.store) if feed_of(e) == own_feed(world.ft)]
    bj.done("team", "add", "name=北京队", "region=110000")
    mine = [e for e in entries(bj.store) if feed_of(e) == own_feed(bj)]
    first.write_bytes(pushing(*theirs[:3]))
    second.write_bytes(pushing(*theirs[3:], *mine))
    post = world.stranger("FP", "110111", "房山前方指挥部")
    done = post("bundle", "import", str(second), "--json")
    assert done.json["waiting"] == len(theirs) - 3
    assert [row["name"] for row in post.done("team", "list", "--json").json] == ["北京队"]
    post("bundle", "import", str(first))
    assert post.show("team", TEAM)["commander"] == "甲"
    assert post.aside() == {}
    post.sound()


def test_the_hash_of_an_entry_is_that_of_its_header() -> None:
    """What `Written` makes is what the format says, so that the cases above rest on it."""
    made = Written()
    second = made.entry([])
    assert json.loads(second.header)["prev"] == digest(made.first.header).hex()
    assert pack(json.loads(second.header)) == second.header


def test_who_goes_by_the_same_name_has_his_numbers_to_himself(by_stick: World) -> None:
    """Two stations that took one name at places that could not see each other: once they met, no number twice."""
    world = by_stick
    other = world.stranger("FT", "110106", "另一个丰台")
    world.ft.add("team", "name=甲队")
    taken = {row["id"] for row in world.ft.done("team", "list", "--json").json}
    world.meet(world.ft, other)
    assert other.add("team", "name=乙队") not in taken
    names = next(c for c in other.done("doctor", "--json").json["checks"] if c["check"] == "name")
    assert len(names["found"]) == 1
