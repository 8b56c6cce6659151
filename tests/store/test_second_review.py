"""What no entry, no failure half way and no machine may do to a store."""

from __future__ import annotations

import json
import os
import pathlib
import sqlite3
import stat
import subprocess
import sys
from typing import Any

import pytest

from emergency import commands
from emergency.store import (
    arrivals,
    backing,
    claims,
    creating,
    database,
    history,
    journal,
    keys,
    lines,
    schema,
)
from emergency.store.board import gather
from emergency.store.errors import BadStore, EmergencyError, InvalidValue
from emergency.store.fold import Fold
from emergency.store.journal import Envelope
from emergency.store.store import Store

from . import stations
from .replicas import Replica, arrive
from .test_arrivals import resigned


def _second(facts: bytes, **header: Any) -> list[Envelope]:
    one = Replica("A")
    one.write(1, [["set", "team", "T", {"note": "stand-in"}]])
    one.write(2, [["set", "team", "T", {"note": "behind"}]])
    first, second, third = one.has(one.signer.feed)
    return resigned(one, [first, second._replace(facts=facts), third], header)


@pytest.mark.parametrize(
    "facts",
    [
        '{"facts":[["set","team","T",{"name":"x"}]]}'.encode("utf-16"),
        '{"facts":[["set","team","T",{"name":"x"}]]}'.encode("utf-32-le"),
        b'\xef\xbb\xbf{"facts":[]}',
        b'{"facts":[["step","L","ack",{"x":NaN}]]}',
    ],
    ids=["utf-16", "utf-32", "bom", "nan"],
)
def test_facts_are_json_in_utf_8_alone(facts: bytes) -> None:
    connection = arrive(_second(facts))
    assert connection.execute("SELECT why FROM inert").fetchall() == [("malformed",)]
    assert connection.execute("SELECT note, name FROM team").fetchall() == [("behind", None)]


def test_facts_nested_beyond_measure_stop_nothing() -> None:
    for depth in (400, 990, 5000):
        deep = b'{"facts":[["step","L","ack",{"x":' + b"[" * depth + b"]" * depth + b"}]]}"
        connection = arrive(_second(deep))
        assert connection.execute("SELECT note FROM team").fetchall() == [("behind",)]


@pytest.mark.parametrize("station", ['"\\ud800"', "7", "null", "{}"])
def test_a_feed_whose_station_is_no_text_is_not_introduced(station: str) -> None:
    one = Replica("A")
    (first,) = one.has(one.signer.feed)
    assert first.facts is not None
    facts = first.facts.replace(b'"A"', station.encode())
    connection = arrive(resigned(one, [first._replace(facts=facts)], {}))
    assert connection.execute("SELECT count(*) FROM feed").fetchone() == (0,)
    assert connection.execute("SELECT why FROM aside").fetchall() == [("waits",)]


def test_what_no_check_foresaw_is_put_aside_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Replica("A"), Replica("B")
    one.write(1, [["new", "team", "A-1", {"name": "before"}]])
    one.write(2, [["new", "team", "A-2", {"name": "x"}], ["step", "A-9/1", "issue", {}]])
    two.write(3, [["new", "team", "B-1", {"name": "behind"}]])
    sound = lines.refold

    def broken(connection: Any, order: Any, touched: set[str]) -> None:
        if "A-9/1" in touched:
            raise RuntimeError("unforeseen")
        sound(connection, order, touched)

    monkeypatch.setattr(lines, "refold", broken)
    connection = arrive([*one.has(one.signer.feed), *two.has(two.signer.feed)])
    assert connection.execute("SELECT id FROM team ORDER BY id").fetchall() == [("A-1",), ("B-1",)]
    assert connection.execute("SELECT seq, why FROM aside").fetchall() == [(3, "malformed")]
    assert connection.execute("SELECT count(*) FROM entry").fetchone() == (4,)


def test_a_full_disk_is_no_fault_of_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Replica("A")

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(journal, "store", full)
    with pytest.raises(sqlite3.OperationalError):
        arrivals.take(arrive([]), Fold(arrive([])), one.has(one.signer.feed), 1)


