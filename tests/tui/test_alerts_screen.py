"""Alerts on the screens: the list, one in full, what is prepared for it, files taken in, the board and the map."""

from __future__ import annotations

import json
import pathlib
import shlex
from typing import Any

import pytest

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.records.alert import dumped
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui.doing import Ran
from emergency.tui.map import Map
from emergency.tui.panel import Panel, Target
from emergency.tui.table import Table
from tests.plugins.alert_samples import cap, numbered, reference

from . import hostile, stage, walk
from .screen import Duty, golden, on_duty
from .test_goldens import LANGUAGES, SIZES
from .test_rooms import answer, rows

AREA = (
    "<area><areaDesc>房山区、丰台区</areaDesc><polygon>39.5,115.5 39.9,115.6 39.95,116.2 39.6,116.2 39.5,115.5</polygon>"
    "<geocode><valueName>GB/T 2260</valueName><value>110111</value></geocode>"
    "<geocode><valueName>GB/T 2260</valueName><value>110106</value></geocode></area>"
)
#: What no reader of ours has a field for.
ODD = "<parameter><valueName>河道水位</valueName><value>52.1米</value></parameter>"
STORM = cap(
    identifier="STORM", headline="北京市气象台发布暴雨红色预警", description="第一行。\n第二行。",
    more=ODD + "<instruction>停止户外作业</instruction>", area=AREA,
)  # fmt: skip
WIND = [
    numbered(1, event="大风", headline="北京市气象台发布大风蓝色预警"),
    numbered(
        2, event="大风", headline="北京市气象台发布大风黄色预警", msgType="Update", references=reference(1)
    ),
]
FOG = [
    numbered(3, event="大雾", headline="北京市气象台发布大雾橙色预警"),
    numbered(
        4, event="大雾", headline="北京市气象台解除大雾橙色预警", msgType="Cancel", references=reference(3)
    ),
]
OVER = cap(identifier="OVER", event="雷电", headline="发布雷电黄色预警", expires="2026-07-31T07:00:00+08:00")
DRILL = cap(
    identifier="DRILL", status="Exercise", headline="演练：暴雨橙色预警（样例）", note="样例 SAMPLE", area=AREA
)  # fmt: skip
DRILL = DRILL.replace("<info>", "<note>样例 SAMPLE</note><info>")
TRIAL = cap(identifier="TRIAL", status="Test", headline="测试：暴雨红色预警")


def run(path: str, *words: str) -> Ran:
    """A command line over the store."""
    return runner(["--store", path])(words)


def take(path: str, *alerts: str) -> None:
    """Take alerts in, as another process does."""
    file = pathlib.Path(path).parent / "come.xml"
    file.write_text(f"<alerts>{''.join(alerts)}</alerts>", encoding="utf-8")
    ran = run(path, "alert", "import", str(file))
    assert ran.code == 0, ran


@pytest.fixture
def warned(busy: str) -> str:
    """The path of the stage's store with alerts of every kind."""
    take(busy, STORM, *WIND, *FOG, OVER, DRILL, TRIAL)
    return busy


def ids(path: str) -> dict[str, str]:
    """{identifier: id} of all alerts."""
    return {row["identifier"]: id_ for id_, row in rows(path, "alert").items()}


def listed(duty: Duty) -> list[str]:
    """The alerts of the list."""
    return [line.id for line in duty.app.screen.query_one(Table).held.lines]


def told(duty: Duty) -> str:
    """All that the panels of the screen hold, wrapped and cut nowhere."""
    panels = duty.app.screen.query(Panel)
    return "\n".join("  ".join(row.cells) for panel in panels for row in panel._given)


async def filtered(duty: Duty, text: str) -> str:
    """The list through a filter."""
    await walk.pressed(duty, "slash")
    await walk.hurried(duty, *text)
    return await walk.pressed(duty, "enter")


async def chosen(duty: Duty, target: Target) -> None:
    """The cursor of the list that has the keys, on the first line of a record."""
    panel = duty.app.screen.query_one(Panel)
    panel.focus()
    panel.go_to(next(i for i, row in enumerate(panel.rows) if row.target == target))
    await duty.pilot.pause()


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


@pytest.mark.parametrize("text", ["", "ended", "all", "colour:yellow", "ended colour:orange", "大风"])
async def test_the_line_that_is_copied_lists_the_same(warned: str, text: str) -> None:
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
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


# -- from an alert to its orders ------------------------------------------------------------------


