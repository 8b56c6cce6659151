"""`emergency callup`: orders from draft to return (rows F1, F2, F4, F5, F8, F10)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import click

from emergency.commands.callupsteps import incident_option, named, step_commands
from emergency.commands.catalog import commands
from emergency.commands.output import dump, json_option
from emergency.commands.register import register, written
from emergency.commands.session import Session, at_option, deadline, moment, pass_session
from emergency.store import assigning, gate, times
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError, Refused
from emergency.store.orders import Desk, Issued
from emergency.store.precedence import of_a_drill
from emergency.store.records import RECORDS
from emergency.store.records.callup import KINDS
from emergency.store.showing import drilled
from emergency.store.text import safe
from emergency.store.words import _, listed, told

cli = register("callup", help=commands()["callup"].help, importable=False)
del cli.commands["list"], cli.commands["show"], cli.commands["add"]
#: What may be changed of an order that was given; the rest is what was ordered.
CHANGEABLE = ("note", "report_to", "basis", "approver")


def _guard_set(change: Any) -> Any:
    """`callup set` of an order that is no draft changes only what does not change the order."""

    def guarded(**options: Any) -> Any:
        store = click.get_current_context().ensure_object(Session).store
        id_ = store.find("callup", options["which"])
        fixed = [
            name
            for name in (pair.split("=")[0].strip() for pair in options["pairs"])
            if RECORDS["callup"].field(name) is not None and name not in CHANGEABLE
        ]
        given = store.rows("SELECT 1 FROM line WHERE \"order\"=? AND state<>'draft'", (id_,))
        if fixed and given:
            raise Refused(
                _("order {id} is given: {field} is not changed any more").format(id=id_, field=fixed[0]),
                hint=_("emergency callup extend, reassign or supersede"),
            )
        return change(**options)

    return guarded


cli.commands["set"].callback = _guard_set(cli.commands["set"].callback)


def order_options(command: Any) -> Any:
    """What an order may ask for."""
    for option in reversed(
        (
            click.option("--incident", default="", metavar="I", help=_("For this incident.")),
            click.option(
                "--kind", type=click.Choice(list(KINDS)), default="callup", help=_("What sort of order.")
            ),
            click.option("--team", default="", metavar="T", help=_("From this team; alone: the whole team.")),
            click.option(
                "--equipment", multiple=True, metavar="TAG", help=_("This item: tag, plate or serial number.")
            ),
            click.option("--item", default="", metavar="ITEM", help=_("Stock of this kind.")),
            click.option("--qty", default="", metavar="N", help=_("How much of it.")),
            click.option(
                "--depot", default="", metavar="DEPOT", help=_("From this depot; else one that has enough.")
            ),
            click.option("--people", type=int, metavar="N", help=_("This many people.")),
            click.option("--report-to", default="", metavar="PLACE", help=_("Where to report.")),
            click.option(
                "--area", default="", metavar="AREA", help=_("Assigned to this area of the incident.")
            ),
            click.option("--by", metavar="TIME", help=_("By when: 90min, 18:00.")),
            click.option("--until", metavar="TIME", help=_("For how long.")),
            click.option("--basis", default="", help=_("Legal basis, such as EREL-73.")),
            click.option("--approver", default="", help=_("Who approved it.")),
            click.option("--ref", default="", help=_("Your own key: the same key orders once.")),
            click.option(
                "--answer-within",
                default="15min",
                show_default=True,
                metavar="TIME",
                help=_("To answer within."),
            ),
            click.option(
                "--override",
                default="",
                metavar="REASON",
                help=_("Go past a rule that allows it, and say why."),
            ),
            click.option("--note", default="", help=_("A note.")),
        )
    ):
        command = option(command)
    return command


def ask_from(options: Mapping[str, Any]) -> Ask:
    """The order that the options ask for."""
    return Ask(
        incident=options["incident"],
        kind=options["kind"],
        team=options["team"],
        equipment=tuple(options["equipment"]),
        item=options["item"],
        depot=options["depot"],
        quantity=options["qty"],
        people=options["people"],
        report_to=options["report_to"],
        by=deadline(options["by"]),
        until=deadline(options["until"]),
        basis=options["basis"],
        approver=options["approver"],
        ref=options["ref"],
        note=options["note"],
        answer_within=times.parse_duration(options["answer_within"]),
        override=options["override"],
        area=options["area"],
    )


def _give(session: Session, options: dict[str, Any], *, draft: bool) -> None:
    dry_run, as_json = options.pop("dry_run"), options.pop("as_json")
    at = moment(options.pop("at"))
    ask = ask_from(options)
    verb = "callup draft" if draft else "callup issue"
    with session.store.write(verb, at=at, why=ask.override, dry_run=dry_run) as writer:
        desk = Desk(writer)
        before = desk.again(ask)
        given = None if before else desk.issue(ask, at, draft=draft)
    if before:
        _already(session, before, as_json)
        return
    assert given is not None
    _warn(session, given)
    value = _plain(given, state="draft" if draft else "issued")
    said = _("order {id} drafted: {lines}") if draft else _("order {id} issued: {lines}")
    said = drilled(value, said.format(id=given.id, lines=listed(given.lines)))
    written(session, writer, dry_run, as_json, value, said)
    if not dry_run:
        session.hint(_("follow it: emergency callup show {id}").format(id=given.id))


def _warn(session: Session, given: Issued) -> None:
    """What an order takes from others, and what else speaks against it."""
    for warning in given.warnings:
        session.note(_("note: {text}").format(text=warning))


def _plain(given: Issued, **more: str) -> dict[str, Any]:
    """An order that was given or drafted, as JSON has it."""
    return {
        "id": given.id,
        "lines": list(given.lines),
        **more,
        "warnings": list(given.warnings),
        "exercise": given.exercise,
    }


def _already(session: Session, order: str, as_json: bool) -> None:
    if as_json:
        click.echo(dump({"id": order, "already": True}))
    else:
        click.echo(_("already ordered as {id}").format(id=order))


@cli.command(
    "issue",
    help=_("Give an order now.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency callup issue --incident FT-1 --team 房山排水一队 \\\n"
    "      --equipment BJ-0101 --people 6 --report-to 城关街道 --by 90min\n",
)
@order_options
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@at_option
@json_option
@pass_session
def issue(session: Session, /, **options: Any) -> None:
    """Checked and written in one transaction: claimed things are refused, naming the other order."""
    _give(session, options, draft=False)


@cli.command("draft", help=_("Write an order down without giving it; `issue-draft` gives it."))
@order_options
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@at_option
@json_option
@pass_session
def draft(session: Session, /, **options: Any) -> None:
    """A draft claims nothing."""
    _give(session, options, draft=True)


@contextlib.contextmanager
def _named(order: str) -> Iterator[None]:
    """What refuses one of several orders, with the order that it refuses."""
    try:
        yield
    except EmergencyError as error:
        error.message = told(safe(order), error.message) if order else error.message
        raise


@cli.command(
    "issue-draft",
    help=_(
        "Give orders that were drafted, checked again as of now: all of them, or none where one is refused."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency callup issue-draft FT-9 FT-10\n"
    "  emergency callup issue-draft --incident FT-1 --dry-run\n",
)
@click.argument("order", nargs=-1, metavar="[ORDER]...")
@incident_option
@click.option("--report-to", default="", metavar="PLACE", help=_("Report there, not where the draft says."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@at_option
@json_option
@pass_session
def issue_draft(
    session: Session,
    order: tuple[str, ...],
    incident: str,
    report_to: str,
    dry_run: bool,
    at: str | None,
    as_json: bool,
) -> None:
    """The drafts' lines are taken over as they stand."""
    happened = moment(at)
    with session.store.write("callup issue-draft", at=happened, dry_run=dry_run) as writer:
        desk, given = Desk(writer), []
        texts = list(named(writer, order, incident, "issue", whole=True))
        for text in texts:
            with _named(text if incident or len(texts) > 1 else ""):
                given.append(desk.issue_draft(text, happened, report_to))
            # What the next is checked against is what this one takes.
            writer.flush()
    for one in given:
        _warn(session, one)
    orders = [one.id for one in given]
    value = {
        "id": orders[0] if len(orders) == 1 else None,
        "orders": orders,
        "lines": [line for one in given for line in one.lines],
        "state": "issued",
        "warnings": [warning for one in given for warning in one.warnings],
        "exercise": any(one.exercise for one in given),
    }
    said = [
        drilled(one._asdict(), _("order {id} issued: {lines}").format(id=one.id, lines=listed(one.lines)))
        for one in given
    ]
    written(session, writer, dry_run, as_json, value, "\n".join(said), undoable=False)
    if not dry_run and not as_json:
        session.hint(_("take it back: emergency callup cancel {orders}").format(orders=" ".join(orders)))


