"""The screens that are one list each: read whole in a thread, shown by a panel."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from textual import work
from textual.app import ComposeResult

from emergency.store.errors import EmergencyError
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, told
from emergency.tui.opened import reading
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.places import Place
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.watch import Seen
from emergency.tui.words import ONE_LIST

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

    footer_keys = ONE_LIST

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
            with reading(self.duty.path, self.duty.as_of) as store:
                listed = self._read(store)
        except EmergencyError as error:
            listed = Listed(error.message, (Column(),), (Row((error.hint,), "late"),))
        except Exception as error:  # noqa: BLE001 - a stranger's plugin may raise anything
            listed = Listed(type(error).__name__, (Column(),), (Row((str(error),), "late"),))
        self.answer(self.tell, listed)

    def tell(self, listed: Listed) -> None:
        """Show what was read."""
        for panel in self.query(Panel):
            panel.columns, panel.empty = listed.columns, listed.empty or _("nothing")
            panel.show(listed.title, listed.rows)


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
        return Listed(told(brought.label, str(len(rows))), columns, tuple(rows))

    return Place(
        brought.id, brought.key, safe(brought.label), lambda: ListScreen(read), tuple(brought.command)
    )
