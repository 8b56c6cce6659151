"""What a duty officer has at hand in a list: what is marked, the time it is of, what is offered while one types."""

from __future__ import annotations

import json
import re

import pytest

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.store import Store
from emergency.store.words import _
from emergency.tui.callups import CallupsScreen
from emergency.tui.panel import Panel
from emergency.tui.registers import RegisterScreen

from . import desk, walk
from .screen import Duty, on_duty


async def opened(duty: Duty, place: str) -> str:
    """The place, once it has settled."""
    return await walk.opened(duty, place)


async def filtered(duty: Duty, text: str) -> str:
    """The list of the screen through a filter."""
    await walk.pressed(duty, "/")
    await walk.hurried(duty, *text)
    return await walk.pressed(duty, "enter")


# -- what is marked ------------------------------------------------------------------------------


async def test_each_marked_line_is_judged_by_its_own_state(demo: str) -> None:
    """The cursor is on a line that nobody answered; marked are three that were accepted."""
    async with on_duty(demo) as duty:
        await opened(duty, "callups")
        await filtered(duty, "BJ-242")
        await walk.pressed(duty, "*", "escape", "home")
        screen = duty.app.screen
        assert isinstance(screen, CallupsScreen)
        assert len(screen.table.marked) == 3
        assert screen.where.state == "issued"
        await walk.pressed(duty, "a")
        assert duty.toasts[-1] == "it is accepted" and not walk.typing(duty)
        await walk.pressed(duty, "d")
        await walk.pressed(duty, "f2")
        assert "departed: 3 of 3 marked" in duty.text
        await walk.pressed(duty, "y")
        await duty.until(lambda: desk.state(demo, "BJ-242/3") == "en_route")


async def test_a_marked_line_is_judged_as_it_stands_though_the_filter_holds_it_back(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "callups")
        await filtered(duty, "BJ-242/1")
        await walk.pressed(duty, "*")
        await filtered(duty, "BJ-238")
        with Store(demo) as store, store.write("callup depart") as writer:
            writer.step("BJ-242/1", "depart")
        await walk.pressed(duty, "r")
        await walk.pressed(duty, "d")
        assert duty.toasts[-1].startswith("it is en route")


# -- the time it is of ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["teams", "callups", "seasons", "standards"])
async def test_a_time_does_not_stay_over_the_list_of_now(demo: str, place: str) -> None:
    async with on_duty(demo) as duty:
        before = await opened(duty, place)
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"1h ago")
        assert "AS OF" in await walk.pressed(duty, "enter")
        assert "1h ago" not in duty.text
        assert await walk.pressed(duty, "escape") == before
        # Left, it is gone too.
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"1h a")
        assert await walk.pressed(duty, "escape") == before


async def test_no_time_is_now(demo: str) -> None:
    async with on_duty(demo) as duty:
        before = await opened(duty, "teams")
        assert await walk.pressed(duty, "t", "enter") == before
        for ago in ("1h ago", "2h ago"):
            await walk.pressed(duty, "t")
            await walk.hurried(duty, *ago)
            await walk.pressed(duty, "enter")
        assert len(duty.app.screen_stack) == 3
        assert await walk.pressed(duty, "t", "enter") == before
        assert len(duty.app.screen_stack) == 1


async def test_what_is_no_time_can_be_mended(demo: str) -> None:
    async with on_duty(demo) as duty:
        await opened(duty, "teams")
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"1h agq")
        assert "not a time" in await walk.pressed(duty, "enter")
        await walk.pressed(duty, "t", "backspace", "o")
        assert "AS OF" in await walk.pressed(duty, "enter")


# -- what was said of a record -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "language", "said"),
    [
        ("teams", "zh", ("战备状态：就绪", "010-00000001")),
        ("teams", "en", ("Readiness: ready, Ready people: 34", "39.73300,116.11840")),
        ("incidents", "zh", ("响应级别：二级", "登记  需求 BJ-227", "数量：20000")),
        ("needs", "en", ("Amount: 8000, Unit: 条",)),
        ("reserves", "zh", ("盘点  1200", "最低储备：1000、目标储备：2000")),
    ],
)
async def test_history_is_told_in_words(demo: str, place: str, language: str, said: tuple[str, ...]) -> None:
    words.speak(language)
    async with on_duty(demo, (160, 48)) as duty:
        await opened(duty, place)
        await walk.pressed(duty, "end" if place == "needs" else "home", "h")
        panel = duty.app.screen.query_one(Panel)
        head = next(i for i, row in enumerate(panel.rows) if row.cells[1] == _("History"))
        told = "\n".join(row.cells[2] for row in panel.rows[head:])
        assert [word for word in said if word not in told] == [], told
        assert not re.search(r"\w=|\{'", told), told


def test_the_history_of_a_command_says_the_same(demo: str) -> None:
    run = runner(["--store", demo])
    told = run(["need", "history", "BJ-230", "--wide"]).out
    assert "Amount: 8000, Unit: 条" in told
    stated = json.loads(run(["need", "history", "BJ-230", "--json"]).out)[0]
    assert stated["values"]["amount"] == 8000.0
    assert "fact" not in stated


# -- what is offered -----------------------------------------------------------------------------


async def test_tab_takes_what_is_offered_and_stays(demo: str) -> None:
    words.speak("zh")
    async with on_duty(demo) as duty:
        await opened(duty, "teams")
        await walk.pressed(duty, "/")
        await walk.hurried(duty, *"reg", "tab", *"110111")
        screen = duty.app.screen
        assert isinstance(screen, RegisterScreen)
        assert walk.typing(duty)
        await duty.until(lambda: screen.table.wanted.filter == "region:110111")
        # There is nothing more to offer: on to the list, as everywhere.
        await walk.pressed(duty, "tab")
        assert not walk.typing(duty)
