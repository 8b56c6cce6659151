"""Allocation audited: what each team has of what its standard asks for (rows D2, D3, D4).

The compliance of a team is the share of its required lines that are met in full. What it fills is
beside it: the mean over those lines of how much of each is there. Optional lines lower neither.
Nothing counts twice (sharing.py), and what is unknown never counts as met.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store import filters
from emergency.store.conditions import all_of, known_type, region_range
from emergency.store.holdings import Group, Holdings, holdings
from emergency.store.records.item import CLASSES
from emergency.store.records.standard import PEOPLE
from emergency.store.sharing import share
from emergency.store.standards import MARK_LEVEL, Line, Standard, for_type, in_force
from emergency.store.store import Store

_TEAM = "id, name, type, level, grade, region, strength, at_lat, at_lng, sample"


class Counted(NamedTuple):
    """One line of a standard against what a team has: all in thousandths."""

    line: Line
    #: None where the team's people are not known.
    required: int | None
    #: What counts for this line; no more than is required.
    filled: int
    #: What could count for it besides, were it more.
    spare: int

    @property
    def binds(self) -> bool:
        """Whether it asks for anything: nothing is asked per vehicle of a team without vehicles."""
        return self.required != 0

    @property
    def met(self) -> bool:
        """Whether all that is required is there."""
        return self.required is not None and self.filled >= self.required

    @property
    def short(self) -> int | None:
        """What is missing; None where nobody can say."""
        return None if self.required is None else max(0, self.required - self.filled)

    @property
    def permille(self) -> int:
        """How much of it is there, in thousandths, rounded down."""
        return self.filled * 1000 // self.required if self.required else 0


class Share(NamedTuple):
    """Required lines met in full, of how many, and how much of them is there on the whole."""

    met: int
    lines: int
    filled: int

    @property
    def permille(self) -> int | None:
        """Compliance in thousandths, rounded down; None where nothing is required."""
        return self.met * 1000 // self.lines if self.lines else None

    @property
    def fill(self) -> int | None:
        """How much is there, in thousandths."""
        return self.filled // self.lines if self.lines else None


def shared(lines: Iterable[Counted]) -> Share:
    """The compliance over some lines: their required ones that bind."""
    met = number = filled = 0
    for c in lines:
        if c.line.need == "required" and c.line.item != PEOPLE and c.binds:
            met, number, filled = met + c.met, number + 1, filled + min(1000, c.permille)
    return Share(met, number, filled)


class Audit(NamedTuple):
    """One team against one standard."""

    team: Mapping[str, Any]
    standard: Standard
    lines: tuple[Counted, ...]
    vehicles: int
    #: What no line has taken: groups with their amounts in thousandths.
    left: tuple[tuple[Group, int], ...]
    all: Share
    classes: Mapping[str, Share]

    @property
    def people(self) -> int | None:
        """The strength that the register states."""
        strength: int | None = self.team["strength"]
        return strength

    @property
    def sample(self) -> bool:
        """Whether anything of it is made up: what the team has, or what it should have."""
        return bool(self.standard.sample or self.team["sample"])

    @property
    def bound(self) -> bool:
        """Whether the marks are targets for such a team: they were set for municipal teams."""
        return bool(self.team["level"] == MARK_LEVEL)

    @property
    def at_mark(self) -> bool:
        """Whether its compliance reaches the mark."""
        return self.all.permille is not None and self.all.permille >= self.standard.mark * 10

    @property
    def enough_people(self) -> bool:
        """Whether its strength reaches the mark."""
        return self.people is not None and self.people >= self.standard.mark_people

    @property
    def below(self) -> bool:
        """Whether it is below a mark: that of people counts where it was set for such teams."""
        return not self.at_mark or (self.bound and not self.enough_people)

    @property
    def gaps(self) -> list[Counted]:
        """Required lines that are not met."""
        return [
            c
            for c in self.lines
            if c.line.need == "required" and c.line.item != PEOPLE and c.binds and not c.met
        ]


class Scope(NamedTuple):
    """Which teams are asked about."""

    region: str = ""
    team: str = ""
    type: str = ""
    #: A filter over the register of teams, as filters.py reads it.
    where: str = ""
    #: These teams alone, by their ids.
    ids: tuple[str, ...] = ()


def teams_in(store: Store, scope: Scope) -> tuple[str, list[Any]]:
    """SQL for the ids of the teams in scope. Raises InvalidValue and NoSuchRecord, which say where in a filter."""
    where = ["retired IS NULL", "known = 1"]
    values: list[Any] = []
    if scope.region:
        where.append("region >= ? AND region < ?")
        values += region_range(store, scope.region)
    if scope.team:
        where.append("id = ?")
        values.append(store.find("team", scope.team))
    if scope.ids:
        where.append(f"id IN ({','.join('?' * len(scope.ids))})")
        values += scope.ids
    if scope.type:
        where.append("instr(type, ?)")
        values.append(known_type(store, scope.type))
    if scope.where:
        sql, its = all_of(store, "team", filters.parse("team", scope.where))
        where.append(f"({sql})")
        values += its
    return f"SELECT id FROM team WHERE {' AND '.join(where)}", values


class Found(NamedTuple):
    """An audit of many teams, the worst first."""

    audits: list[Audit]
    #: {team type: how many teams} of which no standard speaks.
    unspoken: dict[str, int]
    held: Holdings


def audit(store: Store, scope: Scope = Scope(), standards: Sequence[Standard] | None = None) -> Found:  # noqa: B008
    """Audit the teams in scope against the standards in force, or against those given."""
    return over(store, scope, in_force(store) if standards is None else standards)


def over(store: Store, scope: Scope, asked: Sequence[Standard], *, fit: bool = False) -> Found:
    """The audit; with `fit`, of what is fit for use now alone."""
    teams, values = teams_in(store, scope)
    whole = scope == Scope()
    held = holdings(store, asked, "" if whole else teams, () if whole else values)
    books = _Books(held, fit=fit)
    out: list[Audit] = []
    unspoken: dict[str, int] = {}
    by_type: dict[str | None, list[Standard]] = {}
    for team in store.rows(f"SELECT {_TEAM} FROM team WHERE id IN ({teams}) ORDER BY length(id), id", values):
        kind = team["type"]
        if kind not in by_type:
            by_type[kind] = for_type(asked, kind)
        for standard in by_type[kind]:
            out.append(books.audit(team, standard))
        if not by_type[kind]:
            unspoken[kind or ""] = unspoken.get(kind or "", 0) + 1
    out.sort(key=worst_first)
    return Found(out, unspoken, held)


def worst_first(a: Audit) -> tuple[int, int, int]:
    """The order of an audit: least compliant, then least filled; what has no lines last."""
    none = 1001
    return (
        none if a.all.permille is None else a.all.permille,
        none if a.all.fill is None else a.all.fill,
        -len(a.gaps),
    )


class _Profile(NamedTuple):
    """The lines that bind teams of one type, level and grade, in the order in which they are served."""

    lines: tuple[Line, ...]
    order: tuple[int, ...]
    #: {(kind, mask, is stock): the lines that such a thing can count for, by place in `order`}
    accepted: dict[tuple[str, int, bool], tuple[int, ...]]


class _Books:
    """Counts team after team, and remembers what counts for what."""

    def __init__(self, held: Holdings, *, fit: bool = False) -> None:
        self.held, self.fit = held, fit
        self._profiles: dict[tuple[Any, ...], _Profile] = {}

    def audit(self, team: Mapping[str, Any], standard: Standard) -> Audit:
        """One team against one standard."""
        profile = self._profile(team, standard)
        groups = self.held.groups.get(team["id"], [])
        vehicles = sum(g.vehicles for g in groups)
        lines = [profile.lines[i] for i in profile.order]
        asked = [line.asks(team["strength"], vehicles) for line in lines]
        accepted = [self._accepted(profile, g) for g in groups]
        filled, left = self._share(lines, asked, groups, accepted)
        spare = [0] * len(lines)
        for places, rest in zip(accepted, left, strict=True):
            for i in places:
                spare[i] += rest
        counted = [Counted(*figures) for figures in zip(lines, asked, filled, spare, strict=True)]
        counted.sort(key=lambda c: c.line.place)
        return Audit(
            team,
            standard,
            tuple(counted),
            vehicles,
            tuple((g, rest) for g, rest in zip(groups, left, strict=True) if rest),
            shared(counted),
            {cls: shared(c for c in counted if c.line.cls == cls) for cls in CLASSES},
        )

    def _share(
        self,
        lines: Sequence[Line],
        asked: Sequence[int | None],
        groups: Sequence[Group],
        accepted: Sequence[tuple[int, ...]],
    ) -> tuple[list[int], list[int]]:
        wanted = [a or 0 for a in asked]
        amounts = [g.fit if self.fit else g.amount for g in groups]
        if all(len(places) <= 1 for places in accepted):
            # No two lines want the same thing: there is nothing to share out.
            filled, left = [0] * len(lines), []
            for amount, places in zip(amounts, accepted, strict=True):
                part = min(amount, wanted[places[0]] - filled[places[0]]) if places else 0
                if places:
                    filled[places[0]] += part
                left.append(amount - part)
            return filled, left
        takes: list[list[int]] = [[] for _line in lines]
        for n, places in enumerate(accepted):
            for i in places:
                takes[i].append(n)
        for i, line in enumerate(lines):
            # What nothing else wants first, then its own kind before a substitute.
            own = [not self.held.is_a(g.kind, line.item) for g in groups]
            takes[i].sort(key=[(len(p), o) for p, o in zip(accepted, own, strict=True)].__getitem__)
        return share(wanted, takes, amounts)

    def _profile(self, team: Mapping[str, Any], standard: Standard) -> _Profile:
        key = (standard.id, team["type"], team["level"], team["grade"])
        if key not in self._profiles:
            lines = standard.binding(team)
            order = sorted(range(len(lines)), key=lambda i: (lines[i].need != "required", i))
            self._profiles[key] = _Profile(lines, tuple(order), {})
        return self._profiles[key]

    def _accepted(self, profile: _Profile, group: Group) -> tuple[int, ...]:
        key = (group.kind, group.mask, group.stock)
        if key not in profile.accepted:
            profile.accepted[key] = tuple(
                i for i, at in enumerate(profile.order) if self.counts(group, profile.lines[at])
            )
        return profile.accepted[key]

    def counts(self, group: Group, line: Line) -> bool:
        """Whether a thing counts for a line: of its kind or below, or a substitute; and up to its specification."""
        if line.item == PEOPLE:
            return False
        fits = any(self.held.is_a(group.kind, item) for item in (line.item, *line.instead))
        return fits and self.held.meets(group, line.spec)


def counts(held: Holdings, group: Group, line: Line) -> bool:
    """Whether a thing counts for a line of a standard."""
    return _Books(held).counts(group, line)


class Row(NamedTuple):
    """Many audits in one line: of a region, a type or a class."""

    key: str
    teams: int
    at_mark: int
    all: Share


def grouped(audits: Sequence[Audit], by: str) -> list[Row]:
    """The audits by `region`, `type` or `class`, the worst first."""
    found: dict[str, list[tuple[Audit, Share]]] = {}
    for a in audits:
        if by == "class":
            for cls, part in a.classes.items():
                if part.lines:
                    found.setdefault(cls, []).append((a, part))
        else:
            found.setdefault(a.team[by] or "", []).append((a, a.all))
    rows = [
        Row(
            key,
            len({a.team["id"] for a, _s in some}),
            sum(s.permille is not None and s.permille >= a.standard.mark * 10 for a, s in some),
            Share(*(sum(s[i] for _a, s in some) for i in range(3))),
        )
        for key, some in found.items()
    ]
    return sorted(rows, key=lambda r: (1001 if r.all.permille is None else r.all.permille, r.key))