def test_own_values_are_refused_and_not_lost(tmp_path: pathlib.Path) -> None:
    path = stations.new(tmp_path)
    with Store(path) as opened:
        for facts in (
            ["set", "reserve", "D/I", {"minimum": 5 * 10**30}],
            ["new", "team", "FT-9", {"name": "x", "strength": "many"}],
            ["new", "team", "FT-9", {"name": "x", "warp": 1}],
            ["set", "team", "FT-9", {"warp": 1}],
            ["step", "FT-1/1", "ack", {"at": "x"}],
            ["hail", 1],
        ):
            with pytest.raises(InvalidValue), opened.write("test") as writer:
                writer.fact(facts)
        with opened.write("test") as writer:
            writer.fact(["new", "team", "FT-9", {"name": "x"}])
        for values in ({"name": "y", "warp": 1}, {"strength": "many"}):
            with pytest.raises(InvalidValue), opened.write("test") as writer:
                writer.fact(["new", "team", "FT-9", values])
        assert opened.connection.execute("SELECT count(*) FROM inert").fetchone() == (0,)
        assert opened.connection.execute("SELECT count(*) FROM entry").fetchone() == (2,)


def test_a_wrong_new_on_a_record_that_is_there_does_not_crash_the_fold() -> None:
    one = Replica("A")
    one.write(1, [["new", "team", "T", {"name": "x"}]])
    one.write(2, [["new", "team", "T", {"warp": 1, "strength": "many", "note": "n"}]])
    assert one.connection.execute("SELECT note FROM team").fetchall() == [("n",)]
    connection = arrive(one.has(one.signer.feed))
    assert (
        connection.execute("SELECT why FROM inert").fetchall()
        == one.connection.execute("SELECT why FROM inert").fetchall()
    )


def test_facts_withheld_are_not_seen_until_they_come() -> None:
    one, two = Replica("A"), Replica("B")
    one.write(1, [["set", "team", "T", {"note": "1"}]])
    one.write(2, [["set", "team", "T", {"note": "2"}]])
    first, second, third = one.has(one.signer.feed)
    two.take([first, second._replace(facts=None), third])
    two.write(3, [["set", "team", "T", {"note": "B"}]])
    assert _told(two) == ({one.signer.feed: 1}, {one.signer.feed: [[3, 3]]})
    two.write(4, [])
    assert _told(two) == ({}, {})
    two.take([second])
    two.write(5, [])
    assert _told(two) == ({one.signer.feed: 3}, {})


def _told(replica: Replica) -> tuple[dict[str, int], dict[str, list[list[int]]]]:
    header = json.loads(replica.has(replica.signer.feed)[-1].header)
    return header["seen"], header.get("runs", {})


