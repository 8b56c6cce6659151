"""`plan callup`: the chance of being in time, whose figure the spread is, and over-call."""

from __future__ import annotations

import math
from typing import Any

import pytest

from emergency.store.intime import ENOUGH, SPREAD

from .conftest import Officer, Stage
from .test_plan_callup import flood, need, plan, sent

__all__ = ["flood"]


def normal(deviations: float) -> float:
    return 0.5 * math.erfc(-deviations / math.sqrt(2))


def test_each_line_and_need_has_its_chance_and_the_plan_says_what_it_assumes(flood: Officer) -> None:
    flood.done("drive", "add", f"from={Stage.DRAINERS}", f"to={Stage.INCIDENT}", "minutes=80", "source=实测")
    value = plan(flood)
    assert value["spread"] == {"factor": 1 + SPREAD / 100, "middle": 1.0, "recorded": 0, "assumed": True}
    (pump,) = [line for line in value["lines"] if line["kind"] == "equipment"]
    drainage = need(value, "drainage")
    expected = normal(math.log(90 / 80) / math.log(1.3))
    assert pump["chance_in_time"][drainage["id"]] == pytest.approx(expected, abs=1e-4)
    assert drainage["chance_in_time"] == pytest.approx(expected, abs=1e-4)
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert "chances, assumed: driving times spread by 30 %" in said
    assert f" {round(100 * expected)} %" in said


def test_what_one_team_sends_is_one_drive_and_two_teams_are_two(flood: Officer) -> None:
    for team in (Stage.DRAINERS, Stage.RESCUERS):
        flood.done("drive", "add", f"from={team}", f"to={Stage.INCIDENT}", "minutes=80", "source=实测")
    value = plan(flood)
    one = normal(math.log(90 / 80) / math.log(1.3))
    # Of 24 people both teams must come: 20 and 12 there are.
    assert set(sent(value, "people")) == {Stage.DRAINERS, Stage.RESCUERS}
    assert need(value, "people")["chance_in_time"] == pytest.approx(one * one, abs=1e-4)
    assert need(value, "drainage")["chance_in_time"] == pytest.approx(one, abs=1e-4)


def test_without_a_deadline_or_a_known_way_there_is_no_chance_to_tell(flood: Officer) -> None:
    flood.done("incident", "need", Stage.INCIDENT, "teams>=1")
    value = plan(flood)
    assert need(value, "teams")["chance_in_time"] is None
    (line,) = [line for line in value["lines"] if line["kind"] == "team"]
    assert line["chance_in_time"][need(value, "teams")["id"]] is None


