"""A call-up plan as a person reads it: needs, lines with their reasons, what is short, what it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emergency.commands.callplan import (
    Found,
    Item,
    all_in_time,
    arrives,
    beyond_strength,
    drafted,
    explained,
    instead,
    late,
    least_chance,
    more_than_needed,
    over_short,
    over_units,
    parcels,
    sources,
    unit_of,
    without_over,
)
from emergency.commands.output import Column, aligned
from emergency.plugins.planner.callreading import Why
from emergency.store import coverleft, lastingwords, needs, planwords, readinesswords, times
from emergency.store.offers import Holder
from emergency.store.showing import drilled, starred
from emergency.store.text import safe
from emergency.store.unitwords import in_words
from emergency.store.vouched import COMPUTED, Standing
from emergency.store.words import _, added, clauses, listed, told


def lines(found: Found) -> list[str]:
    """The whole plan."""
    out: list[str] = []
    whys = explained(found)
    for row in found.incidents:
        out += _incident(found, row, whys)
    out += _cover(found.left)
    out += [_("72 hours on:")] if found.lasting else []
    out += [f"  {text}" for one in found.lasting for text in lastingwords.lasts(one)]
    out += [f"  {lastingwords.used_up(found.rations)}"] if found.lasting else []
    return [*out, "", *_measured(found, len(whys))]


# -- one incident ---------------------------------------------------------------------------------


def _incident(found: Found, row: dict[str, Any], whys: dict[int, Why]) -> list[str]:
    title = drilled(row, f"{row['id']} {safe(row.get('title') or '')}".strip())
    wanted = [(n, w) for n, w in enumerate(found.made.ground.wanted) if w.cover.need["incident"] == row["id"]]
    out = [title]
    if not wanted:
        return [*out, "  " + _("no needs are stated"), ""]
    rows = [_need_row(found, n) for n, _w in wanted]
    headings = {
        "what": _("What"), "required": _("Required"), "ordered": _("Ordered"), "planned": _("Planned"),
        **({"over": _("Over")} if found.over else {}),
        "short": _("Short"), "by": _("By"), "last": _("Last arrives"), "chance": _("In time"),
    }  # fmt: skip
    out += _table(headings, rows)
    items = [i for i in found.items if i.sent.incident == row["id"]]
    if items:
        out += ["", *_table(_line_headings(found), [_line_row(found, some, whys) for some in parcels(items)])]
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
    minutes = [s.minutes for s in arrivals if s.leg]
    last = planwords.arrives(max(minutes)) if minutes else ""
    if minutes and (over := late(found, n, max(minutes))) > 0:
        last = added(last, planwords.late(over))
    return {
        "what": safe(found.labels.get(need["what"], need["what"])),
        "required": needs.amount(int(need["amount"] or 0), unit),
        "ordered": needs.amount(wanted.cover.asked, unit),
        "planned": needs.amount(planned, unit),
        "short": needs.amount(found.explained.missing(n), unit) if found.explained.missing(n) else "",
        "by": times.format_short(need["by"], found.made.ground.at) if need["by"] else "",
        "last": last,
        "chance": planwords.chance_with(all_in_time(found, n), without_over(found, n)),
        "over": needs.amount(more_than_needed(found, n), unit),
    }


def _line_headings(found: Found) -> dict[str, str]:
    over = {"over": _("Of it over")} if found.over else {}
    return {
        "unit": _("Unit"),
        "brings": _("Brings"),
        "minutes": _("Arrives"),
        "chance": _("In time"),
        **over,
        "stands": _("Counts as"),
        "why": _("Without it"),
    }


def _line_row(found: Found, items: Sequence[Item], whys: dict[int, Why]) -> dict[str, str]:
    holder = found.made.ground.holders[items[0].sent.offer.holder]
    why = whys.get(items[0].sent.offer.holder)
    minutes = arrives(items)
    return {
        "unit": _unit(holder),
        "brings": _brings(found, items),
        "minutes": planwords.arrives(minutes, holder.turnout),
        "chance": planwords.chance(least_chance(found, items)),
        "over": _brings(found, [i for i in items if i.over], over=True),
        "stands": _stands(found, items, holder),
        "why": planwords.over_line()
        if all(i.over == i.sent.items for i in items)
        else _why(found, why, items[0].sent.incident)
        if why
        else "",
    }


def _stands(found: Found, items: Sequence[Item], holder: Holder) -> str:
    """How a team counts by its computed readiness; and what of it is called by an override alone."""
    one = found.standings.get(holder.id) if holder.kind == "team" else None
    past = sorted({code for item in items for code in item.past})
    said = [readinesswords.counts_as(one.counts_as, one.held)] if one is not None else []
    if (more := beyond_strength(items, holder)) is not None:
        said.append(planwords.beyond_strength(*more))
    return clauses(said + ([planwords.overridden(past)] if past else []))


def _brings(found: Found, items: Sequence[Item], *, over: bool = False) -> str:
    """What comes, or what of it is more than is needed."""
    people = sum(_count(i, over) for i in items if i.sent.offer.kind == "people")
    things: dict[str, int] = {}
    for item in items:
        if item.sent.offer.kind in ("equipment", "reserve"):
            name = found.labels.get(item.sent.offer.item, item.sent.offer.item) or _("equipment")
            if item.sent.offer.kind == "reserve":
                name = f"{in_words(unit_of(found, item))} {name}".strip()
            things[name] = things.get(name, 0) + _count(item, over)
    return planwords.brings(people, things, whole=any(i.sent.offer.kind == "team" for i in items))


def _count(item: Item, over: bool) -> int:
    return item.over if over else item.sent.items


def _label(found: Found, n: int) -> str:
    what = found.made.ground.wanted[n].cover.need["what"]
    return safe(found.labels.get(what, what))


def _why(found: Found, why: Why, incident: str) -> str:
    """What the plan would be without a unit; of another incident than this it says of which."""
    wanted = found.made.ground.wanted

    def label(n: int) -> str:
        other = str(wanted[n].cover.need["incident"])
        return _label(found, n) + (f" ({safe(other)})" if other != incident else "")

    short = [(label(n), milli, wanted[n].cover.need["unit"] or "") for n, milli in why.short.items()]
    later = [(label(n), minutes) for n, minutes in why.later.items()]
    return planwords.without(short, later, instead(found, why), why.minutes)


# -- short, passed over -----------------------------------------------------------------------------


def _short(found: Found, n: int) -> list[str]:
    missing = found.explained.missing(n)
    if not missing:
        return []
    unit = found.made.ground.wanted[n].cover.need["unit"] or ""
    change = found.explained.change(n)
    holders = [found.made.ground.holders[h].id for h in change.holders]
    otherwise = planwords.not_on_shelves(
        found.otherwise[found.made.ground.wanted[n].cover.need["what"]], unit
    )
    said = planwords.change(change.reason, holders, change.still, unit, otherwise)
    return ["  ! " + told(planwords.short(_label(found, n), missing, unit), said)]


def _passed(found: Found, n: int) -> list[str]:
    passed = found.passed[n]
    if not passed:
        return []
    out = ["  " + _("Passed over for {what}:").format(what=_label(found, n))]
    for p in passed:
        said = planwords.passed(p.why, p.more, p.incident, p.source)
        holder = found.made.ground.holders[p.offer.holder]
        away = planwords.away(p.minutes, p.why, turnout=holder.turnout)
        if p.why in COMPUTED and holder.id in found.standings:
            said += _figures(found.standings[holder.id])
        out.append("    " + told(listed((_unit(holder), away)), said))
    return out


def _figures(one: Standing) -> str:
    """The figures of computed readiness behind a reason."""
    told = readinesswords.held(one.held)
    return f" ({told})" if told else ""


def _unit(holder: Holder) -> str:
    """A team, a depot, or equipment of nobody's, as it is named; samples are marked."""
    if holder.kind == "loose":
        return ("* " if holder.sample else "") + safe(holder.name)
    return safe(f"{starred(holder.id, holder.sample)} {holder.name}".strip())


# -- what is left behind, how good it is ------------------------------------------------------------


def _cover(left: coverleft.Left) -> list[str]:
    lost = left.lost
    told = [f"  {planwords.before_after(left)}"] if left.areas else []
    if not lost:
        return [planwords.nothing_lost(), *told]
    out = [planwords.lost(), *told]
    out += [f"  {planwords.cover(one)}" for one in lost[: 2 * planwords.FEW]]
    rest = len(lost) - 2 * planwords.FEW
    return out + ([f"  + {rest}"] if rest > 0 else [])


def _over(found: Found) -> str:
    return planwords.over_called(found.share, over_units(found), over_short(found)) if found.over else ""


def _measured(found: Found, told: int) -> list[str]:
    answer, plan = found.answer, found.answer.plan
    out = planwords.measured(
        found.style, len(answer.called), answer.nearest, plan.cost, plan.bound, method=plan.method,
        told=told, sources=sources(found), drafts=len(found.before), drafted=drafted(found),
        chances=planwords.spread(*found.spread), over=_over(found),
    )  # fmt: skip
    return out + planwords.roads(found.travel)
