"""A thread that reads the store for one screen, with a connection of its own, newest question first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from threading import Condition, Event
from typing import Any, Generic, TypeVar

from emergency.store import database
from emergency.store.errors import EmergencyError
from emergency.store.store import Store
from emergency.tui.watch import which_file

T = TypeVar("T")


class Asked(Generic[T]):
    """A question under way."""

    def __init__(
        self,
        rank: int,
        read: Callable[[Store], T],
        then: Callable[[T], None],
        fail: Callable[[EmergencyError], None],
    ) -> None:
        self.rank = rank
        self._read, self._then, self._fail = read, then, fail
        self.done = Event()
        self._stale = False
        self._answer: T | None = None
        self.error: EmergencyError | None = None

    def forget(self) -> None:
        """Whatever the answer will be, nobody asks any more."""
        self._stale = True

    def work(self, store: Store) -> None:
        """In the thread: find the answer. Raises EmergencyError, sqlite3.Error."""
        with database.snapshot(store.connection):
            self._answer = self._read(store)

    def settle(self) -> None:
        """On the screen: act on the answer, once, unless something newer was asked."""
        if self._stale:
            return
        self._stale = True
        if self.error is not None:
            self._fail(self.error)
        else:
            self._then(self._answer)  # type: ignore[arg-type]


class Reader:
    """Answers questions until `stop`. A newer question of a name takes the place of the older, even half done.

    What has the lesser rank goes first: a count that takes long gives way to the rows of the screen, and is
    begun again after them.
    """

    def __init__(self, path: str, as_of: int | None, deliver: Callable[[Asked[Any]], None]) -> None:
        self._path, self._as_of = path, as_of
        self._deliver = deliver
        self._asked: dict[str, Asked[Any]] = {}
        #: The last question of each name: its answer may still wait to be acted on.
        self._newest: dict[str, Asked[Any]] = {}
        self._state = Condition()
        self._busy: Asked[Any] | None = None
        self._store: Store | None = None
        self._file: tuple[int, int] | None = None
        self._stopped = False
        self._untold = 0

    def ask(
        self,
        name: str,
        read: Callable[[Store], T],
        then: Callable[[T], None],
        fail: Callable[[EmergencyError], None],
        *,
        rank: int = 0,
        patience: float = 0.0,
    ) -> None:
        """Ask for something to be read; `then` is called on the screen. Waits `patience` seconds for it, no more."""
        asked = Asked(rank, read, then, fail)
        with self._state:
            before = self._newest.get(name)
            if before is not None:
                before.forget()
            self._asked[name] = self._newest[name] = asked
            busy = self._busy
            if busy is not None and self._store is not None and (busy is before or busy.rank > rank):
                self._store.connection.interrupt()
            self._state.notify()
        if patience and asked.done.wait(patience):
            asked.settle()

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come, or to be acted on."""
        with self._state:
            return bool(self._asked) or self._untold > 0

    def told(self) -> None:
        """An answer that was delivered has been acted on."""
        with self._state:
            self._untold -= 1

    def cancel(self, name: str) -> None:
        """Nobody waits for the answer of that name any more."""
        with self._state:
            self._asked.pop(name, None)
            if (asked := self._newest.pop(name, None)) is not None:
                asked.forget()

    def stop(self) -> None:
        """End the thread at once."""
        with self._state:
            self._stopped = True
            if self._busy is not None and self._store is not None:
                self._store.connection.interrupt()
            self._state.notify()

    # -- the thread ------------------------------------------------------------------------------

    def run(self) -> None:
        """Until `stop`."""
        try:
            while (found := self._next()) is not None:
                self._answer(*found)
        finally:
            self._close()

    def _next(self) -> tuple[str, Asked[Any]] | None:
        with self._state:
            while not self._asked and not self._stopped:
                self._state.wait()
            if self._stopped:
                return None
            name = min(self._asked, key=lambda n: self._asked[n].rank)
            self._busy = self._asked[name]
            return name, self._busy

    def _answer(self, name: str, asked: Asked[Any]) -> None:
        try:
            asked.work(self._open())
        except EmergencyError as error:
            asked.error = error
        except sqlite3.Error as error:
            if isinstance(error, sqlite3.OperationalError) and "interrupt" in str(error):
                # It stays among what is asked, or something newer took its place.
                with self._state:
                    self._busy = None
                return
            self._close()
            asked.error = database.explained(error, self._path)
        with self._state:
            self._busy = None
            if self._stopped:
                return
            self._untold += 1
        asked.done.set()
        self._deliver(asked)
        with self._state:
            if self._asked.get(name) is asked:
                del self._asked[name]

    def _open(self) -> Store:
        file = which_file(self._path)
        if self._store is None or file != self._file:
            self._close()
            self._file = file
            store = Store(self._path, as_of=self._as_of)
            with self._state:
                self._store = store
        assert self._store is not None
        return self._store

    def _close(self) -> None:
        with self._state:
            store, self._store = self._store, None
        if store is not None:
            store.close()
