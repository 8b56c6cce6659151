"""What the screens cost on a thin line, counted in bytes on a real terminal of 80 by 24."""

from __future__ import annotations

import os

import pytest

from emergency.store.store import Store
from emergency.tui.places import places

from .terminal import Terminal, on_terminal

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal"),
]

#: A move of the cursor: the line it leaves and the line it comes to.
MOVE = 600
#: More than the lines of a screen.
LINES = 22
#: A whole screen in the terminal's own colours.
WHOLE = 16_000
KEYED = [place.key for place in places() if place.key]


def written(path: str, **values: str) -> None:
    """Another process writes something."""
    with Store(path) as store, store.write("team set") as writer:
        writer.set("team", "BJ-40", values)


def rested(terminal: Terminal) -> None:
    """Until a look at the store has passed, and what it brought is drawn."""
    for _look in range(20):
        if not terminal.read(1.5):
            return
    raise AssertionError("it never comes to rest")


def test_a_move_costs_a_line_and_rest_costs_nothing(demo: str) -> None:
    with on_terminal(demo, "--low-bandwidth") as terminal:
        assert len(terminal.sent) < WHOLE
        dear = {}
        for key in KEYED:
            assert terminal.press(key) < WHOLE
            rested(terminal)
            # In sight, then past the last line that is in sight, and past the first on the way back.
            for moves in ("", "j" * LINES, "k" * LINES):
                terminal.press(moves)
                rested(terminal)
                for move in (moves or "j")[0] * 2:
                    sent = terminal.press(move)
                    if sent > MOVE:
                        dear[key, move, bool(moves)] = sent
        assert dear == {}
        # Longer than it takes to look at the store twice.
        assert terminal.read(2.5) == 0


def test_a_change_elsewhere_costs_what_it_changes(demo: str) -> None:
    """With a record open over the board: the board below is not painted, nor is all of the record."""
    with on_terminal(demo, "--low-bandwidth") as terminal:
        terminal.press("4")
        terminal.until("> Teams")
        for keys in ("", "\r"):
            if keys:
                terminal.press(keys)
            rested(terminal)
            written(demo, note=f"nothing that is shown here {keys!r}")
            assert terminal.read(3) <= 2 * MOVE
            assert terminal.press("j") <= MOVE
            assert terminal.press("k") <= MOVE


def test_typing_costs_little(demo: str) -> None:
    with on_terminal(demo, "--low-bandwidth") as terminal:
        terminal.press("4")
        terminal.until("> Teams")
        terminal.press("e")
        terminal.until("F2 saves")
        rested(terminal)
        assert [sent for letter in "abc" if (sent := terminal.press(letter)) > MOVE] == []
        rested(terminal)
