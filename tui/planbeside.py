"""What stands beside the lists of the plan desk in a wide terminal: why, and for the cover the map before and after."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical

from emergency.store.coverleft import Lost
from emergency.tui import coverview, details
from emergency.tui.covermap import CoverMap
from emergency.tui.details import Details
from emergency.tui.panel import Panel
from emergency.tui.plans import Value
from emergency.tui.watch import Seen

#: In fewer lines than this there is no room for two maps: the words tell all of it.
TALL = 32


class Beside(Vertical):
    """See the module."""

    DEFAULT_CSS = """
    Beside {
        width: 2fr; margin-left: 1;
        CoverMap { display: none; height: 2fr; }
        #why { height: 1fr; }
        &.-cover CoverMap { display: block; }
    }
    """

    def compose(self) -> ComposeResult:
        """Two maps over the words."""
        yield CoverMap(after=False)
        yield CoverMap(after=True)
        yield Panel(details.COLUMNS, id="why", wrap=True)

    def tell(self, told: Details, value: Value, about: Any, seen: Seen | None, *, cover: bool) -> None:
        """Why, of what the cursor is on; and the maps, where that is of the cover."""
        self.query_one("#why", Panel).show(told.title, told.rows)
        shown = coverview.parsed(value) if cover and self.size.height >= TALL else None
        self.set_class(shown is not None and bool(shown.left.areas), "-cover")
        if shown is not None:
            region = about.region if isinstance(about, Lost) else None
            for map_ in self.query(CoverMap):
                map_.tell(shown, seen.spots if seen else (), region)
