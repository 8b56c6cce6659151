"""Lines of our own words: cut to the width, never markup, never wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events
from textual.geometry import Size
from textual.widget import Widget

from emergency.store.text import cells, fit, in_lines, safe
from emergency.tui.places import Place, tabs

if TYPE_CHECKING:
    from emergency.tui.screens import DutyScreen

#: Whatever room there is, a footer says how to know more and how to get away.
ALWAYS = ("help", "leave")
#: What it names where there is one list, and no next one; and where there are several.
ONE_LIST = ("details", "copy", "palette", *ALWAYS)
SEVERAL_LISTS = ("details", "next_panel", "copy", "palette", *ALWAYS)


class Words(Widget):
    """A line whose right part is kept whole while the left gives way."""

    DEFAULT_CSS = "Words { height: 1; width: 1fr; }"

    def __init__(self, left: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.left, self.right = safe(left), ""

    def say(self, left: str, right: str = "") -> None:
        """Set the line."""
        said = safe(left), safe(right)
        if said != (self.left, self.right):
            self.left, self.right = said
            self.refresh()

    def render(self) -> Text:
        """Cut to the width there is."""
        width = self.size.width
        right = fit(self.right, width)
        left = fit(self.left, max(0, width - cells(right) - 1))
        gap = " " * max(0, width - cells(left) - cells(right))
        return Text(left + gap + right, no_wrap=True, overflow="crop")


class Said(Words):
    """What is said over a list: in as many lines as it needs, and no more than leave a list to be seen."""

    DEFAULT_CSS = "Said { height: auto; }"
    #: Lines at most, and the share of the screen.
    MOST, SHARE = 6, 3

    def say(self, left: str, right: str = "") -> None:
        """See Words."""
        before = self.left
        super().say(left, right)
        if self.left != before:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """See Widget."""
        return len(self._lines(width, viewport.height))

    def render(self) -> Text:
        """See Words."""
        lines = self._lines(self.size.width, self.app.size.height)
        return Text("\n".join(lines), no_wrap=True, overflow="crop")

    def _lines(self, width: int, height: int) -> list[str]:
        if cells(self.left) <= width:
            return [self.left]
        lines, most = in_lines(self.left, width - 1), max(1, min(self.MOST, height // self.SHARE))
        if len(lines) > most:
            lines[most - 1 :] = [fit(" ".join(lines[most - 1 :]), width - 1)]
        return [f" {line}" for line in lines]


class Footer(Words):
    """The keys worth a reminder: where there is too little room the last of them go, help and the way back never."""

    def __init__(self) -> None:
        super().__init__(id="footer")
        self._named: tuple[str, ...] = ()
        self._always: tuple[str, ...] = ()

    def remind(self, named: Sequence[str], always: Sequence[str]) -> None:
        """Each a key and what it does."""
        self._named, self._always = tuple(named), tuple(always)
        self._fit()

    def say(self, left: str, right: str = "") -> None:
        """These words, in place of keys."""
        self._named = self._always = ()
        super().say(left, right)

    def on_resize(self) -> None:
        """As many as there is room for."""
        if self._named or self._always:
            self._fit()

    def _fit(self) -> None:
        shown = list(self._named)
        while shown and cells(self._line(shown)) >= self.size.width > 0:
            shown.pop()
        super().say(self._line(shown))

    def _line(self, shown: Sequence[str]) -> str:
        return " " + "  ".join([*shown, *self._always])


class Tabs(Widget):
    """The screens that a key opens, each with its key; the one that is open is reversed."""

    DEFAULT_CSS = "Tabs { height: 1; width: 1fr; }"

    def __init__(self, places: Sequence[Place], here: str) -> None:
        super().__init__(id="tabs")
        self._places, self._here = places, here
        self._ends: list[int] = []

    def render(self) -> Text:
        """Cut to the width there is."""
        line = Text(no_wrap=True, overflow="crop")
        self._ends = []
        for text, here in tabs(self._places, self._here, self.size.width):
            line.append(safe(text.rstrip()), "reverse bold" if here else "")
            line.append(" " * (cells(text) - cells(text.rstrip())))
            self._ends.append(line.cell_len)
        return line

    def on_click(self, event: events.Click) -> None:
        """A click does what the key does."""
        screen: DutyScreen = self.screen  # type: ignore[assignment]
        at = next((i for i, end in enumerate(self._ends) if event.x < end), None)
        if at is not None:
            screen.duty.go([place for place in self._places if place.key][at].id)
