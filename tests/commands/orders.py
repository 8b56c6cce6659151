"""What the tests of call-up orders share: the stage's names, a line's steps, the list of lines."""

from __future__ import annotations

from typing import Any

from tests.commands.conftest import Officer, Stage

TEAM, OTHER, BIG, SMALL, INCIDENT = (
    Stage.DRAINERS,
    Stage.RESCUERS,
    Stage.BIG,
    Stage.SMALL,
    Stage.INCIDENT,
)
FOR = ("--incident", INCIDENT)


def steps(desk: Officer, order: str, *names: str, **options: str) -> None:
    more = [word for name, value in options.items() for word in (f"--{name}", value)]
    for name in names:
        desk.done("callup", name, order, *more)


def lines(desk: Officer, *options: str) -> list[Any]:
    value: list[Any] = desk.done("callup", "list", *options, "--json").json
    return value
