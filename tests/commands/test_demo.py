"""The demo: a whole store out of the sample files, and nothing in it that could pass for real."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pathlib
import sys
import tempfile
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from emergency import commands
from emergency.commands import demo, screens
from emergency.store import journal, times, words
from emergency.store.store import Store

NOW = "2026-07-31T08:00:00+08:00"
AT = times.parse_time(NOW, 0)
#: Registers of which the demo fills in every row.
REGISTERS = (
    "team",
    "member",
    "duty",
    "equipment",
    "depot",
    "reserve",
    "station",
    "incident",
    "need",
    "callup",
)


class Said(NamedTuple):
    """What one command line answered."""

    code: int
    out: str
    err: str


def emergency(*arguments: str) -> Said:
    """Run one command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = commands.run(arguments)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module", autouse=True)
def fixed() -> Iterator[None]:
    """08:00, English, nothing from the caller's own settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMERGENCY_NOW", NOW)
        patch.setenv("EMERGENCY_LANG", "en")
        for name in ("EMERGENCY_STORE", "EMERGENCY_OFFICER", "EMERGENCY_STALE_AFTER"):
            patch.delenv(name, raising=False)
        yield
        words.speak("en")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the demo is."""
    return str(tmp_path_factory.mktemp("demo") / "sample.db")


@pytest.fixture(scope="module")
def played(path: str) -> Said:
    """What `emergency demo --store PATH` said."""
    return emergency("demo", "--store", path)


@pytest.fixture
def store(played: Said, path: str) -> Iterator[Store]:
    """The sample store, open."""
    with Store(path) as opened:
        yield opened


def asked(path: str, *arguments: str) -> Any:
    """A command's answer on the sample store, as JSON."""
    said = emergency("--store", path, *arguments, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out)


# -- what it prints -------------------------------------------------------------------------------


def test_without_a_terminal_the_board_is_printed(played: Said) -> None:
    assert played.code == 0
    first = played.out.splitlines()[0]
    assert first.startswith("BJ ") and "样例 SAMPLE" in first and NOW in first
    assert "no answer" in played.out and "not arrived" in played.out
    assert "drainage  short 2600 m3/h  needed 20000" in played.out
    assert "沙袋  short 1500" in played.out
    assert "on scene" in played.out


def test_every_line_of_the_board_that_names_an_order_is_marked(played: Said) -> None:
    orders = [line for line in played.out.splitlines() if "/" in line and "BJ-" in line]
    assert len(orders) > 40
    assert [line for line in orders if "样例 SAMPLE" not in line] == []


def test_stderr_says_where_it_is_what_was_refused_and_three_commands_to_try(played: Said, path: str) -> None:
    said = played.err.splitlines()
    assert said[0] == f"样例 SAMPLE: {path}"
    assert said[1].startswith("40 teams, 160 members, 224 items of equipment, 69 stock lines, 23 orders")
    assert [line for line in said if line.startswith("refused")] == [said[2]]
    assert "S10" in said[2] and "SAMPLE-041 is claimed by BJ-" in said[2]
    tries = [line.strip() for line in said if line.startswith("  emergency --store")]
    assert len(said) == 4 + len(tries) and len(tries) == 3


def test_the_commands_to_try_work(played: Said) -> None:
    import shlex

    for line in played.err.splitlines():
        if line.startswith("  emergency"):
            said = emergency(*shlex.split(line)[1:])
            assert said.code == 0 and said.out, line


def test_the_same_moment_gives_the_same_board(played: Said, tmp_path: pathlib.Path) -> None:
    assert emergency("--store", str(tmp_path / "again.db"), "demo").out == played.out


def test_quietly_and_without_a_board_nothing_is_said(tmp_path: pathlib.Path) -> None:
    assert emergency("-q", "demo", "--store", str(tmp_path / "x.db"), "--no-board") == (0, "", "")
    assert (tmp_path / "x.db").exists()


def test_in_chinese_too(tmp_path: pathlib.Path) -> None:
    try:
        said = emergency("--lang", "zh", "demo", "--store", str(tmp_path / "x.db"))
    finally:
        words.speak("en")
    assert said.code == 0
    assert "逾期未应答" in said.out and "样例 SAMPLE" in said.out


