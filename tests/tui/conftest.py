"""Every screen test has the same hour, a terminal that can draw, and no network."""

from __future__ import annotations

import os
import pathlib
import random
import shutil
from collections.abc import Callable, Iterator

import pytest
from textual._compositor import Compositor

from emergency.commands.demo import build as build_demo
from emergency.store import words
from tests.conftest import made_once
from tests.tui import season, stage
from tests.tui.flood import NEEDS, opened


@pytest.fixture(autouse=True)
def fixed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """08:00, English, UTF-8, nothing from the caller's own settings."""
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in (
        "NO_COLOR",
        "SSH_CONNECTION",
        "EMERGENCY_AMBIGUOUS",
        "EMERGENCY_STALE_AFTER",
        "EMERGENCY_READ_ONLY",
        "TEXTUAL_THEME",
        "EMERGENCY_THEME",
        "EMERGENCY_LOW_BANDWIDTH",
        "EMERGENCY_OFFICER",
        "TMUX",
    ):
        monkeypatch.delenv(name, raising=False)
    words.speak("en")
    yield
    words.speak("en")


@pytest.fixture
def unpainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No terminal is there that each change would be painted for: a screen is drawn when the test looks at it."""

    def update(compositor: Compositor, *_args: object, **_more: object) -> None:
        compositor._dirty_regions.clear()

    monkeypatch.setattr(Compositor, "render_update", update)


@pytest.fixture
def busy(tmp_path: pathlib.Path) -> str:
    """The path of a store with something on every panel."""
    return stage.busy(tmp_path)


@pytest.fixture
def warned(busy: str) -> str:
    """The path of that store with alerts of every kind."""
    from tests.tui import warned

    warned.take(busy, *warned.EVERY)
    return busy


@pytest.fixture
def empty(tmp_path: pathlib.Path) -> str:
    """The path of a store with nothing in it."""
    return stage.empty(tmp_path)


def _made(factory: pytest.TempPathFactory, name: str, make: Callable[[pathlib.Path], object]) -> pathlib.Path:
    """A folder that `make` fills at 08:00, the same each time."""

    def at_eight(folder: pathlib.Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EMERGENCY_NOW", stage.NOW)
            patch.setattr(os, "urandom", random.Random(1).randbytes)
            words.speak("en")
            make(folder)

    return made_once(factory, name, at_eight)


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The store of `emergency demo` at 08:00, made once; never opened for writing."""
    made = _made(tmp_path_factory, "demo", lambda folder: build_demo(str(folder / "demo.db")))
    return made / "demo.db"


@pytest.fixture
def demo(made_demo: pathlib.Path, tmp_path: pathlib.Path) -> str:
    """The path of a store of the demo, to be changed at will."""
    for file in made_demo.parent.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    return str(tmp_path / "demo.db")


@pytest.fixture(scope="session")
def made_seasons(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder of a store with seasons, made once; never opened for writing."""
    return _made(tmp_path_factory, "seasons", season.made)


@pytest.fixture
def seasons(made_seasons: pathlib.Path, tmp_path: pathlib.Path) -> str:
    """The path of a store with seasons, to be changed at will."""
    for file in made_seasons.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    return str(tmp_path / "station.db")


@pytest.fixture(scope="session")
def made_flood(made_demo: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The demo with one incident more, which needs pumps, people and bags; never opened for writing."""

    def fill(folder: pathlib.Path) -> None:
        shutil.copytree(made_demo.parent, folder, dirs_exist_ok=True)
        opened(str(folder / made_demo.name), *NEEDS)

    return _made(tmp_path_factory, "flood", fill) / made_demo.name


@pytest.fixture
def flood(made_flood: pathlib.Path, tmp_path: pathlib.Path) -> str:
    """The path of a copy of it, to be changed at will."""
    for file in made_flood.parent.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    return str(tmp_path / made_flood.name)
