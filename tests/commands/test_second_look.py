"""What a second look at a day's work finds: things registered twice, days gone by, words that mean several."""

from __future__ import annotations

import pathlib

from tests.commands.conftest import Officer, Stage


def test_another_tag_with_a_known_plate_is_one_thing_counted_once(
    desk: Officer, tmp_path: pathlib.Path
) -> None:
    sheet = tmp_path / "agency.csv"
    sheet.write_text("资产编号,装备名称,车牌号\nZY-9,区级泵车,京A00001\n", encoding="utf-8")
    before = len(desk.ids("equipment", "list"))
    read = desk.done("equipment", "import", str(sheet), "--json").json
    assert read["merged"] == [f"ZY-9 = {Stage.BIG}"]
    assert len(desk.ids("equipment", "list")) == before
    order = desk.issue("--incident", Stage.INCIDENT, "--equipment", "ZY-9")
    assert desk.show("equipment", Stage.BIG)["claimed_by"] == [f"{order}/1"]
    assert f"{order}/1" in desk.refused(
        4, "callup", "issue", "--incident", Stage.INCIDENT, "--equipment", Stage.BIG
    )


def test_what_asked_for_a_person_is_answered_by_the_next_step(desk: Officer) -> None:
    order = desk.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS)
    for step in ("accept", "depart", "recall"):
        desk.done("callup", step, order)
    asked = {"id": f"{order}/1", "kind": "line", "what": f"{order}/1", "sides": ["asked-back"]}
    assert asked in desk.done("conflict", "list", "--json").json
    desk.done("callup", "contact", order, "--channel", "radio")
    assert asked in desk.done("conflict", "list", "--json").json
    desk.done("callup", "extend", order, "--until", "20:00")
    assert asked not in desk.done("conflict", "list", "--json").json


def test_as_of_a_day_is_the_end_of_that_day(desk: Officer) -> None:
    desk.at("2026-08-02T09:00:00+08:00")
    desk.done("team", "set", Stage.DRAINERS, "commander=新队长")
    assert desk.show("team", Stage.DRAINERS)["commander"] == "新队长"
    past = desk.done("team", "show", Stage.DRAINERS, "--as-of", "2026-08-01", "--json").json
    assert past["commander"] != "新队长"
    assert "future" in desk.refused(2, "team", "list", "--as-of", "2026-08-03")


def test_a_word_that_several_kinds_share_lists_them_all(desk: Officer) -> None:
    desk.done("equipment", "add", "--id", "M-1", "name=移动泵", "kind=mobile-pump")
    listed = desk.ids("equipment", "list", "--kind", "泵")
    assert {"M-1", Stage.BIG} <= set(listed)
    desk.refused(3, "equipment", "list", "--kind", "没有这类")


def test_an_operation_is_taken_back_once(desk: Officer) -> None:
    op = desk.done("team", "set", Stage.DRAINERS, "strength=99", "--json").json["op"]
    desk.done("undo", op)
    assert "already" in desk.refused(1, "undo", op)


def test_a_twin_by_name_is_mentioned(desk: Officer) -> None:
    assert Stage.DRAINERS in desk.done("team", "add", "name=房山排水一队").err


def test_labels_and_aliases_name_fields_as_in_a_sheet(say: Officer) -> None:
    team = say.add("team", "名称=甲队", "人数=12")
    assert (say.show("team", team)["name"], say.show("team", team)["strength"]) == ("甲队", 12)


def test_a_noun_alone_shows_its_verbs(say: Officer) -> None:
    result = say("team")
    assert result.code == 2
    assert "\n  list " in result.err


def test_two_needs_for_one_thing_share_what_comes(desk: Officer) -> None:
    for _ in range(2):
        desk.done("incident", "need", Stage.INCIDENT, "people>=10")
    order = desk.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS, "--people", "12")
    desk.done("callup", "accept", order)
    rows = desk.done("need", "board", Stage.INCIDENT, "--json").json
    assert [(r["asked"], r["committed"], r["short"]) for r in rows] == [(10, 10, 0), (2, 2, 8)]


def test_what_is_out_while_no_order_has_it_asks_for_a_person(desk: Officer) -> None:
    held = desk.issue("--kind", "preposition", "--equipment", Stage.BIG)
    for step in ("accept", "depart"):
        desk.done("callup", step, held)
    taken = desk.issue("--incident", Stage.INCIDENT, "--equipment", Stage.BIG)
    assert "out without an order" not in desk.done("conflict", "list").out
    desk.done("callup", "cancel", taken)
    listed = desk.done("conflict", "list", "--json").json
    assert {
        "id": f"equipment:{Stage.BIG}:out",
        "kind": "out without an order",
        "what": f"equipment {Stage.BIG}",
        "sides": [held],
    } in listed


def test_orders_are_imported_as_they_are_batched(desk: Officer, tmp_path: pathlib.Path) -> None:
    sheet = tmp_path / "orders.csv"
    sheet.write_text(f"ref,incident,team\nA,{Stage.INCIDENT},{Stage.DRAINERS}\n", encoding="utf-8")
    desk.done("callup", "import", str(sheet))
    assert "already" in desk.done("callup", "batch", str(sheet)).out
