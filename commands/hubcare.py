"""`emergency hub backup`, `verify` and `mend`: a copy of a hub's database, whether it is whole, and what if not."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import click

from emergency.commands.front import Verb
from emergency.commands.hubopening import database_option, explained, looking_at
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, pass_session
from emergency.store.errors import BadStore, Exit, InvalidValue
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.plugins.hub.mending import Mending
    from emergency.plugins.hub.verifying import Verified
    from emergency.store.chains import Sql


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

    _must_be_new(file)
    with looking_at(session, database) as sql:
        copy(_file_of(sql), file)
    with looking(file) as sql:
        found = verify(sql)
    if not as_json and not found.problems:
        click.echo(
            _("{count} entries written to {file}, verified").format(count=found.entries, file=safe(file))
        )
        return Exit.DONE
    return _told(found, as_json, file=file)


def _must_be_new(file: str) -> None:
    if os.path.lexists(file):
        raise InvalidValue(_("{path} is there already").format(path=safe(file)), hint=_("name another file"))


def _file_of(sql: Sql) -> sqlite3.Connection:
    """A database that can be copied. Raises BadStore."""
    if not isinstance(sql, sqlite3.Connection):
        raise BadStore(
            _("PostgreSQL copies its databases itself"),
            hint=_("use pg_dump, or a base backup of the server"),
        )
    return sql


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
        found, in_file = verify(sql), isinstance(sql, sqlite3.Connection)
    return _told(found, as_json, in_file=in_file)


def _told(found: Verified, as_json: bool, *, in_file: bool = True, **more: str) -> int:
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
            _(
                "emergency hub mend puts right what it can, and asks stations for their entries; else: docs/sync.md"
            )
            if in_file
            else _("bring the server's own backup back, or begin anew with the hub's key: docs/hub.md"),
            err=True,
        )
    return Exit.REFUSED if found.problems else Exit.DONE


@click.command(
    "mend",
    cls=Verb,
    help=_(
        "Put right what `hub verify` finds, as far as that is sure: facts that do not fit are taken out, and asked of"
        " the stations that have them. The hub may be served meanwhile; FILE gets a copy of it as it was."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub mend before.db --dry-run\n  emergency hub mend before.db\n",
)
@click.argument("file")
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be done; do nothing."))
@database_option
@json_option
@pass_session
def mend(session: Session, file: str, dry_run: bool, database: str | None, as_json: bool) -> int:
    """Exit 0 when all can be mended, 1 when not."""
    from emergency.plugins.hub import place_of
    from emergency.plugins.hub.engine import open_engine
    from emergency.plugins.hub.mending import mend, planned
    from emergency.store.backing import copy

    _must_be_new(file)
    with looking_at(session, database) as sql:
        if not isinstance(sql, sqlite3.Connection):
            raise BadStore(
                _("hub mend puts right a hub in a file, and none in PostgreSQL"),
                hint=_("bring the server's own backup back, or begin anew with the hub's key: docs/hub.md"),
            )
        plan = planned(sql)
        changes = bool(plan.asked or plan.corrected) and not dry_run
        if changes:
            copy(sql, file)
    if changes:
        with (
            closing(open_engine(place_of(database, session.home))) as engine,
            explained(),
            engine.writing() as sql,
        ):
            mend(sql, plan)
    _tell_mended(plan, as_json, **({"file": file} if changes else {}))
    return Exit.REFUSED if plan.left else Exit.DONE


def _tell_mended(plan: Mending, as_json: bool, **more: str) -> None:
    from emergency.store import proof

    if as_json:
        told = {name: [p._asdict() for p in getattr(plan, name)] for name in ("asked", "corrected", "left")}
        click.echo(dump({**more, "entries": plan.entries, **told}))
        return
    for name, said in (
        ("asked", _("whoever has it whole is asked for it at the next round")),
        ("corrected", _("is as the entries say")),
        ("left", _("nothing is done")),
    ):
        for problem in getattr(plan, name):
            click.echo(f"{proof.told(problem)}; {said}")
    if not (plan.asked or plan.corrected or plan.left):
        click.echo(_("{count} entries, all whole").format(count=plan.entries))
    if more:
        click.echo(_("as it was, it is in {file}").format(file=safe(more["file"])))
    if plan.left:
        click.echo(
            _("stations that have them whole fill a hub that begins anew with its key: docs/sync.md"),
            err=True,
        )
