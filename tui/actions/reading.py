"""The command line that tells what the row under the cursor stands for."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from emergency.tui.actions.kinds import Where

#: Stands between the parts of the id of a line that is no record: of a team and a standard, of a list and a region.
APART = "\x1f"
#: What a whole screen says, where no row is chosen.
SCREENS = {
    "board": ["board"],
    "incidents": ["incident", "list"],
    "callups": ["callup", "list", "--open"],
    "teams": ["team", "list"],
    "equipment": ["equipment", "list"],
    "reserves": ["reserve", "list"],
    "journal": ["journal", "log"],
    "conflicts": ["conflict", "list"],
    "sync": ["sync", "status"],
    "charts": ["chart", "readiness"],
    "items": ["item", "list"],
    "members": ["member", "list"],
    "depots": ["depot", "list"],
    "officers": ["officer", "list"],
    "needs": ["need", "list"],
    "standards": ["standard", "audit"],
    "readiness": ["team", "readiness"],
    "recovery": ["recovery", "progress"],
    "losses": ["loss", "list"],
    "alerts": ["alert", "list", "--standing"],
    "seasons": ["season", "list"],
    "tasks": ["task", "list"],
    "keyareas": ["keyarea", "list"],
    "sites": ["site", "list"],
}


def named(*words: str) -> list[str]:
    """Arguments that are no options, whatever they begin with."""
    return ["--", *words] if any(word.startswith("-") for word in words) else [*words]


def reading(where: Where) -> list[str]:
    """The arguments after `emergency`."""
    if where.target is None:
        return list(SCREENS.get(where.room, ["board"]))
    kind, id_ = where.target
    if (where.room, kind) == ("readiness", "team"):
        return ["team", "readiness", *named(id_)]
    lines = {
        "line": ["callup", "show", *named(id_.split("/")[0])],
        "region": ["team", "list", *(["--region", id_] if id_ else [])],
        "contest": ["conflict", "show", *named(id_)],
        "conflict": ["conflict", "show", *named(id_)],
        "needs": ["need", "list", "--incident", id_],
        "group": ["standard", "audit", "--by", id_.partition(APART)[0]],
        "audit": ["standard", "gaps", "--team", id_.partition(APART)[0]],
        "entry": ["journal", "show", *named(id_)],
        "hub": ["sync", "status"],
        "newer": ["doctor"],
    }
    return lines.get(kind) or [kind, "show", *named(id_)]


def typed(where: Where, words: Sequence[str]) -> str:
    """A whole line, as it can be pasted into a shell."""
    return shlex.join([*where.prefix, *words])


def briefly(words: Sequence[str]) -> str:
    """The same without the store and the officer, where there is little room."""
    return shlex.join(["emergency", *words])


def command_line(where: Where) -> str:
    """`reading` as it can be pasted into a shell."""
    return typed(where, reading(where))
