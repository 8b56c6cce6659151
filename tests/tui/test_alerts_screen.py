"""Alerts on a screen: the list of those in force, those that have ended, and one in full."""

from __future__ import annotations

import json
import shlex

import pytest

from emergency.store import words
from emergency.tui.panel import Panel, Target
from emergency.tui.table import Table
from tests.plugins.alert_samples import cap

from . import stage, walk
from .screen import golden, on_duty
from .test_goldens import LANGUAGES, SIZES
from .test_rooms import answer
from .warned import STORM, chosen, filtered, ids, listed, run, take, told

# -- the list -------------------------------------------------------------------------------------


async def test_those_in_force_stand_worst_first_with_their_colour_in_words(warned: str) -> None:
    known = ids(warned)
    async with on_duty(warned, (160, 48)) as duty:
        shown = (await walk.opened(duty, "alerts")).splitlines()
        assert listed(duty) == [known[n] for n in ("STORM", "TEST-2", "TRIAL", "DRILL")]
        lines = [
            next(line for line in shown if said in line)
            for said in (
                "!!! red   暴雨",
                "! yellow  大风",
                "!!! red   TEST 测试",
                "EXERCISE 演练 样例 SAMPLE 暴雨",
            )
        ]
        # The response is another scale: none was stated, whatever the colour.
        assert all("! stands -" in line for line in lines)
        assert "房山区" in lines[0] and "08-01 06:00" in lines[0]


async def test_a_level_that_a_person_sets_stands_apart_from_the_colour(warned: str) -> None:
    id_ = ids(warned)["STORM"]
    assert run(warned, "alert", "set", id_, "level=II").code == 0
    async with on_duty(warned, (160, 48)) as duty:
        shown = await walk.opened(duty, "alerts")
        (line,) = [line for line in shown.splitlines() if "!!! red   暴雨" in line and "TEST" not in line]
        assert "! stands level II" in line
        await walk.pressed(duty, "enter")
        assert "Warning colour  !!! red" in told(duty) and "Response level  level II" in told(duty)


async def test_ended_shows_those_that_were_replaced_cancelled_or_have_run_out(warned: str) -> None:
    known = ids(warned)
    async with on_duty(warned, (160, 48)) as duty:
        await walk.opened(duty, "alerts")
        shown = await filtered(duty, "ended")
        assert set(listed(duty)) == {known[n] for n in ("TEST-1", "TEST-3", "TEST-4", "OVER")}
        for said in ("- replaced by", "- cancelled", "- expired"):
            assert said in shown
        await walk.pressed(duty, "escape")
        assert known["STORM"] in listed(duty)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ""), ("ended", ""), ("all", "S"), ("colour:yellow", ""), ("ended colour:orange", ""), ("大风", ""),
        ("region:房山", "s"), ("all", "ssS"),
    ],
)  # fmt: skip
async def test_the_line_that_is_copied_lists_the_same(warned: str, text: str, keys: str) -> None:
    async with on_duty(warned, (160, 48)) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, *keys)
        if text:
            await filtered(duty, text)
        here = listed(duty)
        await walk.pressed(duty, "vertical_line")
        line = duty.app.clipboard.removeprefix("emergency ")
        assert here and line.startswith("alert list")
        ran = run(warned, *shlex.split(line), "--json")
        assert [row["id"] for row in json.loads(ran.out)] == here


async def test_a_filter_that_cannot_be_says_where(warned: str) -> None:
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        before = listed(duty)
        shown = await filtered(duty, "ended colour:mauve")
        assert "! " in shown.splitlines()[3] and listed(duty) == before


async def test_sorting_by_a_column_and_back(warned: str) -> None:
    async with on_duty(warned, (160, 48)) as duty:
        await walk.opened(duty, "alerts")
        before = listed(duty)
        await walk.pressed(duty, "S")
        assert listed(duty) == before[::-1]
        await walk.pressed(duty, "S", "s")
        assert "Event+" in duty.text and set(listed(duty)) == set(before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_an_empty_list_says_what_to_do(empty: str, size: tuple[int, int]) -> None:
    async with on_duty(empty, size) as duty:
        shown = await walk.opened(duty, "alerts")
        assert "I takes a file in" in shown and "alert watch" in shown
        shown = await filtered(duty, "ended")
        assert "Esc takes the filter away" in shown
        for key in ("enter", "o", "e", "h", "R", "y"):
            await walk.pressed(duty, key)
        assert duty.app.ran == []


# -- one alert ------------------------------------------------------------------------------------


async def test_the_whole_alert_stands_there_as_it_came(warned: str) -> None:
    id_ = ids(warned)["STORM"]
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "enter")
        shown = told(duty)
        for said in (
            "北京市气象台发布暴雨红色预警",
            "第一行。",
            "第二行。",
            "停止户外作业",
            "河道水位  52.1米",
            "110111",
        ):
            assert said in shown
        assert "outlines: 1, corners: 5" in shown
        await walk.pressed(duty, "y")
        assert duty.app.clipboard == f"emergency alert show {id_}"
        # What the command tells of each plain field is told here.
        value = json.loads(run(warned, "alert", "show", id_, "--json").out)
        for name in ("identifier", "sender", "headline", "event", "area", "instruction", "category"):
            assert str(value[name]) in shown, name


