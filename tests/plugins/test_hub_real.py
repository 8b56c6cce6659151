"""A hub as a process of its own, met by real stations; and that the same holds without a socket."""

from __future__ import annotations

import contextlib
import json
import pathlib
import signal
import socket
import subprocess
from urllib.parse import urlsplit

from emergency.store import database, frames, pages, requests
from emergency.store.keys import Signer
from emergency.store.link import HttpLink
from emergency.store.pages import Page
from tests.store import stations

from .hubs import local, own_entries, real, station
from .processes import DEADLINE, Cutting, HubProcess, Station, served, until


def test_two_stations_meet_at_a_hub(tmp_path: pathlib.Path) -> None:
    with real(tmp_path) as hub, hub.enrol(tmp_path, "FT") as one, hub.enrol(tmp_path, "HD") as two:
        assert hub.sync(one).state == "synced"
        assert hub.sync(two).received >= 2
        assert hub.sync(one).received >= 2
        assert [r["name"] for r in two.rows("SELECT name FROM team ORDER BY name")] == ["FT队", "HD队"]


def test_the_service_alone_is_the_same_hub(tmp_path: pathlib.Path) -> None:
    with local(tmp_path) as hub, station(tmp_path, "FT") as one, station(tmp_path, "HD") as two:
        hub.enrol(one)
        hub.enrol(two)
        assert hub.sync(one).sent == len(own_entries(one))
        hub.sync(two)
        assert hub.sync(one).state == "synced"
        assert one.rows("SELECT id, name FROM team ORDER BY id") == two.rows(
            "SELECT id, name FROM team ORDER BY id"
        )


def test_what_takes_several_pages_of_many_blocks_comes_whole(tmp_path: pathlib.Path) -> None:
    """Over a socket: sent while it is packed, and asked for while it is taken in."""
    place = str(tmp_path / "hub.db")
    with served(tmp_path, place) as hub:
        one, two = (Station(tmp_path, name, tmp_path, place, hub.url) for name in ("FT", "FS"))
        one.states(240, 50_000)
        assert one.sync(hub.url).state == "synced"
        told = two.sync(hub.url)
        assert (told.state, told.received >= 240) == ("synced", True)
        mine = {place: s for place, s in one.entries().items() if place[0] == one.feed}
        assert mine and mine.items() <= two.entries().items() and two.sound()
        pulls = [line for line in hub.said() if line.get("path") == "/v1/pull"]
        assert len(pulls) > 1 and max(line["bytes"] for line in pulls) > frames.MOST_PAYLOAD


def test_an_answer_that_is_cut_off_in_the_middle_counts_as_cut(tmp_path: pathlib.Path) -> None:
    """What came before stays, and the next round goes on behind it."""
    place = str(tmp_path / "hub.db")
    with served(tmp_path, place) as hub:
        one, two = (Station(tmp_path, name, tmp_path, place, hub.url) for name in ("FT", "FS"))
        one.states(240, 50_000)
        one.sync(hub.url)
        for after in (30_000, 3_000_000, 5_000_000):
            with Cutting(hub.url, after) as cutting:
                assert two.sync(cutting.url).state == "offline"
            assert two.sound()
        assert two.sync(hub.url).state == "synced"
        assert one.entries().keys() <= two.entries().keys()


def raw(hub: HubProcess, station: Station, version: str, path: str = "/v1/pull") -> socket.socket:
    """A connection that has asked in that version of HTTP for all of a station's entries, or else for the live line.

    It has read nothing.
    """
    link = HttpLink(hub.url)
    nonce = json.loads(link.call("GET", "/v1/info", {}, b"")[1])["nonce"]
    link.close()
    method, body = "GET", b""
    if path == "/v1/pull":
        method, body = "POST", frames.json_block({"want": [[station.feed, 0]]})
    signed = requests.headers(Signer.load(station.path), nonce, 1, method, path, body)
    told = {"host": "hub", "content-length": str(len(body)), **signed}
    host, port = urlsplit(hub.url).netloc.split(":")
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(DEADLINE)
    line.connect((host, int(port)))
    head = [f"{method} {path} HTTP/{version}", *(f"{k}: {v}" for k, v in told.items()), "", ""]
    line.sendall("\r\n".join(head).encode() + body)
    return line


