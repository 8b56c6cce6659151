"""Every screen test has the same hour, a terminal that can draw, and no network."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from emergency.store import words
from tests.tui import stage


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
def busy(tmp_path: pathlib.Path) -> str:
    """The path of a store with something on every panel."""
    return stage.busy(tmp_path)


@pytest.fixture
def empty(tmp_path: pathlib.Path) -> str:
    """The path of a store with nothing in it."""
    return stage.empty(tmp_path)
