"""A record in full, on a screen of its own."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.app import ComposeResult

from emergency.store.errors import EmergencyError
from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui import details
from emergency.tui.actions import Action, Where
from emergency.tui.opened import reading
from emergency.tui.panel import Panel, Row, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.watch import Seen
from emergency.tui.words import ONE_LIST

#: {kind: the action that what a record in full asks for is done by}.
FIRST = {"contest": "keep", "conflict": "keep", "hub": "sync"}


class DetailsScreen(DutyScreen):
    """A record in full, as of a time; of the program's, where none is given."""

    footer_keys = ONE_LIST

    def __init__(self, target: Target, as_of: int | None = None, *, to_history: bool = False) -> None:
        """The cursor goes to the history, which is told too, where that is asked for."""
        super().__init__()
        self.record, self.time = target, as_of
        #: The history is told with it; the cursor goes there once it is.
        self._with_history = self._to_history = to_history

    def body(self) -> ComposeResult:
        """One panel; nothing in it is cut."""
        yield Panel(details.COLUMNS, id="details", empty=_("reading"), wrap=True)

    def on_mount(self) -> None:
        """Read it."""
        self.query_one(Panel).focus()
        self.read()

    def footer(self) -> tuple[list[str], list[str]]:
        """What the record asks for comes first."""
        named, always = super().footer()
        first = [self.duty.action(FIRST[self.record.kind])] if self.record.kind in FIRST else []
        return [*self.reminders({a.id: a.label for a in first}), *named], always

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
            # What lists are made of is not there before one is shown.
            from emergency.tui import registers

            with reading(self.duty.path, self.as_of) as store:
                told = self.fetch(store)
                if self._with_history and _history_in(told.rows) is None:
                    told = registers.told(store, self.record, told)
        except EmergencyError as error:
            told = details.Details(self.record.id, (Row(("!", error.message, error.hint), "late"),))
        self.answer(self.tell, told)

    def fetch(self, store: Store) -> details.Details:
        """The record; in a worker thread. Raises EmergencyError."""
        return details.read(store, self.record)

    def tell(self, told: details.Details) -> None:
        """Show what was read."""
        for panel in self.query(Panel):
            panel.show(told.title, told.rows)
            self._find_history(panel)

    def _find_history(self, panel: Panel) -> None:
        at = _history_in(panel.rows) if self._to_history else None
        if at is not None:
            self._to_history = False
            panel.go_to(at)

    def do_history(self) -> None:
        """The cursor goes to the history; of another record that is under it, to that one's."""
        if self.asked_by(self.duty.action("history")).target != self.record:
            super().do_history()
            return
        self._with_history = self._to_history = True
        self._find_history(self.query_one(Panel))
        if self._to_history:
            self.read()


def _history_in(rows: Sequence[Row]) -> int | None:
    """Where the history begins; None where it is not told."""
    return next(
        (i for i, row in enumerate(rows) if row.tone == "head" and row.cells[1] == _("History")), None
    )
