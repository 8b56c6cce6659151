"""The screens, over the same store as the command line."""

from __future__ import annotations

import os
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message

from emergency.store.errors import EmergencyError
from emergency.store.store import Store
from emergency.tui import details
from emergency.tui.board import BoardScreen
from emergency.tui.panel import Target
from emergency.tui.screens import DutyScreen
from emergency.tui.style import thin_line
from emergency.tui.watch import Seen, Watch


class EmergencyApp(App[None]):
    """Opens its store itself, in threads: a slow disk never holds up a key."""

    TITLE = "emergency"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", show=False, priority=True)]
    # Toasts stand on a bar of ambiguous width by default; nothing is drawn over a dimmed screen.
    CSS = "Screen { overflow: hidden; } Toast { border: none; }"

    class Looked(Message):
        """The store was read, and holds something new."""

        def __init__(self, seen: Seen) -> None:
            super().__init__()
            self.seen = seen

    class Failed(Message):
        """The store could not be read."""

        def __init__(self, error: EmergencyError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, path: str, as_of: int | None = None, *, prefix: str = "emergency") -> None:
        super().__init__()
        self.path, self.as_of, self.prefix = path, as_of, prefix
        self.seen: Seen | None = None
        thin = thin_line()
        if thin and "TEXTUAL_THEME" not in os.environ:
            self.theme = "ansi-dark"
        if thin:
            self.animation_level = "none"
        self._watch = Watch(
            path,
            as_of,
            lambda seen: self._tell(self.Looked(seen)),
            lambda error: self._tell(self.Failed(error)),
            clock=not thin,
        )
        self._board = BoardScreen()

    def _tell(self, message: Message) -> None:
        self.post_message(message)

    def get_default_screen(self) -> BoardScreen:
        """The board is there from the first paint."""
        return self._board

    def begin(self) -> None:
        """Watch the store; the board calls it once it can show what is seen."""
        self.run_worker(self._watch.run, thread=True, group="watch", exit_on_error=True)

    def on_unmount(self) -> None:
        """Let the thread go at once."""
        self._watch.stop()

    def look(self) -> None:
        """Read the store now."""
        self._watch.look()

    def read(self, target: Target) -> details.Details:
        """A record in full; called in a worker thread, with a connection of its own. Raises EmergencyError."""
        with Store(self.path, as_of=self.as_of) as store:
            return details.read(store, target)

    def on_emergency_app_looked(self, message: Looked) -> None:
        """Every open screen shows what is new."""
        self.seen = message.seen
        for screen in self.screen_stack:
            if isinstance(screen, DutyScreen):
                screen.renew(message.seen)

    def on_emergency_app_failed(self, message: Failed) -> None:
        """Said on the board, in place of the counts."""
        self._board.complain(message.error)
