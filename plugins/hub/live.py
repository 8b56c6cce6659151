"""The live line: who waits for news, and telling them without keeping the others waiting.

A hint says that there is something new; what is small it brings along, so that a desk shows it
without asking. The truth is in /pull: who is told of nothing, or of too much at once, asks there.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from emergency.plugins.hub.members import Member
from emergency.store import frames
from emergency.store.entries import Envelope
from emergency.store.frames import MOST_NEWS

log = logging.getLogger("emergency.hub")
#: Seconds between two hints to one station at least, and between signs of life at most; and between looks for who
#: needs one.
GAP, ALIVE, LOOK = 0.25, 15.0, 5.0
#: Hints a second, at most, to all together: beyond it the time between two to one station grows.
MOST_HINTS = 10_000
#: Stations woken at a stretch, before others get their turn.
SLICE = 250
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
#: The member that a feed is by now, if it still is one.
Again = Callable[[str], Awaitable[Member | None]]
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
    """One station on the line. A task runs only while it is told something: most lines are quiet at most times."""

    __slots__ = ("_again", "_loop", "_rested", "_scoped", "_send", "_telling", "member", "news", "since")

    def __init__(self, member: Member, scoped: Scoped, again: Again, send: Send) -> None:
        self.member, self.news = member, list[News]()
        self._scoped, self._again, self._send = scoped, again, send
        self._loop = asyncio.get_running_loop()
        #: What tells it, or will once it has rested.
        self._telling: asyncio.Task[None] | asyncio.TimerHandle | None = None
        self._rested = 0.0
        self.since = self._loop.time()

    def hear(self, news: News | None, gap: float) -> None:
        """Tell it soon: at once, or when so many seconds have passed since it was last told; without news that all is well."""
        if news is not None:
            self.news.append(news)
        if self._telling is None:
            self._begin(gap)

    def _begin(self, gap: float) -> None:
        wait = self._rested + gap - self._loop.time()
        if wait > 0:
            self._telling = self._loop.call_later(wait, self._tell, gap)
        else:
            self._tell(gap)

    def _tell(self, gap: float) -> None:
        self._telling = self._loop.create_task(self._say(gap))

    async def _say(self, gap: float) -> None:
        try:
            word = await self._word()
        except Exception:
            # It calls again, and asks for what it lacks.
            log.exception("failed", extra={"told": {"method": "GET", "path": "/v1/live"}})
            word = b""
        await self._send({"type": "http.response.body", "body": word, "more_body": bool(word)})
        self._rested = self.since = self._loop.time()
        self._telling = None
        if word and self.news:
            self._begin(gap)

    async def _word(self) -> bytes:
        """What it is told; nothing where it is a member no more."""
        news, self.news = self.news, []
        if any(n.members_changed for n in news):
            now = await self._again(self.member.feed)
            if now is None:
                return b""
            self.member = now
        words = [n.told(self.member, self._scoped) for n in news] or [b": alive\n\n"]
        return b"".join(words) if _HINT not in words and sum(map(len, words)) < MOST_NEWS else _HINT

    def hang_up(self) -> None:
        """End the answer, whatever it was to be told."""
        self.leave()
        self._telling = self._loop.create_task(self._end())

    async def _end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})

    def leave(self) -> None:
        """Nobody is there any more."""
        if self._telling is not None:
            self._telling.cancel()


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

    @property
    def gap(self) -> float:
        """Seconds between two hints to one station now."""
        return max(GAP, len(self._lines) / MOST_HINTS)

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say which loop they wait in."""
        self._loop = loop
        loop.call_later(LOOK, self._look)

    def wake(self, news: News) -> None:
        """Tell all that there is something new. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake, list(self._lines), news)

    def _wake(self, lines: list[_Line], news: News | None) -> None:
        gap = self.gap
        for line in lines[:SLICE]:
            line.hear(news, gap)
        if len(lines) > SLICE and self._loop is not None:
            self._loop.call_soon(self._wake, lines[SLICE:], news)

    def _look(self) -> None:
        """Give those a sign of life who have heard nothing for long."""
        if self._loop is not None and not self._ending:
            quiet = self._loop.time() - ALIVE + LOOK
            self._wake([line for line in self._lines if line.since <= quiet], None)
            self._loop.call_later(LOOK, self._look)

    def end(self) -> None:
        """Hang up on all; the hub is stopping."""
        self._ending = True
        for line in list(self._lines):
            line.hang_up()

    async def stream(
        self, member: Member, scoped: Scoped, again: Again, receive: Receive, send: Send
    ) -> None:
        """Serve one station until it or the hub hangs up, or it is a member no more, as `again` says."""
        line = _Line(member, scoped, again, send)
        self._lines.add(line)
        try:
            await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
            if self._ending:
                line.hang_up()
            # Whose answer is ended is told that, too.
            while (await receive())["type"] != "http.disconnect":
                continue
        finally:
            self._lines.discard(line)
            line.leave()
