"""`emergency incident`: open, log, change and close incidents; state what they need."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import json_option
from emergency.commands.register import register, written
from emergency.commands.session import Session, at_option, deadline, moment, pass_session
from emergency.commands.typed import Worded
from emergency.store import needs, places, times, wording
from emergency.store.errors import Refused
from emergency.store.records.steps import STATES
from emergency.store.records.types import Point
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.typed import region_code
from emergency.store.words import _, listed


def about(store: Store, row: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What an incident needs, how its orders stand, and its log (ICS 214)."""
    covers = needs.board(store, row["id"])
    states = store.connection.execute(
        'SELECT state, count(*) FROM line l JOIN callup c ON c.id = l."order" WHERE c.incident=? GROUP BY state',
        (row["id"],),
    ).fetchall()
    log_ = store.rows(
        "SELECT at, text FROM log WHERE kind='incident' AND id=? ORDER BY at, mark", (row["id"],)
    )
    lines = [
        (
            _("Need"),
            _("{what}: {required}, committed {committed}, short {short}").format(
                what=needs.label(store, c.need["what"]),
                required=needs.amount(c.need["amount"] or 0, c.need["unit"] or ""),
                committed=needs.amount(c.committed, c.need["unit"] or ""),
                short=needs.amount(c.short, c.need["unit"] or ""),
            ),
        )
        for c in covers
    ]
    by_state = {state: count for state, count in states if state in STATES}
    if by_state:
        words = listed(f"{wording.state_words(s)} {by_state[s]}" for s in STATES if s in by_state)
        lines.append((_("Order lines"), words))
    lines += [(_("Log"), f"{times.format_short(e['at'], times.now())} {e['text']}") for e in log_]
    value = {
        "needs": [
            {
                "what": c.need["what"],
                "required": (c.need["amount"] or 0) / 1000,
                "committed": c.committed / 1000,
                "short": c.short / 1000,
                "unit": c.need["unit"] or "",
            }
            for c in covers
        ],
        "lines": by_state,
        "log": [{"at": times.format_time(e["at"]), "text": e["text"]} for e in log_],
    }
    return value, lines


cli = register("incident", help=commands()["incident"].help, more=about)


