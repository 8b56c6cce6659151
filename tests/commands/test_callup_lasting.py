"""What a call-up plan says of three days on: what runs out first, and when, of crews, fuel, food and water."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from emergency.store import rations
from emergency.store.errors import EmergencyError
from emergency.store.lasting import AHEAD

from .conftest import Officer, Stage
from .test_plan_callup import flood, plan

__all__ = ["flood"]
OWN = """
[water]
per_person_day = 5
unit = "L"
holds = { drinking-water = 10 }
"""


@pytest.fixture(autouse=True)
def settings(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The folder of settings of this test alone."""
    monkeypatch.setenv("EMERGENCY_HOME", str(tmp_path))
    return tmp_path


def stocked(say: Officer, *boxes: tuple[str, int]) -> None:
    """Boxes in the depot, all of which the incident asks for."""
    for item, much in boxes:
        say.done("reserve", "move", "丰台库", item, "--qty", str(much), "--reason", "进货")
        say.done("incident", "need", Stage.INCIDENT, f"{item}>={much}", "--by", "2h")


def supply(value: Any, name: str) -> Any:
    (one,) = value["sustainment"]
    return next(s for s in one["supplies"] if s["name"] == name)


def test_what_nobody_called_is_not_said_to_last_but_what_it_takes_is(flood: Officer) -> None:
    value = plan(flood)
    water = supply(value, "water")
    # 24 people, 3 L a day, three days, in boxes of 12 L.
    assert (water["needed"], water["there"], water["hours"], water["lacking"]) == (216, 0, None, 18)
    assert [out["what"] for out in value["sustainment"][0]["runs_out"]] == ["crew"]
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert f"no water is called or carried; 24 people use 216 L in {AHEAD} h, such as 18 箱 饮用水" in said
    assert "a person uses in a day: water 3 L, food 3 餐 (样例 SAMPLE: rations.toml)" in said


def test_it_lasts_as_long_as_there_is_of_it_and_what_is_least_runs_out_first(flood: Officer) -> None:
    stocked(flood, ("drinking-water", 3), ("ready-food", 1))
    value = plan(flood)
    # 36 L of 72 a day; 12 meals of 72 a day.
    assert supply(value, "water")["hours"] == pytest.approx(12)
    assert supply(value, "food")["hours"] == pytest.approx(4)
    assert supply(value, "water")["lacking"] == 15
    assert [(o["what"], o["hours"]) for o in value["sustainment"][0]["runs_out"]] == [
        ("food", 4), ("crew", 12), ("water", 12),
    ]  # fmt: skip
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert "runs out first: food after 4 h; crew without relief after 12 h; water after 12 h" in said
    assert (
        "water called or carried lasts 24 people 12 h, if nobody else has of it; 15 箱 饮用水 more would last 72 h"
        in said
    )


def test_enough_for_three_days_does_not_run_out(flood: Officer) -> None:
    stocked(flood, ("drinking-water", 18))
    value = plan(flood)
    assert supply(value, "water")["hours"] == AHEAD
    assert "water" not in {out["what"] for out in value["sustainment"][0]["runs_out"]}
    assert "water called or carried lasts 24 people longer than 72 h" in flood.done(
        "plan", "callup", Stage.INCIDENT
    ).out  # fmt: skip


def test_fuel_and_crews_are_in_the_same_order_of_time(flood: Officer) -> None:
    stocked(flood, ("drinking-water", 3))
    flood.done("equipment", "set", Stage.BIG, "endurance=600min", "fuel=50")
    first, *_rest = plan(flood)["sustainment"][0]["runs_out"]
    assert first == {"what": "fuel", "hours": 5.0, "which": Stage.BIG}


def test_a_narrower_kind_counts_as_its_own_and_kits_go_with_their_team(flood: Officer) -> None:
    flood.add("item", "name=桶装水", "unit=桶", "parent=drinking-water", "class=support")
    stocked(flood, ("桶装水", 2))
    assert supply(plan(flood), "water")["there"] == 24
    kit = flood.add("kit", "name=口粮包", f"team={Stage.DRAINERS}")
    flood.done("kit", "part", kit, "drinking-water", "4箱")
    # Nobody has looked into it yet.
    assert supply(plan(flood), "water")["there"] == 24
    flood.done("kit", "check", kit)
    assert supply(plan(flood), "water")["there"] == 72
    # What has run out by its date is not there.
    part = flood.show("kit", kit)["parts"][0]["id"]
    flood.done("part", "set", part, "expires=2026-07-30")
    assert supply(plan(flood), "water")["there"] == 24


def test_an_office_has_its_own_figures_and_they_are_no_sample(flood: Officer, settings: pathlib.Path) -> None:
    (settings / rations.FILE).write_text(OWN, encoding="utf-8")
    stocked(flood, ("drinking-water", 3))
    value = plan(flood)
    assert [s["name"] for s in value["sustainment"][0]["supplies"]] == ["water"]
    # 30 L of 120 a day.
    assert supply(value, "water")["hours"] == pytest.approx(6)
    assert value["rations"]["sample"] == ""
    said = flood.done("plan", "callup", Stage.INCIDENT).out
    assert "a person uses in a day: water 5 L\n" in said


@pytest.mark.parametrize(
    "text",
    [
        "[beer]\nper_person_day = 1", "[water]\nper_person_day = 0", "[water]\nper_person_day = true", "[water]",
        "[water]\nper_person_day = 3\nholds = 5", "[water]\nper_person_day = 3\nholds = { x = -1 }", "[water",
        "water = 3", "sample = 3", "[water]\nper_person_day = 3\ncups = 2",
    ],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_refused_by_its_name(
    flood: Officer, settings: pathlib.Path, text: str
) -> None:
    (settings / rations.FILE).write_text(text, encoding="utf-8")
    result = flood("plan", "callup", Stage.INCIDENT)
    assert result.code != 0 and rations.FILE in result.err and result.out == ""
    with pytest.raises(EmergencyError):
        rations.read(str(settings / rations.FILE))
