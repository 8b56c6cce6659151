"""`journal verify` names what was changed, whatever single byte it was."""

from __future__ import annotations

import contextlib
import pathlib
import random
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emergency import commands
from emergency.store import database, journal, proof
from emergency.store.errors import EmergencyError
from emergency.store.store import Store

from . import stations

#: Every column that must not be changed unseen. When something was put aside is nobody's claim.
COLUMNS = {
    "entry": (
        "n", "feed", "seq", "wall", "received", "op", "header", "facts", "signature", "hash", "late", "receipt",
    ),
    "feed": ("n", "id", "key", "station", "seq", "hash", "own", "base"),
    "seen": ("feed", "other", "seq", "upto"),
    "seen_run": ("feed", "other", "first", "upto", "seq"),
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
    assert rows == {"entry": 13, "feed": 3, "seen": 1, "seen_run": 1, "aside": 3}


@settings(max_examples=600)
@given(data=st.data(), place=st.integers(0, 1 << 16), mask=st.integers(1, 255))
def test_any_changed_byte_is_named(
    opened: sqlite3.Connection, data: st.DataObject, place: int, mask: int
) -> None:
    table = data.draw(st.sampled_from(["entry", "entry", "entry", "feed", "seen", "seen_run", "aside"]))
    column = data.draw(st.sampled_from(COLUMNS[table]))
    index = table.startswith("seen")
    rows = opened.execute(f"SELECT 0, * FROM {table}" if index else f"SELECT rowid, {column} FROM {table}")
    names = [d[0] for d in rows.description]
    row = dict(zip(names, data.draw(st.sampled_from(rows.fetchall())), strict=True))
    assume(row[column] is not None and row[column] not in (b"", ""))
    rowid = row.get("rowid", row.get("n", 0))
    named = opened.execute(
        "SELECT f.id, e.seq FROM entry e JOIN feed f ON f.n = e.feed WHERE e.n=?", (rowid,)
    ).fetchone()
    sql, value = flipped(row[column], place, mask)
    where = "1" if index else f"rowid={rowid}"
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
    assert all(proof.words(p.what) for p in problems)
    if table == "entry":
        moved = value if column == "n" else rowid
        assert any(p.n in (rowid, moved) or (p.feed, p.seq) == named for p in problems)


@pytest.mark.parametrize("wrong", [None, 7, 2.5, "text", b"", b"\xff" * 70])
@pytest.mark.parametrize("column", [*COLUMNS["feed"][1:], "parent"])
def test_a_value_of_any_other_type_in_a_feed_is_named(
    opened: sqlite3.Connection, column: str, wrong: Any
) -> None:
    (before,) = opened.execute(f"SELECT {column} FROM feed WHERE n=1").fetchone()
    if before == wrong:
        return
    opened.execute("BEGIN")
    try:
        try:
            opened.execute(f"UPDATE feed SET {column}=? WHERE n=1", (wrong,))
        except sqlite3.IntegrityError:
            return
        assert journal.verify(opened)
    finally:
        opened.execute("ROLLBACK")


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


def test_what_is_wrong_is_told_of_an_entry_of_a_feed_or_of_all() -> None:
    said = [
        proof.told(journal.Problem(feed, 7, n, "head-changed"))
        for feed, n in (("abc", 3), ("abc", 0), ("", 0))
    ]
    assert [line.partition(": ")[0] for line in said] == ["entry 3 (abc:7)", "feed abc", "the database"]


SWAP = "UPDATE entry SET {c} = (SELECT o.{c} FROM entry o WHERE o.n = 7 - entry.n) WHERE n IN (3, 4)"


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("DELETE FROM entry WHERE n=(SELECT max(n) FROM entry)", None),
        ("DELETE FROM entry WHERE n=4", 5),
        ("DELETE FROM entry WHERE n=1", 2),
        ("UPDATE entry SET n=-3 WHERE n=3", -3),
        ("UPDATE entry SET facts=NULL WHERE n=3", 3),
        ("INSERT INTO entry SELECT 14, 9, 1, wall, received, op, header, facts, signature, hash, late, receipt"
         " FROM entry WHERE n=3", 14),
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


class Raw:
    """The bytes of a store, what its journal says, and where its rows lie."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.path = stations.busy(folder)
        connection = database.connect(self.path, writable=False)
        self.before = stations.content(connection)
        connection.close()
        self.data = pathlib.Path(self.path).read_bytes()
        feeds, entries, _seen, _runs, aside = self.before
        marks = [row[9] for row in entries] + [row[6][:24] for row in entries]
        marks += [row[2] for row in feeds] + [row[0] for row in aside]
        self.places = [place for place in map(self.data.find, marks) if place > 0]

    def damage(self, near: str, pick: int, off: int, mask: int) -> None:
        """Write the file with one byte changed, near a row of the journal or anywhere."""
        middle = self.places[pick % len(self.places)]
        place = {"row": middle + off, "page": middle // 4096 * 4096 + abs(off) % 40, "any": pick * 97 + off}[
            near
        ]
        damaged = bytearray(self.data)
        damaged[place % len(damaged)] ^= mask
        pathlib.Path(self.path).write_bytes(damaged)
        for end in ("-wal", "-shm"):
            pathlib.Path(self.path + end).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Raw:
    return Raw(tmp_path_factory.mktemp("raw"))


@settings(max_examples=250)
@given(
    near=st.sampled_from(["row", "row", "page", "any"]),
    pick=st.integers(0, 1 << 16),
    off=st.integers(-300, 300),
    mask=st.integers(1, 255),
)
def test_a_changed_byte_of_the_file_is_never_passed_over(
    raw: Raw, near: str, pick: int, off: int, mask: int
) -> None:
    raw.damage(near, pick, off, mask)
    try:
        with Store(raw.path) as store:
            problems = journal.verify(store.connection)
            try:
                same = stations.content(store.connection) == raw.before
            except sqlite3.DatabaseError:
                same = False
    except EmergencyError:
        return
    assert same or problems


def test_pages_that_lead_back_to_themselves_do_not_hold_it_up(tmp_path: pathlib.Path) -> None:
    """The inner page of the tree of entries names itself as one of its leaves."""
    path = stations.busy(tmp_path)
    with contextlib.closing(database.connect(path, writable=True)) as connection:
        with database.transaction(connection, path):
            connection.execute("PRAGMA ignore_check_constraints=1")
            words = "INSERT INTO entry SELECT n + 13*?, feed, seq + 100*?, wall, received, op, header, facts, signature, hash, late, receipt FROM entry WHERE n <= 13"
            for n in range(1, 9):
                connection.execute(words, (n, n))
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name='entry'").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    data = bytearray(pathlib.Path(path).read_bytes())
    page = memoryview(data)[(root - 1) * size : root * size]
    assert page[0] == 5, "an inner page of a table"
    cells = [
        int.from_bytes(page[at : at + 2], "big")
        for at in range(12, 12 + 2 * int.from_bytes(page[3:5], "big"), 2)
    ]
    assert len(cells) > 2
    page[cells[-1] : cells[-1] + 4] = root.to_bytes(4, "big")
    pathlib.Path(path).write_bytes(data)
    with contextlib.closing(database.connect(path, writable=False)) as connection:
        assert "unreadable" in {p.what for p in journal.verify(connection)}


#: What reads the whole journal, and what is done about a damaged one.
READING = ("journal verify", "journal log", "journal export OUT", "doctor", "doctor --refold")


@pytest.mark.parametrize("command", READING)
def test_a_damaged_file_is_told_in_words(
    raw: Raw, command: str, tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    r = random.Random(2)
    for n in range(60):
        words = command.replace("OUT", str(tmp_path / f"out{n}")).split()
        damage = (
            r.choice(["row", "page", "any"]),
            r.randrange(1 << 16),
            r.randrange(-300, 300),
            r.randrange(1, 256),
        )
        raw.damage(*damage)
        code = commands.run(["--store", raw.path, *words])
        said = capfd.readouterr()
        assert "fault of the program" not in said.err, damage
        assert code in (0, 1, 78) and (code != 78 or said.err.count("\n") <= 2), damage
