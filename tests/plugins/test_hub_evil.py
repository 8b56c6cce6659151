"""A hub that lies, or somebody in its place: the station ends with a clear word and takes nothing but valid entries."""

from __future__ import annotations

import functools
import gzip
import json
import pathlib
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from emergency.store import frames, hubs, journal, link, rounds, syncing
from emergency.store.entries import Envelope, pack
from emergency.store.errors import EmergencyError, InvalidValue, Refused
from emergency.store.keys import Signer
from emergency.store.link import HttpLink, Offline, checked_url
from emergency.store.store import Store

from .hubs import Local, Written, hub, local, own_entries, pushing, station, store

MIB = 1024 * 1024
Answered = tuple[int, bytes]
ZSTD_BOMB = frames.deflate(bytes(64 * MIB))
__all__ = ["hub", "store"]


@functools.cache
def gzip_bomb() -> bytes:
    """What becomes 256 MiB."""
    return gzip.compress(bytes(256 * MIB), 1)


class Liar:
    """The hub, but for the answers to one path."""

    def __init__(self, hub: Local, path: str, answer: Callable[[Answered], Answered]) -> None:
        self.hub, self.path, self._answer, self.lies = hub, path, answer, 0

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """See Link."""
        true = self.hub.call(method, path, headers, body)
        if path != self.path:
            return true
        self.lies += 1
        assert self.lies < 200, "it is asked again and again"
        return self._answer(true)


def always(body: bytes) -> Callable[[Answered], Answered]:
    """The same answer, whatever the true one is."""
    return lambda _true: (200, body)


def content(store: Store) -> list[Any]:
    tables = ("feed", "entry", "seen", "seen_run", "aside")
    return [store.connection.execute(f"SELECT * FROM {t} ORDER BY 1, 2").fetchall() for t in tables]


def met(store: Store, liar: Liar) -> rounds.Outcome:
    """A round with a liar: it ends in a word, and what stands in the store is whole."""
    outcome = syncing.sync(store, hubs.hubs(store.connection)[0], liar)
    assert journal.verify(store.connection) == []
    assert len(outcome.why) < 500
    assert outcome.why.isprintable()
    return outcome


WORDS: dict[str, Any] = {
    "nothing": b"", "garbage": b"\xff\x00garbage", "html": b"<html>", "a-list": b"[]", "null": b"null",
    "nested": b"[" * 200_000, "numbers": b'{"new":1e400,"aside":5,"waiting":7,"forked":9,"protocol":1,"hub":3}',
    "words": pack({"new": "x", "aside": ["a"], "waiting": {"a": 1}, "forked": "x", "nonce": 5, "time": "now"}),
    "minus": pack({"new": -5, "aside": {"x": -1, "y": "z", "k" * 10_000: 1}, "waiting": ["\x1b[2J", 5]}),
    "huge": pack({"new": 2**53 - 1, "aside": {"x": 2**60}, "waiting": []}),
    "blocks-of-nothing": frames.json_block({}),
    "blocks-of-garbage": frames.json_block({"give": 5, "differ": [5], "left": [[5]]}),
    "blocks-of-other-garbage": frames.json_block({"give": [5], "differ": {}, "left": 5}),
    "a-cut-block": frames.json_block({"give": [], "differ": []})[:-3],
    "a-bomb": frames.block(b"J", ZSTD_BOMB),
}  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/info", "/v1/heads", "/v1/push", "/v1/pull"])
def test_garbage_ends_a_round_with_a_word(hub: Local, store: Store, path: str) -> None:
    _something_to_give(hub, store)
    for name, words in WORDS.items():
        with store.write("team add") as writer:
            writer.new("team", {"name": name, "region": "110106"})
        before, own = content(store), len(own_entries(store))
        liar = Liar(hub, path, always(words))
        outcome = met(store, liar)
        assert liar.lies, name
        # What it says of a push is its own affair, within reason; nothing else of it is believed.
        assert outcome.state == ("synced" if path == "/v1/push" else outcome.state), name
        assert path == "/v1/push" or (outcome.state != "synced" and content(store) == before), name
        assert outcome.sent <= own and all(0 < n <= own for n in outcome.refused.values())
    assert hub.sync(store).state == "synced"


