"""The board: the first screen, and the one a duty officer leaves open."""

from __future__ import annotations

import shlex

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Static

from emergency.store.spots import Spot
from emergency.store.text import safe
from emergency.store.words import _
from emergency.tui import map as picture
from emergency.tui import rows
from emergency.tui.panel import Panel, Row
from emergency.tui.screens import DutyScreen
from emergency.tui.style import ascii_only
from emergency.tui.watch import Seen
from emergency.tui.words import Words


class Map(Static):
    """The area, drawn to the room there is."""

    DEFAULT_CSS = "Map { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__("", id="map", markup=False)
        self._spots: tuple[Spot, ...] = ()
        self._region: str | None = None

    def show(self, seen: Seen) -> None:
        """Other points, perhaps; drawn only when they are."""
        if seen.spots != self._spots:
            self._spots, self._region = seen.spots, seen.board.header.region
            self.on_resize()

    def on_resize(self) -> None:
        """Draw it anew."""
        width, height = self.size
        if not self.display or height < 6:
            return
        named = picture.legend(self._spots)[: max(1, height // 5)]
        notes = [f" {letter} {safe(spot.id)} {safe(spot.name)}" for letter, spot in named]
        notes.append(" " + _("1-9 teams ready, - none ready, A-Z incidents"))
        lines = picture.draw(self._spots, self._region, width, height - len(notes), ascii_only=ascii_only())
        shown = Text("\n".join(lines), no_wrap=True, overflow="crop")
        shown.highlight_regex("[1-9+]", "green")
        shown.highlight_regex("[A-Z*]", "bold red")
        self.update(shown + Text("\n" + "\n".join(notes)))


def nothing_yet(prefix: str) -> str:
    """What to type when there is nothing to see."""
    return "\n".join(
        (
            "",
            "  " + _("Nothing is registered here yet. Type, in another terminal or after q:"),
            "",
            f"    {prefix} demo",
            "      " + _("a sample store, to look round"),
            f"    {prefix} team import FILE",
            "      " + _("your teams, from a spreadsheet"),
            f"    {prefix} equipment import FILE",
            "      " + _("their equipment"),
            f"    {prefix} incident open --help",
            "      " + _("the first incident"),
            "",
            "  " + _("This screen fills by itself as soon as there is something to show."),
        )
    )


class BoardScreen(DutyScreen):
    """Everything in one glance: see DESIGN 7."""

    on_board = True
    DEFAULT_CSS = """
    BoardScreen {
        #summary { text-style: dim; }
        #nothing { display: none; height: 1fr; }
        #panels { height: 1fr; grid-gutter: 0 1; grid-size: 2; grid-columns: 1fr 39; grid-rows: 5 1fr 1fr; }
        #needing, #callups { column-span: 2; }
        #map { display: none; }
        &.-wide {
            #panels { grid-columns: 1fr 48; grid-rows: 1fr 2fr 1fr; }
            #needing, #callups { column-span: 1; }
            #map { display: block; row-span: 2; }
        }
        &.-empty #nothing { display: block; }
        &.-empty #panels { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]

    def body(self) -> ComposeResult:
        """The panels, and what is counted."""
        with Grid(id="panels"):
            yield Panel(
                rows.NEEDING, id="needing", empty=_("nothing: no line is late, contested or in question")
            )
            yield Map()
            yield Panel(rows.CALLUPS, id="callups", empty=_("no call-up is open"))
            yield Panel(rows.INCIDENTS, id="incidents", empty=_("no incident is open"))
            yield Panel(rows.readiness_columns(), id="readiness", empty=_("no team is registered"))
        yield Static("", id="nothing", markup=False)
        yield Words(id="summary")

    def on_mount(self) -> None:
        """Show what was seen meanwhile."""
        self.query_one("#nothing", Static).update(Text(nothing_yet(safe(shlex.join(self.duty.prefix)))))
        self.query_one("#needing", Panel).focus()
        if self.duty.seen is not None:
            self.renew(self.duty.seen)

    def renew(self, seen: Seen) -> None:
        """Show what the store holds now; what is as it was is not painted again."""
        board = seen.board
        self.set_class(board.empty, "-empty")
        needing = rows.needing(board)
        self._fill("needing", _("Needs a person now: {n}").format(n=len(needing)), needing)
        states = rows.states(board)
        title = _("Open call-ups: {n}").format(n=len(board.lines)) + (f"  {states}" if states else "")
        self._fill("callups", title, rows.callups(board))
        short = _("Incidents: {n}, shortfalls: {short}").format(
            n=len(board.incidents), short=len(board.shortfalls)
        )
        self._fill("incidents", short, rows.incidents(board))
        teams = sum(d.total for d in board.districts)
        self._fill("readiness", _("Readiness: {n} teams").format(n=teams), rows.readiness(board))
        self.query_one("#summary", Words).say(" " + rows.summary(board))
        self.query_one(Map).show(seen)

    def _fill(self, id_: str, title: str, shown: list[Row]) -> None:
        self.query_one(f"#{id_}", Panel).show(title, shown)

    def do_leave(self) -> None:
        """From the board, `q` leaves the program."""
        self.do_quit()
