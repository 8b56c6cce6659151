"""`emergency area`: sub-areas, staging areas and forward posts of incidents, and who is assigned there (row E6)."""

from __future__ import annotations

from typing import Any

from emergency.commands.catalog import commands
from emergency.commands.orderview import line_team, line_what, plain_line
from emergency.commands.register import register
from emergency.store import assigning, wording
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _


def about(store: Store, row: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The order lines that are assigned to an area."""
    found = assigning.assigned(store, row["id"])
    lines = [
        (
            _("Assigned"),
            drilled(r, f"{safe(r['id'])} {line_team(r)} {line_what(r)} {wording.state_words(r['state'])}"),
        )
        for r in found
    ]
    return {"lines": [plain_line(r) for r in found]}, lines


cli = register("area", help=commands()["area"].help, more=about)
