"""Stock between depots, and counts that wait for approval (row C5)."""

from __future__ import annotations

import pytest

from .conftest import Officer, Stage
from .meetings import Post, World

INCIDENT, DEPOT = Stage.INCIDENT, Stage.DEPOT
LINE = f"{DEPOT}/sandbag"


def stock(desk: Officer) -> dict[str, float]:
    """{stock line: quantity}."""
    return {row["id"]: row["quantity"] for row in desk.done("reserve", "list", "--json").json}


@pytest.fixture
def sent(desk: Officer) -> str:
    """A transfer of 100 sandbags to another depot, on its way."""
    desk.add("depot", "name=房山库", "region=110111")
    order = desk.issue(
        "--kind",
        "transfer",
        "--incident",
        INCIDENT,
        "--item",
        "sandbag",
        "--qty",
        "100",
        "--report-to",
        "房山库",
    )
    for step in ("accept", "depart"):
        desk.done("callup", step, order)
    return order


def shipment(desk: Officer) -> dict[str, object]:
    """The only one."""
    (row,) = desk.done("reserve", "shipments", "--json").json
    return {name: row[name] for name in ("state", "sent", "received", "short", "damaged", "note")}


def test_what_is_sent_has_left_and_what_comes_in_whole_is_booked(desk: Officer, sent: str) -> None:
    assert stock(desk) == {LINE: 900}
    assert shipment(desk) == {
        "state": "en_route", "sent": 100, "received": None, "short": None, "damaged": None, "note": "",
    }  # fmt: skip
    desk.done("callup", "arrive", sent)
    assert sorted(stock(desk).values()) == [100, 900]
    assert shipment(desk) == {
        "state": "on_scene", "sent": 100, "received": 100, "short": 0, "damaged": 0, "note": "",
    }  # fmt: skip


def test_what_is_short_or_damaged_is_told_with_its_reason(desk: Officer, sent: str) -> None:
    assert "say why" in desk.refused(2, "callup", "arrive", sent, "--qty", "90")
    assert "no more can come in" in desk.refused(2, "callup", "arrive", sent, "--qty", "98", "--damaged", "3")
    desk.done("callup", "arrive", sent, "--qty", "90", "--damaged", "4", "--note", "途中淋雨")
    there = next(id_ for id_ in stock(desk) if id_ != LINE)
    assert stock(desk) == {LINE: 900, there: 90}
    assert shipment(desk) == {
        "state": "on_scene", "sent": 100, "received": 90, "short": 6, "damaged": 4, "note": "途中淋雨",
    }  # fmt: skip
    (move,) = desk.done("reserve", "ledger", there, "--json").json
    assert move["reason"] == f"order {sent}, short 6, damaged 4, 途中淋雨"
    assert "途中淋雨" in desk.done("reserve", "shipments").out


def test_what_brings_no_stock_has_nothing_short(desk: Officer) -> None:
    order = desk.issue("--incident", INCIDENT, "--equipment", Stage.BIG)
    for step in ("accept", "depart"):
        desk.done("callup", step, order)
    desk.refused(2, "callup", "arrive", order, "--qty", "1")
    desk.done("callup", "arrive", order)


# -- stocktakes ---------------------------------------------------------------------------------------


def counts(desk: Officer, quantity: str) -> str:
    """A count of the sandbags that waits; its id."""
    return str(
        desk.done(
            "stocktake", "count", "丰台库", "沙袋", "--qty", quantity, "--reason", "盘点", "--json"
        ).json["id"]
    )


def test_a_count_changes_nothing_before_another_has_approved_it(desk: Officer) -> None:
    id_ = counts(desk, "985")
    assert stock(desk) == {LINE: 1000}
    assert "does not approve" in desk.refused(1, "stocktake", "approve", id_)
    # What moves meanwhile is not swallowed.
    desk.done("reserve", "move", DEPOT, "sandbag", "--qty", "-100", "--reason", "堵口")
    desk.done("--officer", "张主任", "stocktake", "approve", id_, "--why", "属实")
    assert stock(desk) == {LINE: 885}
    assert desk.done("reserve", "ledger", LINE, "--json").json[-1]["reason"] == f"stocktake {id_} 盘点 属实"
    shown = desk.show("stocktake", id_)
    assert (shown["state"], shown["counted"], shown["booked"], shown["decided_by"]) == (
        "approved", 985, 1000, "张主任",
    )  # fmt: skip
    assert "approved already" in desk.refused(1, "--officer", "李", "stocktake", "approve", id_)


