"""The screens on a terminal: how soon the first board is there, and how soon a key shows.

The reference is a Textual app with one line of text, in a terminal of its own in the same run: what is
ours is the difference.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import statistics
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from select import select

from .measure import EMERGENCY, ENVIRONMENT, PYTHON, Figure, run

#: An app of two screens that show a line each, and another one for each key; s goes to the other screen.
EMPTY = """
from textual.app import App
from textual.screen import Screen
from textual.widgets import Static
class Line(Screen):
    CSS = "Static { height: 1; }"
    keys = 0
    def compose(self):
        yield Static("first paint")
    def on_key(self, event):
        if event.key != "s":
            self.keys += 1
            self.query_one(Static).update(f"key {self.keys}")
class Empty(App):
    MODES = {"one": Line, "two": Line}
    DEFAULT_MODE = "one"
    BINDINGS = [("s", "other", "")]
    def action_other(self):
        self.switch_mode("two" if self.current_mode == "one" else "one")
Empty().run()
"""
KEYS = 40


class Screen:
    """A program on a terminal of 80 by 24, from its start on."""

    def __init__(self, command: Sequence[str], **environment: str) -> None:
        self._here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(
            list(command),
            stdin=there,
            stdout=there,
            stderr=there,
            start_new_session=True,
            env=ENVIRONMENT
            | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_FPS": "60"}
            | environment,
        )
        os.close(there)

    def until(self, words: bytes) -> None:
        """Read until these words were drawn."""
        drawn = b""
        while words not in drawn:
            drawn += os.read(self._here, 65536)
            drawn = drawn[-200_000:]

    def press(self, key: bytes) -> float:
        """Seconds from a key to the first byte that it draws."""
        self.rest()
        start = time.perf_counter()
        os.write(self._here, key)
        select([self._here], [], [], 5)
        return time.perf_counter() - start

    def rest(self) -> None:
        """Until nothing has been drawn for a twentieth of a second."""
        while select([self._here], [], [], 0.05)[0]:
            os.read(self._here, 65536)

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait()
        os.close(self._here)


@contextlib.contextmanager
def opened(command: Sequence[str], words: bytes, **environment: str) -> Iterator[Screen]:
    """The program once it shows these words."""
    screen = Screen(command, **environment)
    try:
        screen.until(words)
        yield screen
    finally:
        screen.close()


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Start to first board, and a key to its paint, on the store of the demo."""
    folder.mkdir(parents=True)
    store = str(folder / "demo.db")
    run([*EMERGENCY, "demo", "--store", store, "--no-board"])
    ours = ([*EMERGENCY, "--store", store, "board"], b"now: ")
    alone = (EMERGENCY, b"now: ")
    empty = ([*PYTHON, "-c", EMPTY], b"first paint")
    starts: tuple[list[float], ...] = ([], [], [])
    for n in range(runs + 1):
        for (command, words), taken in zip((alone, ours, empty), starts, strict=True):
            start = time.perf_counter()
            with opened(command, words, EMERGENCY_STORE=store):
                # The first of each only warms the caches.
                taken.extend([time.perf_counter() - start] * bool(n))
    bare, optioned, reference = map(statistics.median, starts)
    yield Figure("`emergency` to first board / an empty app's first paint", bare, reference, goal=1.3)
    yield Figure("the same with `--store`, so that options are parsed", optioned, reference, goal=1.3)
    with opened(*ours) as board, opened(*empty) as reference:
        for what, keys, other in (
            ("moving in a list", b"jk", b"j"),
            ("another list of the board", b"\t", b"j"),
            ("another screen", b"21", b"s"),
        ):
            pressed: tuple[list[float], list[float]] = ([], [])
            for n in range(KEYS):
                pressed[0].append(board.press(keys[n % len(keys) :][:1]))
                pressed[1].append(reference.press(other))
            yield Figure(f"{what}: key to paint, p95 / an empty app's", *map(p95, pressed), goal=2)


def p95(times: Sequence[float]) -> float:
    """What nineteen in twenty stay under."""
    return statistics.quantiles(times, n=20)[-1]
