"""A hub's process killed with signal 9 while stations push: nothing it acknowledged is lost, and no feed branches.

The 200 kills of the full test: python -m pytest tests/store/simulation/test_killed_hub.py -m slow
"""

from __future__ import annotations

import io
import pathlib
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from emergency.plugins.hub import opened
from emergency.plugins.hub.enrolling import new_code
from emergency.store import chains, frames, hubs, journal, link, times
from emergency.store.creating import create
from emergency.store.entries import digest
from emergency.store.link import HttpLink
from emergency.store.store import Store
from emergency.store.syncing import sync
from tests.store.stations import environment

from .ledger import held

NAMES = ("FT", "HD", "CY")


class Fuse:
    """Kills the hub in the middle of a push that is some way ahead."""

    def __init__(self, pushes: int, seconds: float, kill: Callable[[], None]) -> None:
        self._left, self._seconds, self._kill = pushes, seconds, kill

    def burn(self) -> None:
        """A push begins."""
        self._left -= 1
        if self._left == 0:
            threading.Timer(self._seconds, self._kill).start()


class Noting:
    """HTTP to the hub, and a note of what it acknowledged."""

    def __init__(self, url: str, promised: set[bytes], fuse: Fuse | None = None) -> None:
        self._http, self._promised, self._fuse = HttpLink(url), promised, fuse

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """See Link."""
        if self._fuse is not None and path == "/v1/push":
            self._fuse.burn()
        status, answer = self._http.call(method, path, headers, body)
        if status == 200 and path == "/v1/push":
            for block in frames.read(io.BytesIO(body)):
                self._promised.update(digest(e.header) for e in frames.entries_of(block))
        return status, answer

    def close(self) -> None:
        """Hang up."""
        self._http.close()


class Scene:
    """A hub on disk, and the stations enrolled there."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.database = folder, str(folder / "hub" / "hub.db")
        self.promised: set[bytes] = set()
        self.stores: dict[str, str] = {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        hub = opened(self.database, str(folder), name="BJ")
        codes = {}
        with hub.engine.writing() as sql:
            for name in NAMES:
                codes[name], _ = new_code(sql, name, "duty", "", times.now())
        hub.engine.close()
        with self.serving():
            for name in NAMES:
                self.stores[name] = str(folder / f"{name}.db")
                create(self.stores[name], station=name, region=None, name=name, who="值班员").close()
                http = HttpLink(self.url)
                with Store(self.stores[name]) as store:
                    hubs.enrol(store, http, self.url, codes[name])
                http.close()

    def serving(self) -> _Ending:
        """The hub as a process that answers."""
        words = [sys.executable, "-m", "emergency", "--quiet", "hub", "serve", "--database", self.database]
        process = subprocess.Popen(
            [*words, "--port", str(self.port), "--no-log"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(EMERGENCY_HOME=str(self.folder)),
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on")
        return _Ending(process)

    def work(self, name: str, killed: threading.Event, fuse: Fuse) -> int:
        """A station writes and syncs until the hub is gone; returns how many rounds came through."""
        rounds = 0
        with Store(self.stores[name]) as store:
            (hub,) = hubs.hubs(store.connection)
            while not killed.is_set():
                with store.write("team add") as writer:
                    writer.new("team", {"name": f"{name} {rounds}", "note": "x" * 300})
                noting = Noting(self.url, self.promised, fuse)
                outcome = sync(store, hub, noting)
                noting.close()
                assert outcome.state in ("synced", "offline"), outcome
                assert not outcome.forked and not outcome.refused
                rounds += outcome.state == "synced"
        return rounds

    def check(self) -> None:
        """Nothing acknowledged is lost; numbers and feeds are without gaps; nothing branches."""
        hub = opened(self.database, str(self.folder), create=False)
        try:
            with hub.engine.reading() as sql:
                assert sql.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert self.promised <= held(sql)
                numbers = [n for (n,) in sql.execute("SELECT n FROM entry ORDER BY n").fetchall()]
                (counter,) = sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone()
                assert numbers == list(range(1, int(counter) + 1))
                for feed in chains.feeds(sql).values():
                    found = sql.execute(
                        "SELECT seq FROM entry WHERE feed=? ORDER BY seq", (feed.n,)
                    ).fetchall()
                    assert feed.parent is None
                    assert [seq for (seq,) in found] == list(range(1, feed.seq + 1))
        finally:
            hub.engine.close()


class _Ending:
    """A process that ends with its block."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __enter__(self) -> subprocess.Popen[str]:
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One try of each request: a hub that was killed is tried again in the next round."""
    monkeypatch.setattr(link, "TRIES", 1)
    yield


def kill_often(folder: pathlib.Path, kills: int, seed: int) -> None:
    """Kill the hub so often while all its stations push."""
    r = random.Random(seed)
    scene = Scene(folder)
    came_through = 0
    with ThreadPoolExecutor(len(NAMES)) as desks:
        for _ in range(kills):
            killed = threading.Event()
            with scene.serving() as process:
                fuse = Fuse(r.randrange(2, 12), r.uniform(0, 0.02), process.kill)
                working = [desks.submit(scene.work, name, killed, fuse) for name in NAMES]
                process.wait()
                killed.set()
                came_through += sum(desk.result() for desk in working)
            scene.check()
    assert came_through > kills
    assert len(scene.promised) > kills
    _all_is_well(scene)


def _all_is_well(scene: Scene) -> None:
    """Left alone, everybody has everything."""
    everything = set()
    with scene.serving():
        for name in (*NAMES, *NAMES):
            with Store(scene.stores[name]) as store:
                (hub,) = hubs.hubs(store.connection)
                noting = Noting(scene.url, scene.promised)
                assert sync(store, hub, noting).state == "synced"
                noting.close()
                everything |= held(store.connection)
    for name in NAMES:
        with Store(scene.stores[name]) as store:
            assert held(store.connection) == everything
            assert journal.verify(store.connection) == []
    scene.check()


def test_a_hub_killed_a_few_times(tmp_path: pathlib.Path) -> None:
    kill_often(tmp_path, 3, 1)


@pytest.mark.slow
def test_a_hub_killed_two_hundred_times(tmp_path: pathlib.Path) -> None:
    """python -m pytest tests/store/simulation/test_killed_hub.py -m slow"""
    kill_often(tmp_path, 200, 2)
