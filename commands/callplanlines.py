"""A call-up plan as a person reads it: needs, lines with their reasons, what is short, what it leaves behind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from emergency.commands.callplan import PASSED, Found, Item, arrives, explained, parcels
from emergency.commands.output import Column, aligned
from emergency.plugins.planner.callreading import Change, Passed, Why
from emergency.store import coverleft, lasting, needs, times
from emergency.store.lasting import Lasting
from emergency.store.offers import Holder
from emergency.store.text import safe
from emergency.store.travel import said_minutes
from emergency.store.words import _, ngettext

#: So many tags, areas and names are written out.
FEW = 6


def lines(found: Found) -> list[str]:
    """The whole plan."""
    out: list[str] = []
    whys = explained(found)
    for row in found.incidents:
        out += _incident(found, row, whys)
    out += _cover(found.lost)
    out += [_("72 hours on:")] if found.lasting else []
    out += [f"  {text}" for one in found.lasting for text in _lasting(found, one)]
    return [*out, "", *_measured(found, len(whys))]


# -- one incident ---------------------------------------------------------------------------------


def _incident(found: Found, row: dict[str, Any], whys: dict[int, Why]) -> list[str]:
    title = f"{row['id']} {safe(row.get('title') or '')}".strip()
    if row.get("exercise"):
        title = f"{_('EXERCISE')} {title}"
    wanted = [(n, w) for n, w in enumerate(found.made.ground.wanted) if w.cover.need["incident"] == row["id"]]
    out = [title]
    if not wanted:
        return [*out, "  " + _("no needs are stated"), ""]
    rows = [_need_row(found, n) for n, _w in wanted]
    headings = {
        "what": _("What"), "required": _("Required"), "ordered": _("Ordered"), "planned": _("Planned"),
        "short": _("Short"), "by": _("By"), "last": _("Last arrives"),
    }  # fmt: skip
    out += _table(headings, rows)
    items = [i for i in found.items if i.sent.incident == row["id"]]
    if items:
        out += ["", *_table(_line_headings(), [_line_row(found, some, whys) for some in parcels(items)])]
    for n, _w in wanted:
        out += _short(found, n)
    for n, _w in wanted:
        out += _passed(found, n)
    return [*out, ""]


def _table(headings: dict[str, str], rows: Sequence[dict[str, str]]) -> list[str]:
    columns = [Column(key, text, lambda r, key=key: r[key]) for key, text in headings.items()]  # type: ignore[misc]
    return ["  " + line for line in aligned(list(headings.values()), rows, columns, None)]


def _need_row(found: Found, n: int) -> dict[str, str]:
    wanted = found.made.ground.wanted[n]
    need = wanted.cover.need
    unit = need["unit"] or ""
    arrivals = found.explained.arrivals(n)
    planned = sum(s.items * s.offer.gives[n] for s in arrivals)
    minutes = [s.leg.minutes for s in arrivals if s.leg]
    last = _("in {n} min").format(n=said_minutes(max(minutes))) if minutes else ""
    if need["by"] and minutes and found.made.ground.at + max(minutes) * times.MINUTE > need["by"]:
        over = max(minutes) - (need["by"] - found.made.ground.at) / times.MINUTE
        last += ", " + _("{n} min late").format(n=said_minutes(over))
    return {
        "what": safe(found.labels.get(need["what"], need["what"])),
        "required": needs.amount(int(need["amount"] or 0), unit),
        "ordered": needs.amount(wanted.cover.asked, ""),
        "planned": needs.amount(planned, ""),
        "short": needs.amount(found.explained.missing(n), "") if found.explained.missing(n) else "",
        "by": times.format_short(need["by"], found.made.ground.at) if need["by"] else "",
        "last": last,
    }


def _line_headings() -> dict[str, str]:
    return {"unit": _("Unit"), "brings": _("Brings"), "minutes": _("Arrives"), "why": _("Without it")}


def _line_row(found: Found, items: Sequence[Item], whys: dict[int, Why]) -> dict[str, str]:
    holder = found.made.ground.holders[items[0].sent.offer.holder]
    why = whys.get(items[0].sent.offer.holder)
    minutes = arrives(items)
    return {
        "unit": _unit(holder),
        "brings": _brings(found, items),
        "minutes": _("in {n} min").format(n=said_minutes(minutes))
        if math.isfinite(minutes)
        else _("not known"),
        "why": _why(found, why, items[0].sent.incident) if why else "",
    }


def _brings(found: Found, items: Sequence[Item]) -> str:
    """What comes, like things added up; the tags stand in the orders and in --json."""
    people = sum(i.sent.items for i in items if i.sent.offer.kind == "people")
    parts = [ngettext("{n} person", "{n} people", people).format(n=people)] if people else []
    if any(i.sent.offer.kind == "team" for i in items):
        parts.append(_("whole team"))
    things: dict[str, int] = {}
    for item in items:
        if item.sent.offer.kind in ("equipment", "reserve"):
            name = found.labels.get(item.sent.offer.item, item.sent.offer.item) or _("equipment")
            things[name] = things.get(name, 0) + item.sent.items
    parts += [f"{n} {safe(name)}" for name, n in things.items()]
    return ", ".join(parts)


def _label(found: Found, n: int) -> str:
    what = found.made.ground.wanted[n].cover.need["what"]
    return safe(found.labels.get(what, what))


def _why(found: Found, why: Why, incident: str) -> str:
    """What the plan would be without a unit; of another incident than this it says of which."""
    wanted = found.made.ground.wanted

    def label(n: int) -> str:
        other = str(wanted[n].cover.need["incident"])
        return _label(found, n) + (f" ({safe(other)})" if other != incident else "")

    parts = [
        _("{what} short by {n}").format(
            what=label(n), n=needs.amount(milli, wanted[n].cover.need["unit"] or "")
        )
        for n, milli in sorted(why.short.items(), key=lambda pair: -pair[1])
    ]
    parts += [
        _("{what} {n} min later").format(what=label(n), n=said_minutes(minutes))
        for n, minutes in sorted(why.later.items(), key=lambda pair: -pair[1])
    ]
    said = "; ".join(parts[:2]) or _("no measurable difference")
    if why.instead >= 0:
        other = found.made.ground.holders[why.instead]
        said += "; " + _("next best {unit} in {n} min").format(
            unit=safe(other.id if other.kind != "loose" else other.name), n=said_minutes(why.minutes)
        )
    return said


# -- short, passed over -----------------------------------------------------------------------------


def _short(found: Found, n: int) -> list[str]:
    missing = found.explained.missing(n)
    if not missing:
        return []
    unit = found.made.ground.wanted[n].cover.need["unit"] or ""
    change = found.explained.change(n)
    said = _("{what} is short by {n}").format(what=_label(found, n), n=needs.amount(missing, unit))
    return [f"  ! {said}: {_change(found, change, unit)}"]


def _change(found: Found, change: Change, unit: str) -> str:
    names = ", ".join(safe(found.made.ground.holders[h].id) for h in change.holders[:FEW])
    if len(change.holders) > FEW:
        names += " ..."
    if change.reason == "none":
        return _("nothing in the registers would meet it; ask for help from elsewhere")
    if change.still:
        return _("even with {units} ({reasons}) {n} would be short; ask for help from elsewhere").format(
            units=names,
            reasons=_("on standby, resting or otherwise kept back"),
            n=needs.amount(change.still, unit),
        )
    if not change.reason:
        return _("{units} together would meet it, each kept back for its own reason").format(units=names)
    return _("{units} would meet it: {reason}").format(units=names, reason=reason(change.reason))


def reason(code: str) -> str:
    """Why something is passed over, in words."""
    return {
        "floor": _("below the floor that must stay"),
        "standby": _("on standby"),
        "stale": _("its report is stale"),
        "never": _("it never reported"),
        "crew": _("no crew"),
        "licence": _("nobody holds the licence"),
        "rest": _("resting"),
        "claimed": _("ordered already"),
        "leased": _("leased to another station"),
        "away": _("not at hand"),
        "inspection": _("in inspection"),
        "unavailable": _("unavailable"),
        "broken": _("out of service"),
        "expired": _("expired"),
        "elsewhere": _("of another province, which is asked, not ordered"),
        "without": _("left out of this plan"),
        "refused": _("an order for it would be refused"),
        "sent": _("sent to another incident"),
        "costs-more": _("ready, and the plan would cost more with it"),
    }[code]


def _passed(found: Found, n: int) -> list[str]:
    passed = found.explained.passed(n, PASSED)
    if not passed:
        return []
    out = ["  " + _("Passed over for {what}:").format(what=_label(found, n))]
    for p in passed:
        said = reason(p.why)
        if p.why == "costs-more":
            said = _("ready, but the plan would cost {n} minutes more with it").format(n=said_minutes(p.more))
        if p.incident:
            said += f" ({safe(p.incident)})"
        out.append(f"    {_unit(found.made.ground.holders[p.offer.holder])}, {_away(p)}: {said}")
    return out


def _unit(holder: Holder) -> str:
    """A team, a depot, or equipment of nobody's, as it is named; samples are marked."""
    name = f"{holder.id} {holder.name}".strip() if holder.kind != "loose" else holder.name
    return safe(name) + (" *" if holder.sample else "")


