"""Processes of the program that are killed with signal 9 at one statement of their database: the same one each time."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

from . import stations

#: Counts the statements of every connection to a file of that name, and ends at one of them.
_COUNTING = """
import os, signal, sqlite3, sys
name, left, opened = sys.argv[1], [int(sys.argv[2])], sqlite3.connect
def step(sql):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
def connect(path, *words, **named):
    connection = opened(path, *words, **named)
    if name in str(path):
        connection.set_trace_callback(step)
    return connection
sqlite3.connect = connect
"""


def run(program: str, name: str, at: int, *words: str) -> int:
    """Run Python with `words` from sys.argv[3] on, killed at that statement to the file; 0 lets it end.

    Returns how many statements it took, 0 where it was killed.
    """
    result = subprocess.run(
        [sys.executable, "-c", f"{_COUNTING}\n{program}\nprint(-left[0])", name, str(at), *words],
        capture_output=True,
        text=True,
        env=stations.environment(),
        timeout=120,
    )
    if at and result.returncode == -signal.SIGKILL:
        return 0
    assert result.returncode == 0, result.stderr
    return int(result.stdout.split()[-1]) + at


def places(statements: int, many: int) -> Iterator[int]:
    """About so many of them, from the first on, evenly."""
    yield from range(1, statements + 1, max(1, statements // many))
