"""Backups and their way back: a restored store is another writer, and nothing that stood there is lost."""

from __future__ import annotations

import os
import pathlib
import sqlite3

import pytest

from emergency.store import database, journal
from emergency.store.backing import backup, restore
from emergency.store.errors import BadStore, EmergencyError, InvalidValue, StoreBusy
from emergency.store.keys import Signer, key_path
from emergency.store.store import Store

from . import stations


@pytest.fixture
def path(tmp_path: pathlib.Path) -> str:
    return stations.busy(tmp_path)


@pytest.fixture
def copy(path: str, tmp_path: pathlib.Path) -> str:
    """A backup of the store."""
    name = str(tmp_path / "backup.db")
    with Store(path) as store:
        assert backup(store, name) == 13
    return name


def name_a_team(path: str, name: str) -> str:
    with Store(path) as store, store.write("team add") as writer:
        return writer.new("team", {"name": name})


def test_a_restored_store_writes_as_another(path: str, copy: str, tmp_path: pathlib.Path) -> None:
    """CASES 19: a key and a feed of its own, and numbers that the copy it came from cannot give."""
    elsewhere = str(tmp_path / "elsewhere" / "store.db")
    assert restore(copy, elsewhere) == (13, None)
    assert Signer.load(elsewhere).feed != Signer.load(path).feed
    assert os.stat(key_path(elsewhere)).st_mode & 0o777 == 0o600
    here, there = name_a_team(path, "甲"), name_a_team(elsewhere, "乙")
    assert here.split("-")[1] == there.split("-")[1]
    assert here.startswith("FT-") and not there.startswith("FT-") and there.startswith("FT")
    assert stations.whole(path) and stations.whole(elsewhere)
    with Store(elsewhere) as store:
        feeds = journal.feeds(store.connection)
        assert [f.id for f in feeds.values() if f.own] == [Signer.load(elsewhere).feed]
        assert len(feeds) == 4


def test_both_copies_write_on_and_nothing_is_lost(path: str, copy: str, tmp_path: pathlib.Path) -> None:
    elsewhere = str(tmp_path / "elsewhere.db")
    restore(copy, elsewhere)
    here, there = name_a_team(path, "甲"), name_a_team(elsewhere, "乙")
    with Store(elsewhere) as store:
        coming = [e for *_, e in journal.read(store.connection)]
    stations.visit(path, coming)
    with Store(path) as store:
        names = {r["id"]: r["name"] for r in store.rows("SELECT id, name FROM team")}
        assert names[here] == "甲" and names[there] == "乙"
        assert store.rows("SELECT * FROM aside WHERE why='fork'") == []


def test_what_stood_there_is_kept(path: str, copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", "2026-07-31T08:00:00+08:00")
    before = Signer.load(path).feed
    name_a_team(path, "写在备份之后")
    _entries, first = restore(copy, path)
    assert first is not None and stations.whole(first) and stations.whole(path)
    assert Signer.load(first).feed == before
    with Store(first) as kept, Store(path) as store:
        found = "SELECT count(*) AS n FROM team WHERE name='写在备份之后'"
        assert (kept.rows(found), store.rows(found)) == ([{"n": 1}], [{"n": 0}])
    _entries, second = restore(copy, path)
    assert second not in (None, first) and os.path.exists(str(first))


def test_what_stood_there_is_kept_although_it_is_damaged(path: str, copy: str) -> None:
    rubbish = b"not a store at all" * 1000
    pathlib.Path(path).write_bytes(rubbish)
    _entries, kept = restore(copy, path)
    assert kept is not None and pathlib.Path(kept).read_bytes() == rubbish
    assert stations.whole(path)


def test_a_log_left_by_the_old_store_never_reaches_the_new(path: str, copy: str) -> None:
    """Frames of another database beside a restored file would be played into it."""
    held = database.connect(path, writable=True)
    held.execute("PRAGMA wal_autocheckpoint=0")
    name_a_team(path, "only in the log")
    _entries, kept = restore(copy, path)
    held.close()
    assert kept is not None
    with Store(kept) as store:
        assert store.rows("SELECT name FROM team WHERE name='only in the log'")
    assert stations.whole(path)
    with Store(path) as store:
        assert store.rows("SELECT name FROM team WHERE name='only in the log'") == []


def test_a_store_being_read_is_not_pulled_away(path: str, copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    name_a_team(path, "x")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entry").fetchone()
    name_a_team(path, "y")
    with pytest.raises(StoreBusy):
        restore(copy, path)
    reader.close()
    assert stations.whole(path)


def test_a_damaged_backup_is_refused_and_nothing_is_touched(path: str, copy: str) -> None:
    connection = sqlite3.connect(copy)
    connection.execute("UPDATE entry SET facts = facts || x'20' WHERE n=3")
    connection.commit()
    connection.close()
    before = pathlib.Path(path).read_bytes()
    with pytest.raises(BadStore, match="entry 3"):
        restore(copy, path)
    assert pathlib.Path(path).read_bytes() == before
    assert stations.whole(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"SQLite format 3\x00" + bytes(200), b"\x00" * 9000])
def test_what_is_no_backup_is_refused(path: str, tmp_path: pathlib.Path, content: bytes) -> None:
    wrong = tmp_path / "wrong.db"
    wrong.write_bytes(content)
    for source in (str(wrong), str(tmp_path), str(tmp_path / "nothing.db")):
        with pytest.raises(EmergencyError):
            restore(source, path)
    assert stations.whole(path)


def test_a_backup_never_overwrites(path: str, copy: str) -> None:
    with Store(path) as store, pytest.raises(InvalidValue, match="there already"):
        backup(store, copy)


def test_a_backup_that_cannot_be_written_leaves_nothing(path: str, tmp_path: pathlib.Path) -> None:
    with Store(path) as store, pytest.raises(BadStore):
        backup(store, str(tmp_path / "no" / "such" / "folder.db"))
    assert not (tmp_path / "no").exists()


def test_a_copied_store_without_its_key_cannot_write(path: str, copy: str) -> None:
    """The key is not in the backup: a copy that wrote on as the same feed would fork it."""
    with Store(copy) as store, pytest.raises(BadStore, match="key"), store.write("x"):
        pass
