"""Over-call: more than is needed, from others than those whose coming late it is for, after the plan itself is made."""

from __future__ import annotations

import math
from typing import NamedTuple

from emergency.plugins.planner.callmodel import Model, Pool, cleaned, sound
from emergency.plugins.planner.callup import Answer, solve


class Over(NamedTuple):
    """What is called beyond what is needed."""

    #: {way: items}
    sent: dict[int, int]
    #: Of each need how much more was wanted, in its own unit: 0 of one that is short, for which there is nothing more.
    wanted: list[float]
    #: The share of that which nothing is there for, 0 to 1.
    short: list[float]


def more(model: Model, answer: Answer, share: float, style: str, seconds: float) -> Over:
    """So much more of each need than it lacks, 0.2 being a fifth, where what is left can be there by its deadline.

    No line of the plan changes for it, so no need goes short for another's surplus. A holder that sends to a need
    gives no more to it: what is late then comes late together. What earlier drafts drew on may stay all the same.
    """
    sent = answer.plan.sent
    needs = [cleaned(n) for n in model.needs]
    brought = [0.0] * len(needs)
    serves: dict[int, list[int]] = {}
    holds = {w: model.group_holder[model.way_group[w]] for w in sent}
    busy: set[tuple[int, int]] = set()
    for way, need, gives in zip(model.part_way, model.part_need, model.part_gives, strict=True):
        if not 0 <= need < len(needs):
            continue
        serves.setdefault(int(way), []).append(int(need))
        if way in sent and sound(gives):
            brought[need] += gives * sent[way]
            busy.add((holds[way], int(need)))
    wanted = [
        0.0 if short > 0 else max(0.0, need.amount * (1 + share) - came)
        for need, short, came in zip(needs, answer.plan.short, brought, strict=True)
    ]
    left = list(model.group_count)
    for way, items in sent.items():
        left[model.way_group[way]] -= items
    kept = {way: rest for way, items in model.kept.items() if (rest := items - sent.get(way, 0)) > 0}

    def minutes(way: int) -> float:
        """As they are, and infinite for a way that would be no help."""
        mine = [n for n in serves.get(way, ()) if wanted[n] > 0]
        if not mine or not 0 <= (group := model.way_group[way]) < len(left):
            return math.inf
        holder = model.group_holder[group]
        takes = float(model.way_minutes[way])
        late = all(takes > needs[n].deadline for n in mine)
        same = any((holder, n) in busy for n in mine)
        return math.inf if late or (same and way not in kept) else takes

    called = set(answer.called)
    asked = model._replace(
        needs=[n._replace(amount=much) for n, much in zip(needs, wanted, strict=True)],
        # Who goes out anyway is disturbed no more.
        burdens=[0.0 if h in called else float(b) for h, b in enumerate(model.burdens)],
        group_count=left,
        way_minutes=[minutes(way) for way in range(len(model.way_group))],
        pools=[
            Pool(p.cap - sum(s * sent.get(w, 0) for w, s in p.parts if sound(s) and s > 0), p.parts)
            for p in model.pools
        ],
        kept=kept,
    )
    found = solve(asked, style, seconds)
    return Over(found.plan.sent, wanted, found.plan.short)
