"""Lines of a list that is read whole, as pages for a table: each by what it stands by, or found by words and sorted.

Where the line under the cursor goes, its place among the others is known.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store.windows import Key
from emergency.tui.source import Column, Line, Wanted

#: More than the length of an id.
_BEHIND = 1 << 31
_FIGURE = re.compile(r"-?\d+(\.\d+)?")


def _text(cell: str) -> str | None:
    return cell or None


def _figure(cell: str) -> float | None:
    """The figure that a cell begins with; None where it has none."""
    found = _FIGURE.match(cell)
    return float(found[0]) if found else None


def _first(one: tuple[Any, Line]) -> Any:
    return one[0]


class Ordered(NamedTuple):
    """A line of a list that is read whole, and what it stands by."""

    by: tuple[Any, ...]
    line: Line


class WholePages:
    """Lines of a list that fits into memory, as pages: see Pages in source.py."""

    def __init__(self, lines: Sequence[Ordered], *, reverse: bool = False) -> None:
        self._lines = sorted(lines, key=lambda one: one.by, reverse=reverse)
        self._at = {one.line.id: n for n, one in enumerate(self._lines)}
        self._by = [one.by for one in self._lines]
        self._reverse = reverse

    def _place(self, key: Key, *, behind: bool) -> int:
        """How many lines stand before a place; `behind`: the line there too."""
        if key.id in self._at:
            return self._at[key.id] + behind
        # It is gone: where it stood among the others is told by what it stood by.
        by = _parts(key)
        if self._reverse:
            backwards = self._by[::-1]
            return len(backwards) - bisect_right(backwards, by)
        return bisect_left(self._by, by)

    def after(self, key: Key | None, limit: int, *, itself: bool = False) -> list[Line]:
        """See Pages."""
        start = 0 if key is None else self._place(key, behind=not itself)
        return [one.line for one in self._lines[start : start + limit]]

    def before(self, key: Key | None, limit: int) -> list[Line]:
        """See Pages."""
        end = len(self._lines) if key is None else self._place(key, behind=False)
        return [one.line for one in self._lines[max(0, end - limit) : end]]

    def place(self, id_: str) -> Key | None:
        """See Pages."""
        at = self._at.get(id_)
        return None if at is None else self._lines[at].line.key

    def count(self) -> int:
        """See Pages."""
        return len(self._lines)

    def rank(self, key: Key) -> int:
        """See Pages."""
        return self._place(key, behind=False)

    def ids(self, limit: int) -> list[str]:
        """See Pages."""
        return [one.line.id for one in self._lines[:limit]]


def ordered(by: tuple[int, ...], id_: str, cells: tuple[str, ...], tone: str = "") -> Ordered:
    """A line that stands by whole numbers, and among equals by its id as a person counts."""
    whole = (*by, len(id_), id_)
    return Ordered(whole, Line(Key(" ".join(map(str, by)), id_), cells, tone))


def _parts(key: Key) -> tuple[Any, ...]:
    return (*map(int, str(key.value).split()), len(key.id), key.id)


def arranged(
    lines: Sequence[Line], columns: Sequence[Column], wanted: Wanted, words: Sequence[str] = ()
) -> list[Ordered]:
    """The lines that have each of the words somewhere, in their order, or by the text or the figures of a column."""
    looked = [word.casefold() for word in words]
    out = [line for line in lines if all(w in " ".join(line.cells).casefold() for w in looked)]
    at = next((i for i, column in enumerate(columns) if column.name == wanted.sort.field), None)
    if at is not None:
        # What has no value stands last, whichever way.
        stands = _figure if columns[at].right else _text
        by = [(stands(line.cells[at]), line) for line in out]
        some = sorted((one for one in by if one[0] is not None), key=_first, reverse=wanted.sort.reverse)
        out = [*(line for _by, line in some), *(line for value, line in by if value is None)]
    elif wanted.sort.reverse:
        out.reverse()
    # A line that is gone stood before the one that has its number now.
    return [Ordered((n, _BEHIND), line._replace(key=Key(str(n), line.id))) for n, line in enumerate(out)]
