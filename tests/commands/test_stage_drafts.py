"""What becomes of the drafts of `plan stage` when a season is planned again."""

from __future__ import annotations

from typing import Any

import pytest

from emergency.commands import stageplan

from .conftest import Officer
from .test_stage import desk, only_the_far_village_counts, stage

__all__ = ["desk"]


def drafts_of(desk: Officer) -> dict[str, str]:
    """{order line: its state} of all orders."""
    return {row["id"]: row["state"] for row in desk.done("callup", "list", "--json").json}


def test_planning_twice_drafts_once(desk: Officer) -> None:
    words = ("--teams", "3", "--within", "20min", "--issue")
    first = stage(desk, *words)["issued"]
    again = stage(desk, *words)
    second = again["issued"]
    assert (second["op"], second["orders"], second["cancelled"]) == (None, [], [])  # type: ignore[index]
    assert sorted(second["kept"]) == sorted(first["orders"])  # type: ignore[index]
    assert set(drafts_of(desk).values()) == {"draft"} and len(drafts_of(desk)) == 2
    moved = [t for t in again["teams"] if not t["stays"]]  # type: ignore[attr-defined]
    assert sorted(t["draft"] for t in moved) == sorted(first["orders"])  # type: ignore[index]
    assert "0 draft orders written; 2 kept" in desk.done("plan", "stage", "汛期", *words).out
    told = desk.done("plan", "stage", "汛期", *words[:-1]).out
    assert "2 drafts stand; --issue keeps 2, cancels 0 and writes 0" in told


def test_of_an_earlier_plan_what_is_not_meant_any_more_is_cancelled(desk: Officer) -> None:
    words = ("--teams", "3", "--within", "20min", "--issue")
    first = stage(desk, *words)["issued"]["orders"]  # type: ignore[index]
    desk.done("callup", "issue-draft", first[0])
    only_the_far_village_counts(desk)
    plan = stage(desk, "--teams", "1", "--within", "20min", "--issue")
    assert plan["issued"]["cancelled"] == first[1:]  # type: ignore[index]
    (team,) = plan["teams"]  # type: ignore[misc]
    lines = {o: desk.show("callup", o)["lines"][0] for o in (*first, *plan["issued"]["orders"])}  # type: ignore[index]
    assert [lines[o]["state"] for o in first] == ["issued", "cancelled"]
    drafted = [line["team"] for line in lines.values() if line["state"] == "draft"]
    assert drafted == [team["team"]]
    # Where nobody has to move any more, what was drafted goes too.
    desk.done("keyarea", "set", "远村", "weight=0")
    none = stage(desk, "--teams", "0", "--issue")["issued"]
    assert (none["orders"], none["cancelled"]) == ([], plan["issued"]["orders"])  # type: ignore[index]
    assert "draft" not in drafts_of(desk).values()


def test_what_was_given_while_a_season_was_planned_stands(
    desk: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--teams", "3", "--within", "20min", "--issue")
    first = stage(desk, *words)["issued"]["orders"]  # type: ignore[index]
    reckon = stageplan.plan

    def reckoned(*given: Any, **more: Any) -> stageplan.Found:
        found = reckon(*given, **more)
        assert desk.process("callup", "issue-draft", first[0]).code == 0
        return found

    monkeypatch.setattr(stageplan, "plan", reckoned)
    done = stage(desk, *words)["issued"]
    assert (done["orders"], done["kept"], done["cancelled"]) == ([], first[1:], [])  # type: ignore[index]
    assert sorted(drafts_of(desk).values()) == ["draft", "issued"]


def test_a_draft_of_somebody_elses_is_left_and_said(desk: Officer) -> None:
    for name in ("镇区队", "二队", "三队"):
        desk.done("callup", "draft", "--kind", "preposition", "--team", name, "--report-to", "村口")
    other = desk.done("season", "add", "name=秋汛", "kind=flood", "begin=06-01", "end=10-15", "--json").json[
        "id"
    ]
    desk.done("plan", "stage", other, "--teams", "3", "--within", "20min", "--issue")
    there = drafts_of(desk)
    told = desk.done("plan", "stage", "汛期", "--teams", "3", "--within", "20min", "--issue")
    assert told.err.count("there is a draft already") == 2 and "2 draft orders written" in told.out
    assert {line: state for line, state in drafts_of(desk).items() if line in there} == there


def test_a_kept_draft_of_a_season_gets_the_days_that_the_season_has_now(desk: Officer) -> None:
    words = ("--teams", "3", "--within", "20min", "--issue")
    first = stage(desk, *words)["issued"]["orders"]  # type: ignore[index]
    assert desk.show("callup", first[0])["until"].startswith("2026-09-16T00:00")
    desk.done("season", "set", "汛期", "end=09-20")
    done = stage(desk, *words)["issued"]
    assert (done["orders"], sorted(done["updated"])) == ([], sorted(first))  # type: ignore[index]
    assert desk.show("callup", first[0])["until"].startswith("2026-09-21T00:00")
    desk.done("undo", done["op"])  # type: ignore[index]
    assert desk.show("callup", first[0])["until"].startswith("2026-09-16T00:00")
