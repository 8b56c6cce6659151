"""`journal verify` names what was changed, whatever single byte it was."""

from __future__ import annotations

import pathlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emergency import commands
from emergency.store import database, journal
from emergency.store.errors import EmergencyError
from emergency.store.store import Store

from . import stations

#: Every column that must not be changed unseen. When something was put aside is nobody's claim.
COLUMNS = {
    "entry": (
        "n", "feed", "seq", "wall", "received", "op", "header", "facts", "signature", "hash", "late", "receipt",
    ),
    "feed": ("n", "id", "key", "station", "seq", "hash", "own"),
    "seen": ("feed", "other", "seq", "upto"),
    "aside": ("hash", "feed", "seq", "why", "header", "facts", "signature"),
}  # fmt: skip


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stations.busy(tmp_path_factory.mktemp("busy"))


@pytest.fixture(scope="module")
def opened(busy: str) -> Iterator[sqlite3.Connection]:
    connection = database.connect(busy, writable=True)
    yield connection
    connection.close()


def flipped(value: Any, place: int, mask: int) -> tuple[str, Any]:
    """(SQL, parameter) of a value with one byte changed; the type stays."""
    if isinstance(value, int):
        raw = bytearray(value.to_bytes(8, "big", signed=True))
        raw[place % 8] ^= mask
        return "?", int.from_bytes(raw, "big", signed=True)
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[place % len(raw)] ^= mask
    return ("CAST(? AS TEXT)" if isinstance(value, str) else "?"), bytes(raw)


def test_an_untouched_journal_is_whole(opened: sqlite3.Connection) -> None:
    assert journal.verify(opened) == []
    rows = {t: opened.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in COLUMNS}
    assert rows == {"entry": 11, "feed": 3, "seen": 1, "aside": 3}


@settings(max_examples=600, deadline=None)
@given(data=st.data(), place=st.integers(0, 1 << 16), mask=st.integers(1, 255))
def test_any_changed_byte_is_named(
    opened: sqlite3.Connection, data: st.DataObject, place: int, mask: int
) -> None:
    table = data.draw(st.sampled_from(["entry", "entry", "entry", "feed", "seen", "aside"]))
    column = data.draw(st.sampled_from(COLUMNS[table]))
    rows = opened.execute(
        f"SELECT rowid, {column} FROM {table}" if table != "seen" else "SELECT 0, * FROM seen"
    )
    names = [d[0] for d in rows.description]
    row = dict(zip(names, data.draw(st.sampled_from(rows.fetchall())), strict=True))
    assume(row[column] is not None and row[column] not in (b"", ""))
    rowid = row.get("rowid", row.get("n", 0))
    named = opened.execute(
        "SELECT f.id, e.seq FROM entry e JOIN feed f ON f.n = e.feed WHERE e.n=?", (rowid,)
    ).fetchone()
    sql, value = flipped(row[column], place, mask)
    where = "1" if table == "seen" else f"rowid={rowid}"
    opened.execute("BEGIN")
    try:
        try:
            opened.execute(f"UPDATE {table} SET {column}={sql} WHERE {where}", (value,))
        except sqlite3.IntegrityError:
            assume(False)
        problems = journal.verify(opened)
    finally:
        opened.execute("ROLLBACK")
    assert problems
    assert all(p.what in journal_words() for p in problems)
    if table == "entry":
        moved = value if column == "n" else rowid
        assert any(p.n in (rowid, moved) or (p.feed, p.seq) == named for p in problems)


def journal_words() -> set[str]:
    from emergency.commands.journal import PROBLEMS

    return set(PROBLEMS)


@pytest.mark.parametrize("wrong", [None, 7, 2.5, "text", b"", b"\xff" * 70])
@pytest.mark.parametrize("column", COLUMNS["entry"][1:])
def test_a_value_of_any_other_type_is_named(opened: sqlite3.Connection, column: str, wrong: Any) -> None:
    (before,) = opened.execute(f"SELECT {column} FROM entry WHERE n=3").fetchone()
    if before == wrong:
        return
    opened.execute("BEGIN")
    try:
        opened.execute(f"UPDATE entry SET {column}=? WHERE n=3", (wrong,))
        problems = journal.verify(opened)
    finally:
        opened.execute("ROLLBACK")
    assert any(p.n == 3 for p in problems)


