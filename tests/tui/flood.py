"""An incident that needs pumps, people and bags, and what a plan for it left in the store."""

from __future__ import annotations

import json
from typing import Any

from emergency.commands.inside import runner
from emergency.store.store import Store

TITLE = "丰台积水（样例）"
NEEDS = ("drainage>=6000m3/h", "people>=60", "sandbag>=3000")


def say(path: str, *typed: str) -> Any:
    """What a command line prints as JSON."""
    ran = runner(["--store", path])([*typed, "--json"])
    assert ran.code == 0, ran
    return json.loads(ran.out)


def opened(path: str, *needs: str, title: str = TITLE, more: tuple[str, ...] = ()) -> str:
    """An incident in Fengtai that needs these things within the hour."""
    where = ("--scenario", "waterlogging", "--level", "III", "--region", "110106", "--at", "39.86,116.28")
    incident = str(say(path, "incident", "open", title, *where, *more)["id"])
    for need in needs:
        assert runner(["--store", path])(["incident", "need", incident, need, "--by", "60min"]).code == 0
    return incident


def flooded(path: str) -> str:
    """The id of the incident that the fixture opened."""
    with Store(path) as store:
        return str(store.rows("SELECT id FROM incident WHERE title = ?", (TITLE,))[0]["id"])


def drafts(path: str) -> dict[str, str]:
    """{line: state} of all that a plan has drafted."""
    with Store(path) as store:
        found = store.rows(
            "SELECT l.id, l.state FROM line l JOIN callup c ON c.id = l.\"order\" WHERE c.note LIKE 'plan callup%'"
        )
    return {row["id"]: row["state"] for row in found}
