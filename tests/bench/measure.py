"""Timing whole commands, in turn with their reference, so that a noisy machine is noisy to both."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

#: Beside this interpreter, as installed.
BIN = Path(sys.executable).parent
EMERGENCY = [str(BIN / "emergency")]
PYTHON = [sys.executable]
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {
    "EMERGENCY_LANG": "en"
}


class Figure(NamedTuple):
    """One measurement: seconds of ours and of the reference, and the ratio that is the goal."""

    what: str
    ours: float
    reference: float
    goal: float


def run(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; a failure is a failure of the measurement."""
    return subprocess.run(
        list(command), env=ENVIRONMENT | environment, check=True, capture_output=True, text=True
    )


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one piece of work."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(
    what: str, ours: Callable[[int], object], reference: Callable[[int], object], goal: float, runs: int
) -> Figure:
    """The medians of both, run in turn after one warm-up of each. Each call is given its number."""
    ours(-1), reference(-1)
    a, b = [], []
    for n in range(runs):
        a.append(seconds(lambda n=n: ours(n)))  # type: ignore[misc]
        b.append(seconds(lambda n=n: reference(n)))  # type: ignore[misc]
    return Figure(what, statistics.median(a), statistics.median(b), goal)
