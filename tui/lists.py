"""The screens that are one list each: read whole in a thread, shown by a panel."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from textual import work
from textual.app import ComposeResult

from emergency.store import conflicts, hubs, journal, needs, times
from emergency.store.board import moment
from emergency.store.errors import EmergencyError
from emergency.store.query import Filter, count, select
from emergency.store.records import RECORDS
from emergency.store.records.types import Amount
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _
from emergency.tui import details
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


def _titled(noun: str, n: int, whole: int) -> str:
    return f"{RECORDS[noun].many}: {n}" + (f" / {whole}" if whole > n else "")


def register(noun: str) -> Read:
    """The columns of `emergency <noun> list`, from the record's declaration."""

    def read(store: Store) -> Listed:
        record = RECORDS[noun]
        fields = [field for name in record.listed if (field := record.field(name))]
        columns = [Column(_("id"))] + [Column(field.label, least=6) for field in fields]
        rows = []
        for row in select(store, noun, Filter(limit=MOST)):
            shown = [row["id"]]
            for field in fields:
                value = field.type.gather(field.name, row)
                unit = row.get("unit") or ""
                shown.append(
                    needs.amount(int(value), unit)
                    if isinstance(field.type, Amount) and value is not None
                    else field.type.show(value)
                )
            rows.append(Row(tuple(shown), "", Target(noun, row["id"])))
        return Listed(_titled(noun, len(rows), count(store, noun, Filter())), tuple(columns), tuple(rows))

    return read


def _teams(store: Store) -> Listed:
    told = details.read(store, Target("region", ""))
    return Listed(_titled("team", len(told.rows), 0), details.COLUMNS, told.rows[:MOST])


def _journal(store: Store) -> Listed:
    rows = []
    now = moment(store)
    for n, _feed, _seq, _received, envelope in journal.read(store.connection, order="e.n DESC LIMIT 300"):
        told = journal.told(envelope)
        header = told.header
        facts = "-" if told.facts is None else str(len(told.facts))
        cells = (
            str(n),
            times.format_short(header["wall"], now),
            header["who"],
            header["kind"],
            facts,
            header["op"],
            told.why or "",
        )
        rows.append(Row(cells, "", Target("entry", str(n))))
    columns = (Column("#", right=True), Column(_("recorded")), Column(_("who"), least=6), Column(_("command"), least=8),
               Column(_("facts"), right=True), Column(_("operation"), optional=True), Column(_("why"), least=4))  # fmt: skip
    return Listed(_("Journal, newest first"), columns, tuple(rows))


def _conflicts(store: Store) -> Listed:
    rows = []
    for found in conflicts.standing(store):
        claim = found.kind == conflicts.CLAIM
        target = Target("contest" if claim else "conflict", found.id)
        words = conflicts.kind_words(found.kind)
        cells = (
            mark("late" if claim else "ask"),
            words,
            found.id,
            conflicts.title(store, found),
            " | ".join(found.sides),
        )
        rows.append(Row(cells, "late" if claim else "ask", target))
    columns = (
        Column(),
        Column(_("kind"), least=8),
        Column(_("id"), least=8),
        Column(_("what"), least=8),
        Column(_("sides"), least=8),
    )
    return Listed(_("Conflicts: {n}").format(n=len(rows)), columns, tuple(rows))


def _sync(store: Store) -> Listed:
    words = {"never": _("never met"), "synced": _("met"), "offline": _("offline"), "refused": _("refused")}
    columns = (Column(), Column(_("hub"), least=6), Column(_("state")), Column(_("last synced")), Column(_("not sent"), right=True),
               Column("URL", least=10), Column(_("reason"), least=8))  # fmt: skip
    rows = []
    for hub in hubs.hubs(store.connection):
        state = str(hub.told.get("state", "never"))
        tone = {"synced": "good", "refused": "late"}.get(state, "ask")
        met = "" if hub.synced is None else times.format_short(hub.synced, moment(store))
        unsent = str(hubs.unsent(store.connection, hub))
        cells = (
            mark(tone),
            hub.name,
            words.get(state, "?"),
            met,
            unsent,
            hub.url,
            str(hub.told.get("why") or ""),
        )
        rows.append(Row(cells, "" if tone == "good" else tone))
    return Listed(_("Hubs"), columns, tuple(rows), _("this store is not enrolled at any hub"))


_LISTS: dict[str, Read] = {
    "incidents": register("incident"),
    "teams": _teams,
    "equipment": register("equipment"),
    "reserves": register("reserve"),
    "journal": _journal,
    "conflicts": _conflicts,
    "sync": _sync,
}


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
