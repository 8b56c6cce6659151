"""The board in plain lines, for screen readers, logs and pipes; and what a listener must hear when it changes.

They tell what the screen tells, in words and marks and never by colour.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from emergency.store.records.incident import EXERCISE_MARK
from emergency.store.words import _, language, listed, ngettext

if TYPE_CHECKING:
    from emergency.store.parts import Board, Incident, Line, Matter, Need
    from emergency.store.tally import District


class Told(NamedTuple):
    """A line of the board."""

    text: str
    #: Which thing of its section it tells of, the same from look to look.
    key: str
    #: The record it is about, where other sections tell of it too.
    record: str = ""
    #: What makes it another line to a listener; the text itself where this is None.
    heard: str | None = None
    #: It follows from other lines: told only where nothing else is new.
    derived: bool = False


class Section(NamedTuple):
    """A heading and the lines under it."""

    heading: str
    lines: tuple[Told, ...]


def news(
    board: Board, before: list[Section], now: list[Section], became: Callable[[str], str] = lambda record: ""
) -> list[str]:
    """What a listener must hear: `+` what came, `~` what is told otherwise, `-` what went, each with its section.

    One line for one event: what a section above has said of a record is not said again below.
    `became` says what became of a record that went, in words.
    """
    from emergency.store import times

    old = {(s.heading, t.key): t for s in before for t in s.lines}
    new = {(s.heading, t.key): t for s in now for t in s.lines}
    found = [
        ("+" if (s.heading, t.key) not in old else "~", s.heading, t)
        for s in now
        for t in s.lines
        if (s.heading, t.key) not in old or _heard(old[s.heading, t.key]) != _heard(t)
    ]
    found += [("-", s.heading, t) for s in before for t in s.lines if (s.heading, t.key) not in new]
    plain = [event for event in found if not event[2].derived]
    out, said = [], set()
    for sign, heading, told in plain or found:
        # That it went from one section is no news where another tells how it stands now.
        if told.record and told.record in said:
            continue
        said.add(told.record)
        end = became(told.record) if sign == "-" and told.record else ""
        out.append(f"{sign} {heading}: {told.text.strip()}" + (f"  -> {end}" if end else ""))
    return [times.format_time(board.header.now), *out] if out else []


def _heard(told: Told) -> str:
    return told.text if told.heard is None else told.heard


def lines(board: Board, width: int = 0) -> list[str]:
    """The whole board as lines; cut to `width` cells when one is given."""
    from emergency.store.text import fit

    out = [headline(board)]
    for section in sections(board):
        out += ["", section.heading]
        out += [f"  {told.text}" for told in section.lines] or ["  " + _("none")]
    if board.empty:
        out += ["", _("nothing is registered here yet: emergency demo, or emergency team import FILE")]
    return [fit(line, width) for line in out] if width else out


def headline(board: Board) -> str:
    """Whose board it is, of what moment, and how far it can be trusted."""
    from emergency.store import times, wording
    from emergency.store.text import safe

    header = board.header
    parts = [safe(f"{header.station} {header.name}".strip()), times.format_time(header.now)]
    if header.as_of is not None:
        parts.append(_("AS OF"))
    if drills := wording.exercises(board):
        parts.append(drills)
    if header.sample:
        parts.append("样例 SAMPLE")
    parts.append(wording.synced(header))
    written = "-" if header.written is None else times.format_short(header.written, header.now)
    parts.append(
        ngettext("{n} entry, last {time}", "{n} entries, last {time}", header.entries).format(
            n=header.entries, time=written
        )
    )
    return " | ".join(parts)


def sections(board: Board) -> list[Section]:
    """The board's parts, most pressing first."""
    from emergency.store import wording
    from emergency.store.records.steps import STATES

    zh = language() == "zh"
    states = listed(f"{STATES[s][1 if zh else 0]} {n}" for s, n in board.states.items())
    counted = (Told(states, "states", derived=True),) if states else ()
    sync = Told(wording.synced(board.header), "sync", heard=board.header.sync)
    return [
        Section(_("Needs a person now"), tuple(_matter(m, board) for m in board.matters)),
        *([Section(_("Warnings"), tuple(_warnings(board)))] if board.warnings else []),
        Section(_("Incidents and shortfalls"), tuple(_incidents(board))),
        Section(_("Open call-ups"), (*counted, *_callups(board))),
        Section(_("Readiness"), tuple(_readiness(board))),
        Section(_("Equipment and papers"), tuple(_counts(board))),
        Section(_("Hubs"), (sync,)),
    ]


def _mark(sign: str) -> str:
    """A mark that this output can carry."""
    try:
        sign.encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return {"✓": "+", "✗": "x"}.get(sign, "?")
    return sign


def _tags(exercise: bool, sample: bool) -> list[str]:
    return [EXERCISE_MARK] * exercise + ["样例 SAMPLE"] * sample


def _joined(*parts: str | None) -> str:
    from emergency.store.text import safe

    return "  ".join(safe(p) for p in parts if p)


def _warnings(board: Board) -> Iterator[Told]:
    """Warnings that stand: the colour is theirs, and says nothing of a response."""
    from emergency.store import alertwords, times

    now = board.header.now
    for one in board.warnings:
        ends = one.expires
        until = None if ends is None else _("until {time}").format(time=times.format_short(ends, now))
        text = _joined(
            "!" if one.state == "current" else ">",
            one.id,
            alertwords.field(one._asdict(), "colour"),
            one.event,
            one.area,
            until,
            one.headline,
            _("in doubt: another sender would end it") if one.doubted else None,
            *_tags(one.exercise, one.sample),
        )
        yield Told(text, one.id)


