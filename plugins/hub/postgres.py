"""A hub's journal on PostgreSQL: several hub processes over one database, a primary with standbys.

The address may name several hosts; with `target_session_attrs=read-write` (set where it is not
given) a connection goes to the one that takes writes. When the primary goes, requests are
answered "unavailable" until the standby has been promoted, and nothing is acknowledged meanwhile.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from emergency.plugins.hub.engine import TABLES, VERSION, Unavailable
from emergency.store.chains import Sql
from emergency.store.errors import BadStore
from emergency.store.text import safe
from emergency.store.words import _

_TYPES = {"text": 'TEXT COLLATE "C"', "int": "BIGINT", "blob": "BYTEA"}
#: Tables are laid out by one process at a time; any number of our own.
_LAYING_OUT = 0x454D5248
#: Seconds to wait for a connection, and for a lock another process holds.
PATIENCE = 10


class _Statements:
    """A connection that takes the statements as SQLite does."""

    def __init__(self, connection: Any) -> None:
        self._cursor = connection.cursor()

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        """Run one statement; its rows, where it has any."""
        self._cursor.execute(sql.replace("?", "%s"), parameters)
        return self._cursor if self._cursor.description is not None else None

    def copy_entries(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Store entries by COPY, ten times as fast as one by one."""
        with self._cursor.copy("COPY entry FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "int8", "int8", "int8", "bytea", "bytea", "bytea", "bytea"])
            for row in rows:
                copy.write_row(row)


class Postgres:
    """See engine.Engine."""

    def __init__(self, address: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise BadStore(
                _("PostgreSQL needs what is not installed here"),
                hint="pip install 'emergency-toolkit[hub]'",
            ) from None
        self._psycopg = psycopg
        self.address = address
        self._local = threading.local()
        self._open: list[Any] = []
        try:
            told = psycopg.conninfo.conninfo_to_dict(address)
        except psycopg.Error as error:
            raise BadStore(
                _("not the address of a database: {why}").format(why=safe(str(error).split("\n")[0]))
            ) from None
        told.setdefault("target_session_attrs", "read-write")
        told.setdefault("connect_timeout", str(PATIENCE))
        told.setdefault("application_name", "emergency hub")
        self._conninfo = psycopg.conninfo.make_conninfo("", **told)
        hosts = told.get("host") or told.get("hostaddr") or "localhost"
        self.name = f"postgresql://{hosts}/{told.get('dbname', '')}"
        try:
            self._lay_out()
        except Unavailable as error:
            raise BadStore(
                _("{database} cannot be used: {why}").format(
                    database=safe(self.name), why=safe(str(error).split("\n")[0])
                ),
                hint=_("check that it runs, and the address after --database"),
            ) from None

    def _connection(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._local.connection = self._psycopg.connect(self._conninfo, autocommit=True)
            connection.execute(f"SET lock_timeout='{PATIENCE}s'")
            self._open = [c for c in self._open if not c.closed] + [connection]
        return connection

    def _lay_out(self) -> None:
        with self._explained():
            connection = self._connection()
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LAYING_OUT,))
                for table in TABLES:
                    connection.execute(f"CREATE TABLE IF NOT EXISTS {table.format(**_TYPES)}")
                connection.execute(
                    "INSERT INTO meta VALUES('version', %s), ('counter', '0') ON CONFLICT(key) DO NOTHING",
                    (str(VERSION),),
                )
                (told,) = connection.execute("SELECT value FROM meta WHERE key='version'").fetchone()
        if int(told) > VERSION:
            raise BadStore(
                _("{path} was written by a newer program").format(path=safe(self.name)),
                hint=_("update this one, or use the newer"),
            )

    @contextlib.contextmanager
    def writing(self) -> Iterator[Sql]:
        """See Engine."""
        with self._explained():
            connection = self._connection()
            with connection.transaction():
                # Held until commit: writers of all processes take turns, and numbers have no gaps.
                connection.execute("SELECT value FROM meta WHERE key='counter' FOR UPDATE")
                yield _Statements(connection)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Sql]:
        """See Engine."""
        with self._explained():
            connection = self._connection()
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield _Statements(connection)

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except self._psycopg.Error as error:
            connection = getattr(self._local, "connection", None)
            if connection is not None:
                with contextlib.suppress(self._psycopg.Error):
                    connection.close()
                self._local.connection = None
            raise Unavailable(str(error)) from error

    def close(self) -> None:
        """See Engine."""
        for connection in self._open:
            connection.close()
