"""What a store of replicas.py says, down to the ledgers beneath the tables."""

from __future__ import annotations

import sqlite3
from typing import Any

from emergency.store import journal
from emergency.store.fold import Fold
from emergency.store.headers import standing
from emergency.store.records import RECORDS

from .replicas import empty_store, meaning


def everything(connection: sqlite3.Connection) -> dict[str, Any]:
    """The tables, the conflicts and what lies beneath them, without what depends on arrival."""
    out = meaning(connection)
    for noun, record in RECORDS.items():
        cursor = connection.execute(f'SELECT * FROM "{noun}" ORDER BY id')
        names = [d[0] for d in cursor.description]
        if record.noun not in ("region", "scenario", "item"):
            out[noun] = [{k: v for k, v in zip(names, row, strict=True) if k != "mark"} for row in cursor]
    # Which number a description has depends on arrival; what it says does not.
    said = {n: row for n, *row in connection.execute("SELECT * FROM likeness")}
    for item in out["equipment"]:
        item["alike"] = said.get(item["alike"])
    held = connection.execute("SELECT alike, team, at_cell, items, first FROM held").fetchall()
    out["held"] = sorted(([said[n], *group] for n, *group in held), key=repr)
    where = "JOIN entry e ON e.n = t.mark / 1024 JOIN feed f ON f.n = e.feed"
    for name, columns in (
        ("movement", "t.reserve, t.quantity, t.is_count, t.at, t.data"),
        ("log", "t.kind, t.id, t.at, t.text"),
        ("settled", "t.line, t.keep"),
        ("claim", "t.thing, t.line, t.live, t.told"),
        ("told", "t.kind, t.id, t.field, t.value, t.shown"),
    ):
        rows = connection.execute(f"SELECT f.id, e.seq, t.mark % 1024, {columns} FROM {name} t {where}")
        out[f"{name} rows"] = sorted(rows.fetchall(), key=repr)
    return out


def folded_anew(connection: sqlite3.Connection) -> dict[str, Any]:
    """What the journal of a store says when it is folded from nothing."""
    target = empty_store()
    for table in ("feed", "entry", "seen", "seen_run"):
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()
        if rows:
            target.executemany(f"INSERT INTO {table} VALUES({','.join('?' * len(rows[0]))})", rows)
    fold = Fold(target)
    numbers = {f.id: f.n for f in journal.feeds(target).values()}
    for n, feed, _seq, _received, envelope in list(journal.read(target)):
        journal.fold_entry(fold, n, numbers[feed], standing(envelope.header), envelope.facts)
    return everything(target)
