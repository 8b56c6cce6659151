"""`emergency equipment inspect`, `emergency equipment due`: inspections and what they make due (row B4)."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, json_option, output_options, print_rows
from emergency.commands.register import written
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import inspections, times
from emergency.store.errors import InvalidValue
from emergency.store.records import BY_NAME
from emergency.store.text import safe
from emergency.store.words import _, listed

#: What an inspection finds, and the serviceability that it states.
RESULTS = {"passed": "serviceable", "limited": "limited", "failed": "unserviceable"}


@click.command(
    "inspect",
    cls=Verb,
    help=_(
        "Note an inspection; the next one is due by the plan of the kind, or by --until. What failed stays due until"
        " it is inspected again."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency equipment inspect BJ-0101\n"
    "  emergency equipment inspect BJ-0101 --result failed --note 液压漏油\n",
)
@click.argument("tag", nargs=-1, required=True)
@click.option("--result", type=click.Choice(list(RESULTS)), default="passed", help=_("What was found."))
@click.option("--on", "on_", metavar="DAY", help=_("The day, if not today."))
@click.option("--until", metavar="DAY", help=_("Until when it holds, where its paper says so."))
@click.option("--note", default="", help=_("A note."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def inspect(
    session: Session,
    tag: tuple[str, ...],
    result: str,
    on_: str | None,
    until: str | None,
    note: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """What failed is out of service until somebody says otherwise; a day that was written down goes before the plan."""
    store = session.store
    today = times.format_time(times.now())[:10]
    day = times.parse_date(on_) if on_ else today
    if day > today:
        raise InvalidValue(_("that lies in the future: {time}").format(time=day))
    last = times.parse_date(until) if until else None
    if last is not None and last < day:
        raise InvalidValue(_("it ends before the inspection: {day}").format(day=last))
    if last is not None and result == "failed":
        raise InvalidValue(_("what failed holds until no day"), hint=_("leave out --until"))
    every = inspections.plans(store.connection)
    done: list[dict[str, Any]] = []
    unplanned: list[str] = []
    with store.write("equipment inspect", why=note, dry_run=dry_run) as writer:
        for text in tag:
            id_ = store.find("equipment", text)
            row = store.row("equipment", id_) or {}
            inspections.refuse_older(row, day)
            values: dict[str, Any] = inspections.found(day, last, failed=result == "failed")
            if row["serviceability"] != RESULTS[result]:
                values |= {"serviceability": RESULTS[result], "reported_at": times.now()}
            writer.set("equipment", id_, values)
            next_ = inspections.due_of({**row, **values}, every.get(str(row["kind"])))
            done.append({"id": id_, "inspected": day, "result": result, "due": next_[0] if next_ else None})
            if next_ is None:
                unplanned.append(id_)
    field = BY_NAME["equipment"]["serviceability"]
    form = (
        _("{id} inspected: {state}; due until it is inspected again")
        if result == "failed"
        else _("{id} inspected: {state}; next by {day}")
    )
    said = "\n".join(
        form.format(id=safe(one["id"]), state=field.type.show(RESULTS[result]), day=one["due"] or "-")
        for one in done
    )
    written(session, writer, dry_run, as_json, {"inspected": done}, said)
    if unplanned:
        session.note(
            _(
                "note: nothing says when {ids} must be inspected next: --until DAY, or emergency item set KIND inspect_every=DAYS"
            ).format(ids=listed(map(safe, unplanned)))
        )


@click.command("due", cls=Verb, help=_("What must be inspected: never inspected and overdue on top."))
@click.option("--within", default="30d", show_default=True, metavar="TIME", help=_("Due within."))
@click.option("--team", metavar="T", help=_("Of this team."))
@as_of_option
@output_options
@pass_session
def due(session: Session, within: str, team: str | None, form: Form) -> None:
    """Due days follow from the last inspection and the plan of the kind (item set KIND inspect_every=365)."""
    store, now = session.store, times.now()
    today = times.format_time(now)[:10]
    until = times.format_time(now + times.parse_duration(within))[:10]
    rows = [
        {
            **d.row,
            "due": d.until,
            "by": d.by,
            "overdue": d.until is None or d.by == "failed" or d.until < today,
        }
        for d in inspections.due(store, until, store.find("team", team) if team else "")
    ]
    said_by = {
        "plan": _("the plan of its kind"),
        "paper": _("its paper"),
        "failed": _("its last inspection, which it failed"),
    }
    columns = [
        Column(
            "due", _("Due"), lambda r: ("! " if r["overdue"] else "  ") + (r["due"] or _("never inspected"))
        ),
        Column("id", _("Id"), lambda r: safe(r["id"]) + (" *" if r["sample"] else "")),
        Column("name", _("Name"), lambda r: safe(str(r["name"] or ""))),
        Column("team", _("Holder"), lambda r: safe(str(r["team"] or ""))),
        Column("inspected", _("Last inspected"), lambda r: r["inspected"] or ""),
        Column("by", _("By"), lambda r: said_by[r["by"]]),
    ]
    kept = ("id", "name", "kind", "team", "inspected", "due", "by", "overdue")
    if not print_rows(form, rows, columns, lambda r: {name: r[name] for name in kept}):
        session.note(_("nothing is due within {time}").format(time=safe(within)))