def _something_to_give(hub: Local, store: Store) -> None:
    folder = pathlib.Path(store.path).parent / "other"
    with station(folder, "HD") as other:
        hub.enrol(other)
        hub.sync(other)


@pytest.mark.parametrize("path", ["/v1/info", "/v1/heads", "/v1/push", "/v1/pull"])
def test_any_status_ends_a_round_with_a_word(hub: Local, store: Store, path: str) -> None:
    _something_to_give(hub, store)
    said = pack({"error": "\x1b]0;x\x07" * 9999, "why": "y" * 9999, "nonce": "a\r\nb: c"})
    for status in (100, 204, 302, 400, 401, 403, 404, 413, 418, 429, 500, 503, 507):
        with store.write("team add") as writer:
            writer.new("team", {"name": f"{status}", "region": "110106"})
        liar = Liar(hub, path, lambda _true, status=status: (status, said))  # type: ignore[misc]
        outcome = syncing.sync(store, hubs.hubs(store.connection)[0], liar)
        assert liar.lies and outcome.state in ("offline", "refused") and len(outcome.why) < 500


def test_a_status_without_a_word_leaves_no_blank_for_it(hub: Local, store: Store) -> None:
    for answer, why in ((b"", "it answers 401"), (pack({"error": "x"}), "it answers 401 x")):
        outcome = met(store, Liar(hub, "/v1/heads", lambda _true, answer=answer: (401, answer)))  # type: ignore[misc]
        assert (outcome.state, outcome.why) == ("refused", why)


def test_a_nonce_that_would_forge_a_header_is_not_signed(hub: Local, store: Store) -> None:
    for nonce in ("a\r\nx: y", "é", "", "n" * 9999, 5, None):
        told = pack({"protocol": 1, "hub": hub.opened.identity.feed, "nonce": nonce})
        outcome = met(store, Liar(hub, "/v1/info", always(told)))
        assert outcome.state == "refused"


def test_another_hub_is_not_dealt_with(hub: Local, store: Store, tmp_path: pathlib.Path) -> None:
    before = content(store)
    with local(tmp_path / "another") as another:
        outcome = syncing.sync(store, hubs.hubs(store.connection)[0], another)
        assert outcome.state == "refused" and "another hub answers there" in outcome.why
        assert [path for _m, path, _h, _b in another.calls] == ["/v1/info"]
    assert content(store) == before


def _given(hub: Local, *envelopes: Envelope, left: Any = ()) -> bytes:
    return pushing(*envelopes) + frames.json_block({"left": list(left)})


@pytest.mark.parametrize(
    ("answer", "word"), [((429, b"<html>"), "later"), ((507, b'{"error":"full"}'), "full")]
)
def test_a_hub_that_has_no_time_to_be_told_who_we_are_is_not_one_that_refuses_us(
    hub: Local, store: Store, answer: Answered, word: str
) -> None:
    with hub.opened.engine.writing() as sql:
        sql.execute("DELETE FROM member")
    outcome = met(store, Liar(hub, "/v1/introduce", lambda _true: answer))
    assert outcome.state == "offline"
    assert ("full" in outcome.why) == (word == "full")


def test_forged_entries_are_set_aside_and_the_valid_ones_taken(hub: Local, store: Store) -> None:
    _something_to_give(hub, store)
    evil, honest = Written(name="EV"), Written(name="HO")
    forged = [
        evil.first._replace(signature=bytes(64)),
        evil.first._replace(facts=b'{"facts":[]}'),
        Written(Signer.create(), "X").entry([["feed", evil.signer.public.hex(), "X"]], feed=evil.signer.feed),
        Envelope(b"garbage", b"", b""),
        Envelope(b"", None, b""),
        own_entries(store)[0]._replace(signature=bytes(64)),
    ]
    outcome = met(store, Liar(hub, "/v1/pull", lambda _true: (200, _given(hub, *forged, honest.first))))
    assert outcome.received == 1 and sum(outcome.aside.values()) == len(forged)
    assert hub.sync(store).state == "synced"


