"""A hub whose files are taken away or replaced while it runs: nothing is acknowledged into a file that nobody has."""

from __future__ import annotations

import os
import pathlib
import shutil
from collections.abc import Callable

import pytest

from emergency.plugins.hub.engine import Sqlite, Unavailable, looking
from tests.plugins.processes import Station, served


def _renamed_over(path: str) -> None:
    shutil.copy(path, f"{path}.old")
    os.replace(f"{path}.old", path)


def _moved_behind_a_link(path: str) -> None:
    os.rename(path, f"{path}.moved")
    os.symlink(f"{path}.moved", path)


def _made_a_folder(path: str) -> None:
    os.rename(path, f"{path}.moved")
    os.mkdir(path)


TAKEN: dict[str, Callable[[str], None]] = {
    "deleted": os.remove,
    "replaced": _renamed_over,
    "linked": _moved_behind_a_link,
    "folder": _made_a_folder,
    "log-deleted": lambda path: os.remove(f"{path}-wal"),
    "index-deleted": lambda path: os.remove(f"{path}-shm"),
}


@pytest.mark.parametrize("how", TAKEN)
def test_what_would_be_lost_with_the_process_is_not_acknowledged(tmp_path: pathlib.Path, how: str) -> None:
    engine = Sqlite(str(tmp_path / "hub.db"))
    with engine.writing() as sql:
        sql.execute("INSERT INTO meta VALUES('before', '1')")
    TAKEN[how](engine.path)
    with pytest.raises(Unavailable, match="start the hub anew"), engine.writing() as sql:
        sql.execute("INSERT INTO meta VALUES('after', '1')")
    with pytest.raises(Unavailable, match="start the hub anew"), engine.reading():
        pass
    engine.close()


@pytest.mark.parametrize("how", TAKEN)
def test_nor_where_it_happens_within_a_transaction(tmp_path: pathlib.Path, how: str) -> None:
    engine = Sqlite(str(tmp_path / "hub.db"))
    with pytest.raises(Unavailable, match="start the hub anew"), engine.writing() as sql:
        sql.execute("INSERT INTO meta VALUES('within', '1')")
        TAKEN[how](engine.path)
    engine.close()


def test_a_database_behind_a_link_is_one_like_any_other(tmp_path: pathlib.Path) -> None:
    (tmp_path / "disk").mkdir()
    os.symlink(tmp_path / "disk" / "kept.db", tmp_path / "hub.db")
    Sqlite(str(tmp_path / "disk" / "kept.db")).close()
    engine = Sqlite(str(tmp_path / "hub.db"))
    for _time in range(2):
        with engine.writing() as sql:
            sql.execute("INSERT OR REPLACE INTO meta VALUES('a', '1')")
    engine.close()


def test_a_hub_started_anew_is_filled_by_its_stations(tmp_path: pathlib.Path) -> None:
    database = str(tmp_path / "hub.db")
    with served(tmp_path, database) as hub:
        station = Station(tmp_path, "FT", tmp_path, database, hub.url)
        station.states(3)
        assert station.sync(hub.url).state == "synced"
        os.remove(database)
        station.states(3)
        outcome = station.sync(hub.url)
        assert (outcome.state, outcome.sent) == ("offline", 0)
    assert "start the hub anew" in hub.log.read_text(encoding="utf-8")
    with served(tmp_path, database) as hub:
        assert station.sync(hub.url).state == "synced"
    with looking(database) as sql:
        held = set(sql.execute("SELECT f.id, e.seq FROM entry e JOIN feed f ON f.n=e.feed").fetchall())
    assert held == set(station.entries())
