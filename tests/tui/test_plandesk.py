"""The plan desk: what it shows is what the command says; what if, what changed, and drafts that undo takes back."""

from __future__ import annotations

import shlex
import sys

import pytest
from textual.widgets import Input

from emergency.commands.inside import runner
from emergency.store import times, words
from emergency.store.text import cells
from emergency.tui.panel import Panel
from emergency.tui.planasked import STYLES
from emergency.tui.plandesk import PlanDesk
from emergency.tui.plans import GONE, OTHER
from emergency.tui.whyscreen import WhyScreen

from . import hostile, walk
from .flood import drafts, flooded, opened, say
from .screen import Duty, golden, on_duty
from .test_rooms import answer, room

SIZES = [(80, 24), (160, 48)]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


def desk(duty: Duty) -> PlanDesk:
    assert isinstance(duty.app.screen, PlanDesk), duty.text
    return duty.app.screen


def panel(duty: Duty, name: str = "lines") -> Panel:
    return desk(duty).query_one(f"#{name}", Panel)


def called(duty: Duty) -> list[str]:
    """The units of the plan on the screen, by the ids of their records."""
    return [row.target.id for row in panel(duty).rows if row.target is not None]


# -- what is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_plan_looks_as_it_did(flood: str, size: tuple[int, int], language: str) -> None:
    words.speak(language)
    async with on_duty(flood, size) as duty:
        shown = await walk.opened(duty, "plan")
        assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
        golden(f"plandesk-{size[0]}x{size[1]}-{language}", shown)


async def test_it_is_opened_from_an_incident_and_y_copies_the_line_that_says_the_same(
    flood: str, size: tuple[int, int]
) -> None:
    async with on_duty(flood, size) as duty:
        await room(duty, "2")
        await duty.press("end", "exclamation_mark")
        shown = await walk.settled(duty)
        assert f"balanced plan: 6 units for {flooded(flood)}" in shown
        await duty.press("comma")
        await walk.settled(duty)
        await duty.press("y")
        line = shlex.split(duty.app.clipboard)
        rows = [row.cells for row in panel(duty).rows]
        needs = [row.cells for row in panel(duty, "needs").rows]
        cover = [row.cells[-1] for row in panel(duty, "cover").rows]
        lasting = [row.cells[-1].strip() for row in panel(duty, "lasting").rows]
    assert line == ["emergency", "plan", "callup", "--style", "fast", flooded(flood)]
    ran = runner(["--store", flood])(line[1:])
    told = [" ".join(text.split()) for text in ran.out.splitlines()]
    # Each row of the text, column by column.
    for _change, _mark, unit, brings, _what, arrives, _by, _flags in rows:
        assert any(text.startswith(f"{unit} {brings} {arrives}") for text in told), (unit, told)
    for _mark, *figures in needs:
        assert " ".join(" ".join(filter(None, figures)).split()) in told
    assert [line for line in cover if line not in told] == []
    assert [line for line in lasting if line not in told] == []


async def test_enter_says_why_and_enter_there_opens_the_record(flood: str) -> None:
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        shown = await walk.pressed(duty, "enter")
        assert isinstance(duty.app.screen, WhyScreen)
        told = " ".join(shown.split())
        assert "drainage short by 1080 m3/h" in told and "next best BJ-5" in told
        assert "could come, but the plan would cost" in told and "on standby" in told
        assert "> Team BJ-3" in await walk.pressed(duty, "enter")
        await walk.pressed(duty, "escape", "escape")
        assert isinstance(duty.app.screen, PlanDesk)


async def test_turning_out_and_driving_are_told_apart(flood: str) -> None:
    say(flood, "team", "set", "BJ-3", "turnout=10")
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        shown = await walk.pressed(duty, "down", "enter")
        assert isinstance(duty.app.screen, WhyScreen)
        assert "in 14 min (turn-out 10 min + drive 4 min), estimate" in " ".join(shown.split())


