"""Readiness computed, as lists and of one team: what each dimension rests on, how old it is, what would lift it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from emergency.store import audit, filters, floors, readiness, rest, times
from emergency.store.audit import Scope
from emergency.store.auditwords import made_up
from emergency.store.errors import EmergencyError
from emergency.store.readiness import Dimension, Readiness
from emergency.store.readinesswords import (
    aged,
    dimension_words,
    figures,
    plain_words,
    pulled,
    state_words,
    summed_up,
)
from emergency.store.records import RECORDS
from emergency.store.records.standard import DIMENSIONS
from emergency.store.rest import Deployment
from emergency.store.showing import SAMPLE_MARK, drilled, starred
from emergency.store.store import Store
from emergency.store.windows import Key
from emergency.store.words import _, clauses, ngettext, told
from emergency.tui.audits import samples_words
from emergency.tui.computed import Kept
from emergency.tui.panel import Row, Target
from emergency.tui.source import Column, Keys, Line, Wanted
from emergency.tui.style import ascii_marks, mark
from emergency.tui.whole import WholePages, arranged

#: How a state is shown: a tone, whose mark stands before it.
TONES = {
    "ready": "good", "standby": "good", "short": "bad", "stale": "late", "unknown": "ask", "off": "wait",
    "unavailable": "bad", "unasked": "",
}  # fmt: skip


# -- one team ---------------------------------------------------------------------------------------


def of_team(store: Store, team: str) -> Readiness | None:
    """How one team stands; None where it is in use no more."""
    row = store.row("team", team)
    if row is None or row["retired"] or not row["known"]:
        return None
    found = readiness.of(store, Scope(team=team))
    return found[0] if found else None


def in_short(r: Readiness) -> Row:
    """What counts, and what holds it back, in one row."""
    tone = TONES[r.overall]
    text = plain_words(r.overall)
    if r.pulled_by:
        text = _("{state}: held back by {what}").format(state=text, what=pulled(r))
    return Row((mark(tone), _("Counts as"), text), tone if tone in ("late", "ask") else "")


def in_full(store: Store, r: Readiness) -> Iterator[Row]:
    """Each dimension, what would lift it; then rest, and the floors."""
    yield Row(("", _("Dimensions"), ascii_marks(summed_up(r))), "head")
    for d in r.dimensions:
        yield from _of_dimension(d)
    if r.standard is not None and r.standard.sample:
        yield Row(("*", "", told(SAMPLE_MARK, made_up(r.standard))), "ask")
    if r.standard is not None:
        words = _("what it lacks against {standard}, and who has that over").format(standard=r.standard.id)
        yield Row(("", _("Gaps"), words), "", Target("audit", r.team["id"]))
    yield from _resting(store, r.team["id"])
    yield from _floor(store, r.team["id"])


def _of_dimension(d: Dimension) -> Iterator[Row]:
    tone = TONES[d.state]
    said = figures(d).partition(" ")[2] if d.state != "unasked" else ""
    text = "  ".join(filter(None, (plain_words(d.state), said)))
    if d.state != "unasked":
        text += "  " + clauses([aged(d), _("asked by {whom}").format(whom=d.required_from)])
    yield Row((mark(tone), f"  {dimension_words(d.name)}", text), tone if tone in ("late", "ask") else "")
    for lack in d.lacks:
        yield Row(("", "", f"  + {lack}"), "ask")


def _resting(store: Store, team: str) -> Iterator[Row]:
    """How long it has been out, and who could relieve it."""
    out = rest.overlong(store, 0, team)
    if not out:
        yield Row(("", _("Rest"), _("not out")))
    for d in out:
        late = d.out >= rest.rest_after()
        words = _("out for {age} on {line}").format(age=times.format_age(d.out), line=d.line)
        if late:
            limit = times.format_age(rest.rest_after())
            words += "  " + _("longer than {limit}; could relieve: {who}").format(
                limit=limit, who=rest.relief_words(d)
            )
        tone = "late" if late else ""
        yield Row((mark(tone), _("Rest"), words), tone, Target("line", d.line))


def _floor(store: Store, team: str) -> Iterator[Row]:
    """How many can be called up before a floor is broken."""
    leave = floors.leave(store.connection, team)
    if leave is None:
        yield Row((mark("ask"), _("Floor"), _("nobody stated its people")), "ask")
        return
    home = ngettext("{n} person at home", "{n} people at home", leave.home).format(n=leave.home)
    if not leave.keeper:
        yield Row(("", _("Floor"), clauses([home, _("no floor keeps them")])))
        return
    words = _("{free} can go; one more breaks the floor of {keeper}, {floor}").format(
        free=leave.free, keeper=leave.keeper, floor=leave.floor
    )
    tone = "" if leave.free else "late"
    yield Row((mark(tone), _("Floor"), clauses([home, words])), tone)


# -- all teams --------------------------------------------------------------------------------------

#: The readiness of every team, as it was worked out last.
kept: Kept[list[Readiness]] = Kept(readiness.of, minute=True)


def states() -> dict[str, str]:
    """{word of a filter: the state that counts}, in the languages that are typed."""
    words = {state: state for state in readiness.STATES[1:]}
    return words | {plain_words(state).casefold(): state for state in readiness.STATES[1:]}


class Standing:
    """Every team, what counts, and what would lift it; the worst first."""

    kind = "team"

    def __init__(self, keys: Keys) -> None:
        self.title = _("Readiness computed, worst first")
        self.words = (*filters.completions(RECORDS["team"]), *states())
        self._keys = keys
        self._about = (_("reading how every team stands"), "")
        self._behind = False
        self.columns = (
            Column("overall", _("Counts as"), most=16),
            Column("name", _("Name")),
            *(Column(name, dimension_words(name), most=16) for name in DIMENSIONS),
            Column("pulled_by", _("Held back by"), most=30),
            Column("lacks", _("What would lift it"), most=60),
            Column("reported", _("Reported"), most=16),
            Column("type", _("Type"), most=14),
            Column("team", _("Id"), most=12),
        )
        self._last: tuple[object, Wanted, WholePages] | None = None

    @property
    def about(self) -> tuple[str, str]:
        """Said over the list, left and right."""
        left, right = self._about
        said = _("changed since: {key} reads it again").format(key=self._keys("refresh"))
        return f"{said}  {left}" if self._behind else left, right

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        found, self._behind = kept.get(store)
        last = self._last
        if last is not None and last[0] is found and last[1] == wanted:
            return last[2]
        where, wanted_states = split(wanted.filter)
        teams = None
        if where:
            sql, values = audit.teams_in(store, Scope(where=where))
            teams = {id_ for (id_,) in store.connection.execute(sql, values)}
        shown = [
            r
            for r in found
            if (teams is None or r.team["id"] in teams) and (not wanted_states or r.overall in wanted_states)
        ]
        self._about = _about(shown, self._keys)
        pages = WholePages(arranged([_line(r) for r in shown], self.columns, wanted))
        self._last = (found, wanted, pages)
        return pages


def split(text: str) -> tuple[str, list[str]]:
    """(the filter over teams, the states that are wanted). Raises EmergencyError, with its place."""
    known = states()
    terms, wanted = [], []
    for term in filters.parse("team", text):
        word = text[term.at :].split(None, 1)[0].casefold()
        if word in known:
            wanted.append(known[word])
        else:
            terms.append(term)
    return filters.written(terms), wanted


def _about(found: Sequence[Readiness], keys: Keys) -> tuple[str, str]:
    if not found:
        none = _("no team stands so; {key} opens the register of teams")
        return none.format(key=keys("go_teams")), ""
    counts = {state: sum(r.overall == state for r in found) for state in readiness.STATES[1:]}
    said = [ngettext("{n} team", "{n} teams", len(found)).format(n=len(found))]
    said += [f"{ascii_marks(state_words(state))} {n}" for state, n in counts.items() if n]
    samples = dict.fromkeys(r.standard.id for r in found if r.standard is not None and r.standard.sample)
    return "  ".join(said), samples_words(samples, any(r.sample for r in found))


def _line(r: Readiness) -> Line:
    lacks = [lack for d in r.dimensions if d.state == r.computed for lack in d.lacks]
    cells = (
        starred(ascii_marks(state_words(r.overall)), r.sample),
        r.team["name"] or r.team["id"],
        *(ascii_marks(figures(d)) for d in r.dimensions),
        pulled(r),
        clauses(lacks),
        ascii_marks(state_words(r.reported)),
        r.team["type"] or "",
        starred(r.team["id"], r.team["sample"]),
    )
    tone = TONES[r.overall]
    return Line(Key(None, r.team["id"]), cells, tone if tone in ("late", "ask") else "")


# -- rest -------------------------------------------------------------------------------------------


class Resting:
    """Who is out, the longest first, and who could relieve them."""

    kind = "line"
    words: ClassVar[Sequence[str]] = ()

    def __init__(self) -> None:
        self.title = _("Who is out, the longest first")
        self.about = (_("reading who is out"), "")
        self.columns = (
            Column("out", _("Out for"), ages=True, sortable=False),
            Column("team", _("Team"), most=30),
            Column("people", _("People"), right=True),
            Column("incident", _("Incident"), most=20),
            Column("relief", _("Could relieve"), most=90),
            Column("line", _("Line"), most=14),
        )

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        found = rest.overlong(store, 0)
        late = sum(d.out >= rest.rest_after() for d in found)
        limit = times.format_age(rest.rest_after())
        if found:
            said = _("{n} out; longer than {limit}: {late}").format(n=len(found), limit=limit, late=late)
        else:
            said = _("nobody is out")
        self.about = (said, f"* {SAMPLE_MARK}" if any(d.sample for d in found) else "")
        lines = [_deployed(d) for d in found]
        return WholePages(arranged(lines, self.columns, wanted, filters.words(wanted.filter)))


def _deployed(d: Deployment) -> Line:
    tone = "late" if d.out >= rest.rest_after() else ""
    cells = (
        f"{mark(tone)} {times.format_age(d.out)}".strip(),
        f"{starred(d.team, d.sample)} {d.name}",
        "?" if d.people is None else str(d.people),
        drilled({"exercise": int(d.exercise)}, d.incident or ""),
        rest.relief_words(d),
        d.line,
    )
    return Line(Key(None, d.line), cells, tone)


def listing(text: str) -> list[str]:
    """The words after `emergency` that list what a filter lets through."""
    try:
        where, wanted = split(text)
    except EmergencyError:
        return ["team", "readiness"]
    return [
        "team",
        "readiness",
        *(["--where", where] if where else []),
        *(word for state in wanted for word in ("--state", state)),
    ]
