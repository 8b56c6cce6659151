"""Killed at any moment, a command is wholly there or wholly absent, and can be run again (CASES 20).

The 200 kills of the full test: python -m pytest tests/store/test_crash.py -m slow
"""

from __future__ import annotations

import pathlib
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest

from emergency import commands
from emergency.store.backing import backup
from emergency.store.store import Store

from . import stations

TEAMS, ORDERS = 1500, 60


class Scene(NamedTuple):
    """A store before the command, the command, and how to see whether it was done."""

    folder: pathlib.Path
    words: tuple[str, ...]
    done: Callable[[Store], int]
    whole: int
    again: bool


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with a store, a sheet of teams and a batch of orders."""
    folder = tmp_path_factory.mktemp("pristine")
    path = stations.new(folder)
    with Store(path) as store, store.write("team import") as writer:
        writer.new("incident", {"title": "暴雨", "scenario": "waterlogging", "level": "II", "state": "open"})
        for n in range(ORDERS):
            writer.new("team", {"name": f"抢险{n}队", "region": "110106"})
        for n in range(ORDERS):
            writer.new("equipment", {"name": "泵", "plate": f"京A{n:05}", "team": f"FT-{n + 2}"})
    with Store(path) as store:
        backup(store, str(folder / "backup.db"))
    rows = "".join(f"新{n}队,110106,{n}\n" for n in range(TEAMS))
    (folder / "teams.csv").write_text("队伍名称,行政区,人数\n" + rows, encoding="utf-8")
    orders = "".join(f"r{n},FT-1,FT-{n + 2},京A{n:05}\n" for n in range(ORDERS))
    (folder / "orders.csv").write_text("ref,incident,team,equipment\n" + orders, encoding="utf-8")
    return folder


def counted(sql: str) -> Callable[[Store], int]:
    return lambda store: int(store.connection.execute(sql).fetchone()[0])


SCENES = {
    "import": (("team", "import", "{folder}/teams.csv"), "SELECT count(*) FROM team", TEAMS, True),
    "batch": (("callup", "batch", "{folder}/orders.csv"), "SELECT count(*) FROM callup", ORDERS, True),
    "issue": (
        ("callup", "issue", "--incident", "FT-1", "--team", "FT-2", "--equipment", "京A00000", "--by", "60min"),
        "SELECT (SELECT count(*) FROM line WHERE state='issued')"
        " + (SELECT count(*) FROM equipment WHERE claimed IS NOT NULL)",
        2,
        False,
    ),
    "report": (
        ("duty", "report", "FT-2", "--readiness", "ready", "--headcount", "9"),
        "SELECT count(*) FROM team WHERE readiness='ready' AND headcount=9 AND reported_at IS NOT NULL",
        1,
        True,
    ),
}  # fmt: skip


def scene(pristine: pathlib.Path, folder: pathlib.Path, name: str) -> Scene:
    """A fresh copy of everything for one kill."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(pristine, folder)
    words, sql, whole, again = SCENES[name]
    return Scene(folder, tuple(w.format(folder=folder) for w in words), counted(sql), whole, again)


class Timing:
    """How long a command takes, learnt from a run that nobody killed and from the kills after it."""

    def __init__(self, path: str, words: tuple[str, ...]) -> None:
        begun = time.monotonic()
        result = stations.run(path, *words)
        assert result.returncode == 0, result.stderr
        self.length = time.monotonic() - begun

    def kill(self, path: str, words: tuple[str, ...], r: random.Random) -> bool:
        """Kill a command at a random moment; whether it was still running."""
        # The first part of a command is Python starting; the writing is in the last.
        hit = killed(path, words, self.length * r.uniform(0.3, 1.0))
        self.length *= 1.02 if hit else 0.93
        return hit


def killed(path: str, words: tuple[str, ...], after: float) -> bool:
    """Start a command and kill it with signal 9 after so long; whether it was still running."""
    process = subprocess.Popen(
        stations.command(path, *words),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=stations.environment(),
    )
    try:
        process.wait(timeout=after)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def check(path: str, at: Scene, before: int) -> bool:
    """The store is whole; whether the command was done, wholly."""
    assert stations.whole(path)
    with Store(path) as store:
        grown = at.done(store) - before
    assert grown in (0, at.whole)
    return grown == at.whole


