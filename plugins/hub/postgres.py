"""A hub's journal on PostgreSQL: several hub processes over one database, a primary with standbys.

The address may name several hosts; with `target_session_attrs=read-write` (set where it is not
given) a connection goes to the one that takes writes. When the primary goes, requests are
answered "unavailable" until the standby has been promoted, and nothing is acknowledged meanwhile.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from struct import Struct
from typing import Any, TypeVar, cast

from emergency.plugins.hub import turns
from emergency.plugins.hub.causes import cause
from emergency.plugins.hub.engine import ADDED, LOOK, VERSION, Placed, Unavailable, layout
from emergency.store.chains import Sql
from emergency.store.errors import BadStore
from emergency.store.exchange import HELD
from emergency.store.text import safe
from emergency.store.words import _

T = TypeVar("T")
_TYPES = {"text": 'TEXT COLLATE "C"', "int": "BIGINT", "blob": "BYTEA"}
#: Tables are laid out by one process at a time; any number of our own.
_LAYING_OUT = 0x454D5248
#: Seconds to wait for each host, and for a lock another process holds.
_CONNECT, _LOCK = 5, 10
#: What an address leaves open. A host that has gone without a word is noticed in half a minute.
_DEFAULTS = {
    "target_session_attrs": "read-write",
    "connect_timeout": str(_CONNECT),
    "application_name": "emergency hub",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
#: A statement that times out while its commit waits for a standby would count as committed: none may.
#: A process that stops in the middle must not keep the others from writing.
_SESSION = (
    f"SET lock_timeout='{_LOCK}s'; SET statement_timeout=0; SET idle_in_transaction_session_timeout='60s'"
)
#: The channel on which processes tell each other that there is something new; it says nothing else.
_CHANNEL = "emergency_hub"
#: Eight values, of which the first four are whole numbers, and how long the fifth is; how long another is, or that
#: there is none.
_NUMBERS, _SIZE, _NOTHING = Struct(">hiqiqiqiqi").pack, Struct(">i").pack, b"\xff\xff\xff\xff"
#: With what a binary COPY begins: its signature, no flags, no more of a header. So many rows are put together at a time.
_BEGIN, _PART = b"PGCOPY\n\xff\r\n\0" + bytes(8), 1_000
#: Entries of a row behind a place as they stand in a block (store/frames.py): so many at most, and no more bytes than
#: that unless it is one alone; what no block may hold is left out.
_PACKED = (
    f"SELECT max(seq), string_agg(CASE WHEN {HELD}"
    " THEN int4send(length(header)) || int4send(coalesce(length(facts), -1))"
    " || int2send(length(signature)::int2) || header || coalesce(facts, '') || signature END, ''::bytea ORDER BY seq)"
    " FROM (SELECT seq, header, facts, signature, row_number() OVER behind AS place,"
    " sum(length(header) + coalesce(length(facts), 0) + length(signature)) OVER behind AS upto"
    " FROM (SELECT seq, header, facts, signature FROM entry WHERE feed=? AND seq>? ORDER BY seq LIMIT ?) AS page"
    " WINDOW behind AS (ORDER BY seq)) AS sized WHERE upto <= ? OR place = 1"
)
#: Seconds after which a process that waits for word looks whether it is to end.
_WORD = 0.2


def _copied(placed: Placed) -> bytes:
    """Entries as PostgreSQL's binary COPY has them: of each value its length, or -1, and its bytes."""
    n, feed, seq, received, hashes, envelopes = placed
    parts: list[bytes] = []
    for at, (own_hash, (header, facts, signature)) in enumerate(zip(hashes, envelopes, strict=True)):
        parts += (
            _NUMBERS(8, 8, n + at, 8, feed, 8, seq + at, 8, received, len(own_hash)), own_hash,
            _SIZE(len(header)), header, _NOTHING if facts is None else _SIZE(len(facts)), facts or b"",
            _SIZE(len(signature)), signature,
        )  # fmt: skip
    return b"".join(parts)


def _begun(connection: Any, first: str) -> Any:
    """A connection, on which a transaction has begun: both in one message."""
    connection.execute(f"BEGIN; {first}", prepare=False)
    return connection


