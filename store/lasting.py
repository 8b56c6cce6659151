"""How long what is sent can go on without more: crews, fuel, food and water over three days (row G5).

Only what the registers say is reckoned with; what they do not say is counted as not known, and never guessed. What
people use in a day is in rations.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from emergency.store import rations, times
from emergency.store.board import moment
from emergency.store.claims import chunks
from emergency.store.conditions import kinds_under
from emergency.store.offers import Holder
from emergency.store.rations import Ration, Rations
from emergency.store.records.types import Date
from emergency.store.store import Store

#: What is looked ahead, in hours.
AHEAD = 72
#: After so many hours a crew is relieved or rests: this program's default, one duty shift.
SHIFT = 12


class Sending(NamedTuple):
    """A line of what is sent."""

    incident: str
    holder: Holder
    people: int
    tags: Sequence[str] = ()
    #: Stock: its kind, and how many units.
    item: str = ""
    units: int = 0


class Supply(NamedTuple):
    """Food, or water, for the people who are sent to one incident."""

    #: One of rations.NAMES; amounts are in its unit.
    name: str
    unit: str
    #: What a person uses in a day, all of them in AHEAD hours, and what is called or carried.
    per_day: float
    needed: float
    there: float
    #: So long it lasts them, in hours, if nobody else has of it; None where nothing is called or carried.
    hours: float | None
    #: What it could come as, its name and unit, and how many of it are lacking for AHEAD hours; "" where no kind is known.
    kind: str
    label: str
    measure: str
    lacking: int


class Out(NamedTuple):
    """What runs out, and after how many hours from arrival."""

    #: `crew`, `fuel`, or one of rations.NAMES.
    what: str
    hours: float
    #: The item that stops, for `fuel`.
    which: str = ""


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
    #: Food and water; nothing where nobody is sent.
    supplies: tuple[Supply, ...] = ()

    @property
    def runs_out(self) -> list[Out]:
        """All that runs out within AHEAD hours, the first of it first."""
        found = [Out("crew", float(SHIFT))] if self.unrelieved else []
        if self.first and self.hours is not None:
            found.append(Out("fuel", self.hours, self.first))
        found += [Out(s.name, s.hours) for s in self.supplies if s.hours is not None and s.hours < AHEAD]
        return sorted(found, key=lambda out: out.hours)


def lasting(store: Store, sent: Iterable[Sending], used: Rations | None = None) -> list[Lasting]:
    """For each incident, from what is sent to it. `used` is what people eat and drink; unless given, what ships."""
    by_incident: dict[str, list[Sending]] = {}
    gone: dict[str, int] = {}
    for one in sent:
        by_incident.setdefault(one.incident, []).append(one)
        if one.holder.kind == "team":
            gone[one.holder.id] = gone.get(one.holder.id, 0) + one.people
    larder = _Larder(store, (used or rations.read()).of, by_incident)
    return [_one(store, incident, some, gone, larder) for incident, some in by_incident.items()]


def _one(store: Store, incident: str, some: list[Sending], gone: dict[str, int], larder: _Larder) -> Lasting:
    people: dict[Holder, int] = {}
    for one in some:
        if one.people:
            people[one.holder] = people.get(one.holder, 0) + one.people
    left = {h: max(0, (h.people or 0) - gone.get(h.id, 0)) for h in people}
    relieved = {h: min(n, left[h]) for h, n in people.items()}
    tags = {tag for one in some for tag in one.tags}
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
        first[1] if first and first[0] < AHEAD else "",
        first[0] if first else None,
        len(tags) - len(hours),
        larder.supplies(incident, sum(people.values())),
    )


class _Larder:
    """What there is to eat and drink at each incident: of the stock that is called, of items, and of teams' kits."""

    def __init__(self, store: Store, used: Sequence[Ration], sent: dict[str, list[Sending]]) -> None:
        self._store, self._used = store, used
        #: {ration: {kind: what a unit holds}}, the narrowest kind's word before a broader one's.
        self._holds = {r.name: self._below(r) for r in used}
        #: {incident: {kind: thousandths of its unit}}
        self._there: dict[str, dict[str, int]] = {}
        for incident, some in sent.items():
            for one in some:
                if one.item:
                    self._add(incident, one.item, 1000 * one.units)
        self._carried({i: [one for one in some if one.holder.kind == "team"] for i, some in sent.items()})

    def supplies(self, incident: str, people: int) -> tuple[Supply, ...]:
        """Food and water for so many people."""
        return tuple(self._supply(r, incident, people) for r in self._used) if people else ()

    def _supply(self, r: Ration, incident: str, people: int) -> Supply:
        there = sum(
            milli / 1000 * self._holds[r.name][kind]
            for kind, milli in self._there.get(incident, {}).items()
            if kind in self._holds[r.name]
        )
        daily = r.per_day * people
        needed = daily * AHEAD / 24
        kind, holds = next(iter(r.holds.items()), ("", 1.0))
        lacking = max(0.0, needed - there)
        return Supply(
            r.name, r.unit, r.per_day, needed, there, there / daily * 24 if there else None, kind,
            *self._named(kind), -int(-lacking // holds) if kind else 0,
        )  # fmt: skip

    def _named(self, kind: str) -> tuple[str, str]:
        row = self._store.connection.execute("SELECT name, unit FROM item WHERE id=?", (kind,)).fetchone()
        return (row[0] or kind, row[1] or "") if row else (kind, "")

    def _below(self, r: Ration) -> dict[str, float]:
        found: dict[str, float] = {}
        kinds = {kind: kinds_under(self._store.connection, kind) for kind in r.holds}
        for kind in sorted(kinds, key=lambda k: -len(kinds[k])):
            found |= dict.fromkeys(kinds[kind], r.holds[kind])
        return found

    def _add(self, incident: str, kind: str, milli: int) -> None:
        there = self._there.setdefault(incident, {})
        there[kind] = there.get(kind, 0) + milli

    def _carried(self, sent: dict[str, list[Sending]]) -> None:
        """Items that are food or water themselves; and what was found in date in the kits of each team, which go
        where most of its people go."""
        most: dict[str, tuple[int, str]] = {}
        for incident, some in sent.items():
            of_team: dict[str, int] = {}
            for one in some:
                of_team[one.holder.id] = of_team.get(one.holder.id, 0) + one.people
            for team, people in of_team.items():
                if people and (team not in most or people > most[team][0]):
                    most[team] = (people, incident)
        tags = {tag: incident for incident, some in sent.items() for one in some for tag in one.tags}
        kinds = sorted({kind for holds in self._holds.values() for kind in holds})
        marks = ",".join("?" * len(kinds))
        for part in chunks(tags):
            for tag, kind in self._store.connection.execute(
                f"SELECT id, kind FROM equipment WHERE id IN ({','.join('?' * len(part))}) AND kind IN ({marks})",
                (*part, *kinds),
            ):
                self._add(tags[tag], kind, 1000)
        today = times.format_time(moment(self._store))[:10]
        for part in chunks(most):
            for team, kind, milli in self._store.connection.execute(
                f"SELECT k.team, p.item, sum(p.found) FROM part p JOIN kit k ON k.id = p.kit WHERE p.item IN ({marks})"
                " AND p.found > 0 AND p.retired IS NULL AND k.retired IS NULL AND (p.expires IS NULL OR"
                f" {Date.last_day_sql('p.expires')} >= ?)"
                f" AND k.team IN ({','.join('?' * len(part))}) GROUP BY 1, 2",
                (*kinds, today, *part),
            ):
                self._add(most[team][1], kind, int(milli))
