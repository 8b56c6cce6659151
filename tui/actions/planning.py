"""What the plan desk does: planning a call-up for incidents, and asking the plan what if."""

from __future__ import annotations

from emergency.store.words import _
from emergency.tui.actions.kinds import Action, Where
from emergency.tui.actions.orders import incident_of
from emergency.tui.actions.reading import named
from emergency.tui.actions.reasons import about

#: The screen of a plan.
PLAN = "plan"


def _plan(where: Where) -> list[str]:
    return ["plan", "callup", *named(incident_of(where) or "INCIDENT")]


def desk() -> tuple[Action, ...]:
    """From an incident to a plan, and on it."""
    group = _("Order desk")
    return (
        Action(
            "plan",
            ("exclamation_mark",),
            _("plan a call-up"),
            group,
            about("incident", "needs"),
            _plan,
            of_now=True,
        ),
        Action("style", ("comma",), _("another style of plan"), group, rooms=(PLAN,)),
        Action(
            "leave_out", ("minus",), _("leave it out, or take it back"), group, about("team"), rooms=(PLAN,)
        ),
    )
