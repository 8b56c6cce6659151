"""Orders at a second look: stock that comes back, references used twice, people in part, holds that are lost."""

from __future__ import annotations

import json

from tests.commands.conftest import Officer, Stage

TEAM, OTHER, BIG, SMALL, DEPOT, INCIDENT = (
    Stage.DRAINERS,
    Stage.RESCUERS,
    Stage.BIG,
    Stage.SMALL,
    Stage.DEPOT,
    Stage.INCIDENT,
)
FOR = ("--incident", INCIDENT)
SANDBAGS = f"{DEPOT}/sandbag"


def steps(desk: Officer, order: str, *names: str) -> None:
    for name in names:
        desk.done("callup", name, order)


def stock(desk: Officer, line: str = SANDBAGS) -> float:
    return float(desk.show("reserve", line)["quantity"])


def order_of_stock(desk: Officer, quantity: str = "100", *more: str) -> str:
    return desk.issue(*FOR, "--item", "sandbag", "--qty", quantity, *more)


# -- stock that comes back ---------------------------------------------------------------------------


def test_what_comes_back_is_booked_in_and_the_rest_was_used(desk: Officer) -> None:
    order = order_of_stock(desk)
    steps(desk, order, "accept", "depart")
    assert stock(desk) == 900
    steps(desk, order, "arrive", "release")
    assert "--qty 0 if all was used" in desk.refused(2, "callup", "return", order)
    desk.refused(2, "callup", "return", order, "--qty", "101")
    desk.refused(2, "callup", "return", order, "--qty", "-1")
    desk.refused(2, "callup", "return", order, "--qty", "1t")
    desk.done("callup", "return", order, "--qty", "40")
    assert stock(desk) == 940
    assert desk.state(f"{order}/1") == "returned"
    assert "--qty" in desk.done("callup", "return", "--help").out


def test_all_was_used(desk: Officer) -> None:
    order = order_of_stock(desk)
    steps(desk, order, "accept", "depart", "release")
    desk.done("callup", "return", order, "--qty", "0")
    assert stock(desk) == 900


def test_of_a_part_no_more_than_the_part_comes_back(desk: Officer) -> None:
    order = order_of_stock(desk)
    desk.done("callup", "partial", order, "--qty", "60")
    steps(desk, order, "depart", "release")
    desk.refused(2, "callup", "return", order, "--qty", "61")
    desk.done("callup", "return", order, "--qty", "60")
    assert stock(desk) == 1000


def test_what_is_no_stock_brings_none_back(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, order, "accept", "depart", "release")
    desk.refused(2, "callup", "return", order, "--qty", "1")
    steps(desk, order, "return")


def test_several_lots_of_one_depot_make_one_order_and_each_returns_by_its_line(desk: Officer) -> None:
    for lot, quantity in (("A", "30"), ("B", "50")):
        desk.done("reserve", "move", "丰台库", "gravel", "--qty", quantity, "--reason", "r", "--lot", lot)
    desk.refused(1, "callup", "issue", *FOR, "--item", "gravel", "--qty", "81")
    order = desk.issue(*FOR, "--item", "gravel", "--qty", "70")
    lines = desk.show("callup", order)["lines"]
    assert [line["quantity"] for line in lines] == [50, 20] or [x["quantity"] for x in lines] == [30, 40]
    desk.refused(1, "callup", "issue", *FOR, "--item", "gravel", "--qty", "11")
    steps(desk, order, "accept", "depart", "release")
    assert f"{order}/1" in desk.refused(2, "callup", "return", order, "--qty", "1")
    desk.done("callup", "return", f"{order}/1", "--qty", "30")
    desk.done("callup", "return", f"{order}/2", "--qty", "20")


