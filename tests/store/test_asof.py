"""Any list as of a time is what it was then (rows K1, K2)."""

from __future__ import annotations

import json
import pathlib
import random
import shutil
from typing import Any

import pytest

from emergency import commands
from emergency.store import database, journal, times
from emergency.store.errors import InvalidValue
from emergency.store.records import RECORDS
from emergency.store.store import Store

from . import stations
from .replicas import Replica

START = times.parse_time("2026-07-31T08:00:00+08:00", 0)
TABLES = [n for n in RECORDS if n not in ("region", "scenario", "item")]


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    clock(monkeypatch, START)
    return stations.new(tmp_path)


def clock(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setenv("EMERGENCY_NOW", times.format_time(at))


def tables(store: Store) -> dict[str, Any]:
    """Every row of every register, and the ledgers beneath."""
    out: dict[str, Any] = {n: store.rows(f'SELECT * FROM "{n}" ORDER BY id') for n in TABLES}
    for name in ("cell", "step", "claim", "settled", "movement", "log", "inert"):
        rows = store.connection.execute(f"SELECT * FROM {name}").fetchall()
        out[name] = sorted(rows, key=repr)
    return out


def work(r: random.Random, turn: int) -> list[str]:
    """A random command of a duty officer; some of them are refused, which is fine."""
    incident, team, truck, order = (
        "FT-1",
        f"FT-{r.randrange(2, 5)}",
        f"京A{r.randrange(4)}",
        f"FT-{r.randrange(9, 20)}",
    )
    return r.choice(
        [
            ["team", "add", f"name={turn}队", "region=110106", "strength=9"],
            [
                "incident",
                "open",
                f"积水{turn}",
                "--scenario",
                "waterlogging",
                "--level",
                "II",
                "--region",
                "110106",
            ],
            ["duty", "report", team, "--readiness", r.choice(["ready", "off"]), "--headcount", "3"],
            [
                "callup",
                "issue",
                "--incident",
                incident,
                "--equipment",
                truck,
                "--report-to",
                "长阳",
                "--by",
                "60min",
            ],
            ["callup", "issue", "--incident", incident, "--team", team, "--people", "2", "--by", "60min"],
            *(["callup", step, order] for step in ("accept", "depart", "arrive", "release", "cancel")),
            ["team", "set", team, f"note={turn}"],
            ["team", "set", team, f"name=改{turn}"],
        ]
    )


def opening(path: str) -> None:
    """An incident FT-1, teams FT-2 to FT-4, trucks FT-5 to FT-8."""
    with Store(path) as store, store.write("open") as writer:
        writer.new("incident", {"title": "暴雨", "scenario": "waterlogging", "level": "II", "state": "open"})
        for n in range(3):
            writer.new("team", {"name": f"{n}队", "region": "110106"})
        for n in range(4):
            writer.new("equipment", {"name": "泵", "plate": f"京A{n}"})


LISTS = (
    ["team", "list", "--json"],
    ["equipment", "list", "--json"],
    ["incident", "list", "--json"],
    ["callup", "list", "--json"],
    ["callup", "list", "--overdue", "--json"],
    ["journal", "log", "--json"],
)


def listed(path: str, capfd: pytest.CaptureFixture[str], *before: str) -> list[str]:
    out = []
    capfd.readouterr()
    for words in LISTS:
        assert commands.run(["--store", path, *before, *words]) == 0, (words, capfd.readouterr().err)
        out.append(capfd.readouterr().out)
    return out


@pytest.mark.parametrize("seed", range(3))
def test_every_list_as_of_every_minute_is_what_it_was(
    path: str, seed: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    r = random.Random(seed)
    was: dict[int, tuple[dict[str, Any], list[str]]] = {}
    at = START
    done = 0
    opening(path)
    for turn in range(40):
        at += r.randrange(1, 30) * times.MINUTE
        clock(monkeypatch, at)
        done += commands.run(["--store", path, "--quiet", *work(r, turn)]) == 0
        if turn % 4 == 0:
            with Store(path) as store:
                was[at] = tables(store), listed(path, capfd)
    assert done > 12
    clock(monkeypatch, at + times.DAY)
    for then, (rows, lists) in was.items():
        with Store(path, as_of=then) as store:
            assert tables(store) == rows
            assert journal.verify(store.connection) == []
        assert listed(path, capfd, "--as-of", times.format_time(then)) == lists


def test_before_the_first_entry_there_was_nothing(path: str) -> None:
    with Store(path, as_of=START - 1) as store:
        assert [n for n in TABLES if store.rows(f'SELECT * FROM "{n}"')] == []
        assert store.row("region", "110106") is not None
        assert journal.verify(store.connection) == []


def test_what_was_heard_later_was_not_known_then(path: str) -> None:
    """As of is by when it was received here, not by the clock of who wrote it."""
    far = Replica("FAR", START - 90 * times.DAY)
    far.write(1, [["new", "team", "X", {"name": "远队"}]])
    stations.visit(path, far.has(far.signer.feed), START + times.HOUR)
    for as_of, known in ((START, []), (START + times.HOUR, [{"name": "远队"}])):
        with Store(path, as_of=as_of) as store:
            assert store.rows("SELECT name FROM team WHERE id='X'") == known


def test_facts_told_later_were_not_known_when_they_were_withheld(path: str) -> None:
    far = Replica("FAR")
    far.write(1, [["new", "team", "X", {"name": "远队"}]])
    first, second = far.has(far.signer.feed)
    stations.visit(path, [first, second._replace(facts=None)], START + times.HOUR)
    stations.visit(path, [second], START + 2 * times.HOUR)
    for as_of, known in ((START + times.HOUR, []), (START + 2 * times.HOUR, [{"name": "远队"}])):
        with Store(path, as_of=as_of) as store:
            assert store.rows("SELECT name FROM team WHERE id='X'") == known
            assert journal.verify(store.connection) == []
    assert stations.whole(path)


def test_a_clock_that_was_set_back_leaves_no_hole(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for at, name in ((START + times.DAY, "甲"), (START + times.HOUR, "乙")):
        clock(monkeypatch, at)
        with Store(path) as store, store.write("team add") as writer:
            writer.new("team", {"name": name})
    with Store(path, as_of=START + times.HOUR) as store:
        assert store.rows("SELECT name FROM team ORDER BY id") == [{"name": "甲"}, {"name": "乙"}]
        assert journal.verify(store.connection) == []
    with Store(path, as_of=START) as store:
        assert store.rows("SELECT name FROM team") == []


def test_facts_that_came_while_the_clock_was_ahead_are_there_once_it_is_right(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Replica("FAR")
    for n in range(1, 6):
        far.write(n, [["new", "team", f"X{n}", {"name": "远队"}]])
    first, *entries = far.has(far.signer.feed)
    stations.visit(path, [first, *(e._replace(facts=None) for e in entries)], START)
    # One of them stays withheld: what came behind it is told as a run.
    stations.visit(path, [entries[0], *entries[2:]], START + 700 * times.DAY)
    clock(monkeypatch, START + times.HOUR)
    known = [{"id": f"X{n}"} for n in (1, 3, 4, 5)]
    with Store(path) as store:
        with store.write("team add") as writer:
            writer.new("team", {"name": "甲"})
        assert store.rows("SELECT id FROM team WHERE known=1 AND id LIKE 'X%' ORDER BY id") == known
    for as_of, there in ((START + times.HOUR, known), (START + times.HOUR - 1, [])):
        with Store(path, as_of=as_of) as store:
            assert store.rows("SELECT id FROM team WHERE known=1 AND id LIKE 'X%' ORDER BY id") == there
            assert journal.verify(store.connection) == []
    assert stations.whole(path)


def test_the_past_cannot_be_written(path: str) -> None:
    with Store(path, as_of=START) as store, pytest.raises(InvalidValue, match="past"), store.write("x"):
        pass


def test_looking_back_changes_nothing(path: str, tmp_path: pathlib.Path) -> None:
    before = pathlib.Path(path).read_bytes()
    with Store(path, as_of=START):
        pass
    assert pathlib.Path(path).read_bytes() == before
    shutil.copyfile(path, tmp_path / "copy.db")
    connection = database.connect(str(tmp_path / "copy.db"), writable=False)
    assert json.loads(next(journal.read(connection))[4].header)["seq"] == 1
    connection.close()
