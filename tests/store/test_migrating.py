"""A store of an older program is brought up to date wholly, whoever opens it, however often it is cut off."""

from __future__ import annotations

import pathlib
import shutil
import sqlite3
import subprocess

import pytest

from emergency.store import database
from emergency.store.errors import BadStore
from emergency.store.store import Store

from . import killing, stations

OPEN = "from emergency.store.store import Store; Store(sys.argv[3]).close()"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with a store of before the runs."""
    folder = tmp_path_factory.mktemp("old")
    stations.make_old(stations.busy(folder))
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> set[object]:
    """What such a store knows of runs when it is up to date."""
    with Store(stations.busy(tmp_path_factory.mktemp("now"))) as store:
        rows = store.connection.execute("SELECT first, upto, seq FROM seen_run").fetchall()
    assert rows
    return set(rows)


def copied(old: pathlib.Path, folder: pathlib.Path) -> str:
    """The path of a copy of it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(old, folder)
    return str(folder / "station.db")


def up_to_date(path: str, runs: set[object]) -> bool:
    """Whether all of it is as this program makes it."""
    assert stations.whole(path)
    with Store(path) as store:
        assert store.connection.execute("PRAGMA user_version").fetchone() == (database.JOURNAL_VERSION,)
        assert set(store.connection.execute("SELECT first, upto, seq FROM seen_run")) == runs
    return True


def kill_often(old: pathlib.Path, folder: pathlib.Path, runs: set[object], many: int) -> None:
    """Kill what brings it up to date at so many statements; whoever comes next ends it."""
    statements = killing.run(OPEN, "station.db", 0, copied(old, folder))
    assert up_to_date(str(folder / "station.db"), runs)
    for at in killing.places(statements, many):
        path = copied(old, folder)
        assert killing.run(OPEN, "station.db", at, path) == 0
        assert up_to_date(path, runs)


def test_killed_at_any_statement_it_is_brought_up_to_date_by_the_next(
    old: pathlib.Path, tmp_path: pathlib.Path, runs: set[object]
) -> None:
    kill_often(old, tmp_path / "now", runs, 8)


@pytest.mark.slow
def test_killed_at_two_hundred_statements(
    old: pathlib.Path, tmp_path: pathlib.Path, runs: set[object]
) -> None:
    """python -m pytest tests/store/test_migrating.py -m slow"""
    kill_often(old, tmp_path / "now", runs, 200)


def test_two_that_bring_it_up_to_date_at_once_do_it_once(
    old: pathlib.Path, tmp_path: pathlib.Path, runs: set[object]
) -> None:
    path = copied(old, tmp_path / "now")
    words = (["team", "list", "--json"], ["team", "add", "name=新队", "region=110106"], ["conflict", "list"])
    started = [
        subprocess.Popen(
            stations.command(path, *w), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=stations.environment(),
        )
        for w in words
    ]  # fmt: skip
    for process in started:
        _said, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
    assert up_to_date(path, runs)
    with Store(path) as store:
        assert store.row("team", store.find("team", "新队")) is not None


@pytest.mark.parametrize(
    "change",
    [f"PRAGMA user_version={database.JOURNAL_VERSION + 1}", "UPDATE meta SET value='other' WHERE key='fold'"],
)
def test_who_opened_it_before_another_version_took_it_over_writes_no_more(
    tmp_path: pathlib.Path, change: str
) -> None:
    path = stations.busy(tmp_path)
    with Store(path) as store:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute(change)
        before = connection.execute("SELECT count(*) FROM entry").fetchone()
        with pytest.raises(BadStore, match="another version"), store.write("team add") as writer:
            writer.new("team", {"name": "新队"})
        with pytest.raises(BadStore, match="another version"):
            store.take(stations.visitors())
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == before
        connection.close()
