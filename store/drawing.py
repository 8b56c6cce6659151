"""What an order of people or stock draws on: what a team, or a depot, has left to give.

What a drill has called it gives up to the real thing (row E4), as it does equipment; its line is ended by that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from emergency.store import claims, floors, precedence, quotas, times, units
from emergency.store.asks import Ask, Recollection
from emergency.store.errors import Contested, InvalidValue, NoSuchRecord, Refused
from emergency.store.records import RECORDS
from emergency.store.records.steps import ACTIVE, AWAY
from emergency.store.records.types import Date
from emergency.store.text import quoted, safe
from emergency.store.words import _, clauses, listed

_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)
#: SQL: the states of what is ordered, and still where it was.
WAITING = ", ".join(f"'{s}'" for s in ACTIVE if s not in AWAY)


class Lot(NamedTuple):
    """A stock line that may be drawn on."""

    id: str
    depot: str
    #: Thousandths; less than nothing where more was ordered than is there by now.
    free: int
    #: The day after which it is not given out, or "".
    expires: str


class Drawn(NamedTuple):
    """What an order for stock takes."""

    #: (item, thousandths, reserve id) of each lot.
    parts: list[tuple[str, int, str]]
    #: Lines of drills that give up what they hold.
    drills: list[str]
    #: Those of the lots that have expired.
    expired: tuple[Lot, ...]


class Drawing(Recollection):
    """Refuses what is not left."""

    # -- people --------------------------------------------------------------------------------------

    def _all_of(self, team: str) -> list[tuple[str, int]]:
        """A whole team is not there to be called while some of its people are out.

        Returns (line, people) of the drills that give them up.
        """
        out = self._out(team)
        for line, people in out:
            if self.drill or not precedence.gives_way(self.connection, line):
                raise Contested(
                    _("{count} people of team {team} are out on {line}").format(
                        count=people, team=team, line=line
                    ),
                    hint=_("call up those that are left: --people N"),
                )
        if team in self._people:
            raise Contested(_("people of team {team} are called up in this very batch").format(team=team))
        return out

    def _people_of(self, ask: Ask, team: str, people: int) -> list[tuple[str, int]]:
        """So many of a team must be left; returns (line, people) of the drills that give them up.

        Drills make up for what floors keep as well, where they can.
        """
        if people <= 0:
            raise InvalidValue(_("people must be at least 1"))
        whole = claims.thing("team", team)
        if whole in self._taken:
            raise self._claimed("team", team, self._taken[whole])
        claimed = [c.line for c in claims.live(self.connection, whole) if not self._past(c.line)]
        kept = [c for c in claimed if self.drill or not precedence.gives_way(self.connection, c)]
        if kept:
            raise self._claimed("team", team, kept[0])
        have, out = self._strength(team), self._out(team)
        if have is None:
            return [(line, 0) for line in claimed]
        busy = sum(n for _line, n in out)
        drills = [(line, 0 if n else have - busy) for n, line in enumerate(claimed)]
        busy += self._people.get(team, 0)
        practised = [one for one in out if not self.drill and precedence.gives_way(self.connection, one[0])]
        if practised:
            short = people - (have - busy)
            lack = floors.lacking(
                self.connection, team, people, self.ending, self._gone(team, drills), self.over
            )
            most = short if self._past_floors(ask) else max(short, lack)
            given = precedence.fewest(practised, most) or precedence.fewest(practised, short)
            drills += given
            busy -= sum(n for _line, n in given)
        if people > have - busy:
            raise Refused(
                _("team {team} has {have} people, {out} of them called up: {people} are not left").format(
                    team=team, have=have, out=busy, people=people
                )
            )
        return drills

    @staticmethod
    def _past_floors(ask: Ask) -> bool:
        """Whether an order may go below floors (row A7): one that says why, and one that calls nobody away yet."""
        return bool(ask.kind == "standby" or ask.override)

    def _gone(self, team: str, back: Iterable[tuple[str, int]]) -> dict[str, int]:
        """People whom this write has called up, by team, less those of a team who come `back` from drills."""
        return {**self._people, team: self._people.get(team, 0) - sum(n for _line, n in back)}

    def _strength(self, team: str) -> int | None:
        """How many people a team has, there today or, on a later day, on its roll; None where nobody said."""
        known = self.named.teams[team]
        if known is None:
            return None
        first, second = known.headcount, known.strength
        if self.over is not None:
            first, second = second, first
        return second if first is None else first

    def _out(self, team: str) -> list[tuple[str, int]]:
        """(line, people) of those of a team who are called up as so many people."""
        return [(line, people) for line, people in self.named.out[team] if not self._past(line)]

    def _claimed(self, kind: str, id_: str, line: str) -> Contested:
        order = line.split("/")[0]
        row = self.connection.execute(
            "SELECT c.incident, c.approver, l.since, l.state FROM callup c JOIN line l ON l.id=? WHERE c.id=?",
            (line, order),
        ).fetchone()
        if row is None and self.writer.pending:
            # Taken a moment ago in this very batch: once it is folded it can be named in full.
            self.writer.flush()
            return self._claimed(kind, id_, line)
        if row is None:
            return Contested(
                _("{thing} is claimed by {order}").format(
                    thing=f"{RECORDS[kind].label.lower()} {safe(id_)}", order=order
                )
            )
        incident, approver, since, _state = row
        said = (
            _("{thing} is claimed by {order} for {incident}, since {since}{approver}")
            if incident
            else _("{thing} is claimed by {order}, since {since}{approver}")
        )
        return Contested(
            said.format(
                thing=f"{RECORDS[kind].label.lower()} {safe(id_)}",
                order=line,
                incident=incident,
                since=times.format_time(since) if since else "?",
                approver=_(", approved by {name}").format(name=safe(approver)) if approver else "",
            ),
            hint=_("emergency callup show {order}").format(order=order),
        )

    # -- stock ---------------------------------------------------------------------------------------

    def drawn(self, ask: Ask, at: int) -> Drawn:
        """What an order for stock takes, of the lots of one depot that has enough, held stock counted out.

        One lot that has enough is drawn on alone, the one that expires first; else several, first
        expired first out. Where no depot has enough, drills give up what they hold. What has expired
        goes only by `--override`, and behind what has not.
        """
        item = self.find("item", ask.item)
        unit = str(self._value("item", item, "unit") or "")
        if not ask.quantity:
            raise InvalidValue(_("how much of {item}? give a quantity").format(item=item))
        milli = self._milli(item, ask.quantity)
        if milli <= 0:
            raise InvalidValue(_("a quantity is more than nothing: {text}").format(text=quoted(ask.quantity)))
        fresh, expired = self._lots_of(ask, item, times.format_time(at)[:10])
        drawn = self._draw(item, milli, fresh) or self._draw(item, milli, fresh, expired)
        if drawn and (ask.override or not drawn.expired):
            return drawn
        free = _by_depot(fresh, unit) or _by_depot([lot._replace(free=0) for lot in expired], unit)
        refusal = _("no depot has {asked} of {item} free: {left}").format(
            asked=units.format_quantity(milli, unit), item=item, left=free
        )
        gone = _by_depot([lot for lot in expired if lot.free > 0], unit)
        if gone:
            refusal = clauses((refusal, _("expired: {lots}").format(lots=gone)))
        raise Refused(refusal, hint=expired_hint() if drawn else "")

    def _lots_of(self, ask: Ask, item: str, today: str) -> tuple[list[Lot], list[Lot]]:
        """The lots of an item that have not expired, and those that have, in the order in which they go."""
        where, values = "item = ?", [item]
        if ask.depot:
            where, values = where + " AND depot = ?", [item, self.find("depot", ask.depot)]
        lots = [
            Lot(id_, depot, self._free(id_, quantity), expires or "")
            for id_, depot, quantity, expires in self.connection.execute(
                f"SELECT id, depot, coalesce(quantity, 0), expires FROM reserve WHERE {where} AND retired IS NULL"
                " AND coalesce(form, 'physical') = 'physical'"
                f" ORDER BY expires IS NULL, {Date.last_day_sql('expires')}, quantity DESC, id",
                values,
            ).fetchall()
        ]
        if not lots:
            raise NoSuchRecord(
                _("no depot holds {item}").format(item=item),
                hint=_("emergency reserve list --item shows stock"),
            )
        fresh: list[Lot] = []
        expired: list[Lot] = []
        for lot in lots:
            (expired if lot.expires and Date.last_day(lot.expires) < today else fresh).append(lot)
        return fresh, expired

    def _draw(self, item: str, milli: int, fresh: list[Lot], expired: Sequence[Lot] = ()) -> Drawn | None:
        """So much of these lots, with what drills hold of them where nothing else is enough; None where it never is."""
        lots = [*fresh, *expired]
        parts = _parts(milli, lots, alone=not expired)
        givers: list[str] = []
        if not parts and not self.drill:
            held = {lot.id: self._held_by_drills(lot.id) for lot in lots}
            more = [lot._replace(free=lot.free + sum(n for _line, n in held[lot.id])) for lot in lots]
            parts = _parts(milli, more, alone=not expired)
            free = {lot.id: lot.free for lot in lots}
            givers = [
                line for id_, part in parts for line, _n in precedence.fewest(held[id_], part - free[id_])
            ]
        past = tuple(lot for lot in expired if any(id_ == lot.id for id_, _part in parts))
        return Drawn([(item, part, id_) for id_, part in parts], givers, past) if parts else None

    def _free(self, reserve: str, quantity: int) -> int:
        """What a stock line has to give: where quotas are lent, what is left of this station's own (CASES 10).

        Less than nothing where more was ordered than is there by now.
        """
        own = quotas.spendable(self.connection, reserve, self.ending)
        left = quantity - sum(n for _line, n in self._held(reserve)) if own is None else own
        return left - self._stock.get(reserve, 0)

    def _held(self, reserve: str) -> list[tuple[str, int]]:
        """(line, thousandths) of stock ordered from a stock line that has not left it yet."""
        rows = self.connection.execute(
            "SELECT id, coalesce(answered, quantity, 0) FROM line WHERE reserve=? AND id<>?"
            f" AND state IN ({WAITING})",
            (reserve, self.ending),
        )
        return [(line, int(milli)) for line, milli in rows]

    def _held_by_drills(self, reserve: str) -> list[tuple[str, int]]:
        """Of those what drills of this station hold; another's is held from its own quota, where any is lent."""
        lent = quotas.read(self.connection, reserve) is not None
        here = (quotas.here(self.connection), None)
        return [
            (line, milli)
            for line, milli in self._held(reserve)
            if precedence.gives_way(self.connection, line)
            and (not lent or quotas.ordered_by(self.connection, line) in here)
        ]


def _parts(milli: int, lots: Sequence[Lot], *, alone: bool) -> list[tuple[str, int]]:
    """(lot, thousandths): so much of one, where it may come `alone`, else of several of one depot in their order.

    Nothing where it is never enough.
    """
    for lot in lots if alone else ():
        if lot.free >= milli:
            return [(lot.id, milli)]
    for there in dict.fromkeys(lot.depot for lot in lots):
        out, left = [], milli
        for lot in lots:
            part = min(lot.free, left) if lot.depot == there else 0
            if part > 0:
                out.append((lot.id, part))
                left -= part
        if not left:
            return out
    return []


def _by_depot(lots: Sequence[Lot], unit: str) -> str:
    """How much of these lots each of the first depots has free, in words."""
    depots = list(dict.fromkeys(lot.depot for lot in lots))
    free = {there: sum(max(0, lot.free) for lot in lots if lot.depot == there) for there in depots[:5]}
    return listed(f"{there} {units.format_quantity(n, unit)}" for there, n in free.items())


def expired_hint() -> str:
    """What lets an order take stock that has expired."""
    return _("--override REASON takes what has expired")
