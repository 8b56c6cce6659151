"""The plan of a season on the map: areas by how they are covered, sites, teams, and the ways they come.

What belongs to the line that is picked is reversed. A way is a row of dots in braille; in ASCII, and with
no colours at all, the signs alone tell everything: they are those of the list.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from emergency.store.spots import Spot
from emergency.store.text import in_lines, safe
from emergency.store.words import _
from emergency.tui import raster, stagedlines
from emergency.tui.map import Map
from emergency.tui.panel import Target
from emergency.tui.staged import COVERED, FREE, HOME, Plan, Thing
from emergency.tui.style import ascii_only

#: Kinds of point that can be picked, as they are stacked: the last over the first.
KINDS = ("site", "keyarea", "team")
#: With fewer lines than this only the ways of what is picked are drawn.
ALL_WAYS = 16
#: Lines for what is picked; twice as many, and as many for the signs as they take, on a map that is so tall.
MORE, TALL = 3, 20


class StageMap(Map):
    """See the module."""

    class Picked(Message):
        """Something was picked on the map."""

        def __init__(self, thing: Thing) -> None:
            super().__init__()
            self.thing = thing

    def __init__(self, *, id: str = "map") -> None:
        super().__init__(id=id)
        self._plan: Plan | None = None
        self._ground: tuple[Spot, ...] = ()

    def tell(self, plan: Plan | None, ground: Sequence[Spot], region: str | None) -> None:
        """Another plan, perhaps; on the ground of counties and cities, at first that of the region."""
        self._region = region
        # Whether a county lies in a warning is told on the map of the board.
        counties = tuple(spot._replace(standing="") for spot in ground if spot.kind in ("county", "city"))
        if (plan, counties) == (self._plan, self._ground):
            return
        self._plan, self._ground = plan, counties
        self._order, self._view = [], None
        things = (
            [] if plan is None else [x.here for some in (plan.sites, plan.areas, plan.teams) for x in some]
        )
        self._picked = None
        self._spots = (*self._ground, *things)
        self._draw()

    def pick(self, thing: Thing | None) -> None:
        """What the list is at: it comes into sight where it is not."""
        found = next((s for s in self._spots if (s.kind, s.id) == thing and s.kind in KINDS), None)
        if found == self._picked:
            return
        self._picked = found
        view, room = self._view, self._room()
        if found is not None and view is not None and raster.framed(view, *room).cell(found) is None:
            self._view = view._replace(lat=found.lat, lng=found.lng)
        self._draw()

    @property
    def thing(self) -> Thing | None:
        """What is picked."""
        return (self._picked.kind, self._picked.id) if self._picked else None

    def action_move(self, name: str) -> None:
        """See Map; the list is told what was picked."""
        before = self.thing
        super().action_move(name)
        if self.thing is not None and self.thing != before:
            self.post_message(self.Picked(self.thing))

    # -- see Map ---------------------------------------------------------------------------------

    def _whole(self) -> Sequence[Spot]:
        plan = self._plan
        if plan is None:
            return raster.area(self._ground, self._region)
        things = [s for s in self._spots if s.kind in KINDS] + [team.origin for team in plan.teams]
        return things or self._ground

    def _nearest(self, view: raster.View) -> list[Spot]:
        return raster.nearest(self._spots, view, KINDS)

    def _letters(self) -> dict[str, str]:
        return {}

    def _below(self) -> int:
        legend, told = self._rooms()
        return len(legend) + told

    def _rooms(self) -> tuple[list[str], int]:
        """(what the signs mean, in lines; how many lines there are for what is picked)."""
        if self.size.height < TALL:
            return [explained()], MORE
        return in_lines(explained(), max(1, self.size.width - 1)), 2 * MORE

    def _picture(self, frame: raster.Frame) -> raster.Picture:
        plan = self._plan
        if plan is None:
            grid = raster.ground(self._ground, frame, ascii_only=ascii_only())
            raster.names(self._ground, frame, grid, set())
            return raster.Picture(grid, {})
        return draw(plan, self._ground, frame, self.thing, ascii_only=ascii_only())

    def _under(self) -> list[list[tuple[str, str]]]:
        legend, room = self._rooms()
        told = stagedlines.said(self._plan, self.thing) if self._plan is not None else ("", "")
        if not told[0]:
            told = (_("n p pick, + - zoom, = all, Enter opens"), "")
        width = max(1, self.size.width - 2)
        first = in_lines(safe(told[0]), width) if self.size.height >= TALL else [safe(told[0])]
        lines = [*first, *(in_lines(safe(told[1]), width) if told[1] else [])]
        if len(lines) > room:
            # What finds no room is cut where the last line ends.
            lines = [*lines[: room - 1], " ".join(lines[room - 1 :])]
        rows = [[(f" {line}", "dim")] for line in legend]
        leads = [">" if self.thing else " ", *" " * len(lines)]
        return rows + [[(f"{lead} {line}", "")] for lead, line in zip(leads, lines, strict=False)]

    def _title(self) -> str:
        plan = self._plan
        if plan is None:
            return _("Map")
        if self._view is not None:
            return super()._title()
        lacking = sum(area.state == "open" for area in plan.areas)
        return _("Map: {n} teams placed, {lacking} of {areas} key areas not covered").format(
            n=len(plan.teams), lacking=lacking, areas=len(plan.areas)
        )

    @property
    def target(self) -> Target | None:
        """The record of what is picked."""
        return Target(*self.thing) if self.thing else None


def explained() -> str:
    """What the signs mean."""
    once, twice = COVERED["covered"], COVERED["twice"]
    return _(
        "1 a team, {home} from, {free} free site, A not covered, {once} once, {twice} twice (heavy {heavy})"
    ).format(home=HOME, free=FREE, once=once[0], twice=twice[0], heavy=once[1] + twice[1])


def draw(
    plan: Plan, spots: Sequence[Spot], frame: raster.Frame, picked: Thing | None, *, ascii_only: bool
) -> raster.Picture:
    """The picture; every row exactly as wide as the frame."""
    related = plan.related(picked)
    ways = [
        (team.origin, team.here)
        for team in plan.moved
        if frame.height >= ALL_WAYS or ("team", team.id) in related
    ]
    signs: list[tuple[Spot, str, str, bool]] = []
    for site in plan.sites:
        if not site.teams:
            signs.append((site.here, FREE, "dim", ("site", site.id) in related))
    for state in ("twice", "covered", "open"):
        for area in plan.areas:
            if area.state == state:
                tone = "late" if state == "open" else "good"
                signs.append((area.here, area.sign, tone, ("keyarea", area.id) in related))
    signs += [(t.origin, HOME, "dim", ("team", t.id) in related) for t in plan.moved]
    signs += [(t.here, t.sign, "head", ("team", t.id) in related) for t in plan.teams]
    # What is picked lies on top of what stands at the same place.
    signs.sort(key=lambda s: s[3] and s[1] != HOME)
    theirs = [(team.origin, team.here) for team in plan.moved if ("team", team.id) in related]
    return raster.signed(spots, frame, signs, ways, theirs, ascii_only=ascii_only)
