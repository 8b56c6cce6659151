"""A round with a hub, without a socket: what is written meanwhile is not taken for sent, and pages are asked for ahead."""

from __future__ import annotations

import base64
import http.server
import io
import json
import pathlib
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from emergency.plugins.hub import Opened, giving
from emergency.store import frames, hubs, journal, link
from emergency.store.exchange import Stretch
from emergency.store.hubs import Hub
from emergency.store.keys import Signer
from emergency.store.link import Ahead, HttpLink, Link
from emergency.store.store import Store
from emergency.store.syncing import sync
from emergency.store.talking import Pulling, Talk

from .hubs import local, station
from .test_personal import desk, enrolled, hub, meet

__all__ = ["hub"]


class Meanwhile:
    """A line on which something else happens once, when this path is asked for."""

    def __init__(self, line: Link, path: str, happens: Callable[[], None]) -> None:
        self._line, self._path, self._happens = line, path, happens

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        answer = self._line.call(method, path, headers, body)
        if path == self._path:
            self._path = ""
            self._happens()
        return answer


@pytest.mark.parametrize("path", ["/v1/heads", "/v1/push", "/v1/pull"])
def test_what_is_written_during_a_round_counts_as_not_sent(
    hub: Opened, tmp_path: pathlib.Path, path: str
) -> None:
    desk(hub, tmp_path)
    store, wire = enrolled(hub, tmp_path, "HD", "duty")
    writing = Store(store.path)

    def write() -> None:
        with writing.write("team add") as writer:
            writer.new("team", {"name": "轮次之中", "region": "110106"})

    (known,) = hubs.hubs(store.connection)
    assert sync(store, known, Meanwhile(wire, path, write)).state == "synced"
    (known,) = hubs.hubs(store.connection)
    assert hubs.unsent(store.connection, known) == 1
    meet(store, wire)
    (known,) = hubs.hubs(store.connection)
    assert hubs.unsent(store.connection, known) == 0


class Eager(Meanwhile):
    """A line that waits for the next page by itself, as that of HTTP does; the n-th pull is answered by `spoil`."""

    def __init__(
        self, line: Link, spoil: dict[int, Callable[[bytes], tuple[int, bytes]]] | None = None
    ) -> None:
        super().__init__(line, "", lambda: None)
        self.pulls, self.ahead_of = 0, 0
        self._spoil = spoil or {}

    def ahead(self, ask: Callable[[], bytes]) -> Ahead:
        """See HttpLink."""
        self.ahead_of += 1
        return Ahead(ask)

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        status, answer = super().call(method, path, headers, body)
        if path != "/v1/pull":
            return status, answer
        self.pulls += 1
        spoil = self._spoil.get(self.pulls)
        return spoil(answer) if spoil else (status, answer)


@pytest.fixture
def pages(hub: Opened, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Store, Link]:
    """A station that has nothing yet of a hub that has a dozen pages for it."""
    monkeypatch.setattr(giving, "PAGE", 6_000)
    store, wire = enrolled(hub, tmp_path, "FT", "duty")
    for n in range(80):
        with store.write("team add") as writer:
            writer.new("team", {"name": f"第{n}队", "region": "110106"})
    meet(store, wire)
    return enrolled(hub, tmp_path, "HD", "duty")


def teams(store: Store) -> int:
    return int(store.rows("SELECT count(*) AS n FROM team")[0]["n"])


def test_each_page_but_the_first_is_asked_for_while_another_is_taken_in(pages: tuple[Store, Link]) -> None:
    store, wire = pages
    line = Eager(wire)
    (known,) = hubs.hubs(store.connection)
    assert sync(store, known, line).state == "synced"
    assert teams(store) == 80
    assert line.pulls > 5 and line.ahead_of == line.pulls - 1


def announced(answer: bytes, left: list[Any]) -> tuple[int, bytes]:
    """The same page, which says before its entries that this will be left behind them."""
    blocks = [b for b in frames.read(io.BytesIO(answer)) if b.kind == b"E"]
    end = [b for b in frames.read(io.BytesIO(answer)) if b.kind == b"J"][-1]
    first = frames.json_block({"left": left, "entries": True})
    return 200, first + b"".join(frames.block(b.kind, b.payload) for b in [*blocks, end])


def without_an_end(answer: bytes) -> tuple[int, bytes]:
    """What it says before its entries, and the entries."""
    blocks = [*frames.read(io.BytesIO(answer))]
    return 200, b"".join(frames.block(b.kind, b.payload) for b in blocks[:-1])


UNKNOWN = b'{"error":"not-enrolled"}'


