"""`emergency callup code` and `from-code`: an order as a short code for SMS, Beidou and voice (row F11)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, at_option, moment, pass_session
from emergency.store.records.callup import CODE_CHANNELS, LEAVABLE
from emergency.store.records.incident import EXERCISE_MARK
from emergency.store.text import safe
from emergency.store.words import _, listed, told

if TYPE_CHECKING:
    from emergency.store.ordercode import CodedOrder

#: What each channel takes in one message, in bytes: Beidou-3 560 and 14,000 bits, one SMS 140 octets.
ROOM = {"beidou-global": 70, "beidou-regional": 1750, "sms": 140}

#: More than any code typed with blanks and line breaks; what is longer is another file.
MOST_TYPED = 4096


def _rooms() -> dict[str, str]:
    """What a person calls each of those channels."""
    from emergency.store.following import channel_words

    return {
        "beidou-global": _("Beidou global"),
        "beidou-regional": _("Beidou regional"),
        "sms": channel_words("sms"),
    }


@click.command(
    "code",
    cls=Verb,
    help=_(
        "Print an order as a short code of at most 70 bytes: for a Beidou message, an SMS, or to be read out."
        " It has check characters, and words for the receiver to read back."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency callup code FT-5\n  emergency callup code FT-5 --leave-out approver\n",
)
@click.argument("order", metavar="ORDER[/LINE]")
@click.option(
    "--leave-out",
    "leave_out",
    multiple=True,
    type=click.Choice(LEAVABLE),
    help=_("Leave this out, so that the rest fits; the code says that it was."),
)
@json_option
@pass_session
def code(session: Session, order: str, leave_out: tuple[str, ...], as_json: bool) -> None:
    """What does not fit is said here, before anything is sent."""
    from emergency.store import deliveries, ordercode, symbols

    sent = deliveries.coded(session.store, order, leave_out)
    text = ordercode.encode(sent)
    never = deliveries.never_carried(session.store, sent.id)
    if never:
        session.note(_("note: no code carries {fields}").format(fields=listed(never)))
    back = symbols.read_back(text)
    parts = symbols.groups(text)
    if as_json:
        value = {
            "order": sent.id,
            "code": text,
            "bytes": len(text),
            "most": ordercode.MOST_BYTES,
            "version": ordercode.VERSION,
            "groups": parts,
            "spoken": {tongue: [symbols.said(p, tongue) for p in parts] for tongue in ("en", "zh")},
            "read_back": _read_back(back),
            "says": _plain(sent),
            "not_carried": never,
            "channels": [
                {"channel": name, "bytes": most, "fits": len(text) <= most} for name, most in ROOM.items()
            ],
        }
        click.echo(dump(value))
        return
    click.echo(text)
    click.echo()
    said = _("{count} of {most} bytes; fits {channels}")
    fits = listed(_rooms()[name] for name, most in ROOM.items() if len(text) <= most)
    click.echo(said.format(count=len(text), most=ordercode.MOST_BYTES, channels=fits))
    for line in _notices(sent):
        click.echo(line)
    click.echo(_("to be read out, group by group:"))
    for number, part in enumerate(parts, 1):
        click.echo(f"{number:3}  {part:5}  {' '.join(symbols.said(part))}")
    click.echo(
        _("the receiver reads back: {code}  {words}").format(code=back, words=" ".join(symbols.said(back)))
    )


@click.command(
    "from-code",
    cls=Verb,
    help=_(
        "Take in an order that came as a short code, and put the delivery on record. An order that is here"
        " already stays one order."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency callup from-code 1GME9-G0D6B-M18K8 ...\n"
    "  emergency callup from-code - --channel beidou < message.txt\n",
)
@click.argument("text", metavar="CODE...|-", nargs=-1, required=True)
@click.option(
    "--channel",
    type=click.Choice(CODE_CHANNELS),
    default="sms",
    show_default=True,
    help=_("What it came by."),
)
@at_option
@json_option
@pass_session
def from_code(session: Session, text: tuple[str, ...], channel: str, at: str | None, as_json: bool) -> None:
    """Blanks, hyphens, lower case and full width are all one; a wrong character never is."""
    from emergency.commands.register import written
    from emergency.store import delivered, deliveries, ordercode, symbols

    order = ordercode.decode(_typed(text))
    typed = ordercode.encode(order)
    happened = moment(at)
    with session.store.write("callup from-code", at=happened, why=f"code {typed}") as writer:
        came = deliveries.take_in(writer, order, happened, channel)
    back = symbols.read_back(typed)
    count = len(delivered.deliveries(session.store, order.id))
    value = {
        "id": order.id,
        "new": list(came.added),
        "deliveries": count,
        "channel": channel,
        "differs": {name: {"here": here, "code": said} for name, (here, said) in came.differs.items()},
        "read_back": _read_back(back),
        "says": _plain(order),
    }
    if came.added:
        said = _("order {id} taken in: {lines}").format(id=order.id, lines=listed(came.added))
    else:
        said = _("order {id} is here already; delivery {count} is on record").format(id=order.id, count=count)
    lines = [said, *_notices(order), *_summary(session, order)]
    lines.append(_("read back: {code}  {words}").format(code=back, words=" ".join(symbols.said(back))))
    for name, (here, said) in came.differs.items():
        session.note(
            _("note: {field} is {here} here, {said} in the code").format(field=name, here=here, said=said)
        )
    written(session, writer, False, as_json, value, "\n".join(lines))


def _typed(text: tuple[str, ...]) -> str:
    if text != ("-",):
        return " ".join(text)
    return sys.stdin.buffer.read(MOST_TYPED).decode("utf-8", "replace")


def _read_back(back: str) -> dict[str, Any]:
    from emergency.store import symbols

    return {"code": back, "en": symbols.said(back, "en"), "zh": symbols.said(back, "zh")}


def _notices(order: CodedOrder) -> list[str]:
    """What nobody may overlook: a drill, a sample, a part, what was left out."""
    out = [EXERCISE_MARK] * order.exercise + ["SAMPLE 样例"] * order.sample
    if not order.whole:
        numbers = listed(f"{order.id}/{line.number}" for line in order.lines)
        out.append(_("only part of the order: {lines}").format(lines=numbers))
    if order.left_out:
        out.append(_("left out: {fields}").format(fields=listed(sorted(order.left_out))))
    return out


def _plain(order: CodedOrder) -> dict[str, Any]:
    """What a code says, as JSON; times in Beijing time, to the minute."""
    from emergency.store import times

    value: dict[str, Any] = {
        name: getattr(order, name) for name in ("id", "kind", "incident", "report_to", "basis", "approver")
    }
    for name in ("issued", "by", "until", "ack_by"):
        minute = getattr(order, name)
        value[name] = None if minute is None else times.format_time(minute * times.MINUTE)
    value |= {"exercise": order.exercise, "sample": order.sample}
    value |= {"whole": order.whole, "left_out": sorted(order.left_out)}
    value["lines"] = [
        {
            **line._asdict(),
            "id": f"{order.id}/{line.number}",
            "quantity": None if line.quantity is None else line.quantity / 1000,
        }
        for line in order.lines
    ]
    return value


def _summary(session: Session, order: CodedOrder) -> list[str]:
    """The order in words, to be read to whoever must carry it out."""
    from emergency.commands.orderview import line_team, line_what
    from emergency.store import following, times, wording

    out = []
    for label, text in (
        (_("Incident"), order.incident),
        (_("Report to"), order.report_to),
        (_("By"), times.format_time(order.by * times.MINUTE)[:16].replace("T", " ") if order.by else None),
        (_("Legal basis"), order.basis),
        (_("Approved by"), order.approver),
    ):
        if text:
            out.append("  " + told(label, safe(text)))
    mine = {f"{order.id}/{line.number}" for line in order.lines}
    for row in following.follow(session.store, order=order.id):
        if row["id"] in mine:
            parts = (safe(row["id"]), line_team(row), line_what(row), wording.state_words(row["state"]))
            out.append("  " + "  ".join(p for p in parts if p))
    return out
