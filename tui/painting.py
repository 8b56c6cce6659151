"""On a thin line: what is painted is what the terminal does not show yet, and lines that only moved are moved there.

A list that scrolls by a line is all of it painted again otherwise: 2 KB where the list fills the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console
from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.screen import Screen
from textual.strip import Strip

#: Lines may have moved by so many: a key moves them by one, the wheel of a mouse by three.
MOST = 3
#: Fewer lines than this are painted for less than it takes to move them.
LEAST = 3


class Move(NamedTuple):
    """Lines `top` to `bottom`, the last one included, go up by `by`; down where it is less than 0."""

    top: int
    bottom: int
    by: int

    @property
    def sequence(self) -> str:
        """Scrolls a part of the screen, as every terminal since the VT100 does."""
        region = f"\x1b[{self.top + 1};{self.bottom + 1}r"
        at, turn = (self.bottom, "\n") if self.by > 0 else (self.top, "\x1bM")
        return f"{region}\x1b[{at + 1};1H{turn * abs(self.by)}\x1b[r"

    def done_to(self, lines: Sequence[Strip]) -> list[Strip]:
        """The lines after it; what comes in is empty."""
        part = list(lines[self.top : self.bottom + 1])
        empty = [Strip.blank(0)] * abs(self.by)
        part = [*part[self.by :], *empty] if self.by > 0 else [*empty, *part[: self.by]]
        return [*lines[: self.top], *part, *lines[self.bottom + 1 :]]


def moved(before: Sequence[Strip], after: Sequence[Strip]) -> Move | None:
    """How lines moved, where that saves more painting than it costs; of several ways, the one that saves most."""
    best, most = None, LEAST - 1
    for by in (sign * n for n in range(1, MOST + 1) for sign in (1, -1)):
        top = saved = 0
        for y in range(len(after) + 1):
            source = y + by
            if y < len(after) and 0 <= source < len(before) and after[y] == before[source]:
                saved += after[y] != before[y]
                continue
            if saved > most:
                best, most = Move(min(top, top + by), max(y, y + by) - 1, by), saved
            top, saved = y + 1, 0
    return best


class Lines(CompositorUpdate):
    """Moves lines, and paints the parts of lines that are others."""

    def __init__(self, move: Move | None, parts: Sequence[tuple[int, int, Strip]]) -> None:
        """`parts`: column, line, what is painted there."""
        self._move, self._parts = move, parts

    def render_segments(self, console: Console) -> str:
        """What the terminal is sent."""
        painted = (f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, y, strip in self._parts)
        return (self._move.sequence if self._move else "") + "".join(painted)


class Painted:
    """What stands on the terminal, line by line."""

    def __init__(self) -> None:
        self._lines: list[Strip] = []

    def less(self, screen: Screen[object], update: CompositorUpdate) -> CompositorUpdate | None:
        """An update that shows the same for less; None where all of it stands there."""
        before = self._lines
        self._lines = after = [strip.discard_meta() for strip in screen._compositor.render_strips()]
        if isinstance(update, LayoutUpdate) or len(before) != len(after):
            # All of it is wanted: somebody may have written over the terminal.
            return update
        return self.between(before, after)

    @staticmethod
    def between(before: Sequence[Strip], after: Sequence[Strip]) -> Lines | None:
        """What makes the one screen the other; None where they are the same."""
        move = moved(before, after)
        there = move.done_to(before) if move else before
        parts = [
            (x, y, strip)
            for y, (old, new) in enumerate(zip(there, after, strict=True))
            if old != new
            for x, strip in [_other(old, new)]
        ]
        return Lines(move, parts) if parts or move else None


def _other(old: Strip, new: Strip) -> tuple[int, Strip]:
    """The column from which a line is another, and the segments from there to where it is the same again."""
    was, now = list(old), list(new)
    if old.cell_length != new.cell_length:
        return 0, new
    first = 0
    while first < min(len(was), len(now)) and was[first] == now[first]:
        first += 1
    last = 0
    while last < min(len(was), len(now)) - first and was[-1 - last] == now[-1 - last]:
        last += 1
    x = sum(segment.cell_length for segment in now[:first])
    return x, Strip(now[first : len(now) - last])
