"""Double booking and who goes first: rows 1, 2, 5, 6 and 13 of the table of cases, by hub and by stick."""

from __future__ import annotations

import json

from .conftest import Stage
from .meetings import Post, World

BIG, SMALL, INCIDENT = Stage.BIG, Stage.SMALL, Stage.INCIDENT
CONTEST = f"equipment:{BIG}"


def flood(bj: Post) -> str:
    """An incident of the city's own; its id."""
    words = ("--scenario", "flood", "--level", "I", "--region", "110109")
    return str(bj.done("incident", "open", "门头沟山洪", *words, "--json").json["id"])


def both_ordered(world: World) -> tuple[Post, str, str]:
    """(BJ, its order, FT's order) for one truck, made apart."""
    bj = world.post("BJ")
    mine = world.ft.issue("--incident", INCIDENT, "--equipment", BIG, "--approver", "张主任")
    world.clock.later(5)
    words = ("--approver", "李局长", "--basis", "EREL-73")
    return bj, bj.issue("--incident", flood(bj), "--equipment", BIG, *words), mine


def test_case_01_the_second_is_refused_and_sees_the_first(world: World) -> None:
    bj = world.post("BJ")
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG, "--approver", "张主任")
    said = world.ft.refused(4, "callup", "issue", "--incident", INCIDENT, "--equipment", "京A00001")
    assert order in said and "2026-07-31T08:0" in said and "张主任" in said
    world.meet(world.ft, bj)
    said = bj.refused(4, "callup", "issue", "--incident", flood(bj), "--equipment", BIG)
    assert order in said and "2026-07-31T08:0" in said and "张主任" in said


def test_case_02_a_truck_ordered_by_two_is_contested_on_both_and_settled_on_both(world: World) -> None:
    bj, theirs, mine = both_ordered(world)
    assert world.ft.conflicts() == bj.conflicts() == []
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.conflicts() == [CONTEST]
    shown = world.ft.show("conflict", CONTEST)
    assert shown == bj.show("conflict", CONTEST)
    assert [side["order"] for side in shown["claims"]] == [theirs, mine]
    assert [ranked["line"] for ranked in shown["advice"]] == [f"{theirs}/1", f"{mine}/1"]
    bj.done("conflict", "resolve", CONTEST, "--keep", mine, "--why", "已在途")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.conflicts() == []
        assert (post.state(f"{mine}/1"), post.state(f"{theirs}/1")) == ("issued", "superseded")
        (decided,) = post.done("conflict", "list", "--settled", "--json").json
        assert (decided["kept"], decided["lost"], decided["why"]) == (f"{mine}/1", [f"{theirs}/1"], "已在途")
        post.sound()
