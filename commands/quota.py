"""`emergency reserve lend`, `quotas`, `deficits`, `approve`, `shipments`: stock lent out, and on its way (rows C4, C5)."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, json_option, output_options, print_rows
from emergency.commands.register import written
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import quotas, shipments, times, units, wording
from emergency.store.errors import NoSuchRecord
from emergency.store.records.reserve import FORMS, reserve_id
from emergency.store.showing import drilled
from emergency.store.text import safe
from emergency.store.words import _, clauses


def line_option(command: Any) -> Any:
    """`DEPOT ITEM [--lot] [--form]`: one stock line."""
    for option in reversed(
        (
            click.argument("depot"),
            click.argument("item"),
            click.option("--lot", default="", help=_("Of this lot.")),
            click.option(
                "--form",
                "form_",
                type=click.Choice(list(FORMS)),
                default="physical",
                help=_("Of this reserve form."),
            ),
        )
    ):
        command = option(command)
    return command


def stock_line(session: Session, depot: str, item: str, lot: str, form_: str) -> tuple[str, str]:
    """(id, unit) of a stock line that is there. Raises NoSuchRecord."""
    store = session.store
    id_ = reserve_id(store.find("depot", depot), store.find("item", item), lot, form_)
    row = store.row("reserve", id_)
    if row is None:
        raise NoSuchRecord(
            _("no stock line {id}").format(id=safe(id_)), hint=_("emergency reserve list shows them")
        )
    return id_, str(row["unit"] or "")


def milli_of(text: str, unit: str) -> int:
    """An amount as typed, in thousandths of the stock line's unit. Raises InvalidValue."""
    asked = units.parse_quantity(text, unit or None)
    return units.convert(asked.milli, asked.unit, unit) if unit and asked.unit else asked.milli


