"""Words for what the board shows, which the screens and the plain lines both say."""

from __future__ import annotations

from emergency.store import following, needs
from emergency.store.board import Line
from emergency.store.records.steps import FLAGGED, STATES, STEPS
from emergency.store.words import _, language, ngettext


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


def asking(flag: str) -> str:
    """What asks for a person, such as a departure reported after the order was cancelled."""
    zh = language() == "zh"
    for name, code in FLAGGED.items():
        if flag == code:
            return STEPS[name].zh if zh else STEPS[name].en
    if flag == "arrived-elsewhere":
        return _("arrived elsewhere")
    step = STEPS.get(flag.removesuffix("-unheard"))
    return _("unheard: {step}").format(step=(step.zh if zh else step.en) if step else flag)
