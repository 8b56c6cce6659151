"""Words for what the board shows, which the screens and the plain lines both say."""

from __future__ import annotations

from emergency.store import following, needs, times
from emergency.store.board import Header, Line
from emergency.store.records.steps import FLAGGED, SETTLE, STATES, STEPS
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
        said += ", " + ngettext("{n} not sent", "{n} not sent", header.unsent).format(n=header.unsent)
    return said


def step(name: str) -> str:
    """A step of a line; what stands in its story and is none, as it is written."""
    known = STEPS.get(name)
    pair = (known.en, known.zh) if known else SETTLE if name == "settle" else (name, name)
    return pair[1 if language() == "zh" else 0]


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
