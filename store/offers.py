"""What could be sent to several incidents, counted in groups of like things: the ground of a call-up plan.

A group is what one team or depot has of one kind and specification at one place. What a rule would
refuse in an order (checks.py), and what is not ready, is counted apart with the reason, so that a plan
can say why it passed something over. Quantities are in thousandths, as everywhere in the store.
"""

from __future__ import annotations

import functools
import itertools
import json
import operator
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from emergency.store import alike, claims, floors, needs, passing, places, precedence, times
from emergency.store.conditions import kinds_under, stale_after
from emergency.store.depotstock import depot_stock
from emergency.store.given import Given
from emergency.store.records.steps import ACTIVE
from emergency.store.records.team import people_of
from emergency.store.records.types import Integer
from emergency.store.store import Store

_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)


class Holder(NamedTuple):
    """Who would be called: a team, a depot, or equipment that belongs to neither (`loose`)."""

    kind: str
    id: str
    name: str
    region: str
    type: str = ""
    people: int | None = None
    #: "" or the mark of what is made up.
    sample: str = ""
    #: Minutes from the order until its wheels turn.
    turnout: float = 0.0
    #: How many people it reported, where they are more than its strength, which is then what counts.
    reported: int | None = None


class Offer(NamedTuple):
    """Like things of one holder at one place; all equipment of it there where nothing of a team may be called."""

    holder: int
    #: `equipment`, `people`, `team` (as a whole) or `reserve`.
    kind: str
    #: The kind of item; "" of people and whole teams. What tells one group from another of its kind.
    item: str
    specification: str
    key: tuple[Any, ...]
    items: int
    #: {need: thousandths of its unit that each gives}
    gives: dict[int, int]
    at: places.Point | None
    #: Why it may not be called, one of passing.REASONS; "" for what may.
    reason: str = ""
    #: For `refused`: what an order for it is refused for, in words.
    refusal: str = ""


class Wanted(NamedTuple):
    """A need that is not covered yet."""

    cover: needs.Cover
    #: Thousandths that no order has been given for.
    missing: int
    #: Where it is wanted, None where nobody knows.
    at: places.Point | None


class Ground(NamedTuple):
    """Everything that a plan is made of."""

    at: int
    wanted: list[Wanted]
    holders: list[Holder]
    offers: list[Offer]
    #: {team: why none of it may be called}
    unready: dict[str, str]
    #: The capabilities that tell groups of equipment apart, and the SQL of why an item may not be called.
    figures: list[str]
    why: str
    #: (most people that may leave, the teams) of each area with a floor.
    areas: list[tuple[int, tuple[int, ...]]]


def ground(
    store: Store,
    incidents: Sequence[str],
    *,
    without: Collection[str] = (),
    standby: bool = False,
    past: bool = False,
) -> Ground:
    """What these incidents lack, and what there is to send. `without` are teams that are not to be counted on.

    What such a team was ordered to bring is taken as not coming. With `standby` teams on standby count as
    ready; with `past` what must stay may go, and what nobody can vouch for: stale reports, people nobody counted,
    inspections that have run out.
    """
    return _Survey(store, incidents, without, standby, past).ground()


