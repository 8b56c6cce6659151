"""Kits with contents, and inspections that fall due (rows B3, B4)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store import inspections

from .conftest import Officer, Stage

BIG, SMALL, TEAM = Stage.BIG, Stage.SMALL, Stage.DRAINERS


@pytest.fixture
def kit(desk: Officer) -> str:
    """A kit of two generators and ten lamps, never checked."""
    id_ = desk.add("kit", "name=排水模块", f"team={TEAM}", "check_every=30")
    desk.done("kit", "part", "排水模块", "generator", "2")
    desk.done("kit", "part", "排水模块", "应急灯", "10")
    return id_


def stands(desk: Officer, kit: str) -> tuple[str, list[str]]:
    """How a kit stands, and what is missing of it."""
    shown = desk.show("kit", kit)
    return shown["state"], shown["missing"]


def test_a_kit_is_not_ready_before_it_was_checked(desk: Officer, kit: str) -> None:
    assert stands(desk, kit) == ("unchecked", [])
    assert "never checked" in desk.done("kit", "gaps").out
    assert "✓ complete" in desk.done("kit", "check", "排水模块").out
    assert stands(desk, kit) == ("ready", [])
    assert desk.done("kit", "gaps", "--json").json == []


def test_a_kit_with_a_missing_part_says_which_and_how_much(desk: Officer, kit: str) -> None:
    said = desk.done("kit", "check", kit, "--missing", "lamp=3", "--found", "generator=1").out
    assert "✗ missing: 发电机 1 台, 应急灯 3 个" in said
    assert stands(desk, kit) == ("incomplete", ["generator", "lamp"])
    (row,) = desk.done("kit", "gaps", "--team", TEAM, "--json").json
    assert [(m["item"], m["short"]) for m in row["missing"]] == [("generator", 1), ("lamp", 3)]
    desk.done("kit", "check", kit, "--missing", "lamp")
    assert stands(desk, kit) == ("incomplete", ["lamp"])
    shown = desk.done("kit", "show", kit).out
    assert "应急灯: 0 个 of 10 个" in shown and "missing: 应急灯 10 个" in shown


def test_a_part_that_has_run_out_does_not_count(desk: Officer, kit: str) -> None:
    desk.done("kit", "part", kit, "lamp", "10", "--expires", "2026-07-31")
    desk.done("kit", "check", kit)
    # The day itself is still in date.
    assert stands(desk, kit) == ("ready", [])
    desk.at("2026-08-01T08:00:00+08:00")
    assert stands(desk, kit) == ("incomplete", ["lamp"])
    (row,) = desk.done("kit", "gaps", "--json").json
    assert [(m["item"], m["short"], m["expires"], m["expired"]) for m in row["missing"]] == [
        ("lamp", 0, "2026-07-31", True)
    ]
    assert "missing: 应急灯 expired 2026-07-31" in desk.done("kit", "gaps").out
    assert "应急灯: 10 个 of 10 个, expired 2026-07-31" in desk.done("kit", "show", kit).out
    said = desk.done("kit", "check", kit, "--missing", "lamp=1").out
    assert "missing: 应急灯 1 个, 应急灯 expired 2026-07-31" in said
    # New lamps, with a month of their own: it runs to its end. Said without a day, the day stays.
    desk.done("kit", "check", kit)
    desk.done("kit", "part", kit, "lamp", "10", "--expires", "2026-08")
    desk.done("kit", "part", kit, "lamp", "10")
    desk.at("2026-08-31T08:00:00+08:00")
    assert "in date until 2026-08" in desk.done("kit", "show", kit).out
    assert desk.show("kit", kit)["missing"] == []
    desk.at("2026-09-01T08:00:00+08:00")
    assert stands(desk, kit) == ("incomplete", ["lamp"])
    desk.done("kit", "part", kit, "lamp", "10", "--expires", "")
    assert desk.show("kit", kit)["missing"] == []
    desk.refused(2, "kit", "part", kit, "lamp", "10", "--expires", "soon")


def test_a_check_grows_old(desk: Officer, kit: str) -> None:
    desk.done("kit", "check", kit)
    desk.at("2026-08-29T08:00:00+08:00")
    assert stands(desk, kit)[0] == "ready"
    desk.at("2026-08-31T08:00:00+08:00")
    assert stands(desk, kit)[0] == "stale"
    assert "too long ago" in desk.done("kit", "gaps").out


def test_more_is_wanted_than_was_found(desk: Officer, kit: str) -> None:
    desk.done("kit", "check", kit)
    desk.done("kit", "part", kit, "generator", "3")
    assert stands(desk, kit) == ("incomplete", ["generator"])
    desk.done("kit", "part", kit, "generator", "0")
    assert stands(desk, kit) == ("ready", [])


def test_a_check_of_what_is_no_part_is_refused(desk: Officer, kit: str) -> None:
    assert "it has: generator, lamp" in desk.refused(3, "kit", "check", kit, "--missing", "boat")
    desk.refused(2, "kit", "check", kit, "--missing", "lamp=11")
    desk.refused(2, "kit", "check", kit, "--found", "lamp")
    desk.refused(3, "kit", "check", kit, "--missing", "no such thing")
    empty = desk.add("kit", "name=空模块")
    assert "no parts" in desk.refused(1, "kit", "check", empty)
    assert stands(desk, empty)[0] == "empty"


def test_a_dry_run_of_a_check_changes_nothing(desk: Officer, kit: str) -> None:
    before = desk.entries()
    assert "Found:" in desk.done("kit", "check", kit, "--dry-run").out
    assert desk.entries() == before and stands(desk, kit)[0] == "unchecked"


def test_a_dry_run_of_a_check_says_what_it_would_find(desk: Officer, kit: str) -> None:
    assert "missing: 应急灯 3 个" in desk.done("kit", "check", kit, "--missing", "lamp=3", "--dry-run").out
    assert stands(desk, kit)[0] == "unchecked"


def test_a_check_told_late_does_not_overrule_the_one_made_since(desk: Officer, kit: str) -> None:
    desk.done("kit", "check", kit)
    said = desk.refused(2, "kit", "check", kit, "--missing", "lamp", "--at", "10min ago")
    assert f"kit {kit} was checked since then, at 2026-07-31T08:00:00" in said
    assert stands(desk, kit) == ("ready", [])
    desk.at("2026-07-31T09:00:00+08:00")
    desk.done("kit", "check", kit, "--missing", "lamp", "--at", "10min ago")
    assert stands(desk, kit) == ("incomplete", ["lamp"])


# -- inspections --------------------------------------------------------------------------------------


def due(desk: Officer, *more: str) -> dict[str, tuple[str | None, bool]]:
    """{tag: (due, overdue)} of what is due within thirty days."""
    rows = desk.done("equipment", "due", *more, "--json").json
    return {row["id"]: (row["due"], row["overdue"]) for row in rows}


def test_what_is_due_follows_from_the_last_inspection_and_the_plan_of_the_kind(desk: Officer) -> None:
    assert due(desk) == {}
    # A plan of a broader kind holds for the narrower ones.
    desk.done("item", "set", "pump", "inspect_every=180")
    assert due(desk) == {BIG: (None, True), SMALL: (None, True)}
    said = desk.done("equipment", "inspect", BIG, "--on", "2026-02-10")
    assert "next by 2026-08-09" in said.out
    desk.done("equipment", "inspect", SMALL, "--on", "2026-01-01")
    assert due(desk) == {SMALL: ("2026-06-30", True), BIG: ("2026-08-09", False)}
    assert list(due(desk)) == [SMALL, BIG]
    assert due(desk, "--within", "5d") == {SMALL: ("2026-06-30", True)}
    desk.done("equipment", "inspect", SMALL)
    assert due(desk) == {BIG: ("2026-08-09", False)}
    desk.done("item", "set", "pump-truck", "inspect_every=400")
    assert due(desk) == {}


def test_a_day_on_paper_goes_before_the_plan(desk: Officer) -> None:
    desk.done("item", "set", "pump", "inspect_every=180")
    desk.done("equipment", "inspect", BIG, SMALL, "--until", "2026-08-05")
    assert due(desk) == {BIG: ("2026-08-05", False), SMALL: ("2026-08-05", False)}
    assert "its paper" in desk.done("equipment", "due").out
    desk.done("equipment", "inspect", BIG)
    assert due(desk) == {SMALL: ("2026-08-05", False)}


def test_what_failed_is_out_of_service(desk: Officer) -> None:
    desk.done("equipment", "inspect", BIG, "--result", "failed", "--note", "液压漏油")
    assert desk.show("equipment", BIG)["availability"] == "out_of_service"
    desk.refused(1, "callup", "issue", "--incident", Stage.INCIDENT, "--equipment", BIG)
    desk.done("equipment", "inspect", BIG)
    assert desk.show("equipment", BIG)["serviceability"] == "serviceable"


def test_an_inspection_told_late_does_not_overrule_the_one_made_since(desk: Officer) -> None:
    desk.done("equipment", "inspect", BIG, "--until", "2027-06-30", "--on", "2026-07-01")
    said = desk.refused(2, "equipment", "inspect", SMALL, BIG, "--on", "2026-06-30", "--result", "failed")
    assert f"{BIG} was inspected since then, on 2026-07-01" in said
    shown = desk.show("equipment", BIG)
    assert (shown["serviceability"], shown["inspected"]) == ("serviceable", "2026-07-01")
    assert shown["inspection_until"] == "2027-06-30" and desk.show("equipment", SMALL)["inspected"] is None
    # On the same day the one told last counts; a month alone may mean a later day.
    desk.done("equipment", "inspect", BIG, "--on", "2026-07-01", "--result", "limited")
    desk.done("equipment", "inspect", BIG, "--on", "2026-07")
    desk.refused(2, "equipment", "inspect", BIG, "--on", "2026-06")


def test_what_failed_stays_due_until_it_is_inspected_again(desk: Officer) -> None:
    desk.done("item", "set", "pump", "inspect_every=180")
    desk.done("equipment", "inspect", BIG, SMALL, "--until", "2027-06-30", "--on", "2026-07-01")
    assert due(desk) == {}
    said = desk.done("equipment", "inspect", BIG, "--result", "failed").out
    assert "due until it is inspected again" in said
    assert due(desk) == {BIG: ("2026-07-31", True)}
    assert "which it failed" in desk.done("equipment", "due").out
    # Repaired is not inspected.
    desk.done("equipment", "set", BIG, "serviceability=serviceable")
    desk.at("2026-08-02T08:00:00+08:00")
    assert due(desk) == {BIG: ("2026-07-31", True)}
    desk.done("equipment", "inspect", BIG)
    assert due(desk) == {}
    desk.refused(2, "equipment", "inspect", BIG, "--result", "failed", "--until", "2027-06-30")


def test_an_inspection_after_which_nothing_is_due_says_so(desk: Officer) -> None:
    desk.done("equipment", "inspect", BIG, "--until", "2026-08-05", "--on", "2026-07-01")
    assert f"nothing says when {BIG} must be inspected next" in desk.done("equipment", "inspect", BIG).err
    assert "nothing says" not in desk.done("equipment", "inspect", BIG, "--until", "2027-01-01").err
    assert "nothing says" not in desk.done("equipment", "inspect", BIG, "--result", "failed").err
    desk.done("item", "set", "pump", "inspect_every=180")
    assert "nothing says" not in desk.done("equipment", "inspect", BIG).err


def test_an_inspection_that_cannot_be_is_refused(desk: Officer) -> None:
    desk.refused(2, "equipment", "inspect", BIG, "--on", "2027-01-01")
    desk.refused(2, "equipment", "inspect", BIG, "--on", "someday")
    desk.refused(2, "equipment", "inspect", BIG, "--until", "2026-01-01")
    desk.refused(3, "equipment", "inspect", "NO-SUCH")


@given(day=st.dates(date(1950, 1, 1), date(2150, 1, 1)), every=st.integers(1, 36_600))
def test_an_inspection_holds_for_the_days_of_its_plan(day: date, every: int) -> None:
    assert inspections.after(day.isoformat(), every) == (day + timedelta(days=every)).isoformat()


@pytest.mark.parametrize(
    ("day", "until"), [("2026-02", "2026-03-30"), ("2026", "2027-01-30"), ("2024-02-29", "2024-03-30")]
)
def test_a_month_or_year_alone_counts_from_its_end(day: str, until: str) -> None:
    assert inspections.after(day, 30) == until
