"""`emergency scenario`: the register, and the scenarios that plugins bring."""

from __future__ import annotations

import click

from emergency.commands.catalog import commands
from emergency.commands.output import json_option
from emergency.commands.proposing import about
from emergency.commands.register import register, written
from emergency.commands.session import Session, pass_session
from emergency.store.errors import InvalidValue
from emergency.store.words import _

cli = register("scenario", help=commands()["scenario"].help, more=about)


@cli.command("load", help=_("Take in the scenarios that plugins bring; what is there already stays."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def load_(session: Session, dry_run: bool, as_json: bool) -> None:
    """A scenario is an id, a name and an English name."""
    from emergency.plugins import load

    store = session.store
    known = {row["id"] for row in store.rows("SELECT id FROM scenario")}
    fresh = [row for row in load().scenarios() if row.get("id") and row["id"] not in known]
    with store.write("scenario load", dry_run=dry_run) as writer:
        for row in fresh:
            if not row.get("name"):
                raise InvalidValue(_("scenario {id} has no name").format(id=row["id"]))
            writer.new("scenario", {k: row[k] for k in ("name", "name_en") if row.get(k)}, row["id"])
    said = _("{count} scenarios taken in").format(count=len(fresh))
    written(session, writer, dry_run, as_json, {"loaded": [row["id"] for row in fresh]}, said)
