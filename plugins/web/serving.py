"""The server of the page: what it answers, to whom, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import html
import pathlib
import signal
import ssl
import string
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import textual_serve
from aiohttp import WSCloseCode, web

from emergency.plugins.web.entering import Door
from emergency.plugins.web.sitting import HEIGHTS, MOST_TYPED, WIDTHS, bounded, sit
from emergency.store.errors import Refused, reason
from emergency.store.text import safe
from emergency.store.words import _, language

HERE = pathlib.Path(__file__).parent
#: The terminal of the page, its style and its font.
STATIC = pathlib.Path(textual_serve.__file__).parent / "static"
#: So many pages at once: each is a process.
MOST_PAGES = 16
#: Sizes of letters that `?fontsize=` may ask for, in pixels: a wall is read from afar.
SIZES, USUAL_SIZE = (8, 60), 16


class Options(NamedTuple):
    """How to serve."""

    host: str
    port: int
    #: The command line that opens the board; read-only is told to it by its environment.
    command: tuple[str, ...]
    title: str = ""
    write: bool = False
    certificate: str | None = None
    certificate_key: str | None = None
    public_name: str = ""


class Ready(NamedTuple):
    """What a person must know once the page is answered."""

    url: str
    #: The address by which one person can sign in, once; "" where nobody may.
    entry: str


def serve(options: Options, ready: Callable[[Ready], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the URL once pages are answered. Raises Refused."""
    asyncio.run(_serve(options, ready))


async def _serve(options: Options, ready: Callable[[Ready], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    wall = Wall(options)
    runner = web.AppRunner(wall.app(), access_log=None, shutdown_timeout=1, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port, ssl_context=_tls(options))
        try:
            await site.start()
        except OSError as error:
            raise Refused(
                _("{host}:{port} cannot be listened on: {why}").format(
                    host=safe(options.host), port=options.port, why=reason(error)
                ),
                hint=_("another program may use it: choose one with --port"),
            ) from None
        ready(_address(options, runner, wall.door))
        await stop.wait()
        await wall.end()
    finally:
        await runner.cleanup()


def _tls(options: Options) -> ssl.SSLContext | None:
    if not options.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.certificate, options.certificate_key)
    except (OSError, ssl.SSLError) as error:
        raise Refused(
            _("{file} is no certificate with its key: {why}").format(
                file=safe(options.certificate), why=safe(str(error))
            )
        ) from None
    return context


def _address(options: Options, runner: web.AppRunner, door: Door) -> Ready:
    host, port = runner.addresses[0][:2]
    scheme = "https" if options.certificate else "http"
    host = options.public_name or host
    url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    return Ready(url, f"{url}/enter/{door.token}" if door.token else "")


class Wall:
    """What is answered."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.door = Door(
            options.host,
            write=options.write,
            secure=bool(options.certificate),
            public_name=options.public_name,
        )
        self._lines: set[web.WebSocketResponse] = set()

    def app(self) -> web.Application:
        """The routes; there are no others."""
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/line", self._line),
                web.get("/enter/{token}", self._enter),
                web.get("/wall.js", self._own("wall.js", "text/javascript")),
                web.get("/wall.css", self._own("wall.css", "text/css")),
                web.static("/static", STATIC),
            ]
        )
        return app

    async def end(self) -> None:
        """Tell every page that the server ends."""
        for line in list(self._lines):
            with contextlib.suppress(ConnectionError, asyncio.TimeoutError):
                await asyncio.wait_for(line.close(code=WSCloseCode.GOING_AWAY), 1)

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Nobody by a strange name; and a browser that lets the page load from here alone."""
        self.door.check_host(request)
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(
                {
                    "Content-Security-Policy": _policy(request.headers.get("Host", "")),
                    "X-Content-Type-Options": "nosniff",
                    "Referrer-Policy": "no-referrer",
                    "Cross-Origin-Resource-Policy": "same-origin",
                    "Cache-Control": "no-store",
                }
            )
        return answer

    async def _page(self, request: web.Request) -> web.Response:
        size = bounded(request.query.get("fontsize", str(USUAL_SIZE)), *SIZES)
        words = {
            "lang": "zh-CN" if language() == "zh" else "en",
            "title": self.options.title or "emergency",
            "size": str(size),
            "over": _("The line was cut, or the board was left. This page comes back by itself."),
            "noscript": _("This page needs JavaScript."),
        }
        page = string.Template((HERE / "page.html").read_text(encoding="utf-8"))
        text = page.substitute({name: html.escape(safe(word)) for name, word in words.items()})
        return web.Response(text=text, content_type="text/html")

    async def _enter(self, request: web.Request) -> web.Response:
        return self.door.enter(request.match_info["token"])

    @staticmethod
    def _own(name: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(text=(HERE / name).read_text(encoding="utf-8"), content_type=kind)

        return answer

    async def _line(self, request: web.Request) -> web.WebSocketResponse:
        """The terminal's line of one page."""
        self.door.check_origin(request)
        if len(self._lines) >= MOST_PAGES:
            raise web.HTTPServiceUnavailable(text="too many pages are open")
        line = web.WebSocketResponse(heartbeat=15, max_msg_size=MOST_TYPED)
        await line.prepare(request)
        self._lines.add(line)
        try:
            width = bounded(request.query.get("width"), *WIDTHS)
            height = bounded(request.query.get("height"), *HEIGHTS)
            await sit(line, self.options.command, width, height, write=self.door.may_write(request))
        finally:
            self._lines.discard(line)
            await line.close()
        return line


def _policy(host: str) -> str:
    """All from here, nothing from elsewhere; the terminal sets styles of its own as it draws."""
    rules: Sequence[str] = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self'",
        "img-src 'self' data:",
        f"connect-src 'self' ws://{host} wss://{host}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(rules)
