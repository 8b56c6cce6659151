"""The lines a table holds: those round the cursor, out of a list of any length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from emergency.store.text import safe
from emergency.store.windows import Key
from emergency.tui.source import Column, Line, Pages

#: Lines read at once, and kept at most.
PAGE, KEPT = 100, 400


class Batch(NamedTuple):
    """Lines as they were read; `at` is the place among them that was asked for."""

    lines: list[Line]
    at_first: bool
    at_last: bool
    at: int = 0


class Held:
    """The lines, the cursor among them, and where they stand in the whole."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.cursor = 0
        #: The first line on the screen.
        self.top = 0
        self.at_first = self.at_last = True
        #: How many lines there are, and how many before those held, once counted.
        self.total: int | None = None
        self.before: int | None = None

    @property
    def line(self) -> Line | None:
        """Under the cursor."""
        return self.lines[self.cursor] if self.lines else None

    def put(self, batch: Batch) -> None:
        """These instead of those before; the cursor stays at its height on the screen."""
        height = self.cursor - self.top
        self.lines = _safe(batch.lines)
        self.at_first, self.at_last = batch.at_first, batch.at_last
        self.cursor = max(0, min(batch.at, len(self.lines) - 1))
        self.top = self.cursor - height
        self.before = 0 if batch.at_first else None
        if batch.at_last and self.before is None and self.total is not None:
            self.before = self.total - len(self.lines)

    def join(self, batch: Batch, *, ahead: bool) -> None:
        """Lines that follow those held, or come before them; what is far off is let go."""
        lines = _safe(batch.lines)
        if ahead:
            self.lines += lines
            self.at_last = batch.at_last
            # What is on the screen stays.
            gone = max(0, min(len(self.lines) - KEPT, self.top))
            del self.lines[:gone]
            self.at_first = self.at_first and not gone
            shift = -gone
        else:
            self.lines[:0] = lines
            self.at_first = batch.at_first
            self.at_last = self.at_last and len(self.lines) <= KEPT
            del self.lines[KEPT:]
            shift = len(lines)
        self.cursor += shift
        self.top += shift
        if self.before is not None:
            self.before -= shift

    def counted(self, total: int, key: Key | None, before: int) -> None:
        """How many there are, and before the line at a key."""
        self.total = total
        if key is not None and self.before is None:
            at = next((i for i, line in enumerate(self.lines) if line.key == key), None)
            self.before = None if at is None else before - at

    def move(self, by: int) -> int:
        """Move the cursor; returns how far past the lines held it should have gone."""
        to = self.cursor + by
        self.cursor = max(0, min(to, len(self.lines) - 1))
        past = to - self.cursor
        return 0 if (self.at_last if past > 0 else self.at_first) else past

    def keep_in_sight(self, visible: int) -> None:
        """Scroll as little as shows the cursor."""
        last = max(0, len(self.lines) - visible)
        self.top = max(0, min(self.top, self.cursor, last))
        self.top = max(self.top, self.cursor - visible + 1)

    def news(self, before: Sequence[Line], columns: Sequence[Column]) -> set[tuple[str, str]]:
        """(id, column) of the cells that say something else than they did."""
        old = {line.id: line.cells for line in before}
        return {
            (line.id, column.name)
            for line in self.lines
            if old.get(line.id, line.cells) != line.cells
            for i, column in enumerate(columns)
            if not column.ages and old[line.id][i] != line.cells[i]
        }


def _safe(lines: Sequence[Line]) -> list[Line]:
    return [line._replace(cells=tuple(map(safe, line.cells))) for line in lines]


# -- in the reading thread -----------------------------------------------------------------------


def begin(pages: Pages) -> Batch:
    """The first lines."""
    lines = pages.after(None, PAGE)
    return Batch(lines, True, len(lines) < PAGE)


def end(pages: Pages) -> Batch:
    """The last lines."""
    lines = pages.before(None, PAGE)
    return Batch(lines, len(lines) < PAGE, True, len(lines) - 1)


def ahead(pages: Pages, key: Key) -> Batch:
    """The lines behind a place."""
    lines = pages.after(key, PAGE)
    return Batch(lines, False, len(lines) < PAGE)


def behind(pages: Pages, key: Key) -> Batch:
    """The lines in front of a place."""
    lines = pages.before(key, PAGE)
    return Batch(lines, len(lines) < PAGE, False)


def near(pages: Pages, id_: str, key: Key | None, above: int, below: int) -> Batch:
    """The lines round a record, or round where it stood."""
    place = pages.place(id_) or key
    if place is None:
        return begin(pages)
    over = pages.before(place, above)
    under = pages.after(place, below, itself=True)
    return Batch([*over, *under], len(over) < above, len(under) < below, len(over))
