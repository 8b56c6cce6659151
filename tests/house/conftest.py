"""At the end of a run, no part of the package may have been imported under a second name."""

from __future__ import annotations

import sys

import pytest

PARTS = ("commands", "plugins", "store", "tui")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """`import store` beside `import emergency.store` would make two of everything."""
    twice = [name for name in PARTS if name in sys.modules]
    if twice:
        print(f"imported by their bare names: {', '.join(twice)}", file=sys.stderr)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
