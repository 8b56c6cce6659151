"""What is reckoned behind the screens: whoever asked may leave and come back, and what is shown is of what was asked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextvars import Context

from textual.widgets import Input

from emergency.commands.inside import runner
from emergency.store.store import Store
from emergency.tui.doing import Ran, Tell
from emergency.tui.plandesk import PlanDesk
from emergency.tui.planjob import plan_of
from emergency.tui.plans import GONE
from emergency.tui.reckoning import MOST_KEPT
from emergency.tui.stagelist import StageList
from emergency.tui.staging import StagingScreen

from . import walk
from .flood import drafts, flooded
from .screen import Duty, on_duty
from .season import planned, told
from .test_plandesk import called, panel
from .test_rooms import answer, room

OLD = "the store changed since"


class Held:
    """Runs command lines; those that are held, only once they may. `then` is done behind each that is held."""

    def __init__(
        self,
        path: str,
        held: Callable[[Sequence[str]], bool] = lambda words: words[0] == "plan",
        then: Callable[[], None] = lambda: None,
    ) -> None:
        self._run, self._held, self._then = runner(["--store", path]), held, then
        self.may = threading.Event()
        self.heard: list[tuple[str, ...]] = []

    def __call__(self, words: Sequence[str], tell: Tell | None = None, /) -> Ran:
        if not self._held(words):
            return self._run(words, tell)
        self.heard.append(tuple(words))
        assert self.may.wait(20)
        ran = self._run(words, tell)
        # By somebody else: as no part of the operation that goes on here.
        Context().run(self._then)
        return ran


def writes(words: Sequence[str]) -> bool:
    return "--issue" in words


def weigh(path: str, weight: int) -> None:
    """Somebody else says how much an area weighs."""
    with Store(path) as store, store.write("keyarea set") as writer:
        writer.set("keyarea", store.find("keyarea", "远村"), {"weight": weight})


async def renewed(duty: Duty) -> str:
    """The screen once it has seen the store as it is."""
    duty.app.look()
    await duty.seen()
    return await walk.settled(duty)


async def from_an_incident(duty: Duty) -> None:
    """Ask for a plan of the flood, which is the newest incident."""
    await room(duty, "2")
    await walk.settled(duty)
    await duty.press("end", "exclamation_mark")


def season_told(duty: Duty) -> str:
    """The line over the plan of a season."""
    return duty.text.splitlines()[2]


# -- older than the store -------------------------------------------------------------------------


async def test_what_was_written_while_a_plan_was_made_makes_it_old(seasons: str) -> None:
    run = Held(seasons, then=lambda: weigh(seasons, 50))
    run.may.set()
    async with on_duty(seasons, run=run) as duty:
        await planned(duty, "3", "20min")
        await renewed(duty)
        assert OLD in season_told(duty)
        await walk.pressed(duty, "escape", "@", "f2")
        assert len(run.heard) == 2 and "of 68" in duty.text


async def test_a_question_that_is_left_does_not_make_a_plan_new(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2", "y", "z", "y")
        weigh(seasons, 50)
        await renewed(duty)
        assert OLD in season_told(duty)
        await walk.pressed(duty, "z", "escape")
        assert OLD in season_told(duty)


async def test_taking_drafts_back_leaves_a_plan_as_old_as_it_was(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2", "y")
        await renewed(duty)
        # What one writes of it oneself is no change to it, nor is taking that back.
        assert OLD not in season_told(duty)
        await walk.pressed(duty, "z", "y")
        await renewed(duty)
        assert OLD not in season_told(duty)
        await walk.pressed(duty, "f2", "y")
        weigh(seasons, 50)
        await renewed(duty)
        await walk.pressed(duty, "z", "y")
        await renewed(duty)
        assert OLD in season_told(duty)


async def test_what_others_wrote_just_before_the_drafts_is_in_them_and_what_comes_after_is_not(
    flood: str,
) -> None:
    def reported() -> None:
        ran = runner(["--store", flood])(
            ["duty", "report", "BJ-15", "--readiness", "off", "--headcount", "0"]
        )
        assert ran.code == 0

    run = Held(flood, writes, reported)
    run.may.set()
    async with on_duty(flood, run=run) as duty:
        await walk.opened(duty, "plan")
        await walk.pressed(duty, "f2", "y")
        await duty.until("the store has changed since")


# -- one plan, several screens ----------------------------------------------------------------------


async def test_every_screen_of_a_plan_shows_it_as_it_is(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        under = duty.app.screen
        assert isinstance(under, StagingScreen)
        # The same plan once more, from what the board says of the season.
        duty.app.go("board")
        await walk.pressed(duty, "enter", "@", "f2")
        over = duty.app.screen
        assert isinstance(over, StagingScreen) and over is not under
        await walk.pressed(duty, "escape")
        duty.app.go("seasons")
        await walk.settled(duty)
        assert duty.app.screen is under
        weigh(seasons, 50)
        shown = await walk.pressed(duty, "r")
        listed = " ".join(" ".join(row.cells) for row in under.query_one(StageList).rows)
        assert "weight 18 of 68" in shown and "weight 50" in listed


# -- writing ----------------------------------------------------------------------------------------


async def test_what_is_written_of_a_store_that_had_changed_is_shown_as_another_plan(flood: str) -> None:
    async with on_duty(flood, (160, 48)) as duty:
        await walk.opened(duty, "plan")
        assert "BJ-15" in called(duty)
        await walk.pressed(duty, "f2")
        ran = runner(["--store", flood])(
            ["duty", "report", "BJ-15", "--readiness", "off", "--headcount", "0"]
        )
        assert ran.code == 0
        shown = await walk.pressed(duty, "y")
        assert duty.toasts[-1].startswith("! the store had changed, and so has the plan: look at it; z takes")
        assert "against the plan before" not in shown and "look at it" in shown
        changes = {row.target.id: row.cells[0] for row in panel(duty).rows if row.target}
        assert changes["BJ-15"] == GONE and set(drafts(flood).values()) == {"draft"}
        # It stands over the store as it is.
        assert "changed since" not in await renewed(duty)


async def test_orders_of_a_season_that_are_others_than_were_confirmed_are_said_to_be(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2")
        ran = runner(["--store", seasons])(
            ["duty", "report", "二队", "--readiness", "off", "--headcount", "0"]
        )
        assert ran.code == 0
        await walk.pressed(duty, "y")
        assert "the plan: look at it; z takes them back, G gives" in duty.toasts[-1]
        assert len(told(seasons, "callup", "list")) > 0


# -- taking back ----------------------------------------------------------------------------------


async def test_drafts_can_be_written_anew_once_they_were_taken_back_whatever_older_ones_there_are(
    seasons: str,
) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2", "y", "r", "f2", "y", "z", "y")
        assert "F2 2 draft orders" in await walk.quiet(duty)
        assert "write 2 draft orders?" in await walk.pressed(duty, "f2")


async def test_the_line_that_ran_is_copied_as_a_person_types_it(seasons: str, flood: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2", "y", "Y")
        assert "--issue" in duty.app.clipboard and "--json" not in duty.app.clipboard
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        await walk.pressed(duty, "f2", "y", "Y")
        assert "--issue" in duty.app.clipboard and "--json" not in duty.app.clipboard


# -- leaving and coming back ------------------------------------------------------------------------


async def test_a_desk_that_is_left_plans_on_tells_and_shows_the_plan_when_asked_again(flood: str) -> None:
    run = Held(flood)
    async with on_duty(flood, (160, 48), run=run) as duty:
        await from_an_incident(duty)
        await duty.until("planning: ")
        await duty.press("escape")
        assert not isinstance(duty.app.screen, PlanDesk) and "it goes on" in duty.toasts[-1]
        run.may.set()
        await duty.until(lambda: any("6 units" in toast for toast in duty.toasts))
        await walk.settled(duty)
        await duty.press("exclamation_mark")
        shown = await walk.settled(duty)
        assert f"balanced plan: 6 units for {flooded(flood)}" in shown and len(run.heard) == 1


async def test_what_was_asked_of_a_plan_is_there_when_one_comes_back(flood: str) -> None:
    async with on_duty(flood, (160, 48)) as duty:
        await from_an_incident(duty)
        await walk.settled(duty)
        await walk.pressed(duty, "comma", "down", "minus")
        left = [row.target.id for row in panel(duty).rows if row.cells[0] == GONE and row.target]
        await walk.pressed(duty, "escape", "exclamation_mark")
        shown = await walk.settled(duty)
        assert " fast plan: " in shown and left and f"left out: {left[0]}" in shown


async def test_a_desk_of_its_own_room_that_is_left_tells_of_its_plan(flood: str) -> None:
    run = Held(flood)
    async with on_duty(flood, run=run) as duty:
        duty.app.go("plan")
        await duty.until("planning: ")
        await duty.press("escape")
        assert duty.app.room == "board"
        run.may.set()
        await duty.until(lambda: any("6 units" in toast for toast in duty.toasts))


async def test_a_season_that_is_left_by_a_number_tells_of_its_plan(seasons: str) -> None:
    run = Held(seasons)
    async with on_duty(seasons, run=run) as duty:
        await walk.opened(duty, "seasons")
        await duty.press("at", "f2")
        await duty.until("reckoning: stage")
        await duty.press("4")
        run.may.set()
        await duty.until(lambda: any("weight " in toast for toast in duty.toasts))


async def test_who_looks_at_a_plan_is_not_told_that_it_is_made(flood: str) -> None:
    async with on_duty(flood) as duty:
        await from_an_incident(duty)
        await walk.settled(duty)
        assert duty.toasts == []


async def test_a_plan_that_cannot_be_is_told_to_who_looks_elsewhere(seasons: str) -> None:
    run = Held(seasons)
    async with on_duty(seasons, run=run) as duty:
        await walk.opened(duty, "seasons")
        await walk.pressed(duty, "@", *["backspace"] * 9, "2", "enter", "enter", *"水域=3", "enter")
        await duty.press("f2")
        await duty.until("reckoning: stage")
        await duty.press("escape")
        run.may.set()
        await duty.until(lambda: any("more than 2 teams" in toast for toast in duty.toasts))


async def test_the_plan_ends_with_the_program(flood: str) -> None:
    state = []

    async def reckon(words: Sequence[str]) -> Ran:
        state.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            state.append("ended")
        raise AssertionError

    async with on_duty(flood, reckon=reckon) as duty:
        await from_an_incident(duty)
        await duty.until("planning: ")
        await duty.press("escape")
        assert state == ["begun"]
    assert state == ["begun", "ended"]


# -- what goes on -----------------------------------------------------------------------------------


async def test_a_desk_that_writes_says_so(flood: str) -> None:
    run = Held(flood, writes)
    async with on_duty(flood, run=run) as duty:
        await walk.opened(duty, "plan")
        await walk.pressed(duty, "f2")
        await duty.press("y")
        shown = await duty.until("writing the drafts: ")
        assert "planning" not in shown
        await duty.press("f2")
        assert duty.toasts[-1] == "the drafts are being written"
        run.may.set()
        await walk.settled(duty)
        assert set(drafts(flood).values()) == {"draft"} and len(run.heard) == 1


async def test_a_season_that_writes_says_so_and_does_not_offer_to_write(seasons: str) -> None:
    run = Held(seasons, writes)
    async with on_duty(seasons, run=run) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2")
        await duty.press("y")
        shown = await duty.until("writing the drafts: ")
        assert "F2 2 draft orders" not in shown
        await duty.press("f2")
        assert duty.toasts[-1] == "the drafts are being written"
        run.may.set()
        await walk.settled(duty)
        assert len(told(seasons, "callup", "list")) == 2 and len(run.heard) == 1


async def test_a_plan_that_was_made_while_one_typed_is_shown_as_what_was_asked_then(flood: str) -> None:
    run = Held(flood)
    run.may.set()
    async with on_duty(flood, (160, 48), run=run) as duty:
        await walk.opened(duty, "plan")
        run.may.clear()
        await duty.press("comma", "e")
        await duty.until(lambda: isinstance(duty.app.focused, Input))
        run.may.set()
        await duty.until(lambda: not [w for w in duty.app.workers if w.group in ("planning", "reckoning")])
        run.may.clear()
        await answer(duty, "--override '堤坝将溃'")
        await duty.until(" fast plan: ")
        # The plan that is there went below no floor; the one that does is being made.
        assert not any("override" in row.cells[-1] for row in panel(duty).rows)
        run.may.set()
        await walk.settled(duty)
        assert any("override" in row.cells[-1] for row in panel(duty).rows)


async def test_asking_again_for_the_same_makes_one_plan(seasons: str) -> None:
    run = Held(seasons)
    async with on_duty(seasons, run=run) as duty:
        await walk.opened(duty, "seasons")
        await duty.press("at", "f2")
        await duty.until("reckoning: stage")
        await duty.press("r", "r")
        run.may.set()
        await walk.settled(duty)
        assert len(run.heard) == 1 and "weight " in duty.text


async def test_what_was_refused_does_not_stand_while_it_is_made_anew(seasons: str) -> None:
    run = Held(seasons)
    run.may.set()
    async with on_duty(seasons, run=run) as duty:
        await planned(duty, "2", "20min", "水域=3")
        assert "more than 2 teams" in duty.text
        run.may.clear()
        await duty.press("r")
        assert "more than 2 teams" not in await duty.until("reckoning: stage")
        run.may.set()
        await walk.settled(duty)
        assert "more than 2 teams" in duty.text


async def test_a_desk_keeps_the_plan_while_the_next_is_made(flood: str) -> None:
    run = Held(flood)
    run.may.set()
    async with on_duty(flood, run=run) as duty:
        await walk.opened(duty, "plan")
        before = called(duty)
        run.may.clear()
        await duty.press("comma")
        await duty.until("planning: ")
        assert called(duty) == before
        # What is copied is the line of what is shown.
        await duty.press("y")
        assert "--style" not in duty.app.clipboard
        run.may.set()
        await walk.settled(duty)


async def test_the_plans_asked_for_last_are_kept_and_those_that_are_shown(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        shown = duty.app.screen
        assert isinstance(shown, StagingScreen)
        for n in range(2 * MOST_KEPT):
            plan_of(duty.app, (f"FT-{n}",))
        assert len(duty.app.reckonings) == MOST_KEPT + 1
        assert plan_of(duty.app, (f"FT-{n}",)) is duty.app.reckonings["plan", f"FT-{n}"]
        assert shown.job in duty.app.reckonings.values()
