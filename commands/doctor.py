"""`emergency doctor`: is the store whole, is this machine fit to keep it."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, pass_session
from emergency.store.errors import EmergencyError, Exit
from emergency.store.text import safe
from emergency.store.words import _


@click.command("doctor", cls=Verb, help=commands()["doctor"].help)
@click.option("--refold", is_flag=True, help=_("Fold every table anew from the journal."))
@json_option
@pass_session
def cli(session: Session, refold: bool, as_json: bool) -> int:
    """Each check a line: ✓ or ✗, what was found, what to do."""
    from emergency.store.store import rebuild

    if refold:
        rebuild(session.path)
    checks = _checks(session)
    bad = [c for c in checks if not c["ok"]]
    if as_json:
        click.echo(dump({"store": session.path, "ok": not bad, "checks": checks}))
    else:
        for c in checks:
            click.echo(f"{'✓' if c['ok'] else '✗'} {c['check']}: {c['found']}")
            if c["do"]:
                click.echo(f"    {c['do']}")
    return Exit.REFUSED if bad else Exit.DONE


def _check(name: str, ok: bool, found: str, do: str = "") -> dict[str, Any]:
    return {"check": name, "ok": ok, "found": found, "do": "" if ok else do}


def _checks(session: Session) -> list[dict[str, Any]]:
    from emergency.store import database, journal, keys, store

    connection = session.store.connection
    restore = _("bring a backup back: emergency restore FILE")
    intact = _intact(connection)
    out = [_check(_("file"), intact == "ok", safe(str(intact)), restore)]
    problems = journal.verify(connection)
    count = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
    found = _("{count} entries, all whole").format(count=count)
    if problems:
        found = _("{count} entries are damaged").format(count=len(problems))
    out.append(
        _check(
            _("journal"),
            not problems,
            found,
            _("emergency journal verify names them; emergency restore FILE brings a backup back"),
        )
    )
    same = store.folded_digest(connection) == store.refolded_digest(connection)
    found = _("as the journal says") if same else _("not as the journal says")
    out.append(_check(_("tables"), same, found, "emergency doctor --refold"))
    try:
        signer = keys.Signer.load(session.path)
        private = os.stat(keys.key_path(session.path)).st_mode & 0o077 == 0
        out.append(_check(_("signing key"), private, signer.feed, "chmod 600 " + keys.key_path(session.path)))
    except EmergencyError as error:
        out.append(_check(_("signing key"), False, error.message, error.hint))
    aside = connection.execute("SELECT why, count(*) FROM aside GROUP BY why ORDER BY why").fetchall()
    found = ", ".join(f"{why} {n}" for why, n in aside) or _("nothing")
    out.append(_check(_("set aside"), not any(why in ("forged", "fork") for why, _n in aside), found, ""))
    inert = connection.execute("SELECT count(*) FROM inert").fetchone()[0]
    out.append(_check(_("facts without effect"), True, str(inert)))
    sound = database.wal_is_sound()
    found = f"SQLite {sqlite3.sqlite_version}: " + (
        _("several writers are safe") if sound else _("writers are kept apart by a lock file")
    )
    out.append(_check(_("writers"), True, found))
    free = os.statvfs(os.path.dirname(os.path.abspath(session.path)))
    room = free.f_bavail * free.f_frsize
    out.append(
        _check(
            _("disk"), room > 100 << 20, _("{count} MB free").format(count=room >> 20), _("free some space")
        )
    )
    out.append(
        _check(
            _("scratch"),
            not _leftovers(session.path),
            _leftovers(session.path) or _("nothing left behind"),
            _("these may be deleted"),
        )
    )
    return out


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


def _leftovers(path: str) -> str:
    """Files of an `init` or `restore` that was interrupted."""
    folder, name = os.path.split(os.path.abspath(path))
    return ", ".join(f for f in sorted(os.listdir(folder)) if f.startswith(f"{name}.new-"))
