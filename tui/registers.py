"""The register of any kind of record, as a source of lines and as a screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from textual import work

from emergency.store import conditions, filters, history, needs, readonly, saying, sorting, times
from emergency.store.records import RECORDS, Record
from emergency.store.records.declare import Field
from emergency.store.records.types import Point, Time
from emergency.store.showing import field_cell, id_cell, names_of
from emergency.store.sorting import BY_ID
from emergency.store.store import Store
from emergency.store.windows import Key, Windows
from emergency.store.words import _
from emergency.tui import details
from emergency.tui.panel import Row, Target, heading
from emergency.tui.places import places
from emergency.tui.preview import ImportPreview, export, preview
from emergency.tui.source import ALL, Column, Line, Wanted
from emergency.tui.style import ascii_marks
from emergency.tui.tablescreen import TableScreen

#: The registers that have a screen of their own, in the order of a menu.
REGISTERS = (
    "team",
    "equipment",
    "reserve",
    "item",
    "member",
    "depot",
    "officer",
    "incident",
    "need",
    "loss",
    "duty",
)


#: What decides stands where it is seen first, before the other columns of a list; the first of them stays in sight.
FIRST = {
    "team": ("name", "readiness", "headcount", "region"),
    "equipment": ("name", "serviceability", "claimed", "region"),
    "reserve": ("item", "lot", "quantity", "unit", "depot"),
    "need": ("incident", "what", "amount", "committed", "short", "unit", "by", "priority"),
}
#: What names a record of its kind.
_NAMES = ("name", "title", "item")
#: What is counted of a need and stands in no table: no list is sorted by it.
_COUNTED = ("committed", "short")


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
        if self._record.noun == "need":
            rows = _counted(self._windows.store, rows)
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
        self.title = next((p.label for p in places() if p.command == (kind, "list")), self.record.many)
        self.columns = tuple(_columns(self.record))
        self.words = filters.completions(self.record)
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
    # The mark of a drill stands before its id, which is not to be cut for it.
    drills = record.field("exercise") is not None
    out = [Column("id", _("Id"), most=24 if drills else 16, roomy=36)]
    named = [*FIRST.get(record.noun, ()), *record.listed]
    named += ["claimed"] if record.noun in filters.CLAIMED else []
    for name in dict.fromkeys([*named, *(f.name for f in record.fields)]):
        field = record.field(name)
        if field is None:
            words = {"claimed": _("Claimed by"), "committed": _("Committed"), "short": _("Short")}
            counted = name in _COUNTED
            out.append(Column(name, words[name], right=counted, sortable=not counted))
            continue
        sortable = type(field.type) is not Point
        right, ages = filters.is_figure(field.type), isinstance(field.type, Time)
        stays = len(out) == 1 and name in _NAMES
        out.append(Column(name, field.label, right=right, sortable=sortable, ages=ages, stays=stays))
    return out


def _counted(store: Store, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Needs with what is accepted and what is short, as `emergency need board` counts; what is retired has neither."""
    incidents = {row["incident"] for row in rows if row["incident"]}
    covers = {cover.need["id"]: cover for id_ in incidents for cover in needs.board(store, id_)}
    out = []
    for row in rows:
        cover = covers.get(row["id"])
        figures = {name: needs.amount(getattr(cover, name), "") if cover else None for name in _COUNTED}
        out.append(row | figures | {"what": needs.label(store, str(row["what"] or ""))})
    return out


def told(store: Store, target: Target, found: details.Details | None = None) -> details.Details:
    """A record in full, or what else was found of it, with every fact about it. Raises NoSuchRecord."""
    found = details.read(store, target) if found is None else found
    now = times.now()
    rows = [*found.rows, heading(_("History"))]
    for event in reversed(history.of(store, target.kind, target.id)):
        words = "  ".join(filter(None, (event["who"], event["command"], saying.event(event), event["why"])))
        rows.append(Row(("", times.format_short(event["at_ms"], now), words)))
    return details.Details(found.title, tuple(rows))


class RegisterScreen(TableScreen):
    """A register: its table, a filter over it, and the record under the cursor beside it."""

    def __init__(self, kind: str, *, wanted: Wanted = ALL, as_of: int | None = None) -> None:
        super().__init__(Register(kind), wanted=wanted, as_of=as_of)
        self.kind = kind

    def tell_of(self, store: Store, target: Target) -> details.Details:
        """With its history."""
        return told(store, target)

    def nothing(self) -> str:
        """See TableScreen."""
        if readonly.reason():
            return super().nothing()
        if self.kind == "need":
            none = _("no need yet: {new} writes one, and {need} on an incident states what it needs")
            return none.format(new=self.action_key("new"), need=self.action_key("state_need"))
        none = _("{records}: none yet; {new} writes one, {key} takes a file in")
        keys = {"new": self.action_key("new"), "key": self.action_key("import")}
        return none.format(records=self.source.title, **keys)

    def again(self, as_of: int) -> TableScreen:
        """See TableScreen."""
        return RegisterScreen(self.kind, wanted=self.table.wanted, as_of=as_of)

    def listing(self) -> list[str]:
        """See TableScreen."""
        wanted = self.table.wanted
        order = [] if wanted.sort == BY_ID else ["--sort", sorting.typed(wanted.sort)]
        return [self.kind, "list", *filter(None, [wanted.filter]), *order]

    @work(group="doing")
    async def do_import(self) -> None:
        """Ask for a file, and show what taking it in would do."""
        await preview(self, ImportPreview(self.kind))

    @work(group="doing")
    async def do_export(self) -> None:
        """Write the register to a file."""
        await export(self, self.duty.action("export"))
