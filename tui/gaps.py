"""A team against its standard: what it lacks, who has that over, and what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emergency.store.audit import Audit, Counted
from emergency.store.auditwords import (
    amount,
    candidate,
    demands,
    mark_words,
    percent,
)
from emergency.store.errors import NoSuchRecord
from emergency.store.records import BY_NAME, RECORDS
from emergency.store.records.standard import PEOPLE
from emergency.store.showing import starred
from emergency.store.store import Store
from emergency.store.words import _, aside, clauses, listed, ngettext
from emergency.tui import audits
from emergency.tui.audits import Audited
from emergency.tui.panel import Row, Target, heading
from emergency.tui.style import ascii_marks, mark


def told(store: Store, id_: str) -> tuple[str, tuple[Row, ...]]:
    """(title, rows) of a line of an audit, or of a team. Raises NoSuchRecord."""
    team = audits.team_of(id_)
    audited = audits.kept.get(store).value
    found = [a for _id, a in audited.each() if a.team["id"] == team]
    row = store.row("team", team)
    if row is None:
        raise NoSuchRecord(_("no {record} {id}").format(record=RECORDS["team"].label, id=team))
    rows: list[Row] = []
    if not found:
        none = _("no standard in force speaks of teams of its type: {type}").format(type=row["type"] or "-")
        rows = [Row((mark("ask"), _("Standard"), none), "ask"), _team(row)]
    for a in found:
        rows += _of_one(store, audited, a)
    return _("Gaps: {team}").format(team=row["name"] or team), tuple(rows)


def _of_one(store: Store, audited: Audited, a: Audit) -> Iterator[Row]:
    """The figures, what lacks and who has it, what is there."""
    tone = "good" if not a.below else "late" if a.bound else "bad"
    met = _("{percent}, {met} of {lines} lines").format(
        percent=percent(a.all.permille), met=a.all.met, lines=a.all.lines
    )
    filled = _("filled {percent}").format(percent=percent(a.all.fill))
    yield Row((mark(tone), _("Compliance"), clauses([met, filled])), "late" if tone == "late" else "")
    parts = (
        f"{audits.briefly(cls)} {percent(part.permille)} {part.met}/{part.lines}"
        for cls, part in a.classes.items()
        if part.lines
    )
    yield Row(("", _("Classes"), listed(parts)))
    people = "?" if a.people is None else str(a.people)
    strength = _("{people} people, mark {n}").format(people=people, n=a.standard.mark_people)
    yield Row(("", _("Marks"), clauses([f"{ascii_marks(mark_words(a))}  {strength}", _bound_words(a)])))
    names = " ".join((a.standard.id, a.standard.name))
    yield Row(("", _("Standard"), names), "", Target("standard", a.standard.id))
    if sample := audits.sample_words(a):
        yield Row(("*", "", sample), "ask")
    yield _team(a.team)
    yield from _lines(store, audited, a)


def _team(row: Mapping[str, Any]) -> Row:
    return Row(
        ("", RECORDS["team"].label, f"{starred(row['id'], row['sample'])} {row['name'] or ''}"),
        "",
        Target("team", row["id"]),
    )


def _bound_words(a: Audit) -> str:
    return "" if a.bound else _("in brackets: set for municipal teams, here to compare with")


def _lines(store: Store, audited: Audited, a: Audit) -> Iterator[Row]:
    gaps, over = a.gaps, audited.over(store)
    said = ngettext("{n} required line is short", "{n} required lines are short", len(gaps))
    yield Row((mark("bad" if gaps else "good"), _("Gaps"), said.format(n=len(gaps))), "head")
    for c in gaps:
        yield Row((mark("bad"), audited.kind(c), _missing(audited, c)))
        some = over.for_gap(a, c)
        for one in some:
            yield Row(("", "", f"  <- {candidate(one)}"), "good", Target(one.kind, one.holder))
        if not some:
            yield Row(("", "", "  " + _("nobody has it over: buy")), "ask")
    there = [c for c in a.lines if c.binds and c not in gaps and c.line.item != PEOPLE]
    if there:
        yield heading(_("Other lines"))
    for c in there:
        optional = "" if c.line.need == "required" else BY_NAME["allocation"]["need"].type.show(c.line.need)
        has, wanted = (amount(x, audited.unit(c)) for x in (c.filled + c.spare, c.required))
        words = _("has {has} of {wanted}").format(has=has, wanted=wanted)
        yield Row((mark("good") if c.met else "", audited.kind(c), aside(words, optional) + _by_hand(c)))


def _missing(audited: Audited, c: Counted) -> str:
    """What lacks of a line, of how much, and what it must be able to do."""
    unit = audited.unit(c)
    if c.short is None:
        return _("nobody knows: the strength of the team is not stated")
    said = _("short {short} of {needed}").format(short=amount(c.short, unit), needed=amount(c.required, unit))
    spec = demands(c.line)
    return f"{said}  {spec}" if spec else said


def _by_hand(c: Counted) -> str:
    return (
        "  " + _("~ a person has to check: {what}").format(what=clauses(c.line.by_hand))
        if c.line.by_hand
        else ""
    )
