"""The area as a picture: counties as dots, towns by name, teams and incidents where they are.

Braille gives eight dots to a cell; where the terminal has none, ASCII. A digit is so many
teams ready there, `-` is teams of which none is ready, a capital is an incident. What the
picture shows is also told in words, in the panels beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, radians
from string import ascii_uppercase
from typing import NamedTuple

from emergency.store.spots import Spot
from emergency.store.text import cells, safe

#: Braille dots of a cell by (column, row).
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


#: With more counties than this in the frame only cities are named.
MOST_NAMED = 60


class Frame(NamedTuple):
    """The part of the world that is drawn, and into how many cells."""

    west: float
    north: float
    #: Degrees for one braille dot.
    across: float
    down: float
    width: int
    height: int

    def place(self, spot: Spot) -> tuple[int, int]:
        """(column, row) of the braille dot of a point."""
        return int((spot.lng - self.west) / self.across), int((self.north - spot.lat) / self.down)

    def holds(self, spot: Spot) -> bool:
        """Whether the point lies in it."""
        x, y = self.place(spot)
        return (
            spot.lng >= self.west and spot.lat <= self.north and x // 2 < self.width and y // 4 < self.height
        )


def frame(shown: Sequence[Spot], width: int, height: int) -> Frame | None:
    """The smallest frame round the points, north up, as long as it is broad on the ground."""
    if not shown or width < 4 or height < 3:
        return None
    south, north = min(s.lat for s in shown), max(s.lat for s in shown)
    west, east = min(s.lng for s in shown), max(s.lng for s in shown)
    shrink = cos(radians((south + north) / 2e6))
    # One dot stands for as much ground across as down; a cell is two dots by four.
    dot = max((east - west) * shrink / (width * 2 - 2), (north - south) / (height * 4 - 2), 1000.0)
    across, down = dot / shrink, dot
    left = (west + east) / 2 - across * width
    top = (south + north) / 2 + down * height * 2
    return Frame(left, top, across, down, width, height)


def area(spots: Sequence[Spot], region: str | None) -> list[Spot]:
    """The points that must be in the frame: the station's province, and wherever teams and incidents are."""
    provinces = {region[:2]} if region else set()
    things = [s for s in spots if s.kind in ("team", "incident")]
    ground = [s for s in spots if s.kind in ("county", "city")]
    return [s for s in ground if not provinces or s.id[:2] in provinces] + things


def draw(
    spots: Sequence[Spot], region: str | None, width: int, height: int, *, ascii_only: bool
) -> list[str]:
    """The lines of the map, each exactly `width` cells."""
    view = frame(area(spots, region), width, height)
    if view is None:
        return [" " * width] * height
    spots = [s for s in spots if view.holds(s)]
    # A cell holds text; a cell taken by the right half of a wide character holds "".
    grid = _ground(spots, view, ascii_only)
    taken = _things(spots, view, grid)
    _names(spots, view, grid, taken)
    return ["".join(line) for line in grid]


def _ground(spots: Sequence[Spot], view: Frame, ascii_only: bool) -> list[list[str]]:
    dots = [[0] * view.width for _ in range(view.height)]
    for spot in spots:
        if spot.kind in ("county", "city"):
            x, y = view.place(spot)
            dots[y // 4][x // 2] |= _DOTS[x % 2][y % 4]
    return [[" " if not d else "." if ascii_only else chr(0x2800 + d) for d in line] for line in dots]


def _things(spots: Sequence[Spot], view: Frame, grid: list[list[str]]) -> set[tuple[int, int]]:
    """Teams, then incidents over them; returns the cells they took."""
    ready: dict[tuple[int, int], int] = {}
    incidents: dict[tuple[int, int], str] = {}
    letters = iter(ascii_uppercase)
    for spot in spots:
        x, y = view.place(spot)
        cell = (x // 2, y // 4)
        if spot.kind == "team":
            ready[cell] = ready.get(cell, 0) + spot.ready
        elif spot.kind == "incident":
            incidents.setdefault(cell, next(letters, "*"))
    for (x, y), count in ready.items():
        grid[y][x] = "-" if not count else str(count) if count < 10 else "+"
    for (x, y), letter in incidents.items():
        grid[y][x] = letter
    return {*ready, *incidents}


def _names(spots: Sequence[Spot], view: Frame, grid: list[list[str]], taken: set[tuple[int, int]]) -> None:
    """Names to the right of their dots, where nothing is in the way: cities, and counties when they are few."""
    named = [s for s in spots if s.kind == "city"]
    counties = [s for s in spots if s.kind == "county"]
    if len(counties) <= MOST_NAMED:
        named += counties
    for spot in named:
        x, y = view.place(spot)
        name, column, row = safe(spot.name), x // 2 + 1, y // 4
        room = {(column + i, row) for i in range(cells(name))}
        if column + cells(name) > view.width or room & taken:
            continue
        taken |= room
        for char in name:
            grid[row][column] = char
            for right in range(1, cells(char)):
                grid[row][column + right] = ""
            column += cells(char)


def legend(spots: Sequence[Spot]) -> list[tuple[str, Spot]]:
    """(letter, incident), as the map letters them."""
    found = [s for s in spots if s.kind == "incident"]
    return [(ascii_uppercase[i] if i < 26 else "*", spot) for i, spot in enumerate(found)]