async def test_in_a_wide_terminal_it_stands_beside_and_follows_the_cursor(flood: str) -> None:
    async with on_duty(flood, (160, 48)) as duty:
        await walk.opened(duty, "plan")
        assert panel(duty, "why").title.startswith("BJ-3 ")
        await walk.pressed(duty, "down")
        assert panel(duty, "why").title.startswith("BJ-15 ")
        assert "proven: no plan can cost less" in " ".join(row.cells[2] for row in panel(duty, "why").rows)
        await walk.pressed(duty, "tab", "end")
        assert panel(duty, "why").title == "沙袋"
        told = " ".join(row.cells[2] for row in panel(duty, "why").rows)
        assert "below the floor that must stay" in told and "4 min late" in told
        for title in ("Cover before and after", flooded(flood)):
            await walk.pressed(duty, "tab")
            assert panel(duty, "why").title == title


async def test_what_is_short_says_by_how_much_and_what_would_help(demo: str) -> None:
    incident = opened(demo, "drainage>=60000m3/h")
    async with on_duty(demo) as duty:
        shown = await walk.opened(duty, "plan")
        assert "! 1 need short  at most" in shown
        short = say(demo, "plan", "callup", incident)["incidents"][0]["needs"][0]["short"]
        assert f"{int(short)} m3/h" in panel(duty, "needs").rows[0].cells
        shown = await walk.pressed(duty, "tab", "enter")
        assert "What would help" in shown


# -- what if --------------------------------------------------------------------------------------


async def test_who_falls_out_is_planned_round_and_what_changed_is_marked(flood: str) -> None:
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        before = called(duty)
        shown = await walk.pressed(duty, "down", "minus")
        assert "against the plan before: ~ 1 changed, - 1 gone   left out: BJ-15" in shown
        changes = {row.target.id: (row.cells[0], row.cells[-1]) for row in panel(duty).rows if row.target}
        assert changes["BJ-15"] == (GONE, "gone, left out")
        assert changes["BJ-6"] == (OTHER, "changed, team short")
        assert panel(duty).target is not None and panel(duty).target.id == "BJ-15"
        # The cursor stayed on it, so the same key takes it back.
        shown = await walk.pressed(duty, "minus")
        assert "left out" not in shown and "+ 1 added" in shown
        assert called(duty) == before


async def test_a_depot_cannot_be_left_out_and_that_is_said(flood: str) -> None:
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        await walk.pressed(duty, "end", "minus")
        assert duty.toasts[-1] == "put the cursor on a team first"


async def test_a_key_goes_through_the_styles(flood: str) -> None:
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        for style in (*STYLES[1:], STYLES[0]):
            assert f" {style} plan: " in await walk.pressed(duty, "comma")


async def test_options_of_the_command_are_typed_and_no_others(flood: str) -> None:
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        await duty.press("e")
        await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
        assert f"emergency plan callup {flooded(flood)}" in duty.text.replace(f"--store {flood} ", "")
        await duty.type("--issue")
        assert "'--issue' is no option here" in await duty.press("enter")
        await duty.press("ctrl+u")
        await answer(duty, "--override '堤坝将溃'")
        shown = await walk.settled(duty)
        assert "'--override=堤坝将溃'" in shown
        flags = [row.cells[-1] for row in panel(duty).rows if row.cells[0] != GONE]
        assert flags and all("override" in flag for flag in flags)
        assert drafts(flood) == {}


async def test_over_call_is_an_option_and_each_line_says_what_of_it_is_over(flood: str) -> None:
    async with on_duty(flood, (160, 48)) as duty:
        await walk.opened(duty, "plan")
        await duty.press("e")
        await answer(duty, "--over 25%")
        shown = await walk.settled(duty)
        assert "--over=25%" in shown
        flags = {row.target.id: row.cells[-1] for row in panel(duty).rows if row.target}
        over = [id_ for id_, flag in flags.items() if " over" in flag]
        assert over and len(over) < len(flags)
        headings = [column.heading for column in panel(duty, "needs").columns]
        assert "Over" in headings and "In time" in headings
        people = next(row.cells for row in panel(duty, "needs").rows if row.cells[1] == "people")
        assert people[headings.index("Over")] == "15" and people[headings.index("Planned")] == "75"
        told = " ".join(row.cells[2] for row in panel(duty, "why").rows)
        assert "over-call of 25 %" in told and "chances, assumed: driving times spread by 30 %" in told
        await duty.press("y")
    line = shlex.split(duty.app.clipboard)
    assert "over-call of 25 %" in runner(["--store", flood])(line[1:]).out


