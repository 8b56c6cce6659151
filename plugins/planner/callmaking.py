"""From what a store has (store/offers.py) to the model of a call-up plan, and back to lines that a person reads."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from emergency.plugins.planner.callmodel import Model, Need, Pool
from emergency.store import places, times
from emergency.store.estimates import Drives, Leg, estimate
from emergency.store.offers import Ground, Offer
from emergency.store.travel import Travel

#: What a minute of a need's waiting counts for, by its priority; one without counts as normal.
WEIGHTS = {"life": 4.0, "urgent": 2.0, "normal": 1.0}
#: What calling on a depot counts for, beside a team: its people stay where they are.
DEPOT = 0.25
#: Minutes that a way counts for whose end nobody knows; it is shown as not known.
UNKNOWN = 240.0
#: Thousandths of a need that are very many, and how many times what there is nobody brings.
LARGE, FAR = 100_000_000, 100
#: A group that could serve several needs of one kind does so in at most so many ways.
MOST_CHOICES = 8


class Sent(NamedTuple):
    """A line of a plan: so many of one group, to one incident, for these needs."""

    offer: Offer
    incident: str
    needs: tuple[int, ...]
    items: int
    #: The drive; None where either place is unknown.
    leg: Leg | None
    #: Minutes from the order until the wheels turn.
    turnout: float
    way: int

    @property
    def minutes(self) -> float:
        """Minutes from the order until it is there; infinite where nobody knows, or there is no way."""
        return self.turnout + self.leg.minutes if self.leg else math.inf


class Ways(NamedTuple):
    """Minutes from wherever something is offered to wherever something is wanted, with whose figures they are."""

    origins: dict[places.Point, int]
    ends: dict[places.Point, int]
    minutes: list[list[float]]
    drives: Drives

    def leg(self, origin: places.Point | None, end: places.Point | None) -> Leg | None:
        """One of them; None where either place is unknown."""
        if origin is None or end is None:
            return None
        return self.drives.leg(self.origins[origin], self.ends[end])


class Made(NamedTuple):
    """A model with what its numbers stand for."""

    ground: Ground
    model: Model
    #: The offers that may be called: their place is the number of their group.
    groups: list[Offer]
    #: Of each way: the needs that it serves.
    serves: list[tuple[int, ...]]
    ways: Ways
    #: Thousandths of each need that count as all of it.
    whole: list[int]

    def lines(self, sent: Mapping[int, int]) -> list[Sent]:
        """What is sent, in words of the store."""
        out = []
        for way, items in sorted(sent.items()):
            offer = self.groups[self.model.way_group[way]]
            first = self.ground.wanted[self.serves[way][0]]
            out.append(
                Sent(
                    offer, str(first.cover.need["incident"]), self.serves[way], items,
                    self.leg(offer, self.serves[way][0]), self.turnout(offer), way,
                )
            )  # fmt: skip
        return out

    def leg(self, offer: Offer, need: int) -> Leg | None:
        """How long the drive of an offer to a need is; None where nobody knows."""
        return self.ways.leg(offer.at, self.ground.wanted[need].at)

    def turnout(self, offer: Offer) -> float:
        """Minutes from the order until the wheels of an offer turn."""
        return self.ground.holders[offer.holder].turnout


class Nearby:
    """What is offered, by how far it is from where something is wanted."""

    def __init__(self, made: Made, reach: Mapping[places.Point | None, float] = {}) -> None:
        """`reach` is how far away from each end, in minutes, it will be asked about: then it is looked at once."""
        self._ground, self._ways, self._reach = made.ground, made.ways, reach
        #: For each end the minutes of each row of the ways.
        self._columns: dict[places.Point, list[float]] = {}
        turnouts = [holder.turnout for holder in made.ground.holders]
        #: What stands at each place and turns out in the same time, by who would be called; None where nobody knows.
        standing: dict[tuple[places.Point | None, float], list[Offer]] = {}
        for offer in made.ground.offers:
            standing.setdefault((offer.at, turnouts[offer.holder]), []).append(offer)
        for some in standing.values():
            some.sort(key=_holder)
        #: (place, its row among the ways, minutes to turn out, what stands there)
        self._standing = [
            (at, None if at is None else made.ways.origins[at], turnout, some)
            for (at, turnout), some in standing.items()
        ]
        #: For each end (minutes, what stands there) of the places; and in order, as far as somebody has looked.
        self._away: dict[places.Point | None, list[tuple[float, list[Offer]]]] = {}
        self._ordered: dict[places.Point | None, tuple[float, list[tuple[float, list[Offer]]]]] = {}
        #: For each end the places that have no way to it, by the minutes of the estimate.
        self._behind: dict[places.Point, list[tuple[float, list[Offer]]]] = {}

    def behind(self, need: int) -> list[tuple[float, Offer]]:
        """What gives to a need and has no way to it, with the minutes it would take by the estimate, the nearest first."""
        end = self._ground.wanted[need].at
        if end is None:
            return []
        if end not in self._behind:
            minutes = self._minutes(end)
            shut = [
                (turnout + estimate(places.distance_m(at, end)), some)
                for at, row, turnout, some in (self._standing if math.inf in minutes else ())
                if at is not None and row is not None and minutes[row] == math.inf
            ]
            self._behind[end] = sorted(shut, key=lambda pair: pair[0])
        return [(away, offer) for away, some in self._behind[end] for offer in some if need in offer.gives]

    def giving(self, need: int, far: float = math.inf) -> Iterator[tuple[float, Offer]]:
        """(minutes, offer) of all that gives to a need and is no more than so far away, the nearest first.

        Infinitely far where nobody knows.
        """
        end = self._ground.wanted[need].at
        looked, ordered = self._ordered.get(end, (-math.inf, []))
        if looked < far:
            looked = max(far, self._reach.get(end, far))
            ordered = self._by_minutes(end, looked)
            self._ordered[end] = looked, ordered
        for minutes, some in ordered:
            if minutes > far:
                break
            for offer in some:
                if need in offer.gives:
                    yield minutes, offer

    def _minutes(self, end: places.Point) -> list[float]:
        """The minutes of each row of the ways to an end."""
        if end not in self._columns:
            column = self._ways.ends[end]
            self._columns[end] = [row[column] for row in self._ways.minutes]
        return self._columns[end]

    def _by_minutes(self, end: places.Point | None, far: float) -> list[tuple[float, list[Offer]]]:
        if end not in self._away:
            minutes = [] if end is None else self._minutes(end)
            self._away[end] = [
                (math.inf if row is None or end is None else turnout + minutes[row], some)
                for _at, row, turnout, some in self._standing
            ]
        near = sorted((place for place in self._away[end] if place[0] <= far), key=operator.itemgetter(0))
        out: list[tuple[float, list[Offer]]] = []
        for here, some in near:
            if out and out[-1][0] == here:
                # As far away as the one before: by who would be called, as within one place.
                some = sorted([*out.pop()[1], *some], key=_holder)
            out.append((here, some))
        return out


_holder = operator.itemgetter(Offer._fields.index("holder"))


def made(ground: Ground, travel: Travel, *, kept: Mapping[tuple[object, ...], int] | None = None) -> Made:
    """The model of what is wanted and what there is; `kept` is what an earlier plan drew on (planned.drawn_on)."""
    now = ground.at
    groups = [offer for offer in ground.offers if not offer.reason]
    whole = _whole(ground, groups)
    needs = [
        Need(
            most / 1000,
            max(0.0, (w.cover.need["by"] - now) / times.MINUTE) if w.cover.need["by"] else float("inf"),
            WEIGHTS.get(w.cover.need["priority"] or "", 1.0),
        )
        for w, most in zip(ground.wanted, whole, strict=True)
    ]
    ways = _ways(ground, travel)
    way_group: list[int] = []
    minutes: list[float] = []
    part_way: list[int] = []
    part_need: list[int] = []
    part_gives: list[float] = []
    serves: list[tuple[int, ...]] = []
    held: dict[int, int] = {}
    choices = _Choices(ground, ways)
    incidents = [w.cover.need["incident"] for w in ground.wanted]
    drawn = dict(kept or {})
    for g, offer in enumerate(groups):
        some = choices.of(offer.gives)
        first = len(way_group)
        way_group += [g] * len(some.serves)
        serves += some.serves
        row = None if offer.at is None else ways.minutes[ways.origins[offer.at]]
        turnout = ground.holders[offer.holder].turnout
        minutes += [turnout + (UNKNOWN if row is None or end is None else row[end]) for end in some.ends]
        part_way += [first + place for place in some.places]
        part_need += some.needs
        part_gives += some.gives
        if drawn:
            for way, served in enumerate(some.serves, first):
                if items := drawn.pop((incidents[served[0]], offer.kind, *offer.key), 0):
                    held[way] = items
    model = Model(
        needs, [1.0 if h.kind == "team" else DEPOT for h in ground.holders],
        [o.holder for o in groups], [o.items for o in groups], way_group, minutes,
        part_way, part_need, part_gives, _pools(ground, groups, way_group), (), held,
    )  # fmt: skip
    return Made(ground, model, groups, serves, ways, whole)


def _whole(ground: Ground, groups: Sequence[Offer]) -> list[int]:
    """Thousandths of each need that are planned as all of it: what is lacking, but of a LARGE one no more than FAR times what there is.

    Beyond that nobody meets it, and what one unit brings would be lost in rounding as a share of it.
    """
    whole = [w.missing for w in ground.wanted]
    there = dict.fromkeys((n for n, lacking in enumerate(whole) if lacking > LARGE), 0)
    for offer in groups if there else ():
        for need in offer.gives.keys() & there.keys():
            there[need] += offer.gives[need] * offer.items
    for need, most in there.items():
        if most:
            whole[need] = min(whole[need], FAR * most)
    return whole


class _Choice(NamedTuple):
    """The ways of one item: which needs each serves and where it ends; and what each gives, part by part."""

    serves: list[tuple[int, ...]]
    #: The column of its end among the ways; None where nobody knows where it is wanted.
    ends: list[int | None]
    #: (which way, which need, how much) of each part.
    places: list[int]
    needs: list[int]
    gives: list[float]


class _Choices:
    """Which needs one item can serve together: all of one incident, but of those for one thing only one."""

    def __init__(self, ground: Ground, ways: Ways) -> None:
        self._family = [(w.cover.need["incident"], w.cover.need["what"]) for w in ground.wanted]
        self._end = [None if w.at is None else ways.ends[w.at] for w in ground.wanted]
        #: By what is given, and by who it is: like things share one dict.
        self._known: dict[tuple[tuple[int, int], ...], _Choice] = {}
        self._same: dict[int, _Choice] = {}

    def of(self, gives: dict[int, int]) -> _Choice:
        """Each way to serve some of the needs that an offer gives to; the dict is kept by its ground."""
        found = self._same.get(id(gives))
        if found is None:
            key = tuple(gives.items())
            found = self._known.get(key) or self._made(gives)
            self._known[key] = self._same[id(gives)] = found
        return found

    def _made(self, gives: dict[int, int]) -> _Choice:
        incidents: dict[str, dict[str, list[int]]] = {}
        for n in gives:
            incident, what = self._family[n]
            incidents.setdefault(incident, {}).setdefault(what, []).append(n)
        serves = [
            some
            for families in incidents.values()
            for some in itertools.islice(itertools.product(*families.values()), MOST_CHOICES)
        ]
        parts = [(place, n) for place, some in enumerate(serves) for n in some]
        return _Choice(
            serves, [self._end[some[0]] for some in serves], [place for place, _n in parts],
            [n for _place, n in parts], [gives[n] / 1000 for _place, n in parts],
        )  # fmt: skip


def _ways(ground: Ground, travel: Travel) -> Ways:
    origins = list(dict.fromkeys(o.at for o in ground.offers if o.at is not None))
    ends = list(dict.fromkeys(w.at for w in ground.wanted if w.at is not None))
    drives = travel.drives(origins, ends) if origins and ends else Drives([], "", {})
    rows = drives.minutes.tolist() if hasattr(drives.minutes, "tolist") else drives.minutes
    return Ways({p: i for i, p in enumerate(origins)}, {p: i for i, p in enumerate(ends)}, rows, drives)


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
