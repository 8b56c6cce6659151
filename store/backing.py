"""Backups: a whole copy of a store, and its way back."""

from __future__ import annotations

import contextlib
import os
import sqlite3

from emergency.store import database, journal, times
from emergency.store.errors import BadStore, InvalidValue
from emergency.store.keys import key_path
from emergency.store.store import Store, adopt
from emergency.store.text import safe
from emergency.store.words import _


def _copy(source: sqlite3.Connection, path: str) -> None:
    """A consistent copy while others write, on disk under its name only when whole."""
    temporary = f"{path}.new-{os.getpid()}"
    try:
        target = sqlite3.connect(temporary, isolation_level=None)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        finally:
            target.close()
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadStore(_("{path} cannot be written: {why}").format(path=safe(path), why=safe(why))) from None
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(temporary + end)


def backup(store: Store, path: str) -> int:
    """Copy the store to a file and verify the copy; returns its entries. Raises BadStore, InvalidValue."""
    if os.path.exists(path):
        raise InvalidValue(_("{path} is there already").format(path=safe(path)), hint=_("name another file"))
    _copy(store.connection, path)
    return _verified(path)


def _verified(path: str) -> int:
    connection = database.connect(path, writable=False)
    try:
        problems = journal.verify(connection)
        if problems:
            raise BadStore(
                _("{path} is damaged: entry {n} {what}").format(
                    path=safe(path), n=problems[0].n, what=problems[0].what
                )
            )
        return int(connection.execute("SELECT count(*) FROM entry").fetchone()[0])
    finally:
        connection.close()


def restore(path: str, store_path: str) -> tuple[int, str | None]:
    """Make a backup the store; returns (entries, where the store that stood there is kept)."""
    entries = _verified(path)
    kept = None
    os.makedirs(os.path.dirname(os.path.abspath(store_path)), exist_ok=True)
    with database.file_lock(store_path):
        if os.path.exists(store_path):
            kept = f"{store_path}.before-{times.format_time(times.now())[:19].replace(':', '')}"
            for end in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(store_path + end, kept + end)
            with contextlib.suppress(FileNotFoundError):
                os.replace(key_path(store_path), key_path(kept))
        source = database.connect(path, writable=False)
        try:
            _copy(source, store_path)
        finally:
            source.close()
        connection = database.connect(store_path, writable=True)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        adopt(store_path)
    return entries, kept
