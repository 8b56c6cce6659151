"""The chance of being in time, in closed form (row G1): a drive takes longer or shorter than reckoned.

A drive's time is taken as lognormal about the minutes that are reckoned, each drive for itself; a turn-out time is taken as
stated. How far drives spread is measured from recorded ones where there are enough, and is an assumption, which
says so, where there are not.
"""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Iterable
from typing import NamedTuple

from emergency.store import units
from emergency.store.errors import BadSettings, InvalidValue
from emergency.store.places import Point
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.travel import Travel
from emergency.store.words import _

#: Two of three drives take at most so many per cent longer than reckoned, and no less than that share shorter: an
#: assumption of this program, and no measured figure. EMERGENCY_DRIVE_SPREAD changes it.
SPREAD = 30.0
#: So many drives must be on record before they speak.
ENOUGH = 20
#: So many of the latest are looked at: roads change, and the plan does not wait for the first ones.
LATEST = 2_000
#: What a spread may be: less would make chances of certainties.
LEAST = 1.01
#: Sums of what comes late are told apart in so many steps, rounded so that a chance is never too high.
STEPS = 2_000
#: Between these shares of a normal law lie two of three.
_LOW, _HIGH = 16, 84


class Spread(NamedTuple):
    """How the minutes that drives take lie about those that are reckoned."""

    #: Two of three drives take between `middle` / `factor` and `middle` x `factor` times as long as reckoned.
    factor: float
    middle: float = 1.0
    #: Drives that it was measured from; 0 where it is an assumption.
    recorded: int = 0


def spread(store: Store, travel: Travel) -> Spread:
    """That of the drives on record, where there are ENOUGH; else the assumption. Raises BadSettings."""
    found = _recorded(store, travel)
    if len(found) < ENOUGH:
        return Spread(1 + assumed() / 100)
    cuts = statistics.quantiles(map(math.log, found), n=100, method="inclusive")
    factor = math.exp((cuts[_HIGH - 1] - cuts[_LOW - 1]) / 2)
    return Spread(max(LEAST, factor), math.exp(statistics.median(map(math.log, found))), len(found))


def assumed() -> float:
    """The assumption, in per cent. Raises BadSettings."""
    text = os.environ.get("EMERGENCY_DRIVE_SPREAD")
    try:
        return share(text, 1000) * 100 if text else SPREAD
    except InvalidValue as error:
        raise BadSettings.of("EMERGENCY_DRIVE_SPREAD", error) from None


def share(text: str, most: float) -> float:
    """`20%` or `20` as 0.2. Raises InvalidValue for what is not between 1 and `most` per cent."""
    refused = InvalidValue(
        _("{text}: write between 1% and {most}%").format(text=safe(text), most=round(most))
    )
    try:
        milli, unit = units.parse_quantity(text, "%")
    except InvalidValue:
        raise refused from None
    if unit != units.parse_quantity("1%").unit or not 1000 <= milli <= 1000 * most:
        raise refused
    return milli / 100_000


def _recorded(store: Store, travel: Travel) -> list[float]:
    """Of each drive on record how many times as long it took as is reckoned; drills and samples are none.

    One for each order and team: what leaves and arrives together is one drive.
    """
    out = []
    #: {where they ended: (where each began, its minutes)}, since a routing server is asked place by place.
    ways: dict[Point, list[tuple[Point, float]]] = {}
    for lat, lng, to_lat, to_lng, left, came in store.connection.execute(
        "SELECT coalesce(t.at_lat, r.at_lat), coalesce(t.at_lng, r.at_lng), coalesce(i.at_lat, s.at_lat),"
        " coalesce(i.at_lng, s.at_lng), max(d.at), max(a.at) FROM step d JOIN step a ON a.line = d.line"
        " AND a.name = 'arrive' AND a.inert IS NULL JOIN line l ON l.id = d.line JOIN team t ON t.id = l.team"
        ' LEFT JOIN region r ON r.id = t.region JOIN callup c ON c.id = l."order" JOIN incident i ON i.id = c.incident'
        " LEFT JOIN region s ON s.id = i.region WHERE d.name = 'depart' AND d.inert IS NULL AND l.from_line IS NULL"
        " AND coalesce(l.sample, t.sample, i.sample) IS NULL AND coalesce(i.exercise, '') != 'yes'"
        " AND NOT EXISTS (SELECT 1 FROM step m WHERE m.line = d.line AND m.name = 'mistaken')"
        ' GROUP BY l."order", l.team ORDER BY max(d.at) DESC, l."order" LIMIT ?',
        (LATEST,),
    ):
        if None in (lat, lng, to_lat, to_lng) or came <= left:
            continue
        ways.setdefault(Point(to_lat, to_lng), []).append((Point(lat, lng), (came - left) / 60_000))
    for end, some in ways.items():
        drives = travel.drives([start for start, _took in some], [end])
        for row, (_start, took) in enumerate(some):
            leg = drives.leg(row, 0)
            if not leg.closed and leg.minutes > 0:
                out.append(took / leg.minutes)
    return out


def chance(drive: float, turnout: float, within: float, found: Spread) -> float:
    """The chance of being there within so many minutes, all in minutes: 0 where there is no way, or no time left."""
    left = within - turnout
    if left <= 0 or math.isinf(drive) or math.isnan(drive):
        return 0.0
    if drive <= 0 or math.isinf(left):
        return 1.0
    deviations = math.log(left / (drive * found.middle)) / math.log(max(LEAST, found.factor))
    return 0.5 * math.erfc(-deviations / math.sqrt(2))


def together(parts: Iterable[tuple[int, float]], wanted: int) -> float:
    """The chance that at least `wanted` comes in time of (amount, chance), each for itself; all of it, where less is called.

    Exact where what may be late falls into STEPS sums, else no higher than it is.
    """
    some = [(amount, p) for amount, p in parts if amount > 0]
    unit = math.gcd(*(amount for amount, _p in some)) or 1
    spare = max(0, sum(amount for amount, _p in some) - wanted) // unit
    step = max(1, -(-spare // STEPS))
    most = spare // step
    late = {0: 1.0}
    for amount, p in some:
        size = -(-(amount // unit) // step)
        after: dict[int, float] = {}
        for sum_, q in late.items():
            after[sum_] = after.get(sum_, 0.0) + q * p
            if sum_ + size <= most:
                after[sum_ + size] = after.get(sum_ + size, 0.0) + q * (1 - p)
        late = after
    return min(1.0, sum(late.values()))
