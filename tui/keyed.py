"""A list that the keys go to: when they come or go it paints its title and its cursor, and no more.

What a line's tone looks like is one for all lists of a screen, since Textual works out such styles for each
widget that names them, again and again while a screen is put together.
"""

from __future__ import annotations

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

#: What a line may be.
TONES = ("title", "here", "cursor", "late", "ask", "good", "bad", "dim", "head")
#: For the screen that the lists stand on.
COMPONENTS = {f"tone--{tone}" for tone in TONES}
CSS = """
    DutyScreen .tone--title { text-style: bold; color: $primary; }
    DutyScreen .tone--here { text-style: bold reverse; color: $primary; }
    DutyScreen .tone--cursor { text-style: reverse; }
    DutyScreen .tone--late, DutyScreen .tone--bad { color: $error; text-style: bold; }
    DutyScreen .tone--ask { color: $warning; }
    DutyScreen .tone--good { color: $success; }
    DutyScreen .tone--dim { text-style: dim; }
    DutyScreen .tone--head { text-style: bold; }
"""


class Keyed(Widget):
    """As a widget of Textual, which would apply its style sheet to itself anew and paint all of itself.

    So its styles cannot depend on `:focus`; there is a tone for the title of the list that has the keys.
    """

    #: Under every tone; all that stands around a widget has a say in it.
    _plain = Style.null()

    def render_lines(self, crop: Region) -> list[Strip]:
        """As a widget of Textual; what is under the tones is worked out once for all lines."""
        self._plain = self.rich_style
        return super().render_lines(crop)

    def tone(self, name: str) -> Style:
        """What a line of that tone looks like here; any other name is plain. While it is painted."""
        if name not in TONES:
            return self._plain
        return self._plain + self._own(name)

    def _own(self, name: str) -> Style:
        return self.screen.get_component_rich_style(f"tone--{name}", partial=True)

    @property
    def cursor_style(self) -> Style:
        """On top of the tone of the line, whose colour it keeps."""
        return self._own("cursor")

    @property
    def title_style(self) -> Style:
        """With the keys, and without."""
        return self.tone("here" if self.has_focus else "title")

    def paint_title_and_cursor(self) -> None:
        """The keys came or went; who can paint less than everything does."""
        self.refresh()

    def on_mount(self) -> None:
        """Painted anew in other colours: they are the screen's, and Textual looks at the widget's own."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.refresh())

    def on_unmount(self) -> None:
        """A signal holds who subscribed, and all that it shows, as long as the app runs."""
        self.app.theme_changed_signal.unsubscribe(self)

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
