"""The plan of a season: where teams stand so that most key areas are in reach, as a list and on the map.

The plan is made by `plan stage --json`, behind the screen (reckoning.py). F2 writes the draft orders of those
that move, by the same line with `--issue`.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from emergency.store.showing import SAMPLE_MARK
from emergency.store.travel import said_limit
from emergency.store.words import _, ngettext, told
from emergency.tui import stagedlines
from emergency.tui.actions import typed
from emergency.tui.actions.seasons import STAGING, USUAL
from emergency.tui.actions.seasons import staged as line_of
from emergency.tui.reckoned import ReckoningScreen
from emergency.tui.reckoning import PLANNING, with_options
from emergency.tui.screens import DutyScreen
from emergency.tui.staged import Thing
from emergency.tui.stagedlines import Told
from emergency.tui.stagejob import StageJob, stage_of
from emergency.tui.stagelist import StageList
from emergency.tui.stagemap import StageMap
from emergency.tui.words import Words

#: So many moves are named in a question.
MOST_NAMED = 8


async def ask(screen: DutyScreen) -> None:
    """How many teams, from how far, of which types; what was asked last is proposed. Then the plan."""
    duty, action = screen.duty, screen.duty.action("stage")
    where = screen.asked_by(action)
    if where.target is None:
        return
    before = duty.asked_last.get(where.target.id) or duty.asked_last.get("") or USUAL
    asked = await screen.answered(action, where._replace(answers=before))
    if asked is None:
        return
    duty.asked_last[""] = duty.asked_last[where.target.id] = dict(asked.answers)
    screen.app.push_screen(StagingScreen(line_of(asked)))


class StagingScreen(ReckoningScreen[StageJob]):
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

    place = STAGING

    def __init__(self, words: Sequence[str]) -> None:
        """With the line that makes the plan."""
        super().__init__(lambda duty: stage_of(duty, words))
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]
        self._told: list[Told] = []

    def body(self) -> ComposeResult:
        """What it comes to, the map, and the list."""
        yield Words(id="sum")
        with Container(id="plan"):
            yield StageMap()
            yield StageList(id="list")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(StageList).focus()

    # -- showing ---------------------------------------------------------------------------------

    def show_all(self) -> None:
        """The map and the list."""
        self.say()
        plan, seen, panel = self.job.value, self.duty.seen, self.query_one(StageList)
        region = seen.board.header.region if seen else None
        self.query_one(StageMap).tell(plan, seen.spots if seen else (), region)
        if plan is None:
            self._told = []
            panel.empty = self._why_none()
            panel.show(_("Plan"), [])
            panel.refresh()
            return
        self._told = stagedlines.lines(plan, wide=self.size.width >= 120)
        limit = said_limit(plan.within)
        title = _("{season}: within {limit}").format(season=plan.name or plan.season, limit=limit)
        first = not panel.rows
        panel.show(title + (f"  * {SAMPLE_MARK}" if plan.sample else ""), [told.row for told in self._told])
        if first:
            panel.at(1)
        self.on_stage_list_moved()

    def _why_none(self) -> str:
        if self.job.refused is not None:
            return self.job.refused.said.replace("\n", "  ")
        key = self.duty.action("back").shown.split(" ")[0]
        return _("being made: it goes on while you look elsewhere, {key} leaves it").format(key=key)

    def say(self) -> None:
        """What is going on; else what the plan comes to."""
        job, right = self.job, ""
        if job.doing == PLANNING:
            said, right = _("reckoning: {line}").format(line=" ".join(job.of.words[1:])), f"{job.seconds} s "
        elif job.doing:
            said = self.going_on()
        elif job.value is None:
            said = f"! {self._why_none()}"
        else:
            said, right = stagedlines.summed(job.value), f"{stagedlines.drives(job.value)} "
            if job.old:
                said = told(f"! {_('the store changed since')}", said)
        self.query_one("#sum", Words).say(f" {said}", right)
        self.remind()

    def footer(self) -> tuple[list[str], list[str]]:
        """The drafts come first: to be written, or to be taken back."""
        plan = self.job.value
        n = len(plan.fresh) if plan is not None else 0
        names = {"save": ngettext("{n} draft order", "{n} draft orders", n).format(n=n)}
        names |= {"undo": _("take them back")} if self.job.written else {}
        names |= {"refresh": _("plan anew"), "next_panel": _("list/map"), "copy": _("command")}
        always = [self.duty.action(name) for name in ("help", "back")]
        return self.reminders(names), [f"{action.shown} {action.label}" for action in always]

    def on_resize(self) -> None:
        """What each covers is named where there is room for it."""
        self.show_reckoning()

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

    def nothing_to_write(self) -> str:
        """See ReckoningScreen."""
        plan = self.job.value
        if plan is None:
            return _("there is no plan yet")
        if self.job.written:
            undo, refresh = (self.duty.action(name).shown for name in ("undo", "refresh"))
            return _("its orders are written: {undo} takes them back, {refresh} plans anew").format(
                undo=undo, refresh=refresh
            )
        if plan.fresh or plan.updated or plan.cancelled:
            return ""
        if plan.moved:
            return _("the drafts stand as the plan has them")
        return _("nobody has to move: there is no order to draft")

    def question(self) -> tuple[str, list[str]]:
        """Who moves, and of whom a draft says so already."""
        plan = self.job.value
        assert plan is not None
        fresh = plan.fresh
        n = len(fresh)
        title = ngettext("write {n} draft order?", "write {n} draft orders?", n).format(n=n)
        said = []
        for team in fresh[:MOST_NAMED]:
            line = f"{team.id} {team.name} -> {team.site} {team.site_name}"
            draft = plan.drafts.get(team.id, "")
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
        return title, [*said, typed(self.where, with_options(self.job.of.words, "--issue"))]
