"""What the location solvers answer, and the clock they are stopped by."""

from __future__ import annotations

import math
import time
from typing import NamedTuple


class Located(NamedTuple):
    """Chosen sites, and how far from the best possible they can be."""

    #: Indices of the chosen sites (columns), ascending.
    sites: tuple[int, ...]
    #: What is reached: weighted distance (less is better), or weight covered (more is better).
    value: float
    #: Proven: no choice of as many sites is better than this.
    bound: float
    #: Distance of `value` from `bound` as a share of the greater of them; 0 is proven best.
    gap: float
    #: Areas (rows) that no chosen site reaches.
    unreached: tuple[int, ...]
    #: How it was found, in a few English words: what a fallback says of itself.
    method: str

    @property
    def proven(self) -> bool:
        """Whether nothing can be better."""
        return self.gap == 0


class Clock:
    """Seconds that may still be used."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, 0 at the least."""
        return max(0.0, self.end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether it is time to answer."""
        return time.monotonic() >= self.end


#: Of two values, such a share of them is rounding.
ROUNDING = 1e-9
#: The most that a figure should be in a search, for what is said of rounding there; and what is nothing beside it.
MOST, NOTHING = 1024.0, 1e-12


def gap_of(value: float, bound: float, unit: float = 0.0) -> float:
    """The share by which a value may miss the best; differences below rounding count as none.

    What is small beside the `unit` of the figures is rounding as well.
    """
    if value == bound:
        return 0.0
    most = max(abs(value), abs(bound))
    if most == float("inf"):
        return 1.0
    apart = abs(value - bound)
    return 0.0 if apart < ROUNDING * max(unit, most) else apart / most


def rounding(value: float) -> float:
    """A difference of values that is none, where no figure is far from MOST."""
    return max(NOTHING, ROUNDING * abs(value))


def power_to(most: float) -> int:
    """By which power of two figures are multiplied, so that the greatest comes near MOST; 0 where that is not far off."""
    power = math.frexp(MOST)[1] - math.frexp(most)[1]
    return 0 if most == 0 or abs(power) <= 12 else power
