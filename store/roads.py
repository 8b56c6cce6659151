"""Driving times of the register that are about one road, and ends of them that are nowhere."""

from __future__ import annotations

from typing import Any

from emergency.store import times
from emergency.store.store import Store
from emergency.store.travel import place_of


def twin(store: Store, start: str, end: str) -> dict[str, Any] | None:
    """The driving time that is about the same road already, however its ends are named; none that counts no more."""
    starts, ends = (_named(store, column, text) for column, text in (("from", start), ("to", end)))
    rows = store.rows(
        f'SELECT * FROM drive WHERE "from" IN ({_marks(starts)}) AND "to" IN ({_marks(ends)})'
        " AND retired IS NULL AND (until IS NULL OR until > ? OR closed = 'yes' AND minutes IS NOT NULL)"
        " ORDER BY length(id), id LIMIT 1",
        (*starts, *ends, times.now()),
    )
    return rows[0] if rows else None


def nowhere(store: Store, *ends: str) -> list[str]:
    """Those of some ends that name no place with a position."""
    return [text for text in ends if place_of(store, text) is None]


def _named(store: Store, column: str, text: str) -> list[str]:
    """How the register names an end: as it was typed, or otherwise and just there."""
    at = place_of(store, text)
    texts = store.connection.execute(
        f'SELECT DISTINCT "{column}" FROM drive WHERE retired IS NULL'
    ).fetchall()
    return [text, *(other for (other,) in texts if other != text and at and place_of(store, other) == at)]


def _marks(values: list[str]) -> str:
    return ",".join("?" * len(values))
