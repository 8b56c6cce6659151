"""The plan desk: whom to call for incidents, why these and not others, what is left behind; F2 writes it as drafts.

What is shown is what `emergency plan callup --json` says, run while one goes on looking; a key changes a word
of that line and runs it again, and what is other than before is marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from emergency.store import planwords, words
from emergency.store.errors import Exit
from emergency.store.words import _, ngettext
from emergency.tui import planhead, plans, planwhy
from emergency.tui.actions import Action, Question, Where, typed
from emergency.tui.actions.planning import PLAN
from emergency.tui.bar import Ask
from emergency.tui.details import Details
from emergency.tui.doing import Ran
from emergency.tui.panel import Column, Panel
from emergency.tui.planasked import Options, briefly, read
from emergency.tui.planbeside import Beside
from emergency.tui.planjob import PlanJob, plan_of
from emergency.tui.plans import Listed, Out, Value
from emergency.tui.reckoned import ReckoningScreen
from emergency.tui.reckoning import with_options
from emergency.tui.style import mark
from emergency.tui.whyscreen import Lines, WhyScreen
from emergency.tui.words import Words

#: The lists, in the order in which Tab reaches them.
LISTS = ("lines", "needs", "cover", "lasting")


class PlanDesk(ReckoningScreen[PlanJob]):
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

    place = PLAN

    def __init__(self, incidents: Sequence[str] = ()) -> None:
        """For these incidents; for all that lack something, where none is named."""
        super().__init__(lambda duty: plan_of(duty, incidents))
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        #: The plan that is shown, and what it changed against the one before.
        self.value: Value | None = None
        self._changes = plans.Changes({}, ())
        self._lists: dict[str, Listed] = {}
        self._at = LISTS[0]

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
        """The list of who is called has the keys."""
        self.query_one("#lines", Lines).focus()

    def footer(self) -> tuple[list[str], list[str]]:
        """Of a plan that calls nobody, and where there is none, how to make another comes first."""
        keys = {"details": _("details")}
        if self.value is not None:
            keys = {"save": _("drafts"), "style": _("style"), "leave_out": _("without")}
            keys |= {"edit": _("options"), "next_panel": _("lists"), "details": _("why")}
        if self.value is None or not self.value["lines"]:
            keys = {"refresh": _("plan anew"), "edit": _("options"), **keys}
        always = [
            f"{self.action_key(name)} {label}" for name, label in (("help", _("keys")), ("leave", _("back")))
        ]
        return self.reminders(keys), always

    @property
    def where(self) -> Where:
        """Another style, or one team less, changes nothing where nobody is called."""
        found, none = super().where, self._calls_nobody()
        less = none if self.value is None else ""
        return found._replace(against={**found.against, "style": none, "leave_out": less})

    def can(self, name: str) -> bool:
        """`e` is for options here, whatever is under the cursor."""
        return name == "edit" or super().can(name)

    def _calls_nobody(self) -> str:
        """Why there is nothing to change in the plan; "" where there is, or may be in a moment."""
        if self.job.doing or (self.value is not None and self.value["lines"]):
            return ""
        return _("there is no plan") if self.value is None else planhead.nobody(self.value)

    # -- showing ---------------------------------------------------------------------------------

    def show_all(self) -> None:
        """The plan, and what is other than in the one before; or what to do where there is none."""
        job = self.job
        if job.value is not self.value:
            self._changes = plans.changes(self.value, job.value) if job.value else plans.Changes({}, ())
            self.value = job.value
        self.set_class(self.value is None, "-none")
        if self.value is None:
            self._show_none()
        else:
            self._show(self.value)
        self.say()

    def _show_none(self) -> None:
        """Why there is no plan, and what to do about it."""
        self._lists = {}
        about, ran = self.job.about, self.job.refused
        asked = about.asked
        none = _("{style} plan: none").format(style=planwords.style(asked.style))
        self.query_one("#plan", Words).say(f" {none}" if ran is not None else "")
        self.query_one("#times", Words).say("")
        shown = about.met or [(id_, "") for id_ in asked.incidents]
        panel = self.query_one("#lines", Lines)
        panel.columns, panel.empty = (Column(), Column(least=10)), _("it is being made")
        if ran is None:
            panel.show(_("Plan"), [])
        else:
            panel.show(_("No plan"), planhead.refused(ran, shown, about.doubted, self.action_key))
        if self.focused is not None and self.focused.id in (*LISTS[1:], "why"):
            self.set_focus(panel)

    def _show(self, value: Value) -> None:
        asked = self.job.about.asked
        lists = (
            plans.plan_list(value, self._changes, asked.out, override=asked.override),
            plans.needs_list(value), plans.cover_list(value), plans.lasting_list(value),
        )  # fmt: skip
        self._lists = dict(zip(LISTS, lists, strict=True))
        for name, listed in self._lists.items():
            panel = self.query_one(f"#{name}", Lines)
            panel.columns, panel.empty = listed.columns, planhead.nobody(value)
            panel.show(listed.title, listed.rows)
        self.query_one("#plan", Words).say(*planhead.head(value))
        self.query_one("#times", Words).say(*planhead.times_of(value, self.job.about.drills))
        self._beside()

    def say(self) -> None:
        """What is going on; else what a person should know before going on."""
        job, said = self.job, []
        if job.doing:
            said.append(self.going_on())
        elif job.old:
            key = self.duty.action("refresh").shown
            said.append(
                f"{mark('late')} " + _("the store has changed since: {key} plans again").format(key=key)
            )
        said += [job.said] if job.said else []
        if self.value is not None and not job.doing and not job.said:
            said += planhead.stands(self.value, self._changes)
        if job.asked.out:
            said.append(_("left out: {teams}").format(teams=words.listed(team.id for team in job.asked.out)))
        said += [briefly(job.asked.options)] if job.asked.options else []
        self.query_one("#doing", Words).say(" " + "   ".join(said))

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

    def do_style(self) -> None:
        """Fewer units, or sooner."""
        self.job.again(self.job.asked.next_style)

    def do_leave_out(self) -> None:
        """What if the team under the cursor falls out; again: it is there after all."""
        target = self.where.target
        if target is not None:
            out = Out(target.id, plans.name_of(self.value, target.id))
            self.job.again(self.job.asked.turned(out))

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
            _("Options"),
            Options(),
            required=False,
            hint=f"--over 20%  --standby  --complete  --override {_('REASON')}  --seconds N",
        )
        asked = self.job.asked
        about = asked.incidents or self.job.about.asked.incidents
        line = typed(self.where, asked._replace(options=(), incidents=about).words())
        text = await self.wait_for(Ask(_("Plan desk"), question, line, text=briefly(asked.options)))
        if text is not None and read(text) != asked.options:
            self.job.again(self.job.asked._replace(options=read(text)))

    # -- writing it down ----------------------------------------------------------------------------

    def nothing_to_write(self) -> str:
        """See ReckoningScreen."""
        drafts = (
            self.value["drafts"] if self.value is not None else {"new": 0, "updated": [], "cancelled": []}
        )
        if drafts["new"] or drafts["updated"] or drafts["cancelled"]:
            return ""
        stand = drafts.get("kept")
        return _("the drafts stand as the plan has them") if stand else _("there is nothing to order")

    def question(self) -> tuple[str, list[str]]:
        """How many of what, and what becomes of drafts that stand."""
        assert self.value is not None
        n = self.value["drafts"]["new"]
        title = ngettext("write {n} draft order?", "write {n} draft orders?", n).format(n=n)
        line = typed(self.where, with_options(self.job.of.words, "--issue"))
        return title, [line, *planhead.to_be_written(self.value)]

    async def do_with_command(self, action: Action, where: Where) -> Ran | None:
        """What was done here may be another plan's ground: it is made anew."""
        ran = await super().do_with_command(action, where)
        if ran is not None and ran.code == Exit.DONE:
            self.job.ask()
        return ran
