"""Who has over what another team lacks (row D3): beyond its own standard, free, and near."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store import places
from emergency.store.audit import Audit, Counted, Found, counts
from emergency.store.board import moment
from emergency.store.holdings import Group
from emergency.store.places import Point
from emergency.store.records.types import Date
from emergency.store.store import Store
from emergency.store.times import format_time

#: So many candidates are named for a gap.
MOST = 3


class Offer(NamedTuple):
    """Something that could be transferred."""

    #: `team` or `depot`
    kind: str
    holder: str
    name: str
    #: Six digits, or "".
    region: str
    at: Point | None
    group: Group
    #: In thousandths of the item's unit.
    amount: int
    sample: bool


class Candidate(NamedTuple):
    """An offer, seen from the team that lacks."""

    kind: str
    holder: str
    name: str
    item: str
    amount: int
    #: Metres in a straight line; None where a place is unknown.
    distance: int | None
    sample: bool


class Surplus:
    """What all audited teams have over, and all depots above their minimum, by kind and place."""

    def __init__(self, store: Store, found: Found, within: int | None) -> None:
        """`found` is the audit of every team; candidates are at most `within` metres away."""
        self.within = within
        self.held = found.held
        self._centres: dict[str, Point] = {
            id_: Point(lat, lng)
            for id_, lat, lng in store.connection.execute(
                "SELECT id, at_lat, at_lng FROM region WHERE at_lat IS NOT NULL"
            )
        }
        #: {kind: {cell: offers}}, those without a place under -1
        self._offers: dict[str, dict[int, list[Offer]]] = {}
        for offer in (*self._of_teams(found.audits), *self._of_depots(store)):
            cell = -1 if offer.at is None else places.cell(offer.at)
            self._offers.setdefault(offer.group.kind, {}).setdefault(cell, []).append(offer)

    def _of_teams(self, audits: Sequence[Audit]) -> Iterator[Offer]:
        # A team that answers to two standards has over only what neither of them has taken.
        least: dict[tuple[str, int], tuple[Audit, Group, int]] = {}
        answers: dict[str, int] = {}
        seen: dict[tuple[str, int], int] = {}
        for a in audits:
            answers[a.team["id"]] = answers.get(a.team["id"], 0) + 1
            for group, rest in a.left:
                key = (a.team["id"], id(group))
                seen[key] = seen.get(key, 0) + 1
                if key not in least or rest < least[key][2]:
                    least[key] = (a, group, rest)
        for key, (a, group, rest) in least.items():
            amount = min(rest, group.free)
            if amount > 0 and seen[key] == answers[key[0]]:
                team = a.team
                yield Offer(
                    "team",
                    team["id"],
                    team["name"] or "",
                    team["region"] or "",
                    self.place(team),
                    group,
                    amount,
                    bool(team["sample"]),
                )

    def _of_depots(self, store: Store) -> Iterator[Offer]:
        """Stock of depots that belong to no team, above its minimum and in date."""
        today = format_time(moment(store))[:10]
        for row in store.rows(
            "SELECT d.id, d.name, d.sample, d.region, d.at_lat, d.at_lng, v.item,"
            " sum(v.quantity) - max(coalesce(v.minimum, 0)) AS over FROM reserve v JOIN depot d ON d.id = v.depot"
            " WHERE d.team IS NULL AND v.retired IS NULL AND d.retired IS NULL AND v.quantity > 0"
            " AND coalesce(v.form, 'physical') = 'physical'"
            f" AND (v.expires IS NULL OR {Date.last_day_sql('v.expires')} >= ?)"
            " GROUP BY d.id, v.item HAVING over > 0",
            (today,),
        ):
            group = Group(row["item"], 0, row["over"], row["over"], row["over"], 0, 0, stock=True)
            yield Offer(
                "depot",
                row["id"],
                row["name"] or "",
                row["region"] or "",
                self.place(row),
                group,
                row["over"],
                bool(row["sample"]),
            )

    def place(self, row: Mapping[str, Any]) -> Point | None:
        """Where something stands: its own place, or the centre of its region."""
        if row["at_lat"] is not None:
            return Point(row["at_lat"], row["at_lng"])
        return self._centres.get(row["region"] or "")

    def for_gap(self, a: Audit, c: Counted) -> list[Candidate]:
        """The nearest offers that count for a line; only of the same province, since others are asked for help."""
        at, own = self.place(a.team), str(a.team["region"] or "")[:2]
        kinds = [k for k in self._offers if any(self.held.is_a(k, i) for i in (c.line.item, *c.line.instead))]
        found: list[Candidate] = []
        for offer in self._near(kinds, at):
            if offer.holder == a.team["id"] or not counts(self.held, offer.group, c.line):
                continue
            if own and offer.region and offer.region[:2] != own:
                continue
            distance = None
            if at is not None and offer.at is not None:
                distance = round(places.distance_m(at, offer.at))
            if self.within is not None and (distance is None or distance > self.within):
                continue
            what = offer.group.kind
            found.append(
                Candidate(offer.kind, offer.holder, offer.name, what, offer.amount, distance, offer.sample)
            )
        far = 1 << 40
        found.sort(key=lambda o: (far if o.distance is None else o.distance, o.holder, o.item))
        return found[:MOST]

    def _near(self, kinds: Sequence[str], at: Point | None) -> Iterator[Offer]:
        """Offers of some kinds ring by ring, until there are enough and nothing nearer can be left."""
        cells = [self._offers[k] for k in kinds]
        if at is None or sum(map(len, cells)) <= 64:
            for one in cells:
                for offers in one.values():
                    yield from offers
            return
        for one in cells:
            yield from self._ringed(one, at)

    def _ringed(self, cells: Mapping[int, list[Offer]], at: Point) -> Iterator[Offer]:
        keys = sorted(cells)
        given = 0
        for ring in places.rings(at, self.within):
            for low, high in ring:
                for key in keys[bisect.bisect_left(keys, low) : bisect.bisect_right(keys, high)]:
                    given += len(cells[key])
                    yield from cells[key]
            # Many more than are named: some will be of another province, or not up to the specification.
            if given > 40 * MOST:
                return
        yield from cells.get(-1, ())
