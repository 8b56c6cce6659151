"""The board: the first screen, and the one a duty officer leaves open."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Static

from emergency.store.text import safe
from emergency.store.words import _
from emergency.tui import rows
from emergency.tui.panel import Panel, Row
from emergency.tui.screens import DutyScreen
from emergency.tui.watch import Seen
from emergency.tui.words import Words

if TYPE_CHECKING:
    from emergency.tui.map import Map

#: From so many columns on the map is beside the lists.
WIDE = 120


def nothing_yet(prefix: str, keys: Callable[[str], str]) -> str:
    """What to do when there is nothing to see: by keys, and as typed; `keys` tells the key of an action."""
    ways = (
        (("go_teams", "import"), f"{prefix} team import FILE", _("your teams, from a spreadsheet")),
        (("go_equipment", "import"), f"{prefix} equipment import FILE", _("their equipment")),
        (("go_incidents", "new"), f"{prefix} incident open --help", _("the first incident")),
    )
    lines = ["", "  " + _("Nothing is registered here yet. Press, or type in another terminal:"), ""]
    for pressed, typed, what in ways:
        lines += [f"    {'  '.join(map(keys, pressed)):8}{what}", f"            {typed}"]
    lines += [f"    {'':8}{_('a sample store, to look round')}", "            emergency demo", ""]
    return "\n".join([*lines, "  " + _("This screen fills by itself as soon as there is something to show.")])


def _map() -> Map:
    # Where there is no room for it, nobody waits for it.
    from emergency.tui.map import Map

    return Map()


class BoardScreen(DutyScreen):
    """Everything in one glance: see DESIGN 7."""

    on_board = True
    DEFAULT_CSS = """
    BoardScreen {
        #summary { text-style: dim; }
        #nothing { display: none; height: 1fr; }
        #panels { height: 1fr; grid-gutter: 0 1; grid-size: 2; grid-columns: 1fr 39; grid-rows: 5 1fr 1fr; }
        #needing, #warnings, #callups { column-span: 2; }
        #warnings, #map { display: none; }
        &.-wide {
            #panels { grid-columns: 1fr 48; }
            #needing, #warnings, #callups { column-span: 1; }
            #map { display: block; row-span: 2; }
        }
        &.-warned #warnings { display: block; }
        &.-wide.-warned #map { row-span: 3; }
        &.-empty #nothing { display: block; }
        &.-empty #panels { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
        # From the start, or Textual would work all styles out again when it comes to the width.
        self.set_class(True, "-wide" if self._is_wide else "-narrow", update=False)

    @property
    def _is_wide(self) -> bool:
        return self.app.size.width >= WIDE

    def body(self) -> ComposeResult:
        """The panels, and what is counted."""
        with Grid(id="panels"):
            yield Panel(
                rows.NEEDING, id="needing", empty=_("nothing: no line is late, contested or in question")
            )
            if self._is_wide:
                yield _map()
            yield Panel(rows.WARNINGS, id="warnings")
            yield Panel(rows.CALLUPS, id="callups", empty=_("no call-up is open"))
            yield Panel(rows.INCIDENTS, id="incidents", empty=_("no incident is open"))
            yield Panel(rows.readiness_columns(), id="readiness", empty=_("no team is registered"))
        yield Static("", id="nothing", markup=False)
        yield Words(id="summary")

    def on_mount(self) -> None:
        """Show what was seen meanwhile."""
        self.query_one("#needing", Panel).focus()
        if (seen := self.duty.first_look()) is not None:
            self.see(seen)

    def renew(self, seen: Seen) -> None:
        """Show what the store holds now; what is as it was is not painted again."""
        board = seen.board
        self.set_class(board.empty, "-empty")
        if board.empty:
            said = nothing_yet(safe(shlex.join(self.duty.prefix)), self.action_key)
            self.query_one("#nothing", Static).update(Text(said))
        needing = rows.needing(board)
        self.set_class(bool(board.warnings), "-warned")
        self._give_room(len(needing), len(board.warnings))
        self._fill("needing", _("Needs a person now: {n}").format(n=len(needing)), needing)
        self._fill("warnings", _("Warnings: {n}").format(n=len(board.warnings)), rows.warnings(board))
        states = rows.states(board)
        title = _("Open call-ups: {n}").format(n=len(board.lines)) + (f"  {states}" if states else "")
        self._fill("callups", title, rows.callups(board))
        short = _("Incidents: {n}, shortfalls: {short}").format(
            n=len(board.incidents), short=len(board.shortfalls)
        )
        self._fill("incidents", short, rows.incidents(board))
        teams = sum(d.total for d in board.districts)
        self._fill("readiness", _("Readiness as reported: {n} teams").format(n=teams), rows.readiness(board))
        self.query_one("#summary", Words).say(" " + rows.summary(board))
        self._show_map(seen)

    def _show_map(self, seen: Seen) -> None:
        for shown in self.query("Map"):
            cast("Map", shown).show(seen.spots, seen.board.header.region)

    def _give_room(self, needing: int, warnings: int) -> None:
        """As much as it takes for what needs a person; at most a third, then the panel says how much more there is.

        Warnings get a line of ten.
        """
        most = max(3, self.size.height // 3 - 1)
        warned = f"{1 + min(warnings, max(1, self.size.height // 10))} " if warnings else ""
        self.query_one("#panels").styles.grid_rows = f"{1 + min(max(needing, 3), most)} {warned}1fr 1fr"

    def on_resize(self) -> None:
        """The room is given anew."""
        if self._is_wide and not self.query("Map"):
            for panels in self.query("#panels"):
                panels.mount(_map(), before="#warnings")
        if self.shown is not None:
            self._give_room(len(self.shown.board.matters), len(self.shown.board.warnings))
            self._show_map(self.shown)

    def _fill(self, id_: str, title: str, shown: list[Row]) -> None:
        self.query_one(f"#{id_}", Panel).show(title, shown)

    def do_leave(self) -> None:
        """From the board, `q` leaves the program."""
        self.do_quit()
