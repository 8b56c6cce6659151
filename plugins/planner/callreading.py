"""A call-up plan explained from its own figures: why this, why not that, what is short, and what would help."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from emergency.plugins.planner.callflows import Flows
from emergency.plugins.planner.callmaking import Made, Nearby, Sent
from emergency.plugins.planner.callstate import by_holder
from emergency.plugins.planner.callup import Answer
from emergency.store import places
from emergency.store.offers import Offer
from emergency.store.passing import REASONS

#: Reasons that somebody can do something about, the easiest first: report, call in, decide.
CHANGEABLE = (
    "standby",
    "stale",
    "never",
    "uncounted",
    "register",
    "lapsed",
    "short",
    "floor",
    "crew",
    "licence",
    "rest",
    "claimed",
    "leased",
    "elsewhere",
    "closed",
)


class Why(NamedTuple):
    """What a plan would be without one holder, the others staying as they are."""

    #: {need: thousandths that would be short on top}
    short: dict[int, int]
    #: {need: minutes by which it would be met later, on the average of what comes}
    later: dict[int, float]
    #: The holder that would come instead, and the minutes it takes; -1 where nobody could.
    instead: int
    minutes: float


class Passed(NamedTuple):
    """Something that gives to a need, is as near as what was chosen, and was not chosen."""

    offer: Offer
    minutes: float
    #: One of passing.REASONS, or `sent` (to another incident), `closed` (there is no way) or `costs-more`.
    why: str
    #: The incident that has it, for `sent`.
    incident: str = ""
    #: For `costs-more`: by how many minutes the plan would cost more with it; None where it was not searched.
    more: float | None = None
    #: For `closed` who says so, for `refused` the refusal.
    source: str = ""


class Change(NamedTuple):
    """The smallest change that would meet what a need lacks."""

    #: One of CHANGEABLE; "" where several are needed; `none` where nothing in the registers would do.
    reason: str
    holders: tuple[int, ...]
    #: Thousandths that would still be short.
    still: int


class Explained:
    """Questions to one plan."""

    def __init__(self, made: Made, answer: Answer) -> None:
        self.made, self.plan = made, answer.plan
        self.state, self.asked = answer.state, answer.state.ready
        self.lines = made.lines(self.plan.sent)
        #: {offer: the last line that sends of it}, and of each need its lines, the soonest first.
        self._sent = {id(s.offer): s for s in self.lines}
        self._arriving: dict[int, list[Sent]] = {}
        for line in sorted(self.lines, key=lambda s: (s.minutes, s.way)):
            for n in line.needs:
                self._arriving.setdefault(n, []).append(line)
        self._owned = by_holder(self.asked, self.state.sent)
        self._flows = functools.cache(lambda: Flows(self.asked, self.state))
        #: {offer: its ways} of those that were searched.
        self._offered: dict[int, list[int]] = {}
        for w, n in enumerate(self.asked.number):
            offer = made.groups[made.model.way_group[answer.numbers[n]]]
            self._offered.setdefault(id(offer), []).append(w)
        self._nearby = functools.cache(lambda: Nearby(made, self._reach()))

    def missing(self, need: int) -> int:
        """Thousandths that a need stays short of."""
        whole, lacking = self.made.whole[need], self.made.ground.wanted[need].missing
        return round(self.plan.short[need] * whole) + lacking - whole

    def arrivals(self, need: int) -> list[Sent]:
        """What comes for a need, the soonest first."""
        return self._arriving.get(need, [])

    # -- why this --------------------------------------------------------------------------------

    def why(self, holder: int) -> Why:
        """The plan without this holder: what the others can still bring, and who would come instead."""
        own = self._owned.get(holder, [])
        needs = sorted({n for w in own for n, _share in self.asked.shares[w]})
        before, after = self._flows().all, self._flows().without(holder)
        short = {
            n: _whole((fate.short - before[n].short) * self.made.whole[n])
            for n, fate in sorted(after.items())
            if fate.short > before[n].short + 1e-6
        }
        later = {
            n: fate.minutes - before[n].minutes
            for n, fate in sorted(after.items())
            if fate.minutes > before[n].minutes + 0.5 and n not in short
        }
        instead, minutes = self._instead(holder, own, needs, set(short) or set(later))
        return Why(short, later, instead, minutes)

    def _instead(
        self, holder: int, own: Sequence[int], needs: Iterable[int], lacking: Collection[int]
    ) -> tuple[int, float]:
        """Who would come in a holder's place for what would be lacking, the soonest of them; -1 for nobody."""
        state = self.state
        mark, called = state.mark(), set(state.called)
        state.release(holder, own)
        state.fill({w for n in needs for w in self.state.near.get(n, ()) if self.asked.holder[w] != holder})
        came = [
            w
            for w in state.sent
            if self.asked.holder[w] not in called and any(n in lacking for n, _share in self.asked.shares[w])
        ]
        state.back(mark)
        if not came:
            return -1, math.inf
        minutes = self.asked.model.way_minutes
        way = min(came, key=lambda w: (minutes[self.asked.number[w]], w))
        return self.asked.holder[way], float(minutes[self.asked.number[way]])

    # -- why not that ----------------------------------------------------------------------------

    def passed(self, need: int, most: int) -> list[Passed]:
        """What is no further away than what was chosen for a need, and was not chosen; however far, where it is short.

        The nearest `most`; what has no way counts as far away as the estimate says.
        """
        used = {s.offer.holder for s in self.arrivals(need)}
        far = self._far(need)
        found: dict[int, Passed] = {}
        behind = self._behind(need)
        for minutes, offer in self._nearby().giving(need, far):
            if id(offer) in behind and not offer.reason:
                continue
            # Of who comes anyway only a refusal is news: nobody sees it elsewhere.
            if (offer.holder in used and not offer.refusal) or (
                offer.holder in found and (offer.reason or not found[offer.holder].offer.reason)
            ):
                continue
            if offer.holder not in found and len(found) >= most:
                continue
            elsewhere = self._sent.get(id(offer))
            if offer.reason:
                found[offer.holder] = Passed(offer, minutes, offer.reason, source=offer.refusal)
            elif elsewhere:
                found[offer.holder] = Passed(offer, minutes, "sent", elsewhere.incident)
            else:
                found[offer.holder] = Passed(offer, minutes, "costs-more", more=self._more(need, offer))
        far_off = {holder: p.minutes for holder, p in found.items()}
        shut: dict[int, tuple[float, Offer]] = {}
        for away, offer in behind.values():
            if away <= far and not offer.reason and offer.holder not in used:
                shut.setdefault(offer.holder, (away, offer))
        for holder, (away, offer) in itertools.islice(shut.items(), most):
            if holder not in found or found[holder].offer.reason:
                leg = self.made.leg(offer, need)
                found[holder] = Passed(offer, math.inf, "closed", source=leg.source if leg else "")
                far_off[holder] = away
        near = sorted(found, key=lambda holder: (far_off[holder], holder))[:most]
        return sorted((found[h] for h in near), key=lambda p: (p.minutes, p.offer.holder))

    def _far(self, need: int) -> float:
        """How far away something may be that could have been chosen for a need, in minutes."""
        if self.plan.short[need]:
            return math.inf
        return max((s.minutes for s in self.arrivals(need) if s.leg), default=0.0)

    def _reach(self) -> dict[places.Point | None, float]:
        """{where something is wanted: how far away something may be that could have been chosen for it}."""
        out: dict[places.Point | None, float] = {}
        for n, wanted in enumerate(self.made.ground.wanted):
            out[wanted.at] = max(self._far(n), out.get(wanted.at, 0.0))
        return out

    def _behind(self, need: int) -> dict[int, tuple[float, Offer]]:
        """{offer: (minutes by the estimate, it)} of what gives to a need and has no way to it."""
        return {id(offer): (away, offer) for away, offer in self._nearby().behind(need)}

    def _more(self, need: int, offer: Offer) -> float | None:
        """What the plan would cost more if an offer came for a need, and what is then not needed stayed.

        None of what was left out of the search: that costs more is known of it, and not how much.
        """
        state, asked = self.state, self.asked
        ways = self._offered.get(id(offer), ())
        way = next((w for w in ways if any(n == need for n, _share in asked.shares[w])), None)
        if way is None or not (items := state.may(way)):
            return None
        mark, before = state.mark(), state.cost
        state.send(way, items)
        state.prune({n for n, _share in asked.shares[way]}, but=way)
        more = state.cost - before
        state.back(mark)
        return max(0.0, more)

    # -- what is short ---------------------------------------------------------------------------

    def change(self, need: int) -> Change:
        """The least that would have to change for a need to be met: the fewest holders, then the easiest."""
        missing = self.missing(need)
        offers: dict[str, list[tuple[float, Offer]]] = {}
        behind = self._behind(need)
        for minutes, offer in self._nearby().giving(need):
            # What is kept back for a reason and has no way either would need two changes.
            if id(offer) not in behind and offer.reason in CHANGEABLE:
                offers.setdefault(offer.reason, []).append((minutes, offer))
            elif id(offer) in behind and not offer.reason and id(offer) not in self._sent:
                offers.setdefault("closed", []).append((minutes, offer))
        best: Change | None = None
        for reason in CHANGEABLE:
            change = _enough(reason, offers.get(reason, []), need, missing)
            if not change.still and (best is None or len(change.holders) < len(best.holders)):
                best = change
        if best is not None:
            return best
        everything = [pair for reason in CHANGEABLE for pair in offers.get(reason, [])]
        change = _enough("", everything, need, missing)
        return change if change.holders else Change("none", (), missing)


def _whole(milli: float) -> int:
    """Thousandths up to the next whole one: what a relaxation lacks a part of, somebody lacks."""
    return math.ceil(milli / 1000 - 1e-6) * 1000


def _enough(reason: str, offers: list[tuple[float, Offer]], need: int, missing: int) -> Change:
    """The holders that would do, those that bring most first: a team comes whole or in part."""
    parts: dict[tuple[int, bool], int] = {}
    for _minutes, offer in offers:
        key = offer.holder, offer.kind == "team"
        parts[key] = parts.get(key, 0) + offer.items * offer.gives[need]
    brings: dict[int, int] = {}
    for (holder, _whole), milli in parts.items():
        brings[holder] = max(brings.get(holder, 0), milli)
    chosen: list[int] = []
    for holder in sorted(brings, key=lambda h: (-brings[h], h)):
        if missing <= 0:
            break
        chosen.append(holder)
        missing -= brings[holder]
    return Change(reason, tuple(chosen), max(0, missing))


__all__ = ["CHANGEABLE", "REASONS", "Change", "Explained", "Passed", "Why"]
