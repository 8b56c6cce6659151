"""`emergency team readiness`: computed per dimension, beside what the team reported; the worse decides."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, limit_option, output_options, print_rows
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import readiness, times
from emergency.store.audit import Scope
from emergency.store.readiness import Dimension, Readiness
from emergency.store.records.standard import DIMENSIONS
from emergency.store.showing import SAMPLE_MARK
from emergency.store.text import safe
from emergency.store.words import _, language

SCREENFUL = 200
#: A mark before each state: it is never told by colour alone.
MARKS = {"ready": "✓", "standby": "✓", "short": "✗", "stale": "!", "unknown": "?", "off": "-", "unavailable": "✗", "unasked": "-"}  # fmt: skip


def state_words(state: str) -> str:
    """A state for a person, its mark first."""
    words = {
        "ready": _("ready"),
        "standby": _("standby"),
        "short": _("short"),
        "stale": _("stale"),
        "unknown": _("unknown"),
        "off": _("off duty"),
        "unavailable": _("unavailable"),
        "unasked": _("nothing asked"),
    }
    return f"{MARKS[state]} {words[state]}"


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
@click.option("--state", type=click.Choice(readiness.STATES[1:]), help=_("Only those that stand so."))
@limit_option()
@as_of_option
@output_options
@pass_session
def readiness_command(
    session: Session, team: str, region: str, type_: str, state: str | None, limit: int | None, form: Form
) -> None:
    """Read and computed; nothing is written."""
    found = readiness.of(session.store, Scope(region, team, type_))
    found = [r for r in found if state in (None, r.overall)]
    if team and form.name == "table":
        for one in found:
            _show(session, one, form)
        return
    shown = limit or (SCREENFUL if form.name == "table" else None)
    rows = [{"r": r} for r in found[:shown]]
    if not print_rows(form, rows, _columns(), lambda row: plain(row["r"])):
        session.note(_("no team stands so"))
    if shown and form.name == "table" and len(found) > shown:
        session.note(_("only the first {count} are shown: --limit shows more").format(count=shown))
    _note_samples(session, found)


def _note_samples(session: Session, found: list[Readiness]) -> None:
    samples = dict.fromkeys(r.standard.id for r in found if r.standard is not None and r.standard.sample)
    for id_ in samples:
        session.note(
            "* "
            + SAMPLE_MARK
            + ": "
            + _("the quantities of {id} are made up; no official table").format(id=safe(id_))
        )


def _word(name: str) -> str:
    return DIMENSIONS[name][1 if language() == "zh" else 0]


def _cell(d: Dimension) -> str:
    if d.state == "unasked":
        return "-"
    figures = f"{'?' if d.figure is None else d.figure}/{'?' if d.required is None else d.required}"
    # Enough people, and yet short: somebody's qualification is what lacks.
    more = (
        " " + _("qualifications")
        if d.state == "short" and d.figure is not None and d.figure >= (d.required or 0)
        else ""
    )
    return f"{MARKS[d.state]} {figures}{more}"


def _pulled(r: Readiness) -> str:
    return ", ".join(_("its own report") if name == "report" else _word(name) for name in r.pulled_by)


def _columns() -> list[Column]:
    def dimension(i: int, name: str) -> Column:
        return Column(name, _word(name), lambda row: _cell(row["r"].dimensions[i]))

    return [
        Column("team", _("Id"), lambda row: safe(row["r"].team["id"]) + _star(row["r"])),
        Column("name", _("Name"), lambda row: safe(row["r"].team["name"] or "")),
        Column("overall", _("Counts as"), lambda row: state_words(row["r"].overall)),
        Column("reported", _("Reported"), lambda row: state_words(row["r"].reported)),
        *(dimension(i, name) for i, name in enumerate(DIMENSIONS)),
        Column("pulled_by", _("Held back by"), lambda row: _pulled(row["r"])),
    ]


def _star(r: Readiness) -> str:
    return " *" if r.standard is not None and r.standard.sample else ""


def _show(session: Session, r: Readiness, form: Form) -> None:
    """One team, dimension by dimension."""
    session.note(f"{safe(r.team['id'])} {safe(r.team['name'] or '')}")
    columns = [
        Column("dimension", _("Dimension"), lambda row: _word(row["d"].name)),
        Column("state", _("State"), lambda row: state_words(row["d"].state)),
        Column("figure", _("Figure"), lambda row: _cell(row["d"]).partition(" ")[2]),
        Column("figure_from", _("Figure from"), lambda row: safe(_aged(row["d"]))),
        Column("required_from", _("Required by"), lambda row: safe(row["d"].required_from)),
        Column("lacks", _("What would lift it"), lambda row: safe("; ".join(row["d"].lacks))),
    ]
    print_rows(form, [{"d": d} for d in r.dimensions], columns, dict)
    session.note(
        _("computed: {computed}; reported: {reported}; counts as: {overall}").format(
            computed=state_words(r.computed), reported=state_words(r.reported), overall=state_words(r.overall)
        )
        + (" (" + _("held back by {what}").format(what=_pulled(r)) + ")" if r.pulled_by else "")
    )
    _note_samples(session, [r])


def _aged(d: Dimension) -> str:
    return (
        d.figure_from
        if d.age is None
        else f"{d.figure_from}, {_('{age} ago').format(age=times.format_age(d.age))}"
    )


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