def test_a_drafted_order_of_several_lots_is_given_from_what_is_there_then(desk: Officer) -> None:
    for lot, quantity in (("A", "30"), ("B", "50")):
        desk.done("reserve", "move", "丰台库", "gravel", "--qty", quantity, "--reason", "r", "--lot", lot)
    draft = desk.done("callup", "draft", *FOR, "--item", "gravel", "--qty", "40", "--json").json["id"]
    desk.done("reserve", "move", "丰台库", "gravel", "--qty", "-20", "--reason", "r", "--lot", "B")
    given = desk.done("callup", "issue-draft", draft, "--json").json["lines"]
    assert len(given) == 2
    assert sum(line["quantity"] for line in desk.show("callup", draft)["lines"]) == 40


def test_a_transfer_to_a_depot_is_booked_in_on_arrival(desk: Officer) -> None:
    other = desk.add("depot", "name=房山库", "region=110111")
    order = order_of_stock(desk, "100", "--kind", "transfer", "--report-to", "房山库")
    steps(desk, order, "accept", "depart", "arrive")
    assert (stock(desk), stock(desk, f"{other}/sandbag")) == (900, 100)
    steps(desk, order, "release")
    desk.refused(2, "callup", "return", order, "--qty", "5")
    steps(desk, order, "return")
    assert (stock(desk), stock(desk, f"{other}/sandbag")) == (900, 100)


def test_a_transfer_to_nowhere_on_the_books_says_so(desk: Officer) -> None:
    asked = [*FOR, "--kind", "transfer", "--item", "sandbag", "--qty", "5"]
    assert "leaves the ledger" in desk.done("callup", "issue", *asked, "--report-to", "城关村").err
    assert "leaves the ledger" not in desk.done("callup", "issue", *asked, "--report-to", "丰台库").err


def test_what_is_ordered_does_not_leave_the_depot_by_hand(desk: Officer) -> None:
    order = order_of_stock(desk, "900")
    move = ("reserve", "move", "丰台库", "sandbag", "--reason", "r", "--qty")
    assert f"{order}/1" in desk.refused(1, *move, "-101")
    desk.done(*move, "-100")
    desk.done("callup", "cancel", order)
    desk.done(*move, "-900")


def test_a_line_of_lots_names_them(desk: Officer) -> None:
    desk.done("reserve", "move", "丰台库", "gravel", "--qty", "30", "--reason", "r", "--lot", "L7")
    said = desk.refused(1, "reserve", "move", "丰台库", "gravel", "--qty", "-3", "--reason", "r")
    assert "--lot L7" in said


# -- references ---------------------------------------------------------------------------------------


def test_a_reference_used_for_another_order_is_refused(desk: Officer) -> None:
    ask = [*FOR, "--team", "房山排水一队", "--people", "3", "--ref", "R-1"]
    order = desk.issue(*ask)
    said = desk.done("callup", "issue", *FOR, "--team", TEAM, "--people", "3", "--ref", "R-1")
    assert f"already ordered as {order}" in said.out
    for other in (
        [*FOR, "--team", TEAM, "--people", "4"],
        [*FOR, "--team", OTHER, "--people", "3"],
        [*FOR, "--equipment", BIG],
        [*FOR, "--item", "sandbag", "--qty", "3"],
        [*FOR, "--team", TEAM],
    ):
        said_no = desk.refused(4, "callup", "issue", *other, "--ref", "R-1")
        assert order in said_no and "3 people" in said_no


def test_a_quantity_said_otherwise_is_the_same_order(desk: Officer) -> None:
    order = order_of_stock(desk, "100", "--ref", "Q")
    again = desk.done(
        "callup", "issue", *FOR, "--item", "沙袋", "--qty", "100.0", "--ref", "Q", "--json"
    ).json
    assert again == {"id": order, "already": True}
    desk.refused(4, "callup", "issue", *FOR, "--item", "沙袋", "--qty", "101", "--ref", "Q")


# -- people -------------------------------------------------------------------------------------------


