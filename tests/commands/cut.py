"""Runs one command line and cuts the power (SIGKILL) at the nth moment that matters; for test_cases_power.py.

Moments are before and after each commit, each flush of a file, each file put in its place, and each request.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from typing import Any


class Power:
    """Counts the moments, and goes off at one of them."""

    def __init__(self, last: int) -> None:
        self.left = last

    def moment(self) -> None:
        """One more has come."""
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, with a moment before it and one behind."""

        def cut(*arguments: Any, **named: Any) -> Any:
            self.moment()
            try:
                return call(*arguments, **named)
            finally:
                self.moment()

        return cut


class Watched(sqlite3.Connection):
    """A connection whose commits are moments."""

    power: Power

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
        """The same; a commit may be cut off."""
        run = super().execute
        return self.power.around(run)(sql, *more) if sql.upper().startswith("COMMIT") else run(sql, *more)


def main(last: int, words: list[str]) -> int:
    """Run the command line; only what happens once it runs is counted."""
    from emergency.commands import run
    from emergency.store.link import HttpLink

    power = Power(last)
    Watched.power = power
    connect = sqlite3.connect
    sqlite3.connect = lambda *a, **k: connect(*a, **{"factory": Watched, **k})
    HttpLink.call = power.around(HttpLink.call)  # type: ignore[method-assign]
    os.fsync = power.around(os.fsync)
    os.replace = power.around(os.replace)
    return int(run(words))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
