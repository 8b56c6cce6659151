"""The screens that are one list each: read whole in a thread, shown by a panel."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from textual import work
from textual.app import ComposeResult

from emergency.store import following, times
from emergency.store.board import moment
from emergency.store.errors import EmergencyError
from emergency.store.records.steps import ENDED, STATES
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, language
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.places import Place
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.watch import Seen

#: More rows than this are found by searching, not by paging through a panel.
MOST = 1000


class Listed(NamedTuple):
    """What a list shows."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    #: Said where there is no row.
    empty: str = ""


Read = Callable[[Store], Listed]


class ListScreen(DutyScreen):
    """One list."""

    def __init__(self, read: Read) -> None:
        super().__init__()
        self._read = read

    def body(self) -> ComposeResult:
        """One panel."""
        yield Panel((Column(),), id="list", empty=_("reading"))

    def on_mount(self) -> None:
        """Read it."""
        self.query_one(Panel).focus()
        self.read()

    def renew(self, seen: Seen) -> None:
        """Read it again."""
        self.read()

    def do_refresh(self) -> None:
        """Read it again, now."""
        super().do_refresh()
        self.read()

    @work(thread=True, exclusive=True)
    def read(self) -> None:
        """With a connection of the thread's own."""
        try:
            with Store(self.duty.path, as_of=self.duty.as_of) as store:
                listed = self._read(store)
        except EmergencyError as error:
            listed = Listed(error.message, (Column(),), (Row((error.hint,), "late"),))
        except Exception as error:  # noqa: BLE001 - a stranger's plugin may raise anything
            listed = Listed(type(error).__name__, (Column(),), (Row((str(error),), "late"),))
        self.app.call_from_thread(self.tell, listed)

    def tell(self, listed: Listed) -> None:
        """Show what was read."""
        for panel in self.query(Panel):
            panel.columns, panel.empty = listed.columns, listed.empty or _("nothing")
            panel.show(listed.title, listed.rows)


def screen(name: str) -> ListScreen:
    """The list of that name."""
    return ListScreen(_LISTS[name])


def _callups(store: Store) -> Listed:
    lines = following.follow(store)
    columns = (Column(), Column(_("line")), Column(_("state"), least=6), Column(_("what"), least=8),
               Column(_("incident")), Column(_("by"), optional=True), Column(_("report to"), optional=True))  # fmt: skip
    now, zh = moment(store), language() == "zh"
    rows = []
    for line in lines[:MOST]:
        tone = "late" if line["overdue"] else "dim" if line["state"] in ENDED else ""
        words = (
            following.OVERDUE_WORDS[line["overdue"]] if line["overdue"] else STATES[line["state"] or "draft"]
        )
        name = (
            line["equipment_name"] or line["equipment"] or line["item"] or line["team_name"] or line["team"]
        )
        due = "" if line["by"] is None else times.format_short(line["by"], now)
        cells = (
            mark(tone),
            line["id"],
            words[zh],
            name or "",
            line["incident"] or "",
            due,
            line["report_to"] or "",
        )
        rows.append(Row(cells, tone, Target("line", line["id"])))
    return Listed(_("Call-ups: {n}").format(n=len(lines)), columns, tuple(rows))


_LISTS: dict[str, Read] = {"callups": _callups}


class Brought(Protocol):
    """A screen as a plugin describes it: `Screen` of emergency.plugins."""

    @property
    def id(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def headings(self) -> Sequence[str]: ...
    @property
    def read(self) -> Callable[[Store], Iterable[Any]]: ...
    @property
    def key(self) -> str: ...
    @property
    def command(self) -> Sequence[str]: ...


def place(brought: Brought) -> Place:
    """The screen of a plugin: its rows in a panel, made safe as any other's."""

    def read(store: Store) -> Listed:
        columns = (Column(), *(Column(str(heading), least=6) for heading in brought.headings))
        rows = []
        for line in itertools.islice(brought.read(store), MOST):
            target = Target(*line.opens) if line.opens else None
            rows.append(Row((mark(line.tone), *map(str, line.cells)), line.tone, target))
        return Listed(f"{brought.label}: {len(rows)}", columns, tuple(rows))

    return Place(
        brought.id, brought.key, safe(brought.label), lambda: ListScreen(read), tuple(brought.command)
    )
