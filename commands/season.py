"""`emergency season`: when seasons run, and what must be in place by when (row G2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import Column, Form, limit_option, output_options, print_rows
from emergency.commands.present import columns, plain
from emergency.commands.register import register
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.commands.typed import filter_from
from emergency.store import seasons, seasonwords
from emergency.store.query import stream
from emergency.store.records import RECORDS
from emergency.store.seasons import Task, Window
from emergency.store.showing import SAMPLE_MARK, names_of
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, listed


def about(store: Store, row: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A season's window, its key areas, and its checklist."""
    day = seasons.today(store)
    now = seasons.window(row, day)
    checklist = seasons.tasks(store, row, day)
    areas = seasons.areas(store, row)
    value = {
        "hazards_meant": seasons.hazards(row),
        "window": plain_window(now),
        "key_areas": [a["id"] for a in areas],
        "checklist": [_plain_task(task) for task in checklist],
    }
    lines = [
        (_("Window"), seasonwords.span(now)),
        (_("Hazards"), listed(safe(seasonwords.scenario(store, h)) for h in seasons.hazards(row)) or "-"),
        (_("Key areas"), listed(safe(f"{a['id']} {a['name']}") for a in areas) or "-"),
    ]
    lines += [(_("Checklist"), seasonwords.task(task)) for task in checklist]
    return value, lines


cli = register("season", help=commands()["season"].help, more=about)


@cli.command(
    "list",
    help=_("List season plans: which run, which begin when, and how far their checklists are.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency season list\n  emergency season list --json\n",
)
@click.argument("filter", required=False, default="")
@click.option("--where", multiple=True, metavar="FILTER", help=_("And this too: kind=flood."))
@click.option("--sort", metavar="FIELD", help=_("By this field; -FIELD the other way round."))
@limit_option()
@click.option("--retired", is_flag=True, help=_("Those no longer in use too."))
@as_of_option
@output_options
@pass_session
def list_(session: Session, /, form: Form, **options: Any) -> None:
    """As any register's list, with what is known as of today."""
    store, record = session.store, RECORDS["season"]
    day = seasons.today(store)
    rows = list(stream(store, "season", filter_from(record, options)))
    for row in rows:
        row["window"], row["checklist"] = seasons.window(row, day), seasons.tasks(store, row, day)

    def more(row: Mapping[str, Any]) -> dict[str, Any]:
        counts = {s: sum(t.state == s for t in row["checklist"]) for s in ("done", "overdue", "open")}
        return {**plain(record, row), "window": plain_window(row["window"]), "checklist": counts}

    shown = [
        c
        for c in columns(record, names=names_of(store, record, rows))
        if c.key not in ("source", "begin", "end")
    ]
    shown += [
        Column("begins", _("Begins"), lambda r: str(r["window"].begin) if r["window"] else ""),
        Column("ends", _("Ends"), lambda r: str(r["window"].end) if r["window"] else ""),
        Column("state", _("State"), lambda r: seasonwords.window(r["window"])),
        Column("checklist", _("Checklist"), lambda r: seasonwords.progress(r["checklist"])),
    ]
    if not print_rows(form, rows, shown, more):
        session.note(_("no {records} match").format(records=record.many))
    if form.name == "table" and any(row["sample"] for row in rows):
        session.note("* " + SAMPLE_MARK)


def plain_window(now: Window | None) -> dict[str, Any] | None:
    """A window as JSON; null where its days are not known."""
    if now is None:
        return None
    return {"begin": str(now.begin), "end": str(now.end), "state": now.state, "days": now.days}


def _plain_task(task: Task) -> dict[str, Any]:
    row = task.row
    return {
        "id": row["id"],
        "what": row["what"],
        "by": str(task.due),
        "owner": row["owner"],
        "done": row["done"],
        "state": task.state,
        "days": task.days,
    }
