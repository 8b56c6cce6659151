"""The other programs of peers/sync, each run by its own driver, read where it lies and never copied here.

What they need is set up beside them as their README says (`venv`, `venv39`, `npm`, and Fossil from the system);
`--tools` names another folder for it. A peer whose needs are missing is skipped, and said to be.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

#: Runs a driver with its report taken from it, so that nothing is written beside it.
_RUN = """
import json, runpy, sys
sys.dont_write_bytecode = True
folder, driver = sys.argv[1:3]
sys.path.insert(0, folder)
import common
common.report = lambda name, runs: print("REPORT " + json.dumps(common.medians(runs)))
sys.argv = [driver, *sys.argv[3:]]
runpy.run_path(f"{folder}/{driver}", run_name="__main__")
"""
#: Seconds for one driver's run; each ends itself before that.
PATIENCE = 900
_ACCOUNTING = Path("/sys/fs/cgroup/cpuacct")


class Tools(NamedTuple):
    """Where the drivers lie, and what they were given to run with."""

    drivers: Path
    folder: Path
    data: Path

    @property
    def python(self) -> Path:
        """With the packages of the Python peers."""
        own = self.folder / "venv" / "bin" / "python"
        return own if own.exists() else Path(sys.executable)

    @property
    def python39(self) -> Path:
        """With taskchampion-py, whose wheel is for Python 3.9."""
        return self.folder / "venv39" / "bin" / "python"

    @property
    def modules(self) -> Path:
        """With pouchdb, express and express-pouchdb."""
        return self.folder / "npm" / "node_modules"


class Peer(NamedTuple):
    """One other program."""

    name: str
    driver: str
    #: {phase of ours: the driver's name of it}.
    phases: dict[str, str]
    #: {phase of ours: the driver's name of its bytes both ways}.
    sizes: dict[str, str]
    conflicts: str
    #: The arguments of the driver; and what is missing to run it, or "".
    arguments: Callable[[Tools], list[str]] = lambda tools: []
    missing: Callable[[Tools], str] = lambda tools: ""


_USUAL = {"create": "create", "push": "push", "pull": "pull", "edit": "edit_both", "converge": "sync_conv"}
_COUNTED = {
    "push": "push_up_down_conns", "pull": "pull_up_down_conns", "converge": "conv_up_down_conns",
    "noop": "noop_up_down_conns",
}  # fmt: skip

PEERS = (
    Peer(
        "PouchDB 9, express-pouchdb, batches of 1,000",
        "pouch.py",
        _USUAL | {"noop": "noop_sync"},
        _COUNTED,
        "conflicts_visible",
        lambda tools: ["--batch", "1000"],
        lambda tools: "" if shutil.which("node") and tools.modules.exists() else "node, or npm/node_modules",
    ),
    Peer(
        "TaskChampion 2.0.2, server over HTTP",
        "taskchampion_peer.py",
        _USUAL | {"noop": "noop_sync"},
        _COUNTED,
        "conflicts_visible",
        lambda tools: ["--py39", str(tools.python39)],
        lambda tools: "" if tools.python39.exists() else "venv39 with taskchampion-py",
    ),
    Peer(
        "Fossil, a file a record, one check-in a side",
        "fossil_peer.py",
        _USUAL | {"pull": "pull_clone_and_checkout"},
        {"push": "push_wire", "pull": "clone_wire", "converge": "conv_wire"},
        "merge_conflict_lines",
        lambda tools: ["--tickets", "1"],
        lambda tools: "" if shutil.which("fossil") else "fossil",
    ),
    Peer(
        "SQLite changesets by APSW, no network",
        "apsw_session.py",
        _USUAL | {"create": "create_incl_changeset"},
        {},
        "conflict_callbacks",
        missing=lambda tools: "" if _imports(tools.python, "apsw") else "venv with apsw",
    ),
)


def _imports(python: Path, module: str) -> bool:
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0


def measured(peer: Peer, tools: Tools) -> dict[str, float]:
    """The figures of one run of a peer, under our names of the phases. Raises CalledProcessError."""
    words = [str(tools.python), "-c", _RUN, str(tools.drivers), peer.driver, "--runs", "1"]
    environment = os.environ | {"BENCH_DATA": str(tools.data), "NODE_PATH": str(tools.modules)}
    done = subprocess.run(
        [*words, *peer.arguments(tools)],
        env=environment, check=True, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    line = next(text for text in reversed(done.stdout.splitlines()) if text.startswith("REPORT "))
    return _ours(peer, json.loads(line.removeprefix("REPORT ")))


def _ours(peer: Peer, told: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for phase, name in peer.phases.items():
        found |= {phase: told[name]} if name in told else {}
        found |= {f"{phase}_cpu": told[f"{name}_cpu"]} if f"{name}_cpu" in told else {}
    for phase, name in peer.sizes.items():
        if isinstance(told.get(name), list):
            found[f"{phase}_bytes"] = float(sum(told[name][:2]))
    if isinstance(told.get(peer.conflicts), int | float):
        found["conflicts"] = float(told[peer.conflicts])
    return found


@contextlib.contextmanager
def accounted() -> Iterator[None]:
    """Within it the kernel counts the processor time of all we start, where it may be asked to (root, cgroup v1)."""
    group = _ACCOUNTING / f"emergency-bench-{os.getpid()}"
    try:
        group.mkdir()
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        yield
        return
    os.environ["BENCH_CG"] = str(group / "cpuacct.usage")
    try:
        yield
    finally:
        del os.environ["BENCH_CG"]
        with contextlib.suppress(OSError):
            (_ACCOUNTING / "cgroup.procs").write_text(str(os.getpid()))
            group.rmdir()
