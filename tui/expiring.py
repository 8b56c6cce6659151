"""What runs out: insurance, agreements, qualifications, inspections and lots, what has ended already first (row A3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from emergency.store import filters, query, times
from emergency.store.records import RECORDS
from emergency.store.records.types import Date
from emergency.store.store import Store
from emergency.store.windows import Key
from emergency.store.words import _
from emergency.tui import details
from emergency.tui.actions import Where
from emergency.tui.panel import Target
from emergency.tui.source import ALL, Column, Line, Wanted
from emergency.tui.style import mark
from emergency.tui.tablescreen import TableScreen
from emergency.tui.whole import WholePages, arranged

#: As far ahead as `emergency expiring` looks, and the board counts.
AHEAD = 30 * times.DAY


class Expiring:
    """What has ended or ends soon, as a source of lines."""

    kind = "expiring"
    words: Sequence[str] = ()

    def __init__(self) -> None:
        self.title = _("Runs out within 30 days")
        self.columns = (
            Column("until", _("Until"), most=14),
            Column("name", _("Name"), most=30),
            Column("field", _("What"), most=20),
            Column("kind", _("Kind"), most=14),
            Column("id", _("Id"), most=20),
        )

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        now = times.now()
        today, soon = (times.format_time(at)[:10] for at in (now, now + AHEAD))
        lines = [_line(row, today) for row in query.expiring(store, soon)]
        return WholePages(arranged(lines, self.columns, wanted, filters.words(wanted.filter)))


def _line(row: dict[str, Any], today: str) -> Line:
    tone = "late" if Date.last_day(row["until"]) < today else "ask"
    record = RECORDS[row["kind"]]
    field = record.field(row["field"])
    cells = (
        f"{mark(tone)} {row['until']}", str(row["name"]), field.label if field else row["field"], record.label,
        row["id"],
    )  # fmt: skip
    return Line(Key(None, f"{row['kind']} {row['id']} {row['field']}"), cells, tone)


def _record(target: Target) -> Target:
    """The record of a line."""
    kind, _blank, rest = target.id.partition(" ")
    return Target(kind, rest.rpartition(" ")[0])


class ExpiringScreen(TableScreen):
    """See the module."""

    footer_keys: ClassVar[tuple[str, ...]] = ("details", "edit", "filter", "palette", "help", "leave")

    def __init__(self, *, wanted: Wanted = ALL) -> None:
        super().__init__(Expiring(), wanted=wanted)

    def again(self, as_of: int) -> TableScreen | None:
        """See TableScreen: what runs out is looked for today."""
        return None

    def tell_of(self, store: Store, target: Target) -> details.Details:
        """The record that a line is of."""
        return details.read(store, _record(target) if target.kind == self.source.kind else target)

    @property
    def where(self) -> Where:
        """What is done is done to the record."""
        found = super().where
        if found.target is not None and found.target.kind == self.source.kind:
            return found._replace(target=_record(found.target))
        return found

    def listing(self) -> list[str]:
        """See TableScreen: what the filter leaves out, the command lists."""
        return ["expiring"]

    def open(self, target: Target) -> None:
        """The record that the line is of."""
        super().open(_record(target) if target.kind == self.source.kind else target)
