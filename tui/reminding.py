"""What the keys of a screen are asked about, and its last line, which names those that do something there now."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from emergency.store import times
from emergency.store.words import _
from emergency.tui.actions import Action, Where, on_screen
from emergency.tui.asking import AskingScreen
from emergency.tui.panel import Target
from emergency.tui.words import ALWAYS, SEVERAL_LISTS, Footer


@functools.cache
def _not_done(screen: type) -> tuple[str, ...]:
    """Actions of some rooms that screens of a class have no way of doing: a record in full is in the room of its list."""
    some = (a for a in on_screen() if a.rooms and a.form is None and not a.writes)
    return tuple(a.id for a in some if not hasattr(screen, f"do_{a.id}"))


class RemindingScreen(AskingScreen):
    """See the module."""

    on_board = False
    #: Actions whose keys the last line reminds of.
    footer_keys: ClassVar[tuple[str, ...]] = SEVERAL_LISTS
    #: The time that is told of, where it is another than the program's.
    time: int | None = None

    @property
    def as_of(self) -> int | None:
        """The time that is told of; None where it is now."""
        return self.duty.as_of if self.time is None else self.time

    @property
    def where(self) -> Where:
        """What actions are asked about: the record under the cursor of the list that has the focus."""
        target = cast("Target | None", getattr(self.focused, "target", None))
        state = self.duty.state_of(target) if target else ""
        against = {name: _("not on this screen") for name in _not_done(type(self))}
        then = () if self.time is None else ("--as-of", times.format_time(self.time))
        return Where(
            target, self.as_of is not None, self.on_board, (*self.duty.prefix, *then), self.duty.room, state,
            then=bool(then), picture=getattr(self.focused, "picture", ""), against=against,
        )  # fmt: skip

    def asked_by(self, action: Action) -> Where:
        """The same, for one action: where several records could be meant, the one that it can be done to."""
        return self.where

    def action_key(self, name: str) -> str:
        """The first key of an action, as it is printed."""
        return self.duty.action(name).shown.split(" ")[0]

    # -- the last line ---------------------------------------------------------------------------

    def footer(self) -> tuple[list[str], list[str]]:
        """(the keys worth a reminder here, those of them that are always named)."""
        named = [self.duty.action(name) for name in self.footer_keys]
        some = {a.id: a.label for a in named if a.keys and a.id not in ALWAYS}
        return self.reminders(some), [f"{self.action_key(a.id)} {a.label}" for a in named if a.id in ALWAYS]

    def reminders(self, labels: Mapping[str, str]) -> list[str]:
        """The keys of those actions that can be done now, each with what it is called here."""
        # While the screen is being made, that is not known.
        known = self.is_mounted and getattr(self.focused, "told", True)
        can = [name for name in labels if not known or self.can(name)]
        return [f"{self.action_key(name)} {labels[name]}" for name in can]

    def can(self, name: str) -> bool:
        """Whether the key of an action does something now."""
        if name in ("next_panel", "previous_panel"):
            return len(self.focus_chain) > 1
        if name == "details" and self.focused is not None and hasattr(self.focused, "target"):
            # The list opens it, whatever other actions are asked about.
            return self.focused.target is not None
        action = self.duty.action(name)
        return not action.why_not(self.asked_by(action))

    def remind(self) -> None:
        """What the keys can be used for may be something else now."""
        # Whoever is asked something does not see it.
        if not self.asking:
            for footer in self.query(Footer):
                footer.remind(*self.footer())

    def on_descendant_focus(self, event: Any) -> None:
        """Another list has the keys."""
        self.remind()

    def on_panel_elsewhere(self) -> None:
        """Another record is under the cursor of a list, or none."""
        self.remind()

    def on_table_moved(self) -> None:
        """The same of a table."""
        self.remind()
