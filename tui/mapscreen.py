"""The map on a screen of its own: for terminals where the board has no room for it."""

from __future__ import annotations

from textual.app import ComposeResult

from emergency.tui.map import Map
from emergency.tui.screens import DutyScreen
from emergency.tui.watch import Seen


class MapScreen(DutyScreen):
    """See the module."""

    footer_keys = (
        "map_open",
        "map_next",
        "map_nearer",
        "map_farther",
        "map_all",
        "copy",
        "palette",
        "help",
        "leave",
    )

    def body(self) -> ComposeResult:
        """The map."""
        yield Map()

    def on_mount(self) -> None:
        """Show what was seen last; the rest comes as it changes."""
        self.query_one(Map).focus()
        if self.duty.seen is not None:
            self.renew(self.duty.seen)

    def renew(self, seen: Seen) -> None:
        """Other points, perhaps."""
        self.query_one(Map).show(seen.spots, seen.board.header.region)
