"""Running a command line inside this process, for the screens: its streams are caught, and nothing waits.

What runs is what was typed would have run: the same root command, the same options.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emergency.tui.doing import Run

#: A line of progress that the next one is drawn over.
_OVERWRITTEN = re.compile(r"[^\r\n]*\r(\x1b\[K)?")
#: The streams belong to the process, so one line runs at a time.
_ALONE = Lock()


class _Heard(io.StringIO):
    """A stream that is read by a person: notes and hints are given as on a terminal."""

    def isatty(self) -> bool:
        return True


def runner(before: Sequence[str]) -> Run:
    """A function that runs the words after `emergency` and the global options `before`; it never raises."""
    from emergency.commands.front import answer
    from emergency.tui.doing import Ran

    def run(words: Sequence[str]) -> Ran:
        with _ALONE, _caught() as (out, err):
            code = answer([*before, *words])
        return Ran(int(code), out.getvalue(), _OVERWRITTEN.sub("", err.getvalue()))

    return run


@contextlib.contextmanager
def _caught() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """stdout and stderr as text; stdin is empty, so that what asks is refused at once."""
    out, err, stdin = io.StringIO(), _Heard(), sys.stdin
    sys.stdin = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield out, err
    finally:
        sys.stdin = stdin
