"""Orders on their way: rows 7, 8, 9, 10 and 11 of the table of cases, by hub and by stick."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from emergency.store import times

from .conftest import Officer, Stage
from .meetings import Post, World, opened, synced

BIG, INCIDENT, TEAM = Stage.BIG, Stage.INCIDENT, Stage.DRAINERS
STOCK = f"{Stage.DEPOT}/sandbag"


# -- one order, three times -------------------------------------------------------------------------


def by_sms(world: World, order: str, taker: Post) -> None:
    code = world.ft.done("callup", "code", order, "--json").json["code"]
    taker.done("callup", "from-code", code)


def by_http(world: World, order: str, taker: Post) -> None:
    synced(world.ft)
    synced(taker)


def by_usb(world: World, order: str, taker: Post) -> None:
    stick = str(world.ft.store.parent / "carried" / f"{order}.bundle")
    world.ft.done("bundle", "export", stick, "--open")
    taker.done("bundle", "import", stick)


WAYS = {"sms": by_sms, "http": by_http, "usb": by_usb}


@pytest.mark.parametrize("ways", [*itertools.permutations(WAYS)], ids="-".join)
def test_case_07_one_order_three_times_is_one_order_with_three_deliveries(
    ways: tuple[str, ...], desk: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened("hub", desk, monkeypatch) as world:
        bj = world.post("BJ")
        order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG, "--report-to", "长阳")
        for way in ways:
            world.clock.later(3)
            WAYS[way](world, order, bj)
        shown = bj.show("callup", order)
        # What is here already is not sent again over a line: then there were two deliveries.
        came = [way for way in ways if way != "http" or ways.index("http") < ways.index("usb")]
        assert [d["channel"] for d in shown["deliveries"]] == came
        assert bj.ids("callup", "list") == [f"{order}/1"]
        (line,) = shown["lines"]
        assert (line["id"], line["state"], line["equipment"]) == (f"{order}/1", "issued", BIG)
        assert bj.show("equipment", BIG)["claimed_by"] == [f"{order}/1"]
        assert (bj.conflicts(), shown["report_to"]) == ([], "长阳")
        bj.sound()
        # What came by code is on record for the sender, too; what came to BJ by line and stick is BJ's to know.
        world.meet(world.ft, bj)
        assert [d["channel"] for d in world.ft.show("callup", order)["deliveries"]] == ["sms"]
        assert world.ft.ids("callup", "list") == [f"{order}/1"]


# -- the cancel first -------------------------------------------------------------------------------


def test_case_08_the_cancel_comes_before_the_order(world: World) -> None:
    """BJ cancels what FT ordered, and the field post hears of the cancel while FT's entries are still away."""
    bj = world.post("BJ")
    post = world.stranger("FP", "110111", "房山前方指挥部")
    world.hand_on(bj, post)
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG)
    world.hand(world.ft, bj)
    world.clock.later(5)
    bj.done("callup", "cancel", order, "--note", "险情解除")
    world.hand_on(bj, post, since="3min ago")
    shown = post.show("callup", order)
    assert (shown["known"], shown["state"]) == (False, None)
    assert [s["step"] for line in shown["lines"] for s in line["steps"]] == ["cancel"]
    assert "has not come yet" in post.done("callup", "show", order).out
    assert post.show("equipment", BIG)["claimed_by"] == []
    world.hand_on(world.ft, post)
    for station in (bj, post):
        assert station.state(f"{order}/1") == "cancelled"
        steps = [s["step"] for s in station.show("callup", order)["lines"][0]["steps"]]
        assert sorted(steps) == ["cancel", "issue"]
        assert station.show("equipment", BIG)["claimed_by"] == []
    post.sound()


# -- the field and the desk -------------------------------------------------------------------------


def test_case_09_released_in_the_field_and_extended_at_the_desk(world: World) -> None:
    order = world.ft.issue("--incident", INCIDENT, "--equipment", BIG, "--until", "+4h")
    for step in ("accept", "depart", "arrive"):
        world.ft.done("callup", step, order)
    post = world.post("FP", "110111", "房山前方指挥部")
    post.done("callup", "release", order)
    world.clock.later(10)
    world.ft.done("callup", "extend", order, "--until", "+12h")
    assert world.ft.state(f"{order}/1") == "on_scene"
    world.meet(world.ft, post)
    for station in (world.ft, post):
        assert station.state(f"{order}/1") == "released"
        (task,) = station.done("conflict", "list", "--json").json
        assert (task["id"], task["sides"]) == (f"{order}/1", ["extend-unheard"])
        assert [line["id"] for line in station.done("board", "--json").json["flagged"]] == [f"{order}/1"]
    world.ft.done("callup", "return", order)
    world.meet(world.ft, post)
    for station in (world.ft, post):
        assert (station.state(f"{order}/1"), station.conflicts()) == ("returned", [])


