"""What takes a while to work out, kept for the screens until the store holds something else."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from emergency.store import times
from emergency.store.store import Store

T = TypeVar("T")
#: What took longer than this, in seconds, is worked out again only when somebody asks for it.
SLOW = 5.0


class Got(NamedTuple, Generic[T]):
    """What was worked out, for one who asked."""

    value: T
    #: The store has changed since, and nothing was worked out anew.
    behind: bool


class _State(NamedTuple):
    """What a store holds, and of when: what runs out depends on the time."""

    path: str
    as_of: int | None
    #: Number and hash of the last entry.
    last: tuple[int, bytes] | None
    time: object


class Kept(Generic[T]):
    """See the module. Any thread may ask, each with a store of its own; one works, the others wait for it."""

    def __init__(self, work: Callable[[Store], T], *, minute: bool = False) -> None:
        """With `minute` it is another one each minute, since what is told of it has an age."""
        self._work, self._minute = work, minute
        self._lock = Lock()
        self._value: T | None = None
        self._of: _State | None = None
        self._took = 0.0
        #: How often it was to be forgotten.
        self._forgotten = 0

    def get(self, store: Store) -> Got[T]:
        """What holds for the store as it is; where that takes long, as it was when it was last asked for."""
        with self._lock:
            now, of = _state(store, minute=self._minute), self._of
            here = of is not None and now[:2] == of[:2]
            if self._value is None or not here or (now != of and self._took < SLOW):
                began, forgotten = time.monotonic(), self._forgotten
                self._value = self._work(store)
                self._took = time.monotonic() - began
                # Somebody may have asked for it anew since this began.
                self._of = of = now if self._forgotten == forgotten else None
            return Got(self._value, of is not None and now.last != of.last)

    def forget(self) -> None:
        """Work it out again when it is next asked for, however long that takes."""
        self._forgotten += 1
        self._of = None


def _state(store: Store, *, minute: bool) -> _State:
    last = store.connection.execute("SELECT n, hash FROM entry ORDER BY n DESC LIMIT 1").fetchone()
    now = times.now()
    return _State(
        store.path, store.as_of, last, now // times.MINUTE if minute else times.format_time(now)[:10]
    )
