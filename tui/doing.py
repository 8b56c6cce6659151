"""Doing is running the command line: what a screen changes, it changes by the line that it shows.

The screens know no command. Whoever opens them gives them a function that runs one line in this
process, and what it ran is what `y` would have copied.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, Protocol

from emergency.store.errors import Exit
from emergency.store.words import _


class Ran(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """The words of it: what changed and how to take it back, or what is wrong and what to do."""
        lines = [*self.out.splitlines(), *self.err.splitlines()] if self.code == 0 else self.err.splitlines()
        told = [line.strip() for line in lines if line.strip()]
        if self.code and len(told) == 1 and told[0].startswith('{"error"'):
            # With --json an error is for programs; a person reads the same words without it.
            error = json.loads(told[0])
            told = [word for word in (error.get("message"), error.get("hint")) if word]
        return "\n".join(told[:MOST]) or (
            _("done") if self.code == 0 else _("exit code {n}").format(n=self.code)
        )


def value(ran: Ran, *, partly: bool = False) -> Any | None:
    """What a command line told with --json; None where it failed, unless `partly` will do, or printed something else."""
    if ran.code != Exit.DONE and not (partly and ran.code == Exit.PARTLY_FAILED):
        return None
    try:
        return json.loads(ran.out)
    except ValueError:
        return None


#: More lines than this of what a command says are left out.
MOST = 4
#: Told of each line of progress, in the thread that runs.
Tell = Callable[[str], None]


class Run(Protocol):
    """Runs the arguments after `emergency`, from any thread; never raises."""

    def __call__(self, words: Sequence[str], tell: Tell | None = None, /) -> Ran: ...


#: The same in a process of its own, for what reads for seconds and writes nothing; cancelled, it ends at once.
Reckon = Callable[[Sequence[str]], Awaitable[Ran]]


def cannot(words: Sequence[str], tell: Tell | None = None, /) -> Ran:
    """Where nobody gave a way to run command lines: the screens only show."""
    return Ran(1, "", _("these screens only show"))
