"""`emergency stocktake`: counts that wait for approval; what is approved moves the difference (row C5)."""

from __future__ import annotations

import click

from emergency.commands.catalog import commands
from emergency.commands.output import json_option
from emergency.commands.quota import line_option, milli_of, stock_line
from emergency.commands.register import register, written
from emergency.commands.session import Session, at_option, moment, pass_session
from emergency.store import stocktaking, units
from emergency.store.errors import InvalidValue
from emergency.store.text import safe
from emergency.store.words import _, listed

cli = register("stocktake", help=commands()["stocktake"].help, importable=False)
# What was counted is not typed in afterwards, nor changed.
del cli.commands["add"], cli.commands["set"]


@cli.command(
    "count",
    help=_("Put a count on record; the stock stays as it is until somebody else approves it.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency stocktake count 丰台库 沙袋 --qty 985 --reason 月度盘点\n",
)
@line_option
@click.option("--qty", required=True, metavar="AMOUNT", help=_("What was counted."))
@click.option("--reason", default="", help=_("Why it was counted, or why it differs."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@at_option
@json_option
@pass_session
def count(
    session: Session,
    depot: str,
    item: str,
    lot: str,
    form_: str,
    qty: str,
    reason: str,
    dry_run: bool,
    at: str | None,
    as_json: bool,
) -> None:
    """The difference is taken from the books as they stand now."""
    line, unit = stock_line(session, depot, item, lot, form_)
    waiting = stocktaking.waiting(session.store.connection, line)
    if waiting:
        session.note(
            _("note: {ids} waits for approval on this shelf; of two counts one can be approved").format(
                ids=safe(listed(waiting))
            )
        )
    counted, happened = milli_of(qty, unit), moment(at)
    if counted < 0:
        raise InvalidValue(_("a count is not negative"))
    with session.store.write("stocktake count", why=reason, at=happened, dry_run=dry_run) as writer:
        if at:
            stocktaking.refuse_moved_since(writer.connection, line, happened)
        id_, difference = stocktaking.propose(
            writer, line, counted, reason=reason, who=session.store.who, at=happened
        )
    value = {
        "id": id_,
        "reserve": line,
        "counted": counted / 1000,
        "difference": difference / 1000,
        "unit": unit,
    }
    said = _("stocktake {id}: {line} differs by {difference}; it waits for approval").format(
        id=id_, line=safe(line), difference=units.format_quantity(difference, unit).strip()
    )
    written(session, writer, dry_run, as_json, value, said)


def _decide(session: Session, which: str, why: str, dry_run: bool, as_json: bool, *, approve: bool) -> None:
    id_ = session.store.find("stocktake", which)
    verb = "stocktake approve" if approve else "stocktake reject"
    with session.store.write(verb, why=why, dry_run=dry_run) as writer:
        moved = stocktaking.decide(writer, id_, approve=approve, who=session.store.who, why=why)
    row = session.store.row("stocktake", id_) or {}
    value = {"id": id_, "state": "approved" if approve else "rejected", "moved": moved / 1000}
    said = (
        _("stocktake {id} approved: {difference} booked").format(
            id=id_, difference=units.format_quantity(moved, str(row.get("unit") or "")).strip()
        )
        if approve
        else _("stocktake {id} rejected: the books stay as they are").format(id=id_)
    )
    written(session, writer, dry_run, as_json, value, said)


@cli.command("approve", help=_("Approve a count: its difference is booked, with its reason."))
@click.argument("stocktake")
@click.option("--why", default="", help=_("Why."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def approve(session: Session, stocktake: str, why: str, dry_run: bool, as_json: bool) -> None:
    """By somebody other than who counted."""
    _decide(session, stocktake, why, dry_run, as_json, approve=True)


@cli.command("reject", help=_("Reject a count: nothing is booked."))
@click.argument("stocktake")
@click.option("--why", required=True, help=_("Why."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def reject(session: Session, stocktake: str, why: str, dry_run: bool, as_json: bool) -> None:
    """Count again."""
    _decide(session, stocktake, why, dry_run, as_json, approve=False)
