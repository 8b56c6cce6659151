"""A screen as the text a person would read, and how a test waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from textual import events
from textual.message import Message
from textual.pilot import Pilot

from emergency.commands.inside import runner
from emergency.tui.app import EmergencyApp
from emergency.tui.detailscreen import DetailsScreen
from emergency.tui.panel import Panel, Target

GOLDEN = pathlib.Path(__file__).parent / "golden"


def text(app: EmergencyApp) -> str:
    """The lines of the screen on top, without the blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


class Duty:
    """A running app, with what a test asks of it."""

    def __init__(self, app: EmergencyApp, pilot: Pilot[None], looks: asyncio.Queue[None]) -> None:
        self.app, self.pilot, self._looks = app, pilot, looks

    async def seen(self) -> None:
        """Until the store was read again and the screen shows it."""
        await asyncio.wait_for(self._looks.get(), 20)
        await self.pilot.pause()

    async def press(self, *keys: str) -> str:
        """The screen after these keys; after Enter on a record, once it tells that record."""
        for key in keys:
            panel = self.app.screen.focused
            target = panel.target if key == "enter" and isinstance(panel, Panel) else None
            await self.pilot.press(key)
            if target is not None:
                await self._told(target)
        await self.pilot.pause()
        return text(self.app)

    async def type(self, text: str) -> str:
        """The screen after this text."""
        for character in text:
            await self.pilot.press(character)
        await self.pilot.pause()
        return self.text

    async def paste(self, text: str) -> str:
        """The screen after this was pasted, as a person gives a long path."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()
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
            while not (said in self.text if isinstance(said, str) else said()):
                await self.pilot.pause()
        return self.text

    async def ran(self, before: int = 0) -> list[str]:
        """The words of the command line that ran after so many others, once it has."""
        await self.until(lambda: len(self.app.ran) > before)
        await self.pilot.pause()
        return list(self.app.ran[-1])

    async def _told(self, target: Target) -> None:
        async with asyncio.timeout(20):
            while True:
                await self.pilot.pause()
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
    assert shown == path.read_text(encoding="utf-8")
