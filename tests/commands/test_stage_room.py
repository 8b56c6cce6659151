"""For how many teams there is room at a site when a season is planned, whoever stands there already."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.commands import stageplan
from emergency.plugins.planner.staging import Problem, Staged

from .conftest import Officer
from .test_stage import desk, stage, where

__all__ = ["desk"]


def solved(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Grows by the seconds of each search of the plans that are made from now on."""
    seconds: list[float] = []
    search = stageplan.stage

    def searched(problem: Problem, limit: float = 10) -> Staged:
        seconds.append(limit)
        return search(problem, limit)

    monkeypatch.setattr(stageplan, "stage", searched)
    return seconds


def test_a_team_that_stands_at_a_site_takes_room_there_whoever_is_planned(desk: Officer) -> None:
    desk.done("callup", "issue", "--kind", "preposition", "--team", "三队", "--report-to", "山口点")
    plan = stage(desk, "--type", "水域救援=2", "--within", "20min")
    assert "山口点" not in where(plan).values()
    plan = stage(desk, "--type", "水域救援=2", "--type", "道路抢险=0", "--within", "20min")
    assert "山口点" not in where(plan).values()


def test_a_team_that_an_order_placed_with_its_equipment_takes_one_teams_room(desk: Officer) -> None:
    # One order of two lines, people and a pump: the team is not moved again, and stands there once.
    desk.done("equipment", "add", "name=泵", "kind=pump-truck", "team=三队", "plate=京A00001")
    desk.done(
        "callup", "issue", "--kind", "preposition", "--team", "三队", "--people", "20", "--equipment", "京A00001",
        "--report-to", "山口点",
    )  # fmt: skip
    plan = stage(desk, "--teams", "3", "--within", "20min")
    assert "三队" not in where(plan) and "山口点" not in where(plan).values()
    desk.done("site", "set", "山口点", "capacity=2")
    assert "山口点" in where(stage(desk, "--teams", "3", "--within", "20min")).values()


def test_a_site_that_is_over_full_by_hand_is_planned_once_and_who_it_has_room_for_counts(
    desk: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for team in ("二队", "三队"):
        desk.done("callup", "issue", "--kind", "preposition", "--team", team, "--report-to", "山口点")
    solves = solved(monkeypatch)
    plan = stage(desk, "--teams", "1", "--within", "20min")
    assert list(where(plan).values()).count("山口点") == 1
    areas = {a["name"]: a["covered_by"][0]["teams"] for a in plan["areas"]}  # type: ignore[attr-defined]
    assert areas["山村"] and solves == [10]


def test_who_stands_at_a_full_site_keeps_others_out_and_later_turns_are_short(
    desk: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for team in ("二队", "三队"):
        desk.done("callup", "issue", "--kind", "preposition", "--team", team, "--report-to", "山口点")
    solves = solved(monkeypatch)
    plan = stage(desk, "--type", "水域救援=2", "--type", "道路抢险=0", "--within", "20min")
    stays = {t["name"]: t["stays"] for t in plan["teams"] if t["site_name"] == "山口点"}  # type: ignore[attr-defined]
    assert stays == {"二队": True}
    assert solves[0] == 10 and set(solves[1:]) <= {2}


def test_nobody_is_sent_to_a_full_site_when_the_tries_are_used_up(
    desk: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stageplan, "TRIES", 1)
    desk.done("callup", "issue", "--kind", "preposition", "--team", "三队", "--report-to", "山口点")
    words = ("--type", "水域救援=2", "--type", "道路抢险=0", "--within", "20min", "--issue")
    plan = stage(desk, *words)
    assert "山口点" not in where(plan).values()
    orders = plan["issued"]["orders"]  # type: ignore[index]
    moved = [t for t in plan["teams"] if not t["stays"]]  # type: ignore[attr-defined]
    assert len(orders) == len(moved)
    assert plan["worth"] <= plan["bound"]  # type: ignore[operator]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    capacity=st.integers(0, 3),
    standing=st.lists(st.sampled_from(["镇区队", "二队", "三队"]), unique=True),
    wanted=st.sampled_from(
        [
            ("--teams", "1"),
            ("--teams", "3"),
            ("--type", "水域救援=2", "--type", "道路抢险=0"),
            ("--type", "道路抢险=1", "--type", "水域救援=0"),
        ]
    ),
    tries=st.integers(1, 6),
)
def test_nobody_is_sent_where_there_is_no_room_beside_those_who_stand_there(
    desk: Officer, capacity: int, standing: list[str], wanted: tuple[str, ...], tries: int
) -> None:
    desk.done("site", "set", "山口点", f"capacity={capacity}")
    there = {}
    for team in standing:
        words = ("--kind", "preposition", "--team", team, "--report-to", "山口点", "--json")
        there[team] = desk.done("callup", "issue", *words).json["id"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stageplan, "TRIES", tries)
        plan = stage(desk, *wanted, "--within", "20min")
    at = where(plan)
    come = [t for t, site in at.items() if site == "山口点" and t not in there]
    left = [t for t in there if at.get(t, "山口点") != "山口点"]
    assert not come or len(there) - len(left) + len(come) <= capacity
    assert list(at.values()).count("山口点") <= capacity
    for order in there.values():
        desk.done("callup", "cancel", order)
