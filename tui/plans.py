"""A call-up plan as `emergency plan callup --json` tells it: the lists of the plan desk, and what changed since another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from emergency.store import lastingwords, needs, planwords, readinesswords, times
from emergency.store.coverleft import Left, Lost
from emergency.store.lasting import Lasting, Supply
from emergency.store.rations import Ration, Rations
from emergency.store.showing import drilled, starred
from emergency.store.unitwords import in_words
from emergency.store.vouched import Held
from emergency.store.words import _, added, listed
from emergency.tui import coverview
from emergency.tui.panel import Column, Row, Target
from emergency.tui.style import mark

#: The plan as JSON.
Value = dict[str, Any]
#: A line of the plan that is new, other than before, or no more: a mark and not a colour.
NEW, OTHER, GONE, SAME = "+", "~", "-", ""
#: What has a less chance than this of being in time says so beside its line.
DOUBTFUL = 0.9
#: Kinds of holders that are records.
_RECORDS = ("team", "depot")


class Unit(NamedTuple):
    """What one unit sends to one incident: a row of the plan."""

    incident: str
    kind: str
    id: str
    name: str
    lines: tuple[Value, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What is the same unit for the same incident in another plan."""
        return (self.incident, *self.who)

    @property
    def who(self) -> tuple[str, ...]:
        """The unit itself."""
        return (self.kind, self.id, self.name if self.kind not in _RECORDS else "")

    @property
    def target(self) -> Target | None:
        """Its record; equipment of nobody's is told by its item."""
        if self.kind in _RECORDS:
            return Target(self.kind, self.id)
        tags = [tag for line in self.lines for tag in line["equipment"]]
        return Target("equipment", tags[0]) if tags else None

    @property
    def sent(self) -> tuple[Any, ...]:
        """All that it sends, to be told from what it sends in another plan."""
        return tuple(
            sorted((x["kind"], x["item"] or "", x["count"], tuple(x["equipment"])) for x in self.lines)
        )

    @property
    def minutes(self) -> float:
        """When the last of it is there."""
        return max(minutes(line["minutes"]) for line in self.lines)

    @property
    def turnout(self) -> float:
        """How many of these minutes it takes to turn out, where that is stated."""
        return max(float(line.get("turnout_minutes", 0.0)) for line in self.lines)

    @property
    def late(self) -> float:
        """By how many minutes at most it comes too late for what it is for."""
        return max(line["late_minutes"] or 0.0 for line in self.lines)

    @property
    def counts_as(self) -> str:
        """How a team counts by its computed readiness, one of readiness.STATES; "" of what is no team."""
        return str(self.lines[0].get("counts_as", ""))

    @property
    def chance(self) -> float | None:
        """The least chance that what it sends is there in time; None where no time is set."""
        told = (p for line in self.lines for p in line.get("chance_in_time", {}).values())
        return min((p for p in told if p is not None), default=None)

    @property
    def over(self) -> Unit | None:
        """What it brings beyond what is needed, as if it were all; None where that is nothing."""
        more = tuple({**line, "count": line["over"]} for line in self.lines if line.get("over"))
        return self._replace(lines=more) if more else None

    @property
    def past(self) -> list[str]:
        """What of it is called by an override alone, of passing.REASONS."""
        return sorted({code for line in self.lines for code in line.get("past", ())})

    @property
    def needs(self) -> list[str]:
        """The ids of what it is for."""
        return list(dict.fromkeys(need for line in self.lines for need in line["gives"]))

    @property
    def drafted(self) -> bool:
        """Whether all of it stands as an earlier plan drafted it."""
        return all(line["drafted_before"] for line in self.lines)


def minutes(value: float | None) -> float:
    """Minutes of the JSON."""
    return math.inf if value is None else value


def milli(value: float) -> int:
    """A quantity of the JSON in thousandths."""
    return round(value * 1000)


