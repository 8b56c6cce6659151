"""Help: the keys of a screen behind `?`, and behind F1 how the screens work, in a screenful of sentences."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from emergency.store.text import safe
from emergency.store.words import _, aside, listed
from emergency.tui.actions import Action, Where, briefly
from emergency.tui.panel import Column, Panel, Row, heading
from emergency.tui.screens import DutyScreen


def page() -> tuple[tuple[str, str], ...]:
    """(heading, words) of each part, in the language spoken."""
    return (
        (_("Going round"), _("A digit opens the screen that the second line names with it. Enter opens the record under the cursor, Esc goes back and never leaves the program. Tab goes to the next list of a screen, the arrows move in it.")),
        (_("Finding"), _(": or Ctrl+P finds what you type: anything you can do, any screen, any team, item, incident or order, by its name, its pinyin or the first letters of that, or its id.")),
        (_("Doing"), _("Every key that changes something runs one command line, and tells what it said. y copies the line that tells what is under the cursor, Y the one that ran last: the same can be typed, and put into scripts. z takes back what you did last.")),
        (_("Keys"), _("? lists the keys of a screen. emergency keys lists them all and says how to have your own.")),
        (_("Copying"), _("In tmux, copying needs: set -g allow-passthrough on. Hold Shift to select with the mouse. The line is shown in any case.")),
        (_("A thin line"), _("Over SSH the screens use the terminal's own colours and send little; emergency board --low-bandwidth says so anywhere, EMERGENCY_LOW_BANDWIDTH=0 never.")),
        (_("Colours"), _("{key} goes through the sets of colours; EMERGENCY_THEME names one: {names}. NO_COLOR=1 has none. Nothing is told by colour alone.")),
        (_("A broken terminal"), _("When a line is cut, the terminal may go on reporting the mouse. Opening the screens again mends it, and so does: reset.")),
        (_("Without a screen"), _("emergency board --plain --follow says the same in lines, for a screen reader or a log.")),
    )  # fmt: skip


class HelpPage(DutyScreen):
    """See the module."""

    footer_keys = ("page_up", "page_down", "palette", "help", "leave")
    DEFAULT_CSS = "HelpPage VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size: 0 0; }"

    def body(self) -> ComposeResult:
        """One text."""
        with VerticalScroll(id="page"):
            yield Static(id="words", markup=False)

    def on_mount(self) -> None:
        """Write it."""
        from emergency.tui import themes

        text = Text()
        for head, words in page():
            text.append(f"{head}\n", "bold")
            words = words.replace("{names}", listed(themes.NAMES)).replace("{key}", self.action_key("theme"))
            text.append(words + "\n\n")
        text.append(f"{_('The store')}\n", "bold")
        text.append(safe(os.path.abspath(self.duty.path)) + "\n")
        self.query_one("#words", Static).update(text)
        self.query_one("#page").focus()


class HelpScreen(DutyScreen):
    """Every key of the screen below, what it does, and the command line that does the same.

    Typing looks among them; what cannot be done there stands last, with the reason.
    """

    def __init__(self, asked: Sequence[tuple[Action, Where]]) -> None:
        """All actions, each with what the screen below would do it to."""
        super().__init__()
        self._asked = asked

    def body(self) -> ComposeResult:
        """The field, and the list under it."""
        columns = (Column(_("key")), Column(_("what it does"), least=8), Column(_("command line"), least=10))
        asked = _("type to look among the keys; {key} goes to the list").format(
            key=self.action_key("next_panel")
        )
        yield Input(id="find", compact=True, placeholder=asked)
        yield Panel(columns, id="help")

    def on_mount(self) -> None:
        """Fill it from the table of actions; what is typed looks among them."""
        self.look_for("")
        self.query_one(Input).focus()

    def footer(self) -> tuple[list[str], list[str]]:
        """Letters are typed into the field."""
        tab = self.action_key("next_panel")
        return [f"Enter {_('to the list')}", f"{tab} {_('list or field')}"], [
            f"{self.action_key('back')} {_('back')}"
        ]

    @property
    def where(self) -> Where:
        """The help is a room of its own."""
        return super().where._replace(room="help")

    def do_filter(self) -> None:
        """Type to look among them."""
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Fewer of them."""
        self.look_for(event.value)

    def on_input_submitted(self) -> None:
        """Back to the list."""
        self.query_one(Panel).focus()

    def look_for(self, text: str) -> None:
        """Those whose key, words or command line have the text in them."""
        rows, last, group = [], [], ""
        for action, where in self._asked:
            reason = action.why_not(where)
            words = action.command(where)
            cells = (action.shown, action.label, briefly(words) if words else "")
            if text.casefold() not in " ".join((*cells, action.group)).casefold():
                continue
            if reason:
                last.append(Row((cells[0], aside(action.label, reason), cells[2]), "dim"))
                continue
            if action.group != group:
                group = action.group
                rows.append(heading(group))
            rows.append(Row(cells))
        if last:
            rows += [heading(_("Not here")), *last]
        plain = _("the same in plain lines, for a screen reader or a log:")
        if not text:
            rows.append(Row(("", plain, "emergency board --follow")))
        for panel in self.query(Panel):
            panel.show(_("Keys"), rows)
