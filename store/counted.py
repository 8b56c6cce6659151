"""What a call-up plan counts as coming although nobody answered, it is late, or its road is closed.

An order counts from the moment it is given (needs.py), so a plan lacks nothing where orders are enough, whatever
became of them. That is said, with whom to leave out.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from typing import NamedTuple

from emergency.store import following, needs
from emergency.store.places import Point
from emergency.store.records.callup import HOLDING
from emergency.store.records.steps import ACTIVE
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.travel import Travel
from emergency.store.words import _, language, listed

#: So many lines are written out.
FEW = 6


class Counted(NamedTuple):
    """A line that counts as coming, and why that may be wrong."""

    incident: str
    line: str
    #: Who brings it: a team, "" where it is stock or nobody's.
    team: str
    #: `answer` or `arrival`, as following.overdue has them; or `closed`.
    why: str
    #: For `closed`: who says so.
    source: str


def counted(
    store: Store, incidents: Sequence[str], *, without: Collection[str] = (), travel: Travel
) -> list[Counted]:
    """What brings something to a need of these incidents, and is in doubt; but for teams that a plan does `without`."""
    out = []
    #: A team brings many things, by one way.
    place = functools.cache(functools.partial(_at, store))
    way = functools.cache(travel.minutes)
    for incident in incidents:
        at = place("incident", incident)
        whats = needs.asked_for(store, incident)
        for row in following.follow(store, incident=incident, open_only=True):
            if row["state"] not in ACTIVE or row["kind"] in HOLDING or row["team"] in without:
                continue
            why = [(row["overdue"], "")] if row["overdue"] in ("answer", "arrival") else []
            kind = "team" if row["team"] else "depot"
            origin = place(kind, row[kind]) if row[kind] else None
            leg = way(origin, at) if at and origin else None
            if leg and leg.closed and row["state"] not in ("on_scene", "released"):
                why.append(("closed", leg.source))
            if why and any(needs.brought(store.connection, what, row["id"]) for what in whats):
                out += [Counted(incident, row["id"], row["team"] or "", code, source) for code, source in why]
    return out


def _at(store: Store, kind: str, id_: str) -> Point | None:
    """The position of a record, or that of its region."""
    for row in store.rows(
        "SELECT coalesce(t.at_lat, r.at_lat) AS lat, coalesce(t.at_lng, r.at_lng) AS lng"
        f' FROM "{kind}" t LEFT JOIN region r ON r.id = t.region WHERE t.id=?',
        (id_,),
    ):
        return None if row["lat"] is None else Point(row["lat"], row["lng"])
    return None


# -- in words ---------------------------------------------------------------------------------------


def said(found: Sequence[Counted]) -> list[str]:
    """The same for a person, with what leaves them out; nothing where nothing is in doubt."""
    late = [one for one in found if one.why != "closed"]
    shut = [one for one in found if one.why == "closed"]
    out = []
    if late:
        out.append(
            _("counted as coming though nobody answered or it is late: {lines}").format(lines=_lines(late))
        )
    if shut:
        out.append(_("counted as coming though there is no way for it: {lines}").format(lines=_lines(shut)))
    teams = list(dict.fromkeys(one.team for one in found if one.team))
    if teams:
        options = " ".join(f"--without {safe(team)}" for team in teams[:FEW])
        out.append("  " + _("{options} plans without them").format(options=options))
    return out


def briefly(found: Sequence[Counted]) -> str:
    """The same in one line; "" where nothing is in doubt."""
    if not found:
        return ""
    return _("counted as coming, and in doubt: {lines}").format(lines=_lines(found, 3))


def in_doubt(one: Counted) -> str:
    """Why a line that counts as coming may not come."""
    words = following.OVERDUE_WORDS.get(one.why)
    return words[1 if language() == "zh" else 0] if words else one.source


def _lines(some: Sequence[Counted], few: int = FEW) -> str:
    shown = listed(_line(one) for one in some[:few])
    return shown + (f" + {len(some) - few}" if len(some) > few else "")


def _line(one: Counted) -> str:
    return f"{safe(one.line)} {safe(one.team)} [{safe(in_doubt(one))}]".replace("  ", " ")
