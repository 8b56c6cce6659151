"""Whatever bytes come, readers end in a declared word, in bounded memory, and what is honest is taken."""

from __future__ import annotations

import io
import json
import pathlib
import random
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.store import arrivals, chains, coming, entries, exchange, frames, headers, journal, keys
from emergency.store.entries import Envelope, digest
from emergency.store.store import Store
from tests.store import stations
from tests.store.noise import damaged, damaged_entry
from tests.store.replicas import Replica

MIB = 1024 * 1024
quick = settings(max_examples=150, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def honest() -> list[Envelope]:
    """Entries of a station that worked."""
    one = Replica("ONE")
    one.write(1, [["new", "team", "ONE-1", {"name": "甲队", "strength": 20}]])
    one.write(2, [["set", "team", "ONE-1", {"commander": "甲"}], ["log", "team", "ONE-1", {"text": "换班"}]])
    return one.has(one.signer.feed)


HONEST = honest()
STREAM = b"".join(frames.entry_blocks(HONEST)) + frames.json_block({"left": []})
RAW = b"".join(raw for raw, _n in frames.entry_chunks(HONEST))


def ends(what: Callable[..., Any], declared: type[Exception], *given_: Any) -> Any:
    """What comes of it, or None where it raised what it says it may."""
    try:
        return what(*given_)
    except declared:
        return None


def all_of(stream: bytes, strict: bool) -> list[Any]:
    """Everything that is read from a stream."""
    out: list[Any] = []
    for found in frames.read(io.BytesIO(stream), strict=strict):
        if found.kind == b"E":
            out += ends(frames.entries_of, frames.Damaged, found) or []
        elif found.kind:
            out.append(ends(frames.json_of, frames.Damaged, found))
    return out


@pytest.mark.parametrize("seed", range(4))
def test_damaged_streams_end_in_a_word_and_give_what_is_whole(seed: int) -> None:
    r = random.Random(seed)
    tracemalloc.start()
    for _n in range(300):
        stream = damaged(r, STREAM)
        ends(all_of, frames.Damaged, stream, True)
        whole = all_of(stream + STREAM, False)
        assert set(HONEST) <= {e for e in whole if isinstance(e, Envelope)}
    assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    tracemalloc.stop()


@quick
@given(st.binary(max_size=2000), st.booleans())
def test_any_bytes_are_read_to_their_end(data: bytes, strict: bool) -> None:
    found = ends(lambda: list(frames.read(io.BytesIO(data), strict=strict)), frames.Damaged)
    assert found is None or sum(b.skipped + (17 + len(b.payload) if b.kind else 0) for b in found) == len(
        data
    )


@quick
@given(st.binary(max_size=500))
def test_any_bytes_are_inflated_or_refused(data: bytes) -> None:
    for payload in (data, b"\x28\xb5\x2f\xfd" + data):
        ends(frames.inflate, frames.Damaged, payload)
    ends(frames.entries, frames.Damaged, data)


def test_what_only_seems_to_be_blocks_is_passed_over_in_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = 0
    true = frames._check

    def counted(kind: bytes, payload: bytes) -> bytes:
        nonlocal checked
        checked += len(payload)
        return true(kind, payload)

    monkeypatch.setattr(frames, "_check", counted)
    head = frames._HEAD.pack(frames.MARKER, b"E", frames.MOST_PAYLOAD, bytes(8))
    found = list(frames.read(io.BytesIO(head * 200_000), strict=False))
    assert sum(b.skipped for b in found) == len(head) * 200_000
    assert checked < frames.MOST_WASTED + 8 * len(head) * 200_000 + 2 * frames.MOST_PAYLOAD


@pytest.mark.parametrize("seed", range(3))
def test_damaged_entries_are_read_or_refused(seed: int) -> None:
    r = random.Random(seed)
    for _n in range(400):
        raw = damaged(r, RAW)
        for envelope in ends(frames.entries, frames.Damaged, raw) or []:
            header = headers.header_of(envelope.header)
            assert header is None or header.seq > 0
            key, station = chains.introduced(envelope.facts, header.feed if header else "")
            assert isinstance(station, str) and (not key or header is not None)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@quick
@given(_json)
def test_any_json_is_cursors_or_none(value: Any) -> None:
    for told in (
        value, [value], [["a", value, value]], [["a", value]], [[value, 1, "x"]], [["a", 1, value, 2]], [["a" * 65, 1]]
    ):  # fmt: skip
        for read in (exchange.cursors, exchange.stretches, exchange.bares):
            out = ends(read, ValueError, told)
            for one in out or ():
                places = [part for part in one[1:] if not isinstance(part, str)]
                assert places and all(entries.whole(n) and n >= 0 for n in places) and len(one.row) <= 64


def test_what_is_told_of_rows_is_read() -> None:
    told: list[list[Any]] = [["a", 0, ""], ["b", 5, "f0"]]
    assert exchange.cursors(told) == [exchange.Cursor("a", 0, ""), exchange.Cursor("b", 5, "f0")]
    assert exchange.stretches([["a", 3]]) == [exchange.Stretch("a", 3)]
    assert exchange.bares([["a", 1, 4, 2]]) == [exchange.Bare("a", 1, 4, 2)]
    for read, wrong in (
        (exchange.cursors, ["a", 1]), (exchange.cursors, ["a", 1, 2]), (exchange.stretches, ["a", 1, ""]),
        (exchange.stretches, ["a", True]), (exchange.bares, ["a", 1, 2]), (exchange.bares, ["a" * 65, 1, 2, 3]),
    ):  # fmt: skip
        assert ends(read, ValueError, [wrong]) is None


@quick
@given(
    _json,
    st.sampled_from(
        ["v", "alg", "feed", "seq", "prev", "seen", "wall", "who", "kind", "regions", "op", "facts"]
    ),
)
def test_any_value_in_a_header_is_kept_or_refused(value: Any, name: str) -> None:
    told = json.loads(HONEST[0].header) | {name: value}
    headers.header_of(json.dumps(told).encode())
    chains.introduced(json.dumps({"facts": value}).encode(), "x")
    chains.introduced(json.dumps({"facts": [["feed", value, value]]}).encode(), "x")
    assert headers.header_of(json.dumps(value).encode()) is None


def signed(signer: keys.Signer, seq: int, prev: str, facts: Any, **more: Any) -> Envelope:
    """An entry by its own key, whatever it says."""
    fact_bytes = json.dumps(facts).encode()
    header = {
        "v": 1, "alg": keys.ALGORITHM, "feed": signer.feed, "seq": seq, "prev": prev, "seen": {}, "wall": 1,
        "who": "x", "kind": "test", "regions": [], "op": "1", "facts": digest(fact_bytes).hex(), **more,
    }  # fmt: skip
    header_bytes = json.dumps(header).encode()
    return Envelope(header_bytes, fact_bytes, signer.sign(digest(header_bytes)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda v: st.lists(v) | st.dictionaries(st.text(), v),
)


@settings(max_examples=400)
@given(
    value=st.dictionaries(st.text(max_size=3), JSON, max_size=4), ascii_=st.booleans(),
    cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2), st.sampled_from(
        [b"", b"{", b"]", b",", b'"', b"\\", b"\\ud800", b"\\u4f60", b"1e400", b"-", b"NaN", b"9" * 30, b"\x00", b"\xff", b"\xed\xa0\x80"]
    )), max_size=3),
)  # fmt: skip
def test_what_is_read_in_bulk_reads_the_same(
    value: dict[str, Any], ascii_: bool, cuts: list[tuple[int, int, bytes]]
) -> None:
    data = json.dumps(value, ensure_ascii=ascii_).encode("utf-8", "surrogatepass")
    for at, length, put in cuts:
        data = data[:at] + put + data[at + length :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "_quick", None)
        alone = repr(entries.parsed(data))
        entries.read_in_bulk()
        assert entries._quick is not None
        assert repr(entries.parsed(data)) == alone


