"""A record in full, on a screen of its own."""

from __future__ import annotations

from textual import work
from textual.app import ComposeResult
from textual.worker import get_current_worker

from emergency.store.errors import EmergencyError
from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui import details
from emergency.tui.actions import Action, Where
from emergency.tui.opened import reading
from emergency.tui.panel import Panel, Row, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.watch import Seen


class DetailsScreen(DutyScreen):
    """A record in full, as of a time; of the program's, where none is given."""

    def __init__(self, target: Target, as_of: int | None = None) -> None:
        super().__init__()
        self.record, self.time = target, as_of

    def body(self) -> ComposeResult:
        """One panel; nothing in it is cut."""
        yield Panel(details.COLUMNS, id="details", empty=_("reading"), wrap=True)

    def on_mount(self) -> None:
        """Read it."""
        self.query_one(Panel).focus()
        self.read()

    @property
    def where(self) -> Where:
        """A row that opens nothing speaks for the record whose screen this is."""
        found = super().where
        return found if found.target else self._of_record()

    def asked_by(self, action: Action) -> Where:
        """What cannot be done to the record under the cursor is done to the one whose screen this is."""
        where = self.where
        return self._of_record() if action.why_not(where) and not action.why_not(self._of_record()) else where

    def _of_record(self) -> Where:
        where = super().where
        return where._replace(target=self.record, state=self.duty.state_of(self.record))

    def renew(self, seen: Seen) -> None:
        """Read it again; what was, does not change."""
        if self.time is None:
            self.read()

    @work(thread=True, exclusive=True)
    def read(self) -> None:
        """Read the record with a connection of the thread's own."""
        try:
            with reading(self.duty.path, self.as_of) as store:
                told = self.fetch(store)
        except EmergencyError as error:
            told = details.Details(self.record.id, (Row(("!", error.message, error.hint), "late"),))
        # One that was asked for later may be there already.
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self.tell, told)

    def fetch(self, store: Store) -> details.Details:
        """The record; in a worker thread. Raises EmergencyError."""
        return details.read(store, self.record)

    def tell(self, told: details.Details) -> None:
        """Show what was read."""
        for panel in self.query(Panel):
            panel.show(told.title, told.rows)
