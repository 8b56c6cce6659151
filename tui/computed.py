"""What takes a while to work out, kept for the screens until the store holds something else."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from emergency.store import times
from emergency.store.store import Store

T = TypeVar("T")
#: What took longer than this, in seconds, is worked out again only when somebody asks for it.
SLOW = 5.0


class Kept(Generic[T]):
    """See the module. Any thread may ask, each with a store of its own; one works, the others wait for it."""

    def __init__(self, work: Callable[[Store], T], *, minute: bool = False) -> None:
        """With `minute` it is another one each minute, since what is told of it has an age."""
        self._work, self._minute = work, minute
        self._lock = Lock()
        self._value: T | None = None
        self._of: tuple[object, ...] | None = None
        self._took = 0.0
        #: The store has changed since, and nothing was worked out anew.
        self.behind = False

    def get(self, store: Store) -> T:
        """What holds for the store as it is; where that takes long, as it was when it was last asked for."""
        with self._lock:
            now = _state(store, minute=self._minute)
            elsewhere = self._of is None or now[:2] != self._of[:2]
            if self._value is None or elsewhere or (now != self._of and self._took < SLOW):
                began = time.monotonic()
                self._value, self._of = self._work(store), now
                self._took = time.monotonic() - began
            self.behind = now != self._of
            return self._value

    def forget(self) -> None:
        """Work it out again when it is next asked for, however long that takes."""
        self._of = None


def _state(store: Store, *, minute: bool) -> tuple[object, ...]:
    """What changes when anything was written, and with time: what runs out depends on it."""
    last = store.connection.execute("SELECT n, hash FROM entry ORDER BY n DESC LIMIT 1").fetchone()
    now = times.now()
    return store.path, store.as_of, last, now // times.MINUTE if minute else times.format_time(now)[:10]
