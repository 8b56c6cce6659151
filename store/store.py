"""A store: one SQLite file with a journal, the tables folded from it, and a key beside it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from emergency.store import (
    arrivals,
    chains,
    database,
    journal,
    lookup,
    readonly,
    reference,
    schema,
    times,
    together,
    trigrams,
)
from emergency.store.anew import folded_until, rebuild
from emergency.store.cells import row_of
from emergency.store.entries import Envelope, pack
from emergency.store.errors import BadStore, InvalidValue
from emergency.store.fold import Fold
from emergency.store.keys import Signer, key_path
from emergency.store.text import safe
from emergency.store.words import _
from emergency.store.writer import Writer

#: Bytes of a reason: it stands in every entry of its command, in the room that the writer leaves beside the facts.
MOST_WHY = 3000


class DryRun(Exception):
    """Raised inside a write to roll it back after all has been checked and folded."""


def create(path: str, *, station: str, region: str | None, name: str, who: str) -> Store:
    """Make a store for a station. The file appears whole or not at all. Raises BadStore, InvalidValue."""
    prefix = station.strip().upper()
    if not (prefix.isascii() and prefix.isalnum() and len(prefix) <= 6):
        raise InvalidValue(
            _("a station's name is 1 to 6 letters or digits: {text}").format(text=safe(station)),
            hint=_("it begins every number the station gives, as FT in FT-12"),
        )
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with database.file_lock(path, alone=True):
            _make(path, prefix, region, name, who)
    except OSError as error:
        raise BadStore(
            _("{path} cannot be made: {why}").format(path=safe(path), why=safe(str(error.strerror)))
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
        connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode=WAL")
        schema.migrate(connection)
        with database.transaction(connection, path):
            schema.create_folded(connection)
            reference.load(Fold(connection))
            trigrams.make(connection)
            for key, value in (("prefix", prefix), ("station", prefix), ("officer", who)):
                connection.execute("INSERT INTO meta VALUES(?,?)", (key, value))
            writer = _writer(connection, signer, kind="init", who=who, why="", at=None, op=None)
            writer.fact(journal.open_feed(connection, signer, prefix))
            writer.new("station", {"name": name, "region": region, "feed": signer.feed}, prefix)
            writer.finish()
    finally:
        connection.close()


def _writer(
    connection: sqlite3.Connection,
    signer: Signer,
    *,
    kind: str,
    who: str,
    why: str,
    at: int | None,
    op: str | None,
) -> Writer:
    return Writer(
        connection,
        signer,
        kind=kind,
        who=who,
        why=why,
        wall=times.now(),
        at=at,
        op=op or together.operation(),
    )


def check_why(why: str) -> None:
    """Raises InvalidValue for a reason that is longer than an entry should carry."""
    if len(pack(why)) > MOST_WHY:
        raise InvalidValue(_("longer than {limit} characters").format(limit=MOST_WHY // 3))


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
        if version < database.JOURNAL_VERSION or folded != schema.fold_digest():
            self.connection.close()
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
        readonly.refuse()
        if self.as_of is not None:
            raise InvalidValue(_("the past cannot be written: leave out --as-of"))
        check_why(why)
        with database.file_lock(self.path):
            connection = database.connect(self.path, writable=True)
            try:
                with contextlib.suppress(DryRun), database.transaction(connection, self.path):
                    # Within the lock: a restore puts another store and its key here together.
                    signer = _signer(connection, self.path)
                    writer = _writer(connection, signer, kind=kind, who=self.who, why=why, at=at, op=op)
                    if chains.feed_of(connection, signer.feed) is None:
                        _another_feed(connection, signer, writer)
                    yield writer
                    writer.finish()
                    if dry_run:
                        raise DryRun
            finally:
                connection.close()

    def take(self, envelopes: Iterable[Envelope], channel: str = "") -> arrivals.Taken:
        """Take in entries that others wrote, in one durable transaction; see arrivals.receive."""
        readonly.refuse()
        with database.file_lock(self.path):
            connection = database.connect(self.path, writable=True)
            try:
                with database.transaction(connection, self.path):
                    return arrivals.receive(connection, Fold(connection), envelopes, times.now(), channel)
            finally:
                connection.close()

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


def _signer(connection: sqlite3.Connection, path: str) -> Signer:
    """The key to write with: a new one where another machine, or this one once, wrote on as this feed (CASES 19)."""
    signer = Signer.load(path)
    own = chains.feed_of(connection, signer.feed)
    overtaken = connection.execute("SELECT value FROM meta WHERE key=?", (arrivals.OVERTAKEN,)).fetchone()
    if own is not None and (not own.own or (overtaken is not None and overtaken[0] == own.id)):
        signer = signer.next()
        signer.save(path)
    return signer


def _another_feed(connection: sqlite3.Connection, signer: Signer, writer: Writer) -> None:
    """A store that was restored, or copied, writes a feed of its own, and gives numbers nobody else does.

    The copy it came from may be alive: two stores that gave one number to two orders could
    never be told apart again. So the prefix gets two letters nobody would choose. An earlier
    key that still lies here vouches for the new one, so that hubs need no new code.
    """
    station = connection.execute("SELECT value FROM meta WHERE key='station'").fetchone()[0]
    letters = "".join("ACDEFHJKMNPQRTUVWXY"[b % 19] for b in os.urandom(2))
    connection.execute("UPDATE meta SET value=? WHERE key='prefix'", (f"{station}{letters}",))
    connection.execute("UPDATE feed SET own=0")
    introduction = journal.open_feed(connection, signer, station)
    vouched = list(signer.vouched())
    # One that wrote here, or else one that a hub may have enrolled before it wrote anything.
    wrote = [v for v in vouched if chains.feed_of(connection, v[0]) is not None]
    for before, signature in (wrote or vouched)[:1]:
        introduction += [before, signature.hex()]
    writer.fact(introduction)
    writer.set("station", station, {"feed": signer.feed})
    # An entry of its own, since every station gets it, whatever else it is kept from.
    writer.flush()
