"""The order desk under test: a site with many trucks on their way, and how a test waits for its screens."""

from __future__ import annotations

import pathlib

from emergency.store import times
from emergency.store.asks import Ask
from emergency.store.orders import Desk
from emergency.store.stepping import take
from emergency.store.store import Store

from . import stage
from .screen import Duty


def state(path: str, line: str) -> str:
    """The state of a line in the store."""
    with Store(path) as store:
        return str((store.row("line", line) or {}).get("state"))


def site(folder: pathlib.Path, trucks: int) -> tuple[str, str, list[str]]:
    """(path, incident, tags): so many trucks, each ordered to the incident and on its way."""
    path = stage.empty(folder)
    tags = [f"BJ-{n:04d}" for n in range(trucks)]
    with Store(path) as store:
        with store.write("register") as writer:
            team = writer.new("team", {"name": "丰台排水抢险队", "region": "110106", "strength": 40})
            incident = writer.new(
                "incident",
                {"title": "内涝", "scenario": "waterlogging", "level": "II", "region": "110106", "state": "open",
                 "opened_at": stage.AT},
            )  # fmt: skip
            for tag in tags:
                writer.new("equipment", {"name": "泵车", "team": team, "serviceability": "serviceable"}, tag)
        with store.write("callup issue") as writer:
            ask = Ask(incident=incident, equipment=tuple(tags), by=stage.AT + times.HOUR)
            given = Desk(writer).issue(ask, stage.AT - times.HOUR)
        for step in ("accept", "depart"):
            with store.write(f"callup {step}") as writer:
                take(writer, given.id, step, stage.AT - times.MINUTE)
    return path, incident, tags


async def done(duty: Duty, key: str, runs: int) -> list[str]:
    """The words that ran when a step's key was pressed and F2 said that no more is to be asked."""
    await duty.press(key)
    await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
    await duty.press("f2")
    return await duty.ran(runs)
