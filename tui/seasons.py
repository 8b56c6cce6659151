"""Seasons: when each runs, and what must be in place by when; `;` ticks a task, `@` plans where teams stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from emergency.store import filters, seasons, seasonwords
from emergency.store.query import Filter, stream
from emergency.store.records import RECORDS
from emergency.store.seasons import Window
from emergency.store.showing import id_cell
from emergency.store.sorting import BY_ID
from emergency.store.store import Store
from emergency.store.windows import Key
from emergency.store.words import _
from emergency.tui import details, seasonview
from emergency.tui.actions import Action, Where
from emergency.tui.doing import Ran
from emergency.tui.filterbar import FilterBar
from emergency.tui.panel import Panel, Target
from emergency.tui.registers import RegisterScreen
from emergency.tui.screens import DutyScreen
from emergency.tui.source import ALL, Column, Line, Wanted
from emergency.tui.style import mark
from emergency.tui.table import Table
from emergency.tui.tablescreen import TableScreen
from emergency.tui.whole import WholePages, arranged
from emergency.tui.words import Said

#: What runs first, then what comes.
_ORDER = {"running": 0, "ahead": 1, "over": 2}


class Seasons:
    """Season plans as a source of lines: what runs first, then what begins soonest."""

    kind = "season"

    def __init__(self) -> None:
        self.title = _("Seasons")
        record = RECORDS["season"]
        self.words: Sequence[str] = filters.completions(record)
        kind = record.field("kind")
        self.columns = (
            Column("id", _("Id"), most=16),
            Column("name", _("Name"), most=24),
            Column("state", _("State"), most=28, sortable=False),
            Column("checklist", _("Checklist"), most=28, sortable=False),
            Column("begin", _("Begins")),
            Column("end", _("Ends")),
            Column("kind", kind.label if kind else "", most=20),
        )

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        day = seasons.today(store)
        asked = Filter(
            terms=filters.parse("season", wanted.filter),
            sort=None if wanted.sort == BY_ID else wanted.sort,
        )
        found = [(seasons.window(row, day), row) for row in stream(store, "season", asked)]
        if wanted.sort == BY_ID:
            found.sort(key=lambda one: (_ORDER[one[0].state], one[0].days) if one[0] else (len(_ORDER), 0))
        lines = [_line(store, row, window, day) for window, row in found]
        # Filter and order were those of the register: no words are left to look for.
        return WholePages(arranged(lines, self.columns, ALL))


def _line(store: Store, row: dict[str, object], window: Window | None, day: seasons.Day) -> Line:
    tasks = seasons.tasks(store, row, day)
    late = any(task.state == "overdue" for task in tasks)
    kind = RECORDS["season"].field("kind")
    standing = window.state if window else ""
    tone = "late" if late else {"running": "good", "ahead": "wait"}.get(standing, "")
    begin, end = (str(window.begin), str(window.end)) if window else ("", "")
    cells = (
        id_cell(row), str(row["name"] or ""), f"{mark(tone)} {seasonwords.window(window)}",
        seasonwords.progress(tasks), begin, end, kind.type.show(str(row["kind"])) if kind and row["kind"] else "",
    )  # fmt: skip
    return Line(Key(None, str(row["id"])), cells, "late" if late else "dim" if standing == "over" else "")


class _Beside(NamedTuple):
    """What is told of the season under the cursor."""

    checklist: seasonview.Checklist
    record: details.Details


class SeasonsScreen(RegisterScreen):
    """See the module."""

    DEFAULT_CSS = """
    SeasonsScreen {
        #plans { width: 3fr; }
        #plans #table { width: 1fr; height: 2fr; }
        #checklist { height: 3fr; }
    }
    """
    footer_keys: ClassVar[tuple[str, ...]] = (
        "stage",
        "tick",
        "next_panel",
        "filter",
        "palette",
        "help",
        "leave",
    )

    def __init__(self, *, wanted: Wanted = ALL, as_of: int | None = None) -> None:
        super().__init__("season", wanted=wanted, as_of=as_of)
        self.source = Seasons()
        self._states: dict[str, str] = {}

    def again(self, as_of: int) -> TableScreen:
        """See TableScreen."""
        return SeasonsScreen(wanted=self.table.wanted, as_of=as_of)

    def body(self) -> ComposeResult:
        """The seasons; under them the checklist of the one under the cursor, beside them its record."""
        yield FilterBar(self.source.words, self.action_key("filter"), id="filter")
        yield FilterBar((), self.action_key("as_of") + " ", id="moment")
        yield Said(id="said")
        with Horizontal(id="beside"):
            with Vertical(id="plans"):
                yield Table(self.source, self.duty.path, self.as_of, wanted=self._wanted, id="table")
                yield Panel(seasonview.columns(), id="checklist", empty=_("reading"))
            yield Panel(details.COLUMNS, id="record", empty=_("reading"))

    def show_beside(self) -> None:
        """The checklist and the record of the season under the cursor."""
        target = self.table.target
        if target is None:
            self._states = {}
            panel = self.query_one("#checklist", Panel)
            none = _("no season yet: {key} writes one down; or emergency season import FILE")
            panel.empty = none.format(key=self.action_key("new"))
            panel.show(_("Checklist"), [])
            self.query_one("#record", Panel).show("", [])
        else:
            self.table.read("record", lambda store: _beside(store, target), self._show)

    def _show(self, found: _Beside) -> None:
        self._states = found.checklist.states
        panel = self.query_one("#checklist", Panel)
        panel.empty = _("nothing is on it: emergency task add season={id}").format(
            id=self.table.target.id if self.table.target else "ID"
        )
        panel.show(found.checklist.title, found.checklist.rows)
        self.query_one("#record", Panel).show(found.record.title, found.record.rows)

    @property
    def where(self) -> Where:
        """A task of the checklist says how it stands."""
        found = super().where
        if found.target is None or found.target.kind != "task":
            return found
        return found._replace(state=self._states.get(found.target.id, ""))

    def asked_by(self, action: Action) -> Where:
        """A task under the cursor is meant, whatever seasons are marked; a season is, from its checklist too."""
        where = self.where
        if action.id == "stage" and self.table.target is not None:
            return where._replace(target=self.table.target)
        if where.target is not None and where.target.kind != self.source.kind:
            return where
        return super().asked_by(action)

    async def do_with_command(self, action: Action, where: Where) -> Ran | None:
        """What is done to a task is done to that one."""
        if where.target is not None and where.target.kind != self.source.kind:
            return await DutyScreen.do_with_command(self, action, where)
        return await super().do_with_command(action, where)

    def open(self, target: Target) -> None:
        """A season with its checklist; a task or an area as its record."""
        if target.kind == self.source.kind:
            super().open(target)
        else:
            DutyScreen.open(self, target)


def _beside(store: Store, target: Target) -> _Beside:
    """In the reading thread. Raises NoSuchRecord."""
    record = details.read(store, target)
    row = store.row("season", target.id)
    assert row is not None
    # What stands under the list is not told twice.
    rows = [line for line in record.rows if line.target is None or line.target.kind != "task"]
    at = next((i for i, line in enumerate(rows) if line.cells[1] == _("Checklist")), len(rows))
    return _Beside(seasonview.checklist(store, row), details.Details(record.title, tuple(rows[:at])))
