"""Making a store: its tables, its key, its station, and the file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sqlite3

from emergency.store import database, journal, networked, reference, schema, trigrams
from emergency.store.errors import BadStore, InvalidValue, reason
from emergency.store.fold import Fold
from emergency.store.keys import Signer, key_path
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _
from emergency.store.writing import writer_of


def station_name(text: str) -> str:
    """A station's name as its numbers begin. Raises InvalidValue."""
    prefix = text.strip().upper()
    if not (prefix.isascii() and prefix.isalnum() and len(prefix) <= 6):
        raise InvalidValue(
            _("a station's name is 1 to 6 letters or digits: {text}").format(text=safe(text[:64])),
            hint=_("it begins every number the station gives, as FT in FT-12"),
        )
    return prefix


def create(path: str, *, station: str, region: str | None, name: str, who: str) -> Store:
    """Make a store for a station. The file appears whole or not at all. Raises BadStore, InvalidValue."""
    prefix = station_name(station)
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        networked.refuse(path)
        with database.file_lock(path, alone=True):
            _make(path, prefix, region, name, who)
    except OSError as error:
        raise BadStore(
            _("{path} cannot be made: {why}").format(path=safe(path), why=safe(reason(error)))
        ) from None
    except sqlite3.Error as error:
        raise database.explained(error, path) from None
    return Store(path)


def _make(path: str, prefix: str, region: str | None, name: str, who: str) -> None:
    if os.path.lexists(path):
        raise BadStore(
            _("{path} is there already").format(path=safe(path)), hint=_("name another with --store")
        )
    if os.path.lexists(key_path(path)):
        raise BadStore(
            _("{path} is there already").format(path=safe(key_path(path))),
            hint=_("name another with --store"),
        )
    temporary = f"{path}.new-{os.getpid()}"
    try:
        signer = Signer.create()
        _lay_out(temporary, signer, prefix, region, name, who)
        database.sync_file(temporary)
        put_in_place(temporary, path, signer)
    finally:
        database.remove(temporary)


def put_in_place(temporary: str, path: str, signer: Signer) -> None:
    """Give a whole store its key, then its name; where either fails, key and store are what they were.

    The key goes first: a copy must never write on as the feed it was copied from.
    """
    import shutil

    key = key_path(path)
    before = None
    with contextlib.suppress(FileNotFoundError):
        before = f"{key}.before-{os.getpid()}"
        shutil.copy2(key, before)
    try:
        signer.save(path)
        for end in ("-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path + end)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            if before is not None and os.path.exists(before):
                os.replace(before, key)
            else:
                os.remove(key)
        raise
    finally:
        if before is not None:
            with contextlib.suppress(FileNotFoundError):
                os.remove(before)
    database.sync_folder(path)


def _lay_out(path: str, signer: Signer, prefix: str, region: str | None, name: str, who: str) -> None:
    connection = database.connect(path, writable=True, create=True)
    try:
        # Nobody knows this file yet: its maker waits for the disk once, when it is whole.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode=WAL")
        schema.migrate(connection)
        with database.transaction(connection, path):
            schema.create_folded(connection)
            reference.load(Fold(connection))
            trigrams.make(connection)
            for key, value in (("prefix", prefix), ("station", prefix), ("officer", who)):
                connection.execute("INSERT INTO meta VALUES(?,?)", (key, value))
            writer = writer_of(connection, signer, kind="init", who=who, why="", at=None, op=None)
            writer.fact(journal.open_feed(connection, signer, prefix))
            writer.new("station", {"name": name, "region": region, "feed": signer.feed}, prefix)
            writer.finish()
    finally:
        connection.close()
