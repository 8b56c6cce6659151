"""What can be done in a table, as rows of the table of actions."""

from __future__ import annotations

from emergency.store.words import _
from emergency.tui.actions import Action


def table_actions() -> tuple[Action, ...]:
    """All of them, in the order of the help, in the language spoken."""
    return (
        Action("up", ("up", "k"), "Up k", _("up"), panel=True),
        Action("down", ("down", "j"), "Down j", _("down"), panel=True),
        Action("page_up", ("pageup",), "PgUp", _("a page up"), panel=True),
        Action("page_down", ("pagedown",), "PgDn", _("a page down"), panel=True),
        Action("first", ("home",), "Home", _("first"), panel=True),
        Action("last", ("end",), "End", _("last"), panel=True),
        Action("left", ("left",), "Left", _("columns to the left"), panel=True),
        Action("right", ("right",), "Right", _("columns to the right"), panel=True),
        Action("details", ("enter",), "Enter", _("details"), footer=True, panel=True),
        Action("sort", ("s",), "s", _("sort"), panel=True),
        Action("reverse", ("S",), "S", _("the other way round"), panel=True),
        Action("mark", ("space",), "Space", _("mark"), footer=True, panel=True),
        Action("mark_all", ("asterisk",), "*", _("mark all"), panel=True),
        Action("unmark", ("u",), "u", _("no marks"), panel=True),
    )
