"""Backups: a whole copy of a store, and its way back."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3

from emergency.store import database, journal, networked, times
from emergency.store.creating import put_in_place
from emergency.store.errors import BadStore, InvalidValue, reason
from emergency.store.keys import Signer, key_path
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _

#: What stands between the name of a copy and the process that makes it, while it is not whole.
_NEW = ".new-"


def copy(source: sqlite3.Connection, path: str) -> None:
    """A consistent copy of a database while others write, on disk under its name only when whole. Raises BadStore."""
    temporary = f"{path}{_NEW}{os.getpid()}"
    try:
        _clear_up(path)
        _fill(source, temporary, path)
        os.replace(temporary, path)
        database.sync_folder(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        database.remove(temporary)


def _clear_up(path: str) -> None:
    """Delete what copies to this path left that were killed: each takes as much room as a whole one."""
    folder, name = os.path.split(os.path.abspath(path))
    for found in os.listdir(folder):
        process = found.removeprefix(name + _NEW).removesuffix("-journal")
        if found.startswith(name + _NEW) and process.isdecimal() and not _runs(int(process)):
            os.remove(os.path.join(folder, found))


def _runs(process: int) -> bool:
    if os.name != "posix":
        # Elsewhere to ask so is to end it.
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        # It is somebody else's.
        return True
    return True


def _unwritable(path: str, error: Exception) -> BadStore:
    full = isinstance(error, sqlite3.Error) and database.trouble(error, path) == "full"
    why = _("the disk is full") if full else safe(reason(error))
    return BadStore(_("{path} cannot be written: {why}").format(path=safe(path), why=why))


def _fill(source: sqlite3.Connection, temporary: str, path: str, mode: str = "DELETE") -> None:
    """The copy itself, on disk under a name that nobody knows, readable by its owner alone."""
    try:
        database.remove(temporary)
        database.make_private(temporary)
        target = sqlite3.connect(temporary, isolation_level=None)
        try:
            source.backup(target)
            target.execute(f"PRAGMA journal_mode={mode}")
        finally:
            target.close()
        database.sync_file(temporary)
    except (sqlite3.Error, OSError) as error:
        raise _unwritable(path, error) from None


def backup(store: Store, path: str) -> int:
    """Copy the store to a file and verify the copy; returns its entries. Raises BadStore, InvalidValue."""
    if os.path.exists(path):
        raise InvalidValue(_("{path} is there already").format(path=safe(path)), hint=_("name another file"))
    copy(store.connection, path)
    return _verified(path)


def _verified(path: str) -> int:
    connection = database.connect(path, writable=False)
    try:
        problems = journal.verify(connection)
        if problems:
            raise BadStore(
                _("{path} is damaged: entry {n} {what}").format(
                    path=safe(path), n=problems[0].n, what=problems[0].what
                )
            )
        return int(connection.execute("SELECT count(*) FROM entry").fetchone()[0])
    finally:
        connection.close()


def restore(path: str, store_path: str) -> tuple[int, str | None]:
    """Make a backup the store; returns (entries, where the store that stood there is kept)."""
    entries = _verified(path)
    try:
        os.makedirs(os.path.dirname(os.path.abspath(store_path)), exist_ok=True)
        networked.refuse(store_path)
        with database.file_lock(store_path, alone=True):
            temporary = f"{store_path}.new-{os.getpid()}"
            try:
                source = database.connect(path, writable=False)
                try:
                    _fill(source, temporary, store_path, "WAL")
                finally:
                    source.close()
                kept = _keep(store_path) if os.path.lexists(store_path) else None
                put_in_place(temporary, store_path, Signer.create())
            finally:
                database.remove(temporary)
    except OSError as error:
        raise BadStore(
            _("{path} cannot be written: {why}").format(path=safe(store_path), why=safe(reason(error)))
        ) from None
    return entries, kept


def rescued(store: Store) -> BadStore:
    """What is said where another program has deleted the WAL of a store that is open here. Raises BadStore.

    Who has it open has what stood there, and nobody else ever again: it is copied first.
    """
    kept = _free_name(store.path)
    copy(store.connection, kept)
    return BadStore(
        _("another program deleted {log} with what was written last; all of it is in {kept}").format(
            log=safe(f"{store.path}-wal"), kept=safe(kept)
        ),
        hint=_("end all programs that use the store, then: emergency restore {kept}").format(kept=safe(kept)),
    )


def _free_name(path: str) -> str:
    """Where something that stood at a store's place is kept."""
    moment = times.format_time(times.now())[:19].replace(":", "")
    names = (f"{path}.before-{moment}{end}" for end in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not os.path.lexists(name))


def _keep(path: str) -> str:
    """Copy what stands at the store's place, whole or damaged, under another name; it stays until replaced.

    Whatever its WAL held is in its own file afterwards, so that the WAL can go.
    """
    kept = _free_name(path)
    try:
        connection = database.connect(path, writable=True)
        try:
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise database.busy(path)
            copy(connection, kept)
        finally:
            connection.close()
    except (BadStore, sqlite3.DatabaseError) as error:
        if isinstance(error, sqlite3.Error) and database.trouble(error, path) == "busy":
            raise database.busy(path) from None
        _copy_raw(path, kept)
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(key_path(path), key_path(kept))
    return kept


def _copy_raw(path: str, kept: str) -> None:
    """Byte for byte, for what SQLite cannot read."""
    try:
        for end in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(path + end, kept + end)
                os.chmod(kept + end, 0o600)
    except OSError:
        database.remove(kept)
        raise
