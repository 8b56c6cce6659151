"""Hubs as processes of their own, and stations that sync with them over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from emergency.plugins.hub import opened
from emergency.plugins.hub.enrolling import new_code
from emergency.store import hubs, journal, requests
from emergency.store.creating import create
from emergency.store.keys import Signer
from emergency.store.link import HttpLink, Offline
from emergency.store.rounds import Outcome
from emergency.store.store import Store
from emergency.store.syncing import sync
from tests.store.stations import environment

#: Seconds within which anything that a test waits for must have come.
DEADLINE = 30.0


def until(what: Callable[[], bool], seconds: float = DEADLINE) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.02)


class HubProcess:
    """`emergency hub serve` at work."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: pathlib.Path) -> None:
        self.process, self.url, self.log = process, url, log

    def said(self) -> list[dict[str, Any]]:
        """What it has logged."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)


def words(database: str, *more: str) -> list[str]:
    """The command line of a hub on a free port."""
    return [
        sys.executable, "-m", "emergency", "hub", "serve", "--database", database, "--port", "0", *more,
    ]  # fmt: skip


@contextlib.contextmanager
def served(home: pathlib.Path, database: str, *more: str) -> Iterator[HubProcess]:
    """A hub over a database, once it answers. All of one home have one key."""
    log = home / f"hub{len(list(home.glob('hub*.log')))}.log"
    with open(log, "w", encoding="utf-8") as err:
        process = subprocess.Popen(
            words(database, *more), stdout=subprocess.PIPE, stderr=err, text=True,
            env=environment(EMERGENCY_HOME=str(home), EMERGENCY_LANG="en"),
        )  # fmt: skip
    assert process.stdout is not None
    with process, process.stdout:
        try:
            line = process.stdout.readline()
            assert line.startswith("listening on "), log.read_text(encoding="utf-8")
            hub = HubProcess(process, line.split()[-1], log)
            yield hub
            assert hub.stop() == 0, log.read_text(encoding="utf-8")
        finally:
            if process.poll() is None:
                process.kill()


class Station:
    """A store that is enrolled at a hub."""

    def __init__(self, folder: pathlib.Path, name: str, home: pathlib.Path, database: str, url: str) -> None:
        self.name, self.path, self.written = name, str(folder / f"{name}.db"), 0
        create(self.path, station=name, region="110106", name=name, who="王小明").close()
        hub = opened(database, str(home), create=False)
        try:
            code, _until = hub.writing.submit(lambda f: new_code(f.sql, name, "duty", "", f.now)).result()
        finally:
            hub.engine.close()
        link = HttpLink(url)
        try:
            with Store(self.path) as store:
                hubs.enrol(store, link, url, code)
        finally:
            link.close()

    def states(self, count: int, size: int = 10) -> None:
        """Write so many entries, of about so many bytes."""
        with Store(self.path) as store:
            for _n in range(count):
                self.written += 1
                with store.write("team add") as writer:
                    filling = os.urandom(size // 2).hex()
                    writer.new("team", {"name": f"{self.name}{self.written}", "commander": filling})

    def sync(self, url: str) -> Outcome:
        """One round with the hub at a URL."""
        link = HttpLink(url)
        try:
            with Store(self.path) as store:
                return sync(store, hubs.hubs(store.connection)[0]._replace(url=url), link)
        finally:
            link.close()

    def entries(self) -> dict[tuple[str, int], bytes]:
        """{(feed, place): signature} of all that it has."""
        with Store(self.path) as store:
            return {(feed, seq): e.signature for _n, feed, seq, _r, e in journal.read(store.connection)}

    def sound(self) -> bool:
        """Whether its journal verifies."""
        with Store(self.path) as store:
            return journal.verify(store.connection) == []

    @property
    def feed(self) -> str:
        """Its own feed."""
        return Signer.load(self.path).feed


class Cutting:
    """A way to a hub that is cut, with all that is open on it, once so many bytes have come back; or only goes silent."""

    def __init__(self, url: str, after: int, *, silent: bool = False) -> None:
        self._to, self._left, self._silent = urlsplit(url).netloc.split(":"), after, silent
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listening]
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Cutting:
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._cut()
        self._thread.join(DEADLINE)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while self._left > 0:
                caller, _address = self._listening.accept()
                onward = socket.create_connection((self._to[0], int(self._to[1])))
                self._open += [caller, onward]
                threading.Thread(target=self._pump, args=(caller, onward), daemon=True).start()
                threading.Thread(target=self._pump, args=(onward, caller, True), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket, counted: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if counted:
                    data, self._left = data[: self._left], self._left - len(data)
                other.sendall(data)
                if self._left <= 0:
                    break
        if not (self._silent and counted):
            self._cut()

    def _cut(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class Listener:
    """A station on the live line of a hub, in a thread of its own."""

    def __init__(self, station: Station, url: str) -> None:
        self.heard: list[float] = []
        self.open = threading.Event()
        self._link = HttpLink(url)
        self._signer = Signer.load(station.path)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self.open.wait(DEADLINE)

    def _run(self) -> None:
        import json

        nonce = json.loads(self._link.call("GET", "/v1/info", {}, b"")[1])["nonce"]
        headers = requests.headers(self._signer, nonce, 1, "GET", "/v1/live", b"")
        with contextlib.suppress(Offline):
            for said in self._link.events("/v1/live", headers):
                if said.startswith(": open"):
                    self.open.set()
                elif said.startswith("data"):
                    self.heard.append(time.perf_counter())
        self._link.close()

    def join(self) -> None:
        """Wait until the hub has hung up."""
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()
