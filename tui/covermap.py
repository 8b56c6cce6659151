"""The map of the cover that a call-up plan leaves, before it and after it, beside the list of the areas.

Each area in reach of somebody who is called is a figure, the ready teams within reach of the type that has the
fewest; one that is left without is the capital letter of its lines in the list. The maps follow the list and have no keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from emergency.store.coverleft import WITHIN
from emergency.store.spots import Spot
from emergency.store.text import in_lines
from emergency.store.words import _
from emergency.tui import raster
from emergency.tui.coverview import AWAY, CALLED, MOVER, Shown, here, of_team
from emergency.tui.map import Map
from emergency.tui.stagemap import ALL_WAYS
from emergency.tui.style import ascii_only


class CoverMap(Map, can_focus=False):
    """See the module."""

    def __init__(self, *, after: bool) -> None:
        super().__init__(id="after" if after else "before")
        self._after = after
        self._shown: Shown | None = None
        #: The area that the list is at.
        self._region_at: str | None = None

    def tell(self, shown: Shown, ground: Sequence[Spot], region_at: str | None) -> None:
        """Another plan, perhaps, or another line of the list; on the ground of counties and cities."""
        counties = tuple(spot._replace(standing="") for spot in ground if spot.kind in ("county", "city"))
        if (shown, counties, region_at) == (self._shown, self._spots, self._region_at):
            return
        self._shown, self._spots, self._region_at = shown, counties, region_at
        self._draw()

    # -- see Map ---------------------------------------------------------------------------------

    def _whole(self) -> Sequence[Spot]:
        return self._spots if self._shown is None else things(self._shown)

    def _letters(self) -> dict[str, str]:
        return {}

    def _below(self) -> int:
        return len(self._legend())

    def _legend(self) -> list[str]:
        return in_lines(explained(after=self._after), max(1, self.size.width - 1))

    def _picture(self, frame: raster.Frame) -> raster.Picture:
        if self._shown is None:
            return raster.signed(self._spots, frame, (), ascii_only=ascii_only())
        return draw(
            self._shown, self._spots, frame, self._region_at, after=self._after, ascii_only=ascii_only()
        )

    def _under(self) -> list[list[tuple[str, str]]]:
        return [[(f" {line}", "dim")] for line in self._legend()]

    def _title(self) -> str:
        if self._shown is None:
            return _("Map")
        left = self._shown.left
        if not self._after:
            return _("Before: {n} areas covered").format(n=len(left.areas))
        return _("After: {bare} without, {thinner} with fewer").format(
            bare=left.bare, thinner=len(left.areas) - left.bare
        )


def things(shown: Shown) -> list[Spot]:
    """All that must be in sight, the same before and after, so that two maps can be compared."""
    left = shown.left
    return [
        *map(here, left.areas),
        *map(of_team, left.teams),
        *(team for team, _area in shown.ways()),
    ]


def explained(*, after: bool) -> str:
    """What the signs mean."""
    if not after:
        return _("1-9 ready teams within {n} min, of the type that has fewest; {called} to be called").format(
            n=WITHIN, called=CALLED
        )
    return _("1-9 ready teams left, A none of a type; {away} called away, {mover} could move up").format(
        away=AWAY, mover=MOVER
    )


def draw(
    shown: Shown,
    spots: Sequence[Spot],
    frame: raster.Frame,
    picked: str | None,
    *,
    after: bool,
    ascii_only: bool,
) -> raster.Picture:
    """The picture, `picked` an area's region; every row exactly as wide as the frame."""
    left = shown.left
    ways = shown.ways() if after else []
    own = shown.ways(picked) if after and picked is not None else []
    signs = [
        (of_team(team), AWAY if after else CALLED, "dim" if after else "head", False) for team in left.teams
    ]
    signs += [(team, MOVER, "head", False) for team, _area in ways]
    # What has the least lies on top.
    for area in reversed(left.areas):
        n = area.after if after else area.before
        sign = shown.signs.get(area.region, "0") if n == 0 else str(min(n, 9))
        tone = "late" if n == 0 else "ask" if after and area.after < area.before else "good"
        signs.append((here(area), sign, tone, area.region == picked))
    signs.sort(key=lambda s: s[3])
    all_ways = ways if frame.height >= ALL_WAYS else []
    return raster.signed(spots, frame, signs, all_ways, own, ascii_only=ascii_only)
