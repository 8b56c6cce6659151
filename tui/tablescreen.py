"""A screen that is one table: a filter over it, marks in it, and the record under the cursor beside it.

A list of any kind is a `Source`; a register, the journal and the conflicts are screens of this kind.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message_pump import _MessagePumpMeta
from textual.widgets import Input

from emergency.store import times, words
from emergency.store.errors import InvalidValue
from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui import details
from emergency.tui.actions import Action, Where, command_line
from emergency.tui.actions.orders import incident_of
from emergency.tui.actions.reading import typed
from emergency.tui.bar import Confirm
from emergency.tui.detailscreen import DetailsScreen
from emergency.tui.doing import Ran
from emergency.tui.filterbar import FilterBar, pointed
from emergency.tui.many import Doing, Outcome, ResultScreen, told
from emergency.tui.panel import Panel, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.source import ALL, Source, Wanted
from emergency.tui.table import Table
from emergency.tui.watch import Seen
from emergency.tui.words import Said

#: Keys that the footer of a table reminds of, where there is room for no more.
REMINDED = ("details", "filter", "sort", "mark", "palette", "help", "leave")


class RecordScreen(DetailsScreen):
    """What is under the cursor of a table in full, as it was at a time."""

    def __init__(self, screen: TableScreen, target: Target, to: str = "") -> None:
        """The cursor goes to the heading `to`, where it is named."""
        super().__init__(target, as_of=screen.time)
        self._screen, self._to = screen, to

    @property
    def where(self) -> Where:
        """Of the operation that the table told."""
        return super().where._replace(op=self._screen.op_of(self.record))

    def fetch(self, store: Store) -> details.Details:
        """As the table tells it."""
        return self._screen.tell_of(store, self.record)

    def tell(self, told: details.Details) -> None:
        """The first time, the cursor goes where it was asked to."""
        super().tell(told)
        panel = self.query_one(Panel)
        at = next((i for i, row in enumerate(panel.rows) if self._to and row.cells[1] == self._to), None)
        self._to = ""
        if at is not None:
            panel.go_to(at)


class _Abstract(ABCMeta, _MessagePumpMeta):
    """Classes of screens of which some only say what others must have."""


class TableScreen(DutyScreen, metaclass=_Abstract):
    """See the module. `table.marked` and `table.target` say what an action is about."""

    BINDINGS: ClassVar[list[Binding | tuple[str, str] | tuple[str, str, str]]] = []
    DEFAULT_CSS = """
    TableScreen {
        #said { display: none; color: $warning; &.-shown { display: block; } }
        #beside { height: 1fr; }
        #record { display: none; width: 2fr; margin-left: 1; }
        #table { width: 3fr; }
        &.-wide #record { display: block; }
    }
    """
    footer_keys: ClassVar[tuple[str, ...]] = REMINDED
    #: Or keys that come before the table is there would be typed into a filter that it began with.
    AUTO_FOCUS = "#table"
    #: What stands beside the table goes on in a next line rather than being cut.
    wraps: ClassVar[bool] = False

    def __init__(self, source: Source, *, wanted: Wanted = ALL, as_of: int | None = None) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        self.source, self._wanted, self.time = source, wanted, as_of

    # -- what the kinds of tables differ in ------------------------------------------------------

    def tell_of(self, store: Store, target: Target) -> details.Details:
        """What stands beside the table, and what Enter opens; in a reading thread. Raises EmergencyError."""
        return details.read(store, target)

    @abstractmethod
    def again(self, as_of: int) -> TableScreen | None:
        """The same table as of a time; None where it is always of now."""

    def op_of(self, target: Target | None) -> str:
        """The operation that a record is of; "" where it is of none."""
        return ""

    def state_of(self, target: Target) -> str:
        """The state of a record where it has one and it is known; ""."""
        return self.duty.state_of(target)

    def nothing(self) -> str:
        """What is said where the list has no line: how it gets one."""
        return _("nothing")

    def nothing_found(self) -> str:
        """What is said where the filter holds every line back."""
        return _("nothing is like that: {key} takes the filter away").format(key=self.action_key("back"))

    def listing(self) -> list[str]:
        """The words after `emergency` that list what the table shows."""
        words = self.duty.action("list_command").command(self.where)
        return [*words, *filter(None, [self.table.wanted.filter])]

    # -- what is there ---------------------------------------------------------------------------

    @property
    def table(self) -> Table:
        """The table."""
        return self.query_one(Table)

    @property
    def where(self) -> Where:
        """What actions are asked about: the record under the cursor, here or in what stands beside."""
        found = super().where
        target = found.target or (self.table.target if self.is_mounted else None)
        return self._of(found._replace(table=True), target)

    def _of(self, where: Where, target: Target | None) -> Where:
        """The same of another record, with all that is known of that one."""
        op = self.op_of(target) if self.is_mounted else ""
        return where._replace(target=target, state=self.state_of(target) if target else "", op=op)

    def body(self) -> ComposeResult:
        """The filter, what is wrong with it, the table and the record."""
        yield FilterBar(self.source.words, self.action_key("filter"), id="filter")
        yield FilterBar((), self.action_key("as_of") + " ", id="moment")
        yield Said(id="said")
        with Horizontal(id="beside"):
            yield Table(self.source, self.duty.path, self.as_of, wanted=self._wanted, id="table")
            yield Panel(details.COLUMNS, id="record", empty=_("reading"), wrap=self.wraps)

    def on_mount(self) -> None:
        """The table has the keys."""
        bar = self.query_one("#filter", FilterBar)
        bar.value = self._wanted.filter
        bar.close()
        self._say_what_to_do(self._wanted.filter)
        self.table.focus()

    def list_of_keys(self) -> Table:
        """What the keys of lists move in."""
        return self.table

    # -- keys ------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """`/` acts here at once: what is typed right behind it is part of the filter."""
        if (
            event.key in self.duty.action("filter").keys
            and self.focused is self.table
            and self._ahead is None
        ):
            event.stop()
            self.do_filter()

    def do_filter(self) -> None:
        """Type a filter."""
        self.query_one("#filter", FilterBar).open()

    def do_as_of(self) -> None:
        """Type a time; the table as it was known then is a screen of its own."""
        if self.again(times.now()) is None:
            self.app.notify(_("not on this screen"), markup=False, severity="warning")
            return
        self.query_one("#moment", FilterBar).open()
        self.say(_("the list as it was known at: 08:00, yesterday 14:00, 2h ago, 2026-07-31 08:00"))

    def do_list_command(self) -> None:
        """Copy the command line of the list."""
        line = typed(self.where, self.listing())
        self.duty.hand_over(line)

    def do_copy(self) -> None:
        """Of the record under the cursor; of the list where there is none."""
        if self.where.target is None:
            self.do_list_command()
        else:
            self.duty.hand_over(command_line(self.where))

    def do_back(self) -> None:
        """Without the filter, if there is one; else the screen before."""
        bar = self.query_one("#filter", FilterBar)
        if bar.value or self.table.wanted.filter:
            self.narrow("")
        else:
            super().do_back()

    def do_leave(self) -> None:
        """The screen before."""
        super().do_back()

    # -- doing, to one or to all that are marked -------------------------------------------------

    def asked_by(self, action: Action) -> Where:
        """Where records are marked, the first of them that it can be done to."""
        where = self.where
        if not self.table.marked or not action.about_record:
            return where
        all_ = self._marked(where)
        return next((one for one in all_ if not action.why_not(one)), all_[0])

    def _marked(self, where: Where) -> list[Where]:
        kind = self.source.kind
        return [self._of(where, Target(kind, id_)) for id_ in self.table.marked]

    async def do_with_command(self, action: Action, where: Where) -> Ran | None:
        """Run it for each record that is marked, after one question; for the one under the cursor where none is."""
        if not self.table.marked or not action.about_record:
            return await super().do_with_command(action, where)
        asked = await self.answered(action, where)
        if asked is None:
            return None
        outcomes = self._outcomes(action, asked)
        first = next((o.words for o in outcomes if not o.refusal), ())
        count = sum(not o.refusal for o in outcomes)
        lines = sum(len(o.marked) for o in outcomes if not o.refusal)
        title = _("{action}: {n} of {all} marked").format(
            action=action.label, n=lines, all=len(self.table.marked)
        )
        more = "\n   " + _("and {n} lines like it").format(n=count - 1) if count > 1 else ""
        if not await self.wait_for(Confirm(title, typed(where, first) + more)):
            self.duty.left[action.id, asked.target] = asked.answers
            return None
        done = await self.wait_for(Doing(action.label, outcomes, self.duty.run_quietly))
        self._tell(action, done or outcomes)
        return None

    def _outcomes(self, action: Action, where: Where) -> list[Outcome]:
        """One for each command line: several marked lines may be of one record."""
        out: dict[tuple[str, ...], Outcome] = {}
        for id_, one in zip(self.table.marked, self._marked(where), strict=True):
            words = tuple(action.command(one))
            if words in out:
                out[words] = out[words]._replace(marked=(*out[words].marked, id_))
            elif one.target is not None:
                out[words] = Outcome(one.target, words, (id_,), action.why_not(one))
        return list(out.values())

    def _tell(self, action: Action, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.done:
                self.duty.ran.append(outcome.words)
                for id_ in outcome.marked:
                    self.table.marked.pop(id_, None)
        self.table.renew()
        self.duty.look()
        title = words.told(action.label, told(outcomes))
        if all(o.done for o in outcomes):
            self.app.notify(title, markup=False)
        else:
            self.app.push_screen(ResultScreen(title, outcomes))

    def do_plan(self) -> None:
        """For all incidents that are marked."""
        from emergency.tui.plandesk import PlanDesk

        marked = tuple(self.table.marked) if self.source.kind == "incident" else ()
        self.app.push_screen(PlanDesk(marked or (incident_of(self.asked_by(self.duty.action("plan"))),)))

    # -- what happens ----------------------------------------------------------------------------

    def on_filter_bar_typed(self, message: FilterBar.Typed) -> None:
        """The filter changed, and nothing was typed since."""
        if message.bar.id == "filter":
            self._filter(message.text)

    def narrow(self, text: str) -> None:
        """Another filter, as if it were typed."""
        bar = self.query_one("#filter", FilterBar)
        bar.value = text
        bar.close()
        self._filter(text)

    def _filter(self, text: str) -> None:
        self.say("")
        self._say_what_to_do(text)
        self.table.want(self.table.wanted._replace(filter=text))

    def _say_what_to_do(self, text: str) -> None:
        gone = _("nothing was there at that time") if self.as_of is not None else self.nothing()
        self.table.say_if_empty(self.nothing_found() if text else gone)

    def on_filter_bar_left(self, message: FilterBar.Left) -> None:
        """Enter, or Esc, in a bar."""
        self.set_focus(self.table)
        if message.bar.id != "moment":
            return
        self.say("")
        if not message.entered or self._go_to(message.bar.value.strip()):
            # A time that stood over a list of another time would be read as that list's.
            message.bar.value = ""
            message.bar.close()

    def _go_to(self, text: str) -> bool:
        """The list as of a time; nothing typed: as of now. Whether it was a time."""
        if not text:
            self._go_to_now()
            return True
        try:
            moment = times.parse_time(text, times.now())
        except InvalidValue as error:
            self.say(f"{error.message}  {error.hint}")
            return False
        if (screen := self.again(moment)) is not None:
            self.app.push_screen(screen)
        return True

    def _go_to_now(self) -> None:
        """Back to the list of now, from which those of other times were opened."""
        for screen in self.app.screen_stack[:0:-1]:
            if not isinstance(screen, TableScreen) or screen.time is None:
                break
            self.app.pop_screen()

    def on_table_refused(self, message: Table.Refused) -> None:
        """Say what is wrong, and where."""
        self.say(pointed(message.error, self.query_one("#filter", FilterBar).value, self.size.width))

    def on_table_moved(self) -> None:
        """Another record is under the cursor."""
        self.show_beside()

    def show_beside(self) -> None:
        """The record beside the table is the one under the cursor."""
        pane, target = self.query_one("#record", Panel), self.table.target
        if not pane.display:
            return
        if target is None:
            # The answer about what was under it may still be on its way.
            self.table.reader.cancel("record")
            pane.show("", [])
        else:
            self.table.read(
                "record", lambda store: self.tell_of(store, target), lambda d: pane.show(d.title, d.rows)
            )

    def on_resize(self) -> None:
        """There may be room for the record now."""
        self.call_after_refresh(self.show_beside)

    def open(self, target: Target) -> None:
        """What is under the cursor, as this table tells it; anything else as it is told anywhere."""
        mine = target.kind == self.source.kind
        if mine:
            self.app.push_screen(RecordScreen(self, target))
        else:
            super().open(target)

    def do_history(self) -> None:
        """The record, with the cursor at its history."""
        target = self.where.target
        if target is not None:
            self.app.push_screen(RecordScreen(self, target, _("History")))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """The bars tell it themselves."""
        message.stop()

    def renew(self, seen: Seen) -> None:
        """The store changed."""
        if self.as_of is None:
            self.table.renew()

    def say(self, text: str) -> None:
        """A line over the table; "": none."""
        line = self.query_one("#said", Said)
        line.set_class(bool(text), "-shown")
        line.say(text)
