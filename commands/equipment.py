"""`emergency equipment`: the register, and what is done to single items."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.register import register, written
from emergency.commands.session import Session, at_option, deadline, moment, pass_session
from emergency.store.errors import InvalidValue
from emergency.store.merging import merge_into
from emergency.store.records import BY_NAME
from emergency.store.records.equipment import CUSTODY, SERVICEABILITY
from emergency.store.text import safe
from emergency.store.words import _

cli = register("equipment", help=commands()["equipment"].help)


@cli.command("report", help=_("Report the state of an item: serviceability, hours, odometer, fuel."))
@click.argument("tag")
@click.option("--serviceability", type=click.Choice(list(SERVICEABILITY)), help=_("Its serviceability."))
@click.option("--hours", type=click.IntRange(0, 10**7), help=_("Hours run."))
@click.option("--odometer", type=click.IntRange(0, 10**8), help=_("Kilometres."))
@click.option("--fuel", type=click.IntRange(0, 100), help=_("Per cent."))
@click.option("--note", help=_("A note."))
@at_option
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
@pass_session
def report(
    session: Session,
    tag: str,
    serviceability: str | None,
    hours: int | None,
    odometer: int | None,
    fuel: int | None,
    note: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Reports lower or raise an axis of the item; the others stay as they are."""
    store = session.store
    id_ = store.find("equipment", tag)
    happened = moment(at)
    told = {
        "serviceability": serviceability,
        "hours": hours,
        "odometer": odometer,
        "fuel": fuel,
        "note": note,
    }
    values = {k: v for k, v in told.items() if v is not None}
    if not values:
        raise InvalidValue(_("nothing to report"), hint="--serviceability, --hours, --odometer, --fuel")
    with store.write("equipment report", at=happened) as writer:
        writer.set("equipment", id_, {**values, "reported_at": happened})
    written(session, writer, False, as_json, {"id": id_}, _("reported on {id}").format(id=id_))