def test_people_count_as_they_were_accepted_and_a_part_is_revised(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM, "--people", "20")
    desk.refused(1, "callup", "issue", *FOR, "--team", TEAM, "--people", "1")
    desk.done("callup", "partial", order, "--qty", "8")
    desk.done("callup", "partial", order, "--qty", "5")
    desk.refused(1, "callup", "issue", *FOR, "--team", TEAM, "--people", "16")
    desk.issue(*FOR, "--team", TEAM, "--people", "15")
    assert "20 people, 5 accepted" in desk.done("callup", "show", order).out
    assert "20 people, 5 accepted" in desk.done("callup", "list").out


def test_a_batch_sees_the_whole_team_it_has_just_called(desk: Officer) -> None:
    rows = [
        {"incident": INCIDENT, "team": TEAM},
        {"incident": INCIDENT, "team": TEAM, "people": 2},
    ]
    data = "\n".join(map(json.dumps, rows)).encode()
    result = desk("callup", "batch", "-", "--json", stdin=data)
    assert [r["status"] for r in result.ndjson] == ["ok", "failed"]


def test_400_people_and_bags_of_400_are_all_ordered(desk: Officer) -> None:
    crowd = desk.add("team", "name=大队", "strength=400", "region=110111")
    rows = [{"ref": f"p{n}", "incident": INCIDENT, "team": crowd, "people": 1} for n in range(400)]
    rows += [{"ref": f"b{n}", "incident": INCIDENT, "item": "sandbag", "qty": 2} for n in range(400)]
    rows += [{"ref": f"x{n}", "incident": INCIDENT, "item": "sandbag", "qty": 150} for n in range(2)]
    data = "\n".join(map(json.dumps, rows)).encode()
    result = desk("callup", "batch", "-", "--json", stdin=data)
    assert [r["status"] for r in result.ndjson] == [*["ok"] * 801, "failed"]


def test_a_broken_line_is_a_failed_row(desk: Officer) -> None:
    data = b'{"ref": "a", "incident": "FT-6", "equipment": "FT-3"}\n{"ref":\n'
    result = desk("callup", "batch", "-", "--json", stdin=data)
    assert result.code == 5
    assert [(r["row"], r["status"]) for r in result.ndjson] == [(1, "ok"), (2, "failed")]


# -- what takes another's place -------------------------------------------------------------------------


def test_what_is_out_is_not_superseded_by_another_thing(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, order, "accept", "depart")
    assert "release and return it first" in desk.refused(
        1, "callup", "supersede", f"{order}/1", "--equipment", SMALL
    )
    desk.done("callup", "supersede", f"{order}/1", "--equipment", BIG)


def test_fewer_people_of_a_whole_team_and_the_other_way(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)
    fewer = desk.done("callup", "supersede", f"{order}/1", "--people", "5", "--json").json["id"]
    assert desk.show("callup", fewer)["lines"][0]["team"] == TEAM
    more = desk.done("callup", "supersede", f"{fewer}/1", "--people", "20", "--json").json["id"]
    whole = desk.done("callup", "supersede", f"{more}/1", "--team", TEAM, "--json").json["id"]
    assert desk.show("team", TEAM)["claimed_by"] == [f"{whole}/1"]


def test_links_between_orders_are_shown(desk: Officer) -> None:
    old = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, old, "accept", "depart", "arrive")
    second = desk.done(
        "incident", "open", "二", "--scenario", "flood", "--level", "II", "--region", "110106", "--json"
    ).json["id"]
    new = desk.done("callup", "reassign", f"{old}/1", "--incident", second, "--json").json["id"]
    assert f"replaced by {new}" in desk.done("callup", "show", old).out
    assert f"continues {old}/1" in desk.done("callup", "show", new).out
    assert desk.show("callup", old)["lines"][0]["replaced_by"] == new
    assert desk.show("callup", new)["lines"][0]["continues"] == f"{old}/1"
    assert desk.show("equipment", BIG)["custodian"] == new


