"""What is told beside a screen: a line or two over its foot, as wide as the terminal, until the next key.

Textual's own boxes stand over the lines in the middle of a screen for seconds, over an open question too, and
where one ends in the middle of a wide character some terminals lose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.app import App
from textual.geometry import Size
from textual.notifications import Notification, Notify
from textual.widget import Widget

from emergency.store.text import cells, in_lines, safe
from emergency.tui.asking import AskingScreen

#: Seconds that what came from outside is told.
LASTING = 10.0
#: So many of them stand at once, the last to come.
MOST_ALARMS = 3


@dataclass
class Alarm(Notification):
    """Of what came from outside, whatever a person is doing: a key that was meant for something else leaves it."""


class Told(Widget):
    """The lines; none: it is not there."""

    DEFAULT_CSS = """
    Told {
        layer: bar; dock: bottom; width: 1fr; height: auto; max-height: 50%;
        display: none; text-style: reverse;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[Notification, ...] = ()

    def say(self, said: Sequence[Notification]) -> None:
        """These, one under the other."""
        if tuple(said) != self._said:
            self._said = tuple(said)
            self.display = bool(said)
            self.refresh(layout=True)

    def on_mount(self) -> None:
        """What was told while the screen was put together."""
        self.app._refresh_notifications()

    def on_click(self) -> None:
        """It has been read."""
        self.say(())

    def _lines(self, width: int) -> list[str]:
        out = []
        for one in self._said:
            lead = " ! " if one.severity != "information" else "   "
            text = f"{one.title}  {one.message}" if one.title else one.message
            for line in (part for whole in text.split("\n") for part in in_lines(safe(whole), width - 4)):
                out.append(lead + line)
                lead = "   "
        return out

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it takes."""
        return len(self._lines(width))

    def render(self) -> Text:
        """Each line to the edge: no wide character under it is covered by half."""
        width = self.size.width
        padded = (line + " " * max(0, width - cells(line)) for line in self._lines(width))
        return Text("\n".join(padded), no_wrap=True, overflow="crop")


class TellingApp(App[None]):
    """An app whose `notify` tells on such lines.

    Of what was done the last word replaces the one before; what came from outside stands beside it.
    """

    def __init__(self) -> None:
        super().__init__()
        #: What came from outside and is still told, the first first; and the last word of what was done.
        self._alarms: list[Notification] = []
        self._word: Notification | None = None

    def alarm(self, message: str, title: str) -> None:
        """Tell what came from outside."""
        self.post_message(Notify(Alarm(message, title, "warning", LASTING)))

    def _on_notify(self, event: Notify) -> None:
        # Textual's own, which keeps it and calls for `_refresh_notifications`, follows by itself.
        told = event.notification
        if isinstance(told, Alarm):
            self._alarms = [*self._alarms, told][-MOST_ALARMS:]
        else:
            self._word = told
        self.set_timer(told.timeout, lambda: self._end(told))

    def _end(self, told: Notification) -> None:
        """Its time is over; one that a question hides has not been seen yet."""
        if self._asked:
            self.set_timer(told.timeout, lambda: self._end(told))
            return
        self._alarms = [alarm for alarm in self._alarms if alarm is not told]
        self._word = None if self._word is told else self._word
        self._refresh_notifications()

    def hush(self) -> None:
        """A person goes on: the last word of what was done goes, unless a question keeps it from being seen."""
        if not self._asked and self._word is not None:
            self._word = None
            self._refresh_notifications()

    def clear_notifications(self) -> None:
        """As in Textual."""
        self._alarms, self._word = [], None
        super().clear_notifications()

    def _refresh_notifications(self) -> None:
        """On the screen on top; never over a question."""
        standing = [] if self._asked else [*self._alarms, *([self._word] if self._word else [])]
        for told in self._top.query(Told) if self._top is not None else ():
            told.say(standing)

    @property
    def _top(self) -> AskingScreen | None:
        stack = self._screen_stacks.get(self._current_mode)
        return stack[-1] if stack and isinstance(stack[-1], AskingScreen) else None

    @property
    def _asked(self) -> bool:
        return self._top is not None and self._top.asking

    async def on_event(self, event: events.Event) -> None:
        """The next key is the end of what was told; one that came back from a screen is no other."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.hush()
        await super().on_event(event)