@cli.command("hand-over", help=_("Hand an item from one custodian to another; both are recorded."))
@click.argument("tag")
@click.option("--to", required=True, metavar="WHO", help=_("Who takes it."))
@click.option("--from", "giver", required=True, metavar="WHO", help=_("Who gives it."))
@click.option(
    "--custody",
    type=click.Choice(list(CUSTODY)),
    default="on_loan",
    show_default=True,
    help=_("Where that leaves it."),
)
@click.option("--hours", type=click.IntRange(0, 10**7), help=_("Hours run."))
@click.option("--odometer", type=click.IntRange(0, 10**8), help=_("Kilometres."))
@click.option("--fuel", type=click.IntRange(0, 100), help=_("Per cent."))
@at_option
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
@pass_session
def hand_over(
    session: Session,
    tag: str,
    to: str,
    giver: str,
    custody: str,
    hours: int | None,
    odometer: int | None,
    fuel: int | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Custody changes; serviceability, commitment and crew do not (row B5)."""
    store = session.store
    id_ = store.find("equipment", tag)
    happened = moment(at)
    told = {"hours": hours, "odometer": odometer, "fuel": fuel}
    values: dict[str, str | int | None] = {k: v for k, v in told.items() if v is not None}
    for text in _doubts(store.row("equipment", id_) or {}, giver, values):
        session.note(_("note: {text}").format(text=text))
    with store.write("equipment hand-over", at=happened, why=f"hand-over by {giver}") as writer:
        writer.set("equipment", id_, {**values, "custody": custody, "custodian": to})
        writer.log("equipment", id_, f"{giver} -> {to}")
    written(session, writer, False, as_json, {"id": id_}, _("{id} is with {to}").format(id=id_, to=to))


def _doubts(row: dict[str, Any], giver: str, values: dict[str, str | int | None]) -> list[str]:
    """What of a hand-over does not fit with what was known of the item."""
    out = []
    if row.get("custodian") and row["custodian"] != giver:
        out.append(
            _("{id} was with {custodian}, not {giver}").format(
                id=row["id"], custodian=safe(row["custodian"]), giver=safe(giver)
            )
        )
    for name in ("hours", "odometer"):
        told, known = values.get(name), row.get(name)
        if told is not None and known is not None and int(told) < known:
            out.append(
                _("{field} goes back from {known} to {told}").format(
                    field=BY_NAME["equipment"][name].label, known=known, told=told
                )
            )
    return out


@cli.command(
    "lease",
    help=_("Let one station alone order an item until a time, also while it is cut off (CASES 3, 4).")
    + f"\n\n\b\n{_('Examples:')}\n  emergency equipment lease BJ-0101 --to FP --until '+12h'\n"
    "  emergency equipment lease BJ-0101 --end\n",
)
@click.argument("tag")
@click.option("--to", metavar="STATION", help=_("Which station."))
@click.option(
    "--until", metavar="TIME", help=_("Until when; others may order it a quarter of an hour later.")
)
@click.option("--end", is_flag=True, help=_("Give it back before its end, at the station that has it."))
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
@pass_session
def lease(session: Session, tag: str, to: str | None, until: str | None, end: bool, as_json: bool) -> None:
    """The promise reaches the station by the next round or stick; before that it helps nobody."""
    from emergency.store import claims, leases, times

    store = session.store
    id_ = claims.canonical(store.connection, claims.thing("equipment", store.find("equipment", tag)))
    id_ = id_.partition(":")[2]
    if end == bool(to or until) or (not end and not (to and until)):
        raise click.UsageError(_("give --to and --until, or --end"))
    with store.write("equipment lease") as writer:
        if end:
            leases.give_back(writer, id_)
            said = _("{id} is leased no more").format(id=id_)
            value = {"id": id_, "leased_to": None, "until": None}
        else:
            station, last = store.find("station", str(to)), deadline(until)
            assert last is not None
            leases.give(writer, id_, station, last)
            shown = times.format_time(last)
            said = _("{id} is leased to {station} until {time}").format(id=id_, station=station, time=shown)
            value = {"id": id_, "leased_to": station, "until": shown}
    written(session, writer, False, as_json, value, said)


@cli.command("merge", help=_("One thing registered twice: OTHER counts under TAG from now on (CASES 12)."))
@click.argument("tag")
@click.argument("other")
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
@pass_session
def merge(session: Session, tag: str, other: str, dry_run: bool, as_json: bool) -> None:
    """Both codes keep their meaning: whoever names OTHER gets TAG."""
    store = session.store
    keep, gone = store.find("equipment", tag), store.find("equipment", other)
    with store.write("equipment merge", dry_run=dry_run) as writer:
        filled = merge_into(store, writer, keep, gone)
    written(
        session,
        writer,
        dry_run,
        as_json,
        {"id": keep, "alias": gone, "filled": sorted(filled)},
        _("{other} is {id}").format(other=gone, id=keep),
    )


@cli.command("check-in", help=_("An item has arrived somewhere: at an incident, expected or not (CASES 6)."))
@click.argument("tag")
@click.option("--incident", required=True, metavar="INCIDENT", help=_("Where it stands now."))
@click.option("--place", help=_("Where exactly."))
@at_option
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
@pass_session
def check_in(
    session: Session, tag: str, incident: str, place: str | None, at: str | None, as_json: bool
) -> None:
    """Custody is a fact and wins; an order that says otherwise becomes a task for a person."""
    from emergency.store import gate

    store = session.store
    id_, where = store.find("equipment", tag), store.find("incident", incident)
    happened = moment(at)
    with store.write("equipment check-in", at=happened) as writer:
        gate.seen(writer, id_, where, happened, place)
    written(
        session,
        writer,
        False,
        as_json,
        {"id": id_, "incident": where},
        _("{id} is at {place}").format(id=id_, place=where),
    )


from emergency.commands.inspecting import due, inspect  # noqa: E402  (a file of its own)

cli.add_command(inspect)
cli.add_command(due)