def test_entries_that_are_no_sense_are_listed_and_shown(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = stations.new(tmp_path)
    bodies = [
        b"\xff",
        b"[]",
        b'{"why":5,"facts":7}',
        b'{"why":{},"at":9007199254740991,"facts":[["set","team","T",{"note":"n"}],7]}',
        b'{"facts":[' + b"[" * 600 + b"]" * 600 + b"]}",
    ]
    one = Replica("A")
    for n, _ in enumerate(bodies):
        one.write(n, [])
    first, *rest = one.has(one.signer.feed)
    sent = [e._replace(facts=f) for e, f in zip(rest, bodies, strict=True)]
    stations.visit(path, resigned(one, [first, *sent], {"wall": -(1 << 52)}))
    for words in (["log"], ["log", "--json"], *(["show", str(n)] for n in range(2, 8))):
        assert commands.run(["--store", path, "journal", *words]) == 0
    assert commands.run(["--store", path, "journal", "export", str(tmp_path / "out")]) == 0
    assert commands.run(["--store", path, "journal", "verify"]) == 0
    assert "fault" not in capsys.readouterr().err
    with Store(path) as opened:
        (told,) = history.of(opened, "team", "T")
        assert told["why"] == "" and told["values"] == {"note": "n"} and told["at"].endswith(" ms")


def test_the_key_is_read_within_the_lock(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore that comes between a command's start and its lock gives it the new key."""
    path = stations.new(tmp_path)
    backup = str(tmp_path / "backup")
    with Store(path) as opened:
        backing.backup(opened, backup)
    sound, done = database.file_lock, []

    def late(p: str, **how: Any) -> Any:
        if not done:
            done.append(1)
            backing.restore(backup, path)
        return sound(p, **how)

    with Store(path) as opened:
        monkeypatch.setattr(database, "file_lock", late)
        with opened.write("test") as writer:
            writer.new("team", {"name": "x"})
    assert stations.whole(path)
    with Store(path) as opened:
        own = [f.id for f in journal.feeds(opened.connection).values() if f.own]
        assert own == [keys.Signer.load(path).feed]


@pytest.mark.parametrize("sound", [True, False])
def test_who_replaces_a_store_is_alone_with_any_sqlite(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, sound: bool
) -> None:
    path = stations.new(tmp_path)
    monkeypatch.setattr(database, "wal_is_sound", lambda *_: sound)
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with database.file_lock(path, alone=True), pytest.raises(EmergencyError), database.file_lock(path):
        pass
    with database.file_lock(path):
        with pytest.raises(EmergencyError), database.file_lock(path, alone=True):
            pass
        if sound:
            with database.file_lock(path):
                pass


def _files(folder: pathlib.Path) -> dict[str, bytes]:
    return {
        p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith((".lock", "-wal", "-shm"))
    }


@pytest.mark.parametrize("at", ["copy", "key", "name"])
def test_a_restore_that_fails_leaves_store_and_key(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    path = stations.busy(tmp_path)
    backup = str(tmp_path / "backup")
    with Store(path) as opened:
        backing.backup(opened, backup)
    before = _files(tmp_path)
    replace = os.replace

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "no space left")

    def no_name(source: str, target: str) -> None:
        if target == path:
            full()
        replace(source, target)

    with monkeypatch.context() as m:
        if at == "copy":
            m.setattr(os, "fsync", full)
        elif at == "key":
            m.setattr(keys.Signer, "save", full)
        else:
            m.setattr(os, "replace", no_name)
        with pytest.raises(BadStore):
            backing.restore(backup, path)
    after = {k: v for k, v in _files(tmp_path).items() if ".before-" not in k}
    assert after[os.path.basename(path) + ".key"] == before[os.path.basename(path) + ".key"]
    assert after.keys() == before.keys()
    assert stations.whole(path)
    with Store(path) as opened, opened.write("test") as writer:
        writer.new("team", {"name": "x"})


def test_an_init_that_fails_leaves_nothing_and_takes_no_key(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.db"
    with monkeypatch.context() as m:
        m.setattr(creating.reference, "load", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(BadStore):
            stations.new(tmp_path, "s.db")
    assert not _files(tmp_path)
    key = tmp_path / "s.db.key"
    key.write_bytes(b"another's")
    with pytest.raises(BadStore, match="there already"):
        stations.new(tmp_path, "s.db")
    assert key.read_bytes() == b"another's" and not path.exists()


def test_store_backup_and_key_are_their_owners_alone(tmp_path: pathlib.Path) -> None:
    code = (
        "import os, pathlib, sys; os.umask(0)\n"
        "from tests.store import stations\n"
        "from emergency.store import backing\n"
        "from emergency.store.store import Store\n"
        "folder = pathlib.Path(sys.argv[1]); path = stations.new(folder)\n"
        "with Store(path) as s:\n"
        "    s.write('x').__enter__() if 0 else None\n"
        "    backing.backup(s, str(folder / 'backup'))\n"
        "backing.restore(str(folder / 'backup'), path)\n"
        "pathlib.Path(path).write_bytes(b'damaged')\n"
        "backing.restore(str(folder / 'backup'), path)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=stations.ROOT)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert len(modes) >= 5 and set(modes.values()) == {0o600}, modes


@pytest.mark.parametrize("name", ["SEARCH_VERSION", "ENDED", "FLAGGED"])
def test_the_fold_digest_covers_what_facts_mean(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = schema.fold_digest()
    other: dict[str, Any] = {"SEARCH_VERSION": 99, "ENDED": ("closed",), "FLAGGED": {}}
    monkeypatch.setattr(schema, name, other[name])
    assert schema.fold_digest() != before


def test_the_fold_digest_covers_bounds_and_shipped_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    before = schema.fold_digest()
    field = schema.RECORDS["team"].field("strength")
    assert field is not None
    with monkeypatch.context() as m:
        m.setattr(field.type, "most", 7)
        assert schema.fold_digest() != before
    (tmp_path / "a.csv").write_text("1,2\n")
    monkeypatch.setattr(schema, "DATA", str(tmp_path))
    one = schema.fold_digest()
    (tmp_path / "a.csv").write_text("1,3\n")
    assert schema.fold_digest() != one


def test_a_hot_cell_is_folded_in_steps_that_do_not_grow() -> None:
    one = Replica("A")
    steps: list[int] = []

    def cost(t: int) -> int:
        ticks = 0

        def tick() -> int:
            nonlocal ticks
            ticks += 1
            return 0

        one.connection.set_progress_handler(tick, 10)
        one.write(t, [["set", "team", "T", {"note": str(t)}]])
        one.connection.set_progress_handler(None, 0)
        return ticks

    for t in range(1, 900):
        steps.append(cost(t))
    assert sum(steps[-50:]) < 2 * sum(steps[50:100])


def test_claims_by_another_tag_stand_against_each_other() -> None:
    one, two = Replica("A"), Replica("B")
    one.write(1, [["new", "equipment", "E-1", {"name": "pump"}], ["claim", "A-1/1", "equipment:E-1"]])
    two.write(
        2,
        [
            ["new", "equipment", "E-2", {"name": "pump", "same_as": "E-1"}],
            ["claim", "B-1/1", "equipment:E-2"],
        ],
    )
    connection = arrive([*one.has(one.signer.feed), *two.has(two.signer.feed)])
    assert claims.contested(connection) == {"equipment:E-1": {"A-1/1", "B-1/1"}}
    assert claims.also_called(connection, "equipment:E-1") == ["equipment:E-1", "equipment:E-2"]


def test_tags_that_name_each_other_in_a_circle_mean_the_least() -> None:
    one = Replica("A")
    ring = {"E-3": "E-2", "E-2": "E-1", "E-1": "E-2", "E-9": "E-9", "E-4": "E-5"}
    one.write(1, [["new", "equipment", k, {"name": "x", "same_as": v}] for k, v in ring.items()])
    means = {k: claims.canonical(one.connection, f"equipment:{k}").split(":")[1] for k in ring}
    assert means == {"E-3": "E-1", "E-2": "E-1", "E-1": "E-1", "E-9": "E-9", "E-4": "E-5"}


def test_the_board_shows_a_contest_by_two_tags_and_a_need_without_a_figure(tmp_path: pathlib.Path) -> None:
    path = stations.new(tmp_path)
    one, two = Replica("A"), Replica("B")
    one.write(
        1,
        [
            ["new", "incident", "A-1", {"title": "x"}],
            ["new", "need", "A-2", {"incident": "A-1", "what": "pump"}],
        ],
    )
    one.write(1, [["new", "equipment", "E-1", {"name": "pump"}], ["claim", "A-3/1", "equipment:E-1"]])
    two.write(
        2,
        [["new", "equipment", "E-2", {"same_as": "E-1"}], ["claim", "B-1/1", "equipment:E-2"]],
    )
    stations.visit(path, [*one.has(one.signer.feed), *two.has(two.signer.feed)])
    with Store(path) as opened:
        board = gather(opened)
    assert [(c.id, [x.line for x in c.lines]) for c in board.contests] == [("E-1", ["A-3/1", "B-1/1"])]


@pytest.mark.parametrize("until", ["2026", "2026-11", "2026-11-23"])
def test_a_partial_date_runs_to_its_last_day(until: str) -> None:
    from emergency.store.records.types import Date

    connection = sqlite3.connect(":memory:")
    sql = f"SELECT {Date.last_day_sql('d')} FROM (SELECT ? AS d)"
    assert connection.execute(sql, (until,)).fetchone()[0] == Date.last_day(until)
