"""A store: one SQLite file with a journal, the tables folded from it, and a key beside it."""

from __future__ import annotations

import contextlib
import copy
import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from emergency.store import database, lookup, readonly, schema
from emergency.store.errors import BadStore
from emergency.store.lookup import row_of
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    # What writes is imported when something is written: looking must begin at once.
    from emergency.store.arrivals import Taken
    from emergency.store.entries import Envelope
    from emergency.store.writer import Writer


class Store:
    """A store opened for reading; `write` opens it for one command's writing.

    With `as_of` every read is the fold of the entries received up to then (row K2).
    """

    def __init__(self, path: str, *, as_of: int | None = None, who: str | None = None) -> None:
        self.path = path
        self.as_of = as_of
        self._who = who
        self.connection = database.connect(path, writable=False)
        self._bring_up_to_date()
        if as_of is not None:
            from emergency.store.anew import folded_until

            self.connection = folded_until(self.connection, as_of)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _bring_up_to_date(self) -> None:
        try:
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
            if version > database.JOURNAL_VERSION:
                raise BadStore(
                    _("{path} was written by a newer program").format(path=safe(self.path)),
                    hint=_("update this one, or use the newer"),
                )
            folded = self.meta("fold")
        except database.DAMAGE as error:
            raise database.explained(error, self.path) from None
        if version < database.JOURNAL_VERSION or folded != schema.current_fold():
            from emergency.store.anew import rebuild

            self.connection.close()
            database.check_writable(self.path)
            rebuild(self.path)
            self.connection = database.connect(self.path, writable=False)

    def meta(self, key: str, default: str = "") -> str:
        """One of the store's own settings."""
        row = self.connection.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return default if row is None else str(row[0])

    @property
    def who(self) -> str:
        """The officer that acts: named for this command, by EMERGENCY_OFFICER, or at `init`."""
        return self._who or os.environ.get("EMERGENCY_OFFICER") or self.meta("officer") or login()

    @contextlib.contextmanager
    def write(
        self, kind: str, *, why: str = "", at: int | None = None, op: str | None = None, dry_run: bool = False
    ) -> Iterator[Writer]:
        """Write one command: all of it durably, or none of it. `kind` is its noun and verb."""
        from emergency.store.writing import writing

        with writing(self, kind, why=why, at=at, op=op, dry_run=dry_run) as writer:
            yield writer

    def within(self, writer: Writer) -> Store:
        """The store as a command that is writing sees it, what it has just stated included; while it writes."""
        writer.flush()
        seen = copy.copy(self)
        seen.connection = writer.connection
        return seen

    def take(self, envelopes: Iterable[Envelope], channel: str = "") -> Taken:
        """Take in entries that others wrote, in one durable transaction; see arrivals.receive."""
        from emergency.store.writing import taking

        return taking(self, envelopes, channel)

    @contextlib.contextmanager
    def noting(self) -> Iterator[sqlite3.Connection]:
        """Write what is this machine's own business, such as when it last met a hub; never a record."""
        readonly.refuse()
        with database.file_lock(self.path):
            connection = database.connect(self.path, writable=True)
            try:
                with database.transaction(connection, self.path):
                    yield connection
            finally:
                connection.close()

    # -- reading ---------------------------------------------------------------------------------

    def row(self, kind: str, id_: str) -> dict[str, Any] | None:
        """One folded row by its id, or None."""
        return row_of(self.connection, kind, id_)

    def rows(self, sql: str, parameters: Any = ()) -> list[dict[str, Any]]:
        """The rows of a query as dicts."""
        return list(self.each(sql, parameters))

    def each(self, sql: str, parameters: Any = ()) -> Iterator[dict[str, Any]]:
        """The same, row by row."""
        cursor = self.connection.execute(sql, parameters)
        names = [d[0] for d in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def find(self, kind: str, text: str, *, loose: bool = False) -> str:
        """The id of the one record that this text means: an id, a code, a plate, a whole name or its pinyin.

        `loose` takes a part of a name too: for looking, never for writing.

        Raises NoSuchRecord, naming the candidates or the nearest.
        """
        return lookup.find(self.connection, kind, text, loose=loose)


def login() -> str:
    """The name of who is logged in on this machine."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
