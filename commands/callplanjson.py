"""A call-up plan for programs: quantities in the needs' own units, minutes rounded up to tenths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from emergency.commands.callplan import (
    Found,
    Item,
    all_in_time,
    beyond_strength,
    explained,
    in_time,
    instead,
    late,
    more_than_needed,
    over_short,
    over_units,
    sources,
    unit_of,
    without_over,
)
from emergency.plugins.planner.callreading import Why
from emergency.store import coverleft, planned, times
from emergency.store.asks import Ask
from emergency.store.offers import Holder
from emergency.store.places import Point
from emergency.store.planned import Drafted
from emergency.store.travel import tenths
from emergency.store.vouched import COMPUTED


def plain(found: Found) -> dict[str, Any]:
    """The plan for programs: quantities in the needs' own units, minutes rounded to tenths."""
    answer, plan_, ground = found.answer, found.answer.plan, found.made.ground
    whys = explained(found)
    stands, dropped = planned.against(found.asks, found.before)
    return {
        "style": found.style,
        "method": plan_.method,
        "cost": round(plan_.cost, 3),
        "bound": round(plan_.bound, 3),
        "gap": round(plan_.gap, 6),
        "seconds": round(answer.seconds, 3),
        "at": times.format_time(ground.at),
        "times": sources(found),
        "routing_trouble": found.travel.trouble or None,
        "unknown_places": list(found.travel.unknown),
        "teams_called": _teams(found, answer.called),
        "holders_called": len(answer.called),
        "holders_reckoned_without": len(whys),
        "holders_nearest_first": answer.nearest,
        "needs_short": sum(s > 0 for s in plan_.short),
        "needs_short_nearest_first": answer.nearest_short,
        "without": list(found.without),
        "spread": {**found.spread._asdict(), "assumed": not found.spread.recorded},
        "over": found.share,
        "over_holders": over_units(found),
        "over_short": over_short(found),
        "drafts": _drafts(found, stands, dropped),
        "incidents": [
            {
                "id": row["id"],
                "title": row.get("title"),
                "exercise": bool(row.get("exercise")),
                "sample": bool(row.get("sample")),
                "needs": [
                    _need(found, n)
                    for n, w in enumerate(ground.wanted)
                    if w.cover.need["incident"] == row["id"]
                ],
            }
            for row in found.incidents
        ],
        "lines": [_line(found, item, whys) for item in found.items],
        "orders": [
            {**_order(ask, milli), "draft": draft.order if draft else None}
            for (ask, milli), draft in zip(found.asks, stands, strict=True)
        ],
        "cover_lost": [
            {
                **lost._asdict(),
                "minutes": tenths(lost.minutes),
                "turnout_minutes": tenths(lost.turnout_minutes),
                "nearest_at": _place(lost.nearest_at),
            }
            for lost in found.left.lost
        ],
        "cover": {
            "within_minutes": coverleft.WITHIN,
            "areas": [
                {**area._asdict(), "at": _place(area.at), "types": [one._asdict() for one in area.types]}
                for area in found.left.areas
            ],
            "teams": [{**team._asdict(), "at": _place(team.at)} for team in found.left.teams],
        },
        "sustainment": [
            {
                **last._asdict(),
                "supplies": [supply._asdict() for supply in last.supplies],
                "runs_out": [out._asdict() for out in last.runs_out],
            }
            for last in found.lasting
        ],
        "rations": {"sample": found.rations.sample, "of": [ration._asdict() for ration in found.rations.of]},
    }


def _place(at: Point | None) -> dict[str, float] | None:
    return None if at is None else {"lat": at.lat / 1e6, "lng": at.lng / 1e6}


def _drafts(found: Found, stands: Sequence[Drafted | None], dropped: Sequence[Drafted]) -> dict[str, Any]:
    """The orders of an earlier plan that stand, and what --issue would do now."""
    return {
        "standing": [draft.order for draft in found.before],
        "new": stands.count(None),
        "kept": [draft.order for draft in stands if draft],
        "updated": list(planned.updated((ask for ask, _milli in found.asks), stands)),
        "cancelled": [draft.order for draft in dropped],
    }


def _teams(found: Found, holders: Sequence[int]) -> int:
    return sum(found.made.ground.holders[h].kind == "team" for h in holders)


