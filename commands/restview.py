"""`emergency team rest`: who has been out too long, and who could relieve them."""

from __future__ import annotations

import click

from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, output_options, print_rows
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import rest, times
from emergency.store.text import safe
from emergency.store.words import _


@click.command(
    "rest",
    cls=Verb,
    help=_(
        "Who has been out longer than a day, or than --after, the longest first; and which ready teams of the same"
        " type have the people to relieve them, the nearest first."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency team rest\n  emergency team rest --after 12h --json\n",
)
@click.option("--after", metavar="TIME", help=_("Out for so long: 12h, 36h, 2d."))
@as_of_option
@output_options
@pass_session
def rest_command(session: Session, after: str | None, form: Form) -> None:
    """The clock runs from leaving base, through every reassignment."""
    limit = times.parse_duration(after) if after else None
    found = rest.overlong(session.store, limit)
    rows = [
        {
            "line": d.line,
            "team": d.team,
            "name": d.name,
            "incident": d.incident,
            "people": d.people,
            "since": times.format_time(d.since),
            "out_s": d.out // 1000,
            "out": times.format_age(d.out),
            "sample": d.sample,
            "exercise": d.exercise,
            "relief": [r._asdict() for r in d.relief],
            "_relief": rest.relief_words(d),
        }
        for d in found
    ]
    columns = [
        Column("line", _("Line"), lambda r: safe(r["line"]) + (" *" if r["sample"] else "")),
        Column("team", _("Team"), lambda r: safe(f"{r['team']} {r['name']}")),
        Column("incident", _("Incident"), lambda r: safe(r["incident"] or "")),
        Column("people", _("People"), lambda r: "?" if r["people"] is None else str(r["people"])),
        Column("out", _("Out for"), lambda r: r["out"]),
        Column("relief", _("Could relieve"), lambda r: safe(r["_relief"])),
    ]
    if not print_rows(
        form, rows, columns, lambda r: {k: v for k, v in r.items() if k not in ("out", "_relief")}
    ):
        session.note(
            _("nobody has been out for {time}").format(time=times.format_age(limit or rest.rest_after()))
        )
