"""A conflict as people and programs see it: every side, the advice, and what to type."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from emergency.store import (
    advice,
    claimants,
    conflicts,
    history,
    needs,
    promised,
    recounts,
    times,
    units,
    wording,
)
from emergency.store.advice import Case, Ranked
from emergency.store.causality import PLACES
from emergency.store.claimants import Custody, Loss, Side
from emergency.store.conflicts import Conflict
from emergency.store.decidedwords import clock, decided_words, plain_decision
from emergency.store.records import RECORDS
from emergency.store.records.callup import KINDS
from emergency.store.records.equipment import CUSTODY
from emergency.store.records.incident import EXERCISE_MARK, LEVELS
from emergency.store.records.steps import STATES, legal_from
from emergency.store.store import Store
from emergency.store.words import _, aside, language
from emergency.store.words import told as said_of


class Told(NamedTuple):
    """One conflict: for JSON, and as lines for a person."""

    value: dict[str, Any]
    lines: list[str]


def tell(store: Store, conflict: Conflict) -> Told:
    """Everything about a conflict, and the commands that end it."""
    more = _TOLD[conflict.kind](store, conflict)
    head = {"id": conflict.id, "kind": conflict.kind, "what": conflict.what, "sides": list(conflict.sides)}
    name = conflicts.title(store, conflict)
    title = "  ".join(filter(None, (conflict.id, name, conflicts.kind_words(conflict.kind))))
    lines = [title, *more.lines]
    commands = more.value["commands"]
    if commands:
        lines += ["", _("What to type:"), *(f"  {line}" for line in commands)]
    return Told({**head, "name": name, **more.value}, lines)


def _tongue(pair: tuple[str, str]) -> str:
    return pair[1 if language() == "zh" else 0]


def _typed(*words: str, why: bool = True) -> str:
    """A command line to type, its names quoted."""
    said = shlex.join(("emergency", *words))
    return f"{said} --why {shlex.quote(_('REASON'))}" if why else said


def _stepped(step: str, line: str) -> str:
    """The command line of a step, with what it has to be told."""
    more = {"extend": ("--until", _("TIME")), "partial": ("--qty", _("HOW_MUCH"))}.get(step, ())
    return _typed("callup", step, line, *more, why=False)


# -- claims -----------------------------------------------------------------------------------------


def _claim(store: Store, conflict: Conflict) -> Told:
    thing = ":".join(conflict.about)
    found = advice.case(store.connection, thing)
    losses = {side.line: claimants.losses(store, side) for side in found.sides}
    open_ = conflict.kind != conflicts.SETTLED
    commands = [
        _typed("conflict", "resolve", conflict.id, "--keep", side.order)
        for ranked in found.ranked
        for side in found.sides
        if side.line == ranked.line and open_
    ]
    lines = [_where(found.where)] if found.where.states or found.where.holders else []
    for decision in found.decided:
        lines.append(decided_words(decision))
    for side in found.sides:
        lines += ["", *side_lines(side, losses[side.line], open_=open_)]
    if open_:
        lines += ["", *advice_lines(found)]
    value = {
        "custody": {"states": list(found.where.states), "holders": list(found.where.holders)},
        "claims": [_plain_side(side, losses[side.line]) for side in found.sides],
        "advice": [_plain_ranked(ranked) for ranked in found.ranked] if open_ else [],
        "decided": [plain_decision(d) for d in found.decided],
        "commands": commands,
    }
    return Told(value, lines)


def _where(where: Custody) -> str:
    states = " / ".join(_tongue(CUSTODY[s]) if s in CUSTODY else s for s in where.states) or "?"
    holders = " / ".join(where.holders)
    if not holders:
        return _("custody: {state}").format(state=states)
    return _("custody: {state}, with {holder}").format(state=states, holder=holders)


def side_lines(side: Side, losses: list[Loss], *, open_: bool) -> Iterator[str]:
    """A side of a contest: how it stands, then all that is recorded of it, indented."""
    kind = _tongue(KINDS[side.kind]) if side.kind in KINDS else "?"
    since = "" if side.since is None else _("since {time}").format(time=clock(side.since))
    standing = "  ".join(filter(None, (side.line, kind, wording.state_words(side.state), since)))
    yield standing if side.live else aside(f"{standing} ", _("its claim has ended"))
    level = _tongue(LEVELS[side.level]) if side.level in LEVELS else ""
    exercise = EXERCISE_MARK if side.exercise else ""
    incident = "  ".join(filter(None, (side.incident, side.title, level, exercise)))
    rows = [
        (_("Incident"), incident or "-"),
        (_("Station"), f"{side.station} {side.station_name}".strip() or "?"),
        (_("Ordered by"), side.officer),
        (_("Approved by"), side.approver or "-"),
        (_("Legal basis"), side.basis or "-"),
        (_("Issued"), _issued(side)),
        (_("Report to"), side.report_to),
        (_("Reason"), side.why),
        *((_("Asks for a person"), wording.asking(flag)) for flag in side.flags),
    ]
    for label, text in rows:
        if text:
            yield "    " + said_of(label, text)
    for heard in side.heard:
        words = (
            _("had seen {line}")
            if heard.saw
            else _("had not seen {line}: {upto} of {entry} entries had come")
        )
        yield "    " + words.format(line=heard.line, upto=min(heard.upto, heard.entry), entry=heard.entry)
    if not (side.live and open_):
        return
    yield "    " + _("if it loses: {state}").format(state=_tongue(STATES["superseded"]))
    for loss in losses:
        yield "      " + loss_words(loss)


def _issued(side: Side) -> str:
    return _("{at}, recorded {recorded}").format(at=clock(side.issued_at), recorded=clock(side.recorded))


def loss_words(loss: Loss) -> str:
    """What a need of an incident lacks now, and what it would lack without a line."""
    return _("{incident} {what}: short {before} -> {after}, asked for {asked} -> {left}").format(
        incident=loss.incident,
        what=loss.label,
        before=needs.amount(loss.short, loss.unit),
        after=needs.amount(loss.short_without, loss.unit),
        asked=needs.amount(loss.asked, loss.unit),
        left=needs.amount(loss.asked_without, loss.unit),
    )


def advice_lines(found: Case) -> Iterator[str]:
    """The sides, the best case first, each with its reasons."""
    yield _("Advice, best case first; you decide:")
    for n, ranked in enumerate(found.ranked, 1):
        ahead = ""
        if ranked.ahead_by:
            ahead = _("ahead by {criterion}").format(criterion=advice.criterion_words(ranked.ahead_by))
        yield f"  {n}. " + "  ".join(filter(None, (ranked.line, ahead)))
        for reason in ranked.reasons:
            said = advice.words(reason)
            if said:
                yield "       " + said_of(advice.criterion_words(reason.criterion), said)


def _plain_side(side: Side, losses: list[Loss]) -> dict[str, Any]:
    value = side._asdict()
    for name in ("since", "by", "issued_at", "recorded"):
        value[name] = None if value[name] is None else times.as_told(value[name])
    value["flags"] = list(side.flags)
    value["seen"] = [heard._asdict() for heard in value.pop("heard")]
    value["if_lost"] = [
        {k: v / 1000 if isinstance(v, int) else v for k, v in loss._asdict().items() if k != "label"}
        for loss in losses
    ]
    return value


def _plain_ranked(ranked: Ranked) -> dict[str, Any]:
    return {
        "line": ranked.line,
        "ahead_by": ranked.ahead_by or None,
        "reasons": [{"criterion": r.criterion, "found": list(r.found)} for r in ranked.reasons],
    }


# -- the others -------------------------------------------------------------------------------------


def _field(store: Store, conflict: Conflict) -> Told:
    kind, id_ = conflict.about
    name = conflict.id.rpartition(":")[2]
    field = RECORDS[kind].field(name)
    lines = [field.label if field else name]
    values = []
    for n, stated in enumerate(history.values_apart(store, kind, id_, name), 1):
        values.append({k: v for k, v in stated.items() if k not in ("stored", "shown", "at", "recorded")})
        values[-1] |= {"at": times.as_told(stated["at"]), "recorded": times.as_told(stated["recorded"])}
        by = _("{who} at {station}, {time}").format(
            who=stated["who"], station=stated["station"] or "?", time=clock(stated["at"])
        )
        mark = ">" if n == 1 else " "
        lines.append(f"  {mark} {n}. {stated['shown'] or _('(none)')}  {by}  {stated['why']}".rstrip())
    lines.append(_("> is what is shown until somebody decides"))
    commands = [
        _typed("conflict", "resolve", conflict.id, "--keep", str(n)) for n in range(1, len(values) + 1)
    ]
    return Told({"values": values, "commands": commands}, lines)


def _line(store: Store, conflict: Conflict) -> Told:
    row = store.row("line", conflict.id) or {}
    state = row.get("state") or "draft"
    lines = [wording.state_words(state), *(f"  ? {wording.asking(flag)}" for flag in conflict.sides)]
    answers = [
        s for s in legal_from(state) if s not in ("contact", "sighted", "issue", "supersede", "reassign")
    ]
    if answers:
        lines.append(_("Any of these answers it, once it is what happened:"))
    else:
        lines.append(_("The line is over; what came of it needs an order of its own."))
    commands = [_stepped(step, conflict.id) for step in answers]
    commands += [] if answers else [_typed("callup", "show", conflict.id.split("/")[0], why=False)]
    return Told({"state": state, "commands": commands}, lines)


def _twice(store: Store, conflict: Conflict) -> Told:
    kind = conflict.about[0]
    lines, records = [conflict.what], []
    for id_ in conflict.sides:
        row = store.row(kind, id_) or {}
        records.append(
            {"id": id_, "name": row.get("name"), "team": row.get("team"), "claimed": row.get("claimed")}
        )
        lines.append("  " + "  ".join(str(v) for v in records[-1].values() if v))
    if kind == "equipment":
        lines.append(
            _("One thing: keep one tag, and the other counts under it. Two things: correct the number.")
        )
        commands = [_typed("conflict", "resolve", conflict.id, "--keep", id_) for id_ in conflict.sides]
    else:
        lines.append(_("One person counted twice: retire the record that no longer holds."))
        commands = [
            f"{_typed(kind, 'retire', id_, why=False)} --reason {_('REASON')}" for id_ in conflict.sides
        ]
    return Told({"records": records, "commands": commands}, lines)


def _astray(store: Store, conflict: Conflict) -> Told:
    """Out without an order, or still with the one that lost it."""
    tag = conflict.about[1]
    row = store.row("equipment", tag) or {}
    lines = [_where(Custody((row.get("custody") or "",), tuple(filter(None, (row.get("custodian"),)))))]
    if conflict.kind == conflicts.HELD and store.row("incident", conflict.sides[0]):
        lines.append(
            _("It is there, and {line} is for elsewhere. Any of these, once it is what happens:").format(
                line=conflict.sides[1]
            )
        )
        commands = [
            c for line in conflict.sides[1].split() for c in _ways_out(store, line, conflict.sides[0])
        ]
    elif conflict.kind == conflicts.HELD:
        lines.append(
            _("It is {line} that may have it now. When it leaves for that:").format(line=conflict.sides[1])
        )
        commands = [_typed("callup", "depart", line, why=False) for line in conflict.sides[1].split()]
    else:
        lines.append(_("Give it an order where it is, or say who has it now:"))
        commands = [
            _typed("callup", "unrequested", "--equipment", tag, "--incident", _("INCIDENT"), why=False)
        ]
    commands.append(
        _typed("equipment", "hand-over", tag, "--from", conflict.sides[0] or "?", "--to", _("WHO"), why=False)
        + " --custody home"
    )
    return Told(
        {"custody": row.get("custody"), "custodian": row.get("custodian"), "commands": commands}, lines
    )


def _ways_out(store: Store, line: str, where: str) -> list[str]:
    """What ends it that a line claims what is at another incident: the order goes there, or it comes after all."""
    state = (store.row("line", line) or {}).get("state") or "draft"
    steps = [s for s in legal_from(state) if s in ("accept", "depart", "arrive", "cancel")]
    there = _typed("callup", "supersede", line, "--incident", where, why=False)
    return [there, *(_stepped(step, line) for step in steps)]


def _deficit(store: Store, conflict: Conflict) -> Told:
    """Stock promised beyond what there is: who keeps it says how much each line gets."""
    reserve = conflict.about[1]
    found = next(p for p in promised.beyond(store.connection) if p.reserve == reserve)
    unit = str((store.row("reserve", reserve) or {}).get("unit") or "")

    def amount(milli: int) -> str:
        return units.format_quantity(milli, unit).strip()

    lines = [
        _("there: {have}, short: {short}").format(have=amount(found.quantity), short=amount(found.short))
    ]
    commands = []
    for line, milli in found.lines.items():
        state = (store.row("line", line) or {}).get("state") or "draft"
        lines.append(f"  {line}  {wording.state_words(state)}  {amount(milli)}")
        steps = legal_from(state)
        commands += [_stepped("partial", line)] if "partial" in steps else []
        commands += [_stepped(s, line) for s in ("decline", "unable") if s in steps][:1]
    lines.append(_("Who keeps the stock decides; what a line does not get returns to its need."))
    told = {line: milli / 1000 for line, milli in found.lines.items()}
    value = {"quantity": found.quantity / 1000, "short": found.short / 1000, "promised": told}
    return Told({**value, "commands": commands}, lines)


def _counted(store: Store, conflict: Conflict) -> Told:
    """One shelf put right twice: each count as it was booked, and how either is taken back."""
    reserve = conflict.about[1]
    stock = store.row("reserve", reserve) or {}

    def amount(milli: int) -> str:
        return units.format_quantity(milli, str(stock.get("unit") or "")).strip()

    lines = [
        _("The books say {quantity}; each of these put them right:").format(
            quantity=amount(stock.get("quantity") or 0)
        )
    ]
    told, commands = [], []
    for count in recounts.apart(store.connection)[reserve]:
        found, wall, station = store.connection.execute(
            "SELECT m.quantity, e.wall, f.station FROM movement m JOIN entry e ON e.n = m.mark / ?"
            " JOIN feed f ON f.n = e.feed WHERE m.reserve=? AND m.mark=?",
            (PLACES, reserve, count.booked),
        ).fetchone()
        said = _("booked {amount}") if count.stocktake else _("counted {amount}")
        lines.append(
            "  " + "  ".join((count.name, clock(wall), str(station), said.format(amount=amount(found))))
        )
        told.append({"name": count.name, "operation": count.op, "station": station, "quantity": found / 1000})
        commands.append(_typed("undo", count.op, why=False))
    lines.append(_("Take back what was counted twice, or count the shelf once more."))
    shelf = (str(stock.get("depot") or ""), str(stock.get("item") or ""))
    commands.append(_typed("reserve", "count", *shelf, "--qty", _("HOW_MUCH"), why=False))
    return Told(
        {"quantity": (stock.get("quantity") or 0) / 1000, "counts": told, "commands": commands}, lines
    )


def _decided(store: Store, conflict: Conflict) -> Told:
    """A field that was edited apart, and somebody chose."""
    made = conflicts.settled(store, conflict.id)
    return Told(
        {"decided": [plain_decision(d) for d in made], "commands": []}, [decided_words(d) for d in made]
    )


_TOLD: dict[str, Callable[[Store, Conflict], Told]] = {
    conflicts.CLAIM: _claim,
    conflicts.SETTLED_APART: _claim,
    conflicts.SETTLED: _claim,
    conflicts.DECIDED: _decided,
    conflicts.FIELD: _field,
    conflicts.TWICE: _twice,
    conflicts.OUT: _astray,
    conflicts.HELD: _astray,
    conflicts.DEFICIT: _deficit,
    conflicts.COUNTED: _counted,
    conflicts.LINE: _line,
}
