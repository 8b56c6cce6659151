"""How the columns of a table share the room: the first stands always, a name beside it, the others in their order."""

from __future__ import annotations

from collections.abc import Sequence

from emergency.store.sorting import Sort
from emergency.store.text import cells, fit
from emergency.tui.source import Column, Line

#: A column that would be cut to less than this is left out.
LEAST = 6
#: A table of this width is wide.
WIDE = 90


class Widths:
    """Columns grow with what comes to be seen and never shrink, so that nothing jumps while one scrolls."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._longest = [cells(c.heading) for c in columns]
        self._headed = list(self._longest)
        self._index = {c.name: i for i, c in enumerate(columns)}
        self._left = 0
        self._sort = Sort()

    def measure(self, lines: Sequence[Line], sort: Sort) -> None:
        """Make room for these lines, and for the mark of the sorted column."""
        self._sort = sort
        for i, column in enumerate(self.columns):
            longest = max((_cells(line.cells[i]) for line in lines), default=0)
            self._longest[i] = max(self._longest[i], longest)
            self._headed[i] = max(self._headed[i], cells(self._heading(column)))

    def _wide(self, i: int, room: int) -> int:
        """How many cells a column takes in a table of this width."""
        column = self.columns[i]
        most = max(column.most, column.roomy) if room >= WIDE else column.most
        return max(self._headed[i], min(most, self._longest[i]))

    def scroll(self, by: int, room: int) -> bool:
        """So many columns further, as long as there are any that are not to be seen; whether there were."""
        if by > 0 and self.visible(room)[-1].name == self.columns[-1].name and not self._is_cut(room):
            return False
        most = len(self.columns) - 1 - self._standing(room)
        before, self._left = self._left, max(0, min(self._left + by, most))
        return self._left != before

    def _standing(self, room: int) -> int:
        """How many columns stand, wherever one looks: a name too, where most of the room is left to others."""
        stays = len(self.columns) > 2 and self.columns[1].stays
        return 1 + (stays and self._wide(0, room) + self._wide(1, room) < room // 2)

    def visible(self, room: int) -> list[Column]:
        """The columns that there is room for; the last may be cut."""
        standing = self._standing(room)
        out = list(self.columns[:standing])
        used = sum(self._wide(i, room) for i in range(standing)) + standing - 1
        # Of a table that became wider a name may stand now: the last column is seen all the same.
        for i in range(min(standing + self._left, len(self.columns) - 1), len(self.columns)):
            left = room - used - 1
            if left < min(self._wide(i, room), LEAST):
                break
            out.append(self.columns[i])
            used += 1 + self._wide(i, room)
        return out

    def _is_cut(self, room: int) -> bool:
        return sum(self._wide(self._index[c.name], room) + 1 for c in self.visible(room)) - 1 > room

    def headings(self, room: int) -> str:
        """The line of headings, with a sign at either end where there are more."""
        shown = self.visible(room)
        lead = "< " if self._left else "  "
        names = [self._heading(c) for c in self.columns]
        text = lead + self.joined(names, shown, set(), room)
        if shown[-1].name != self.columns[-1].name or self._is_cut(room):
            text = fit(text + " " * (room + 2 - cells(text)), room) + " >"
        return text

    def joined(self, row: Sequence[str], columns: Sequence[Column], news: set[str], room: int) -> str:
        """The cells of a row in these columns; what is news has a mark in front."""
        parts = []
        for n, column in enumerate(columns):
            i = self._index[column.name]
            wide = self._wide(i, room)
            text = fit(row[i], wide)
            pad = " " * (wide - cells(text))
            gap = "" if n == 0 else "^" if column.name in news else " "
            parts.append(gap + (pad + text if column.right else text + pad))
        return "".join(parts)

    def _heading(self, column: Column) -> str:
        by = self._sort.field or self.columns[0].name
        if column.name != by:
            return column.heading
        return column.heading + ("-" if self._sort.reverse else "+")


def _cells(text: str) -> int:
    return len(text) if text.isascii() else cells(text)
