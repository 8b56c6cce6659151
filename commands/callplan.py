"""One call-up plan, reckoned: its lines as orders that nothing refuses, and its reasons; and the plan as JSON."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from emergency.plugins.planner.callmaking import Made, Sent, made
from emergency.plugins.planner.callreading import Explained, Why
from emergency.plugins.planner.callup import Answer, solve
from emergency.store import candidates, coverleft, lasting, needs, offers, planned, times
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError
from emergency.store.planned import Drafted
from emergency.store.store import Store
from emergency.store.travel import Travel

#: So often a plan is made anew without what a rule refuses that only an order comes to know of.
TRIES = 4
#: For so many holders it is asked what the plan would be without them: each takes some milliseconds.
EXPLAINED = 40
#: So many passed over are named for each need.
PASSED = 4


class Item(NamedTuple):
    """A line of the plan: who brings what, by an order that nothing refuses."""

    sent: Sent
    tags: tuple[str, ...]


class Found(NamedTuple):
    """A call-up plan with everything that is said of it."""

    incidents: list[dict[str, Any]]
    style: str
    made: Made
    answer: Answer
    explained: Explained
    items: list[Item]
    #: (order, thousandths of its stock), as they would be drafted.
    asks: list[tuple[Ask, int]]
    before: list[Drafted]
    lost: list[coverleft.Lost]
    lasting: list[lasting.Lasting]
    without: Sequence[str]
    #: Ends of driving times in the register that name no place.
    unknown: Sequence[str]
    #: What needs and items ask for and are, in words.
    labels: dict[str, str]


#: An order, the thousandths of its stock, and its lines.
Parcel = tuple[Ask, int, list[Item]]


def _items(store: Store, model: Made, answer: Answer, before: Sequence[Drafted]) -> list[Item]:
    """The lines of a plan with the tags of what is sent: those that were drafted before others."""
    drafted = {tag for draft in before for tag in draft.tags}
    lines = model.lines(answer.plan.sent)
    by_tag = planned.Tags(store, model.ground, [sent.offer for sent in lines], drafted)
    known: dict[int, list[str]] = {}
    out = []
    for sent in lines:
        tags: tuple[str, ...] = ()
        if sent.offer.kind == "equipment":
            left = known.get(id(sent.offer))
            if left is None:
                left = known[id(sent.offer)] = by_tag.of(sent.offer)
            tags = tuple(left[: sent.items])
            del left[: sent.items]
        out.append(Item(sent, tags))
    return out


def _asks(model: Made, items: Sequence[Item], style: str, override: str) -> list[Parcel]:
    """(order, thousandths of its stock, its lines): one for what a team sends to an incident, one for each stock."""
    ground = model.ground
    parcels: dict[tuple[Any, ...], list[Item]] = {}
    for item in items:
        offer = item.sent.offer
        holder = ground.holders[offer.holder]
        sort = (offer.item,) if offer.kind == "reserve" else (offer.kind == "team",)
        parcels.setdefault((item.sent.incident, holder, *sort), []).append(item)
    out = []
    for (incident, holder, *_sort), some in parcels.items():
        deadlines = [ground.wanted[n].cover.need["by"] for item in some for n in item.sent.needs]
        by = min((int(b) for b in deadlines if b and b > ground.at), default=None)
        more: dict[str, Any] = {"by": by, "note": f"{planned.NOTE} {style}", "override": override}
        if holder.kind == "depot":
            milli = 1000 * sum(item.sent.items for item in some)
            out.append(
                (planned.stock_ask(incident, holder.id, some[0].sent.offer.item, milli, **more), milli, some)
            )
            continue
        tags = tuple(sorted(tag for item in some for tag in item.tags))
        people = sum(item.sent.items for item in some if item.sent.offer.kind == "people")
        team = holder.id if holder.kind == "team" else ""
        out.append(
            (Ask(incident=incident, team=team, equipment=tags, people=people or None, **more), 0, some)
        )
    return out


def plan(
    store: Store,
    incidents: Sequence[str],
    *,
    style: str,
    without: Collection[str] = (),
    standby: bool = False,
    override: str = "",
    seconds: float = 10.0,
    closed: Sequence[tuple[str, str]] = (),
) -> Found:
    """Plan a call-up. What a rule refuses that the survey could not see is left out, and the plan made anew.

    Raises what refuses an order if that goes on and on.
    """
    ground = offers.ground(store, incidents, without=without, standby=standby, past_floors=bool(override))
    travel = Travel(store, closed=closed)
    before = planned.earlier(store.connection, incidents)
    for attempt in range(TRIES):
        model = made(ground, travel, kept=planned.drawn_on(store, ground, before))
        answer = solve(model.model, style, seconds if not attempt else min(seconds, 2.0))
        items = _items(store, model, answer, before)
        asks = _asks(model, items, style, override)
        refused, error = _refused(store, asks, ground.at)
        if error is None:
            return _told(
                store, incidents, style, model, answer, items, [a[:2] for a in asks], before, without, travel
            )
        ground = ground._replace(
            offers=[o._replace(reason="refused") if id(o) in refused else o for o in ground.offers]
        )
    assert error is not None
    raise error


def _refused(store: Store, asks: Sequence[Parcel], at: int) -> tuple[set[int], EmergencyError | None]:
    """What an order would be refused for although it was offered, and the last refusal."""
    rules = candidates.refusals(store)
    refused: set[int] = set()
    why = None
    for ask, _milli, some in asks:
        try:
            rules.check(ask, at)
        except EmergencyError as error:
            why = error
            refused |= {id(item.sent.offer) for item in some}
    return refused, why


def _told(
    store: Store, incidents: Sequence[str], style: str, model: Made, answer: Answer, items: list[Item],
    asks: list[tuple[Ask, int]], before: list[Drafted], without: Collection[str], travel: Travel,
) -> Found:  # fmt: skip
    """The plan with all that is said of it."""
    ground = model.ground
    called = [ground.holders[h].id for h in answer.called if ground.holders[h].kind == "team"]
    whats = {w.cover.need["what"] for w in ground.wanted} | {o.item for o in ground.offers if o.item}
    sent = [
        (
            i.sent.incident,
            ground.holders[i.sent.offer.holder],
            i.sent.items * (i.sent.offer.kind == "people"),
            i.tags,
        )
        for i in items
    ]
    return Found(
        [store.row("incident", id_) or {"id": id_} for id_ in incidents], style, model, answer,
        Explained(model, answer), items, asks, before, coverleft.lost(store, called, travel),
        lasting.lasting(store, sent), list(without), travel.unknown, {what: needs.label(store, what) for what in whats},
    )  # fmt: skip


# -- as JSON --------------------------------------------------------------------------------------


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
        "times": found.made.sources(),
        "unknown_places": list(found.unknown),
        "teams_called": _teams(found, answer.called),
        "holders_called": len(answer.called),
        "holders_reckoned_without": len(whys),
        "holders_nearest_first": answer.nearest,
        "needs_short": sum(s > 0 for s in plan_.short),
        "needs_short_nearest_first": answer.nearest_short,
        "without": list(found.without),
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
        "cover_lost": [{**lost._asdict(), "minutes": tenths(lost.minutes)} for lost in found.lost],
        "sustainment": [last._asdict() for last in found.lasting],
    }


def _drafts(found: Found, stands: Sequence[Drafted | None], dropped: Sequence[Drafted]) -> dict[str, Any]:
    """The orders of an earlier plan that stand, and what --issue would do now."""
    return {
        "standing": [draft.order for draft in found.before],
        "new": stands.count(None),
        "kept": [draft.order for draft in stands if draft],
        "cancelled": [draft.order for draft in dropped],
    }


def drafted(found: Found) -> int:
    """How many lines of the plan are as an earlier plan drafted them."""
    return sum(bool(found.made.model.kept.get(item.sent.way)) for item in found.items)


def late(found: Found, need: int, minutes: float) -> float:
    """By how many minutes what takes so long comes after it is wanted; 0 where it is in time or no time is set."""
    by = found.made.ground.wanted[need].cover.need["by"]
    return max(0.0, minutes - (by - found.made.ground.at) / times.MINUTE) if by else 0.0


def instead(found: Found, why: Why) -> str:
    """Who would come in a unit's place, as it is named in a plan; "" for nobody."""
    if why.instead < 0:
        return ""
    other = found.made.ground.holders[why.instead]
    return other.id if other.kind != "loose" else other.name


