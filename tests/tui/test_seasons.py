"""Seasons on the screens: their windows and their checklists, by key presses."""

from __future__ import annotations

import pytest

from emergency.store.text import cells

from . import walk
from .screen import on_duty
from .season import told

SIZES = [(80, 24), (160, 48)]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


def tasks(path: str) -> dict[str, str | None]:
    return {row["what"]: row["done"] for row in told(path, "task", "list")}


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
        await walk.pressed(duty, "tab", ";", "enter")
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
        await walk.pressed(duty, "tab", ";", *"2026-05-14", "enter")
        assert tasks(seasons)["物资清点"] == "2026-05-14"
        before = len(duty.app.ran)
        await walk.pressed(duty, ";")
        assert "it is done already" in duty.toasts[-1] and len(duty.app.ran) == before
        await walk.pressed(duty, "e")
        assert "Done on" in duty.text


async def test_a_marked_season_does_not_take_the_tick_from_the_task_under_the_cursor(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await walk.opened(duty, "seasons")
        await walk.pressed(duty, "space", "home", "tab", ";", "enter")
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
        await walk.pressed(duty, "tab", ";")
        assert duty.toasts[-1] == "the past does not change"


async def test_an_order_is_one_of_the_command_line_too(seasons: str) -> None:
    async with on_duty(seasons) as duty:
        await walk.opened(duty, "seasons")
        shown = await walk.pressed(duty, "s", "S")
        await walk.pressed(duty, "|")
        line = duty.app.clipboard.removeprefix("emergency ").split(" ")
        assert "--sort" in line
        names = [row["name"] for row in told(seasons, *line)]
        rows = [row for row in shown.splitlines() if row[2:5] == "FT-"]
        assert [next(name for name in names if name in row) for row in rows] == names
