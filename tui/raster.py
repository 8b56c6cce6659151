"""The area as a picture of characters: counties as dots, towns by name, and what stands where.

Braille gives eight dots to a cell; where the terminal has none, ASCII. A digit is so many
teams ready there, `-` is teams of which none is ready, a capital is an incident. A warning is
its outline, and `~` before the name of each place in it. What the picture shows is also told in words, in
the panels beside it. Nothing here knows a widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import cos, floor, hypot, radians
from string import ascii_uppercase
from typing import NamedTuple

from emergency.store.places import Point
from emergency.store.spots import THINGS, WARNED, Spot
from emergency.store.text import cells, safe

#: Braille dots of a cell by (column, row).
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
#: With more counties than this in the frame only cities are named.
MOST_NAMED = 60
#: How many times the area can be doubled or halved.
DEEPEST, FARTHEST = 12, -4
#: What a depot, a staging site, a place in a warning, and an incident without a letter are drawn as; and an outline in ASCII.
DEPOT, SITE, WARNING, UNLETTERED, OUTLINE = "#", "^", "~", "*", ":"
#: The least ground for one dot, in millionths of a degree.
_LEAST_DOT = 1000.0
_POLE, _DATELINE = 90_000_000, 180_000_000


class View(NamedTuple):
    """What part of the world is looked at: a middle, and how much ground a dot stands for."""

    #: The middle, in millionths of a degree.
    lat: int
    lng: int
    #: Millionths of a degree of latitude for one dot, before zooming.
    dot: float
    #: How many times it was doubled.
    zoom: int = 0

    def panned(self, right: int, down: int) -> View:
        """Moved by eighths of some 160 dots; as it was where that would leave the world."""
        step = self.dot * 20 / 2**self.zoom
        lat, lng = self.lat - round(step * down), self.lng + round(step * right)
        if abs(lat) > _POLE or abs(lng) > _DATELINE:
            return self
        return self._replace(lat=lat, lng=lng)

    def zoomed(self, by: int) -> View:
        """Nearer, or from farther away; as it was at the end of what is possible."""
        zoom = self.zoom + by
        return self._replace(zoom=zoom) if FARTHEST <= zoom <= DEEPEST else self


class Frame(NamedTuple):
    """A view in a room of cells."""

    west: float
    north: float
    #: Degrees for one braille dot.
    across: float
    down: float
    width: int
    height: int

    def place(self, spot: Spot | Point) -> tuple[int, int]:
        """(column, row) of the braille dot of a point; outside the room for one that is not in it."""
        return floor((spot.lng - self.west) / self.across), floor((self.north - spot.lat) / self.down)

    def cell(self, spot: Spot) -> tuple[int, int] | None:
        """(column, row) of the cell of a point; None for one that is not in it."""
        x, y = self.place(spot)
        inside = 0 <= x < self.width * 2 and 0 <= y < self.height * 4
        return (x // 2, y // 4) if inside else None


class Picture(NamedTuple):
    """Rows of cells, "" where the cell before is a wide character; the tones of those that have one."""

    grid: list[list[str]]
    tones: dict[tuple[int, int], str]

    @property
    def lines(self) -> list[str]:
        """The rows as text."""
        return ["".join(row) for row in self.grid]


def area(spots: Sequence[Spot], region: str | None) -> list[Spot]:
    """The points that must be in the first view: the station's province, and wherever things are.

    Of warnings only where there is nothing else: one may be for half a continent.
    """
    provinces = {region[:2]} if region else set()
    things = [s for s in spots if s.kind in THINGS and s.kind != "alert"]
    ground = [s for s in spots if s.kind in ("county", "city")]
    shown = [s for s in ground if not provinces or s.id[:2] in provinces] + things
    return shown or [s for s in spots if s.kind == "alert"]


def whole(shown: Sequence[Spot], width: int, height: int) -> View | None:
    """The nearest view in which all these points are; None without a point or without room."""
    if not shown or width < 4 or height < 3:
        return None
    south, north = min(s.lat for s in shown), max(s.lat for s in shown)
    west, east = min(s.lng for s in shown), max(s.lng for s in shown)
    lat, lng = (south + north) // 2, (west + east) // 2
    # One dot stands for as much ground across as down; a cell is two dots by four.
    dot = max(
        (east - west) * _shrink(lat) / (width * 2 - 4), (north - south) / (height * 4 - 4), _LEAST_DOT
    )  # fmt: skip
    return View(lat, lng, dot)


def framed(view: View, width: int, height: int) -> Frame:
    """The view, north up, as long as it is broad on the ground."""
    down = view.dot / 2**view.zoom
    across = down / _shrink(view.lat)
    return Frame(
        view.lng - across * width, view.lat + down * height * 2, across, down, width, height
    )  # fmt: skip


def _shrink(lat: int) -> float:
    """How much shorter a degree is across than down."""
    return max(0.05, cos(radians(lat / 1e6)))


def nearest(spots: Sequence[Spot], view: View, kinds: Sequence[str] = THINGS) -> list[Spot]:
    """What can be picked, nearest to the middle of the view first; at one place what is drawn on top."""
    shrink = _shrink(view.lat)

    def distance(spot: Spot) -> tuple[float, int, str]:
        off = hypot((spot.lng - view.lng) * shrink, spot.lat - view.lat)
        return off, -kinds.index(spot.kind), spot.id

    return sorted((s for s in spots if s.kind in kinds), key=distance)


def lettered(spots: Sequence[Spot], most: int = 26) -> dict[str, str]:
    """{incident: letter} for as many as the legend has room for; the others are drawn as `*`."""
    found = [s.id for s in spots if s.kind == "incident"]
    return dict(zip(found[:most], ascii_uppercase, strict=False))


def draw(
    spots: Sequence[Spot],
    frame: Frame,
    letters: dict[str, str],
    *,
    ascii_only: bool,
    picked: Spot | None = None,
) -> Picture:
    """The picture; every row exactly as wide as the frame."""
    grid = ground(spots, frame, ascii_only=ascii_only)
    outlined = _outlines(spots, frame, grid, ascii_only=ascii_only)
    tones = _things(spots, frame, grid, letters)
    taken = set(tones)
    if picked is not None and (cell := frame.cell(picked)) is not None:
        tones[cell] = "cursor"
    named = names(spots, frame, grid, taken)
    return Picture(grid, {**dict.fromkeys(outlined, "ask"), **named, **tones})


def signed(
    spots: Sequence[Spot],
    frame: Frame,
    signs: Sequence[tuple[Spot, str, str, bool]],
    ways: Sequence[tuple[Spot, Spot]] = (),
    picked: Sequence[tuple[Spot, Spot]] = (),
    *,
    ascii_only: bool,
) -> Picture:
    """A plan on the ground: (where, sign, tone, whether it is picked) of its things, each over the one before, and its ways.

    Ways that are picked have a tone; every row is exactly as wide as the frame.
    """
    grid = ground(spots, frame, [*ways, *(way for way in picked if way not in ways)], ascii_only=ascii_only)
    tones: dict[tuple[int, int], str] = {}
    for spot, sign, tone, on_top in signs:
        if (cell := frame.cell(spot)) is not None:
            grid[cell[1]][cell[0]] = sign
            tones[cell] = "cursor" if on_top else tone
    taken = set(tones)
    for way in picked:
        for x, y in () if ascii_only else along(frame, *way):
            taken.add((x // 2, y // 4))
            tones.setdefault((x // 2, y // 4), "ask")
    names(spots, frame, grid, taken)
    return Picture(grid, tones)


def ground(
    spots: Sequence[Spot], frame: Frame, ways: Sequence[tuple[Spot, Spot]] = (), *, ascii_only: bool
) -> list[list[str]]:
    """Counties and cities as dots, and straight ways between points as rows of them; ASCII has no ways."""
    dots = [[0] * frame.width for _ in range(frame.height)]
    for spot in spots:
        if spot.kind in ("county", "city") and (cell := frame.cell(spot)) is not None:
            x, y = frame.place(spot)
            dots[cell[1]][cell[0]] |= _DOTS[x % 2][y % 4]
    for x, y in () if ascii_only else (dot for way in ways for dot in along(frame, *way)):
        dots[y // 4][x // 2] |= _DOTS[x % 2][y % 4]
    return [[" " if not d else "." if ascii_only else chr(0x2800 + d) for d in line] for line in dots]


def along(frame: Frame, start: Spot | Point, end: Spot | Point) -> list[tuple[int, int]]:
    """The dots of the room on a straight way, each once, from its start."""
    (x0, y0), (x1, y1) = frame.place(start), frame.place(end)
    first, last = 0.0, 1.0
    # What part of the way is in the room: a way may be as long as the earth.
    for at, step, room in ((x0, x1 - x0, frame.width * 2), (y0, y1 - y0, frame.height * 4)):
        if step == 0:
            if not 0 <= at < room:
                return []
            continue
        near, far = sorted((-at / step, (room - 1 - at) / step))
        first, last = max(first, near), min(last, far)
    if first > last:
        return []
    # Each less than a dot long, or a half that is rounded now up and now down would leave a gap.
    steps = floor((last - first) * max(abs(x1 - x0), abs(y1 - y0))) + 1
    points = (first + (last - first) * n / steps for n in range(steps + 1))
    out = dict.fromkeys((floor(x0 + t * (x1 - x0) + 0.5), floor(y0 + t * (y1 - y0) + 0.5)) for t in points)
    return [(x, y) for x, y in out if 0 <= x < frame.width * 2 and 0 <= y < frame.height * 4]


def _outlines(
    spots: Sequence[Spot], frame: Frame, grid: list[list[str]], *, ascii_only: bool
) -> set[tuple[int, int]]:
    """The outlines of warnings, over the ground; returns their cells."""
    out = set()
    for one, other in (ends for spot in spots for ring in spot.rings for ends in pairwise(ring)):
        # What seems to go round the earth crosses the date line.
        for x, y in () if abs(one.lng - other.lng) > _DATELINE else along(frame, one, other):
            column, row = x // 2, y // 4
            out.add((column, row))
            there = grid[row][column]
            if ascii_only:
                grid[row][column] = OUTLINE if there == " " else there
            else:
                before = 0x2800 if there == " " else ord(there)
                grid[row][column] = chr(before | _DOTS[x % 2][y % 4])
    return out


def _things(
    spots: Sequence[Spot], frame: Frame, grid: list[list[str]], letters: dict[str, str]
) -> dict[tuple[int, int], str]:
    """Each kind over the one before it, as THINGS has them; returns the tones of the cells they took."""
    here: dict[str, dict[tuple[int, int], list[Spot]]] = {kind: {} for kind in THINGS}
    for spot in spots:
        if spot.kind in here and (cell := frame.cell(spot)) is not None:
            here[spot.kind].setdefault(cell, []).append(spot)
    tones: dict[tuple[int, int], str] = {}
    for kind, found in here.items():
        for (x, y), alike in found.items():
            grid[y][x], tones[x, y] = _mark(kind, alike, letters)
    return tones


def _mark(kind: str, alike: Sequence[Spot], letters: dict[str, str]) -> tuple[str, str]:
    """(character, tone) of the things of one kind in a cell."""
    if kind == "team":
        ready = sum(s.ready for s in alike)
        return ("-", "dim") if not ready else (str(ready) if ready < 10 else "+", "good")
    if kind == "incident":
        return letters.get(alike[0].id, UNLETTERED), "late"
    return {"depot": (DEPOT, ""), "site": (SITE, "")}.get(kind, (WARNING, "ask"))


def _write(row: list[str], column: int, name: str) -> None:
    """A name into the cells of a line, from a column on."""
    for char in name:
        wide = cells(char)
        if not wide:
            # One that combines stands in the cell of the character before it.
            row[column - 1] += char
            continue
        row[column] = char
        row[column + 1 : column + wide] = [""] * (wide - 1)
        column += wide


def names(
    spots: Sequence[Spot], frame: Frame, grid: list[list[str]], taken: set[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """Names to the right of their dots, where nothing is in the way: cities, and counties when they are few.

    A place in a warning has `~` before its name, else where its dot is, or right of what stands there.
    Returns the tones of the cells.
    """
    tones: dict[tuple[int, int], str] = {}
    inside = [s for s in spots if s.kind in ("city", "county") and frame.cell(s) is not None]
    named = [s for s in inside if s.kind == "city"]
    counties = [s for s in inside if s.kind == "county"]
    if len(counties) <= MOST_NAMED:
        named += counties
    nameless = {frame.cell(s): s for s in inside if s.standing == WARNED}
    for spot in named:
        x, y = frame.place(spot)
        warned = spot.standing == WARNED
        name, column, row = WARNING * warned + safe(spot.name), x // 2 + 1, y // 4
        room = {(column + i, row) for i in range(cells(name))}
        if column + cells(name) > frame.width or room & taken:
            continue
        taken |= room
        nameless.pop((x // 2, y // 4), None)
        tones |= dict.fromkeys(room, "ask" if warned else "")
        _write(grid[row], column, name)
    for cell in sorted(filter(None, nameless)):
        free = cell if cell not in taken else (cell[0] + 1, cell[1])
        if free not in taken and free[0] < frame.width:
            grid[free[1]][free[0]], tones[free] = WARNING, "ask"
    return tones
