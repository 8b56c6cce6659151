"""The primary goes in the middle of a push, and its standby takes over: nothing acknowledged is lost."""

from __future__ import annotations

import pathlib
import threading
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest

from emergency.plugins.hub.engine import Unavailable, open_engine
from emergency.store import hubs, pages
from emergency.store.entries import parsed
from emergency.store.link import HttpLink
from emergency.store.rounds import Outcome
from emergency.store.store import Store
from emergency.store.syncing import sync

from .postgres import SUPERUSER, Cluster, binaries, folder
from .processes import Station, served, until


class Pair(NamedTuple):
    """A primary, and a standby that has every commit before it is acknowledged."""

    primary: Cluster
    standby: Cluster

    @property
    def address(self) -> str:
        """Both, for whoever writes to the one that takes writes."""
        return (
            f"postgresql://{SUPERUSER}@127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}/postgres"
        )

    def fail_over(self) -> None:
        """Let the standby, whose primary has gone, take writes without waiting for another."""
        self.standby.promote()
        self.standby.run("ALTER SYSTEM RESET synchronous_standby_names")
        self.standby.reload()


@pytest.fixture
def pair() -> Iterator[Pair]:
    bin_ = binaries()
    if bin_ is None:
        pytest.skip("no PostgreSQL server is installed here: initdb was not found")
    with folder() as parent:
        primary = Cluster.create(bin_, parent)
        primary.start()
        standby = primary.standby("second")
        primary.run("ALTER SYSTEM SET synchronous_standby_names='second'")
        primary.reload()
        until(lambda: primary.run("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        yield Pair(primary, standby)
        standby.stop("immediate")
        primary.stop("immediate")


class CutLink(HttpLink):
    """A line to a hub whose primary goes while one of the pushes is under way."""

    def __init__(self, url: str, primary: Cluster, at: int) -> None:
        super().__init__(url)
        self.acknowledged = self.pushes = 0
        self._cut = threading.Thread(target=primary.stop, args=("immediate",))
        self._at = at

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """See Link."""
        if path == "/v1/push":
            self.pushes += 1
            if self.pushes == self._at:
                self._cut.start()
        status, answer = super().call(method, path, headers, body)
        if path == "/v1/push" and status == 200:
            self.acknowledged += int((parsed(answer) or {})["new"])
        return status, answer

    def close(self) -> None:
        """Hang up, once the primary has gone."""
        super().close()
        self._cut.join()


def cut_off(station: Station, url: str, primary: Cluster, at: int) -> tuple[Outcome, int]:
    """What comes of a round in which the primary goes, and how many entries were acknowledged."""
    link = CutLink(url, primary, at)
    try:
        with Store(station.path) as store:
            return sync(store, hubs.hubs(store.connection)[0], link), link.acknowledged
    finally:
        link.close()


def test_a_push_goes_on_where_the_primary_left_it(
    tmp_path: pathlib.Path, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PUSH", 4 * 1024)
    with served(tmp_path, pair.address, "--no-log") as hub:
        station = Station(tmp_path, "FT", tmp_path, pair.address, hub.url)
        station.states(200, 500)
        outcome, acknowledged = cut_off(station, hub.url, pair.primary, at=5)
        assert outcome.state == "offline" and 0 < acknowledged < 201
        assert station.sync(hub.url).state == "offline"
        pair.fail_over()
        [(kept,)] = pair.standby.run(
            f"SELECT count(*) FROM entry JOIN feed ON feed.n = entry.feed WHERE id = '{station.feed}'"
        )
        # A commit whose acknowledgement was lost on the way may be there besides.
        assert kept >= acknowledged
        until(lambda: station.sync(hub.url).state == "synced")
        fresh = Station(tmp_path, "FS", tmp_path, pair.address, hub.url)
        assert fresh.sync(hub.url).state == "synced"
        station.sync(hub.url)
        assert fresh.entries() == station.entries() and fresh.sound()
        assert sum(feed == station.feed for feed, _seq in fresh.entries()) == 201
    numbers = [n for (n,) in pair.standby.run("SELECT n FROM entry ORDER BY n")]
    assert numbers == [*range(1, len(fresh.entries()) + 1)]
    assert pair.standby.run("SELECT count(*) FROM aside") == [(0,)]


def test_a_hub_can_be_stopped_while_a_commit_waits(tmp_path: pathlib.Path, pair: Pair) -> None:
    with served(tmp_path, pair.address, "--no-log") as hub:
        station = Station(tmp_path, "FT", tmp_path, pair.address, hub.url)
        station.states(1)
        pair.standby.stop("immediate")
        outcomes: list[Outcome] = []
        syncing_ = threading.Thread(target=lambda: outcomes.append(station.sync(hub.url)))
        syncing_.start()
        until(lambda: bool(pair.primary.run("SELECT 1 FROM pg_stat_activity WHERE wait_event='SyncRep'")))
        assert hub.stop() == 0
        syncing_.join()
    assert outcomes[0].state == "offline"


def test_a_commit_that_no_standby_has_is_not_acknowledged(pair: Pair) -> None:
    engine = open_engine(pair.address)
    pair.standby.stop("immediate")
    told: list[str] = []

    def write() -> None:
        try:
            with engine.writing() as sql:
                sql.execute("INSERT INTO meta VALUES('x', 'y')")
            told.append("acknowledged")
        except Unavailable as error:
            told.append(str(error))

    writing = threading.Thread(target=write)
    writing.start()
    waits = "FROM pg_stat_activity WHERE wait_event='SyncRep'"
    until(lambda: bool(pair.primary.run(f"SELECT pid {waits}")))
    assert told == []
    pair.primary.run(f"SELECT pg_cancel_backend(pid) {waits}")
    writing.join()
    assert told == ["unconfirmed"]
    engine.close()