@cli.command(
    "open",
    help=_("Open an incident; its response level is not the colour of a warning.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency incident open 房山暴雨洪水 --scenario flood --level II \\\n"
    "      --region 110111 --at 39.74,115.99\n",
)
@click.argument("title")
@click.option("--scenario", required=True, metavar="ID", help=_("One of the ten: emergency scenario list."))
@click.option("--level", required=True, type=Worded("incident", "level"), help=_("Response level."))
@click.option("--region", required=True, metavar="CODE", help=_("Where, by code or name."))
@click.option("--at", "position", metavar="LAT,LNG", help=_("The point, WGS-84."))
@click.option("--place", help=_("Where, in words."))
@click.option("--matter", help=_("What is responded to (Emergency Response Law 72)."))
@click.option("--period", help=_("How long it is expected to take (72)."))
@click.option("--measures", help=_("What is done (72)."))
@click.option("--exercise", is_flag=True, help=_("A drill: marked so wherever it is shown."))
@click.option("--opened", metavar="TIME", help=_("When, if not now."))
@json_option
@pass_session
def open_(
    session: Session,
    title: str,
    scenario: str,
    level: str,
    region: str,
    position: str | None,
    place: str | None,
    matter: str | None,
    period: str | None,
    measures: str | None,
    exercise: bool,
    opened: str | None,
    as_json: bool,
) -> None:
    """A response states its matter, level, period and measures (Emergency Response Law 72)."""
    store = session.store
    at = moment(opened)
    values: dict[str, Any] = {
        "title": title.strip() or None,
        "scenario": store.find("scenario", scenario),
        "level": level,
        "region": region_code(store, region),
        "at": Point.of(places.parse_point(position)) if position else None,
        "place": place,
        "matter": matter,
        "period": period,
        "measures": measures,
        "state": "open",
        "opened_at": at,
        "exercise": "yes" if exercise else None,
    }
    with store.write("incident open", at=at) as writer:
        id_ = writer.new("incident", values)
    said = _("incident {id} opened: {title}").format(id=id_, title=safe(title))
    value = {"id": id_, "title": title, "level": level, "exercise": exercise}
    written(session, writer, False, as_json, value, drilled(values, said))
    session.hint(
        _(
            "next: emergency incident propose {id}, or incident need {id} 'drainage>=20000m3/h' --by 60min"
        ).format(id=id_)
    )


def _incident(session: Session, text: str) -> dict[str, Any]:
    row = session.store.row("incident", session.store.find("incident", text))
    assert row is not None
    return row


def _open_incident(session: Session, text: str) -> dict[str, Any]:
    row = _incident(session, text)
    if row["state"] == "closed":
        raise Refused(_("incident {id} is closed").format(id=row["id"]))
    return row


@cli.command(
    "need",
    help=_("State what an incident needs: a capability, an item kind, people or teams.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency incident need FT-1 'drainage>=20000m3/h' --by 60min"
    "\n  emergency incident need FT-1 'people>=60' 'sandbag>=5000'\n",
)
@click.argument("incident")
@click.argument("what", nargs=-1, required=True, metavar="'WHAT>=AMOUNT'...")
@click.option("--by", metavar="TIME", help=_("By when: 60min, 18:00."))
@click.option("--place", help=_("Where it is needed."))
@click.option("--priority", type=Worded("need", "priority"), default="normal", help=_("Life safety first."))
@json_option
@pass_session
def need(
    session: Session,
    incident: str,
    what: tuple[str, ...],
    by: str | None,
    place: str | None,
    priority: str,
    as_json: bool,
) -> None:
    """Each need is a line of the ICS 215 board; all are stated, or none."""
    store = session.store
    row = _open_incident(session, incident)
    asked = [needs.parse(store, text) for text in what]
    when = deadline(by)
    if when is not None and when <= times.now():
        session.note(_("note: {time} has passed").format(time=times.format_short(when, times.now())))
    for before in needs.stated(store, row["id"], asked, place):
        session.note(
            _("note: {need} asks for {amount} {what} there already: both count").format(
                need=safe(before["id"]),
                amount=safe(needs.amount(int(before["amount"] or 0), str(before["unit"] or ""))),
                what=safe(needs.label(store, before["what"])),
            )
        )
    with store.write("incident need") as writer:
        ids = [
            writer.new("need", needs.record_values(a, row["id"], by=when, place=place, priority=priority))
            for a in asked
        ]
    stated = (
        _("{amount} {what}").format(amount=needs.amount(a.milli, a.unit), what=needs.label(store, a.what))
        for a in asked
    )
    said = _("{id} needs {listed}").format(id=row["id"], listed=listed(stated))
    value = {"id": ids[0], "ids": ids, "incident": row["id"], "exercise": row["exercise"] == "yes"}
    written(session, writer, False, as_json, value, drilled(row, said))


@cli.command("log", help=_("Write a line into the log of an incident; it is corrected only by a later one."))
@click.argument("incident")
@click.argument("text")
@at_option
@json_option
@pass_session
def log(session: Session, incident: str, text: str, at: str | None, as_json: bool) -> None:
    """ICS 214."""
    row = _incident(session, incident)
    id_ = row["id"]
    happened = moment(at)
    with session.store.write("incident log", at=happened) as writer:
        writer.log("incident", id_, text, happened)
    written(session, writer, False, as_json, {"id": id_}, drilled(row, _("logged on {id}").format(id=id_)))


@cli.command("level", help=_("Change the response level."))
@click.argument("incident")
@click.argument("level", metavar="LEVEL", type=Worded("incident", "level"))
@click.option("--why", default="", help=_("Why."))
@json_option
@pass_session
def level_(session: Session, incident: str, level: str, why: str, as_json: bool) -> None:
    """The level is a field like any other: its history stays."""
    row = _open_incident(session, incident)
    id_ = row["id"]
    with session.store.write("incident level", why=why) as writer:
        writer.set("incident", id_, {"level": level})
    written(
        session,
        writer,
        False,
        as_json,
        {"id": id_, "level": level},
        drilled(row, _("{id} is level {level}").format(id=id_, level=level)),
    )


@cli.command("close", help=_("Close an incident; refused while anything called up for it is still out."))
@click.argument("incident")
@click.option("--why", default="", help=_("Why."))
@at_option
@json_option
@pass_session
def close(session: Session, incident: str, why: str, at: str | None, as_json: bool) -> None:
    """What was requisitioned goes back when the response ends (Emergency Response Law 12)."""
    from emergency.store.following import follow

    row = _open_incident(session, incident)
    id_ = row["id"]
    out = follow(session.store, incident=id_, open_only=True)
    if out:
        lines = listed(r["id"] for r in out[:5]) + (" ..." if len(out) > 5 else "")
        raise Refused(
            _("{id} still has open lines: {lines}").format(id=id_, lines=lines),
            hint=_("release, return or cancel them first"),
        )
    happened = moment(at)
    with session.store.write("incident close", why=why, at=happened) as writer:
        writer.set("incident", id_, {"state": "closed", "closed_at": happened})
    written(
        session,
        writer,
        False,
        as_json,
        {"id": id_, "state": "closed"},
        drilled(row, _("incident {id} closed").format(id=id_)),
    )


@cli.command("reopen", help=_("Open a closed incident again."))
@click.argument("incident")
@click.option("--why", required=True, help=_("Why."))
@json_option
@pass_session
def reopen(session: Session, incident: str, why: str, as_json: bool) -> None:
    """A later entry, like every correction."""
    row = _incident(session, incident)
    id_ = row["id"]
    with session.store.write("incident reopen", why=why) as writer:
        writer.set("incident", id_, {"state": "open", "closed_at": None})
    written(
        session,
        writer,
        False,
        as_json,
        {"id": id_, "state": "open"},
        drilled(row, _("incident {id} is open again").format(id=id_)),
    )


from emergency.commands.checkin import check_in  # noqa: E402  (a file of its own)
from emergency.commands.proposing import propose  # noqa: E402  (the same)

cli.add_command(check_in)
cli.add_command(propose)
