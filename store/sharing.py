"""What a team has, shared out over the lines of a standard: nothing counts twice.

A pump that meets two lines counts for one of them. Lines are served in their order: each gets as
much as it can without taking from those before it, by passing things on from line to line where
that helps. How much each line gets is then the same whatever the order of the things.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence


def share(
    wanted: Sequence[int], accepts: Sequence[Sequence[int]], amounts: Sequence[int]
) -> tuple[list[int], list[int]]:
    """(how much each line gets, how much is left of each group).

    `wanted[i]` is what line i asks for, `accepts[i]` the groups that it can take from, those that it
    would rather take first, and `amounts[g]` how much there is of group g.
    """
    left = list(amounts)
    given: list[dict[int, int]] = [{} for _line in wanted]
    users: dict[int, set[int]] = {}
    for line, asked in enumerate(wanted):
        missing = asked
        for group in accepts[line]:
            if missing <= 0:
                break
            part = min(missing, left[group])
            if part > 0:
                _give(given, users, line, group, part)
                left[group] -= part
                missing -= part
        while missing > 0:
            part = _pass_on(line, missing, accepts, given, users, left)
            if not part:
                break
            missing -= part
    return [sum(g.values()) for g in given], left


def _give(given: list[dict[int, int]], users: dict[int, set[int]], line: int, group: int, part: int) -> None:
    now = given[line].get(group, 0) + part
    if now:
        given[line][group] = now
        users.setdefault(group, set()).add(line)
    else:
        given[line].pop(group, None)
        users.get(group, set()).discard(line)


def _pass_on(
    line: int,
    missing: int,
    accepts: Sequence[Sequence[int]],
    given: list[dict[int, int]],
    users: dict[int, set[int]],
    left: list[int],
) -> int:
    """Find more for a line by moving others to what is left; returns how much, 0 where there is none."""
    came: dict[int, tuple[int, int]] = {}
    waiting = deque([line])
    reached = {line}
    while waiting:
        here = waiting.popleft()
        for group in accepts[here]:
            if group in came:
                continue
            came[group] = (here, 0)
            if left[group] > 0:
                return _along(line, group, missing, came, given, users, left)
            for other in sorted(users.get(group, ())):
                if other not in reached:
                    reached.add(other)
                    came[-1 - other] = (group, 0)
                    waiting.append(other)
    return 0


def _along(
    line: int,
    last: int,
    missing: int,
    came: dict[int, tuple[int, int]],
    given: list[dict[int, int]],
    users: dict[int, set[int]],
    left: list[int],
) -> int:
    """Move as much as the whole way allows."""
    way = []
    group = last
    while True:
        taker = came[group][0]
        way.append((taker, group))
        if taker == line:
            break
        group = came[-1 - taker][0]
    # Each taker but the first gives up the group before it on the way, and takes the next.
    part = min(
        [missing, left[last], *(given[taker][way[i + 1][1]] for i, (taker, _g) in enumerate(way[:-1]))]
    )
    for i, (taker, group) in enumerate(way):
        _give(given, users, taker, group, part)
        if i < len(way) - 1:
            _give(given, users, taker, way[i + 1][1], -part)
    left[last] -= part
    return part
