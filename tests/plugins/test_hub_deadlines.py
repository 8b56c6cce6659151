"""The clock and the bounds of a connection, with their figures cut short."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from emergency.plugins.hub import deadlines
from emergency.plugins.hub.deadlines import Deadlines

from .hubs import until

LARGE = 64 * 1024 * 1024
#: Of an answer that is sent while it is made.
PART, PARTS = 1024 * 1024, 64


async def answering(scope: Any, receive: Any, send: Any) -> None:
    """An answer: small, or larger than any buffer on the way, at once or in parts."""
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    if scope["path"] == "/parts":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for n in range(PARTS):
            await send({"type": "http.response.body", "body": bytes(PART), "more_body": n < PARTS - 1})
        return
    size = LARGE if scope["path"] == "/large" else 2
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
    await send({"type": "http.response.body", "body": bytes(size)})


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """A server in a thread, under our deadlines."""
    bound = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        answering, http=Deadlines, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[bound])))
    thread.start()
    try:
        until(lambda: server.started, "the server")
        yield bound.getsockname()[:2]
    finally:
        server.should_exit = True
        thread.join(30)
        bound.close()


def hung_up(line: socket.socket) -> bool:
    """Whether the other side has, without taking more than a look."""
    line.settimeout(0.01)
    with contextlib.suppress(TimeoutError):
        try:
            return line.recv(1, socket.MSG_PEEK) == b""
        except ConnectionResetError:
            return True
    return False


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "PATIENCE", 0.3)
    monkeypatch.setattr(deadlines, "EVERY", 0.05)
    monkeypatch.setattr(deadlines, "LOOKS", 6)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\nx: y\r\n", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nx"]
)
def test_who_owes_the_rest_of_a_request_is_cut_off(said: bytes) -> None:
    with served() as address, socket.create_connection(address) as line:
        line.sendall(said)
        until(lambda: hung_up(line), "the deadline")


@pytest.mark.usefixtures("short")
def test_who_goes_on_at_the_rate_of_a_satellite_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "RATE", 1)
    with served() as address, socket.create_connection(address) as line:
        line.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n")
        pause = threading.Event()
        for _n in range(10):
            pause.wait(0.06)
            line.sendall(b"x")
        line.settimeout(30)
        assert line.recv(15) == b"HTTP/1.1 200 OK"


@pytest.mark.usefixtures("short")
def test_who_does_not_take_an_answer_is_cut_off() -> None:
    with served() as address, socket.create_connection(address) as line:
        line.sendall(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n")
        # What was on its way is still to be had; the rest is not.
        until(lambda: not deadlines_open(address), "the deadline")
        taken = 0
        line.settimeout(30)
        with contextlib.suppress(ConnectionResetError):
            while part := line.recv(1 << 20):
                taken += len(part)
        assert taken < LARGE


def deadlines_open(address: tuple[str, int]) -> bool:
    """Whether the server holds any connection to it, as the system sees it."""
    port = f":{address[1]:04X}"
    with open("/proc/net/tcp", encoding="ascii") as file:
        return any(f.split()[1].endswith(port) and f.split()[3] == "01" for f in file.readlines()[1:])


def test_beyond_the_most_connections_the_one_that_owes_longest_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deadlines, "most_connections", lambda: 5)
    with served() as address, contextlib.ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(address)) for _n in range(5)]
        lines[0].sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert lines[0].recv(15) == b"HTTP/1.1 200 OK"
        newest = stack.enter_context(socket.create_connection(address))
        newest.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert newest.recv(15) == b"HTTP/1.1 200 OK"
        until(lambda: hung_up(lines[1]), "room")
        assert not any(map(hung_up, (lines[2], lines[3], lines[4])))


def test_who_takes_as_much_between_two_looks_as_is_given_is_not_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What waits to be taken is as much as before then, and yet he goes on."""
    # No looks but our own; and what is less than most of a part is no progress.
    monkeypatch.setattr(deadlines, "EVERY", 0.8 * PART / deadlines.RATE)
    with served() as address, socket.create_connection(address) as line:
        until(lambda: len(deadlines._owing) == 1, "the call")
        (one,) = deadlines._owing
        line.sendall(b"GET /parts HTTP/1.1\r\n\r\n")
        looks = 3 * deadlines.LOOKS
        for _n in range(looks):
            assert taken(line, PART) == PART
            looked = threading.Event()
            one.loop.call_soon_threadsafe(one._check)
            one.loop.call_soon_threadsafe(looked.set)
            assert looked.wait(30)
        assert taken(line, (PARTS - looks) * PART) == (PARTS - looks) * PART


def taken(line: socket.socket, size: int) -> int:
    """So many bytes of an answer, or what came of them."""
    left = size
    while left and (data := line.recv(min(left, 1 << 16))):
        left -= len(data)
    return size - left
