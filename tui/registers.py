"""The register of any kind of record: a table, a filter over it, and the record under the cursor beside it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from emergency.store import conditions, filters, history, times
from emergency.store.errors import EmergencyError, InvalidValue
from emergency.store.records import RECORDS, Record
from emergency.store.records.declare import Field
from emergency.store.records.types import Point, Time
from emergency.store.showing import field_cell, id_cell, names_of
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.store.windows import Key, Windows
from emergency.store.words import _
from emergency.tui import details
from emergency.tui.actions import Action, Where
from emergency.tui.filterbar import FilterBar
from emergency.tui.panel import Panel, Row, Target
from emergency.tui.screens import DetailsScreen, DutyScreen
from emergency.tui.source import ALL, Column, Line, Wanted
from emergency.tui.style import ascii_marks
from emergency.tui.table import Table
from emergency.tui.tablekeys import table_actions
from emergency.tui.watch import Seen
from emergency.tui.words import Words

#: The registers that have a screen of their own, in the order of a menu.
REGISTERS = ("team", "equipment", "reserve", "item", "member", "depot", "officer", "incident", "need")


class Found(NamedTuple):
    """All that a filter found, where it was little: typing on looks there and not through everything again."""

    store: Store
    version: int
    terms: Sequence[filters.Term]
    ids: list[str]


class RegisterPages:
    """Lines of a register."""

    def __init__(self, windows: Windows, register: Register, found: Callable[[list[str]], None]) -> None:
        self._windows, self._record, self._columns = windows, register.record, register.columns
        self._found = found
        self.place, self.count, self.rank = windows.place, windows.count, windows.rank
        self.ids = windows.ids
        self._fields = [register.record.field(column.name) for column in register.columns]

    def after(self, key: Key | None, limit: int, *, itself: bool = False) -> list[Line]:
        """See Pages."""
        rows = self._windows.after(key, limit, itself=itself)
        if key is None and len(rows) < limit:
            self._found([row["id"] for row in rows])
        return self._lines(rows)

    def before(self, key: Key | None, limit: int) -> list[Line]:
        """See Pages."""
        return self._lines(self._windows.before(key, limit))

    def _lines(self, rows: list[dict[str, Any]]) -> list[Line]:
        names = names_of(self._windows.store, self._record, rows)
        out = []
        for row in rows:
            shown = tuple(
                self._cell(column.name, field, row, names)
                for column, field in zip(self._columns, self._fields, strict=True)
            )
            out.append(Line(self._windows.key(row), shown, "dim" if row["retired"] else ""))
        return out

    def _cell(
        self, name: str, field: Field | None, row: dict[str, Any], names: dict[str, dict[str, str]]
    ) -> str:
        if name == "id":
            return id_cell(row)
        # Most fields of most records are empty; what was never reported is told in words.
        if row.get(name, "") is None and name != "readiness":
            return ""
        return ascii_marks(field_cell(self._record, field, row, names)) if field else str(row[name])


class Register:
    """The records of a kind, as a source of lines."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.record = RECORDS[kind]
        self.title = self.record.many[:1].upper() + self.record.many[1:]
        self.columns = tuple(_columns(self.record))
        self._last: Found | None = None

    def pages(self, store: Store, wanted: Wanted) -> RegisterPages:
        """See Source."""
        terms = filters.parse(self.kind, wanted.filter)
        version = store.connection.execute("PRAGMA data_version").fetchone()[0]
        last, among = self._last, None
        if last and (last.store, last.version) == (store, version) and conditions.narrows(terms, last.terms):
            among = last.ids

        def found(ids: list[str]) -> None:
            self._last = Found(store, version, terms, ids)

        return RegisterPages(Windows(store, self.kind, terms, wanted.sort, among=among), self, found)


def _columns(record: Record) -> list[Column]:
    """The id, the columns of a list, then all other fields."""
    out = [Column("id", _("Id"), most=16)]
    named = [*record.listed, *(["claimed"] if record.noun in filters.CLAIMED else [])]
    for name in dict.fromkeys([*named, *(f.name for f in record.fields)]):
        field = record.field(name)
        if field is None:
            out.append(Column(name, _("Claimed by")))
            continue
        sortable = type(field.type) is not Point
        right, ages = filters.is_figure(field.type), isinstance(field.type, Time)
        out.append(Column(name, field.label, right=right, sortable=sortable, ages=ages))
    return out


