"""The audit against the standards as lists: team by team, gap by gap, and added up by region, type or class."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from emergency.store import audit, filters, surplus
from emergency.store.audit import Audit, Counted, Found, Scope
from emergency.store.auditwords import (
    amount,
    candidate,
    class_words,
    demands,
    made_up,
    percent,
    units_of,
    unspoken_words,
)
from emergency.store.records import RECORDS
from emergency.store.records.item import CLASSES
from emergency.store.showing import SAMPLE_MARK, starred
from emergency.store.store import Store
from emergency.store.surplus import Surplus
from emergency.store.windows import Key
from emergency.store.words import _, clauses, listed, ngettext, told
from emergency.tui.actions.reading import APART
from emergency.tui.computed import Kept
from emergency.tui.source import Column, Keys, Line, Wanted
from emergency.tui.style import ascii_marks
from emergency.tui.whole import WholePages, arranged

#: Words of the filter that leave out who reaches the marks.
BELOW = ("below", "未达标")
#: What is lacked, in a filter over gaps.
ITEM = re.compile(r"(?<!\S)(?:item|装备)[:：=](\S+)")


class Audited:
    """An audit of all teams, and what is worked out from it when it is first wanted."""

    def __init__(self, found: Found, units: Mapping[str, str], regions: Mapping[str, str]) -> None:
        self.found, self.units, self.regions = found, units, regions
        self._over: Surplus | None = None
        answers: dict[str, int] = {}
        for a in found.audits:
            answers[a.team["id"]] = answers.get(a.team["id"], 0) + 1
        self._ids = [
            a.team["id"] + (APART + a.standard.id if answers[a.team["id"]] > 1 else "") for a in found.audits
        ]

    def over(self, store: Store) -> Surplus:
        """Who has something over."""
        if self._over is None:
            self._over = surplus.Surplus(store, self.found, None)
        return self._over

    def each(self) -> Sequence[tuple[str, Audit]]:
        """(id of its line, audit), the worst first."""
        return list(zip(self._ids, self.found.audits, strict=True))

    def unit(self, c: Counted) -> str:
        """The unit that a line of a standard counts in."""
        return self.units.get(c.line.item, "")

    def kind(self, c: Counted) -> str:
        """The name of what a line of a standard asks for."""
        return self.found.held.kinds.get(c.line.item, c.line.item)


def _read(store: Store) -> Audited:
    regions = store.connection.execute("SELECT id, coalesce(name, id) FROM region")
    return Audited(audit.audit(store), units_of(store), dict(regions.fetchall()))


#: The audit that was asked for last, for every screen that tells something of it.
kept: Kept[Audited] = Kept(_read)


def team_of(id_: str) -> str:
    """The team that a line is about."""
    return id_.partition(APART)[0]


class Asked(NamedTuple):
    """What a filter asks for."""

    #: The ids of the teams it lets through; None for all of them.
    teams: frozenset[str] | None
    #: Words of it that are the list's own.
    own: tuple[str, ...]
    #: The rest of it, as the register of teams has it.
    where: str
    #: What is lacked, as it was typed; "" for anything.
    item: str = ""


def asked(store: Store | None, text: str, own: Sequence[str] = ()) -> Asked:
    """Read a filter over teams in which some words are the list's own. Raises EmergencyError, with its place."""
    terms = filters.parse("team", text)
    words = [text[term.at :].split(None, 1)[0].casefold() for term in terms]
    rest = [term for term, word in zip(terms, words, strict=True) if word not in own]
    teams = None
    if rest and store is not None:
        sql, values = audit.teams_in(store, Scope(where=filters.written(rest)))
        teams = frozenset(id_ for (id_,) in store.connection.execute(sql, values))
    return Asked(teams, tuple(word for word in words if word in own), filters.written(rest))


def asked_of_gaps(store: Store | None, text: str) -> Asked:
    """The same for a list of gaps, where `item:` says what is lacked."""
    items = ITEM.findall(text)
    # In its place stand blanks, so that what is wrong behind it is said at its place.
    rest = ITEM.sub(lambda found: " " * len(found[0]), text)
    return asked(store, rest, BELOW)._replace(item=items[-1] if items else "")