def _need(found: Found, n: int) -> dict[str, Any]:
    wanted, ground = found.made.ground.wanted[n], found.made.ground
    need = wanted.cover.need
    arrivals = found.explained.arrivals(n)
    minutes = [s.minutes for s in arrivals if s.leg]
    short = found.explained.missing(n)
    change = found.explained.change(n) if short else None
    return {
        "id": need["id"],
        "what": need["what"],
        "label": found.labels[need["what"]],
        "unit": need["unit"] or "",
        "priority": need["priority"],
        "by": None if need["by"] is None else times.format_time(need["by"]),
        "required": int(need["amount"] or 0) / 1000,
        "ordered": wanted.cover.asked / 1000,
        "planned": sum(s.items * s.offer.gives[n] for s in arrivals) / 1000,
        "short": short / 1000,
        "first_minutes": tenths(min(minutes, default=math.inf)),
        "last_minutes": tenths(max(minutes, default=math.inf)),
        "late_minutes": tenths(late(found, n, max(minutes))) if minutes else None,
        "chance_in_time": _chance(all_in_time(found, n)),
        "over": more_than_needed(found, n) / 1000,
        "chance_without_over": _chance(without_over(found, n)),
        "passed_over": [
            {
                "holder_kind": ground.holders[p.offer.holder].kind,
                "holder": ground.holders[p.offer.holder].id,
                "name": ground.holders[p.offer.holder].name,
                "sample": bool(ground.holders[p.offer.holder].sample),
                "minutes": tenths(p.minutes),
                **_turnout(ground.holders[p.offer.holder].turnout),
                "why": p.why,
                **_stands(found, ground.holders[p.offer.holder], p.why in COMPUTED),
                "source": p.source or None,
                "incident": p.incident or None,
                "costs_more": None if p.more is None else tenths(p.more),
            }
            for p in found.passed[n]
        ],
        "not_on_shelves": [
            {**one._asdict(), "quantity": one.quantity / 1000} for one in found.otherwise[need["what"]]
        ],
        "smallest_change": change
        and {
            "what": change.reason or "several",
            "holders": [ground.holders[h].id for h in change.holders],
            "still_short": change.still / 1000,
        },
    }


def _chance(p: float | None) -> float | None:
    """A chance to four places, rounded down: none is told as more than it is."""
    return None if p is None else math.floor(p * 10_000) / 10_000


def _turnout(minutes: float) -> dict[str, Any]:
    """How much of the minutes is turning out; said only of those who state a time for it."""
    return {"turnout_minutes": tenths(minutes)} if minutes else {}


def _stands(found: Found, holder: Holder, asked: bool) -> dict[str, Any]:
    """How a team counts by its computed readiness, with the figures that hold it back."""
    one = found.standings.get(holder.id) if holder.kind == "team" and asked else None
    if one is None:
        return {}
    return {"counts_as": one.counts_as, "held_back": [held.plain() for held in one.held]}


def _line(found: Found, item: Item, whys: dict[int, Why]) -> dict[str, Any]:
    sent, ground = item.sent, found.made.ground
    holder = ground.holders[sent.offer.holder]
    why, more = whys.get(sent.offer.holder), beyond_strength([item], holder)
    return {
        "incident": sent.incident,
        "holder_kind": holder.kind,
        "holder": holder.id,
        "name": holder.name,
        "sample": bool(holder.sample),
        "kind": sent.offer.kind,
        "item": sent.offer.item or None,
        "label": found.labels.get(sent.offer.item) or None,
        "unit": unit_of(found, item) or None if sent.offer.kind == "reserve" else None,
        "specification": sent.offer.specification or None,
        "count": sent.items,
        "over": item.over,
        "equipment": list(item.tags),
        "gives": {
            ground.wanted[n].cover.need["id"]: sent.items * sent.offer.gives[n] / 1000 for n in sent.needs
        },
        "minutes": tenths(sent.minutes),
        **_turnout(sent.turnout),
        "source": sent.leg.source if sent.leg else None,
        "late_minutes": tenths(max(late(found, n, sent.minutes) for n in sent.needs)) if sent.leg else None,
        "chance_in_time": {
            ground.wanted[n].cover.need["id"]: _chance(in_time(found, sent, n)) for n in sent.needs
        },
        **_stands(found, holder, True),
        "beyond_strength": more and {"reported": more[0], "strength": more[1]},
        "past": list(item.past),
        "drafted_before": bool(found.made.model.kept.get(sent.way)),
        "without_it": why
        and {
            "short": {ground.wanted[n].cover.need["id"]: milli / 1000 for n, milli in why.short.items()},
            "later_minutes": {ground.wanted[n].cover.need["id"]: tenths(m) for n, m in why.later.items()},
            "instead": instead(found, why) or None,
            "instead_minutes": tenths(why.minutes),
        },
    }


def _order(ask: Ask, milli: int) -> dict[str, Any]:
    return {
        "incident": ask.incident,
        "team": ask.team or None,
        "equipment": list(ask.equipment),
        "people": ask.people,
        "item": ask.item or None,
        "depot": ask.depot or None,
        "quantity": milli / 1000 if ask.item else None,
        "by": None if ask.by is None else times.format_time(ask.by),
        "report_to": ask.report_to or None,
    }
