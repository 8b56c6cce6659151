"""The hub as an ASGI application: sockets, limits and the live line around service.py."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
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
from emergency.plugins.hub.service import MOST_BODY, OPEN, SIGNED, Answer, Service
from emergency.store import requests
from emergency.store.entries import pack

log = logging.getLogger("emergency.hub")
#: Requests read for at a time, and those that wait for the one writer; further ones wait their turn.
READING, WRITING = 8, 32
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
        self._writers = ThreadPoolExecutor(WRITING, thread_name_prefix="hub-write")
        self.counts: dict[tuple[str, int], int] = {}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application. No router of a library: one that knows no path with a line break would not log it."""
        answer = self.live if scope["path"] == "/v1/live" else self._request
        await answer(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        request = Request(scope, receive)
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
        await Response(answer.body, answer.status, dict(answer.headers), answer.kind)(scope, receive, send)

    async def _answer(self, request: Request) -> Answer | Going:
        """Answer one request, if its caller may still ask. Raises Denied, ClientDisconnect."""
        path, caller = _path(request), _caller(request)
        self._let(request, caller)
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
            self._held.give(_address(request), max(0, len(body) - MOST_WORDS))

    async def _worked_on(self, request: Request, path: str, body: bytes) -> Answer | Going:
        if path in OWN:
            if request.method != "GET":
                raise Denied(405, "no-such-endpoint")
            return Answer(200, _document()) if path.endswith("json") else await self._metrics()
        answer = await self._run(request.method, path, dict(request.headers), body)
        if path == "/v1/enrol" and answer.status == 403:
            self._failed.take(_address(request), limits.FAILED_RATE)
        return answer

    def _let(self, request: Request, caller: str) -> None:
        """Count a request. Raises Denied where its caller has asked too much of late."""
        path = _path(request)
        rate = limits.STATION_RATE if caller != _address(request) else limits.RATE
        if path == "/v1/info":
            caller, rate = f"info {_address(request)}", limits.INFO_RATE
        elif path == "/v1/introduce":
            caller, rate = f"introduce {_address(request)}", limits.INTRODUCE_RATE
        guessed = path == "/v1/enrol" and self._failed.left(_address(request), limits.FAILED_RATE) < 1
        if guessed or not self._buckets.take(caller, rate):
            raise Denied(429, "too-many")

    async def _read(self, request: Request, body: bytearray) -> None:
        """Read the body, as long as it is no longer than may be, and there is room for it. Raises Denied."""
        most = MOST_BODY if _path(request) in BLOCKS_TO else MOST_WORDS
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length[:20]) > most:
            raise Denied(413, "too-large")
        async for part in request.stream():
            if len(body) + len(part) > most:
                raise Denied(413, "too-large")
            # Small ones are always let in: who floods an address leaves its stations their rounds.
            more = max(0, len(body) + len(part) - MOST_WORDS) - max(0, len(body) - MOST_WORDS)
            if not self._held.take(_address(request), more):
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
        return Answer(200, ("\n".join(lines) + "\n").encode(), "text/plain; version=0.0.4")

    async def _run(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer | Going:
        loop = asyncio.get_running_loop()
        made: asyncio.Queue[Answer | bytes] = asyncio.Queue()

        def make() -> None:
            # At a stretch, so that no more pages are held unpacked than there are readers.
            try:
                answer = self.service.begin(method, path, headers, body)
                loop.call_soon_threadsafe(made.put_nowait, answer)
                for part in answer.rest:
                    loop.call_soon_threadsafe(made.put_nowait, part)
            finally:
                loop.call_soon_threadsafe(made.put_nowait, b"")

        making = loop.run_in_executor(self._writers if path in WRITES else self._readers, make)
        answer = await made.get()
        if not isinstance(answer, Answer):
            await making
            raise AssertionError("what makes no answer raises")
        return Going(answer, made, making) if answer.rest else answer

    async def live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Server-sent events: a line each time there is something new. A hint; /pull has the truth."""
        began = time.perf_counter()
        request = Request(scope, receive)
        loop = asyncio.get_running_loop()
        try:
            if request.method != "GET":
                raise Denied(405, "no-such-endpoint")
            caller = _caller(request)
            self._let(request, caller)
            with self._working.one(caller):
                member = await loop.run_in_executor(self._readers, self.service.live, dict(request.headers))
            with self._lines.one(member.feed):
                self._note(request, 200, 0, began)
                start = {"type": "http.response.start", "status": 200}
                if scope["http_version"] == "1.0":
                    send = until_closed(send)
                await send({**start, "headers": _AS_IT_COMES})

                async def again() -> Member | None:
                    return await loop.run_in_executor(self._readers, self.service.still, member.feed)

                await self.waiting.stream(member, self.service.scoped, again, receive, send)
        except Denied as denied:
            answer = _denied(denied)
            self._note(request, answer.status, len(answer.body), began)
            response = Response(answer.body, answer.status, dict(answer.headers), answer.kind)
            await response(scope, receive, send)

    def _note(self, request: Request, status: int, size: int, began: float) -> None:
        path = _path(request)
        # A path is one of ours or unknown: a stranger's words do not become names of metrics.
        key = path if path in PATHS else "other", status
        self.counts[key] = self.counts.get(key, 0) + 1
        told = {
            "method": request.method, "path": path[:200], "status": status,
            "ms": round((time.perf_counter() - began) * 1000, 1), "from": _address(request),
            "feed": request.headers.get(requests.FEED, "")[:64], "bytes": size,
        }  # fmt: skip
        log.info("request", extra={"told": told})

    def close(self) -> None:
        """Let the workers end."""
        for workers in (self._readers, self._writers):
            workers.shutdown(wait=False, cancel_futures=True)


class Going:
    """An answer that is sent while a thread makes it: `parts` come in order, an empty one ends them."""

    def __init__(
        self, begun: Answer, parts: asyncio.Queue[Answer | bytes], making: asyncio.Future[None]
    ) -> None:
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
        part: Answer | bytes = self._begun.body or await self._parts.get()
        while part:
            assert isinstance(part, bytes)
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


def _path(request: Request) -> str:
    """As it was asked for. Starlette's URL is put together with the Host header, which may say anything."""
    return str(request.scope["path"])


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"


def _caller(request: Request) -> str:
    """Who asks: the station that it claims to be, at its address; without a signature the address."""
    feed = request.headers.get(requests.FEED, "")
    signed = requests.SIGNATURE in request.headers and requests.is_feed(feed)
    return f"{feed} {_address(request)}" if signed else _address(request)
