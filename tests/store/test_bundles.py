"""Bundles: sealed so that a lost stick says nothing; of a cut or damaged one every whole block counts (row H4)."""

from __future__ import annotations

import io
import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import bundles, frames, journal, sealing
from emergency.store.bundles import Plan
from emergency.store.creating import create
from emergency.store.entries import Envelope
from emergency.store.errors import Refused
from emergency.store.keys import Signer
from emergency.store.store import Store

from .stations import AT, new, visit

SECRET = "卢沟桥排水抢险队"


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Store:
    path = new(tmp_path)
    store = Store(path)
    for n in range(40):
        with store.write("team add") as writer:
            writer.new("team", {"name": f"{SECRET}{n}", "region": "110106", "note": "备" * 300})
    return Store(path)


def other(folder: pathlib.Path, name: str) -> Store:
    path = str(folder / f"{name}.db")
    create(path, station=name, region="110108", name=name, who="x").close()
    return Store(path)


def exported(store: Store, path: pathlib.Path, *receivers: Store) -> bytes:
    keys = {s.meta("station"): [Signer.load(s.path).public] for s in receivers}
    bundles.export(store, str(path), Plan(bundles.stretches(store), keys))
    return path.read_bytes()


def names(store: Store) -> int:
    (count,) = (
        Store(store.path)
        .connection.execute("SELECT count(*) FROM team WHERE name LIKE ?", (SECRET + "%",))
        .fetchone()
    )
    return int(count)


def readable(data: bytes) -> bytes:
    """All that anybody can read in a bundle without a key."""
    out = data
    for found in frames.read(io.BytesIO(data), strict=False):
        if found.kind in (b"E", b"J"):
            out += frames.inflate(found.payload)
    return out


def test_a_sealed_stick_tells_its_finder_nothing_and_its_receivers_all(
    desk: Store, tmp_path: pathlib.Path
) -> None:
    one, two, finder = (other(tmp_path, name) for name in ("HD", "CY", "XX"))
    data = exported(desk, tmp_path / "sealed", one, two)
    assert SECRET.encode() not in readable(data)
    assert SECRET.encode() in readable(exported(desk, tmp_path / "open"))
    for receiver in (one, two, desk):
        bundles.take_in(receiver, io.BytesIO(data))
        assert names(receiver) == 40
    with pytest.raises(Refused, match="sealed to CY, HD"):
        bundles.take_in(finder, io.BytesIO(data))
    assert names(finder) == 0


def test_a_station_opens_what_was_sealed_to_the_key_it_had_before(
    desk: Store, tmp_path: pathlib.Path
) -> None:
    one = other(tmp_path, "HD")
    data = exported(desk, tmp_path / "sealed", one)
    Signer.load(one.path).next().save(one.path)
    assert bundles.take_in(one, io.BytesIO(data)).new == 41


def test_every_cut_gives_what_is_whole_before_it(desk: Store, tmp_path: pathlib.Path) -> None:
    one = other(tmp_path, "HD")
    data = exported(desk, tmp_path / "sealed", one)
    whole = bundles.look(io.BytesIO(data)).blocks
    assert whole > 2
    last = 0
    for share in range(1, 10):
        about = bundles.look(io.BytesIO(data[: len(data) * share // 10]))
        assert about.trailer == "missing"
        assert last <= about.blocks < whole or share == 9
        last = about.blocks
    got = bundles.take_in(one, io.BytesIO(data[: len(data) // 2]))
    assert 0 < got.new < 41
    assert bundles.take_in(one, io.BytesIO(data)).new == 41 - got.new
    assert journal.verify(Store(one.path).connection) == []


def test_a_bad_spot_costs_the_blocks_it_hits_and_no_more(desk: Store, tmp_path: pathlib.Path) -> None:
    one = other(tmp_path, "HD")
    data = bytearray(exported(desk, tmp_path / "sealed", one))
    blocks = bundles.look(io.BytesIO(bytes(data))).blocks
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    about = bundles.look(io.BytesIO(bytes(data)))
    assert about.blocks in (blocks - 1, blocks - 2)
    assert about.damaged > 0
    assert about.trailer == "changed"
    got = bundles.take_in(one, io.BytesIO(bytes(data)))
    assert got.new > 0
    assert got.waiting > 0  # What came behind the hole is kept, and waits.
    bundles.take_in(one, io.BytesIO(exported(desk, tmp_path / "again", one)))
    assert names(one) == 40
    assert Store(one.path).connection.execute("SELECT count(*) FROM aside").fetchone() == (0,)


def test_a_want_file_is_answered_with_what_is_lacking(desk: Store, tmp_path: pathlib.Path) -> None:
    one = other(tmp_path, "HD")
    visit(one.path, [e for *_, e in journal.read(desk.connection, "e.seq <= 11")], AT)
    one = Store(one.path)
    bundles.write_want(one, str(tmp_path / "want"))
    with (tmp_path / "want").open("rb") as file:
        want = bundles.read_want(file)
    plan = Plan(bundles.stretches(desk, want=want), {want.station: [want.key]})
    assert bundles.export(desk, str(tmp_path / "answer"), plan).entries == 30
    with (tmp_path / "answer").open("rb") as file:
        assert bundles.take_in(one, file).new == 30


@given(st.binary(max_size=300), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_what_is_sealed_opens_word_for_word_and_changed_not_at_all(payload: bytes, number: int) -> None:
    seal = sealing.Seal.new(b"bundle")
    closed = seal.close(number, payload)
    assert seal.open(closed) == payload
    for place in {0, 8, len(closed) - 1}:
        changed = bytearray(closed)
        changed[place] ^= 1
        with pytest.raises(sealing.Sealed):
            seal.open(bytes(changed))
    with pytest.raises(sealing.Sealed):
        sealing.Seal(b"another", seal.key).open(closed)


def test_only_the_receivers_unwrap_the_key() -> None:
    signers = [Signer.create() for _ in range(3)]
    seal = sealing.Seal.new(b"bundle")
    ephemeral, wrapped = seal.wrapped(s.public for s in signers[:2])
    for signer in signers[:2]:
        assert sealing.unwrapped(signer, b"bundle", ephemeral, wrapped).key == seal.key
    with pytest.raises(sealing.Sealed):
        sealing.unwrapped(signers[2], b"bundle", ephemeral, wrapped)
    with pytest.raises(sealing.Sealed):
        sealing.unwrapped(signers[0], b"another", ephemeral, wrapped)


@given(
    st.lists(st.tuples(st.binary(max_size=400), st.none() | st.binary(max_size=400), st.binary(max_size=70)))
)
@settings(max_examples=60, deadline=None)
def test_entries_in_blocks_come_out_as_they_went_in(parts: list[tuple[bytes, bytes | None, bytes]]) -> None:
    envelopes = [Envelope(*part) for part in parts]
    stream = b"".join(frames.entry_blocks(envelopes))
    assert [e for b in frames.read(io.BytesIO(stream)) for e in frames.entries_of(b)] == envelopes
