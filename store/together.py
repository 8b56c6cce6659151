"""Writes of several commands that are one operation: `undo` takes them back as one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextvars import ContextVar

_now: ContextVar[str] = ContextVar("operation", default="")


@contextlib.contextmanager
def one_operation() -> Iterator[None]:
    """What this task and the threads it hands work to write inside is one operation."""
    before = _now.set(new_operation())
    try:
        yield
    finally:
        _now.reset(before)


def new_operation() -> str:
    """The name of an operation that nothing was written for yet."""
    return os.urandom(4).hex()


def operation() -> str:
    """The one that a write of now belongs to; one of its own where nothing says more."""
    return _now.get() or new_operation()
