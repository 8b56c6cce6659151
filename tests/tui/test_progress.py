"""How long work looks while it is going on: a step for all that are marked, and a file of many orders."""

from __future__ import annotations

import asyncio
import pathlib
import re
import threading
from collections.abc import Sequence

import pytest

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.text import cells
from emergency.tui.doing import Ran, Tell
from emergency.tui.words import Words

from . import walk, ways
from .screen import Duty, golden, on_duty
from .test_goldens import LANGUAGES, SIZES


class Held:
    """Runs command lines as the program does, up to a place at which it waits until it is let go."""

    def __init__(self, path: str) -> None:
        self._run, self._go, self._lines = runner(["--store", path]), threading.Event(), 0
        #: Whether it waits.
        self.waits = False
        #: Waits before the line of this number that runs, or behind this line of progress.
        self.before, self.behind = 0, ""

    def __call__(self, typed: Sequence[str], tell: Tell | None = None, /) -> Ran:
        self._lines += 1
        if self._lines == self.before:
            self._wait()

        def told(line: str) -> None:
            if tell is not None:
                tell(line)
            if line == self.behind:
                self._wait()

        return self._run(typed, told)

    def _wait(self) -> None:
        self.waits = True
        self._go.wait(30)

    def go_on(self, before: int = 0) -> None:
        """Up to before the line of this number, or to the end."""
        self.waits, self.before = False, before
        go, self._go = self._go, threading.Event()
        go.set()


def looks(duty: Duty, name: str, size: tuple[int, int], language: str) -> None:
    assert [line for line in duty.text.splitlines() if cells(line) > size[0]] == []
    golden(f"{name}-{size[0]}x{size[1]}-{language}", duty.text, folder="progress")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_step_for_all_that_are_marked_says_how_far_it_is(
    demo: str, size: tuple[int, int], language: str
) -> None:
    words.speak(language)
    held = Held(demo)
    # Before any is done: the list and the head behind it would show what was, sooner or later.
    held.before = 1
    async with on_duty(demo, size, run=held) as duty:
        await walk.opened(duty, "callups")
        await walk.pressed(duty, "asterisk", "a", "f2")
        await duty.press("y")
        await duty.until(lambda: held.waits)
        await duty.until(lambda: re.search(r" \d+/\d+  emergency callup accept ", duty.text) is not None)
        looks(duty, "marked", size, language)
        held.go_on(before=3)
        await duty.until(lambda: held.waits)
        await duty.until(lambda: " 11/43  emergency callup accept BJ-236/1" in duty.text)
        held.go_on()
        await walk.settled(duty)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_long_file_of_orders_says_how_far_it_is(
    demo: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], language: str
) -> None:
    rows = "".join(f"N{n},nowhere,BJ-1\n" for n in range(120))
    (tmp_path / "many.csv").write_text(f"ref,incident,team\n{rows}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    words.speak(language)
    held = Held(demo)
    held.behind = words._("row {n} of {all}").format(n=50, all=120)
    async with on_duty(demo, size, run=held) as duty:
        await walk.opened(duty, "board")
        await walk.pressed(duty, "B", *"many.csv")
        await duty.press("enter")
        await duty.until(held.behind)
        looks(duty, "orders", size, language)
        held.go_on()
        await walk.settled(duty)


@pytest.mark.parametrize(
    ("place", "key", "file"), [("teams", "I", "teams.csv"), ("board", "B", "orders.csv")]
)
async def test_the_last_word_of_progress_is_not_written_over_what_came_of_it(
    demo: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, place: str, key: str, file: str
) -> None:
    ways.stored(tmp_path)
    monkeypatch.chdir(tmp_path)
    run, free = runner(["--store", demo]), asyncio.Event()

    def late(typed: Sequence[str], tell: Tell | None = None, /) -> Ran:
        ran = run(typed)
        if tell is not None:
            # The app is at something else while this is told, and when the command ends.
            duty.app.call_later(free.wait)
            tell("the last row")
        return ran

    async with on_duty(demo, run=late) as duty:
        await walk.opened(duty, place)
        await walk.pressed(duty, key, *file, "enter")
        said = duty.app.screen.query_one("#asked, #said", Words)
        assert "F2" in said.left or "refused: 2" in said.left
        free.set()
        assert "the last row" not in await walk.settled(duty)
