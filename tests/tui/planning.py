"""Screens of planning under test: a place opened, its list waited for, and what the command line tells of it."""

from __future__ import annotations

import json
import shlex
from typing import Any

from emergency.commands.inside import runner
from emergency.store.text import cells
from emergency.tui.table import Table

from . import walk
from .screen import Duty


def table(duty: Duty) -> Table:
    """The list on top."""
    return duty.app.screen.query_one(Table)


async def opened(duty: Duty, place: str) -> str:
    """A place, once its list is there."""
    shown = await walk.opened(duty, place)
    narrow(duty)
    return shown


async def filtered(duty: Duty, text: str) -> str:
    """The screen with a filter typed and entered."""
    await walk.pressed(duty, "slash")
    await walk.hurried(duty, *text)
    return await walk.pressed(duty, "enter")


async def answer(duty: Duty, text: str) -> str:
    """Answer the question that is open."""
    await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
    await walk.hurried(duty, *text)
    return await walk.pressed(duty, "enter")


async def copied(duty: Duty, key: str = "y") -> list[str]:
    """The words after `emergency` that a key copies."""
    await walk.pressed(duty, key)
    return shlex.split(duty.app.clipboard)[1:]


def told(path: str, words: list[str]) -> Any:
    """What these words tell with --json."""
    ran = runner(["--store", path])([*words, "--json"])
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def done(path: str, *words: str) -> None:
    """Run a command line that must do."""
    ran = runner(["--store", path])(words)
    assert ran.code == 0, ran.err


def narrow(duty: Duty) -> None:
    """No line is wider than the screen."""
    width = duty.app.size.width
    assert [line for line in duty.text.splitlines() if cells(line) > width] == []


def column(duty: Duty, name: str) -> list[str]:
    """The cells of a column of the lines that are held; the ids of teams without the mark of what is made up."""
    found = table(duty)
    at = [c.name for c in found.source.columns].index(name)
    cut = " *" if name == "team" else ""
    return [line.cells[at].removesuffix(cut) for line in found.held.lines]
