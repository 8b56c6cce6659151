"""From what a store has (store/offers.py) to the model of a call-up plan, and back to lines that a person reads."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from emergency.plugins.planner.callmodel import Model, Need, Pool
from emergency.store import places, times
from emergency.store.offers import Ground, Offer
from emergency.store.travel import Leg, Travel

#: What a minute of a need's waiting counts for, by its priority; one without counts as normal.
WEIGHTS = {"life": 4.0, "urgent": 2.0, "normal": 1.0}
#: What calling on a depot counts for, beside a team: its people stay where they are.
DEPOT = 0.25
#: Minutes that a way counts for whose end nobody knows; it is shown as not known.
UNKNOWN = 240.0
#: A group that could serve several needs of one kind does so in at most so many ways.
MOST_CHOICES = 8


class Sent(NamedTuple):
    """A line of a plan: so many of one group, to one incident, for these needs."""

    offer: Offer
    incident: str
    needs: tuple[int, ...]
    items: int
    #: None where either place is unknown.
    leg: Leg | None
    way: int


class Made(NamedTuple):
    """A model with what its numbers stand for."""

    ground: Ground
    model: Model
    #: The offers that may be called: their place is the number of their group.
    groups: list[Offer]
    #: Of each way: the needs that it serves.
    serves: list[tuple[int, ...]]
    #: Minutes between places, with whose figures they are.
    legs: dict[tuple[places.Point, places.Point], Leg]

    def lines(self, sent: Mapping[int, int]) -> list[Sent]:
        """What is sent, in words of the store."""
        out = []
        for way, items in sorted(sent.items()):
            offer = self.groups[self.model.way_group[way]]
            first = self.ground.wanted[self.serves[way][0]]
            out.append(
                Sent(
                    offer, str(first.cover.need["incident"]), self.serves[way], items,
                    self.leg(offer, self.serves[way][0]), way,
                )
            )  # fmt: skip
        return out

    def sources(self) -> list[str]:
        """Whose figures the times of the plan's lines may be."""
        return sorted({leg.source for leg in self.legs.values()})

    def leg(self, offer: Offer, need: int) -> Leg | None:
        """How long the way of an offer to a need is; None where nobody knows."""
        to = self.ground.wanted[need].at
        return None if offer.at is None or to is None else self.legs[offer.at, to]


def made(ground: Ground, travel: Travel, *, kept: Mapping[tuple[object, ...], int] | None = None) -> Made:
    """The model of what is wanted and what there is; `kept` is what an earlier plan drew on (planned.drawn_on)."""
    now = ground.at
    needs = [
        Need(
            w.missing / 1000,
            max(0.0, (w.cover.need["by"] - now) / times.MINUTE) if w.cover.need["by"] else float("inf"),
            WEIGHTS.get(w.cover.need["priority"] or "", 1.0),
        )
        for w in ground.wanted
    ]
    groups = [offer for offer in ground.offers if not offer.reason]
    legs = _legs(ground, travel)
    way_group: list[int] = []
    minutes: list[float] = []
    part_way: list[int] = []
    part_need: list[int] = []
    part_gives: list[float] = []
    serves: list[tuple[int, ...]] = []
    held: dict[int, int] = {}
    choices = _Choices(ground)
    at = [w.at for w in ground.wanted]
    incidents = [w.cover.need["incident"] for w in ground.wanted]
    drawn = dict(kept or {})
    for g, offer in enumerate(groups):
        for some in choices.of(tuple(offer.gives)):
            to = at[some[0]]
            leg = legs[offer.at, to].minutes if offer.at is not None and to is not None else UNKNOWN
            way = len(way_group)
            way_group.append(g)
            minutes.append(leg)
            serves.append(some)
            for n in some:
                part_way.append(way)
                part_need.append(n)
                part_gives.append(offer.gives[n] / 1000)
            if drawn and (items := drawn.pop((incidents[some[0]], offer.kind, *offer.key), 0)):
                held[way] = items
    model = Model(
        needs, [1.0 if h.kind == "team" else DEPOT for h in ground.holders],
        [o.holder for o in groups], [o.items for o in groups], way_group, minutes,
        part_way, part_need, part_gives, _pools(ground, groups, way_group), (), held,
    )  # fmt: skip
    return Made(ground, model, groups, serves, legs)


class _Choices:
    """Which needs one item can serve together: all of one incident, but of those for one thing only one."""

    def __init__(self, ground: Ground) -> None:
        self._family = [(w.cover.need["incident"], w.cover.need["what"]) for w in ground.wanted]
        self._known: dict[tuple[int, ...], list[tuple[int, ...]]] = {}

    def of(self, needs: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Each way to serve some of these needs, which the same offer gives to."""
        if needs not in self._known:
            incidents: dict[str, dict[str, list[int]]] = {}
            for n in needs:
                incident, what = self._family[n]
                incidents.setdefault(incident, {}).setdefault(what, []).append(n)
            self._known[needs] = [
                some
                for families in incidents.values()
                for some in itertools.islice(itertools.product(*families.values()), MOST_CHOICES)
            ]
        return self._known[needs]


def _legs(ground: Ground, travel: Travel) -> dict[tuple[places.Point, places.Point], Leg]:
    """Minutes from wherever something is offered to wherever something is wanted."""
    origins = list(dict.fromkeys(o.at for o in ground.offers if o.at is not None))
    ends = list(dict.fromkeys(w.at for w in ground.wanted if w.at is not None))
    if not origins or not ends:
        return {}
    drives = travel.drives(origins, ends)
    rows = drives.minutes.tolist() if hasattr(drives.minutes, "tolist") else drives.minutes
    return {
        (a, b): Leg(minutes, drives.apart.get((i, j), drives.source))
        for i, (a, row) in enumerate(zip(origins, rows, strict=True))
        for j, (b, minutes) in enumerate(zip(ends, row, strict=True))
    }


def _pools(ground: Ground, groups: Sequence[Offer], way_group: Sequence[int]) -> list[Pool]:
    """A team called whole has no people left to call apart from it; and areas keep their floors of people."""
    whole = {o.holder: g for g, o in enumerate(groups) if o.kind == "team"}
    if not whole and not ground.areas:
        return []
    people = {o.holder: g for g, o in enumerate(groups) if o.kind == "people"}
    ways: dict[int, list[int]] = {}
    for way, g in enumerate(way_group):
        ways.setdefault(g, []).append(way)

    def parts(holder: int, all_of_it: float) -> list[tuple[int, float]]:
        apart = [(w, 1.0) for w in ways.get(people.get(holder, -1), ())]
        return apart + [(w, all_of_it) for w in ways.get(whole.get(holder, -1), ())]

    out = []
    for holder in whole:
        if holder in people:
            most = float(groups[people[holder]].items)
            out.append(Pool(most, tuple(parts(holder, most))))
    for most, holders in ground.areas:
        inside = [part for h in holders for part in parts(h, float(ground.holders[h].people or 0))]
        out.append(Pool(float(most), tuple(inside)))
    return out
