"""The main job by keys alone: from an incident to the last team back home, a conflict decided, a slip undone.

What no screen does yet (a sheet is imported, an order is written) is typed as a command line, as a
person would in the window beside it.
"""

from __future__ import annotations

import pathlib

from emergency.commands.inside import runner
from emergency.store.store import Store
from emergency.tui.bar import Bar

from . import stage, walk
from .screen import Duty, on_duty

SHEET = "name,region,strength,duty_phone\n卢沟桥排水队,110106,24,010-63800001\n长辛店抢险队,110106,30,010-63800002\n"


def typed(path: str, *words: str) -> None:
    """A command line, in the window beside."""
    ran = runner(["--store", path, "--officer", "李雁"])(words)
    assert ran.code == 0, ran.said


async def answered(duty: Duty, key: str, *answers: str, sure: bool = False) -> None:
    """A key, and an answer to each thing it asks; then yes, where it makes sure."""
    before = len(duty.app.ran)
    await walk.pressed(duty, key)
    for answer in answers:
        assert duty.app.screen.query(Bar), duty.text
        await walk.hurried(duty, *answer)
        await walk.pressed(duty, "enter")
    if sure:
        await walk.pressed(duty, "y")
    await duty.ran(before)
    await duty.until(lambda: not duty.app.screen.query(Bar))
    await duty.seen()
    await walk.settled(duty)


def state(path: str, line: str) -> str:
    with Store(path) as store:
        (row,) = store.rows("SELECT state FROM line WHERE id=?", (line,))
    return str(row["state"])


def level(path: str) -> str:
    with Store(path) as store:
        return str(store.rows("SELECT level FROM incident")[0]["level"])


async def test_the_whole_job_by_keys(tmp_path: pathlib.Path) -> None:
    path = stage.empty(tmp_path)
    sheet = tmp_path / "teams.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    async with on_duty(path, run=runner(["--store", path, "--officer", "李雁"])) as duty:
        assert "Nothing is registered here yet" in duty.text
        typed(path, "team", "import", str(sheet))
        await duty.until("Readiness: 2 teams")
        # An incident, by its form.
        await walk.opened(duty, "incidents")
        await walk.pressed(duty, "n")
        values = {"title": "丰台暴雨内涝", "scenario": "waterlogging", "level": "II", "region": "110106"}
        for name, value in values.items():
            duty.app.screen.query_one(f"#field-{name}").focus()
            await walk.hurried(duty, *value)
        await walk.pressed(duty, "f2")
        await duty.until("丰台暴雨内涝")
        with Store(path) as store:
            (incident,) = (row["id"] for row in store.rows("SELECT id FROM incident"))
        await walk.pressed(duty, "home")
        await answered(duty, "N", "people>=20", "60min")
        await answered(duty, "g", "水深半米")
        # A slip of the hand is taken back.
        await answered(duty, "L", "I", "")
        assert level(path) == "I"
        await answered(duty, "z", sure=True)
        assert level(path) == "II"
        typed(path, "callup", "issue", "--incident", incident, "--team", "FT-1", "--people", "12",
              "--report-to", "卢沟桥", "--by", "60min")  # fmt: skip
        await walk.opened(duty, "callups")
        await duty.until("issued")
        with Store(path) as store:
            (line,) = (row["id"] for row in store.rows("SELECT id FROM line"))
        await walk.pressed(duty, "home")
        for key, answer, then in (
            ("a", "radio", "accepted"), ("d", "radio", "en_route"), ("v", "radio", "on_scene"),
            ("l", "", "released"), ("b", "phone", "returned"),
        ):  # fmt: skip
            await walk.pressed(duty, "home")
            await answered(duty, key, answer)
            assert state(path, line) == then
        await walk.opened(duty, "board")
        assert "shortfalls" in duty.text
        await walk.pressed(duty, "q")
        assert not duty.app.is_running


async def test_a_conflict_is_decided_by_keys(busy: str) -> None:
    async with on_duty(busy) as duty:
        await walk.opened(duty, "conflicts")
        assert "> Conflicts: 3" in duty.text
        await walk.pressed(duty, "home")
        await answered(duty, "K", "HD-1", "李局长定了", sure=True)
        await duty.until("> Conflicts: 2")
        assert state(busy, "HD-1/1") == "issued"
