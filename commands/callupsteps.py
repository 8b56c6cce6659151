"""`emergency callup accept`, `cancel`, `release` and the like: a verb for each step of a line (rows F1, F8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import json_option
from emergency.commands.register import written
from emergency.commands.session import Session, at_option, deadline, moment, pass_session
from emergency.store import following, stepping, units, wording
from emergency.store.errors import InvalidValue
from emergency.store.lookup import find
from emergency.store.showing import drilled
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.store.writer import Writer

incident_option = click.option(
    "--incident", default="", metavar="I", help=_("All of this incident that can take the step.")
)


def named(
    writer: Writer, orders: Sequence[str], incident: str, step: str, *, whole: bool = False
) -> list[str]:
    """What is named by itself, each once, and what of an incident can take a step: its lines, or `whole` orders.

    Raises UsageError for nothing, NoSuchRecord, IllegalStep.
    """
    if not orders and not incident:
        raise click.UsageError(_("which orders? name them, or give --incident"))
    out = list(dict.fromkeys(orders))
    if incident:
        out += stepping.of_incident(writer, find(writer.connection, "incident", incident), step, whole=whole)
    return list(dict.fromkeys(out))


def _figure(text: str) -> int:
    asked = units.parse_quantity(text)
    if asked.unit:
        raise InvalidValue(_("the figure alone: its unit is that of the record"))
    return asked.milli


def _command(name: str, help_: str, extra: str) -> click.Command:
    """The verb of one step of the table in store/records/steps.py."""

    @click.command(name, cls=Verb, help=help_)
    @click.argument("order", metavar="[ORDER[/LINE]]...", nargs=-1)
    @incident_option
    @click.option("--note", help=_("A note, or the reason."))
    @click.option("--channel", help=_("How word came: phone, radio, beidou, paper, http."))
    @click.option("--until", metavar="TIME", hidden=extra != "until", help=_("The new end."))
    @click.option(
        "--qty",
        metavar="N",
        hidden=extra not in ("quantity", "place"),
        help=_(
            "How much, or how many, of it; of a stock transfer that arrives, how much came in good order."
        ),
    )
    @click.option(
        "--damaged", metavar="N", hidden=extra != "place", help=_("So much of a stock transfer came damaged.")
    )
    @click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
    @click.option("--place", hidden=extra != "place", help=_("Where, if not where the order says."))
    @at_option
    @json_option
    @pass_session
    def verb(
        session: Session,
        order: tuple[str, ...],
        incident: str,
        note: str | None,
        channel: str | None,
        until: str | None,
        qty: str | None,
        damaged: str | None,
        place: str | None,
        dry_run: bool,
        at: str | None,
        as_json: bool,
    ) -> None:
        happened = moment(at)
        channel = following.channel_code(channel) if channel else channel
        data: dict[str, Any] = {"note": note, "channel": channel, "place": place, "until": deadline(until)}
        if name == "partial" and not qty:
            raise click.UsageError(_("how much is accepted? give --qty"))
        if qty and name in ("partial", "return", "arrive"):
            data["received" if name == "arrive" else "quantity"] = _figure(qty)
        if damaged and name == "arrive":
            data["damaged"] = _figure(damaged)
        if incident and (qty or damaged):
            raise click.UsageError(
                _("how much is said of one order: --incident goes without --qty and --damaged")
            )
        why = note or ""
        with session.store.write(f"callup {name}", at=happened, why=why, dry_run=dry_run) as writer:
            texts = named(writer, order, incident, name)
            moved = stepping.take_all(writer, texts, name, happened, **data)
        for m in moved:
            if m.note:
                session.note(_("note: {text}").format(text=m.note))
        if name == "decline" and not note:
            session.note(_("note: no reason was given: --note says why"))
        value = {
            "lines": [
                {"line": m.line, "from": m.before, "state": m.after, "exercise": m.exercise} for m in moved
            ]
        }
        said = "\n".join(
            drilled(
                m._asdict(),
                f"{m.line}  {wording.taken(session.store, m.line, name, m.before, m.after)}",
            )
            for m in moved
        )
        written(session, writer, dry_run, as_json, value, said)

    return verb


_STEPS = (
    ("ack", _("The team has the order."), ""),
    ("accept", _("The team accepts; what it sends is committed."), ""),
    ("partial", _("The team accepts part of a line."), "quantity"),
    ("provisional", _("The team will probably come, and says on what it depends."), ""),
    ("defer", _("The team will answer later."), ""),
    ("decline", _("The team declines, and says why; the shortfall returns to the need."), ""),
    ("unable", _("Nobody can fill this line."), ""),
    ("depart", _("It has left its base."), ""),
    ("arrive", _("It is on scene."), "place"),
    ("mistaken", _("It is not there: the arrival was noted by mistake, and it counts as on its way."), ""),
    ("release", _("The incident lets it go."), ""),
    ("return", _("It is home again; what it claimed is free."), "quantity"),
    ("close", _("The line is done with."), ""),
    ("cancel", _("Take an order back before anything has left its base."), ""),
    ("extend", _("It is needed longer."), "until"),
    ("recall", _("Its owner asks for it back."), ""),
    ("contact", _("Somebody tried to reach the team, by --channel."), ""),
    ("deliver", _("The order has come to them, by --channel; nothing else changes."), ""),
)


def step_commands() -> list[click.Command]:
    """A verb for each of them."""
    return [_command(name, help_, extra) for name, help_, extra in _STEPS]
