"""What goes on until it is stopped: by SIGTERM, by Ctrl-C, or by what it does itself."""

from __future__ import annotations

import contextlib
import queue
import signal
from collections.abc import Iterator
from typing import Any


class Stop:
    """Whether it is to end. May be asked for in a handler of a signal, and from any thread.

    A threading.Event may not: set where the thread that waits for it is interrupted, it waits for a
    lock that this thread holds just then, for ever.
    """

    def __init__(self) -> None:
        # Its put may be called in the middle of its get.
        self._asked: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ask(self, *_signal: Any) -> None:
        """It is to end."""
        self._asked.put(None)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is to end, no longer than so many seconds; returns whether it is."""
        try:
            self._asked.get(timeout=seconds)
        except queue.Empty:
            return False
        self._asked.put(None)
        return True


@contextlib.contextmanager
def signals() -> Iterator[Stop]:
    """Signals that end a program ask to stop, as long as this goes on."""
    stop = Stop()
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
