"""`emergency plan callup`: whom it calls, whom it leaves alone and why, and what it writes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from emergency.commands import callplan
from emergency.plugins.planner import callup
from emergency.store import planwords

from .conftest import Officer, Shelf, Stage


@pytest.fixture
def flood(desk: Officer, shelf: Shelf) -> Officer:
    """The stocked desk: both teams have just reported ready, and the incident asks for pumps, people and bags."""
    return shelf.typed(desk, _rain)


def _rain(desk: Officer) -> None:
    ready(desk, "drainage>=5000m3/h", "people>=24", "sandbag>=300")


def ready(desk: Officer, *needs: str) -> None:
    """Both teams have just reported ready, and the incident asks for this."""
    for team, people in ((Stage.DRAINERS, "20"), (Stage.RESCUERS, "12")):
        desk.done("duty", "report", team, "--readiness", "ready", "--headcount", people)
    for need in needs:
        desk.done("incident", "need", Stage.INCIDENT, need, "--by", "90min")


def plan(say: Officer, *more: str) -> Any:
    """The plan for the incident of the stage."""
    return say.done("plan", "callup", Stage.INCIDENT, *more, "--json").json


def need(value: Any, what: str, incident: str = Stage.INCIDENT) -> Any:
    """One need of a plan."""
    found = next(i for i in value["incidents"] if i["id"] == incident)
    return next(n for n in found["needs"] if n["what"] == what)


def sent(value: Any, kind: str) -> dict[str, int]:
    """{holder: how many of a kind of thing it sends}."""
    out: dict[str, int] = {}
    for line in value["lines"]:
        if line["kind"] == kind:
            out[line["holder"]] = out.get(line["holder"], 0) + line["count"]
    return out


def test_a_plan_meets_the_needs_and_writes_nothing(flood: Officer) -> None:
    before = flood.entries()
    value = plan(flood)
    assert [n["short"] for n in value["incidents"][0]["needs"]] == [0, 0, 0]
    # The big pump alone is enough; the small one stays.
    assert [line["equipment"] for line in value["lines"] if line["kind"] == "equipment"] == [[Stage.BIG]]
    assert sum(sent(value, "people").values()) == 24
    assert sent(value, "reserve") == {Stage.DEPOT: 300}
    assert all(line["minutes"] is not None and line["source"] for line in value["lines"])
    assert 0 <= value["gap"] < 0.01
    assert flood.entries() == before


def test_no_number_is_no_time_to_search_in(flood: Officer) -> None:
    assert "nan" in flood.refused(2, "plan", "callup", Stage.INCIDENT, "--seconds", "nan")


@pytest.mark.parametrize("asked", [10**6, 10**9])
def test_whatever_is_asked_for_all_that_can_come_is_called(desk: Officer, shelf: Shelf, asked: int) -> None:
    """And what is said of it is so: each unit is missed, and the shortage is to the last person."""
    flood = shelf.typed(desk, ready)
    flood.done("incident", "need", Stage.INCIDENT, f"people>={asked}", "--by", "90min")
    value = plan(flood)
    called = sum(sent(value, "people").values())
    assert called == 20 + 12 and need(value, "people")["short"] == asked - called
    missed = [sum(line["without_it"]["short"].values()) for line in value["lines"]]
    assert missed == [line["count"] for line in value["lines"]]


def test_every_figure_of_the_text_has_its_unit(flood: Officer) -> None:
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert f"{Stage.DEPOT} 丰台库" in said and "300 条 " in said
    row = next(line for line in said.splitlines() if "5000 m3/h" in line)
    assert row.split()[:7] == ["drainage", "5000", "m3/h", "0", "m3/h", "5000", "m3/h"]


def test_a_team_that_is_not_ready_is_named_and_not_called(flood: Officer) -> None:
    flood.done("duty", "report", Stage.DRAINERS, "--readiness", "standby", "--headcount", "20")
    value = plan(flood)
    assert Stage.DRAINERS not in {line["holder"] for line in value["lines"]}
    assert need(value, "drainage")["short"] == 5000
    assert need(value, "drainage")["smallest_change"] == {
        "what": "standby", "holders": [Stage.DRAINERS], "still_short": 0,
    }  # fmt: skip
    passed = need(value, "drainage")["passed_over"]
    assert [(p["holder"], p["why"]) for p in passed] == [(Stage.DRAINERS, "standby")]
    assert need(value, "people")["short"] == 12
    assert need(plan(flood, "--standby"), "drainage")["short"] == 0


def test_a_report_that_is_stale_readies_nobody(flood: Officer) -> None:
    flood.at("2026-08-01T08:30:00+08:00")
    value = plan(flood)
    assert sent(value, "people") == {} and sent(value, "equipment") == {}
    assert {p["why"] for p in need(value, "people")["passed_over"]} == {"stale"}


def test_nothing_is_promised_twice(flood: Officer) -> None:
    other = flood.done("incident", "open", "丰台积水", "--scenario", "waterlogging", "--level", "III", "--region", "110106",
                       "--at", "39.86,116.28", "--json").json["id"]  # fmt: skip
    flood.done("incident", "need", other, "drainage>=6000m3/h", "--by", "60min", "--priority", "life")
    value = flood.done("plan", "callup", Stage.INCIDENT, other, "--json").json
    tags = [tag for line in value["lines"] for tag in line["equipment"]]
    assert sorted(tags) == [Stage.BIG, Stage.SMALL]
    assert need(value, "drainage", other)["short"] == 0
    assert need(value, "drainage")["short"] == 5000
    assert [(p["why"], p["incident"]) for p in need(value, "drainage")["passed_over"]] == [("sent", other)]


def test_what_is_ordered_or_broken_is_not_called(flood: Officer) -> None:
    flood.issue(
        "--incident", Stage.INCIDENT, "--equipment", Stage.SMALL, "--people", "20", "--team", Stage.DRAINERS
    )
    flood.done("equipment", "set", Stage.BIG, "serviceability=in_repair")
    value = plan(flood)
    assert sent(value, "equipment") == {}
    assert sent(value, "people") == {Stage.RESCUERS: 4}
    assert need(value, "drainage")["ordered"] == 1000
    assert need(value, "drainage")["short"] == 4000


def test_stock_below_its_floor_stays_unless_somebody_says_why(flood: Officer) -> None:
    flood.done("reserve", "set", f"{Stage.DEPOT}/sandbag", "minimum=900")
    value = plan(flood)
    assert sent(value, "reserve") == {Stage.DEPOT: 100}
    assert need(value, "sandbag")["short"] == 200
    assert need(value, "sandbag")["smallest_change"]["what"] == "floor"
    assert sent(plan(flood, "--override", "堤坝将溃"), "reserve") == {Stage.DEPOT: 300}


def test_floors_of_people_hold_for_a_team_and_for_an_area_together(flood: Officer) -> None:
    flood.done("team", "set", Stage.DRAINERS, "floor=15")
    value = plan(flood)
    assert sent(value, "people") == {Stage.DRAINERS: 5, Stage.RESCUERS: 12}
    assert need(value, "people")["short"] == 7
    # All of Beijing keeps 22 of its 32 people: ten may leave, whosever they are.
    flood.done("region", "set", "110000", "floor=22")
    assert sum(sent(plan(flood), "people").values()) == 10
    assert sum(sent(plan(flood, "--override", "险情"), "people").values()) == 24


def test_a_team_is_called_whole_or_in_part_and_not_twice(flood: Officer) -> None:
    flood.done("incident", "need", Stage.INCIDENT, "teams>=2")
    value = plan(flood)
    assert sent(value, "team") == {Stage.DRAINERS: 1, Stage.RESCUERS: 1}
    assert sent(value, "people") == {}
    assert need(value, "people")["short"] == 0
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    for order in done["issued"]["new"]:
        flood.done("callup", "issue-draft", order)


def test_without_a_team_what_it_was_to_bring_is_planned_anew(flood: Officer) -> None:
    flood.issue("--incident", Stage.INCIDENT, "--team", Stage.RESCUERS, "--people", "12")
    assert sent(plan(flood), "people") == {Stage.DRAINERS: 12}
    value = plan(flood, "--without", Stage.RESCUERS)
    assert sent(value, "people") == {Stage.DRAINERS: 20}
    assert need(value, "people")["short"] == 4


def test_what_comes_late_says_by_how_many_minutes(flood: Officer) -> None:
    value = plan(flood)
    assert {line["late_minutes"] for line in value["lines"]} == {0.0}
    late = flood.done("incident", "open", "远处", "--scenario", "flood", "--level", "IV", "--region", "110106",
                      "--at", "39.2,115.0", "--json").json["id"]  # fmt: skip
    flood.done("incident", "need", late, "people>=5", "--by", "1min")
    value = flood.done("plan", "callup", late, "--json").json
    one, row = value["lines"][0], value["incidents"][0]["needs"][0]
    assert one["late_minutes"] == row["late_minutes"] == pytest.approx(one["minutes"] - 1, abs=0.2)
    text = flood.done("plan", "callup", late).out
    assert (
        f"{math.ceil(one['late_minutes'])} min late" in text and f"in {math.ceil(one['minutes'])} min" in text
    )


def test_turning_out_comes_before_the_drive(flood: Officer) -> None:
    def minutes(value: Any, holder: str) -> set[float]:
        return {line["minutes"] for line in value["lines"] if line["holder"] == holder}

    before = plan(flood)
    flood.done("team", "set", Stage.DRAINERS, "turnout=10")
    after = plan(flood)
    (drive,), (arrival,) = minutes(before, Stage.DRAINERS), minutes(after, Stage.DRAINERS)
    assert arrival == pytest.approx(drive + 10, abs=0.11)
    # Of the team that states none, and of the depot, nothing has changed.
    assert minutes(after, Stage.RESCUERS) == minutes(before, Stage.RESCUERS)
    assert minutes(after, Stage.DEPOT) == minutes(before, Stage.DEPOT)
    told = {(line["holder"], line.get("turnout_minutes")) for line in after["lines"]}
    assert told == {(Stage.DRAINERS, 10.0), (Stage.RESCUERS, None), (Stage.DEPOT, None)}
    assert {line["kind"] for line in after["lines"] if line["holder"] == Stage.DRAINERS} == {
        "equipment",
        "people",
    }
    assert need(after, "drainage")["last_minutes"] == arrival
    text = flood.done("plan", "callup", Stage.INCIDENT).out
    assert f"in {math.ceil(arrival)} min (turn-out 10 min + drive {math.ceil(drive)} min)" in text
    assert text.count("turn-out") == 1


def test_no_turn_out_is_as_none_stated(flood: Officer) -> None:
    before = flood.done("plan", "callup", Stage.INCIDENT).out
    flood.done("team", "set", Stage.DRAINERS, "turnout=0")
    assert flood.done("plan", "callup", Stage.INCIDENT).out == before


def test_the_team_that_is_there_first_is_called_and_not_the_nearest(flood: Officer) -> None:
    slow = flood.add(
        "team", "name=近处慢队", "region=110111", "strength=12", "at=39.741,115.991", "turnout=2h"
    )
    flood.done("duty", "report", slow, "--readiness", "ready", "--headcount", "12")
    value = plan(flood)
    assert slow not in sent(value, "people")
    (drainage,) = (line["minutes"] for line in value["lines"] if line["kind"] == "equipment")
    assert drainage < 120
    # With a minute to turn out it is the nearest in time too.
    flood.done("team", "set", slow, "turnout=1")
    assert slow in sent(plan(flood), "people")


def test_who_is_passed_over_is_as_far_as_it_takes_to_turn_out_and_drive(flood: Officer) -> None:
    flood.done("duty", "report", Stage.DRAINERS, "--readiness", "standby", "--headcount", "20")
    (before,) = need(plan(flood), "drainage")["passed_over"]
    flood.done("team", "set", Stage.DRAINERS, "turnout=15")
    (after,) = need(plan(flood), "drainage")["passed_over"]
    assert after["turnout_minutes"] == 15
    assert after["minutes"] == pytest.approx(before["minutes"] + 15, abs=0.11)
    text = flood.done("plan", "callup", Stage.INCIDENT).out
    assert f"(turn-out 15 min + drive {math.ceil(before['minutes'])} min): on standby" in text


def test_turning_out_makes_a_unit_late(flood: Officer) -> None:
    flood.done("team", "set", Stage.DRAINERS, "turnout=95min")
    pump = next(line for line in plan(flood)["lines"] if line["kind"] == "equipment")
    assert pump["late_minutes"] == pytest.approx(pump["minutes"] - 90, abs=0.2) and pump["late_minutes"] > 5


def test_each_line_says_what_the_plan_would_be_without_it(flood: Officer) -> None:
    value = plan(flood)
    pump = next(line for line in value["lines"] if line["kind"] == "equipment")
    drainage = need(value, "drainage")["id"]
    assert pump["without_it"]["short"][drainage] == 5000
    text = flood.done("plan", "callup", Stage.INCIDENT).out
    assert "drainage short by 5000 m3/h" in text
    assert "no plan can cost less" in text


def test_the_soonest_at_each_incident_are_explained_and_the_plan_says_of_how_many(
    flood: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood.done(
        "incident", "open", "丰台积水", "--scenario", "waterlogging", "--level", "III",
        "--region", "110106", "--at", "39.86,116.29",
    )  # fmt: skip
    flood.done("incident", "need", "丰台积水", "people>=5", "--by", "90min")
    words = ("plan", "callup", Stage.INCIDENT, "丰台积水")
    assert "is reckoned of" not in flood.done(*words).out
    monkeypatch.setattr(callplan, "EXPLAINED", 2)
    value = flood.done(*words, "--json").json
    soonest: dict[str, tuple[float, str]] = {}
    arrives: dict[tuple[str, str], float] = {}
    for line in value["lines"]:
        key = line["incident"], line["holder"]
        arrives[key] = max(arrives.get(key, 0.0), line["minutes"])
    for (incident, holder), minutes in arrives.items():
        soonest[incident] = min(soonest.get(incident, (math.inf, "")), (minutes, holder))
    told = {line["holder"] for line in value["lines"] if line["without_it"]}
    assert len(soonest) == 2 < value["holders_called"]
    assert told == {holder for _minutes, holder in soonest.values()}
    assert "is reckoned of 2 units" in flood.done(*words).out


def test_what_has_no_kind_or_no_holder_is_called_by_its_tag(flood: Officer) -> None:
    kindless = flood.add("equipment", "name=无类泵", "team=FT-2", "drainage=4000m3/h")
    loose = flood.add("equipment", "name=无主泵", "drainage=4000m3/h", "at=39.74,115.99")
    flood.done("incident", "need", Stage.INCIDENT, "drainage>=7000m3/h", "--by", "90min")
    tags = {tag for line in plan(flood)["lines"] for tag in line["equipment"]}
    assert {kindless, loose, Stage.BIG} <= tags


def test_an_area_that_loses_its_last_ready_team_is_named(flood: Officer) -> None:
    lost = plan(flood)["cover_lost"]
    assert {(row["region"], row["type"]) for row in lost} >= {("110106", "救援")}


def test_cover_left_and_move_up_count_turning_out(flood: Officer) -> None:
    flood.add(
        "team", "name=救援近队", "region=110106", "strength=9", "at=39.85,116.28", "type=救援", "turnout=5"
    )
    flood.done("duty", "report", "救援近队", "--readiness", "ready", "--headcount", "9")

    def lost() -> dict[str, Any]:
        return {row["region"]: row for row in plan(flood)["cover_lost"] if row["type"] == "救援"}

    assert "110106" not in lost()
    # It stands there, and would be there too late all the same.
    flood.done("team", "set", "救援近队", "turnout=40")
    move = lost()["110106"]
    assert (move["nearest_name"], move["turnout_minutes"]) == ("救援近队", 40)
    assert move["minutes"] > 40
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert f"{math.ceil(move['minutes'])} min away, alone where it is (turn-out 40 min + drive" in said


def test_a_plan_that_cannot_be_is_refused_in_one_line(flood: Officer) -> None:
    flood.refused(3, "plan", "callup", "FT-99")
    flood.refused(2, "plan", "callup", Stage.INCIDENT, "--style", "slow")
    other = flood.done("incident", "open", "无需求", "--scenario", "flood", "--level", "IV", "--region", "110106",
                       "--json").json["id"]  # fmt: skip
    assert "states no need" in flood.refused(1, "plan", "callup", other)
    flood.done("incident", "close", other)
    assert "closed" in flood.refused(1, "plan", "callup", other)


def test_a_team_would_meet_no_more_than_it_has_where_people_and_teams_are_asked_for(flood: Officer) -> None:
    for team in (Stage.DRAINERS, Stage.RESCUERS):
        flood.done("duty", "report", team, "--readiness", "standby", "--headcount", "20")
    flood.done("incident", "need", Stage.INCIDENT, "teams>=1")
    change = need(plan(flood), "people")["smallest_change"]
    # Twenty-four people are asked for: one of the teams of twenty is not enough.
    assert change == {"what": "standby", "holders": [Stage.DRAINERS, Stage.RESCUERS], "still_short": 0}


def test_what_was_left_out_of_the_search_has_no_figure_of_what_it_would_cost(
    flood: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        name = f"邻队{number}"
        flood.add("team", f"name={name}", "region=110111", "strength=30", "at=39.741,115.991")
        flood.done("duty", "report", name, "--readiness", "ready", "--headcount", "30")

    def more() -> list[float | None]:
        passed = need(plan(flood), "people")["passed_over"]
        return [row["costs_more"] for row in passed if row["why"] == "costs-more"]

    assert more() and None not in more()
    monkeypatch.setattr(callup, "MANY", 0)
    assert None in more()
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert said.count(planwords.reason("costs-more")) == more().count(None)


def test_a_solver_is_missed_only_where_one_would_have_been_asked(flood: Officer) -> None:
    for team in (Stage.DRAINERS, Stage.RESCUERS):
        flood.done("duty", "report", team, "--readiness", "standby", "--headcount", "20")
    other = flood.done("incident", "open", "缺人", "--scenario", "flood", "--level", "IV", "--region", "110106",
                       "--json").json["id"]  # fmt: skip
    flood.done("incident", "need", other, "people>=24", "--by", "90min")
    value = flood.done("plan", "callup", other, "--json").json
    assert value["lines"] == [] and value["cost"] > 0 and value["method"] == "none"
    assert planwords.no_solver() not in flood.done("plan", "callup", other).out


def test_no_more_are_named_as_passed_over_than_are_asked_for_with_closed_roads_among_them(
    flood: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callplan, "PASSED", 2)
    shut = []
    for number in range(6):
        name = f"邻队{number}"
        flood.add("team", f"name={name}", "region=110111", "strength=30", f"at=39.7{40 + 5 * number},115.99")
        state = "ready" if number % 2 else "standby"
        flood.done("duty", "report", name, "--readiness", state, "--headcount", "30")
        shut += ["--closed", name, Stage.INCIDENT] if number % 2 else []
    flood.done("incident", "need", Stage.INCIDENT, "people>=500", "--by", "90min")
    passed = need(plan(flood, *shut), "people")["passed_over"]
    # The two that are nearest, whatever keeps them.
    assert [(one["name"], one["why"]) for one in passed] == [("邻队0", "standby"), ("邻队1", "closed")]
