"""The live line: who waits for news, and telling them without keeping the others waiting.

A hint says that there is something new; what is small it brings along, so that a desk shows it
without asking. The truth is in /pull: who is told of nothing, or of too much at once, asks there.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from emergency.plugins.hub.members import Member
from emergency.store import frames
from emergency.store.entries import Envelope
from emergency.store.frames import MOST_NEWS

#: Seconds between two hints to one station at least, and between signs of life at most.
GAP, ALIVE = 0.25, 15.0
#: Stations woken at a stretch, before others get their turn.
SLICE = 250
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
#: An entry as a member may have it.
Scoped = Callable[[Envelope, Member], Envelope]
_HINT = b"data: new\n\n"


class News:
    """Entries that were stored together, as each kind of member may be told of them.

    `entries` are those of admitted feeds, with the feed of each. None: too many, or not known
    here. `members_changed` says that who is a member may have changed with them.
    """

    def __init__(self, entries: Iterable[tuple[str, Envelope]] | None, *, members_changed: bool) -> None:
        self.members_changed = members_changed
        self._entries = None if entries is None else list(entries)
        self._told: dict[tuple[str, str, str], bytes] = {}

    def told(self, member: Member, scoped: Scoped) -> bytes:
        """The line that tells a member; worked out once for all who may have the same."""
        if self._entries is None:
            return _HINT
        own = member.feed if any(feed == member.feed for feed, _e in self._entries) else ""
        kind = member.role, member.region, own
        if kind not in self._told:
            self._told[kind] = _line(scoped(envelope, member) for _feed, envelope in self._entries)
        return self._told[kind]


def _line(envelopes: Iterable[Envelope]) -> bytes:
    blocks = base64.b64encode(b"".join(frames.entry_blocks(envelopes)))
    return b"data: entries %s\n\n" % blocks if 0 < len(blocks) <= MOST_NEWS else _HINT


class _Line:
    """One station on the line."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.event = asyncio.Event()
        self.news: list[News] = []


class Waiting:
    """The stations on the line of one hub process."""

    def __init__(self) -> None:
        self._lines: set[_Line] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = False

    @property
    def count(self) -> int:
        """How many are on the line."""
        return len(self._lines)

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop they wait in."""
        self._loop = loop

    def wake(self, news: News) -> None:
        """Tell all that there is something new. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake, list(self._lines), news)

    def _wake(self, lines: list[_Line], news: News | None) -> None:
        for line in lines[:SLICE]:
            if news is not None:
                line.news.append(news)
            line.event.set()
        if len(lines) > SLICE and self._loop is not None:
            self._loop.call_soon(self._wake, lines[SLICE:], news)

    def end(self) -> None:
        """Hang up on all; the hub is stopping."""
        self._ending = True
        self._wake(list(self._lines), None)

    async def stream(
        self,
        member: Member,
        scoped: Scoped,
        again: Callable[[], Awaitable[Member | None]],
        receive: Receive,
        send: Send,
    ) -> None:
        """Serve one station until it or the hub hangs up, or it is a member no more, as `again` says."""
        line = _Line(member)
        self._lines.add(line)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
            while not self._ending and not gone.done():
                told = asyncio.ensure_future(line.event.wait())
                await asyncio.wait({told, gone}, timeout=ALIVE, return_when=asyncio.FIRST_COMPLETED)
                told.cancel()
                if gone.done() or self._ending:
                    break
                news, line.news = line.news, []
                line.event.clear()
                if any(n.members_changed for n in news):
                    now = await again()
                    if now is None:
                        break
                    line.member = now
                words = [n.told(line.member, scoped) for n in news] or [b": alive\n\n"]
                word = b"".join(words) if _HINT not in words and sum(map(len, words)) < MOST_NEWS else _HINT
                await send({"type": "http.response.body", "body": word, "more_body": True})
                if news:
                    await asyncio.wait({gone}, timeout=GAP)
            if not gone.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            self._lines.discard(line)
            gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
