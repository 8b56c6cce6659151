"""What may refuse an order: every rule, checked inside the transaction that would write it.

Two officers at one store cannot both take a truck (CASES 1): the second is refused at commit
and told of the first order, its time and its approver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emergency.store import areas, claims, floors, leases, precedence, times
from emergency.store.asks import Ask, Checked
from emergency.store.drawing import WAITING, Drawing
from emergency.store.errors import EmergencyError, InvalidValue, NoSuchRecord, Refused
from emergency.store.lookup import find
from emergency.store.query import free_like
from emergency.store.records.callup import HOLDING, KINDS
from emergency.store.records.equipment import OUT_OF_SERVICE, SERVICEABILITY
from emergency.store.records.steps import ACTIVE
from emergency.store.records.types import Date
from emergency.store.text import quoted, safe
from emergency.store.words import _, language, listed

if TYPE_CHECKING:
    from emergency.store.writer import Writer

_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)


class Rules(Drawing):
    """Refuses what cannot be."""

    def check(self, ask: Ask, at: int, *, draft: bool = False) -> Checked:
        """Look everything up and refuse what cannot be. Raises; writes nothing of the order.

        Of what ends by the order a `draft` says that it would.
        """
        (found,) = self.each((ask,), at, draft=draft)
        if isinstance(found, EmergencyError):
            raise found
        return found

    def each(self, asks: Sequence[Ask], at: int, *, draft: bool = False) -> list[Checked | EmergencyError]:
        """What `check` says of each of these orders as if it were the only one: what it returns, or raises."""
        self._catch_up()
        self.named.read(asks)
        out: list[Checked | EmergencyError] = []
        for ask in asks:
            try:
                out.append(self._check(ask, at, draft))
            except EmergencyError as error:
                out.append(error)
        return out

    def _check(self, ask: Ask, at: int, draft: bool) -> Checked:
        for text in (ask.note, ask.report_to, ask.basis, ask.ref, ask.approver):
            if len(text) > 500:
                raise InvalidValue(_("longer than {limit} characters").format(limit=500))
        if ask.kind not in KINDS:
            raise InvalidValue(
                _("{value} is not one of: {options}").format(value=quoted(ask.kind), options=listed(KINDS))
            )
        incident = self._incident(ask)
        if (self._drilled and not self.drill) or (self._holding and ask.kind not in HOLDING):
            # What was given a moment ago may have to give way: that is seen by its lines.
            self._fold()
        if not (ask.team or ask.equipment or ask.item or ask.people is not None):
            raise InvalidValue(
                _("the order names nothing to call up"), hint=_("give a team, equipment, people or an item")
            )
        if ask.by is not None and ask.by <= at:
            raise InvalidValue(
                _("the deadline has passed already: {by}").format(by=times.format_time(ask.by))
            )
        named = not ask.team or self.named.teams[ask.team] is not None
        team = ask.team if named else self.find("team", ask.team)
        warnings: list[str] = []
        holds: dict[str, list[str]] = {}
        if ask.people is not None and not team:
            raise InvalidValue(_("people are called from a team: give --team"))
        drills = self._check_team(ask, team, warnings, holds) if team else []
        equipment = [self._check_equipment(ask, text, team, at, holds) for text in ask.equipment]
        if len(set(equipment)) < len(equipment):
            raise InvalidValue(_("the order names one item of equipment twice"))
        stock, givers, expired = self.drawn(ask, at) if ask.item else ([], [], ())
        drills += givers
        warnings += [_("{part} expired {day}").format(part=lot.id, day=lot.expires) for lot in expired]
        self._check_kind(ask, team)
        for holder in sorted({team, *(self.holders[tag] or "" for tag in equipment)}):
            precedence.refuse_under_agreement(self.connection, ask, holder, at)
        if ask.kind == "transfer" and depot_named(self.writer, ask.report_to) is None:
            warnings.append(_("it goes to no depot of the register: the stock leaves the ledger on arrival"))
        warnings += [w for name, lines in holds.items() for w in self._loses(name, lines, draft)]
        ends = (
            _("{line}, an exercise, would end when it is given")
            if draft
            else _("{line}, an exercise, ends for it")
        )
        warnings += [ends.format(line=line) for line in drills]
        area = areas.find(self.connection, incident, ask.area) if ask.area else ""
        return Checked(incident, team, equipment, stock, warnings, holds, self.drill, tuple(drills), area)

    def _loses(self, name: str, lines: list[str], draft: bool) -> list[str]:
        """Which plan loses a thing by this order, and what else of the kind is free (CASES 13)."""
        kind, id_ = name.split(":", 1)
        loses = _("{line} would lose {thing} when it is given") if draft else _("{line} loses {thing}")
        said = [loses.format(line=line, thing=id_) for line in lines]
        if kind != "equipment":
            return said
        taken = tuple(t.split(":", 1)[1] for t in self._taken if t.startswith("equipment:"))
        others = listed(map(safe, free_like(self.connection, id_, taken)))
        return [s + _("; free instead: {others}").format(others=others) if others else s for s in said]

    def _incident(self, ask: Ask) -> str | None:
        self.drill = False
        if not ask.incident:
            if ask.kind in HOLDING:
                return None
            raise InvalidValue(_("no incident is named"), hint=_("emergency incident list --open shows them"))
        incident = self.find("incident", ask.incident)
        if incident not in self._incidents:
            self._incidents[incident] = self.connection.execute(
                "SELECT state, exercise FROM incident WHERE id=?", (incident,)
            ).fetchone()
        state, exercise = self._incidents[incident]
        self.drill = exercise == "yes"
        if state == "closed":
            raise Refused(
                _("incident {id} is closed").format(id=incident),
                hint=_("emergency incident reopen, or open another"),
            )
        return incident

    def _check_kind(self, ask: Ask, team: str) -> None:
        """What the kinds of order ask of each (row F2)."""
        elsewhere = self.elsewhere(team)
        if ask.kind == "requisition" and not ask.basis:
            raise InvalidValue(
                _("a requisition needs its legal basis"), hint=_("--basis, such as EREL-12 or EREL-76")
            )
        if ask.kind == "transfer" and not ask.item:
            raise InvalidValue(_("a stock transfer needs an item and a quantity"))
        if ask.kind == "help" and team and not elsewhere:
            raise Refused(_("{team} is of this province: call it up").format(team=team), hint="--kind callup")
        if ask.kind in ("callup", "requisition") and elsewhere:
            raise Refused(
                _("{team} is of another province, which is asked, not ordered").format(team=team),
                hint="--kind help",
            )

    def _check_team(self, ask: Ask, team: str, warnings: list[str], holds: dict[str, list[str]]) -> list[str]:
        """What of it is called must be there; returns the lines of drills that give it up."""
        known = self.named.teams[team]
        assert known is not None
        if known.retired:
            raise Refused(_("team {id} is retired: {why}").format(id=team, why=safe(known.retired)))
        drills: list[tuple[str, int]] = []
        if ask.whole:
            self._check_claim(ask, "team", team, known.claimed, holds)
            if self.over is None and known.readiness == "unavailable" and not ask.override:
                raise Refused(
                    _("team {id} reported itself unavailable").format(id=team),
                    hint=_("--override REASON records why"),
                )
            drills = self._all_of(team)
        elif ask.people is not None:
            drills = self._people_of(ask, team, ask.people)
        if ask.whole or ask.people is not None:
            warnings += [
                _("{name} is also counted in {team}, which is called up").format(name=safe(name), team=other)
                for name, other in self.named.twice[team]
            ]
            back = list(drills)
            if claims.thing("team", team) in holds:
                back.append(("", self._strength(team) or 0))
            self._check_floor(ask, team, back)
        return [line for line, _people in drills]

    def _check_floor(self, ask: Ask, team: str, back: list[tuple[str, int]]) -> None:
        """A call-up that breaks a floor needs a named override, which the order records (row A7).

        (line, people) of those who come home by this very order, before it calls them.
        """
        if self._past_floors(ask):
            return
        why = floors.broken(self.connection, team, ask.people, self.ending, self._gone(team, back), self.over)
        if why:
            raise Refused(why, hint=_("--override REASON records why"))

    def _check_equipment(self, ask: Ask, text: str, team: str, at: int, holds: dict[str, list[str]]) -> str:
        item = self.named.items[text]
        if item is None or item.same_as:
            # Not the tag as it stands, or a second tag of another thing.
            name = claims.canonical(self.connection, claims.thing("equipment", self.find("equipment", text)))
            item = self.named.items[self.find("equipment", name.partition(":")[2])]
            assert item is not None
        tag = item.id
        self.holders[tag] = item.team
        if item.retired:
            raise Refused(_("equipment {id} is retired: {why}").format(id=tag, why=safe(item.retired)))
        if team and item.team and item.team != team:
            raise Refused(
                _("equipment {id} belongs to {holder}, not {team}").format(
                    id=tag, holder=item.team, team=team
                )
            )
        if item.serviceability in OUT_OF_SERVICE:
            words = SERVICEABILITY[item.serviceability][1 if language() == "zh" else 0]
            raise Refused(_("equipment {id} is {state}").format(id=tag, state=words))
        leases.check(self.connection, tag, item.leased_to, item.leased_until, at)
        self._check_claim(ask, "equipment", tag, item.claimed, holds)
        if item.licence and not ask.override:
            self._check_licence(tag, item.licence, team or item.team or "", at)
        return tag

    def _check_licence(self, tag: str, licence: str, team: str, at: int) -> None:
        """A qualification that ran out blocks a job that needs it (row A2)."""
        today = times.format_time(at)[:10]
        if (team, licence, today) in self.licensed:
            return
        rows = self.connection.execute(
            "SELECT name, qualification_until FROM member WHERE team=? AND qualification=? AND retired IS NULL"
            " ORDER BY qualification_until DESC",
            (team, licence),
        ).fetchall()
        if any(until is None or Date.last_day(until) >= today for _name, until in rows):
            self.licensed.add((team, licence, today))
            return
        if rows:
            why = _("{name}'s ran out on {day}").format(name=safe(rows[0][0]), day=rows[0][1])
        else:
            why = _("{team} has nobody who holds it").format(team=team or _("its team"))
        raise Refused(
            _("equipment {id} needs {licence}, and {why}").format(id=tag, licence=safe(licence), why=why),
            hint=_("--override REASON records why"),
        )

    def _check_claim(
        self, ask: Ask, kind: str, id_: str, claimed: str | None, holds: dict[str, list[str]]
    ) -> None:
        name = claims.thing(kind, id_)
        if name in self._taken:
            raise self._claimed(kind, id_, self._taken[name])
        standing = claims.live(self.connection, name) if claimed else []
        for other in self.also_called(name):
            standing += claims.live(self.connection, other)
        for claim in standing:
            if self._past(claim.line):
                continue
            order = claim.line.split("/")[0]
            if not self.drill and precedence.gives_way(self.connection, claim.line):
                # The real thing goes before a drill (row E4); the line that loses it is told.
                holds.setdefault(name, []).append(claim.line)
                continue
            if self.drill and not precedence.of_a_drill(self.connection, claim.line):
                raise self._claimed(kind, id_, claim.line)
            if self._value("callup", order, "kind") in HOLDING and ask.kind not in HOLDING:
                # The call-up consumes the hold (CASES 13); the plan it held for is told.
                holds.setdefault(name, []).append(claim.line)
                continue
            if precedence.takes_over(self.connection, ask, claim.line):
                # A superior calls over a live claim (CASES 5); the line that loses it is told.
                holds.setdefault(name, []).append(claim.line)
                continue
            refusal = self._claimed(kind, id_, claim.line)
            if precedence.outranks(self.connection, claim.line):
                refusal.hint = _(
                    "this station ranks above: --basis ARTICLE and --override REASON take it over"
                )
            raise refusal


def depot_named(writer: Writer, place: str | None) -> str | None:
    """The depot that a place to report to names, if it names one."""
    if not place:
        return None
    try:
        return find(writer.connection, "depot", place)
    except NoSuchRecord:
        return None


def held_by(writer: Writer, reserve: str) -> list[tuple[str, int]]:
    """(line, thousandths) of what open orders hold of a stock line and has not left it yet."""
    rows = writer.connection.execute(
        f"SELECT id, coalesce(answered, quantity) FROM line WHERE reserve=? AND state IN ({WAITING})"
        " ORDER BY length(id), id",
        (reserve,),
    )
    return [(line, int(quantity or 0)) for line, quantity in rows]