def kill_often(pristine: pathlib.Path, folder: pathlib.Path, kills: int, seed: int) -> None:
    """So many kills of commands that were running, taken in turn."""
    r = random.Random(seed)
    timing: dict[str, Timing] = {}
    names = list(SCENES)
    killed_so_far = turn = 0
    while killed_so_far < kills:
        name = names[turn % len(names)]
        at = scene(pristine, folder / name, name)
        path = str(at.folder / "station.db")
        with Store(path) as store:
            before = at.done(store)
        if name not in timing:
            timing[name] = Timing(path, at.words)
            assert check(path, at, before)
            at = scene(pristine, folder / name, name)
        killed_so_far += timing[name].kill(path, at.words, r)
        done = check(path, at, before)
        if at.again or not done:
            assert stations.run(path, *at.words).returncode == 0
            assert check(path, at, before)
        if turn % 10 == 0:
            assert commands.run(["--store", path, "--quiet", "doctor"]) == 0
        turn += 1


def test_killed_a_few_times(pristine: pathlib.Path, tmp_path: pathlib.Path) -> None:
    kill_often(pristine, tmp_path, 8, 1)


@pytest.mark.slow
def test_killed_two_hundred_times(pristine: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """python -m pytest tests/store/test_crash.py -m slow"""
    kill_often(pristine, tmp_path, 200, 2)


INIT = ("init", "--station", "FT", "--region", "110106", "--name", "丰台")


def kill_init(folder: pathlib.Path, times: int, seed: int) -> None:
    r = random.Random(seed)
    timing = Timing(str(folder / "first.db"), INIT)
    for turn in range(times):
        path = folder / f"{turn}.db"
        timing.kill(str(path), INIT, r)
        if not path.exists():
            assert stations.run(str(path), *INIT).returncode == 0
        assert stations.whole(str(path))
        assert stations.run(str(path), "team", "list").returncode == 0


def kept(folder: pathlib.Path) -> list[pathlib.Path]:
    """The copies of what stood at the store's place, but for one that was being made."""
    found = folder.glob("station.db.before-*")
    return [p for p in found if ".new-" not in p.name and p.suffix not in (".key", ".lock")]


def kill_restore(pristine: pathlib.Path, folder: pathlib.Path, times: int, seed: int) -> None:
    """The store that stood there, or the restored one: one of both is there, whole, after every kill."""
    r = random.Random(seed)
    timing: Timing | None = None
    for _ in range(times):
        at = scene(pristine, folder / "restore", "report")
        path, words = str(at.folder / "station.db"), ("restore", str(at.folder / "backup.db"))
        with Store(path) as store, store.write("team set", why="after the backup") as writer:
            writer.set("team", "FT-2", {"note": "newer than the backup"})
        noted = counted("SELECT count(*) FROM team WHERE note IS NOT NULL")
        if timing is None:
            timing = Timing(path, words)
            continue
        timing.kill(path, words, r)
        assert stations.whole(path)
        with Store(path) as store:
            stood = noted(store)
        copies = kept(at.folder)
        assert stood == 1 or copies
        # Whichever it is, it can be written to, and the feed it writes is no other copy's.
        assert (
            stations.run(path, "duty", "report", "FT-2", "--readiness", "off", "--headcount", "1").returncode
            == 0
        )
        assert stations.run(path, *words).returncode == 0
        assert stations.whole(path)
        with Store(path) as store:
            assert noted(store) == 0
        for copy in kept(at.folder):
            assert stations.whole(str(copy))


def test_init_and_restore_killed_a_few_times(pristine: pathlib.Path, tmp_path: pathlib.Path) -> None:
    kill_init(tmp_path, 3, 3)
    kill_restore(pristine, tmp_path, 4, 4)


@pytest.mark.slow
def test_init_and_restore_killed_often(pristine: pathlib.Path, tmp_path: pathlib.Path) -> None:
    kill_init(tmp_path, 30, 5)
    kill_restore(pristine, tmp_path, 31, 6)
