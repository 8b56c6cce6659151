"""Answers that come late: none is told over a newer one, over another question, or to a screen that is being left."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from textual.widget import Widget

from emergency.plugins import Line, Screen
from emergency.store.store import Store
from emergency.tui import chartscreen, form, gate, lists, sync
from emergency.tui.opened import reading
from emergency.tui.panel import Panel
from emergency.tui.tablescreen import TableScreen

from . import desk, walk
from .screen import Duty, on_duty
from .test_form import opened
from .test_gate import gate as at_the_gate


class Slow:
    """What a screen reads the store with: what the first reading found is told only when it may be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, duty: Duty, module: ModuleType) -> None:
        self._may, self._told = threading.Event(), threading.Event()
        self._thread: int | None = None
        self._call = duty.app.call_from_thread
        monkeypatch.setattr(module, "reading", self._reading)
        monkeypatch.setattr(duty.app, "call_from_thread", self._watched)

    @contextlib.contextmanager
    def _reading(self, path: str, as_of: int | None = None) -> Iterator[Store]:
        first = self._thread is None
        self._thread = self._thread or threading.get_ident()
        with reading(path, as_of) as store:
            yield store
        if first:
            assert self._may.wait(20)

    def _watched(self, tell: Callable[..., Any], *what: Any) -> Any:
        try:
            return self._call(tell, *what)
        finally:
            if threading.get_ident() == self._thread and self._may.is_set():
                self._told.set()

    @property
    def reads(self) -> bool:
        """Whether the first reading is under way."""
        return self._thread is not None

    async def tells(self, duty: Duty) -> str:
        """The screen once what the first reading found was told."""
        self._may.set()
        assert await asyncio.to_thread(self._told.wait, 20)
        return await walk.settled(duty)


class Lingers(Widget):
    """Part of a screen that is still there when the other parts are gone."""

    def __init__(self, free: asyncio.Event) -> None:
        super().__init__()
        self._free = free

    async def on_unmount(self) -> None:
        await self._free.wait()


def registered(path: str, name: str) -> None:
    with Store(path) as store, store.write("team add") as writer:
        writer.new("team", {"name": name})


async def read_again(duty: Duty) -> None:
    """Each screen reads what it shows when it is told that the store changed."""
    duty.app.screen.renew(duty.app.seen)  # type: ignore[attr-defined]
    await duty.rest()


def brought() -> Screen:
    """A plugin's screen that lists the teams."""
    return Screen(
        "brought", "Brought", ("name",), lambda store: [Line((row["name"],)) for row in store.rows("SELECT name FROM team")]
    )  # fmt: skip


@pytest.mark.parametrize(("place", "module"), [("sync", sync), ("brought", lists)])
async def test_what_was_read_before_is_not_told_over_what_was_read_since(
    busy: str, monkeypatch: pytest.MonkeyPatch, place: str, module: ModuleType
) -> None:
    async with on_duty(busy, more=[lists.place(brought())]) as duty:
        before = await walk.opened(duty, place)
        slow = Slow(monkeypatch, duty, module)
        await read_again(duty)
        await duty.until(lambda: slow.reads)
        registered(busy, "新来的队")
        await read_again(duty)
        now = await walk.settled(duty)
        assert now != before
        assert await slow.tells(duty) == now


async def test_the_chart_before_is_not_drawn_over_the_one_that_was_asked_for_last(
    demo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with on_duty(demo) as duty:
        await walk.opened(duty, "charts")
        slow = Slow(monkeypatch, duty, chartscreen)
        duty.send("n")
        await duty.until(lambda: slow.reads)
        shown = await walk.pressed(duty, "n")
        assert await slow.tells(duty) == shown


async def test_who_was_expected_before_is_not_told_over_who_is_expected_now(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _incident, tags = desk.site(tmp_path, 3)
    async with on_duty(path) as duty:
        screen = await at_the_gate(duty)
        slow = Slow(monkeypatch, duty, gate)
        await read_again(duty)
        await duty.until(lambda: slow.reads)
        await duty.paste(f"{tags[0]}\n")
        await duty.until("here 1, expected 2")
        await walk.settled(duty)
        # What was seen meanwhile waits for the next reading, and would have another follow it.
        duty.app.deliver(now=True)
        await walk.settled(duty)
        assert "here 1, expected 2" in await slow.tells(duty)
        assert [scan.result for scan in screen.scans] == ["arrived"]


async def test_what_was_wrong_with_a_text_is_not_said_of_the_text_that_took_its_place(
    busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with on_duty(busy) as duty:
        await opened(duty, "4", "home", "e")
        while duty.app.focused is not duty.app.screen.query_one("#field-strength"):
            await walk.pressed(duty, "down")
        slow = Slow(monkeypatch, duty, form)
        duty.send("x")
        duty.send("down")
        await duty.until(lambda: slow.reads)
        duty.send("up")
        duty.send("backspace")
        duty.send("down")
        await duty.rest()
        assert "not a whole number" not in await slow.tells(duty)


async def test_a_record_is_not_told_beside_a_list_that_has_no_line_left(
    busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        await walk.opened(duty, "teams")
        screen = duty.app.screen
        assert isinstance(screen, TableScreen)
        table, pane, tell_of = screen.table, screen.query_one("#record", Panel), screen.tell_of
        begun, first, then = (threading.Event() for _n in range(3))

        def hold(_store: Store) -> None:
            begun.set()
            assert first.wait(20)

        def slowly(*what: Any) -> Any:
            assert then.wait(20)
            return tell_of(*what)

        monkeypatch.setattr(screen, "tell_of", slowly)
        table.read("hold", hold, lambda _none: None, rank=-1)
        await duty.until(begun.is_set)
        screen.show_beside()
        screen.narrow("nobody-is-called-that")
        first.set()
        await duty.until(lambda: table.target is None and not pane.rows)
        then.set()
        await walk.settled(duty)
        assert pane.rows == []


@pytest.mark.parametrize(
    ("place", "module"), [("sync", sync), ("charts", chartscreen), ("incidents", gate), ("brought", lists)]
)
async def test_an_answer_for_a_screen_that_is_being_left_is_told_to_nobody(
    busy: str, monkeypatch: pytest.MonkeyPatch, place: str, module: ModuleType
) -> None:
    free = asyncio.Event()
    async with on_duty(busy, more=[lists.place(brought())]) as duty:
        made = next(one for one in duty.app.places if one.id == place).factory
        if place == "incidents":
            screen = await at_the_gate(duty)
        else:
            await walk.settled(duty)
            screen = made()  # type: ignore[assignment]
            await duty.app.push_screen(screen)
        await walk.settled(duty)
        await screen.mount(Lingers(free))
        slow = Slow(monkeypatch, duty, module)
        await read_again(duty)
        await duty.until(lambda: slow.reads)
        duty.send("escape")
        try:
            await duty.until(lambda: len(screen.children) == 1)
            await slow.tells(duty)
        finally:
            free.set()
        await walk.settled(duty)
        assert duty.app.screen is not screen and duty.app.is_running
