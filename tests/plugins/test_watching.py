"""`emergency sync --watch` with several hubs: one that hangs delays no other, and no end."""

from __future__ import annotations

import json
import pathlib
import queue
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from emergency.store import hubs, link
from emergency.store.link import HttpLink, Offline
from emergency.store.store import Store
from tests.store.stations import command, environment, run, told

from .hubs import PATIENCE, real

#: Seconds for an end that waits for nobody; a silent hub would be waited for longer.
SOON = link.QUIET / 2


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of one that takes every call and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def also_at(store: Store, url: str) -> None:
    """The store is enrolled at a second hub, which comes first by its name."""
    known = hubs.hubs(store.connection)[0]
    with store.noting() as connection:
        connection.execute(
            "INSERT INTO hub(feed, url, key, name, ca, synced, told) VALUES(?,?,?,?,'',NULL,'{}')",
            ("a" * 20, url, known.key, "AAA"),
        )


class Watch:
    """The command as a process of its own."""

    def __init__(self, store: Store, *words: str) -> None:
        words = words or ("--watch", "--json")
        self.process = subprocess.Popen(
            command(store.path, "sync", *words),
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._as_json = "--json" in words
        #: What it told as JSON, or else said in words.
        self.told: queue.Queue[dict[str, object]] = queue.Queue()
        self.said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if self._as_json:
                self.told.put(json.loads(line))
            else:
                self.said.put(line)

    def received(self) -> None:
        """Wait until it says that something came."""
        while not self.told.get(timeout=PATIENCE)["received"]:
            pass

    def end(self) -> None:
        """Let nothing of it stay."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


def test_a_hub_that_hangs_delays_no_other_and_no_end(tmp_path: pathlib.Path, mute: str) -> None:
    with real(tmp_path) as hub, hub.enrol(tmp_path / "FT") as ft, hub.enrol(tmp_path / "HD", "HD") as hd:
        also_at(ft, mute)
        watch = Watch(ft)
        try:
            watch.received()
            with hd.write("team add") as writer:
                writer.new("team", {"name": "新队", "region": "110108"})
            hub.sync(hd)
            watch.received()
            assert Store(ft.path).find("team", "新队")
            watch.process.terminate()
            assert watch.process.wait(SOON) == 0
        finally:
            watch.end()


def test_who_watches_asks_one_that_fell_silent_once(mute: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "QUIET", 0.05)
    for patient, calls in ((True, link.TRIES), (False, 1)):
        line = HttpLink(mute, patient=patient)
        with pytest.raises(Offline) as failed:
            line.call("GET", "/v1/info", {}, b"")
        line.close()
        assert (failed.value.code, line.calls) == ("silent", calls)


@pytest.mark.parametrize("way", ["call", "events"])
def test_who_waits_for_an_answer_is_told_at_once_when_the_line_is_cut_off(mute: str, way: str) -> None:
    line = HttpLink(mute)
    codes: list[str] = []

    def wait() -> None:
        try:
            if way == "call":
                line.call("GET", "/v1/info", {}, b"")
            else:
                list(line.events("/v1/live", {}))
        except Offline as error:
            codes.append(error.code)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    while not line._streams:
        waiting.join(0.01)
    line.hang_up()
    waiting.join(SOON)
    assert codes and not waiting.is_alive()
    with pytest.raises(Offline):
        line.call("GET", "/v1/info", {}, b"")
    line.close()


def test_whoever_watches_is_told_that_two_orders_took_one_thing(tmp_path: pathlib.Path) -> None:
    with real(tmp_path) as hub, hub.enrol(tmp_path / "FT") as ft, hub.enrol(tmp_path / "HD", "HD") as hd:
        for desk in (ft, hd, ft):
            assert run(desk.path, "sync", "--require-sync").returncode == 0
        for desk in (ft, hd):
            words = ("--scenario", "waterlogging", "--level", "III", "--region", "110106")
            incident = told(desk.path, "incident", "open", "积水", *words)["id"]
            told(
                desk.path,
                "callup",
                "issue",
                "--incident",
                incident,
                "--team",
                "FT-1",
                "--report-to",
                "丰台站",
            )
        assert run(hd.path, "sync", "--require-sync").returncode == 0
        counting, watching = Watch(ft), Watch(ft, "--watch")
        try:
            while counting.told.get(timeout=PATIENCE)["contested"] != 1:
                pass
            said = watching.said.get(timeout=PATIENCE)
            while "contested" not in said:
                said = watching.said.get(timeout=PATIENCE)
            assert said[8:] == " 1 contested: emergency conflict list\n"
        finally:
            counting.end()
            watching.end()


def test_who_watches_goes_on_where_the_hub_was_moved_to_and_ends_where_it_was_removed(
    tmp_path: pathlib.Path,
) -> None:
    with real(tmp_path / "hub") as hub:
        one, two = hub.enrol(tmp_path / "one", "FT"), hub.enrol(tmp_path / "two", "HD")
        with closing(socket.create_server(("127.0.0.1", 0))) as gone:
            before = f"http://127.0.0.1:{gone.getsockname()[1]}"
        with one.noting() as connection:
            connection.execute("UPDATE hub SET url=?", (before,))
        watch = Watch(one)
        try:
            assert watch.told.get(timeout=PATIENCE)["state"] == "offline"
            assert hub.sync(two).state == "synced"
            (name,) = [h.name for h in hubs.hubs(one.connection)]
            assert run(one.path, "sync", "move", name, hub.url).returncode == 0
            watch.received()
            # By the live line, which calls there too.
            with two.write("team add") as writer:
                writer.new("team", {"name": "后来的队", "region": "110106"})
            assert hub.sync(two).sent == 1
            watch.received()
            assert run(one.path, "sync", "remove", name).returncode == 0
            assert watch.process.wait(PATIENCE) == 78
            assert watch.process.stderr is not None
            assert "is met no more" in watch.process.stderr.read()
        finally:
            watch.end()
