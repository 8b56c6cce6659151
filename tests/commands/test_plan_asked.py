"""What a call-up plan may be asked for: incidents that go together, roads and a routing server; and its plain words."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Officer, Stage
from .test_plan_callup import flood, need, plan, sent

__all__ = ["flood"]

OPEN = ("--scenario", "flood", "--level", "II", "--region", "110111")


def opened(say: Officer, title: str, *more: str) -> str:
    """An incident more; its id."""
    return str(say.done("incident", "open", title, *OPEN, *more, "--json").json["id"])


def test_a_drill_is_never_planned_with_what_is_real(flood: Officer) -> None:
    drill = opened(flood, "演练", "--exercise")
    flood.done("incident", "need", drill, "people>=30", "--priority", "life")
    alone = plan(flood)
    said = flood.refused(1, "plan", "callup", Stage.INCIDENT, drill)
    assert f"drills are: {drill}" in said and f"emergency plan callup {Stage.INCIDENT}" in said
    flood.refused(1, "plan", "callup", drill, Stage.INCIDENT, "--issue")
    assert plan(flood)["lines"] == alone["lines"]
    # Drills go together with drills.
    other = opened(flood, "演练二", "--exercise")
    flood.done("incident", "need", other, "people>=2")
    assert len(flood.done("plan", "callup", drill, other, "--json").json["incidents"]) == 2


def test_a_drill_has_the_mark_of_drills_in_both_languages(flood: Officer) -> None:
    drill = opened(flood, "桌面演练", "--exercise")
    flood.done("incident", "need", drill, "people>=3")
    for language in ("en", "zh"):
        told = flood.done("--lang", language, "plan", "callup", drill).out
        assert told.splitlines()[0] == f"EXERCISE 演练 {drill} 桌面演练"


def test_incidents_without_needs_are_named_with_how_to_state_some(desk: Officer) -> None:
    other = opened(desk, "另一处")
    said = desk.refused(1, "plan", "callup", Stage.INCIDENT, other)
    assert f"{Stage.INCIDENT}, {other} state no need" in said
    assert f"emergency incident propose {Stage.INCIDENT}" in said
    assert f"{Stage.INCIDENT} states no need" in desk.refused(1, "plan", "callup", Stage.INCIDENT)


def test_one_of_a_thing_is_said_as_one(flood: Officer) -> None:
    drill = opened(flood, "小事件", "--at", "39.74,115.99")
    flood.done("incident", "need", drill, "people>=3")
    told = flood.done("plan", "callup", drill).out
    assert "balanced plan: 1 unit called;" in told
    assert "1 area within 30 min" in told


@pytest.mark.parametrize("server", ["foo", "osrm:", "google:http://roads"])
def test_a_routing_server_that_is_none_is_refused(
    flood: Officer, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    flood.refused(2, "plan", "callup", Stage.INCIDENT, "--routing", server)
    monkeypatch.setenv("EMERGENCY_ROUTING", server)
    flood.refused(78, "plan", "callup", Stage.INCIDENT)


def test_a_routing_server_that_does_not_answer_is_said_and_the_estimate_serves(
    flood: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = plan(flood)
    assert without["routing_trouble"] is None
    monkeypatch.setenv("EMERGENCY_ROUTING", "osrm:http://127.0.0.1:9")
    value = plan(flood)
    assert value["routing_trouble"] and value["lines"] == without["lines"]
    told = flood.done("plan", "callup", Stage.INCIDENT)
    assert "the routing server did not answer" in told.out and "osrm:http://127.0.0.1:9" in told.err


def test_a_plan_goes_by_the_routing_server_and_asks_one_that_is_silent_once(
    flood: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from emergency.store import routing
    from emergency.store.link import Offline

    def quick(some: Any, others: Any) -> Any:
        return [[7.0 for _ in others] for _ in some], "OSRM http://roads"

    monkeypatch.setattr(routing, "table", lambda *_a: quick)
    value = plan(flood, "--routing", "osrm:http://roads")
    assert {line["minutes"] for line in value["lines"]} == {7.0} and value["times"] == ["OSRM http://roads"]
    asked = []

    def silent(some: Any, _others: Any) -> Any:
        asked.append(some)
        raise Offline("no route to host")

    monkeypatch.setattr(routing, "table", lambda *_a: silent)
    order = flood.issue("--incident", Stage.INCIDENT, "--team", Stage.RESCUERS, "--people", "3")
    flood.at("09:30")
    value = plan(flood, "--routing", "osrm:http://roads")
    assert [one["line"] for one in value["counted"]] == [f"{order}/1"]
    assert value["routing_trouble"] == "no route to host" and len(asked) == 1


def test_an_incident_known_by_its_region_alone_is_a_place_as_in_the_plan(flood: Officer) -> None:
    region = opened(flood, "无点")
    flood.done("incident", "need", region, "people>=3")
    cut = ("--closed", Stage.RESCUERS, region, "--closed", Stage.DRAINERS, region)
    value = flood.done("plan", "callup", region, *cut, "--json").json
    assert value["lines"] == [] and need(value, "people", region)["short"] == 3
    told = flood.done("drive", "add", f"from={Stage.DRAINERS}", f"to={region}", "minutes=77", "source=实测")
    assert "counts for nothing" not in told.err
    value = flood.done("plan", "callup", region, "--without", Stage.RESCUERS, "--json").json
    assert value["unknown_places"] == [] and [line["minutes"] for line in value["lines"]] == [77.0]


def test_the_age_of_a_figure_is_in_seconds_and_says_so(flood: Officer) -> None:
    flood.at("2026-08-01T08:30:00+08:00")
    (passed, *_rest) = need(plan(flood), "people")["passed_over"]
    people = next(held for held in passed["held_back"] if held["dimension"] == "people")
    assert people["age_s"] == 24.5 * 3600 and "age" not in people


def test_of_several_drafts_the_one_that_is_refused_is_named(flood: Officer) -> None:
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    assert sent(done, "people")
    flood.done("region", "set", "110000", "floor=32")
    said = flood.refused(1, "callup", "issue-draft", "--incident", Stage.INCIDENT)
    refused = said.split(": ")[1]
    assert refused in done["issued"]["new"] and "people at home" in said
    # Whoever names one order need not be told of it.
    assert not flood.refused(1, "callup", "issue-draft", refused).startswith(f"emergency: {refused}")


def test_of_a_team_no_more_people_are_counted_than_its_strength(flood: Officer) -> None:
    flood.done("duty", "report", Stage.RESCUERS, "--readiness", "ready", "--headcount", "999")
    flood.done("incident", "need", Stage.INCIDENT, "people>=900", "--by", "5h")
    value = plan(flood)
    assert sent(value, "people") == {Stage.DRAINERS: 20, Stage.RESCUERS: 12}
    line = next(x for x in value["lines"] if x["holder"] == Stage.RESCUERS and x["kind"] == "people")
    assert line["beyond_strength"] == {"reported": 999, "strength": 12}
    assert (
        "999 people reported, of which its strength of 12 counts"
        in flood.done("plan", "callup", Stage.INCIDENT).out
    )
    rows = flood.done("need", "candidates", Stage.INCIDENT, "people", "--json").json
    (row,) = (row for row in rows if row["holder"] == Stage.RESCUERS)
    assert row["gives"] == 12 and "999 people reported" in row["remarks"][0]
    # Those beyond it hold no floor up either.
    flood.done("region", "set", "110000", "floor=25")
    assert sum(sent(plan(flood), "people").values()) == 7
    # By hand they may be called: somebody knows of them.
    flood.done("region", "set", "110000", "floor=")
    flood.issue("--incident", Stage.INCIDENT, "--team", Stage.RESCUERS, "--people", "40")


def test_stock_that_is_on_no_shelf_is_named_with_what_is_short(flood: Officer) -> None:
    for form, amount in (("agreement", "500"), ("capacity", "90"), ("agreement", "40")):
        flood.done(
            "reserve", "move", "丰台库", "sandbag", "--qty", amount, "--form", form, "--reason", "协议储备"
        )
    assert need(plan(flood), "sandbag")["not_on_shelves"] == [
        {"form": "agreement", "depot": Stage.DEPOT, "quantity": 540},
        {"form": "capacity", "depot": Stage.DEPOT, "quantity": 90},
    ]
    assert "by agreement" not in flood.done("plan", "callup", Stage.INCIDENT).out
    flood.done("incident", "need", Stage.INCIDENT, "sandbag>=5000", "--by", "3h", "--priority", "normal")
    there = (
        f"540 条 by agreement could be called off ({Stage.DEPOT}); "
        f"90 条 of production capacity could be asked for ({Stage.DEPOT})"
    )
    told = flood.done("plan", "callup", Stage.INCIDENT).out
    assert f"{there}; nothing else in the registers would meet it" in told
    said = flood.done("need", "candidates", Stage.INCIDENT, "sandbag")
    assert there in said.err and "by agreement" not in said.out
    assert "by agreement" not in flood.done("need", "candidates", Stage.INCIDENT, "people").err