def test_a_rejected_count_books_nothing(desk: Officer) -> None:
    id_ = counts(desk, "985")
    desk.done("--officer", "张主任", "stocktake", "reject", id_, "--why", "重盘")
    assert stock(desk) == {LINE: 1000}
    assert "rejected already" in desk.refused(1, "--officer", "李", "stocktake", "approve", id_)
    desk.refused(2, "stocktake", "count", "丰台库", "沙袋", "--qty", "-1")
    desk.refused(3, "stocktake", "count", "丰台库", "boat", "--qty", "1")


def test_of_two_counts_of_one_shelf_one_is_booked(desk: Officer) -> None:
    first = counts(desk, "900")
    again = desk.done("stocktake", "count", "丰台库", "沙袋", "--qty", "900", "--reason", "复盘")
    assert f"{first} waits for approval" in again.err
    second = desk.ids("stocktake", "list")[-1]
    desk.done("--officer", "张主任", "stocktake", "approve", first)
    said = desk.refused(1, "--officer", "张主任", "stocktake", "approve", second)
    assert f"stocktake {first} of {LINE} was approved since" in said and f"reject {second}" in said
    assert stock(desk) == {LINE: 900}
    # Whoever counts now knows the books of now.
    desk.done("--officer", "张主任", "stocktake", "reject", second, "--why", "重复")
    desk.done("--officer", "张主任", "stocktake", "approve", counts(desk, "890"))
    assert stock(desk) == {LINE: 890}


def test_what_was_counted_otherwise_meanwhile_is_not_booked_again(desk: Officer) -> None:
    id_ = counts(desk, "900")
    op = desk.done("reserve", "count", "丰台库", "沙袋", "--qty", "900", "--reason", "换锁", "--json").json[
        "op"
    ]
    assert "was counted again since" in desk.refused(1, "--officer", "张主任", "stocktake", "approve", id_)
    assert stock(desk) == {LINE: 900}
    # A count that was taken back stands no more.
    desk.done("undo", op)
    desk.done("--officer", "张主任", "stocktake", "approve", id_)
    assert stock(desk) == {LINE: 900}


def test_an_approval_that_was_taken_back_makes_room_for_another(desk: Officer) -> None:
    first, second = counts(desk, "900"), counts(desk, "910")
    op = desk.done("--officer", "张主任", "stocktake", "approve", first, "--json").json["op"]
    desk.done("--officer", "张主任", "undo", op)
    desk.done("--officer", "张主任", "stocktake", "approve", second)
    assert stock(desk) == {LINE: 910}


def test_a_count_made_apart_that_came_meanwhile_refuses_an_approval_too(world: World) -> None:
    bj = world.post("BJ")
    world.meet(world.ft, bj)
    # By the clocks the other count is the older one: that the stocktake had not seen it is what matters.
    bj.done("reserve", "count", "丰台库", "沙袋", "--qty", "900", "--reason", "盘点", "--at", "07:30")
    id_ = counts(world.ft, "900")
    world.meet(world.ft, bj)
    assert stock(world.ft) == {LINE: 900}
    said = world.ft.refused(1, "--officer", "FT主任", "stocktake", "approve", id_)
    assert "was counted again since" in said
    assert stock(world.ft) == {LINE: 900}


def approves(post: Post, id_: str) -> None:
    """Another officer of a station approves."""
    post.done("--officer", f"{post.name}主任", "stocktake", "approve", id_)


def test_approved_by_two_who_had_not_heard_of_each_other_it_counts_once(world: World) -> None:
    bj = world.post("BJ")
    id_ = counts(world.ft, "985")
    world.meet(world.ft, bj)
    approves(world.ft, id_)
    approves(bj, id_)
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert stock(post) == {LINE: 985}
        post.sound()


def counted_apart(world: World) -> tuple[Post, str, str]:
    """One shelf of 1,000 counted at two stations that could not hear of each other: 985 and 980, each approved."""
    bj = world.post("BJ")
    world.meet(world.ft, bj)
    ours, theirs = counts(world.ft, "985"), counts(bj, "980")
    approves(world.ft, ours)
    approves(bj, theirs)
    world.meet(world.ft, bj)
    return bj, ours, theirs


