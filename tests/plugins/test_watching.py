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
from tests.store.stations import command, environment

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

    def __init__(self, store: Store) -> None:
        self.process = subprocess.Popen(
            command(store.path, "sync", "--watch", "--json"),
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.told: queue.Queue[dict[str, object]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.put(json.loads(line))

    def received(self) -> None:
        """Wait until it says that something came."""
        while not self.told.get(timeout=PATIENCE)["received"]:
            pass


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
            watch.process.kill()
            watch.process.wait()
            for stream in (watch.process.stdout, watch.process.stderr):
                assert stream is not None
                stream.close()


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
