"""`emergency demo --city`: a store made up from a seed, the same for the same seed, and nothing in it real."""

from __future__ import annotations

import os
import pathlib
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from emergency.store import times
from emergency.store.creating import create
from emergency.store.generating import CITY, fill, go_on
from emergency.store.records import RECORDS
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store

from .test_demo import NOW, Said, asked, emergency

#: The same shapes, a fiftieth of the size.
SMALL = CITY._replace(name="small", teams=30, items=900, depots=6, orders=12, contested=2, needs=9)


@pytest.fixture(scope="module", autouse=True)
def fixed() -> Iterator[None]:
    """08:00, English, nothing from the caller's own settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMERGENCY_NOW", NOW)
        patch.setenv("EMERGENCY_LANG", "en")
        for name in ("EMERGENCY_STORE", "EMERGENCY_OFFICER", "EMERGENCY_STALE_AFTER"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the city is."""
    return str(tmp_path_factory.mktemp("city") / "city.db")


@pytest.fixture(scope="module")
def made(path: str) -> Said:
    """What `emergency demo --city` said."""
    return emergency("demo", "--city", "--store", path, "--no-board")


def small(path: pathlib.Path, seed: int) -> dict[str, list[tuple[Any, ...]]]:
    """A small store of a seed, as rows of its tables without what its key makes."""
    now = times.now()
    create(str(path), station="BJ", region="110000", name="样例", who="样例").close()
    with Store(str(path), who="样例") as store:
        go_on(store, SMALL, seed, fill(store, SMALL, seed, now))
    with Store(str(path)) as store:
        out = {}
        for noun, record in RECORDS.items():
            columns = ", ".join(f'"{c}"' for c in ("id", *record.columns()) if c != "feed")
            out[noun] = store.connection.execute(f'SELECT {columns} FROM "{noun}" ORDER BY id').fetchall()
        return out


def test_a_city_has_what_it_says(made: Said, path: str) -> None:
    assert (made.code, made.out) == (0, "")
    said = made.err.splitlines()
    assert said[0].startswith("making up 500 teams and 20,000 items")
    assert said[1] == f"{SAMPLE_MARK}: {path}"
    assert said[2].startswith("500 teams, 2000 members, 20000 items of equipment, 480 stock lines, ")
    assert len(asked(path, "need", "board")) == 50
    assert len({row["incident"] for row in asked(path, "need", "board")}) == 4


def test_the_commands_to_try_work(made: Said) -> None:
    for line in made.err.splitlines():
        if line.startswith("  emergency"):
            said = emergency(*shlex.split(line)[1:])
            assert said.code == 0 and said.out, line


def test_the_store_is_sound(made: Said, path: str) -> None:
    assert emergency("--store", path, "doctor").code == 0
    with Store(path) as store:
        assert store.connection.execute("SELECT count(*) FROM inert").fetchone()[0] == 0


def test_everything_is_marked(made: Said, path: str) -> None:
    with Store(path) as store:
        for noun in ("team", "member", "equipment", "depot", "reserve", "station", "incident", "need", "callup", "line"):  # fmt: skip
            every, bare = store.connection.execute(
                f'SELECT count(*), sum(sample IS NOT ?) FROM "{noun}"', (SAMPLE_MARK,)
            ).fetchone()
            assert every and not bare, noun
        plates = store.rows("SELECT plate FROM equipment WHERE plate NOT LIKE '样%'")
        assert plates == []


def test_teams_stand_more_thickly_near_the_city(made: Said, path: str) -> None:
    near = asked(path, "team", "list", "--near", "39.91,116.40", "--within", "20km")
    far = asked(path, "team", "list", "--near", "40.38,116.84", "--within", "20km")
    assert len(near) > 4 * len(far) > 0


def test_readiness_is_mixed_and_some_of_it_is_old(made: Said, path: str) -> None:
    shown = [team["readiness_shown"] for team in asked(path, "team", "list")]
    counts = {s: shown.count(s) for s in set(shown)}
    assert set(counts) == {"ready", "standby", "off", "unavailable", "stale", "unreported"}
    assert counts["ready"] > counts["stale"] > counts["unreported"] > 0


def test_some_is_out_of_service_away_and_contested(made: Said, path: str) -> None:
    with Store(path) as store:
        (states,) = store.connection.execute(
            "SELECT count(DISTINCT serviceability) FROM equipment"
        ).fetchone()
        (away,) = store.connection.execute(
            "SELECT count(*) FROM equipment WHERE custody IN ('in_transit', 'at_incident')"
        ).fetchone()
    assert states >= 5 and away > 20
    assert len(asked(path, "conflict", "list")) == CITY.contested
    assert {"issued", "declined", "en_route", "on_scene"} <= {
        r["state"] for r in asked(path, "callup", "list")
    }


def test_three_days_ago_nothing_had_happened(made: Said, path: str) -> None:
    assert asked(path, "incident", "list", "--as-of", "2d ago") == []
    assert len(asked(path, "team", "list", "--as-of", "2d ago")) == 500


def test_a_seed_makes_one_store_and_another_seed_another(tmp_path: pathlib.Path) -> None:
    first, again, other = (small(tmp_path / f"{n}.db", seed) for n, seed in enumerate((3, 3, 4)))
    assert first == again
    assert first["team"] != other["team"] and first["need"] != other["need"]
    assert [len(first[n]) for n in ("team", "equipment", "need")] == [30, 900, 9]


def test_a_seed_without_a_size_is_refused(tmp_path: pathlib.Path) -> None:
    said = emergency("demo", "--seed", "3", "--store", str(tmp_path / "x.db"))
    assert said.code == 2 and "--city" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_city_and_a_region_at_once_are_refused(tmp_path: pathlib.Path) -> None:
    said = emergency("demo", "--city", "--region", "--store", str(tmp_path / "x.db"))
    assert said.code == 2
    assert said.err.splitlines()[0] == "emergency: --city or --region: a store is one of them"
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_left_alone(made: Said, path: str) -> None:
    before = pathlib.Path(path).read_bytes()
    said = emergency("demo", "--city", "--store", path)
    assert said.code != 0 and "is there already" in said.err
    assert pathlib.Path(path).read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT to one process there")
def test_interrupted_it_leaves_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "x.db"
    words = [sys.executable, "-m", "emergency", "demo", "--city", "--no-board", "--store", str(path)]
    with subprocess.Popen(words, stderr=subprocess.PIPE, env={**os.environ, "EMERGENCY_LANG": "en"}) as going:
        while not path.exists():
            assert going.poll() is None
        going.send_signal(signal.SIGINT)
        _out, err = going.communicate(timeout=60)
    assert going.returncode == 130
    assert "interrupted; nothing was changed" in err.decode()
    assert list(tmp_path.iterdir()) == []
