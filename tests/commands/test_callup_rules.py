"""What refuses a call-up order, the cases of CASES.md, and the needs orders answer."""

from __future__ import annotations

import itertools
import json

import pytest

from emergency.store.records.steps import STATES, STEPS, legal_from
from tests.commands.conftest import Officer, Stage
from tests.commands.orders import BIG, FOR, INCIDENT, OTHER, TEAM, lines, steps

# -- what the store refuses ------------------------------------------------------------------------------


def reach(desk: Officer, order: str, state: str) -> None:
    """Bring a line to a state by legal steps, the shortest way."""
    from collections import deque

    ways, queue = {"issued": []}, deque(["issued"])  # type: ignore[var-annotated]
    while queue:
        here = queue.popleft()
        for name in legal_from(here):
            there = STEPS[name].target
            if there and there not in ways and name not in ("issue", "supersede", "reassign"):
                ways[there] = [*ways[here], name]
                queue.append(there)
    for name in ways[state]:
        desk.done("callup", name, order, *(["--qty", "1"] if name == "partial" else []))
    assert desk.state(f"{order}/1") == state


@pytest.mark.parametrize("state", [s for s in STATES if s not in ("draft", "superseded", "reassigned")])
def test_an_illegal_step_is_refused_with_the_legal_ones_named(desk: Officer, state: str) -> None:
    order = desk.issue(*FOR, "--team", TEAM, "--people", "2")
    reach(desk, order, state)
    legal = [s for s in legal_from(state) if s != "sighted"]
    for name in STEPS:
        if name in legal or name in ("issue", "supersede", "reassign", "sighted", "deliver"):
            continue
        more = ["--qty", "1"] if name == "partial" else ["--until", "20:00"] if name == "extend" else []
        said = desk.refused(1, "callup", name, order, *more)
        assert f"{order}/1" in said
        if legal:
            hint = said.splitlines()[1]
            assert set(hint.split(": ")[1].split(", ")) == set(legal)
    assert desk.state(f"{order}/1") == state


def test_an_order_that_is_not_there_is_exit_3(desk: Officer) -> None:
    for verb in ("ack", "show", "cancel", "history"):
        desk.refused(3, "callup", verb, "FT-999")
    order = desk.issue(*FOR, "--team", TEAM)
    desk.refused(3, "callup", "ack", f"{order}/7")
    assert desk.done("callup", "ack", order.lower()).code == 0


def test_one_step_takes_several_orders_at_once_or_none(desk: Officer) -> None:
    one, two = desk.issue(*FOR, "--team", TEAM), desk.issue(*FOR, "--team", OTHER)
    desk.refused(3, "callup", "ack", one, two, "FT-999")
    assert (desk.state(f"{one}/1"), desk.state(f"{two}/1")) == ("issued", "issued")
    assert len(desk.done("callup", "ack", one, two, "--json").json["lines"]) == 2


