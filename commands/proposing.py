"""`emergency incident propose`, `emergency scenario show`: what a scenario usually needs (row E2)."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, dump, output_options, print_rows
from emergency.commands.register import written
from emergency.commands.session import Session, pass_session
from emergency.commands.typed import Worded
from emergency.store import needs, scenarios, times
from emergency.store.errors import EmergencyError, Refused, UnreadableInput, reason
from emergency.store.records import BY_NAME
from emergency.store.records.incident import LEVELS
from emergency.store.scenarios import Proposal, Template
from emergency.store.showing import SAMPLE_MARK, drilled, exercise_mark
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, told

if TYPE_CHECKING:
    from emergency.store.writer import Writer

#: No file of edited needs is larger, in characters.
MOST = 200_000


@click.command(
    "propose",
    cls=Verb,
    help=_(
        "What the scenario of an incident usually needs at its response level: shown, edited, then stated."
    )
    + "\n\n"
    + _(
        "Nothing is written without --state. The figures of the scenarios that ship are samples and say so;"
        " scenario show names the file to put your own plan's in."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency incident propose FT-1"
    "\n  emergency incident propose FT-1 --change 'drainage>=30000m3/h' --state"
    "\n  emergency incident propose FT-1 --to needs.txt\n  emergency incident propose FT-1 --from needs.txt --state\n",
)
@click.argument("incident")
@click.option("--level", type=Worded("incident", "level"), help=_("As at this response level; else its own."))
@click.option("--file", "file_", metavar="FILE", help=_("Out of this scenario file."))
@click.option(
    "--change", multiple=True, metavar="'WHAT>=AMOUNT'", help=_("Another amount, or one more need.")
)
@click.option("--drop", multiple=True, metavar="WHAT", help=_("Without this."))
@click.option("--to", metavar="FILE|-", help=_("Write lines to edit; nothing is stated."))
@click.option(
    "--from", "from_", metavar="FILE|-", help=_("Take edited lines back in place of the scenario's.")
)
@click.option("--state", is_flag=True, help=_("State what is not stated yet."))
@click.option("--update", is_flag=True, help=_("With --state: set amounts that differ, too."))
@click.option(
    "-n", "--dry-run", is_flag=True, help=_("With --state: show what would be written; write nothing.")
)
@output_options
@pass_session
def propose(
    session: Session,
    incident: str,
    level: str | None,
    file_: str | None,
    change: tuple[str, ...],
    drop: tuple[str, ...],
    to: str | None,
    from_: str | None,
    state: bool,
    update: bool,
    dry_run: bool,
    form: Form,
) -> None:
    """Stating twice states once: a need for the same thing at the same place stands already."""
    if (update or dry_run) and not state:
        raise click.UsageError(_("--update and --dry-run go with --state"))
    if to and state:
        raise click.UsageError(_("--to writes lines to edit: state them with --from"))
    store = session.store
    row = store.row("incident", store.find("incident", incident))
    assert row is not None
    if row["state"] == "closed":
        raise Refused(_("incident {id} is closed").format(id=row["id"]))
    proposals = _proposals(session, row, level or row["level"] or "", file_, from_)
    found = scenarios.beside(store, row["id"], scenarios.changed(store, proposals, change, drop))
    if exercise_mark(row):
        session.note(exercise_mark(row))
    if to:
        _write_lines(session, row, found, to)
    elif state:
        _state(session, row, found, update, dry_run, form)
    else:
        _show(session, row, found, form)


def _proposals(
    session: Session, row: dict[str, Any], level: str, file_: str | None, from_: str | None
) -> list[Proposal]:
    store, now = session.store, times.now()
    if from_ and file_:
        raise click.UsageError(_("--from takes edited lines, --file a scenario: one of them"))
    if not from_:
        template = _template(session, row, file_)
        return scenarios.propose(store, template, level, now)
    try:
        template = _template(session, row, None)
        known = [(p.asked, p.source) for at in LEVELS for p in scenarios.propose(store, template, at, now)]
    except EmergencyError:
        # Lines that a person wrote need no scenario to come from.
        known = []
    return scenarios.from_lines(store, _read_lines(from_), from_, now, known)


def _template(session: Session, row: dict[str, Any], file_: str | None) -> Template:
    return scenarios.read(file_ or scenarios.path_of(str(row["scenario"] or ""), session.settings))


def _read_lines(path: str) -> str:
    try:
        if path == "-":
            return sys.stdin.read(MOST)
        with open(path, encoding="utf-8-sig") as file:
            return file.read(MOST)
    except OSError as error:
        raise UnreadableInput(told(safe(path), safe(reason(error)))) from None
    except UnicodeDecodeError:
        raise UnreadableInput(_("{path} is not text in UTF-8").format(path=safe(path))) from None


def _write_lines(session: Session, row: dict[str, Any], found: list[Proposal], to: str) -> None:
    head = [f"# {row['id']} {row['title'] or ''} {row['scenario'] or ''} {row['level'] or ''}".rstrip()]
    head += [f"# {exercise_mark(row)}"] if exercise_mark(row) else []
    head += [f"# {SAMPLE_MARK}"] if any(SAMPLE_MARK in p.source for p in found) else []
    text = "".join(f"{safe(line)}\n" for line in (*head, *scenarios.as_lines(found)))
    if to == "-":
        click.echo(text, nl=False)
        return
    try:
        with open(to, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Refused(_("{path} is there already").format(path=safe(to))) from None
    except OSError as error:
        raise UnreadableInput(told(safe(to), safe(reason(error)))) from None
    session.note(
        _(
            "{count} needs to edit in {path}; then: emergency incident propose {id} --from {path} --state"
        ).format(count=len(found), path=safe(to), id=row["id"])
    )


# -- showing ----------------------------------------------------------------------------------------


def _words(state: str) -> str:
    return {"new": _("new"), "stated": _("stated already"), "differs": _("stated otherwise")}[state]


def _show(session: Session, row: dict[str, Any], found: list[Proposal], form: Form) -> None:
    store = session.store
    priority = BY_NAME["need"]["priority"].type
    rows = [_plain(store, row, p) for p in found]
    columns = [
        Column("what", _("What"), lambda r: safe(r["label"]) + (" *" if r["sample"] else "")),
        Column("amount", _("Amount"), lambda r: needs.amount(round(r["amount"] * 1000), r["unit"])),
        Column("by", _("By"), lambda r: times.format_short(r["_by"], times.now()) if r["_by"] else ""),
        Column("priority", _("Priority"), lambda r: priority.show(r["priority"])),
        Column("place", _("Place"), lambda r: safe(r["place"] or "")),
        Column("state", _("Stated"), lambda r: _words(r["state"]) + (f" {r['need']}" if r["need"] else "")),
        Column("why", _("Why"), lambda r: safe(r["why"])),
    ]
    if not print_rows(form, rows, columns, lambda r: {k: v for k, v in r.items() if not k.startswith("_")}):
        session.note(_("the scenario proposes nothing at this level"))
    elif form.name == "table":
        if any(r["sample"] for r in rows):
            session.note("* " + told(SAMPLE_MARK, _("the figure is made up")))
        session.hint(
            _("next: emergency incident propose {id} --state, or --to FILE to edit").format(id=row["id"])
        )


def _plain(store: Store, row: dict[str, Any], p: Proposal) -> dict[str, Any]:
    return {
        "incident": row["id"],
        "exercise": row["exercise"] == "yes",
        "what": p.asked.what,
        "label": needs.label(store, p.asked.what),
        "amount": p.asked.milli / 1000,
        "unit": p.asked.unit,
        "by": None if p.by is None else times.format_time(p.by),
        "_by": p.by,
        "priority": p.priority,
        "place": p.place or None,
        "why": p.why,
        "source": p.source or None,
        "sample": SAMPLE_MARK in p.source,
        "state": p.state,
        "need": p.standing["id"] if p.standing else None,
        "stated": p.standing["amount"] / 1000 if p.standing and p.standing["amount"] is not None else None,
    }


# -- stating ----------------------------------------------------------------------------------------


def _state(
    session: Session, row: dict[str, Any], found: list[Proposal], update: bool, dry_run: bool, form: Form
) -> None:
    if form.name not in ("table", "json"):
        raise click.UsageError(_("--state answers with --json"))
    store = session.store
    fresh = [p for p in found if p.state == "new"]
    other = [p for p in found if p.state == "differs"]
    if not fresh and not (update and other):
        value = {
            "incident": row["id"],
            "stated": [],
            "updated": [],
            "left": len(found),
            "differ": _ids(other),
        }
        if form.name == "json":
            click.echo(dump(value))
        elif other:
            click.echo(_("{id}: nothing new to state").format(id=row["id"]))
        else:
            click.echo(_("{id}: all of it is stated already").format(id=row["id"]))
        _warn_of_others(session, other)
        return
    with store.write("incident propose", dry_run=dry_run) as writer:
        stated = [_state_one(writer, row["id"], p) for p in fresh]
        updated = [_update_one(writer, p) for p in other] if update else []
    value = {
        "incident": row["id"],
        "exercise": row["exercise"] == "yes",
        "stated": stated,
        "updated": updated,
        "left": len(found) - len(stated) - len(updated),
        "differ": [] if update else _ids(other),
    }
    said = _("{id}: {new} needs stated, {changed} changed, {left} left as they stand").format(
        id=row["id"], new=len(stated), changed=len(updated), left=value["left"]
    )
    written(session, writer, dry_run, form.name == "json", value, drilled(row, said))
    if not update:
        _warn_of_others(session, other)


def _ids(other: list[Proposal]) -> list[str]:
    return [str(p.standing["id"]) for p in other if p.standing]


def _warn_of_others(session: Session, other: list[Proposal]) -> None:
    """What was asked for here in another amount than stands, and is not set."""
    for p in other:
        assert p.standing is not None
        stated = needs.amount(int(p.standing["amount"] or 0), str(p.standing["unit"] or ""))
        session.note(
            _("{need} {what} stands at {stated}, and here it is {amount}: --update sets it").format(
                need=safe(str(p.standing["id"])),
                what=safe(needs.label(session.store, p.asked.what)),
                stated=safe(stated),
                amount=safe(needs.amount(p.asked.milli, p.asked.unit)),
            )
        )


def _state_one(writer: Writer, incident: str, p: Proposal) -> str:
    values = needs.record_values(
        p.asked, incident, by=p.by, place=p.place or None, priority=p.priority, source=p.source or None
    )
    return writer.new("need", values)


def _update_one(writer: Writer, p: Proposal) -> str:
    assert p.standing is not None
    id_ = str(p.standing["id"])
    writer.set(
        "need", id_, {"amount": p.asked.milli, "unit": p.asked.unit or None, "source": p.source or None}
    )
    return id_


# -- the scenario itself ----------------------------------------------------------------------------


def about(store: Store, row: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The file of a scenario: season, hazards, and what it needs at each level."""
    session = Session.latest
    try:
        template = scenarios.read(scenarios.path_of(row["id"], session.settings if session else os.devnull))
    except EmergencyError:
        return {"file": None}, []
    lines = [(_("File"), template.path)]
    if template.sample:
        lines.append((_("Figures"), told(template.sample, _("made up, to be put right by each office"))))
    lines += [(_("Season"), f"{a} – {b} ({template.season_source})") for a, b in template.seasons]
    lines += [(_("Hazard"), hazard) for hazard in template.hazards]
    for usual in template.usual:
        amounts = "  ".join(
            f"{level} {usual.amounts[level]}" for level in reversed(LEVELS) if level in usual.amounts
        )
        mark = " *" if template.sample else ""
        lines.append(
            (_("Need"), f"{needs.label(store, usual.what)}{mark}: {amounts}  ({usual.by}) {usual.why}")
        )
    value = {
        "file": template.path,
        "figures_are_samples": bool(template.sample),
        "seasons": [list(season) for season in template.seasons],
        "season_source": template.season_source or None,
        "hazards": list(template.hazards),
        "needs": [
            {"what": u.what, "amounts": u.amounts, "by": u.by, "priority": u.priority, "place": u.place or None, "why": u.why}
            for u in template.usual
        ],
    }  # fmt: skip
    return value, lines
