"""Why something cannot be done to what is under the cursor, or on a screen, in words; "" where it can."""

from __future__ import annotations

from collections.abc import Callable

from emergency.store import readonly
from emergency.store.words import _
from emergency.tui.actions.kinds import Where


def past(where: Where) -> str:
    """What was, is as it was."""
    return _("the past does not change") if where.as_of else ""


def unwritable(where: Where) -> str:
    """A reason against what writes."""
    return readonly.reason() or past(where)


def about(*kinds: str) -> Callable[[Where], str]:
    """A reason against it unless a record of one of these kinds is under the cursor."""

    def why(where: Where) -> str:
        if where.target is not None and where.target.kind in kinds:
            return ""
        names = {
            "line": _("a call-up"), "incident": _("an incident"), "team": _("a team"),
            "equipment": _("an item of equipment"), "contest": _("a conflict"), "reserve": _("a reserve"),
            "standard": _("a version of a standard"), "loss": _("a line of a recovery programme"),
            "need": _("a need"), "task": _("a task of a checklist"), "season": _("a season"),
        }  # fmt: skip
        words = " / ".join(names[kind] for kind in kinds if kind in names)
        return _("put the cursor on {what} first").format(what=words)

    return why
