"""`emergency standard audit`: what teams have of what their standards ask for, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, limit_option, output_options, print_rows
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import audit, standards
from emergency.store.audit import Audit, Counted, Found, Scope, Share
from emergency.store.auditwords import (
    amount,
    class_words,
    demands,
    made_up,
    mark_words,
    need_words,
    percent,
    short_words,
    units_of,
    unspoken_words,
)
from emergency.store.holdings import Holdings
from emergency.store.records.item import CLASSES
from emergency.store.records.standard import PEOPLE
from emergency.store.showing import SAMPLE_MARK
from emergency.store.standards import Line, Standard
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, language, told

#: So many rows of a table for a person, unless `--limit` says otherwise.
SCREENFUL = 200
Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])


def where_option() -> Callable[[Wrapped], Wrapped]:
    """The option that says it in the language of filters."""
    return click.option(
        "--where",
        metavar="FILTER",
        help=_("Teams that this finds in their register: 'region:1101 ready'."),
        default="",
    )


def scoped(command: Any) -> Any:
    """The options that say which teams are asked about, and against what."""
    for option in reversed(
        (
            click.option(
                "--region", metavar="CODE", help=_("In this region: 1101, 110106, 丰台."), default=""
            ),
            click.option("--team", metavar="TEAM", help=_("This team alone, line by line."), default=""),
            click.option("--type", "type_", metavar="TYPE", help=_("Teams of this type."), default=""),
            where_option(),
            click.option("--below", is_flag=True, help=_("Only teams below a mark.")),
            click.option(
                "--standard", metavar="ID", help=_("Against this version, in force or not."), default=""
            ),
        )
    ):
        command = option(command)
    return command


def asked_for(store: Store, standard: str) -> list[Standard] | None:
    """The version named; None for those in force."""
    return [standards.load(store, store.find("standard", standard))] if standard else None


# -- audit ------------------------------------------------------------------------------------------


@click.command(
    "audit",
    cls=Verb,
    help=_(
        "Each team against the standard in force for its type, the worst first: the share of its required lines"
        " that are met in full, by class; how much of them is there; and the marks."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency standard audit --region 房山"
    "\n  emergency standard audit --by region\n  emergency standard audit --team 房山排水一队\n",
)
@scoped
@click.option(
    "--by",
    type=click.Choice(["team", "region", "type", "class"]),
    default="team",
    show_default=True,
    help=_("One line for each of these."),
)
@limit_option()
@as_of_option
@output_options
@pass_session
def audit_command(
    session: Session,
    region: str,
    team: str,
    type_: str,
    where: str,
    standard: str,
    by: str,
    below: bool,
    limit: int | None,
    form: Form,
) -> None:
    """Read and counted; nothing is written."""
    store = session.store
    found = audit.audit(store, Scope(region, team, type_, where), asked_for(store, standard))
    audits = [a for a in found.audits if not below or a.below]
    if by != "team":
        rows = [_group(store, by, row) for row in audit.grouped(audits, by)][:limit]
        print_rows(form, rows, _group_columns(by), lambda r: {k: v for k, v in r.items() if k != "label"})
    elif team and form.name == "table":
        _show_team(session, found, form)
    else:
        shown = limit or (SCREENFUL if form.name == "table" else None)
        unit_of = units_of(store)
        print_rows(
            form,
            [{"audit": a} for a in audits[:shown]],
            _audit_columns(),
            lambda r: plain_audit(r["audit"], found.held, unit_of),
        )
        if shown and form.name == "table" and len(audits) > shown:
            session.note(_("only the first {count} are shown: --limit shows more").format(count=shown))
    footnotes(session, found)


def _audit_columns() -> list[Column]:
    def cls(name: str) -> Column:
        heading = CLASSES[name][1 if language() == "zh" else 0]
        return Column(name, heading, lambda r: percent(r["audit"].classes[name].permille))

    return [
        Column("team", _("Id"), lambda r: safe(r["audit"].team["id"]) + _star(r["audit"])),
        Column("name", _("Name"), lambda r: safe(r["audit"].team["name"] or "")),
        Column("compliance", _("Compliance"), lambda r: percent(r["audit"].all.permille)),
        Column("lines", _("Lines met"), lambda r: f"{r['audit'].all.met}/{r['audit'].all.lines}"),
        Column("fill", _("Filled"), lambda r: percent(r["audit"].all.fill)),
        *(cls(name) for name in CLASSES),
        Column("people", _("People"), lambda r: "?" if r["audit"].people is None else str(r["audit"].people)),
        Column("marks", _("Marks"), lambda r: mark_words(r["audit"])),
    ]


def _star(a: Audit) -> str:
    """A mark for figures that are made up."""
    return " *" if a.standard.sample else ""


def _share(share: Share) -> dict[str, Any]:
    return {
        "met": share.met,
        "lines": share.lines,
        "compliance": None if share.permille is None else share.permille / 10,
        "filled": None if share.fill is None else share.fill / 10,
    }


def plain_audit(a: Audit, held: Holdings, unit_of: Mapping[str, str]) -> dict[str, Any]:
    """An audit as JSON: shares in per cent, amounts in the item's own unit."""
    return {
        "team": a.team["id"],
        "name": a.team["name"],
        "type": a.team["type"],
        "level": a.team["level"],
        "region": a.team["region"],
        "standard": a.standard.id,
        "sample": a.standard.sample,
        **_share(a.all),
        "classes": {cls: _share(part) for cls, part in a.classes.items()},
        "people": a.people,
        "marks": {
            "set_for_such_teams": a.bound,
            "compliance": {"mark": a.standard.mark, "reached": a.at_mark},
            "people": {"mark": a.standard.mark_people, "reached": a.enough_people},
            "source": a.standard.mark_source,
        },
        "items": [_plain_line(c, held, unit_of) for c in a.lines],
    }


