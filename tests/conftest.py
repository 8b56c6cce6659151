"""How many tests run beside each other, and what their processes need not do again and again."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import os
import pathlib
import shutil
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings

TESTS = pathlib.Path(__file__).resolve().parent
# Processes that may not keep what they compiled compile all of it at every start: four that run the tests,
# and hundreds that the tests start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Looking for garbage was a sixth of the time of a test of screens; rarer than this, stores in memory pile up.
gc.set_threshold(10_000, 10, 20)
# No property is timed: how long an example takes says how busy the machine is. New examples are looked for by people;
# where CI is set, as `.ci/run` does, what is judged is the change alone, by the same examples each time.
settings.register_profile(
    "house",
    deadline=None,
    derandomize="CI" in os.environ,
    database=None if "CI" in os.environ else settings.default.database,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two a core: half of the time a test waits for a screen to settle, or for another process."""
    return 2 * (os.cpu_count() or 1)


def made_once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[pathlib.Path], object]
) -> pathlib.Path:
    """The folder of that name, filled by the first of the processes that run the tests; nobody may change it."""
    base = factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, making = root / name, root / f"{name}.making"
    with open(root / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            make(making)
            making.rename(folder)
    return folder


def pytest_collection(session: pytest.Session) -> None:
    """In a fresh checkout, each worker compiles its share of the tests, and reads what the others compiled."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or [pathlib.Path(arg).resolve() for arg in session.config.args] != [TESTS]:
        return
    files = sorted(TESTS.rglob("test_*.py"))
    first = len(files) * int(worker.removeprefix("gw")) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    for file in files[first:] + files[:first]:
        # What cannot be imported is told when it is collected.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(file.relative_to(TESTS.parent).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """Program and tests, half a million objects, are not looked through for garbage."""
    gc.collect()
    gc.freeze()
