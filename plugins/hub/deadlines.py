"""Connections that say nothing, too little or too much are closed; uvicorn would wait for them for ever.

A slow line is no attack: what counts is whether it goes on at a rate that a satellite line has.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

#: Seconds to say a request whole, and the bytes a second that lengthen them.
PATIENCE, RATE = 10.0, 400
#: Seconds between looks at a connection, and looks without progress before who does not take his answer is cut off.
EVERY, LOOKS = 2.5, 12
#: The most bytes before a body, and of a whole request with all that chunks add to it.
MOST_HEAD, MOST_REQUEST = 64 * 1024, 10 * 1024 * 1024
#: The most connections. Beyond it the one that owes the rest of its request longest makes room.
MOST_CONNECTIONS = 8000
#: Files and sockets that a hub needs beside those.
OWN_FILES = 200

#: Those that owe the rest of a request, the longest first.
_owing: OrderedDict[Deadlines, None] = OrderedDict()


@functools.cache
def most_connections() -> int:
    """MOST_CONNECTIONS, or what this process may open beside its own files, where that is less."""
    try:
        import resource
    except ImportError:
        return MOST_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OWN_FILES
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(16, min(MOST_CONNECTIONS, soft - OWN_FILES))


def abort_owing() -> None:
    """Cut off all who owe the rest of a request: the hub ends, and waits for nobody who drips."""
    for one in list(_owing):
        one.transport.abort()


def abort_untaken(connections: Iterable[Any]) -> None:
    """Cut off all who have not taken their answer: each would be an error in the log of a hub that ended well."""
    for one in list(connections):
        if one.transport.get_write_buffer_size():
            one.transport.abort()


def until_closed(send: Send) -> Send:
    """The same, for an answer without a length to HTTP/1.0: it ends with the connection. uvicorn would send chunks."""
    cycle = getattr(send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle):
        return send

    async def plainly(message: MutableMapping[str, Any]) -> None:
        cycle.chunked_encoding = False
        cycle.expected_content_length = len(message.get("body", b""))
        await send(message)

    return plainly


class Deadlines(HttpToolsProtocol):
    """uvicorn's HTTP protocol with a deadline, and a bound, for every request."""

    # Beside what uvicorn's has: with more names than thirty in one, each connection would keep a table of its own.
    __slots__ = ("_heard", "_idle", "_in_head", "_look", "_since", "_unsent")

    def connection_made(self, transport: Any) -> None:
        """Somebody called: the clock runs."""
        super().connection_made(transport)
        self._unsent = self._idle = 0
        self._begin()
        self._look: asyncio.TimerHandle | None = self.loop.call_later(EVERY, self._check)
        if len(self.connections) > most_connections():
            oldest, _none = _owing.popitem(last=False)
            oldest.transport.abort()

    def _begin(self) -> None:
        self._since: float | None = time.monotonic()
        self._heard = 0
        self._in_head = True
        _owing[self] = None

    def data_received(self, data: bytes) -> None:
        """More of a request came."""
        if self._since is None:
            self._begin()
        self._heard += len(data)
        if self._heard > (MOST_HEAD + len(data) if self._in_head else MOST_REQUEST):
            self.transport.abort()
            return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """What comes now is the body."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request is whole: now it is our turn."""
        self._end()
        super().on_message_complete()

    def _end(self) -> None:
        self._since = None
        _owing.pop(self, None)

    def resume_writing(self) -> None:
        """Much was taken of an answer that is given in parts: what waits may soon be as much as before."""
        self._idle = 0
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._end()
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
        unsent = self.transport.get_write_buffer_size()
        self._idle = self._idle + 1 if unsent and self._unsent - unsent < RATE * EVERY else 0
        self._unsent = unsent
        if self._idle >= LOOKS:
            self.transport.abort()
            return
        self._look = self.loop.call_later(EVERY, self._check)