def told(store: Store, target: Target) -> details.Details:
    """A record in full, with every fact about it. Raises NoSuchRecord."""
    found = details.read(store, target)
    now = times.now()
    rows = [*found.rows, Row(("", _("History"), ""), "head")]
    for event in reversed(history.of(store, target.kind, target.id)):
        values = ", ".join(f"{k}={v}" for k, v in event["values"].items())
        words = "  ".join(filter(None, (event["who"], event["command"], values, event["why"])))
        rows.append(Row(("", times.format_short(event["at_ms"], now), words)))
    return details.Details(found.title, tuple(rows))


def register_actions() -> tuple[Action, ...]:
    """What can be done on the screen of a register besides what every screen and every table can."""
    return (
        Action("filter", ("slash",), "/", _("filter"), footer=True),
        Action("as_of", ("t",), "t", _("as of"), footer=True),
        Action("list_command", ("Y",), "Y", _("command of the list")),
    )


def _footer() -> str:
    """The keys worth a reminder, in one line of 80 cells."""
    inner = {a.id: a for a in (*register_actions(), *table_actions())}
    named = [inner[name] for name in ("filter", "mark", "sort", "as_of")]
    more = ("Enter " + _("details"), "? " + _("keys"), "Esc " + _("back"))
    return "  ".join([*(f"{a.shown} {a.label}" for a in named), *more])


class RecordScreen(DetailsScreen):
    """A record in full, with its history, as it was at a time."""

    def __init__(self, target: Target, as_of: int | None) -> None:
        super().__init__(target)
        self._as_of = as_of

    def fetch(self) -> details.Details:
        """In the reading thread."""
        with Store(self.duty.path, as_of=self._as_of) as store:
            return told(store, self.record)


