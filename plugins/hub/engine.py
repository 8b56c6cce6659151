"""The databases a hub can keep its journal in: SQLite for a district, PostgreSQL for a city.

Both are given the same statements, so both give the same answers. SQLite has one writing
connection, and every commit is on disk before it is acknowledged (synchronous=FULL). On
PostgreSQL several hub processes write to one database: a counter row, locked until commit,
lets one of them write at a time and numbers entries without gaps.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import itertools
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from emergency.store import database, networked
from emergency.store.chains import Sql
from emergency.store.entries import Envelope
from emergency.store.errors import BadStore, NoRoom, Refused, reason
from emergency.store.exchange import HELD, page_end
from emergency.store.frames import packed
from emergency.store.text import safe
from emergency.store.words import _

#: `PRAGMA application_id` of a hub's database: the letters EMRH.
APPLICATION_ID = 0x454D5248
#: Raised when the tables change.
VERSION = 4
#: With what an address begins whose two strokes were forgotten (one letter is a drive), or one in the words of libpq.
START = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]+:(?!//)|\s*(?:host(?:addr)?|port|dbname|user|pass(?:word|file)|service|options"
    r"|application_name|connect_timeout|target_session_attrs|ssl[a-z]+)\s*="
)
#: Seconds between looks for what another process wrote.
LOOK = 1.0

TABLES = (
    "meta(key {text} PRIMARY KEY, value {text})",
    "feed(n {int} PRIMARY KEY, id {text} UNIQUE, key {blob}, station {text}, seq {int}, hash {blob}, own {int},"
    " parent {int}, base {int}, admitted {int} DEFAULT 0, via {text} DEFAULT '')",
    "entry(n {int} PRIMARY KEY, feed {int}, seq {int}, received {int}, hash {blob}, header {blob}, facts {blob},"
    " signature {blob}, UNIQUE(feed, seq))",
    "member(feed {text} PRIMARY KEY, station {text}, role {text}, region {text}, since {int}, last {int},"
    " why {text}, grant_seq {int})",
    "code(find {text} PRIMARY KEY, key {blob}, station {text}, role {text}, region {text}, expires {int},"
    " failed {int}, feed {text}, again {int} DEFAULT 0)",
    "peer(feed {text} PRIMARY KEY, url {text}, key {blob}, name {text}, ca {text}, scope {text}, synced {int},"
    " told {text})",
    "aside(hash {blob} PRIMARY KEY, feed {text}, seq {int}, why {text}, received {int}, header {blob},"
    " facts {blob}, signature {blob}, via {text})",
)
#: (table, column) that came to a table later.
ADDED = (("code", "again {int} DEFAULT 0"),)
INDEXES = ("aside_by_place ON aside(feed, seq)", "entry_bare ON entry(feed, seq) WHERE facts IS NULL")


def layout(types: Mapping[str, str]) -> Iterator[str]:
    """The statements that make what is not there yet, with each kind of column as this database calls it."""
    for table in TABLES:
        yield f"CREATE TABLE IF NOT EXISTS {table.format(**types)}"
    for index in INDEXES:
        yield f"CREATE INDEX IF NOT EXISTS {index}"


class Unavailable(Exception):
    """The database cannot be reached or written now; nothing was acknowledged."""


class Engine(Protocol):
    """What a hub asks of its database."""

    name: str

    def writing(self) -> contextlib.AbstractContextManager[Sql]:
        """One durable transaction, alone among the writers. Raises Unavailable."""
        ...

    def reading(self) -> contextlib.AbstractContextManager[Sql]:
        """Reads that see one moment. Raises Unavailable."""
        ...

    def ask(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows of one question, by itself. Raises Unavailable."""
        ...

    def announce(self, sql: Sql) -> None:
        """Tell other processes that there is something new, once the transaction is committed."""
        ...

    def watch(self, look: Callable[[], None], ended: threading.Event) -> None:
        """Call `look` when another process may have written, and every LOOK seconds, until `ended`."""
        ...

    def interrupt(self) -> None:
        """End what waits for the database; Unavailable is raised there."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def is_address(where: str) -> bool:
    """Whether it is the address of a PostgreSQL database, and not a path. Raises BadStore for any other address."""
    if where.startswith(("postgresql://", "postgres://")):
        return True
    # What stands behind the beginning may be a password.
    if start := START.match(where):
        begin = start[0].strip()
        raise BadStore(
            _("{start} begins an address, and no file is meant by it").format(start=begin),
            hint=_(
                "an address is postgresql://USER@HOST/DATABASE; a file of such a name is ./{start}..."
            ).format(start=begin),
        )
    if "://" in where:
        raise BadStore(
            _("a hub keeps its journal in a file, or at postgresql://, and not at {scheme}://").format(
                scheme=safe(where.partition("://")[0])
            ),
            hint=_("name another with --database"),
        )
    return False


def check_address(where: str) -> None:
    """Raises BadStore where it can be neither a path nor the address of a PostgreSQL database; asks nobody."""
    if is_address(where) and importlib.util.find_spec("psycopg"):
        from emergency.plugins.hub.postgres import told

        told(where)


def open_engine(where: str) -> Engine:
    """The database at a path, or behind a `postgresql://` address. Raises BadStore."""
    if is_address(where):
        from emergency.plugins.hub.postgres import Postgres

        opened: Engine = Postgres(where)
        return opened
    return Sqlite(where)


class Sqlite:
    """A hub's journal in one file."""

    def __init__(self, path: str) -> None:
        self.path = self.name = path
        self._lock = threading.Lock()
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._names: tuple[str, ...] = ()
        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            networked.refuse(path)
            if not os.path.exists(path):
                database.make_private(path)
            self._writer = self._connect()
            self._lay_out()
        except (OSError, sqlite3.Error, Unavailable) as error:
            raise _unusable(path, error) from None
        # What SQLite keeps beside it lies beside the file that a link leads to.
        real = os.path.realpath(path)
        self._names = (os.path.abspath(path), real, real + "-wal", real + "-shm")
        self._files = self._standing(self._names)

    def _standing(self, names: Sequence[str]) -> list[tuple[int, int] | None]:
        """Which files stand where those were that it opened."""
        found: list[tuple[int, int] | None] = []
        for name in names:
            try:
                told = os.lstat(name)
            except OSError:
                found.append(None)
            else:
                found.append((told.st_dev, told.st_ino))
        return found

    def _check_files(self, most: int | None = None) -> None:
        """What is written into a file that was deleted, or that another took the place of, is lost with the process."""
        if self._names and self._standing(self._names[:most]) != self._files[:most]:
            raise Unavailable(
                "its database, or what SQLite keeps beside it, was deleted, moved or replaced: start the hub anew"
            )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=database.PATIENCE, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def _lay_out(self) -> None:
        version = _version(self._writer, self.path)
        if version < VERSION:
            self._writer.execute("PRAGMA journal_mode=WAL")
            with self.writing() as sql:
                for statement in layout({"text": "TEXT", "int": "INTEGER", "blob": "BLOB"}):
                    sql.execute(statement)
                for table, column in ADDED:
                    there = {row[1] for row in sql.execute(f"PRAGMA table_info({table})")}
                    if column.split()[0] not in there:
                        sql.execute(f"ALTER TABLE {table} ADD COLUMN {column.format(int='INTEGER')}")
            self._writer.execute(f"PRAGMA user_version={VERSION}")
            self._writer.execute(f"PRAGMA application_id={APPLICATION_ID}")

    @contextlib.contextmanager
    def writing(self) -> Iterator[Sql]:
        """See Engine."""
        with self._lock, _explained(self.path), database.file_lock(self.path):
            self._check_files()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
            # Before anybody is told that it is stored.
            self._check_files()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Sql]:
        """See Engine."""
        with _explained(self.path):
            self._check_files()
            with database.snapshot(connection := self._reader()):
                yield connection

    def ask(self, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """See Engine. One question sees one moment by itself; and before each request there is one."""
        with _explained(self.path):
            # What is read or written for the request looks at the other files.
            self._check_files(2)
            return self._reader().execute(statement, parameters).fetchall()

    def _reader(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            connection.execute("PRAGMA query_only=ON")
            self._readers.append(connection)
        return connection

    def announce(self, sql: Sql) -> None:
        """See Engine. Whoever shares the file looks for himself."""

    def watch(self, look: Callable[[], None], ended: threading.Event) -> None:
        """See Engine."""
        while not ended.wait(LOOK):
            look()

    def interrupt(self) -> None:
        """See Engine. Nothing here waits for long."""

    def close(self) -> None:
        """See Engine."""
        for connection in (*self._readers, self._writer):
            connection.close()


def _version(connection: sqlite3.Connection, path: str) -> int:
    """Of the tables of a hub; 0 where nothing is there yet. Raises BadStore."""
    told = connection.execute("PRAGMA application_id").fetchone()[0]
    if told not in (0, APPLICATION_ID) or (
        told == 0 and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    ):
        raise BadStore(
            _("{path} is a database, but not a hub's").format(path=safe(path)),
            hint=_("name another with --database"),
        )
    version = int(connection.execute("PRAGMA user_version").fetchone()[0]) if told else 0
    if version > VERSION:
        raise BadStore(
            _("{path} was written by a newer program").format(path=safe(path)),
            hint=_("update this one, or use the newer"),
        )
    return version


@contextlib.contextmanager
def looking(where: str) -> Iterator[Sql]:
    """Reads of a hub's database that see one moment; a file of it is not written to. Raises BadStore, Unavailable."""
    if is_address(where):
        engine = open_engine(where)
        try:
            with engine.reading() as sql:
                yield sql
        finally:
            engine.close()
        return
    try:
        connection = database.reader(where)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(where, error) from None
    with contextlib.closing(connection):
        try:
            found = _version(connection, where)
        except sqlite3.Error as error:
            raise _unusable(where, error) from None
        if not found:
            raise _no_hub(where)
        with _explained(where), database.snapshot(connection):
            yield connection


def _unusable(path: str, error: Exception) -> BadStore:
    if os.path.isdir(path):
        # SQLite says no more than that it could not read it.
        error = IsADirectoryError(errno.EISDIR, "")
    return BadStore(
        _("the hub's database {path} cannot be used: {why}").format(path=safe(path), why=safe(reason(error))),
        hint=_("name another with --database"),
    )


def _no_hub(path: str) -> BadStore:
    return BadStore(
        _("there is no hub at {path}").format(path=safe(path)),
        hint=_("emergency hub serve makes one; or name its database with --database"),
    )


def must_be(where: str) -> None:
    """Raises BadStore where no hub is kept at a path; of one behind an address only asking tells."""
    if not is_address(where) and not os.path.exists(where):
        raise _no_hub(where)


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    """What SQLite and its disk say, as a word for whoever asked the hub."""
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable(database.trouble(error, path) or str(error)) from error
    except NoRoom as error:
        raise Unavailable("full") from error
    except Refused as error:
        raise Unavailable("busy") from error


def is_fault(error: BaseException) -> bool:
    """Whether it is the database that failed, so that nothing of the transaction can be kept."""
    return isinstance(error, sqlite3.Error | Unavailable) or type(error).__module__.startswith("psycopg")


class Placed(NamedTuple):
    """Entries that stand one behind the other: from which number and which place of a row on, and when they came."""

    n: int
    feed: int
    seq: int
    received: int
    hashes: Sequence[bytes]
    envelopes: Sequence[Envelope]

    def parts(self, most: int) -> Iterator[Placed]:
        """The same in pieces of so many."""
        for at in range(0, len(self.hashes), most):
            hashes, envelopes = self.hashes[at : at + most], self.envelopes[at : at + most]
            yield self._replace(n=self.n + at, seq=self.seq + at, hashes=hashes, envelopes=envelopes)


#: So many rows are stored by one statement: as many as there are, in few sizes, so that SQLite knows each already.
TOGETHER = (1000, 100, 10, 1)
#: The values of an entry.
_WIDTH = 8


def insert_entries(sql: Sql, placed: Sequence[Placed]) -> None:
    """Store entries."""
    bulk = getattr(sql, "copy_entries", None)
    if bulk is not None:
        bulk(placed)
        return
    # One step of the database for many rows: between two steps another thread may take its turn, and a long one.
    values = itertools.chain.from_iterable(_rows(placed))
    left = sum(len(one.hashes) for one in placed)
    for size in TOGETHER:
        statement = "INSERT INTO entry VALUES" + ",".join(["(?,?,?,?,?,?,?,?)"] * size)
        for _time in range(left // size):
            sql.execute(statement, list(itertools.islice(values, size * _WIDTH)))
        left %= size


def _rows(placed: Iterable[Placed]) -> Iterator[tuple[Any, ...]]:
    """Row after row, for SQLite; it takes a bytearray as it is, and asks of bytes what else they might be."""
    for n, feed, seq, received, hashes, envelopes in placed:
        for at, (own_hash, (header, facts, signature)) in enumerate(zip(hashes, envelopes, strict=True)):
            yield (
                n + at, feed, seq + at, received, bytearray(own_hash), bytearray(header),
                None if facts is None else bytearray(facts), bytearray(signature),
            )  # fmt: skip


#: Entries that are packed together, at most; small ones fill half a block.
_PACKED = 500
#: Those behind a place, up to another, that a block may hold.
_HELD = (
    "SELECT header, facts, signature FROM entry WHERE feed=? AND seq>? AND seq<=?"
    f" AND typeof(header)='blob' AND typeof(signature)='blob' AND typeof(facts) IN ('blob', 'null') AND {HELD}"
    " ORDER BY seq"
)


def packed_entries(sql: Sql, feed: int, after: int, size: int) -> tuple[int, bytes]:
    """(last place, contents of a block) of the entries of a row behind a place: of so many bytes together, or one."""
    itself = getattr(sql, "packed_entries", None)
    if itself is not None:
        found: tuple[int, bytes] = itself(feed, after, _PACKED, size)
        return found
    last = page_end(sql, feed, after, _PACKED, size)
    return last, packed(sql.execute(_HELD, (feed, after, last)).fetchall())
