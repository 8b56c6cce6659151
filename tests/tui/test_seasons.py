"""Seasons on the screens: windows and checklists, and the plan of teams as a list and on the map, by key presses."""

from __future__ import annotations

import itertools
import json
import pathlib
import random
import shutil
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.commands.inside import runner
from emergency.store import times, words
from emergency.store.spots import Spot
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui import staged, stagedlines, stagemap
from emergency.tui.doing import Ran, Tell
from emergency.tui.panel import Target
from emergency.tui.raster import View, along, framed
from emergency.tui.stagelist import StageList
from emergency.tui.stagemap import StageMap

from . import hostile, stage, walk
from .screen import Duty, on_duty

SIZES = [(80, 24), (160, 48)]
#: A flood season that runs, a fire season ahead, an event that is over; four teams, three sites, five areas.
SETUP = (
    "season add name=汛期 kind=flood begin=06-01 end=09-15 source=样例",
    "season add name=防火期 kind=fire begin=11-01 end=05-31",
    "season add name=赛会 kind=event begin=2026-05-01 end=2026-05-05",
    "task add season=汛期 what=物资清点 by=05-15 owner=物资科",
    "task add season=汛期 what=预置到位 by=05-31 done=2026-05-30",
    "task add season=汛期 what=复盘 by=09-10",
    "site add name=山口点 at=39.70,115.80 capacity=1",
    "site add name=河谷点 at=39.90,115.95 capacity=3",
    "site add name=闲置点 at=39.95,116.10",
    "keyarea add name=山村 at=39.70,115.79 weight=9 hazards=flood",
    "keyarea add name=河村 at=39.91,115.95 weight=5 hazards=flood",
    "keyarea add name=镇区 at=39.73,116.14 weight=4 hazards=flood;waterlogging",
    "keyarea add name=远村 at=40.60,117.00 weight=2 hazards=flood",
    "keyarea add name=无坐标 hazards=flood",
    "team add name=镇区队 type=水域救援 at=39.73,116.14 strength=20",
    "team add name=二队 type=水域救援 at=39.74,116.15 strength=20",
    "team add name=三队 type=道路抢险 at=39.74,116.15 strength=20",
    "team add name=备勤队 type=道路抢险 at=39.70,115.79 strength=20",
    *(f"duty report {team} --readiness ready --headcount 20" for team in ("镇区队", "二队", "三队")),
    "duty report 备勤队 --readiness standby --headcount 20",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with that store, made once."""
    folder = tmp_path_factory.mktemp("seasons")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMERGENCY_NOW", stage.NOW)
        patch.setattr("os.urandom", random.Random(1).randbytes)
        words.speak("en")
        run = runner(["--store", stage.empty(folder)])
        for line in SETUP:
            ran = run(line.split(" "))
            assert ran.code == 0, ran
    return folder


@pytest.fixture
def seasons(made: pathlib.Path, tmp_path: pathlib.Path) -> str:
    """The path of that store, to be changed at will."""
    for file in made.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    return str(tmp_path / "station.db")


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


def told(path: str, *arguments: str) -> Any:
    """What a command line prints as JSON."""
    ran = runner(["--store", path])([*arguments, "--json"])
    assert ran.code == 0, ran
    return json.loads(ran.out)


def tasks(path: str) -> dict[str, str | None]:
    return {row["what"]: row["done"] for row in told(path, "task", "list")}


async def planned(duty: Duty, *answers: str) -> str:
    """The plan of the flood season, the questions answered by these; the others by what is proposed."""
    await walk.opened(duty, "seasons")
    await walk.pressed(duty, "@")
    for answer in answers:
        await walk.pressed(duty, *["backspace"] * 20, *answer, "enter")
    return await walk.pressed(duty, "f2") if walk.typing(duty) else await walk.settled(duty)


def reversed_signs(duty: Duty) -> set[str]:
    """The characters of the picture that are picked out."""
    map_ = duty.app.screen.query_one(StageMap)
    return {text.strip() for row in map_._lines for text, tone in row if tone == "cursor"}


# -- seasons and checklists --------------------------------------------------------------------------


async def test_seasons_say_when_they_are_and_what_is_late_as_the_command_line_does(
    seasons: str, size: tuple[int, int]
) -> None:
    async with on_duty(seasons, size) as duty:
        shown = await walk.opened(duty, "seasons")
        lines = [line for line in shown.splitlines() if line[2:5] == "FT-"][:3]
        assert [name for line in lines for name in ("汛期", "防火期", "赛会") if name in line] == [
            "汛期",
            "防火期",
            "赛会",
        ]
        assert "! running, 46 days left" in lines[0] and "1 of 3 done, 1 overdue" in lines[0]
        assert "- begins in 93 days" in lines[1] and "over for 87 days" in lines[2]
        listed = told(seasons, "season", "list")
        assert listed[0]["checklist"] == {"done": 1, "overdue": 1, "open": 1}
        assert "! 2026-05-15 物资清点" in shown and "overdue by 77 days" in shown
        assert "done 2026-05-30" in shown and "41 days left" in shown
        assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
        await walk.pressed(duty, "|")
        assert duty.app.clipboard == "emergency season list"


async def test_each_line_of_the_checklist_opens_its_record_and_escape_comes_back(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await walk.opened(duty, "seasons")
        for row in range(3):
            shown = await walk.pressed(duty, *([] if row else ["tab"]), *["down"] * bool(row), "enter")
            assert "Preparation task" in shown
            assert ("物资清点", "预置到位", "复盘")[row] in shown
            shown = await walk.pressed(duty, "escape")
            assert "Checklist" in shown and duty.app.room == "seasons"


async def test_a_key_ticks_a_task_by_its_command_and_undo_takes_it_back(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await walk.opened(duty, "seasons")
        await walk.pressed(duty, "tab", ".", "enter")
        id_ = next(row["id"] for row in told(seasons, "task", "list") if row["what"] == "物资清点")
        assert await duty.ran() == ["task", "set", id_, "done=2026-07-31"]
        assert tasks(seasons)["物资清点"] == "2026-07-31"
        shown = await walk.quiet(duty)
        assert "2 of 3 done" in shown and "overdue" not in shown.split("- Checklist")[-1].split("\n")[0]
        await walk.pressed(duty, "z", "y")
        assert tasks(seasons)["物资清点"] is None
        assert "1 of 3 done, 1 overdue" in await walk.quiet(duty)


async def test_a_task_may_have_been_done_on_another_day_and_one_that_is_done_is_not_ticked_again(
    seasons: str,
) -> None:
    async with on_duty(seasons) as duty:
        await walk.opened(duty, "seasons")
        await walk.pressed(duty, "tab", ".", *"2026-05-14", "enter")
        assert tasks(seasons)["物资清点"] == "2026-05-14"
        before = len(duty.app.ran)
        await walk.pressed(duty, ".")
        assert "it is done already" in duty.toasts[-1] and len(duty.app.ran) == before
        await walk.pressed(duty, "e")
        assert "Done on" in duty.text


async def test_a_marked_season_does_not_take_the_tick_from_the_task_under_the_cursor(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await walk.opened(duty, "seasons")
        await walk.pressed(duty, "space", "home", "tab", ".", "enter")
        assert tasks(seasons)["物资清点"] == "2026-07-31"


async def test_the_board_says_once_what_of_a_season_is_late_and_opens_it(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        (line,) = [x for x in duty.text.splitlines() if "not prepared" in x]
        assert "1 task late: 汛期" in line and "since 05-16 00:00" in line
        at = [x for x in duty.text.splitlines() if x.startswith(("  !", "  ?", "> !", "> ?"))].index(line)
        shown = await walk.pressed(duty, *["down"] * at, "enter")
        assert "Season plan" in shown and "物资清点" in shown and "overdue by 77 days" in shown
        matters = told(seasons, "board")["needs_person"]
        assert [(m["kind"], m["many"]) for m in matters if m["why"] == "unprepared"] == [("season", 1)]


async def test_seasons_over_an_empty_store_say_what_to_do(empty: str, size: tuple[int, int]) -> None:
    async with on_duty(empty, size) as duty:
        shown = await walk.opened(duty, "seasons")
        assert "no season yet" in shown
        await walk.pressed(duty, "@")
        assert duty.toasts[-1] == "put the cursor on a season first"


async def test_a_filter_and_a_time_are_those_of_the_register(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await walk.opened(duty, "seasons")
        shown = await walk.pressed(duty, "/", *"kind=fire", "enter")
        assert "防火期" in shown and "赛会" not in shown
        await walk.pressed(duty, "|")
        assert duty.app.clipboard == "emergency season list kind=fire"
        await walk.pressed(duty, "escape", "t", *"08:00", "enter")
        assert "AS OF" in duty.text
        await walk.pressed(duty, "tab", ".")
        assert duty.toasts[-1] == "the past does not change"


# -- the plan ----------------------------------------------------------------------------------------


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
            assert minutes == ("" if team["stays"] else f"{round(team['minutes'])} min")
        legs = sum(len(t["covers"]) for t in plan["teams"]) + sum(not t["stays"] for t in plan["teams"])
        assert f"0 by road, {legs} estimated" in shown
        assert "Not covered: 1" in shown and "no site and no ready team within 20 min" in shown


async def test_a_drive_of_the_register_is_counted_apart_from_estimates(seasons: str) -> None:
    ran = runner(["--store", seasons])(
        ["drive", "add", "from=山口点", "to=山村", "minutes=12", "source=实测"]
    )
    assert ran.code == 0
    async with on_duty(seasons) as duty:
        assert "1 by road, " in await planned(duty, "3", "20min")


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


async def test_drafts_that_are_there_already_are_named_before_others_are_written(seasons: str) -> None:
    assert runner(["--store", seasons])(
        ["plan", "stage", "汛期", "--teams", "3", "--within", "20min", "--issue"]
    ).code == 0  # fmt: skip
    async with on_duty(seasons) as duty:
        await planned(duty, "3", "20min")
        assert "there is a draft already: FT-" in await walk.pressed(duty, "f2")


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


# -- the picture ---------------------------------------------------------------------------------------

LAT, LNG = st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000)
VIEWS = st.builds(View, LAT, LNG, st.floats(1000, 1e6), st.integers(-4, 12))
POINTS = st.builds(Spot, st.just("home"), st.just("1"), st.just(""), LAT, LNG)


@given(POINTS, POINTS, VIEWS, st.integers(1, 60), st.integers(1, 20))
def test_a_way_never_leaves_its_room_and_has_no_gap(
    start: Spot, end: Spot, view: View, width: int, height: int
) -> None:
    dots = along(framed(view, width, height), start, end)
    assert all(0 <= x < width * 2 and 0 <= y < height * 4 for x, y in dots)
    assert all(max(abs(a - c), abs(b - d)) <= 1 for (a, b), (c, d) in itertools.pairwise(dots))


@given(LAT, LNG, VIEWS, st.integers(1, 60), st.integers(1, 20))
def test_a_way_within_the_room_goes_from_its_start_to_its_end(
    lat: int, lng: int, view: View, width: int, height: int
) -> None:
    frame = framed(view, width, height)
    start, end = Spot("home", "1", "", lat, lng), Spot("team", "1", "", view.lat, view.lng)
    dots = along(frame, start, end)
    if frame.cell(start) is not None and frame.cell(end) is not None:
        assert dots[0] == frame.place(start) and dots[-1] == frame.place(end)


@st.composite
def plans(draw: st.DrawFn) -> staged.Plan:
    """What `plan stage --json` may tell, of any size and place."""

    def at() -> dict[str, float]:
        return {"lat": draw(LAT) / 1e6, "lng": draw(LNG) / 1e6}

    name = st.text("aZ9水\u202e\x1b", max_size=6)
    areas = [f"K{n}" for n in range(draw(st.integers(0, 40)))]
    sites = [f"S{n}" for n in range(draw(st.integers(0, 4)))]
    teams = []
    for n in range(draw(st.integers(0, 45))):
        stays = draw(st.booleans()) or not sites
        teams.append({
            "team": f"T{n}", "name": draw(name), "stays": stays, "site": None if stays else draw(st.sampled_from(sites)),
            "site_name": None, "at": at(), "from": {"site": None, "line": None, "at": at()}, "minutes": 1.5, "source": None,
            "people": None, "covers": [{"area": a, "minutes": 2.0, "source": "x"} for a in areas[n : n + 2]],
        })  # fmt: skip
    return staged.parsed({
        "season": "FT-1", "name": draw(name), "within_minutes": 30.0, "sample": False, "teams": teams,
        "areas": [
            {"area": a, "name": draw(name), "weight": draw(st.integers(0, 9)), "at": at(), "covered_by": [
                {"type": None, "teams": [t["team"] for t in teams if a in [c["area"] for c in t["covers"]]], "why_not": None}
            ]} for a in areas
        ],
        "sites": [{"site": s, "name": draw(name), "at": at(), "capacity": None, "teams": [t["team"] for t in teams if t["site"] == s]} for s in sites],
        "weight": {"all": 10, "covered": 4, "covered_twice": 0}, "second_cover_counts": draw(st.sampled_from((0, 0.2))),
        "gap": 0.0, "method": "greedy and exchanges", "routing_trouble": None, "left_out": {"X": "why"},
    })  # fmt: skip


@given(plans(), VIEWS, st.integers(1, 60), st.integers(1, 20), st.booleans())
def test_the_picture_of_any_plan_is_never_outside_its_room(
    plan: staged.Plan, view: View, width: int, height: int, ascii_only: bool
) -> None:
    picked = ("team", plan.teams[0].id) if plan.teams else None
    picture = stagemap.draw(plan, (), framed(view, width, height), picked, ascii_only=ascii_only)
    assert [cells(line) for line in picture.lines] == [width] * height


@given(plans())
def test_a_sign_means_one_thing_and_every_thing_has_a_line(plan: staged.Plan) -> None:
    signs = [team.sign for team in plan.teams] + [area.sign for area in plan.areas if area.state == "open"]
    told_ones = [sign for sign in signs if sign not in (staged.MORE_TEAMS, staged.MORE_AREAS)]
    assert len(told_ones) == len(set(told_ones))
    marks = {staged.FREE, staged.HOME, *(s for pair in staged.COVERED.values() for s in pair)}
    assert not marks & set(told_ones)
    things = {one.thing for one in stagedlines.listed(plan, {}, wide=True) if one.thing}
    assert things == {(s.here.kind, s.id) for some in (plan.teams, plan.areas, plan.sites) for s in some}
    open_ = [area.weight for area in plan.areas if area.state == "open"]
    assert open_ == sorted(open_, reverse=True)
