"""Everything that attaches by a hook, ours and others'.

A plugin is a module or object with functions marked `hookimpl`, named by an entry point in
the group `emergency`. Import from here and from emergency.store only. docs/plugins.md has a
working one of twenty lines.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emergency.plugins.hooks import Event, Exporter, Importer, Line, Row, Screen, Table, hookimpl, load

__all__ = [
    "Event",
    "Exporter",
    "Importer",
    "Line",
    "Row",
    "Screen",
    "Table",
    "hookimpl",
    "load",
    "third_party",
]

GROUP = "emergency"


def __getattr__(name: str) -> Any:
    """pluggy takes 5 ms to import: only what needs the hooks waits for it."""
    if name.startswith("__") or name == "hooks":
        raise AttributeError(name)
    from emergency.plugins import hooks

    return getattr(hooks, name)


@functools.cache
def third_party() -> bool:
    """Whether any installed distribution names an entry point of ours.

    Reading the few files that declare entry points takes 2 ms; importlib.metadata, 40.
    """
    for folder in sys.path:
        for name in _names(folder or "."):
            # Of a distribution: .dist-info or .egg-info; not all of them have entry points.
            if not name.endswith("-info"):
                continue
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                    if f"[{GROUP}]".encode() in file.read():
                        return True
            except OSError:
                continue
    return False


def _names(folder: str) -> list[str]:
    """What lies in a folder; nothing where there is none, as for a folder of sys.path that is an archive."""
    try:
        return os.listdir(folder)
    except OSError:
        return []
