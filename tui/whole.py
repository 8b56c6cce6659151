"""Lines of a list that is read whole, for a table: found by words, sorted by the text of a column, or by its figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from emergency.store.windows import Key
from emergency.tui.source import Column, Line, Wanted

_FIGURE = re.compile(r"-?\d+(\.\d+)?")


def _text(cell: str) -> str | None:
    return cell or None


def _figure(cell: str) -> float | None:
    """The figure that a cell begins with; None where it has none."""
    found = _FIGURE.match(cell)
    return float(found[0]) if found else None


def _first(one: tuple[Any, Line]) -> Any:
    return one[0]


class WholePages:
    """See Pages. `words` are what a line must have in it, each somewhere."""

    def __init__(
        self, lines: Sequence[Line], columns: Sequence[Column], wanted: Wanted, words: Sequence[str]
    ) -> None:
        looked = [word.casefold() for word in words]
        found = [line for line in lines if all(w in " ".join(line.cells).casefold() for w in looked)]
        at = next((i for i, column in enumerate(columns) if column.name == wanted.sort.field), None)
        if at is not None:
            # What has no value stands last, whichever way.
            stands = _figure if columns[at].right else _text
            by = [(stands(line.cells[at]), line) for line in found]
            found = [
                *(
                    x
                    for b, x in sorted(
                        (o for o in by if o[0] is not None), key=_first, reverse=wanted.sort.reverse
                    )
                ),
                *(x for b, x in by if b is None),
            ]
        elif wanted.sort.reverse:
            found.reverse()
        self._lines = found
        self._places = {line.id: n for n, line in enumerate(found)}

    def after(self, key: Key | None, limit: int, *, itself: bool = False) -> list[Line]:
        """See Pages."""
        # From the first, too, where the one that is named is gone.
        start = self._places[key.id] + (not itself) if key is not None and key.id in self._places else 0
        return self._lines[start : start + limit]

    def before(self, key: Key | None, limit: int) -> list[Line]:
        """See Pages."""
        end = len(self._lines) if key is None else self._places.get(key.id, 0)
        return self._lines[max(0, end - limit) : end]

    def place(self, id_: str) -> Key | None:
        """See Pages."""
        return self._lines[self._places[id_]].key if id_ in self._places else None

    def count(self) -> int:
        """See Pages."""
        return len(self._lines)

    def rank(self, key: Key) -> int:
        """See Pages."""
        return self._places.get(key.id, 0)

    def ids(self, limit: int) -> list[str]:
        """See Pages."""
        return [line.id for line in self._lines[:limit]]
