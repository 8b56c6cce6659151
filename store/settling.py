"""Settling claims: one fact that keeps one of them, written with its reason."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

from emergency.store.orders import Desk

if TYPE_CHECKING:
    from emergency.store.writer import Writer


def settle(writer: Writer, lines: Sequence[str], keep: str, at: int) -> tuple[str, str]:
    """Write a person's decision: of these lines `keep` keeps its claim, the others lose theirs.

    `keep` is "" where none of them does. A line whose claim has ended already cannot get it back:
    what it took is given anew, by an order that continues it. Returns (line kept, new order or "").
    Raises what refuses that order.
    """
    if not keep or _live(writer.connection, (keep,)):
        writer.settle(list(lines), keep)
        return keep, ""
    desk = Desk(writer)
    # What has the thing now loses it by the same decision.
    with desk.in_place_of(next(iter(_live(writer.connection, lines)), "")):
        given = desk.renew(keep, at)
    writer.settle([*lines, *given.lines], given.lines[0])
    return given.lines[0], given.id


def _live(connection: sqlite3.Connection, lines: Sequence[str]) -> list[str]:
    marks = ", ".join("?" * len(lines))
    rows = connection.execute(
        f"SELECT DISTINCT line FROM claim WHERE live=1 AND line IN ({marks}) ORDER BY line", lines
    )
    return [line for (line,) in rows]
