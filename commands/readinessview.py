"""`emergency team readiness`: computed per dimension, beside what the team reported; the worse decides."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.auditview import where_option
from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, limit_option, output_options, print_rows
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import readiness
from emergency.store.audit import Scope
from emergency.store.auditwords import made_up
from emergency.store.readiness import Readiness
from emergency.store.readinesswords import aged, dimension_words, figures, pulled, state_words, summed_up
from emergency.store.records import RECORDS
from emergency.store.records.standard import DIMENSIONS
from emergency.store.showing import SAMPLE_MARK
from emergency.store.text import safe
from emergency.store.words import _, clauses, told

SCREENFUL = 200


@click.command(
    "readiness",
    cls=Verb,
    help=_(
        "Readiness computed: people, equipment, supplies, transport, communications, each with its figure, what is"
        " required and whose figures these are; beside it what the team reported. The worse of both counts."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency team readiness --region 房山"
    "\n  emergency team readiness 房山排水一队\n  emergency team readiness --state ready --json\n",
)
@click.argument("team", required=False, default="")
@click.option("--region", metavar="CODE", default="", help=_("In this region: 1101, 110106, 丰台."))
@click.option("--type", "type_", metavar="TYPE", default="", help=_("Teams of this type."))
@where_option()
@click.option("--state", type=click.Choice(readiness.STATES[1:]), help=_("Only those that stand so."))
@limit_option()
@as_of_option
@output_options
@pass_session
def readiness_command(
    session: Session,
    team: str,
    region: str,
    type_: str,
    where: str,
    state: str | None,
    limit: int | None,
    form: Form,
) -> None:
    """Read and computed; nothing is written."""
    found = readiness.of(session.store, Scope(region, team, type_, where))
    none = _("no team stands so") if found else _("no {records} match").format(records=RECORDS["team"].many)
    found = [r for r in found if state in (None, r.overall)]
    if team and form.name == "table":
        for one in found:
            _show(session, one, form)
        return
    shown = limit or (SCREENFUL if form.name == "table" else None)
    rows = [{"r": r} for r in found[:shown]]
    if not print_rows(form, rows, _columns(), lambda row: plain(row["r"])):
        session.note(none)
    if shown and form.name == "table" and len(found) > shown:
        session.note(_("only the first {count} are shown: --limit shows more").format(count=shown))
    _note_samples(session, found)


def _note_samples(session: Session, found: list[Readiness]) -> None:
    samples = {r.standard.id: r.standard for r in found if r.standard is not None and r.standard.sample}
    for standard in samples.values():
        session.note("* " + told(SAMPLE_MARK, made_up(standard)))


def _columns() -> list[Column]:
    def dimension(i: int, name: str) -> Column:
        return Column(name, dimension_words(name), lambda row: figures(row["r"].dimensions[i]))

    return [
        Column("team", _("Id"), lambda row: safe(row["r"].team["id"]) + _star(row["r"])),
        Column("name", _("Name"), lambda row: safe(row["r"].team["name"] or "")),
        Column("overall", _("Counts as"), lambda row: state_words(row["r"].overall)),
        Column("reported", _("Reported"), lambda row: state_words(row["r"].reported)),
        *(dimension(i, name) for i, name in enumerate(DIMENSIONS)),
        Column("pulled_by", _("Held back by"), lambda row: pulled(row["r"])),
    ]


def _star(r: Readiness) -> str:
    return " *" if r.standard is not None and r.standard.sample else ""


def _show(session: Session, r: Readiness, form: Form) -> None:
    """One team, dimension by dimension."""
    session.note(f"{safe(r.team['id'])} {safe(r.team['name'] or '')}")
    columns = [
        Column("dimension", _("Dimension"), lambda row: dimension_words(row["d"].name)),
        Column("state", _("State"), lambda row: state_words(row["d"].state)),
        Column("figure", _("Figure"), lambda row: figures(row["d"]).partition(" ")[2]),
        Column("figure_from", _("Figure from"), lambda row: safe(aged(row["d"]))),
        Column("required_from", _("Required by"), lambda row: safe(row["d"].required_from)),
        Column("lacks", _("What would lift it"), lambda row: safe(clauses(row["d"].lacks))),
    ]
    print_rows(form, [{"d": d} for d in r.dimensions], columns, dict)
    session.note(summed_up(r))
    _note_samples(session, [r])


def plain(r: Readiness) -> dict[str, Any]:
    """As JSON: ages in seconds."""
    return {
        "team": r.team["id"],
        "name": r.team["name"],
        "region": r.team["region"],
        "type": r.team["type"],
        "overall": r.overall,
        "computed": r.computed,
        "reported": r.reported,
        "held_back_by": list(r.pulled_by),
        "standard": None if r.standard is None else r.standard.id,
        "sample": bool(r.standard and r.standard.sample),
        "dimensions": {
            d.name: {
                "state": d.state,
                "figure": d.figure,
                "required": d.required,
                "counted": d.counted,
                "figure_from": d.figure_from,
                "required_from": d.required_from,
                "age_s": None if d.age is None else d.age // 1000,
                "lacks": list(d.lacks),
            }
            for d in r.dimensions
        },
    }
