"""Marks, and what the terminal can bear: no mark is of ambiguous width, none speaks by colour alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

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
    """Whether bytes are dear: over SSH we use the terminal's own colours and move nothing."""
    return "SSH_CONNECTION" in environ
