"""`emergency doctor`: is the store whole, is this machine fit to keep it."""

from __future__ import annotations

import os
import sqlite3
from typing import Any, NamedTuple

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, pass_session
from emergency.store.errors import EmergencyError, Exit
from emergency.store.text import safe
from emergency.store.words import _, listed, told


class Check(NamedTuple):
    """One thing looked at: a code and what was found for programs, words for people, what to do about it."""

    code: str
    label: str
    ok: bool
    found: Any
    words: str
    do: str = ""


@click.command("doctor", cls=Verb, help=commands()["doctor"].help)
@click.option("--refold", is_flag=True, help=_("Fold every table anew from the journal."))
@json_option
@pass_session
def cli(session: Session, refold: bool, as_json: bool) -> int:
    """Each check a line: ✓ or ✗, what was found, what to do."""
    from emergency.store.anew import rebuild

    if refold:
        rebuild(session.path)
    checks = _checks(session)
    bad = [c for c in checks if not c.ok]
    if as_json:
        rows = [{"check": c.code, "ok": c.ok, "found": c.found} for c in checks]
        click.echo(dump({"store": session.path, "ok": not bad, "checks": rows}))
    else:
        for c in checks:
            click.echo(f"{'✓' if c.ok else '✗'} {told(c.label, c.words)}")
            if c.do and not c.ok:
                click.echo(f"    {c.do}")
    return Exit.REFUSED if bad else Exit.DONE


def _checks(session: Session) -> list[Check]:
    from emergency.store import database

    connection = session.store.connection
    intact = _intact(connection)
    restore = _("bring a backup back: emergency restore FILE")
    return [
        Check(
            "file", _("file"), intact == "ok", intact, _("whole") if intact == "ok" else safe(intact), restore
        ),
        *_of_the_journal(session, connection),
        _of_the_key(session),
        _of_the_name(connection),
        _of_the_clock(connection),
        *_aside(connection),
        Check(
            "writers",
            _("writers"),
            True,
            sqlite3.sqlite_version,
            (
                _("SQLite {version}: several writers are safe")
                if database.wal_is_sound()
                else _("SQLite {version}: writers are kept apart by a lock file")
            ).format(version=sqlite3.sqlite_version),
        ),
        *_of_the_disk(session.path),
    ]


def _of_the_journal(session: Session, connection: sqlite3.Connection) -> list[Check]:
    from emergency.store import anew, journal

    problems = journal.verify(connection)
    count = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
    words = _("{count} entries, all whole").format(count=count)
    if problems:
        words = _("{count} entries are damaged").format(count=len(problems))
    mend = _("emergency journal verify names them; emergency restore FILE brings a backup back")
    same = anew.folded_digest(connection) == anew.refolded_digest(connection)
    folded = _("as the journal says") if same else _("not as the journal says")
    return [
        Check(
            "journal", _("journal"), not problems, {"entries": count, "damaged": len(problems)}, words, mend
        ),
        Check("tables", _("tables"), same, same, folded, "emergency doctor --refold"),
    ]


def _of_the_key(session: Session) -> Check:
    from emergency.store import keys

    path = keys.key_path(session.path)
    try:
        feed = keys.Signer.load(session.path).feed
    except EmergencyError as error:
        return Check("key", _("signing key"), False, error.code, error.message, error.hint)
    private = os.stat(path).st_mode & 0o077 == 0
    return Check("key", _("signing key"), private, feed, feed, f"chmod 600 {path}")


def _of_the_name(connection: sqlite3.Connection) -> Check:
    """Who else writes under the name of this station: a copy of it, or another that took the same name."""
    rows = connection.execute(
        "SELECT id FROM feed WHERE own=0 AND parent IS NULL"
        " AND station = (SELECT value FROM meta WHERE key='prefix') ORDER BY id"
    ).fetchall()
    others = [str(id_) for (id_,) in rows]
    words = (
        _("also used by {feeds}").format(feeds=safe(listed(others))) if others else _("this station's alone")
    )
    return Check("name", _("name"), True, others, words)


def _of_the_clock(connection: sqlite3.Connection) -> Check:
    """How the clock here stood to that of each hub when it was last met; asks nobody."""
    from emergency.store import hubs, times

    known = [(hub, ahead) for hub in hubs.hubs(connection) if (ahead := hubs.clock_ahead(hub)) is not None]
    found = [{"hub": hub.name, "ahead_ms": ahead} for hub, ahead in known]
    words = listed(told(safe(hub.name), hubs.clock_words(ahead)) for hub, ahead in known)
    do = _(
        "set the clock of this machine, or that of the hub if it is the one that is wrong; then emergency sync"
    )
    right = all(abs(ahead) <= times.SKEW for _hub, ahead in known)
    return Check("clock", _("clock"), right, found, words or _("no hub has told its own yet"), do)


def _aside(connection: sqlite3.Connection) -> list[Check]:
    from emergency.commands.tidings import newer_words
    from emergency.store import notices

    rows = connection.execute("SELECT why, count(*) FROM aside GROUP BY why ORDER BY why").fetchall()
    aside = {str(why): count for why, count in rows}
    inert = connection.execute("SELECT count(*) FROM inert").fetchone()[0]
    newer = notices.newer(connection)
    words = listed(f"{safe(why)} {n}" for why, n in aside.items()) or _("nothing")
    bad = {"forged", "fork", "facts-changed"} & aside.keys()
    whose = _(
        "whoever handed them over has a damaged copy, or altered it: tell who runs that hub or made that stick"
    )
    return [
        Check("aside", _("set aside"), not bad, aside, words, whose if bad != {"fork"} else ""),
        Check("inert", _("facts without effect"), True, inert, str(inert)),
        Check("newer", _("newer entries"), True, newer, newer_words(newer) if newer else _("none")),
    ]


def _of_the_disk(path: str) -> list[Check]:
    from emergency.store import networked

    free = os.statvfs(os.path.dirname(os.path.abspath(path)))
    room = (free.f_bavail * free.f_frsize) >> 20
    left, kind = _leftovers(path), networked.shared(path)
    words = safe(listed(left)) or _("nothing left behind")
    lies = _("in a network folder ({kind})").format(kind=kind) if kind else _("of this machine alone")
    return [
        Check("folder", _("folder"), not kind, kind or None, lies, networked.advice()),
        Check(
            "disk", _("disk"), room > 100, room, _("{count} MB free").format(count=room), _("free some space")
        ),
        Check("scratch", _("scratch"), not left, left, words, _("these may be deleted")),
    ]


def _intact(connection: sqlite3.Connection) -> str:
    """What SQLite says of the file; its words may quote bytes of a damaged one that are no text."""
    from emergency.store.database import DAMAGE

    factory = connection.text_factory
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    except DAMAGE as error:
        return error.reason if isinstance(error, UnicodeDecodeError) else str(error)
    finally:
        connection.text_factory = factory


def _leftovers(path: str) -> list[str]:
    """Files of an `init` or `restore` that was interrupted."""
    folder, name = os.path.split(os.path.abspath(path))
    return [f for f in sorted(os.listdir(folder)) if f.startswith(f"{name}.new-")]
