"""What could meet a need of an incident: marked here, ordered by the form that `o` opens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from textual import work
from textual.app import ComposeResult

from emergency.store import candidates, needs, times, units
from emergency.store.board import moment
from emergency.store.candidates import Candidate
from emergency.store.errors import EmergencyError, InvalidValue
from emergency.store.records.team import READINESS
from emergency.store.records.types import Text
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.words import _, clauses, language, told
from emergency.tui.actions import Action, Question, Where, briefly, typed
from emergency.tui.actions.orders import CANDIDATES
from emergency.tui.bar import Ask
from emergency.tui.ordering import OrderScreen
from emergency.tui.panel import Target
from emergency.tui.screens import DutyScreen
from emergency.tui.source import Column, Wanted
from emergency.tui.style import mark
from emergency.tui.table import Table
from emergency.tui.watch import Seen
from emergency.tui.whole import Ordered, WholePages, ordered
from emergency.tui.words import Words

#: The kind of record behind each kind of candidate.
_RECORD = {"people": "team"}
_FAR = 1 << 40


class Choices(NamedTuple):
    """What was marked for a need and not ordered yet."""

    #: {candidate: (what it gives, what refuses it)}, as it was when it was marked.
    seen: Mapping[str, tuple[int, str]]
    #: {candidate: thousandths} of other figures than the proposed ones.
    amounts: Mapping[str, int]


class CandidateLines:
    """The candidates for one need of an incident, as a source of lines for a table."""

    kind = "candidate"
    words = ()

    def __init__(self, about: str) -> None:
        """`about` is an incident, or one of its needs; the incident is known once it was read."""
        self.title = _("Candidates")
        self.about, self.incident = about, ""
        #: Which of its needs, the first being 0; None: the first that is short.
        self.nth: int | None = None
        self.of = 0
        self.cover: needs.Cover | None = None
        self.label = self.unit = ""
        self.found: dict[str, Candidate] = {}
        #: {candidate: thousandths}, where another figure than the proposed one is wanted.
        self.amounts: dict[str, int] = {}
        self.columns = (
            Column("id", _("Id"), most=16, roomy=36),
            Column("name", _("Name"), most=18, roomy=30),
            Column("gives", _("Amount"), most=18, right=True),
            Column("distance", _("km"), right=True),
            Column("minutes", _("about min"), right=True),
            Column("against", _("Against it"), most=30, roomy=50),
            Column("holder", _("Unit"), most=24),
        )
        self._read: tuple[Any, ...] = ()

    def pages(self, store: Store, wanted: Wanted) -> WholePages:
        """See Source."""
        version = store.connection.execute("PRAGMA data_version").fetchone()[0]
        read = (store, version, self.nth, moment(store) // times.MINUTE)
        if read != self._read:
            self._look(store)
            self._read = read
        lines = [self._line(n, one, wanted.sort.field) for n, one in enumerate(self.found.values())]
        return WholePages(lines, reverse=wanted.sort.reverse)

    def _look(self, store: Store) -> None:
        first = candidates.for_one(store, self.about)
        self.incident = str(first.need["incident"])
        covers = needs.board(store, self.incident)
        self.of = len(covers)
        if self.nth is None or self.nth >= len(covers):
            self.nth = [c.need["id"] for c in covers].index(first.need["id"])
        cover = covers[self.nth]
        self.found = {one.id: one for one in candidates.candidates(store, cover)}
        self.label, self.unit = needs.label(store, cover.need["what"]), cover.need["unit"] or ""
        self.cover = cover

    def choices(self, marked: Iterable[str]) -> Choices:
        """What is marked, to be found again."""
        seen = {id_: (self.found[id_].gives, self.found[id_].refusal) for id_ in marked if id_ in self.found}
        return Choices(seen, {id_: n for id_, n in self.amounts.items() if id_ in seen})

    def wanted_of(self, one: Candidate) -> int:
        """How much of it would be ordered, in thousandths."""
        return self.amounts.get(one.id, one.proposed)

    def _line(self, n: int, one: Candidate, sort: str) -> Ordered:
        by = {
            "gives": -one.gives,
            "distance": _FAR if one.distance is None else one.distance,
            "minutes": _FAR if one.distance is None else one.distance,
        }.get(sort, 0)
        tone = "bad" if one.refusal else "ask" if one.remarks else "good"
        amount = needs.amount(one.gives, self.unit)
        if one.kind in ("people", "reserve"):
            amount = f"{needs.amount(self.wanted_of(one), '')} / {amount}"
        cells = (
            one.id,
            one.name,
            amount,
            "" if one.distance is None else f"{one.distance / 1000:.1f}",
            "" if one.minutes is None else str(one.minutes),
            f"{mark(tone)} " + (clauses((one.refusal, *one.remarks)) or _ready(one)),
            one.holder_name if one.kind in ("equipment", "reserve") else "",
        )
        return ordered((by, n), one.id, cells, "dim" if one.refusal else "")


def _ready(one: Candidate) -> str:
    """What stands where nothing speaks against it."""
    return READINESS["ready"][1 if language() == "zh" else 0] if one.standing == "ready" else ""


class Choice(Table):
    """The table of candidates; it tells when a mark is set or taken."""

    def do_mark(self) -> None:
        """See Table."""
        super().do_mark()
        self.post_message(self.Moved())

    def do_unmark(self) -> None:
        """See Table."""
        super().do_unmark()
        self.post_message(self.Moved())


class CandidatesScreen(DutyScreen):
    """See the module."""

    DEFAULT_CSS = """
    CandidatesScreen #need { text-style: bold; }
    CandidatesScreen #chosen { text-style: bold; }
    """

    def __init__(self, about: str) -> None:
        """Of an incident, or of one of its needs."""
        super().__init__()
        self.source = CandidateLines(about)
        #: The need whose marks these are; "" while they are not known.
        self._marks_of = ""

    def body(self) -> ComposeResult:
        """The need, the table, what is to be said of the one under the cursor, and what is marked."""
        yield Words(" " + _("reading"), id="need")
        yield Choice(self.source, self.duty.path, self.duty.as_of, id="list")
        yield Words(id="said")
        yield Words(id="chosen")

    @property
    def table(self) -> Table:
        """The table."""
        return self.query_one(Table)

    def on_mount(self) -> None:
        """The table has the keys."""
        self._table = self.table
        self._table.focus()

    def footer(self) -> tuple[list[str], list[str]]:
        """Of the candidates, and of the needs."""
        named = {"mark": _("mark"), "amount": self.duty.action("amount").label, "order": _("order it"),
                 "next_panel": _("next need")}  # fmt: skip
        help_ = self.duty.action("help")
        return self.reminders(named), [f"{help_.shown} {help_.label}", f"Esc {_('back')}"]

    def can(self, name: str) -> bool:
        """There may be one need only, and no candidate."""
        if name == "mark":
            return self._here is not None
        if name in ("next_panel", "previous_panel"):
            return self.source.of != 1
        return super().can(name)

    def on_unmount(self) -> None:
        """What is marked is marked still when one comes back."""
        self._keep()

    def used(self) -> None:
        """All that was marked is ordered: nothing is marked when one comes back."""
        self.duty.choices.pop(self._marks_of, None)
        self._marks_of = ""

    def _keep(self) -> None:
        if self._marks_of:
            self.duty.choices[self._marks_of] = self.source.choices(self._table.marked)

    def _bring_back(self, need: str) -> None:
        """The marks of before, but for what is not as it was."""
        self._marks_of = need
        kept = self.duty.choices.get(need)
        if kept is None:
            return
        now = self.source.choices(kept.seen).seen
        same = [id_ for id_, seen in kept.seen.items() if now.get(id_) == seen]
        self.source.amounts = {id_: n for id_, n in kept.amounts.items() if id_ in same}
        self.table.marked = dict.fromkeys(same)
        self.table.renew()

    @property
    def where(self) -> Where:
        """A room of its own; the record behind the candidate under the cursor."""
        one = self._here
        target = Target(_RECORD.get(one.kind, one.kind), one.id) if one else None
        against = {} if self.chosen else {"order": _("there is nothing under the cursor")}
        if one is None or one.kind not in ("people", "reserve"):
            against["amount"] = (
                _("it is ordered as a whole") if one else _("there is nothing under the cursor")
            )
        return super().where._replace(target=target, room=CANDIDATES, state="", against=against)

    def asked_by(self, action: Action) -> Where:
        """What cannot be done to the candidate under the cursor is done to the incident that they are for."""
        where = self.where
        whole = where._replace(target=Target("incident", self.source.incident))
        known = self.source.incident != ""
        return whole if known and action.why_not(where) and not action.why_not(whole) else where

    @property
    def _here(self) -> Candidate | None:
        target = self.table.target
        return self.source.found.get(target.id) if target else None

    @property
    def chosen(self) -> list[tuple[Candidate, int]]:
        """What is marked, else what is under the cursor, each with how much of it."""
        ids = [*self.table.marked] or ([self._here.id] if self._here else [])
        ones = [self.source.found[id_] for id_ in ids if id_ in self.source.found]
        return [(one, self.source.wanted_of(one)) for one in ones]

    # -- keys ------------------------------------------------------------------------------------

    def do_next_panel(self) -> None:
        """The next need of the incident."""
        self._turn(1)

    def do_previous_panel(self) -> None:
        """The need before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        if self.source.of > 1:
            self.source.nth = ((self.source.nth or 0) + by) % self.source.of
            self._keep()
            self._marks_of, self.source.amounts, self.table.marked = "", {}, {}
            self.table.do_first()
            self.table.renew()

    @work(group="doing")
    async def do_amount(self) -> None:
        """Another figure for the one under the cursor: people, or stock."""
        one = self._here
        if one is None:
            return
        question = Question("amount", _("How much of {name}").format(name=one.name), Text())
        one_order = candidates.orders([(one, self.source.wanted_of(one))], self.source.incident)[0]
        line = briefly(one_order.words)
        text = await self.wait_for(Ask(_("Amount"), question, line))
        if text is None:
            return
        try:
            self.source.amounts[one.id] = self._thousandths(one, text)
        except InvalidValue as error:
            self.app.notify(f"{error.message}  {error.hint}".rstrip(), markup=False, severity="error")
            return
        self.table.marked[one.id] = None
        self.table.renew()

    def _thousandths(self, one: Candidate, text: str) -> int:
        """What was typed, in thousandths of the unit. Raises InvalidValue for what it has not, or cannot give."""
        unit = self.source.unit
        asked = units.parse_quantity(text, unit or None)
        milli = units.convert(asked.milli, asked.unit, unit) if unit and asked.unit else asked.milli
        if not 0 < milli <= one.gives or (one.kind == "people" and milli % 1000):
            raise InvalidValue(
                _("more than 0 and at most {most}").format(most=needs.amount(one.gives, unit)),
            )
        return milli

    def do_order(self) -> None:
        """The form for what is marked."""
        cover = self.source.cover
        need = cover.need if cover else {}
        proposed = candidates.orders(self.chosen, self.source.incident)
        self.app.push_screen(OrderScreen(self.source.incident, proposed, need))

    def do_copy(self) -> None:
        """The line that lists the same."""
        what = self.source.cover.need["what"] if self.source.cover else ""
        words = ["need", "candidates", self.source.incident, *filter(None, [what])]
        self.duty.hand_over(typed(self.where, words))

    # -- what happens ----------------------------------------------------------------------------

    def open(self, target: Target) -> None:
        """The record behind a candidate."""
        one = self.source.found.get(target.id)
        super().open(Target(_RECORD.get(one.kind, one.kind), one.id) if one else target)

    def renew(self, seen: Seen) -> None:
        """The store changed: something may have been taken by another desk."""
        self.table.renew()

    def on_table_loaded(self) -> None:
        """Say which need this is."""
        source, cover = self.source, self.source.cover
        if cover is None:
            return
        needed = needs.amount(int(cover.need["amount"] or 0), source.unit)
        said = _("{incident} {label}: short {short} of {needed}, asked {asked}").format(
            incident=source.incident,
            label=source.label,
            short=needs.amount(cover.short, ""),
            needed=needed,
            asked=needs.amount(cover.asked, ""),
        )
        by = cover.need["by"]
        right = _("by {time}").format(time=times.format_short(by, times.now())) + "  " if by else ""
        right += _("need {n}/{of}").format(n=(source.nth or 0) + 1, of=source.of) + " "
        self.query_one("#need", Words).say(" " + drilled(cover.need, said), right)
        if self._marks_of != cover.need["id"]:
            self._bring_back(cover.need["id"])
        none = _("nothing in the registers gives {what}: no team, no equipment, no stock")
        self.table.say_if_empty(none.format(what=source.label))
        # What is gone is marked no more.
        self.table.marked = {id_: None for id_ in self.table.marked if id_ in source.found}
        self.on_table_moved()

    def on_table_moved(self) -> None:
        """All that speaks against the one under the cursor, and what is marked."""
        one = self._here
        said = ""
        if one is not None:
            against = [one.refusal, f"-> {one.way_out}" if one.refusal and one.way_out else "", *one.remarks]
            words = "  ".join(filter(None, against)) or _("nothing speaks against it")
            said = (
                f" {mark('bad' if one.refusal else 'ask' if one.remarks else 'good')} {told(one.id, words)}"
            )
        self.query_one("#said", Words).say(said)
        total = sum(milli for _one, milli in self.chosen) if self.table.marked else 0
        line = _("{n} marked: {total}; short {short}").format(
            n=len(self.table.marked),
            total=needs.amount(total, self.source.unit),
            short=needs.amount(self.source.cover.short if self.source.cover else 0, self.source.unit),
        )
        self.query_one("#chosen", Words).say(f" {line}" if self.table.marked else "")

    def on_table_refused(self, message: Table.Refused) -> None:
        """There is no need, or the store cannot be read."""
        self._complain(message.error)

    def _complain(self, error: EmergencyError) -> None:
        self.query_one("#need", Words).say(f" ! {error.message}  {error.hint}".rstrip())
