"""Walking all screens as they are registered: a screen or a key that is added is tried without a word here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input
from textual.worker import WorkerState

from emergency.tui.bar import Bar
from emergency.tui.places import places
from emergency.tui.table import Table

from .screen import Duty

#: Ids of the screens, in the order of their keys.
PLACES = [place.id for place in places()]


#: A message goes from the app to the screen, to a widget, back up, and what it mounts is laid out: so many
#: rounds through all queues in which nothing happens are rest.
ROUNDS = 5


async def settled(duty: Duty) -> str:
    """The screen once nothing is being read or run that would still change it."""
    shown, still, why = "", 0, ""
    try:
        async with asyncio.timeout(60):
            while still < ROUNDS:
                await duty.pilot._wait_for_screen()
                if not duty.app.is_running:
                    return ""
                duty.app.screen._on_timer_update()
                before, shown = shown, duty.text
                why = _busy(duty) or ("it is painted" if shown != before else "")
                if why:
                    still = 0
                    await asyncio.sleep(0.02)
                else:
                    still += 1
    except TimeoutError:
        raise AssertionError(f"it never comes to rest: {why}\n{shown}") from None
    return shown


def _busy(duty: Duty) -> str:
    """What is being read or run; "" where nothing is."""
    if not duty.app.is_running:
        return ""
    waiting = bool(list(duty.app.screen.query(Bar)))
    for worker in duty.app.workers:
        # The gate's waits for scans; what it has of them stands on the screen.
        lasting = worker.group in ("watch", "gate") or worker.group.startswith("reader-")
        # What waits for a person is done for now.
        asking = waiting and worker.group in ("doing", "leaving", "batch")
        if not (lasting or asking) and worker.state in (WorkerState.PENDING, WorkerState.RUNNING):
            return f"{worker} runs"
    # Not `busy`: an answer that came before the table could be told counts there for ever.
    tables = [table for table in duty.app.screen.query(Table) if table.reader._asked]
    return f"{tables[0]} is read: {list(tables[0].reader._asked)}" if tables else ""


async def opened(duty: Duty, place: str) -> str:
    """A place from its beginning; the screen once it shows what is there."""
    if duty.app.room != place:
        duty.app.go(place)
    while len(duty.app.screen_stack) > 1:
        await duty.app.pop_screen()
    shown = await settled(duty)
    while typing(duty):
        shown = await pressed(duty, "escape")
    return shown


def typing(duty: Duty) -> bool:
    """Whether letters go into a field, or a question waits for its answer."""
    return isinstance(duty.app.focused, Input) or bool(list(duty.app.screen.query(Bar)))


async def pressed(duty: Duty, *keys: str) -> str:
    """The screen after these keys, once it has settled after each.

    Pilot's own `press` waits until the process uses no time, which on a busy machine takes a second.
    """
    shown = ""
    for key in keys:
        shown = await hurried(duty, key)
    return shown


async def hurried(duty: Duty, *keys: str) -> str:
    """The screen after these keys, typed as fast as can be."""
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        event = events.Key(name, key if len(key) == 1 else None)
        event.set_sender(duty.app)
        if duty.app._driver is None or not duty.app.is_running:
            return ""
        duty.app._driver.send_message(event)
    return await settled(duty)


async def quiet(duty: Duty) -> str:
    """The screen without what was said beside it."""
    duty.app.clear_notifications()
    return await settled(duty)


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
            if isinstance(duty.app.focused, Input) and list(duty.app.screen.query(Bar)):
                await pressed(duty, "escape")


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
