"""A store that SQLite cannot read: every screen that reads says so, and none ends the program."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sqlite3

import pytest

from emergency.store import backing
from emergency.store.store import Store

from . import walk
from .screen import on_duty


def damage(path: str) -> None:
    """Overwrite the tables, so that the store can be opened, and SQLite finds that what it reads is malformed."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        roots = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE tbl_name NOT IN ('meta', 'feed') AND rootpage > 1"
        ).fetchall()
    with open(path, "r+b") as file:
        for (root,) in roots:
            file.seek((root - 1) * size)
            file.write(b"\xff" * 8)


DAMAGED = {
    "plan": ("incidents", ["end", "exclamation_mark"]),
    "record": ("incidents", ["end", "enter"]),
    "gate": ("incidents", ["end", "i"]),
    "line": ("callups", ["enter"]),
    "form": ("teams", ["e"]),
    "new": ("teams", ["n"]),
    "find": ("board", ["colon", "B"]),
    "chart": ("charts", []),
    "sync": ("sync", []),
    "season": ("seasons", ["at", "f2"]),
}


@pytest.mark.parametrize("name", DAMAGED)
async def test_a_store_that_is_damaged_ends_no_screen(flood: str, name: str) -> None:
    place, keys = DAMAGED[name]
    async with on_duty(flood, (160, 48)) as duty:
        if keys:
            await walk.opened(duty, place)
        *before, last = keys or [""]
        await walk.pressed(duty, *before)
        damage(flood)
        await (walk.pressed(duty, last) if last else walk.opened(duty, place))
        # Which store cannot be used, cut where there is no room; a form tells it when its thread has read.
        await duty.until(flood[:30])
        assert duty.app.is_running


@pytest.mark.parametrize("ends", [("-wal",), ("-wal", "-shm")])
async def test_what_another_program_deletes_beside_an_open_store_is_saved_by_who_has_it_open(
    flood: str, ends: tuple[str, ...]
) -> None:
    async with on_duty(flood, (200, 48)) as duty:
        with Store(flood) as store, store.write("team add") as writer:
            last = writer.new("team", {"name": "最后一队", "region": "110106"})
        with Store(flood) as store:
            entries = store.connection.execute("SELECT count(*) FROM entry").fetchone()
        for end in ends:
            os.remove(flood + end)
        await duty.until("all of it is in")
        assert duty.app.is_running
    (kept,) = pathlib.Path(flood).parent.glob("*.before-*")
    count, _before = backing.restore(str(kept), str(kept.parent / "again.db"))
    with Store(str(kept.parent / "again.db")) as store:
        assert (count,) == entries and store.row("team", last)
