"""`emergency duty`: readiness reports, and the duty roster (rows A4, A6)."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import Column, Form, json_option, output_options, print_rows
from emergency.commands.present import columns, plain
from emergency.commands.register import register, written
from emergency.commands.session import Session, as_of_option, at_option, moment, pass_session
from emergency.commands.typed import Worded
from emergency.store import times
from emergency.store.errors import InvalidValue
from emergency.store.records import BY_NAME, RECORDS
from emergency.store.text import safe
from emergency.store.words import _

cli = register("duty", help=commands()["duty"].help)


@cli.command(
    "report",
    help=_("Report a team's readiness and how many of its people stand ready.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency duty report 房山排水一队 --readiness ready --headcount 32\n",
)
@click.argument("team")
@click.option("--readiness", required=True, type=Worded("team", "readiness"), help=_("How ready it is."))
@click.option("--headcount", required=True, type=click.IntRange(0, 1_000_000), help=_("People on duty."))
@click.option("--note", help=_("A note."))
@at_option
@json_option
@pass_session
def report(
    session: Session,
    team: str,
    readiness: str,
    headcount: int,
    note: str | None,
    at: str | None,
    as_json: bool,
) -> None:
    """A figure and the time it was true; it ages from then on (row A6)."""
    store = session.store
    id_ = store.find("team", team)
    happened = moment(at)
    row = store.row("team", id_)
    assert row is not None
    if row["strength"] is not None and headcount > row["strength"]:
        session.note(
            _("note: {headcount} is more than the team's strength of {strength}").format(
                headcount=headcount, strength=row["strength"]
            )
        )
    values: dict[str, Any] = {"readiness": readiness, "headcount": headcount, "reported_at": happened}
    if note:
        values["note"] = note
    if row["reported_at"] is not None and happened < row["reported_at"]:
        raise InvalidValue(
            _("{team} has reported since then, at {time}").format(
                team=id_, time=times.format_time(row["reported_at"])
            )
        )
    with store.write("duty report", at=happened) as writer:
        writer.set("team", id_, values)
    value = {"team": id_, "readiness": readiness, "headcount": headcount, "at": times.format_time(happened)}
    written(
        session,
        writer,
        False,
        as_json,
        value,
        _("{team} reported {readiness}").format(
            team=id_, readiness=BY_NAME["team"]["readiness"].type.show(readiness)
        ),
    )


def _shifts(session: Session, start: int, end: int, team: str | None) -> list[dict[str, Any]]:
    where, values = '"start" < ? AND "end" > ? AND retired IS NULL', [end, start]
    if team:
        where += " AND team = ?"
        values.append(session.store.find("team", team))  # type: ignore[arg-type]
    return session.store.rows(f'SELECT * FROM duty WHERE {where} ORDER BY "start", id', values)


def _print_shifts(session: Session, form: Form, rows: list[dict[str, Any]]) -> None:
    record = RECORDS["duty"]
    if not print_rows(form, rows, columns(record), lambda row: plain(record, row)):
        session.note(_("nobody is on the roster then"))


@cli.command("now", help=_("Who is on duty now, or at --time."))
@click.option("--time", "time_", metavar="TIME", help=_("Then: tonight's 22:00, 2026-08-01 03:00."))
@click.option("--team", help=_("Of this team."))
@as_of_option
@output_options
@pass_session
def now(session: Session, time_: str | None, team: str | None, form: Form) -> None:
    """The shifts that cover one moment."""
    at = times.parse_time(time_, times.now()) if time_ else times.now()
    _print_shifts(session, form, _shifts(session, at, at + 1, team))


@cli.command("week", help=_("The roster of the next seven days."))
@click.option("--team", help=_("Of this team."))
@as_of_option
@output_options
@pass_session
def week(session: Session, team: str | None, form: Form) -> None:
    """Every shift that touches the week to come."""
    at = times.now()
    _print_shifts(session, form, _shifts(session, at, at + 7 * times.DAY, team))


@cli.command("gaps", help=_("Hours ahead that nobody covers, before they come."))
@click.option("--days", type=click.IntRange(1, 60), default=7, show_default=True, help=_("How far ahead."))
@click.option("--team", help=_("Of this team; else of this station."))
@as_of_option
@output_options
@pass_session
def gaps(session: Session, days: int, team: str | None, form: Form) -> None:
    """What lies between the shifts."""
    at = times.now()
    end = at + days * times.DAY
    rows = _shifts(session, at, end, team)
    if not team:
        rows = [r for r in rows if r["team"] is None]
    found: list[dict[str, Any]] = []
    covered = at
    for row in rows:
        if row["start"] > covered:
            found.append({"from": covered, "until": row["start"]})
        covered = max(covered, row["end"])
    if covered < end:
        found.append({"from": covered, "until": end})
    shown = [
        Column("from", _("From"), lambda r: times.format_time(r["from"])),
        Column("until", _("Until"), lambda r: times.format_time(r["until"])),
        Column("hours", _("Hours"), lambda r: f"{(r['until'] - r['from']) / times.HOUR:.1f}"),
    ]
    done = print_rows(
        form,
        found,
        shown,
        lambda r: {
            "from": times.format_time(r["from"]),
            "until": times.format_time(r["until"]),
            "hours": round((r["until"] - r["from"]) / times.HOUR, 1),
        },
    )
    if not done:
        session.note(_("every hour is covered"))


@cli.command("hand-over", help=_("Write the hand-over note of a shift."))
@click.argument("shift")
@click.argument("note")
@json_option
@pass_session
def hand_over(session: Session, shift: str, note: str, as_json: bool) -> None:
    """What the next shift must know."""
    id_ = session.store.find("duty", shift)
    with session.store.write("duty hand-over") as writer:
        writer.set("duty", id_, {"handover": note})
    written(session, writer, False, as_json, {"id": id_}, _("noted on {id}").format(id=safe(id_)))
