"""Two hub processes over one PostgreSQL: stations meet now one, now the other."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from emergency.plugins.hub import opened, postgres, proofs, serving
from emergency.plugins.hub.engine import Engine, open_engine
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.live import News
from emergency.plugins.hub.members import Member
from emergency.plugins.hub.writing import Writing
from emergency.store import pages
from emergency.store.keys import Signer
from tests.bench import crowd

from .processes import DEADLINE, HubProcess, Listener, Station, served, until


@pytest.fixture
def home(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path


@pytest.fixture
def two(home: pathlib.Path, database: str) -> Iterator[list[HubProcess]]:
    with served(home, database) as one, served(home, database) as other:
        yield [one, other]


def rows(database: str, statement: str) -> list[Any]:
    """What a statement gives, asked beside the hubs."""
    with psycopg.connect(database) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_nothing_is_lost_or_twice_between_two(
    tmp_path: pathlib.Path, home: pathlib.Path, database: str, two: list[HubProcess]
) -> None:
    names = ("FT", "FS", "DX", "CP")
    stations = [Station(tmp_path, n, home, database, two[i % 2].url) for i, n in enumerate(names)]

    def shift(i: int) -> None:
        for turn in range(6):
            stations[i].states(5)
            assert stations[i].sync(two[(i + turn) % 2].url).state == "synced"

    with ThreadPoolExecutor(len(stations)) as pool:
        for done in [pool.submit(shift, i) for i in range(len(stations))]:
            done.result()
    for i, station in enumerate(stations):
        assert station.sync(two[i % 2].url).state == "synced"
    had = [station.entries() for station in stations]
    assert had[0] == had[1] == had[2] == had[3]
    assert all(sum(feed == s.feed for feed, _seq in had[0]) == 31 for s in stations)
    assert all(s.sound() for s in stations)
    numbers = [n for (n,) in rows(database, "SELECT n FROM entry ORDER BY n")]
    assert numbers == [*range(1, len(had[0]) + 1)]
    assert rows(database, "SELECT value FROM meta WHERE key='counter'") == [(str(len(numbers)),)]
    assert rows(database, "SELECT count(*) FROM aside") == [(0,)]
    assert rows(database, "SELECT count(*) FROM feed WHERE parent IS NOT NULL") == [(0,)]


def test_the_line_of_one_tells_what_the_other_took(
    tmp_path: pathlib.Path, home: pathlib.Path, database: str, two: list[HubProcess]
) -> None:
    a, b = (Station(tmp_path, n, home, database, two[0].url) for n in ("FT", "FS"))
    a.sync(two[0].url)
    line = Listener(b, two[1].url)
    until(lambda: not _fresh(database, two))
    before = len(line.heard)
    a.states(1)
    a.sync(two[0].url)
    until(lambda: len(line.heard) > before)
    for hub in two:
        assert hub.stop() == 0
    line.join()


def _fresh(database: str, two: list[HubProcess]) -> bool:
    """Whether a process does not listen yet."""
    listening = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname=current_database()"
    )
    return bool(rows(database, listening)[0][0] < len(two))


class _Watched:
    """An engine's watch in a thread."""

    def __init__(self, engine: Engine) -> None:
        self.looks = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=engine.watch, args=(self._look, self._ended))
        self._thread.start()

    def _look(self) -> None:
        self.looks += 1

    def end(self) -> None:
        self._ended.set()
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()


def _announce(engine: Engine) -> None:
    with engine.writing() as sql:
        engine.announce(sql)


def test_word_comes_without_waiting_for_the_next_look(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LOOK", 3600.0)
    here, there = open_engine(database), open_engine(database)
    watched = _Watched(here)
    until(lambda: watched.looks == 1)
    _announce(there)
    until(lambda: watched.looks == 2)
    # A connection that is cut is made again, and what was missed is looked for at once.
    monkeypatch.setattr(postgres, "LOOK", 0.1)
    rows(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    until(lambda: watched.looks > 3)
    watched.end()
    here.close()
    there.close()


def test_what_another_process_wrote_is_told_once(database: str, tmp_path: pathlib.Path) -> None:
    here, other = (Hub(database, str(tmp_path)) for _ in range(2))
    here.station = other.station = crowd.enrolled(here.hub, 1)[0]
    other.looks()
    here.told.clear()
    here.writes(1)
    assert here.told == [1]
    other.writes(2)
    here.looks()
    here.looks()
    assert here.told == [1, 2]
    other.writes(1)
    # Nobody here was told of that one when we write: a round must bring both.
    here.writes(1)
    here.looks()
    assert here.told == [1, 2, 0]
    other.writes(serving.MOST_WRITTEN + 1)
    here.looks()
    assert here.told == [1, 2, 0, 0]
    for process in (here, other):
        process.hub.writing.stop()
        process.hub.engine.close()


class Hub:
    """One process of several over a database, as far as the live line goes."""

    station: crowd.Station

    def __init__(self, database: str, home: str) -> None:
        self.hub = opened(database, home)
        self.told: list[int] = []
        self.hub.writing.grown = self._told
        self.hub.writing.start()

    def _told(self, news: News) -> None:
        line = news.told(Member("b" * 20, "XX", "duty", "", 0, None, ""), lambda envelope, _member: envelope)
        self.told.append(len(pages.news(line.decode()) or []))

    def writes(self, count: int) -> None:
        """So many entries of a station, together."""
        coming = proofs.read(self.station.reports(count))
        member = Member(self.station.feed, self.station.name, "duty", "", 0, None, "")
        told = self.hub.writing.submit(lambda filing: filing.push(coming, member)).result()
        assert told.new == count
        # The one writer comes to this after it has told of that.
        self.hub.writing.submit(lambda filing: None).result()

    def looks(self) -> None:
        """What the watch does when it is time."""
        serving._look(self.hub.engine, self.hub.writing, self.hub.identity.feed)


def _five(filing: Filing) -> None:
    for n in range(5):
        filing.write([["unheard", n]], kind="x", who="")


def test_a_group_is_announced_once_and_only_if_it_brought_something(database: str) -> None:
    engine = open_engine(database)
    writing = Writing(engine, Signer.create(), lambda: 0)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("LISTEN emergency_hub")
        writing.submit(lambda f: None).result()
        writing.submit(_five).result()
        said = [*connection.notifies(timeout=DEADLINE, stop_after=1), *connection.notifies(timeout=0)]
    assert [(n.channel, n.payload) for n in said] == [("emergency_hub", "")]
    assert writing.counter == 5
    engine.close()
