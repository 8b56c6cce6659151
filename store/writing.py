"""One command's writing: under the lock, in one transaction, with the key of this store; all of it durably, or none."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from emergency.store import arrivals, chains, database, journal, readonly, schema, times, together
from emergency.store.entries import Envelope, pack
from emergency.store.errors import BadStore, InvalidValue
from emergency.store.fold import Fold
from emergency.store.keys import Signer
from emergency.store.text import safe
from emergency.store.words import _
from emergency.store.writer import Writer

if TYPE_CHECKING:
    from emergency.store.store import Store

#: Bytes of a reason: it stands in every entry of its command, in the room that the writer leaves beside the facts.
MOST_WHY = 3000


class DryRun(Exception):
    """Raised inside a write to roll it back after all has been checked and folded."""


@contextlib.contextmanager
def writing(
    store: Store, kind: str, *, why: str, at: int | None, op: str | None, dry_run: bool
) -> Iterator[Writer]:
    """See `Store.write`."""
    refuse(store, why)
    with database.file_lock(store.path):
        connection = database.connect(store.path, writable=True)
        try:
            with contextlib.suppress(DryRun), database.transaction(connection, store.path):
                _check_form(connection, store.path)
                # Within the lock: a restore puts another store and its key here together.
                signer = _signer(connection, store.path)
                writer = writer_of(connection, signer, kind=kind, who=store.who, why=why, at=at, op=op)
                if chains.feed_of(connection, signer.feed) is None:
                    _another_feed(connection, signer, writer)
                yield writer
                writer.finish()
                if dry_run:
                    raise DryRun
        finally:
            connection.close()


def _check_form(connection: sqlite3.Connection, path: str) -> None:
    """Raises BadStore where another version of the program has taken over the store since this one opened it.

    What runs for days outlives its own update: it would fold by rules that the tables are not of.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (fold,) = connection.execute("SELECT value FROM meta WHERE key='fold'").fetchone() or ("",)
    if version != database.JOURNAL_VERSION or fold != schema.current_fold():
        raise BadStore(
            _("{path} is now of another version of the program").format(path=safe(path)),
            hint=_(
                "nothing was changed: end this program, start the updated one, and run the same command again"
            ),
        )


def refuse(store: Store, why: str = "") -> None:
    """Raises Refused or InvalidValue for a write that could not be, before anything is reckoned for it."""
    readonly.refuse()
    if store.as_of is not None:
        raise InvalidValue(_("the past cannot be written: leave out --as-of"))
    check_why(why)


def taking(store: Store, envelopes: Iterable[Envelope], channel: str) -> arrivals.Taken:
    """See `Store.take`."""
    readonly.refuse()
    with database.file_lock(store.path):
        connection = database.connect(store.path, writable=True)
        try:
            with database.transaction(connection, store.path):
                _check_form(connection, store.path)
                return arrivals.receive(connection, Fold(connection), envelopes, times.now(), channel)
        finally:
            connection.close()


def writer_of(
    connection: sqlite3.Connection,
    signer: Signer,
    *,
    kind: str,
    who: str,
    why: str,
    at: int | None,
    op: str | None,
) -> Writer:
    """A writer of one command, in a transaction that has begun."""
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
