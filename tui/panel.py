"""A panel: a title, rows, and a cursor. The one widget that lists are made of.

Cells are plain text, made safe here, and never markup: a team's name cannot drive a terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from emergency.store.text import cells, fit, in_lines, safe
from emergency.store.words import _
from emergency.tui.actions import in_panel
from emergency.tui.keyed import Keyed

#: With less room a line is cut all the same.
_LEAST_WRAPPED = 16


class Target(NamedTuple):
    """The record a row stands for: what Enter opens."""

    kind: str
    id: str


class Row(NamedTuple):
    """One line of a panel."""

    cells: tuple[str, ...]
    tone: str = ""
    target: Target | None = None


def heading(text: str) -> Row:
    """What stands over the rows below it, in the middle of three cells."""
    return Row(("", text, ""), "head")


def alone(row: Row) -> int:
    """The column of a heading that has its line to itself, so that it goes on over those behind; -1 for any other row."""
    said = [i for i, text in enumerate(row.cells) if text]
    return said[0] if row.tone == "head" and len(said) == 1 else -1


def more(count: int, most: int) -> tuple[Row, ...]:
    """How many are left out of so many, where there is room for `most`; nothing where none is."""
    if count <= most:
        return ()
    return (Row(("", "", _("and {n} more").format(n=count - most)), "dim"),)


class Column(NamedTuple):
    """How a column behaves when there is little room."""

    heading: str = ""
    #: It may give way down to this many cells; 0: it never does.
    least: int = 0
    #: Left out altogether before anything is lost that cannot be.
    optional: bool = False
    right: bool = False


def widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Cells for each column, one cell between them; 0 leaves a column out."""
    out = [max((cells(row[i]) for row in rows if i < len(row)), default=0) for i in range(len(columns))]

    def total() -> int:
        shown = [w for w in out if w]
        return sum(shown) + len(shown) - 1

    for i in reversed(range(len(columns))):
        if columns[i].optional and total() > room:
            out[i] = 0
    while total() > room:
        give = [i for i, c in enumerate(columns) if c.least and out[i] > c.least]
        if not give:
            break
        out[max(give, key=lambda i: out[i])] -= 1
    return out