@pytest.mark.parametrize(
    ("code", "ask"),
    [
        (2, ["--team", TEAM]),  # no incident
        (2, [*FOR]),  # nothing to call up
        (3, [*FOR, "--team", "没有这队"]),
        (3, [*FOR, "--equipment", "京Z99999"]),
        (3, ["--incident", "没有", "--team", TEAM]),
        (3, [*FOR, "--item", "unobtainium", "--qty", "1"]),
        (3, [*FOR, "--item", "gravel", "--qty", "1"]),  # no depot holds it
        (2, [*FOR, "--team", TEAM, "--by", "07:00"]),  # passed already
        (2, [*FOR, "--team", TEAM, "--by", "soon"]),
        (2, [*FOR, "--team", TEAM, "--people", "0"]),
        (2, [*FOR, "--team", TEAM, "--people", "-3"]),
        (2, [*FOR, "--team", TEAM, "--people", "six"]),
        (1, [*FOR, "--team", TEAM, "--people", "21"]),  # more than it has
        (2, [*FOR, "--people", "3"]),  # whose?
        (2, [*FOR, "--item", "sandbag"]),
        (2, [*FOR, "--item", "sandbag", "--qty", "0"]),
        (2, [*FOR, "--item", "sandbag", "--qty", "-5"]),
        (2, [*FOR, "--item", "sandbag", "--qty", "5t"]),
        (1, [*FOR, "--item", "sandbag", "--qty", "1001"]),  # more than there is
        (1, [*FOR, "--team", OTHER, "--equipment", BIG]),  # not theirs
        (2, [*FOR, "--equipment", BIG, "--equipment", "京A00001"]),  # the same one twice
        (2, [*FOR, "--team", TEAM, "--kind", "requisition"]),  # without its legal basis
        (2, [*FOR, "--team", TEAM, "--kind", "invitation"]),
        (1, [*FOR, "--team", TEAM, "--kind", "help"]),  # of this province: called, not asked
        (2, [*FOR, "--kind", "transfer", "--team", TEAM]),
        (2, [*FOR, "--team", TEAM, "--at", "09:30"]),
        (2, [*FOR, "--team", TEAM, "--note", "长" * 501]),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_nothing_is_written(
    desk: Officer, code: int, ask: list[str]
) -> None:
    desk.refused(code, "callup", "issue", *ask)
    result = desk("callup", "issue", *ask, "--json")
    assert result.code == code
    if code != 2 or not result.err.startswith("emergency:"):
        error = json.loads(result.err)
        assert set(error) == {"error", "message", "hint"}
    assert lines(desk) == []


def test_case_1_a_claimed_truck_is_refused_naming_order_time_and_approver(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG, "--approver", "李局长")
    desk.at("08:30")
    for ask in ([*FOR, "--equipment", "京A00001"], [*FOR, "--team", TEAM, "--equipment", BIG]):
        said = desk.refused(4, "callup", "issue", *ask)
        for what in (f"{order}/1", "2026-07-31T08:00:00+08:00", "李局长", INCIDENT):
            assert what in said, said
    error = json.loads(desk("callup", "issue", *FOR, "--equipment", BIG, "--json").err)
    assert error["error"] == "contested"
    assert f"{order}/1" in desk.refused(1, "equipment", "retire", BIG, "--reason", "r")
    twin = desk.add("equipment", "name=x")
    desk.refused(1, "equipment", "merge", twin, BIG)
    desk.done("callup", "cancel", order)
    desk.issue(*FOR, "--equipment", BIG)


def test_case_1_two_officers_at_one_store_at_once(desk: Officer) -> None:
    """Both start at the same moment; exactly one order is given."""
    import subprocess
    import sys

    command = [sys.executable, "-m", "emergency", "callup", "issue", *FOR, "--equipment", BIG]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    ended = [(*p.communicate(timeout=60), p.returncode) for p in both]
    assert sorted(code for _out, _err, code in ended) == [0, 4], ended
    assert "is claimed by" in next(err for _out, err, code in ended if code == 4)
    assert len(lines(desk)) == 1


def test_a_whole_team_is_claimed_once_and_its_people_are_then_not_left(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM)
    said = desk.refused(4, "callup", "issue", *FOR, "--team", TEAM)
    assert f"{order}/1" in said
    assert f"{order}/1" in desk.refused(4, "callup", "issue", *FOR, "--team", TEAM, "--people", "1")
    desk.done("callup", "decline", order, "--note", "在外执勤")
    desk.issue(*FOR, "--team", TEAM)


def test_people_are_called_only_as_far_as_there_are_any_left(desk: Officer) -> None:
    desk.done("duty", "report", TEAM, "--readiness", "ready", "--headcount", "10")
    first = desk.issue(*FOR, "--team", TEAM, "--people", "6")
    said = desk.refused(1, "callup", "issue", *FOR, "--team", TEAM, "--people", "5")
    assert "10" in said and "6" in said
    desk.issue(*FOR, "--team", TEAM, "--people", "4")
    desk.done("callup", "cancel", first)
    desk.issue(*FOR, "--team", TEAM, "--people", "6")


def test_stock_is_held_when_ordered_and_leaves_when_it_departs(desk: Officer) -> None:
    order = desk.issue(*FOR, "--item", "沙袋", "--qty", "700")
    line = f"{Stage.DEPOT}/sandbag"
    assert desk.show("reserve", line)["quantity"] == 1000
    said = desk.refused(1, "callup", "issue", *FOR, "--item", "沙袋", "--qty", "400")
    assert "300" in said
    second = desk.issue(*FOR, "--item", "sandbag", "--qty", "300条", "--depot", "丰台库")
    steps(desk, order, "accept", "depart")
    assert desk.show("reserve", line)["quantity"] == 300
    desk.done("callup", "cancel", second)
    desk.issue(*FOR, "--item", "sandbag", "--qty", "300")
    ledger = desk.done("reserve", "ledger", line, "--json").json
    assert [r["quantity"] for r in ledger] == [1000, -700]


def test_stock_leaves_the_lots_that_were_ordered_and_none_goes_below_nothing(desk: Officer) -> None:
    move = ["reserve", "move", "丰台库", "沙袋", "--reason", "r", "--qty"]
    desk.done(*move, "5", "--lot", "L1")
    desk.done("reserve", "set", f"{Stage.DEPOT}/sandbag/L1", "expires=2026-09-01")
    desk.done(*move, "900", "--form", "agreement")
    order = desk.issue(*FOR, "--item", "sandbag", "--qty", "300")
    steps(desk, order, "accept", "depart")
    stock = {r["id"]: r["quantity"] for r in desk.done("reserve", "list", "--json").json}
    assert stock[f"{Stage.DEPOT}/sandbag@agreement"] == 900  # an agreement is not on the shelf
    assert stock[f"{Stage.DEPOT}/sandbag"] + stock[f"{Stage.DEPOT}/sandbag/L1"] == 705
    assert min(stock.values()) >= 0


def test_what_is_held_of_one_lot_leaves_the_other_free(desk: Officer) -> None:
    desk.done("reserve", "move", "丰台库", "沙袋", "--reason", "r", "--qty", "1000", "--lot", "L1")
    desk.issue(*FOR, "--item", "sandbag", "--qty", "800")
    desk.issue(*FOR, "--item", "sandbag", "--qty", "800")
    desk.refused(1, "callup", "issue", *FOR, "--item", "sandbag", "--qty", "800")


def test_a_whole_team_is_not_called_while_some_of_its_people_are_out(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM, "--people", "6")
    result = desk("callup", "issue", *FOR, "--team", TEAM)
    assert result.code in (1, 4), result
    assert f"{order}/1" in result.err or "6" in result.err


def test_a_part_is_of_one_line(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM, "--people", "6", "--item", "sandbag", "--qty", "500")
    said = desk.refused(2, "callup", "partial", order, "--qty", "3")
    assert f"{order}/1" in said
    desk.done("callup", "partial", f"{order}/2", "--qty", "3")
    assert [r["state"] for r in desk.show("callup", order)["lines"]].count("partial") == 1


def test_a_team_that_is_unavailable_or_retired_is_not_called(desk: Officer) -> None:
    desk.done("duty", "report", TEAM, "--readiness", "unavailable", "--headcount", "0")
    desk.refused(1, "callup", "issue", *FOR, "--team", TEAM)
    order = desk.issue(*FOR, "--team", TEAM, "--override", "唯一的排水队")
    assert any(e["why"] == "唯一的排水队" for e in desk.done("journal", "log", "--json").json)
    desk.done("callup", "cancel", order)
    desk.done("team", "retire", TEAM, "--reason", "撤销")
    said = desk.refused(1, "callup", "issue", *FOR, "--team", TEAM)
    assert "撤销" in said


@pytest.mark.parametrize("state", ["in_repair", "unserviceable", "lost", "destroyed"])
def test_equipment_out_of_service_is_not_called(desk: Officer, state: str) -> None:
    desk.done("equipment", "report", BIG, "--serviceability", state)
    desk.refused(1, "callup", "issue", *FOR, "--equipment", BIG)
    assert BIG not in desk.ids("equipment", "list", "--free")


def test_an_expired_qualification_blocks_the_job_that_needs_it(desk: Officer) -> None:
    desk.done("equipment", "set", BIG, "licence=大型排水车操作证")
    said = desk.refused(1, "callup", "issue", *FOR, "--equipment", BIG)
    assert "大型排水车操作证" in said
    member = desk.add(
        "member",
        "name=张三",
        f"team={TEAM}",
        "qualification=大型排水车操作证",
        "qualification_until=2026-07-30",
    )
    said = desk.refused(1, "callup", "issue", *FOR, "--equipment", BIG)
    assert "张三" in said and "2026-07-30" in said
    desk.done("member", "set", member, "qualification_until=2026-07-31")
    desk.issue(*FOR, "--equipment", BIG)


def test_an_expired_qualification_is_gone_past_only_with_a_reason_on_record(desk: Officer) -> None:
    desk.done("equipment", "set", BIG, "licence=操作证")
    desk.issue(*FOR, "--equipment", BIG, "--override", "教练在车上")
    assert any(e["why"] == "教练在车上" for e in desk.done("journal", "log", "--json").json)


def test_another_province_is_asked_not_ordered(desk: Officer) -> None:
    tianjin = desk.add("team", "name=天津排水队", "region=120101")
    said = desk.refused(1, "callup", "issue", *FOR, "--team", tianjin)
    assert "help" in said
    desk.refused(1, "callup", "issue", *FOR, "--team", tianjin, "--kind", "requisition", "--basis", "EREL-12")
    order = desk.issue(*FOR, "--team", tianjin, "--kind", "help")
    assert desk.show("callup", order)["kind"] == "help"


# -- the cases -------------------------------------------------------------------------------------------


def test_case_6_custody_wins_over_what_the_order_says(desk: Officer) -> None:
    other = desk.done("incident", "open", "丰台内涝", "--scenario", "waterlogging", "--level", "II", "--region", "110106",
                      "--json").json["id"]  # fmt: skip
    order = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, order, "accept", "depart")
    desk.done("equipment", "check-in", "京A00001", "--incident", other, "--place", "万柳桥")
    shown = desk.show("equipment", BIG)
    assert (shown["custody"], shown["custodian"]) == ("at_incident", other)
    line = desk.show("callup", order)["lines"][0]
    assert line["flags"] == ["seen-elsewhere"]
    assert line["state"] == "en_route"
    assert f"{order}/1" in [r["what"] for r in desk.done("conflict", "list", "--json").json]


def test_case_6_an_expected_check_in_is_an_arrival(desk: Officer) -> None:
    order = desk.issue(*FOR, "--equipment", BIG)
    steps(desk, order, "accept", "depart")
    desk.done("equipment", "check-in", BIG, "--incident", INCIDENT)
    assert desk.state(f"{order}/1") == "on_scene"
    assert desk.show("callup", order)["lines"][0]["flags"] == []


def test_case_6_an_arrival_elsewhere_is_marked(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM, "--report-to", "城关街道")
    steps(desk, order, "accept", "depart")
    desk.done("callup", "arrive", order, "--place", "长阳镇")
    assert desk.show("callup", order)["lines"][0]["flags"] == ["arrived-elsewhere"]


def test_case_12_one_vehicle_registered_twice_is_noticed_and_merged(desk: Officer) -> None:
    twin = desk.add("equipment", "name=大流量泵车", "kind=pump-truck", "plate=京A00001", "drainage=5000m3/h")
    rows = desk.done("conflict", "list", "--json").json
    assert ("registered twice", "equipment.plate 京A00001") in [(r["kind"], r["what"]) for r in rows]
    assert sorted(rows[0]["sides"]) == sorted([BIG, twin])
    merged = desk.done("equipment", "merge", BIG, twin, "--json").json
    assert (merged["id"], merged["alias"]) == (BIG, twin)
    assert desk.done("conflict", "list", "--json").json == []
    # Capacity is counted once, and the other code still works.
    assert desk.ids("equipment", "list", "--free", "--where", "drainage>=3000m3/h") == [BIG]
    order = desk.issue(*FOR, "--equipment", twin)
    assert desk.show("callup", order)["lines"][0]["equipment"] == BIG
    assert f"{order}/1" in desk.refused(4, "callup", "issue", *FOR, "--equipment", BIG)
    desk.refused(2, "equipment", "merge", BIG, BIG)


def test_case_12_a_plate_that_means_two_until_merged_names_both(desk: Officer) -> None:
    twin = desk.add("equipment", "name=大流量泵车", "plate=京A00001")
    said = desk.refused(3, "callup", "issue", *FOR, "--equipment", "京A00001")
    assert BIG in said and twin in said
    desk.done("equipment", "merge", BIG, twin)
    order = desk.issue(*FOR, "--equipment", "京A00001")
    assert desk.show("callup", order)["lines"][0]["equipment"] == BIG


def test_case_12_merging_is_taken_back(desk: Officer) -> None:
    twin = desk.add("equipment", "name=大流量泵车")
    desk.done("equipment", "merge", BIG, twin)
    desk.done("undo")
    order = desk.issue(*FOR, "--equipment", twin)
    assert desk.show("callup", order)["lines"][0]["equipment"] == twin


def test_case_13_a_call_up_consumes_what_was_held_for_a_plan(desk: Officer) -> None:
    plan = desk.done(
        "callup", "issue", "--kind", "preposition", "--equipment", BIG, "--report-to", "城关站", "--json"
    ).json
    assert desk.show("equipment", BIG)["claimed_by"] == plan["lines"]
    said = desk.refused(4, "callup", "issue", "--kind", "preposition", "--equipment", BIG)
    assert plan["lines"][0] in said
    order = desk.issue(*FOR, "--equipment", BIG)
    assert desk.show("equipment", BIG)["claimed_by"] == [f"{order}/1"]
    assert desk.state(plan["lines"][0]) == "superseded"
    story = desk.show("callup", plan["id"])["lines"][0]["steps"]
    assert story[-1]["data"]["by"] == order
    desk.refused(4, "callup", "issue", "--kind", "standby", "--equipment", BIG)


def test_case_13_a_team_on_standby_is_taken_too(desk: Officer) -> None:
    hold = desk.issue("--kind", "standby", "--team", TEAM)
    order = desk.issue(*FOR, "--team", TEAM)
    assert desk.state(f"{hold}/1") == "superseded"
    assert desk.show("team", TEAM)["claimed_by"] == [f"{order}/1"]


def test_case_17_a_person_in_two_teams_is_noticed_at_the_person(desk: Officer) -> None:
    for team in (TEAM, OTHER):
        desk.add("member", "name=张三", f"team={team}", "id_number=110106199001011234")
    rows = desk.done("conflict", "list", "--json").json
    assert [r["kind"] for r in rows] == ["registered twice"]
    first = desk.done("callup", "issue", *FOR, "--team", TEAM, "--people", "5", "--json").json
    assert first["warnings"] == []
    result = desk("callup", "issue", *FOR, "--team", OTHER, "--people", "5", "--json")
    assert result.code == 0
    assert "张三" in result.json["warnings"][0] and TEAM in result.json["warnings"][0]
    assert "张三" in result.err
    desk.done("callup", "cancel", result.json["id"])
    assert desk.done("callup", "issue", *FOR, "--team", OTHER, "--json").json["warnings"]


def test_nothing_is_retired_while_a_line_stands_on_it(desk: Officer) -> None:
    order = desk.issue(*FOR, "--team", TEAM, "--people", "2")
    for noun, which in (("team", TEAM), ("incident", INCIDENT), ("callup", order)):
        assert f"{order}/1" in desk.refused(1, noun, "retire", which, "--reason", "r")
    desk.done("callup", "cancel", order)
    for noun, which in (("callup", order), ("team", TEAM), ("incident", INCIDENT)):
        desk.done(noun, "retire", which, "--reason", "r")


# -- needs and incidents ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "what"),
    [(2, "drainage>=20000kW"), (2, "drainage<=3"), (2, "drainage"), (2, "people>=1.5"), (2, "people>=0"),
     (3, "nothing-of-the-kind>=3"), (2, "drainage>=-5m3/h"), (2, "sandbag>=5t"), (2, "power>=3000m3/h")],
)  # fmt: skip
def test_a_need_that_makes_no_sense_is_refused(desk: Officer, code: int, what: str) -> None:
    desk.refused(code, "incident", "need", INCIDENT, what)


