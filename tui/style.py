"""Marks, and what the terminal can bear: no mark is of ambiguous width, none speaks by colour alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping

#: A tone is a mark first and a colour second.
_MARKS = {"late": "!", "ask": "?", "good": "✓", "bad": "✗", "wait": "-", "": " "}
_ASCII = {**_MARKS, "good": "+", "bad": "x"}


def ascii_only(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether marks and the map must keep to ASCII."""
    if environ.get("EMERGENCY_AMBIGUOUS") == "wide" or environ.get("TERM") in ("linux", "dumb"):
        return True
    return "utf" not in (getattr(sys.__stdout__, "encoding", None) or "utf-8").lower()


def mark(tone: str) -> str:
    """The mark of a tone."""
    return (_ASCII if ascii_only() else _MARKS).get(tone, " ")


def ascii_marks(text: str) -> str:
    """A text of ours with its marks as the terminal can draw them."""
    return text.replace("✓", "+").replace("✗", "x") if ascii_only() else text


def thin_line(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether bytes are dear, over SSH or because somebody says so: the terminal's own colours, nothing moves."""
    said = environ.get("EMERGENCY_LOW_BANDWIDTH", "")
    return said != "0" and (bool(said) or "SSH_CONNECTION" in environ)


#: Ends what a program before us may have left on when its line was cut: mouse reports, focus reports,
#: bracketed paste, the kitty keys, the alternate screen, a hidden cursor.
MEND = (
    "".join(f"\x1b[?{n}l" for n in (1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004, 1049))
    + "\x1b[<u\x1b[?25h"
)


def prepare(environ: MutableMapping[str, str], *, thin: bool) -> None:
    """Settings that Textual reads when it is imported: nothing moves, and on a thin line little is painted."""
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    # A line that is cut cannot switch the kitty keys off again, and then no shell reads the keyboard.
    environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
    environ.setdefault("TEXTUAL_FPS", "10" if thin else "30")


def wrapped(sequence: str, environ: Mapping[str, str] = os.environ) -> str:
    """An escape sequence that reaches the terminal through tmux, which must allow passthrough."""
    if not environ.get("TMUX"):
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