def test_a_hold_that_is_lost_is_told_with_what_else_is_free(desk: Officer) -> None:
    hold = desk.issue("--kind", "preposition", "--equipment", BIG)
    given = desk.done("callup", "issue", *FOR, "--equipment", BIG, "--json").json
    assert given["warnings"] == [f"{hold}/1 loses {BIG}; free instead: {SMALL}"]
    assert f"replaced by {given['id']}" in desk.done("callup", "show", hold).out


def test_extended_times_are_times(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG, "--until", "18:00")
    desk.done("callup", "extend", order, "--until", "20:00")
    shown = desk.done("callup", "show", order).out
    assert "Until: 18:00\n" in shown and "until 20:00" in shown
    steps_of = desk.show("callup", order)["lines"][0]["steps"]
    assert steps_of[-1]["data"]["until"] == "2026-07-31T20:00:00+08:00"


# -- smaller rules ----------------------------------------------------------------------------------------


def test_a_given_order_is_not_rewritten(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG)
    assert "extend" in desk.refused(1, "callup", "set", order, "until=20:00")
    desk.done("callup", "set", order, "note=x", "report_to=长阳")
    draft = desk.done("callup", "draft", *FOR, "--equipment", SMALL, "--json").json["id"]
    desk.done("callup", "set", draft, "until=20:00")


def test_a_draft_keeps_what_it_was_drafted_with(desk: Officer) -> None:
    desk.done("duty", "report", TEAM, "--readiness", "unavailable", "--headcount", "0")
    desk.refused(1, "callup", "issue", *FOR, "--team", TEAM)
    draft = desk.done("callup", "draft", *FOR, "--team", TEAM, "--override", "急", "--json").json["id"]
    desk.done("callup", "issue-draft", draft)


def test_a_step_before_the_last_is_noted(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG)
    assert "before its last step" in desk.done("callup", "ack", order, "--at", "07:30").err
    assert "sighted" not in desk.refused(1, "callup", "arrive", order)


def test_what_broke_down_covers_no_need(desk: Officer) -> None:
    desk.done("incident", "need", INCIDENT, "drainage>=5000m3/h")
    order = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, order, "accept")
    assert desk.done("need", "board", INCIDENT, "--json").json[0]["committed"] == 5000
    desk.done("equipment", "report", BIG, "--serviceability", "unserviceable")
    assert desk.done("need", "board", INCIDENT, "--json").json[0]["committed"] == 0


def test_a_hand_over_that_does_not_fit_is_noted(desk: Officer) -> None:
    assert (
        "note"
        not in desk.done("equipment", "hand-over", BIG, "--to", "李", "--from", "王", "--hours", "9").err
    )
    said = desk.done("equipment", "hand-over", BIG, "--to", "张", "--from", "赵", "--hours", "8").err
    assert "was with 李" in said and "from 9 to 8" in said


def test_merging_fills_what_is_empty_and_refuses_two_plates(desk: Officer) -> None:
    desk.refused(1, "equipment", "merge", BIG, SMALL)
    twin = desk.add("equipment", "name=泵", "serial=S9")
    tried = desk.done("equipment", "merge", BIG, twin, "--dry-run", "--json").json
    assert tried["dry_run"] and desk.show("equipment", BIG)["serial"] is None
    assert "serial" in desk.done("equipment", "merge", BIG, twin, "--json").json["filled"]
    assert (desk.show("equipment", BIG)["serial"], desk.show("equipment", BIG)["name"]) == ("S9", "龙吸水")


def test_a_movement_that_a_later_count_has_seen_is_left_alone(desk: Officer) -> None:
    moved = desk.done("reserve", "move", "丰台库", "沙袋", "--qty", "-200", "--reason", "r", "--json").json[
        "op"
    ]
    counted = desk.done("reserve", "count", "丰台库", "沙袋", "--qty", "790", "--json").json["op"]
    desk("undo", moved)
    assert stock(desk) == 790
    desk.done("undo", counted)
    assert stock(desk) == 800
    desk.done("undo", moved)
    assert stock(desk) == 1000
