"""What a question covers is not painted under it.

Textual parts each line of a screen wherever a widget ends that stands there, covered or not, and of a Chinese
character across such a place it leaves two blanks: names in a question would lack it.
"""

from __future__ import annotations

from textual._compositor import Compositor
from textual.geometry import Region, Size
from textual.widget import Widget

Places = dict[Widget, tuple[Region, Region]]


class Uncovered(Compositor):
    """As Textual's, for screens over which bars are opened."""

    @property
    def visible_widgets(self) -> Places:
        """Each with its place, and what of that is to be seen."""
        known = self._visible_widgets is not None
        found = super().visible_widgets
        if not known:
            self._visible_widgets = found = _uncovered(found, self.size)
        return found


def _uncovered(found: Places, size: Size) -> Places:
    """The same, those in front first; what stands behind a bar is seen as far down as the bar begins."""
    out: Places = {}
    above: Region | None = None
    for widget, (region, clip) in found.items():
        out[widget] = region, clip if above is None else clip.intersection(above)
        if above is None and getattr(widget, "covers", False) and region.width == size.width:
            above = Region(0, 0, size.width, region.y)
    return out
