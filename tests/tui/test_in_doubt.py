"""Where orders are enough: what of them may not come."""

from __future__ import annotations

import json

from emergency.commands.inside import runner
from emergency.store import needs
from emergency.store.store import Store
from emergency.tui.detailscreen import DetailsScreen
from emergency.tui.plandesk import PlanDesk

from . import walk
from .screen import on_duty


async def test_where_enough_is_ordered_the_lines_that_nobody_answered_are_named_and_open(demo: str) -> None:
    """As `plan callup` of the incident names them."""
    with Store(demo) as store:
        (incident,) = (row["id"] for row in needs.wanting(store))
    ran = runner(["--store", demo])(["plan", "callup", incident, "--json"])
    late = [(one["line"], one["team"]) for one in json.loads(ran.out)["counted"]]
    assert late
    async with on_duty(demo) as duty:
        shown = await walk.opened(duty, "plan")
        assert f"! {len(late)} lines count as coming, and are in doubt" in shown
        assert [text for line in late for text in line if text not in shown] == []
        assert "no answer" in shown and "not arrived" in shown
        # Enter on one of them opens it.
        await walk.pressed(duty, "down", "down", "enter")
        assert isinstance(duty.app.screen, DetailsScreen) and late[0][0] in duty.text
        await walk.pressed(duty, "escape")
        assert isinstance(duty.app.screen, PlanDesk)
