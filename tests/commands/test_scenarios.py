"""`emergency incident propose`: what a scenario usually needs, shown, edited and stated (row E2)."""

from __future__ import annotations

import itertools
import os
import pathlib

import pytest

from emergency.store import scenarios
from emergency.store.records.incident import LEVELS
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store

from .conftest import Officer, Stage

TEN = ("earthquake", "flood", "waterlogging", "ice-snow", "forest-fire", "urban-fire", "hazmat", "mine",
       "life-rescue", "household")  # fmt: skip


@pytest.fixture
def drained(say: Officer) -> Officer:
    """A station with an open waterlogging of level II, FT-1."""
    say.done(
        "incident",
        "open",
        "丰台区积水内涝",
        "--scenario",
        "waterlogging",
        "--level",
        "II",
        "--region",
        "110106",
    )
    return say


def proposed(say: Officer, *more: str) -> dict[str, float]:
    """{what: amount} of what is proposed for FT-1."""
    return {
        row["what"]: row["amount"] for row in say.done("incident", "propose", "FT-1", *more, "--json").json
    }


def stated(say: Officer) -> dict[str, float]:
    """{what: amount} of what is stated."""
    return {row["what"]: row["amount"] for row in say.done("need", "list", "--json").json}


# -- the files that ship ------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", TEN)
def test_each_of_the_ten_scenarios_asks_for_more_the_graver_it_is(say: Officer, scenario: str) -> None:
    template = scenarios.read(scenarios.path_of(scenario, os.devnull))
    assert template.scenario == scenario and template.sample == SAMPLE_MARK and template.hazards
    with Store(str(say.store)) as store:
        asked = [
            {p.asked.what: p.asked.milli for p in scenarios.propose(store, template, level, 0)}
            for level in reversed(LEVELS)
        ]
    for less, more in itertools.pairwise(asked):
        assert less.keys() <= more.keys()
        assert all(more[what] > amount for what, amount in less.items())
    assert len(asked[-1]) >= 6


def test_there_are_ten_and_each_has_a_file(say: Officer) -> None:
    assert sorted(TEN) == sorted(say.ids("scenario", "list"))
    assert sorted(os.listdir(scenarios.FOLDER)) == sorted(f"{s}.toml" for s in TEN)


@pytest.mark.parametrize(
    ("language", "name", "other"), [("en", "Flood", "洪水灾害"), ("zh", "洪水灾害", "Flood")]
)
def test_a_scenario_is_called_alike_in_the_list_the_record_and_on_the_board(
    desk: Officer, language: str, name: str, other: str
) -> None:
    for line in ("incident list", f"incident show {Stage.INCIDENT}", "board"):
        said = desk.done("--lang", language, *line.split()).out
        assert name in said and other not in said, line


def test_a_scenario_shows_its_file_its_season_and_that_its_figures_are_made_up(say: Officer) -> None:
    shown = say.show("scenario", "waterlogging")
    assert shown["figures_are_samples"] is True
    assert shown["seasons"] == [["06-01", "09-15"]] and "第三十四条" in shown["season_source"]
    assert {"drainage", "people"} <= {need["what"] for need in shown["needs"]}
    said = say.done("scenario", "show", "waterlogging").out
    assert SAMPLE_MARK in said and shown["file"] in said and "drainage *: IV 3000m3/h" in said


# -- proposing ----------------------------------------------------------------------------------------


def test_a_proposal_is_shown_marked_and_writes_nothing(drained: Officer) -> None:
    before = drained.entries()
    said = drained.done("incident", "propose", "FT-1")
    assert "drainage *" in said.out and "20000 m3/h" in said.out and "09:00" in said.out
    assert f"* {SAMPLE_MARK}" in said.err
    assert drained.entries() == before and stated(drained) == {}


def test_the_level_makes_the_amounts(drained: Officer) -> None:
    assert proposed(drained)["drainage"] == 20000
    assert proposed(drained, "--level", "IV")["drainage"] == 3000
    drained.done("incident", "level", "FT-1", "I")
    assert proposed(drained)["drainage"] == 50000
    assert "command-vehicle" not in proposed(drained, "--level", "IV")


def test_stated_twice_it_is_stated_once(drained: Officer) -> None:
    first = drained.done("incident", "propose", "FT-1", "--state", "--json").json
    assert len(first["stated"]) == len(proposed(drained)) == len(stated(drained))
    again = drained.done("incident", "propose", "FT-1", "--state", "--json").json
    assert again["stated"] == [] and again["left"] == len(first["stated"])
    assert "stated already" in drained.done("incident", "propose", "FT-1", "--state").out
    assert len(stated(drained)) == len(first["stated"])
    assert {row["source"] for row in drained.done("need", "list", "--json").json} == {
        f"waterlogging II {SAMPLE_MARK}"
    }


