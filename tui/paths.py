"""Completing paths as they are typed."""

from __future__ import annotations

import asyncio
import os

from textual.suggester import Suggester

#: Of a longer folder only the first so many are looked at, and so many named.
MOST_READ, MOST_NAMED = 5000, 12


def matching(typed: str) -> list[str]:
    """The paths that a text begins, folders with a stroke at the end; nothing where a folder cannot be read."""
    folder, name = os.path.split(typed)
    place = os.path.expanduser(folder) or "."
    out = []
    try:
        with os.scandir(place) as found:
            for n, entry in enumerate(found):
                if n >= MOST_READ:
                    break
                if entry.name.startswith(name) and (name or not entry.name.startswith(".")):
                    out.append(os.path.join(folder, entry.name) + (os.sep if entry.is_dir() else ""))
    except OSError:
        return []
    return sorted(out)


def completed(typed: str) -> tuple[str, list[str]]:
    """(as much more as can only be meant, what could follow)."""
    found = matching(typed)
    return (_alike(found) or typed, found) if found else (typed, [])


def _alike(found: list[str]) -> str:
    """What all of them begin with, letter by letter."""
    first, last = min(found), max(found)
    return first[: next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]


class Paths(Suggester):
    """The first path that what is typed begins."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """See Suggester; a slow disk holds up no key."""
        if not value:
            return None
        found = await asyncio.to_thread(matching, value)
        return next((path for path in found if path != value), None)
