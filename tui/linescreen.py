"""A call-up line on a screen of its own: its story, and every step it can take, by the key that takes it."""

from __future__ import annotations

from emergency.store.store import Store
from emergency.store.text import cells
from emergency.store.words import _
from emergency.tui import details, lines
from emergency.tui.actions import Action, Where
from emergency.tui.detailscreen import DetailsScreen
from emergency.tui.panel import Row, Target, heading

#: Cells that are kept for the labels before the text of a row.
LABELS = 24


class LineScreen(DetailsScreen):
    """See the module."""

    def __init__(self, target: Target, as_of: int | None = None) -> None:
        super().__init__(target, as_of)
        self._state = self._next = ""

    def _of_record(self) -> Where:
        # The state that was read here: the board knows only lines that are open.
        return super()._of_record()._replace(state=self._state)

    def asked_by(self, action: Action) -> Where:
        """A try to reach them goes by the next rung, unless another is typed."""
        where = super().asked_by(action)
        return (
            where._replace(answers={"channel": self._next})
            if action.id == "contact" and self._next
            else where
        )

    def fetch(self, store: Store) -> details.Details:
        """The line, and its state beside it; in a worker thread."""
        row = store.row("line", self.record.id) or {}
        self._state = str(row.get("state") or "")
        self._next = lines.next_rung(store, self.record.id)
        told = details.Details(*lines.told(store, self.record.id))
        can, cannot = self._steps()
        return told._replace(rows=(*can, *told.rows, *cannot))

    def _steps(self) -> tuple[list[Row], list[Row]]:
        """What can be done, by its key; and what cannot, and why."""
        where = self._of_record()._replace(target=self.record)
        group = self.duty.action("accept").group
        steps = [(a, a.why_not(where)) for a in self.duty.actions if a.group == group and a.writes]
        out: list[str] = []
        for action, reason in steps:
            said = f"{action.shown} {action.label}"
            if reason:
                continue
            if out and cells(out[-1]) + cells(said) + 2 < self.size.width - LABELS:
                out[-1] += f"  {said}"
            else:
                out.append(said)
        can = [Row(("", _("Keys") if n == 0 else "", line)) for n, line in enumerate(out)]
        cannot = [Row((action.shown, action.label, reason), "dim") for action, reason in steps if reason]
        return can, [heading(_("Not now")), *cannot] if cannot else []
