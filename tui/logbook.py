"""The journal, newest first: who did what, when and why; `z` takes an operation back."""

from __future__ import annotations

from emergency.store import logbook
from emergency.store.sorting import Sort
from emergency.store.store import Store
from emergency.store.windows import Key
from emergency.store.words import _, language
from emergency.tui import entries
from emergency.tui.panel import Target
from emergency.tui.source import Column, Line, Wanted
from emergency.tui.tablescreen import TableScreen

#: The newest stands first.
NEWEST = Wanted(sort=Sort("", reverse=True))


class JournalPages:
    """Lines of the journal; a key is the number of an entry."""

    def __init__(self, store: Store, wanted: Wanted) -> None:
        self._windows = logbook.Windows(store, wanted.filter, newest_first=wanted.sort.reverse)
        self.count = self._windows.count

    def after(self, key: Key | None, limit: int, *, itself: bool = False) -> list[Line]:
        """See Pages."""
        found = self._windows.after(None if key is None else int(key.id), limit, itself=itself)
        return [_line(entry) for entry in found]

    def before(self, key: Key | None, limit: int) -> list[Line]:
        """See Pages."""
        return [_line(entry) for entry in self._windows.before(None if key is None else int(key.id), limit)]

    def place(self, id_: str) -> Key | None:
        """See Pages."""
        return Key(None, id_) if self._windows.has(int(id_)) else None

    def rank(self, key: Key) -> int:
        """See Pages."""
        return self._windows.rank(int(key.id))

    def ids(self, limit: int) -> list[str]:
        """See Pages."""
        return [str(entry.n) for entry in self._windows.after(None, limit)]


class Journal:
    """The journal as a source of lines."""

    kind = "entry"

    def __init__(self) -> None:
        self.title = _("Journal, newest first")
        self.words = tuple(f"{zh if language() == 'zh' else name}:" for name, zh in logbook.NAMES.items())
        self.columns = (
            Column("n", "#", right=True),
            Column("recorded", _("Recorded"), sortable=False, ages=True),
            Column("who", _("Who"), most=8, sortable=False),
            Column("kind", _("Command"), most=14, sortable=False),
            Column("what", _("What"), most=40, sortable=False),
            Column("why", _("Why"), most=40, sortable=False),
            Column("station", _("Station"), sortable=False),
            Column("happened", _("Happened"), sortable=False, ages=True),
            Column("op", _("Operation"), sortable=False),
        )

    def pages(self, store: Store, wanted: Wanted) -> JournalPages:
        """See Source."""
        return JournalPages(store, wanted)


def _line(entry: logbook.Entry) -> Line:
    told = entry.told
    header = told.header
    cells = (
        str(entry.n), entries.when(header["wall"]), header["who"], header["kind"], entries.short(told), told.why,
        entry.station, entries.when(told.at), header["op"],
    )  # fmt: skip
    return Line(Key(None, str(entry.n)), cells)


class JournalScreen(TableScreen):
    """See the module."""

    footer_keys = ("details", "filter", "as_of", "undo", "palette", "help", "leave")

    def __init__(self, *, wanted: Wanted = NEWEST, as_of: int | None = None) -> None:
        super().__init__(Journal(), wanted=wanted, as_of=as_of)

    def again(self, as_of: int) -> TableScreen:
        """See TableScreen."""
        return JournalScreen(wanted=self.table.wanted, as_of=as_of)

    def op_of(self, target: Target | None) -> str:
        """The operation of an entry that is held."""
        if target is None or target.kind != self.source.kind:
            target = self.table.target
        line = next((line for line in self.table.held.lines if target and line.id == target.id), None)
        return line.cells[-1] if line else ""
