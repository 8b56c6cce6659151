"""The map of the area as a widget: moved and magnified by keys, and what stands on it picked in turn.

raster.py draws it. The thing picked is named in words with its coordinates, whatever a terminal
can draw; so is every incident.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip

from emergency.store.records import RECORDS
from emergency.store.records.team import READINESS
from emergency.store.spots import Spot
from emergency.store.text import cells, fit, safe
from emergency.store.words import _, added, language, listed, ngettext
from emergency.tui import raster
from emergency.tui.actions import in_picture
from emergency.tui.actions.pictures import MAP
from emergency.tui.keyed import Keyed
from emergency.tui.panel import Panel, Target
from emergency.tui.style import ascii_only

#: So many warnings are told in words under the picture.
MOST_TOLD = 3


_PANS = {"west": (-1, 0), "east": (1, 0), "north": (0, -1), "south": (0, 1)}


class Map(Keyed, can_focus=True):
    """See the module."""

    #: See Where.
    picture = MAP
    DEFAULT_CSS = "Map { width: 1fr; height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"move('{a.id.removeprefix('map_')}')", a.id, show=False, id=a.id)
        for a in in_picture(MAP)
    ]

    def __init__(self, *, id: str = "map") -> None:
        super().__init__(id=id)
        self._spots: tuple[Spot, ...] = ()
        self._region: str | None = None
        #: Where a person has moved to; None while all is to be seen.
        self._view: raster.View | None = None
        self._order: list[Spot] = []
        self._picked: Spot | None = None
        self._lines: list[list[tuple[str, str]]] = []

    def show(self, spots: tuple[Spot, ...], region: str | None) -> None:
        """Other points, perhaps; drawn only when they are. What was picked stays picked while it is there."""
        if (spots, region) == (self._spots, self._region):
            return
        self._spots, self._region = spots, region
        if self._picked is not None:
            here = {(s.kind, s.id): s for s in spots}
            self._picked = here.get((self._picked.kind, self._picked.id))
        self._order = []
        self._draw()

    @property
    def target(self) -> Target | None:
        """The record of the thing picked."""
        return Target(self._picked.kind, self._picked.id) if self._picked else None

    @property
    def view(self) -> raster.View | None:
        """What is looked at; None where there is nothing, or no room."""
        width, height = self._room()
        return self._view or raster.whole(self._whole(), width, height)

    # -- what kinds of maps differ in ------------------------------------------------------------

    def _whole(self) -> Sequence[Spot]:
        """The points that are in sight at first."""
        return raster.area(self._spots, self._region)

    def _nearest(self, view: raster.View) -> list[Spot]:
        """What can be picked, nearest to the middle first."""
        return raster.nearest(self._spots, view)

    def _below(self) -> int:
        """Lines under the picture."""
        return 2 + len(self._letters()) + len(self._warnings())

    def _picture(self, frame: raster.Frame) -> raster.Picture:
        return raster.draw(
            self._spots, frame, self._letters(), ascii_only=ascii_only(), picked=self._picked
        )  # fmt: skip

    def _under(self) -> list[list[tuple[str, str]]]:
        """The lines under the picture, as runs of (text, tone): what it means, and what is picked."""
        letters = self._letters()
        named = {s.id: s for s in self._spots if s.kind == "incident"}
        rows = [[(f" {letter} ", "late"), (_told(named[i]), "")] for i, letter in letters.items()]
        rows += [[(f" {raster.WARNING} ", "ask"), (_told(s), "")] for s in self._warnings()]
        return [*rows, [(" " + _explained(len(named) - len(letters)), "dim")], [(self._said(), "")]]

    # -- moving ----------------------------------------------------------------------------------

    def action_move(self, name: str) -> None:
        """What a key does."""
        view = self.view
        if name == "open":
            if self.target is not None:
                self.post_message(Panel.Chosen(self.target))
            return
        if view is None:
            return
        if name in ("next", "previous"):
            self._step(view, 1 if name == "next" else -1)
            self.post_message(Panel.Elsewhere())
        else:
            self._order = []
            self._view = self._moved(view, name)
        self._draw()

    @staticmethod
    def _moved(view: raster.View, name: str) -> raster.View | None:
        if name == "all":
            return None
        if name in _PANS:
            return view.panned(*_PANS[name])
        return view.zoomed(1 if name == "nearer" else -1)

    def _step(self, view: raster.View, by: int) -> None:
        """Pick the next thing, nearest to the middle first; the order stays while only things are picked."""
        if not self._order:
            self._order = self._nearest(view)
            at = -1 if by > 0 else 0
        else:
            at = self._order.index(self._picked) if self._picked in self._order else -1
        if not self._order:
            return
        self._picked = self._order[(at + by) % len(self._order)]
        width, height = self._room()
        if raster.framed(view, width, height).cell(self._picked) is None:
            self._view = view._replace(lat=self._picked.lat, lng=self._picked.lng)

    # -- drawing ---------------------------------------------------------------------------------

    def _letters(self) -> dict[str, str]:
        return raster.lettered(self._spots, min(26, max(1, self.size.height // 5)))

    def _warnings(self) -> list[Spot]:
        """The warnings that are told in words, the most pressing first; the others are picked like any thing."""
        found = [s for s in self._spots if s.kind == "alert"]
        return found[: min(MOST_TOLD, max(1, self.size.height // 10))]

    def _room(self) -> tuple[int, int]:
        """Cells of the picture: what the title and the lines under it leave."""
        return self.size.width, max(0, self.size.height - 1 - self._below())

    def on_resize(self) -> None:
        """Drawn anew for the room there is."""
        self._draw()

    def _draw(self) -> None:
        width, height = self._room()
        view = self.view
        rows: list[list[tuple[str, str]]] = [[] for _row in range(height)]
        if view is not None and width >= 4 and height >= 3:
            picture = self._picture(raster.framed(view, width, height))
            rows = [_runs(row, y, picture.tones) for y, row in enumerate(picture.grid)]
        self._lines = [*rows, *self._under()]
        self.refresh()

    def _said(self) -> str:
        if self._picked is not None:
            return f"> {_told(self._picked)}"
        return " " + _("n p pick, + - zoom, = all, Enter opens")

    def paint_title_and_cursor(self) -> None:
        """See Keyed."""
        self.refresh(Region(0, 0, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the widget, by its place in it."""
        width = self.size.width
        if y == 0:
            lead = ">" if self.has_focus else "-"
            title = fit(f"{lead} {self._title()} ", width)
            return Strip([Segment(title + "-" * (width - cells(title)), self.title_style)], width)
        row = self._lines[y - 1] if y <= len(self._lines) else []
        left, out = width, []
        for text, tone in row:
            shown = fit(text, left)
            out.append(Segment(shown, self.tone(tone)))
            left -= cells(shown)
        return Strip([*out, Segment(" " * left, self.rich_style)], width)

    def _title(self) -> str:
        things = [s.kind for s in self._spots]
        if self._view is not None:
            place = _place(self._view.lat, self._view.lng)
            return _("Map: middle {place}, zoom {zoom}").format(place=place, zoom=self._view.zoom)
        teams, incidents, depots = (things.count(kind) for kind in ("team", "incident", "depot"))
        counted = (
            ngettext("{n} team", "{n} teams", teams).format(n=teams),
            ngettext("{n} incident", "{n} incidents", incidents).format(n=incidents),
            ngettext("{n} depot", "{n} depots", depots).format(n=depots),
        )
        return _("Map: {things}").format(things=functools.reduce(added, counted))


