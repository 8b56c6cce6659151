"""Words for what the board shows, which the screens and the plain lines both say."""

from __future__ import annotations

from emergency.store import following, needs, times
from emergency.store.parts import Board, Contest, Deficit, Header, Held, Line, Lost, Matter, Need, Unprepared
from emergency.store.records import BY_NAME
from emergency.store.records.incident import EXERCISE_MARK
from emergency.store.records.steps import FLAGGED, SETTLE, STATES, STEPS
from emergency.store.store import Store
from emergency.store.words import _, added, clauses, language, listed, ngettext, told


def called(line: Line) -> str:
    """Whom or what a line calls, in one phrase of names."""
    team = line.team_name or line.team or ""
    if line.equipment:
        return f"{line.equipment_name or line.equipment} {team}".strip()
    if line.item:
        amount = needs.amount(line.quantity or 0, line.unit)
        return f"{line.item_name or line.item} {amount} {line.depot or ''}".strip()
    if line.people is not None:
        return ngettext("{team}, {n} person", "{team}, {n} people", line.people).format(
            team=team, n=line.people
        )
    return team


def standing(line: Line) -> str:
    """How a line stands: what is overdue about it, or its state."""
    words = following.OVERDUE_WORDS[line.overdue] if line.overdue else STATES[line.state]
    return words[1 if language() == "zh" else 0]


def state_words(state: str) -> str:
    """A state of a line in the language spoken."""
    return STATES[state][1 if language() == "zh" else 0]


def state(store: Store, line: str) -> str:
    """The state of a line, as it stands in the store; "" of none."""
    row = store.row("line", line) or {}
    pair = STATES.get(str(row.get("state") or ""))
    return pair[1 if language() == "zh" else 0] if pair else ""


def synced(header: Header) -> str:
    """How it stands with the hubs, in a few words."""
    if header.sync == "local-only":
        return _("local only")
    at = _("never met") if header.synced is None else times.format_short(header.synced, header.now)
    words = {
        "synced": _("synced {time}"), "offline": _("offline, last synced {time}"), "never": _("not synced yet"),
        "refused": _("refused by the hub"),
    }  # fmt: skip
    said = words.get(header.sync, words["never"]).format(time=at)
    if header.unsent:
        said = added(said, ngettext("{n} not sent", "{n} not sent", header.unsent).format(n=header.unsent))
    return said


def exercises(board: Board) -> str:
    """The mark of a store with exercises in it; beside real incidents it says how many of all are."""
    drills = sum(incident.exercise for incident in board.incidents)
    if not drills or drills == len(board.incidents):
        return EXERCISE_MARK if drills else ""
    return f"{EXERCISE_MARK} {drills}/{len(board.incidents)}"


def step(name: str) -> str:
    """A step of a line; what stands in its story and is none, as it is written."""
    known = STEPS.get(name)
    pair = (known.en, known.zh) if known else SETTLE if name == "settle" else (name, name)
    return pair[1 if language() == "zh" else 0]


def taken(store: Store, line: str, name: str, before: str, after: str) -> str:
    """What a step did to a line: from what state to which; of one that changes none, that it was noted.

    Of a try to reach a team: whom to call next, too.
    """
    if before != after:
        return f"{state_words(before)} -> {state_words(after)}"
    said = _("noted: {step}").format(step=step(name))
    if name != "contact":
        return said
    rung = next((r for r in following.ladder(store, store.row("line", line) or {}) if r["next"]), None)
    if rung is None:
        return said
    label = BY_NAME["team"][rung["channel"]].label
    return clauses((said, told(_("call this next"), f"{label} {rung['number']}")))


def kept(data: dict[str, object]) -> str:
    """Which line a settlement among the steps kept, in words; "" for any other step."""
    if "kept" not in data:
        return ""
    return _("kept {line}").format(line=data["kept"]) if data["kept"] else _("kept none of them")