def _plain_line(c: Counted, held: Holdings, unit_of: Mapping[str, str]) -> dict[str, Any]:
    line = c.line
    return {
        "line": line.id,
        "class": line.cls,
        "item": line.item,
        "name": held.kinds.get(line.item, line.item),
        "need": line.need,
        "required": None if c.required is None else c.required / 1000,
        "counted": c.filled / 1000,
        "spare": c.spare / 1000,
        "short": None if c.short is None else c.short / 1000,
        "met": c.met,
        "unit": unit_of.get(line.item, ""),
        "specification": [s.text() for s in line.spec],
        "by_hand": list(line.by_hand),
    }


def _show_team(session: Session, found: Found, form: Form) -> None:
    """One team, line by line."""
    unit_of = units_of(session.store)

    def unit(line: Line) -> str:
        return unit_of.get(line.item, "")

    columns = [
        Column("line", "#", lambda r: str(r["c"].line.place)),
        Column("class", _("Class"), lambda r: class_words(r["c"].line.cls)),
        Column("item", _("Item"), lambda r: safe(found.held.kinds.get(r["c"].line.item, r["c"].line.item))),
        Column("need", _("Asked as"), lambda r: need_words(r["c"].line.need)),
        Column("required", _("Required"), lambda r: amount(r["c"].required, unit(r["c"].line))),
        Column("counted", _("Has"), lambda r: amount(r["c"].filled + r["c"].spare, unit(r["c"].line))),
        Column("short", _("Short"), lambda r: short_words(r["c"], unit(r["c"].line))),
        Column("spec", _("Minimum specification"), lambda r: safe(demands(r["c"].line))),
    ]
    for a in found.audits:
        session.note(
            told(
                told(
                    f"{safe(a.team['id'])} {safe(a.team['name'] or '')}".strip(),
                    f"{safe(a.standard.id)} {safe(a.standard.name)}",
                ),
                _("{percent}, {met} of {lines} lines").format(
                    percent=percent(a.all.permille), met=a.all.met, lines=a.all.lines
                ),
            )
            + " "
            + mark_words(a)
        )
        lines = [{"c": c} for c in a.lines if c.line.item != PEOPLE and c.binds]
        print_rows(form, lines, columns, dict)
        if any(r["c"].line.by_hand for r in lines):
            session.note(_("~ a person has to check this; it was not counted"))


def _group(store: Store, by: str, row: audit.Row) -> dict[str, Any]:
    label = row.key or "-"
    if by == "region" and row.key:
        found = store.row("region", row.key)
        label = f"{row.key} {(found or {}).get('name') or ''}".strip()
    if by == "class":
        label = class_words(row.key)
    return {
        by: row.key or None,
        "label": label,
        "teams": row.teams,
        "at_mark": row.at_mark,
        **_share(row.all),
    }


def _group_columns(by: str) -> list[Column]:
    heading = {"region": _("Region"), "type": _("Type"), "class": _("Class")}[by]

    def share(key: str) -> Any:
        return lambda r: "-" if r[key] is None else f"{r[key]:g}%"

    return [
        Column(by, heading, lambda r: safe(r["label"])),
        Column("teams", _("Teams"), lambda r: str(r["teams"])),
        Column("at_mark", _("At the mark"), lambda r: f"{r['at_mark']}/{r['teams']}"),
        Column("compliance", _("Compliance"), share("compliance")),
        Column("met", _("Lines met"), lambda r: f"{r['met']}/{r['lines']}"),
        Column("filled", _("Filled"), share("filled")),
    ]


def footnotes(session: Session, found: Found) -> None:
    """Whose figures these are, and what was left out."""
    used = {a.standard.id: a.standard for a in found.audits}
    for one in used.values():
        if one.sample:
            session.note("* " + told(SAMPLE_MARK, made_up(one)))
    if used:
        first = next(iter(used.values()))
        session.note(
            _(
                "marks: {mark}% of equipment and {people} people were set for municipal teams ({source});"
                " for others, in brackets, they are for comparison"
            ).format(mark=first.mark, people=first.mark_people, source=safe(first.mark_source))
        )
    if found.unspoken:
        session.note(unspoken_words(found.unspoken))
    if not found.audits and not found.unspoken:
        session.note(_("no team is there to be audited"))
    if not used and found.unspoken:
        session.note(
            _("no standard is in force for them: emergency standard sample shows how one is written")
        )
