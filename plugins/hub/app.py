"""The hub as an ASGI application: sockets, limits and the live line around service.py."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emergency.plugins.hub import limits
from emergency.plugins.hub.deadlines import Send, until_closed
from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.limits import Buckets, Held
from emergency.plugins.hub.live import Waiting
from emergency.plugins.hub.members import Member
from emergency.plugins.hub.openapi import document
from emergency.plugins.hub.service import MOST_BODY, OPEN, SIGNED, Answer, Filed, Service
from emergency.store import requests
from emergency.store.entries import pack

log = logging.getLogger("emergency.hub")
#: Requests answered at a time that only ask; those that bring something and are read at a time, and those read that
#: wait for the one writer. Further ones wait their turn, and are not unpacked. Of two that are read one can be checked
#: by the other core; more would keep each other, the writer and the line waiting for Python at every step.
READING, BRINGING, WRITING = 8, 2, 32
WRITES = ("/v1/push", "/v1/enrol", "/v1/introduce")
#: Where bodies are blocks, and the most bytes of a body elsewhere.
BLOCKS_TO = ("/v1/push", "/v1/pull", "/v1/heads", "/v1/introduce")
MOST_WORDS = 64 * 1024
#: Paths answered here, with the one method of each.
OWN = {"/v1/live": "GET", "/v1/openapi.json": "GET", "/v1/metrics": "GET"}
#: What is told as it happens is kept by nobody on the way, nor held back until there is more of it, as nginx does.
_AS_IT_COMES = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]
PATHS = {path: method for method, path in (*OPEN, *SIGNED)} | OWN
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Asked(Request):
    """What is asked, and by whom. The path is as it was asked for: the Host header may say anything."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self.path: str = scope["path"]
        self.address = self.client.host if self.client else "?"
        #: Who asks: the station that it claims to be, at its address; without a signature the address.
        self.caller = self.address
        feed = self.headers.get(requests.FEED, "")
        if requests.SIGNATURE in self.headers and requests.is_feed(feed):
            self.caller = f"{feed} {self.address}"


