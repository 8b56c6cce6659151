"""Folding the journal anew: when declarations change, when a feed is found to branch, for a time gone by."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from emergency.store import chains, journal, reference, schema, trigrams
from emergency.store.database import is_ours
from emergency.store.fold import Fold


def refold(
    source: sqlite3.Connection, target: sqlite3.Connection, progress: Callable[[int], None] = lambda n: None
) -> None:
    """Fold every entry of `source` into the empty tables of `target`."""
    fold = Fold(target)
    reference.load(fold)
    numbers = {f.id: f.n for f in chains.feeds(source).values()}
    for n, feed, _seq, _received, envelope in journal.read(source):
        header = json.loads(envelope.header)
        target.execute("SAVEPOINT one")
        try:
            journal.fold_entry(fold, n, numbers[feed], header, envelope.facts)
        except Exception as error:
            if is_ours(error):
                raise
            # An older program folded it: it stays, and says nothing to this one.
            target.execute("ROLLBACK TO one")
            fold.forget()
            journal.fold_nothing(fold, n, numbers[feed], header)
        target.execute("RELEASE one")
        progress(n)


def fold_anew(connection: sqlite3.Connection, progress: Callable[[int], None] = lambda n: None) -> None:
    """Make every folded table anew from the journal, inside the caller's transaction."""
    schema.drop_folded(connection)
    schema.create_folded(connection)
    refold(connection, connection, progress)
    # Last, and at once: beside the entries one by one it would take twice as long.
    trigrams.make(connection)


def index_seen(connection: sqlite3.Connection) -> None:
    """Make the index of what each writer had seen anew from the headers, after rows of feeds have parted."""
    connection.execute("DELETE FROM seen")
    for feed, seq, header in connection.execute("SELECT feed, seq, header FROM entry ORDER BY n").fetchall():
        journal.note_seen(connection, feed, seq, json.loads(header)["seen"])