def _runs(row: Sequence[str], y: int, tones: dict[tuple[int, int], str]) -> list[tuple[str, str]]:
    """A row of cells as runs of one tone."""
    out: list[tuple[str, str]] = []
    for x, text in enumerate(row):
        tone = tones.get((x, y), "")
        if out and out[-1][1] == tone:
            out[-1] = (out[-1][0] + text, tone)
        else:
            out.append((text, tone))
    return out


def _place(lat: int, lng: int) -> str:
    return f"{lat / 1e6:.5f},{lng / 1e6:.5f}"


def _told(spot: Spot) -> str:
    """A thing in words, with its coordinates; never by its place on the picture alone."""
    if spot.kind == "alert":
        # It is no point: what it says goes before where its middle is.
        return f"{safe(spot.name)} {safe(spot.id)} {_place(spot.lat, spot.lng)}"
    kind = RECORDS[spot.kind].label if spot.kind in RECORDS else spot.kind
    words = [safe(spot.id), safe(spot.name), "" if spot.kind == "incident" else kind]
    if spot.standing:
        pair = READINESS.get(spot.standing)
        known = {"stale": _("stale"), "never": _("never reported")}
        words.append(
            pair[1 if language() == "zh" else 0] if pair else known.get(spot.standing, spot.standing)
        )
    # The place stands where it is not cut off; a name may be.
    return " ".join(filter(None, [words[0], _place(spot.lat, spot.lng), *words[1:]]))


def _explained(unlettered: int) -> str:
    """What the characters of the picture mean."""
    more = _("* {n} more incidents").format(n=unlettered) if unlettered else ""
    signs = _("1-9+ ready - none {depot} depot {site} site A-Z incident")
    return listed((more, signs.format(depot=raster.DEPOT, site=raster.SITE)))
