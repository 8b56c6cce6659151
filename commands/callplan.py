"""One call-up plan, reckoned: its lines as orders that nothing refuses, and its reasons."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.plugins.planner.callmaking import Made, Sent, made
from emergency.plugins.planner.callreading import Explained, Passed, Why
from emergency.plugins.planner.callup import Answer, solve
from emergency.plugins.planner.overcall import Over, more
from emergency.store import candidates, coverleft, intime, lasting, needs, offers, planned, rations, times
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError
from emergency.store.intime import Spread
from emergency.store.lasting import Sending
from emergency.store.offers import Ground, Holder
from emergency.store.planned import Drafted
from emergency.store.rations import Rations
from emergency.store.store import Store
from emergency.store.travel import Travel
from emergency.store.vouched import COMPUTED, Standing, Vouched

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
    #: How many of what is sent are more than is needed.
    over: int = 0
    #: What nobody can vouch for and an override calls all the same, of passing.REASONS.
    past: tuple[str, ...] = ()


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
    left: coverleft.Left
    lasting: list[lasting.Lasting]
    without: Sequence[str]
    #: Where its driving times are from, with what was in the way of asking for them.
    travel: Travel
    #: What needs and items ask for and are, in words.
    labels: dict[str, str]
    #: {what needs ask for: what is there of it on no shelf}
    otherwise: dict[str, list[candidates.Otherwise]]
    #: {need: what was passed over for it}, and how teams that are called or passed over stand.
    passed: dict[int, list[Passed]]
    standings: dict[str, Standing]
    spread: Spread
    #: By what share more is called than is needed, and what came of that; None where no more was asked.
    share: float
    over: Over | None
    rations: Rations


#: An order, the thousandths of its stock, and its lines.
Parcel = tuple[Ask, int, list[Item]]


def _with_more(answer: Answer, model: Made, over: Over | None) -> Answer:
    """The plan with what is called beyond what is needed, as if it were of it."""
    if over is None:
        return answer
    sent = dict(answer.plan.sent)
    for way, items in over.sent.items():
        sent[way] = sent.get(way, 0) + items
    holders = {model.groups[model.model.way_group[way]].holder for way in over.sent}
    plan_ = answer.plan._replace(sent=dict(sorted(sent.items())))
    return answer._replace(plan=plan_, called=sorted({*answer.called, *holders}))


def _items(
    store: Store, model: Made, answer: Answer, before: Sequence[Drafted], beyond: Mapping[int, int]
) -> list[Item]:
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
        out.append(Item(sent, tags, beyond.get(sent.way, 0)))
    return out


def _asks(
    model: Made, items: Sequence[Item], style: str, override: str, places: Mapping[str, str]
) -> list[Parcel]:
    """(order, thousandths of its stock, its lines): one for what a team sends to a place, one for each stock.

    `places` are where each incident has them report, whose need says nothing else.
    """
    ground = model.ground
    parcels: dict[tuple[Any, ...], list[Item]] = {}
    for item in items:
        offer = item.sent.offer
        holder = ground.holders[offer.holder]
        sort = (offer.item,) if offer.kind == "reserve" else (offer.kind == "team",)
        stated = (ground.wanted[n].cover.need["place"] for n in item.sent.needs)
        place = next(filter(None, stated), places[item.sent.incident])
        parcels.setdefault((item.sent.incident, holder, place, *sort), []).append(item)
    out = []
    for (incident, holder, place, *_sort), some in parcels.items():
        deadlines = [ground.wanted[n].cover.need["by"] for item in some for n in item.sent.needs]
        by = min((int(b) for b in deadlines if b and b > ground.at), default=None)
        more: dict[str, Any] = {
            "by": by, "note": f"{planned.NOTE} {style}", "override": override, "report_to": place
        }  # fmt: skip
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
    travel: Travel,
    *,
    style: str,
    without: Collection[str] = (),
    standby: bool = False,
    override: str = "",
    seconds: float = 10.0,
    complete: bool = False,
    over: float = 0.0,
    used: Rations | None = None,
) -> Found:
    """Plan a call-up. What a rule refuses that the survey could not see is left out, and the plan made anew.

    So is what nobody can vouch for, unless an `override` says why; with `complete` teams that are short of
    anything are left out too. `over` is the share by which more is called than is needed. Raises what refuses an
    order if that goes on and on. `used` is what people eat and drink; unless given, what ships.
    """
    used = used or rations.read()
    ground = offers.ground(store, incidents, without=without, standby=standby, past=bool(override))
    before = planned.earlier(store.connection, incidents)
    places = planned.places_of(store, incidents)
    vouched = Vouched(store)
    if complete:
        ground = vouched.complete(ground)
    attempt = 0
    while attempt < TRIES:
        model = made(ground, travel, kept=planned.drawn_on(store, ground, before))
        limit = seconds if not attempt else min(seconds, 2.0)
        answer = solve(model.model, style, limit)
        extra = more(model.model, answer, over, style, limit) if over else None
        answer = _with_more(answer, model, extra)
        if not override:
            kept = vouched.kept_back(ground, (sent.offer for sent in model.lines(answer.plan.sent)))
            if kept is not ground:
                ground = kept
                continue
        attempt += 1
        items = _items(store, model, answer, before, extra.sent if extra else {})
        asks = _asks(model, items, noted(style, over), override, places)
        refused, error = _refused(store, asks, ground.at)
        if error is None:
            if override:
                past = vouched.past(ground, [(item.sent.offer, item.tags) for item in items])
                items = [item._replace(past=why) for item, why in zip(items, past, strict=True)]
            return _told(
                store, incidents, style, model, answer, items, [a[:2] for a in asks], before, without, travel,
                vouched, (over, extra), used,
            )  # fmt: skip
        ground = ground._replace(
            offers=[
                o._replace(reason="refused", refusal=refused[id(o)]) if id(o) in refused else o
                for o in ground.offers
            ]
        )
    assert error is not None
    raise error


def noted(style: str, over: float) -> str:
    """What stands in the note of an order behind NOTE: the style, and how much more than needed was called."""
    return f"{style}, over-call {over:.0%}" if over else style


def _refused(store: Store, asks: Sequence[Parcel], at: int) -> tuple[dict[int, str], EmergencyError | None]:
    """{what an order would be refused for although it was offered: why}, and the last refusal.

    Of an order for several things those that are refused alone, and all where only together they are.
    """
    rules = candidates.refusals(store)
    refused: dict[int, str] = {}
    last = None
    for (ask, _milli, some), error in zip(
        asks, rules.each([ask for ask, _milli, _some in asks], at), strict=True
    ):
        if isinstance(error, EmergencyError):
            last = error
            lines = some if not ask.item else []
            alone = zip(lines, rules.each([_part(ask, item) for item in lines], at), strict=True)
            found = {id(item.sent.offer): one for item, one in alone}
            said = {offer: one.message for offer, one in found.items() if isinstance(one, EmergencyError)}
            refused |= said or {id(item.sent.offer): error.message for item in some}
    return refused, last


def _part(ask: Ask, item: Item) -> Ask:
    """What an order to a team asks for by one of its lines."""
    people = item.sent.items if item.sent.offer.kind == "people" else None
    return ask._replace(equipment=item.tags, people=people)


def _told(
    store: Store, incidents: Sequence[str], style: str, model: Made, answer: Answer, items: list[Item],
    asks: list[tuple[Ask, int]], before: list[Drafted], without: Collection[str], travel: Travel,
    vouched: Vouched, over: tuple[float, Over | None], used: Rations,
) -> Found:  # fmt: skip
    """The plan with all that is said of it."""
    ground = model.ground
    explained = Explained(model, answer)
    passed = {n: explained.passed(n, PASSED) for n in range(len(ground.wanted))}
    called = [ground.holders[h].id for h in answer.called if ground.holders[h].kind == "team"]
    whats = {w.cover.need["what"] for w in ground.wanted} | {i.sent.offer.item for i in items} - {""}
    sent = [_sending(i, ground.holders[i.sent.offer.holder]) for i in items]
    return Found(
        [store.row("incident", id_) or {"id": id_} for id_ in incidents], style, model, answer,
        explained, items, asks, before, coverleft.left(store, called, travel),
        lasting.lasting(store, sent, used), list(without), travel, {what: needs.label(store, what) for what in whats},
        {w.cover.need["what"]: candidates.not_on_shelves(store, w.cover.need["what"]) for w in ground.wanted},
        passed, vouched.standings([*called, *_asked_about(ground, passed)]), intime.spread(store, travel), *over, used,
    )  # fmt: skip


def _sending(item: Item, holder: Holder) -> Sending:
    """A line as what is sent of people, equipment and stock."""
    sent, kind = item.sent, item.sent.offer.kind
    people = sent.items if kind == "people" else (holder.people or 0) if kind == "team" else 0
    stock = (sent.offer.item, sent.items) if kind == "reserve" else ("", 0)
    return Sending(sent.incident, holder, people, item.tags, *stock)


def _asked_about(ground: Ground, passed: dict[int, list[Passed]]) -> list[str]:
    """Teams that are passed over for what computed readiness has the figures of."""
    some = [ground.holders[p.offer.holder] for those in passed.values() for p in those if p.why in COMPUTED]
    return [holder.id for holder in some if holder.kind == "team"]


# -- what is said of it --------------------------------------------------------------------------


def in_time(found: Found, sent: Sent, need: int) -> float | None:
    """The chance that a line is there by when a need wants it; None where no time is set, or nobody knows the way."""
    by = found.made.ground.wanted[need].cover.need["by"]
    if not by or sent.leg is None:
        return None
    within = (by - found.made.ground.at) / times.MINUTE
    return intime.chance(sent.leg.minutes, sent.turnout, within, found.spread)


def all_in_time(found: Found, need: int, *, over: bool = True) -> float | None:
    """The chance that enough of what is called for a need is there in time; None where no time is set, or nothing comes.

    What one holder sends from one place is one drive. What nobody knows the way of counts as not there. Without `over`
    what is more than is needed does not come.
    """
    beyond = {} if over else {item.sent.way: item.over for item in found.items}
    wanted = found.made.ground.wanted[need]
    convoys: dict[tuple[int, Any], tuple[int, float]] = {}
    for sent in found.explained.arrivals(need):
        key = (sent.offer.holder, sent.offer.at)
        p = in_time(found, sent, need)
        items = sent.items - beyond.get(sent.way, 0)
        amount = convoys.get(key, (0, 0.0))[0] + items * sent.offer.gives[need]
        convoys[key] = (amount, p or 0.0)
    if not convoys or not wanted.cover.need["by"]:
        return None
    return intime.together(convoys.values(), wanted.missing)


def without_over(found: Found, need: int) -> float | None:
    """The same if nothing were over-called; None where nothing is."""
    return all_in_time(found, need, over=False) if more_than_needed(found, need) else None


def more_than_needed(found: Found, need: int) -> int:
    """Thousandths that are called for a need beyond what it needs."""
    if found.over is None:
        return 0
    of_way = {item.sent.way: item.over for item in found.items}
    return sum(of_way[s.way] * s.offer.gives[need] for s in found.explained.arrivals(need))


def least_chance(found: Found, items: Sequence[Item]) -> float | None:
    """The least chance that what a holder sends is there in time for what it is for."""
    chances = [in_time(found, i.sent, n) for i in items for n in i.sent.needs]
    return min((p for p in chances if p is not None), default=None)


def over_units(found: Found) -> int:
    """How many units bring more than is needed."""
    return len({item.sent.offer.holder for item in found.items if item.over})


def over_short(found: Found) -> int:
    """Of how many needs less could be called than was to be over-called."""
    if found.over is None:
        return 0
    short = found.answer.plan.short
    return sum(s > 0 or b > 0 for s, b in zip(found.over.short, short, strict=True))


def unit_of(found: Found, item: Item) -> str:
    """The unit of stock, which is that of the needs for it."""
    wanted = found.made.ground.wanted
    return next((str(wanted[n].cover.need["unit"] or "") for n in item.sent.offer.gives), "")


def sources(found: Found) -> list[str]:
    """Whose figures the times of its lines are."""
    return sorted({item.sent.leg.source for item in found.items if item.sent.leg})


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


def beyond_strength(items: Sequence[Item], holder: Holder) -> tuple[int, int] | None:
    """(people reported, strength) of who sends people, where it reported more than it has; else None."""
    sends = any(item.sent.offer.kind in ("people", "team") for item in items)
    return (holder.reported, holder.people or 0) if sends and holder.reported is not None else None


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
