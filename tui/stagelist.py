"""The list of a plan: rows of two cells go across the columns, and whoever listens is told where the cursor is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from emergency.store.text import cells, fit
from emergency.tui.panel import Panel, widths
from emergency.tui.stagedlines import columns


class StageList(Panel):
    """See the module."""

    class Moved(Message):
        """The cursor is on another row."""

    def __init__(self, *, id: str) -> None:
        # The map shows what is under the cursor wherever the keys go.
        super().__init__(columns(), id=id, lit=True)

    def at(self, row: int) -> None:
        """Put the cursor on a row."""
        self._move(row)

    def _move(self, to: int) -> None:
        before = self.cursor
        super()._move(to)
        if self.cursor != before:
            self.post_message(self.Moved())

    def _lay_out(self) -> None:
        shown: list[Sequence[str]] = [row.cells for row in self.rows if len(row.cells) > 2]
        self._widths = widths(self.columns, shown, max(1, self.size.width - 2))
        # What goes across begins where the second column does.
        self._widths[0] = max(1, self._widths[0])
        self._keep_in_sight()

    def _joined(self, row: Sequence[str]) -> str:
        if len(row) > 2:
            return super()._joined(row)
        first = self._widths[0]
        return f"{fit(row[0], first)}{' ' * (first - cells(fit(row[0], first)))} {row[1]}"
