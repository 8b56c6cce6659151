"""The machine under the program: the named points where it may stop, its disk that may be full, its randomness.

A crash is no exception that handlers could tidy up after: at the named point everything that is on
disk is copied away, and after the exception has run its course the copy is put back. What the
program would have done in its handlers and finally-clauses has not happened.
"""

from __future__ import annotations

import contextlib
import functools
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from emergency.plugins.hub import engine
from emergency.plugins.hub.engine import Sqlite
from emergency.store import database, keys
from emergency.store.chains import Sql
from emergency.store.keys import Signer

#: Where a machine may stop: a transaction whole but not committed; committed, and nobody told;
#: a new key on disk, and nothing else.
POINTS = ("before-commit", "after-commit", "key-saved")
ENDINGS = ("", "-wal", ".key")


class Crash(BaseException):
    """The machine whose files lie in `folder` stopped."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.folder = folder


def _kept(folder: str) -> str:
    return folder + ".crashed"


class Machine:
    """What may go wrong beneath the program, for all stores of one simulation."""

    def __init__(self) -> None:
        self._folder, self._point, self._left = "", "", 0
        #: Paths of databases whose disk is full.
        self.full: set[str] = set()
        self.crashes: dict[str, int] = {}

    def arm(self, folder: str, point: str, passes: int) -> None:
        """Stop the machine with this folder when it has passed the point so often."""
        self._folder, self._point, self._left = folder, point, passes

    def disarm(self) -> None:
        """Nothing stops any more."""
        self._folder = ""

    def passing(self, point: str, path: str) -> None:
        """A machine comes by a named point. Raises Crash."""
        folder = os.path.dirname(path)
        if folder != self._folder or point != self._point:
            return
        self._left -= 1
        if self._left > 0:
            return
        self.disarm()
        self.crashes[point] = self.crashes.get(point, 0) + 1
        shutil.rmtree(_kept(folder), ignore_errors=True)
        shutil.copytree(folder, _kept(folder), ignore=shutil.ignore_patterns("*-shm", "*.lock"))
        raise Crash(folder)

    def recover(self, folder: str) -> None:
        """What was on disk when the machine stopped is what it finds."""
        shutil.rmtree(folder)
        os.rename(_kept(folder), folder)

    def connected(self, connection: sqlite3.Connection, path: str) -> sqlite3.Connection:
        """A connection to a database, on a disk that has no room for it to grow, or has."""
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        limit = pages if path in self.full else 1 << 30
        connection.execute(f"PRAGMA max_page_count={limit}")
        return connection


def copied(source: str, target: str) -> None:
    """Copy a store as a disk image has it: the file, its WAL and its key."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    for end in ENDINGS:
        with contextlib.suppress(FileNotFoundError):
            os.remove(target + end)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(source + end, target + end)
            os.chmod(target + end, 0o600)
    with contextlib.suppress(FileNotFoundError):
        os.remove(target + "-shm")


@contextlib.contextmanager
def fitted(machine: Machine, r: random.Random) -> Iterator[None]:
    """Run the program on this machine, with randomness that can be had again."""
    transaction, connect, save, writing = (
        database.transaction,
        database.connect,
        Signer.save,
        Sqlite.writing,
    )

    @contextlib.contextmanager
    def trapped(connection: sqlite3.Connection, path: str) -> Iterator[None]:
        with transaction(connection, path):
            yield
            machine.passing("before-commit", path)
        machine.passing("after-commit", path)

    def connected(path: str, *, writable: bool, create: bool = False) -> sqlite3.Connection:
        connection = connect(path, writable=writable, create=create)
        return machine.connected(connection, path) if writable and not create else connection

    def saved(self: Signer, store_path: str) -> None:
        save(self, store_path)
        machine.passing("key-saved", store_path)

    @contextlib.contextmanager
    def filed(self: Sqlite) -> Iterator[Sql]:
        if isinstance(self._writer, sqlite3.Connection):
            machine.connected(self._writer, self.path)
        with writing(self) as sql:
            yield sql
            machine.passing("before-commit", self.path)
        machine.passing("after-commit", self.path)

    patches: list[tuple[Any, str, Callable[..., Any]]] = [
        (database, "transaction", trapped),
        (database, "connect", connected),
        (Signer, "save", saved),
        (engine.Sqlite, "writing", filed),
        (os, "urandom", r.randbytes),
        # The same entry is checked at every station: a sum that was done need not be done again.
        (keys, "signed", functools.lru_cache(maxsize=4096)(keys.signed)),
    ]
    with contextlib.ExitStack() as stack:
        for owner, name, ours in patches:
            stack.enter_context(mock.patch.object(owner, name, ours))
        yield
