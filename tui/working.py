"""What goes on behind a screen: nothing is begun a second time beside itself, and no answer comes after a newer one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVarTuple

from textual.await_remove import AwaitRemove
from textual.screen import Screen
from textual.worker import get_current_worker

Answer = TypeVarTuple("Answer")


class WorkingScreen(Screen[None]):
    """A screen that reads in threads and runs command lines while keys go on coming."""

    def goes_on(self, group: str) -> bool:
        """Whether work of that group, begun here, has not ended: begun again, it would be cut short half done."""
        return any(
            worker.node is self and worker.group == group and not worker.is_finished
            for worker in self.workers
        )

    def answer(self, tell: Callable[[*Answer], None], *what: *Answer) -> None:
        """From a thread of a worker of this screen: tell what was read, unless it was asked anew or the screen is left."""
        worker = get_current_worker()

        def told() -> None:
            # Asked here and not in the thread: between the two something newer might be told.
            if self.is_running and not worker.is_cancelled:
                tell(*what)

        self.app.call_from_thread(told)

    def close(self) -> Screen[Any] | None:
        """Take this screen away, wherever it stands by now: another may be open over it. The one that was under it."""
        stack = next((stack for stack in self.app._screen_stacks.values() if self in stack[1:]), None)
        if stack is None:
            return None
        under = stack[stack.index(self) - 1]
        if self is self.app.screen:
            self.app.pop_screen()
        else:
            stack.remove(self)
            # Not at once: what closes it may be its own work, which ends with it.
            self.app.call_later(self.remove)
        return under

    def remove(self) -> AwaitRemove:
        """As in Textual, which ends the work of a screen only when the lines it would tell something are gone."""
        self.workers.cancel_node(self)
        return super().remove()
