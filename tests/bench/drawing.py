"""The map, against rich laying out as many lines of plain text as it has."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

from emergency.store import reference
from emergency.store.spots import Spot
from emergency.tui import raster

from .measure import Figure, paired

WIDTH, HEIGHT = 160, 48
#: Pictures in one run: one alone is a few milliseconds.
PICTURES = 20


def points(teams: int) -> tuple[Spot, ...]:
    """The divisions that ship, as many teams among them, and an incident."""
    ground = []
    for code, row in reference.regions():
        if row.get("level") in ("city", "county"):
            lat, lng = map(int, str(row["at"]).split(","))
            ground.append(Spot(row["level"], code, str(row["name"]), lat, lng))
    chance = random.Random(1)
    things = [
        Spot("team", f"T-{i}", "x", chance.randint(39_500_000, 40_900_000),
             chance.randint(115_500_000, 117_400_000), "ready")
        for i in range(teams)
    ]  # fmt: skip
    return (*ground, *things, Spot("incident", "I-1", "x", 39_700_000, 115_900_000))


def measure(runs: int) -> Iterator[Figure]:
    """With few teams, and with those of a province."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=io.StringIO(), width=WIDTH, height=HEIGHT)
    text = "\n".join("丰台排水抢险队 " * 9 for _line in range(HEIGHT))

    def lay_out() -> None:
        for _picture in range(PICTURES):
            console.render_lines(Text(text, no_wrap=True), pad=True)

    for teams, goal in ((40, 2.0), (2000, 12.0)):
        spots = points(teams)

        def draw(spots: tuple[Spot, ...] = spots) -> None:
            for _picture in range(PICTURES):
                view = raster.whole(raster.area(spots, "110000"), WIDTH, HEIGHT)
                assert view is not None
                frame = raster.framed(view, WIDTH, HEIGHT)
                raster.draw(spots, frame, raster.lettered(spots), ascii_only=False)

        yield paired(
            f"{PICTURES} maps of {teams} teams / rich lays out text", lambda _n, draw=draw: draw(),  # type: ignore[misc]
            lambda _n: lay_out(), goal, runs,
        )  # fmt: skip