def test_what_was_stated_by_hand_is_left_and_the_rest_is_added(drained: Officer) -> None:
    drained.done("incident", "need", "FT-1", "drainage>=7000m3/h")
    rows = {r["what"]: r for r in drained.done("incident", "propose", "FT-1", "--json").json}
    assert (rows["drainage"]["state"], rows["drainage"]["stated"]) == ("differs", 7000)
    drained.done("incident", "propose", "FT-1", "--state")
    assert stated(drained)["drainage"] == 7000 and stated(drained)["people"] == 400
    told = drained.done("incident", "propose", "FT-1", "--state", "--update", "--json").json
    assert len(told["updated"]) == 1 and stated(drained)["drainage"] == 20000


def test_amounts_are_changed_and_needs_dropped_and_added_before_they_are_stated(drained: Officer) -> None:
    more = ("--change", "drainage>=30000m3/h", "--change", "uav>=2", "--drop", "diesel", "--drop", "人员")
    assert proposed(drained, *more)["drainage"] == 30000
    drained.done("incident", "propose", "FT-1", *more, "--state")
    got = stated(drained)
    assert got["drainage"] == 30000 and got["uav"] == 2 and "diesel" not in got and "people" not in got
    sources = {r["what"]: r["source"] for r in drained.done("need", "list", "--json").json}
    assert sources["drainage"] is None and sources["boat"] == f"waterlogging II {SAMPLE_MARK}"


def test_a_dry_run_shows_the_needs_and_writes_none(drained: Officer) -> None:
    before = drained.entries()
    words = ("incident", "propose", "FT-1", "--state", "--dry-run")
    said, count = drained.done(*words).out, len(proposed(drained))
    assert said.startswith(f"would be: FT-1: {count} needs stated")
    assert len(drained.done(*words, "--json").json["facts"]) == count
    assert drained.entries() == before


def test_it_is_taken_back_as_one(drained: Officer) -> None:
    drained.done("incident", "propose", "FT-1", "--state")
    drained.done("undo")
    assert stated(drained) == {}
    drained.done("incident", "propose", "FT-1", "--state")
    assert len(stated(drained)) == len(proposed(drained))


