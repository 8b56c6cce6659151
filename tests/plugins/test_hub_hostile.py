"""What strangers and enrolled stations may do to a hub, and what the hub and those beside them see of it."""

from __future__ import annotations

import contextlib
import json
import pathlib
import socket
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from emergency.store import hubs
from emergency.store.errors import Refused
from emergency.store.keys import Signer, key_path
from emergency.store.link import HttpLink
from tests.store.stations import run

from .hubs import Caller, Real, own_entries, pushing, real, said, station, until

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    with real(tmp_path_factory.mktemp("hub"), log=True) as running:
        yield running


def sent(hub: Real, *parts: bytes) -> bytes:
    """What comes back on a connection of its own until the hub hangs up."""
    with hub.connect() as line:
        try:
            for part in parts:
                line.sendall(part)
            return b"".join(iter(lambda: line.recv(65536), b""))
        except (ConnectionResetError, BrokenPipeError):
            return b""


def alive(hub: Real, folder: pathlib.Path, name: str) -> None:
    """An honest station enrols, hands over and takes in as if nothing were the matter."""
    with hub.enrol(folder, name) as store:
        outcome = hub.sync(store)
        assert (outcome.state, outcome.sent) == ("synced", len(own_entries(store)))


def is_closed(line: socket.socket) -> bool:
    """Whether the other side has hung up."""
    line.setblocking(False)
    try:
        return line.recv(65536) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_slow_and_silent_callers_leave_the_others_served(hub: Real, tmp_path: pathlib.Path) -> None:
    began = hub.forget_memory()
    lines = [hub.connect() for _n in range(200)]
    head = b"POST /v1/push HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n"
    for n, line in enumerate(lines):
        # A third says nothing, a third never ends its headers, a third never ends its body.
        line.sendall((b"", head, head + b"\r\n" + bytes(100))[n % 3])
    alive(hub, tmp_path, "A1")
    until(lambda: all(map(is_closed, lines)), "slow callers are still on the line")
    for line in lines:
        line.close()
    assert hub.memory() - began < 64 * MIB


