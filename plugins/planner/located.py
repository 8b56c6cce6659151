"""What the location solvers answer, and the clock they are stopped by."""

from __future__ import annotations

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


def gap_of(value: float, bound: float) -> float:
    """The share by which a value may miss the best; differences below rounding count as none."""
    if value == bound:
        return 0.0
    most = max(abs(value), abs(bound))
    if most == float("inf"):
        return 1.0
    apart = abs(value - bound)
    return 0.0 if apart < 1e-9 * max(1.0, most) else apart / most