def _line(line: Line, mark: str, words: str, now: int) -> str:
    from emergency.store import times, wording

    due = line.deadline
    by = None if due is None else _("by {time}").format(time=times.format_short(due, now))
    return _joined(
        mark,
        line.id,
        words,
        wording.called(line),
        line.incident,
        by,
        line.report_to,
        *_tags(line.exercise, line.sample),
    )


def _matter(matter: Matter, board: Board) -> Told:
    """A line of the first section; it names the command that tells more, where the id alone does not."""
    from emergency.store import urgent, wording
    from emergency.store.parts import Contest, Line

    now, why = board.header.now, wording.why(matter)
    mark = "!" if matter.why in urgent.PRESSING else "?"
    record = f"{matter.kind} {matter.id}" if matter.kind == "line" else ""
    key = f"{matter.why} {matter.kind} {matter.id}"
    about = matter.about
    if isinstance(about, Line):
        # Since when is told by the deadline where it is late; a flag has its own time.
        since = "" if about.overdue == matter.why else _since(matter, now)
        more = ""
        if matter.many > 1:
            n = matter.many - 1
            more = ngettext("and {n} more line of it", "and {n} more lines of it", n).format(n=n)
            key = f"{matter.why} order {about.order}"
        return Told(_joined(_line(about, mark, why, now), more, since), key, record)
    id_, what = wording.about(matter)
    incident, hint = matter.incident, None
    if isinstance(about, Contest):
        id_ = " / ".join(f"{c.line} ({c.incident or '-'})" for c in about.lines)
        incident, hint = None, f"emergency conflict show {shlex.quote(about.thing)}"
        id_, what = f"{about.id}  {about.name}".strip(), id_
    if incident == id_:
        incident = None
    exercise = _tags(matter.exercise, False)
    return Told(_joined(mark, why, id_, what, incident, _since(matter, now), hint, *exercise), key, record)


def _since(matter: Matter, now: int) -> str:
    from emergency.store import times

    return (
        "" if matter.since is None else _("since {time}").format(time=times.format_short(matter.since, now))
    )


def _incidents(board: Board) -> Iterator[Told]:
    for incident in board.incidents:
        yield Told(_incident(incident), incident.id, f"incident {incident.id}")
        for need in incident.needs:
            # What was asked for and has not been accepted yet changes with every order: heard is what is short.
            heard = f"{need.short} {need.on_scene}"
            yield Told("  " + _need(need), f"{incident.id} {need.id}", f"need {need.id}", heard)


def _incident(incident: Incident) -> str:
    from emergency.store.records.incident import LEVELS

    level = LEVELS.get(incident.level, (incident.level, incident.level))[1 if language() == "zh" else 0]
    return _joined(
        incident.id,
        incident.title,
        level,
        incident.scenario_name,
        incident.region_name,
        incident.place,
        *_tags(incident.exercise, incident.sample),
    )


def _need(need: Need) -> str:
    from emergency.store import needs

    if need.short:
        mark, words = "!", _("short {amount}").format(amount=needs.amount(need.short, need.unit))
    else:
        mark, words = _mark("✓"), _("covered")
    more = _("needed {needed}, asked {asked}, accepted {committed}, on scene {there}").format(
        needed=needs.amount(need.needed, ""),
        asked=needs.amount(need.asked, ""),
        committed=needs.amount(need.committed, ""),
        there=needs.amount(need.on_scene, ""),
    )
    return _joined(mark, need.label, words, more)


def _callups(board: Board) -> Iterator[Told]:
    from emergency.store import wording

    for line in board.lines:
        mark = "!" if line.overdue else _mark("✓") if line.state == "on_scene" else "-"
        text = _line(line, mark, wording.standing(line), board.header.now)
        yield Told(text, line.id, f"line {line.id}")


def _readiness(board: Board) -> Iterator[Told]:
    if board.districts:
        yield Told(_standing(_("all"), board.standings), "all", derived=True)
    for district in board.districts:
        yield Told(_district(district), district.region)
    for type_ in board.types if len(board.types) > 1 else ():
        yield Told(_standing(type_.name or _("no type"), dict(type_.counts)), f"type {type_.name}")


def _district(district: District) -> str:
    return _standing(f"{district.region} {district.name or _('no region')}".strip(), dict(district.counts))


def _standing(name: str, counts: dict[str, int]) -> str:
    from emergency.store.records.team import READINESS

    words = {code: pair[1 if language() == "zh" else 0] for code, pair in READINESS.items()}
    words |= {"stale": _("stale"), "never": _("never reported")}
    told = listed(f"{words[s]} {n}" for s, n in counts.items() if n)
    if not counts.get("ready"):
        told = listed((_("none ready"), told))
    return _joined(_mark("✓") if counts.get("ready") else "?", name, told)


def _counts(board: Board) -> Iterator[Told]:
    counts = board.counts
    equipment = _("equipment: {free} free, {claimed} claimed, {out} out of service, {away} away").format(
        free=counts.equipment.free,
        claimed=counts.equipment.claimed,
        out=counts.equipment.out_of_service,
        away=counts.equipment.away,
    )
    yield Told(equipment, "equipment", derived=True)
    yield Told(_("expired: {n}").format(n=counts.expired), "expired")
    yield Told(_("expiring in 30 days: {n}").format(n=counts.expiring), "expiring")
    yield Told(_("registered twice: {n}").format(n=counts.twice), "twice")
