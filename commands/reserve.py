"""`emergency reserve`: stock as a ledger of movements and counts (rows C1, C2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import Column, Form, json_option, output_options, print_rows
from emergency.commands.register import register, written
from emergency.commands.session import Session, as_of_option, at_option, moment, pass_session
from emergency.store import quotas, stocktaking, times, units
from emergency.store.checks import held_by
from emergency.store.errors import InvalidValue, NoSuchRecord, Refused
from emergency.store.records import BY_NAME
from emergency.store.records.reserve import FORMS, reserve_id
from emergency.store.records.types import Date
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, listed

if TYPE_CHECKING:
    from emergency.store.writer import Writer

FORM = BY_NAME["reserve"]["form"]
cli = register("reserve", help=commands()["reserve"].help)


def _stock_line(store: Store, depot: str, item: str, lot: str, form: str) -> tuple[str, str, str, str]:
    """(depot, item, stock line, unit) of what was typed."""
    depot_id, item_id = store.find("depot", depot), store.find("item", item)
    row = store.row("item", item_id)
    return depot_id, item_id, reserve_id(depot_id, item_id, lot, form), str((row or {}).get("unit") or "")


def _lots(writer: Writer, depot: str, item: str, line: str) -> list[str]:
    """The lots of an item in a depot that have something, those that expire first first."""
    rows = writer.connection.execute(
        "SELECT lot FROM reserve WHERE depot=? AND item=? AND id<>? AND lot IS NOT NULL AND quantity > 0"
        " AND retired IS NULL ORDER BY expires IS NULL, expires, id LIMIT 5",
        (depot, item, line),
    )
    return [str(lot) for (lot,) in rows]


def _amount(text: str, unit: str) -> int:
    """A signed amount in thousandths of the item's unit. Raises InvalidValue."""
    asked = units.parse_quantity(text, unit or None)
    return units.convert(asked.milli, asked.unit, unit) if unit and asked.unit else asked.milli


def _beyond(writer: Writer, line: str, unit: str, milli: int, over: int) -> Refused:
    return Refused(
        _("{line}: the quota of {station} is short by {over} for {asked}").format(
            line=safe(line),
            station=safe(quotas.here(writer.connection)),
            over=units.format_quantity(over, unit).strip(),
            asked=units.format_quantity(-milli, unit).strip(),
        ),
        hint=_("if it has left all the same: --deficit records it, to be approved"),
    )


def _refuse_unbacked(
    writer: Writer, depot: str, item: str, line: str, unit: str, lot: str, have: int, milli: int
) -> None:
    """Refuse what the stock line has not, or has promised to orders."""
    held = held_by(writer, line)
    lots = _lots(writer, depot, item, line) if not have and not lot else []
    if have + milli < 0:
        raise Refused(
            _("{line} holds {have}: {asked} cannot leave it").format(
                line=safe(line),
                have=units.format_quantity(have, unit).strip(),
                asked=units.format_quantity(-milli, unit).strip(),
            ),
            hint=_("there are lots: --lot {lots}").format(lots=listed(map(safe, lots)))
            if lots
            else _("count it first if the shelf says otherwise: emergency reserve count"),
        )
    if held and have + milli < sum(milli_held for _line, milli_held in held):
        raise Refused(
            _("{line} holds {have}, of which {held} is ordered by {orders}: {asked} cannot leave it").format(
                line=safe(line),
                have=units.format_quantity(have, unit).strip(),
                held=units.format_quantity(sum(m for _line, m in held), unit).strip(),
                orders=listed(order for order, _milli in held[:5]),
                asked=units.format_quantity(-milli, unit).strip(),
            ),
            hint=_("it leaves with its order: emergency callup depart; or cancel the order"),
        )