NAMES = (
    "v", "alg", "feed", "seq", "prev", "seen", "wall", "who", "kind", "regions", "op", "facts", "runs", "personal", "x",
)  # fmt: skip
_NUMBERS = (
    b"0", b"1", b"-1", b"-0", b"1.0", b"1e0", b"1e400", b"true", b"null", b'"1"', b"9007199254740991",
    b"9007199254740992", b"-9007199254740991", b"-9007199254740992", b"18446744073709551616", b"9" * 40, b"01", b"NaN",
)  # fmt: skip
_TEXTS = (
    b'""', b'"a~b"', b'"a\\u0000b"', b'"a\x00b"', b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\xff"', b'"\xed\xa0\x80"', b'"%s"' % (b"0" * 64),
    b'"%s"' % (b"A" * 64), b'"%s"' % (b"f" * 63), b'"%s\\n"' % (b"0" * 64), b'"%s"' % ("\u0660" * 64).encode(),
    b'"%s 0"' % (b"0" * 62),
)  # fmt: skip
_MANY = json.dumps({"x": [[n, n] for n in range(1, headers.MOST_RUNS + 2)]}).encode()
#: What may stand for a part of a header, as bytes.
PARTS = (
    *_NUMBERS, *_TEXTS, b"[]", b"{}", b"[" * 3000, b"[" * 3000 + b"]" * 3000, *(b'{"x":%s}' % n for n in _NUMBERS),
    *(b"[%s]" % t for t in (*_NUMBERS[:1], *_TEXTS)), *(b"{%s:1}" % t for t in _TEXTS), b'{"x":0,"x":1}', b'{"x":"","x":1}',
    *(b'{"x":[[1,%s]]}' % n for n in _NUMBERS), b'{"x":[[1,2],[2]]}', b'{"x":[[3,2]]}', b'{"x":[[1,2,3]]}', b'{"x":[]}',
    b'{"x":[[1,2],[4,4]],"y":[[1,1]]}', _MANY, _MANY.replace(b"[1, 1], ", b""), _MANY.replace(b"[1, 1], [2, 2], ", b""),
)  # fmt: skip


