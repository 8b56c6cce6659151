"""Keys that come while what a key began still goes on: nothing is done twice, cut short or lost, nobody is led away."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Input

from emergency.commands.inside import runner
from emergency.store.store import Store
from emergency.tui.batch import BatchScreen
from emergency.tui.doing import Ran, Tell
from emergency.tui.form import FormScreen
from emergency.tui.ordering import OrderScreen
from emergency.tui.places import places

from . import desk, walk, ways
from .screen import Duty, on_duty
from .test_form import opened
from .test_gate import gate, typed

NAME = "卢沟桥排水队"


class Held:
    """Runs command lines as the program does; those that begin so and only try nothing wait until they may."""

    def __init__(self, path: str, *begins: str) -> None:
        self._run, self._begins = runner(["--store", path]), begins
        self.may = threading.Event()
        self.heard: list[tuple[str, ...]] = []

    def __call__(self, words: Sequence[str], tell: Tell | None = None, /) -> Ran:
        if tuple(words[: len(self._begins)]) == self._begins and "--dry-run" not in words:
            self.heard.append(tuple(words))
            assert self.may.wait(20)
        return self._run(words, tell)

    async def runs(self, duty: Duty, *keys: str) -> None:
        """The line is running, and these keys have come since."""
        await duty.until(lambda: bool(self.heard))
        for key in keys:
            duty.send(key)
            await duty.rest()

    async def ends(self, duty: Duty) -> str:
        """The screen once the line has run."""
        self.may.set()
        return await walk.settled(duty)


@pytest.fixture
def files(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program stands where the files of ways lie."""
    ways.stored(tmp_path)
    monkeypatch.chdir(tmp_path)


def teams(path: str) -> int:
    with Store(path) as store:
        return len(store.rows("SELECT 1 FROM team WHERE name = ?", (NAME,)))


def stands(duty: Duty, kind: type) -> bool:
    """Whether a screen of that kind is open anywhere."""
    return any(isinstance(screen, kind) for stack in duty.app._screen_stacks.values() for screen in stack)


async def saving(duty: Duty) -> None:
    """A form with a new team, about to be saved."""
    await opened(duty, "4", "n")
    await duty.type(NAME)
    duty.send("f2")


async def issuing(duty: Duty) -> None:
    """An order for the first candidate of the first incident, about to be given."""
    await walk.opened(duty, "incidents")
    await walk.pressed(duty, "o", "o")
    assert isinstance(duty.app.screen, OrderScreen)
    duty.send("f2")


async def test_a_form_is_saved_once(busy: str) -> None:
    held = Held(busy, "team", "add")
    async with on_duty(busy, run=held) as duty:
        await saving(duty)
        await held.runs(duty, "f2", "escape")
        assert "> Teams" in await held.ends(duty)
        assert duty.app.ran == [("team", "add", f"name={NAME}")]
    assert (len(held.heard), teams(busy)) == (1, 1)


async def test_orders_are_given_once_and_what_came_of_them_is_waited_for(demo: str) -> None:
    held = Held(demo, "callup", "issue")
    async with on_duty(demo, run=held) as duty:
        await issuing(duty)
        await held.runs(duty, "f2", "escape", "f5")
        assert duty.toasts[-1] == "ordering: nothing is lost if you wait"
        shown = await held.ends(duty)
        assert duty.toasts[-1].removeprefix("issued: ") in shown
        assert duty.app.ran == held.heard
    assert len(held.heard) == 1


async def test_an_arrival_is_taken_back_once(tmp_path: pathlib.Path) -> None:
    path, _incident, tags = desk.site(tmp_path, 2)
    held = Held(path, "callup", "mistaken")
    async with on_duty(path, run=held) as duty:
        screen = await gate(duty)
        typed(duty, tags[0])
        await duty.until(lambda: [scan.result for scan in screen.scans] == ["arrived"])
        await walk.settled(duty)
        duty.send("f6")
        await held.runs(duty, "f6")
        await held.ends(duty)
        assert [scan.result for scan in screen.scans] == ["undone"]
    assert len(held.heard) == 1


@pytest.mark.usefixtures("files")
async def test_a_file_is_taken_in_once(demo: str) -> None:
    async with on_duty(demo) as duty:
        await walk.opened(duty, "teams")
        await walk.pressed(duty, "I", *"teams.csv", "enter")
        await walk.hurried(duty, "f2", "f2", "f2")
        assert duty.app.ran == [("team", "import", "teams.csv")]