# -- drafts ---------------------------------------------------------------------------------------


async def test_f2_writes_drafts_after_a_question_and_undo_takes_them_back(
    flood: str, size: tuple[int, int]
) -> None:
    async with on_duty(flood, size) as duty:
        await walk.opened(duty, "plan")
        shown = await walk.pressed(duty, "f2")
        assert (
            "write 6 draft orders?" in shown and "3 to teams with 60 people and 6 items, 3 of stock" in shown
        )
        assert f"emergency plan callup --issue {flooded(flood)}" in shown.replace(f"--store {flood} ", "")
        await walk.pressed(duty, "n")
        assert drafts(flood) == {}
        await walk.pressed(duty, "f2", "y")
        assert set(drafts(flood).values()) == {"draft"}
        assert duty.toasts[-1].startswith("z takes it back; 6 draft orders written: BJ-3")
        assert all("drafted" in row.cells[-1].split(", ") for row in panel(duty).rows)
        # A line that stands as a draft leads to its order, which can be given there.
        shown = await walk.pressed(duty, "enter")
        draft = next(
            row.target.id
            for row in duty.app.screen.query_one(Panel).rows
            if row.cells[1] == "Draft order" and row.target
        )
        assert drafts(flood)[draft] == "draft"
        await walk.pressed(duty, "escape")
        await walk.pressed(duty, "f2")
        assert duty.toasts[-1] == "the drafts stand as the plan has them"
        shown = await walk.pressed(duty, "z")
        assert "y or Enter: yes" in shown
        await walk.pressed(duty, "y")
        assert set(drafts(flood).values()) == {"cancelled"}
        assert not any("drafted" in row.cells[-1] for row in panel(duty).rows)


async def test_a_plan_that_stands_as_drafts_is_seen_and_changed_only_where_it_must(flood: str) -> None:
    say(flood, "plan", "callup", flooded(flood), "--issue")
    async with on_duty(flood) as duty:
        shown = await walk.opened(duty, "plan")
        assert "of an earlier plan 6 drafts stand; lines of this plan as drafted: 11" in shown
        await walk.pressed(duty, "down", "minus")
        shown = await walk.pressed(duty, "f2")
        assert "write 1 draft order?" in shown
        assert "drafts that stay as they are: 4; that are cancelled: 2" in shown
        await walk.pressed(duty, "y")
    states = list(drafts(flood).values())
    assert (states.count("draft"), states.count("cancelled")) == (11, 6)


async def test_what_is_counted_over_a_closed_road_is_said(flood: str) -> None:
    incident = flooded(flood)
    say(flood, "callup", "issue", "--incident", incident, "--team", "BJ-6", "--people", "5")
    async with on_duty(flood) as duty:
        assert "in doubt" not in await walk.opened(duty, "plan")
        say(flood, "drive", "add", "from=BJ-6", f"to={incident}", "closed=yes", "source=塌方")
        await walk.pressed(duty, "r")
        shown = await walk.quiet(duty)
        assert "! counted as coming, and in doubt: BJ-" in shown and "BJ-6 [塌方]" in shown


async def test_what_others_write_is_said_and_r_plans_again(flood: str) -> None:
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        ran = runner(["--store", flood])(
            ["duty", "report", "BJ-15", "--readiness", "off", "--headcount", "0"]
        )
        assert ran.code == 0
        duty.app.look()
        await duty.until("! the store has changed since: r plans again")
        assert "BJ-15" in called(duty)
        shown = await walk.pressed(duty, "r")
        assert "the store has changed" not in shown
        assert [row.cells[0] for row in panel(duty).rows if row.target and row.target.id == "BJ-15"] == [GONE]