class _Survey:
    def __init__(
        self,
        store: Store,
        incidents: Sequence[str],
        without: Collection[str],
        standby: bool,
        past: bool,
    ) -> None:
        self.store, self.incidents, self.without = store, incidents, set(without)
        self.standby, self.past = standby, past
        self.now = times.now()
        #: What was reported before is stale.
        self._stale = self.now - stale_after()
        self.holders: list[Holder] = []
        self.offers: list[Offer] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._bases: dict[str, places.Point | None] = {}
        self._cells: dict[str, int | None] = {}
        self.unready: dict[str, str] = {}
        #: {(team, cell, pre-positioned): where its equipment stands, and one of it}
        self._places: dict[tuple[Any, ...], tuple[places.Point | None, str]] = {}
        #: People of each team who are at home, those of a drill left out: only for its own team it ends.
        self._home: dict[int, int] = {}
        self.wanted = self._wanted()
        #: Lines of drills, which give up to real incidents what they have.
        self._drills = sorted(precedence.giving(store.connection, incidents))
        self._taken, held, self._drilled = passing.claimed(store.connection, self._drills)
        #: Things that a hold has which is no drill's.
        self._held = held - self._drilled
        apart = passing.apart(store.connection, self._taken)
        self._why = passing.why_not(apart, held, self.now, self._drilled, past=past)
        self._alone = passing.alone(apart, self._drilled, self.now, past=past)

    def ground(self) -> Ground:
        """See `ground`."""
        whats = [w.cover.need["what"] for w in self.wanted]
        self._teams(whats)
        figures = [what for what in dict.fromkeys(whats) if what in needs.BY_NAME]
        kinds = {
            what: kinds_under(self.store.connection, what)
            for what in dict.fromkeys(whats)
            if what not in needs.BY_NAME and what not in ("people", "teams")
        }
        if figures or kinds:
            self._equipment(figures, kinds)
        if kinds:
            self._stock(kinds)
        return Ground(
            self.now,
            self.wanted,
            self.holders,
            self.offers,
            self.unready,
            figures,
            self._why,
            self._areas(),
        )

    # -- needs -----------------------------------------------------------------------------------

    def _wanted(self) -> list[Wanted]:
        out = []
        marks = ",".join("?" * len(self.without))
        gone = [
            line
            for (line,) in self.store.connection.execute(
                f"SELECT id FROM line WHERE team IN ({marks}) AND state IN ({_ACTIVE})", sorted(self.without)
            )
        ]
        for incident in self.incidents:
            row = self.store.connection.execute(
                "SELECT coalesce(i.at_lat, r.at_lat), coalesce(i.at_lng, r.at_lng) FROM incident i"
                " LEFT JOIN region r ON r.id = i.region WHERE i.id=?",
                (incident,),
            ).fetchone()
            at = None if row is None or row[0] is None else places.Point(*row)
            for cover in needs.board(self.store, incident, gone):
                out.append(Wanted(cover, max(0, int(cover.need["amount"] or 0) - cover.asked), at))
        return out

    def _serves(self, what: str) -> list[int]:
        return [n for n, w in enumerate(self.wanted) if w.cover.need["what"] == what and w.missing]

    # -- teams -----------------------------------------------------------------------------------

    def _teams(self, whats: Sequence[str]) -> None:
        """Every team as a holder, why it may not be called, its people, and it as a whole."""
        out = {
            team: (int(away), int(gone or 0))
            for team, away, gone in self.store.connection.execute(
                "SELECT team, sum(n), sum(n) FILTER (WHERE id NOT IN (SELECT value FROM json_each(?))) FROM"
                " (SELECT id, team, coalesce(answered / 1000, people) AS n FROM line WHERE people IS NOT NULL"
                f" AND team IS NOT NULL AND state IN ({_ACTIVE})) GROUP BY team",
                (json.dumps(self._drills),),
            )
        }
        home = self._province()
        people, whole = self._serves("people"), self._serves("teams")
        each = dict.fromkeys(people, 1000)
        for (
            team, name, region, type_, readiness, reported, headcount, known, lat, lng, cell, floor, sample, turnout,
        ) in self.store.connection.execute(
            f"SELECT t.id, t.name, t.region, t.type, t.readiness, t.reported_at, t.headcount, {people_of('t.')},"
            " coalesce(t.at_lat, r.at_lat), coalesce(t.at_lng, r.at_lng), t.at_cell,"
            " coalesce(t.floor, 0), coalesce(t.sample, ''), coalesce(t.turnout, 0)"
            " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL ORDER BY length(t.id), t.id"
        ):  # fmt: skip
            have = int(known or 0)
            away, gone = out.get(team, (0, 0))
            number = len(self.holders)
            self._numbers["team", team] = number
            beyond = headcount if (headcount or 0) > have else None
            self.holders.append(
                Holder(
                    "team", team, name or "", region or "", type_ or "", known, sample, turnout / 1000, beyond
                )
            )
            at = self._bases[team] = None if lat is None else places.Point(lat, lng)
            self._cells[team] = cell
            thing = claims.thing("team", team)
            reason = self._standing(
                team,
                thing in self._taken,
                bool(home and region and region[:2] != home),
                readiness,
                reported,
                headcount,
            )
            if reason:
                self.unready[team] = reason
            held = thing in self._held
            left = 0 if held or thing in self._taken else max(0, have - gone)
            self._home[number] = 0 if thing in self._drilled else min(left, max(0, have - away))
            floor = 0 if self.past else int(floor)
            free = max(0, left - floor)
            for some, why in ((free, reason), (left - free, reason or "floor")):
                if people and some:
                    self.offers.append(Offer(number, "people", "", "", (team,), some, each, at, why))
            if whole or (people and held and have):
                # A whole team is not there to be called while some of its people are out; one that a hold has whole
                # is called whole, which ends the hold.
                gives = dict.fromkeys(whole, 1000) | dict.fromkeys(people if have else (), have * 1000)
                why = reason or ("claimed" if gone else "floor" if floor else "")
                self.offers.append(Offer(number, "team", "", "", (team,), 1, gives, at, why))

    def _areas(self) -> list[tuple[int, tuple[int, ...]]]:
        """What may leave the areas that have a floor, as floors.py has them."""
        if self.past:
            return []
        out = []
        for area, floor in self.store.connection.execute(
            "SELECT id, floor FROM region WHERE floor > 0 ORDER BY id"
        ):
            # A county's code is whole; a city's and a province's end in noughts that stand for any below.
            within = [n for n in self._home if floors.holds(area, self.holders[n].region)]
            home = sum(self._home[n] for n in within)
            out.append((max(0, home - int(floor)), tuple(within)))
        return out

    def _standing(
        self, team: str, taken: bool, elsewhere: bool, readiness: str | None, reported: int | None, headcount: int | None
    ) -> str:  # fmt: skip
        """Why nothing of a team may be called, or ''."""
        if team in self.without:
            return "without"
        if taken:
            return "claimed"
        if elsewhere:
            return "elsewhere"
        if readiness is None or reported is None:
            return "never"
        if reported < self._stale and not self.past:
            return "stale"
        if readiness == "standby" and not self.standby:
            return "standby"
        if readiness in ("ready", "standby"):
            return "uncounted" if headcount is None and not self.past else ""
        return "rest" if readiness == "off" else "unavailable"

    def _province(self) -> str:
        row = self.store.connection.execute(
            "SELECT region FROM station WHERE id = (SELECT value FROM meta WHERE key='station')"
        ).fetchone()
        return str(row[0] or "")[:2] if row else ""

    def _number(self, kind: str, id_: str, name: str, region: str, sample: str = "") -> int:
        key = (kind, id_)
        if key not in self._numbers:
            self._numbers[key] = len(self.holders)
            self.holders.append(Holder(kind, id_, name, region, sample=sample))
        return self._numbers[key]

    # -- equipment -------------------------------------------------------------------------------

    def _equipment(self, figures: Sequence[str], kinds: dict[str, list[str]]) -> None:
        listed = list(dict.fromkeys(kind for some in kinds.values() for kind in some))
        where = " OR ".join(
            [f'"{name}" > 0' for name in figures]
            + [f"kind IN ({','.join('?' * len(listed))})"] * bool(listed)
        )
        groups, others = alike.counted(
            self.store.connection, self._why, figures, where, listed, self._alone, self.unready
        )
        given = Given(
            {
                kind: [n for what, some in kinds.items() if kind in some for n in self._serves(what)]
                for kind in listed
            },
            [
                (self._serves(name), 1000 if isinstance(needs.BY_NAME[name].type, Integer) else 1)
                for name in figures
            ],
        )
        wanted = {shape[2] for _first, _team, _cell, shape, _items in groups if shape[2]}
        licensed = passing.licensed(self.store.connection, times.format_time(self.now)[:10], wanted)
        spot = functools.cache(self._place)
        rows: list[tuple[Any, ...]] = []
        about = {
            id(shape): given.of(shape) for shape in {id(group[3]): group[3] for group in groups}.values()
        }
        for _first, team, cell, shape, items in groups:
            gives, item, model, before, behind = about[id(shape)]
            if not gives:
                continue
            holder, at = spot(team, cell, behind[0])
            reason = shape[4]
            if not reason and before[2] and (team, before[2]) not in licensed:
                reason = "licence"
            drawn = (team, *before, cell, *behind)
            rows.append((holder, "equipment", item, model, drawn, items, gives, at, reason, ""))
        # There are some ten thousand of them: to give each argument its name takes as long as the rest.
        self.offers += map(Offer._make, rows)
        #: {(team, whose it is, where it stands): what all of it gives} of teams of which nothing may be called.
        idle: dict[tuple[Any, ...], dict[int, int]] = {}
        at_once = functools.cache(lambda *place: idle.setdefault((place[0], *self._place(*place)), {}))
        for shape, some in itertools.groupby(others, operator.itemgetter(3)):
            gives, _item, _model, _before, behind = given.of(shape)
            for _first, team, cell, _shape, items in some if gives else ():
                all_of_it = at_once(team, cell, behind[0])
                for n, milli in gives.items():
                    all_of_it[n] = all_of_it.get(n, 0) + milli * items
        for (team, holder, at), gives in idle.items():
            reason = self.unready[team]
            self.offers.append(Offer(holder, "equipment", "", "", (team,), 1, gives, at, reason))

    def _place(
        self, team: str | None, cell: int | None, staged: int | None
    ) -> tuple[int, places.Point | None]:
        """(whose it is, where it stands): at its team's base, unless it is known to stand elsewhere."""
        held = team is not None and ("team", team) in self._numbers
        if held and not staged and cell in (None, self._cells[str(team)]):
            return self._numbers["team", str(team)], self._bases[str(team)]
        place = (team, cell, staged)
        if place not in self._places:
            lat, lng, first = self.store.connection.execute(
                "SELECT avg(at_lat), avg(at_lng), min(id) FROM equipment WHERE team IS ? AND at_cell IS ?"
                " AND (custody = 'pre_positioned') IS ? AND retired IS NULL",
                place,
            ).fetchone()
            self._places[place] = (
                None if lat is None else places.Point(round(lat), round(lng)),
                str(first or ""),
            )
        at, first = self._places[place]
        if held:
            return self._numbers["team", str(team)], at or self._bases[str(team)]
        return self._number("loose", team or (f"cell {cell}" if at else first), first, ""), at

    # -- stock -----------------------------------------------------------------------------------

    def _stock(self, kinds: dict[str, list[str]]) -> None:
        """What each depot has free of each item, over its floor; the rest apart."""
        listed = [kind for some in kinds.values() for kind in some]
        today = times.format_time(self.now)[:10]
        rows = depot_stock(self.store.connection, listed, today, self._drills)
        for depot, item, name, region, lat, lng, free, expired, floor, sample in rows:
            gives = dict.fromkeys(
                (n for what, some in kinds.items() if item in some for n in self._serves(what)), 1000
            )
            if not gives:
                continue
            number = self._number("depot", depot, name or "", region or "", sample)
            at = None if lat is None else places.Point(lat, lng)
            kept = 0 if self.past else min(free, floor)
            for milli, reason in ((free - kept, ""), (kept, "floor"), (expired, "expired")):
                if milli >= 1000:
                    self.offers.append(
                        Offer(number, "reserve", item, "", (depot, item), milli // 1000, gives, at, reason)
                    )
