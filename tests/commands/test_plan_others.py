"""`emergency plan callup` beside others: what is written while it reckons, and drills that have what it wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emergency.commands import callplan

from .conftest import Officer, Stage
from .test_plan_callup import flood, plan, sent

__all__ = ["flood"]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """`meanwhile(act)`: others act once a plan is reckoned, and before it is written."""
    reckon = callplan.plan

    def begin(act: Callable[[], Any]) -> None:
        def reckoned(*given: Any, **more: Any) -> callplan.Found:
            found = reckon(*given, **more)
            act()
            return found

        monkeypatch.setattr(callplan, "plan", reckoned)

    return begin


def test_what_was_given_while_a_plan_was_reckoned_stands_and_is_not_drafted_again(
    flood: Officer, meanwhile: Callable[[Callable[[], Any]], None]
) -> None:
    first = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]["new"]
    meanwhile(lambda: [flood.process("callup", "issue-draft", order) for order in first])
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]
    assert (done["new"], done["kept"], done["cancelled"]) == ([], [], [])
    for order in first:
        assert {line["state"] for line in flood.show("callup", order)["lines"]} == {"issued"}


def test_a_plan_does_not_cancel_what_was_given_while_it_was_reckoned(
    flood: Officer, meanwhile: Callable[[Callable[[], Any]], None]
) -> None:
    first = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]["new"]
    meanwhile(
        lambda: [
            flood.process("callup", *words) for words in (("issue-draft", first[0]), ("accept", first[0]))
        ]
    )
    team = flood.show("callup", first[0])["lines"][0]["team"]
    done = flood.done("plan", "callup", Stage.INCIDENT, "--without", team, "--issue", "--json").json["issued"]
    assert first[0] not in done["cancelled"]
    assert {line["state"] for line in flood.show("callup", first[0])["lines"]} == {"accepted"}


def test_two_plans_at_the_same_moment_draft_once(
    flood: Officer, meanwhile: Callable[[Callable[[], Any]], None]
) -> None:
    meanwhile(lambda: flood.process("plan", "callup", Stage.INCIDENT, "--issue"))
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    assert done["issued"]["new"] == [] and len(done["issued"]["kept"]) == len(done["orders"])


@pytest.fixture
def drill(flood: Officer) -> str:
    """An open exercise; its id."""
    words = ("--scenario", "flood", "--level", "II", "--region", "110111", "--exercise", "--json")
    return str(flood.done("incident", "open", "桌面演练", *words).json["id"])


def test_a_plan_counts_on_what_drills_have_and_says_which_of_them_end(flood: Officer, drill: str) -> None:
    for words in (
        ("--team", Stage.DRAINERS, "--people", "18"), ("--equipment", Stage.BIG), ("--item", "sandbag", "--qty", "900"),
    ):  # fmt: skip
        order = flood.issue("--incident", drill, *words)
        for step in ("accept", "depart", "arrive") if "--equipment" in words else ():
            flood.done("callup", step, order)
    practised = sorted(
        line["id"] for line in flood.done("callup", "list", "--incident", drill, "--json").json
    )
    value = plan(flood)
    assert [n["short"] for n in value["incidents"][0]["needs"]] == [0, 0, 0]
    assert value["exercises_ended"] == practised
    told = flood.done("plan", "callup", Stage.INCIDENT)
    assert ", ".join(practised) in told.err
    # The plan ends none of them; its orders do.
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json["issued"]["new"]
    assert [flood.state(line) for line in practised] == ["issued", "on_scene", "issued"]
    for order in done:
        flood.done("callup", "issue-draft", order)
    assert {flood.state(line) for line in practised} == {"superseded"}


def test_a_plan_takes_a_team_that_a_drill_has_whole(flood: Officer, drill: str) -> None:
    order = flood.issue("--incident", drill, "--team", Stage.DRAINERS)
    assert sum(sent(plan(flood), "people").values()) == 24
    flood.done("incident", "need", Stage.INCIDENT, "teams>=2")
    value = plan(flood)
    assert sent(value, "team") == {Stage.DRAINERS: 1, Stage.RESCUERS: 1}
    assert value["exercises_ended"] == [f"{order}/1"]


def test_a_plan_for_a_drill_takes_from_no_other_and_nothing_real(flood: Officer, drill: str) -> None:
    other = flood.done("incident", "open", "演练二", "--scenario", "flood", "--level", "IV", "--region", "110111",
                       "--at", "39.74,115.99", "--exercise", "--json").json["id"]  # fmt: skip
    flood.issue("--incident", drill, "--team", Stage.DRAINERS, "--people", "18")
    flood.issue("--incident", Stage.INCIDENT, "--team", Stage.RESCUERS, "--people", "12")
    flood.done("incident", "need", other, "people>=20")
    value = flood.done("plan", "callup", other, "--json").json
    assert sent(value, "people") == {Stage.DRAINERS: 2} and value["exercises_ended"] == []


def test_a_floor_of_an_area_holds_in_a_plan_though_a_drill_is_out(flood: Officer, drill: str) -> None:
    flood.done("region", "set", "110000", "floor=12")
    flood.issue("--incident", drill, "--team", Stage.DRAINERS, "--people", "18")
    done = flood.done("plan", "callup", Stage.INCIDENT, "--issue", "--json").json
    assert sum(sent(done, "people").values()) == 2
    for order in done["issued"]["new"]:
        flood.done("callup", "issue-draft", order)


def test_candidates_count_on_what_drills_have(flood: Officer, drill: str) -> None:
    flood.issue("--incident", drill, "--team", Stage.DRAINERS, "--people", "18")
    flood.issue("--incident", drill, "--item", "sandbag", "--qty", "900")
    for what, holder, gives in (("people", Stage.DRAINERS, 20), ("sandbag", Stage.DEPOT, 1000)):
        rows = flood.done("need", "candidates", Stage.INCIDENT, what, "--json").json
        (row,) = (row for row in rows if row["holder"] == holder)
        assert row["gives"] == gives and row["refusal"] is None
