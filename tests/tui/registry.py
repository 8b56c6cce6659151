"""Screens of registers under test: the app with one open, and how a test waits for what it shows."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator, Callable

from textual.pilot import Pilot

from emergency.store.creating import create
from emergency.store.store import Store
from emergency.tui.app import EmergencyApp
from emergency.tui.registers import RegisterScreen
from emergency.tui.table import Table

from .screen import text


class Register:
    """A register on the screen."""

    def __init__(self, app: EmergencyApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> RegisterScreen:
        """The register on top."""
        assert isinstance(self.app.screen, RegisterScreen)
        return self.app.screen

    @property
    def table(self) -> Table:
        """Its table."""
        return self.screen.table

    @property
    def id(self) -> str:
        """The record under the cursor."""
        return self.table.target.id if self.table.target else ""

    async def press(self, *keys: str) -> str:
        """The screen after these keys, once it shows what they asked for."""
        await self.pilot.press(*keys)
        await self.settled()
        return text(self.app)

    async def type(self, words: str) -> str:
        """The screen after this was typed, and Enter."""
        for character in words:
            await self.pilot.press("space" if character == " " else character)
        return await self.press("enter")

    async def settled(self) -> None:
        """Until nothing is being read any more, and what was read is shown."""
        await self.until(lambda: not self.table.reader.busy)
        await self.pilot.pause()
        if self.table.reader.busy:
            await self.settled()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Until something holds."""
        async with asyncio.timeout(20):
            while not holds():
                await self.pilot.pause()


@contextlib.asynccontextmanager
async def open_register(
    path: str, kind: str, size: tuple[int, int] = (80, 24), as_of: int | None = None
) -> AsyncIterator[Register]:
    """The app with a register over its board, once it shows its lines."""
    app = EmergencyApp(path, as_of)
    async with app.run_test(size=size) as pilot:
        await app.push_screen(RegisterScreen(kind))
        register = Register(app, pilot)
        await pilot.pause()
        await register.settled()
        yield register


def many(folder: pathlib.Path, count: int) -> str:
    """A store of so many pumps, BJ-0000 and on: every third in repair, every fifth with a flow of 3000 m3/h."""
    path = str(folder / "many.db")
    create(path, station="FT", region="110106", name="丰台", who="王小明").close()
    with Store(path) as store, store.write("equipment import") as writer:
        for n in range(count):
            writer.new(
                "equipment",
                {
                    "name": f"水泵{n % 10}",
                    "specification": f"X{n}",
                    "serviceability": "in_repair" if n % 3 == 0 else "serviceable",
                    **({"drainage": 3_000_000} if n % 5 == 0 else {}),
                },
                f"BJ-{n:04d}",
            )
    return path
