"""The lines of a table as they are painted: each is painted again only when its text is another."""

from __future__ import annotations

from typing import NamedTuple

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from emergency.store.text import cells, fit, in_lines, safe
from emergency.store.words import _
from emergency.tui.held import Held
from emergency.tui.keyed import Keyed
from emergency.tui.source import Source
from emergency.tui.widths import Widths

#: Lines above the first record.
HEAD = 2


class Shown(NamedTuple):
    """A line as it is painted."""

    text: str
    tone: str = ""
    here: bool = False


class TableLines(Keyed, can_focus=True):
    """What a table shows of the lines that it holds."""

    DEFAULT_CSS = "TableLines { height: 1fr; width: 1fr; }"

    def __init__(self, source: Source, id: str | None) -> None:
        super().__init__(id=id)
        self.source = source
        self.held = Held()
        self.marked: dict[str, None] = {}
        #: What is said where there is no line, rather than "nothing".
        self.empty = ""
        #: Whether its lines were read once.
        self.told = False
        #: Whether the first that was asked for was refused: nothing is on its way.
        self._gone = False
        #: Whether lines that a key asked for are on their way.
        self._loading = False
        self._news: set[tuple[str, str]] = set()
        self._widths = Widths(source.columns)
        self._shown: list[Shown] = []

    @property
    def _visible(self) -> int:
        return max(1, self.size.height - HEAD)

    @property
    def _room(self) -> int:
        return max(1, self.size.width - 2)

    def on_resize(self) -> None:
        """Everything is laid out for the room there is."""
        self._paint()

    def paint_title_and_cursor(self) -> None:
        """See Keyed."""
        self._paint()

    def say_if_empty(self, text: str) -> None:
        """What stands there while there is no line."""
        if text != self.empty:
            self.empty = text
            self._paint()

    def _paint(self) -> None:
        """Lay every line out, and have those painted that are not as they were."""
        self.held.keep_in_sight(self._visible)
        before, self._shown = self._shown, self._lay_out()
        if len(before) != len(self._shown):
            self.refresh()
            return
        changed = [y for y, line in enumerate(self._shown) if line != before[y]]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _lay_out(self) -> list[Shown]:
        held, height, columns = self.held, self.size.height, self._widths.visible(self._room)
        out = [
            Shown(self._title(), "here" if self.has_focus else "title"),
            Shown(self._widths.headings(self._room), "dim"),
        ]
        for i in range(held.top, min(len(held.lines), held.top + self._visible)):
            line, here = held.lines[i], i == held.cursor
            news = {name for id_, name in self._news if id_ == line.id} if self._news else set()
            lead = (">" if here else " ") + ("+" if line.id in self.marked else " ")
            text = lead + self._widths.joined(line.cells, columns, news, self._room)
            out.append(Shown(text, line.tone, here and self.has_focus))
        if not held.lines:
            words = (self.empty or _("nothing")) if self.told or self._gone else _("reading")
            out += [Shown("  " + line, "dim") for line in in_lines(words, self._room)]
        return (out + [Shown("")] * height)[:height]

    def _title(self) -> str:
        held, parts = self.held, [safe(self.source.title)]
        if self.marked:
            parts.append(_("{n} marked").format(n=len(self.marked)))
        if self._loading:
            parts.append(_("still looking"))
        if self._news:
            parts.append(_("^ just changed"))
        more = ""
        if held.lines:
            last = min(len(held.lines), held.top + self._visible)
            range_ = "" if held.before is None else f"{held.before + held.top + 1}-{held.before + last}/"
            more = f" {range_}{'?' if held.total is None else held.total} "
        lead = ">" if self.has_focus else "-"
        title = fit(f"{lead} {'  '.join(parts)} ", max(0, self.size.width - cells(more)))
        return title + "-" * (self.size.width - cells(title) - cells(more)) + more

    def render_line(self, y: int) -> Strip:
        """One line, as it was laid out."""
        line = self._shown[y] if y < len(self._shown) else Shown("")
        style = self.tone(line.tone)
        if line.here:
            style += self.cursor_style
        width = self.size.width
        text = fit(line.text, width)
        return Strip([Segment(text + " " * (width - cells(text)), style)], width)
