"""What the screens have in common: their keys, their head and footer, and how an action is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import ScreenResume
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import Input

from emergency.store.errors import EmergencyError
from emergency.store.words import _
from emergency.tui import keyed
from emergency.tui.actions import Action, Where, command_line, on_screen, typed
from emergency.tui.actions.orders import alert_of, incident_of, needed_of
from emergency.tui.head import headline
from emergency.tui.panel import Panel, Target
from emergency.tui.reminding import RemindingScreen
from emergency.tui.telling import Told
from emergency.tui.words import Footer, Tabs, Words

if TYPE_CHECKING:
    from textual.css.query import DOMQuery

    from emergency.store.parts import Board
    from emergency.tui.bar import Bar
    from emergency.tui.doing import Ran
    from emergency.tui.table import Table
    from emergency.tui.watch import Seen

Answer = TypeVar("Answer")


class DutyScreen(RemindingScreen):
    """A screen whose keys come from the table of actions; `body` is what it is about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(a.keys), f"act('{a.id}')", a.id, show=False, id=a.id) for a in on_screen() if a.keys
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = keyed.COMPONENTS
    DEFAULT_CSS = "DutyScreen #headline { text-style: reverse bold; }" + keyed.CSS
    #: As in Textual, but for painting the whole screen each time that the keys go elsewhere: both widgets
    #: paint themselves, and the rest would take seconds on a thin line.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self.shown: Seen | None = None
        self._resumed = False

    def compose(self) -> ComposeResult:
        """The head, what the screen is about, the keys."""
        yield Words(" " + _("reading the store"), id="headline")
        yield Tabs(self.duty.places, self.duty.room)
        yield from self.body()
        footer = Footer()
        footer.remind(*self.footer())
        yield footer
        yield Told()

    def body(self) -> ComposeResult:
        """What stands between head and footer."""
        yield from ()

    def on_mount(self) -> None:
        """What was seen before is shown at once."""
        if self.duty.seen is not None:
            self.shown = self.duty.seen
            self.head(self.duty.seen)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """What changed while another screen was open."""
        # The first time all styles have just been applied, as each widget came.
        event.refresh_styles = event.refresh_styles and self._resumed
        self._resumed = True
        if self.duty.seen is not None and self.duty.seen is not self.shown:
            self.see(self.duty.seen)

    def _compositor_refresh(self) -> None:
        """As a screen of Textual, which while a batch lasts paints all the same, throws it away, and takes it as done."""
        if self.app._batch_count:
            self.refresh()
        else:
            super()._compositor_refresh()

    def see(self, seen: Seen) -> None:
        """The store changed: the head says so, then the screen."""
        if seen is self.shown:
            return
        self.shown = seen
        self.head(seen)
        self.renew(seen)

    def head(self, seen: Seen) -> None:
        """Whose store it is, of what time, and how far it can be trusted."""
        board = seen.board
        if self.time is not None:
            board = board._replace(header=board.header._replace(as_of=self.time, now=self.time))
        self.head_of(board)

    def head_of(self, board: Board) -> None:
        """The first line."""
        self.query_one("#headline", Words).say(*headline(board))

    def renew(self, seen: Seen) -> None:
        """The store changed."""

    def complain(self, error: EmergencyError) -> None:
        """The store cannot be read just now; what was seen last stays on the screen, and we say so."""
        self.query_one("#headline", Words).say(f" ! {error.message}  {error.hint}")

    # -- what a key does -------------------------------------------------------------------------

    def action_act(self, name: str) -> None:
        """Do one action of the table, or say why it cannot be done."""
        if not self.app.is_running:
            # The program is ending, and some screens are gone already.
            return
        if not self.is_mounted:
            # The key was on its way when this screen was opened: none of its lists is there yet.
            self.call_later(self.action_act, name)
            return
        # By its name: the module of the bars is not there before one is shown.
        bars = cast("DOMQuery[Bar[Any]]", self.query("Bar"))
        if bars:
            if name == "back":
                bars.last().give(None)
            return
        self.act(self.duty.action(name))

    def act(self, action: Action) -> None:
        """See `action_act`."""
        where = self.asked_by(action)
        reason = action.why_not(where)
        if reason:
            self.app.notify(reason, markup=False, severity="warning")
        elif action.form is not None:
            self.open_form(
                action.form(where), "" if action.id == "new" or not where.target else where.target.id
            )
        elif action.writes:
            self._ahead = []
            self.carry_out(action, where)
        elif action.panel or action.table:
            self.list_of_keys().action_act(action.id)
        elif action.id.startswith("go_"):
            self.duty.go(action.id.removeprefix("go_"))
        elif (does := getattr(self, f"do_{action.id}", None)) is not None:
            does()
        else:
            self.app.notify(_("not on this screen"), markup=False, severity="warning")

    def do_history(self) -> None:
        """The record under the cursor, at its history."""
        from emergency.tui.detailscreen import DetailsScreen

        target = self.asked_by(self.duty.action("history")).target
        if target is not None:
            self.app.push_screen(DetailsScreen(target, self.time, to_history=True))

    def do_gaps(self) -> None:
        """The team under the cursor against its standard."""
        target = self.asked_by(self.duty.action("gaps")).target
        if target is not None:
            self.open(Target("audit", target.id))

    def list_of_keys(self) -> Panel | Table:
        """What the keys of lists move in, where they were asked for by name."""
        return self.query_one(Panel)

    @work(group="doing")
    async def carry_out(self, action: Action, where: Where) -> None:
        """Ask what must be asked, and run the command line."""
        try:
            await self.do_with_command(action, where)
        finally:
            self._ahead = None

    async def do_with_command(self, action: Action, where: Where) -> Ran | None:
        """See `carry_out`. What came of it; None where it was left, or refused before it ran."""
        while (asked := await self.answered(action, where)) is not None:
            ran, done = await self._done_as(action, asked)
            if ran is None or not (ran.code and action.asks):
                return ran if done else None
            # Nothing that was answered is lost: one of the answers can be another.
            where, self._refused = asked, ran.said
        return None

    async def _done_as(self, action: Action, asked: Where) -> tuple[Ran | None, bool]:
        """(what came of it, whether it ran and was not only tried); None where a person said no."""
        from emergency.tui import trial
        from emergency.tui.bar import Confirm

        words, tried = action.command(asked), action.tried(asked)
        said = typed(asked, words)
        if tried:
            ran = await self.duty.run_quietly(tried)
            if ran.code:
                self.duty.tell(ran)
                return ran, False
            said += "".join(f"\n   {line}" for line in trial.told(ran.out, ran.err))
        if action.danger and not await self.wait_for(Confirm(action.label, said)):
            self.duty.left[action.id, asked.target] = asked.answers
            return None, False
        self._ahead = None
        return await self.duty.do(words), True

    def open_form(self, noun: str, id_: str) -> None:
        """A form for a new record, or for one that there is."""
        from emergency.tui.form import FormScreen

        self.app.push_screen(FormScreen(noun, id_))

    def do_order(self) -> None:
        """From a need to its candidates; from an alert to what prepares for it."""
        where = self.asked_by(self.duty.action("order"))
        if alert := alert_of(where):
            from emergency.tui.alertdraft import DraftScreen

            self.app.push_screen(DraftScreen(alert))
            return
        from emergency.tui.candidates import CandidatesScreen

        self.app.push_screen(CandidatesScreen(needed_of(where)))

    def do_plan(self) -> None:
        """Whom to call for an incident, reckoned."""
        from emergency.tui.plandesk import PlanDesk

        self.app.push_screen(PlanDesk((incident_of(self.asked_by(self.duty.action("plan"))),)))

    def do_check_in(self) -> None:
        """The gate of an incident."""
        from emergency.tui.gate import GateScreen

        self.app.push_screen(GateScreen(incident_of(self.asked_by(self.duty.action("check_in")))))

    def do_stage(self) -> None:
        """How many teams a season's plan places, and the plan on the map."""
        self._ahead = []
        self._stage()

    @work(group="doing")
    async def _stage(self) -> None:
        from emergency.tui.staging import ask

        try:
            await ask(self)
        finally:
            self._ahead = None

    def do_batch(self) -> None:
        """Orders from a file."""
        from emergency.tui.batch import BatchScreen

        if not isinstance(self, BatchScreen):
            self.app.push_screen(BatchScreen())

    def do_next_panel(self) -> None:
        """Focus the next panel."""
        self._elsewhere(self.focus_next)

    def do_previous_panel(self) -> None:
        """Focus the panel before."""
        self._elsewhere(self.focus_previous)

    def _elsewhere(self, move: Callable[[], Widget | None]) -> None:
        before = self.focused
        if move() is before:
            self.app.notify(_("there is one list on this screen"), markup=False)

    def do_refresh(self) -> None:
        """Read the store again, now."""
        self.duty.look()
        self.app.notify(_("the store is read again"), markup=False)

    def do_copy(self) -> None:
        """Copy the command line that does the same, and show it: a terminal may not take it."""
        self.duty.hand_over(command_line(self.where))

    def do_copy_ran(self) -> None:
        """The line that ran last."""
        if self.duty.ran:
            self.duty.hand_over(typed(self.where, self.duty.ran[-1]))
        else:
            self.app.notify(_("nothing was run yet"), markup=False)

    def do_palette(self) -> None:
        """Find anything: an action, a screen, a record."""
        self._ahead = []
        self._find()

    @work(group="doing")
    async def _find(self) -> None:
        from emergency.tui.palette import Palette

        chosen = await self.wait_for(Palette(self))
        if isinstance(chosen, Action):
            self.act(chosen)
        elif isinstance(chosen, Target):
            self.open(chosen)
        elif chosen is not None:
            from emergency.tui.callups import CallupsScreen
            from emergency.tui.source import Wanted

            self.app.push_screen(CallupsScreen(Wanted(filter=chosen.filter), as_of=self.time))

    def do_help(self) -> None:
        """The keys of this screen; on those, back."""
        from emergency.tui.helping import HelpScreen

        if isinstance(self, HelpScreen):
            self.do_back()
        else:
            self.app.push_screen(
                HelpScreen([(action, self.asked_by(action)) for action in self.duty.actions])
            )

    def do_page(self) -> None:
        """The page of help; on it, back."""
        from emergency.tui.helping import HelpPage

        if isinstance(self, HelpPage):
            self.do_back()
        else:
            self.app.push_screen(HelpPage())

    def do_theme(self) -> None:
        """The next set of colours."""
        self.duty.next_theme()

    def do_back(self) -> None:
        """The screen before this one; from the first of a room, the board."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            self.duty.go("board")

    def do_leave(self) -> None:
        """The screen before this one; from the board, leave."""
        self.do_back()

    def do_quit(self) -> None:
        """Leave the program."""
        self.duty.leave()

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Open what is under the cursor."""
        self.open(message.target)

    def open(self, target: Target) -> None:
        """A record in full, of the time that is told of here."""
        if target.kind == "line":
            from emergency.tui.linescreen import LineScreen

            self.app.push_screen(LineScreen(target, self.time))
        elif target.kind == "alert":
            from emergency.tui.alertscreen import AlertScreen

            self.app.push_screen(AlertScreen(target, self.time))
        elif target.kind == "expiring":
            self.duty.go("expiring")
        elif target.kind == "type":
            from emergency.store import filters
            from emergency.tui.registers import RegisterScreen
            from emergency.tui.source import Wanted

            of_type = filters.written([filters.Term("type", "=", target.id)])
            self.app.push_screen(RegisterScreen("team", wanted=Wanted(of_type)))
        else:
            from emergency.tui.detailscreen import DetailsScreen

            self.app.push_screen(DetailsScreen(target, self.time))

    def on_descendant_focus(self, event: Any) -> None:
        """No cursor blinks: it would send bytes while nothing happens."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def on_descendant_blur(self, event: Any) -> None:
        """What was held while somebody typed is shown now."""
        self.call_after_refresh(self.duty.deliver)
