"""The file under a store: other writers, full disks, read-only places, older and newer programs."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

import pytest

from emergency import commands
from emergency.store import database, journal, keys, schema
from emergency.store.anew import folded_digest, rebuild
from emergency.store.creating import create
from emergency.store.errors import BadStore, Exit, StoreBusy
from emergency.store.records.steps import STEPS
from emergency.store.store import Store

from . import stations


@pytest.fixture
def path(tmp_path: pathlib.Path) -> str:
    return stations.busy(tmp_path)


# -- several programs at once -----------------------------------------------------------------------

WRITER = """
import sys
from emergency.store.store import Store
path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
for n in range(count):
    with Store(path) as store, store.write("team add") as writer:
        writer.new("team", {"name": f"{name}-{n}"})
"""
READER = """
import sys
from emergency.store import journal
from emergency.store.store import Store
path = sys.argv[1]
print("ready", flush=True)
rounds, last = 0, 0
while last < int(sys.argv[2]):
    with Store(path) as store:
        last = store.connection.execute("SELECT count(*) FROM team WHERE name LIKE '%-%'").fetchone()[0]
        assert journal.verify(store.connection) == []
    rounds += 1
print(rounds)
"""


def python(code: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=stations.environment(),
    )


def test_several_writers_lose_nothing_and_readers_never_fail(path: str) -> None:
    writers, each = 5, 44
    readers = [python(READER, path, str(writers * each)) for _ in range(2)]
    processes = [python(WRITER, path, f"w{n}", str(each)) for n in range(writers)]
    for process in [*processes, *readers]:
        _out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
    with Store(path) as store:
        names = {r["name"] for r in store.rows("SELECT name FROM team WHERE name LIKE 'w%-%'")}
        assert names == {f"w{w}-{n}" for w in range(writers) for n in range(each)}
        ids = store.rows("SELECT count(DISTINCT id) AS n FROM team WHERE name LIKE 'w%-%'")
        assert ids == [{"n": writers * each}]
    assert stations.whole(path)


def test_a_writer_waits_for_the_lock(path: str) -> None:
    with database.file_lock(path):
        process = python(WRITER, path, "late", "1")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
    assert process.wait(timeout=60) == 0
    process.communicate()


def test_patience_ends_in_words(
    path: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with database.file_lock(path), Store(path) as store:
        with pytest.raises(StoreBusy), store.write("team add"):
            pass
        with pytest.raises(StoreBusy):
            rebuild(path)
        code = commands.run(
            ["--store", path, "duty", "report", "FT-1", "--readiness", "off", "--headcount", "1"]
        )
        assert code == Exit.REFUSED
        assert "another program is writing" in capfd.readouterr().err
        assert store.row("team", "FT-1") is not None


def test_a_lock_that_only_sqlite_holds_is_waited_for_too(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store(path) as store, pytest.raises(StoreBusy), store.write("team add"):
        pass
    other.close()
    assert stations.whole(path)


def test_the_lock_dies_with_its_holder(path: str) -> None:
    code = (
        "import sys, os\nfrom emergency.store import database\n"
        "with database.file_lock(sys.argv[1]):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=stations.environment(),
    )
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    holder.kill()
    holder.communicate()
    with Store(path) as store, store.write("team add") as writer:
        writer.new("team", {"name": "afterwards"})
    assert stations.whole(path)


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 60, 0), True),
    ],
)
def test_which_sqlite_needs_the_lock(version: tuple[int, ...], sound: bool) -> None:
    assert database.wal_is_sound(version) is sound


# -- a full disk ------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(folder: pathlib.Path, kilobytes: int) -> Iterator[pathlib.Path]:
    """A file system of its own; skips where this user may not mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def filled(folder: pathlib.Path, leave: int) -> pathlib.Path:
    """A file that takes all the room of a file system but so many bytes."""
    ballast = folder / "ballast"
    room = os.statvfs(folder)
    ballast.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - leave)))
    return ballast


def test_a_full_disk_is_one_clear_error_and_changes_nothing(tmp_path: pathlib.Path) -> None:
    rows = "".join(f"新{n}队,110106\n" for n in range(4000))
    sheet = tmp_path / "teams.csv"
    sheet.write_text("队伍名称,行政区\n" + rows, encoding="utf-8")
    with small_disk(tmp_path / "disk", 8000) as disk:
        path = stations.busy(disk)
        with Store(path) as store:
            before = folded_digest(store.connection)
        ballast = filled(disk, 120_000)
        for words in (["team", "import", str(sheet)], ["backup", str(disk / "copy.db")]):
            result = stations.run(path, *words)
            assert result.returncode in (Exit.REFUSED, Exit.BAD_CONFIGURATION), result.stderr
            assert "full" in result.stderr and "Traceback" not in result.stderr
            assert len(result.stderr.strip().splitlines()) <= 2
        said = stations.run(path, "--lang", "zh", "backup", str(disk / "copy.db")).stderr
        assert said.endswith("无法写入：磁盘已满\n"), said
        assert stations.whole(path)
        with Store(path) as store:
            assert folded_digest(store.connection) == before
        ballast.unlink()
        assert stations.run(path, "team", "import", str(sheet)).returncode == 0
        assert stations.whole(path)
        assert [f.name for f in disk.iterdir() if ".new-" in f.name] == []


