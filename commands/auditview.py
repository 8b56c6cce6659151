"""`emergency standard audit`, `gaps` and `compare`: what teams have of what their standards ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import click

from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, limit_option, output_options, print_rows
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.commands.standardreading import draft_of
from emergency.store import audit, comparing, places, standards, surplus, units
from emergency.store.audit import Audit, Counted, Found, Scope, Share
from emergency.store.holdings import Holdings
from emergency.store.records import BY_NAME
from emergency.store.records.item import CLASSES
from emergency.store.records.standard import PEOPLE
from emergency.store.records.types import Choice
from emergency.store.showing import SAMPLE_MARK
from emergency.store.standards import Standard
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, language, ngettext

_UNITS = "SELECT id, coalesce(unit, '') FROM item"
#: So many rows of a table for a person, unless `--limit` says otherwise.
SCREENFUL = 200


def _scoped(command: Any) -> Any:
    for option in reversed(
        (
            click.option("--region", metavar="CODE", help=_("In this region: 1101, 110106, 丰台."), default=""),
            click.option("--team", metavar="TEAM", help=_("This team alone, line by line."), default=""),
            click.option("--type", "type_", metavar="TYPE", help=_("Teams of this type."), default=""),
            click.option("--standard", metavar="ID", help=_("Against this version, in force or not."), default=""),
        )
    ):
        command = option(command)
    return command


def _asked(store: Store, standard: str) -> list[Standard] | None:
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
@_scoped
@click.option(
    "--by",
    type=click.Choice(["team", "region", "type", "class"]),
    default="team",
    show_default=True,
    help=_("One line for each of these."),
)
@click.option("--below", is_flag=True, help=_("Only teams below a mark."))
@limit_option()
@as_of_option
@output_options
@pass_session
def audit_command(
    session: Session, region: str, team: str, type_: str, standard: str, by: str, below: bool, limit: int | None, form: Form
) -> None:
    """Read and counted; nothing is written."""
    store = session.store
    found = audit.audit(store, Scope(region, team, type_), _asked(store, standard))
    audits = [a for a in found.audits if not below or not a.at_mark or (a.bound and not a.enough_people)]
    if by != "team":
        rows = [_group(store, by, row) for row in audit.grouped(audits, by)][:limit]
        print_rows(form, rows, _group_columns(by), lambda r: {k: v for k, v in r.items() if k != "label"})
    elif team and form.name == "table":
        _show_team(session, found, form)
    else:
        shown = limit or (SCREENFUL if form.name == "table" else None)
        units_of = dict(store.connection.execute(_UNITS).fetchall())
        print_rows(form, audits[:shown], _audit_columns(), lambda a: plain_audit(a, found.held, units_of))  # type: ignore[arg-type,type-var]
        if shown and form.name == "table" and len(audits) > shown:
            session.note(_("only the first {count} are shown: --limit shows more").format(count=shown))
    _footnotes(session, found)


def percent(permille: int | None) -> str:
    """72.5 %; - where nothing is required."""
    return "-" if permille is None else f"{permille / 10:g}%"


def mark_words(a: Audit) -> str:
    """Which marks a team reaches; those that were set for other teams stand in brackets."""
    said = []
    if a.all.permille is not None:
        said.append(("✓" if a.at_mark else "✗") + f" {a.standard.mark}%")
    if a.bound:
        enough = _("{n} people").format(n=a.standard.mark_people)
        said.append(("✓ " if a.enough_people else "✗ ") + enough)
    return " ".join(said) if a.bound else f"({' '.join(said)})" if said else ""


def _audit_columns() -> list[Column]:
    def cls(name: str) -> Column:
        return Column(name, CLASSES[name][1 if language() == "zh" else 0], lambda a: percent(a.classes[name].permille))  # type: ignore[attr-defined]

    return [
        Column("team", _("Id"), lambda a: safe(a.team["id"]) + (" *" if a.standard.sample else "")),  # type: ignore[attr-defined]
        Column("name", _("Name"), lambda a: safe(a.team["name"] or "")),  # type: ignore[attr-defined]
        Column("compliance", _("Compliance"), lambda a: percent(a.all.permille)),  # type: ignore[attr-defined]
        Column("lines", _("Lines met"), lambda a: f"{a.all.met}/{a.all.lines}"),  # type: ignore[attr-defined]
        Column("fill", _("Filled"), lambda a: percent(a.all.fill)),  # type: ignore[attr-defined]
        *(cls(name) for name in CLASSES),
        Column("people", _("People"), lambda a: "?" if a.people is None else str(a.people)),  # type: ignore[attr-defined]
        Column("marks", _("Marks"), mark_words),  # type: ignore[arg-type]
    ]


def _share(share: Share) -> dict[str, Any]:
    return {
        "met": share.met,
        "lines": share.lines,
        "compliance": None if share.permille is None else share.permille / 10,
        "filled": None if share.fill is None else share.fill / 10,
    }


def plain_audit(a: Audit, held: Holdings, units_of: Mapping[str, str]) -> dict[str, Any]:
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
        "items": [_plain_line(c, held, units_of) for c in a.lines],
    }


def _plain_line(c: Counted, held: Holdings, units_of: Mapping[str, str]) -> dict[str, Any]:
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
        "unit": units_of.get(line.item, ""),
        "specification": [s.text() for s in line.spec],
        "by_hand": list(line.by_hand),
    }


def _show_team(session: Session, found: Found, form: Form) -> None:
    """One team, line by line."""
    units_of = dict(session.store.connection.execute(_UNITS).fetchall())

    def amount(milli: int | None, line: Any) -> str:
        return "?" if milli is None else units.format_quantity(milli, units_of.get(line.item, ""))

    columns = [
        Column("line", "#", lambda c: str(c.line.place)),  # type: ignore[attr-defined]
        Column("class", _("Class"), lambda c: CLASSES[c.line.cls][1 if language() == "zh" else 0] if c.line.cls else ""),  # type: ignore[attr-defined]
        Column("item", _("Item"), lambda c: safe(found.held.kinds.get(c.line.item, c.line.item))),  # type: ignore[attr-defined]
        Column("need", _("Asked"), lambda c: _need_words(c.line.need)),  # type: ignore[attr-defined]
        Column("required", _("Required"), lambda c: amount(c.required, c.line)),  # type: ignore[attr-defined]
        Column("counted", _("Has"), lambda c: amount(c.filled + c.spare, c.line)),  # type: ignore[attr-defined]
        Column("short", _("Short"), lambda c: "✓" if c.met else "✗ " + amount(c.short, c.line)),  # type: ignore[attr-defined]
        Column("spec", _("Minimum specification"), lambda c: safe("; ".join([*(s.text() for s in c.line.spec), *("~" + t for t in c.line.by_hand)]))),  # type: ignore[attr-defined]
    ]  # fmt: skip
    for a in found.audits:
        session.note(
            f"{safe(a.team['id'])} {safe(a.team['name'] or '')}: {safe(a.standard.id)} {safe(a.standard.name)}: "
            + _("{percent}, {met} of {lines} lines").format(
                percent=percent(a.all.permille), met=a.all.met, lines=a.all.lines
            )
            + " "
            + mark_words(a)
        )
        lines = [c for c in a.lines if c.line.item != PEOPLE and c.binds]
        print_rows(form, lines, columns, lambda c: {})  # type: ignore[arg-type,type-var]
        if any(c.line.by_hand for c in lines):
            session.note(_("~ a person has to check this; it was not counted"))


def _need_words(need: str) -> str:
    kind = BY_NAME["allocation"]["need"].type
    assert isinstance(kind, Choice)
    return kind.show(need)


def _group(store: Store, by: str, row: audit.Row) -> dict[str, Any]:
    label = row.key or "-"
    if by == "region" and row.key:
        found = store.row("region", row.key)
        label = f"{row.key} {(found or {}).get('name') or ''}".strip()
    if by == "class":
        label = CLASSES[row.key][1 if language() == "zh" else 0]
    return {by: row.key or None, "label": label, "teams": row.teams, "at_mark": row.at_mark, **_share(row.all)}


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


def _footnotes(session: Session, found: Found) -> None:
    """Whose figures these are, and what was left out."""
    used = {a.standard.id: a.standard for a in found.audits}
    for one in used.values():
        if one.sample:
            session.note(
                "* "
                + SAMPLE_MARK
                + ": "
                + _("the quantities of {id} are made up; no official table").format(id=safe(one.id))
            )
    if used:
        first = next(iter(used.values()))
        session.note(
            _(
                "marks: {mark}% of equipment and {people} people were set for municipal teams ({source});"
                " for others, in brackets, they are for comparison"
            ).format(mark=first.mark, people=first.mark_people, source=safe(first.mark_source))
        )
    if found.unspoken:
        some = ", ".join(f"{safe(t) or '-'} {n}" for t, n in sorted(found.unspoken.items())[:5])
        session.note(
            ngettext(
                "{n} team is of a type no standard in force speaks of: {some}",
                "{n} teams are of types no standard in force speaks of: {some}",
                sum(found.unspoken.values()),
            ).format(n=sum(found.unspoken.values()), some=some)
        )
    if not found.audits and not found.unspoken:
        session.note(_("no team is there to be audited"))
    if not used and found.unspoken:
        session.note(_("no standard is in force for them: emergency standard sample shows how one is written"))


# -- gaps -------------------------------------------------------------------------------------------


@click.command(
    "gaps",
    cls=Verb,
    help=_(
        "Each required line that is not met, the worst team first, with what could be transferred: what other"
        " teams have beyond their own standard, and stock above its minimum, the nearest first."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency standard gaps --region 房山 --within 50km\n",
)
@_scoped
@click.option("--item", metavar="ITEM", default="", help=_("Of this kind and those below it."))
@click.option("--within", metavar="DISTANCE", help=_("Candidates at most this far: 40km."))
@limit_option()
@as_of_option
@output_options
@pass_session
def gaps_command(
    session: Session, region: str, team: str, type_: str, standard: str, item: str, within: str | None, limit: int | None, form: Form
) -> None:
    """What is short, and who has it over."""
    store = session.store
    asked = _asked(store, standard)
    found = audit.audit(store, Scope(region, team, type_), asked)
    kind = store.find("item", item) if item else ""
    gaps = [(a, c) for a in found.audits for c in a.gaps if not kind or found.held.is_a(c.line.item, kind)]
    shown = limit or (SCREENFUL if form.name == "table" else len(gaps))
    over = surplus.Surplus(store, asked, places.parse_distance(within) if within else None)
    units_of = dict(store.connection.execute(_UNITS).fetchall())
    rows = (_gap(a, c, over, found.held, units_of) for a, c in gaps[:shown])
    columns = [
        Column("team", _("Id"), lambda r: safe(r["team"]) + (" *" if r["sample"] else "")),
        Column("name", _("Name"), lambda r: safe(r["name"] or "")),
        Column("item", _("Item"), lambda r: safe(r["item_name"])),
        Column("short", _("Short"), lambda r: "?" if r["short"] is None else f"{r['short']:g} {r['unit']}".strip()),
        Column("spec", _("Minimum specification"), lambda r: safe("; ".join(r["specification"]))),
        Column("candidates", _("Could come from"), lambda r: safe("; ".join(map(_candidate, r["candidates"])) or _("nobody: buy"))),
    ]  # fmt: skip
    if not print_rows(form, rows, columns, lambda r: dict(r)):
        session.note(_("no required line is short"))
    if len(gaps) > shown:
        session.note(_("only the first {count} are shown: --limit shows more").format(count=shown))
    _footnotes(session, found)


def _gap(a: Audit, c: Counted, over: surplus.Surplus, held: Holdings, units_of: Mapping[str, str]) -> dict[str, Any]:
    return {
        "team": a.team["id"],
        "name": a.team["name"],
        "standard": a.standard.id,
        "sample": a.standard.sample,
        "line": c.line.id,
        "item": c.line.item,
        "item_name": held.kinds.get(c.line.item, c.line.item),
        "class": c.line.cls,
        "required": None if c.required is None else c.required / 1000,
        "short": None if c.short is None else c.short / 1000,
        "unit": units_of.get(c.line.item, ""),
        "specification": [s.text() for s in c.line.spec],
        "candidates": [
            {
                "kind": one.kind,
                "holder": one.holder,
                "name": one.name,
                "item": one.item,
                "amount": one.amount / 1000,
                "distance_m": one.distance,
            }
            for one in over.for_gap(a, c)
        ],
    }


def _candidate(one: Mapping[str, Any]) -> str:
    far = "" if one["distance_m"] is None else f" {one['distance_m'] / 1000:.1f} km"
    return f"{one['name'] or one['holder']} {one['amount']:g}{far}"


# -- compare ----------------------------------------------------------------------------------------


@click.command(
    "compare",
    cls=Verb,
    help=_(
        "Two versions of a standard side by side: which lines differ, and what each team there is would comply"
        " with before and after, the hardest hit first. A file is read and not taken in."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency standard compare 样例@1 样例@2\n  emergency standard compare 样例@1 draft.toml\n",
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--region", metavar="CODE", help=_("In this region: 1101, 110106, 丰台."), default="")
@click.option("--type", "type_", metavar="TYPE", help=_("Teams of this type."), default="")
@limit_option()
@as_of_option
@output_options
@pass_session
def compare_command(
    session: Session, a: str, b: str, region: str, type_: str, limit: int | None, form: Form
) -> None:
    """What-if: nothing is written."""
    store = session.store
    before, after = _version(store, a), _version(store, b)
    rows = comparing.teams(store, before, after, Scope(region, "", type_))
    for said in _differences(store, before, after) if form.name == "table" else ():
        session.note(said)
    shown = limit or (SCREENFUL if form.name == "table" else len(rows))
    columns = [
        Column("team", _("Id"), lambda r: safe(r["team"])),
        Column("name", _("Name"), lambda r: safe(r["name"] or "")),
        Column("before", safe(before.id), lambda r: _cell(r["before"])),
        Column("after", safe(after.id), lambda r: _cell(r["after"])),
        Column("change", _("Change"), lambda r: "-" if r["change"] is None else f"{r['change']:+g}"),
        Column("new_gaps", _("New gaps"), lambda r: safe(", ".join(r["new_gaps"]))),
        Column("closed_gaps", _("Gaps gone"), lambda r: safe(", ".join(r["closed_gaps"]))),
    ]
    if not print_rows(form, rows[:shown], columns, dict):
        session.note(_("neither speaks of any team that is there"))
    if form.name == "table" and rows:
        session.note(_summary(rows, before, after))
        if before.sample or after.sample:
            session.note("* " + SAMPLE_MARK)


def _version(store: Store, text: str) -> Standard:
    """A version in the store, or a file that is only looked at."""
    if os.path.splitext(text)[1].lower() in (".toml", ".csv", ".xlsx", ".xls") and os.path.exists(text):
        return standards.of_draft(draft_of(store, text))
    return standards.load(store, store.find("standard", text))


def _cell(share: Mapping[str, Any] | None) -> str:
    if share is None or share["compliance"] is None:
        return "-"
    return f"{share['compliance']:g}% {share['met']}/{share['lines']}"


def _differences(store: Store, before: Standard, after: Standard) -> list[str]:
    names = dict(store.connection.execute("SELECT id, coalesce(name, id) FROM item").fetchall())
    out = []
    for sign, line, was in comparing.lines(before, after):
        text = f"{sign} {line.type} {names.get(line.item, line.item)} {comparing.words(line)}"
        out.append(safe(text + (f" ({_('was')} {comparing.words(was)})" if was else "")))
    return out


def _summary(rows: Sequence[Mapping[str, Any]], before: Standard, after: Standard) -> str:
    def at(key: str, mark: int) -> int:
        return sum(r[key] is not None and (r[key]["compliance"] or 0) >= mark for r in rows)

    return _("at the mark: {before} teams before, {after} after, of {all}").format(
        before=at("before", before.mark), after=at("after", after.mark), all=len(rows)
    )