def _teams(found: Found, holders: Sequence[int]) -> int:
    return sum(found.made.ground.holders[h].kind == "team" for h in holders)


def parcels(items: Sequence[Item]) -> list[list[Item]]:
    """The lines of each holder together, the soonest first."""
    by_holder: dict[int, list[Item]] = {}
    for item in items:
        by_holder.setdefault(item.sent.offer.holder, []).append(item)
    return sorted(by_holder.values(), key=lambda some: (arrives(some), some[0].sent.offer.holder))


def arrives(items: Sequence[Item]) -> float:
    """Minutes until the last of them is there; infinite where nobody knows."""
    return max(i.sent.minutes for i in items)


def explained(found: Found) -> dict[int, Why]:
    """{holder: what the plan would be without it}: the soonest at each incident, EXPLAINED of them in all."""
    lists = [parcels([i for i in found.items if i.sent.incident == row["id"]]) for row in found.incidents]
    in_turn = [some[0].sent.offer.holder for turn in itertools.zip_longest(*lists) for some in turn if some]
    return {h: found.explained.why(h) for h in list(dict.fromkeys(in_turn))[:EXPLAINED]}


def tenths(minutes: float) -> float | None:
    """Minutes as JSON has them; None where there is no way or none is known.

    Rounded up, as whole minutes are, so that what shows whole minutes of it shows those of the text.
    """
    return math.ceil(minutes * 10 - 1e-8) / 10 if math.isfinite(minutes) else None


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
        "passed_over": [
            {
                "holder_kind": ground.holders[p.offer.holder].kind,
                "holder": ground.holders[p.offer.holder].id,
                "name": ground.holders[p.offer.holder].name,
                "sample": bool(ground.holders[p.offer.holder].sample),
                "minutes": tenths(p.minutes),
                **_turnout(ground.holders[p.offer.holder].turnout),
                "why": p.why,
                "source": p.source or None,
                "incident": p.incident or None,
                "costs_more": tenths(p.more) if p.why == "costs-more" else None,
            }
            for p in found.explained.passed(n, PASSED)
        ],
        "smallest_change": change
        and {
            "what": change.reason or "several",
            "holders": [ground.holders[h].id for h in change.holders],
            "still_short": change.still / 1000,
        },
    }


def _turnout(minutes: float) -> dict[str, Any]:
    """How much of the minutes is turning out; said only of those who state a time for it."""
    return {"turnout_minutes": tenths(minutes)} if minutes else {}


def _line(found: Found, item: Item, whys: dict[int, Why]) -> dict[str, Any]:
    sent, ground = item.sent, found.made.ground
    holder = ground.holders[sent.offer.holder]
    why = whys.get(sent.offer.holder)
    return {
        "incident": sent.incident,
        "holder_kind": holder.kind,
        "holder": holder.id,
        "name": holder.name,
        "sample": bool(holder.sample),
        "kind": sent.offer.kind,
        "item": sent.offer.item or None,
        "label": found.labels.get(sent.offer.item) or None,
        "specification": sent.offer.specification or None,
        "count": sent.items,
        "equipment": list(item.tags),
        "gives": {
            ground.wanted[n].cover.need["id"]: sent.items * sent.offer.gives[n] / 1000 for n in sent.needs
        },
        "minutes": tenths(sent.minutes),
        **_turnout(sent.turnout),
        "source": sent.leg.source if sent.leg else None,
        "late_minutes": tenths(max(late(found, n, sent.minutes) for n in sent.needs)) if sent.leg else None,
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
    }
