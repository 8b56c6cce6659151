"""How long what is sent can go on without more: crews, fuel, food over three days (row G5).

Only what the registers say is reckoned with; what they do not say is counted as not known, and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from emergency.store import times
from emergency.store.claims import chunks
from emergency.store.offers import Holder
from emergency.store.store import Store

#: What is looked ahead, in hours.
AHEAD = 72
#: After so many hours a crew is relieved or rests: this program's default, one duty shift.
SHIFT = 12


class Lasting(NamedTuple):
    """What runs out at one incident, and when: hours from arrival; None where nothing says."""

    incident: str
    #: People sent, and how many of them their own teams can relieve.
    people: int
    relieved: int
    #: Teams that cannot relieve all they sent: they must rest after SHIFT hours.
    unrelieved: tuple[str, ...]
    #: Items whose running time is known, that which stops first, and after how many hours.
    known: int
    first: str
    hours: float | None
    #: Items whose running time nobody wrote down.
    unknown: int


def lasting(
    store: Store, sent: Iterable[tuple[str, Holder, int, Sequence[str]]], *, ahead: int = AHEAD
) -> list[Lasting]:
    """For each incident, from (incident, holder, people, tags) of what is sent to it."""
    by_incident: dict[str, list[tuple[Holder, int, Sequence[str]]]] = {}
    gone: dict[str, int] = {}
    for incident, holder, people, tags in sent:
        by_incident.setdefault(incident, []).append((holder, people, tags))
        if holder.kind == "team":
            gone[holder.id] = gone.get(holder.id, 0) + people
    return [_one(store, incident, some, gone, ahead) for incident, some in by_incident.items()]


def _one(
    store: Store,
    incident: str,
    some: list[tuple[Holder, int, Sequence[str]]],
    gone: dict[str, int],
    ahead: int,
) -> Lasting:
    people: dict[Holder, int] = {}
    for holder, n, _tags in some:
        if n:
            people[holder] = people.get(holder, 0) + n
    left = {h: max(0, (h.people or 0) - gone.get(h.id, 0)) for h in people}
    relieved = {h: min(n, left[h]) for h, n in people.items()}
    tags = {tag for _holder, _n, mine in some for tag in mine}
    hours: list[tuple[float, str]] = []
    for part in chunks(tags):
        marks = ",".join("?" * len(part))
        for tag, endurance, fuel in store.connection.execute(
            f"SELECT id, endurance, fuel FROM equipment WHERE id IN ({marks})", part
        ):
            if endurance:
                share = 1.0 if fuel is None else fuel / 100
                hours.append((endurance / 1000 * times.MINUTE / times.HOUR * share, str(tag)))
    first = min(hours, default=None)
    return Lasting(
        incident,
        sum(people.values()),
        sum(relieved.values()),
        tuple(h.id for h, n in people.items() if relieved[h] < n),
        len(hours),
        first[1] if first and first[0] < ahead else "",
        first[0] if first else None,
        len(tags) - len(hours),
    )
