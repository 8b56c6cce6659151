"""What Enter opens: a record told in full, as `emergency callup show` and its like tell it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from emergency.store import (
    advice,
    claims,
    conditions,
    conflicts,
    conflictview,
    decisions,
    following,
    needs,
    times,
    wording,
)
from emergency.store.board import moment
from emergency.store.errors import NoSuchRecord
from emergency.store.records import RECORDS
from emergency.store.records.steps import STATES
from emergency.store.records.types import Ref
from emergency.store.showing import drilled, name_of
from emergency.store.store import Store
from emergency.store.words import _, language
from emergency.tui import entries, gaps, lines, losses, ready, seasonview, standing, versions
from emergency.tui.panel import Column, Row, Target, heading
from emergency.tui.style import mark

COLUMNS = (Column(), Column(), Column(least=10))
#: Kinds that a reference to one opens.
_OPENED = ("team", "incident", "equipment", "line", "recovery", "season")
_THOUSANDTHS = (("line", "quantity"), ("line", "answered"), ("loss", "quantity"))


class Details(NamedTuple):
    """A title and the rows under it."""

    title: str
    rows: tuple[Row, ...]


def read(store: Store, target: Target) -> Details:
    """Tell a record in full. Raises NoSuchRecord when it is gone."""
    told = _TOLD.get(target.kind, _record)
    return told(store, target)


def _words(pair: tuple[str, str]) -> str:
    return pair[1 if language() == "zh" else 0]


def _time(ms: int | None, now: int) -> str:
    return "" if ms is None else times.format_short(ms, now)


def _row(store: Store, target: Target) -> dict[str, Any]:
    row = store.row(target.kind, target.id)
    if row is None:
        raise NoSuchRecord(_("no {record} {id}").format(record=RECORDS[target.kind].label, id=target.id))
    return row


def _fields(store: Store, kind: str, row: dict[str, Any]) -> list[Row]:
    """Every field that has a value; a reference names its record and opens it."""
    out = []
    for field in RECORDS[kind].fields:
        value = field.type.gather(field.name, row)
        if value is None:
            continue
        target, text = None, field.type.show(value)
        if (kind, field.name) in _THOUSANDTHS:
            item = store.row("item", row["item"]) if row.get("item") else None
            text = needs.amount(int(value), str((item or {}).get("unit") or ""))
        elif isinstance(field.type, Ref):
            found = store.row(field.type.kind, str(value)) or {}
            text = f"{text} {name_of(found) or found.get('title') or ''}".strip()
            target = Target(field.type.kind, str(value)) if field.type.kind in _OPENED else None
        out.append(Row(("", field.label, text), "", target))
    return out


def _record(store: Store, target: Target) -> Details:
    row = _row(store, target)
    title = drilled(row, f"{RECORDS[target.kind].label} {target.id}")
    return Details(title, tuple(_fields(store, target.kind, row)))


def _incident(store: Store, target: Target) -> Details:
    row = _row(store, target)
    rows = _fields(store, "incident", row)
    rows.append(heading(_("Needs")))
    for cover in needs.board(store, target.id):
        tone = "late" if cover.short else "good"
        unit = cover.need["unit"] or ""
        text = _("short {short} of {needed}, accepted {committed}, on scene {there}").format(
            short=needs.amount(cover.short, unit),
            needed=needs.amount(int(cover.need["amount"] or 0), unit),
            committed=needs.amount(cover.committed, unit),
            there=needs.amount(cover.on_scene, unit),
        )
        rows.append(Row((mark(tone), needs.label(store, cover.need["what"]), text), tone))
    rows.append(heading(_("Call-ups")))
    for line in following.follow(store, incident=target.id):
        late = following.overdue(line, moment(store))
        words = following.OVERDUE_WORDS[late] if late else STATES[line["state"] or "draft"]
        name = line["equipment_name"] or line["team_name"] or line["item"] or ""
        tone = "late" if late else ""
        rows.append(
            Row((mark(tone), line["id"], f"{_words(words)}  {name}"), tone, Target("line", line["id"]))
        )
    return Details(drilled(row, f"{RECORDS['incident'].label} {target.id}"), tuple(rows))


def _team(store: Store, target: Target) -> Details:
    row = _row(store, Target("team", target.id))
    now = moment(store)
    stands = ready.of_team(store, target.id)
    computed = list(ready.in_full(store, stands)) if stands is not None else []
    rows = [ready.in_short(stands)] if stands is not None else []
    # Where one asks how it stands, that comes first; else how to reach it.
    first = target.kind == "standing"
    rows += computed if first else []
    reported = row["reported_at"]
    if reported is None:
        rows.append(Row((mark("ask"), _("never reported"), ""), "ask"))
    elif reported < now - conditions.stale_after():
        age = _("{age} ago").format(age=times.format_age(now - reported))
        rows.append(Row((mark("late"), _("stale report"), age), "late"))
    rows += _fields(store, "team", row)
    rows += computed if not first else []
    lines = store.rows("SELECT id, state FROM line WHERE team=? ORDER BY length(id), id", (target.id,))
    if lines:
        rows.append(heading(_("Call-ups")))
        rows += [
            Row(("", x["id"], _words(STATES[x["state"] or "draft"])), "", Target("line", x["id"]))
            for x in lines
        ]
    items = store.rows(
        "SELECT id, name FROM equipment WHERE team=? AND retired IS NULL ORDER BY id LIMIT 200", (target.id,)
    )
    if items:
        rows.append(heading(RECORDS["equipment"].label))
        rows += [Row(("", x["id"], x["name"] or ""), "", Target("equipment", x["id"])) for x in items]
    return Details(f"{RECORDS['team'].label} {target.id}", tuple(rows))


def _region(store: Store, target: Target) -> Details:
    """The teams of a region, the most useful first; of all regions when none is named."""
    now = moment(store)
    where, values = ("1", ()) if not target.id else ("region = ?", (target.id,))
    teams = store.rows(
        f"SELECT id, name, readiness, reported_at FROM team WHERE retired IS NULL AND {where} ORDER BY id",
        values,
    )
    rows = []
    for team in teams:
        tone, words = team_standing(team, now)
        age = times.format_age(now - team["reported_at"]) if team["reported_at"] is not None else ""
        cells = (mark(tone), team["id"], "  ".join(filter(None, (words, team["name"], age))))
        rows.append(Row(cells, tone if tone != "good" else "", Target("team", team["id"])))
    order = [mark(t) for t in ("good", "wait", "bad", "late", "ask")]
    rows.sort(key=lambda r: order.index(r.cells[0]))
    name = (store.row("region", target.id) or {}).get("name") or target.id or _("all")
    return Details(_("Teams: {region}").format(region=name), tuple(rows))


def team_standing(team: dict[str, Any], now: int) -> tuple[str, str]:
    """(tone, words): a stale report is never shown as ready."""
    if team["readiness"] is None or team["reported_at"] is None:
        return "ask", _("never reported")
    field = RECORDS["team"].field("readiness")
    words = field.type.show(team["readiness"]) if field else str(team["readiness"])
    if team["reported_at"] < now - conditions.stale_after():
        return "late", _("stale, was {state}").format(state=words)
    return {"ready": "good", "standby": "wait"}.get(team["readiness"], "bad"), words


def _contest(store: Store, target: Target) -> Details:
    """A contested thing and the orders that stand against each other."""
    kind, id_ = target.id.split(":", 1)
    now = moment(store)
    row = store.row(kind, id_) or {}
    rows = [Row((mark("late"), id_, row.get("name") or ""), "late", Target(kind, id_))]
    case = advice.case(store.connection, target.id)
    contested = target.id in claims.contested(store.connection)
    if not contested and target.id not in decisions.apart(store.connection):
        rows.append(Row((mark("good"), _("settled"), "")))
    for decision in case.decided:
        kept = wording.kept({"kept": decision.kept})
        rows.append(Row(("", _time(decision.at, now), "  ".join((kept, decision.who, decision.why)))))
    for side in case.sides:
        words = _words(STATES[side.state])
        more = (words, side.incident, _time(side.since, now), side.approver)
        rows.append(Row(("", side.line, "  ".join(filter(None, more))), "", Target("line", side.line)))
    rows += _advised(case, target.id)
    return Details(_("Contested"), tuple(rows))


def _advised(case: advice.Case, thing: str) -> list[Row]:
    """The sides by their case, each with its reasons, and the command by which a person decides."""
    rows = [heading(_("Advice, best case first; you decide:"))]
    for n, ranked in enumerate(case.ranked, 1):
        ahead = ""
        if ranked.ahead_by:
            ahead = _("ahead by {criterion}").format(criterion=advice.criterion_words(ranked.ahead_by))
        rows.append(Row(("", f"{n}. {ranked.line}", ahead), "", Target("line", ranked.line)))
        for reason in ranked.reasons:
            if said := advice.words(reason):
                rows.append(Row(("", f"   {advice.criterion_words(reason.criterion)}", said)))
    command = f"emergency conflict resolve {shlex.quote(thing)} --keep {_('ORDER')} --why {_('REASON')}"
    return [*rows, heading(_("What to type:")), Row(("", "", command))]


def _needs(store: Store, target: Target) -> Details:
    return _incident(store, Target("incident", target.id))


def _conflict(store: Store, target: Target) -> Details:
    """What is no contest of orders: its sides, and the record it is about."""
    found = conflicts.named(store, target.id.partition("@")[0], past=True)
    if found.kind in (conflicts.CLAIM, conflicts.SETTLED_APART, conflicts.SETTLED):
        return _contest(store, Target("contest", ":".join(found.about)))
    head = (mark("ask"), conflicts.kind_words(found.kind), conflicts.title(store, found))
    rows = [Row(head, "ask", Target(*found.about))]
    rows += [Row(("", "", line)) for line in conflictview.tell(store, found).lines[1:]]
    return Details(f"{_('Conflict')} {target.id}", tuple(rows))


def _season(store: Store, target: Target) -> Details:
    row = _row(store, target)
    return Details(*seasonview.told(store, target, _fields(store, "season", row)))


def _with(store: Store, target: Target, more: Iterable[Row]) -> Details:
    """A record's fields, and what there is to say besides."""
    told = _record(store, target)
    return told._replace(rows=(*told.rows, *more))


def _standard(store: Store, target: Target) -> Details:
    fields = _fields(store, "standard", _row(store, target))
    return Details(*versions.told(store, target.id, fields))


def _alert(store: Store, target: Target) -> Details:
    from emergency.tui import alertdetails

    return alertdetails.told(store, target)


_TOLD: dict[str, Callable[[Store, Target], Details]] = {
    "line": lambda store, target: Details(*lines.told(store, target.id)),
    "incident": _incident,
    "needs": _needs,
    "season": _season,
    "team": _team,
    "standing": _team,
    "region": _region,
    "contest": _contest,
    "hub": lambda store, _target: Details(*standing.of_hubs(store)),
    "newer": lambda store, _target: Details(*standing.of_newer(store)),
    "conflict": _conflict,
    "recovery": lambda store, target: _with(store, target, losses.lines_of(store, target.id)),
    "loss": lambda store, target: _with(store, target, losses.arrivals_of(store, target.id)),
    "audit": lambda store, target: Details(*gaps.told(store, target.id)),
    "standard": _standard,
    "alert": _alert,
    "entry": lambda store, target: Details(*entries.told(store, target.id)),
}