@pytest.mark.parametrize(
    ("spoil", "state"),
    [
        # What was announced is not what is left: it is asked for again.
        (lambda page: announced(page, [["f" * 40, 7]]), "synced"),
        (lambda page: announced(page, []), "synced"),
        (lambda page: announced(page, [[5, "x"]]), "offline"),
        # It does not know us, once.
        (lambda _page: (403, UNKNOWN), "synced"),
        (lambda _page: (503, b"{}"), "offline"),
        (lambda page: (200, page[: len(page) // 2]), "offline"),
        (without_an_end, "offline"),
        (lambda page: (200, bytes(frames.json_block({"left": [["f" * 40, 7]], "entries": True}))), "offline"),
    ],
)
@pytest.mark.parametrize("nth", [1, 2, 5])
def test_what_goes_wrong_with_a_page_asked_for_ahead(
    pages: tuple[Store, Link], spoil: Callable[[bytes], tuple[int, bytes]], state: str, nth: int
) -> None:
    store, wire = pages
    talk = Talk(Eager(wire, {nth: spoil}))
    (known,) = hubs.hubs(store.connection)
    outcome = sync(store, known, talk)
    assert (outcome.state, teams(store) == 80) == (state, state == "synced"), outcome
    assert journal.verify(store.connection) == []
    # The talk goes on: nothing that was asked for ahead is still under way.
    (known,) = hubs.hubs(store.connection)
    assert sync(store, known, talk).state == "synced"
    assert teams(store) == 80


class Silent(http.server.BaseHTTPRequestHandler):
    """A hub whose first page is damaged behind what it announces, and who never answers for the next."""

    protocol_version = "HTTP/1.1"
    pulls = 0

    def do_GET(self) -> None:
        """Who it is."""
        self._say(json.dumps({"protocol": 1, "hub": "h" * 20, "nonce": "n"}).encode())

    def do_POST(self) -> None:
        """A page, or nothing until it is hung up on."""
        Silent.pulls += 1
        self.rfile.read(int(self.headers["content-length"]))
        if Silent.pulls == 1:
            self._say(frames.json_block({"left": [["f" * 20, 7]], "entries": True}) + b"damaged")
        else:
            self.rfile.read(1)

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        """Nothing."""


def test_a_page_that_nobody_wants_any_more_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited would ask again and again, and tell only after minutes why the round had failed at once."""
    monkeypatch.setattr(link, "QUIET", 5.0)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        talk = Talk(HttpLink(url))
        talk.begin(Hub("h" * 20, url, b"", "", "", None, {}), Signer.create(), lambda: False)
        with pytest.raises(frames.Damaged), Pulling(talk) as asked:
            _all = [*asked.page([Stretch("f" * 20, 0)]).envelopes()]
        assert Silent.pulls <= 2
        server.shutdown()


def test_a_round_beside_another_of_the_same_store_is_no_endless_one(pages: tuple[Store, Link]) -> None:
    """What the other has taken in meanwhile comes here a second time, all of it."""
    store, wire = pages
    (known,) = hubs.hubs(store.connection)

    def beside() -> None:
        with Store(store.path) as other:
            assert sync(other, known, wire).state == "synced"

    outcome = sync(store, known, Meanwhile(wire, "/v1/pull", beside))
    assert (outcome.state, outcome.received, teams(store)) == ("synced", 0, 80), outcome


class Narrow:
    """A line through a web server that takes no request above so many bytes."""

    def __init__(self, line: Link, most: int) -> None:
        self._line, self._most = line, most
        self.pushes, self.refused = list[int](), list[str]()

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        if path == "/v1/push":
            self.pushes.append(len(body))
        if len(body) > self._most:
            self.refused.append(path)
            return 413, b"<html><center><h1>413 Request Entity Too Large</h1></center></html>"
        return self._line.call(method, path, headers, body)


def written(store: Store, entries: int, teams: int) -> None:
    """So many entries of so many teams, with 2,000 characters of each that hardly become fewer."""
    drawn = random.Random(1)
    for n in range(entries):
        with store.write("team add") as writer:
            for k in range(teams):
                notes = base64.b64encode(drawn.randbytes(1500)).decode()
                writer.new("team", {"name": f"{n}/{k}队", "region": "110106", "capabilities": notes})


def test_no_push_is_longer_than_a_usual_web_server_takes(hub: Opened, tmp_path: pathlib.Path) -> None:
    store, wire = enrolled(hub, tmp_path, "HD", "duty")
    written(store, 9, 100)
    line = Narrow(wire, 1024 * 1024)
    (known,) = hubs.hubs(store.connection)
    assert sync(store, known, line).sent == 10
    assert len(line.pushes) > 1


def test_what_a_narrow_server_does_not_take_at_once_goes_in_parts(
    hub: Opened, tmp_path: pathlib.Path
) -> None:
    store, wire = enrolled(hub, tmp_path, "HD", "duty")
    written(store, 60, 4)
    line = Narrow(wire, 30_000)
    (known,) = hubs.hubs(store.connection)
    said = sync(store, known, line)
    assert (said.state, said.sent) == ("synced", 61)
    # It is tried once with each size, and what is left goes by the one that fits.
    assert [size > 30_000 for size in line.pushes].count(True) == 3
    (known,) = hubs.hubs(store.connection)
    assert hubs.unsent(store.connection, known) == 0


def test_a_server_that_takes_not_even_an_entry_is_told_of(hub: Opened, tmp_path: pathlib.Path) -> None:
    store, wire = enrolled(hub, tmp_path, "HD", "duty")
    written(store, 1, 20)
    (known,) = hubs.hubs(store.connection)
    said = sync(store, known, Narrow(wire, 20_000))
    assert (said.state, said.code) == ("refused", "too-long")
    assert "let it take 1 MB" in said.why
    assert sync(store, known, wire).sent == 1


def test_a_lost_hub_behind_a_narrow_server_is_told_in_parts_who_it_knew(tmp_path: pathlib.Path) -> None:
    store = station(tmp_path, "FT")
    with local(tmp_path) as there:
        there.enrol(store)
        assert there.sync(store).state == "synced"
        feed = Signer.load(store.path).feed
        for n in range(300):
            stated = [["clock", feed, 1, (1 + n % 2) * 3_600_000]]
            there.opened.writing.submit(
                lambda filing, stated=stated: filing.write(stated, kind="hub clock", who="HUB")
            ).result()
        assert there.sync(store).received >= 300
    for file in tmp_path.glob("hub.db*"):
        if file.suffix != ".key":
            file.unlink()
    with local(tmp_path) as again:
        (known,) = hubs.hubs(store.connection)
        line = Narrow(again, 20_000)
        said = sync(store, known, line)
        assert (said.state, said.lost, said.sent) == ("synced", True, 1)
        assert "/v1/introduce" in line.refused
