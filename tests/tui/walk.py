"""Walking all screens as they are registered: a screen or a key that is added is tried without a word here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from textual.widgets import Input

from emergency.tui.bar import Bar
from emergency.tui.places import places

from .screen import Duty, busy

#: Ids of the screens, in the order of their keys.
PLACES = [place.id for place in places()]


async def settled(duty: Duty) -> str:
    """The screen once nothing is being read or run that would still change it."""
    await calm(duty)
    return duty.text if duty.app.is_running else ""


async def calm(duty: Duty) -> None:
    """Until nothing is being read or run that would still change the screen."""
    why = ""
    try:
        async with asyncio.timeout(60):
            while True:
                await duty.rest()
                why = busy(duty)
                if why:
                    await asyncio.sleep(0.01)
                elif duty.resting:
                    return
    except TimeoutError:
        raise AssertionError(f"it never comes to rest: {why}\n{duty.text}") from None


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
    """The screen after these keys, once it has settled after each."""
    for key in keys:
        if duty.app._driver is not None and duty.app.is_running:
            duty.send(key)
        await calm(duty)
    return duty.text if duty.app.is_running else ""


async def hurried(duty: Duty, *keys: str) -> str:
    """The screen after these keys, typed as fast as can be."""
    for key in keys:
        if duty.app._driver is None or not duty.app.is_running:
            return ""
        duty.send(key)
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
