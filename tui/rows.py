"""The board's rows: what each panel says, in words, marks first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emergency.store import needs, times, urgent, wording
from emergency.store.parts import Board, Contest, Incident, Line, Matter, Need
from emergency.store.records.incident import EXERCISE_MARK, LEVELS
from emergency.store.tally import STANDINGS, District
from emergency.store.words import _, language
from emergency.tui.panel import Column, Row, Target
from emergency.tui.style import mark

#: Marks tell samples apart in a column too narrow for the word; the header says it in full.
SAMPLE = "*"

NEEDING = (Column(), Column(least=6), Column(), Column(least=8), Column(), Column())
CALLUPS = (
    Column(),
    Column(),
    Column(least=6),
    Column(least=8),
    Column(optional=True),
    Column(),
    Column(optional=True, least=8),
)
WARNINGS = (
    Column(),
    Column(least=8),
    Column(optional=True, least=8),
    Column(),
    Column(optional=True),
    Column(least=8),
)
INCIDENTS = (Column(), Column(), Column(least=8), Column(least=8), Column(optional=True))


def readiness_columns() -> tuple[Column, ...]:
    """With headings, in the language spoken; who is off duty goes before names of types are no longer told apart."""
    return (
        Column(),
        Column(_("region"), least=6),
        Column(_("ready"), right=True),
        Column(_("stby"), right=True),
        Column(_("out"), right=True, optional=True),
        Column(_("stale"), right=True),
        Column(_("never"), right=True),
    )


def needing(board: Board) -> list[Row]:
    """What needs a person now, as urgent.py orders it."""
    return [_matter(matter, board) for matter in board.matters]


def _matter(matter: Matter, board: Board) -> Row:
    tone = "late" if matter.why in urgent.PRESSING else "ask"
    id_, what = wording.about(matter)
    sample = isinstance(matter.about, Line) and matter.about.sample
    shown = _exercise(what) if matter.exercise else what
    incident = matter.incident or ""
    if isinstance(matter.about, Contest):
        incident = " / ".join(dict.fromkeys(c.incident or "-" for c in matter.about.lines))
    cells = (
        mark(tone),
        wording.why(matter),
        id_ + SAMPLE * sample,
        shown,
        "" if incident == id_ else incident,
        wording.waiting(matter, board.header.now),
    )
    return Row(cells, tone, Target(matter.kind, matter.id))


def _id(line: Line) -> str:
    return line.id + (SAMPLE if line.sample else "")


def _what(line: Line) -> str:
    return _exercise(wording.called(line)) if line.exercise else wording.called(line)


def _exercise(text: str) -> str:
    return f"{EXERCISE_MARK} {text}"


def warnings(board: Board) -> list[Row]:
    """The warnings that stand here, the most pressing first: the colour in words, and the response apart from it."""
    if not board.warnings:
        return []
    from emergency.store import alertwords

    out = []
    for one in board.warnings:
        row = one._asdict() | {"status": "Exercise" if one.exercise else "Actual"}
        until = "" if one.expires is None else times.format_short(one.expires, board.header.now)
        level = alertwords.field(row, "level")
        cells = (
            alertwords.colour(row),
            alertwords.event(row | {"sample": None}) + SAMPLE * one.sample,
            one.area,
            _("until {time}").format(time=until) if until else _("no end stated"),
            _("response {level}").format(level=level) if level else "",
            _("in doubt: another sender would end it") if one.doubted else one.headline,
        )
        out.append(Row(cells, alert_tone(row, one.state), Target("alert", one.id)))
    return out


def alert_tone(row: Mapping[str, Any], state: str) -> str:
    """The tone of an alert of a list: only what is real and stands presses."""
    if state not in ("current", "to-come"):
        return "dim"
    if row["status"] != "Actual":
        return ""
    return {"red": "late", "orange": "late", "yellow": "ask"}.get(str(row["colour"]), "")


def callups(board: Board) -> list[Row]:
    """Every line that is not over, the late ones first."""
    now = board.header.now
    out = []
    for line in board.lines:
        tone = "late" if line.overdue else "good" if line.state == "on_scene" else ""
        shown = mark(tone) if tone else mark("wait" if line.state in ("draft", "issued") else "")
        due = line.deadline
        by = "" if due is None else _("by {time}").format(time=times.format_short(due, now))
        cells = (
            shown,
            _id(line),
            wording.standing(line),
            _what(line),
            line.incident or "",
            by,
            line.report_to or "",
        )
        out.append(Row(cells, tone, Target("line", line.id)))
    return out


def incidents(board: Board) -> list[Row]:
    """Every open incident, gravest first, each with what it lacks under it."""
    out = []
    for incident in board.incidents:
        out.append(_incident(incident))
        out += [_need(need) for need in sorted(incident.needs, key=lambda n: not n.short)]
    return out


def _incident(incident: Incident) -> Row:
    tag = SAMPLE if incident.sample else ""
    title = _exercise(incident.title) if incident.exercise else incident.title
    level = LEVELS.get(incident.level, (incident.level, incident.level))[1 if language() == "zh" else 0]
    more = " ".join(filter(None, (incident.region_name, incident.scenario_name)))
    return Row(("", incident.id + tag, title, level, more), "head", Target("incident", incident.id))


def _need(need: Need) -> Row:
    if need.short:
        figure = _("short {amount}").format(amount=needs.amount(need.short, need.unit))
    else:
        figure = _("covered")
    more = _("needed {needed}, accepted {committed}, on scene {there}").format(
        needed=needs.amount(need.needed, ""),
        committed=needs.amount(need.committed, ""),
        there=needs.amount(need.on_scene, ""),
    )
    tone = "late" if need.short else "good"
    return Row((mark(tone), "", need.label, figure, more), tone, Target("needs", need.incident))


def readiness(board: Board) -> list[Row]:
    """Teams by how they stand: all of them, the station's own region, the others by code; then by type."""
    if not board.districts:
        return []
    own = board.header.region
    ordered = sorted(board.districts, key=lambda d: (d.region != own, d.region))
    out = [_standings(_("all"), Target("region", ""), board.standings)]
    out += [_standings(d.name or _("no region"), Target("region", d.region), _counts(d)) for d in ordered]
    if len(board.types) > 1:
        out.append(Row(("", _("by type")), "head"))
        out += [_standings(d.name or _("no type"), Target("type", d.region), _counts(d)) for d in board.types]
    return out


