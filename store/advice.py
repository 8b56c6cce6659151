"""Advice on a contest: which side has the better case, and why. It decides nothing.

The order of the reasons is fixed: custody, then higher authority, then life safety, then the
earlier approval; among equals the place in the journal, so that there is always an answer.
Advice is a function of what the journal holds, never of the order in which it came, of this
machine's clock or of who asks: every station that has the same entries gives the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from emergency.store import claims, decisions, times
from emergency.store.claimants import Custody, Side, custody, sides
from emergency.store.records.callup import KINDS
from emergency.store.records.incident import EXERCISE_MARK, LEVELS
from emergency.store.records.need import PRIORITIES
from emergency.store.words import _, language, listed

#: What is looked at, in this order; before all of it, where a drill is among the sides, whether it is the real thing.
CRITERIA = ("custody", "authority", "life-safety", "approval", "journal")
_TIERS = ("province", "city", "county", "")
_ROLES = ("commission", "approver")
#: By what right an order takes a thing, the strongest first; what only holds a thing comes last.
_KINDS = ("requisition", "callup", "transfer", "help", "preposition", "standby")


class Reason(NamedTuple):
    """How one side stands in one respect. Less is better; sides compare as their ranks do."""

    criterion: str
    rank: tuple[int | str, ...]
    #: What was found, as codes that are the same in every language.
    found: tuple[str, ...]


class Ranked(NamedTuple):
    """A side's place in the advice."""

    line: str
    reasons: tuple[Reason, ...]
    #: The criterion that puts it before the next side; "" for the last.
    ahead_by: str


class Case(NamedTuple):
    """Everything that is recorded of a contest, and the advice on it."""

    thing: str
    sides: tuple[Side, ...]
    where: Custody
    ranked: tuple[Ranked, ...]
    #: What was decided about this thing before, the latest first.
    decided: tuple[decisions.Decision, ...]


def case(connection: sqlite3.Connection, thing: str) -> Case:
    """The contest over a thing: its live claims while it is contested, else those decided about last."""
    decided = [d for d in decisions.decisions(connection) if d.thing == thing]
    live = decisions.standing_lines(connection, thing)
    apart = decisions.apart(connection).get(thing, ())
    if thing in claims.contested(connection):
        lines = live
    elif apart:
        lines = [*live, *(line for d in apart for line in d.lines)]
    else:
        lines = list(decided[0].lines) if decided else live
    found = sides(connection, thing, lines)
    where = custody(connection, thing, [side.equipment for side in found])
    return Case(thing, tuple(found), where, tuple(advise(found, where)), tuple(decided))


def advise(sides: Sequence[Side], where: Custody) -> list[Ranked]:
    """The sides, the best case first, each with all its reasons."""
    drilled = any(side.exercise for side in sides)
    weighed = sorted(
        ((side.line, _reasons(side, where, drilled)) for side in sides), key=lambda w: [r.rank for r in w[1]]
    )
    out = []
    for i, (line, reasons) in enumerate(weighed):
        ahead = ""
        if i + 1 < len(weighed):
            pairs = zip(reasons, weighed[i + 1][1], strict=True)
            ahead = next((mine.criterion for mine, other in pairs if mine.rank != other.rank), "journal")
        out.append(Ranked(line, reasons, ahead))
    return out


def _reasons(side: Side, where: Custody, drilled: bool) -> tuple[Reason, ...]:
    """Every respect; whether it is the real thing is one only where a drill is among the sides."""
    reasons = (_custody(side, where), _authority(side), _life(side), _approval(side), _journal(side))
    return (_real(side), *reasons) if drilled else reasons


def _real(side: Side) -> Reason:
    """The real thing goes before any drill, wherever the thing stands and whoever ordered (row E4)."""
    return Reason("real", (int(side.exercise),), ("exercise" if side.exercise else "real",))