class AuditSource(ABC):
    """What the lists of an audit have in common: one audit, and a filter over its teams."""

    kind = "audit"
    title = ""
    columns: tuple[Column, ...] = ()

    def __init__(self, keys: Keys) -> None:
        self.words: tuple[str, ...] = (*filters.completions(RECORDS["team"]), *BELOW)
        self._keys = keys
        self._about = (_("reading what every team has, and what it should have"), "")
        self._behind = False
        self._last: tuple[Audited, Wanted, WholePages] | None = None
        #: The audits of the lines that are shown, each with the id of its line; and what they are of.
        self.shown: tuple[Audited, Sequence[tuple[str, Audit]]] | None = None

    def asked(self, store: Store | None, text: str) -> Asked:
        """What a filter asks for here. Raises EmergencyError, with its place."""
        return asked(store, text, BELOW)

    @property
    def about(self) -> tuple[str, str]:
        """Said over the list, left and right."""
        left, right = self._about
        said = _("changed since: {key} reads it again").format(key=self._keys("refresh"))
        return clauses([said if self._behind else "", left]), right

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        audited, self._behind = kept.get(store)
        last = self._last
        if last is not None and last[:2] == (audited, wanted):
            return last[2]
        chosen = self.asked(store, wanted.filter)
        audits = [
            (id_, a)
            for id_, a in audited.each()
            if (chosen.teams is None or a.team["id"] in chosen.teams) and (not chosen.own or a.below)
        ]
        pages = self.lay_out(store, audited, audits, wanted, chosen.item)
        self.shown = (audited, audits)
        self._about = _about(audited.found, [a for _id, a in audits], self._keys)
        self._last = (audited, wanted, pages)
        return pages

    @abstractmethod
    def lay_out(
        self, store: Store, audited: Audited, audits: Sequence[tuple[str, Audit]], wanted: Wanted, item: str
    ) -> WholePages:
        """The lines of these audits."""


def _about(found: Found, audits: Sequence[Audit], keys: Keys) -> tuple[str, str]:
    """What there is to say of all of them; a mark where figures are made up."""
    if not found.audits:
        told = {"key": keys("import"), "teams": keys("go_teams")}
        if found.unspoken:
            return _("no standard in force speaks of them: {key} takes one in from a file").format(**told), ""
        none = _("no team to audit: {teams} opens their register; {key} takes a standard in from a file")
        return none.format(**told), ""
    bound = [a for a in audits if a.bound]
    said = [
        ngettext("{n} team", "{n} teams", len(audits)).format(n=len(audits)),
        _("{n} at their mark").format(n=sum(a.at_mark for a in audits)),
        _("municipal {n}, at both marks {both}").format(
            n=len(bound), both=sum(a.at_mark and a.enough_people for a in bound)
        ),
    ]
    if found.unspoken:
        said.append(unspoken_words(found.unspoken))
    samples = dict.fromkeys(a.standard.id for a in audits if a.standard.sample)
    return clauses(said), samples_words(samples, any(a.sample for a in audits))


class Teams(AuditSource):
    """A line a team."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys)
        self.title = _("Teams against their standards, worst first")
        self.columns = (
            Column("met", _("Met"), right=True),
            Column("name", _("Name")),
            Column("marks", _("Marks"), most=20),
            Column("people", _("People"), right=True),
            *(Column(name, briefly(name), right=True) for name in CLASSES),
            Column("filled", _("Filled"), right=True),
            Column("lines", _("Lines met"), right=True),
            Column("gaps", _("Gaps"), right=True),
            Column("type", _("Type"), most=14),
            Column("region", _("Region"), most=12),
            Column("team", _("Id"), most=12),
            Column("standard", _("Standard")),
        )

    def lay_out(
        self, store: Store, audited: Audited, audits: Sequence[tuple[str, Audit]], wanted: Wanted, item: str
    ) -> WholePages:
        """See AuditSource."""
        lines = [Line(Key(None, id_), self._cells(audited, a), _tone(a)) for id_, a in audits]
        return WholePages(arranged(lines, self.columns, wanted))

    def _cells(self, audited: Audited, a: Audit) -> tuple[str, ...]:
        return (
            starred(percent(a.all.permille), a.sample),
            a.team["name"] or a.team["id"],
            ascii_marks(_marks(a)),
            f"{'?' if a.people is None else a.people}/{a.standard.mark_people}",
            *(percent(a.classes[name].permille) for name in CLASSES),
            percent(a.all.fill),
            f"{a.all.met}/{a.all.lines}",
            str(len(a.gaps)),
            a.team["type"] or "",
            audited.regions.get(a.team["region"] or "", a.team["region"] or ""),
            starred(a.team["id"], a.team["sample"]),
            starred(a.standard.id, a.standard.sample),
        )


def _marks(a: Audit) -> str:
    """Which marks it reaches, in few cells; in brackets where they were not set for such teams."""
    met = "✓" if a.at_mark else "✗"
    people = "✓" if a.enough_people else "✗"
    said = f"{met} {a.standard.mark}% {people} {a.standard.mark_people}"
    return said if a.bound else f"({said})"


def briefly(cls: str) -> str:
    """A class of a standard, where there is little room."""
    return {"rescue": _("rescue"), "support": _("support"), "ppe": _("protect")}[cls]


def _tone(a: Audit) -> str:
    return "late" if a.bound and a.below else "good" if not a.below else ""


class Gaps(AuditSource):
    """A line each thing that a team lacks, the worst team first; who has it over is looked up as lines are shown."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys)
        self.title = _("What teams lack, and who has it over")
        self.words = (*self.words, "item:", "装备:")
        self.columns = (
            Column("met", _("Met"), right=True),
            Column("name", _("Name")),
            Column("item", _("Item"), most=16),
            Column("short", _("Short"), right=True),
            Column("from", _("Could come from"), most=60, sortable=False),
            Column("spec", _("Minimum specification")),
            Column("type", _("Type"), most=14),
            Column("team", _("Id"), most=12),
        )

    def lay_out(
        self, store: Store, audited: Audited, audits: Sequence[tuple[str, Audit]], wanted: Wanted, item: str
    ) -> WholePages:
        """See AuditSource."""
        lines, gaps, held = [], {}, audited.found.held
        kind = store.find("item", item) if item else ""
        for id_, a in audits:
            for c in a.gaps:
                if kind and not held.is_a(c.line.item, kind):
                    continue
                key = f"{id_}{APART}{c.line.id}"
                gaps[key] = (a, c)
                lines.append(Line(Key(None, key), self._cells(audited, a, c), _tone(a)))
        return _GapPages(lines, self.columns, wanted, store, audited, gaps)

    def _cells(self, audited: Audited, a: Audit, c: Counted) -> tuple[str, ...]:
        return (
            starred(percent(a.all.permille), a.sample),
            a.team["name"] or a.team["id"],
            audited.kind(c),
            amount(c.short, audited.unit(c)),
            "",
            demands(c.line),
            a.team["type"] or "",
            starred(a.team["id"], a.team["sample"]),
        )

    def asked(self, store: Store | None, text: str) -> Asked:
        """See AuditSource."""
        return asked_of_gaps(store, text)


