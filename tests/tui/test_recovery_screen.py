"""Recovery programmes on a screen: what is left of each line, and telling what has come."""

from __future__ import annotations

import pathlib
import shutil

import pytest

from emergency.commands.inside import runner
from emergency.store.store import Store
from emergency.tui.panel import Panel

from . import walk
from .planning import answer, column, copied, done, filtered, narrow, opened, told
from .screen import Duty, on_duty
from .test_actions import facts

SIZES = [(80, 24), (160, 48)]


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


def page(duty: Duty) -> str:
    return "\n".join(" ".join(row.cells) for row in duty.app.screen.query(Panel).first()._given)


async def on_line(duty: Duty, item: str) -> None:
    """Put the cursor on the line of an item, on the page of its programme."""
    panel = duty.app.screen.query(Panel).first()
    at = next(i for i, row in enumerate(panel.rows) if row.cells[1] == item)
    await walk.pressed(duty, "home", *["down"] * at)


async def test_every_programme_and_its_lines_as_the_command_tells_them(
    demo: str, size: tuple[int, int]
) -> None:
    async with on_duty(demo, size) as duty:
        await walk.pressed(duty, "colon")
        await walk.hurried(duty, *"recovery")
        await walk.pressed(duty, "enter")
        assert duty.app.room == "recovery"
        narrow(duty)
        words = await copied(duty, "vertical_line")
        assert words == ["recovery", "progress"]
        [programme] = told(demo, words)
        assert column(duty, "progress") == [f"{programme['progress']:g}% *"]
        assert await copied(duty) == ["recovery", "show", programme["id"]]
        await walk.pressed(duty, "enter")
        narrow(duty)
        text = page(duty)
        assert "样例 SAMPLE" in text and "35.3%; 0 of 5 lines done" in text
        for line in programme["lines"]:
            said = f"wanted {line['wanted']:g} {line['unit']}, came {line['came']:g} {line['unit']}"
            assert said in text and f"left {line['left']:g} {line['unit']}" in text
        await on_line(duty, "移动泵站")
        await walk.pressed(duty, "enter")
        assert "SAMPLE-002" in page(duty) and "1 arrival" in page(duty)
        await walk.pressed(duty, "escape", "escape", "escape")
        assert duty.app.room == "board"


@pytest.mark.parametrize(
    ("item", "answers", "left"),
    [
        ("移动泵站", ("SAMPLE-003",), "nothing left"),
        ("救生衣", ("", "50", "房山应急物资储备库（样例）"), "left 30 件"),
    ],
    ids=["equipment", "stock"],
)
async def test_what_has_come_is_tried_told_and_taken_back(
    demo: str, tmp_path: pathlib.Path, item: str, answers: tuple[str, ...], left: str
) -> None:
    twin = tmp_path / "twin"
    shutil.copytree(pathlib.Path(demo).parent, twin, ignore=shutil.ignore_patterns("twin"))
    before = facts(demo)
    async with on_duty(demo) as duty:
        await opened(duty, "recovery")
        await walk.pressed(duty, "enter")
        await on_line(duty, item)
        await walk.pressed(duty, "ampersand")
        for text in answers:
            await answer(duty, text)
        if len(answers) == 1:
            await walk.pressed(duty, "f2")
        shown = await duty.until("y or Enter: yes")
        assert "recovery arrive" in shown and facts(demo) == before
        await walk.pressed(duty, "y")
        words = await duty.ran()
        await duty.until(lambda: left in page(duty))
        written = facts(demo)[len(before) :]
        assert runner(["--store", str(twin / "demo.db")])(words).code == 0
        assert facts(str(twin / "demo.db"))[len(before) :] == written and written
        await walk.pressed(duty, "z")
        await duty.until("y or Enter: yes")
        await walk.pressed(duty, "y")
        await duty.until(lambda: left not in page(duty))


async def test_what_cannot_have_come_is_told_and_nothing_is_written(demo: str) -> None:
    before = facts(demo)
    async with on_duty(demo) as duty:
        await opened(duty, "recovery")
        await walk.pressed(duty, "ampersand")
        assert "put the cursor on a line of a recovery programme first" in duty.toasts[-1]
        await walk.pressed(duty, "enter")
        await on_line(duty, "龙吸水")
        await walk.pressed(duty, "ampersand")
        await answer(duty, "SAMPLE-003")
        await walk.pressed(duty, "f2")
        await duty.until(lambda: any("wants dragon-pump" in said for said in duty.toasts))
    assert facts(demo) == before


async def test_a_programme_is_written_by_a_form_and_an_empty_list_says_so(empty: str) -> None:
    async with on_duty(empty) as duty:
        assert "n writes one, I takes a file in" in await opened(duty, "recovery")
        done(empty, "recovery", "add", "name=“23·7”恢复", "event=暴雨")
        duty.app.look()
        await duty.until(lambda: column(duty, "name") == ["“23·7”恢复"])
        assert "n writes one" not in duty.text
        await walk.pressed(duty, "enter")
        assert "it has no lines yet" in page(duty)
        await walk.pressed(duty, "escape", "n")
        await duty.until("F2 saves")
        await walk.pressed(duty, "escape", "e")
        await duty.until("F2 saves")


async def test_the_past_is_read_and_does_not_change(demo: str) -> None:
    with Store(demo) as store:
        row = store.rows("SELECT id FROM recovery")[0]
    async with on_duty(demo) as duty:
        await opened(duty, "recovery")
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"07:56:30")
        await walk.pressed(duty, "enter")
        await duty.until(lambda: column(duty, "id") == [f"{row['id']} *"])
        assert column(duty, "progress") == ["0% *"]
        await walk.pressed(duty, "R")
        assert "the past does not change" in duty.toasts[-1]
        await walk.pressed(duty, "escape")
        assert column(duty, "progress") == ["35.3% *"]


async def test_lines_have_a_register_where_they_are_filtered_written_and_told(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "losses")
        assert len(column(duty, "id")) == 5
        await walk.pressed(duty, "slash")
        await walk.hurried(duty, *"cause:lost")
        await walk.pressed(duty, "enter")
        assert column(duty, "id") == ["BJ-289 *"]
        assert await copied(duty, "vertical_line") == ["loss", "list", "cause:lost"]
        await walk.pressed(duty, "enter")
        assert "came 1 台" in page(duty) and "SAMPLE-002" in page(duty)
        await walk.pressed(duty, "escape", "ampersand")
        await duty.until("Tags of the equipment that came")
        await walk.pressed(duty, "escape", "n")
        await duty.until("F2 saves")


async def test_a_filter_is_that_of_the_register_and_what_is_refused_stays_told(demo: str) -> None:
    done(demo, "recovery", "add", "name=空的", "until=2030-01-01")
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, "recovery")
        every = column(duty, "id")
        for text, count in (("空的", 1), ("until>2029-12-31", 1), ("没有这个", 0)):
            await filtered(duty, text)
            words = await copied(duty, "vertical_line")
            assert words == ["recovery", "list", text]
            assert [row["id"] for row in told(demo, words)] == [id_.split()[0] for id_ in column(duty, "id")]
            assert len(column(duty, "id")) == count
            await walk.pressed(duty, "escape")
        assert column(duty, "id") == every and await copied(duty, "vertical_line") == ["recovery", "progress"]
        await filtered(duty, "colour:red")
        done(demo, "recovery", "set", every[0].split()[0], "until=2031-01-01")
        duty.app.look()
        await duty.until(lambda: "2031-01-01" in column(duty, "until"))
        assert "colour" in duty.text.splitlines()[3] and column(duty, "id") == every
