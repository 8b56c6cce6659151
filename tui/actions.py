"""The one table of what a person can do on a screen.

It feeds the key bindings, the footer and the help; each action names the command line that
does the same, so that no screen can do what the command line cannot.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.tui.panel import Target


class Where(NamedTuple):
    """What an action is asked about: the record under the cursor, and the screen round it."""

    target: Target | None = None
    as_of: bool = False
    on_board: bool = True
    #: What a command line begins with: `emergency`, and the store when it is not the usual one.
    prefix: str = "emergency"


def _always(where: Where) -> str:
    return ""


def _nothing(where: Where) -> str:
    return "" if where.target else _("there is nothing under the cursor")


def _past(where: Where) -> str:
    return _("the past does not change") if where.as_of else ""


def _at_root(where: Where) -> str:
    return _("this is the first screen: q leaves the program") if where.on_board else ""


def _none(where: Where) -> str:
    return ""


def _board(where: Where) -> str:
    return f"{where.prefix} board"


def command_line(where: Where) -> str:
    """The command line that tells what the row under the cursor stands for."""
    if where.target is None:
        return _board(where)
    kind, id_ = where.target
    quoted = shlex.quote(id_)
    words = {
        "line": f"callup show {shlex.quote(id_.split('/')[0])}",
        "region": f"team list --region {quoted}" if id_ else "team list",
        "contest": f"conflict show {quoted}",
        "need": f"need list --incident {quoted}",
    }
    return f"{where.prefix} {words.get(kind, f'{kind} show {quoted}')}"


class Action(NamedTuple):
    """One thing to do."""

    id: str
    keys: tuple[str, ...]
    #: The keys as a person reads them.
    shown: str
    label: str
    #: Why it is not possible now, or "".
    disabled: Callable[[Where], str] = _always
    #: The command line that does the same, or "".
    command: Callable[[Where], str] = _none
    footer: bool = False
    #: It belongs to the list that has the focus, not to the screen.
    panel: bool = False


def actions() -> tuple[Action, ...]:
    """All of them, in the order of the help, in the language spoken."""
    return (
        Action("up", ("up", "k"), "Up k", _("up"), panel=True),
        Action("down", ("down", "j"), "Down j", _("down"), panel=True),
        Action("page_up", ("pageup",), "PgUp", _("a page up"), panel=True),
        Action("page_down", ("pagedown",), "PgDn", _("a page down"), panel=True),
        Action("first", ("home",), "Home", _("first"), panel=True),
        Action("last", ("end",), "End", _("last"), panel=True),
        Action("details", ("enter",), "Enter", _("details"), _nothing, command_line, footer=True, panel=True),
        Action("next_panel", ("tab",), "Tab", _("next panel"), footer=True),
        Action("previous_panel", ("shift+tab",), "Shift+Tab", _("panel before")),
        Action("refresh", ("r",), "r", _("refresh"), _past, _board, footer=True),
        Action("copy", ("y",), "y", _("command"), _always, command_line, footer=True),
        Action("help", ("question_mark",), "?", _("keys"), _always, _none, footer=True),
        Action("back", ("escape",), "Esc", _("back"), _at_root),
        Action("leave", ("q",), "q", _("back/quit"), footer=True),
        Action("quit", ("ctrl+q",), "Ctrl+Q", _("quit")),
    )


def in_panel() -> tuple[Action, ...]:
    """Those of a list."""
    return tuple(a for a in actions() if a.panel)


def on_screen() -> tuple[Action, ...]:
    """Those of a screen."""
    return tuple(a for a in actions() if not a.panel)
