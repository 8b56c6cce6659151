"""A hub as a process: sockets, signals, and what wakes the live line."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import errno
import gc
import json
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import uvicorn

from emergency.plugins.hub import Opened
from emergency.plugins.hub.app import Hub
from emergency.plugins.hub.deadlines import Deadlines, abort_owing, abort_untaken
from emergency.plugins.hub.engine import Engine, Unavailable
from emergency.plugins.hub.identity import Identity
from emergency.plugins.hub.live import News, Waiting
from emergency.plugins.hub.peers import keep_meeting
from emergency.plugins.hub.quota import MOST_A_DAY
from emergency.plugins.hub.service import Service
from emergency.plugins.hub.writing import Writing
from emergency.store import times
from emergency.store.chains import Sql
from emergency.store.entries import Envelope
from emergency.store.errors import Refused, reason
from emergency.store.headers import stem
from emergency.store.text import safe
from emergency.store.words import _

#: So many entries of another process are read to be told of; behind more a round must bring them.
MOST_WRITTEN = 64
#: Seconds to let requests end, and after how many of them those are answered that wait for a database.
GRACE, PATIENCE = 10, 4
#: Seconds after which those are cut off who owe the rest of a request when the hub is to end, and who take no answer.
OWING, TAKING = 1.5, 9
#: Objects that come to be between two looks for garbage: those of some bodies of entries.
MOST_YOUNG = 20_000
#: Connections that wait to be taken, as uvicorn has it.
BACKLOG = 2048


class Options(NamedTuple):
    """How to serve."""

    host: str
    port: int
    certificate: str | None = None
    certificate_key: str | None = None
    log: bool = True
    #: The address of a proxy before the hub, whose word for who called is taken.
    proxy: str = ""
    #: Bytes taken of one station in a day.
    most_a_day: int = MOST_A_DAY


class _Lines(logging.Formatter):
    """One JSON object a line, ASCII alone: no text of a request can forge one or drive a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(
            timespec="milliseconds"
        )
        told = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told | getattr(record, "told", {}), ensure_ascii=True)


class _Server(uvicorn.Server):
    """uvicorn, whose signals are ours: it would end the process by the signal that stopped it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(
    engine: Engine, identity: Identity, options: Options, bound: socket.socket, ready: Callable[[str], None]
) -> None:
    """Serve on what `listening` gave until SIGTERM or SIGINT; `ready` is told the URL once requests are answered."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(engine, identity, options, bound, ready))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is to be had: three to five times the small requests."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(
    engine: Engine, identity: Identity, options: Options, bound: socket.socket, ready: Callable[[str], None]
) -> None:
    waiting = Waiting()
    loop = asyncio.get_running_loop()
    waiting.bind(loop)
    writing = Writing(engine, identity.signer, times.now, waiting.wake)
    writing.most_a_day = options.most_a_day
    writing.start()
    hub = Hub(Service(engine, identity, writing, times.now), waiting)
    server = _Server(
        uvicorn.Config(
            hub.app,
            interface="asgi3",
            http=Deadlines,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # uvicorn would believe anybody on this machine who says he called from elsewhere.
            proxy_headers=bool(options.proxy),
            forwarded_allow_ips=options.proxy,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=GRACE,
            ssl_certfile=options.certificate,
            ssl_keyfile=options.certificate_key,
        )
    )
    _log_to_stderr(options.log)
    ended = threading.Event()

    def stop() -> None:
        waiting.end()
        server.should_exit = True
        loop.call_later(OWING, abort_owing)
        loop.call_later(TAKING, abort_untaken, server.server_state.connections)
        loop.call_later(PATIENCE, loop.run_in_executor, None, engine.interrupt)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    watcher = threading.Thread(target=_watch, args=(engine, writing, identity.feed, ended), daemon=True)
    watcher.start()
    opened = Opened(engine, identity, writing, "")
    threading.Thread(target=keep_meeting, args=(opened, ended), name="hub-peers", daemon=True).start()
    telling = asyncio.ensure_future(_tell_ready(server, bound, options, ready))
    try:
        await server.serve(sockets=[bound])
    finally:
        telling.cancel()
        ended.set()
        hub.close()
        await loop.run_in_executor(None, writing.stop, GRACE)
        await loop.run_in_executor(None, watcher.join, GRACE)


def listening(host: str, port: int) -> socket.socket:
    """A socket at an address of this machine, before anything else is made or changed. Raises Refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, for asyncio to see that it is TCP: else each answer waits for an acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Of two that bind one port, only one may listen: it turns out here, and not when the other is ready.
        bound.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        bound.close()
        nobody = isinstance(error, UnicodeError | socket.gaierror)
        raise Refused(
            _("{host}:{port} cannot be listened on: {why}").format(
                host=safe(host),
                port=port,
                why=_("no machine has that name") if nobody else safe(reason(error)),
            ),
            hint=_advice(error),
        ) from None
    bound.set_inheritable(True)
    return bound


def _advice(error: Exception) -> str:
    if not isinstance(error, OSError) or isinstance(error, socket.gaierror):
        return _("name an address of this one with --host")
    if error.errno == errno.EADDRNOTAVAIL:
        return _("this machine has no such address: name one that it has with --host")
    if error.errno in (errno.EACCES, errno.EPERM):
        return _("ports below 1024 are not for everybody: choose another with --port")
    return _("another program may use it: choose one with --port")


async def _tell_ready(
    server: uvicorn.Server, bound: socket.socket, options: Options, ready: Callable[[str], None]
) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    # What was loaded stays, and need not be looked through again; a body of entries is no garbage yet.
    gc.freeze()
    gc.set_threshold(MOST_YOUNG)
    host, port = bound.getsockname()[:2]
    scheme = "https" if options.certificate else "http"
    ready(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")


def _watch(engine: Engine, writing: Writing, hub: str, ended: threading.Event) -> None:
    engine.watch(lambda: _look(engine, writing, hub), ended)


def _look(engine: Engine, writing: Writing, hub: str) -> None:
    """Tell those on the live line what another process has written."""
    with contextlib.suppress(Unavailable), engine.reading() as sql:
        counter = int(sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone()[0])
        before = writing.counter
        if counter > before:
            news = _written(sql, before, counter, hub)
            writing.tell(before, counter, lambda: news)


def _written(sql: Sql, before: int, counter: int, hub: str) -> News:
    """What was written from one number up to another, where it is little."""
    if counter - before > MOST_WRITTEN:
        return News(None, members_changed=True)
    rows = sql.execute(
        "SELECT f.id, f.admitted, e.header, e.facts, e.signature FROM entry e JOIN feed f ON f.n = e.feed"
        " WHERE e.n>? AND e.n<=? ORDER BY e.n",
        (before, counter),
    ).fetchall()
    told = []
    for feed, admitted, header, facts, signature in rows:
        envelope = Envelope(bytes(header), None if facts is None else bytes(facts), bytes(signature))
        if admitted:
            told.append((stem(feed), envelope))
    changed = any(stem(feed) == hub for feed, *_row in rows)
    return News(None if changed else told, members_changed=changed)


def _log_to_stderr(wanted: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    # Of uvicorn errors alone: it warns of every request that is none, and strangers would fill the disk.
    levels = {"emergency.hub": logging.INFO if wanted else logging.WARNING}
    for name in ("emergency.hub", "uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(levels.get(name, logging.ERROR))