class Panel(Keyed, can_focus=True):
    """See the module."""

    DEFAULT_CSS = "Panel { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"act('{a.id}')", a.id, show=False, id=a.id) for a in in_panel()
    ]

    class Elsewhere(Message):
        """Another record is under the cursor, or none is."""

    class Chosen(Message):
        """Enter was pressed on a row that stands for a record."""

        def __init__(self, target: Target) -> None:
            super().__init__()
            self.target = target

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        id: str | None = None,
        empty: str = "",
        lit: bool = False,
        wrap: bool = False,
    ) -> None:
        """With `lit` the cursor shows though the keys go elsewhere; `wrap` goes on in a next line, and cuts nothing."""
        super().__init__(id=id)
        self._lit, self._wrap = lit, wrap
        self._given: tuple[Row, ...] = ()
        self.columns = columns
        self.title = ""
        #: Whether it was told what to show.
        self.told = False
        self.empty = empty
        self.rows: list[Row] = []
        self.cursor = 0
        self._top = 0
        self._widths: list[int] = []

    @property
    def target(self) -> Target | None:
        """The record under the cursor."""
        return self.rows[self.cursor].target if self.cursor < len(self.rows) else None

    def show(self, title: str, rows: Sequence[Row]) -> None:
        """New rows; the cursor stays on its record. Nothing is painted that is as it was."""
        given = tuple(rows)
        if title == self.title and given == self._given and self.told:
            return
        before, first, self.told = self.target, not self.told, True
        self.title, self._given = title, given
        self._put()
        if first or self.target != before:
            self.post_message(self.Elsewhere())

    def _put(self) -> None:
        target = self.target
        rows = [row._replace(cells=tuple(map(safe, row.cells))) for row in self._given]
        self.rows = self._wrapped(rows) if self._wrap else rows
        same = [i for i, row in enumerate(self.rows) if target is not None and row.target == target]
        self.cursor = same[0] if same else max(0, min(self.cursor, len(self.rows) - 1))
        self._lay_out()
        self.refresh()

    def _wrapped(self, rows: Sequence[Row]) -> list[Row]:
        """Each row, and what of its last cell finds no room in rows below it."""
        last = len(self.columns) - 1
        parted = [row for row in rows if alone(row) < 0]
        before = [max((cells(r.cells[i]) for r in parted), default=0) for i in range(last)]
        room = self.size.width - 2 - sum(width + 1 for width in before if width)
        if room < _LEAST_WRAPPED:
            return list(rows)
        out = []
        for row in rows:
            indent = " " * min(len(row.cells[last]) - len(row.cells[last].lstrip()), room // 2)
            first, *more = in_lines(row.cells[last], room)
            out.append(row._replace(cells=(*row.cells[:last], first)))
            for line in (x for text in more for x in in_lines(text, room - len(indent))):
                out.append(row._replace(cells=("",) * last + (indent + line,)))
        return out

    # -- moving ----------------------------------------------------------------------------------

    def action_act(self, name: str) -> None:
        """The panel's own actions: moving, and opening what is under the cursor."""
        if name == "details":
            if self.target is not None:
                self.post_message(self.Chosen(self.target))
            else:
                self.notify(_("this line opens nothing"), markup=False)
            return
        page = max(1, self._visible - 1)
        step = {"up": -1, "down": 1, "page_up": -page, "page_down": page, "first": -(10**9), "last": 10**9}[
            name
        ]
        self._move(self.cursor + step)

    def go_to(self, row: int) -> None:
        """Put the cursor on a row, with as much of what follows in sight as there is room for."""
        self._top = row
        self._move(row)
        self.refresh()

    def _move(self, to: int) -> None:
        before, top, target = self.cursor, self._top, self.target
        self.cursor = max(0, min(to, len(self.rows) - 1))
        if self.target != target:
            self.post_message(self.Elsewhere())
        self._keep_in_sight()
        if self._top != top:
            self.refresh()
        else:
            self._paint(*(self._head + i - top for i in {before, self.cursor}))

    def _paint(self, *lines: int) -> None:
        self.refresh(*(Region(0, y, self.size.width, 1) for y in lines))

    def paint_title_and_cursor(self) -> None:
        """See Keyed."""
        self._paint(0, self._head + self.cursor - self._top)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; a second opens it."""
        row = event.y - self._head + self._top
        if event.y - self._head >= 0 and row < len(self.rows):
            if row == self.cursor and event.chain > 1:
                self.action_act("details")
            self._move(row)

    # -- drawing ---------------------------------------------------------------------------------

    @property
    def _head(self) -> int:
        """Lines above the first row: the title, and the headings where columns have them."""
        return 2 if any(c.heading for c in self.columns) and self.rows else 1

    @property
    def _visible(self) -> int:
        return max(1, self.size.height - self._head)

    def on_resize(self) -> None:
        """Columns are laid out anew for the room there is."""
        if self._wrap:
            self._put()
            return
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        if not self.size:
            # It has no place yet, and is laid out as soon as it has one.
            return
        shown: list[Sequence[str]] = [row.cells for row in self.rows if alone(row) < 0]
        headings = [c.heading for c in self.columns]
        self._widths = widths(self.columns, [*shown, headings], max(1, self.size.width - 2))
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        last = max(0, len(self.rows) - self._visible)
        self._top = max(0, min(self._top, self.cursor, last))
        self._top = max(self._top, self.cursor - self._visible + 1)

    def render_line(self, y: int) -> Strip:
        """One line of the panel, by its place in it."""
        width = self.size.width
        if y == 0:
            return self._strip(self._title_line(width), self.title_style, width)
        if not self.rows:
            return self._strip("  " + safe(self.empty) if y == 1 else "", self.tone("dim"), width)
        if y < self._head:
            return self._strip(
                "  " + self._joined([c.heading for c in self.columns]), self.tone("dim"), width
            )
        at = y - self._head + self._top
        if at >= len(self.rows):
            return self._strip("", self.tone(""), width)
        row = self.rows[at]
        here = at == self.cursor and (self.has_focus or self._lit)
        style = self.tone(row.tone)
        if here:
            style = style + self.cursor_style
        return self._strip((">" if here else " ") + " " + self._line(row), style, width)

    def _title_line(self, width: int) -> str:
        more = ""
        below = len(self.rows) - self._top - self._visible
        if self._top:
            last = min(len(self.rows), self._top + self._visible)
            more = f" {self._top + 1}-{last}/{len(self.rows)} "
        elif below > 0:
            more = " " + _("+{n} more").format(n=below) + " "
        lead = ">" if self.has_focus else "-"
        title = fit(f"{lead} {safe(self.title)} ", max(0, width - cells(more)))
        return title + "-" * (width - cells(title) - cells(more)) + more

    def _line(self, row: Row) -> str:
        at = alone(row)
        if at < 0:
            return self._joined(row.cells)
        return " " * sum(width + 1 for width in self._widths[:at] if width) + row.cells[at]

    def _joined(self, row: Sequence[str]) -> str:
        parts = []
        for text, column, width in zip(row, self.columns, self._widths, strict=False):
            if width:
                shown = fit(text, width)
                pad = " " * (width - cells(shown))
                parts.append(pad + shown if column.right else shown + pad)
        return " ".join(parts)

    @staticmethod
    def _strip(text: str, style: Style, width: int) -> Strip:
        text = fit(text, width)
        return Strip([Segment(text + " " * (width - cells(text)), style)], width)