class RegisterScreen(DutyScreen):
    """See the module. `table.marked` and `table.target` say what an action is about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"register('{a.id}')", a.id, show=False, id=f"register.{a.id}")
        for a in register_actions()
    ]
    DEFAULT_CSS = """
    RegisterScreen {
        #headline { text-style: reverse bold; }
        #said { display: none; color: $warning; &.-shown { display: block; } }
        #beside { height: 1fr; }
        #record { display: none; width: 2fr; margin-left: 1; }
        #table { width: 3fr; }
        &.-wide #record { display: block; }
    }
    """

    def __init__(self, kind: str, *, wanted: Wanted = ALL, as_of: int | None = None) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        self.kind, self.record, self._wanted = kind, RECORDS[kind], wanted
        self._as_of = as_of

    @property
    def as_of(self) -> int | None:
        """The time this register is shown as of."""
        return self._as_of if self._as_of is not None else self.duty.as_of

    @property
    def table(self) -> Table:
        """The table."""
        return self.query_one(Table)

    @property
    def where(self) -> Where:
        """What actions are asked about: the record under the cursor."""
        return Where(self.table.target, self.as_of is not None, False, self.duty.prefix)

    def compose(self) -> ComposeResult:
        """The header, the filter, what is wrong with it, the table and the record, the keys."""
        yield Words(id="headline")
        yield FilterBar(self.kind, "/", id="filter")
        yield FilterBar("", "t ", id="moment")
        yield Words(id="said")
        with Horizontal(id="beside"):
            yield Table(Register(self.kind), self.duty.path, self.as_of, wanted=self._wanted, id="table")
            yield Panel(details.COLUMNS, id="record", empty=_("reading"))
        yield Words(" " + _footer(), id="footer")

    def on_mount(self) -> None:
        """The table has the keys."""
        bar = self.query_one("#filter", FilterBar)
        bar.value = self._wanted.filter
        bar.close()
        self._head()
        self.table.focus()

    def _head(self) -> None:
        right = ""
        if self.as_of is not None:
            right = _("AS OF") + " " + times.format_time(self.as_of)[:16].replace("T", " ") + " "
        self.query_one("#headline", Words).say(
            f" {self.table.source.title}  {self.table.wanted.filter}", right
        )

    def list_command(self) -> str:
        """The command line that lists what the table shows."""
        words = [*self.duty.prefix, self.kind, "list"]
        if self.table.wanted.filter:
            words.append(self.table.wanted.filter)
        if self.as_of is not None:
            words += ["--as-of", times.format_time(self.as_of)]
        return shlex.join(words)

    # -- keys ------------------------------------------------------------------------------------

    def action_register(self, name: str) -> None:
        """One action of this screen's own list."""
        getattr(self, f"do_{name}")()

    def on_key(self, event: events.Key) -> None:
        """Typed ahead: `/` acts here at once, and what the table got of the letters behind it goes on to the filter."""
        if event.key == "slash" and self.focused is self.table:
            event.stop()
            self.do_filter()
        elif event.is_printable and isinstance(self.focused, Input):
            # A letter that an input has seen does not come this far.
            event.stop()
            self.focused.post_message(event)

    def do_filter(self) -> None:
        """Type a filter."""
        self.query_one("#filter", FilterBar).open()

    def do_as_of(self) -> None:
        """Type a time; the register as it was known then is a screen of its own."""
        self.query_one("#moment", FilterBar).open()
        self._say(_("the register as it was known at: 08:00, yesterday 14:00, 2h ago, 2026-07-31 08:00"))

    def do_list_command(self) -> None:
        """Copy the command line of the list."""
        self.app.copy_to_clipboard(self.list_command())
        self._say(self.list_command())

    def do_back(self) -> None:
        """Without the filter, if there is one; else the screen before."""
        bar = self.query_one("#filter", FilterBar)
        if bar.value or self.table.wanted.filter:
            bar.value = ""
            bar.close()
            self._filter("")
        else:
            self.app.pop_screen()

    def do_leave(self) -> None:
        """The screen before."""
        self.app.pop_screen()

    # -- what happens ----------------------------------------------------------------------------

    def on_filter_bar_typed(self, message: FilterBar.Typed) -> None:
        """The filter changed, and nothing was typed since."""
        if message.bar.id == "filter":
            self._filter(message.text)

    def _filter(self, text: str) -> None:
        self._say("")
        self.table.want(self.table.wanted._replace(filter=text))

    def on_filter_bar_left(self, message: FilterBar.Left) -> None:
        """Enter, or Esc, in a bar."""
        self.set_focus(self.table)
        if message.bar.id != "moment":
            return
        self._say("")
        if message.entered:
            self._go_to(message.bar.value)

    def _go_to(self, text: str) -> None:
        try:
            moment = times.parse_time(text, times.now())
        except InvalidValue as error:
            self._say(f"{error.message}  {error.hint}")
            return
        self.app.push_screen(RegisterScreen(self.kind, wanted=self.table.wanted, as_of=moment))

    def on_table_refused(self, message: Table.Refused) -> None:
        """Say what is wrong, and where."""
        self._say(_pointed(message.error, self.query_one("#filter", FilterBar).value, self.size.width))

    def on_table_loaded(self) -> None:
        """Other lines."""
        self._head()

    def on_table_moved(self) -> None:
        """The record beside the table is the one under the cursor."""
        pane, target = self.query_one("#record", Panel), self.table.target
        if not pane.display:
            return
        if target is None:
            pane.show("", [])
        else:
            self.table.read("record", lambda store: told(store, target), lambda d: pane.show(d.title, d.rows))

    def on_resize(self) -> None:
        """There may be room for the record now."""
        self.call_after_refresh(self.on_table_moved)

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Open what is under the cursor, with its history."""
        message.prevent_default()
        self.app.push_screen(RecordScreen(message.target, self.as_of))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """The bars tell it themselves."""
        message.stop()

    def renew(self, seen: Seen) -> None:
        """The store changed."""
        if self.as_of is None:
            self.table.renew()

    def _say(self, text: str) -> None:
        line = self.query_one("#said", Words)
        line.set_class(bool(text), "-shown")
        line.say(text)


def _pointed(error: EmergencyError, text: str, width: int) -> str:
    """One line: a mark under the place, then what is wrong there."""
    said = error.message + (f"  {error.hint}" if error.hint else "")
    if error.at is None:
        return f" ! {said}"
    before = 1 + cells(text[: error.at])
    if before + 2 + cells(said) > width:
        return " ! " + _("at {place}: {what}").format(place=error.at + 1, what=said)
    return " " * before + "^ " + said
