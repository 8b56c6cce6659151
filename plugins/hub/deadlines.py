"""Connections that say nothing, or too slowly, are closed; uvicorn would wait for them for ever.

A slow line is no attack: what counts is whether it goes on at a rate that a satellite line has.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Seconds to say a request whole, and the bytes a second that lengthen them.
PATIENCE, RATE = 10.0, 400
#: Seconds between looks at a connection.
EVERY = 2.5


class Deadlines(HttpToolsProtocol):
    """uvicorn's HTTP protocol with a deadline for every request."""

    def connection_made(self, transport: Any) -> None:
        """Somebody called: the clock runs."""
        super().connection_made(transport)
        self._heard = 0
        self._since: float | None = time.monotonic()
        self._look: asyncio.TimerHandle | None = self.loop.call_later(EVERY, self._check)

    def data_received(self, data: bytes) -> None:
        """More of a request came."""
        if self._since is None:
            self._since, self._heard = time.monotonic(), 0
        self._heard += len(data)
        super().data_received(data)

    def on_message_complete(self) -> None:
        """A request is whole: now it is our turn."""
        self._since = None
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        if self._look is not None:
            self._look.cancel()
            self._look = None
        super().connection_lost(exc)

    def _check(self) -> None:
        self._look = None
        if self.transport is None or self.transport.is_closing():
            return
        if self._since is not None and time.monotonic() - self._since > PATIENCE + self._heard / RATE:
            self.transport.abort()
            return
        self._look = self.loop.call_later(EVERY, self._check)