def units(value: Value) -> list[Unit]:
    """The lines of the plan, those of one unit together: incident by incident, the soonest first."""
    by: dict[tuple[str, str, str, str], list[Value]] = {}
    for line in value["lines"]:
        key = (line["incident"], line["holder_kind"], line["holder"], line["name"] or "")
        by.setdefault(key, []).append(line)
    order = [one["id"] for one in value["incidents"]]
    found = [Unit(*key, tuple(lines)) for key, lines in by.items()]
    return sorted(found, key=lambda u: (order.index(u.incident), u.minutes, u.late))


def all_needs(value: Value) -> list[tuple[Value, Value]]:
    """(incident, need), of every need."""
    return [(incident, need) for incident in value["incidents"] for need in incident["needs"]]


def named(kind: str, id_: str, name: str, *, sample: bool) -> str:
    """A unit as it is named; samples are marked."""
    if kind in _RECORDS:
        return f"{starred(id_, sample)} {name or ''}".strip()
    return ("* " if sample else "") + (name or id_)


def name_of(value: Value | None, team: str) -> str:
    """The name of a team of the plan; "" where it is not in it."""
    lines = value["lines"] if value is not None else []
    return next((str(line["name"] or "") for line in lines if line["holder"] == team), "")


def stands(told: Value) -> str:
    """How the team of a line counts, or of one that is passed over, with the figures that make it so; "" of others."""
    if "counts_as" not in told:
        return ""
    return readinesswords.counts_as(told["counts_as"], [Held.of(one) for one in told["held_back"]])


def brings(unit: Unit) -> str:
    """What it sends, like things added up."""
    things: dict[str, int] = {}
    for line in unit.lines:
        if line["kind"] in ("equipment", "reserve"):
            label = " ".join(
                filter(None, (in_words(line["unit"] or ""), line["label"] or line["item"] or _("equipment")))
            )
            things[label] = things.get(label, 0) + line["count"]
    people = sum(line["count"] for line in unit.lines if line["kind"] == "people")
    return planwords.brings(people, things, whole=any(line["kind"] == "team" for line in unit.lines))


# -- what changed -------------------------------------------------------------------------------------


class Changes(NamedTuple):
    """A plan against the one before."""

    #: {key of a unit: its mark}
    marks: dict[tuple[str, ...], str]
    gone: tuple[Unit, ...]

    def count(self, mark_: str) -> int:
        """How many rows have a mark."""
        return len(self.gone) if mark_ == GONE else sum(m == mark_ for m in self.marks.values())

    @property
    def said(self) -> str:
        """In words; what a unit sends elsewhere than before is one change and not two."""
        if not any(self.marks.values()) and not self.gone:
            return _("as the plan before")
        counted = [
            _("+ {n} added").format(n=self.count(NEW)),
            _("~ {n} changed").format(n=self.count(OTHER)),
            _("- {n} gone").format(n=self.count(GONE)),
        ]
        numbers = [self.count(one) for one in (NEW, OTHER, GONE)]
        some = [said for said, n in zip(counted, numbers, strict=True) if n]
        return _("against the plan before: {changes}").format(changes=listed(some))


def changes(before: Value | None, now: Value) -> Changes:
    """What is new, otherwise, or gone; nothing where there is nothing to compare with."""
    if before is None:
        return Changes({}, ())
    old, new = ({u.key: u for u in units(value)} for value in (before, now))
    moved = {u.who for key, u in new.items() if key not in old} & {
        u.who for key, u in old.items() if key not in new
    }
    marks = {}
    for key, unit in new.items():
        was = old.get(key)
        if was is None:
            marks[key] = OTHER if unit.who in moved else NEW
        else:
            marks[key] = SAME if was.sent == unit.sent else OTHER
    gone = tuple(u for key, u in old.items() if key not in new and u.who not in moved)
    return Changes(marks, gone)


# -- rows ---------------------------------------------------------------------------------------------


