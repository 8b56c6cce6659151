"""The sets of colours: the terminal's own, dark, for those who confuse red and green, and of high contrast.

No state is told by colour alone, so each of them, and none at all (NO_COLOR), shows the same.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter, Monochrome, NoColor
from textual.theme import Theme

#: Blue, orange and yellow, which deuteranopia keeps apart (the palette of Okabe and Ito).
DEUTERANOPIA = Theme(
    name="deuteranopia",
    primary="#56B4E9",
    secondary="#0072B2",
    accent="#CC79A7",
    success="#56B4E9",
    warning="#F0E442",
    error="#E69F00",
    foreground="#E6E6E6",
    background="#101418",
    surface="#161C22",
    panel="#1E262E",
    dark=True,
)
CONTRAST = Theme(
    name="contrast",
    primary="#FFFFFF",
    secondary="#00FFFF",
    accent="#FFFF00",
    success="#00FF00",
    warning="#FFFF00",
    error="#FF6060",
    foreground="#FFFFFF",
    background="#000000",
    surface="#000000",
    panel="#202020",
    dark=True,
)
OWN = (DEUTERANOPIA, CONTRAST)
#: In the order in which the key goes through them.
NAMES = ("textual-dark", "ansi-dark", "ansi-light", "deuteranopia", "contrast")


def wanted(environ: Mapping[str, str] = os.environ, *, thin: bool) -> str:
    """The theme to begin with: EMERGENCY_THEME, TEXTUAL_THEME, or what the line can bear."""
    asked = environ.get("EMERGENCY_THEME") or environ.get("TEXTUAL_THEME")
    return asked if asked in NAMES else "ansi-dark" if thin else NAMES[0]


def after(name: str) -> str:
    """The next of them."""
    return NAMES[(NAMES.index(name) + 1) % len(NAMES)] if name in NAMES else NAMES[0]


class Colourless(LineFilter):
    """No colour is sent at all: letters and ground are the terminal's own; bold, dim, reverse and underline stay.

    Textual turns colours into greys, which its sets of a terminal's own colours make black on black.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same without colours."""
        return [Segment(text, style and _plain(style), control) for text, style, control in segments]


@lru_cache(1024)
def _plain(style: Style) -> Style:
    return style.without_color


def bared(filters: Sequence[LineFilter], environ: Mapping[str, str] = os.environ) -> list[LineFilter]:
    """Textual's filters of what is painted, with ours in place of its greys; it counts where it is not empty."""
    kept = [one for one in filters if not isinstance(one, Monochrome | NoColor)]
    # First: what dims by mixing colours finds none, and leaves what is dim to the terminal.
    return [Colourless(), *kept] if environ.get("NO_COLOR") else kept
