"""An order from another station to what is kept here waits for an answer, and the duty officer here is told (row H1)."""

from __future__ import annotations

from typing import Any

from .conftest import Stage
from .meetings import Post, World


def to_answer(post: Post) -> list[str]:
    """The lines that are to be answered here, as the board has them."""
    return [m["id"] for m in post.done("board", "--json").json["needs_person"] if m["why"] == "to-answer"]


def ordered(post: Post, team: str, **more: str) -> str:
    """An order of this station to a team, by an incident of its own; its line."""
    incident = post.done("incident", "open", f"{post.name}洪水", "--scenario", "flood", "--level", "II",
                         "--region", "110106", "--json").json["id"]  # fmt: skip
    words = [w for name, value in more.items() for w in (f"--{name}", value)]
    order = post.issue("--incident", incident, "--team", team, "--people", "4", *words)
    return f"{order}/1"


def test_who_keeps_a_team_is_told_of_the_order_that_came_for_it(world: World) -> None:
    ft, bj, hd = world.ft, world.post("BJ"), world.post("HD", "110108", "海淀区应急指挥中心")
    world.meet(ft, bj, hd)
    line = ordered(bj, Stage.DRAINERS)
    assert to_answer(bj) == []
    world.meet(bj, ft, hd)
    assert [to_answer(post) for post in (ft, bj, hd)] == [[line], [], []]
    assert f"  !  {line}  to answer  " in ft.done("board").out
    assert f"  !  {line}  待答复  " in ft.done("--lang", "zh", "board").out
    ft.done("callup", "ack", line.split("/")[0], "--channel", "phone")
    assert to_answer(ft) == []


def test_an_order_of_its_own_is_nobodys_to_answer_at_the_city(world: World) -> None:
    ft, bj = world.ft, world.post("BJ")
    line = ordered(ft, Stage.DRAINERS)
    world.meet(ft, bj)
    assert to_answer(bj) == to_answer(ft) == []
    # Late, it is everybody's matter, once.
    world.clock.later(60)
    whys: list[list[Any]] = [
        [m["why"] for m in post.done("board", "--json").json["needs_person"] if m["id"] == line]
        for post in (ft, bj)
    ]
    assert whys == [["answer"], ["answer"]]


def test_where_nobody_keeps_a_smaller_region_the_larger_one_answers(by_hub: World) -> None:
    ft, bj = by_hub.ft, by_hub.post("BJ")
    hd_team = bj.add("team", "name=海淀队", "region=110108", "strength=20")
    by_hub.meet(bj, ft)
    line = ordered(ft, hd_team)
    by_hub.meet(ft, bj)
    assert to_answer(bj) == [line]
    told = bj.done("sync", "--json").json
    assert told["to_answer"] == 1
    assert "1 order is to be answered here: emergency board" in bj.done("sync").out
    hd = by_hub.post("HD", "110108", "海淀区应急指挥中心")
    by_hub.meet(bj, ft, hd)
    assert (to_answer(bj), to_answer(hd)) == ([], [line])
