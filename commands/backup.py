"""`emergency backup FILE`: a whole copy of the store, taken while others write."""

from __future__ import annotations

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, pass_session
from emergency.store.text import safe
from emergency.store.words import _


@click.command("backup", cls=Verb, help=commands()["backup"].help)
@click.argument("file")
@json_option
@pass_session
def cli(session: Session, file: str, as_json: bool) -> None:
    """The signing key stays behind: a restored copy signs with one of its own."""
    from emergency.store.backing import backup

    entries = backup(session.store, file)
    if as_json:
        click.echo(dump({"file": file, "entries": entries}))
    else:
        click.echo(_("{count} entries written to {file}, verified").format(count=entries, file=safe(file)))
