"""`emergency undo`: take an operation back by later entries; the journal keeps both."""

from __future__ import annotations

import click

from emergency.commands.front import Verb
from emergency.commands.output import json_option
from emergency.commands.register import written
from emergency.commands.session import Session, pass_session
from emergency.store.text import safe
from emergency.store.words import _


@click.command(
    "undo",
    cls=Verb,
    help=_(
        "Take back one operation: what it registered is retired, what it changed is set back, what it moved is moved"
        " back. What was changed again since is left alone and named. Orders are cancelled, not undone."
    )
    + "\n\n"
    + _("Without OP: the last operation of this officer; emergency journal log shows them.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency undo\n  emergency undo 51463602 --dry-run\n",
)
@click.argument("op", required=False)
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def cli(session: Session, op: str | None, dry_run: bool, as_json: bool) -> None:
    """Without an operation: the last one of this officer."""
    from emergency.store import undoing

    store = session.store
    op = op or undoing.last(store)
    with store.write("undo", why=op, dry_run=dry_run) as writer:
        left = undoing.undo(store, writer, op)
    for what in left:
        session.note(_("left alone, changed since: {what}").format(what=safe(what)))
    value = {"undone": op, "left": left}
    written(session, writer, dry_run, as_json, value, _("operation {op} taken back").format(op=safe(op)))
