"""What `plan callup` and `plan stage` have in common: how long they may search."""

from __future__ import annotations

from typing import Any

import pytest

from emergency.store.errors import Exit

from .conftest import Officer, Stage

PLANS = (("plan", "callup", Stage.INCIDENT), ("plan", "stage", "汛期", "--teams", "2"))


@pytest.mark.parametrize("words", PLANS, ids=lambda words: words[1])
@pytest.mark.parametrize("seconds", ["0", "0.4", "601", "soon"])
def test_a_search_too_short_or_too_long_is_refused(
    desk: Officer, words: tuple[str, ...], seconds: str
) -> None:
    before = desk.entries()
    said = desk(*words, "--seconds", seconds)
    assert (said.code, said.out) == (Exit.USAGE, "")
    assert "--seconds" in said.err
    assert desk.entries() == before


@pytest.mark.parametrize("words", PLANS, ids=lambda words: words[1])
def test_the_shortest_search_is_taken(desk: Officer, words: tuple[str, ...]) -> None:
    desk.done("duty", "report", Stage.DRAINERS, "--readiness", "ready", "--headcount", "20")
    desk.done("incident", "need", Stage.INCIDENT, "people>=4")
    desk.done("season", "add", "name=汛期", "kind=flood", "begin=06-01", "end=09-15")
    assert desk.done(*words, "--seconds", "0.5", "--json").json


@pytest.mark.parametrize("words", PLANS, ids=lambda words: words[1])
def test_what_cannot_be_written_is_refused_before_a_plan_is_shown(
    desk: Officer, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.done("incident", "need", Stage.INCIDENT, "people>=4")
    desk.done("season", "add", "name=汛期", "kind=flood", "begin=06-01", "end=09-15")
    said = desk(*words, "--issue", "--as-of", "2026-07-31 08:00")
    assert (said.code, said.out) == (Exit.USAGE, "") and "leave out --as-of" in said.err
    if words[1] == "callup":
        desk.refused(2, *words, "--issue", "--override", "事" * 2000)
    monkeypatch.setenv("EMERGENCY_READ_ONLY", "1")
    desk.refused(1, *words, "--issue")
    desk.done(*words)


@pytest.fixture
def drafted(desk: Officer) -> list[str]:
    """Three drafts for the incident of the stage."""
    words = (
        ("--equipment", Stage.BIG),
        ("--team", Stage.RESCUERS, "--people", "5"),
        ("--item", "sandbag", "--qty", "100"),
    )
    for_it = ("--incident", Stage.INCIDENT, "--report-to", "城关街道")
    return [str(desk.done("callup", "draft", *for_it, *some, "--json").json["id"]) for some in words]


def states(desk: Officer) -> dict[str, str]:
    """{order: state} of the lines there are."""
    return {str(row["order"]): str(row["state"]) for row in desk.done("callup", "list", "--json").json}


def test_the_drafts_of_an_incident_are_given_by_one_line(desk: Officer, drafted: list[str]) -> None:
    tried = desk.done("callup", "issue-draft", "--incident", Stage.INCIDENT, "--dry-run")
    assert "nothing was written" in tried.err and set(states(desk).values()) == {"draft"}
    given = desk.done("callup", "issue-draft", "--incident", Stage.INCIDENT, "--report-to", "桥下")
    assert [line.split(":")[0] for line in given.out.splitlines()] == [f"order {o} issued" for o in drafted]
    assert set(states(desk).values()) == {"issued"}
    assert {desk.show("callup", order)["report_to"] for order in drafted} == {"桥下"}
    desk.refused(1, "callup", "issue-draft", "--incident", Stage.INCIDENT)
    desk.refused(3, "callup", "issue-draft", "--incident", "无此事件")


def test_of_several_drafts_all_are_given_or_none(desk: Officer, drafted: list[str]) -> None:
    desk.issue("--incident", Stage.INCIDENT, "--equipment", Stage.BIG)
    before = states(desk)
    desk.refused(4, "callup", "issue-draft", *drafted)
    desk.refused(4, "callup", "issue-draft", "--incident", Stage.INCIDENT)
    assert states(desk) == before
    value: Any = desk.done("callup", "issue-draft", *drafted[1:], drafted[1], "--json").json
    assert value["orders"] == drafted[1:] and value["id"] is None
    assert [states(desk)[order] for order in drafted] == ["draft", "issued", "issued"]


def test_drafts_that_only_together_take_too_much_are_refused_together(desk: Officer) -> None:
    team = ("--incident", Stage.INCIDENT, "--team", Stage.RESCUERS, "--people")
    orders = [desk.done("callup", "draft", *team, n, "--json").json["id"] for n in ("7", "6")]
    assert "6 are not left" in desk.refused(1, "callup", "issue-draft", *orders)
    desk.done("callup", "issue-draft", orders[0])


def test_an_incident_is_ended_line_by_line_of_what_can_be(desk: Officer, drafted: list[str]) -> None:
    desk.done("callup", "issue-draft", *drafted[:2])
    desk.done("callup", "accept", *drafted[:2])
    desk.done("callup", "depart", drafted[0])
    before = desk.entries()
    moved = desk.done("callup", "cancel", "--incident", Stage.INCIDENT, "--note", "雨停", "--json").json[
        "lines"
    ]
    assert [line["line"] for line in moved] == [f"{order}/1" for order in drafted[1:]]
    assert desk.entries() == before + 1
    assert [states(desk)[order] for order in drafted] == ["en_route", "cancelled", "cancelled"]
    for step, state in (("release", "released"), ("return", "returned")):
        desk.done("callup", step, "--incident", Stage.INCIDENT)
        assert states(desk)[drafted[0]] == state
    desk.refused(1, "callup", "cancel", "--incident", Stage.INCIDENT)
    assert desk("callup", "cancel").code == Exit.USAGE
    assert desk("callup", "return", "--incident", Stage.INCIDENT, "--qty", "3").code == Exit.USAGE


def test_one_refused_among_several_ends_none(desk: Officer, drafted: list[str]) -> None:
    desk.done("callup", "issue-draft", drafted[0])
    desk.done("callup", "accept", drafted[0])
    desk.refused(1, "callup", "depart", *drafted[:2])
    assert states(desk)[drafted[0]] == "accepted"
    desk.done("callup", "depart", f"{drafted[0]}/1", drafted[0])
    steps = desk.show("callup", drafted[0])["lines"][0]["steps"]
    assert [step["step"] for step in steps].count("depart") == 1
