"""The plan of a season: where teams stand so that most key areas are in reach, as a list and on the map.

The plan is made by `plan stage --json`, behind the screen; it goes on when the screen is left. F2 writes
the draft orders of those that move, by the same line with `--issue`.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from emergency.store.showing import SAMPLE_MARK
from emergency.store.words import _, ngettext
from emergency.tui import stagedlines
from emergency.tui.actions import Action, Where, typed
from emergency.tui.actions.seasons import STAGING, USUAL
from emergency.tui.actions.seasons import staged as line_of
from emergency.tui.bar import Confirm
from emergency.tui.panel import Target
from emergency.tui.screens import DutyScreen
from emergency.tui.staged import Thing
from emergency.tui.stagedlines import Told
from emergency.tui.stagejob import Job
from emergency.tui.stagelist import StageList
from emergency.tui.stagemap import StageMap
from emergency.tui.watch import Seen
from emergency.tui.words import Words

#: So many moves are named in a question.
MOST_NAMED = 8


async def ask(screen: DutyScreen) -> None:
    """How many teams, from how far, of which types; what was asked last is proposed. Then the plan."""
    duty, action = screen.duty, screen.duty.action("stage")
    where = screen.asked_by(action)
    if where.target is None:
        return
    kept = duty.kept.get(f"stage {where.target.id}") or duty.kept.get("stage") or USUAL
    asked = await screen.answered(action, where._replace(answers=kept))
    if asked is None:
        return
    duty.kept["stage"] = duty.kept[f"stage {where.target.id}"] = dict(asked.answers)
    words = line_of(asked)
    job = duty.kept.get(f"job {words}")
    if not isinstance(job, Job) or (not job.busy and (job.old or job.plan is None)):
        job = duty.kept[f"job {words}"] = Job(duty, where.target.id, words)
        job.begin()
    screen.app.push_screen(StagingScreen(job))


class StagingScreen(DutyScreen):
    """See the module."""

    DEFAULT_CSS = """
    StagingScreen {
        #sum { text-style: bold; }
        #plan { height: 1fr; layout: vertical; }
        #plan #map { height: 13fr; }
        #plan #list { height: 7fr; }
        &.-wide #plan { layout: horizontal; }
        &.-wide #plan #map { width: 3fr; height: 100%; }
        &.-wide #plan #list { width: 4fr; height: 100%; margin-left: 1; }
    }
    """

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        self.job = job
        self._told: list[Told] = []

    def body(self) -> ComposeResult:
        """What it comes to, the map, and the list."""
        yield Words(id="sum")
        with Container(id="plan"):
            yield StageMap()
            yield StageList(id="list")

    def on_mount(self) -> None:
        """Show what there is."""
        self.job.show = self._show
        self.query_one(StageList).focus()
        self._show()

    def on_unmount(self) -> None:
        """It goes on without us."""
        if self.job.show == self._show:
            self.job.show = None

    @property
    def where(self) -> Where:
        """A room of its own; what is taken back is what this plan wrote."""
        return super().where._replace(room=STAGING, op=self.job.op)

    # -- showing ---------------------------------------------------------------------------------

    def _show(self) -> None:
        if not self.is_attached:
            return
        job, plan = self.job, self.job.plan
        self._say()
        seen, panel = self.duty.seen, self.query_one(StageList)
        region = seen.board.header.region if seen else None
        self.query_one(StageMap).tell(plan, seen.spots if seen else (), region)
        if plan is None:
            self._told = []
            panel.empty = job.refused or _("being made: it goes on while you look elsewhere, Esc leaves it")
            panel.show(_("Plan"), [])
            panel.refresh()
            return
        self._told = stagedlines.listed(plan, job.drafts, wide=self.size.width >= 120)
        title = _("{season}: within {minutes:g} min").format(
            season=plan.name or plan.season, minutes=plan.within
        )
        first = not panel.rows
        panel.show(title + (f"  * {SAMPLE_MARK}" if plan.sample else ""), [told.row for told in self._told])
        if first:
            panel.at(1)
        self.on_stage_list_moved()

    def _say(self) -> None:
        job = self.job
        if job.busy:
            said, right = _("reckoning: {line}").format(line=" ".join(job.words[1:])), ""
        elif job.plan is None:
            said, right = f"! {job.refused}", ""
        else:
            said, right = stagedlines.summed(job.plan), stagedlines.drives(job.plan)
            if job.old:
                said = f"! {_('the store changed since')}: {said}"
        self.query_one("#sum", Words).say(f" {said}", f"{right} " if right else "")
        self.query_one("#footer", Words).say(" " + "  ".join(self._keys()))

    def _keys(self) -> list[str]:
        """What can be done now, by its key."""
        job, shown = self.job, []
        if not job.busy and job.plan is not None and job.plan.fresh and not job.op:
            n = len(job.plan.fresh)
            said = ngettext("{n} draft order", "{n} draft orders", n).format(n=n)
            shown.append(f"{self.duty.action('save').shown} {said}")
        elif job.op:
            shown.append(f"{self.duty.action('undo').shown} {_('take them back')}")
        names = {"refresh": _("plan anew"), "next_panel": _("list/map"), "copy": _("command")}
        for name, label in names.items():
            shown.append(f"{self.duty.action(name).shown} {label}")
        named = [self.duty.action(name) for name in ("help", "back")]
        return shown + [f"{action.shown} {action.label}" for action in named]

    def on_resize(self) -> None:
        """What each covers is named where there is room for it."""
        self._show()

    def renew(self, seen: Seen) -> None:
        """The plan may be another now; it stays until somebody asks."""
        self._say()

    # -- list and map ----------------------------------------------------------------------------

    def on_stage_list_moved(self) -> None:
        """The line under the cursor is picked out on the map."""
        self.query_one(StageMap).pick(self._here)

    @property
    def _here(self) -> Thing | None:
        at = self.query_one(StageList).cursor
        return self._told[at].thing if at < len(self._told) else None

    def on_stage_map_picked(self, message: StageMap.Picked) -> None:
        """The list goes to the line of what was picked on the map."""
        at = next((n for n, told in enumerate(self._told) if told.thing == message.thing), None)
        if at is not None and self._here != message.thing:
            self.query_one(StageList).at(at)

    # -- keys ------------------------------------------------------------------------------------

    def do_refresh(self) -> None:
        """Make the plan again."""
        if self.job.busy:
            self.app.notify(_("it is being made"), markup=False)
            return
        self.job.begin()
        self._say()

    def do_copy(self) -> None:
        """The line that makes the plan."""
        self.duty.hand_over(typed(self.where, self.job.words))

    def do_save(self) -> None:
        """F2: the draft orders, after a question that says which."""
        job = self.job
        reason = self.duty.action("edit").why_not(self.where._replace(target=Target("season", job.season)))
        if job.busy or job.plan is None:
            reason = reason or _("there is no plan yet")
        elif job.op:
            reason = reason or _("its orders are written: z takes them back, r plans anew")
        elif not (job.plan.fresh or job.plan.updated or job.plan.cancelled):
            if job.plan.moved:
                reason = reason or _("the drafts stand as the plan has them")
            reason = reason or _("nobody has to move: there is no order to draft")
        if reason:
            self.app.notify(reason, markup=False, severity="warning")
        else:
            self.run_worker(self._issue(), group="doing")

    async def _issue(self) -> None:
        job, plan = self.job, self.job.plan
        assert plan is not None
        fresh = plan.fresh
        n = len(fresh)
        title = ngettext("write {n} draft order?", "write {n} draft orders?", n).format(n=n)
        said = []
        for team in fresh[:MOST_NAMED]:
            line = f"{team.id} {team.name} -> {team.site} {team.site_name}"
            draft = job.drafts.get(team.id, "")
            if draft and draft.split("/")[0] not in plan.cancelled:
                line += "  ! " + _("there is a draft already: {line}").format(line=draft)
            said.append(line)
        if n > MOST_NAMED:
            said.append(_("and {n} more").format(n=n - MOST_NAMED))
        kept = len(plan.moved) - n
        if kept or plan.cancelled:
            said.append(
                _("of an earlier plan {kept} drafts are kept and {cancelled} cancelled").format(
                    kept=kept, cancelled=len(plan.cancelled)
                )
            )
        command = typed(self.where, [*job.words, "--issue"])
        if await self.wait_for(Confirm(title, "\n   ".join([*said, command]))):
            # Of the app: it goes on when this screen is left.
            self.app.run_worker(job.issue(), group="staging")
            self._say()

    async def do_with_command(self, action: Action, where: Where) -> None:
        """What was taken back can be written again, once the plan was made anew."""
        await super().do_with_command(action, where)
        if action.id == "undo" and self.duty.ran and self.duty.ran[-1][:1] == ("undo",):
            await self.job.undone()

    def do_back(self) -> None:
        """Leave; what was begun goes on."""
        if self.job.busy:
            self.app.notify(_("it goes on, and tells when it is done"), markup=False)
        super().do_back()
