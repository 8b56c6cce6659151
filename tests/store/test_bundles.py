"""Bundles: sealed so that a lost stick says nothing; of a cut or damaged one every whole block counts (row H4)."""

from __future__ import annotations

import base64
import io
import os
import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.store import bundles, frames, journal, sealing, wants
from emergency.store.bundles import Plan
from emergency.store.creating import create
from emergency.store.entries import Envelope
from emergency.store.errors import BadStore, Refused, UnreadableInput
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


@pytest.mark.parametrize("spot", [slice(0, None), slice(0, 1), slice(900, 901), slice(-200, -100)])
def test_a_stick_that_keeps_something_else_is_noticed_and_left_as_it_was(
    desk: Store, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, spot: slice
) -> None:
    on_disk = os.fsync

    def fails(handle: int) -> None:
        on_disk(handle)
        size = os.fstat(handle).st_size
        first, last, _step = spot.indices(size)
        os.pwrite(handle, bytes(255 - byte for byte in os.pread(handle, last - first, first)), first)

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(BadStore, match="did not read back") as told:
        exported(desk, tmp_path / "stick.bundle")
    assert "use another" in told.value.hint
    assert [file.name for file in tmp_path.iterdir() if "bundle" in file.name] == []


def test_a_want_file_is_answered_with_what_is_lacking(desk: Store, tmp_path: pathlib.Path) -> None:
    one = other(tmp_path, "HD")
    visit(one.path, [e for *_, e in journal.read(desk.connection, "e.seq <= 11")], AT)
    one = Store(one.path)
    wants.write(one, str(tmp_path / "want"))
    with (tmp_path / "want").open("rb") as file:
        want = wants.read(file)
    plan = Plan(bundles.stretches(desk, heads=want.heads), {want.station: [want.key]})
    assert bundles.export(desk, str(tmp_path / "answer"), plan).entries == 30
    with (tmp_path / "answer").open("rb") as file:
        assert bundles.take_in(one, file).new == 30


def small(store_of: pathlib.Path) -> Store:
    """A desk with so little in it that it was one block once."""
    path = new(store_of)
    store = Store(path)
    for n in range(25):
        with store.write("team add") as writer:
            writer.new("team", {"name": f"{SECRET}{n}", "region": "110106"})
    return Store(path)


def test_a_small_bundle_cut_short_gives_what_is_whole_of_it_too(tmp_path: pathlib.Path) -> None:
    here, one = small(tmp_path), other(tmp_path, "HD")
    data = exported(here, tmp_path / "sealed", one)
    assert len(data) < bundles.FULL
    had = 0
    for length in (1500, 3000, 5000, len(data) - 1):
        had += bundles.take_in(one, io.BytesIO(data[:length])).new
        assert 0 < had == names(one) + 1
    assert had == 26


