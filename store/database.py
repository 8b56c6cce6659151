"""The SQLite file under a store: opening it, and writing to it safely.

WAL with synchronous=FULL; every write is one `BEGIN IMMEDIATE` transaction. SQLite before
3.51.3 (but for 3.50.7 and 3.44.6) can corrupt a WAL when several programs write and
checkpoint at once, so there one file lock goes round every write and checkpoint; elsewhere
writers share it, and only init, restore and folding anew hold it alone. A reader opens
read-only, which never checkpoints.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import time
from collections.abc import Iterator

from emergency.store import networked
from emergency.store.errors import BadStore, NoRoom, StoreBusy
from emergency.store.text import safe
from emergency.store.words import _

#: `PRAGMA application_id`: the letters EMRG. Tells a store from any other SQLite file.
APPLICATION_ID = 0x454D5247
#: Raised with every migration of schema.py; `PRAGMA user_version`.
JOURNAL_VERSION = 5
#: How long a write waits for another program, in seconds.
PATIENCE = 30.0
#: What SQLite says where a file could not be made longer; what was short it does not say.
_GROWING = frozenset(
    (
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMMAP,
    )
)
#: What it says where a file system, of some sticks and network folders, cannot give several programs the same memory.
_SHARING = (sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMLOCK)
#: Below so many bytes there is no room: about what one write and the index of a WAL take.
_WRITE = 1 << 20
#: Told that a file is still, SQLite makes nothing beside it.
_STILL = "ro&immutable=1"
#: What reading a damaged file may raise: SQLite's words for it may quote bytes of it that are no text.
DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)


def is_ours(error: Exception) -> bool:
    """Whether it is this machine that failed, its disk or its file, and not the entry being taken in."""
    return isinstance(error, sqlite3.OperationalError | MemoryError) or type(error) is sqlite3.DatabaseError


def wal_is_sound(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite may have several writers on one WAL without our lock."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def _uri(path: str, mode: str) -> str:
    quoted = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file:{quoted}?mode={mode}"


def _is_still(path: str) -> bool:
    """Whether the file lies where we cannot make SQLite's own files, and nobody has it open.

    SQLite must be told, to read it. Beside a store that somebody uses lie a WAL and its index.
    """
    if hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY:
        return not (os.path.exists(path + "-wal") and os.path.getsize(path + "-wal") > 0)
    if os.access(os.path.dirname(os.path.abspath(path)), os.W_OK):
        return False
    return not (os.path.exists(path + "-wal") or os.path.exists(path + "-shm"))


def remove(path: str) -> None:
    """Delete a database that nobody uses, with what SQLite keeps beside it."""
    for end in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path + end)


def make_private(path: str) -> None:
    """Make an empty file that its owner alone can read; SQLite gives what it keeps beside it the same mode."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def sync_file(path: str) -> None:
    """Make what was written into a file outlast a power cut. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(path: str) -> None:
    """Make the name of a file that was just put into its folder outlast a power cut, where that can be asked."""
    with contextlib.suppress(OSError):
        handle = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def connect(path: str, *, writable: bool, create: bool = False) -> sqlite3.Connection:
    """Open the file. Raises BadStore for what is not there, no store, or cannot be opened."""
    if not create:
        if os.path.isdir(path):
            raise BadStore(_("{path} is a directory, not a store").format(path=safe(path)))
        if not os.path.exists(path):
            raise BadStore(
                _("no store at {path}").format(path=safe(path)),
                hint=_(
                    "make one: emergency --store {path} init --station FT --region 110106 --name NAME"
                ).format(path=safe(path)),
            )
    if writable:
        networked.refuse(path)
    try:
        if create:
            make_private(path)
        connection = _opened(path, "rwc" if create else "rw") if create or writable else reader(path)
        if not create and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            connection.close()
            raise BadStore(_("{path} is a database, but not an emergency store").format(path=safe(path)))
        if writable:
            connection.execute("PRAGMA synchronous=FULL")
            # A large import must not spill its pages to the WAL and read them back; taken only as needed.
            connection.execute("PRAGMA cache_size=-200000")
        connection.execute("PRAGMA case_sensitive_like=ON")
    except sqlite3.OperationalError as error:
        raise explained(error, path) from None
    except DAMAGE:
        raise BadStore(
            _("{path} is not an emergency store").format(path=safe(path)),
            hint=_("name another with --store, or make one with emergency init"),
        ) from None
    return connection


def reader(path: str) -> sqlite3.Connection:
    """Open any database of ours to read alone, from a folder that cannot be written too. Raises sqlite3.Error."""
    return _opened(path, _STILL if _is_still(path) else "ro")


def _opened(path: str, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        _uri(path, mode), uri=True, timeout=PATIENCE, isolation_level=None, cached_statements=512
    )
    try:
        if mode == "ro":
            connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        # No room even for the index of a WAL: who only reads a store without one needs none.
        if error.sqlite_errorcode != sqlite3.SQLITE_IOERR_SHMSIZE or _has_wal(path):
            raise
        connection.close()
        return _opened(path, _STILL)
    return connection


def _has_wal(path: str) -> bool:
    return os.path.exists(path + "-wal") and os.path.getsize(path + "-wal") > 0


def trouble(error: Exception, path: str) -> str:
    """What SQLite could not do: `busy`, `full`, `read-only`, or "" for anything else (sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", 0)
    if not code:
        text = str(error).lower()
        return "busy" if "locked" in text else "full" if "is full" in text else ""
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "busy"
        case sqlite3.SQLITE_READONLY:
            return "read-only"
        case sqlite3.SQLITE_FULL:
            return "full"
    short = code == sqlite3.SQLITE_IOERR_SHMSIZE or (code in _GROWING and not _has_room(path))
    return "full" if short else ""


def _has_room(path: str) -> bool:
    """Whether the disk, and the limit on the size of files, leave a little more than one write takes."""
    import shutil

    try:
        if shutil.disk_usage(os.path.dirname(os.path.abspath(path))).free < _WRITE:
            return False
        import resource
    except (OSError, ImportError):
        return True
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    sizes = [os.path.getsize(path + end) for end in ("", "-wal") if os.path.exists(path + end)]
    return limit == resource.RLIM_INFINITY or max(sizes, default=0) + _WRITE < limit


def explained(error: sqlite3.Error | UnicodeDecodeError, path: str) -> BadStore | StoreBusy | NoRoom:
    """What a SQLite error means to the officer, and what to do."""
    match trouble(error, path):
        case "busy":
            return busy(path)
        case "full":
            return _full(path)
        case "read-only":
            return _unwritable(path)
    if getattr(error, "sqlite_errorcode", 0) in _SHARING:
        return BadStore(
            _("{path} cannot be used: on its disk programs can share no memory").format(path=safe(path)),
            hint=_("keep the store on a disk of this machine; a stick or a network folder carries bundles"),
        )
    return BadStore(
        _("{path} cannot be used: {why}").format(path=safe(path), why=safe(str(error))),
        hint=_("emergency doctor tells more; emergency restore brings a backup back"),
    )


def busy(path: str) -> StoreBusy:
    """What is said where another program has held the store for longer than PATIENCE."""
    return StoreBusy(
        _("another program is writing to {path}").format(path=safe(path)), hint=_("try again in a moment")
    )


def _full(path: str) -> NoRoom:
    return NoRoom(
        _("there is no room to write {path}: the disk, a quota or a limit on file sizes is full").format(
            path=safe(path)
        ),
        hint=_("nothing was changed: free some space and run the same command again"),
    )


def _unwritable(path: str) -> BadStore:
    return BadStore(
        _("{path} cannot be written: it is read-only").format(path=safe(path)),
        hint=_("check the permissions of the file and its folder"),
    )


def check_writable(path: str) -> None:
    """Raises BadStore where a store that must be brought up to date lies where nothing can be written."""
    if not (os.access(path, os.W_OK) and os.access(os.path.dirname(os.path.abspath(path)), os.W_OK)):
        raise BadStore(
            _("{path} is of an older program, and cannot be brought up to date: it is read-only").format(
                path=safe(path)
            ),
            hint=_(
                "copy it, with what lies beside it, to a folder that can be written, and name it with --store"
            ),
        )


@contextlib.contextmanager
def file_lock(path: str, *, alone: bool = False) -> Iterator[None]:
    """Among the programs that write this store: alone where its SQLite needs that, else beside others.

    Who puts another file in its place, or folds it anew, asks to be `alone` with any SQLite.
    Raises StoreBusy after PATIENCE seconds.
    """
    try:
        import fcntl
    except ImportError:  # No such locks on this system; a sound SQLite keeps its writers apart itself.
        if not wal_is_sound():
            raise
        yield
        return
    how = fcntl.LOCK_EX if alone or not wal_is_sound() else fcntl.LOCK_SH
    try:
        handle = os.open(path + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise (_full if error.errno in (errno.ENOSPC, errno.EDQUOT) else _unwritable)(path) from None
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(handle, how | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise busy(path) from None
                time.sleep(0.01)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Reads within it see the store at one moment, whatever others write meanwhile."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: str) -> Iterator[None]:
    """One durable transaction: all of it, or none of it. The file lock is held by the caller."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        raise explained(error, path) from None
    try:
        yield
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        _rollback(connection)
        raise explained(error, path) from error
    except BaseException:
        _rollback(connection)
        raise


def _rollback(connection: sqlite3.Connection) -> None:
    # After a full disk SQLite has rolled back by itself, and says so if asked again.
    if connection.in_transaction:
        connection.execute("ROLLBACK")
