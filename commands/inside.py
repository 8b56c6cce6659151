"""Running a command line for the screens: inside this process, its streams caught; or in one of its own.

What runs is what was typed would have run: the same root command, the same options. What is changed is changed
inside, where a record that is written is on the screen at once. What is only reckoned, for seconds, has a process
apart: no step waits for it, and it ends with the program, or with who asked for it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emergency.tui.doing import Ran, Reckon, Run, Tell

#: A line of progress that the next one is drawn over.
_BACK = "\r\x1b[K"
_OVERWRITTEN = r"[^\r\n]*\r(\x1b\[K)?"
#: The streams belong to the process, so one line runs at a time.
_ALONE = Lock()


class _Heard(io.StringIO):
    """A stream that is read by a person: notes and hints are given as on a terminal."""

    def __init__(self, tell: Tell | None) -> None:
        super().__init__()
        self._tell_of = tell

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        """What is drawn over is progress, and told at once."""
        if self._tell_of is not None and text.startswith("\r") and (line := text.removeprefix(_BACK).strip()):
            self._tell_of(line)
        return super().write(text)


def runner(before: Sequence[str]) -> Run:
    """A function that runs the words after `emergency` and the global options `before`; it never raises."""
    from emergency.tui.doing import Ran

    def run(words: Sequence[str], tell: Tell | None = None, /) -> Ran:
        from emergency.commands.front import answer

        with _ALONE, _caught(tell) as (out, err):
            code = answer([*before, *words])
        return Ran(int(code), out.getvalue(), re.sub(_OVERWRITTEN, "", err.getvalue()))

    return run


@contextlib.contextmanager
def _caught(tell: Tell | None) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """stdout and stderr as text; stdin is empty, so that what asks is refused at once."""
    out, err, stdin = io.StringIO(), _Heard(tell), sys.stdin
    sys.stdin = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield out, err
    finally:
        sys.stdin = stdin


def apart(before: Sequence[str]) -> Reckon:
    """A function that runs the words after `emergency` and the options `before` in a process, which ends when it is cancelled."""
    import asyncio
    from asyncio.subprocess import DEVNULL, PIPE

    from emergency.store.words import language
    from emergency.tui.doing import Ran

    async def run(words: Sequence[str], /) -> Ran:
        # -P: a module that lies in the folder where one stands, as on a stick, is never run.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "emergency", *before, *words,
            stdin=DEVNULL, stdout=PIPE, stderr=PIPE,
            env={**os.environ, "EMERGENCY_LANG": language(), "PYTHONIOENCODING": "utf-8",
                 "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Ran(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    return run