async def test_what_is_inside_opens_and_what_is_not_is_not_there(warned: str) -> None:
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "enter")
        panel = duty.app.screen.query_one(Panel)
        inside = {row.target.id for row in panel.rows if row.target is not None and row.target.kind == "team"}
        assert inside == {"FT-1", "FT-2", "FT-3"}
        await chosen(duty, Target("team", "FT-2"))
        await walk.pressed(duty, "enter")
        assert "房山消防救援站" in duty.text
        await walk.pressed(duty, "escape", "escape")
        assert duty.app.screen.query(Table)


async def test_depots_and_what_they_hold_are_told_and_open(demo: str) -> None:
    take(demo, STORM)
    async with on_duty(demo) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "enter")
        kinds = {row.target.kind for row in duty.app.screen.query_one(Panel).rows if row.target is not None}
        assert {"team", "incident", "keyarea", "site", "depot", "reserve"} <= kinds
        for kind in ("keyarea", "site", "depot", "reserve"):
            panel = duty.app.screen.query_one(Panel)
            target = next(r.target for r in panel.rows if r.target is not None and r.target.kind == kind)
            await chosen(duty, target)
            await walk.pressed(duty, "enter")
            assert target.id.split("/")[0] in duty.text
            await walk.pressed(duty, "escape")


async def test_a_chain_is_told_and_each_of_it_opens(warned: str) -> None:
    known = ids(warned)
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "down", "enter")
        shown = told(duty)
        assert "Chain, the newest first" in shown
        assert f">  {known['TEST-2']}  update yellow" in shown
        await chosen(duty, Target("alert", known["TEST-1"]))
        await walk.pressed(duty, "enter")
        shown = told(duty)
        assert f"replaced by {known['TEST-2']}" in shown and "- blue" in shown
        assert f">  {known['TEST-1']}" in shown


async def test_one_of_another_sender_is_told_as_a_doubt(busy: str) -> None:
    other = cap(
        identifier="ELSE",
        sender="else",
        msgType="Cancel",
        references="11000041600000,STORM,2026-07-31T06:00:00+08:00",
    )
    take(busy, STORM, other.replace("06:00:00+08:00</sent>", "07:00:00+08:00</sent>"))
    async with on_duty(busy, (160, 48)) as duty:
        shown = await walk.opened(duty, "alerts")
        assert "? in doubt" in shown
        await walk.pressed(duty, "enter")
        assert "would end it: a person decides" in told(duty)


async def test_history_and_the_form_open_and_a_person_takes_one_out(warned: str) -> None:
    id_ = ids(warned)["STORM"]
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "h")
        assert "History" in duty.text and "alert import" in duty.text
        await walk.pressed(duty, "escape", "e")
        await duty.until("F2 saves")
        assert "第一行" not in told(duty)
        await walk.pressed(duty, "escape", "R")
        await answer(duty, "录错了")
        await duty.until("y or Enter: yes")
        await walk.pressed(duty, "y")
        assert (await duty.ran())[:2] == ["alert", "retire"]
        await walk.settled(duty)
        assert id_ not in listed(duty)


async def test_as_of_earlier_it_is_only_looked_at(warned: str) -> None:
    async with on_duty(warned, as_of=stage.AT) as duty:
        await walk.opened(duty, "alerts")
        assert listed(duty)
        for key in ("o", "e", "R"):
            await walk.pressed(duty, key)
            assert duty.toasts[-1] == "the past does not change"
        await walk.pressed(duty, "enter", "o")
        assert duty.toasts[-1] == "the past does not change" and duty.app.ran == []


async def test_before_it_came_it_was_not_there(warned: str) -> None:
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"07:00")
        shown = await walk.pressed(duty, "enter")
        assert "AS OF" in shown and listed(duty) == []


# -- as it looks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_alerts_look_as_they_did(warned: str, size: tuple[int, int], language: str) -> None:
    words.speak(language)
    name = f"{size[0]}x{size[1]}-{language}"
    wrong = []
    async with on_duty(warned, size) as duty:
        for what, place, keys in (
            ("alerts", "alerts", ()), ("alert", "alerts", ("enter",)), ("alert-draft", "alerts", ("o",)),
            ("alert-board", "board", ()), ("alert-map", "map", ()),
        ):  # fmt: skip
            await walk.opened(duty, place)
            shown = await walk.pressed(duty, *keys) if keys else await walk.settled(duty)
            try:
                golden(f"{what}-{name}", shown)
            except (AssertionError, FileNotFoundError):
                wrong.append(what)
    assert wrong == []