SWAP = "UPDATE entry SET {c} = (SELECT o.{c} FROM entry o WHERE o.n = 7 - entry.n) WHERE n IN (3, 4)"


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("DELETE FROM entry WHERE n=(SELECT max(n) FROM entry)", None),
        ("DELETE FROM entry WHERE n=4", 5),
        ("DELETE FROM entry WHERE n=1", 2),
        ("UPDATE entry SET n=-3 WHERE n=3", -3),
        ("UPDATE entry SET facts=NULL WHERE n=3", 3),
        ("INSERT INTO entry SELECT 12, 9, 1, wall, received, op, header, facts, signature, hash, late, receipt"
         " FROM entry WHERE n=3", 12),
    ],
)  # fmt: skip
def test_entries_taken_away_added_or_moved_are_named(
    opened: sqlite3.Connection, sql: str, named: int | None
) -> None:
    opened.execute("BEGIN")
    try:
        opened.execute(sql)
        problems = journal.verify(opened)
    finally:
        opened.execute("ROLLBACK")
    assert problems
    if named is None:
        assert ("head-changed", 2) in {(p.what, p.seq) for p in problems}
    else:
        assert named in {p.n for p in problems}


def test_two_entries_that_changed_places_are_named(opened: sqlite3.Connection) -> None:
    opened.execute("BEGIN")
    try:
        rows = opened.execute(
            "SELECT header, facts, signature, hash, n FROM entry WHERE n IN (3, 4)"
        ).fetchall()
        for row, n in zip(rows, (4, 3), strict=True):
            opened.execute("UPDATE entry SET header=?, facts=?, signature=?, hash=? WHERE n=?", (*row[:4], n))
        problems = journal.verify(opened)
    finally:
        opened.execute("ROLLBACK")
    assert {3, 4} <= {p.n for p in problems}


def test_an_entry_written_anew_without_its_key_is_named(opened: sqlite3.Connection) -> None:
    (header, facts) = opened.execute("SELECT header, facts FROM entry WHERE n=3").fetchone()
    other = facts.replace("丰台区".encode(), "房山区".encode())
    assert other != facts
    header = header.replace(journal.digest(facts).hex().encode(), journal.digest(other).hex().encode())
    opened.execute("BEGIN")
    try:
        opened.execute(
            "UPDATE entry SET header=?, facts=?, hash=? WHERE n=3", (header, other, journal.digest(header))
        )
        problems = journal.verify(opened)
    finally:
        opened.execute("ROLLBACK")
    assert (3, "signature-wrong") in {(p.n, p.what) for p in problems}


@pytest.fixture(scope="module")
def raw(busy: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[Any], list[int], str]:
    """(the file, what the journal in it says, where its rows lie, a scratch path)."""
    scratch = tmp_path_factory.mktemp("raw")
    path = stations.busy(scratch)
    connection = database.connect(path, writable=False)
    before = stations.content(connection)
    connection.close()
    data = pathlib.Path(path).read_bytes()
    places = [data.find(row[9]) for row in before[1]] + [data.find(row[2]) for row in before[0]]
    places += [data.find(row[6][:24]) for row in before[1]] + [data.find(row[0]) for row in before[3]]
    return data, before, [p for p in places if p > 0], path


@settings(max_examples=250, deadline=None)
@given(
    pick=st.integers(0, 1 << 16), off=st.integers(-300, 300), mask=st.integers(1, 255), anywhere=st.integers(0, 1 << 24),
    near=st.sampled_from(["row", "row", "page", "any"]),
)  # fmt: skip
def test_a_changed_byte_of_the_file_is_never_passed_over(
    raw: tuple[bytes, list[Any], list[int], str], pick: int, off: int, mask: int, anywhere: int, near: str
) -> None:
    data, before, places, path = raw
    middle = places[pick % len(places)]
    place = {
        "row": middle + off,
        "page": middle // 4096 * 4096 + abs(off) % 40,
        "any": anywhere % len(data),
    }[near]
    damaged = bytearray(data)
    damaged[place % len(data)] ^= mask
    pathlib.Path(path).write_bytes(damaged)
    for end in ("-wal", "-shm"):
        pathlib.Path(path + end).unlink(missing_ok=True)
    try:
        with Store(path) as store:
            problems = journal.verify(store.connection)
            try:
                same = stations.content(store.connection) == before
            except sqlite3.DatabaseError:
                same = False
    except EmergencyError:
        return
    assert same or problems


@settings(max_examples=40, deadline=None)
@given(pick=st.integers(0, 1 << 16), off=st.integers(-300, 300), mask=st.integers(1, 255))
def test_verify_and_doctor_never_fail_on_a_damaged_file(
    raw: tuple[bytes, list[Any], list[int], str], pick: int, off: int, mask: int
) -> None:
    data, _before, places, path = raw
    damaged = bytearray(data)
    damaged[(places[pick % len(places)] + off) % len(data)] ^= mask
    pathlib.Path(path).write_bytes(damaged)
    for words in (["journal", "verify"], ["doctor"]):
        assert commands.run(["--store", path, "--debug", *words]) in (0, 1, 78)
