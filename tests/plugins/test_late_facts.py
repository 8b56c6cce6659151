"""A station that is killed while facts come that were withheld from it: the next round brings what is left."""

from __future__ import annotations

import json
import pathlib
import shutil

import pytest

from emergency.store import hubs, journal
from emergency.store.keys import Signer
from emergency.store.store import Store
from tests.store import killing, stations

from .hubs import local, station

#: Two rounds of the team's station in a folder, and a change of what it sees between them.
ROUNDS = """
import pathlib
from emergency.store.store import Store
from tests.plugins.hubs import local
folder = pathlib.Path(sys.argv[3])
with local(folder) as hub, Store(str(folder / "TT.db")) as store:
    assert hub.sync(store).state == "synced"
    with store.write("team set") as writer:
        writer.set("team", "TT-1", {"note": "behind"})
    assert hub.sync(store).state == "synced"
"""
COLUMNS = "SELECT id, name, mobile, note FROM team ORDER BY id"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A hub, a desk, and a team's station that tells of runs and has just become a duty station."""
    folder = tmp_path_factory.mktemp("before")
    with local(folder) as hub, station(folder, "DD") as desk, station(folder, "TT") as team:
        hub.enrol(desk)
        hubs.enrol(team, hub, hub.url, hub.code("TT", "team"))
        for n in range(12):
            with desk.write("team add") as writer:
                writer.new("team", {"name": f"{n}队", "region": "110106", "mobile": "13900001234"})
            with desk.write("team add") as writer:
                writer.new("team", {"name": f"又{n}队", "region": "110106"})
        hub.sync(desk)
        hub.sync(team)
        with team.write("team set") as writer:
            writer.set("team", "TT-1", {"note": "before"})
        assert team.connection.execute("SELECT count(*) > 5 FROM seen_run").fetchone() == (1,)
        assert withheld(team) == 12
        hubs.enrol(team, hub, hub.url, hub.code("TT", "duty"))
    return folder


def withheld(store: Store) -> int:
    """How many entries stand there without their facts."""
    return int(store.connection.execute("SELECT count(*) FROM entry WHERE facts IS NULL").fetchone()[0])


def told_of(store: Store) -> set[tuple[str, int]]:
    """(feed, place) of all that its own entries say it had taken in."""
    out: set[tuple[str, int]] = set()
    own = Signer.load(store.path).feed
    for _n, feed, _seq, _received, envelope in journal.read(store.connection):
        header = json.loads(envelope.header)
        if feed != own:
            continue
        for other, upto in header["seen"].items():
            out |= {(other, seq) for seq in range(1, upto + 1)}
        for other, runs in header.get("runs", {}).items():
            out |= {(other, seq) for first, last in runs for seq in range(first, last + 1)}
    return out


def held(store: Store) -> set[tuple[str, int]]:
    """(feed, place) of all of others' that is there with its facts."""
    own = Signer.load(store.path).feed
    return {
        (feed, seq)
        for _n, feed, seq, _received, e in journal.read(store.connection)
        if feed != own and e.facts is not None
    }


def check(folder: pathlib.Path) -> None:
    """The next rounds end it: everybody has all, and what was seen is told."""
    assert stations.whole(str(folder / "TT.db"))
    with local(folder) as hub, Store(str(folder / "TT.db")) as team, Store(str(folder / "DD.db")) as desk:
        assert hub.sync(team).state == "synced"
        assert hub.sync(team).state == "synced"
        assert withheld(team) == 0
        with team.write("team set") as writer:
            writer.set("team", "DD-2", {"note": "after"})
        assert told_of(team) == held(team)
        for store in (team, desk):
            assert hub.sync(store).state == "synced"
        assert team.rows(COLUMNS) == desk.rows(COLUMNS)
        assert hub.sync(team).state == "synced"
        hub.calls.clear()
        assert hub.sync(team).state == "synced"
        assert len(hub.calls) == 2
    assert stations.whole(str(folder / "TT.db"))


def kill_often(before: pathlib.Path, folder: pathlib.Path, many: int) -> None:
    """Kill the station at so many statements of its rounds."""
    shutil.copytree(before, folder)
    statements = killing.run(ROUNDS, "TT.db", 0, str(folder))
    check(folder)
    for at in killing.places(statements, many):
        shutil.rmtree(folder)
        shutil.copytree(before, folder)
        assert killing.run(ROUNDS, "TT.db", at, str(folder)) == 0
        check(folder)


def test_killed_at_any_statement_the_next_round_brings_the_rest(
    before: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    kill_often(before, tmp_path / "now", 8)


@pytest.mark.slow
def test_killed_at_two_hundred_statements(before: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """python -m pytest tests/plugins/test_late_facts.py -m slow"""
    kill_often(before, tmp_path / "now", 200)