# -- stock ------------------------------------------------------------------------------------------


def issued(post: Post, quantity: str) -> str:
    order = post.issue("--incident", INCIDENT, "--item", "sandbag", "--qty", quantity, "--team", TEAM)
    for step in ("accept", "depart"):
        post.done("callup", step, order)
    return order


def stands(post: Post) -> Any:
    (row,) = post.done("reserve", "list", "--json").json
    return row["quantity"]


def test_case_10_issued_apart_beyond_the_total_is_a_deficit_and_never_clipped(world: World) -> None:
    bj = world.post("BJ")
    issued(world.ft, "700")
    issued(bj, "600")
    assert (stands(world.ft), stands(bj)) == (300, 400)
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert stands(post) == -300
        (row,) = post.done("conflict", "list", "--json").json
        assert (row["id"], row["kind"]) == (f"reserve:{STOCK}", "promised beyond stock")
        assert post.show("conflict", row["id"])["short"] == 300
        post.refused(1, "conflict", "resolve", row["id"], "--keep", "none", "--why", "x")
        said = post.refused(1, "callup", "issue", "--incident", INCIDENT, "--item", "sandbag", "--qty", "1",
                            "--team", TEAM)  # fmt: skip
        assert "sandbag" in said
    world.ft.done("reserve", "move", Stage.DEPOT, "sandbag", "--qty", "500", "--reason", "补充")
    world.meet(world.ft, bj)
    assert stands(world.ft) == stands(bj) == 200
    assert world.ft.conflicts() == bj.conflicts() == []


# -- clocks -----------------------------------------------------------------------------------------

TWO_DAYS, TWO_YEARS = 2 * times.DAY, 730 * times.DAY


@pytest.mark.parametrize("ahead", [TWO_DAYS, -TWO_DAYS, TWO_YEARS, -TWO_YEARS])
def test_case_11_the_skew_is_told_and_nothing_is_refused_for_its_time(world: World, ahead: int) -> None:
    bj = world.post("BJ")
    bj.ahead = ahead
    bj.done("team", "set", TEAM, "commander=甲")
    told = world.hand(bj, world.ft)
    assert told["aside"] == {}
    assert world.ft.show("team", TEAM)["commander"] == "甲"
    if world.meeting.name == "hub":
        said = bj.done("sync").out
        assert "the clock here is" in said and ("ahead of" if ahead > 0 else "behind") in said
        assert synced(bj)["clock_ahead_ms"] == ahead
        said = bj.done("--lang", "zh", "sync").out
        assert f"本机时钟比 HUB {'快' if ahead > 0 else '慢'} " in said
    # Who has seen it answers it, whatever the clocks say; and the other way round.
    world.ft.done("team", "set", TEAM, "commander=乙")
    world.meet(world.ft, bj)
    assert [p.show("team", TEAM)["commander"] for p in (world.ft, bj)] == ["乙", "乙"]
    bj.done("team", "set", TEAM, "commander=丙")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert post.show("team", TEAM)["commander"] == "丙"
        assert post.conflicts() == []
        post.sound()


def test_case_11_edited_apart_under_a_wrong_clock_is_for_a_person(world: World) -> None:
    """A clock two years ahead does not silently win: both values stand until somebody decides."""
    bj = world.post("BJ")
    bj.ahead = TWO_YEARS
    bj.done("team", "set", TEAM, "commander=甲")
    world.ft.done("team", "set", TEAM, "commander=乙")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        (conflict,) = post.done("conflict", "list", "--json").json
        assert (conflict["id"], sorted(conflict["sides"])) == (f"team:{TEAM}:commander", ["乙", "甲"])
        if world.meeting.name == "hub":
            # The hub has stated whose clock is wrong: what that one wrote is shown last.
            assert post.show("team", TEAM)["commander"] == "乙"
    world.ft.done("conflict", "resolve", f"team:{TEAM}:commander", "--keep", "乙", "--why", "钟错")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert (post.show("team", TEAM)["commander"], post.conflicts()) == ("乙", [])
