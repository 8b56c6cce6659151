"""`emergency expiring`: everything with an end date that comes soon (row A3)."""

from __future__ import annotations

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, output_options, print_rows
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import query, times
from emergency.store.records import RECORDS
from emergency.store.records.types import Date
from emergency.store.text import safe
from emergency.store.words import _


@click.command(
    "expiring",
    cls=Verb,
    help=commands()["expiring"].help + f"\n\n\b\n{_('Examples:')}\n  emergency expiring --within 30d\n",
)
@click.option(
    "--within", default="30d", show_default=True, metavar="TIME", help=_("Ended, or ending within.")
)
@as_of_option
@output_options
@pass_session
def cli(session: Session, within: str, form: Form) -> None:
    """Over all records, what has ended already on top."""
    now = times.now()
    today = times.format_time(now)[:10]
    rows = query.expiring(session.store, times.format_time(now + times.parse_duration(within))[:10])
    for row in rows:
        row["ended"] = Date.last_day(row["until"]) < today

    def field_label(row: dict[str, str]) -> str:
        field = RECORDS[row["kind"]].field(row["field"])
        return field.label if field else row["field"]

    columns = [
        Column("until", _("Until"), lambda r: ("! " if r["ended"] else "  ") + r["until"]),
        Column("kind", _("Kind"), lambda r: RECORDS[r["kind"]].label),
        Column("id", _("Id"), lambda r: safe(r["id"])),
        Column("name", _("Name"), lambda r: safe(str(r["name"]))),
        Column("field", _("What"), lambda r: field_label(dict(r))),
    ]
    if not print_rows(form, rows, columns, dict):
        session.note(_("nothing ends within {time}").format(time=safe(within)))
