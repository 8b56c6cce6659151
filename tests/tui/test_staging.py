"""The plan of a season on the screen: asked for, shown as a list and on the map, issued and taken back, by key presses."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from emergency.commands.inside import runner
from emergency.store import seasonwords, times
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.store.travel import said_minutes
from emergency.tui.doing import Ran, Tell
from emergency.tui.panel import Target
from emergency.tui.stagelist import StageList
from emergency.tui.stagemap import StageMap

from . import hostile, stage, walk
from .screen import Duty, on_duty
from .season import planned, told

SIZES = [(80, 24), (160, 48)]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


def reversed_signs(duty: Duty) -> set[str]:
    """The characters of the picture that are picked out."""
    map_ = duty.app.screen.query_one(StageMap)
    return {text.strip() for row in map_._lines for text, tone in row if tone == "cursor"}


async def test_the_plan_on_the_screen_is_that_of_the_command_line_that_is_copied(
    seasons: str, size: tuple[int, int]
) -> None:
    async with on_duty(seasons, size) as duty:
        shown = await planned(duty, "3", "20min")
        assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
        await walk.pressed(duty, "y")
        line = duty.app.clipboard.removeprefix("emergency ").split(" ")
        assert line[:-1] == ["plan", "stage", "--teams", "3", "--within", "20min"]
        plan = told(seasons, *line)
        assert f"weight {plan['weight']['covered']:g} of {plan['weight']['all']:g} (90%)" in shown
        assert "no better plan" in shown
        rows = [row.cells for row in duty.app.screen.query_one(StageList).rows]
        for n, team in enumerate(plan["teams"], 1):
            sign, who, where, minutes, _covers = rows[n]
            assert (sign, who) == (
                str(n),
                f"{team['team']} {team['name']}",
            ) and f"{n} {team['team']}" in shown
            assert where == ("stays at home" if team["stays"] else f"-> {team['site_name']}")
            assert minutes == ("" if team["stays"] else f"{said_minutes(team['minutes'])} min")
        legs = sum(len(t["covers"]) for t in plan["teams"]) + sum(not t["stays"] for t in plan["teams"])
        assert f"0 by road, {legs} estimated" in shown
        assert "Not covered: 1" in shown and "no site and no ready team within 20 min" in shown


async def test_a_limit_of_seconds_is_told_as_it_was_set(seasons: str) -> None:
    async with on_duty(seasons, (160, 48)) as duty:
        shown = await planned(duty, "3", "90s")
        assert ": within 90 s" in shown and "no site and no ready team within 90 s:" in shown


async def test_a_season_in_which_no_area_counts_says_so_and_claims_no_cover(seasons: str) -> None:
    with Store(seasons) as store:
        areas = [row["id"] for row in store.rows("SELECT id FROM keyarea WHERE retired IS NULL")]
    for area in areas:
        assert runner(["--store", seasons])(["keyarea", "retire", area, "--reason", "撤销"]).code == 0
    async with on_duty(seasons, (160, 48)) as duty:
        shown = await planned(duty, "3", "20min")
        assert shown.count(seasonwords.no_areas()) == 2
        assert "100%" not in shown


async def test_a_drive_of_the_register_is_counted_apart_from_estimates(seasons: str) -> None:
    ran = runner(["--store", seasons])(
        ["drive", "add", "from=山口点", "to=山村", "minutes=12", "source=实测"]
    )
    assert ran.code == 0
    async with on_duty(seasons) as duty:
        assert "1 by road, " in await planned(duty, "3", "20min")


async def test_the_team_under_the_cursor_says_in_what_time_it_turns_out(seasons: str) -> None:
    run = runner(["--store", seasons])
    for team in ("镇区队", "二队", "三队"):
        assert run(["team", "set", team, "turnout=25"]).code == 0
    assert run(["site", "set", "山口点", "turnout=2"]).code == 0
    async with on_duty(seasons, (160, 48)) as duty:
        await planned(duty, "1", "20min")
        assert "covers, turn-out of 2 min included: 山村 6 min" in duty.text
        await planned(duty, "1", "40min")
        assert "covers, turn-out of 2 min included" in duty.text
        assert "turn-out of 25 min" not in duty.text


async def test_what_was_asked_last_is_proposed_again(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "2", "25min", "水域=1", "yes")
        assert duty.app.screen.query_one(StageMap)._plan is not None
        await walk.pressed(duty, "escape", "@")
        shown = await walk.pressed(duty, "enter", "enter", "enter")
        assert "plan stage --teams 2 --within 25min --type '水域=1' --backup" in shown
        await walk.pressed(duty, "f2", "y")
        assert "--type '水域=1' --backup" in duty.app.clipboard


async def test_what_cannot_be_asked_is_said_in_the_question(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await walk.opened(duty, "seasons")
        await walk.pressed(duty, "@", *["backspace"] * 3, *"many", "enter")
        assert " ! " in duty.text
        await walk.pressed(duty, *["backspace"] * 5, "2", "enter", *["backspace"] * 9, *"soon", "enter")
        assert " ! " in duty.text
        await walk.pressed(duty, *["backspace"] * 9, *"20min", "enter", *"水域", "enter")
        assert "not a type and a number" in duty.text
        # What the line itself refuses stands where the plan would.
        shown = await walk.pressed(duty, *["backspace"] * 9, *"水域=3", "enter", "enter")
        assert "the types come to 3, more than 2 teams" in shown


async def test_the_line_under_the_cursor_is_picked_out_on_the_map(
    seasons: str, size: tuple[int, int]
) -> None:
    async with on_duty(seasons, size) as duty:
        await planned(duty, "3", "20min")
        plan = duty.app.screen.query_one(StageMap)._plan
        assert plan is not None
        for n, team in enumerate(plan.teams):
            if n:
                await walk.pressed(duty, "down")
            assert duty.app.screen.query_one(StageMap).thing == ("team", team.id)
            assert team.sign in reversed_signs(duty) or any(team.sign in s for s in reversed_signs(duty))
            assert f"> {team.sign} {team.id}" in duty.text
        await walk.pressed(duty, "down", "down")
        assert "A" in reversed_signs(duty) and "远村" in duty.text.split("> A ")[1].split("\n")[0]


async def test_what_is_picked_on_the_map_is_under_the_cursor_of_the_list(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        screen = duty.app.screen
        await walk.pressed(duty, "tab")
        assert isinstance(duty.app.focused, StageMap)
        seen = set()
        for _turn in range(12):
            await walk.pressed(duty, "n")
            thing = screen.query_one(StageMap).thing
            list_ = screen.query_one(StageList)
            target = list_.rows[list_.cursor].target
            assert thing is not None and target == Target(*thing)
            seen.add(thing)
        plan = screen.query_one(StageMap)._plan
        assert plan is not None
        assert seen == {(s.here.kind, s.id) for some in (plan.teams, plan.areas, plan.sites) for s in some}
        shown = await walk.pressed(duty, "enter")
        assert duty.app.screen is not screen and target.id in shown


async def test_f2_asks_which_orders_writes_them_and_undo_takes_them_back(
    seasons: str, size: tuple[int, int]
) -> None:
    async with on_duty(seasons, size) as duty:
        await planned(duty, "3", "20min")
        shown = await walk.pressed(duty, "f2")
        assert "write 2 draft orders?" in shown and "--issue" in shown and "山口点" in shown
        assert told(seasons, "callup", "list") == []
        await walk.pressed(duty, "n")
        assert told(seasons, "callup", "list") == []
        await walk.pressed(duty, "f2", "y")
        lines = told(seasons, "callup", "list")
        assert [row["state"] for row in lines] == ["draft", "draft"]
        assert "2 draft orders written" in duty.toasts[-1]
        shown = await walk.quiet(duty)
        assert all(f"draft {row['id']}" in shown for row in lines)
        await walk.pressed(duty, "f2")
        assert "its orders are written" in duty.toasts[-1] and len(told(seasons, "callup", "list")) == 2
        await walk.pressed(duty, "z", "y")
        assert {row["state"] for row in told(seasons, "callup", "list")} == {"cancelled"}
        shown = await walk.quiet(duty)
        assert "draft FT-" not in shown and "F2 2 draft orders" in shown


async def test_a_draft_is_given_from_its_line_and_then_the_team_stands_there(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2", "y")
        first = told(seasons, "callup", "list")[0]["id"]
        plan = duty.app.screen.query_one(StageMap)._plan
        assert plan is not None
        at = next(n for n, team in enumerate(plan.teams) if not team.stays)
        await walk.pressed(duty, *["down"] * at, "G", "f2")
        assert (await duty.ran(1))[:2] == ["callup", "issue-draft"]
        shown = await walk.pressed(duty, "r")
        given = {row["id"]: row["state"] for row in told(seasons, "callup", "list")}
        assert given.pop(first) == "issued" and set(given.values()) == {"draft"}
        plan = duty.app.screen.query_one(StageMap)._plan
        assert plan is not None and [team.line for team in plan.teams if team.line] == [first]
        assert "stays at 山口点" in shown or "stays at 河谷点" in shown


async def test_what_is_drafted_already_is_not_written_again(seasons: str) -> None:
    run = runner(["--store", seasons])
    assert run(["plan", "stage", "汛期", "--teams", "3", "--within", "20min", "--issue"]).code == 0
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2")
        assert "the drafts stand as the plan has them" in duty.toasts[-1]
        # One of them was given up; another season wants the same team.
        line = told(seasons, "callup", "list")[0]
        assert run(["callup", "cancel", line["id"]]).code == 0
        elsewhere = [
            "callup",
            "draft",
            "--kind",
            "preposition",
            "--team",
            line["team"],
            "--report-to",
            "村口",
        ]
        assert run(elsewhere).code == 0
        shown = await walk.pressed(duty, "r", "f2")
        assert "write 1 draft order?" in shown and "there is a draft already: FT-" in shown
        assert "of an earlier plan 1 drafts are kept and 0 cancelled" in shown
        await walk.pressed(duty, "y")
        assert "1 draft order written" in duty.toasts[-1] and "1 kept" in duty.toasts[-1]


class Slow:
    """Runs command lines; a plan only once it may."""

    def __init__(self, path: str) -> None:
        self._run = runner(["--store", path])
        self.may = threading.Event()
        self.plans: list[Sequence[str]] = []

    def __call__(self, words_: Sequence[str], tell: Tell | None = None, /) -> Ran:
        if words_[0] == "plan":
            self.plans.append(words_)
            assert self.may.wait(20)
        return self._run(words_, tell)


async def test_the_plan_goes_on_while_one_looks_elsewhere_and_is_there_afterwards(seasons: str) -> None:
    slow = Slow(seasons)
    async with on_duty(seasons, run=slow) as duty:
        await walk.opened(duty, "seasons")
        await duty.press("at", "f2")
        await duty.until("reckoning: stage --teams 6")
        await duty.press("4")
        assert duty.app.room == "teams"
        slow.may.set()
        duty.app.go("seasons")
        await duty.until("weight ")


async def test_a_plan_that_is_left_is_told_of_and_shown_at_once_when_asked_again(seasons: str) -> None:
    slow = Slow(seasons)
    async with on_duty(seasons, run=slow) as duty:
        await walk.opened(duty, "seasons")
        await duty.press("at", "f2")
        await duty.until("reckoning: stage --teams 6")
        # Keys do what they do while it is made.
        await duty.press("f2")
        assert duty.toasts[-1] == "there is no plan yet"
        await duty.press("escape")
        assert "it goes on" in duty.toasts[-1]
        await duty.until("Checklist")
        slow.may.set()
        await duty.until(lambda: any("weight " in toast for toast in duty.toasts))
        await walk.pressed(duty, "@", "f2")
        assert len(slow.plans) == 1 and "no better plan" in duty.text


async def test_a_plan_says_when_the_store_has_changed_since(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        with Store(seasons) as store, store.write("keyarea set") as writer:
            id_ = store.find("keyarea", "远村")
            writer.set("keyarea", id_, {"weight": 50})
        duty.app.look()
        await duty.until("the store changed since")
        shown = await walk.pressed(duty, "r")
        assert "of 68" in shown and "changed since" not in shown


async def test_in_the_past_and_read_only_a_plan_is_shown_and_nothing_is_written(
    seasons: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = times.parse_time(stage.NOW, 0)
    run = runner(["--store", seasons, "--as-of", times.format_time(at)])
    async with on_duty(seasons, as_of=at, run=run) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2")
        assert duty.toasts[-1] == "the past does not change"
    monkeypatch.setenv("EMERGENCY_READ_ONLY", "1")
    async with on_duty(seasons) as duty:
        shown = await planned(duty, "3", "20min")
        await walk.pressed(duty, "f2")
        assert told(seasons, "callup", "list") == []
        assert "weight 18 of 20" in shown, shown


async def test_ascii_tells_the_same_without_ways(seasons: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGENCY_AMBIGUOUS", "wide")
    async with on_duty(seasons, (160, 48)) as duty:
        shown = await planned(duty, "3", "20min")
        assert not any(0x2800 <= ord(c) <= 0x28FF for c in shown)
        picture = "\n".join(line[:68] for line in shown.splitlines()[4:])
        assert {"1", "2", "3", "A", "^", "-"} <= set(picture)


async def test_from_every_place_of_the_plan_escape_leads_back_to_the_board(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        await walk.pressed(duty, "tab", "plus", "n", "enter", "escape", "f2", "escape", "?", "escape")
        assert "weight " in duty.text
        await walk.pressed(duty, "escape")
        assert "Checklist" in duty.text
        await walk.pressed(duty, "escape")
        assert duty.app.room == "board"


async def test_names_that_would_drive_a_terminal_or_have_no_end_are_text(
    seasons: str, size: tuple[int, int]
) -> None:
    with Store(seasons) as store, store.write("test") as writer:
        texts = iter((*hostile.ALL, *hostile.ALL))
        for kind, name in (
            ("season", "name"),
            ("task", "what"),
            ("keyarea", "name"),
            ("site", "name"),
            ("team", "name"),
        ):
            for row in store.rows(f'SELECT id FROM "{kind}"'):
                writer.set(kind, row["id"], {name: next(texts)[:180]})
    async with on_duty(seasons, size) as duty:
        await walk.opened(duty, "seasons")
        shown = await planned(duty, "3", "20min")
        for key in ("down", "down", "tab", "n", "n", "n", "f2"):
            shown += await walk.pressed(duty, key)
        assert "weight " in shown
        assert not hostile.UNSEEN.search(shown.replace("\n", ""))
        assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