class _GapPages(WholePages):
    """Lines of gaps: who has something over takes as long as the rest, so only the lines shown are asked about."""

    def __init__(
        self,
        lines: Sequence[Line],
        columns: Sequence[Column],
        wanted: Wanted,
        store: Store,
        audited: Audited,
        gaps: Mapping[str, tuple[Audit, Counted]],
    ) -> None:
        super().__init__(arranged(lines, columns, wanted))
        self._store, self._audited, self._gaps = store, audited, gaps
        self._column = next(i for i, column in enumerate(columns) if column.name == "from")

    def after(self, key: Key | None, limit: int, *, itself: bool = False) -> list[Line]:
        """See Pages."""
        return [self._whole(line) for line in super().after(key, limit, itself=itself)]

    def before(self, key: Key | None, limit: int) -> list[Line]:
        """See Pages."""
        return [self._whole(line) for line in super().before(key, limit)]

    def _whole(self, line: Line) -> Line:
        found = self._audited.over(self._store).for_gap(*self._gaps[line.id])
        said = clauses(map(candidate, found)) or _("nobody: buy")
        return line._replace(cells=(*line.cells[: self._column], said, *line.cells[self._column + 1 :]))


class Groups(AuditSource):
    """Teams added up: a line a region, a type or a class, the worst first."""

    kind = "group"

    def __init__(self, by: str, keys: Keys) -> None:
        super().__init__(keys)
        self.by = by
        self.title, heading = {
            "region": (_("Regions against the standards, worst first"), _("Region")),
            "type": (_("Team types against the standards, worst first"), _("Type")),
            "class": (_("Classes of equipment, worst first"), _("Class")),
        }[by]
        self.columns = (
            Column("met", _("Met"), right=True),
            Column("key", heading),
            Column("teams", _("Teams"), right=True),
            Column("at_mark", _("At the mark"), right=True),
            Column("lines", _("Lines met"), right=True),
            Column("filled", _("Filled"), right=True),
        )

    def lay_out(
        self, store: Store, audited: Audited, audits: Sequence[tuple[str, Audit]], wanted: Wanted, item: str
    ) -> WholePages:
        """See AuditSource."""
        sample = any(a.sample for _id, a in audits)
        lines = []
        for row in audit.grouped([a for _id, a in audits], self.by):
            cells = (
                starred(percent(row.all.permille), sample),
                self.label(self.by, audited, row.key),
                str(row.teams),
                f"{row.at_mark}/{row.teams}",
                f"{row.all.met}/{row.all.lines}",
                percent(row.all.fill),
            )
            lines.append(Line(Key(None, f"{self.by}{APART}{row.key}"), cells))
        return WholePages(arranged(lines, self.columns, wanted))

    @staticmethod
    def label(by: str, audited: Audited, key: str) -> str:
        """What a line adds up, for a person."""
        if by == "class":
            return class_words(key)
        return (audited.regions.get(key, key) if by == "region" else key) or "-"

    @staticmethod
    def key_of(id_: str) -> str:
        """What a line adds up."""
        return id_.partition(APART)[2]


def samples_words(standards: Iterable[str], made_up: bool) -> str:
    """What a star stands for in a list: made-up standards by their ids, or teams."""
    named = told(SAMPLE_MARK, listed(standards)) if standards else SAMPLE_MARK
    return f"* {named}" if made_up else ""


def sample_words(a: Audit) -> str:
    """Said where a team is held against made-up figures; "" where they are an office's own."""
    return told(SAMPLE_MARK, made_up(a.standard)) if a.standard.sample else ""
