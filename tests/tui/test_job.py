"""The main job by keys alone: from a sheet to the team that is back home, a conflict decided, a slip undone."""

from __future__ import annotations

import pathlib

from emergency.commands.inside import runner
from emergency.store.store import Store
from emergency.tui.bar import Bar
from emergency.tui.linescreen import LineScreen
from emergency.tui.table import Table

from . import desk, stage, walk
from .screen import Duty, on_duty

SHEET = "name,region,strength,duty_phone\n卢沟桥排水队,110106,24,010-63800001\n长辛店抢险队,110106,30,010-63800002\n"


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
        await walk.opened(duty, "teams")
        await walk.pressed(duty, "I")
        await walk.hurried(duty, *str(sheet))
        await walk.pressed(duty, "enter")
        await duty.until("F2 take it in")
        await walk.pressed(duty, "f2")
        await duty.until("What was done")
        await walk.opened(duty, "board")
        await duty.until("Readiness as reported: 2 teams")
        # An incident, by its form.
        await walk.opened(duty, "incidents")
        await walk.pressed(duty, "n")
        values = {"title": "丰台暴雨内涝", "scenario": "waterlogging", "level": "II", "region": "110106"}
        for name, value in values.items():
            duty.app.screen.query_one(f"#field-{name}").focus()
            await walk.hurried(duty, *value)
        await walk.pressed(duty, "f2")
        await duty.until("丰台暴雨内涝")
        await walk.pressed(duty, "home")
        await answered(duty, "N", "people>=20", "60min")
        await answered(duty, "g", "水深半米")
        # A slip of the hand is taken back.
        await answered(duty, "L", "I", "")
        assert level(path) == "I"
        await answered(duty, "z", sure=True)
        assert level(path) == "II"
        # Who could come, and the order to the first of them.
        await walk.opened(duty, "incidents")
        await walk.pressed(duty, "home", "o")
        await duty.until("Candidates")
        await walk.pressed(duty, "space", "o")
        await duty.until("may be issued")
        await walk.pressed(duty, "f2")
        await duty.until(lambda: isinstance(duty.app.screen, LineScreen))
        with Store(path) as store:
            (line,) = (row["id"] for row in store.rows("SELECT id FROM line"))
        for n, (key, then) in enumerate(
            (("Q", "acknowledged"), ("a", "accepted"), ("d", "en_route"), ("v", "on_scene"), ("l", "released"),
             ("b", "returned")), len(duty.app.ran),
        ):  # fmt: skip
            await duty.until(f"Order line {line}")
            await desk.done(duty, key, n)
            assert state(path, line) == then
            duty.app.look()
            await duty.until(lambda t=then: duty.app.screen._state == t)  # type: ignore[attr-defined]
        await walk.opened(duty, "board")
        assert "shortfalls" in duty.text
        await walk.pressed(duty, "q")
        assert not duty.app.is_running


async def test_a_conflict_is_decided_by_keys(busy: str) -> None:
    async with on_duty(busy) as duty:
        await walk.opened(duty, "conflicts")
        table = duty.app.screen.query_one(Table)
        assert table.held.total == 3
        await walk.pressed(duty, "home")
        await answered(duty, "K", "2", "李局长定了", sure=True)
        await duty.until(lambda: table.held.total == 2)
        assert state(busy, "HD-1/1") == "issued"
