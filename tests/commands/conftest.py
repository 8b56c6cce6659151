"""The command line as a person types it: one call, its exit code, its two streams."""

from __future__ import annotations

import gc
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import emergency
from emergency.commands import run
from emergency.store import words
from emergency.store.text import safe

if TYPE_CHECKING:
    from .meetings import World

ROOT = pathlib.Path(emergency.__path__[0])
#: The hour at which every test begins.
NOW = "2026-07-31T08:00:00+08:00"
CLEARED = (
    "EMERGENCY_HOME",
    "EMERGENCY_OFFICER",
    "EMERGENCY_STALE_AFTER",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "LC_ALL",
)


class Result(NamedTuple):
    """What one command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one JSON value."""
        return json.loads(self.out)

    @property
    def ndjson(self) -> list[Any]:
        """stdout as one JSON value a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def harmless(text: str) -> bool:
    """Whether nothing in the text could drive a terminal."""
    return all(safe(line) == line for line in text.replace("\t", " ").split("\n"))


class Officer:
    """Types commands at one store. `+` is yours: `at` moves the hour, `says` runs a line."""

    def __init__(self, store: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
        self.store = store
        self._capsys, self._monkeypatch = capsys, monkeypatch

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> Result:
        """Run one command line, whatever comes of it."""
        self._capsys.readouterr()
        if stdin is not None:
            self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = run([*arguments])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err, err
        assert "fault of the program" not in err, err
        return Result(int(code), out, err)

    def done(self, *arguments: str, stdin: bytes | None = None) -> Result:
        """Run one command line that must succeed."""
        result = self(*arguments, stdin=stdin)
        assert result.code == 0, (arguments, result)
        return result

    def refused(self, code: int, *arguments: str, stdin: bytes | None = None) -> str:
        """Run one command line that must fail with this code, say why in one line, and change nothing."""
        before = self.entries()
        result = self(*arguments, stdin=stdin)
        assert result.code == code, (arguments, result)
        assert result.out == ""
        first = result.err.splitlines()[0]
        assert first.startswith("emergency: "), result.err
        assert len(result.err.splitlines()) <= 2, result.err
        assert harmless(result.err), result.err
        assert self.entries() == before
        return result.err

    def at(self, time: str) -> None:
        """It is now this time of the day of the tests, or a whole RFC 3339 time."""
        self._monkeypatch.setenv("EMERGENCY_NOW", time if "T" in time else f"2026-07-31T{time}:00+08:00")

    def entries(self) -> int:
        """How many entries the journal has."""
        from emergency.store.store import Store

        if not self.store.exists():
            return 0
        try:
            with Store(str(self.store)) as store:
                return int(store.connection.execute("SELECT count(*) FROM entry").fetchone()[0])
        except emergency_errors():
            return -1

    def show(self, noun: str, which: str, *more: str) -> Any:
        """One record as JSON."""
        return self.done(noun, "show", which, "--json", *more).json

    def ids(self, *arguments: str) -> list[str]:
        """The ids that a list prints, in its order."""
        return [row["id"] for row in self.done(*arguments, "--json").json]

    def add(self, noun: str, *pairs: str) -> str:
        """Register a record; its id."""
        return str(self.done(noun, "add", *pairs, "--json").json["id"])

    def issue(self, *arguments: str) -> str:
        """Give an order; its id."""
        return str(self.done("callup", "issue", *arguments, "--json").json["id"])

    def state(self, line: str) -> str:
        """The state of one line of an order."""
        order = self.show("callup", line.split("/")[0])
        return str(next(row["state"] for row in order["lines"] if row["id"] == line))

    def process(self, *arguments: str, stdin: bytes | None = None, **environ: str) -> Result:
        """Run it as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "emergency", *arguments],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            cwd=self.store.parent,
            env={**os.environ, **environ},
            timeout=60,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def emergency_errors() -> type[Exception]:
    """What a store that cannot be opened raises."""
    from emergency.store.errors import EmergencyError

    return EmergencyError


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A fresh store, made once and copied by each test."""
    from emergency.store.creating import create

    folder = tmp_path_factory.mktemp("template")
    path = folder / "station.db"
    patch = pytest.MonkeyPatch()
    patch.setenv("EMERGENCY_NOW", "2026-07-30T08:00:00+08:00")
    create(str(path), station="FT", region="110106", name="丰台区应急指挥中心", who="王小明").close()
    patch.undo()
    return folder


@pytest.fixture(autouse=True)
def fixed(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[None]:
    """The same hour, language and store for every test, and no connection left open behind it."""
    for name in CLEARED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EMERGENCY_NOW", NOW)
    monkeypatch.setenv("EMERGENCY_LANG", "en")
    monkeypatch.setenv("LANGUAGE", "en")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("EMERGENCY_STORE", str(tmp_path / "station.db"))
    words.speak("en")
    yield
    words.speak("en")
    gc.collect(0)


@pytest.fixture
def bare(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Officer:
    """An officer at a machine with no store yet."""
    return Officer(tmp_path / "station.db", capsys, monkeypatch)


@pytest.fixture
def say(bare: Officer, template: pathlib.Path) -> Officer:
    """An officer at station FT, whose store holds nothing but the reference data."""
    shutil.copytree(template, bare.store.parent, dirs_exist_ok=True)
    return bare


STOCKED = (
    ("team", "add", "name=房山排水一队", "region=110111", "strength=20", "at=39.74,116.00", "mobile=13800000001",
     "radio=房山01", "type=排水", "capabilities=排水;供电"),
    ("team", "add", "name=丰台救援二队", "region=110106", "strength=12", "at=39.86,116.28", "type=救援"),
    ("equipment", "add", "name=龙吸水", "kind=pump-truck", "team=FT-1", "plate=京A00001", "drainage=5000m3/h"),
    ("equipment", "add", "name=移动泵车", "kind=pump-truck", "team=FT-1", "plate=京A00002", "drainage=1000m3/h"),
    ("depot", "add", "name=丰台库", "region=110106", "at=39.85,116.29"),
    ("reserve", "move", "丰台库", "sandbag", "--qty", "1000", "--reason", "进货"),
    ("incident", "open", "房山暴雨洪水", "--scenario", "flood", "--level", "II", "--region", "110111",
     "--at", "39.74,115.99"),
)  # fmt: skip


class Shelf:
    """Folders as commands left them: typed for the first test that asks, and laid out again for every later one."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder

    def typed(self, officer: Officer, fill: Callable[[Officer], object]) -> Officer:
        """The officer, with everything beside the store as `fill` leaves it."""
        kept = self._folder / f"{fill.__module__}.{fill.__qualname__}"
        if kept.exists():
            shutil.copytree(kept, officer.store.parent, dirs_exist_ok=True)
        else:
            fill(officer)
            shutil.copytree(officer.store.parent, kept)
        return officer


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What fixtures typed."""
    return Shelf(tmp_path_factory.mktemp("shelf"))


def _stock(say: Officer) -> None:
    say.at("07:00")
    for line in STOCKED:
        say.done(*line)
    say.at("08:00")


@pytest.fixture
def desk(say: Officer, shelf: Shelf) -> Officer:
    """Station FT with teams, a truck, sandbags and an open incident, typed at 07:00; see `Stage`."""
    return shelf.typed(say, _stock)


class Stage:
    """The ids of `desk`, by what they are."""

    DRAINERS, RESCUERS, BIG, SMALL, DEPOT, INCIDENT = "FT-1", "FT-2", "FT-3", "FT-4", "FT-5", "FT-6"


Say = Callable[..., Result]


@pytest.fixture(params=["hub", "stick"])
def world(request: pytest.FixtureRequest, desk: Officer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The stocked desk and a way to meet others: once through a hub, once by stick alone."""
    from .meetings import opened

    with opened(request.param, desk, monkeypatch) as found:
        yield found


@pytest.fixture
def by_stick(desk: Officer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The same by stick alone."""
    from .meetings import opened

    with opened("stick", desk, monkeypatch) as found:
        yield found


@pytest.fixture
def by_hub(desk: Officer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The same through a hub alone."""
    from .meetings import opened

    with opened("hub", desk, monkeypatch) as found:
        yield found