@click.command(
    "lend",
    cls=Verb,
    help=_(
        "Lend a station a quota of a stock line: it issues from that also while it is cut off, and no more."
    )
    + "\n\n"
    + _("The first who lends has the rest. A quota is given back by lending it back.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency reserve lend 丰台库 沙袋 --to FP --qty 300\n",
)
@line_option
@click.option("--to", required=True, metavar="STATION", help=_("Whom."))
@click.option("--qty", required=True, metavar="AMOUNT", help=_("How much of it."))
@click.option("--reason", default="", help=_("Why."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def lend(
    session: Session,
    depot: str,
    item: str,
    lot: str,
    form_: str,
    to: str,
    qty: str,
    reason: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """A right moves; the stock stays where it is (CASES 10)."""
    line, unit = stock_line(session, depot, item, lot, form_)
    station, milli = session.store.find("station", to), milli_of(qty, unit)
    with session.store.write("reserve lend", why=reason, dry_run=dry_run) as writer:
        quotas.lend(writer, line, station, milli, reason=reason)
    value = {"id": line, "to": station, "lent": milli / 1000, "unit": unit}
    said = _("{line}: {amount} lent to {station}").format(
        line=safe(line), amount=units.format_quantity(milli, unit).strip(), station=safe(station)
    )
    written(session, writer, dry_run, as_json, value, said, undoable=False)


@click.command(
    "quotas", cls=Verb, help=_("Who may issue how much of what, and that it adds up to the ledger.")
)
@as_of_option
@output_options
@pass_session
def quotas_(session: Session, form: Form) -> None:
    """The sum of what is left is the stock, whatever has been issued beyond."""
    store = session.store
    rows = []
    for found in quotas.lent(store.connection):
        unit = str((store.row("reserve", found.reserve) or {}).get("unit") or "")
        for share in found.shares:
            row = {"id": found.reserve, "station": share.station, "rest": share.station == found.rest_with}
            rows.append(
                {**row, **share._asdict(), "deficit": share.deficit, "quantity": found.quantity, "unit": unit}
            )
    figures = ("lent", "issued", "left", "deficit", "quantity")

    def figure(name: str, heading: str) -> Column:
        return Column(name, heading, lambda r: units.format_quantity(r[name], r["unit"]).strip())

    columns = [
        Column("id", _("Id"), lambda r: safe(r["id"])),
        Column(
            "station",
            _("Station"),
            lambda r: safe(r["station"]) + (f" ({_('the rest')})" if r["rest"] else ""),
        ),
        figure("lent", _("Lent")),
        figure("issued", _("Handed out")),
        figure("left", _("Left")),
        Column("deficit", _("Deficit"), lambda r: f"! {_amount(r)}" if r["deficit"] else ""),
        figure("quantity", _("Stock")),
    ]
    if not print_rows(form, rows, columns, lambda r: {**r, **{name: r[name] / 1000 for name in figures}}):
        session.note(_("no quota is lent"))


def _amount(row: Any) -> str:
    return units.format_quantity(row["deficit"], row["unit"]).strip()


@click.command("deficits", cls=Verb, help=_("What was issued beyond a quota and waits for approval."))
@as_of_option
@output_options
@pass_session
def deficits(session: Session, form: Form) -> None:
    """Each with the issues that made it, and the command that approves it."""
    store = session.store
    rows: list[dict[str, Any]] = []
    for found in quotas.lent(store.connection):
        line = store.row("reserve", found.reserve) or {}
        issues = quotas.issues_beyond(store.connection, found.reserve)
        for share in found.shares:
            if share.deficit:
                mine = [i for i in issues if i.station == share.station]
                rows.append(
                    {
                        "id": found.reserve,
                        "station": share.station,
                        "deficit": share.deficit,
                        "unit": str(line.get("unit") or ""),
                        "issues": mine,
                        "command": _command(line, share.station),
                    }
                )
    columns = [
        Column("id", _("Id"), lambda r: safe(r["id"])),
        Column("station", _("Station"), lambda r: safe(r["station"])),
        Column("deficit", _("Deficit"), _amount),
        Column("at", _("Since"), lambda r: times.format_time(r["issues"][0].at)[:16].replace("T", " ") if r["issues"] else ""),
        Column("reason", _("Reason"), lambda r: safe(clauses(i.reason for i in r["issues"]))),
        Column("command", _("Approve it"), lambda r: safe(r["command"])),
    ]  # fmt: skip
    if not print_rows(form, rows, columns, _plain):
        session.note(_("nothing was issued beyond a quota"))


def _command(line: dict[str, Any], station: str) -> str:
    import shlex

    more = ["--lot", str(line["lot"])] if line.get("lot") else []
    more += ["--form", str(line["form"])] if line.get("form") not in (None, "physical") else []
    words = ["emergency", "reserve", "approve", str(line.get("depot")), str(line.get("item")), *more]
    return shlex.join([*words, "--station", station, "--why"]) + " REASON"


def _plain(row: Any) -> dict[str, Any]:
    issues = [
        {
            "at": times.format_time(i.at),
            "quantity": i.quantity / 1000,
            "beyond": i.beyond / 1000,
            "reason": i.reason,
        }
        for i in row["issues"]
    ]
    return {**row, "deficit": row["deficit"] / 1000, "issues": issues}


@click.command(
    "approve",
    cls=Verb,
    help=_("Approve what a station issued beyond its quota: what was missing is lent to it from this one's.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency reserve approve 丰台库 沙袋 --station FP --why 抢险急用\n",
)
@line_option
@click.option("--station", required=True, metavar="STATION", help=_("Whose deficit."))
@click.option("--qty", metavar="AMOUNT", help=_("So much of it; else all."))
@click.option("--why", required=True, help=_("Why."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def approve(
    session: Session,
    depot: str,
    item: str,
    lot: str,
    form_: str,
    station: str,
    qty: str | None,
    why: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Only who has that much left can make it good."""
    line, unit = stock_line(session, depot, item, lot, form_)
    whose = session.store.find("station", station)
    asked = milli_of(qty, unit) if qty else None
    with session.store.write("reserve approve", why=why, dry_run=dry_run) as writer:
        amount = quotas.approve(writer, line, whose, asked, why=why)
    value = {"id": line, "station": whose, "approved": amount / 1000, "unit": unit}
    said = _("{line}: {amount} issued by {station} beyond its quota is approved").format(
        line=safe(line), amount=units.format_quantity(amount, unit).strip(), station=safe(whose)
    )
    written(session, writer, dry_run, as_json, value, said, undoable=False)


@click.command(
    "shipments", cls=Verb, help=_("Stock sent between depots: what was received, short and damaged.")
)
@as_of_option
@output_options
@pass_session
def shipments_(session: Session, form: Form) -> None:
    """Lines of transfer orders; they leave with callup depart and come in with callup arrive."""

    def figure(name: str, heading: str) -> Column:
        def show(row: Any) -> str:
            value = row[name]
            return "" if value is None else units.format_quantity(round(value * 1000), row["unit"]).strip()

        return Column(name, heading, show)

    columns = [
        Column("line", _("Line"), lambda r: safe(drilled(r, r["line"]))),
        Column("item", _("Item"), lambda r: safe(r["item"])),
        Column("source", _("From"), lambda r: safe(r["source"])),
        Column("target", _("To"), lambda r: safe(r["target"])),
        Column("state", _("State"), lambda r: wording.state_words(r["state"])),
        figure("sent", _("Sent")),
        figure("received", _("Received")),
        figure("short", _("Short")),
        figure("damaged", _("Damaged")),
        Column("note", _("Note"), lambda r: safe(r["note"])),
    ]
    rows = [shipments.told(one) for one in shipments.shipments(session.store)]
    if not print_rows(form, rows, columns, dict):
        session.note(_("nothing was sent between depots"))
