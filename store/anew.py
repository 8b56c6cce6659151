"""Folding the journal anew: when declarations change, when a feed is found to branch, for a time gone by."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from emergency.store import alike, authority, chains, database, journal, reference, schema, trigrams
from emergency.store.claims import CLAIMABLE
from emergency.store.errors import BadStore
from emergency.store.fold import Fold
from emergency.store.headers import read_in_bulk, standing
from emergency.store.records import RECORDS


def refold(
    source: sqlite3.Connection, target: sqlite3.Connection, progress: Callable[[int], None] = lambda n: None
) -> None:
    """Fold every entry of `source` into the empty tables of `target`."""
    fold = Fold(target)
    reference.load(fold)
    numbers = {f.id: f.n for f in chains.feeds(source).values()}
    if source.execute("SELECT 1 FROM entry WHERE n > 1000").fetchone():
        read_in_bulk()
    for n, feed, _seq, _received, envelope in journal.read(source):
        header = standing(envelope.header)
        target.execute("SAVEPOINT one")
        try:
            journal.fold_entry(fold, n, numbers[feed], header, envelope.facts)
        except Exception as error:
            if database.is_ours(error):
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


def folded_until(source: sqlite3.Connection, until: int) -> sqlite3.Connection:
    """The whole store as it was known at a time, in memory; closes the source."""
    target = _memory_copy(source, until)
    source.close()
    return target


def _memory_copy(source: sqlite3.Connection, until: int | None) -> sqlite3.Connection:
    """The journal up to a time, folded from empty."""
    with database.snapshot(source):
        return _copied(source, until)


def _copied(source: sqlite3.Connection, until: int | None) -> sqlite3.Connection:
    target = sqlite3.connect(":memory:", isolation_level=None)
    target.execute("PRAGMA case_sensitive_like=ON")
    schema.migrate(target)
    target.execute("BEGIN")
    # What was known at a time is all that had come with the last entry received by then, so that a
    # clock that was set back leaves no hole.
    (upto,) = source.execute(
        "SELECT coalesce(max(n), 0) FROM entry WHERE received <= ?", (1 << 62 if until is None else until,)
    ).fetchone()
    for table, where in (
        ("meta", "1"), ("feed", "1"), ("entry", f"n <= {upto}"), ("seen", "1"), ("seen_run", "1"),
        ("delivery", f"n <= {upto}"),
        ("hub", "1"),
    ):  # fmt: skip
        rows = source.execute(f"SELECT * FROM {table} WHERE {where}")
        marks = ",".join("?" * len(rows.description))
        target.executemany(f"INSERT OR REPLACE INTO {table} VALUES({marks})", rows)
    if until is not None:
        journal.step_back(target, until)
    authority.learn(target)
    schema.create_folded(target)
    refold(target, target)
    target.execute("COMMIT")
    return target


def rebuild(path: str, progress: Callable[[int], None] = lambda n: None) -> None:
    """Migrate the journal and fold it anew, after the program's declarations have changed."""
    with database.file_lock(path, alone=True):
        connection = database.connect(path, writable=True)
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] < database.JOURNAL_VERSION:
                schema.migrate(connection)
            with database.transaction(connection, path):
                fold_anew(connection, progress)
        finally:
            connection.close()


def _table_digest(connection: sqlite3.Connection) -> str:
    """One hash over every record table, but for what depends on the order of arrival."""
    import hashlib

    total = hashlib.sha256()
    for noun, record in RECORDS.items():
        claimed = ("claimed",) if noun in CLAIMABLE else ()
        listed = ", ".join(f'"{c}"' for c in ("id", *record.columns(), "search", "known", *claimed))
        for row in connection.execute(f'SELECT {listed} FROM "{noun}" ORDER BY id'):
            total.update(repr(row).encode())
    return total.hexdigest()


def folded_digest(connection: sqlite3.Connection) -> str:
    """What the folded tables say now; "damaged" where they cannot be read."""
    try:
        return _table_digest(connection) + " astray" * bool(alike.astray(connection))
    except database.DAMAGE:
        return "damaged"


def refolded_digest(connection: sqlite3.Connection) -> str:
    """What they would say if folded anew from the journal; "" where damage keeps it from being folded."""
    try:
        target = _memory_copy(connection, None)
    except (*database.DAMAGE, BadStore, ValueError, LookupError, TypeError, AttributeError):
        return ""
    try:
        return _table_digest(target)
    finally:
        target.close()
