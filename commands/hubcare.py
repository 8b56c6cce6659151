"""`emergency hub backup` and `hub verify`: a whole copy of a hub's database, and whether it is whole."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import click

from emergency.commands.front import Verb
from emergency.commands.hubopening import database_option, looking_at
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, pass_session
from emergency.store.errors import BadStore, Exit, InvalidValue
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.plugins.hub.verifying import Verified


@click.command(
    "backup",
    cls=Verb,
    help=_("Write a whole copy of the hub's database, taken while it is served, and check it.")
    + f"\n\n{_('Served with --database, it is that hub, if its key file is put beside it.')}\n"
    f"\n\b\n{_('Examples:')}\n  emergency hub backup /media/usb/hub-2026-07.db\n",
)
@click.argument("file")
@database_option
@json_option
@pass_session
def backup(session: Session, file: str, database: str | None, as_json: bool) -> int:
    """The key stays where it is: whoever has both is the hub."""
    from emergency.plugins.hub.engine import looking
    from emergency.plugins.hub.verifying import verify
    from emergency.store.backing import copy

    if os.path.lexists(file):
        raise InvalidValue(_("{path} is there already").format(path=safe(file)), hint=_("name another file"))
    with looking_at(session, database) as sql:
        if not isinstance(sql, sqlite3.Connection):
            raise BadStore(
                _("PostgreSQL copies its databases itself"),
                hint=_("use pg_dump, or a base backup of the server"),
            )
        copy(sql, file)
    with looking(file) as sql:
        found = verify(sql)
    if not as_json and not found.problems:
        click.echo(
            _("{count} entries written to {file}, verified").format(count=found.entries, file=safe(file))
        )
        return Exit.DONE
    return _told(found, as_json, file=file)


@click.command(
    "verify",
    cls=Verb,
    help=_("Check every entry of the hub against hashes, chains and signatures; name what was changed.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub verify\n  emergency hub verify --database copy.db --json\n",
)
@database_option
@json_option
@pass_session
def verify(session: Session, database: str | None, as_json: bool) -> int:
    """Exit 0 when whole, 1 when not."""
    from emergency.plugins.hub.verifying import verify

    with looking_at(session, database) as sql:
        found = verify(sql)
    return _told(found, as_json)


def _told(found: Verified, as_json: bool, **more: str) -> int:
    from emergency.store import proof

    if as_json:
        problems = [p._asdict() for p in found.problems]
        click.echo(dump({**more, "entries": found.entries, "problems": problems}))
    elif not found.problems:
        click.echo(_("{count} entries, all whole").format(count=found.entries))
    else:
        for p in found.problems:
            click.echo(proof.told(p))
        click.echo(
            _("stations that have them whole fill a hub that begins anew with its key: docs/sync.md"),
            err=True,
        )
    return Exit.REFUSED if found.problems else Exit.DONE
