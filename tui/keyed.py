"""A list that the keys go to: when they come or go it paints its title and its cursor, and no more."""

from __future__ import annotations

from textual import events
from textual.widget import Widget


class Keyed(Widget):
    """As a widget of Textual, which would apply its style sheet to itself anew and paint all of itself.

    So its styles cannot depend on `:focus`; it has a style of its own for its title while it has the keys.
    """

    def paint_title_and_cursor(self) -> None:
        """The keys came or went."""
        raise NotImplementedError

    def watch_has_focus(self, has_focus: bool) -> None:
        """Seen where the keys go."""
        self.paint_title_and_cursor()

    def _on_focus(self, event: events.Focus) -> None:
        event.prevent_default()
        self.has_focus = True
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))