def shown(header: headers.Header | None) -> str:
    """All that a header says, with the type of each part."""
    return repr(header and [getattr(header, name) for name in headers.Header.__slots__])


def reads_the_same(data: bytes) -> bool:
    """Whether bytes are a header; alone, in bulk, and behind an honest one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entries, "_quick", None)
        patch.setattr(headers, "_plainly", None)
        alone = headers.header_of(data)
        headers.read_in_bulk()
        assert headers._plainly is not None
        assert shown(headers.header_of(data)) == shown(alone)
        behind: list[coming.Entry | None] = []
        coming.Came(behind).add([HONEST[0], HONEST[1]._replace(header=data)])
        assert shown(behind[1] and behind[1].header) == shown(alone)
    return alone is not None


def spelt(parts: Mapping[str, bytes]) -> bytes:
    """A header of such parts."""
    return b"{%s}" % b",".join(b'"%s":%s' % (name.encode(), part) for name, part in parts.items())


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_part_of_a_header_is_it_reads_the_same_in_bulk(name: str) -> None:
    honest = {k: json.dumps(v).encode() for k, v in json.loads(HONEST[1].header).items()}
    assert reads_the_same(spelt(honest))
    assert reads_the_same(spelt({k: v for k, v in honest.items() if k != name})) == (name not in honest)
    read = [reads_the_same(spelt(honest | {name: part})) for part in PARTS]
    assert any(read) and not all(read)
    for part in PARTS:
        twice = b"".join((b'{"', name.encode(), b'":', part, b",", spelt(honest)[1:]))
        reads_the_same(twice)


@settings(max_examples=300)
@given(
    parts=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(PARTS) | JSON.map(lambda v: json.dumps(v).encode()), max_size=3),
    cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2), st.sampled_from(
        [b"", b'"seq":0,', b'"prev":"",', b"{", b"]", b",", b'"', b"\\ud800", b" ", b"\xef\xbb\xbf", b"\x00", b"\xff"]
    )), max_size=2),
)  # fmt: skip
def test_a_header_of_any_bytes_reads_the_same_in_bulk(
    parts: dict[str, bytes], cuts: list[tuple[int, int, bytes]]
) -> None:
    data = spelt({k: json.dumps(v).encode() for k, v in json.loads(HONEST[1].header).items()} | parts)
    for at, length, put in cuts:
        data = data[:at] + put + data[at + length :]
    reads_the_same(data)


@pytest.mark.parametrize("seed", range(3))
def test_a_store_takes_what_is_honest_from_among_noise(tmp_path: pathlib.Path, seed: int) -> None:
    r = random.Random(seed)
    path = stations.new(tmp_path)
    good = HONEST
    noise = [damaged_entry(r, r.choice(good)) for _n in range(150)]
    coming = noise[:75] + good + noise[75:]
    tracemalloc.start()
    assert stations.visit(path, coming) >= len(good)
    assert tracemalloc.get_traced_memory()[1] < 64 * MIB
    tracemalloc.stop()
    assert stations.whole(path)
    with Store(path) as store:
        assert [r_["name"] for r_ in store.rows("SELECT name FROM team")] == ["甲队"]


@settings(quick, max_examples=40)
@given(
    st.lists(_json, max_size=5),
    st.dictionaries(st.text(max_size=25), st.integers(-5, 2**54), max_size=3),
    st.sampled_from(["new", "set", "told", "log", "step", "claim", "settle", "count", "move", "feed"]),
)
def test_signed_nonsense_stops_nothing_behind_it(values: list[Any], seen: dict[str, int], word: str) -> None:
    here = Replica("HERE")
    signer = keys.Signer(b"n" * 32)
    first = signed(signer, 1, entries.START, {"facts": [["feed", signer.public.hex(), "NO"]]})
    second = signed(
        signer, 2, digest(first.header).hex(), {"why": values, "facts": [[word, *values], values]}, seen=seen
    )
    third = signed(signer, 3, digest(second.header).hex(), values, regions=["110106"])
    arrivals.receive(here.connection, here.fold, [first, second, third, *HONEST], 10**6)
    assert here.connection.execute("SELECT name FROM team").fetchall() == [("甲队",)]
    assert journal.verify(here.connection) == []