def _counts(district: District) -> dict[str, int]:
    return {s: district.counts.get(s, 0) for s in STANDINGS}


def _standings(name: str, target: Target, counts: dict[str, int]) -> Row:
    out = counts["off"] + counts["unavailable"]
    figures = (counts["ready"], counts["standby"], out, counts["stale"], counts["never"])
    tone = "good" if counts["ready"] else "ask"
    return Row((mark(tone), name, *map(str, figures)), "" if counts["ready"] else "ask", target)


def states(board: Board) -> str:
    """How many open lines stand where, in one line."""
    from emergency.store.records.steps import STATES

    zh = language() == "zh"
    return ("、" if zh else ", ").join(f"{STATES[s][1 if zh else 0]} {n}" for s, n in board.states.items())


def summary(board: Board) -> str:
    """Equipment, and what runs out, in one line."""
    e, counts = board.counts.equipment, board.counts
    # The line may be cut at its end: what asks for work stands first.
    parts = [
        _("expired {expired}, expiring {expiring}").format(expired=counts.expired, expiring=counts.expiring)
    ]
    if counts.twice:
        parts.append(_("registered twice {n}").format(n=counts.twice))
    parts.append(
        _("equipment: {free} free, {claimed} claimed, {out} out of service").format(
            free=e.free, claimed=e.claimed, out=e.out_of_service
        )
    )
    if e.away:
        parts.append(_("away {n}").format(n=e.away))
    return " | ".join(parts)