class _Statements:
    """A connection that takes the statements as SQLite does."""

    def __init__(self, psycopg: Any, connection: Any) -> None:
        self._psycopg = psycopg
        self._cursor = connection.cursor()
        #: With what the transaction ends.
        self.end = "COMMIT"

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        """Run one statement; its rows, where it has any. Raises ValueError for values it cannot hold."""
        try:
            self._cursor.execute(sql.replace("?", "%s"), parameters)
        except self._psycopg.DataError as error:
            # The fault of one request, not of the database: those that share its transaction go on.
            raise ValueError(str(error).split("\n")[0]) from None
        return self._cursor if self._cursor.description is not None else None

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]], /) -> None:
        """Run one statement, without rows of its own, for each of these; the server is waited for once."""
        self._cursor.executemany(sql.replace("?", "%s"), rows)

    def copy_entries(self, placed: Sequence[Placed]) -> None:
        """Store entries by COPY, ten times as fast as one by one."""
        with contextlib.ExitStack() as stored:
            words = "COPY entry FROM STDIN (FORMAT BINARY)"
            copy = stored.enter_context(self._cursor.copy(words, writer=self._writer()))
            copy.write(_BEGIN)
            for part in itertools.chain.from_iterable(one.parts(_PART) for one in placed):
                copy.write(_copied(part))
            with turns.storing():
                stored.close()

    def packed_entries(self, feed: int, after: int, most: int, size: int) -> tuple[int, bytes]:
        """See engine.packed_entries. The server puts them together: a row of its own for each takes twice as long."""
        words = _PACKED.replace("?", "%s")
        last, raw = self._cursor.execute(words, (feed, after, most, size), binary=True).fetchone()
        return (0, b"") if last is None else (int(last), bytes(raw or b""))

    def _writer(self) -> Any:
        # What is sent waits in libpq's own memory: a wait for the server after each part would each
        # time let another thread have its turn, and a long one.
        return self._psycopg.copy.LibpqWriter(self._cursor, flush_threshold=sys.maxsize)


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
        parts = told(address)
        self._conninfo = psycopg.conninfo.make_conninfo("", **(_DEFAULTS | parts))
        self.name = _name(parts)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[Any] = []
        try:
            self._lay_out()
        except Unavailable as error:
            found = cause(error)
            raise BadStore(
                _("{database} cannot be used: {why}").format(database=safe(self.name), why=found.why),
                hint=found.hint or _("check that it runs, and the address after --database"),
            ) from None
        except BaseException:
            self.close()
            raise

    def _connect(self) -> Any:
        connection = self._psycopg.connect(self._conninfo, autocommit=True)
        with self._lock:
            self._open = [c for c in self._open if not c.closed] + [connection]
        connection.execute(_SESSION)
        return connection

    def _connection(self) -> Any:
        """This thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._connect()
            self._local.warnings = warnings = []
            connection.add_notice_handler(lambda said: warnings.append(said.severity_nonlocalized))
            self._local.connection = connection
        return connection

    def _lay_out(self) -> None:
        with self._transaction(f"SELECT pg_advisory_xact_lock({_LAYING_OUT})") as sql:
            before = VERSION
            if sql.execute("SELECT to_regclass('meta')").fetchone()[0] is not None:
                (told,) = sql.execute("SELECT value FROM meta WHERE key='version'").fetchone() or ("0",)
                before = int(told)
                if before > VERSION:
                    raise BadStore(
                        _("{path} was written by a newer program").format(path=safe(self.name)),
                        hint=_("update this one, or use the newer"),
                    )
            for statement in layout(_TYPES):
                sql.execute(statement)
            if before < VERSION:
                for table, column in ADDED:
                    sql.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column.format(**_TYPES)}")
            sql.execute("INSERT INTO meta VALUES('counter', '0') ON CONFLICT(key) DO NOTHING")
            sql.execute(
                "INSERT INTO meta VALUES('version', ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                (str(VERSION),),
            )

    @contextlib.contextmanager
    def writing(self) -> Iterator[Sql]:
        """See Engine."""
        # Held until commit: writers of all processes take turns, and numbers have no gaps.
        with (
            self._transaction("SELECT value FROM meta WHERE key='counter' FOR UPDATE") as sql,
            turns.filing(),
        ):
            yield sql
        if "WARNING" in self._local.warnings:
            # Somebody cut short the wait for the standby: it is written here, and might be lost with this host.
            raise Unavailable("unconfirmed")

    @contextlib.contextmanager
    def reading(self) -> Iterator[Sql]:
        """See Engine."""
        with self._transaction("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY") as sql:
            yield sql

    def ask(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """See Engine. It is no transaction of its own: each message more is a journey to the server and back."""

        def asked(connection: Any) -> list[Any]:
            return list(_Statements(self._psycopg, connection).execute(statement, parameters).fetchall())

        with self._explained():
            return self._on_a_sound_one(asked)

    @contextlib.contextmanager
    def _transaction(self, first: str) -> Iterator[Sql]:
        """A transaction that begins with a statement. Raises Unavailable."""
        with self._explained():
            connection = self._on_a_sound_one(lambda one: _begun(one, first))
            statements = _Statements(self._psycopg, connection)
            try:
                yield statements
            except BaseException:
                connection.rollback()
                raise
            if connection.info.transaction_status == self._psycopg.pq.TransactionStatus.INERROR:
                # A commit would take back, without a word, what was done before the statement that was refused.
                connection.rollback()
                raise self._psycopg.errors.InFailedSqlTransaction("a statement was refused")
            self._local.warnings.clear()
            connection.execute(statements.end, prepare=False)

    def _on_a_sound_one(self, begin: Callable[[Any], T]) -> T:
        """Begin something on this thread's connection; on a new one where that was cut meanwhile."""
        connection = self._connection()
        try:
            return begin(connection)
        except self._psycopg.OperationalError:
            if not connection.closed:
                raise
            return begin(self._connection())

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
            raise Unavailable(_why(error)) from error

    def announce(self, sql: Sql) -> None:
        """See Engine."""
        # `sql` is what `writing` gave.
        cast(_Statements, sql).end = f"NOTIFY {_CHANNEL}; COMMIT"

    def watch(self, look: Callable[[], None], ended: threading.Event) -> None:
        """See Engine. Word that is lost with a connection is made up for by looking every LOOK seconds."""
        while not ended.is_set():
            try:
                connection = self._connect()
                try:
                    connection.execute(f"LISTEN {_CHANNEL}")
                    self._listen(connection, look, ended)
                finally:
                    connection.close()
            except self._psycopg.Error:
                ended.wait(LOOK)

    def _listen(self, connection: Any, look: Callable[[], None], ended: threading.Event) -> None:
        waited = LOOK
        while not ended.is_set():
            told = [*connection.notifies(timeout=_WORD, stop_after=1)]
            waited += _WORD
            if told or waited >= LOOK:
                look()
                waited = 0.0

    def close(self) -> None:
        """See Engine."""
        with self._lock:
            for connection in self._open:
                # One that is at work is its thread's: closed under its hands it would wait on.
                if not self._at_work(connection):
                    connection.close()

    def interrupt(self) -> None:
        """See Engine. A commit that waits for a standby is given up, unconfirmed."""
        with self._lock:
            at_work = [c for c in self._open if self._at_work(c)]
        for connection in at_work:
            with contextlib.suppress(self._psycopg.Error):
                connection.cancel_safe(timeout=_CONNECT)

    def _at_work(self, connection: Any) -> bool:
        active = self._psycopg.pq.TransactionStatus.ACTIVE
        return not connection.closed and connection.info.transaction_status == active


