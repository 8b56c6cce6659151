"""With a person's own keys, every sentence names those."""

from __future__ import annotations

import pathlib

import pytest

from emergency.commands.standardreading import SAMPLE
from emergency.tui import computed
from emergency.tui.actions.keymap import check
from emergency.tui.actions.table import actions

from . import walk
from .planning import answer, done, filtered, opened
from .screen import on_duty
from .test_standards_screen import version
from .warned import STORM, take, told

OWN = {
    "refresh": ("ctrl+r",), "import": ("f9",), "new": ("ctrl+n",), "compare": ("f10",), "go_teams": ("f11",),
    "edit": ("f12",), "save": ("f6",), "undo": ("ctrl+u",), "issue_draft": ("f8",), "back": ("ctrl+e",),
    "undo_arrival": ("ctrl+y",), "details": ("ctrl+o",),
}  # fmt: skip


def test_these_keys_can_be_had() -> None:
    assert check(OWN, actions()) == []


@pytest.mark.parametrize(
    ("place", "keys", "said"),
    [
        ("standards", (), "no team to audit: F11 opens their register; F9 takes a standard in"),
        ("standards", ("left_square_bracket",), "no standard is there: F9 takes one in"),
        ("readiness", (), "no team stands so; F11 opens the register"),
        ("recovery", (), "no programme yet: Ctrl+N writes one, F9 takes a file in"),
        ("seasons", (), "no season yet: Ctrl+N writes one down"),
    ],
)
async def test_an_empty_list_names_the_keys_that_fill_it(
    empty: str, place: str, keys: tuple[str, ...], said: str
) -> None:
    async with on_duty(empty, (120, 30), keymap=OWN) as duty:
        await opened(duty, place)
        await walk.pressed(duty, *keys)
        assert said in duty.text


async def test_lists_of_an_audit_name_the_keys_that_go_on(
    demo: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computed, "SLOW", -1.0)
    done(demo, "recovery", "add", "name=空的")
    async with on_duty(demo, (120, 30), keymap=OWN) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "left_square_bracket")
        assert "F10 compares with another version" in duty.text and "Ctrl+O shows the lines" in duty.text
        await walk.pressed(duty, "f10")
        await answer(duty, version(tmp_path, "d.toml"))
        await duty.until("no line differs")
        assert "F12 options" in duty.text
        await walk.pressed(duty, "ctrl+e", "f9")
        await answer(duty, SAMPLE.replace("sample.toml", "sample.toml"))
        await duty.until("Ctrl+E leave")
        assert "F12 options" in duty.text and "F2 " not in duty.text
        for place in ("standards", "readiness"):
            await opened(duty, place)
            await walk.pressed(duty, "ctrl+r")
            done(demo, "team", "set", "BJ-1", f"radio={place}")
            duty.app.look()
            await duty.until("changed since: Ctrl+R reads it again")
        await opened(duty, "recovery")
        await filtered(duty, "空的")
        await walk.pressed(duty, "ctrl+o")
        assert "it has no lines yet" in told(duty) and " n writes" not in told(duty)


async def test_the_drafts_of_an_alert_name_the_keys_that_write_and_give_them(demo: str) -> None:
    take(demo, STORM)
    async with on_duty(demo, (120, 30), keymap=OWN) as duty:
        await opened(duty, "alerts")
        await walk.pressed(duty, "o")
        assert "F6 writes" in duty.text and "F12 options" in duty.text and "Ctrl+E leave" in duty.text
        await walk.pressed(duty, "f6")
        await duty.until("all is drafted; F8 gives")
        assert any("Ctrl+U take back" in toast for toast in duty.toasts)


async def test_a_task_that_is_done_names_no_key(seasons: str) -> None:
    async with on_duty(seasons, (120, 30), keymap=OWN) as duty:
        await opened(duty, "seasons")
        await walk.pressed(duty, "tab", "home")
        for _row in range(3):
            await walk.pressed(duty, "semicolon")
            if duty.toasts and "done already" in duty.toasts[-1]:
                break
            await walk.pressed(duty, "escape" if walk.typing(duty) else "down", "down")
        assert "it is done already" in duty.toasts[-1] and "e edits" not in duty.toasts[-1]


async def test_a_form_and_a_batch_name_the_keys_that_write(demo: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("ref,incident,team,people,by\nA,BJ-298,BJ-3,2,90min\n", encoding="utf-8")
    async with on_duty(demo, (120, 30), keymap=OWN) as duty:
        await opened(duty, "teams")
        shown = await walk.pressed(duty, "ctrl+n")
        assert "F6 saves" in shown and "F2 " not in shown
        await opened(duty, "callups")
        await walk.pressed(duty, "B")
        await walk.hurried(duty, *str(file))
        shown = await walk.pressed(duty, "enter")
        assert "F6 orders them" in shown and "F2 " not in shown