class Listed(NamedTuple):
    """A list of the desk: its rows, and what each is about."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    about: tuple[Any, ...]


class Out(NamedTuple):
    """A team that is left out of the plan."""

    id: str
    name: str


class _Lines:
    """Rows of what is called, and what each is about."""

    def __init__(self, value: Value) -> None:
        self._value, self._several = value, len(value["incidents"]) > 1
        self._wanted = {need["id"]: need for _incident, need in all_needs(value)}
        self._drills = {one["id"] for one in value["incidents"] if one["exercise"]}
        self.rows: list[Row] = []
        self.about: list[Unit | Out] = []

    @property
    def columns(self) -> tuple[Column, ...]:
        """The incident only where there are several."""
        return (
            Column(), Column(), *([Column(_("Incident"), least=6)] if self._several else []), Column(_("Unit"), least=18),
            Column(_("Brings"), least=8), Column(_("What for"), least=6), Column(_("Arrives")),
            Column(_("By")), Column(_("Remarks"), least=8),
        )  # fmt: skip

    def add(self, change: str, tone: str, unit: Unit, flags: Sequence[str], *, when: bool = True) -> None:
        """A unit; `when`: with its times."""
        needed = [self._wanted[n] for n in unit.needs if n in self._wanted]
        by = [need["by"] for need in needed if need["by"]]
        incident = drilled({"exercise": int(unit.incident in self._drills)}, unit.incident)
        cells = (
            change, mark(tone), *([incident] if self._several else []),
            named(unit.kind, unit.id, unit.name, sample=unit.lines[0]["sample"]),
            brings(unit), listed(need["label"] for need in needed),
            planwords.arrives(unit.minutes) if when else "",
            _by(min(by, default=None), self._value) if when else "", listed(flags),
        )  # fmt: skip
        self.rows.append(Row(cells, tone or ("dim" if not when else ""), unit.target))
        self.about.append(unit)

    def add_out(self, team: Out) -> None:
        """A team that is left out, of which the plan before had nothing."""
        first = ("x", "", "") if self._several else ("x", "")
        cells = (*first, f"{team.id} {team.name}".strip(), "", "", "", "", _("left out"))
        self.rows.append(Row(cells, "dim", Target("team", team.id)))
        self.about.append(team)


def plan_list(value: Value, found: Changes, out: Sequence[Out], *, override: bool) -> Listed:
    """Who is called: then what is gone since the plan before, then who is left out."""
    lines = _Lines(value)
    for unit in units(value):
        change = found.marks.get(unit.key, SAME)
        flags = [_WORDS[change]()] if change else []
        flags += [planwords.late(unit.late)] if unit.late > 0 else []
        if unit.chance is not None and unit.chance < DOUBTFUL:
            flags.append(_("{chance} in time").format(chance=planwords.chance(unit.chance)))
        flags += [_("drafted")] if unit.drafted else []
        flags += [_("{what} over").format(what=brings(more)) for more in [unit.over] if more]
        flags += [planwords.reason(code) for code in unit.past]
        if unit.counts_as not in ("", "ready", "standby"):
            flags.append(_("team {state}").format(state=readinesswords.plain_words(unit.counts_as)))
        flags += [_("override")] if override else []
        lines.add(change, "late" if unit.late > 0 else "", unit, flags)
    left = {team.id for team in out}
    for unit in found.gone:
        flags = [_WORDS[GONE](), *([_("left out")] if unit.kind == "team" and unit.id in left else [])]
        lines.add(GONE, "", unit, flags, when=False)
    for team in out:
        if team.id not in {unit.id for unit in found.gone if unit.kind == "team"}:
            lines.add_out(team)
    title = _("Lines of the plan: {n}").format(n=len(units(value)))
    return Listed(title, lines.columns, tuple(lines.rows), tuple(lines.about))


_WORDS = {NEW: lambda: _("added"), OTHER: lambda: _("changed"), GONE: lambda: _("gone")}


def _by(by: str | None, value: Value) -> str:
    if by is None:
        return ""
    now = times.parse_time(value["at"], 0)
    return times.format_short(times.parse_time(by, now), now)


def short_of(need: Value) -> int:
    """By how much a need stays short, in thousandths."""
    return milli(need["short"])


def needs_list(value: Value) -> Listed:
    """What is wanted, what will come, and what stays short."""
    several = len(value["incidents"]) > 1
    rows, about = [], []
    for incident, need in all_needs(value):
        missing, late = short_of(need), need["late_minutes"] or 0.0
        last = planwords.arrives(need["last_minutes"]) if need["last_minutes"] is not None else ""
        tone = "late" if missing or late else ""
        cells = (
            mark(tone), *([drilled({"exercise": int(incident["exercise"])}, incident["id"])] if several else []), need["label"],
            needs.amount(milli(need["required"]), need["unit"]), needs.amount(milli(need["ordered"]), need["unit"]),
            needs.amount(milli(need["planned"]), need["unit"]),
            *([needs.amount(milli(need["over"]), need["unit"])] if value["over"] else []),
            needs.amount(missing, need["unit"]) if missing else "",
            _by(need["by"], value), added(last, planwords.late(late) if late else ""),
            planwords.chance_with(need["chance_in_time"], need["chance_without_over"]), _kept_back(need),
        )  # fmt: skip
        rows.append(Row(cells, tone, Target("need", need["id"])))
        about.append((incident, need))
    columns = (
        Column(), *([Column(_("Incident"), least=6)] if several else []), Column(_("What"), least=8),
        Column(_("Required"), right=True), Column(_("Ordered"), right=True), Column(_("Planned"), right=True),
        *([Column(_("Over"), right=True)] if value["over"] else []),
        Column(_("Short"), right=True), Column(_("By")), Column(_("Last arrives"), least=8), Column(_("In time"), right=True),
        Column(_("Remarks"), optional=True),
    )  # fmt: skip
    short = sum(short_of(need) > 0 for _incident, need in all_needs(value))
    title = _("Needs: {n}, short {short}").format(n=len(rows), short=short)
    return Listed(title, columns, tuple(rows), tuple(about))


def _kept_back(need: Value) -> str:
    """In a word or two, what keeps back what a need lacks."""
    change = need["smallest_change"]
    several = change is None or change["still_short"] or change["what"] in ("none", "several")
    return "" if several else planwords.reason(change["what"])


def cover_list(value: Value) -> Listed:
    """The areas that the plan leaves without a ready team of a type, and who could move up."""
    shown = coverview.parsed(value)
    rows: list[Row] = []
    about: list[Lost | Left] = []
    if not shown.left.lost:
        rows.append(Row(("", "", planwords.nothing_lost())))
        about.append(shown.left)
    if shown.left.areas:
        first = Target("region", shown.left.areas[0].region)
        rows.append(Row(("", "", planwords.before_after(shown.left)), "", first))
        about.append(shown.left)
    for one in shown.left.lost:
        target = Target("team", one.nearest) if one.nearest else Target("region", one.region)
        tone = "ask" if one.nearest else "late"
        rows.append(Row((mark(tone), shown.signs[one.region], planwords.cover(one)), tone, target))
        about.append(one)
    title = _("Cover left, and who could move up: {n}").format(n=len(shown.left.lost))
    return Listed(title, (Column(), Column(), Column(least=10)), tuple(rows), tuple(about))


def lasting_list(value: Value) -> Listed:
    """What runs out within three days, and when."""
    rows, about = [], []
    for last in value["sustainment"]:
        told = {name: value for name, value in last.items() if name != "runs_out"}
        supplies = tuple(Supply(**supply) for supply in last["supplies"])
        one = Lasting(**{**told, "unrelieved": tuple(last["unrelieved"]), "supplies": supplies})
        for said in lastingwords.lasts(one):
            own = Target("equipment", one.first) if said == lastingwords.stops(one) else None
            tone = "late" if own or said == lastingwords.runs_out(one) else ""
            rows.append(Row((mark(tone), said), tone, own or Target("incident", one.incident)))
            about.append(one)
    if rows:
        used = Rations(tuple(Ration(**one) for one in value["rations"]["of"]), value["rations"]["sample"])
        rows.append(Row(("", lastingwords.used_up(used)), "dim"))
        about.append(about[-1])
    else:
        rows = [Row(("", _("nobody is sent: nothing runs out")))]
    return Listed(_("72 hours on"), (Column(), Column(least=10)), tuple(rows), tuple(about))
