"""`emergency restore FILE`: a backup becomes the store, as a feed of its own (CASES 19)."""

from __future__ import annotations

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, pass_session
from emergency.store.text import safe
from emergency.store.words import _


@click.command(
    "restore",
    cls=Verb,
    help=commands()["restore"].help
    + "\n\n"
    + _("A store that stands at the place already is kept beside it under another name, never overwritten."),
)
@click.argument("file")
@json_option
@pass_session
def cli(session: Session, file: str, as_json: bool) -> None:
    """The copy it came from may still be alive, so this one writes under a new key and prefix."""
    from emergency.store.backing import restore

    entries, kept = restore(file, session.path)
    if kept:
        session.note(_("the store that stood there is kept as {path}").format(path=safe(kept)))
    if as_json:
        click.echo(dump({"store": session.path, "entries": entries, "kept": kept}))
    else:
        click.echo(_("{count} entries restored to {path}").format(count=entries, path=safe(session.path)))
