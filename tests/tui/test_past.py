"""A list as of a time: what is told of it is of that time, and what can be of now only is refused there."""

from __future__ import annotations

import pathlib

import pytest

from emergency.commands.inside import apart
from emergency.store import times
from emergency.store.store import Store
from emergency.tui.panel import Panel
from emergency.tui.tablescreen import TableScreen

from . import stage, walk
from .planning import answer, opened, table
from .screen import Duty, on_duty

LATER = stage.NOW.replace("T08", "T10")


async def as_of(duty: Duty, place: str, *keys: str) -> None:
    """The lists of a place as they were at 08:30."""
    await opened(duty, place)
    await walk.pressed(duty, *keys, "t")
    await walk.hurried(duty, *"08:30")
    await walk.pressed(duty, "enter")
    assert "AS OF" in head(duty)


def head(duty: Duty) -> str:
    """The first line."""
    return duty.text.splitlines()[0]


@pytest.mark.parametrize(
    ("place", "first", "keys"),
    [
        ("incidents", (), ("exclamation_mark",)),
        ("incidents", (), ("enter", "exclamation_mark")),
        ("standards", ("left_square_bracket",), ("tilde",)),
        ("standards", ("left_square_bracket",), ("enter", "tilde")),
    ],
    ids=["plan", "plan of a record", "what if", "what if of a record"],
)
async def test_what_is_of_now_is_refused_of_another_time(
    demo: str, monkeypatch: pytest.MonkeyPatch, place: str, first: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", LATER)
    async with on_duty(demo, (120, 30)) as duty:
        await as_of(duty, place, *first)
        await walk.pressed(duty, *keys[:-1])
        base = duty.app.screen
        await walk.pressed(duty, keys[-1])
        assert duty.app.screen is base and not walk.typing(duty)
        said = duty.toasts[-1]
        assert said == "this list is of another time, and a plan is of now" or "not on this screen" in said


async def test_a_season_of_another_time_is_not_planned(seasons: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", LATER)
    async with on_duty(seasons) as duty:
        await as_of(duty, "seasons")
        await walk.pressed(duty, "at")
        assert not walk.typing(duty) and duty.toasts[-1].startswith("this list is of another time")
        await walk.pressed(duty, "escape", "at")
        assert walk.typing(duty)


async def test_what_opens_from_a_list_of_another_time_is_of_that_time(
    demo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", LATER)
    with Store(demo) as store, store.write("team set") as writer:
        was = str((store.row("team", "BJ-1") or {})["name"])
        writer.set("team", "BJ-1", {"name": "改名队"})
    async with on_duty(demo, (120, 40)) as duty:
        for place in ("teams", "readiness"):
            await as_of(duty, place)
            table(duty).go_to("BJ-1")
            await walk.settled(duty)
            for key in ("percent_sign", "enter"):
                await walk.pressed(duty, key)
                assert not isinstance(duty.app.screen, TableScreen)
                assert "AS OF" in head(duty) and was in duty.text and "改名队" not in duty.text
                await walk.pressed(duty, "y")
                assert "--as-of" in duty.app.clipboard
                # And so is what opens from there.
                panel = duty.app.screen.query_one(Panel)
                panel.go_to(
                    next(i for i, row in enumerate(panel.rows) if row.target and row.target.kind != "line")
                )
                await walk.pressed(duty, "enter")
                assert "AS OF" in head(duty) and "改名队" not in duty.text
                await walk.pressed(duty, "escape", "escape")
        await opened(duty, "teams")
        table(duty).go_to("BJ-1")
        await walk.settled(duty)
        await walk.pressed(duty, "percent_sign")
        assert "AS OF" not in head(duty) and "改名队" in duty.text


async def test_a_list_of_another_time_is_written_to_a_file_as_it_was(
    demo: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", LATER)
    with Store(demo) as store, store.write("team set") as writer:
        was = str((store.row("team", "BJ-1") or {})["name"])
        writer.set("team", "BJ-1", {"name": "改名队"})
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "then.csv"
    async with on_duty(demo, (120, 30), reckon=apart(["--store", demo])) as duty:
        await as_of(duty, "teams")
        await walk.pressed(duty, "E")
        await answer(duty, "then.csv")
        await duty.until(file.exists)
        await duty.until(lambda: bool(duty.toasts))
        # The rest of the program goes by the clock it had.
        assert times.now() == times.parse_time(LATER, 0)
    written = file.read_text(encoding="utf-8-sig")
    assert was in written and "改名队" not in written
