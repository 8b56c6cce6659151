"""Why a thing may not be called up: what checks.py would refuse, and what is not ready, as one word for each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence

from emergency.store import claims, leases, times
from emergency.store.alike import AWAY, CREWLESS, UNFIT
from emergency.store.records.callup import HOLDING
from emergency.store.records.types import Date

_HOLDING = ", ".join(f"'{k}'" for k in HOLDING)

#: Why a thing is passed over, in the order in which a plan says it: code words, not shown as they are.
REASONS = (
    "floor",
    "standby",
    "stale",
    "never",
    "uncounted",
    "register",
    "lapsed",
    "short",
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


def why_not(
    apart: Collection[str],
    held: Collection[str],
    now: int,
    drilled: Collection[str] = (),
    *,
    past: bool = False,
) -> str:
    """SQL over `equipment`: why an item may not be called, or ''.

    `held` are the things that only a hold has, which an incident may take; `apart` those that a live claim
    has by another name, so that their own rows do not say so. What is `drilled` may come from where a drill has it.
    With `past` an inspection may have run out.
    """
    mine = "(SELECT value FROM meta WHERE key='station')"
    lapsed = f" WHEN {out_of_date(now)} THEN 'lapsed'" if not past else ""
    return (
        f"CASE {UNFIT}"
        f" WHEN claimed IS NOT NULL AND id NOT IN ({tags(held)}) OR id IN ({tags(apart)}) THEN 'claimed'"
        f" WHEN leased_to IS NOT NULL AND leased_to <> {mine} AND leased_until + {leases.MARGIN} > {now}"
        f" OR leased_to = {mine} AND leased_until <= {now} THEN 'leased'"
        f" {AWAY} AND id NOT IN ({tags(drilled)}) THEN 'away' {CREWLESS} THEN 'crew'{lapsed} ELSE '' END"
    )


def claimed(connection: sqlite3.Connection, drills: Sequence[str]) -> tuple[set[str], set[str], set[str]]:
    """(things that a live claim takes, those that an incident may take from a hold or a drill, those of a drill).

    `drills` are the lines of drills that give way.
    """
    others = claims.aliases(connection)
    taken: set[str] = set()
    held: set[str] = set()
    drilled: set[str] = set()
    drill = "c.line IN (SELECT value FROM json_each(?1))"
    for name, yields, practised in connection.execute(
        f"SELECT c.thing, min(o.kind IN ({_HOLDING}) OR {drill}), max({drill}) FROM claim c"
        ' LEFT JOIN line l ON l.id = c.line LEFT JOIN callup o ON o.id = l."order" WHERE c.live=1 GROUP BY c.thing',
        (json.dumps(drills),),
    ):
        thing = claims.canonical(connection, name) if name in others else name
        (held if yields else taken).add(thing)
        if practised:
            drilled.add(thing)
    return taken, held - taken, drilled - taken


def out_of_date(now: int) -> str:
    """SQL over `equipment`: whether the last inspection of an item holds no more."""
    today = times.format_time(now)[:10]
    return f"{Date.last_day_sql('inspection_until')} < '{today}'"


def alone(apart: Collection[str], drilled: Collection[str], now: int, *, past: bool = False) -> str:
    """SQL for the tags of items of which `why_not` may say what nothing but time, or another row, has made so."""
    listed = f"SELECT id FROM equipment WHERE id IN ({tags([*apart, *drilled])})" if apart or drilled else ""
    # No day that is over ends after today: a few more are looked at, where only a month is known.
    lapsed = (
        f"SELECT id FROM equipment WHERE inspection_until < '{times.format_time(now)[:10]}'"
        if not past
        else ""
    )
    return " UNION ".join(filter(None, (listed, lapsed)))


def apart(connection: sqlite3.Connection, taken: Collection[str]) -> list[str]:
    """The items among things that live claims have whose own rows say nothing of it."""
    out: list[str] = []
    for some in claims.chunks(name.partition(":")[2] for name in taken if name.startswith("equipment:")):
        rows = connection.execute(
            f"SELECT id FROM equipment WHERE claimed IS NULL AND id IN ({','.join('?' * len(some))})", some
        )
        out += [claims.thing("equipment", tag) for (tag,) in rows]
    return out


def licensed(connection: sqlite3.Connection, today: str, wanted: Collection[str]) -> set[tuple[str, str]]:
    """(team, qualification) of those wanted of which somebody holds one that has not run out."""
    return set(
        connection.execute(
            "SELECT team, qualification FROM member WHERE retired IS NULL"
            " AND qualification IN (SELECT value FROM json_each(?))"
            f" AND (qualification_until IS NULL OR {Date.last_day_sql('qualification_until')} >= ?)",
            (json.dumps(sorted(wanted)), today),
        ).fetchall()
    )


def tags(things: Collection[str]) -> str:
    """SQL: the tags of the items among things, as a list."""
    listed = sorted(t.partition(":")[2] for t in things if t.startswith("equipment:"))
    return ", ".join("'" + tag.replace("'", "''") + "'" for tag in listed)
