"""A store on disk with entries of its own, of two visiting feeds, and of every kind put aside."""

from __future__ import annotations

import json
import os
import pathlib
import sqlite3
import subprocess
import sys
from typing import Any

from emergency.store import arrivals, database, journal
from emergency.store.asks import Ask
from emergency.store.creating import create
from emergency.store.fold import Fold
from emergency.store.journal import Envelope
from emergency.store.orders import Desk
from emergency.store.stepping import take
from emergency.store.store import Store

from .replicas import Replica

ROOT = pathlib.Path(__file__).parents[2]
AT = 1_785_456_000_000


def new(folder: pathlib.Path, name: str = "station.db") -> str:
    """The path of a store with nothing in it."""
    path = str(folder / name)
    create(path, station="FT", region="110106", name="丰台区应急指挥中心", who="王小明").close()
    return path


def busy(folder: pathlib.Path) -> str:
    """The path of a store where a duty officer has worked and two other stations were heard."""
    path = new(folder)
    with Store(path) as store:
        with store.write("team import") as writer:
            for name in ("丰台排水抢险队", "房山消防救援站", "蓝天救援队"):
                writer.new("team", {"name": name, "region": "110106", "strength": 30})
            for plate in ("京A00001", "京A00002"):
                writer.new("equipment", {"name": "排水泵车", "plate": plate, "team": "FT-1"})
        with store.write("incident open", at=AT) as writer:
            incident = writer.new(
                "incident", {"title": "丰台区暴雨内涝", "scenario": "waterlogging", "level": "II"}
            )
        with store.write("callup issue", at=AT) as writer:
            ask = Ask(incident=incident, team="FT-1", equipment=("京A00001",), report_to="长阳")
            order = Desk(writer).issue(ask, AT).id
        for step in ("accept", "depart"):
            with store.write(f"callup {step}", at=AT) as writer:
                take(writer, order, step, AT)
    visit(path, visitors())
    return path


def make_old(path: str) -> None:
    """Take a store back to what a program of before the runs (journal version 4) would have left of it."""
    connection = sqlite3.connect(path, isolation_level=None)
    for sql in (
        "DROP TABLE seen_run", "DROP INDEX entry_withheld", "DROP INDEX entry_late",
        "DELETE FROM _sqlite_migrations WHERE name='m005_runs_seen'", "PRAGMA user_version=4",
        "UPDATE meta SET value='older' WHERE key='fold'", "DROP TABLE told", "PRAGMA wal_checkpoint(TRUNCATE)",
    ):  # fmt: skip
        connection.execute(sql)
    connection.close()


def visitors() -> list[Envelope]:
    """Entries of two other feeds, one of which has seen the other, and some that cannot be taken in."""
    one, two = Replica("ONE"), Replica("TWO", 5)
    one.write(1, [["new", "team", "ONE-1", {"name": "甲队"}]])
    one.write(2, [["set", "team", "ONE-1", {"address": "花乡"}]])
    one.write(2, [["set", "team", "ONE-1", {"headcount": 8}]])
    first, named, kept, behind = one.has(one.signer.feed)
    two.take([first, named, kept._replace(facts=None), behind])
    two.write(2, [["set", "team", "ONE-1", {"commander": "乙"}], ["unheard", 1]])
    one.write(3, [["set", "team", "ONE-1", {"commander": "甲"}]])
    mine, theirs = one.has(one.signer.feed), two.has(two.signer.feed)
    forged = theirs[-1]._replace(signature=bytes(64))
    changed = mine[-1]._replace(facts=b'{"facts":[]}')
    stranger = Replica("THREE")
    stranger.write(1, [])
    return [*mine, *theirs, forged, changed, stranger.has(stranger.signer.feed)[1]]


def visit(path: str, envelopes: list[Envelope], received: int = AT) -> int:
    """Take entries into a store on disk."""
    connection = database.connect(path, writable=True)
    try:
        with database.file_lock(path), database.transaction(connection, path):
            return arrivals.take(connection, Fold(connection), envelopes, received)
    finally:
        connection.close()


def content(connection: sqlite3.Connection) -> list[Any]:
    """Every value of the journal, whatever it is."""
    connection.text_factory = bytes
    try:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
            for table in ("feed", "entry", "seen", "seen_run", "aside")
        ]
    finally:
        connection.text_factory = str


def whole(path: str) -> bool:
    """Whether the journal verifies and the tables are what it says."""
    from emergency.store.anew import folded_digest, refolded_digest

    with Store(path) as store:
        assert store.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert journal.verify(store.connection) == []
        assert folded_digest(store.connection) == refolded_digest(store.connection)
    return True


def command(path: str, *words: str) -> list[str]:
    """The command line as another process runs it."""
    return [sys.executable, "-m", "emergency", "--store", path, *words]


def environment(**more: str) -> dict[str, str]:
    """The environment of such a process: this checkout, English, nothing of the caller's own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("EMERGENCY_")}
    return {**kept, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **more}


def run(path: str, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        command(path, *words), capture_output=True, text=True, env=environment(), timeout=120, **more
    )


def told(path: str, *words: str) -> Any:
    """What a command prints as JSON."""
    result = run(path, *words, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)