def test_on_a_terminal_the_screens_open(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(screens, "open_screens", lambda session: opened.append(session.path))
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())
    path = str(tmp_path / "x.db")
    with contextlib.redirect_stderr(io.StringIO()):
        assert commands.run(["demo", "--store", path]) == 0
    assert opened == [path]


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


# -- where it is made -----------------------------------------------------------------------------


def test_a_file_that_is_there_is_refused_and_left_alone(played: Said, path: str) -> None:
    before = pathlib.Path(path).read_bytes()
    for arguments in (("demo", "--store", path), ("--store", path, "demo")):
        said = emergency(*arguments)
        assert said.code != 0 and said.out == ""
        assert said.err.splitlines()[0] == f"emergency: {path} is there already"
    assert pathlib.Path(path).read_bytes() == before
    assert os.path.exists(path + ".key")


def test_without_a_place_it_is_made_in_a_temporary_one(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    said = emergency("demo", "--no-board")
    (made,) = tmp_path.glob("emergency-demo-*/demo.db")
    assert said.err.splitlines()[0] == f"样例 SAMPLE: {made}"
    assert [p.name for p in tmp_path.iterdir()] == [made.parent.name]


def test_one_that_fails_leaves_nothing(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = list(demo.shift(AT))[:3]
    monkeypatch.setattr(demo, "shift", lambda now: [*lines, demo.Typed(now, ["team", "show", "nobody"])])
    said = emergency("demo", "--store", str(tmp_path / "x.db"))
    assert said.code != 0 and "nobody" in said.err
    assert list(tmp_path.iterdir()) == []
    assert os.environ["EMERGENCY_NOW"] == NOW


def test_the_clock_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMERGENCY_NOW")
    with demo._clock(AT):
        assert times.now() == AT
    assert "EMERGENCY_NOW" not in os.environ


# -- what is in it --------------------------------------------------------------------------------


def test_the_store_is_whole(store: Store, path: str) -> None:
    assert journal.verify(store.connection) == []
    assert store.connection.execute("SELECT count(*) FROM inert").fetchone()[0] == 0
    assert emergency("--store", path, "doctor").code == 0


@pytest.mark.parametrize("noun", REGISTERS)
def test_every_record_is_marked(played: Said, path: str, noun: str) -> None:
    rows = asked(path, noun, "list")
    assert rows
    assert [row["id"] for row in rows if row["sample"] != "样例 SAMPLE"] == []


@pytest.mark.parametrize("noun", ["team", "member", "equipment", "depot", "reserve", "duty", "callup"])
def test_a_list_for_people_explains_the_mark(played: Said, path: str, noun: str) -> None:
    said = emergency("--store", path, noun, "list")
    assert "* 样例 SAMPLE" in said.err
    assert all(" *" in line for line in said.out.splitlines()[1:])


def test_the_incident_is_a_flood_in_fangshan(played: Said, path: str) -> None:
    (incident,) = asked(path, "incident", "list")
    assert (incident["scenario"], incident["level"], incident["region"]) == ("flood", "II", "110111")
    assert incident["at"] == {"lat": 39.7, "lng": 115.9}
    assert asked(path, "incident", "list")[0]["opened_at"] == "2026-07-31T07:08:00+08:00"


def test_orders_stand_in_every_state_a_shift_knows(played: Said, path: str) -> None:
    rows = asked(path, "callup", "list")
    states = {row["state"] for row in rows}
    assert states == {
        "issued", "acknowledged", "provisional", "partial", "accepted", "en_route", "on_scene", "declined",
    }  # fmt: skip
    assert {row["overdue"] for row in rows} == {None, "answer", "arrival"}
    assert [row["ref"] for row in rows if "asked-back" in row["flags"]] == ["S22"]


def test_the_batch_run_again_orders_nothing(played: Said, path: str) -> None:
    file = os.path.join(demo.FOLDER, "callups.csv")
    said = emergency("--store", path, "callup", "batch", file, "--dry-run", "--json")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert {r["ref"]: r["status"] for r in rows if r["status"] != "already"} == {"S10": "failed"}
    assert len(rows) == 24


def test_readiness_is_fresh_stale_and_never_reported(played: Said, path: str) -> None:
    shown = [team["readiness_shown"] for team in asked(path, "team", "list")]
    assert {s: shown.count(s) for s in set(shown)} == {
        "ready": 20, "standby": 6, "off": 1, "unavailable": 1, "stale": 7, "unreported": 5,
    }  # fmt: skip


def test_papers_run_out_and_one_night_has_nobody(played: Said, path: str) -> None:
    rows = asked(path, "expiring")
    members = [row for row in rows if row["kind"] == "member"]
    assert len([m for m in members if m["ended"]]) >= 3
    assert len([m for m in members if not m["ended"]]) >= 3
    assert {row["kind"] for row in rows} >= {"team", "member", "equipment", "reserve"}
    (gap,) = asked(path, "duty", "gaps")
    assert gap["from"] == "2026-08-02T20:00:00+08:00" and gap["hours"] == 12
    assert asked(path, "duty", "now")
    assert asked(path, "reserve", "gaps")


def test_what_was_known_half_an_hour_ago_is_another_board(played: Said, path: str) -> None:
    then = emergency("--store", path, "board", "--plain", "--as-of", "30min ago").out
    assert "样例 SAMPLE" in then
    assert "drainage  short 8600 m3/h" in then


def test_who_acted_is_a_sample_too(store: Store) -> None:
    headers = [json.loads(h) for (h,) in store.connection.execute("SELECT header FROM entry")]
    assert {h["who"] for h in headers} == {demo.OFFICER}


# -- the files ------------------------------------------------------------------------------------


def sheet(name: str) -> list[dict[str, str]]:
    """The rows of a sample file."""
    with open(os.path.join(demo.FOLDER, name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.mark.parametrize("name", sorted(n for n in os.listdir(demo.FOLDER) if n.endswith(".csv")))
def test_every_row_of_every_file_says_it_is_made_up(name: str) -> None:
    rows = sheet(name)
    column = "note" if name == "callups.csv" else "样例"
    assert rows and all(row[column] == "样例 SAMPLE" for row in rows)
    if name != "callups.csv":
        with open(os.path.join(demo.FOLDER, name), encoding="utf-8") as file:
            assert file.readline().startswith("# 样例 SAMPLE")


def test_no_name_plate_or_number_could_be_real() -> None:
    for name in ("teams.csv", "depots.csv"):
        assert all(next(iter(row.values())).endswith("（样例）") for row in sheet(name))
    assert all(row["姓名"].startswith("样例") for row in sheet("members.csv"))
    assert all(row["车牌号"][:1] in ("", "样") for row in sheet("equipment.csv"))
    phones = [v for n in ("teams.csv", "members.csv", "depots.csv", "duties.csv") for row in sheet(n)
              for k, v in row.items() if "电话" in k]  # fmt: skip
    assert phones and all(phone.partition("-")[2].startswith("000") for phone in phones if phone)


def test_figures_stand_only_where_a_source_gives_them() -> None:
    figures = ("排水能力", "载员", "载重", "续航里程", "续航时间")
    found = {row["装备类别"]: tuple(bool(row[f]) for f in figures)
             for row in sheet("equipment.csv") if any(row[f] for f in figures)}  # fmt: skip
    flow = (True, False, False, False, False)
    assert found == {
        "dragon-pump": flow,
        "mobile-pump": flow,
        "water-relay": flow,
        "amphibious-vehicle": (False, True, True, False, False),
        "uav": (False, False, False, True, True),
    }
    assert {row["排水能力"] for row in sheet("equipment.csv") if row["装备类别"] == "dragon-pump"} == {
        "1500m³/h",
        "3000m³/h",
    }


def test_the_shift_goes_forward_in_time() -> None:
    at = [typed.at for typed in demo.shift(AT)]
    assert at == sorted(at) and at[-1] < AT
