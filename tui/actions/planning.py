"""What the plan desk does: planning a call-up for incidents, and asking the plan what if."""

from __future__ import annotations

from emergency.store import readonly
from emergency.store.words import _
from emergency.tui.actions.kinds import Action, Where
from emergency.tui.actions.orders import incident_of
from emergency.tui.actions.reading import named

#: The screen of a plan.
PLAN = "plan"


def _about_incident(where: Where) -> str:
    return "" if incident_of(where) else _("put the cursor on {what} first").format(what=_("an incident"))


def _team(where: Where) -> str:
    if where.target is not None and where.target.kind == "team":
        return ""
    return _("put the cursor on {what} first").format(what=_("a team"))


def unwritable(where: Where) -> str:
    """Why a plan cannot be written down here; "" where it can."""
    return readonly.reason() or (_("the past does not change") if where.as_of else "")


def _plan(where: Where) -> list[str]:
    return ["plan", "callup", *named(incident_of(where) or "INCIDENT")]


def desk() -> tuple[Action, ...]:
    """From an incident to a plan, and on it."""
    group = _("Order desk")
    return (
        Action(
            "plan", ("exclamation_mark",), _("plan a call-up"), group, _about_incident, _plan, of_now=True
        ),
        Action("style", ("comma",), _("another style of plan"), group, rooms=(PLAN,)),
        Action("leave_out", ("minus",), _("leave it out, or take it back"), group, _team, rooms=(PLAN,)),
    )