def _custody(side: Side, where: Custody) -> Reason:
    """Who physically has it: what was reported of the thing itself goes before what its lines say."""
    by_state = {"on_scene": (0, "on-scene"), "en_route": (1, "en-route"), "released": (2, "going-home")}
    rank, code = by_state.get(side.state, (3, "not-left"))
    if where.away and where.holders:
        mine = {side.order, side.incident} & set(where.holders)
        if not mine:
            return Reason("custody", (3,), ("elsewhere", " / ".join(where.holders)))
        if rank == 3:
            rank, code = 0, "on-scene"
    return Reason("custody", (rank,), (code,))


def _authority(side: Side) -> Reason:
    """Who ordered, and by what right. What is not recorded comes last, and is said."""
    role = _ROLES.index(side.approver_role) if side.approver_role in _ROLES else len(_ROLES)
    kind = _KINDS.index(side.kind) if side.kind in _KINDS else len(_KINDS)
    return Reason(
        "authority",
        (_TIERS.index(side.tier), role, kind, 0 if side.basis else 1),
        (side.tier, side.approver_role or "", side.kind, side.basis or ""),
    )


def _life(side: Side) -> Reason:
    """A need marked for life safety; then the response level, then other needs."""
    level = list(LEVELS).index(side.level) if side.level in LEVELS else len(LEVELS)
    priority = list(PRIORITIES).index(side.priority) if side.priority in PRIORITIES else len(PRIORITIES)
    return Reason(
        "life-safety",
        (0 if side.priority == "life" else 1, level, priority),
        ("exercise" if side.exercise else "", side.level or "", side.priority or ""),
    )


def _approval(side: Side) -> Reason:
    at = side.issued_at
    return Reason("approval", (at is None, at or 0), () if at is None else (times.as_told(at),))


def _journal(side: Side) -> Reason:
    return Reason("journal", side.place_in_journal, ())


# -- in words ---------------------------------------------------------------------------------------


def criterion_words(criterion: str) -> str:
    """The name of a criterion, in the language spoken."""
    return {
        "real": _("the real thing"),
        "custody": _("custody"),
        "authority": _("authority"),
        "life-safety": _("life safety"),
        "approval": _("earlier approval"),
        "journal": _("place in the journal"),
    }[criterion]


def words(reason: Reason) -> str:
    """A reason in the language spoken: what is recorded, and what is not."""
    found = reason.found
    if reason.criterion == "real":
        return EXERCISE_MARK if found == ("exercise",) else _("no exercise")
    if reason.criterion == "custody":
        return _custody_words(*found)
    if reason.criterion == "authority":
        return _authority_words(*found)
    if reason.criterion == "life-safety":
        exercise, level, priority = found
        parts = [EXERCISE_MARK] if exercise else []
        parts.append(_tongue(LEVELS[level]) if level in LEVELS else _("no response level"))
        if priority in PRIORITIES:
            parts.append(_("need: {priority}").format(priority=_tongue(PRIORITIES[priority])))
        return listed(parts)
    if reason.criterion == "approval":
        return found[0][:16].replace("T", " ") if found else _("no time of approval")
    return ""


def _tongue(pair: tuple[str, str]) -> str:
    return pair[1 if language() == "zh" else 0]


def _custody_words(code: str, holder: str = "") -> str:
    return {
        "on-scene": _("it is there"),
        "en-route": _("it is on its way there"),
        "going-home": _("it is on its way home from there"),
        "not-left": _("it has not left for it"),
        "elsewhere": _("it is with {holder}").format(holder=holder),
    }[code]


def _authority_words(tier: str, role: str, kind: str, basis: str) -> str:
    parts = [
        {
            "province": _("a station of a province"),
            "city": _("a station of a city"),
            "county": _("a station of a county"),
        }.get(tier, _("a station of no recorded level"))
    ]
    if role == "commission":
        parts.append(_("approved by the commission"))
    elif role == "approver":
        parts.append(_("approved by an approver"))
    parts.append(_tongue(KINDS[kind]) if kind in KINDS else _("no kind of order"))
    parts.append(basis or _("no legal basis stated"))
    return listed(parts)
