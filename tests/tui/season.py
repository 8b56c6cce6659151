"""A small store with seasons, checklists, key areas, sites and teams, and how a test asks for a plan of it."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from emergency.commands.inside import runner

from . import stage, walk
from .screen import Duty

#: A flood season that runs, a fire season ahead, an event that is over; four teams, three sites, five areas.
SETUP = (
    "season add name=汛期 kind=flood begin=06-01 end=09-15 source=样例",
    "season add name=防火期 kind=fire begin=11-01 end=05-31",
    "season add name=赛会 kind=event begin=2026-05-01 end=2026-05-05",
    "task add season=汛期 what=物资清点 by=05-15 owner=物资科",
    "task add season=汛期 what=预置到位 by=05-31 done=2026-05-30",
    "task add season=汛期 what=复盘 by=09-10",
    "site add name=山口点 at=39.70,115.80 capacity=1",
    "site add name=河谷点 at=39.90,115.95 capacity=3",
    "site add name=闲置点 at=39.95,116.10",
    "keyarea add name=山村 at=39.70,115.79 weight=9 hazards=flood",
    "keyarea add name=河村 at=39.91,115.95 weight=5 hazards=flood",
    "keyarea add name=镇区 at=39.73,116.14 weight=4 hazards=flood;waterlogging",
    "keyarea add name=远村 at=40.60,117.00 weight=2 hazards=flood",
    "keyarea add name=无坐标 hazards=flood",
    "team add name=镇区队 type=水域救援 at=39.73,116.14 strength=20",
    "team add name=二队 type=水域救援 at=39.74,116.15 strength=20",
    "team add name=三队 type=道路抢险 at=39.74,116.15 strength=20",
    "team add name=备勤队 type=道路抢险 at=39.70,115.79 strength=20",
    *(f"duty report {team} --readiness ready --headcount 20" for team in ("镇区队", "二队", "三队")),
    "duty report 备勤队 --readiness standby --headcount 20",
)


def made(folder: pathlib.Path) -> str:
    """The path of that store."""
    path = stage.empty(folder)
    run = runner(["--store", path])
    for line in SETUP:
        ran = run(line.split(" "))
        assert ran.code == 0, ran
    return path


def told(path: str, *arguments: str) -> Any:
    """What a command line prints as JSON."""
    ran = runner(["--store", path])([*arguments, "--json"])
    assert ran.code == 0, ran
    return json.loads(ran.out)


async def planned(duty: Duty, *answers: str) -> str:
    """The plan of the flood season, the questions answered by these; the others by what is proposed."""
    await walk.opened(duty, "seasons")
    await walk.pressed(duty, "@")
    for answer in answers:
        await walk.pressed(duty, *["backspace"] * 20, *answer, "enter")
    return await walk.pressed(duty, "f2") if walk.typing(duty) else await walk.settled(duty)
