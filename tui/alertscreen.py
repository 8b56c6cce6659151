"""An alert on a screen of its own: all that it says, what follows from it, and the key that prepares for it."""

from __future__ import annotations

from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui import details
from emergency.tui.detailscreen import DetailsScreen
from emergency.tui.panel import Row


class AlertScreen(DetailsScreen):
    """See the module."""

    def fetch(self, store: Store) -> details.Details:
        """With the keys that act on it on top."""
        told = super().fetch(store)
        where = self._of_record()
        named = [self.duty.action(name) for name in ("order", "edit", "retire")]
        keys = "  ".join(f"{a.shown} {a.label}" for a in named if not a.why_not(where))
        return told._replace(rows=(*([Row(("", _("Keys"), keys))] if keys else []), *told.rows))
