"""The open call-ups: what is overdue on top, then by what is due next; a filter over them, Enter opens a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from textual.app import ComposeResult

from emergency.store import filters, following, needs, times
from emergency.store.board import moment
from emergency.store.filters import Term
from emergency.store.records import RECORDS
from emergency.store.records.steps import ENDED, STATES
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.words import _, language, ngettext
from emergency.tui.panel import Target
from emergency.tui.screens import DutyScreen
from emergency.tui.source import ALL, Column, Wanted
from emergency.tui.style import mark
from emergency.tui.tablescreen import TableScreen
from emergency.tui.whole import WholePages, ordered

#: Fewer columns than this are few.
NARROW = 120
#: What a column is sorted by, as text or as a number; the others by what they show.
_SORTED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "due": lambda row: row["due"] or 1 << 62,
    "since": lambda row: row["since"] or 0,
    "state": lambda row: list(STATES).index(row["state"]) if row["state"] in STATES else 99,
}


def called(row: dict[str, Any]) -> str:
    """What a followed line calls up, in words; a drill says so first."""
    return drilled(row, _called(row))


def _called(row: dict[str, Any]) -> str:
    if row["equipment"]:
        return f"{row['equipment_name'] or ''} {row['equipment']}".strip()
    if row["item"]:
        amount = needs.amount(row["quantity"] or 0, row["item_unit"] or "")
        return f"{row['item_name'] or row['item']} {amount}"
    if row["people"] is not None:
        return ngettext("{n} person", "{n} people", row["people"]).format(n=row["people"])
    return _("whole team")


def stands(row: dict[str, Any]) -> str:
    """How a followed line stands: what is overdue about it, or its state."""
    pair = following.OVERDUE_WORDS[row["overdue"]] if row["overdue"] else STATES[row["state"] or "draft"]
    return pair[1 if language() == "zh" else 0]


def tone_of(row: dict[str, Any]) -> str:
    """The tone of a followed line."""
    if row["overdue"]:
        return "late"
    if row["flags"]:
        return "ask"
    return "good" if row["state"] == "on_scene" else "dim" if row["state"] in ENDED else ""


def open_only(terms: Sequence[Term]) -> bool:
    """Whether lines that have ended stay out: unless the filter says something about states itself."""
    return not any(t.name == "state" or (t.op == filters.STATE and t.value == "open") for t in terms)


class OpenLines:
    """The lines of call-ups, as a source of lines for a table."""

    kind = "line"

    def __init__(self, *, narrow: bool = False) -> None:
        """Where it is `narrow`, names give way, so that when it is due and for what incident still stand."""
        self.title = _("Open call-ups")
        self.columns = (
            Column("id", _("Line"), most=12),
            Column("state", _("State"), most=16),
            Column("due", _("Due"), most=11),
            Column("since", _("Age"), right=True, ages=True),
            Column("what", _("What"), most=13 if narrow else 24),
            Column("team", _("Unit"), most=14 if narrow else 30),
            Column("incident", _("Incident"), most=14),
            Column("report_to", _("Report to"), most=24),
        )
        record = RECORDS["line"]
        states = [word for word in filters.states(record) if word.isascii() == (language() != "zh")]
        self.words = (*(f"{name}:" for name in filters.fields(record)), *states)
        #: {line: its state}, of all that were read: what is marked stays marked behind another filter.
        self.states: dict[str, str] = {}

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        terms = filters.parse("line", wanted.filter)
        rows = following.follow(store, open_only=open_only(terms), terms=terms)
        now = moment(store)
        self.states = {**_states(store, self.states), **{row["id"]: row["state"] for row in rows}}
        lines = [ordered(by, row["id"], _cells(row, now), tone_of(row)) for by, row in _by(rows, wanted)]
        return WholePages(lines, reverse=wanted.sort.reverse)


def _states(store: Store, lines: Collection[str]) -> dict[str, str]:
    """How these lines stand now."""
    found = store.rows(
        "SELECT id, state FROM line WHERE id IN (SELECT value FROM json_each(?))", [json.dumps([*lines])]
    )
    return {row["id"]: row["state"] for row in found}


def _by(rows: list[dict[str, Any]], wanted: Wanted) -> list[tuple[tuple[int, ...], dict[str, Any]]]:
    """Each row with what it stands by: as it is followed, or by a column."""
    name = wanted.sort.field
    if not name:
        return [(following.urgency(row)[:2], row) for row in rows]
    value = _SORTED.get(name) or (lambda row: _texts(row)[name])
    values = sorted({value(row) for row in rows})
    rank = {v: n for n, v in enumerate(values)}
    return [((rank[value(row)],), row) for row in rows]


def _texts(row: dict[str, Any]) -> dict[str, str]:
    return {
        "what": called(row),
        "team": row["team_name"] or row["team"] or row["depot"] or "",
        "incident": row["incident"] or "",
        "report_to": row["report_to"] or "",
    }


def _cells(row: dict[str, Any], now: int) -> tuple[str, ...]:
    texts, tone = _texts(row), tone_of(row)
    since = row["since"] or row["issued_at"]
    due = "" if row["due"] is None else times.format_short(row["due"], now)
    return (
        row["id"] + ("*" if row["sample"] else ""),
        f"{mark(tone)} {stands(row)}",
        due,
        "" if since is None else times.format_age(now - since),
        texts["what"],
        texts["team"],
        texts["incident"],
        texts["report_to"],
    )


class CallupsScreen(TableScreen):
    """See the module."""

    def __init__(self, wanted: Wanted = ALL, at: str = "", as_of: int | None = None) -> None:
        """With the cursor on the line `at`, where it is named."""
        super().__init__(OpenLines(), wanted=wanted, as_of=as_of)
        self._at = at

    def body(self) -> ComposeResult:
        """Where there is little room, names give way."""
        if self.duty.size.width < NARROW:
            self.source = OpenLines(narrow=True)
        yield from super().body()

    def on_mount(self) -> None:
        """The cursor stands where it was asked to."""
        if self._at:
            self.table.go_to(self._at)

    def state_of(self, target: Target) -> str:
        """As it was read, whether the line is open or not."""
        assert isinstance(self.source, OpenLines)
        return self.source.states.get(target.id, "") if target.kind == "line" else super().state_of(target)

    def nothing(self) -> str:
        """See TableScreen."""
        none = _(
            "no call-up is open: {order} on an incident or a need calls up for it, {batch} takes orders from a file"
        )
        return none.format(order=self.action_key("order"), batch=self.action_key("batch"))

    def again(self, as_of: int) -> TableScreen:
        """See TableScreen."""
        return CallupsScreen(self.table.wanted, as_of=as_of)

    def listing(self) -> list[str]:
        """See TableScreen."""
        text = self.table.wanted.filter
        only = ["--open"] if open_only(filters.parse("line", text)) else []
        return ["callup", "list", *only, *filter(None, [text])]

    def open(self, target: Target) -> None:
        """A line has a screen of its own; one as of a time is only told."""
        if self.time is None:
            DutyScreen.open(self, target)
        else:
            super().open(target)
