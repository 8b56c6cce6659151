"""The page of help behind F1: how the screens work, in a screenful of sentences."""

from __future__ import annotations

import os

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from emergency.store.text import safe
from emergency.store.words import _
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
        (_("Colours"), _("t goes through the sets of colours; EMERGENCY_THEME names one: {names}. NO_COLOR=1 has none. Nothing is told by colour alone.")),
        (_("A broken terminal"), _("When a line is cut, the terminal may go on reporting the mouse. Opening the screens again mends it, and so does: reset.")),
        (_("Without a screen"), _("emergency board --plain --follow says the same in lines, for a screen reader or a log.")),
    )  # fmt: skip


class HelpPage(DutyScreen):
    """See the module."""

    DEFAULT_CSS = "HelpPage VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size: 0 0; }"

    def body(self) -> ComposeResult:
        """One text."""
        with VerticalScroll(id="page"):
            yield Static(id="words", markup=False)

    def on_mount(self) -> None:
        """Write it."""
        from emergency.tui import themes

        text = Text()
        for heading, words in page():
            text.append(f"{heading}\n", "bold")
            text.append(words.replace("{names}", ", ".join(themes.NAMES)) + "\n\n")
        text.append(f"{_('The store')}\n", "bold")
        text.append(safe(os.path.abspath(self.duty.path)) + "\n")
        self.query_one("#words", Static).update(text)
        self.query_one("#page").focus()