def test_one_bad_byte_in_a_small_bundle_leaves_the_rest(tmp_path: pathlib.Path) -> None:
    here, one = small(tmp_path), other(tmp_path, "HD")
    data = bytearray(exported(here, tmp_path / "sealed", one))
    data[len(data) // 2] ^= 1
    got = bundles.take_in(one, io.BytesIO(bytes(data)))
    assert got.new > 0 and got.unread == 0 and got.waiting > 0


def first_block(data: bytes) -> int:
    """Where the header ends."""
    header, *_rest = frames.read(io.BytesIO(data))
    return frames._HEAD.size + len(header.payload)


def test_a_sealed_bundle_has_its_header_twice(tmp_path: pathlib.Path) -> None:
    here, one = small(tmp_path), other(tmp_path, "HD")
    data = bytearray(exported(here, tmp_path / "sealed", one))
    data[first_block(bytes(data)) - 1] ^= 1
    about = bundles.look(io.BytesIO(bytes(data)))
    assert about.header["receivers"] == ["HD"] and not about.locked
    assert bundles.take_in(one, io.BytesIO(bytes(data))).new == 26


def test_of_a_sealed_bundle_without_any_header_nobody_says_that_it_is_open(tmp_path: pathlib.Path) -> None:
    here, one = small(tmp_path), other(tmp_path, "HD")
    data = exported(here, tmp_path / "sealed", one)
    header = data[: first_block(data)]
    torn = data.replace(header[-40:], bytes(40))
    about = bundles.look(io.BytesIO(torn))
    assert about.locked and about.header == {}
    got = bundles.take_in(one, io.BytesIO(torn))
    assert got.new == 0 and got.about.locked
    torn = exported(here, tmp_path / "open").replace(header[-40:], bytes(40))
    assert not bundles.look(io.BytesIO(torn)).locked


#: An open bundle as the program wrote it before blocks grew and the header came twice.
BEFORE = (
    "5ZG8RUoAAADpSxUkylSg7zEotS/9YC0A/QYAplAzH1CHVAeA0THq/4cvarlJ0Y6CEbEIYmJ1z+aDnVFVVdUpACsAKQAFcNEtz2g/"
    "JIr8Hi7J60VnVpt1HJOoeQ2aNWPpJLbeHpHvoL1npIl3RjCdM2juyKygkgg9hhwhI+TQQ+Y9pSIyEKm3L9rwvYKADrzEoXqh8CwW"
    "xRCvjSgL7S/jg5nDByvG0R2+jQcAvJ0myOKW+r15KT3FFMujYmLJh3NHdY0Cob0qrUAatvLtOp1sn44mVWnEd84EbW9EAuu3UNiz"
    "hkBor3EmAt/TAgQATwRkHqufZ4YNUFcVBeWRvEVFAAACwZtrs8/ggyNLKLUv/WA3A70VAEaqlkng0qYN6BdyMFOLQeqefdguBBOP"
    "8WfIomRy26xLMBmS2sZbllVU5OIoXR03JJFrQ98YnyRysPPjiER2d/cL0ir/GEnr/oA0TGsSewBzAI8A1V7L4e+eFW5tqeWT6++7"
    "n1H9Zip1zwJVqJe+QoEoEBXz24cq1eq7V51av90ac5z4Ysth2X0qpVu/wV7dgz1+9zV9NUPTWb99zQWw5Vm4tofgnq5wFYNhu757"
    "3vv321879YmlwklrJ+/f/UtK/ya7r/nXA+2FpmlxRNMCNzMZDpJM6Oi77zIa/NcGqlChDlsd/NJm+gksXq2e5Sz+puUVf/hqPW3f"
    "dU7ZcecY220/Sj28Md+YUk09Gj3PWk7jpva3Uum7d51a/4K9R6219eJor91a882/nikX85SxV7nl5ujkX5348hvt5jpSXLmNabqH"
    "sZ0ZjgzpQ6zHjLnK+Wkubss97uYpsb2Yuzl7tk/6eZdn/WmM66S309179Sim1pNZ13nSNG1lRNNIDvQYJjicJMFcAHGhcGIxooMD"
    "IjY+GkA6UDlCfoxSoIgoQMRyEhOixUbVgoEhClIJQFm58dNTWloU5VAAo2cASwdmMsGijFJ+9xuGkE4IHfnczDwE2oxShpRN0SeD"
    "uAY/AYp8QAAisSIIDwAcJVakVxoCNUwkuPSo0GEwBEcFl5wEJC0GfihpRwQZJTpGrgUpGkxKiOrs/hS+gH0Vsnh2fqCQzXJiM5+e"
    "GQ/QrAQIJKmCY9STTptr7FnTy/eM9KOZ0ru5x+XeOYfxlVLnzaXHK74c5l/G9/buTS5zaTnXCGQCICBQAhGMgCgf9goSPxjImgDP"
    "MNg4YACK5YIzwvDIWHwx1QMUFoiqOZPvMzGOcIbQxiDMmDgiGn3DHIHSTp8CQWAwQDApMFqEZaNKshFjrh+bVq9dhCUqQBui5ZG8"
    "RVQAAAEC9AmoAFOsWg97ImlkIjoiODk0MjQ5OWU5ZTE4N2UzZjlhMjgwZTgwYWRiODdmOGMiLCJoYXNoIjoiNjJiYTA3ZmFjMTMw"
    "ZjljZWJmODg1ODYzYjY0ZmMxMzYyN2E5ZTFiZWIzODU3YjViNDBiOTdhYmU2Y2QxODQ2NSIsInNpZ25hdHVyZSI6IjYwYzNjODA2"
    "OTExZjY0OTMxZWYxMjNiYTM1ZjcxZTljM2VlZGY1ZTlhODMxYzMzMWZiYWZiNzNiZDQ0NmRkMjFjNjkxMDk2YWI1MWNhMzE4ODI2"
    "ZTcwMzAxMTAzYTUzNjUzNDhlMjY4NjAxMjU0M2FlYWI3YjQ1ODM5ZWMyYjBlIn0="
)


def test_what_the_program_wrote_before_is_still_read(tmp_path: pathlib.Path) -> None:
    one, data = other(tmp_path, "HD"), base64.b64decode(BEFORE)
    assert bundles.look(io.BytesIO(data)).trailer == "good"
    assert bundles.take_in(one, io.BytesIO(data)).new == 2
    assert Store(one.path).find("team", "卢沟桥排水队")


@given(st.binary(max_size=300), st.integers(0, 2**32))
@settings(max_examples=60)
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
@settings(max_examples=60)
def test_entries_in_blocks_come_out_as_they_went_in(parts: list[tuple[bytes, bytes | None, bytes]]) -> None:
    envelopes = [Envelope(*part) for part in parts]
    stream = b"".join(frames.entry_blocks(envelopes))
    assert [e for b in frames.read(io.BytesIO(stream)) for e in frames.entries_of(b)] == envelopes


@pytest.mark.parametrize(
    "header",
    [
        {"bundle": 1, "from": "x"},
        {"bundle": 1, "receivers": 5},
        {"bundle": 1, "from": None, "receivers": "x"},
        {"want": 1, "station": "FT", "made": "x"},
    ],
)
def test_a_header_of_any_shape_is_believed_in_nothing(
    header: dict[str, object], tmp_path: pathlib.Path
) -> None:
    """It is refused in words, whatever it is taken for."""
    data = frames.json_block(header)
    if "bundle" in header:
        with pytest.raises(UnreadableInput):
            bundles.look(io.BytesIO(data))
    with pytest.raises(UnreadableInput):
        wants.read(io.BytesIO(data))
