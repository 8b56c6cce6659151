"""A list whose lines are explained: beside it in a wide terminal, on a screen of its own in a narrow one."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.message import Message

from emergency.tui import details
from emergency.tui.details import Details
from emergency.tui.panel import Panel
from emergency.tui.screens import DutyScreen
from emergency.tui.words import ONE_LIST


class Lines(Panel):
    """A list of the desk, which tells when the cursor is elsewhere."""

    class Moved(Message):
        """Another line is under the cursor."""

    def _move(self, to: int) -> None:
        before = self.cursor
        super()._move(to)
        if self.cursor != before:
            self.post_message(self.Moved())


class WhyScreen(DutyScreen):
    """What stands beside a line in a wide terminal, on a screen of its own."""

    footer_keys = ONE_LIST

    def __init__(self, told: Details) -> None:
        super().__init__()
        self._given = told

    def body(self) -> ComposeResult:
        """One panel; nothing in it is cut."""
        yield Panel(details.COLUMNS, id="why", wrap=True)

    def on_mount(self) -> None:
        """It is known already."""
        panel = self.query_one(Panel)
        panel.show(self._given.title, self._given.rows)
        panel.focus()
