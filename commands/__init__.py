"""The command line: `run` is all that the front door calls."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code. Never raises."""
    # A command's data is nearly all dicts and tuples without cycles, and so is what is imported: collecting
    # them row by row took a sixth of an import of a sheet.
    gc.set_threshold(200_000, 20, 100)
    from emergency.store import words

    # Help texts are read when commands are imported, so the language comes first.
    typed = None
    for i, word in enumerate(arguments):
        if word == "--lang" and i + 1 < len(arguments):
            typed = arguments[i + 1]
        elif word.startswith("--lang="):
            typed = word.removeprefix("--lang=")
    words.speak(words.wanted(os.environ, typed))
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")

    if _asks_for_screens(arguments):
        from emergency.commands import ending, screens

        return ending.ended(screens.open_alone, list(arguments))
    from emergency.commands.front import answer

    return answer(list(arguments))


def _open_what_is_closed() -> None:
    """A stream that was closed (`>&-`) leads nowhere; left so, the next file opened would stand in its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - until the end


def _asks_for_screens(arguments: Sequence[str]) -> bool:
    """Whether they are asked for on a terminal and nothing else is said: there is nothing to parse."""
    alone = list(arguments) in ([], ["board"])
    # A shell that asks for its completion script says no words either.
    return alone and "_EMERGENCY_COMPLETE" not in os.environ and sys.stdin.isatty() and sys.stdout.isatty()
