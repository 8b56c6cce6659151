"""What a call-up plan says of three days on: what runs out first, and when, of crews, fuel, food and water."""

from __future__ import annotations

import math

from emergency.store import lasting, rations
from emergency.store.planwords import FEW
from emergency.store.text import safe
from emergency.store.unitwords import in_words
from emergency.store.words import _, aside, clauses, listed, ngettext, told


def lasts(one: lasting.Lasting) -> list[str]:
    """What runs out at an incident, and when, a line each; what belongs to the line before is indented."""
    out = [said] if (said := runs_out(one)) else []
    if one.people:
        out.append(
            _(
                "{incident}: {relieved} of {people} people can be relieved by their own teams after {hours} h"
            ).format(incident=one.incident, relieved=one.relieved, people=one.people, hours=lasting.SHIFT)
        )
    if one.unrelieved:
        names = listed(map(safe, one.unrelieved[:FEW]))
        out.append("  " + _("cannot relieve all they sent: {units}").format(units=names))
    if said := stops(one):
        out.append(said)
    if one.unknown:
        out.append(
            ngettext(
                "{incident}: running time not known of {n} item",
                "{incident}: running time not known of {n} items",
                one.unknown,
            ).format(incident=one.incident, n=one.unknown)
        )
    return out + [_supply(one, supply) for supply in one.supplies]


def runs_out(one: lasting.Lasting) -> str:
    """What runs out at an incident within the time looked at, the first of it first; "" for nothing that is known."""
    names = {"crew": _("crew without relief"), **_supplies()}
    said = [
        _("{what} after {hours} h").format(
            what=names.get(out.what) or _("fuel or charge of {tag}").format(tag=safe(out.which)),
            hours=_hours(out.hours),
        )
        for out in one.runs_out
    ]
    return (
        _("{incident}: runs out first: {what}").format(incident=one.incident, what=clauses(said))
        if said
        else ""
    )


def _hours(hours: float) -> str:
    """Hours to the tenth, and never more than they are."""
    return f"{math.floor(hours * 10) / 10:g}"


def _supplies() -> dict[str, str]:
    return {"water": _("water"), "food": _("food")}


def _supply(one: lasting.Lasting, supply: lasting.Supply) -> str:
    """How long food or water lasts those who are sent, and how much more it takes."""
    what, n = _supplies()[supply.name], lasting.AHEAD
    more = f"{supply.lacking} {in_words(supply.measure)} {supply.label}".replace("  ", " ")
    if supply.hours is None:
        used = f"{supply.needed:g} {in_words(supply.unit)}".strip()
        said = _("{incident}: no {what} is called or carried; {people} people use {used} in {n} h").format(
            incident=one.incident, what=what, people=one.people, used=used, n=n
        )
        return safe(said + (_(", such as {more}").format(more=more) if supply.kind else ""))
    if supply.hours >= n:
        return _(
            "{incident}: {what} called or carried lasts {people} people longer than {n} h, if nobody else has of it"
        ).format(incident=one.incident, what=what, people=one.people, n=n)
    said = _(
        "{incident}: {what} called or carried lasts {people} people {hours} h, if nobody else has of it"
    ).format(incident=one.incident, what=what, people=one.people, hours=_hours(supply.hours))
    return safe(clauses((said, _("{more} more would last {n} h").format(more=more, n=n))))


def used_up(used: rations.Rations) -> str:
    """What people are taken to use in a day, and whether that is made up."""
    each = listed(f"{_supplies()[r.name]} {r.per_day:g} {in_words(r.unit)}".strip() for r in used.of)
    said = _("a person uses in a day: {what}").format(what=each)
    return safe(aside(said, told(used.sample, rations.FILE) if used.sample else ""))


def stops(one: lasting.Lasting) -> str:
    """What stops first, and when; "" where nothing is known to stop within the time looked at."""
    if not one.first or one.hours is None:
        return ""
    return _("{incident}: {tag} stops first, {hours} h after it starts, without fuel or charge").format(
        incident=one.incident, tag=safe(one.first), hours=_hours(one.hours)
    )
