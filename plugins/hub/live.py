"""The live line: who waits for news, and waking them without keeping the others waiting."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

#: Seconds between two hints to one station at least, and between signs of life at most.
GAP, ALIVE = 0.25, 15.0
#: Stations woken at a stretch, before others get their turn.
SLICE = 250
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Waiting:
    """The stations on the line of one hub process."""

    def __init__(self) -> None:
        self._events: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = False

    @property
    def count(self) -> int:
        """How many are on the line."""
        return len(self._events)

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop they wait in."""
        self._loop = loop

    def wake(self) -> None:
        """Tell all that there is something new. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake, list(self._events))

    def _wake(self, events: list[asyncio.Event]) -> None:
        for event in events[:SLICE]:
            event.set()
        if len(events) > SLICE and self._loop is not None:
            self._loop.call_soon(self._wake, events[SLICE:])

    def end(self) -> None:
        """Hang up on all; the hub is stopping."""
        self._ending = True
        self._wake(list(self._events))

    async def stream(self, receive: Receive, send: Send) -> None:
        """Serve one station until it or the hub hangs up."""
        event = asyncio.Event()
        self._events.add(event)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
            while not self._ending and not gone.done():
                told = asyncio.ensure_future(event.wait())
                await asyncio.wait({told, gone}, timeout=ALIVE, return_when=asyncio.FIRST_COMPLETED)
                told.cancel()
                if gone.done() or self._ending:
                    break
                word = b"data: new\n\n" if event.is_set() else b": alive\n\n"
                event.clear()
                await send({"type": "http.response.body", "body": word, "more_body": True})
                if word.startswith(b"data"):
                    await asyncio.wait({gone}, timeout=GAP)
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            self._events.discard(event)
            gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