def test_a_hub_cannot_write_as_a_station(hub: Local, store: Store) -> None:
    _something_to_give(hub, store)
    hubs_own = Written(hub.opened.identity.signer)
    hubs_own.seq = len(own_entries(store))
    forged = hubs_own.entry([["set", "team", "FT-1", {"strength": 0}]], feed=Signer.load(store.path).feed)
    before = store.rows("SELECT * FROM team ORDER BY id")
    outcome = met(store, Liar(hub, "/v1/pull", lambda _true: (200, _given(hub, forged))))
    assert outcome.aside == {"forged": 1}
    assert store.rows("SELECT * FROM team ORDER BY id") == before


def cut(at: int) -> Callable[[Answered], Answered]:
    """The true answer up to a place."""
    return lambda true: (true[0], true[1][:at])


def test_a_cut_answer_leaves_the_store_as_it_was(hub: Local, store: Store) -> None:
    _something_to_give(hub, store)
    before = content(store)
    for at in (1, 16, 17, 40, -1):
        outcome = met(store, Liar(hub, "/v1/pull", cut(at)))
        assert outcome.state == "offline" and "damaged" in outcome.why
    assert content(store) == before
    assert hub.sync(store).received > 0


@pytest.mark.parametrize("name", ["the-same-rows", "other-rows", "known-entries", "garbage"])
def test_answers_without_end_are_ended(hub: Local, store: Store, name: str) -> None:
    _something_to_give(hub, store)
    turns = iter(range(10**9))

    def more(_true: Answered) -> Answered:
        n = next(turns)
        if name == "known-entries":
            return 200, _given(hub, *own_entries(store), left=[[f"{n:020d}", 0]])
        if name == "garbage":
            noise = [Envelope(b"%d-%d" % (n, m), b"", b"") for m in range(1000)]
            return 200, _given(hub, *noise, left=[[f"{n:020d}", 0]])
        return 200, _given(hub, left=[[f"{n:020d}" if name == "other-rows" else "a", 0]])

    outcome = met(store, Liar(hub, "/v1/pull", more))
    assert outcome.state == "refused" and "gives nothing" in outcome.why


def test_a_page_that_unpacks_without_end_is_refused_in_little_memory(hub: Local, store: Store) -> None:
    _something_to_give(hub, store)
    entry = Envelope(b"h" * 500_000, None, b"s")
    block = next(iter(frames.entry_blocks([entry])))
    tiny = frames.block(b"E", frames.deflate((b"\0\0\0\1\0\0\0\0\0\0x") * 90_000))
    before = content(store)
    for answer in (block * 200, tiny * 100, frames.block(b"E", frames.deflate(b"")) * 1000):
        tracemalloc.start()
        outcome = met(store, Liar(hub, "/v1/pull", always(answer)))
        assert tracemalloc.get_traced_memory()[1] < 64 * MIB
        tracemalloc.stop()
        assert outcome.state == "offline" and "damaged" in outcome.why
    assert content(store) == before


# -- over a socket --------------------------------------------------------------------------------------------


