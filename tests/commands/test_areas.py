"""Sub-areas, staging areas and forward posts of an incident, and the lines assigned to them (row E6)."""

from __future__ import annotations

import pytest

from .conftest import Officer, Stage

REAL, BIG, SMALL, TEAM = Stage.INCIDENT, Stage.BIG, Stage.SMALL, Stage.DRAINERS


@pytest.fixture
def east(desk: Officer) -> str:
    """The id of the east area; there is a staging area too."""
    desk.add("area", f"incident={REAL}", "name=集结区一", "kind=集结区", "at=39.74,115.98")
    return desk.add("area", f"incident={REAL}", "name=东区", "kind=sub_area", "leader=王指挥", "radio=东区01")


def areas_of(desk: Officer, order: str) -> list[str | None]:
    """The area of each line of an order."""
    return [line["area"] for line in desk.show("callup", order)["lines"]]


def test_an_order_is_given_for_an_area_and_its_lines_say_so(desk: Officer, east: str) -> None:
    order = desk.issue(
        "--incident", REAL, "--equipment", BIG, "--people", "4", "--team", TEAM, "--area", "东区"
    )
    assert areas_of(desk, order) == [east, east]
    assert "assigned to 东区" in desk.done("callup", "show", order).out
    assert "东区" in desk.done("callup", "list").out
    assert desk.ids("callup", "list", f"area={east}") == [f"{order}/1", f"{order}/2"]
    shown = desk.show("area", east)
    assert [line["id"] for line in shown["lines"]] == [f"{order}/1", f"{order}/2"]
    assert f"{order}/1" in desk.done("area", "show", east).out


def test_lines_are_assigned_moved_on_and_taken_off(desk: Officer, east: str) -> None:
    order = desk.issue("--incident", REAL, "--equipment", BIG, "--equipment", SMALL)
    desk.done("callup", "assign", f"{order}/1", "--area", "东区")
    assert areas_of(desk, order) == [east, None]
    desk.done("callup", "assign", order, "--area", "集结区一")
    assert len(set(areas_of(desk, order))) == 1 and None not in areas_of(desk, order)
    desk.done("callup", "assign", f"{order}/2", "--area", "")
    assert areas_of(desk, order)[1] is None
    desk.done("callup", "cancel", order)
    assert "has ended" in desk.refused(1, "callup", "assign", order, "--area", "东区")


def test_an_area_of_another_incident_is_none_of_this_one(desk: Officer, east: str) -> None:
    desk.done("incident", "open", "另一起", "--scenario", "flood", "--level", "IV", "--region", "110106")
    said = desk.refused(3, "callup", "issue", "--incident", "另一起", "--equipment", BIG, "--area", "东区")
    assert "has no area 东区" in said and "emergency area add" in said
    order = desk.issue("--incident", REAL, "--equipment", BIG)
    assert "it has: 集结区一, 东区" in desk.refused(3, "callup", "assign", order, "--area", "西区")
    held = desk.issue("--kind", "standby", "--equipment", SMALL)
    desk.refused(2, "callup", "assign", held, "--area", "东区")


def test_a_batch_names_areas(desk: Officer, east: str) -> None:
    rows = f"ref,incident,kind,equipment,area\nA,{REAL},callup,{BIG},东区\nB,{REAL},callup,{SMALL},哪里\n".encode()
    said = desk("callup", "batch", "-", "--json", stdin=rows)
    assert said.code == 5 and [row["status"] for row in said.ndjson] == ["ok", "failed"]
    assert areas_of(desk, "A") == [east]


def test_an_area_of_a_drill_says_so(desk: Officer) -> None:
    drill = desk.done("incident", "open", "演练", "--scenario", "flood", "--level", "IV", "--region", "110111",
                      "--exercise", "--json").json["id"]  # fmt: skip
    area = desk.add("area", f"incident={drill}", "name=北区", "kind=sub_area")
    assert desk.show("area", area)["exercise"] == "yes"
    assert "EXERCISE 演练" in desk.done("area", "list").out
    need = desk.add("need", f"incident={drill}", "what=people", "amount=5")
    assert desk.show("need", need)["exercise"] == "yes"
    order = desk.issue("--incident", drill, "--equipment", BIG, "--area", "北区")
    assert "EXERCISE 演练" in desk.done("callup", "assign", order, "--area", "北区").out
