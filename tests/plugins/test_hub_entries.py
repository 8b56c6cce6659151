"""Entries and requests by which an enrolled station, or whoever recorded it, might harm a hub."""

from __future__ import annotations

import io
import json
import os
import pathlib
import struct
import tracemalloc
from typing import Any

import pytest

from emergency.plugins.hub import evidence
from emergency.plugins.hub.denied import Denied
from emergency.plugins.hub.enrolling import revoke
from emergency.store import exchange, frames, pages, requests, times
from emergency.store.entries import Envelope, digest, pack
from emergency.store.keys import Signer
from emergency.store.store import Store

from .hubs import Caller, Local, Written, hub, local, own_entries, pushing, said, station, store

MIB = 1024 * 1024
__all__ = ["hub", "store"]


def zstd(raw: bytes) -> bytes:
    return frames.deflate(raw)


def undeclared(size: int) -> bytes:
    """A frame that does not say how large it becomes."""
    compressor = frames._zstd().ZstdCompressor()
    parts = [compressor.compress(bytes(MIB)) for _n in range(size // MIB)]
    return b"".join((*parts, compressor.flush()))


def window(log: int) -> bytes:
    """A frame that asks for a window of 2**log bytes, and declares no size."""
    return b"\x28\xb5\x2f\xfd" + bytes([0x00, (log - 10) << 3]) + b"\x01\x00\x00"


BOMBS = {
    "declared": zstd(bytes(64 * MIB)),
    "undeclared": undeclared(64 * MIB),
    "eight-gigabytes-declared": b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 8 << 30) + b"\x01\x00\x00",
    "huge-window": window(31),
    "two-frames": zstd(b"a") + zstd(b"b"),
    "frame-in-a-frame": zstd(zstd(bytes(MIB))),
    "cut": zstd(os.urandom(1000))[:-20],
    "nothing": b"",
    "empty": zstd(b""),
    "no-zstd": b"garbage",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_little_memory(hub: Local, store: Store, name: str) -> None:
    caller = hub.caller(store)
    before = hub.content()
    tracemalloc.start()
    for kind, path in ((b"E", "/v1/push"), (b"J", "/v1/heads"), (b"J", "/v1/pull")):
        status, body = caller.post(path, frames.block(kind, BOMBS[name]))
        assert (status, said(body)["error"]) == (400, "unreadable")
    assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    tracemalloc.stop()
    assert hub.content() == before
    assert hub.sync(store).state == "synced"


def lengths(header: int, facts: int, signature: int) -> bytes:
    return struct.pack(">IIH", header, facts, signature)


BODIES: dict[str, bytes] = {
    "no-blocks": b"garbage",
    "a-gigabyte-of-payload": frames._HEAD.pack(frames.MARKER, b"E", 1 << 30, bytes(8)) + b"x",
    "a-gigabyte-of-header": frames.block(b"E", zstd(lengths(1 << 30, 0, 64) + b"x")),
    "a-gigabyte-of-facts": frames.block(b"E", zstd(lengths(1, 1 << 30, 64) + b"x")),
    "longer-than-it-is": frames.block(b"E", zstd(lengths(100, 100, 64) + b"x")),
    "wrong-check": frames.block(b"E", zstd(b"x"))[:-1] + b"!",
    "unknown-kind": frames.block(b"Z", zstd(b"x")),
    "too-many-entries": b"".join(frames.block(b"E", zstd(lengths(1, 0, 0) * 0 + (lengths(0, 0, 1) + b"x") * 50_000)) for _n in range(2)),
    "empty-blocks": frames.block(b"E", zstd(b"")) * 10_000,
    "more-than-may-be-inflated": frames.block(b"E", zstd((lengths(400_000, 0, 0) + bytes(400_000)) * 2)) * 50,
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_lie_about_their_size_are_refused(hub: Local, store: Store, name: str) -> None:
    caller = hub.caller(store)
    before = hub.content()
    tracemalloc.start()
    status, body = caller.post("/v1/push", BODIES[name])
    assert tracemalloc.get_traced_memory()[1] < 96 * MIB
    tracemalloc.stop()
    assert (status, said(body)["error"]) == (400, "unreadable")
    assert hub.content() == before


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


WANTS: dict[str, bytes] = {
    "nested": b'{"heads":' + nested(100_000) + b',"want":' + nested(100_000) + b"}",
    "a-number-of-a-million-digits": b'{"heads":[["a",%s,""]],"want":[["a",%s]]}'
    % (b"9" * 400_000, b"9" * 400_000),
    "beyond-what-fits": b'{"heads":[["a",99999999999999999999,""]],"want":[["a",99999999999999999999]]}',
    "a-fraction": b'{"heads":[["a",1.5,""]],"want":[["a",1e400]]}',
    "no-number": b'{"heads":[["a",NaN,""]],"want":[["a",Infinity]]}',
    "true": b'{"heads":[["a",true,""]],"want":[["a",true]]}',
    "half-a-character": b'{"heads":[["\\ud800",1,""]],"want":[["\\ud800",1]]}',
    "numbers-for-lists": b'{"heads":[5],"want":[5]}',
    "nothing": b'{"heads":null,"want":null}',
    "an-object": b'{"heads":{},"want":{}}',
    "no-object": b"[]",
    "not-utf-8": b'{"heads":"\xff"}',
    "a-long-name": b'{"heads":[["%s",1,""]],"want":[["%s",1]]}' % (b"a" * 65, b"a" * 65),
}


@pytest.mark.parametrize("name", WANTS)
@pytest.mark.parametrize("path", ["/v1/heads", "/v1/pull"])
def test_json_that_is_none_of_ours_is_refused(hub: Local, store: Store, path: str, name: str) -> None:
    status, body = hub.caller(store).post(path, frames.block(b"J", zstd(WANTS[name])))
    assert (status, said(body)["error"]) == (400, "unreadable")


@pytest.mark.parametrize(
    "told",
    [5, None, {}, "x", [5], [["a", 1, 2]], [["a", 1, 2, 3, 4]], [["a", -1, 2, 3]], [["a", True, 2, 3]],
     [["a", 1.5, 2, 3]], [["a", 0, 1 << 60, 5]], [[None, 0, 2, 5]]],
)  # fmt: skip
@pytest.mark.parametrize("heads", [{"heads": []}, {"total": "x"}])
def test_what_stands_without_facts_is_told_in_rows_or_refused(
    hub: Local, store: Store, heads: dict[str, Any], told: Any
) -> None:
    status, body = hub.caller(store).post("/v1/heads", frames.json_block({**heads, "bare": told}))
    assert (status, said(body)["error"]) == (400, "unreadable")


def test_cursors_by_the_hundred_thousand_are_bounded(hub: Local, store: Store) -> None:
    caller = hub.caller(store)
    many = [[f"{n:020d}", 1, "0" * 32] for n in range(100_000)]
    body = frames.block(b"J", zstd(pack({"heads": many, "want": [[r, 0] for r, _s, _h in many]})))
    for path in ("/v1/heads", "/v1/pull"):
        status, answer = caller.post(path, body)
        assert (status, said(answer)["why"]) == (400, "too-large")
    with pytest.raises(ValueError):
        exchange.cursors([["a", 1, ""]] * (exchange.MOST_CURSORS + 1))
    # The most that fit are answered, and one row asked for often is given once.
    status, answer = caller.post("/v1/heads", frames.json_block({"heads": many[:15_000]}))
    assert status == 200
    feed = caller.signer.feed
    hub.sync(store)
    status, answer = caller.post("/v1/pull", frames.json_block({"want": [[feed, 0]] * 20_000}))
    assert status == 200 and len(answer) < 100_000


def test_a_duplicate_key_means_the_last_one_everywhere(hub: Local, store: Store) -> None:
    evil = Written(Signer.load(store.path))
    header = evil.first.header.replace(b'"seq":1', b'"seq":7,"seq":1')
    told = json.loads(header)
    assert told["seq"] == 1
    envelope = Envelope(header, evil.first.facts, evil.signer.sign(digest(header)))
    status, body = hub.caller(store).post("/v1/push", pushing(envelope))
    assert status == 200 and said(body)["new"] == 1


def facts_of(evil: Written, *bodies: bytes) -> list[Envelope]:
    return [evil.entry(body) for body in bodies]


@pytest.mark.parametrize(
    "facts",
    [
        b'{"facts":[]}', b'{"facts":{}}', b'{"facts":null}', b'{"facts":[null]}', b'{"facts":"feed"}', b"[]", b"",
        b'{"facts":[["feed"]]}', b'{"facts":[["feed",5,5,5,5]]}', b'{"facts":[["feed","zz","x","y","z"]]}',
        b'{"facts":' + nested(50_000) + b"}",
    ],
)  # fmt: skip
def test_a_first_entry_that_makes_no_sense_stops_nothing_behind_it(
    hub: Local, store: Store, facts: bytes
) -> None:
    evil = Written()
    evil.seq, evil.prev = 0, "0" * 64
    bad = evil.entry(facts)
    status, body = hub.caller(store).post("/v1/push", pushing(bad, *own_entries(store)))
    assert status == 200, body
    assert said(body)["new"] == len(own_entries(store))
    status, body = hub.call("POST", "/v1/introduce", {}, pushing(bad))
    assert status == 200 and said(body)["new"] == 0


def test_names_that_a_database_cannot_hold_are_set_aside(hub: Local, store: Store) -> None:
    evil = Written()
    odd = [
        evil.entry([], feed="a\0b"), evil.entry([], feed="x" * 20), evil.entry([], feed="é" * 20),
        Written(name="a\0b").first, Written(name="n" * 1000).first, evil.entry([], seq=2**53), evil.entry([], seq=0),
    ]  # fmt: skip
    status, body = hub.caller(store).post("/v1/push", pushing(*odd, *own_entries(store)))
    assert status == 200
    assert said(body)["new"] == len(own_entries(store))
    assert sum(said(body)["aside"].values()) == len(odd)


def test_an_entry_that_has_seen_very_many_feeds_is_bounded(
    hub: Local, store: Store, tmp_path: pathlib.Path
) -> None:
    evil = Written(Signer.load(store.path))
    own = own_entries(store)
    evil.seq, evil.prev = len(own), digest(own[-1].header).hex()
    many = {f"{n:020d}": 1 for n in range(100_000)}
    caller = hub.caller(store)
    ((raw, _many),) = frames.entry_chunks([evil.entry([], seen=many)])
    status, body = caller.post("/v1/push", frames.block(b"E", zstd(raw)))
    assert (status, said(body)["why"]) == (400, "too-large")
    evil.seq, evil.prev = len(own), digest(own[-1].header).hex()
    fits = evil.entry([], seen=dict(list(many.items())[:15_000]))
    status, body = caller.post("/v1/push", pushing(*own, fits))
    assert (status, said(body)["new"]) == (200, len(own) + 1)
    with station(tmp_path / "other", "HD") as other:
        hub.enrol(other)
        assert hub.sync(other).state == "synced"


def test_tiny_entries_by_the_thousand_are_counted_once(hub: Local, store: Store) -> None:
    tiny = [Envelope(b"%d" % n, b"", b"") for n in range(20_000)]
    status, body = hub.caller(store).post("/v1/push", pushing(*tiny))
    assert (status, said(body)["aside"]) == (200, {"malformed": 20_000})
    assert hub.sync(store).state == "synced"


# -- requests that were recorded, or are signed for something else ------------------------------------------


def test_every_request_of_a_session_sent_again_is_refused(hub: Local, store: Store) -> None:
    hub.sync(store)
    with store.write("team add") as writer:
        writer.new("team", {"name": "另一队", "region": "110106"})
    hub.sync(store)
    recorded, before = list(hub.calls), hub.content()
    assert {path for _m, path, _h, _b in recorded} >= {"/v1/enrol", "/v1/heads", "/v1/push"}
    for method, path, headers, body in recorded:
        status, answer = hub.call(method, path, headers, body)
        if headers:
            assert (status, said(answer)["error"]) == (401, "nonce")
    # The enrolment is answered again to the same key alone, in case the answer was lost, and changes nothing.
    assert hub.content() == before


def changed(caller: Caller, body: bytes, **more: str) -> dict[str, str]:
    return caller.headers("/v1/push", body) | more


def test_a_signature_is_for_one_request_alone(hub: Local, store: Store) -> None:
    caller, before = hub.caller(store), hub.content()
    body = pushing(*own_entries(store))
    empty = frames.json_block({"heads": []})
    signed = caller.headers("/v1/push", body)
    wrong: list[tuple[str, str, dict[str, str], bytes]] = [
        ("POST", "/v1/pull", signed, body),
        ("POST", "/v1/push", signed, body + b"x"),
        ("POST", "/v1/push", {**signed, requests.TURN: "999"}, body),
        ("POST", "/v1/push", {**signed, requests.SIGNATURE: "00" * 64}, body),
        ("POST", "/v1/push", {**signed, requests.SIGNATURE: "00"}, body),
        ("POST", "/v1/push", {**signed, requests.NONCE: caller.nonce[:-1] + "x"}, body),
        ("POST", "/v1/heads", caller.headers("/v1/heads", empty, "GET"), empty),
    ]
    for method, path, headers, sent in wrong:
        status, answer = hub.call(method, path, headers, sent)
        assert status == 401 and said(answer)["error"] in ("signature", "nonce")
    for headers in (
        {}, {**signed, requests.TURN: "x"}, {**signed, requests.TURN: "-1"}, {**signed, requests.TURN: "٣"},
        {**signed, requests.TURN: "0" + signed[requests.TURN]}, {**signed, requests.FEED: "a\0"},
        {**signed, requests.SIGNATURE: "zz"}, {**signed, requests.NONCE: "x" * 10_000},
    ):  # fmt: skip
        status, answer = hub.call("POST", "/v1/push", headers, body)
        assert (status, said(answer)["error"]) == (401, "unsigned")
    with pytest.raises(Denied):
        hub.service.live(signed)
    assert hub.content() == before
    # The one that was signed is served, once.
    assert hub.call("POST", "/v1/push", signed, body)[0] == 200
    assert hub.call("POST", "/v1/push", signed, body)[0] == 401


def test_a_nonce_runs_out_and_its_turns_only_grow(tmp_path: pathlib.Path) -> None:
    clock = [times.now()]
    with local(tmp_path, lambda: clock[0]) as hub, station(tmp_path) as store:
        hub.enrol(store)
        caller = hub.caller(store)
        body = frames.json_block({"heads": []})
        assert caller.post("/v1/heads", body)[0] == 200
        caller.turn = 0
        assert caller.post("/v1/heads", body)[0] == 401
        caller.turn = 50
        assert caller.post("/v1/heads", body)[0] == 200
        clock[0] += 11 * times.MINUTE
        status, answer = caller.post("/v1/heads", body)
        assert (status, said(answer)["error"]) == (401, "nonce")
        clock[0] -= 30 * times.MINUTE
        assert caller.post("/v1/heads", body)[0] == 401


def test_who_is_not_enrolled_or_revoked_has_nothing(hub: Local, store: Store, tmp_path: pathlib.Path) -> None:
    hub.sync(store)
    with station(tmp_path / "x", "XX") as stranger:
        caller = hub.caller(stranger)
        for path in ("/v1/heads", "/v1/push", "/v1/pull"):
            status, answer = caller.post(path, frames.json_block({"heads": [], "want": []}))
            assert (status, said(answer)["error"]) == (403, "not-enrolled")
    hub.opened.writing.submit(lambda f: revoke(f, "FT", "被盗", "李雁", None)).result()
    caller = hub.caller(store)
    for path in ("/v1/heads", "/v1/push", "/v1/pull"):
        status, answer = caller.post(path, pushing(*own_entries(store)))
        assert (status, said(answer)["error"]) == (403, "revoked")
    outcome = hub.sync(store)
    assert outcome.state == "refused" and "被盗" in outcome.why


def test_what_nobody_signed_reaches_the_writer_in_small_number(hub: Local, store: Store) -> None:
    before = hub.content()
    many = [Written().first for _n in range(50)]
    status, answer = hub.call("POST", "/v1/introduce", {}, pushing(*many))
    assert (status, said(answer)["error"]) == (403, "not-enrolled")
    noise = b"".join(frames.block(b"E", os.urandom(1000)) for _n in range(3000))
    assert hub.call("POST", "/v1/introduce", {}, noise)[0] == 413
    assert hub.content() == before


# -- disk -----------------------------------------------------------------------------------------------------


def test_a_station_has_a_quota_a_day_and_its_owner_is_told(tmp_path: pathlib.Path) -> None:
    clock = [times.now()]
    with (
        local(tmp_path, lambda: clock[0]) as hub,
        station(tmp_path) as store,
        station(tmp_path, "HD") as other,
    ):
        hub.opened.writing._now = lambda: clock[0]
        hub.opened.writing.most_a_day = 10_000
        hub.enrol(store)
        hub.enrol(other)
        for n in range(3):
            with store.write("team add") as writer:
                for _m in range(40):
                    writer.new("team", {"name": f"队{n}{os.urandom(30).hex()}", "region": "110106"})
            outcome = hub.sync(store)
        assert outcome.state == "offline" and "takes no more of this station today" in outcome.why
        # Nobody else is kept waiting, and what is there can be had.
        assert hub.sync(other).state == "synced"
        clock[0] += times.DAY
        assert hub.sync(store).state == "synced"


def test_what_comes_again_and_is_refused_counts_once_towards_the_quota(hub: Local, store: Store) -> None:
    hub.opened.writing.most_a_day = 20_000
    caller = hub.caller(store)
    noise = pushing(Envelope(b"noise", os.urandom(5_000), bytes(64)))
    assert [caller.post("/v1/push", noise)[0] for _n in range(10)] == [200] * 10


def test_what_is_kept_aside_has_a_bound(hub: Local, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_ASIDE", 100_000)
    caller = hub.caller(store)
    for n in range(4):
        noise = [Envelope(b"%d-%d" % (n, m), b"", os.urandom(900)) for m in range(200)]
        assert caller.post("/v1/push", pushing(*noise))[0] == 200
    with hub.opened.engine.reading() as sql:
        (kept,) = sql.execute(
            "SELECT sum(length(header) + length(facts) + length(signature)) FROM aside"
        ).fetchone()
    assert 50_000 < kept < 110_000


def test_a_failure_nobody_foresaw_is_one_answer_and_one_line(
    hub: Local, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_words: Any) -> Any:
        raise KeyError("unforeseen")

    caller = hub.caller(store)
    monkeypatch.setattr(exchange, "lacking", broken)
    status, answer = caller.post("/v1/heads", frames.json_block({"heads": []}))
    assert (status, said(answer)) == (500, {"error": "failed"})
    assert [r.message for r in caplog.records if r.name == "emergency.hub"] == ["failed"]
    monkeypatch.undo()
    assert hub.sync(store).state == "synced"


def test_a_push_is_closed_before_it_unpacks_to_more_than_hubs_take() -> None:
    alike = [Envelope(b"h" * 400_000, None, b"s") for _n in range(100)]
    for body, _entries in pages.bodies(alike):
        assert sum(len(frames.inflate(b.payload)) for b in frames.read(io.BytesIO(body))) < 16 * MIB
