"""Who files entries goes before those who read what came: Python runs one thread at a time.

Left to themselves they hold each other up at every answer of a database, and nobody works while
it stores. So a stretch is begun to be read while there is nothing to file, or while what was
filed is stored. Only for a database that is another process: SQLite's own work is the writer's.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

#: Seconds after which one reads, whoever files.
_LONGEST = 0.05
_may_read = threading.Event()
_may_read.set()


@contextlib.contextmanager
def filing() -> Iterator[None]:
    """The one writer is at work."""
    _may_read.clear()
    try:
        yield
    finally:
        _may_read.set()


@contextlib.contextmanager
def storing() -> Iterator[None]:
    """The writer waits for its database."""
    _may_read.set()
    try:
        yield
    finally:
        _may_read.clear()


def reading() -> None:
    """Wait for the turn of those who read, and not for long: whoever files may itself have something to read."""
    if not _may_read.is_set():
        _may_read.wait(_LONGEST)