def asking(flag: str) -> str:
    """What asks for a person, such as a departure reported after the order was cancelled."""
    zh = language() == "zh"
    for name, code in FLAGGED.items():
        if flag == code:
            return STEPS[name].zh if zh else STEPS[name].en
    if flag == "arrived-elsewhere":
        return _("arrived elsewhere")
    known = STEPS.get(flag.removesuffix("-unheard"))
    return _("unheard: {step}").format(step=(known.zh if zh else known.en) if known else flag)


def why(matter: Matter) -> str:
    """Why something needs a person now, in a few words."""
    if matter.why in following.OVERDUE_WORDS:
        return following.OVERDUE_WORDS[matter.why][1 if language() == "zh" else 0]
    words = {
        "contested": _("contested"),
        "settled-apart": _("settled apart"),
        "lost": _("lost"),
        "to-answer": _("to answer"),
        "unasked": _("nobody asked"),
        "short-late": _("short, too late"),
        "held-elsewhere": _("held by another"),
        "stranded": _("out, no order"),
        "deficit": _("deficit"),
        "refused": _("refused by the hub"),
        "unsent": _("not sent"),
        "stale": _("stale reports"),
        "unprepared": _("not prepared"),
        "expired": _("ran out"),
        "newer": _("newer program"),
    }
    return words.get(matter.why) or asking(matter.why)


def about(matter: Matter) -> tuple[str, str]:
    """(id, what) of what needs a person: the number to say, and the thing by its names.

    `FT-12/1 +2` is that line and two more of its order.
    """
    subject = matter.about
    if isinstance(subject, Line):
        return subject.id + (f" +{matter.many - 1}" if matter.many > 1 else ""), called(subject)
    if isinstance(subject, Contest):
        return " / ".join(c.line for c in subject.lines), f"{subject.name} {subject.id}".strip()
    if isinstance(subject, Lost):
        return subject.line, _lost(subject)
    if isinstance(subject, Held):
        where = _("is with {custodian}").format(custodian=subject.custodian or "?")
        if subject.lines:
            where = added(where, _("ordered by {lines}").format(lines=" ".join(subject.lines)))
        return subject.id, f"{subject.name} {where}".strip()
    if isinstance(subject, Deficit):
        amount = needs.amount(subject.quantity, subject.unit)
        return subject.reserve, f"{subject.item_name} {amount} {subject.station}".strip()
    if isinstance(subject, Need):
        open_ = max(0, subject.needed - subject.asked) or subject.short
        return subject.incident, f"{subject.label} {needs.amount(open_, subject.unit)}".strip()
    if isinstance(subject, Unprepared):
        late = ngettext("{n} task late", "{n} tasks late", matter.many).format(n=matter.many)
        return subject.id, told(late, listed(subject.seasons))
    return "", _of_many(matter)


def _lost(lost: Lost) -> str:
    """What was lost, to whom, and what else is free."""
    thing = f"{lost.name} {lost.thing}".strip() or "?"
    taken = {
        "cancel": _("{thing}: {station} cancelled it"),
        "settle": _("{thing}: {station} decided for {by}"),
    }.get(lost.step, _("{thing}: {station} took it over, by {by}"))
    said = taken.format(thing=thing, station=lost.station or "?", by=lost.by or _("none of them"))
    if lost.free:
        said += _("; free instead: {others}").format(others=listed(lost.free))
    return said


def _of_many(matter: Matter) -> str:
    if matter.why == "stale":
        return ngettext("{n} team", "{n} teams", matter.many).format(n=matter.many)
    if matter.why == "expired":
        return ngettext("{n} paper or lot", "{n} papers and lots", matter.many).format(n=matter.many)
    if matter.why == "newer":
        return ngettext(
            "{n} entry: update this program", "{n} entries: update this program", matter.many
        ).format(n=matter.many)
    return _("what is written here does not reach the others")


def waiting(matter: Matter, now: int) -> str:
    """How late, or since when it waits."""
    if matter.since is None:
        return ""
    if matter.why in (*following.OVERDUE_WORDS, "short-late"):
        return _("{age} late").format(age=times.format_age(now - matter.since))
    return _("since {time}").format(time=times.format_short(matter.since, now))
