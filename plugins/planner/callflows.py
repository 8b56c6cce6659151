"""What those whom a plan calls can bring, sent as well as may be: with all of them, and without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from emergency.plugins.planner import highs
from emergency.plugins.planner.callmodel import TINY, Ready
from emergency.plugins.planner.callstate import State, by_holder

if TYPE_CHECKING:
    from emergency.plugins.planner.callhighs import Program


class Fate(NamedTuple):
    """What becomes of a need."""

    #: The share that stays short, and the minutes after which what comes is there, on the average.
    short: float
    minutes: float


class _Part(NamedTuple):
    """Needs that have to do with each other, and with no other need of the plan."""

    needs: list[int]
    ways: list[int]
    #: {holder: its ways}
    owned: dict[int, list[int]]
    #: The relaxation over these ways; None where there is no solver.
    program: Program | None


class Flows:
    """The needs of a plan, part by part: of who falls out only his parts are reckoned anew."""

    def __init__(self, asked: Ready, state: State) -> None:
        self.asked, self.state = asked, state
        holders = by_holder(asked, range(len(asked.number)))
        owned = {h: holders.get(h, []) for h in sorted(state.called)}
        ways = [w for some in owned.values() for w in some]
        self._minutes = {w: float(asked.model.way_minutes[asked.number[w]]) for w in ways}
        self._parts = [self._part(some) for some in apart(asked, ways)]
        #: With everybody: what becomes of each need for which anybody brings anything.
        self.all = {n: fate for part in self._parts for n, fate in self._solved(part, []).items()}

    def _part(self, ways: list[int]) -> _Part:
        needs = sorted({n for w in ways for n, _share in self.asked.shares[w]})
        owned, program = by_holder(self.asked, ways), None
        if highs.there():
            from emergency.plugins.planner.callhighs import Program

            program = Program(self.asked, list(owned), ways, opened=True)
        return _Part(needs, ways, owned, program)

    def without(self, holder: int) -> dict[int, Fate]:
        """With the ways of a holder closed, what becomes of the needs that this may change."""
        return {
            n: fate
            for part in self._parts
            if holder in part.owned
            for n, fate in self._solved(part, part.owned[holder]).items()
        }

    def _solved(self, part: _Part, closed: Sequence[int]) -> dict[int, Fate]:
        asked = self.asked
        if part.program is None:
            mark = self.state.mark()
            for h in {asked.holder[w] for w in closed}:
                self.state.release(h, closed)
            shut = set(closed)
            self.state.fill([w for w in part.ways if w not in shut], opened=True)
            found = self._figures(part, {w: float(self.state.sent.get(w, 0)) for w in part.ways})
            self.state.back(mark)
            return found
        if closed:
            part.program.set_most(closed, [0.0] * len(closed))
        found = self._figures(part, part.program.relax().sent)
        if closed:
            part.program.set_most(closed, [float(asked.most[w]) for w in closed])
        return found

    def _figures(self, part: _Part, sent: dict[int, float]) -> dict[int, Fate]:
        brought = dict.fromkeys(part.needs, 0.0)
        waited = dict.fromkeys(part.needs, 0.0)
        shares, minutes = self.asked.shares, self._minutes
        for w, items in sent.items():
            late = minutes[w]
            for n, share in shares[w]:
                brings = share * items
                brought[n] += brings
                waited[n] += brings * late
        return {
            n: Fate(max(0.0, 1.0 - b) if b < 1.0 - TINY else 0.0, waited[n] / b if b > TINY else 0.0)
            for n, b in brought.items()
        }


def apart(asked: Ready, ways: Sequence[int]) -> list[list[int]]:
    """These ways in parts that share no need, no group that has too few for all of them, and no pool."""
    over = list(range(len(asked.short)))

    def top(need: int) -> int:
        while over[need] != need:
            over[need] = need = over[over[need]]
        return need

    def join(some: Sequence[int]) -> None:
        first = top(asked.shares[some[0]][0][0])
        for w in some:
            for n, _share in asked.shares[w]:
                over[top(n)] = first

    groups: dict[int, list[int]] = {}
    for w in ways:
        groups.setdefault(asked.group[w], []).append(w)
        if len(asked.shares[w]) > 1:
            join((w,))
    for group, some in groups.items():
        if len(some) > 1 and sum(asked.most[w] for w in some) > asked.stock[group]:
            join(some)
    there = set(ways)
    for _cap, inside in asked.pools:
        if mine := [w for w, _share in inside if w in there]:
            join(mine)
    parts: dict[int, list[int]] = {}
    for w in ways:
        parts.setdefault(top(asked.shares[w][0][0]), []).append(w)
    return list(parts.values())
