"""`emergency standard gaps` and `compare`: what is short and who has it over; two versions side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import click

from emergency.commands.auditview import SCREENFUL, asked_for, footnotes, scoped
from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, limit_option, output_options, print_rows
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.commands.standardreading import draft_of
from emergency.store import audit, comparing, places, standards, surplus
from emergency.store.audit import Audit, Counted, Scope
from emergency.store.auditwords import candidate, units_of
from emergency.store.holdings import Holdings
from emergency.store.showing import SAMPLE_MARK
from emergency.store.standards import Standard
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.unitwords import in_words
from emergency.store.words import _, clauses, listed

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
@scoped
@click.option("--item", metavar="ITEM", default="", help=_("Of this kind and those below it."))
@click.option("--within", metavar="DISTANCE", help=_("Candidates at most this far: 40km."))
@limit_option()
@as_of_option
@output_options
@pass_session
def gaps_command(
    session: Session,
    region: str,
    team: str,
    type_: str,
    where: str,
    below: bool,
    standard: str,
    item: str,
    within: str | None,
    limit: int | None,
    form: Form,
) -> None:
    """What is short, and who has it over."""
    store = session.store
    asked = asked_for(store, standard)
    scope = Scope(region, team, type_, where)
    found = audit.audit(store, scope, asked)
    kind = store.find("item", item) if item else ""
    audits = (a for a in found.audits if not below or a.below)
    gaps = [(a, c) for a in audits for c in a.gaps if not kind or found.held.is_a(c.line.item, kind)]
    shown = limit or (SCREENFUL if form.name == "table" else len(gaps))
    reach = places.parse_distance(within) if within else None
    everybody = found if scope == Scope() else audit.audit(store, standards=asked)
    over = surplus.Surplus(store, everybody, reach)
    unit_of = units_of(store)
    rows = (_gap(a, c, over, found.held, unit_of) for a, c in gaps[:shown])
    columns = [
        Column("team", _("Id"), lambda r: safe(r["team"]) + (" *" if r["sample"] else "")),
        Column("name", _("Name"), lambda r: safe(r["name"] or "")),
        Column("item", _("Item"), lambda r: safe(r["item_name"])),
        Column("short", _("Short"), lambda r: "?" if r["short"] is None else f"{r['short']:g} {in_words(r['unit'])}".strip()),
        Column("spec", _("Minimum specification"), lambda r: safe(clauses(r["specification"]))),
        Column("candidates", _("Could come from"), lambda r: safe(r["_from"] or _("nobody: buy"))),
    ]  # fmt: skip
    if (
        not print_rows(form, rows, columns, lambda r: {k: v for k, v in r.items() if k != "_from"})
        and found.audits
    ):
        session.note(_("no required line is short"))
    if len(gaps) > shown:
        session.note(_("only the first {count} are shown: --limit shows more").format(count=shown))
    footnotes(session, found)


def _gap(
    a: Audit, c: Counted, over: surplus.Surplus, held: Holdings, unit_of: Mapping[str, str]
) -> dict[str, Any]:
    candidates = over.for_gap(a, c)
    return {
        "_from": clauses(map(candidate, candidates)),
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
        "unit": unit_of.get(c.line.item, ""),
        "specification": [s.text() for s in c.line.spec],
        "candidates": [
            {
                "kind": one.kind,
                "holder": one.holder,
                "name": one.name,
                "item": one.item,
                "amount": one.amount / 1000,
                "distance_m": one.distance,
                "sample": one.sample,
            }
            for one in candidates
        ],
    }


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
@click.option("--lines", is_flag=True, help=_("The lines of the standard that differ, and no teams."))
@limit_option()
@as_of_option
@output_options
@pass_session
def compare_command(
    session: Session, a: str, b: str, region: str, type_: str, lines: bool, limit: int | None, form: Form
) -> None:
    """What-if: nothing is written."""
    store = session.store
    before, after = _version(store, a), _version(store, b)
    if lines:
        _show_lines(session, before, after, limit, form)
        return
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
        Column("new_gaps", _("New gaps"), lambda r: safe(listed(r["new_gaps"]))),
        Column("closed_gaps", _("Gaps gone"), lambda r: safe(listed(r["closed_gaps"]))),
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
    return [
        safe(f"{d['sign']} {d['type']} {d['name']} {d['now'] or d['was']}")
        + (safe(f" ({_('was')} {d['was']})") if d["sign"] == "~" else "")
        for d in _different(store, before, after)
    ]


def _different(store: Store, before: Standard, after: Standard) -> list[dict[str, Any]]:
    """The lines that differ: `+` added, `-` taken away, `~` changed."""
    names = dict(store.connection.execute("SELECT id, coalesce(name, id) FROM item").fetchall())
    return [
        {
            "sign": sign,
            "type": line.type,
            "class": line.cls,
            "item": line.item,
            "name": names.get(line.item, line.item),
            "was": comparing.words(line) if sign == "-" else None if was is None else comparing.words(was),
            "now": None if sign == "-" else comparing.words(line),
            "sample": before.sample or after.sample,
        }
        for sign, line, was in comparing.lines(before, after)
    ]


def _show_lines(session: Session, before: Standard, after: Standard, limit: int | None, form: Form) -> None:
    columns = [
        Column("sign", "", lambda r: r["sign"]),
        Column("type", _("Type"), lambda r: safe(r["type"])),
        Column("item", _("Item"), lambda r: safe(r["name"])),
        Column("was", safe(before.id), lambda r: safe(r["was"] or "")),
        Column("now", safe(after.id), lambda r: safe(r["now"] or "")),
    ]
    if not print_rows(form, _different(session.store, before, after)[:limit], columns, dict):
        session.note(_("no line differs"))


def _summary(rows: Sequence[Mapping[str, Any]], before: Standard, after: Standard) -> str:
    def at(key: str, mark: int) -> int:
        return sum(r[key] is not None and (r[key]["compliance"] or 0) >= mark for r in rows)

    return _("at the mark: {before} teams before, {after} after, of {all}").format(
        before=at("before", before.mark), after=at("after", after.mark), all=len(rows)
    )