# -- which incidents ------------------------------------------------------------------------------


async def test_where_nothing_is_lacking_it_says_what_to_do_and_a_need_stated_there_is_planned(
    demo: str,
) -> None:
    async with on_duty(demo) as duty:
        shown = await walk.opened(duty, "plan")
        assert "enough is ordered, if all of it comes" in shown
        assert "N on an incident states what it needs" in shown
        open_ = called(duty)
        await duty.press("end", "N")
        await answer(duty, "people>=20")
        await answer(duty, "60min")
        shown = await walk.settled(duty)
        assert f"for {open_[-1]}" in shown and "No plan" not in shown


async def test_an_empty_store_and_an_incident_without_needs_are_told(empty: str) -> None:
    incident = opened(empty, title="无需求")
    async with on_duty(empty) as duty:
        assert "No plan" in await walk.opened(duty, "plan")
        await room(duty, "2")
        shown = await walk.pressed(duty, "exclamation_mark")
        assert f"{incident} states no need" in shown and f"emergency incident need {incident}" in shown
        await walk.pressed(duty, "f2")
        assert duty.toasts[-1] == "there is nothing to order"
        await walk.pressed(duty, "escape")
        assert not isinstance(duty.app.screen, PlanDesk)


async def test_covered_is_told_apart_from_nothing_asked_for_and_from_no_incident(empty: str) -> None:
    """Each by the desk itself; what is covered by the plan of that incident and by the command too."""
    unused = ("F2 ", ", style", "- without")

    async def on_the_desk(*said: str) -> None:
        async with on_duty(empty) as duty:
            shown = await walk.opened(duty, "plan")
            assert [text for text in said if text not in shown] == []
            foot = shown.splitlines()[-1]
            assert [key for key in unused if key in foot] == []
            await walk.pressed(duty, "comma", "minus")
            assert duty.toasts[-2:] == ["there is no plan"] * 2

    await on_the_desk("! no incident is open", "2 opens the incidents; n there writes one")
    incident = opened(empty)
    await on_the_desk("! nothing is asked for: no open incident states a need", incident)
    team = say(empty, "team", "add", "name=甲队", "region=110106", "at=39.86,116.28", "strength=80")["id"]
    assert runner(["--store", empty])(["incident", "need", incident, "people>=20"]).code == 0
    say(empty, "callup", "issue", "--incident", incident, "--team", team, "--people", "20")
    covered = "enough is ordered, if all of it comes"
    await on_the_desk(f"✓ {covered}", incident)
    assert covered in runner(["--store", empty])(["plan", "callup", incident]).out
    async with on_duty(empty) as duty:
        await room(duty, "2")
        shown = await walk.pressed(duty, "exclamation_mark")
        assert f"balanced plan: 0 units for {incident}" in shown and shown.count(covered) == 2
        assert [key for key in unused if key in shown.splitlines()[-1]] == []
        await walk.pressed(duty, "comma")
        assert duty.toasts[-1] == covered


async def test_what_nobody_can_send_is_not_said_to_be_covered(empty: str) -> None:
    opened(empty, "people>=20")
    async with on_duty(empty) as duty:
        shown = await walk.opened(duty, "plan")
        assert "! 1 need short" in shown and "nobody who could be sent gives what is lacking" in shown
        assert "covered" not in shown


async def test_drills_are_planned_apart_from_what_is_real(demo: str) -> None:
    drill = opened(demo, "people>=10", title="演练", more=("--exercise",))
    async with on_duty(demo) as duty:
        shown = await walk.opened(duty, "plan")
        assert f"EXERCISE 演练 balanced plan: 1 unit for {drill}" in shown
        assert f"EXERCISE 演练: {drill}" in await walk.pressed(duty, "f2")
        await walk.pressed(duty, "n")
        real = opened(demo, "people>=10")
        shown = await walk.pressed(duty, "r")
        assert f"for {real}" in shown and f"drills are not planned with these: {drill}" in shown