def drafts(path: str) -> list[str]:
    """What the drafts that stand are for."""
    with Store(path) as store:
        return [
            str(row["ref"])
            for row in store.rows(
                'SELECT DISTINCT c.ref FROM callup c JOIN line l ON l."order" = c.id'
                " WHERE c.ref LIKE 'AL-%' AND c.retired IS NULL AND coalesce(l.state, 'draft') = 'draft' ORDER BY c.id"
            )
        ]


async def test_the_drafts_are_shown_first_and_left_unwritten(warned: str) -> None:
    id_ = ids(warned)["STORM"]
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        shown = await walk.pressed(duty, "o")
        assert "F2 writes 2 drafts" in shown and "Would be drafted: 2" in told(duty)
        assert "FT-1  待命 standby  丰台排水抢险队" in told(duty) and "EREL-67(1)" in told(duty)
        assert "Passed over: 2" in told(duty)
        assert "Response level  none is stated" in told(duty)
        await walk.pressed(duty, "y")
        assert duty.app.clipboard == f"emergency alert draft {id_}"
        await walk.pressed(duty, "escape")
        assert listed(duty) and drafts(warned) == [] and duty.app.ran == []


async def test_what_is_shown_is_what_the_command_would_write(demo: str) -> None:
    take(demo, STORM)
    id_ = ids(demo)["STORM"]
    value = json.loads(run(demo, "alert", "draft", id_, "--json").out)
    async with on_duty(demo) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "o")
        panel = duty.app.screen.query_one(Panel)
        shown = told(duty)
        for order in value["orders"]:
            assert any(row.target == Target("team", order["team"]) for row in panel.rows)
        assert f"Would be drafted: {len(value['orders'])}" in shown
        assert f"Passed over: {len(value['passed_over'])}" in shown
        assert f"Also in the area: {len(value['points'])}" in shown


async def test_f2_writes_them_the_order_opens_and_z_takes_all_back(demo: str) -> None:
    take(demo, STORM)
    async with on_duty(demo) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "o", "f2")
        shown = told(duty)
        written = drafts(demo)
        assert len(written) > 3 and f"Drafted already: {len(written)}" in shown
        assert duty.app.ran[-1][:3] == ("alert", "draft", "--write")
        await duty.until(lambda: any("drafts written" in toast for toast in duty.toasts))
        assert "all is drafted" in duty.text
        # Again: nothing more to write, and it says so.
        ran = len(duty.app.ran)
        await walk.pressed(duty, "f2")
        assert "all is drafted" in duty.toasts[-1] and len(duty.app.ran) == ran
        panel = duty.app.screen.query_one(Panel)
        line = next(r.target for r in panel.rows if r.target is not None and r.target.kind == "line")
        await chosen(duty, line)
        await walk.pressed(duty, "enter")
        assert line.id in duty.text and "draft" in duty.text
        await walk.pressed(duty, "escape", "z")
        await duty.until("y or Enter: yes")
        await walk.pressed(duty, "y")
        assert drafts(demo) == [] and "Would be drafted" in told(duty)


async def test_a_draft_is_given_from_there_and_the_alert_tells_of_its_orders(warned: str) -> None:
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "o", "f2")
        panel = duty.app.screen.query_one(Panel)
        line = next(r.target for r in panel.rows if r.target is not None and r.target.kind == "line")
        await chosen(duty, line)
        await walk.pressed(duty, "G")
        await answer(duty, "")
        await duty.ran(1)
        await walk.settled(duty)
        assert rows(warned, "line")[line.id]["state"] == "issued"
        await walk.pressed(duty, "escape", "enter")
        assert "Orders drafted from it" in told(duty) and f"{line.id}  issued" in told(duty)


async def test_once_it_is_cancelled_its_orders_are_to_be_lifted(warned: str) -> None:
    id_ = ids(warned)["STORM"]
    assert run(warned, "alert", "draft", id_, "--write").code == 0
    end = cap(
        identifier="END", sent="2026-07-31T07:30:00+08:00", msgType="Cancel", area=AREA,
        references="11000041600000,STORM,2026-07-31T06:00:00+08:00",
    )  # fmt: skip
    take(warned, end)
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await filtered(duty, "ended")
        duty.app.screen.query_one(Table).go_to(id_)
        await walk.settled(duty)
        await walk.pressed(duty, "enter")
        assert "Orders, to be lifted" in told(duty)
        await walk.pressed(duty, "o")
        assert "is cancelled" in told(duty)


