"""A feed over HTTP and a folder, as `emergency alert watch` looks at them: a real server, on this machine."""

from __future__ import annotations

import contextlib
import http.server
import os
import pathlib
import socket
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from emergency.plugins.alerts.fetching import TRIES, Feed, Folder, Offline
from emergency.plugins.alerts.message import MOST_BYTES

from .alert_samples import cap, numbered


class Served(http.server.BaseHTTPRequestHandler):
    """Answers by path; remembers what was asked."""

    asked: ClassVar[list[tuple[str, str]]] = []
    body = b""
    failing = 0

    def do_GET(self) -> None:
        tag = f'"{len(self.body)}"'
        type(self).asked.append((self.path, self.headers.get("if-none-match", "")))
        if type(self).failing:
            type(self).failing -= 1
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, body = {"/gone": (404, b""), "/large": (200, b"x" * (MOST_BYTES + 2))}.get(
            self.path, (200, self.body)
        )
        if self.path == "/loop":
            self.send_response(302)
            self.send_header("location", "/loop")
            self.end_headers()
            return
        if self.headers.get("if-none-match") == tag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("etag", tag)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def server() -> Iterator[str]:
    Served.asked, Served.body, Served.failing = [], cap().encode(), 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def feed(server: str, pauses: list[float]) -> Iterator[Feed]:
    found = Feed(f"{server}/alerts", pauses.append)
    yield found
    found.close()


def test_a_feed_is_read_once_and_again_when_it_has_changed(feed: Feed) -> None:
    assert [c.data for c in feed.look()] == [Served.body]
    assert list(feed.look()) == []
    Served.body = numbered(22).encode() + b"\n"
    assert [c.data for c in feed.look()] == [Served.body]
    assert [tag for _path, tag in Served.asked] == [
        "",
        f'"{len(cap().encode())}"',
        f'"{len(cap().encode())}"',
    ]


def test_a_line_that_breaks_is_tried_again_a_few_times_and_no_more(feed: Feed, pauses: list[float]) -> None:
    Served.failing = 1
    assert len(list(feed.look())) == 1 and len(pauses) == 1
    Served.asked.clear()
    Served.failing = 100
    with pytest.raises(Offline):
        list(feed.look())
    assert len(Served.asked) == TRIES and len(pauses) == 1 + TRIES - 1


@pytest.mark.parametrize("path", ["/gone", "/large", "/loop"])
def test_answers_that_are_no_feed_are_a_state(server: str, path: str) -> None:
    feed = Feed(server + path, lambda _seconds: None)
    with pytest.raises(Offline) as state:
        list(feed.look())
    assert "\n" not in str(state.value)
    feed.close()


def test_where_nobody_listens_it_is_offline() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    feed = Feed(f"http://127.0.0.1:{port}/", lambda _seconds: None)
    for _look in range(2):
        with pytest.raises(Offline):
            list(feed.look())
    feed.close()


def test_alerts_that_an_index_names_are_fetched_once_and_from_its_host_alone(feed: Feed, server: str) -> None:
    links = (f"{server}/a.xml", f"{server}/a.xml", "http://elsewhere.invalid/b.xml")
    assert [c.name for c in feed.linked(links)] == [f"{server}/a.xml"]
    assert list(feed.linked(links)) == []
    assert [path for path, _tag in Served.asked] == ["/a.xml"]


def test_a_folder_gives_each_file_once_and_again_when_it_has_changed(tmp_path: pathlib.Path) -> None:
    folder = Folder(str(tmp_path))
    (tmp_path / "b.xml").write_text("1")
    (tmp_path / ".part.xml").write_text("half")
    (tmp_path / "photo.jpg").write_bytes(b"")
    os.utime(tmp_path / "b.xml", ns=(5, 5))
    (tmp_path / "a.json").write_text("2")
    os.utime(tmp_path / "a.json", ns=(9, 9))
    assert [c.name for c in folder.look()] == ["b.xml", "a.json"]
    assert list(folder.look()) == []
    (tmp_path / "b.xml").write_text("longer")
    assert [c.data for c in folder.look()] == [b"longer"]


def test_a_folder_that_is_not_there_now_is_offline(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Offline):
        list(Folder(str(tmp_path / "stick")).look())
