"""Recovery programmes: the remaining gap falls as items arrive, and no piece counts twice."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from .conftest import Officer, Stage


@pytest.fixture
def plan(desk: Officer) -> tuple[str, str, str]:
    """(a programme, a line for two pump trucks of the drainers, a line for 300 life jackets)."""
    programme = desk.add("recovery", "name=灾后恢复", "event=暴雨洪涝", "until=2026-12-31")
    pumps = desk.add(
        "loss", f"recovery={programme}", "cause=lost", f"team={Stage.DRAINERS}", "item=pump-truck", "quantity=2",
        "spec=drainage>=3000m3/h",
    )  # fmt: skip
    jackets = desk.add("loss", f"recovery={programme}", "cause=新增", "item=救生衣", "quantity=300")
    return programme, pumps, jackets


def left(desk: Officer, programme: str) -> dict[str, Any]:
    return {x["id"]: x["left"] for x in desk.show("recovery", programme)["lines"]}


def test_the_gap_falls_as_items_arrive(desk: Officer, plan: tuple[str, str, str]) -> None:
    programme, pumps, jackets = plan
    assert left(desk, programme) == {pumps: 2, jackets: 300}
    assert desk.show("recovery", programme)["progress"] == 0
    new = desk.add(
        "equipment", "name=新泵车", "kind=pump-truck", f"team={Stage.DRAINERS}", "drainage=3000m3/h"
    )
    desk.done("recovery", "arrive", pumps, "--equipment", new)
    told = desk.done("recovery", "arrive", jackets, "--qty", "120", "--depot", Stage.DEPOT, "--json").json
    assert told["left"] == 180
    assert left(desk, programme) == {pumps: 1, jackets: 180}
    assert desk.show("recovery", programme)["progress"] == 45
    assert desk.show("reserve", f"{Stage.DEPOT}/life-jacket")["quantity"] == 120
    text = desk.done("recovery", "show", programme).out
    assert "0 of 2 lines done" in text
    assert "180 件" in text


def test_part_of_a_name_that_show_finds_is_hinted_at_where_something_is_written(
    desk: Officer, plan: tuple[str, str, str]
) -> None:
    programme, _pumps, _jackets = plan
    desk.done("recovery", "set", programme, "name=关于“23·7”灾后恢复重建")
    assert desk.show("recovery", "23·7")["id"] == programme
    said = desk.refused(3, "recovery", "arrive", "23·7", "救生衣", "--qty", "3", "--depot", Stage.DEPOT)
    assert f"did you mean {programme} 关于“23·7”灾后恢复重建?" in said
    other = desk.add("recovery", "name=某23·7工程")
    said = desk.refused(3, "recovery", "set", "23·7", "event=x")
    assert programme in said and other in said
    # Where nothing has it, the list is what helps.
    assert "recovery list" in desk.refused(3, "recovery", "set", "24·8", "event=x")


def test_a_line_wants_something_and_one_tag_is_lost_once(
    desk: Officer, plan: tuple[str, str, str], tmp_path: pathlib.Path
) -> None:
    programme, pumps, _jackets = plan
    of = f"recovery={programme}"
    assert "more than nothing" in desk.refused(2, "loss", "add", of, "item=boat", "quantity=0")
    desk.refused(2, "loss", "set", pumps, "quantity=0")
    first = desk.add("loss", of, "item=pump-truck", "quantity=1", f"equipment={Stage.BIG}")
    again = ("quantity=1", f"equipment={Stage.BIG}")
    said = desk.refused(2, "loss", "add", of, "item=boat", *again)
    assert f"{Stage.BIG} stands in Line of a recovery programme {first} already" in said
    desk.refused(2, "loss", "set", pumps, f"equipment={Stage.BIG}")
    desk.done("loss", "set", first, *again)
    # After another disaster it may be lost again; and a line that is no more has lost nothing.
    other = desk.add("recovery", "name=另一次")
    later = desk.add("loss", f"recovery={other}", "item=pump-truck", *again)
    desk.refused(2, "loss", "set", later, of)
    desk.done("loss", "retire", first, "--reason", "重复")
    desk.done("loss", "set", later, of)
    # In a sheet the row is wrong, and those beside it are taken in.
    sheet = tmp_path / "losses.csv"
    sheet.write_text(
        "恢复重建计划,装备物资,数量,装备编号\n"
        f"{programme},boat,1,{Stage.SMALL}\n{programme},pump-truck,1,{Stage.SMALL}\n{programme},boat,0,\n",
        encoding="utf-8",
    )
    taken = desk("loss", "import", str(sheet), "--json")
    assert (taken.code, taken.json["new"], taken.json["bad"]) == (5, 1, 2)
    assert "already" in taken.err and "more than nothing" in taken.err


def test_a_line_of_nothing_that_an_older_program_wrote_can_be_put_right_and_retired(
    desk: Officer, plan: tuple[str, str, str]
) -> None:
    programme, _pumps, _jackets = plan
    from emergency.store.store import Store

    with Store(str(desk.store)) as store, store.write("loss add") as writer:
        for id_ in ("FT-90", "FT-91"):
            values = {"recovery": programme, "item": "boat", "quantity": 0, "equipment": Stage.BIG}
            writer.fact(["new", "loss", id_, values])
    assert left(desk, programme)["FT-90"] == left(desk, programme)["FT-91"] == 0
    desk.done("loss", "retire", "FT-91", "--reason", "重复")
    desk.done("loss", "set", "FT-90", "quantity=1")
    assert left(desk, programme)["FT-90"] == 1


def test_what_is_lost_again_opens_the_gap_again(desk: Officer, plan: tuple[str, str, str]) -> None:
    programme, pumps, _jackets = plan
    desk.done("recovery", "arrive", pumps, "--equipment", Stage.BIG)
    assert left(desk, programme)[pumps] == 1
    desk.done("equipment", "set", Stage.BIG, "serviceability=destroyed")
    assert left(desk, programme)[pumps] == 2


def test_more_than_is_wanted_comes_only_when_told(desk: Officer, plan: tuple[str, str, str]) -> None:
    programme, pumps, jackets = plan
    stock = ("--depot", Stage.DEPOT)
    desk.done("recovery", "arrive", jackets, "--qty", "290", *stock)
    said = desk.refused(1, "recovery", "arrive", jackets, "--qty", "40", *stock)
    assert f"{jackets} wants 300 件, and with this 330 件 would have come" in said and "--more" in said
    assert left(desk, programme)[jackets] == 10
    assert desk.show("reserve", f"{Stage.DEPOT}/life-jacket")["quantity"] == 290
    assert "not a whole number" in desk.refused(2, "recovery", "arrive", jackets, "--qty", "1.5", *stock)
    desk.done("recovery", "arrive", jackets, "--qty", "40", "--more", *stock)
    assert left(desk, programme)[jackets] == 0
    three = [
        desk.add(
            "equipment", f"name=泵车{n}", "kind=pump-truck", f"team={Stage.DRAINERS}", "drainage=3000m3/h"
        )
        for n in range(3)
    ]
    words = [word for tag in three for word in ("--equipment", tag)]
    assert "wants 2 台" in desk.refused(1, "recovery", "arrive", pumps, *words)
    assert left(desk, programme)[pumps] == 2
    desk.done("recovery", "arrive", pumps, *words, "--more")


def test_a_dry_run_says_what_would_be_left(desk: Officer, plan: tuple[str, str, str]) -> None:
    programme, _pumps, jackets = plan
    words = ("recovery", "arrive", jackets, "--qty", "120", "--depot", Stage.DEPOT, "--dry-run")
    assert "180 件 left; the programme stands at 20%" in desk.done(*words).out
    assert desk.done(*words, "--json").json["left"] == 180
    assert left(desk, programme)[jackets] == 300


def test_stock_for_a_team_in_a_depot_of_others_is_remarked_on(
    desk: Officer, plan: tuple[str, str, str]
) -> None:
    line = desk.add("loss", f"recovery={plan[0]}", f"team={Stage.DRAINERS}", "item=life-jacket", "quantity=9")
    said = desk.done("recovery", "arrive", line, "--qty", "1", "--depot", Stage.DEPOT).err
    assert f"{Stage.DEPOT} is no depot of {Stage.DRAINERS}" in said and "it has none of its own" in said
    own = desk.add("depot", "name=一队库房", f"team={Stage.DRAINERS}")
    said = desk.done("recovery", "arrive", line, "--qty", "1", "--depot", Stage.DEPOT).err
    assert f"its own: {own}" in said
    assert "no depot of" not in desk.done("recovery", "arrive", line, "--qty", "1", "--depot", own).err
    # A line that is for nobody may lie anywhere.
    assert "no depot of" not in desk.done("recovery", "arrive", plan[2], "--qty", "1", "--depot", own).err


def test_an_arrival_can_be_taken_back(desk: Officer, plan: tuple[str, str, str]) -> None:
    programme, _pumps, jackets = plan
    op = desk.done("recovery", "arrive", jackets, "--qty", "300", "--depot", Stage.DEPOT, "--json").json["op"]
    assert left(desk, programme)[jackets] == 0
    desk.done("undo", op)
    assert left(desk, programme)[jackets] == 300
    assert desk.show("reserve", f"{Stage.DEPOT}/life-jacket")["quantity"] == 0


def test_no_piece_counts_twice_or_for_what_it_is_not(desk: Officer, plan: tuple[str, str, str]) -> None:
    _programme, pumps, jackets = plan
    desk.done("recovery", "arrive", pumps, "--equipment", Stage.BIG)
    assert "has come already" in desk.refused(1, "recovery", "arrive", pumps, "--equipment", Stage.BIG)
    assert "not up to drainage>=3000m3/h" in desk.refused(
        1, "recovery", "arrive", pumps, "--equipment", Stage.SMALL
    )
    lamp = desk.add("equipment", "name=照明车", "kind=lighting-tower", f"team={Stage.DRAINERS}")
    assert "wants pump-truck" in desk.refused(1, "recovery", "arrive", pumps, "--equipment", lamp)
    other = desk.add(
        "equipment", "name=泵车", "kind=pump-truck", f"team={Stage.RESCUERS}", "drainage=3000m3/h"
    )
    assert "is for" in desk.refused(1, "recovery", "arrive", pumps, "--equipment", other)
    desk.refused(2, "recovery", "arrive", jackets, "--qty", "-5", "--depot", Stage.DEPOT)
    desk.refused(2, "recovery", "arrive", jackets, "--qty", "5")
    desk.refused(2, "recovery", "arrive", jackets)
    desk.refused(3, "recovery", "arrive", "FT-999", "--equipment", Stage.SMALL)


def test_lines_come_from_a_sheet_and_programmes_are_listed_slowest_first(
    desk: Officer, plan: tuple[str, str, str]
) -> None:
    second = desk.add("recovery", "name=第二批")
    sheet = desk.store.parent / "loss.csv"
    sheet.write_text(
        f"计划名称,损失情况,队伍名称,装备名称,损失数量\n第二批,冲走,丰台救援二队,冲锋舟,3\n{second},损坏,,应急灯,40\n",
        encoding="utf-8",
    )
    desk.done("loss", "import", str(sheet))
    lines = desk.show("recovery", second)["lines"]
    assert [(x["cause"], x["item"], x["wanted"]) for x in lines] == [
        ("lost", "boat", 3),
        ("damaged", "lamp", 40),
    ]
    desk.done("recovery", "arrive", plan[2], "--qty", "300", "--depot", Stage.DEPOT)
    assert [r["progress"] for r in desk.done("recovery", "progress", "--json").json] == [0, 50]
