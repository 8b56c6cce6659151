"""A store that is open while one thing is read from it, in the thread that reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from emergency.store import database
from emergency.store.store import Store


@contextmanager
def reading(path: str, as_of: int | None = None) -> Iterator[Store]:
    """The store, as of a time where one is named. Raises EmergencyError, also for what SQLite cannot read."""
    try:
        with Store(path, as_of=as_of) as store:
            yield store
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise database.explained(error, path) from error
