"""What the screens have in common: their keys, their footer, the help and the details."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from emergency.store.errors import EmergencyError
from emergency.store.text import cells, fit, safe
from emergency.store.words import _
from emergency.tui import details
from emergency.tui.actions import Where, actions, on_screen
from emergency.tui.panel import Column, Panel, Row, Target

if TYPE_CHECKING:
    from emergency.tui.app import EmergencyApp
    from emergency.tui.watch import Seen


class Words(Static):
    """A line of our own words: cut to the width, never markup, never wrapped."""

    DEFAULT_CSS = "Words { height: 1; width: 1fr; }"

    def __init__(self, left: str = "", *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.left, self.right = safe(left), ""

    def say(self, left: str, right: str = "") -> None:
        """Set the line; the right part is kept whole, the left gives way."""
        self.left, self.right = safe(left), safe(right)
        self.on_resize()

    def on_resize(self) -> None:
        """The line is cut anew."""
        width = self.size.width
        right = fit(self.right, width)
        left = fit(self.left, max(0, width - cells(right) - 1))
        gap = " " * max(0, width - cells(left) - cells(right))
        self.update(Text(left + gap + right, no_wrap=True, overflow="crop"))


class DutyScreen(Screen[None]):
    """A screen whose keys come from the table of actions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"act('{a.id}')", a.id, show=False, id=a.id) for a in on_screen()
    ]
    on_board = False

    @property
    def duty(self) -> EmergencyApp:
        """The app, as what it is."""
        from emergency.tui.app import EmergencyApp

        return cast(EmergencyApp, self.app)

    @property
    def where(self) -> Where:
        """What actions are asked about."""
        panel = self.focused
        target = panel.target if isinstance(panel, Panel) else None
        return Where(target, self.duty.as_of is not None, self.on_board, self.duty.prefix)

    def action_act(self, name: str) -> None:
        """Do one action of the table, or say why it cannot be done."""
        action = next(a for a in actions() if a.id == name)
        reason = action.disabled(self.where)
        if reason:
            self.app.notify(reason, markup=False, severity="warning")
            return
        getattr(self, f"do_{name}")()

    def do_next_panel(self) -> None:
        """Focus the next panel."""
        self.focus_next()

    def do_previous_panel(self) -> None:
        """Focus the panel before."""
        self.focus_previous()

    def do_refresh(self) -> None:
        """Read the store again, now."""
        self.duty.look()

    def do_copy(self) -> None:
        """Copy the command line that does the same, and show it: a terminal may not take it."""
        from emergency.tui.actions import command_line

        line = command_line(self.where)
        self.app.copy_to_clipboard(line)
        self.app.notify(safe(line), title=_("Command line"), markup=False)

    def do_help(self) -> None:
        """The keys of this screen."""
        if not isinstance(self, HelpScreen):
            self.app.push_screen(HelpScreen(self.where))

    def do_back(self) -> None:
        """The screen before this one."""
        self.app.pop_screen()

    def do_leave(self) -> None:
        """The screen before this one; from the board, leave."""
        self.do_back()

    def do_quit(self) -> None:
        """Leave the program."""
        self.app.exit()

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Open what is under the cursor."""
        self.app.push_screen(DetailsScreen(message.target))

    def renew(self, seen: Seen) -> None:
        """The store changed."""


def footer() -> str:
    """The keys worth a reminder, in one line."""
    return "  ".join(f"{a.shown} {a.label}" for a in actions() if a.footer)


class DetailsScreen(DutyScreen):
    """A record in full."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.record = target

    def compose(self) -> ComposeResult:
        """One panel, one footer."""
        yield Panel(details.COLUMNS, id="details", empty=_("reading"))
        yield Words(" " + footer(), id="footer")

    def on_mount(self) -> None:
        """Read it."""
        self.query_one(Panel).focus()
        self.read()

    @property
    def where(self) -> Where:
        """A row that opens nothing speaks for the record whose screen this is."""
        found = super().where
        return found if found.target else found._replace(target=self.record)

    def renew(self, seen: Seen) -> None:
        """Read it again."""
        self.read()

    @work(thread=True, exclusive=True)
    def read(self) -> None:
        """Read the record with a connection of the thread's own."""
        try:
            told = self.fetch()
        except EmergencyError as error:
            told = details.Details(self.record.id, (Row(("!", error.message, error.hint), "late"),))
        self.app.call_from_thread(self.tell, told)

    def fetch(self) -> details.Details:
        """The record; in a worker thread."""
        return self.duty.read(self.record)

    def tell(self, told: details.Details) -> None:
        """Show what was read."""
        for panel in self.query(Panel):
            panel.show(told.title, told.rows)


class HelpScreen(DutyScreen):
    """Every key of the screen below, what it does, and the command line that does the same."""

    def __init__(self, where: Where) -> None:
        super().__init__()
        self.asked = where

    def compose(self) -> ComposeResult:
        """One panel, one footer."""
        columns = (Column(_("key")), Column(_("what it does"), least=8), Column(_("command line"), least=10))
        yield Panel(columns, id="help")
        yield Words(" " + footer(), id="footer")

    def on_mount(self) -> None:
        """Fill it from the table of actions."""
        rows = []
        for action in actions():
            reason = action.disabled(self.asked)
            label = f"{action.label} ({reason})" if reason else action.label
            rows.append(Row((action.shown, label, action.command(self.asked)), "dim" if reason else ""))
        rows.append(Row(("", "", "")))
        rows.append(
            Row(("", _("the same in plain lines, for a screen reader or a log:"), "emergency board --follow"))
        )
        self.query_one(Panel).show(_("Keys"), rows)
        self.query_one(Panel).focus()
