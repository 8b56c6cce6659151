"""`emergency alert draft`: what a warning asks to be prepared, as a plan first and as draft orders when told to;
`emergency alert sample`: a made-up exercise alert to try it with."""

from __future__ import annotations

import os
from typing import Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import Column, aligned, dump, json_option
from emergency.commands.session import Session, pass_session
from emergency.store import alertwords, preparing, reference, times
from emergency.store.alerts import Chain, chain_of
from emergency.store.errors import NoSuchRecord
from emergency.store.orders import Desk
from emergency.store.preparing import LAW, Plan
from emergency.store.records import RECORDS
from emergency.store.showing import drilled, exercise_mark
from emergency.store.text import safe
from emergency.store.words import _, listed, ngettext


@click.command(
    "draft",
    cls=Verb,
    help=_(
        "From a warning to the teams and points in its area, and to standby and equipment-check orders for them"
        " (Emergency Response Law 67). Shows the plan; --write keeps it as drafts, which a person issues."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency alert draft AL-0123456789AB\n  emergency alert draft AL-0123456789AB --type 排水 --write\n",
)
@click.argument("alert", metavar="ID")
@click.option(
    "--incident",
    default="",
    metavar="I",
    help=_("For this incident; an exercise needs one that is an exercise."),
)
@click.option("--team", "teams", multiple=True, metavar="T", help=_("Only this team."))
@click.option("--type", "kind", default="", metavar="TYPE", help=_("Only teams of this type."))
@click.option("--no-equipment", is_flag=True, help=_("Standby only, no checks of equipment."))
@click.option("--basis", default="", help=_("By what rule or plan, instead of Emergency Response Law 67."))
@click.option("--write", "write", is_flag=True, help=_("Write the drafts, as one operation."))
@json_option
@pass_session
def draft(
    session: Session,
    alert: str,
    incident: str,
    teams: tuple[str, ...],
    kind: str,
    no_equipment: bool,
    basis: str,
    write: bool,
    as_json: bool,
) -> None:
    """A dry run unless `--write`: what it shows is what would be written, checked by the same rules."""
    store = session.store
    id_ = store.find("alert", alert)
    chain = chain_of(store, id_)
    if chain is None:
        raise NoSuchRecord(_("no {record} {id}").format(record=RECORDS["alert"].label, id=safe(alert)))
    named = store.find("incident", incident) if incident else ""
    preparing.refuse(chain, store.row("incident", named) if named else None, basis)
    if chain.head["id"] != id_:
        session.note(_("note: {old} was replaced by {new}").format(old=id_, new=chain.head["id"]))
    only = [store.find("team", t) for t in teams]
    planned = preparing.plan(store, chain, only=only, kind=kind, equipment=not no_equipment, basis=basis)
    at = times.now()
    with store.write("alert draft", at=at, why=str(chain.head["id"]), dry_run=not write) as writer:
        done = preparing.write(Desk(writer), chain, planned, named, at)
    new = [d for d in done.drafts if not d.already]
    if as_json:
        click.echo(dump(_value(chain, done, write, writer.op if write and new else None)))
    else:
        _show(session, chain, done, write, some=bool(kind or teams))
        if write and new:
            session.hint(_("take it back: emergency undo {op}").format(op=writer.op))
    if write and new:
        session.announce(writer)


def _value(chain: Chain, done: Plan, written: bool, op: str | None) -> dict[str, Any]:
    head = chain.head
    return {
        "alert": head["id"],
        "status": head["status"],
        "colour": head["colour"],
        "level": head["level"],
        "written": written,
        "op": op,
        "orders": [
            {
                "order": d.order if written or d.already else None,
                "already": d.already,
                "kind": "standby",
                "purpose": "check" if d.equipment else "standby",
                "team": d.team,
                "team_name": d.name,
                "sample": d.sample,
                "equipment": list(d.equipment),
                "inside_by": d.why,
                "basis": d.basis,
            }
            for d in done.drafts
        ],
        "passed_over": [p._asdict() for p in done.passed],
        "points": [
            {
                "kind": i.noun,
                "id": i.row["id"],
                "name": _name(i.row),
                "exercise": bool(exercise_mark(i.row)),
                "sample": bool(i.row["sample"]),
                "inside_by": i.why,
            }
            for i in done.points
        ],
    }


def _name(row: dict[str, Any]) -> str:
    return str(row.get("name") or row.get("title") or "")


def _show(session: Session, chain: Chain, done: Plan, written: bool, *, some: bool) -> None:
    head = chain.head
    click.echo(alertwords.short(head, times.now()))
    click.echo(
        _("warning colour: {colour}; response level: {level}").format(
            colour=alertwords.field(head, "colour") or "-",
            level=alertwords.field(head, "level") or _("none is stated"),
        )
    )
    for basis in sorted({d.basis for d in done.drafts}):
        click.echo(f"{safe(basis)}  {LAW.get(basis, '')}".rstrip())
    columns = [
        Column("order", _("Order"), lambda d: d["order"]),
        Column("what", _("What"), lambda d: d["what"]),
        Column("team", _("Team"), lambda d: d["team"]),
        Column("items", _("Equipment"), lambda d: d["items"]),
        Column("why", _("Inside by"), lambda d: d["why"]),
    ]
    rows = [
        {
            "order": f"{d.order} ({_('already')})" if d.already else d.order if written else "-",
            "what": d.purpose,
            "team": f"{d.team} {safe(d.name)}".strip(),
            "items": listed(d.equipment[:6]) + (f" +{len(d.equipment) - 6}" if len(d.equipment) > 6 else ""),
            "why": alertwords_why(d.why),
        }
        for d in done.drafts
    ]
    if rows:
        click.echo("")
        for line in aligned([c.heading for c in columns], rows, columns, None):
            click.echo(line)
    _rest(session, done, some=some)
    new = sum(not d.already for d in done.drafts)
    if done.drafts and not new:
        session.note(_("everything was drafted already"))
    elif not written:
        words = ngettext(
            "dry run: {n} draft would be written; --write writes it",
            "dry run: {n} drafts would be written; --write writes them",
            new,
        )
        session.note(words.format(n=new))
    elif new:
        session.note(_("drafts claim nothing: emergency callup issue-draft ORDER gives one"))


def alertwords_why(why: str) -> str:
    """By what a thing lies inside."""
    from emergency.store.extent import why_words

    return why_words(why)


def _rest(session: Session, done: Plan, *, some: bool) -> None:
    """What gets no order and why, and what else lies inside."""
    if not done.drafts and not done.passed:
        session.note(
            _("none of the teams asked for lies in its area")
            if some
            else _("no team of the register lies in its area")
        )
    for one in done.passed:
        thing = f"{one.team} {one.thing}".strip()
        click.echo(_("passed over: {thing}: {why}").format(thing=safe(thing), why=safe(one.why)))
    if done.points:
        click.echo("")
        click.echo(_("Also in the area:"))
        for point in done.points[:40]:
            label = RECORDS[point.noun].label
            click.echo(
                f"  {label}  {point.row['id']} {safe(drilled(point.row, _name(point.row)))}  ({alertwords_why(point.why)})"
            )
        if len(done.points) > 40:
            click.echo("  " + _("and {n} more").format(n=len(done.points) - 40))


@click.command(
    "sample",
    cls=Verb,
    help=_("Print a made-up alert, an EXERCISE 演练 that begins now: to try the commands with.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency alert sample | emergency alert import -\n",
)
def sample() -> None:
    """The file store/data/samples/alert.xml, its times counted from now."""
    now = times.now()
    with open(os.path.join(reference.FOLDER, "samples", "alert.xml"), encoding="utf-8") as file:
        text = file.read()
    stamp = times.format_time(now)
    digits = "".join(c for c in stamp[:19] if c.isdigit())
    text = (
        text.replace("{sent}", stamp)
        .replace("{expires}", times.format_time(now + times.DAY))
        .replace("{stamp}", digits)
    )
    click.echo(text, nl=False)
