"""The plan desk: whom to call for incidents, why these and not others, what is left behind; F2 writes it as drafts.

What is shown is what `emergency plan callup --json` says, run while one goes on looking; a key changes a word
of that line and runs it again, and what is other than before is marked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input

from emergency.store import planwords
from emergency.store.errors import EmergencyError
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, ngettext
from emergency.tui import planhead, plans, planwhy
from emergency.tui.actions import Action, Question, Where, typed
from emergency.tui.actions.planning import PLAN, unwritable
from emergency.tui.bar import Ask, Confirm
from emergency.tui.details import Details
from emergency.tui.doing import Ran
from emergency.tui.panel import Column, Panel
from emergency.tui.planasked import Asked, Options, Wanting, briefly, entries, read, wanting
from emergency.tui.planbeside import Beside
from emergency.tui.plans import Listed, Out, Value
from emergency.tui.screens import DutyScreen
from emergency.tui.style import mark
from emergency.tui.watch import Seen
from emergency.tui.whyscreen import Lines, WhyScreen
from emergency.tui.words import Words

#: The lists, in the order in which Tab reaches them.
LISTS = ("lines", "needs", "cover", "lasting")


class PlanDesk(DutyScreen):
    """See the module."""

    DEFAULT_CSS = """
    PlanDesk {
        #plan, #doing { text-style: bold; }
        #lists { width: 3fr; }
        #lines { height: 5fr; }
        #needs { height: 3fr; }
        #cover, #lasting { height: 2fr; }
        Beside { display: none; }
        &.-wide Beside { display: block; }
        &.-none #needs, &.-none #cover, &.-none #lasting, &.-none Beside { display: none; }
    }
    """

    def __init__(self, incidents: Sequence[str] = ()) -> None:
        """For these incidents; for all that lack something, where none is named."""
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        self._named, self.asked = bool(incidents), Asked(tuple(incidents))
        #: The plan that is shown, and what it changed against the one before.
        self.value: Value | None = None
        self._changes = plans.Changes({}, ())
        self._lists: dict[str, Listed] = {}
        self._drills: tuple[str, ...] = ()
        self._met: tuple[tuple[str, str], ...] = ()
        self._at = LISTS[0]
        #: A plan is being made, another is wanted after it, and for how many seconds.
        self._busy = self._again = False
        self._seconds = 0
        #: What came of it while somebody typed.
        self._held: Ran | None = None
        self._clock: Timer | None = None
        #: The plan was written by this operation, and what was said of it.
        self._op = self._said = ""
        #: Entries of the store when the plan was made.
        self._entries = -1

    def body(self) -> ComposeResult:
        """How good the plan is, what is going on, the lists, and why."""
        yield Words(id="plan")
        yield Words(id="times")
        yield Words(id="doing")
        with Horizontal():
            with Vertical(id="lists"):
                for name in LISTS:
                    yield Lines((Column(),), id=name, empty="")
            yield Beside()

    def on_mount(self) -> None:
        """Plan at once."""
        keys = [("save", _("drafts")), ("style", _("style")), ("leave_out", _("without")), ("edit", _("options")),
                ("next_panel", _("lists")), ("details", _("why")), ("help", _("keys")), ("leave", _("back"))]  # fmt: skip
        said = [f"{self.duty.action(name).shown.split(' ')[0]} {label}" for name, label in keys]
        self.query_one("#footer", Words).say(" " + "  ".join(said))
        self.query_one("#lines", Lines).focus()
        self.plan()

    # -- planning --------------------------------------------------------------------------------

    def plan(self) -> None:
        """Run the command; once more, where it is running for something that was asked before."""
        if self._busy:
            self._again = True
            return
        self._busy, self._seconds, self._said = True, 0, ""
        self._clock = self.set_interval(1, self._tick)
        self._say_doing()
        self.run_worker(self._planned(), group="planning")

    def _tick(self) -> None:
        self._seconds += 1
        if not isinstance(self.focused, Input):
            self._say_doing()

    async def _planned(self) -> None:
        try:
            while True:
                self._again = False
                ran = await self._run()
                if not self._again:
                    break
        finally:
            self._busy = False
            if self._clock is not None:
                self._clock.stop()
        self._tell(ran)

    async def _run(self) -> Ran:
        """The command over the incidents that were named, or over all that lack something now."""
        try:
            self._entries, found = await asyncio.to_thread(self._ground)
        except EmergencyError as error:
            return Ran(1, "", f"{error.message}\n{error.hint}")
        if found is not None:
            self.asked = self.asked._replace(incidents=found.incidents)
            self._drills, self._met = found.drills, found.met
            if not found.incidents:
                return Ran(1, "", _("no open incident lacks anything that was not ordered"))
        return await self.duty.reckoned(self.asked.words("--json"))

    def _ground(self) -> tuple[int, Wanting | None]:
        """How many entries the store has, and which incidents lack something, where none was named."""
        with Store(self.duty.path, as_of=self.duty.as_of) as store:
            return entries(store), None if self._named else wanting(store)

    def _tell(self, ran: Ran) -> None:
        """Show what came of it: the plan, or what to do where there is none; not while somebody types."""
        self._held = ran if isinstance(self.focused, Input) else None
        if not self.is_attached or self._held is not None:
            return
        value = planhead.value(ran)
        self.set_class(value is None, "-none")
        if value is None:
            self._refused(ran)
        else:
            self._changes = plans.changes(self.value, value)
            self.value = value
            self._show()
        self._say_doing()

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """What was held while somebody typed is shown now."""
        if self._held is not None:
            self.call_after_refresh(self._tell, self._held)

    def _refused(self, ran: Ran) -> None:
        """No plan: why, and what to do about it."""
        self.value, self._changes, self._lists = None, plans.Changes({}, ()), {}
        style = planwords.style(self.asked.style)
        self.query_one("#plan", Words).say(" " + _("{style} plan: none").format(style=style))
        self.query_one("#times", Words).say("")
        keys = self.duty.action("state_need").shown, self.duty.action("refresh").shown
        shown = self._met or [(id_, "") for id_ in self.asked.incidents]
        rows = planhead.refused(ran, shown, *keys)
        panel = self.query_one("#lines", Lines)
        panel.columns, panel.empty = (Column(), Column(least=10)), ""
        panel.show(_("No plan"), rows)
        if self.focused is not None and self.focused.id in (*LISTS[1:], "why"):
            self.set_focus(panel)

    def _show(self) -> None:
        assert self.value is not None
        value = self.value
        lists = (
            plans.plan_list(value, self._changes, self.asked.out, override=self.asked.override),
            plans.needs_list(value), plans.cover_list(value), plans.lasting_list(value),
        )  # fmt: skip
        self._lists = dict(zip(LISTS, lists, strict=True))
        for name, listed in self._lists.items():
            panel = self.query_one(f"#{name}", Lines)
            panel.columns, panel.empty = listed.columns, _("nothing is lacking that could be sent")
            panel.show(listed.title, listed.rows)
        self.query_one("#plan", Words).say(*planhead.head(value))
        self.query_one("#times", Words).say(*planhead.times_of(value, self._drills))
        self._beside()

    def _say_doing(self) -> None:
        """What is going on; else what a person should know before going on."""
        if not self.is_attached:
            return
        said = []
        if self._busy:
            said.append(_("planning: {n} s; Esc leaves").format(n=self._seconds))
        elif self._changed():
            key = self.duty.action("refresh").shown
            said.append(
                f"{mark('late')} " + _("the store has changed since: {key} plans again").format(key=key)
            )
        said += [self._said] if self._said else []
        if self.value is not None and not self._busy and not self._said:
            said += planhead.stands(self.value, self._changes)
        if self.asked.out:
            said.append(_("left out: {teams}").format(teams=", ".join(team.id for team in self.asked.out)))
        said += [briefly(self.asked.options)] if self.asked.options else []
        self.query_one("#doing", Words).say(" " + "   ".join(said))

    def _changed(self) -> bool:
        """Whether somebody wrote something since the plan was made."""
        seen = self.shown
        return seen is not None and 0 <= self._entries < seen.board.header.entries

    def renew(self, seen: Seen) -> None:
        """A plan of another hour is said to be one, and not made anew under one's eyes."""
        if self._entries < 0 and not self._busy:
            self._entries = seen.board.header.entries
        self._say_doing()

    # -- what stands beside -------------------------------------------------------------------------

    def on_lines_moved(self) -> None:
        """Another line is under the cursor."""
        self._beside()

    def on_descendant_focus(self, event: Any) -> None:
        """Another list has the keys."""
        name = getattr(event.widget, "id", None)
        if name in LISTS:
            self._at = name
            self._beside()

    def _why(self) -> Details | None:
        """Of the line under the cursor of the list that has, or had, the keys."""
        listed = self._lists.get(self._at)
        if self.value is None or listed is None:
            return None
        return planwhy.why(self.value, self._about(), self._changes)

    def _about(self) -> Any:
        """What that line stands for."""
        listed, cursor = self._lists[self._at], self.query_one(f"#{self._at}", Lines).cursor
        return listed.about[cursor] if cursor < len(listed.about) else None

    def _beside(self) -> None:
        beside, told = self.query_one(Beside), self._why()
        if beside.display and told is not None and self.value is not None:
            beside.tell(told, self.value, self._about(), self.duty.seen, cover=self._at == "cover")

    def on_resize(self, event: events.Resize) -> None:
        """There may be room for it now."""
        self.call_after_refresh(self._beside)

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Why; from there, and from what stands beside, the record."""
        told = self._why() if self.focused is not None and self.focused.id in LISTS else None
        if told is not None:
            # Else the record would be opened as well.
            message.prevent_default()
            self.app.push_screen(WhyScreen(told))

    # -- keys ---------------------------------------------------------------------------------------

    @property
    def where(self) -> Where:
        """A room of its own; what was written here is what is taken back."""
        return super().where._replace(room=PLAN, op=self._op)

    def do_style(self) -> None:
        """Fewer units, or sooner."""
        self.asked = self.asked.next_style
        self.plan()

    def do_leave_out(self) -> None:
        """What if the team under the cursor falls out; again: it is there after all."""
        target = self.where.target
        if target is not None:
            self.asked = self.asked.turned(Out(target.id, plans.name_of(self.value, target.id)))
            self.plan()

    def do_refresh(self) -> None:
        """Plan again, over what the store holds now."""
        super().do_refresh()
        self.plan()

    def act(self, action: Action) -> None:
        """`e` gives more options."""
        if action.id == "edit":
            self._options()
        else:
            super().act(action)

    @work(group="doing")
    async def _options(self) -> None:
        question = Question(
            "options",
            _("Options: --over 20%, --standby, --complete, --override REASON, --seconds N"),
            Options(),
            required=False,
        )
        line = typed(self.where, self.asked._replace(options=()).words())
        text = await self.wait_for(
            Ask(_("options of the plan"), question, line, text=briefly(self.asked.options))
        )
        if text is not None and read(text) != self.asked.options:
            self.asked = self.asked._replace(options=read(text))
            self.plan()

    def do_copy(self) -> None:
        """The line that says the same."""
        self.duty.hand_over(typed(self.where, self.asked.words()))

    # -- writing it down ----------------------------------------------------------------------------

    def do_save(self) -> None:
        """As draft orders, after a look at how many of what."""
        value = self.value
        drafts = value["drafts"] if value is not None else {"new": 0, "updated": [], "cancelled": []}
        if reason := unwritable(self.where):
            self.app.notify(reason, markup=False, severity="warning")
        elif self._busy:
            self.app.notify(_("wait for the plan"), markup=False)
        elif value is None or not (drafts["new"] or drafts["updated"] or drafts["cancelled"]):
            said = (
                _("the drafts stand as the plan has them")
                if drafts.get("kept")
                else _("there is nothing to order")
            )
            self.app.notify(said, markup=False)
        else:
            self._confirm(value)

    @work(group="doing")
    async def _confirm(self, value: Value) -> None:
        words = self.asked.words("--issue")
        said = "\n   ".join([typed(self.where, words), *planhead.to_be_written(value)])
        n = value["drafts"]["new"]
        title = ngettext("write {n} draft order?", "write {n} draft orders?", n).format(n=n)
        if await self.wait_for(Confirm(title, said)) and not self._busy:
            # Of the app: it goes on when this screen is left.
            self.app.run_worker(self._write(value), group="doing")

    async def _write(self, shown: Value) -> None:
        words = self.asked.words("--issue", "--json")
        self._busy, self._seconds = True, 0
        self._say_doing()
        try:
            ran = await self.duty.run_quietly(words)
        finally:
            self._busy = False
        again, self._again = self._again, False
        self.duty.ran.append(tuple(word for word in words if word != "--json"))
        value = planhead.value(ran)
        if value is None:
            self.duty.tell(ran)
        else:
            # What others wrote at the same time is found when the plan is made anew.
            self._entries = -1
            self._written(shown, value)
        self.duty.look()
        self._say_doing()
        if again and self.is_attached:
            self.plan()

    def _written(self, shown: Value, value: Value) -> None:
        """What was written is shown as standing; where it is other than what was confirmed, that is said."""
        done = value["issued"]
        said = planwords.issued(done["new"], done["kept"], done["updated"], done["cancelled"])
        key = self.duty.action("undo").shown
        said = _("{key} takes it back").format(key=key) + f"; {said}"
        if planhead.orders(value) != planhead.orders(shown):
            said = _("the store had changed, and so has the plan: look at it") + "; " + said
        self.app.notify(safe(said), markup=False, timeout=8)
        planhead.now_standing(value)
        self._op, self._said = done["op"] or "", said
        if self.is_attached:
            self._changes, self.value = plans.changes(shown, value), value
            self._show()

    async def do_with_command(self, action: Action, where: Where) -> None:
        """What was done here may be another plan's ground: it is made anew."""
        before = len(self.duty.ran)
        await super().do_with_command(action, where)
        if len(self.duty.ran) > before and self.is_attached:
            self._op = ""
            self.plan()
