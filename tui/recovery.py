"""Recovery programmes after a disaster: what was lost, what came, what is left; `&` tells what came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from emergency.store import filters, query, recovering
from emergency.store.auditwords import percent
from emergency.store.records import RECORDS
from emergency.store.recovering import Progress
from emergency.store.showing import starred
from emergency.store.store import Store
from emergency.store.windows import Key
from emergency.store.words import _
from emergency.tui.registers import RegisterScreen
from emergency.tui.source import ALL, Column, Line, Source, Wanted
from emergency.tui.tablescreen import TableScreen
from emergency.tui.whole import WholePages, arranged


class Programmes:
    """Every programme, the slowest first, as `recovery progress` tells them."""

    kind = "recovery"

    def __init__(self) -> None:
        self.words: Sequence[str] = filters.completions(RECORDS["recovery"])
        self.title = _("Recovery programmes, slowest first")
        self.columns = (
            Column("progress", _("Progress"), right=True),
            Column("name", _("Name"), most=40),
            Column("lines", _("Lines done"), right=True),
            Column("until", _("To be done by")),
            Column("event", _("After"), most=30),
            Column("id", _("Id"), most=12),
        )

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        terms = filters.parse("recovery", wanted.filter)
        rows = query.select(store, "recovery", query.Filter(terms, extra=[("known=1", ())]))
        found = [(row, recovering.progress(store, row["id"])) for row in rows]
        found.sort(key=lambda one: 1001 if one[1].permille is None else one[1].permille)
        lines = [_line(row, progress) for row, progress in found]
        return WholePages(arranged(lines, self.columns, wanted))


def _line(row: dict[str, Any], found: Progress) -> Line:
    sample = row["sample"] or any(x.row["sample"] for x in found.lines)
    cells = (
        starred(percent(found.permille), sample),
        row["name"] or "",
        f"{found.done}/{len(found.lines)}",
        row["until"] or "",
        row["event"] or "",
        starred(row["id"], row["sample"]),
    )
    return Line(Key(None, row["id"]), cells, "good" if found.permille == 1000 else "")


class RecoveryScreen(RegisterScreen):
    """See the module."""

    footer_keys: ClassVar[tuple[str, ...]] = (
        "details",
        "new",
        "import",
        "filter",
        "palette",
        "help",
        "leave",
    )

    def __init__(self, *, wanted: Wanted = ALL, as_of: int | None = None) -> None:
        super().__init__("recovery", wanted=wanted, as_of=as_of)
        programmes: Source = Programmes()
        self.source = programmes

    def again(self, as_of: int) -> TableScreen:
        """See TableScreen."""
        return RecoveryScreen(wanted=self.table.wanted, as_of=as_of)

    def nothing(self) -> str:
        """See TableScreen."""
        none = _("no programme yet: {new} writes one, {key} takes a file in")
        return none.format(new=self.action_key("new"), key=self.action_key("import"))

    def listing(self) -> list[str]:
        """See TableScreen: only the register is filtered by a command."""
        text = self.table.wanted.filter
        return ["recovery", "list", text] if text else ["recovery", "progress"]
