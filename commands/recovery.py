"""`emergency recovery`: programmes after a disaster, and what is left of their gaps (row D5)."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import Column, Form, aligned, json_option, output_options, print_rows
from emergency.commands.register import register, written
from emergency.commands.session import Session, as_of_option, at_option, moment, pass_session
from emergency.store import recovering, times, units
from emergency.store.auditwords import percent
from emergency.store.errors import InvalidValue
from emergency.store.records import BY_NAME
from emergency.store.recovering import Line, Progress
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _


def _standing(store: Store, row: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Where a programme stands, for `show`."""
    found = recovering.progress(store, row["id"])
    told = [(_("Progress"), recovering.words(found))]
    shown = aligned([c.heading for c in _columns()], [{"l": x} for x in found.lines], _columns(), None)
    told += [("", line) for line in shown] if found.lines else []
    if row["sample"] or any(x.row["sample"] for x in found.lines):
        told.append(("*", SAMPLE_MARK))
    return plain(found), told


cli = register("recovery", help=commands()["recovery"].help, more=_standing)


def plain(found: Progress) -> dict[str, Any]:
    """As JSON: amounts in the item's own unit."""
    return {
        "progress": None if found.permille is None else found.permille / 10,
        "lines_done": found.done,
        "lines": [
            {
                "id": x.row["id"],
                "cause": x.row["cause"],
                "team": x.row["team"],
                "item": x.row["item"],
                "name": x.item_name,
                "unit": x.unit,
                "wanted": x.wanted / 1000,
                "came": x.came / 1000,
                "left": x.left / 1000,
                "by": x.row["by"],
                "last_came": None if x.latest is None else times.format_time(x.latest),
                "sample": bool(x.row["sample"]),
            }
            for x in found.lines
        ],
    }


def _columns() -> list[Column]:
    cause = BY_NAME["loss"]["cause"].type

    def amount(value: int, line: Line) -> str:
        return units.format_quantity(value, line.unit)

    return [
        Column("id", _("Id"), lambda r: safe(r["l"].row["id"]) + (" *" if r["l"].row["sample"] else "")),
        Column("cause", _("Cause"), lambda r: cause.show(r["l"].row["cause"])),
        Column("team", _("Team"), lambda r: safe(r["l"].team_name)),
        Column("item", _("Item"), lambda r: safe(r["l"].item_name)),
        Column("wanted", _("Wanted"), lambda r: amount(r["l"].wanted, r["l"])),
        Column("came", _("Came"), lambda r: amount(r["l"].came, r["l"])),
        Column("left", _("Left"), lambda r: "✓" if not r["l"].left else amount(r["l"].left, r["l"])),
        Column("by", _("Wanted by"), lambda r: r["l"].row["by"] or ""),
    ]


@cli.command("progress", help=_("Every programme, how far it has come, and how many of its lines are done."))
@as_of_option
@output_options
@pass_session
def progress(session: Session, form: Form) -> None:
    """The slowest first."""
    store = session.store
    rows: list[dict[str, Any]] = [
        {"row": row, "found": recovering.progress(store, row["id"])}
        for row in store.rows(
            "SELECT * FROM recovery WHERE retired IS NULL AND known=1 ORDER BY length(id), id"
        )
    ]
    rows.sort(key=lambda r: 1001 if r["found"].permille is None else r["found"].permille)
    columns = [
        Column("id", _("Id"), lambda r: safe(r["row"]["id"]) + (" *" if r["row"]["sample"] else "")),
        Column("name", _("Name"), lambda r: safe(r["row"]["name"])),
        Column("progress", _("Progress"), lambda r: percent(r["found"].permille)),
        Column("lines", _("Lines done"), lambda r: f"{r['found'].done}/{len(r['found'].lines)}"),
        Column("until", _("To be done by"), lambda r: r["row"]["until"] or ""),
    ]
    if not print_rows(form, rows, columns, lambda r: {"id": r["row"]["id"], "name": r["row"]["name"], "until": r["row"]["until"], **plain(r["found"])}):  # fmt: skip
        session.note(_("no recovery programme is there"))
    if any(r["row"]["sample"] for r in rows):
        session.note("* " + SAMPLE_MARK)


@cli.command(
    "arrive",
    help=_(
        "What a line of a programme waits for has come: pieces of equipment, or stock into a depot. The line is named"
        " by its id, or by the programme and the item."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency recovery arrive FT-12 --equipment FT-40"
    "\n  emergency recovery arrive 灾后恢复 救生衣 --qty 200 --depot 房山库\n",
)
@click.argument("which", metavar="LINE|PROGRAMME")
@click.argument("item", required=False)
@click.option("--equipment", multiple=True, metavar="TAG", help=_("This piece, registered already."))
@click.option("--qty", metavar="AMOUNT", help=_("So much of it."))
@click.option("--depot", metavar="DEPOT", help=_("Into this depot: its stock rises."))
@click.option("--more", is_flag=True, help=_("Also what is more than the line wants."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@at_option
@json_option
@pass_session
def arrive(
    session: Session,
    which: str,
    item: str | None,
    equipment: tuple[str, ...],
    qty: str | None,
    depot: str | None,
    more: bool,
    dry_run: bool,
    at: str | None,
    as_json: bool,
) -> None:
    """The gap falls by what came, and no piece counts twice."""
    store = session.store
    if bool(equipment) == bool(qty) or bool(qty) != bool(depot):
        raise InvalidValue(
            _("say what came: --equipment, or --qty with --depot"),
            hint=_("emergency recovery show tells what its lines wait for"),
        )
    happened = moment(at)
    loss = recovering.waiting(store, which, item) if item else store.find("loss", which)
    tags, astray = [store.find("equipment", tag) for tag in equipment], ""
    if len(set(tags)) < len(tags):
        raise InvalidValue(_("one item of equipment is named twice"))
    with store.write("recovery arrive", at=happened, dry_run=dry_run) as writer:
        made = [recovering.arrived(store, writer, loss, tag, happened) for tag in tags]
        if qty and depot:
            into = store.find("depot", depot)
            new, _reserve = recovering.stocked(store, writer, loss, into, qty, happened)
            made.append(new)
            astray = recovering.astray(store, loss, into)
        programme = str(writer.require("loss", loss)["recovery"])
        found = recovering.progress(store.within(writer), programme)
        if not more:
            recovering.refuse_beyond(found, loss)
    if astray:
        session.note(_("note: {text}").format(text=astray))
    left = next((x for x in found.lines if x.row["id"] == loss), None)
    value = {
        "loss": loss,
        "recovery": programme,
        "replacements": made,
        "left": None if left is None else left.left / 1000,
    }
    said = _("{line}: {left} left; the programme stands at {percent}").format(
        line=loss,
        left="-" if left is None else units.format_quantity(left.left, left.unit),
        percent=percent(found.permille),
    )
    written(session, writer, dry_run, as_json, value, said)