def test_with_not_a_byte_left_a_store_is_read_and_a_write_says_that_there_is_no_room(
    tmp_path: pathlib.Path,
) -> None:
    with small_disk(tmp_path / "disk", 4000) as disk:
        path = stations.new(disk)
        assert stations.run(path, "team", "add", "name=排水队", "region=110106").returncode == 0
        with contextlib.closing(sqlite3.connect(path)) as last:
            last.execute("SELECT count(*) FROM team").fetchone()
        assert not os.path.exists(path + "-shm")
        with (disk / "rest").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 512):
                pass
        lists = stations.run(path, "team", "list", "--json")
        assert (lists.returncode, lists.stderr, len(json.loads(lists.stdout))) == (0, "", 1)
        report = stations.run(path, "team", "set", "FT-1", "strength=3")
        assert report.returncode == Exit.REFUSED
        assert "there is no room to write" in report.stderr and len(report.stderr.strip().splitlines()) == 2
        (disk / "rest").unlink()
        assert stations.run(path, "team", "set", "FT-1", "strength=3").returncode == 0


def test_no_room_for_a_new_store_leaves_none(tmp_path: pathlib.Path) -> None:
    with small_disk(tmp_path / "disk", 100) as disk:
        path = str(disk / "station.db")
        result = stations.run(path, "init", "--station", "FT", "--region", "110106", "--name", "x")
        assert result.returncode == Exit.REFUSED, result.stderr
        assert "there is no room" in result.stderr and "Traceback" not in result.stderr
        assert not os.path.exists(path)