def test_needs_in_other_units_are_kept_in_the_field_s_own(desk: Officer) -> None:
    for what in ("drainage>=20000m3/h", "drainage >= 2万立方米/小时", "排水能力≥20000m³/h"):
        desk.done("incident", "need", INCIDENT, what)
    rows = desk.done("need", "board", "--json").json
    assert [(r["what"], r["required"], r["unit"]) for r in rows] == [("drainage", 20000, "m3/h")] * 3


def test_an_incident_is_opened_levelled_logged_and_told(desk: Officer) -> None:
    opened = desk.done(
        "incident", "open", "演练", "--scenario", "城市内涝灾害", "--level", "IV", "--region", "丰台区", "--exercise",
        "--opened", "07:30", "--json",
    ).json  # fmt: skip
    shown = desk.show("incident", opened["id"])
    assert (shown["scenario"], shown["exercise"], shown["region"]) == ("waterlogging", "yes", "110106")
    assert shown["opened_at"] == "2026-07-31T07:30:00+08:00"
    desk.done("incident", "level", opened["id"], "III", "--why", "升级")
    assert desk.show("incident", opened["id"])["level"] == "III"
    desk.done("incident", "log", opened["id"], "第一次会商", "--at", "07:40")
    history = desk.done("incident", "history", opened["id"], "--json").json
    assert any("第一次会商" in json.dumps(e, ensure_ascii=False) for e in history)