class _Evil(BaseHTTPRequestHandler):
    """Answers as its class says; one class for each trick."""

    trick = ""

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Play the trick."""
        self.connection.settimeout(20)
        try:
            getattr(self, f"_{self.trick}")()
        except OSError:
            return

    do_POST = do_GET

    def _gzip_bomb(self) -> None:
        self._head({"content-encoding": "gzip", "content-length": str(len(gzip_bomb()))})
        self.wfile.write(gzip_bomb())

    def _gzip_error(self) -> None:
        self._head({"content-encoding": "gzip", "content-length": str(len(gzip_bomb()))}, 418)
        self.wfile.write(gzip_bomb())

    def _ten_gigabytes(self) -> None:
        self._head({"content-length": str(10 * 1024 * MIB)})
        while True:
            self.wfile.write(bytes(MIB))

    def _endless(self) -> None:
        self._head({})
        while True:
            self.wfile.write(b"x" * 65536)

    def _headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(100_000):
            self.wfile.write(b"x-%d: y\r\n" % n)

    def _interim(self) -> None:
        while True:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _redirect(self) -> None:
        type(self).asked.append(self.path)
        self._head({"location": "http://127.0.0.1:9/elsewhere", "content-length": "0"}, 302)

    def _hang_up(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nx")

    def _no_http(self) -> None:
        self.wfile.write(b"\x16\x03\x01garbage\r\n\r\n")

    asked: list[str] = []  # noqa: RUF012

    def _head(self, headers: dict[str, str], status: int = 200) -> None:
        self.wfile.write(f"HTTP/1.1 {status} X\r\n".encode())
        for name, value in headers.items():
            self.wfile.write(f"{name}: {value}\r\n".encode())
        self.wfile.write(b"\r\n")


@contextmanager
def evil(trick: str) -> Iterator[str]:
    """The address of a server that plays one trick."""
    handler = type("Trick", (_Evil,), {"trick": trick, "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


TRICKS = ["gzip_bomb", "gzip_error", "ten_gigabytes", "endless", "headers", "redirect", "hang_up", "no_http"]


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_of_http_end_in_a_word_and_little_memory(hub: Local, store: Store, trick: str) -> None:
    before = content(store)
    if trick.startswith("gzip"):
        # Made before any memory is counted.
        gzip_bomb()
    tracemalloc.start()
    with evil(trick) as url:
        line = HttpLink(url)
        outcome = syncing.sync(store, hubs.hubs(store.connection)[0], line)
        with pytest.raises((EmergencyError, Offline)):
            hubs.enrol(store, line, url, "00000-11111-22222-33333")
        line.close()
        lines = HttpLink(url)
        with pytest.raises(Offline):
            for _line in lines.events("/v1/live", {}):
                pass
            raise Offline("it hung up")
        lines.close()
    assert outcome.state in ("offline", "refused")
    assert tracemalloc.get_traced_memory()[1] < 32 * MIB
    tracemalloc.stop()
    assert content(store) == before


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PATIENCE", -1e9)
    with evil("endless") as url:
        line = HttpLink(url)
        with pytest.raises(Offline, match="too slowly"):
            line.call("GET", "/v1/info", {}, b"")
        line.close()


def test_an_answer_that_never_begins_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PATIENCE", 0)
    with evil("interim") as url:
        line = HttpLink(url)
        with pytest.raises(Offline, match="too slowly"):
            line.call("GET", "/v1/info", {}, b"")
        assert line.calls == 1
        with pytest.raises(Offline, match="too slowly"):
            next(line.events("/v1/live", {}))
        line.close()


@pytest.mark.parametrize(
    "text", ["http://[", "http://[::1", "ftp://x", "http://x:99999", "http://u:p@x", "http://", "http://x/?a"]
)
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        checked_url(text)


def test_an_authority_that_is_none_is_refused() -> None:
    for text in ("garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(InvalidValue, match="not a certificate authority"):
            HttpLink("https://127.0.0.1", text)


# -- whoever stands in between ----------------------------------------------------------------------------------


def test_a_hub_that_does_not_have_the_code_enrols_nobody(hub: Local, tmp_path: pathlib.Path) -> None:
    with local(tmp_path / "rogue") as rogue, station(tmp_path, "HD") as victim:
        code, theirs = hub.code("HD"), rogue.code("HD")
        with pytest.raises(Refused, match="no such code"):
            hubs.enrol(victim, rogue, rogue.url, code)

        class Between:
            """Passes a request on to the real hub, and puts the rogue's key into the answer."""

            def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answered:
                """See Link."""
                status, answer = hub.call(method, path, headers, body)
                told = json.loads(answer)
                other = rogue.opened.identity
                told |= {"hub": other.feed, "key": other.signer.public.hex(), "ca": "its own"}
                return status, json.dumps(told).encode()

        with pytest.raises(Refused, match="does not have the code"):
            hubs.enrol(victim, Between(), hub.url, code)
        assert hubs.hubs(victim.connection) == []
        assert not any(
            theirs.encode() in b or code.encode() in b for _m, _p, _h, b in (*hub.calls, *rogue.calls)
        )


def test_what_the_system_says_of_a_line_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_asked: object, **_how: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for code in ("no-hub", "no-host"):
        line = HttpLink("http://127.0.0.1:9")
        with pytest.raises(Offline) as failed:
            line.call("GET", "/v1/info", {}, b"")
        line.close()
        assert failed.value.code == code
        monkeypatch.setattr("socket.getaddrinfo", unknown)
