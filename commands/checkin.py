"""`emergency incident check-in`: arrivals at the gate of a site, by tag, plate, order, short code or team (row I2)."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import dump_line
from emergency.commands.session import Session, at_option, moment, pass_session
from emergency.store import gate
from emergency.store.errors import EmergencyError, Exit
from emergency.store.showing import drilled, exercise_mark
from emergency.store.text import safe
from emergency.store.words import _


@click.command(
    "check-in",
    cls=Verb,
    help=_(
        "Note arrivals at an incident: each a tag, plate, order, line, short code or team. What was ordered here is on"
        " scene then; what was not is said, and put on record only with --anyway."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency incident check-in FT-1 BJ-0101 京A12345\n"
    "  emergency incident check-in FT-1 FT-12 --at 14:05\n",
)
@click.argument("incident")
@click.argument("what", nargs=-1, required=True)
@click.option("--anyway", is_flag=True, help=_("Also what nobody ordered here, or no register knows."))
@click.option("--place", help=_("Where exactly."))
@at_option
@click.option("--json", "as_json", is_flag=True, help=_("A result line for each, as NDJSON."))
@pass_session
def check_in(
    session: Session,
    incident: str,
    what: tuple[str, ...],
    anyway: bool,
    place: str | None,
    at: str | None,
    as_json: bool,
) -> int:
    """Exit 0 all noted, 5 some refused, 1 all refused."""
    store = session.store
    where, happened = store.find("incident", incident), moment(at)
    site = store.row("incident", where) or {}
    refused = 0
    for text in what:
        value: dict[str, Any] = {"text": text}
        try:
            with store.write("incident check-in", at=happened) as writer:
                take = gate.note if anyway else gate.arrive
                came = take(writer, where, text, happened, place=place)
                op = writer.op
            session.announce(writer)
            value |= {**came._asdict(), "lines": list(came.lines), "op": op}
            value |= {"exercise": bool(exercise_mark(site)), "said": drilled(site, came.said)}
        except EmergencyError as error:
            refused += 1
            value |= {"result": "refused", "code": error.code, "said": error.message, "hint": error.hint}
        if as_json:
            click.echo(dump_line(value))
        else:
            click.echo(f"{safe(text)}  {value['said']}")
            if value.get("hint"):
                session.note(value["hint"])
    return Exit.DONE if not refused else Exit.REFUSED if refused == len(what) else Exit.PARTLY_FAILED
