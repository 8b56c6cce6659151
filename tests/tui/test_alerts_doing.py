"""What is done about alerts on the screens: drafts, files taken in, the board and the map; and hostile ones."""

from __future__ import annotations

import json
import pathlib
import shlex
from typing import Any

import pytest

from emergency.store.records.alert import dumped
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui.map import Map
from emergency.tui.panel import Panel, Target
from emergency.tui.table import Table
from tests.plugins.alert_samples import cap

from . import hostile, stage, walk
from .screen import on_duty
from .test_goldens import SIZES
from .test_rooms import answer, rows
from .warned import AREA, DRILL, STORM, chosen, filtered, ids, listed, run, take, told

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
        await walk.pressed(duty, "y")
        line = shlex.split(duty.app.clipboard)[1:]
        assert line[2:-1] == ["--team", "BJ-27", "--team", "BJ-18", "--no-equipment"]
        orders = json.loads(run(demo, *line, "--json").out)["orders"]
        assert orders and f"Would be drafted: {len(orders)}" in told(duty)


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
        (
            "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><alert>&x;</alert>",
            "a document type or entities",
        ),
        ("这不是预警", "JSON"),
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
        assert said in told(duty), told(duty)
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
        assert f"{id_} 39.7" in shown and "~房山" in shown and "!!! red 暴雨" in shown
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
    whole, text = text, text[:1500]
    area = {"desc": text, "polygons": ["39.5,115.5 39.9,115.6 39.95,116.2 39.5,115.5"], text[:40]: text}
    return {
        "identifier": text[:400], "sender": text[:400], "event": text[:400], "headline": text, "description": whole,
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
    areas = [{"desc": f"第{n}区", "polygons": [ring] if n < 3 else []} for n in range(1000)]
    values = _evil("长") | {"areas": dumped(areas), "description": "行\n" * 20_000, "headline": "长" * 20_000}
    deep: Any = "x"
    for _level in range(900):
        deep = {"d": deep}
    with Store(busy) as store, store.write("alert import") as writer:
        writer.new("alert", values | {"further": dumped(deep)}, "AL-LONG")
    assert run(busy, "alert", "show", "AL-LONG").code == 0
    async with on_duty(busy, (160, 48)) as duty:
        await walk.opened(duty, "map")
        await walk.opened(duty, "alerts")
        await walk.pressed(duty, "enter")
        shown = told(duty)
        assert "第299区" in shown and "第300区" not in shown and "and 700 more" in shown
        assert "and 19000 lines more" in shown
        await walk.pressed(duty, "end", "home", "escape")
        assert listed(duty) == ["AL-LONG"]
