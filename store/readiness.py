"""Readiness computed (rows A5, A6): each dimension with its figure, what is required, and whose figures these are.

What a team reports of itself stays as it is; the worse of the two decides. A figure older than its
limit makes its dimension stale, and nothing stale or unknown is ever ready.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store import claims, kits, teamregisters, times, units
from emergency.store.audit import Audit, Scope, over, teams_in
from emergency.store.board import moment
from emergency.store.conditions import stale_after
from emergency.store.holdings import VEHICLE, Group, Holdings
from emergency.store.records.standard import DIMENSIONS, PEOPLE
from emergency.store.records.team import LADDER
from emergency.store.records.types import Date
from emergency.store.showing import readiness as reported_of
from emergency.store.standards import Standard, in_force
from emergency.store.store import Store
from emergency.store.words import _, added, listed, ngettext

#: A register of which nobody has said anything for so long is stale, in milliseconds. Thirty days, this
#: program's own; EMERGENCY_REGISTER_STALE_AFTER changes it.
REGISTER_STALE_AFTER = 30 * times.DAY
#: Best first; the worst of a team's is the team's. `unasked` pulls nothing down.
STATES = ("unasked", "ready", "standby", "short", "stale", "unknown", "off", "unavailable")
#: What a kit that stands so makes of its team's equipment: one that nobody looked into is not known to be whole.
KITS = {"ready": "ready", "incomplete": "short", "stale": "stale", "unchecked": "unknown", "empty": "unknown"}
#: Kinds, with those below them, that are for communications.
COMMUNICATIONS = ("satellite-phone", "backpack-station", "satcom-vehicle")


class Dimension(NamedTuple):
    """One dimension of one team."""

    name: str
    #: Of STATES: `ready`, `short`, `stale`, `unknown`, or `unasked` where nothing is required.
    state: str
    figure: int | None
    required: int | None
    #: What is counted: `people`, `lines` of a standard, `pieces`, `levels` of stock, `demands`.
    counted: str
    #: Where the figure and the requirement come from.
    figure_from: str
    required_from: str
    #: How old the figure is, in milliseconds; None where nobody knows.
    age: int | None
    #: What it lacks, and so what would lift it.
    lacks: tuple[str, ...] = ()


class Readiness(NamedTuple):
    """One team: what was computed, what it reported, and what counts."""

    team: Mapping[str, Any]
    standard: Standard | None
    dimensions: tuple[Dimension, ...]
    #: What the team said, as it may be relied on: one of STATES.
    reported: str

    @property
    def sample(self) -> bool:
        """Whether anything of it is made up: what the team has, or what it should have."""
        return bool(self.team["sample"] or (self.standard is not None and self.standard.sample))

    @property
    def computed(self) -> str:
        """The worst of the dimensions."""
        return max((d.state for d in self.dimensions), key=STATES.index)

    @property
    def overall(self) -> str:
        """The worse of what was computed and what was reported."""
        computed = "ready" if self.computed == "unasked" else self.computed
        return max(computed, self.reported, key=STATES.index)

    @property
    def pulled_by(self) -> tuple[str, ...]:
        """What keeps it from being better: dimensions, or `report` where its own word is the worse."""
        if self.overall == "ready":
            return ()
        worst = [d.name for d in self.dimensions if d.state == self.overall]
        return tuple(worst + (["report"] if self.reported == self.overall else []))


def register_stale_after() -> int:
    """The age at which a register counts as stale, in milliseconds. Raises BadSettings."""
    return times.span_set("EMERGENCY_REGISTER_STALE_AFTER", REGISTER_STALE_AFTER)


def of(store: Store, scope: Scope = Scope()) -> list[Readiness]:  # noqa: B008
    """The readiness of the teams in scope, the worst first. Raises NoSuchRecord."""
    return sorted(
        _Desk(store, scope).all(),
        key=lambda r: (-STATES.index(r.overall), -_short(r), len(r.team["id"]), r.team["id"]),
    )


def _short(r: Readiness) -> int:
    return sum(d.state not in ("ready", "unasked") for d in r.dimensions)


def _counted(value: int | None, number: int) -> str:
    return "unknown" if value is None else "ready" if value >= number else "short"


class _Desk:
    """Reads what is needed once for all teams, then goes through them one by one."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self.store, self.now = store, moment(store)
        self.today = times.format_time(self.now)[:10]
        self.stale, self.register_stale = stale_after(), register_stale_after()
        self.teams, self.values = teams_in(store, scope)
        self.standards = in_force(store)
        found = over(store, scope, self.standards, fit=True)
        self.held: Holdings = found.held
        self.audits: dict[str, Audit] = {}
        for a in found.audits:
            # Of several standards the one that is met least speaks.
            self.audits.setdefault(a.team["id"], a)
        self.units = dict(store.connection.execute("SELECT id, coalesce(unit, '') FROM item").fetchall())
        self.registers = teamregisters.read(store, self.teams, self.values, self.today)
        self.kits = kits.kept_by(store, self.teams, self.values)

    # -- team by team ---------------------------------------------------------------------------

    def all(self) -> Iterator[Readiness]:
        """Every team in scope."""
        for team in self.store.rows(f"SELECT * FROM team WHERE id IN ({self.teams})", self.values):
            audit = self.audits.get(team["id"])
            said = reported_of(team)
            yield Readiness(
                team,
                audit.standard if audit else None,
                (
                    self._people(team, audit),
                    *(self._things(team, audit, name) for name in list(DIMENSIONS)[1:]),
                ),
                "unknown" if said == "unreported" else said,
            )

    def _people(self, team: Mapping[str, Any], audit: Audit | None) -> Dimension:
        lacks: list[str] = []
        figure, age = team["headcount"], None
        source = _("duty report")
        if team["reported_at"] is not None:
            age = self.now - team["reported_at"]
        away = ""
        if figure is not None:
            gone = self.registers.out.get(team["id"], 0)
            called = (
                claims.live(self.store.connection, claims.thing("team", team["id"]))
                if team["claimed"]
                else []
            )
            figure = 0 if called else max(0, figure - gone)
            away = (
                called[0].line
                if called
                else ngettext("{n} person", "{n} people", gone).format(n=gone)
                if gone
                else ""
            )
        required, required_from = self._people_required(team, audit)
        state = "unknown" if required is None else _counted(figure, required)
        if figure is None:
            lacks.append(_("a duty report: it never reported"))
        elif state == "short":
            n = (required or 0) - figure
            if away:
                lacks.append(_("the return of those called up: {who}").format(who=away))
            lacks.append(ngettext("{n} more person on duty", "{n} more people on duty", n).format(n=n))
        if required is None:
            lacks.append(_("its strength: nobody stated it"))
        missing = self._qualifications(team, audit)
        if missing and state == "ready":
            state = "short"
        lacks += missing
        if age is not None and age > self.stale and state in ("ready", "short"):
            state = "stale"
            lacks.insert(0, _("a new duty report: the last is {age} old").format(age=times.format_age(age)))
        return Dimension(
            "people", state, figure, required, "people", source, required_from, age, tuple(lacks)
        )

    def _people_required(self, team: Mapping[str, Any], audit: Audit | None) -> tuple[int | None, str]:
        asked = [
            c.required // 1000
            for c in (audit.lines if audit else ())
            if c.line.item == PEOPLE
            and not c.line.qualification
            and c.line.need == "required"
            and c.required is not None
        ]
        if asked and audit is not None:
            return max(asked), audit.standard.id
        strength: int | None = team["strength"]
        return strength, _("its declared strength")

    def _qualifications(self, team: Mapping[str, Any], audit: Audit | None) -> list[str]:
        """Qualifications that too few hold in date: of the standard, and one for what its equipment needs."""
        groups = self.held.groups.get(team["id"], ())
        wanted = dict.fromkeys(sorted({g.licence for g in groups if g.licence}), 1)
        for c in audit.lines if audit else ():
            if c.line.item == PEOPLE and c.line.qualification and c.line.need == "required" and c.required:
                what = c.line.qualification
                wanted[what] = max(wanted.get(what, 0), c.required // 1000)
        out = []
        for what, number in wanted.items():
            holders = self.registers.holders.get(team["id"], {}).get(what, [])
            over = [
                name for name, until in holders if until is not None and Date.last_day(until) < self.today
            ]
            valid = len(holders) - len(over)
            if valid < number:
                said = _("{what}: {valid} of {number} hold it").format(what=what, valid=valid, number=number)
                out.append(said + (_(", run out: {names}").format(names=listed(over[:3])) if over else ""))
        return out

    def _things(self, team: Mapping[str, Any], audit: Audit | None, name: str) -> Dimension:
        lines = [
            c
            for c in (audit.lines if audit else ())
            if c.line.need == "required"
            and c.line.item != PEOPLE
            and c.binds
            and self.dimension(c.line) == name
        ]
        age = self._age(team["id"], name)
        if lines and audit is not None:
            met = sum(c.met for c in lines)
            lacks = [self._lacks(c) for c in lines if not c.met]
            made = Dimension(
                name, _counted(met, len(lines)), met, len(lines), "lines", _("registers, fit for use now"), audit.standard.id, age, tuple(lacks)
            )  # fmt: skip
        else:
            made = self._own(team, name, age)
        if name == "communications":
            made = self._reached(team, made)
        if name == "equipment" and team["id"] in self.kits:
            made = self._with_kits(self.kits[team["id"]], made)
        if made.age is not None and made.age > self.register_stale and made.state in ("ready", "short"):
            said = _("a check of the register: nothing was told for {age}").format(
                age=times.format_age(made.age)
            )
            made = made._replace(state="stale", lacks=(said, *made.lacks))
        return made

    def dimension(self, line: Any) -> str:
        """The dimension that a line of a standard belongs to, where it does not say so itself."""
        if line.dimension:
            return str(line.dimension)
        chain = self.held.above.get(line.item, (line.item,))
        if any(kind in chain for kind in COMMUNICATIONS):
            return "communications"
        return "transport" if VEHICLE in chain else "equipment"

    def _lacks(self, c: Any) -> str:
        name = self.held.kinds.get(c.line.item, c.line.item)
        if c.short is None:
            return _("{item}: the team's strength is not known").format(item=name)
        short = units.format_quantity(c.short, self.units.get(c.line.item, ""))
        spec = " ".join(s.text() for s in c.line.spec)
        return _("{item} {short} more, fit for use").format(item=f"{name} {spec}".strip(), short=short)

    def _own(self, team: Mapping[str, Any], name: str, age: int | None) -> Dimension:
        """A dimension of which no standard speaks, against what the team's own registers declare."""
        own = _("its own register")
        if name == "supplies":
            levels = self.registers.levels.get(team["id"], [])
            met = [there >= minimum for _item, there, minimum in levels]
            lacks = [
                _("{item} below its minimum").format(item=self.held.kinds.get(item, item))
                for item, there, minimum in levels
                if there < minimum
            ]
            state = _counted(sum(met), len(met)) if levels else "unasked"
            minimums = _("minimum levels of its depots")
            return Dimension(
                name, state, sum(met), len(met), "levels", _("stock"), minimums, age, tuple(lacks)
            )
        groups = [g for g in self.held.groups.get(team["id"], []) if not g.stock]
        there, fit = self._pieces(groups, name)
        state = _counted(fit, there) if there else "unasked"
        lacks = [
            ngettext("{n} piece that is not fit for use", "{n} pieces that are not fit for use", there - fit).format(n=there - fit)
        ] if fit < there else []  # fmt: skip
        return Dimension(
            name, state, fit, there, "pieces", _("registers, fit for use now"), own, age, tuple(lacks)
        )

    @staticmethod
    def _pieces(groups: Sequence[Group], name: str) -> tuple[int, int]:
        if name == "transport":
            return sum(g.vehicles for g in groups), sum(g.driving for g in groups)
        if name == "equipment":
            return sum(g.amount // 1000 - g.vehicles for g in groups), sum(
                g.fit // 1000 - g.driving for g in groups
            )
        return 0, 0

    def _reached(self, team: Mapping[str, Any], made: Dimension) -> Dimension:
        """An order must reach it: at least one channel of the contact ladder."""
        channels = [c for c in LADDER if team[c]]
        met = made.state in ("ready", "unasked")
        state = "ready" if channels and met else "short"
        lacks = made.lacks if channels else (_("a channel to reach it by"), *made.lacks)
        figure, required = (made.figure or 0) + bool(channels), (made.required or 0) + 1
        source = _("contact ladder: {n}").format(n=len(channels))
        ways = _("one channel")
        from_ = added(ways, made.required_from) if made.required else ways
        return Dimension(
            made.name,
            state,
            figure,
            required,
            "demands",
            source,
            from_,
            made.age if made.required else None,
            lacks,
        )

    @staticmethod
    def _with_kits(kept: Sequence[tuple[Mapping[str, Any], kits.Standing]], made: Dimension) -> Dimension:
        """Each of its kits is a demand more: that nothing is missing of it."""
        lacks = tuple(
            _("kit {kit}: {state}").format(
                kit=f"{k['id']} {k['name'] or ''}".strip(), state=kits.plain_words(f)
            )
            for k, f in kept
            if f.state != "ready"
        )
        others, checks, its = bool(made.required), _("checks of kits"), _("its kits")
        return made._replace(
            state=max([made.state, *(KITS[f.state] for _k, f in kept)], key=STATES.index),
            figure=(made.figure or 0) + len(kept) - len(lacks),
            required=(made.required or 0) + len(kept),
            counted="demands",
            figure_from=added(made.figure_from, checks) if others else checks,
            required_from=added(made.required_from, its) if others else its,
            # A check has a limit of its own, beside that of the register.
            age=made.age if others else None,
            lacks=(*lacks, *made.lacks),
        )

    def _age(self, team: str, name: str) -> int | None:
        at = self.registers.counted_at.get(team) if name == "supplies" else self.held.told.get(team)
        return None if not at else max(0, self.now - at)
