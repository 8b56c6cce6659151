"""`emergency plan stage` for a window that has not begun: what is of today does not count, what will be does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Officer
from .test_stage import desk, stage, where

__all__ = ["desk"]

TEAMS = ("镇区队", "二队", "三队", "备勤队", "沉默队")


@pytest.fixture
def winter(desk: Officer) -> Officer:
    """The desk two months before the season, when all reports are months old or of today."""
    desk.done("season", "set", "汛期", "begin=10-01", "end=12-15")
    return desk


def ids(desk: Officer) -> dict[str, str]:
    return {row["name"]: row["id"] for row in desk.done("team", "list", "--json").json}


def test_what_a_team_says_today_keeps_none_out_of_a_window_ahead(winter: Officer) -> None:
    team = ids(winter)
    winter.done("duty", "report", "三队", "--readiness", "off", "--headcount", "0")
    plan = stage(winter, "--teams", "5", "--within", "20min")
    assert set(plan["today"]) == {team["三队"], team["备勤队"], team["沉默队"]}  # type: ignore[call-overload]
    assert plan["today"][team["沉默队"]] == "never reported"  # type: ignore[index]
    assert not set(team.values()) & set(plan["left_out"])  # type: ignore[call-overload]
    # Those near the village stay there: nobody has to go.
    placed = {t["name"]: t for t in plan["teams"]}  # type: ignore[attr-defined]
    assert placed.keys() & {"备勤队", "沉默队"} and all(
        t["today"] == plan["today"].get(t["team"]) for t in placed.values()
    )  # type: ignore[attr-defined]
    told = winter.done("plan", "stage", "汛期", "--teams", "5", "--within", "20min").out
    assert "the window is ahead: 3 teams that would be left out today are reckoned with" in told
    assert "; today: " in told
    # Once it is open, it is as of today.
    winter.done("season", "set", "汛期", "begin=06-01")
    again = stage(winter, "--teams", "5", "--within", "20min")
    assert again["today"] == {} and {team["三队"], team["备勤队"], team["沉默队"]} <= set(again["left_out"])  # type: ignore[call-overload]


def test_who_is_out_on_an_order_that_ends_before_is_reckoned_with_and_drafted(winter: Officer) -> None:
    team = ids(winter)
    incident = winter.done("incident", "open", "火情", "--scenario", "forest-fire", "--level", "III", "--region", "110111",
                           "--json").json["id"]  # fmt: skip
    some = winter.issue("--incident", incident, "--team", "镇区队", "--people", "12")
    whole = winter.issue("--incident", incident, "--team", "二队")
    held = winter.issue("--kind", "standby", "--team", "三队")
    for name in ("备勤队", "沉默队"):
        winter.done("team", "retire", name, "--reason", "撤编")
    plan = stage(winter, "--teams", "3", "--within", "20min", "--issue")
    assert plan["today"][team["二队"]] == f"called up by {whole}/1"  # type: ignore[index]
    assert plan["today"][team["镇区队"]] == f"called up by {some}/1"  # type: ignore[index]
    # What only holds a team, and says no end, holds it.
    assert plan["left_out"][team["三队"]] == f"called up by {held}/1"  # type: ignore[index]
    moved = [t["team"] for t in plan["teams"] if not t["stays"]]  # type: ignore[attr-defined]
    assert moved and len(plan["issued"]["orders"]) == len(moved)  # type: ignore[index]
    assert winter.state(f"{whole}/1") == "issued"
    last = winter.issue("--incident", incident, "--team", "三队", "--until", "2026-11-01T08:00")
    lasting = stage(winter, "--teams", "3", "--within", "20min")
    assert lasting["left_out"][team["三队"]] == f"called up by {last}/1"  # type: ignore[index]
    # One that was needed longer lasts as long as it was extended, and no longer than that.
    winter.done("callup", "accept", whole)
    winter.done("callup", "extend", whole, "--until", "2026-11-01T08:00")
    extended = stage(winter, "--teams", "3", "--within", "20min")
    assert extended["left_out"][team["二队"]] == f"called up by {whole}/1"  # type: ignore[index]


def test_a_draft_for_a_window_ahead_is_given_once_its_team_is_back(winter: Officer) -> None:
    incident = winter.done("incident", "open", "火情", "--scenario", "forest-fire", "--level", "III", "--region", "110111",
                           "--json").json["id"]  # fmt: skip
    orders = [winter.issue("--incident", incident, "--team", name) for name in ("镇区队", "二队", "三队")]
    for name in ("备勤队", "沉默队"):
        winter.done("team", "retire", name, "--reason", "撤编")
    plan = stage(winter, "--teams", "3", "--within", "20min", "--issue")
    drafts = plan["issued"]["orders"]  # type: ignore[index]
    assert drafts
    for draft in drafts:
        winter.refused(4, "callup", "issue-draft", draft)
    for order in orders:
        winter.done("callup", "decline", order, "--note", "未成行")
    for draft in drafts:
        winter.done("callup", "issue-draft", draft)
    assert where(stage(winter, "--teams", "3", "--within", "20min")) == where(plan)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    states=st.tuples(*[st.sampled_from(("ready", "off", "unavailable", "standby"))] * 3),
    heads=st.tuples(*[st.integers(0, 30)] * 3),
    own=st.integers(0, 20),
    area=st.integers(0, 70),
)
def test_no_plan_for_a_window_ahead_breaks_a_floor_whatever_today_is(
    winter: Officer, states: tuple[str, ...], heads: tuple[int, ...], own: int, area: int
) -> None:
    for name, state, head in zip(TEAMS, states, heads, strict=False):
        winter.done("duty", "report", name, "--readiness", state, "--headcount", str(head))
        winter.done("team", "set", name, f"floor={own}", "region=110111")
    winter.done("region", "set", "110111", f"floor={area}")
    plan: Any = stage(winter, "--teams", "3", "--within", "20min")
    gone = [t for t in plan["teams"] if not t["stays"] and t["name"] in TEAMS[:3]]
    for team in gone:
        assert 20 - (20 if team["people"] is None else team["people"]) >= own
    # Sixty people live there by the rolls.
    assert 60 - sum(20 if t["people"] is None else t["people"] for t in gone) >= (area if gone else 0)
    assert {t["team"] for t in plan["teams"]}.isdisjoint(plan["left_out"])


def test_fewer_than_were_asked_of_a_type_are_told(desk: Officer) -> None:
    plan = stage(desk, "--teams", "6", "--type", "水域救援=3", "--type", "道路抢险=1", "--within", "20min")
    asked = {one["type"]: (one["asked"], one["able"]) for one in plan["asked"]}  # type: ignore[attr-defined]
    assert asked == {"水域救援": (3, 2), "道路抢险": (1, 1), None: (2, 0)}
    told = desk.done(
        "plan",
        "stage",
        "汛期",
        "--teams",
        "6",
        "--type",
        "水域救援=3",
        "--type",
        "道路抢险=1",
        "--within",
        "20min",
    ).out
    assert "asked 3 of 水域救援, 2 are ready" in told and "道路抢险, " not in told
    assert (
        "asked 2 of 道路抢险, 1 is ready"
        in desk.done("plan", "stage", "汛期", "--type", "道路抢险=2", "--within", "20min").out
    )


def test_a_plan_without_types_says_that_it_looked_at_none(desk: Officer) -> None:
    said = "what types they are was not looked at; --type TYPE=N asks for some"
    assert said in desk.done("plan", "stage", "汛期", "--teams", "2").out
    assert said not in desk.done("plan", "stage", "汛期", "--type", "水域救援=1").out
