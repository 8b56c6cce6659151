"""How much one caller may ask of a hub: so many requests a minute, so many at a time, so many bytes held.

A caller is an address until a request is signed in form; then it is a station at that address. Two
hundred stations behind one address do not use up each other's share, and whoever claims to be one
of them from elsewhere uses up none of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from emergency.plugins.hub.denied import Denied

#: Requests a minute: of a station; of an address, to /v1/info, which costs nothing, and to all else that is unsigned.
STATION_RATE, INFO_RATE, RATE = 1200, 12_000, 1200
#: Bodies of entries a minute that nobody signed for, of an address.
INTRODUCE_RATE = 60
#: Enrolments a minute that failed, of an address: a code is not to be guessed.
FAILED_RATE = 20
#: Requests of one caller that are worked on at a time.
AT_A_TIME = 8
#: Bytes of large bodies in memory: of all, and of one address.
MOST_HELD, MOST_OF_ONE = 256 * 1024 * 1024, 64 * 1024 * 1024
#: Live lines: of all, and of one station.
MOST_LIVE, LIVE_OF_ONE = 6000, 4


class Buckets:
    """So many a minute for each name; a name that is quiet fills up again."""

    def __init__(self, clock: Callable[[], float], most_names: int = 20_000) -> None:
        self._clock, self._most = clock, most_names
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def left(self, name: str, a_minute: int) -> float:
        """How many may still be taken now."""
        now = self._clock()
        left, then = self._left.get(name, (float(a_minute), now))
        return min(float(a_minute), left + (now - then) * a_minute / 60)

    def take(self, name: str, a_minute: int) -> bool:
        """Take one, if any is left."""
        left = self.left(name, a_minute)
        self._left[name] = (left - 1 if left >= 1 else left, self._clock())
        self._left.move_to_end(name)
        while len(self._left) > self._most:
            self._left.popitem(last=False)
        return left >= 1


class Held:
    """What is in hand of each name and of all together; forgets names that hold nothing."""

    def __init__(self, most: int, of_one: int) -> None:
        self._most, self._of_one = most, of_one
        self._of: dict[str, int] = {}
        self.total = 0

    def take(self, name: str, amount: int = 1) -> bool:
        """Take so much, if that leaves both within their bounds."""
        if not amount:
            return True
        own = self._of.get(name, 0) + amount
        if own > self._of_one or self.total + amount > self._most:
            return False
        self._of[name] = own
        self.total += amount
        return True

    def give(self, name: str, amount: int = 1) -> None:
        """Give it back."""
        if not amount:
            return
        self.total -= amount
        self._of[name] -= amount
        if not self._of[name]:
            del self._of[name]

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Hold one for a while. Raises Denied."""
        if not self.take(name):
            raise Denied(429, "too-many")
        try:
            yield
        finally:
            self.give(name)