def test_who_speaks_http_1_0_is_answered_without_chunks(tmp_path: pathlib.Path) -> None:
    place = str(tmp_path / "hub.db")
    with served(tmp_path, place) as hub:
        one = Station(tmp_path, "FT", tmp_path, place, hub.url)
        one.states(60, 50_000)
        one.sync(hub.url)
        with raw(hub, one, "1.0") as line:
            head, _blank, answer = b"".join(iter(lambda: line.recv(1 << 16), b"")).partition(b"\r\n\r\n")
        assert b"transfer-encoding" not in head.lower()
        assert f"content-length: {len(answer)}" in head.decode().lower()
        assert len([*Page(answer).envelopes()]) >= 60


def test_the_live_line_of_who_speaks_http_1_0_has_no_chunks_and_ends_with_the_connection(
    tmp_path: pathlib.Path,
) -> None:
    place = str(tmp_path / "hub.db")
    with served(tmp_path, place) as hub:
        one, two = (Station(tmp_path, name, tmp_path, place, hub.url) for name in ("FT", "FS"))
        two.sync(hub.url)
        with raw(hub, two, "1.0", "/v1/live") as line:
            came = b""
            while b": open\n\n" not in came:
                came += line.recv(1 << 16)
            one.states(1)
            one.sync(hub.url)
            while b"\n\n" not in came.partition(b"data: entries ")[2]:
                came += line.recv(1 << 16)
            assert hub.stop() == 0
            came += b"".join(iter(lambda: line.recv(1 << 16), b""))
        head, _blank, told = came.partition(b"\r\n\r\n")
        assert b"transfer-encoding" not in head.lower() and b"content-length" not in head.lower()
        assert b"connection: close" in head.lower()
        # nginx would hold back what is told as it happens.
        assert b"x-accel-buffering: no" in head.lower()
        assert all(line[:1] == b":" or line[:6] == b"data: " for line in told.split(b"\n") if line), told
        news = [n for line in told.decode().split("\n") if (n := pages.news(line)) is not None]
        assert sum(map(len, news)) >= 1
        assert [line for line in hub.said() if line["level"] != "info"] == []


def test_a_hub_that_ends_says_nothing_of_who_does_not_take_his_answer(tmp_path: pathlib.Path) -> None:
    place = str(tmp_path / "hub.db")
    with served(tmp_path, place) as hub:
        one = Station(tmp_path, "FT", tmp_path, place, hub.url)
        one.states(240, 50_000)
        one.sync(hub.url)
        with raw(hub, one, "1.1") as line:
            assert line.recv(1, socket.MSG_PEEK)
            assert hub.stop() == 0
        assert [told for told in hub.said() if told["level"] != "info"] == []
        pulls = [told for told in hub.said() if told.get("path") == "/v1/pull"]
        assert max(told["bytes"] for told in pulls) > frames.MOST_PAYLOAD


def test_a_round_that_is_interrupted_says_what_stays(tmp_path: pathlib.Path) -> None:
    place = str(tmp_path / "hub.db")
    with served(tmp_path, place) as hub:
        one, two = (Station(tmp_path, name, tmp_path, place, hub.url) for name in ("FT", "FS"))
        one.states(240, 50_000)
        one.sync(hub.url)
        with Cutting(hub.url, 5_000_000, silent=True) as silent:
            with contextlib.closing(database.connect(two.path, writable=True)) as sql:
                sql.execute("UPDATE hub SET url=?", (silent.url,))
            with subprocess.Popen(
                stations.command(two.path, "sync"), stderr=subprocess.PIPE, text=True,
                env=stations.environment(EMERGENCY_LANG="en"),
            ) as going:  # fmt: skip
                until(lambda: len(two.entries()) > 100)
                going.send_signal(signal.SIGINT)
                _out, err = going.communicate(timeout=60)
        assert going.returncode == 130
        assert (
            err.split("\n")[-2]
            == "interrupted; what came or went until then stays, and the next round goes on"
        )
        assert two.sound() and len(two.entries()) < 240
        assert two.sync(hub.url).state == "synced"