@cli.command(
    "unrequested", help=_("Something arrived that nobody ordered: put it on record and into the count.")
)
@order_options
@at_option
@json_option
@pass_session
def unrequested(session: Session, /, **options: Any) -> None:
    """An order after the fact, its lines on scene from the start (row F8)."""
    as_json = options.pop("as_json")
    at = moment(options.pop("at"))
    ask = ask_from(options)._replace(note=options["note"] or "unrequested arrival 未经请求到场")
    with session.store.write("callup unrequested", at=at) as writer:
        order, *lines = gate.unrequested(writer, ask, at)
        drill = of_a_drill(writer.connection, lines[0])
    written(
        session,
        writer,
        False,
        as_json,
        value := {"id": order, "lines": lines, "state": "on_scene", "exercise": drill},
        drilled(value, _("{id} is on scene, unrequested").format(id=order)),
    )


for _verb in step_commands():
    cli.add_command(_verb)


@cli.command("assign", help=_("Assign lines to an area of their incident; with --area '' to none."))
@click.argument("order", metavar="ORDER[/LINE]", nargs=-1, required=True)
@click.option("--area", required=True, metavar="AREA", help=_("Its id or name."))
@json_option
@pass_session
def assign(session: Session, order: tuple[str, ...], area: str, as_json: bool) -> None:
    """Where a line works is changed as often as need be (row E6)."""
    with session.store.write("callup assign") as writer:
        lines = [line for text in order for line in assigning.assign(writer, text, area)]
    said = _("{lines} assigned to {area}") if area.strip() else _("{lines} assigned to no area")
    value = {"lines": lines, "area": area.strip() or None}
    text = said.format(lines=listed(lines), area=area.strip())
    drill = {"exercise": any(of_a_drill(session.store.connection, line) for line in lines)}
    written(session, writer, False, as_json, {**value, **drill}, drilled(drill, text), undoable=False)