async def test_a_drill_asks_for_an_incident_of_its_own(warned: str) -> None:
    id_ = ids(warned)["DRILL"]
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "end", "o")
        assert "its orders belong to an exercise" in told(duty)
        assert "FT-11  EXERCISE 演练 地震桌面演练" in told(duty)
        await walk.pressed(duty, "e")
        await walk.hurried(duty, *"FT-11")
        await walk.pressed(duty, "f2")
        assert "F2 writes" in duty.text and "EXERCISE 演练  not the real thing" in told(duty)
        await walk.pressed(duty, "f2")
        assert f"{id_}/FT-1/standby" in drafts(warned)


async def test_yellow_asks_by_what_right_and_a_test_is_never_ordered_for(warned: str) -> None:
    async with on_duty(warned) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "down", "o")
        assert "orders standby for red and orange" in told(duty)
        await walk.pressed(duty, "e")
        await walk.pressed(duty, "enter", "enter", "enter", "enter")
        await walk.hurried(duty, *"预案第三条")
        await walk.pressed(duty, "enter")
        assert "预案第三条" in told(duty) and "F2 writes" in duty.text
        await walk.pressed(duty, "escape", "down", "o")
        assert "is Test: nothing is ordered for it" in told(duty)


async def test_only_the_teams_that_are_named(demo: str) -> None:
    take(demo, STORM)
    async with on_duty(demo) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "o", "e", "enter")
        await walk.hurried(duty, *"BJ-27，BJ-18")
        await walk.pressed(duty, "enter", "enter", "n", "o", "enter", "enter")
        assert "F2 writes 2 drafts" in duty.text
        await walk.pressed(duty, "y")
        assert "--team BJ-27 --team BJ-18 --no-equipment" in duty.app.clipboard


# -- taking files in ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_file_is_shown_before_it_is_taken_in(
    busy: str, tmp_path: pathlib.Path, size: tuple[int, int]
) -> None:
    file = tmp_path / "预警.xml"
    file.write_text(f"<alerts>{STORM}{DRILL}</alerts>", encoding="utf-8")
    async with on_duty(busy, size) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "I")
        await answer(duty, str(file))
        shown = await duty.until("F2 take it in")
        assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
        assert "new  2" in told(duty) and "EXERCISE 演练" in told(duty) and rows(busy, "alert") == {}
        await walk.pressed(duty, "f2")
        await duty.until("What was done")
        assert len(rows(busy, "alert")) == 2
        await walk.pressed(duty, "escape")
        assert len(listed(duty)) == 2
        # Again: the same alert twice is one.
        await walk.pressed(duty, "I")
        await answer(duty, str(file))
        await duty.until("there is nothing to take in")
        assert "known already  2" in told(duty)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><alert>&x;</alert>", "refused"),
        ("这不是预警", "!"),
    ],
)
async def test_what_is_no_alert_or_an_attack_is_refused_in_words(
    busy: str, tmp_path: pathlib.Path, content: str, said: str
) -> None:
    file = tmp_path / "odd.xml"
    file.write_text(content, encoding="utf-8")
    async with on_duty(busy) as duty:
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "I")
        await answer(duty, str(file))
        await duty.until("there is nothing to take in")
        assert told(duty).startswith("!") and "{" not in told(duty) and "odd.xml" in told(duty)
        await walk.pressed(duty, "f2")
        assert rows(busy, "alert") == {} and duty.app.ran == []


# -- the board and the map ------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_board_has_them_and_each_opens(warned: str, size: tuple[int, int]) -> None:
    known = ids(warned)
    async with on_duty(warned, size) as duty:
        shown = await walk.opened(duty, "board")
        assert "Warnings: 3" in shown and "!!! red" in shown and "! yellow" in shown
        assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
        panel = duty.app.screen.query_one("#warnings", Panel)
        # A test is nobody's affair, and a drill says that it is one.
        assert [row.target for row in panel.rows] == [
            Target("alert", known[n]) for n in ("STORM", "TEST-2", "DRILL")
        ]
        assert panel.rows[2].cells[1] == "EXERCISE 演练 暴雨*"
        panel.focus()
        await walk.pressed(duty, "y")
        assert duty.app.clipboard == f"emergency alert show {known['STORM']}"
        await walk.pressed(duty, "o")
        assert "F2 writes 2 drafts" in duty.text
        await walk.pressed(duty, "escape", "enter")
        assert "第二行。" in told(duty)
        await walk.pressed(duty, "escape")
        assert duty.app.screen.query("#warnings")


async def test_without_a_warning_the_board_has_no_line_for_them(busy: str) -> None:
    async with on_duty(busy) as duty:
        assert "Warnings" not in await walk.opened(duty, "board")
        assert not duty.app.screen.query_one("#warnings").display