def test_lines_are_edited_in_a_file_and_taken_back(drained: Officer, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "needs.txt"
    drained.done("incident", "propose", "FT-1", "--to", str(path))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# FT-1 丰台区积水内涝 waterlogging II\n") and SAMPLE_MARK in text
    assert "is there already" in drained.refused(1, "incident", "propose", "FT-1", "--to", str(path))
    lines = [line for line in text.splitlines() if not line.startswith("sandbag")]
    lines = [line.replace("drainage>=20000m3/h", "drainage>=25000m3/h") for line in lines]
    path.write_text("\n".join([*lines, "truck>=3 by=2h place='大红门 桥' priority=人命"]), encoding="utf-8")
    rows = drained.done("incident", "propose", "FT-1", "--from", str(path), "--state", "--json").json
    assert len(rows["stated"]) == len(lines) - 2 + 1
    needs = {r["what"]: r for r in drained.done("need", "list", "--json").json}
    assert needs["drainage"]["amount"] == 25000 and needs["drainage"]["source"] is None
    assert needs["boat"]["source"] == f"waterlogging II {SAMPLE_MARK}"
    assert (needs["truck"]["place"], needs["truck"]["priority"]) == ("大红门 桥", "life")
    assert "sandbag" not in needs
    assert (
        drained.done("incident", "propose", "FT-1", "--from", str(path), "--state", "--json").json["stated"]
        == []
    )


def test_an_amount_that_stands_otherwise_is_named_and_set_by_update(
    drained: Officer, tmp_path: pathlib.Path
) -> None:
    drained.done("incident", "propose", "FT-1", "--state")
    id_ = next(r["id"] for r in drained.done("need", "list", "--json").json if r["what"] == "drainage")
    path = tmp_path / "needs.txt"
    path.write_text("drainage>=25000m3/h\npeople>=90\n", encoding="utf-8")
    for words in (("--from", str(path)), ("--change", "drainage>=25000m3/h")):
        before = drained.entries()
        said = drained.done("incident", "propose", "FT-1", *words, "--state")
        assert "nothing new to state" in said.out and "already" not in said.out
        assert f"{id_} drainage stands at 20000 m3/h, and here it is 25000 m3/h: --update" in said.err
        told = drained.done("incident", "propose", "FT-1", *words, "--state", "--json")
        assert id_ in told.json["differ"] and id_ in told.err
        assert drained.entries() == before and stated(drained)["drainage"] == 20000
    # Beside what is new it is said too.
    path.write_text("drainage>=25000m3/h\ntruck>=3\n", encoding="utf-8")
    told = drained.done("incident", "propose", "FT-1", "--from", str(path), "--state", "--json")
    assert (len(told.json["stated"]), told.json["left"], told.json["differ"]) == (1, 1, [id_])
    said = drained.done("incident", "propose", "FT-1", "--from", str(path), "--state", "--update", "--json")
    assert (said.json["updated"], said.json["differ"], said.err) == ([id_], [], "")
    assert stated(drained)["drainage"] == 25000


def test_what_is_written_out_is_read_back_the_same(drained: Officer, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "needs.txt"
    drained.done("incident", "propose", "FT-1", "--to", str(path))
    strip = ("what", "amount", "unit", "by", "priority", "source")
    first = drained.done("incident", "propose", "FT-1", "--json", "--fields", ",".join(strip)).json
    back = drained.done(
        "incident", "propose", "FT-1", "--from", str(path), "--json", "--fields", ",".join(strip)
    ).json
    assert first == back


@pytest.mark.parametrize(
    ("line", "said"),
    [("drainage>=lots", "lots"), ("nothing-known>=3", "no Item kind"), ("people>=3 wen=60min", "wen"),
     ("people>=3 place='x", "quote"), ("people>=3 priority=soon", "soon"), ("people>=3 by=whenever", "whenever")],
)  # fmt: skip
def test_a_line_that_is_no_need_is_refused_by_its_number(
    drained: Officer, tmp_path: pathlib.Path, line: str, said: str
) -> None:
    path = tmp_path / "needs.txt"
    path.write_text(f"people>=10\n{line}\n", encoding="utf-8")
    code = 3 if said == "no Item kind" else 2
    error = drained.refused(code, "incident", "propose", "FT-1", "--from", str(path), "--state")
    assert f"{path}:2: " in error and said in error


def test_an_office_lays_its_own_file_beside_the_program(
    drained: Officer, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGENCY_HOME", str(tmp_path / "own"))
    folder = tmp_path / "own" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "waterlogging.toml").write_text(
        'scenario = "waterlogging"\n[[need]]\nwhat = "drainage"\nII = "12345 m3/h"\nby = "30min"\n',
        encoding="utf-8",
    )
    assert proposed(drained) == {"drainage": 12345}
    (row,) = drained.done("incident", "propose", "FT-1", "--json").json
    assert row["sample"] is False and row["source"] == "waterlogging II"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[need", "cannot be read"), ("x = 1\n", "nobody knows"), ('scenario = "x"\n', "no [[need]]"),
        ('[[need]]\nII = "3"\n', "what is missing"), ('[[need]]\nwhat = "people"\nby = "soon"\n', "[[need]] 1"),
        ('[[need]]\nwhat = "people"\nII = "many"\n', "[[need]] 1"), ('season = [["June", "July"]]\n', "a season is"),
        ('[[need]]\nwhat = "people"\nV = "3"\n', "nobody knows"), ("need = 3\n", "is a list"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_scenario_says_what_is_wrong(
    drained: Officer, tmp_path: pathlib.Path, text: str, said: str
) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    error = drained.refused(2, "incident", "propose", "FT-1", "--file", str(path))
    assert str(path) in error and said in error


def test_a_scenario_without_a_file_is_said(say: Officer, tmp_path: pathlib.Path) -> None:
    dust = say.done("scenario", "add", "--id", "dust", "name=沙尘暴", "--json").json["id"]
    say.done("incident", "open", "沙尘", "--scenario", dust, "--level", "IV", "--region", "110106")
    assert "has no file of usual needs" in say.refused(3, "incident", "propose", "沙尘")
    assert say.show("scenario", dust)["file"] is None
    missing = say.refused(2, "incident", "propose", "沙尘", "--file", str(tmp_path / "none.toml"))
    assert "none.toml" in missing


def test_a_closed_incident_needs_nothing(drained: Officer) -> None:
    drained.done("incident", "close", "FT-1")
    assert "is closed" in drained.refused(1, "incident", "propose", "FT-1")
