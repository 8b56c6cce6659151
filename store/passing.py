"""Why a thing may not be called up: what checks.py would refuse, and what is not ready, as one word for each."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from emergency.store import claims, leases
from emergency.store.alike import AWAY, UNFIT

#: Why a thing is passed over, in the order in which a plan says it: code words, not shown as they are.
REASONS = (
    "floor",
    "standby",
    "stale",
    "never",
    "crew",
    "licence",
    "rest",
    "claimed",
    "leased",
    "away",
    "inspection",
    "unavailable",
    "broken",
    "expired",
    "elsewhere",
    "without",
    "refused",
)


def why_not(apart: Collection[str], held: Collection[str], now: int) -> str:
    """SQL over `equipment`: why an item may not be called, or ''.

    `held` are the things that only a hold has, which an incident may take; `apart` those that a live claim
    has by another name, so that their own rows do not say so.
    """
    mine = "(SELECT value FROM meta WHERE key='station')"
    return (
        f"CASE {UNFIT}"
        f" WHEN claimed IS NOT NULL AND id NOT IN ({tags(held)}) OR id IN ({tags(apart)}) THEN 'claimed'"
        f" WHEN leased_to IS NOT NULL AND leased_to <> {mine} AND leased_until + {leases.MARGIN} > {now}"
        f" OR leased_to = {mine} AND leased_until <= {now} THEN 'leased'"
        f" {AWAY} ELSE '' END"
    )


def apart(connection: sqlite3.Connection, taken: Collection[str]) -> list[str]:
    """The items among things that live claims have whose own rows say nothing of it."""
    out: list[str] = []
    for some in claims.chunks(name.partition(":")[2] for name in taken if name.startswith("equipment:")):
        rows = connection.execute(
            f"SELECT id FROM equipment WHERE claimed IS NULL AND id IN ({','.join('?' * len(some))})", some
        )
        out += [claims.thing("equipment", tag) for (tag,) in rows]
    return out


def licensed(connection: sqlite3.Connection, today: str) -> set[tuple[str, str]]:
    """(team, qualification) of which somebody holds one that has not run out."""
    return set(
        connection.execute(
            "SELECT DISTINCT team, qualification FROM member WHERE retired IS NULL AND qualification IS NOT NULL"
            " AND (qualification_until IS NULL OR qualification_until >= ?)",
            (today,),
        ).fetchall()
    )


def tags(things: Collection[str]) -> str:
    """SQL: the tags of the items among things, as a list."""
    listed = sorted(t.partition(":")[2] for t in things if t.startswith("equipment:"))
    return ", ".join("'" + tag.replace("'", "''") + "'" for tag in listed)