def test_a_hub_that_ends_waits_for_nobody_who_drips_a_request(tmp_path: pathlib.Path) -> None:
    ended = threading.Event()

    def drip(line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not ended.wait(0.05):
                line.sendall(b" " * 200)

    with real(tmp_path) as hub:
        line = hub.connect()
        line.sendall(b"POST /v1/enrol HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n{")
        dripping = threading.Thread(target=drip, args=(line,))
        dripping.start()
        assert sent(hub, b"GET /v1/info HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    ended.set()
    dripping.join()
    line.close()
    # What uvicorn waits for to the end of its patience it cancels, and says so at length.
    assert len(hub.log) == 1, hub.log


def test_headers_without_end_are_cut_off(hub: Real, tmp_path: pathlib.Path) -> None:
    began = hub.forget_memory()
    answer = sent(
        hub, b"GET /v1/info HTTP/1.1\r\n", *[b"x-%d: " % n + b"y" * 8000 + b"\r\n" for n in range(4000)]
    )
    assert answer == b""
    assert hub.memory() - began < 16 * MIB
    assert sent(hub, b"GET /" + b"x" * 200_000, b" HTTP/1.1\r\n\r\n") == b""
    alive(hub, tmp_path, "A2")


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_a_body_over_the_limit_is_refused_before_it_is_read(hub: Real, declared: bool) -> None:
    began = hub.forget_memory()
    head = b"POST /v1/push HTTP/1.1\r\nhost: x\r\n"
    if declared:
        parts = [head + b"content-length: 1000000000\r\n\r\n"]
    else:
        chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
        parts = [head + b"transfer-encoding: chunked\r\n\r\n", *[chunk] * 200]
    answer = sent(hub, *parts)
    # Who goes on sending may find the line cut before he has read the answer.
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413 ")
    if declared:
        assert b'{"error":"too-large"}' in answer
    assert hub.memory() - began < 32 * MIB


def test_chunks_that_add_nothing_do_not_go_on_for_ever(hub: Real) -> None:
    head = b"POST /v1/push HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    began = hub.forget_memory()
    sent(hub, head, *[b"1;" + b"e" * 60_000 + b"\r\nx\r\n"] * 400)
    assert hub.memory() - began < 32 * MIB


def test_large_bodies_held_open_have_a_bound(hub: Real, tmp_path: pathlib.Path) -> None:
    began = hub.forget_memory()
    head = b"POST /v1/push HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n\r\n"
    lines = [hub.connect() for _n in range(60)]

    def fill(line: socket.socket) -> None:
        try:
            line.sendall(head + bytes(3_900_000))
        except (ConnectionResetError, BrokenPipeError):
            line.close()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(fill, lines))
    # 234 MB were offered, 64 MiB are held; small bodies are served all the while.
    alive(hub, tmp_path, "A3")
    assert hub.memory() - began < 160 * MIB
    for line in lines:
        line.close()


def test_a_flood_is_refused_and_a_station_beside_it_served(hub: Real, tmp_path: pathlib.Path) -> None:
    store = hub.enrol(tmp_path, "A4")
    request = b"GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n"
    statuses = set()
    with hub.connect() as line, line.makefile("rb") as buffer:
        # As long as it takes: what was taken grows back meanwhile, and this machine may be slow.
        for _n in range(20_000):
            line.sendall(request)
            statuses.add(buffer.readline().split()[1])
            lengths = [
                int(h.split(b":")[1])
                for h in iter(buffer.readline, b"\r\n")
                if h.startswith(b"content-length")
            ]
            buffer.read(lengths[0])
            if b"429" in statuses:
                break
    assert statuses == {b"200", b"429"}
    # The same machine, the same address: a station that signs is counted by itself.
    assert hub.sync(store).state == "synced"
    store.close()


def test_two_hundred_stations_behind_one_address_are_no_flood(tmp_path: pathlib.Path) -> None:
    from emergency.plugins.hub import limits
    from emergency.plugins.hub.limits import Buckets

    buckets = Buckets(lambda: 0.0)
    rounds = [f"station{n} 10.0.0.1" for n in range(250) for _r in range(60)]
    assert all(buckets.take(caller, limits.STATION_RATE) for caller in rounds)
    assert all(buckets.take("info 10.0.0.1", limits.INFO_RATE) for _n in range(250 * 40))


def test_codes_are_not_to_be_guessed(tmp_path: pathlib.Path) -> None:
    with real(tmp_path) as hub, station(tmp_path) as store:
        link = HttpLink(hub.url)
        code = hub.code()
        wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
        words = []
        for _n in range(7):
            with pytest.raises(Refused) as found:
                hubs.enrol(store, link, hub.url, wrong)
            words.append(found.value.message)
        assert words == ["the code is wrong"] * 5 + ["the code was tried too often and is void"] * 2
        with pytest.raises(Refused, match="void"):
            hubs.enrol(store, link, hub.url, code)
        link.close()
        # Which codes there are is not to be found out by trying either: twenty failures a minute of one address.
        statuses = [probed(hub, f"{n:05d}") for n in range(20)]
        assert set(statuses[:12]) == {b"403"} and b"429" in statuses


def probed(hub: Real, find: str) -> bytes:
    """The status of the answer to an enrolment with a made-up code."""
    body = json.dumps({"find": find, "key": "00" * 32, "station": "X", "proof": "00" * 32}).encode()
    head = f"POST /v1/enrol HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    return sent(hub, head.encode() + body).split()[1]


def test_of_two_stations_on_one_code_one_enrols(hub: Real, tmp_path: pathlib.Path) -> None:
    for n in range(5):
        code = hub.code(f"R{n}")
        stores = [station(tmp_path / str(n) / where, f"R{n}") for where in ("one", "two")]
        barrier = threading.Barrier(2)

        def enrol(store_path: str, code: str = code, barrier: threading.Barrier = barrier) -> str:
            from emergency.store.store import Store

            link = HttpLink(hub.url)
            with Store(store_path) as store:
                barrier.wait(30)
                try:
                    return hubs.enrol(store, link, hub.url, code).name
                except Refused as refused:
                    return refused.message
                finally:
                    link.close()

        with ThreadPoolExecutor(2) as pool:
            words = sorted(pool.map(enrol, [s.path for s in stores]))
        assert words == ["HUB", "the code was used by another station"]
        for store in stores:
            store.close()


def test_a_live_line_has_a_bound_and_nobody_unsigned_has_one(hub: Real, tmp_path: pathlib.Path) -> None:
    assert sent(hub, b"GET /v1/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").startswith(
        b"HTTP/1.1 401 "
    )
    with hub.enrol(tmp_path, "LV") as store:
        link = HttpLink(hub.url)
        caller = Caller(link, Signer.load(store.path))
        lines, statuses = [], []
        for _n in range(6):
            line = hub.connect()
            headers = "".join(f"{k}: {v}\r\n" for k, v in caller.headers("/v1/live", b"", "GET").items())
            line.sendall(f"GET /v1/live HTTP/1.1\r\nhost: x\r\n{headers}\r\n".encode())
            statuses.append(line.recv(20).split()[1])
            lines.append(line)
        assert statuses == [b"200"] * 4 + [b"429"] * 2
        for line in lines:
            line.close()
        # Whoever hangs up makes room.
        until(lambda: said_live(link) == 0, "live lines that were hung up")
        link.close()


def said_live(link: HttpLink) -> int:
    text = link.call("GET", "/v1/metrics", {}, b"")[1].decode()
    return next((int(w.split()[1]) for w in text.splitlines() if w.startswith("emergency_hub_live ")), -1)


def test_a_request_is_one_line_of_the_log_whatever_it_says(hub: Real) -> None:
    marks = [f"/forge-{n}" for n in range(4)]
    sent(
        hub,
        f"GET {marks[0]}%0a%7b%22event%22:%22x%22%7d%1b%5b2J HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode(),
    )
    sent(hub, f"GET {marks[1]} HTTP/1.1\r\nhost: [\r\nconnection: close\r\n\r\n".encode())
    feed = "emergency-feed: \x1b]0;x\x07\r\n".encode("latin-1")
    sent(
        hub,
        f"GET {marks[2]} HTTP/1.1\r\nhost: x/v1/enrol?\r\nconnection: close\r\n".encode() + feed + b"\r\n",
    )
    sent(
        hub,
        f"GET {marks[3]} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nemergency-feed: ".encode()
        + b"\xc2\x9b31m\r\n\r\n",
    )
    until(lambda: any(marks[3] in line for line in hub.log), "a line for the last request")
    found = [json.loads(line) for line in hub.log if "/forge-" in line]
    assert [f["path"][:8] for f in found] == [m for n, m in enumerate(marks) if n != 2]
    assert all(line.isascii() and line.isprintable() for line in hub.log)
    assert all(json.loads(line)["event"] == "request" for line in hub.log[1:])


def test_made_up_paths_are_no_names_of_metrics(hub: Real) -> None:
    for n in range(30):
        sent(hub, f'DELETE /x{n}"}}%0a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'.encode())
    link = HttpLink(hub.url)
    text = until(lambda: _metrics(link), "metrics")
    link.close()
    paths = {line.split('"')[1] for line in text.splitlines() if line.startswith("emergency_hub_requests")}
    assert paths <= {"other", "/v1/info", "/v1/health", "/v1/enrol", "/v1/introduce", "/v1/heads", "/v1/push"} | {
        "/v1/pull", "/v1/live", "/v1/metrics", "/v1/openapi.json",
    }  # fmt: skip


def _metrics(link: HttpLink) -> str:
    status, body = link.call("GET", "/v1/metrics", {}, b"")
    return body.decode() if status == 200 else ""


def test_keys_lie_in_files_of_their_owner_alone_and_nowhere_else(hub: Real, tmp_path: pathlib.Path) -> None:
    with hub.enrol(tmp_path, "KY") as store:
        hub.sync(store)
        assert run(store.path, "journal", "export", str(tmp_path / "out")).returncode == 0
        assert run(store.path, "bundle", "export", str(tmp_path / "a.bundle"), "--open").returncode == 0
        paths = [pathlib.Path(key_path(p)) for p in (store.path, hub.database)]
        secrets = [p.read_text("ascii").split()[0] for p in paths]
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    needles = [form for s in secrets for form in (s.encode(), bytes.fromhex(s))]
    for folder in (hub.home, tmp_path):
        for path in folder.rglob("*"):
            if path.is_file() and path not in paths:
                content = path.read_bytes()
                assert not any(needle in content for needle in needles), path
    assert not any(s in line for s in secrets for line in hub.log)


def test_an_unsigned_request_is_refused_before_its_body_is_looked_at(hub: Real) -> None:
    link = HttpLink(hub.url)
    for path in ("/v1/heads", "/v1/push", "/v1/pull"):
        status, body = link.call("POST", path, {}, pushing(*[]) or b"garbage")
        assert (status, said(body)["error"]) == (401, "unsigned")
    link.close()
