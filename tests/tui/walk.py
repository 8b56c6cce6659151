"""Walking all screens as they are registered: a screen or a key that is added is tried without a word here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from textual.widgets import Input
from textual.worker import WorkerState

from emergency.tui.bar import Bar
from emergency.tui.places import places
from emergency.tui.table import Table

from .screen import Duty, text

#: Ids of the screens, in the order of their keys.
PLACES = [place.id for place in places()]


async def settled(duty: Duty) -> str:
    """The screen once nothing is being read or run that would still change it."""
    async with asyncio.timeout(30):
        while _busy(duty):
            await duty.pilot.pause()
        await duty.pilot.pause()
    return await settled(duty) if _busy(duty) else duty.text


def _busy(duty: Duty) -> bool:
    if not duty.app.is_running:
        return False
    waiting = bool(list(duty.app.screen.query(Bar)))
    for worker in duty.app.workers:
        lasting = worker.group == "watch" or worker.group.startswith("reader-")
        # What waits for a person is done for now.
        asking = waiting and worker.group in ("doing", "leaving")
        if not (lasting or asking) and worker.state in (WorkerState.PENDING, WorkerState.RUNNING):
            return True
    return any(table.reader.busy for table in duty.app.screen.query(Table))


async def opened(duty: Duty, place: str) -> str:
    """A place from its beginning, as its key or the palette opens it; the screen once it shows what is there."""
    if duty.app.room != place:
        duty.app.go(place)
    while len(duty.app.screen_stack) > 1:
        duty.app.pop_screen()
        await duty.pilot.pause()
    return await settled(duty)


async def pressed(duty: Duty, *keys: str) -> str:
    """The screen after these keys, once it has settled after each."""
    for key in keys:
        await duty.pilot.press(key)
        await settled(duty)
    return duty.text if duty.app.is_running else ""


async def quiet(duty: Duty) -> str:
    """The screen without what was said beside it."""
    duty.app.clear_notifications()
    await duty.pilot.pause()
    return text(duty.app)


async def inside(duty: Duty, place: str, rows: int = 3) -> AsyncIterator[str]:
    """What a place leads to: its rows opened, its forms, its help, its palette, what its keys ask. Each is named."""
    for row in range(rows):
        await opened(duty, place)
        await pressed(duty, *["down"] * row, "enter")
        yield f"{place} row {row}"
    for action in duty.app.actions:
        if action.id.startswith("go_") or action.id in ("quit", "leave", "theme"):
            continue
        for key in action.keys[:1]:
            await opened(duty, place)
            await pressed(duty, key)
            yield f"{place} {action.id}"
            typed = isinstance(duty.app.focused, Input)
            if typed and list(duty.app.screen.query(Bar)):
                await duty.pilot.press("escape")
                await settled(duty)


def fingerprint(duty: Duty) -> tuple[object, ...]:
    """All that a person can see or hear of the state: two are equal where a key did nothing."""
    app = duty.app
    if not app.is_running:
        return ("gone",)
    return (
        app.room,
        [id(screen) for screen in app.screen_stack],
        duty.text,
        id(app.focused),
        [n.message for n in app._notifications],
        app.theme,
        app.clipboard,
    )