def _reissue(session: Session, line: str, step: str, options: dict[str, Any]) -> None:
    """End a line by a step and give what it took to a new order, in one entry (row F8)."""
    as_json = options.pop("as_json")
    at = moment(options.pop("at"))
    ask = ask_from(options)
    with session.store.write(f"callup {step}", at=at, why=ask.note) as writer:
        given = Desk(writer).replace(line, ask, at, step)
    _warn(session, given)
    value = _plain(given, replaces=line.upper())
    said = _("{old} is now {new}").format(old=line.upper(), new=given.id)
    written(session, writer, False, as_json, value, drilled(value, said))


@cli.command("reassign", help=_("Move what is on scene to another incident: a new line, linked to the old."))
@click.argument("line", metavar="ORDER/LINE")
@order_options
@at_option
@json_option
@pass_session
def reassign(session: Session, /, line: str, **options: Any) -> None:
    """The new line begins on scene."""
    _reissue(session, line, "reassign", options)


@cli.command("supersede", help=_("Replace a line by another order for the same thing."))
@click.argument("line", metavar="ORDER/LINE")
@order_options
@at_option
@json_option
@pass_session
def supersede(session: Session, /, line: str, **options: Any) -> None:
    """The old line ends, and says by what."""
    _reissue(session, line, "supersede", options)


from emergency.commands.batch import batch  # noqa: E402  (its options stand in a file of its own)
from emergency.commands.callupreading import graph, list_, show  # noqa: E402  (the same)
from emergency.commands.ordercode import code, from_code  # noqa: E402  (the same)

for _verb in (list_, show, graph):
    cli.add_command(_verb)
cli.add_command(batch)
cli.add_command(code)
cli.add_command(from_code)
# Every register has an import; that of orders is the batch.
cli.add_command(batch, "import")