def test_a_limit_on_the_size_of_files_is_told_in_words(path: str, tmp_path: pathlib.Path) -> None:
    sheet = tmp_path / "teams.csv"
    sheet.write_text("队伍名称\n" + "".join(f"新{n}队\n" for n in range(4000)), encoding="utf-8")
    limit = os.path.getsize(path) + 20_000
    result = stations.run(
        path,
        *("team", "import", str(sheet)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert result.returncode == Exit.REFUSED, result.stderr
    assert "there is no room" in result.stderr and len(result.stderr.strip().splitlines()) == 2
    assert stations.whole(path)


@pytest.mark.parametrize("folder", ["full-backup", "busy", "locked-readonly"])
def test_what_is_wrong_is_not_guessed_from_the_name_of_a_folder(folder: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / folder).mkdir()
    path = stations.new(tmp_path / folder)
    (tmp_path / folder / "station.db.lock").unlink()
    (tmp_path / folder / "station.db.lock").mkdir()
    result = stations.run(path, "team", "add", "name=x", "region=110106")
    assert result.returncode == Exit.BAD_CONFIGURATION
    assert "cannot be written" in result.stderr


# -- places that cannot be written ------------------------------------------------------------------


@pytest.mark.parametrize("left", ["closed", "with a log"])
def test_a_store_on_a_read_only_file_system(tmp_path: pathlib.Path, left: str) -> None:
    """Reading works, or says in one line why not; writing says so in one line."""
    made = stations.busy(tmp_path)
    with small_disk(tmp_path / "disk", 16_000) as disk:
        path = str(disk / "station.db")
        held = database.connect(made, writable=True)
        if left == "with a log":
            with Store(made) as store, store.write("team add") as writer:
                writer.new("team", {"name": "in the log"})
            shutil.copyfile(made + "-wal", path + "-wal")
            assert os.path.getsize(path + "-wal") > 0
        for end in ("", ".key"):
            shutil.copyfile(made + end, path + end)
        held.close()
        if subprocess.run(["mount", "-o", "remount,ro", str(disk)], capture_output=True).returncode:
            pytest.skip("nothing can be remounted here")
        read = stations.run(path, "team", "list", "--json")
        if left == "closed":
            assert read.returncode == 0, read.stderr
            assert len(json.loads(read.stdout)) == 4
        else:
            assert read.returncode == 0 or len(read.stderr.strip().splitlines()) <= 2
        assert "Traceback" not in read.stderr and "fault" not in read.stderr
        write = stations.run(path, "duty", "report", "FT-1", "--readiness", "off", "--headcount", "1")
        assert write.returncode == Exit.BAD_CONFIGURATION, write.stderr
        assert len(write.stderr.strip().splitlines()) <= 2 and "Traceback" not in write.stderr


def test_an_unwritable_file_is_told_in_words(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "full" in database.explained(sqlite3.OperationalError("database or disk is full"), path).message
    assert "I/O" in database.explained(sqlite3.OperationalError("disk I/O error"), path).message
    unshared = sqlite3.OperationalError("disk I/O error")
    # As SQLite says it on a FAT stick that a program mounts.
    unshared.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMOPEN
    said = database.explained(unshared, path)
    assert "share no memory" in said.message and "a disk of this machine" in said.hint


# -- older and newer --------------------------------------------------------------------------------


def test_a_store_knows_its_version_and_kind(path: str) -> None:
    with Store(path) as store:
        assert store.connection.execute("PRAGMA user_version").fetchone() == (database.JOURNAL_VERSION,)
        assert store.connection.execute("PRAGMA application_id").fetchone() == (database.APPLICATION_ID,)
        assert store.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store.meta("fold") == schema.fold_digest()


def tampered(path: str, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for sql in statements:
        connection.execute(sql)
    connection.close()


def test_a_store_folded_by_other_rules_folds_itself_anew(path: str) -> None:
    with Store(path) as store:
        before = folded_digest(store.connection)
    tampered(
        path,
        "UPDATE meta SET value='of another program' WHERE key='fold'",
        "UPDATE team SET name='as another program folded it'",
        'ALTER TABLE team ADD COLUMN "gone" TEXT',
        "CREATE TABLE spaceship(id TEXT)",
    )
    with Store(path) as store:
        assert folded_digest(store.connection) == before
        assert store.meta("fold") == schema.fold_digest()
        assert store.rows("SELECT name FROM sqlite_master WHERE name='spaceship'") == []
    assert stations.whole(path)


def test_tables_that_are_not_as_the_journal_says_are_named_and_mended(
    path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    tampered(path, "UPDATE team SET strength=999 WHERE id='FT-1'")
    assert commands.run(["--store", path, "doctor"]) == Exit.REFUSED
    assert "✗ tables: not as the journal says" in capfd.readouterr().out
    commands.run(["--store", path, "doctor", "--refold"])
    assert "✓ tables: as the journal says" in capfd.readouterr().out
    assert stations.whole(path)


def test_what_the_fold_depends_on_changes_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = schema.fold_digest()
    monkeypatch.setattr(schema, "FOLD_RULES", schema.FOLD_RULES + 1)
    assert schema.fold_digest() != before
    monkeypatch.undo()
    monkeypatch.setitem(STEPS, "ack", STEPS["ack"]._replace(sources=("draft",)))
    assert schema.fold_digest() != before


def test_a_newer_store_is_refused_and_not_touched(path: str, capfd: pytest.CaptureFixture[str]) -> None:
    tampered(path, f"PRAGMA user_version={database.JOURNAL_VERSION + 1}")
    before = pathlib.Path(path).read_bytes()
    for words in (["team", "list"], ["journal", "verify"], ["doctor"], ["backup", path + ".copy"]):
        assert commands.run(["--store", path, *words]) == Exit.BAD_CONFIGURATION
        assert "newer program" in capfd.readouterr().err
    assert pathlib.Path(path).read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04" + bytes(99), b"SQLite format 3\x00" + bytes(84), bytes(5000)]
)
def test_what_is_no_store_is_refused_in_words(
    tmp_path: pathlib.Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    assert commands.run(["--store", str(path), "team", "list"]) == Exit.BAD_CONFIGURATION
    said = capfd.readouterr().err
    assert "store" in said and len(said.strip().splitlines()) <= 2
    assert path.read_bytes() == content


def test_a_foreign_database_a_folder_and_nothing_are_refused(tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other.db"
    tampered(str(other), "CREATE TABLE t(x)")
    for wrong in (other, tmp_path, tmp_path / "nothing.db"):
        with pytest.raises(BadStore):
            Store(str(wrong))


# -- making one -------------------------------------------------------------------------------------


def test_a_store_is_made_once(path: str) -> None:
    key = pathlib.Path(keys.key_path(path)).read_bytes()
    with pytest.raises(BadStore, match="there already"):
        create(path, station="FT", region="110106", name="x", who="y")
    assert pathlib.Path(keys.key_path(path)).read_bytes() == key
    assert stations.whole(path)


def test_two_who_make_one_store_at_once_make_one(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "new.db")
    words = ("init", "--station", "FT", "--region", "110106", "--name", "x")
    both = [
        subprocess.Popen(
            stations.command(path, *words),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=stations.environment(),
        )
        for _ in range(3)
    ]
    for process in both:
        process.communicate(timeout=60)
    assert sorted(p.returncode for p in both) == [0, Exit.BAD_CONFIGURATION, Exit.BAD_CONFIGURATION]
    with Store(path) as store, store.write("team add") as writer:
        writer.new("team", {"name": "甲"})
    with Store(path) as store:
        assert len(journal.feeds(store.connection)) == 1
    assert stations.whole(path)