@pytest.mark.parametrize(
    ("code", "change"),
    [(3, ["--scenario", "plague"]), (2, ["--level", "V"]), (3, ["--region", "999999"]), (2, ["--at", "1,2,3"]),
     (2, ["--at", "116.1,39.9,"]), (2, ["--opened", "2099-01-01 00:00"])],
)  # fmt: skip
def test_an_incident_that_cannot_be_is_not_opened(desk: Officer, code: int, change: list[str]) -> None:
    whole = {"--scenario": "flood", "--level": "II", "--region": "110111"} | dict([change])
    desk.refused(code, "incident", "open", "某地洪水", *itertools.chain.from_iterable(whole.items()))


def test_an_incident_needs_a_title(desk: Officer) -> None:
    desk.refused(2, "incident", "open", "  ", "--scenario", "flood", "--level", "II", "--region", "110111")


def test_coordinates_given_the_wrong_way_round_are_noticed(desk: Officer) -> None:
    result = desk("incident", "open", "x", "--scenario", "flood", "--level", "II", "--region", "110111", "--at",
                  "115.99,39.74", "--json")  # fmt: skip
    if result.code == 0:
        assert desk.show("incident", result.json["id"])["at"] == {"lat": 39.74, "lng": 115.99}
    else:
        assert result.code == 2


def test_several_needs_are_stated_at_once_or_none(desk: Officer) -> None:
    told = desk.done(
        "incident", "need", INCIDENT, "people>=60", "sandbag>=300", "--by", "90min", "--json"
    ).json
    board = desk.done("need", "board", INCIDENT, "--json").json
    assert [row["id"] for row in board] == told["ids"] and told["id"] == told["ids"][0]
    assert [(row["what"], row["required"]) for row in board] == [("people", 60), ("sandbag", 300)]
    assert len({row["by"] for row in board}) == 1 and board[0]["by"]
    desk.refused(3, "incident", "need", INCIDENT, "boat>=3", "这是什么>=3")
    assert len(desk.done("need", "board", INCIDENT, "--json").json) == 2
