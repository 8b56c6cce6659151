"""A screen as the text a person would read, and how a test waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import os
import pathlib
import unicodedata
from collections.abc import AsyncIterator, Callable
from typing import Any

from textual import events
from textual.keys import _character_to_key, _get_unicode_name_from_key
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerState

from emergency.commands.inside import runner
from emergency.tui.app import EmergencyApp
from emergency.tui.bar import Bar
from emergency.tui.detailscreen import DetailsScreen
from emergency.tui.gate import GateScreen
from emergency.tui.panel import Panel, Target
from emergency.tui.table import Table

GOLDEN = pathlib.Path(__file__).parent / "golden"


def text(app: EmergencyApp) -> str:
    """The lines of the screen on top, without the blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


def _unpainted(screen: Screen[Any]) -> bool:
    """Whether something has changed since it was painted last, or waits for that."""
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._dirty_widgets
        or screen._callbacks
    )


def busy(duty: Duty) -> str:
    """What is being read or run; "" where nothing is. What was found has been sent by then."""
    app = duty.app
    if not app.is_running:
        return ""
    for worker in app.workers:
        # The gate's waits for scans for ever; what it has of them, see below.
        lasting = worker.group in ("watch", "gate") or worker.group.startswith("reader-")
        if lasting or worker.state not in (WorkerState.PENDING, WorkerState.RUNNING):
            continue
        # What waits for a person is done for now.
        if not (worker.group in ("doing", "leaving", "batch") and app.screen.query(Bar)):
            return f"{worker} runs"
    if app._watch.owing:
        return "the store is looked at"
    if isinstance(app.screen, GateScreen) and app.screen.unsaved:
        return "scans are written"
    if not app.animator._complete_event.is_set():
        return "something moves"
    # Not `busy`: an answer that came before the table could be told counts there for ever.
    tables = [table for table in app.screen.query(Table) if table.reader._asked]
    return f"{tables[0]} is read: {list(tables[0].reader._asked)}" if tables else ""


class Duty:
    """A running app, with what a test asks of it."""

    def __init__(self, app: EmergencyApp, pilot: Pilot[None], looks: asyncio.Queue[None]) -> None:
        self.app, self.pilot, self._looks = app, pilot, looks

    async def seen(self) -> None:
        """Until the store was read again and the screen shows it."""
        await asyncio.wait_for(self._looks.get(), 20)
        await self.pause()

    async def pause(self) -> None:
        """Until nothing more comes; where something is read or run, until it uses no time for a while."""
        while True:
            await self.rest()
            if busy(self):
                await self.pilot.pause()
                return
            if self.resting:
                return

    async def rest(self) -> None:
        """Until the app has nothing left to do or to paint; what threads and timers will bring is not waited for.

        Pilot's own `pause` waits until the process uses no time, which on a busy machine takes a second.
        """
        while True:
            await asyncio.sleep(0)
            if not self.resting:
                continue
            if not self.app.is_running or not _unpainted(self.app.screen):
                return
            self.app.screen._on_timer_update()
            if self.resting and _unpainted(self.app.screen):
                # It is held back.
                return

    @property
    def resting(self) -> bool:
        """Whether no message is under way, not even one that a thread has just sent."""
        return not asyncio.get_running_loop()._ready  # type: ignore[attr-defined]

    def send(self, key: str) -> None:
        """A key comes from the terminal."""
        driver = self.app._driver
        assert driver is not None
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        try:
            character = key if len(key) == 1 else unicodedata.lookup(_get_unicode_name_from_key(name))
        except KeyError:
            character = None
        event = events.Key(name, character)
        event.set_sender(self.app)
        driver.send_message(event)

    async def press(self, *keys: str) -> str:
        """The screen after these keys; after Enter on a record, once it tells that record."""
        for key in keys:
            panel = self.app.screen.focused
            target = panel.target if key == "enter" and isinstance(panel, Panel) else None
            self.send(key)
            await self.pause()
            if target is not None:
                await self._told(target)
        await self.pause()
        return text(self.app)

    async def type(self, text: str) -> str:
        """The screen after this text."""
        for character in text:
            self.send(character)
            await self.pause()
        await self.pause()
        return self.text

    async def paste(self, text: str) -> str:
        """The screen after this was pasted, as a person gives a long path."""
        self.app.post_message(events.Paste(text))
        await self.pause()
        return self.text

    @property
    def text(self) -> str:
        """The screen as it is."""
        return text(self.app)

    @property
    def toasts(self) -> list[str]:
        """What was said beside the screen, the last one last."""
        return [n.message for n in self.app._notifications]

    async def until(self, said: str | Callable[[], bool]) -> str:
        """The screen, once these words stand on it or this holds."""
        async with asyncio.timeout(20):
            await self.pause()
            while not (said in self.text if isinstance(said, str) else said()):
                await asyncio.sleep(0.01)
                await self.rest()
        return self.text

    async def ran(self, before: int = 0) -> list[str]:
        """The words of the command line that ran after so many others, once it has."""
        await self.until(lambda: len(self.app.ran) > before)
        await self.pause()
        return list(self.app.ran[-1])

    async def _told(self, target: Target) -> None:
        async with asyncio.timeout(20):
            while True:
                await self.pause()
                screen = self.app.screen
                if isinstance(screen, DetailsScreen) and screen.record == target:
                    panels = list(screen.query(Panel))
                    if panels and panels[0].title:
                        return


@contextlib.asynccontextmanager
async def on_duty(
    path: str, size: tuple[int, int] = (80, 24), as_of: int | None = None, **more: Any
) -> AsyncIterator[Duty]:
    """The app over a store, once it shows the board; it runs command lines as `emergency board` has it do."""
    more = {"run": runner(["--store", path]), **more}
    looks: asyncio.Queue[None] = asyncio.Queue()

    def hook(message: Message) -> None:
        if isinstance(message, EmergencyApp.Looked | EmergencyApp.Failed):
            looks.put_nowait(None)

    app = EmergencyApp(path, as_of, **more)
    async with app.run_test(size=size, message_hook=hook) as pilot:
        duty = Duty(app, pilot, looks)
        await duty.seen()
        yield duty


def golden(name: str, shown: str, folder: str = "") -> None:
    """Hold a text against the file of that name; EMERGENCY_GOLDEN=write writes it instead."""
    path = GOLDEN / folder / f"{name}.txt"
    if os.environ.get("EMERGENCY_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    was = path.read_text(encoding="utf-8")
    # Said by itself: what pytest tells of an assertion it tells of tests' own files only.
    assert shown == was, "\n" + "".join(
        difflib.unified_diff(was.splitlines(True), shown.splitlines(True), str(path), "now", n=0)
    )
