"""How many tests run beside each other."""

from __future__ import annotations

import os

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two a core: half of the time a test waits for a screen to settle, or for another process."""
    return 2 * (os.cpu_count() or 1)