class Hub:
    """The endpoints of one hub process."""

    def __init__(
        self, service: Service, waiting: Waiting, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.service, self.waiting = service, waiting
        self._buckets, self._failed = Buckets(clock), Buckets(clock)
        self._held = Held(limits.MOST_HELD, limits.MOST_OF_ONE)
        self._working = Held(1 << 30, limits.AT_A_TIME)
        self._lines = Held(limits.MOST_LIVE, limits.LIVE_OF_ONE)
        # Apart, so that a slow disk under the writer leaves those who read their answers.
        self._readers = ThreadPoolExecutor(READING, thread_name_prefix="hub-read")
        self._bringers = ThreadPoolExecutor(BRINGING, thread_name_prefix="hub-bring")
        self._brought = asyncio.Semaphore(WRITING)
        self.counts: dict[tuple[str, int], int] = {}

    def app(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """The application. No router of a library: one that knows no path with a line break would not log it."""
        answer = self.live if scope["path"] == "/v1/live" else self._request
        return answer(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request = Asked(scope, receive)
        try:
            answer = await self._answer(request)
        except Denied as denied:
            answer = _denied(denied)
        except ClientDisconnect:
            answer = Answer(400, b"{}")
        if isinstance(answer, Going) and scope["http_version"] == "1.0":
            # It knows no chunks, as a proxy before the hub may not.
            answer = await answer.whole()
        if isinstance(answer, Going):
            self._note(request, answer.status, await answer.send(send), began)
            return
        self._note(request, answer.status, len(answer.body), began)
        await _whole(answer)(scope, receive, send)

    async def _answer(self, request: Asked) -> Answer | Going:
        """Answer one request, if its caller may still ask. Raises Denied, ClientDisconnect."""
        path, caller = request.path, request.caller
        self._let(request)
        if path == "/v1/info":
            # Before every round, and free: no thread, no database, no body to wait for.
            return self.service.answer(request.method, path, {}, b"")
        body = bytearray()
        try:
            await self._read(request, body)
            with contextlib.ExitStack() as place:
                place.enter_context(self._working.one(caller))
                answer = await self._worked_on(request, path, bytes(body))
                if isinstance(answer, Going):
                    # Its caller keeps its place as long as it is worked on, and not until it is taken.
                    answer.once_made(place.pop_all().close)
                return answer
        finally:
            self._held.give(request.address, max(0, len(body) - MOST_WORDS))

    async def _worked_on(self, request: Asked, path: str, body: bytes) -> Answer | Going:
        if path in OWN:
            if request.method != "GET":
                raise Denied(405, "no-such-endpoint")
            return Answer(200, _document()) if path.endswith("json") else await self._metrics()
        if path in WRITES:
            async with self._brought:
                answer = await self._run(request.method, path, dict(request.headers), body)
        else:
            answer = await self._run(request.method, path, dict(request.headers), body)
        if path == "/v1/enrol" and answer.status == 403:
            self._failed.take(request.address, limits.FAILED_RATE)
        return answer

    def _let(self, request: Asked) -> None:
        """Count a request. Raises Denied where its caller has asked too much of late."""
        path, address, caller = request.path, request.address, request.caller
        rate = limits.STATION_RATE if caller != address else limits.RATE
        if path == "/v1/info":
            caller, rate = f"info {address}", limits.INFO_RATE
        elif path == "/v1/introduce":
            caller, rate = f"introduce {address}", limits.INTRODUCE_RATE
        guessed = path == "/v1/enrol" and self._failed.left(address, limits.FAILED_RATE) < 1
        if guessed or not self._buckets.take(caller, rate):
            raise Denied(429, "too-many")

    async def _read(self, request: Asked, body: bytearray) -> None:
        """Read the body, as long as it is no longer than may be, and there is room for it. Raises Denied, ClientDisconnect."""
        most = MOST_BODY if request.path in BLOCKS_TO else MOST_WORDS
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length[:20]) > most:
            raise Denied(413, "too-large")
        async for part in request.stream():
            if len(body) + len(part) > most:
                raise Denied(413, "too-large")
            # Small ones are always let in: who floods an address leaves its stations their rounds.
            more = max(0, len(body) + len(part) - MOST_WORDS) - max(0, len(body) - MOST_WORDS)
            if not self._held.take(request.address, more):
                raise Denied(503, "busy")
            body += part

    async def _metrics(self) -> Answer:
        lines = ["# TYPE emergency_hub_requests_total counter"]
        for (path, status), number in sorted(self.counts.items()):
            lines.append(f'emergency_hub_requests_total{{path="{path}",status="{status}"}} {number}')
        lines += ["# TYPE emergency_hub_live gauge", f"emergency_hub_live {self.waiting.count}"]
        health = await self._run("GET", "/v1/health", {}, b"")
        assert isinstance(health, Answer), "it has no parts"
        entries = json.loads(health.body).get("entries") if health.status == 200 else None
        if entries is not None:
            lines += ["# TYPE emergency_hub_entries gauge", f"emergency_hub_entries {entries}"]
        return Answer(200, ("\n".join(lines) + "\n").encode(), "text/plain; version=0.0.4; charset=utf-8")

    async def _run(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer | Going:
        loop = asyncio.get_running_loop()
        tell = loop.call_soon_threadsafe
        begun: asyncio.Future[Answer] = loop.create_future()
        parts: asyncio.Queue[bytes] = asyncio.Queue()

        def make() -> None:
            # At a stretch, so that no more pages are held unpacked than there are readers.
            try:
                answer = self.service.begin(method, path, headers, body)
            except BaseException as error:
                tell(_settle, begun, error)
                raise
            if isinstance(answer, Filed):
                answer.then(lambda told: tell(_settle, begun, told))
                return
            # Each word to the loop wakes it: what is answered whole takes one.
            tell(_settle, begun, answer)
            if answer.rest:
                try:
                    for part in answer.rest:
                        tell(parts.put_nowait, part)
                finally:
                    tell(parts.put_nowait, b"")

        making = (self._bringers if path in WRITES else self._readers).submit(make)
        answer = await begun
        return Going(answer, parts, asyncio.wrap_future(making)) if answer.rest else answer

    async def live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Server-sent events: a line each time there is something new. A hint; /pull has the truth."""
        try:
            member = await self._let_on(Asked(scope, receive))
        except Denied as denied:
            await _whole(_denied(denied))(scope, receive, send)
            return
        try:
            # For hours nobody asks again what was asked.
            scope["headers"].clear()
            if scope["http_version"] == "1.0":
                send = until_closed(send)
            await send({"type": "http.response.start", "status": 200, "headers": _AS_IT_COMES})
            await self.waiting.stream(member, self.service.scoped, self._still, receive, send)
        finally:
            self._lines.give(member.feed)

    async def _let_on(self, request: Asked) -> Member:
        """Who may wait on the line, and is counted there. Raises Denied."""
        began = time.perf_counter()
        try:
            if request.method != "GET":
                raise Denied(405, "no-such-endpoint")
            self._let(request)
            with self._working.one(request.caller):
                loop = asyncio.get_running_loop()
                member = await loop.run_in_executor(self._readers, self.service.live, dict(request.headers))
            if not self._lines.take(member.feed):
                raise Denied(429, "too-many")
        except Denied as denied:
            self._note(request, denied.status, len(_denied(denied).body), began)
            raise
        self._note(request, 200, 0, began)
        return member

    async def _still(self, feed: str) -> Member | None:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self.service.still, feed)

    def _note(self, request: Asked, status: int, size: int, began: float) -> None:
        path = request.path
        # A path is one of ours or unknown: a stranger's words do not become names of metrics.
        key = path if path in PATHS else "other", status
        self.counts[key] = self.counts.get(key, 0) + 1
        if not log.isEnabledFor(logging.INFO):
            return
        told = {
            "method": request.method, "path": path[:200], "status": status,
            "ms": round((time.perf_counter() - began) * 1000, 1), "from": request.address,
            "feed": request.headers.get(requests.FEED, "")[:64], "bytes": size,
        }  # fmt: skip
        log.info("request", extra={"told": told})

    def close(self) -> None:
        """Let the workers end."""
        for workers in (self._readers, self._bringers):
            workers.shutdown(wait=False, cancel_futures=True)


class Going:
    """An answer that is sent while a thread makes it: `parts` come in order, an empty one ends them."""

    def __init__(self, begun: Answer, parts: asyncio.Queue[bytes], making: asyncio.Future[None]) -> None:
        self.status = begun.status
        self._begun, self._parts, self._making = begun, parts, making

    def once_made(self, then: Callable[[], None]) -> None:
        """Do something once all of it was made, whether it is taken or not."""
        self._making.add_done_callback(lambda _made: then())

    async def send(self, send: Send) -> int:
        """Send all of it; the bytes. However slowly it is taken, it is made at once."""
        headers = [(b"content-type", self._begun.kind.encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        size = 0
        async for part in self._made():
            size += len(part)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return size

    async def whole(self) -> Answer:
        """All of it in one body."""
        return self._begun._replace(body=b"".join([part async for part in self._made()]), rest=())

    async def _made(self) -> AsyncIterator[bytes]:
        part = self._begun.body or await self._parts.get()
        while part:
            yield part
            part = await self._parts.get()
        # What failed here has no end on the line, and counts as cut off there.
        await self._making


def _denied(denied: Denied) -> Answer:
    headers = {
        405: {"allow": "GET"},
        413: {"connection": "close"},
        429: {"retry-after": "5"},
        503: {"retry-after": "2", "connection": "close"},
    }
    body = pack({"error": denied.word, **denied.more})
    return Answer(denied.status, body, headers=headers.get(denied.status, {}))


@cache
def _document() -> bytes:
    return pack(document())


def _settle(begun: asyncio.Future[Answer], answer: Answer | BaseException) -> None:
    """Give whoever waits his answer, unless the hub ended his waiting."""
    if begun.done():
        return
    if isinstance(answer, BaseException):
        begun.set_exception(answer)
    else:
        begun.set_result(answer)


def _whole(answer: Answer) -> Response:
    """An answer that is sent at once."""
    return Response(answer.body, answer.status, dict(answer.headers), answer.kind)