def _away(passed: Passed) -> str:
    return (
        _("{n} min").format(n=said_minutes(passed.minutes))
        if math.isfinite(passed.minutes)
        else _("not known")
    )


# -- what is left behind ----------------------------------------------------------------------------


def _cover(lost: Sequence[coverleft.Lost]) -> list[str]:
    if not lost:
        return [_("No area loses its last ready team of a type within {n} min.").format(n=coverleft.WITHIN)]
    out = [_("Left without a ready team within {n} min:").format(n=coverleft.WITHIN)]
    for one in lost[: 2 * FEW]:
        said = f"  {safe(one.name)}: {safe(one.type) or _('no type')}"
        if one.may_move:
            said += "; " + _("{unit} could move up, {n} min away").format(
                unit=safe(f"{one.nearest} {one.nearest_name}"), n=said_minutes(one.minutes)
            )
        elif one.nearest:
            said += "; " + _("the nearest is {unit}, {n} min away, alone where it is").format(
                unit=safe(f"{one.nearest} {one.nearest_name}"), n=said_minutes(one.minutes)
            )
        else:
            said += "; " + _("no ready team of the type is left")
        out.append(said)
    rest = len(lost) - 2 * FEW
    return out + ([f"  + {rest}"] if rest > 0 else [])


def _lasting(found: Found, one: Lasting) -> list[str]:
    out = []
    if one.people:
        out.append(
            _(
                "{incident}: {relieved} of {people} people can be relieved by their own teams after {hours} h"
            ).format(incident=one.incident, relieved=one.relieved, people=one.people, hours=lasting.SHIFT)
        )
    if one.unrelieved:
        out.append(
            "  "
            + _("no relief of their own: {units}").format(units=", ".join(map(safe, one.unrelieved[:FEW])))
        )
    if one.first and one.hours is not None:
        out.append(
            _("{incident}: {tag} stops first, {hours} h after it starts, without fuel or charge").format(
                incident=one.incident, tag=safe(one.first), hours=round(one.hours, 1)
            )
        )
    if one.unknown:
        out.append(
            ngettext(
                "{incident}: running time not known of {n} item",
                "{incident}: running time not known of {n} items",
                one.unknown,
            ).format(incident=one.incident, n=one.unknown)
        )
    out.append(
        _("{incident}: food and water not known: no rations are on record").format(incident=one.incident)
    )
    return out