def stands_apart(post: Post) -> list[list[str]]:
    """The sides of every shelf that was put right twice."""
    rows = post.done("conflict", "list", "--json").json
    return [sorted(row["sides"]) for row in rows if row["kind"] == "counted apart"]


def test_two_counts_approved_apart_are_shown_to_both_and_a_person_takes_one_back(world: World) -> None:
    bj, ours, theirs = counted_apart(world)
    for post in (world.ft, bj):
        # Nothing is clipped: both differences are booked until somebody decides.
        assert stock(post) == {LINE: 965}
        assert stands_apart(post) == [sorted((ours, theirs))]
        post.sound()
    told = bj.done("conflict", "show", f"reserve:{LINE}:counted", "--json").json
    assert {count["name"]: count["quantity"] for count in told["counts"]} == {ours: -15, theirs: -20}
    undo = next(
        c for c, count in zip(told["commands"], told["counts"], strict=False) if count["name"] == theirs
    )
    bj.done(*undo.split()[1:])
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert stock(post) == {LINE: 985}
        assert stands_apart(post) == []


def test_counted_once_more_by_who_saw_both_it_is_settled(world: World) -> None:
    bj, _ours, _theirs = counted_apart(world)
    id_ = counts(bj, "981")
    approves(bj, id_)
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert stock(post) == {LINE: 981}
        assert stands_apart(post) == []


def test_a_plain_count_beside_one_that_was_approved_apart_is_shown_too(world: World) -> None:
    bj = world.post("BJ")
    world.meet(world.ft, bj)
    id_ = counts(world.ft, "985")
    approves(world.ft, id_)
    bj.done("reserve", "count", "丰台库", "沙袋", "--qty", "985", "--reason", "盘点")
    world.meet(world.ft, bj)
    for post in (world.ft, bj):
        assert [id_ in sides for sides in stands_apart(post)] == [True]
    world.ft.done("reserve", "count", "丰台库", "沙袋", "--qty", "985", "--reason", "复盘")
    assert stands_apart(world.ft) == []


@pytest.mark.parametrize("noun", ["reserve", "stocktake"])
def test_a_count_of_an_earlier_hour_is_refused_once_stock_has_moved(desk: Officer, noun: str) -> None:
    def count(*more: str) -> tuple[str, ...]:
        return (noun, "count", "丰台库", "沙袋", "--qty", "950", *more)

    desk.at("2026-07-31T09:00:00+08:00")
    desk.done("reserve", "move", DEPOT, "sandbag", "--qty", "-60", "--reason", "堵口")
    desk.done("reserve", "move", DEPOT, "sandbag", "--qty", "10", "--reason", "退回")
    desk.at("2026-07-31T10:00:00+08:00")
    said = desk.refused(1, *count("--at", "2h ago"))
    assert f"{LINE} has moved by -50 " in said and "leave out --at" in said
    assert stock(desk) == {LINE: 950}
    # What moved before the count was on the shelf or gone when it was counted, whenever it is told.
    desk.done(*count("--at", "30min ago"))
    desk.done(*count())


def test_what_moved_and_was_taken_back_is_no_reason_against_a_count(desk: Officer) -> None:
    desk.at("2026-07-31T09:00:00+08:00")
    op = desk.done("reserve", "move", DEPOT, "sandbag", "--qty", "-60", "--reason", "堵口", "--json").json[
        "op"
    ]
    desk.done("undo", op)
    desk.done("reserve", "count", "丰台库", "沙袋", "--qty", "900", "--at", "1h ago")
    said = desk.refused(1, "reserve", "count", "丰台库", "沙袋", "--qty", "990", "--at", "2h ago")
    assert "was counted since" in said
    assert stock(desk) == {LINE: 900}


def test_a_ledger_is_named_by_its_line_or_by_depot_and_item(desk: Officer) -> None:
    by_line = desk.done("reserve", "ledger", LINE, "--json").json
    assert by_line == desk.done("reserve", "ledger", "丰台库", "沙袋", "--json").json != []
    desk.refused(3, "reserve", "ledger", "丰台库", "沙袋", "--lot", "无此批次")
    desk.refused(3, "reserve", "ledger", "丰台库")
    desk.refused(2, "reserve", "ledger", "丰台库", "沙袋", "丰台库")