def test_the_setting_changes_the_assumption_and_nonsense_is_refused(
    flood: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGENCY_DRIVE_SPREAD", "50%")
    assert plan(flood)["spread"]["factor"] == 1.5
    monkeypatch.setenv("EMERGENCY_DRIVE_SPREAD", "much")
    assert "EMERGENCY_DRIVE_SPREAD: much: " in flood.refused(78, "plan", "callup", Stage.INCIDENT)


def driven(say: Officer, many: int, first: int = 0) -> None:
    """So many drives on record, one an hour from nine, which took 20 to 23 minutes."""
    for n in range(first, first + many):
        order = say.issue(
            "--incident", Stage.INCIDENT, "--team", Stage.DRAINERS, "--people", "1", "--report-to", "x"
        )
        say.done("callup", "accept", f"{order}/1")
        say.done("callup", "depart", f"{order}/1", "--at", f"{9 + n:02d}:00")
        say.at(f"{9 + n:02d}:{20 + n % 4:02d}")
        say.done("callup", "arrive", f"{order}/1")
        say.done("callup", "release", f"{order}/1")
        say.done("callup", "return", f"{order}/1")
        say.at(f"{10 + n:02d}:00")


def test_where_enough_drives_are_on_record_they_speak_and_not_the_assumption(
    flood: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emergency.store.intime.ENOUGH", 5)
    flood.done("drive", "add", f"from={Stage.DRAINERS}", f"to={Stage.INCIDENT}", "minutes=20", "source=实测")
    flood.at("09:00")
    driven(flood, 4)
    assert plan(flood)["spread"]["assumed"]
    driven(flood, 1, 4)
    value = plan(flood)
    assert value["spread"]["recorded"] == 5
    assert ENOUGH == 20
    # 20, 21, 22, 23 minutes and 20 again, of 20 that were reckoned.
    assert value["spread"]["middle"] == pytest.approx(21 / 20)
    assert 1.01 < value["spread"]["factor"] < 1.1
    assert (
        "chances: of 5 recorded drives two of three took" in flood.done("plan", "callup", Stage.INCIDENT).out
    )


def test_over_call_adds_to_the_plan_and_says_so_everywhere(flood: Officer) -> None:
    first = flood.add("team", "name=房山救援三队", "region=110111", "strength=30", "at=39.741,115.991")
    flood.done("duty", "report", first, "--readiness", "ready", "--headcount", "30")
    base = plan(flood)
    value = plan(flood, "--over", "25%")
    for line in base["lines"]:
        same = [
            x for x in value["lines"]
            if (x["holder"], x["kind"], x["item"]) == (line["holder"], line["kind"], line["item"])
        ]  # fmt: skip
        assert sum(x["count"] - x["over"] for x in same) >= line["count"]
    people = need(value, "people")
    assert (people["over"], people["planned"], people["short"]) == (6, 30, 0)
    over = {
        line["holder"]: line["over"] for line in value["lines"] if line["kind"] == "people" and line["over"]
    }
    assert sum(over.values()) == 6
    assert not {*over} & {line["holder"] for line in base["lines"] if line["kind"] == "people"}
    assert people["chance_in_time"] >= need(base, "people")["chance_in_time"]
    assert people["chance_without_over"] == need(base, "people")["chance_in_time"]
    assert need(value, "sandbag")["chance_without_over"] is None
    # Of the pumps one is left, and it is of the team that sends the other; of bags there is but one depot.
    assert (need(value, "drainage")["over"], need(value, "sandbag")["over"]) == (0, 0)
    assert (value["over"], value["over_short"]) == (0.25, 2)
    said = flood.done("plan", "callup", Stage.INCIDENT, "--over", "25%").out
    assert "over-call of 25 %: 1 unit brings more than is needed" in said
    assert "of 2 needs no so much more could be there in time" in said
    assert "without over-call" in said
    done = flood.done("plan", "callup", Stage.INCIDENT, "--over", "25%", "--issue", "--json").json
    assert done["orders"] == value["orders"]
    assert {flood.show("callup", order)["note"] for order in done["issued"]["new"]} == {
        "plan callup balanced, over-call 25%"
    }
    # Made again, every draft stands.
    again = flood.done("plan", "callup", Stage.INCIDENT, "--over", "25%", "--issue", "--json").json
    assert again["issued"]["new"] == [] == again["issued"]["cancelled"]


def test_a_unit_that_is_called_for_its_surplus_alone_says_so_and_raises_the_chance(desk: Officer) -> None:
    for team, people in ((Stage.DRAINERS, "20"), (Stage.RESCUERS, "12")):
        desk.done("duty", "report", team, "--readiness", "ready", "--headcount", people)
        desk.done("drive", "add", f"from={team}", f"to={Stage.INCIDENT}", "minutes=80", "source=实测")
    desk.done("incident", "need", Stage.INCIDENT, "people>=12", "--by", "90min")
    value = plan(desk, "--over", "100%")
    (people,) = value["incidents"][0]["needs"]
    one = normal(math.log(90 / 80) / math.log(1.3))
    assert people["chance_without_over"] == pytest.approx(one, abs=1e-4)
    # Of two teams with as many as are needed one must be there.
    assert people["chance_in_time"] == pytest.approx(1 - (1 - one) ** 2, abs=1e-4)
    assert sorted((line["count"], line["over"]) for line in value["lines"]) == [(12, 0), (12, 12)]
    said = desk.done("plan", "callup", Stage.INCIDENT, "--over", "100%").out
    assert "more than is needed, against what comes late" in said and "67 % without over-call" in said


def test_no_need_goes_short_for_the_surplus_of_another(flood: Officer) -> None:
    other = flood.done("incident", "open", "丰台积水", "--scenario", "waterlogging", "--level", "III", "--region", "110106",
                       "--at", "39.86,116.28", "--json").json["id"]  # fmt: skip
    flood.done("incident", "need", other, "people>=8", "--by", "60min")

    def made(*more: str) -> Any:
        return flood.done("plan", "callup", Stage.INCIDENT, other, *more, "--json").json

    assert [n["short"] for i in made("--over", "100%")["incidents"] for n in i["needs"]] == [0, 0, 0, 0]
    # All 32 people are wanted: nothing is left to be over-called.
    assert made("--over", "100%")["orders"] == made()["orders"]


@pytest.mark.parametrize("text", ["0", "101%", "many"])
def test_a_share_that_is_none_is_refused(flood: Officer, text: str) -> None:
    flood.refused(2, "plan", "callup", Stage.INCIDENT, "--over", text)


@pytest.mark.parametrize("text", ["x", "0%", "101%", "-5", "20 km", "\x1b[2J"])
def test_a_share_that_is_none_is_refused_with_what_it_may_be(flood: Officer, text: str) -> None:
    said = flood.refused(2, "plan", "callup", Stage.INCIDENT, f"--over={text}")
    assert "between 1% and 100%" in said and "\x1b" not in said
