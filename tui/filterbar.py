"""A line to type a filter into: it waits for a pause before it tells, and offers the names of fields and states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widgets import Input, Static

from emergency.store.errors import EmergencyError
from emergency.store.text import cells
from emergency.store.words import _

#: Seconds after the last key until what was typed is told.
PAUSE = 0.08


class Names(Suggester):
    """What may be typed, such as the fields and states of a register, for the word being typed."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = words

    async def get_suggestion(self, value: str) -> str | None:
        """See Suggester."""
        return self.whole(value)

    def whole(self, value: str) -> str | None:
        """The text with its last word made whole, or None."""
        word = value.split()[-1] if value and not value[-1].isspace() else ""
        if not word:
            return None
        return next((value + n[len(word) :] for n in self._names if n.startswith(word) and n != word), None)


class Line(Input):
    """The input itself; Tab takes what is offered, Esc leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(False)", show=False),
        Binding("enter,down", "leave(True)", show=False),
    ]
    DEFAULT_CSS = "Line { width: 1fr; }"

    def on_key(self, event: events.Key) -> None:
        """Tab takes what is offered; where nothing is, it does what it does on the screen."""
        # Here and not by a binding, which would run behind what was typed after it; and asked anew, for a key may
        # come before what the last one asked for.
        if event.key != "tab" or not self.cursor_at_end or not isinstance(self.suggester, Names):
            return
        if (offered := self.suggester.whole(self.value)) is not None:
            event.stop()
            self.value = offered
            self.cursor_position = len(offered)

    def action_leave(self, entered: bool) -> None:
        """Back to the table."""
        bar = self.parent
        assert isinstance(bar, FilterBar)
        bar.leave(entered)


class FilterBar(Horizontal):
    """See the module. It is seen while it is typed into, and as long as something stands in it."""

    DEFAULT_CSS = """
    FilterBar { height: 1; }
    FilterBar Static { width: auto; text-style: bold; }
    """

    class Typed(Message):
        """There was a pause in typing, or Enter."""

        def __init__(self, bar: FilterBar, text: str) -> None:
            super().__init__()
            self.bar, self.text = bar, text

    class Left(Message):
        """The bar is left, by Enter or by Esc."""

        def __init__(self, bar: FilterBar, entered: bool) -> None:
            super().__init__()
            self.bar, self.entered = bar, entered

    def __init__(self, words: Sequence[str], sign: str, *, id: str) -> None:
        """`words` are offered while one types."""
        super().__init__(id=id)
        self.display = False
        self._sign = sign
        self._line = Line(compact=True, suggester=Names(words) if words else None, select_on_focus=False)
        self._pause: Timer | None = None
        self._told = ""

    def compose(self) -> ComposeResult:
        """A sign, and the line."""
        yield Static(self._sign, markup=False)
        yield self._line

    @property
    def value(self) -> str:
        """What stands in it."""
        return self._line.value

    @value.setter
    def value(self, text: str) -> None:
        self._told = text
        self._line.value = text

    def open(self) -> None:
        """Type here."""
        # At once, or the next key would go elsewhere.
        self.display = True
        self.screen.set_focus(self._line)

    def close(self) -> None:
        """Out of sight, unless something stands in it."""
        self.display = bool(self.value)

    def leave(self, entered: bool) -> None:
        """Tell what was typed, at once, and give the keys back."""
        self._tell()
        self.post_message(self.Left(self, entered))
        self.close()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Wait for the next key."""
        message.stop()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._tell)

    def _tell(self) -> None:
        if self._pause is not None:
            self._pause.stop()
        if self.value != self._told:
            self._told = self.value
            self.post_message(self.Typed(self, self.value))


def pointed(error: EmergencyError, text: str, width: int) -> str:
    """What is wrong with a filter, in one line: a mark under the place, then the words."""
    said = error.message + (f"  {error.hint}" if error.hint else "")
    if error.at is None:
        return f" ! {said}"
    before = 1 + cells(text[: error.at])
    if before + 2 + cells(said) > width:
        return " ! " + _("at {place}: {what}").format(place=error.at + 1, what=said)
    return " " * before + "^ " + said
