"""Things and people on two registers: rows 12, 14 and 17 of the table of cases, by hub and by stick."""

from __future__ import annotations

from typing import Any

from .conftest import Stage
from .meetings import Post, World

INCIDENT = Stage.INCIDENT
PLATE = "京A77777"
PERSON = "110106199001011234"


def twice(world: World) -> tuple[Post, str, str]:
    """(BJ, its tag, FT's tag) of one vehicle that both registered, apart."""
    bj = world.post("BJ")
    kind = ("kind=pump-truck", f"plate={PLATE}", "drainage=3000m3/h")
    mine = world.ft.add("equipment", "name=大流量泵车", f"team={Stage.DRAINERS}", *kind)
    team = bj.add("team", "name=市排水集团抢险队", "region=110000")
    return bj, bj.add("equipment", "name=泵车七号", f"team={team}", *kind), mine


def of_the_plate(post: Post) -> list[Any]:
    return [row for row in post.done("equipment", "list", "--json").json if row["plate"] == PLATE]


def test_case_12_one_vehicle_on_two_registers_is_counted_once_under_both_tags(world: World) -> None:
    bj, theirs, mine = twice(world)
    world.meet(world.ft, bj)
    id_ = f"equipment:{theirs}={mine}"
    for post in (world.ft, bj):
        (row,) = post.done("conflict", "list", "--json").json
        assert (row["id"], row["kind"], row["sides"]) == (id_, "registered twice", [theirs, mine])
    bj.done("conflict", "resolve", id_, "--keep", mine, "--why", "同一台车")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.conflicts() == []
        assert [row["id"] for row in of_the_plate(post)] == [mine]
        assert post.show("equipment", theirs)["same_as"] == mine
    order = world.ft.issue("--incident", INCIDENT, "--equipment", theirs)
    assert [line["equipment"] for line in world.ft.show("callup", order)["lines"]] == [mine]
    said = bj("callup", "issue", "--incident", INCIDENT, "--equipment", mine, "--kind", "callup")
    assert said.code == 0  # Not met since: it cannot know.
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.conflicts() == [f"equipment:{mine}"]


def test_case_12_merged_apart_in_opposite_directions_is_still_one_thing(world: World) -> None:
    bj, theirs, mine = twice(world)
    world.meet(world.ft, bj)
    world.ft.done("equipment", "merge", mine, theirs)
    bj.done("equipment", "merge", theirs, mine)
    world.meet(world.ft, bj)
    assert of_the_plate(world.ft) == of_the_plate(bj)
    assert [row["id"] for row in of_the_plate(bj)] == [min(mine, theirs)]
    order = world.ft.issue("--incident", INCIDENT, "--equipment", mine)
    world.meet(world.ft, bj)
    for tag in (mine, theirs):
        assert order in bj.refused(4, "callup", "issue", "--incident", INCIDENT, "--equipment", tag)


def test_case_14_what_is_under_agreement_is_not_requisitioned(world: World) -> None:
    team = world.ft.add("team", "name=民建土方公司", "region=110106", "agreement=丰应急协〔2026〕3号",
                        "agreement_until=2026-12-31")  # fmt: skip
    digger = world.ft.add("equipment", "name=挖掘机", "kind=excavator", f"team={team}")
    bj = world.post("BJ")
    taking = ("callup", "issue", "--incident", INCIDENT, "--equipment", digger, "--kind", "requisition",
              "--basis", "EREL-12")  # fmt: skip
    for post in (world.ft, bj):
        assert "丰应急协〔2026〕3号" in post.refused(1, *taking)
    order = bj.done(*taking, "--override", "协议方拒绝履约", "--json").json["id"]
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        shown = post.show("callup", order)
        assert (shown["kind"], shown["override"], shown["basis"]) == (
            "requisition", "协议方拒绝履约", "EREL-12")  # fmt: skip


def test_case_14_agreement_and_requisition_made_apart_are_for_a_person(world: World) -> None:
    """Called up by agreement here, requisitioned there: both stand, and one basis alone is kept."""
    team = world.ft.add("team", "name=民建土方公司", "region=110106")
    digger = world.ft.add("equipment", "name=挖掘机", "kind=excavator", f"team={team}")
    bj = world.post("BJ")
    world.ft.done("team", "set", team, "agreement=丰应急协〔2026〕3号", "agreement_until=2026-12-31")
    mine = world.ft.issue("--incident", INCIDENT, "--equipment", digger)
    bj.issue("--incident", INCIDENT, "--equipment", digger, "--kind", "requisition", "--basis", "EREL-12")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.conflicts() == [f"equipment:{digger}"]
    bj.done("conflict", "resolve", digger, "--keep", mine, "--why", "协议优先")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert (post.conflicts(), post.show("equipment", digger)["claimed_by"]) == ([], [f"{mine}/1"])


def test_case_17_one_person_in_two_teams_is_noticed_at_the_person(world: World) -> None:
    bj = world.post("BJ")
    mine = world.ft.add("member", "name=张三", f"team={Stage.RESCUERS}", f"id_number={PERSON}")
    team = bj.add("team", "name=蓝天救援队", "region=110000", "strength=10")
    theirs = bj.add("member", "name=张三", f"team={team}", f"id_number={PERSON}")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        (row,) = post.done("conflict", "list", "--json").json
        assert (row["id"], row["sides"]) == (f"member:{theirs}={mine}", [theirs, mine])
    world.ft.issue("--incident", INCIDENT, "--team", Stage.RESCUERS)
    world.meet(world.ft, bj)
    given = bj.done("callup", "issue", "--incident", INCIDENT, "--team", team, "--people", "3")
    assert "张三" in given.err and Stage.RESCUERS in given.err
    bj.done("member", "retire", theirs, "--reason", "在丰台二队")
    world.meet(world.ft, bj)
    assert world.ft.conflicts() == bj.conflicts() == []


def test_case_12_a_claim_on_the_other_tag_is_not_beaten_in_silence(world: World) -> None:
    """Merged here while the other tag was ordered there: who orders the kept tag then sees that order."""
    bj, theirs, mine = twice(world)
    world.meet(world.ft, bj)
    order = bj.issue("--incident", INCIDENT, "--equipment", theirs)
    world.ft.done("equipment", "merge", mine, theirs)
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert order in post.refused(4, "callup", "issue", "--incident", INCIDENT, "--equipment", mine)
