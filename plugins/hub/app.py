"""The hub as an ASGI application: sockets, limits and the live line around service.py."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.live import Waiting
from emergency.plugins.hub.openapi import document
from emergency.plugins.hub.service import MOST_BODY, Answer, Service
from emergency.store.entries import pack

log = logging.getLogger("emergency.hub")
#: Requests worked on at a time; further ones wait their turn.
AT_ONCE = 8
#: Requests a minute from one address, before anything of them is known.
RATE = 1200
#: Of those, to enrol: a code is not to be guessed.
ENROL_RATE = 20
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Buckets:
    """So many a minute for each name; a name that is quiet fills up again."""

    def __init__(self, clock: Callable[[], float], most_names: int = 20_000) -> None:
        self._clock, self._most = clock, most_names
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, a_minute: int) -> bool:
        """Take one, if any is left."""
        now = self._clock()
        left, then = self._left.get(name, (float(a_minute), now))
        left = min(float(a_minute), left + (now - then) * a_minute / 60)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        self._left.move_to_end(name)
        while len(self._left) > self._most:
            self._left.popitem(last=False)
        return left >= 1


class Hub:
    """The endpoints of one hub process."""

    def __init__(
        self, service: Service, waiting: Waiting, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.service, self.waiting = service, waiting
        self._buckets = Buckets(clock)
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hub")
        self.counts: dict[tuple[str, int], int] = {}

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/v1/openapi.json", self._openapi),
                Route("/v1/metrics", self._metrics),
                Route("/v1/live", _Asgi(self.live)),
                Route("/{path:path}", self._request, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            ]
        )

    async def _openapi(self, _request: Request) -> Response:
        return Response(pack(document()), media_type="application/json")

    async def _metrics(self, _request: Request) -> Response:
        lines = ["# TYPE emergency_hub_requests_total counter"]
        for (path, status), number in sorted(self.counts.items()):
            lines.append(f'emergency_hub_requests_total{{path="{path}",status="{status}"}} {number}')
        lines += ["# TYPE emergency_hub_live gauge", f"emergency_hub_live {self.waiting.count}"]
        health = await self._run("GET", "/v1/health", {}, b"")
        entries = json.loads(health.body).get("entries") if health.status == 200 else None
        if entries is not None:
            lines += ["# TYPE emergency_hub_entries gauge", f"emergency_hub_entries {entries}"]
        return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    async def _request(self, request: Request) -> Response:
        began = time.perf_counter()
        answer = await self._answer(request)
        # A path is one of ours or unknown: a stranger's words do not become names of metrics.
        path = request.url.path if answer.status != 404 else "other"
        self.counts[path, answer.status] = self.counts.get((path, answer.status), 0) + 1
        log.info(
            "request",
            extra={
                "told": {
                    "method": request.method,
                    "path": request.url.path[:200],
                    "status": answer.status,
                    "ms": round((time.perf_counter() - began) * 1000, 1),
                    "from": _address(request),
                    "feed": request.headers.get("emergency-feed", "")[:64],
                    "bytes": len(answer.body),
                }
            },
        )
        return Response(answer.body, answer.status, dict(answer.headers), answer.kind)

    async def _answer(self, request: Request) -> Answer:
        address = _address(request)
        enrolling = request.url.path == "/v1/enrol"
        if not self._buckets.take(address, RATE) or (
            enrolling and not self._buckets.take(f"enrol {address}", ENROL_RATE)
        ):
            return Answer(429, pack({"error": "too-many"}), headers={"retry-after": "5"})
        try:
            body = await _body(request)
        except Denied as denied:
            return Answer(denied.status, pack({"error": denied.word}), headers={"connection": "close"})
        except ClientDisconnect:
            return Answer(400, b"{}")
        return await self._run(request.method, request.url.path, dict(request.headers), body)

    async def _run(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, self.service.answer, method, path, headers, body)

    async def live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Server-sent events: a line each time there is something new. A hint; /pull has the truth."""
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._workers, self.service.live, headers)
            status, body = 200, b""
        except Denied as denied:
            status, body = denied.status, pack({"error": denied.word, **denied.more})
        kind = b"text/event-stream" if status == 200 else b"application/json"
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", kind), (b"cache-control", b"no-store")],
            }
        )
        if status != 200:
            await send({"type": "http.response.body", "body": body})
            return
        await self.waiting.stream(receive, send)

    def close(self) -> None:
        """Let the workers end."""
        self._workers.shutdown(wait=False, cancel_futures=True)


class _Asgi:
    """An endpoint that speaks ASGI itself: a stream of Starlette's own takes three times the memory."""

    def __init__(self, answer: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope, receive, send)


async def _body(request: Request) -> bytes:
    """The body, as long as it is no longer than may be. Raises Denied."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > MOST_BODY:
        raise Denied(413, "too-large")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BODY:
            raise Denied(413, "too-large")
        parts.append(part)
    return b"".join(parts)


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"
