"""What runs out: reached from the board, told with its record, and renewed there."""

from __future__ import annotations

from emergency.store.store import Store
from emergency.tui.form import FormScreen

from . import walk
from .flood import say
from .planning import filtered, opened, table
from .screen import on_duty


async def test_what_ran_out_stands_on_the_board_and_opens_the_list(busy: str) -> None:
    with Store(busy) as store, store.write("team set") as writer:
        writer.set("team", "FT-2", {"insurance_until": "2026-07-01"})
    async with on_duty(busy, (80, 24)) as duty:
        lines = duty.text.splitlines()
        first, row = (
            next(n for n, line in enumerate(lines) if said in line) for said in ("Needs a person", "ran out")
        )
        assert "1 paper or lot" in lines[row]
        await walk.pressed(duty, *["down"] * (row - first - 1), "enter")
        listed = [line.cells for line in table(duty).held.lines]
        assert [cells[:3] for cells in listed] == [
            ("! 2026-07-01", "房山消防救援站", "Insurance until"),
            ("? 2026-08-10", "蓝天救援队", "Insurance until"),
        ]
        await walk.pressed(duty, "vertical_line")
        assert duty.app.clipboard == "emergency expiring"
        shown = await walk.pressed(duty, "enter")
        assert "房山消防救援站" in shown and "Strength" in shown
        await walk.pressed(duty, "escape")
        await walk.pressed(duty, "e")
        # The record's own form, in which the date is set anew.
        assert isinstance(duty.app.screen, FormScreen) and "FT-2" in duty.text


async def test_what_lasts_to_the_end_of_a_month_has_not_ended_in_it(busy: str) -> None:
    with Store(busy) as store, store.write("team set") as writer:
        writer.set("team", "FT-1", {"insurance_until": "2026-07"})
        writer.set("team", "FT-2", {"insurance_until": "2026-06"})
    async with on_duty(busy, (80, 24)) as duty:
        assert "1 paper or lot" in duty.text
        await opened(duty, "expiring")
        listed = [line.cells[0] for line in table(duty).held.lines]
        assert listed == ["! 2026-06", "? 2026-07", "? 2026-08-10"]


async def test_a_filter_holds_lines_back_and_a_lot_is_called_what_it_is_of(busy: str) -> None:
    depot = say(busy, "depot", "add", "name=一库", "region=110106")["id"]
    item = say(busy, "item", "add", "name=自热米饭", "unit=箱")["id"]
    say(busy, "reserve", "count", "--qty", "9", depot, item, "--lot", "A")
    with Store(busy) as store, store.write("reserve set") as writer:
        writer.set("reserve", f"{depot}/{item}/A", {"expires": "2026-08-01"})
        writer.set("team", "FT-2", {"insurance_until": "2026-07-01"})
    async with on_duty(busy, (80, 24)) as duty:
        await opened(duty, "expiring")
        assert "自热米饭" in [line.cells[1] for line in table(duty).held.lines]
        await filtered(duty, "消防")
        assert [line.cells[1] for line in table(duty).held.lines] == ["房山消防救援站"]
        assert "nothing is like that" in await filtered(duty, "xyz")


async def test_nothing_runs_out_says_so(empty: str) -> None:
    async with on_duty(empty) as duty:
        await opened(duty, "expiring")
        assert table(duty).held.lines == []


async def test_the_roster_is_a_register_with_its_shifts(demo: str) -> None:
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, "duties")
        assert "样例值班员" in duty.text
