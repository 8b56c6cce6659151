"""A setting of no use ends the screens before they begin, as it ends any command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .terminal import Terminal

USELESS = (
    ("EMERGENCY_NOW", "tomorrow"),
    ("EMERGENCY_STALE_AFTER", "soon"),
    ("EMERGENCY_REGISTER_STALE_AFTER", "soon"),
    ("EMERGENCY_REST_AFTER", "soon"),
    ("EMERGENCY_DRIVE_SPREAD", "little"),
)


def told(said: str, variable: str, value: str) -> None:
    """It is one line that names both, and what may be written, in it or in one behind it."""
    line, hint, *more = said.split("\n")
    assert line.startswith(f"emergency: {variable}") and value in line, said
    assert hint[:2] in ("", "  ") and not any(more), said


@pytest.mark.parametrize(("variable", "value"), USELESS)
@pytest.mark.parametrize("words", [[], ["board"], ["--officer", "王海", "board"]], ids=len)
def test_the_screens_do_not_open(busy: str, words: list[str], variable: str, value: str) -> None:
    terminal = Terminal(160, 10, *words, EMERGENCY_STORE=busy, **{variable: value})
    try:
        terminal.read(60)
        assert terminal.process.wait(60) == 78
    finally:
        terminal.close()
    told(terminal.text, variable, value)
    # Nothing was drawn, and no mode of the terminal was touched.
    assert b"\x1b" not in terminal.sent


@pytest.mark.parametrize(("variable", "value"), USELESS)
def test_no_page_is_served(busy: str, variable: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "emergency", "--store", busy, "web", "--port", "0"],
        capture_output=True, text=True, timeout=60, env={**os.environ, variable: value},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (78, "")
    told(done.stderr, variable, value)
