"""The alerts in force, worst first: the warning's colour, and apart from it the response level; `o` prepares for one.

`ended` in the filter shows those that were replaced, cancelled or have run out; `all` the head of every chain.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.app import ComposeResult

from emergency.store import alertlist, alertwords, filters, history, saying, times
from emergency.store.alertlist import ALL, ENDED, STANDING, Listed
from emergency.store.board import moment
from emergency.store.filters import Term
from emergency.store.records import RECORDS
from emergency.store.sorting import BY_ID
from emergency.store.store import Store
from emergency.store.words import _, language
from emergency.tui import details
from emergency.tui.alertfile import AlertPreview
from emergency.tui.callups import NARROW
from emergency.tui.panel import Row, Target, heading
from emergency.tui.preview import export, preview
from emergency.tui.rows import alert_tone
from emergency.tui.screens import DutyScreen
from emergency.tui.source import ALL as EVERY_LINE
from emergency.tui.source import Column, Wanted
from emergency.tui.style import ascii_marks
from emergency.tui.tablescreen import TableScreen
from emergency.tui.whole import Ordered, WholePages, ordered

#: Words of the filter that show others than those in force; in quotes they are words like any.
_SHOWN = {"ended": ENDED, "已结束": ENDED, "all": ALL, "全部": ALL}
#: Of an operation so much is told in the history; what the alert says stands above.
_MOST_TOLD = 200


def chosen(text: str) -> tuple[str, tuple[Term, ...]]:
    """(which alerts, the rest of the filter). Raises InvalidValue, with its place in `at`."""
    which, rest = STANDING, []
    for term in filters.parse("alert", text):
        alone = not term.name and term.op == filters.WORD and text[term.at : term.at + 1] != '"'
        if alone and term.value.casefold() in _SHOWN:
            which = _SHOWN[term.value.casefold()]
        else:
            rest.append(term)
    return which, tuple(rest)


class Alerts:
    """Alerts, as a source of lines."""

    kind = "alert"

    def __init__(self, *, narrow: bool = False) -> None:
        """Where it is `narrow`, areas give way, so that from when to when still stands."""
        self.title = _("Alerts in force")
        self.columns = (
            Column("colour", _("Warning"), most=14),
            Column("event", _("Event"), most=30),
            Column("state", _("Stands"), most=18),
            Column("level", _("Response"), most=14),
            Column("area", _("Area"), most=12 if narrow else 24),
            Column("from", _("From"), most=11),
            Column("until", _("Until"), most=11),
            Column("sender", _("Issued by"), most=24),
            Column("signature", _("Signature"), most=22),
            Column("id", _("Id"), most=18),
            Column("headline", _("Headline"), most=60),
        )
        record = RECORDS["alert"]
        zh = language() == "zh"
        states = [word for word in filters.states(record) if word.isascii() != zh]
        shown = [word for word in _SHOWN if word.isascii() != zh]
        self.words = (*shown, *(f"{name}:" for name in filters.fields(record)), *states)

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        which, terms = chosen(wanted.filter)
        now = moment(store)
        self.title = {
            STANDING: _("Alerts in force; ended shows the others"),
            ENDED: _("Alerts that have ended"),
            ALL: _("Alerts, in force and ended"),
        }[which]
        found = alertlist.listed(store, which, at=now, terms=terms)
        return WholePages(_lines(found, wanted.sort.field, now), reverse=wanted.sort.reverse)


def _lines(found: Sequence[Listed], sort: str, now: int) -> list[Ordered]:
    """In the order of the list, or by a column; among equals in that of the list."""
    ranks = alertlist.ranks(found, sort)
    return [
        ordered((rank, n), one.id, _cells(one, now), alert_tone(one.row, one.state))
        for n, (rank, one) in enumerate(zip(ranks, found, strict=True))
    ]


def _cells(one: Listed, now: int) -> tuple[str, ...]:
    row = one.row
    doubt = "? " + _("in doubt") if one.in_force and one.chain.doubted_by else ""
    return (
        alertwords.colour(row),
        alertwords.event(row),
        doubt or alertwords.standing(one),
        alertwords.field(row, "level") or "-",
        str(row["area"] or ""),
        alertwords.moment(alertlist.begins(one.row), now),
        alertwords.moment(row["expires"], now) or _("not stated"),
        alertlist.sender(one.row),
        ascii_marks(alertwords.signature(row)),
        one.id,
        str(row["headline"] or ""),
    )


class AlertsScreen(TableScreen):
    """See the module."""

    wraps = True
    footer_keys = ("details", "order", "filter", "palette", "help", "leave")

    def __init__(self, wanted: Wanted = EVERY_LINE, as_of: int | None = None) -> None:
        super().__init__(Alerts(), wanted=wanted, as_of=as_of)

    def body(self) -> ComposeResult:
        """Where there is little room, areas give way."""
        if self.duty.size.width < NARROW:
            self.source = Alerts(narrow=True)
        yield from super().body()

    def nothing(self) -> str:
        """See TableScreen."""
        words = _(
            "No warning stands here. {key} takes a file in; emergency alert watch looks at a folder or a feed."
        )
        return words.format(key=self.action_key("import"))

    def nothing_found(self) -> str:
        """See TableScreen."""
        return _(
            "No alert is like that. Esc takes the filter away; the word ended shows those that are over."
        )

    def again(self, as_of: int) -> TableScreen:
        """See TableScreen."""
        return AlertsScreen(self.table.wanted, as_of)

    def listing(self) -> list[str]:
        """See TableScreen."""
        which, terms = chosen(self.table.wanted.filter)
        only = {STANDING: ["--standing"], ENDED: ["--ended"], ALL: []}[which]
        sort = self.table.wanted.sort
        order = [] if sort == BY_ID else ["--sort", ("-" if sort.reverse else "") + (sort.field or "colour")]
        return ["alert", "list", *only, *order, *filter(None, [filters.written(terms)])]

    def tell_of(self, store: Store, target: Target) -> details.Details:
        """With its history."""
        found = details.read(store, target)
        if target.kind != "alert":
            return found
        return details.Details(found.title, (*found.rows, *_history(store, target.id)))

    def open(self, target: Target) -> None:
        """An alert has a screen of its own; one as of a time is only told."""
        if self.time is None:
            DutyScreen.open(self, target)
        else:
            super().open(target)

    @work(group="doing")
    async def do_import(self) -> None:
        """Ask for a file, and show what taking it in would do."""
        await preview(self, AlertPreview())

    @work(group="doing")
    async def do_export(self) -> None:
        """Write them to a file."""
        await export(self, self.duty.action("export"))


def _history(store: Store, id_: str) -> list[Row]:
    """Who took it in and what was done to it; what it said when it came stands above."""
    now = moment(store)
    rows = [heading(_("History"))]
    for event in reversed(history.of(store, "alert", id_)):
        whole = "identifier" in event["values"]
        values = "" if whole else saying.event(event)[:_MOST_TOLD]
        words = "  ".join(filter(None, (event["who"], event["command"], values, event["why"])))
        rows.append(Row(("", times.format_short(event["at_ms"], now), words)))
    return rows