async def test_an_alert_of_another_process_appears_and_a_real_one_rings(busy: str) -> None:
    rung = []
    async with on_duty(busy, (160, 48)) as duty:
        duty.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        take(busy, DRILL)
        duty.app.look()
        await duty.until("Warnings: 1")
        assert any("EXERCISE 演练" in toast for toast in duty.toasts) and rung == []
        await walk.opened(duty, "alerts")
        take(busy, STORM)
        duty.app.look()
        await duty.until(lambda: len(listed(duty)) == 2)
        assert any("!!! red 暴雨" in toast for toast in duty.toasts) and rung == [1]


async def test_the_map_tells_of_it_draws_its_outline_and_opens_it(warned: str) -> None:
    id_ = ids(warned)["STORM"]
    async with on_duty(warned, (160, 48)) as duty:
        shown = await walk.opened(duty, "map")
        assert f"~ {id_}" in shown and "~房山" in shown and "!!! red 暴雨" in shown
        map_ = duty.app.screen.query_one(Map)
        for _thing in range(12):
            await walk.pressed(duty, "n")
            if map_.target == Target("alert", id_):
                break
        assert map_.target == Target("alert", id_)
        await walk.pressed(duty, "enter")
        assert "Warning colour  !!! red" in told(duty)


async def test_the_palette_finds_it(warned: str) -> None:
    async with on_duty(warned) as duty:
        await walk.opened(duty, "board")
        await walk.pressed(duty, "colon")
        await walk.hurried(duty, *"发布暴雨红色")
        await duty.until("alert show")
        await walk.pressed(duty, "enter")
        assert "第二行。" in told(duty)


# -- what somebody else wrote ---------------------------------------------------------------------


def _evil(text: str) -> dict[str, Any]:
    area = {"desc": text, "polygons": ["39.5,115.5 39.9,115.6 39.95,116.2 39.5,115.5"], text[:40]: text}
    return {
        "identifier": text[:400], "sender": text[:400], "event": text[:400], "headline": text, "description": text,
        "instruction": text, "area": text, "status": "Actual", "msg_type": "Alert", "colour": "red", "sent": stage.AT,
        "areas": dumped([area] * 3), "regions": dumped(["110111", text[:40]]),
        "parameters": dumped([[text, text]]), "further": dumped({text[:200]: text, "a": {"b": [text]}}),
        "others": dumped([{"headline": text, text[:30]: [text]}]), "references": dumped([[text, text, text]]),
        "signature": "unsigned", "form": "CAP 1.2",
    }  # fmt: skip


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_hostile_text_is_only_text(busy: str, size: tuple[int, int]) -> None:
    with Store(busy) as store, store.write("alert import") as writer:
        for n, text in enumerate(hostile.ALL):
            writer.new("alert", _evil(text), f"AL-EVIL{n}")
    async with on_duty(busy, size) as duty:
        for place in ("board", "map", "alerts"):
            shown = await walk.opened(duty, place)
            assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
            assert not hostile.UNSEEN.search(shown.replace("\n", ""))
        for n in range(len(hostile.ALL)):
            await walk.opened(duty, "alerts")
            duty.app.screen.query_one(Table).go_to(f"AL-EVIL{n}")
            await walk.settled(duty)
            for keys in (("enter",), ("end",), ("o",)):
                shown = await walk.pressed(duty, *keys)
                assert not hostile.UNSEEN.search(shown.replace("\n", "")), (n, keys)
                assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
            assert duty.app.is_running and duty.app._exception is None


async def test_a_thousand_areas_and_lines_without_end_are_cut_and_say_so(busy: str) -> None:
    ring = " ".join(f"{39 + n % 7 / 10:.3f},{115 + n / 1000:.3f}" for n in range(1000))
    areas = [{"desc": f"第{n}区", "polygons": [ring] if n < 9 else []} for n in range(1000)]
    values = _evil("长") | {"areas": dumped(areas), "description": "行\n" * 20_000, "headline": "长" * 40_000}
    deep: Any = "x"
    for _level in range(200):
        deep = {"d": [deep]}
    with Store(busy) as store, store.write("alert import") as writer:
        writer.new("alert", values | {"further": dumped(deep)}, "AL-LONG")
    async with on_duty(busy, (160, 48)) as duty:
        await walk.opened(duty, "map")
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "enter")
        shown = told(duty)
        assert "第299区" in shown and "第300区" not in shown and "and 700 more" in shown
        assert "and 19000 lines more" in shown
        await walk.pressed(duty, "end", "home", "escape")
        assert listed(duty) == ["AL-LONG"]


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
