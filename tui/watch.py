"""Keeping the board true: a thread with its own connection asks SQLite each second whether anything changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Event
from typing import NamedTuple

from emergency.store import database, times
from emergency.store.board import gather
from emergency.store.errors import EmergencyError
from emergency.store.parts import Board
from emergency.store.spots import Spot, spots
from emergency.store.store import Store
from emergency.tui.opened import reading

#: Seconds between two looks at `PRAGMA data_version`.
EVERY = 1.0


class Seen(NamedTuple):
    """What the store held at one moment."""

    board: Board
    spots: tuple[Spot, ...]

    def same(self, other: Seen | None, *, clock: bool) -> bool:
        """Whether another look shows nothing new; the minute counts only where there is a `clock`."""
        if other is None or self.spots != other.spots:
            return False
        now, then = self.board.header.now, other.board.header.now
        if clock and now // times.MINUTE != then // times.MINUTE:
            return False
        header = other.board.header._replace(now=now)
        return self.board == other.board._replace(header=header)


class Watch:
    """Runs in a worker thread until `stop`; reports what it sees, and what goes wrong."""

    def __init__(
        self,
        path: str,
        as_of: int | None,
        report: Callable[[Seen], None],
        complain: Callable[[EmergencyError], None],
        *,
        clock: bool = True,
    ) -> None:
        self.path, self.as_of = path, as_of
        self._report, self._complain = report, complain
        self._clock = clock
        self._wake = Event()
        self._stopped = False
        #: Looks that were asked for, and those of them that were told of.
        self._wanted = self._given = 0
        self._last: Seen | None = None
        #: Said for as long as the program runs.
        self._torn: EmergencyError | None = None

    def stop(self) -> None:
        """End the thread at once."""
        self._stopped = True
        self._wake.set()

    def look(self) -> None:
        """Look now, and report even if nothing changed."""
        self._wanted += 1
        self._wake.set()

    @property
    def owing(self) -> bool:
        """Whether a look that was asked for is still to be told of."""
        return self._wanted > self._given

    def run(self) -> None:
        """The thread."""
        while not self._stopped:
            try:
                if self._torn is not None:
                    raise self._torn
                with reading(self.path, self.as_of) as store:
                    self._stay(store)
            except EmergencyError as error:
                wanted = self._wanted
                self._complain(error)
                self._given = wanted
            self._rest()

    def _stay(self, store: Store) -> None:
        file, version, minute = which_file(self.path), -1, -1
        wal = None if self.as_of is not None else which_file(f"{self.path}-wal")
        while not self._stopped and which_file(self.path) == file:
            if wal is not None and which_file(f"{self.path}-wal") != wal:
                self._rescue(store, file)
                return
            now_version = store.connection.execute("PRAGMA data_version").fetchone()[0]
            now_minute = times.now() // times.MINUTE
            # What is late depends on the clock too, so a minute is a change.
            if self.owing or now_version != version or (now_minute != minute and self.as_of is None):
                version, minute = now_version, now_minute
                self._see(store)
            self._rest()

    def _rescue(self, store: Store, file: tuple[int, int] | None) -> None:
        """While a store is open SQLite neither deletes its WAL nor begins another. Raises EmergencyError."""
        from emergency.store.backing import rescued

        # Who restores a store takes the WAL away before the file, under this lock.
        with database.file_lock(self.path):
            if which_file(self.path) == file:
                self._torn = rescued(store)
                raise self._torn

    def _see(self, store: Store) -> None:
        wanted = self._wanted
        # One transaction, so that all the queries of a look see the same store.
        store.connection.execute("BEGIN")
        try:
            seen = Seen(gather(store), spots(store))
        finally:
            store.connection.execute("COMMIT")
        if wanted > self._given or not seen.same(self._last, clock=self._clock):
            self._last = seen
            self._report(seen)
        self._given = wanted

    def _rest(self) -> None:
        if not self._stopped:
            self._wake.wait(EVERY)
        if not self._stopped:
            self._wake.clear()


def which_file(path: str) -> tuple[int, int] | None:
    """Which file stands at the path: a restored store is another one."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