def _measured(found: Found, told: int) -> list[str]:
    """How good the plan is, and against what."""
    answer, plan = found.answer, found.answer.plan
    bound = _(
        "proven: no plan can cost less than {bound} minutes; this one costs {cost}, at most {gap} % more"
    ).format(
        bound=f"{plan.bound:.0f}",
        cost=f"{plan.cost:.0f}",
        gap=f"{100 * (plan.cost / plan.bound - 1):.1f}" if plan.bound else "?",
    )
    out = [
        _("{style} plan: {n} units called; taking the nearest for each need would call {nearest}").format(
            style={"fast": _("fast"), "balanced": _("balanced"), "few": _("few")}[found.style],
            n=len(answer.called),
            nearest=answer.nearest,
        ),
        bound if plan.cost > 0 else _("nothing is lacking that could be sent"),
    ]
    if told < len(answer.called):
        out.append(
            _("what it would be without them is reckoned of {n} units, the soonest at each incident").format(
                n=told
            )
        )
    if plan.method == "prices" and plan.cost > 0:
        out.append(_("without a solver: pip install 'emergency-toolkit[planner]' finds better plans"))
    if sources := found.made.sources():
        out.append(_("times: {sources}").format(sources="; ".join(map(safe, sources))))
    kept = len(found.before)
    if kept:
        drafted = sum(bool(found.made.model.kept.get(i.sent.way)) for i in found.items)
        out.append(
            _("of an earlier plan {orders} drafts stand; {kept} lines of this plan are as drafted").format(
                orders=kept, kept=drafted
            )
        )
    return out