@cli.command(
    "move",
    context_settings={"ignore_unknown_options": True},
    help=_("Stock comes in or goes out of a depot; a reason is kept.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency reserve move 丰台库 沙袋 --qty -200 --reason 防汛演练\n",
)
@click.argument("depot")
@click.argument("item")
@click.option(
    "--qty",
    required=True,
    metavar="AMOUNT",
    help=_("Signed, with a unit if not the item's own: -200, +1.5t."),
)
@click.option("--reason", required=True, help=_("Why."))
@click.option("--lot", default="", help=_("Of this lot."))
@click.option(
    "--form", "form_", type=click.Choice(list(FORMS)), default="physical", help=_("Of this reserve form.")
)
@click.option(
    "--deficit",
    is_flag=True,
    help=_("It has left although the quota is used up: all of it is recorded, to be approved."),
)
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@at_option
@json_option
@pass_session
def move(
    session: Session,
    depot: str,
    item: str,
    qty: str,
    reason: str,
    lot: str,
    form_: str,
    deficit: bool,
    dry_run: bool,
    at: str | None,
    as_json: bool,
) -> None:
    """A movement is a fact; two stations moving apart add up after they meet (CASES 10)."""
    store = session.store
    depot_id, item_id, line, unit = _stock_line(store, depot, item, lot, form_)
    milli = _amount(qty, unit)
    if milli == 0:
        raise InvalidValue(_("a movement of nothing moves nothing"))
    happened = moment(at)
    with store.write("reserve move", why=reason, at=happened, dry_run=dry_run) as writer:
        row = writer.connection.execute(
            "SELECT coalesce(quantity, 0) FROM reserve WHERE id=?", (line,)
        ).fetchone()
        have = int(row[0]) if row else 0
        over = quotas.beyond(writer.connection, line, -milli) if milli < 0 else None
        if deficit and over is None:
            raise InvalidValue(
                _("no quota of {line} is lent: there is none to go beyond").format(line=safe(line))
            )
        if over and not deficit:
            raise _beyond(writer, line, unit, milli, over)
        if milli < 0 and over is None:
            _refuse_unbacked(writer, depot_id, item_id, line, unit, lot, have, milli)
        if row is None:
            values = {"depot": depot_id, "item": item_id, "lot": lot or None, "unit": unit or None}
            writer.new("reserve", {**values, "form": None if form_ == "physical" else form_}, line)
        writer.move(line, milli, reason=reason, deficit=over or None)
    now_ = have + milli
    value = {"id": line, "moved": milli / 1000, "quantity": now_ / 1000, "unit": unit}
    if over is not None:
        value["deficit"] = over / 1000
    said = _("{line}: {quantity} now").format(
        line=safe(line), quantity=units.format_quantity(now_, unit).strip()
    )
    written(session, writer, dry_run, as_json, value, said)


@cli.command("count", help=_("The stock was counted: this is what is on the shelf; the difference is kept."))
@click.argument("depot")
@click.argument("item")
@click.option("--qty", required=True, metavar="AMOUNT", help=_("What was counted."))
@click.option("--reason", default="", help=_("Why."))
@click.option("--lot", default="", help=_("Of this lot."))
@click.option(
    "--form", "form_", type=click.Choice(list(FORMS)), default="physical", help=_("Of this reserve form.")
)
@at_option
@json_option
@pass_session
def count(
    session: Session,
    depot: str,
    item: str,
    qty: str,
    reason: str,
    lot: str,
    form_: str,
    at: str | None,
    as_json: bool,
) -> None:
    """Movements that the counter had not heard of still count on top of it."""
    store = session.store
    depot_id, item_id, line, unit = _stock_line(store, depot, item, lot, form_)
    milli = _amount(qty, unit)
    if milli < 0:
        raise InvalidValue(_("a count is not negative"))
    happened = moment(at)
    with store.write("reserve count", why=reason, at=happened) as writer:
        if at:
            stocktaking.refuse_moved_since(writer.connection, line, happened)
        if writer.connection.execute("SELECT 1 FROM reserve WHERE id=?", (line,)).fetchone() is None:
            values = {"depot": depot_id, "item": item_id, "lot": lot or None, "unit": unit or None}
            writer.new("reserve", {**values, "form": None if form_ == "physical" else form_}, line)
        writer.count(line, milli, reason=reason or None)
    value = {"id": line, "quantity": milli / 1000, "unit": unit}
    said = _("{line}: {quantity} now").format(
        line=safe(line), quantity=units.format_quantity(milli, unit).strip()
    )
    written(session, writer, False, as_json, value, said)


@cli.command(
    "gaps", help=_("What is below its minimum or target, and lots that run out, soonest first (row C2).")
)
@click.option(
    "--within", default="30d", show_default=True, metavar="TIME", help=_("Lots that run out within.")
)
@as_of_option
@output_options
@pass_session
def gaps(session: Session, within: str, form: Form) -> None:
    """Physical, agreed and capacity reserves are told apart, never summed as one (row C3)."""
    store = session.store
    until = times.format_time(times.now() + times.parse_duration(within))[:10]
    last = Date.last_day_sql("expires")
    rows: list[dict[str, Any]] = store.rows(
        "SELECT * FROM reserve WHERE retired IS NULL AND (coalesce(quantity, 0) < minimum"
        f" OR coalesce(quantity, 0) < target OR {last} <= ?) ORDER BY expires IS NULL, {last}, id",
        (until,),
    )

    def figure(row: Any, name: str) -> str:
        return "" if row[name] is None else units.format_quantity(row[name], row["unit"] or "").strip()

    def short(row: Any) -> int:
        return max(0, max(row["minimum"] or 0, row["target"] or 0) - (row["quantity"] or 0))

    shown = [
        Column("id", _("Id"), lambda r: safe(r["id"])),
        Column("form", _("Form"), lambda r: FORM.type.show(r["form"] or "physical")),
        Column("quantity", _("Quantity"), lambda r: figure(r, "quantity")),
        Column("minimum", _("Minimum"), lambda r: figure(r, "minimum")),
        Column("target", _("Target"), lambda r: figure(r, "target")),
        Column("short", _("Short"), lambda r: units.format_quantity(short(r), r["unit"] or "").strip()),
        Column("expires", _("Expires"), lambda r: r["expires"] or ""),
    ]

    def as_plain(row: Any) -> dict[str, Any]:
        figures = {k: None if row[k] is None else row[k] / 1000 for k in ("quantity", "minimum", "target")}
        kept = {k: row[k] for k in ("id", "depot", "item", "lot", "form", "unit", "expires")}
        return {**kept, **figures, "short": short(row) / 1000}

    if not print_rows(form, rows, shown, as_plain):
        session.note(_("nothing is short and nothing runs out"))


@cli.command(
    "ledger",
    help=_("Every movement and count of a stock line: of its id, or of a depot and an item.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency reserve ledger 丰台库 沙袋\n  emergency reserve ledger FT-5/sandbag\n",
)
@click.argument("which", nargs=-1, required=True, metavar="LINE|DEPOT ITEM")
@click.option("--lot", default="", help=_("Of this lot."))
@click.option(
    "--form", "form_", type=click.Choice(list(FORMS)), default="physical", help=_("Of this reserve form.")
)
@as_of_option
@output_options
@pass_session
def ledger(session: Session, which: tuple[str, ...], lot: str, form_: str, form: Form) -> None:
    """The sum of these is the stock."""
    import json

    store = session.store
    if len(which) > 2:
        raise click.UsageError(_("a stock line is its id, or a depot and an item"))
    line = which[0] if len(which) == 1 else _stock_line(store, which[0], which[1], lot, form_)[2]
    if store.row("reserve", line) is None:
        raise NoSuchRecord(
            _("no stock line {id}").format(id=safe(line)), hint=_("emergency reserve list shows them")
        )
    rows = store.rows("SELECT * FROM movement WHERE reserve=? ORDER BY at, mark", (line,))

    def why(row: Any) -> str:
        return str(json.loads(row["data"]).get("reason", "")) if row["data"] else ""

    shown = [
        Column("at", _("Happened"), lambda r: times.format_time(r["at"])),
        Column("what", _("What"), lambda r: _("count") if r["is_count"] else _("movement")),
        Column("quantity", _("Quantity"), lambda r: units.format_quantity(r["quantity"], "").strip()),
        Column("reason", _("Reason"), lambda r: safe(why(r))),
    ]
    print_rows(
        form,
        rows,
        shown,
        lambda r: {
            "at": times.format_time(r["at"]),
            "what": "count" if r["is_count"] else "move",
            "quantity": r["quantity"] / 1000,
            "reason": why(r),
        },
    )


from emergency.commands.quota import approve, deficits, lend, quotas_, shipments_  # noqa: E402  (a file of its own)

for _verb in (lend, quotas_, deficits, approve, shipments_):
    cli.add_command(_verb)