def told(address: str) -> dict[str, Any]:
    """What an address says. Raises BadStore, which repeats nothing of it: a password may stand anywhere."""
    import psycopg

    authority, _slash, rest = address.partition("://")[2].partition("/")
    try:
        # Where libpq would take part of a password for a host or a database, it would be shown as such.
        sound = authority.count("@") < 2 and "?" not in authority.rpartition("@")[0] and "@" not in rest
        parts = psycopg.conninfo.conninfo_to_dict(address) if sound else None
    except psycopg.Error:
        parts = None
    if parts is None:
        raise BadStore(
            _("what stands after --database is not the address of a PostgreSQL database"),
            hint=_(
                "postgresql://USER@HOST,HOST/DATABASE; a password is best told by PGPASSWORD or ~/.pgpass"
            ),
        )
    return dict(parts)


def _name(told: dict[str, Any]) -> str:
    """What a database is called before people: its hosts and its name, nothing secret."""
    hosts = str(told.get("host") or told.get("hostaddr") or "localhost").split(",")
    ports = str(told.get("port") or "").split(",")
    ports = ports if len(ports) == len(hosts) else ports[:1] * len(hosts)
    where = ",".join(f"{h}:{p}" if p else h for h, p in zip(hosts, ports, strict=True))
    return f"postgresql://{where}/{told.get('dbname', '')}"


def _why(error: Exception) -> str:
    """What a database says, as a word or a line for whoever asked the hub."""
    state = str(getattr(error, "sqlstate", None) or "")
    words = {"53100": "full", "55P03": "busy"}
    return words.get(state, str(error) or type(error).__name__)
