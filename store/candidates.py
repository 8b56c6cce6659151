"""What could meet a need of an incident: free teams, equipment and stock, each with what speaks against it.

The reasons are those that `callup issue` would give (checks.py), asked for before anything is ordered;
what refuses nothing and still matters, such as a stale report, is a remark.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from emergency.store import claims, needs, places, planwords, precedence, times
from emergency.store.asks import Ask
from emergency.store.board import moment
from emergency.store.checks import Rules, held_by
from emergency.store.conditions import kinds_under, stale_after
from emergency.store.drawing import expired_hint
from emergency.store.errors import EmergencyError, NoSuchRecord
from emergency.store.estimates import Leg
from emergency.store.needs import Cover
from emergency.store.records.equipment import itself
from emergency.store.records.steps import ACTIVE
from emergency.store.records.team import READINESS, people_of
from emergency.store.records.types import Date
from emergency.store.store import Store
from emergency.store.travel import Travel, whole_minutes
from emergency.store.words import _, language, listed, ngettext, told

if TYPE_CHECKING:
    from emergency.store.writer import Writer


_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)
#: So many are weighed, the nearest first; more are no help to somebody who chooses.
MOST = 300


class Candidate(NamedTuple):
    """Something that could be ordered for a need."""

    #: `equipment`, `team` as a whole, `people` of a team, or `reserve`.
    kind: str
    id: str
    name: str
    #: Whose it is, a team or a depot, and what that is called.
    holder: str
    holder_name: str
    #: How much of the need it has to give, in thousandths of the need's unit, and how much is proposed.
    gives: int
    proposed: int
    #: Metres in a straight line to the incident; None where either place is unknown.
    distance: int | None
    #: Why an order for it would be refused, "", and what would make it possible.
    refusal: str
    way_out: str
    #: What refuses nothing and still speaks against it.
    remarks: tuple[str, ...]
    #: `standing` of its team: `ready`, `standby`, `off`, `unavailable`, `stale`, `never`; "" of stock.
    standing: str = ""
    item: str = ""
    #: How long the drive is, and whose figure that is; None where either place is unknown.
    drive: Leg | None = None

    @property
    def minutes(self) -> int | None:
        """How long the drive is, in whole minutes, as plans say it."""
        away = self.drive.minutes if self.drive else math.inf
        return None if math.isinf(away) else whole_minutes(away)


class _Looking:
    """Stands in for the writer of a check that writes nothing and holds no lock."""

    entries, pending = 0, 0

    def __init__(self, store: Store) -> None:
        self.connection, self._store = store.connection, store

    def flush(self) -> None:
        """Nothing waits to be folded."""

    def require(self, kind: str, id_: str) -> dict[str, Any]:
        """A row that must be there."""
        row = self._store.row(kind, id_)
        if row is None:
            raise NoSuchRecord(_("no {record} {id}").format(record=kind, id=id_))
        return row


def refusals(store: Store) -> Rules:
    """The rules that refuse orders, for asking beforehand: they write nothing."""
    return Rules(cast("Writer", _Looking(store)))


def candidates(store: Store, cover: Cover) -> list[Candidate]:
    """For one need: those that nothing refuses first, then with fewer remarks, then the quickest there."""
    return _Search(store, cover).found()


def chosen(store: Store, incident: str, need: str = "") -> Cover:
    """A need of an incident: the one named by id or by what it asks for, else the first that is short.

    Raises NoSuchRecord.
    """
    covers = needs.board(store, incident)
    for cover in covers:
        if need and need.strip().upper() == cover.need["id"]:
            return cover
    said = need.casefold()
    named = [c for c in covers if said in (c.need["what"], needs.label(store, c.need["what"]).casefold())]
    if need and not named:
        raise NoSuchRecord(
            _("{incident} has no need {need}").format(incident=incident, need=need),
            hint=_("emergency need board {incident} shows them").format(incident=incident),
        )
    for cover in named or covers:
        if cover.short:
            return cover
    if not covers:
        raise NoSuchRecord(
            _("{incident} states no need").format(incident=incident),
            hint=f"emergency incident need {incident} 'people>=60'",
        )
    return (named or covers)[0]


def for_one(store: Store, which: str, need: str = "") -> Cover:
    """The same of an incident, or of the need that is named alone by its id. Raises NoSuchRecord."""
    row = store.row("need", which.strip().upper())
    if row is not None and row["retired"] is None and not need:
        return chosen(store, str(row["incident"]), str(row["id"]))
    return chosen(store, store.find("incident", which), need)


class _Search:
    """One search: the need, the place, and what has been looked up."""

    def __init__(self, store: Store, cover: Cover) -> None:
        self.store, self.cover, self.need = store, cover, cover.need
        self.now = moment(store)
        self.short = max(0, int(self.need["amount"] or 0) - cover.asked) or cover.short
        self.rules = refusals(store)
        #: Lines of drills, which give up to a real incident what they have.
        self.drills = precedence.giving(store.connection, (self.need["incident"],))
        self.at = _place(store, self.need["incident"])
        self.travel = Travel(store)

    def found(self) -> list[Candidate]:
        """See `candidates`."""
        what = self.need["what"]
        if what in ("people", "teams"):
            out = self._teams(whole=what == "teams")
        elif what in needs.BY_NAME:
            out = self._equipment(f'coalesce(e."{what}", 0) > 0', [], what)
        else:
            kinds = kinds_under(self.store.connection, what)
            marks = ",".join("?" * len(kinds))
            out = self._equipment(f"e.kind IN ({marks})", kinds, "") + self._stock(marks, kinds)
        return sorted(
            map(_with_road, out),
            key=lambda c: (
                *(bool(c.refusal), len(c.remarks)),
                c.drive.minutes if c.drive else math.inf,
                c.distance or 0,
                c.id,
            ),
        )

    def _rows(self, sql: str, values: list[Any]) -> list[dict[str, Any]]:
        """The nearest of what a query finds; it gives each a place, lat and lng."""
        rows = self.store.rows(sql, values)
        for row in rows:
            row["distance"] = self._metres(row["lat"], row["lng"])
        rows.sort(key=lambda r: (r["distance"] is None, r["distance"] or 0, r["id"]))
        for row in rows[:MOST]:
            row["drive"] = None if row["distance"] is None else self._drive(row["lat"], row["lng"])
        return rows[:MOST]

    def _drive(self, lat: int, lng: int) -> Leg | None:
        return None if self.at is None else self.travel.minutes(places.Point(lat, lng), self.at)

    def _metres(self, lat: int | None, lng: int | None) -> int | None:
        if self.at is None or lat is None or lng is None:
            return None
        return round(places.distance_m(self.at, places.Point(lat, lng)))

    def _refused(self, ask: Ask) -> tuple[str, str, list[str]]:
        """(why an order would be refused, what would help, what it warns of)."""
        try:
            checked = self.rules.check(ask._replace(incident=self.need["incident"]), self.now)
        except EmergencyError as error:
            return error.message, error.hint, []
        return "", "", checked.warnings

    # -- the kinds of candidates -----------------------------------------------------------------

    def _equipment(self, where: str, values: list[Any], what: str) -> list[Candidate]:
        thousand = 1000 if not what or needs.BY_NAME[what].type.__class__.__name__ == "Integer" else 1
        gives = f'e."{what}" * {thousand}' if what else "1000"
        rows = self._rows(
            f"SELECT e.id, e.name, e.team, t.name AS team_name, {gives} AS gives, e.serviceability,"
            " t.readiness, t.reported_at, coalesce(e.at_lat, t.at_lat, r.at_lat) AS lat,"
            " coalesce(e.at_lng, t.at_lng, r.at_lng) AS lng, e.sample"
            " FROM equipment e LEFT JOIN team t ON t.id = e.team LEFT JOIN region r ON r.id = t.region"
            f" WHERE {where} AND e.retired IS NULL AND {itself('e')}",
            values,
        )
        out = []
        for row in rows:
            refusal, way_out, warned = self._refused(Ask(team=row["team"] or "", equipment=(row["id"],)))
            standing, remarks = self._stands(row) if row["team"] else ("", [])
            out.append(
                Candidate("equipment", row["id"], row["name"] or "", row["team"] or "", row["team_name"] or "",
                          int(row["gives"] or 0), int(row["gives"] or 0), row["distance"], refusal, way_out,
                          tuple(remarks + warned), standing, drive=row["drive"])
            )  # fmt: skip
        return out

    def _teams(self, *, whole: bool) -> list[Candidate]:
        rows = self._rows(
            f"SELECT t.id, t.name, t.readiness, t.reported_at, t.headcount, t.strength, {people_of('t.')} AS people,"
            " coalesce(t.at_lat, r.at_lat) AS lat, coalesce(t.at_lng, r.at_lng) AS lng"
            " FROM team t LEFT JOIN region r ON r.id = t.region WHERE t.retired IS NULL",
            [],
        )
        out = []
        for row in rows:
            left = 1 if whole else self._left(row["id"], row["people"])
            wanted = 1 if whole else max(1, min(left, self.short // 1000 or left))
            asked = Ask(team=row["id"]) if whole else Ask(team=row["id"], people=wanted)
            refusal, way_out, warned = self._refused(asked)
            standing, remarks = self._stands(row)
            if not whole and row["people"] is not None and (row["headcount"] or 0) > row["people"]:
                remarks.append(planwords.beyond_strength(row["headcount"], row["people"]))
            out.append(
                Candidate("team" if whole else "people", row["id"], row["name"] or "", row["id"], row["name"] or "", left * 1000,
                          wanted * 1000, row["distance"], refusal, way_out, tuple(remarks + warned), standing, drive=row["drive"])
            )  # fmt: skip
        return out

    def _left(self, team: str, people: int | None) -> int:
        """People of a team that no order has; as many as are wanted where nobody knows how many there are."""
        if people is None:
            return self.short // 1000
        whole = claims.live(self.store.connection, claims.thing("team", team))
        if any(claim.line not in self.drills for claim in whole):
            return 0
        rows = self.store.connection.execute(
            "SELECT id, coalesce(answered / 1000, people) FROM line"
            f" WHERE team=? AND people IS NOT NULL AND state IN ({_ACTIVE})",
            (team,),
        )
        return max(0, int(people) - sum(int(out) for line, out in rows if line not in self.drills))

    def _stock(self, marks: str, kinds: list[str]) -> list[Candidate]:
        rows = self._rows(
            "SELECT v.id, v.depot, v.item, v.quantity, v.minimum, v.expires, d.name AS depot_name,"
            " i.name AS item_name, coalesce(d.at_lat, r.at_lat) AS lat, coalesce(d.at_lng, r.at_lng) AS lng"
            " FROM reserve v JOIN depot d ON d.id = v.depot LEFT JOIN item i ON i.id = v.item"
            f" LEFT JOIN region r ON r.id = d.region WHERE v.item IN ({marks}) AND v.retired IS NULL"
            " AND coalesce(v.form, 'physical') = 'physical'",
            kinds,
        )
        out = []
        for row in rows:
            orders = held_by(cast("Writer", _Looking(self.store)), row["id"])
            held = sum(n for line, n in orders if line not in self.drills)
            free = max(0, int(row["quantity"] or 0) - held)
            wanted = min(free, self.short) or free
            refusal = "" if free else _("nothing of it is free")
            remarks = []
            if row["minimum"] is not None and free - wanted < row["minimum"]:
                remarks.append(
                    _("leaves less than the floor of {floor}").format(
                        floor=needs.amount(int(row["minimum"]), self.need["unit"] or "")
                    )
                )
            way_out = ""
            if free and row["expires"] and Date.last_day(row["expires"]) < times.format_time(self.now)[:10]:
                refusal, way_out = _("expired {day}").format(day=row["expires"]), expired_hint()
            out.append(
                Candidate("reserve", row["id"], row["item_name"] or row["item"], row["depot"], row["depot_name"] or "",
                          free, wanted, row["distance"], refusal, way_out, tuple(remarks), "", row["item"], row["drive"])
            )  # fmt: skip
        return out

    def _stands(self, row: dict[str, Any]) -> tuple[str, list[str]]:
        """(standing of the team, what of it speaks against it): only a fresh report of `ready` says nothing."""
        state, reported = row["readiness"], row["reported_at"]
        if state is None or reported is None:
            return "never", [_("never reported")]
        if reported < self.now - stale_after():
            return "stale", [_("last report {age} ago").format(age=times.format_age(self.now - reported))]
        words = READINESS[state][1 if language() == "zh" else 0]
        return str(state), [] if state == "ready" else [words]


class Otherwise(NamedTuple):
    """What a depot has of a kind that is not on its shelves: by agreement, or as capacity to make it."""

    form: str
    depot: str
    #: Thousandths of its unit.
    quantity: int


def not_on_shelves(store: Store, what: str) -> list[Otherwise]:
    """What could be called off, or made, of what a need asks for; no order takes it, and no plan counts it."""
    if what in ("people", "teams") or what in needs.BY_NAME:
        return []
    kinds = kinds_under(store.connection, what)
    last = Date.last_day_sql("coalesce(v.expires, '9999')")
    rows = store.rows(
        "SELECT v.form, v.depot, sum(v.quantity) AS quantity FROM reserve v JOIN depot d ON d.id = v.depot"
        f" WHERE v.item IN ({','.join('?' * len(kinds))}) AND v.retired IS NULL AND d.retired IS NULL"
        f" AND coalesce(v.form, 'physical') <> 'physical' AND {last} >= ?"
        " GROUP BY v.form, v.depot HAVING sum(v.quantity) > 0 ORDER BY v.form, sum(v.quantity) DESC, v.depot",
        (*kinds, times.format_time(moment(store))[:10]),
    )
    return [Otherwise(row["form"], row["depot"], row["quantity"]) for row in rows]


def _with_road(one: Candidate) -> Candidate:
    """The same; that its road is closed speaks against it."""
    if one.drive is None or not one.drive.closed:
        return one
    return one._replace(remarks=(*one.remarks, planwords.passed("closed", 0.0, "", one.drive.source)))


def _place(store: Store, incident: str) -> places.Point | None:
    """Where an incident is: its own point, or that of its region."""
    row = store.connection.execute(
        "SELECT coalesce(i.at_lat, r.at_lat), coalesce(i.at_lng, r.at_lng) FROM incident i"
        " LEFT JOIN region r ON r.id = i.region WHERE i.id=?",
        (incident,),
    ).fetchone()
    return None if row is None or row[0] is None else places.Point(*row)


class Proposed(NamedTuple):
    """An order that may be given: whom and what it calls, in words, and the words of its `callup issue`."""

    title: str
    words: list[str]


def orders(found: list[tuple[Candidate, int]], incident: str) -> list[Proposed]:
    """One order for each unit: a team with its equipment and people, or a stock line.

    The figures are in thousandths; stock is asked for in the unit of its item.
    """
    stock: list[Proposed] = []
    by_team: dict[str, list[tuple[Candidate, int]]] = {}
    begin = ["callup", "issue", "--incident", incident]
    for one, milli in found:
        if one.kind == "reserve":
            words = ["--item", one.item, "--qty", needs.amount(milli, ""), "--depot", one.holder]
            title = told(one.holder_name or one.holder, f"{one.name} {needs.amount(milli, '')}")
            stock.append(Proposed(title, [*begin, *words]))
        else:
            by_team.setdefault(one.holder or f"equipment {one.id}", []).append((one, milli))
    return [_of_team(some, begin) for some in by_team.values()] + stock


def _of_team(found: list[tuple[Candidate, int]], begin: list[str]) -> Proposed:
    """What of one team is ordered."""
    holder = found[0][0]
    words = ["--team", holder.holder] if holder.holder else []
    called = []
    for one, milli in found:
        if one.kind == "equipment":
            words += ["--equipment", one.id]
            called.append(f"{one.id} {one.name}".strip())
        elif one.kind == "people":
            words += ["--people", str(milli // 1000)]
            called.append(ngettext("{n} person", "{n} people", milli // 1000).format(n=milli // 1000))
        else:
            called.append(_("whole team"))
    whose = holder.holder_name or holder.holder
    title = told(whose, listed(called)) if whose else listed(called)
    return Proposed(title, [*begin, *words])
