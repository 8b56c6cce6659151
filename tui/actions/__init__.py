"""What a person can do: the one table that keys, footer, help, palette and docs/keys.md come from.

Nothing in this folder needs a terminal, so that `emergency keys` reads it as the screens do.
"""

from __future__ import annotations

from emergency.tui.actions.kinds import Action, Question, Where
from emergency.tui.actions.pictures import in_picture
from emergency.tui.actions.reading import briefly, command_line, reading, typed
from emergency.tui.actions.table import actions, in_panel, in_table, on_screen, opening

__all__ = [
    "Action",
    "Question",
    "Where",
    "actions",
    "briefly",
    "command_line",
    "in_panel",
    "in_picture",
    "in_table",
    "on_screen",
    "opening",
    "reading",
    "typed",
]