async def test_several_that_are_marked_are_planned_together(flood: str) -> None:
    other = opened(flood, "people>=10", title="另一处")
    async with on_duty(flood, (160, 48)) as duty:
        await room(duty, "2")
        await duty.press("end", "space", "up", "space", "exclamation_mark")
        shown = await walk.settled(duty)
        assert "balanced plan" in shown and flooded(flood) in shown
        assert {row.cells[2] for row in panel(duty).rows} == {flooded(flood), other}
        await duty.press("y")
        assert sorted(shlex.split(duty.app.clipboard)[-2:]) == sorted([flooded(flood), other])


async def test_a_drill_that_is_marked_with_what_is_real_is_refused_in_words(flood: str) -> None:
    other = opened(flood, "people>=10", title="演练", more=("--exercise",))
    async with on_duty(flood, (160, 48)) as duty:
        await room(duty, "2")
        await duty.press("end", "space", "up", "space", "exclamation_mark")
        shown = await walk.settled(duty)
        assert f"drills are never planned together with real incidents; drills are: {other}" in shown
        assert f"emergency plan callup {flooded(flood)}" in shown
        await walk.pressed(duty, "f2")
        assert duty.toasts[-1] == "there is nothing to order"


async def test_a_store_as_of_earlier_is_planned_and_not_written_to(flood: str) -> None:
    then = times.parse_time("2026-07-31T08:00:00+08:00", 0)
    run = runner(["--store", flood, "--as-of", "2026-07-31T08:00:00+08:00"])
    async with on_duty(flood, as_of=then, run=run) as duty:
        assert f"6 units for {flooded(flood)}" in await walk.opened(duty, "plan")
        await walk.pressed(duty, "f2")
        assert duty.toasts[-1] == "the past does not change"


async def test_from_a_register_as_of_earlier_no_plan_is_opened(flood: str) -> None:
    async with on_duty(flood) as duty:
        await room(duty, "2")
        await duty.press("t")
        await duty.until(lambda: isinstance(duty.app.focused, Input))
        await duty.type("07:59")
        await walk.pressed(duty, "enter")
        await walk.pressed(duty, "end", "exclamation_mark")
        assert duty.toasts[-1] == "this list is of another time, and a plan is of now"
        assert not isinstance(duty.app.screen, PlanDesk)


async def test_it_is_left_while_it_plans(flood: str) -> None:
    async with on_duty(flood) as duty:
        await room(duty, "2")
        await walk.settled(duty)
        await duty.pilot.press("end", "exclamation_mark", "escape")
        await walk.settled(duty)
        assert not isinstance(duty.app.screen, PlanDesk)
        assert duty.app.is_running and duty.app._exception is None


async def test_without_the_solver_the_plan_says_what_is_missing(
    flood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    async with on_duty(flood, (160, 48)) as duty:
        assert "pip install 'emergency-toolkit[planner]'" in await walk.opened(duty, "plan")


async def test_hostile_names_are_text(demo: str) -> None:
    team = say(
        demo, "team", "add", f"name={hostile.MARKUP[0]}", "region=110106", "at=39.86,116.28", "strength=80"
    )["id"]
    for words_ in (["duty", "report", team, "--readiness", "ready", "--headcount", "80"],):
        assert runner(["--store", demo])(words_).code == 0
    opened(demo, "people>=70", title=hostile.MARKUP[1] + "水" * 200)
    for size in SIZES:
        async with on_duty(demo, size) as duty:
            shown = await walk.opened(duty, "plan")
            assert team in called(duty)
            for _turn in range(2):
                assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
                assert not hostile.UNSEEN.search(shown.replace("\n", ""))
                shown = await walk.pressed(duty, "enter")
            assert duty.app.is_running and duty.app._exception is None
