"""Hubs for tests: a real process with a database and a home of its own, and the same without a socket."""

from __future__ import annotations

import json
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from emergency.plugins.hub import Opened, opened
from emergency.plugins.hub.enrolling import new_code
from emergency.plugins.hub.service import Answer, Service
from emergency.store import exchange, frames, hubs, requests, rounds, syncing, times
from emergency.store.creating import create
from emergency.store.entries import Envelope, digest, pack
from emergency.store.keys import Signer
from emergency.store.link import HttpLink, Link
from emergency.store.store import Store
from tests.store.stations import environment

#: Seconds a test waits for what must come.
PATIENCE = 60.0


def until(true: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + patience
    while not (found := true()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


def station(folder: pathlib.Path, name: str = "FT") -> Store:
    """A store with one team in it."""
    folder.mkdir(parents=True, exist_ok=True)
    store = create(
        str(folder / f"{name}.db"), station=name, region="110106", name=f"{name}指挥中心", who="王小明"
    )
    with store.write("team add") as writer:
        writer.new("team", {"name": f"{name}队", "region": "110106", "strength": 20})
    return store


def own_entries(store: Store) -> list[Envelope]:
    """What a station wrote itself."""
    feed = Signer.load(store.path).feed
    return [e for _s, e in exchange.behind(store.connection, [exchange.Stretch(feed, 0)])]


def pushing(*envelopes: Envelope) -> bytes:
    """The body of a push."""
    return b"".join(frames.entry_blocks(envelopes))


def said(answer: bytes) -> dict[str, Any]:
    """What an answer in JSON says."""
    value = json.loads(answer)
    assert isinstance(value, dict)
    return value


class Caller:
    """Whoever holds a key, and signs requests with it by hand."""

    def __init__(self, link: Link, signer: Signer) -> None:
        self.link, self.signer, self.turn = link, signer, 0
        self.nonce = said(link.call("GET", "/v1/info", {}, b"")[1])["nonce"]

    def headers(self, path: str, body: bytes, method: str = "POST") -> dict[str, str]:
        """The headers of the next request."""
        self.turn += 1
        return requests.headers(self.signer, self.nonce, self.turn, method, path, body)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """(status, body) of the answer to a signed request."""
        return self.link.call("POST", path, self.headers(path, body), body)


class Written:
    """A feed made by hand: any header, any facts, signed as they are."""

    def __init__(self, signer: Signer | None = None, name: str = "EV") -> None:
        self.signer = signer or Signer.create()
        self.seq, self.prev = 0, "0" * 64
        self.first = self.entry([["feed", self.signer.public.hex(), name]])

    def entry(self, facts: Any, **header: Any) -> Envelope:
        """The next entry; keywords replace fields of its header."""
        fact_bytes = facts if isinstance(facts, bytes) else pack({"why": "", "facts": facts})
        self.seq += 1
        told = {
            "v": 1, "alg": "ed25519-sha256", "feed": self.signer.feed, "seq": self.seq, "prev": self.prev,
            "seen": {}, "wall": 1_785_456_000_000, "who": "x", "kind": "test", "regions": [], "op": "1",
            "facts": digest(fact_bytes).hex(), **header,
        }  # fmt: skip
        header_bytes = pack(told)
        self.prev = digest(header_bytes).hex()
        return Envelope(header_bytes, fact_bytes, self.signer.sign(digest(header_bytes)))


class Local:
    """A hub without a socket: the service itself, every request in the caller's thread. It is a Link."""

    def __init__(self, folder: pathlib.Path, now: Callable[[], int] = times.now) -> None:
        self.url = "http://hub.test"
        self.opened = opened(str(folder / "hub.db"), str(folder), name="HUB")
        self.service = Service(self.opened.engine, self.opened.identity, self.opened.writing, now)
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One answer, whole."""
        return self.service.answer(method, path, headers, body)

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """See Link; every call is kept."""
        self.calls.append((method, path, dict(headers), body))
        answer = self.answer(method, path, headers, body)
        return answer.status, answer.body

    def code(self, name: str = "FT", role: str = "duty", region: str = "") -> str:
        """A code for one station."""
        return _code(self.opened, name, role, region)

    def enrol(self, store: Store, role: str = "duty") -> hubs.Hub:
        """Enrol a station."""
        return hubs.enrol(store, self, self.url, self.code(store.meta("prefix"), role))

    def sync(self, store: Store, hub: hubs.Hub | None = None) -> rounds.Outcome:
        """One round."""
        return syncing.sync(store, hub or hubs.hubs(store.connection)[0], self)

    def caller(self, store: Store) -> Caller:
        """Its key, in other hands."""
        return Caller(self, Signer.load(store.path))

    def content(self) -> list[Any]:
        """All that the hub holds, but for what it counts."""
        with self.opened.engine.reading() as sql:
            tables = ("feed", "entry", "member", "code", "aside")
            return [sql.execute(f"SELECT * FROM {t} ORDER BY 1, 2").fetchall() for t in tables]

    def close(self) -> None:
        """Let go of the database."""
        self.opened.engine.close()


@contextmanager
def local(folder: pathlib.Path, now: Callable[[], int] = times.now) -> Iterator[Local]:
    """A hub without a socket."""
    hub = Local(folder, now)
    try:
        yield hub
    finally:
        hub.close()


def _code(hub: Opened, name: str, role: str, region: str) -> str:
    return hub.writing.submit(lambda f: new_code(f.sql, name, role, region, f.now)).result()[0]


class Real(NamedTuple):
    """A hub's own process."""

    url: str
    database: str
    home: pathlib.Path
    process: subprocess.Popen[str]
    #: What it wrote to stderr, so far.
    log: list[str]

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 0)

    def connect(self) -> socket.socket:
        """A bare connection to it."""
        return socket.create_connection(self.address, timeout=PATIENCE)

    def memory(self) -> int:
        """The most bytes it has had in memory since `forget_memory`."""
        return self._status("VmHWM")

    def resident(self) -> int:
        """The bytes it has in memory now."""
        return self._status("VmRSS")

    def _status(self, name: str) -> int:
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith(name))

    def forget_memory(self) -> int:
        """Let the peak begin at what it has now, which is returned."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", "ascii")
        return self.resident()

    def code(self, name: str = "FT", role: str = "duty", region: str = "") -> str:
        """A code for one station, given out beside the running hub."""
        hub = opened(self.database, str(self.home), create=False)
        try:
            return _code(hub, name, role, region)
        finally:
            hub.engine.close()

    def enrol(self, folder: pathlib.Path, name: str = "FT", role: str = "duty") -> Store:
        """A station with one team, enrolled."""
        store = station(folder, name)
        link = HttpLink(self.url, unproven=self.url.startswith("https"))
        try:
            hubs.enrol(store, link, self.url, self.code(name, role))
        finally:
            link.close()
        return store

    def sync(self, store: Store) -> rounds.Outcome:
        """One round over HTTP."""
        hub = hubs.hubs(store.connection)[0]
        link = HttpLink(hub.url, hub.ca)
        try:
            return syncing.sync(store, hub, link)
        finally:
            link.close()

    def stop(self) -> int:
        """End it by SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def real(folder: pathlib.Path, *words: str, log: bool = False) -> Iterator[Real]:
    """A hub's own process on a free port of this machine alone, ended by SIGTERM, which must end it well."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    database = str(home / "hub.db")
    quiet = () if log else ("--no-log",)
    process = subprocess.Popen(
        [sys.executable, "-m", "emergency", "hub", "serve", "--port", "0", "--database", database, *quiet, *words],
        env=environment(EMERGENCY_HOME=str(home)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    lines: list[str] = []
    assert process.stdout is not None and process.stderr is not None
    reader = threading.Thread(target=lines.extend, args=(_kept(process.stderr),), daemon=True)
    reader.start()
    try:
        first = process.stdout.readline()
        assert first.startswith("listening on "), (first, lines)
        hub = Real(first.removeprefix("listening on ").strip(), database, home, process, lines)
        yield hub
        assert process.poll() is None, lines
        assert hub.stop() == 0, lines
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        reader.join(PATIENCE)
        process.stdout.close()
        process.stderr.close()


def _kept(stream: Any) -> Iterator[str]:
    for line in stream:
        yield line.rstrip("\n")


@pytest.fixture
def hub(tmp_path: pathlib.Path) -> Iterator[Local]:
    """A hub without a socket."""
    with local(tmp_path) as running:
        yield running


@pytest.fixture
def store(hub: Local, tmp_path: pathlib.Path) -> Iterator[Store]:
    """A station FT that is enrolled at it."""
    with station(tmp_path, "FT") as enrolled:
        hub.enrol(enrolled)
        yield enrolled