@pytest.mark.usefixtures("files")
async def test_neither_a_look_at_the_rows_nor_leaving_loses_what_is_being_ordered(demo: str) -> None:
    held = Held(demo, "callup", "batch")
    async with on_duty(demo, run=held) as duty:
        await walk.opened(duty, "board")
        await walk.pressed(duty, "B", *"orders.csv", "enter", "f2")
        duty.send("y")
        await held.runs(duty, "f5", "escape", "f2")
        assert duty.toasts[-1] == "ordering: nothing is lost if you wait"
        assert isinstance(duty.app.screen, BatchScreen)
        assert "ordered: 1, ordered before: 0, refused: 2" in await held.ends(duty)
        assert "ordered as BJ-" in duty.text
        assert duty.app.ran == held.heard
    assert len(held.heard) == 1


@pytest.mark.usefixtures("files")
async def test_a_file_that_is_named_while_another_is_looked_at_takes_its_place(
    demo: str, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "second.csv").write_text("ref,incident,team\nZ9,nowhere,BJ-1\n", encoding="utf-8")
    run, first = runner(["--store", demo]), threading.Event()

    def slow(words: Sequence[str], tell: Tell | None = None, /) -> Ran:
        if words[-1] == "orders.csv":
            assert first.wait(20)
        return run(words, tell)

    async with on_duty(demo, run=slow) as duty:
        await walk.opened(duty, "board")
        await walk.pressed(duty, "B", *"orders.csv")
        duty.send("enter")
        await duty.rest()
        duty.app.screen.query_one("#file", Input).value = "second.csv"
        duty.send("enter")
        assert "Z9" in await walk.settled(duty)
        first.set()
        assert "Z9" in await walk.settled(duty)


async def went_on(duty: Duty, held: Held, room: str, left: type[Screen[Any]]) -> Screen[Any]:
    """The screen that a person looks at while work of another goes on and ends: a room, or the page of help over it."""
    await held.runs(duty)
    if room:
        duty.app.go(room)
    else:
        duty.send("f1")
    await duty.rest()
    there = duty.app.screen
    assert not isinstance(there, left)
    await held.ends(duty)
    return there


@pytest.mark.parametrize("room", ["", "callups"])
async def test_who_went_on_while_a_form_was_saved_is_not_led_away_and_it_is_closed(
    busy: str, room: str
) -> None:
    held = Held(busy, "team", "add")
    async with on_duty(busy, run=held) as duty:
        await saving(duty)
        there = await went_on(duty, held, room, FormScreen)
        assert duty.app.screen is there and not stands(duty, FormScreen)
    assert teams(busy) == 1


@pytest.mark.parametrize("room", ["", "callups"])
async def test_who_went_on_while_orders_were_given_is_told_and_not_led_away(demo: str, room: str) -> None:
    held = Held(demo, "callup", "issue")
    async with on_duty(demo, run=held) as duty:
        await issuing(duty)
        there = await went_on(duty, held, room, OrderScreen)
        assert duty.toasts[-1].startswith("issued: ")
        assert duty.app.screen is there and not stands(duty, OrderScreen)


@pytest.mark.usefixtures("files")
async def test_a_file_that_is_looked_at_again_at_once_is_looked_at(demo: str) -> None:
    async with on_duty(demo) as duty:
        await walk.opened(duty, "board")
        await walk.pressed(duty, "B", *"orders.csv", "enter")
        assert "would be ordered: 1" in await walk.hurried(duty, "f5", "f5", "f5")


async def test_a_key_that_comes_before_the_fields_of_a_form_breaks_nothing(
    busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with on_duty(busy) as duty:
        await walk.opened(duty, "teams")
        screen, may = FormScreen("team"), threading.Event()
        read = screen._read
        monkeypatch.setattr(screen, "_read", lambda: read() if may.wait(20) else ({}, "too late"))
        await duty.app.push_screen(screen)
        for key in ("save", "copy", "save"):
            screen.action_act(key)
            await duty.rest()
        may.set()
        await walk.settled(duty)
        await walk.pressed(duty, *NAME, "f2")
        assert duty.app.ran == [("team", "add", f"name={NAME}")]


@pytest.mark.parametrize("place", walk.PLACES)
async def test_a_key_that_comes_before_a_screen_stands_waits_for_it(demo: str, place: str) -> None:
    """It was on its way through the screen before when this one was opened."""
    async with on_duty(demo) as duty:
        first = duty.app.screen
        for key in ("accept", "stage", "refresh"):
            screen = next(p for p in places() if p.id == place).factory()
            duty.app.push_screen(screen)
            screen.action_act(key)
            await walk.settled(duty)
            assert duty.app.is_running
            while walk.typing(duty):
                await walk.pressed(duty, "escape")
            duty.app.go("board")
            while duty.app.screen is not first:
                await duty.app.pop_screen()
