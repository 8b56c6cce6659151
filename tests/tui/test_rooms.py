"""The rooms behind the number keys: acting on what is marked, taking files in, the journal, conflicts, hubs."""

from __future__ import annotations

import pathlib

import pytest

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui.places import places
from emergency.tui.table import Table

from .screen import Duty, on_duty

SIZES = [(80, 24), (160, 48)]
SHEET = "队伍名称,所属区,人数,值班电话,颜色\n测试一队,丰台区,12,010-12345678,红\n测试二队,丰台区,十,,蓝\n"


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The smallest terminal, and a large one."""
    assert isinstance(request.param, tuple)
    return request.param


async def room(duty: Duty, key: str) -> Table:
    """The table behind a digit, once it shows its lines."""
    await duty.press(key)
    await duty.until(lambda: bool(duty.app.screen.query(Table)) and table(duty).held.total is not None)
    return table(duty)


def table(duty: Duty) -> Table:
    return duty.app.screen.query_one(Table)


#: A longer answer is pasted rather than typed.
LONG = 24


async def answer(duty: Duty, text: str) -> None:
    """Answer the question that is open, or comes to be."""
    await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
    field = duty.app.focused
    await (duty.paste(text) if len(text) > LONG else duty.type(text))
    await duty.press("enter")
    await duty.until(lambda: field is not None and not field.is_attached)


def rows(path: str, kind: str) -> dict[str, dict[str, object]]:
    with Store(path) as store:
        return {row["id"]: row for row in store.rows(f'SELECT * FROM "{kind}" ORDER BY id')}


# -- registers ------------------------------------------------------------------------------------


async def test_every_register_is_reached_by_its_digit_or_by_its_name(busy: str) -> None:
    async with on_duty(busy) as duty:
        for name in ("items", "members", "depots", "officers", "needs"):
            label = next(place.label for place in places() if place.id == name)
            await duty.press("colon")
            await duty.type(name)
            await duty.until(f"emergency {name.removesuffix('s')} list")
            await duty.press("enter")
            await duty.until(f"> {label}")
            await duty.press("escape")
            await duty.until("> Needs a person now")


async def test_what_is_marked_is_done_after_one_question_and_what_is_refused_is_named(
    busy: str, size: tuple[int, int]
) -> None:
    async with on_duty(busy, size) as duty:
        await room(duty, "4")
        shown = await duty.press("asterisk")
        await duty.until("5 marked")
        await duty.press("R")
        await answer(duty, "整编")
        shown = await duty.until("y or Enter: yes")
        assert "take out of use: 5 of 5 marked" in shown
        assert "emergency --store" in shown or "emergency team retire" in shown
        assert "and 4 lines like it" in shown
        assert duty.app.ran == []
        await duty.press("y")
        shown = await duty.until("> take out of use: ")
        told = {line.split()[1]: line for line in shown.splitlines() if line[2:3] in "!✓" and line[2:3]}
        retired = [id_ for id_, row in rows(busy, "team").items() if row["retired"]]
        assert retired == ["FT-4"]
        assert f"1 done, {5 - len(retired)} refused" in shown
        assert "is called up by FT-20/1" in told["FT-5"]
        assert "done" in told["FT-4"]
        await duty.press("escape")
        assert list(table(duty).marked) == ["FT-1", "FT-2", "FT-3", "FT-5"]


async def test_a_report_for_all_that_are_marked(busy: str) -> None:
    async with on_duty(busy) as duty:
        await room(duty, "4")
        await duty.press("space", "space", "p")
        for text in ("off", "7", ""):
            await answer(duty, text)
        await duty.until("readiness report: 2 of 2 marked")
        await duty.press("enter")
        await duty.until(lambda: bool(duty.toasts))
        assert duty.toasts[-1] == "readiness report: 2 done"
        assert [rows(busy, "team")[id_]["readiness"] for id_ in ("FT-1", "FT-2")] == ["off", "off"]
        assert not table(duty).marked
        assert duty.app.ran[-1][-1] == "FT-2"


async def test_what_was_done_to_all_that_were_marked_is_taken_back_at_once(busy: str) -> None:
    before = rows(busy, "team")
    async with on_duty(busy) as duty:
        await room(duty, "4")
        await duty.press("space", "space", "p")
        for text in ("off", "7", ""):
            await answer(duty, text)
        await duty.until("readiness report: 2 of 2 marked")
        await duty.press("enter")
        await duty.until(lambda: bool(duty.toasts))
        runner(["--store", busy])(["team", "set", "FT-3", "strength=99"])
        for _taken_back in range(2):
            ran = len(duty.app.ran)
            await duty.press("z")
            await duty.until("y or Enter: yes")
            await duty.press("y")
            await duty.ran(ran)
    after = rows(busy, "team")
    told = ("readiness", "headcount", "reported_at", "strength")
    assert [[row[f] for f in told] for row in after.values()] == [
        [row[f] for f in told] for row in before.values()
    ]


async def test_a_no_leaves_the_marks_and_does_nothing(busy: str) -> None:
    async with on_duty(busy) as duty:
        await room(duty, "4")
        await duty.press("space", "space", "R")
        await answer(duty, "x")
        await duty.until("y or Enter: yes")
        await duty.press("escape")
        assert len(table(duty).marked) == 2
        assert duty.app.ran == []


async def test_a_form_and_the_history_open_from_the_register(busy: str) -> None:
    async with on_duty(busy) as duty:
        await room(duty, "5")
        await duty.press("down", "h")
        shown = await duty.until("team import")
        assert any(line.startswith("> ") and "History" in line for line in shown.splitlines()[3:])
        await duty.press("escape")
        assert table(duty).target is not None
        await duty.press("e")
        await duty.until("F2 saves")
        await duty.press("escape")
        await duty.until("> Equipment")


async def test_the_last_operation_is_taken_back_after_it_was_told_what_that_writes(busy: str) -> None:
    runner(["--store", busy])(["team", "set", "FT-1", "strength=99"])
    async with on_duty(busy) as duty:
        await room(duty, "4")
        await duty.press("z")
        shown = await duty.until("y or Enter: yes")
        assert "changed  Team FT-1  Strength: 40" in shown
        await duty.press("y")
        assert (await duty.ran())[0] == "undo"
        assert rows(busy, "team")["FT-1"]["strength"] == 40


# -- taking files in ------------------------------------------------------------------------------


@pytest.fixture
def sheet(tmp_path: pathlib.Path) -> str:
    """A sheet with a good row, a wrong one, and a column nobody knows."""
    path = tmp_path / "队伍名册.csv"
    path.write_text(SHEET, encoding="utf-8")
    return str(path)


async def previewed(duty: Duty, file: str) -> str:
    """The preview of a file in the room that is open."""
    await duty.press("I")
    await answer(duty, file)
    return await duty.until("Esc leave")


async def test_a_sheet_is_shown_before_it_is_taken_in(busy: str, sheet: str, size: tuple[int, int]) -> None:
    async with on_duty(busy, size) as duty:
        await room(duty, "4")
        shown = await previewed(duty, sheet)
        assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
        assert "new" in shown and "F2 take it in" in shown
        assert "队伍名册.csv:3:C" in shown and "not a whole number" in shown
        panel = " ".join(cell for row in duty.app.screen.query("Panel").first().rows for cell in row.cells)  # type: ignore[attr-defined]
        assert "人数 Strength" in panel
        assert "颜色 not read" in panel
        assert "registered Team" in panel
        assert len(rows(busy, "team")) == 5
        await duty.press("f2")
        shown = await duty.until("What was done")
        assert "teams: 1 new" in shown
        assert "take it back: emergency undo" in shown
        assert len(rows(busy, "team")) == 6
        await duty.press("escape")
        await duty.until("测试一队")


async def test_a_preview_that_is_left_writes_nothing(busy: str, sheet: str) -> None:
    async with on_duty(busy) as duty:
        await room(duty, "4")
        await previewed(duty, sheet)
        await duty.press("escape")
        await duty.until("> Teams")
        assert len(rows(busy, "team")) == 5
        assert duty.app.ran == []


async def test_a_sheet_that_is_not_understood_says_so_and_takes_options(
    busy: str, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("甲,乙\n某某队,丰台区\n", encoding="utf-8")
    async with on_duty(busy) as duty:
        await room(duty, "4")
        await previewed(duty, str(path))
        # Where the line is broken depends on how long the path is.
        said = " ".join(duty.text.split())
        assert "no column is Name" in said and "{" not in said
        await duty.press("f2")
        assert duty.toasts[-1] == "there is nothing to take in"
        await duty.press("e")
        await answer(duty, "--map 甲=name --map 乙=region")
        await duty.until("F2 take it in")
        await duty.press("f2")
        await duty.until("What was done")
        assert "某某队" in [row["name"] for row in rows(busy, "team").values()]


async def test_a_path_is_completed_by_tab(busy: str, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    for name in ("teams-1.csv", "teams-2.csv"):
        (folder / name).write_text(SHEET, encoding="utf-8")
    async with on_duty(busy, (160, 48)) as duty:
        await room(duty, "4")
        await duty.press("I")
        await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
        field = duty.app.focused
        await duty.type(f"{folder}/te")
        await duty.press("tab")
        await duty.until(lambda: getattr(field, "value", "") == f"{folder}/teams-")
        assert "teams-1.csv  teams-2.csv" in duty.text
        await duty.type("2")
        await duty.press("tab")
        await duty.until(lambda: getattr(field, "value", "") == f"{folder}/teams-2.csv")
        await duty.press("escape")


async def test_a_register_is_written_to_a_file_and_no_file_is_lost_unasked(
    busy: str, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "out.csv"
    file.write_text("mine", encoding="utf-8")
    async with on_duty(busy) as duty:
        await room(duty, "4")
        await duty.press("E")
        await answer(duty, str(file))
        await duty.until("write over it?")
        await duty.press("n")
        assert file.read_text(encoding="utf-8") == "mine"
        await duty.press("E")
        await answer(duty, str(file))
        await duty.until("write over it?")
        await duty.press("y")
        await duty.ran()
        assert "丰台排水抢险队" in file.read_text(encoding="utf-8-sig")


# -- the journal ----------------------------------------------------------------------------------


async def test_the_journal_is_filtered_and_an_entry_told_in_words(busy: str, size: tuple[int, int]) -> None:
    async with on_duty(busy, size) as duty:
        await room(duty, "8")
        numbers = [int(line.id) for line in table(duty).held.lines]
        assert numbers == sorted(numbers, reverse=True)
        await duty.press("slash")
        await duty.type("kind:recall")
        await duty.press("enter")
        await duty.until(lambda: table(duty).held.total == 1)
        await duty.press("vertical_line")
        assert duty.app.clipboard == "emergency journal log kind:recall"
        await duty.pilot.press("enter")
        shown = await duty.until("signed by the key of its feed")
        assert "Happened" in shown and "ask back" in shown and "大兴也要" in shown
        await duty.press("escape", "escape")
        await duty.until(lambda: (table(duty).held.total or 0) > 5)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("station:HD", {"test"}),
        ("kind:report", {"duty report"}),
        ("record:FT-19/1", {"callup issue", "callup step", "callup recall"}),
        ("before:2026-07-31", {"test"}),
        ("who:王小明 kind:incident", {"incident open"}),
    ],
)
async def test_what_the_journal_is_filtered_by(busy: str, text: str, kinds: set[str]) -> None:
    async with on_duty(busy) as duty:
        shown = await room(duty, "8")
        await duty.press("slash")
        await duty.type(text)
        await duty.press("enter")
        await duty.until(lambda: not shown.reader.busy and shown.wanted.filter == text)
        found = {line.cells[3] for line in shown.held.lines}
    assert found == kinds
    ran = runner(["--store", busy])(["journal", "log", text, "--json"])
    assert ran.code == 0 and all(kind in ran.out for kind in kinds)


async def test_a_filter_the_journal_does_not_know_is_pointed_at(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        await room(duty, "8")
        await duty.press("slash")
        await duty.type("who:王 colour:red")
        await duty.press("enter")
        await duty.until("the journal is not filtered by")


async def test_an_operation_is_taken_back_from_its_entry(busy: str) -> None:
    run = runner(["--store", busy])
    run(["team", "set", "FT-1", "strength=99"])
    run(["team", "set", "FT-2", "strength=98"])
    async with on_duty(busy) as duty:
        await room(duty, "8")
        await duty.press("down", "z")
        assert "changed  Team FT-1  Strength: 40" in await duty.until("y or Enter: yes")
        await duty.press("y")
        await duty.ran()
        assert (rows(busy, "team")["FT-1"]["strength"], rows(busy, "team")["FT-2"]["strength"]) == (40, 98)


async def test_an_order_is_not_undone_and_nothing_is_asked(busy: str) -> None:
    async with on_duty(busy) as duty:
        await room(duty, "8")
        await duty.press("slash")
        await duty.type("kind:recall")
        await duty.press("enter")
        await duty.until(lambda: table(duty).held.total == 1)
        await duty.press("z")
        await duty.until(lambda: bool(duty.toasts))
        assert "is not undone" in duty.toasts[-1]
        assert duty.app.ran == []


# -- conflicts ------------------------------------------------------------------------------------


async def test_both_sides_are_shown_and_one_is_chosen_by_its_number(busy: str, size: tuple[int, int]) -> None:
    async with on_duty(busy, size) as duty:
        await room(duty, "9")
        shown = await duty.until("Advice, best case first")
        lines = shown.splitlines()
        first = next(n for n, line in enumerate(lines) if "- FT-21/1 " in line)
        second = next(n for n, line in enumerate(lines) if "- HD-1/1 " in line)
        assert (first == second) is (size[0] >= 120)
        await duty.press("K")
        await duty.until("1 FT-21, 2 HD-1, 0 none")
        await answer(duty, "2")
        await answer(duty, "先到先得")
        shown = await duty.until("y or Enter: yes")
        assert "the advice was FT-21/1" in shown
        await duty.press("y")
        assert (await duty.ran())[2:] == ["--keep", "HD-1", "--why", "先到先得", "equipment:FT-7"]
        await duty.until(lambda: table(duty).held.total == 2)
        await duty.press("slash")
        await duty.type("settled")
        await duty.press("enter")
        await duty.until("kept HD-1/1")
        await duty.press("vertical_line")
        assert duty.app.clipboard == "emergency conflict list --settled"
        await duty.press("escape")
        await duty.until(lambda: table(duty).held.total == 2)


async def test_what_is_no_side_is_refused_before_anything_runs(busy: str) -> None:
    async with on_duty(busy) as duty:
        await room(duty, "9")
        await duty.until("Advice, best case first")
        await duty.press("K")
        await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
        await duty.type("7")
        assert "not one of the sides" in await duty.press("enter")
        await duty.press("escape")
        assert duty.app.ran == []


async def test_one_thing_registered_twice_is_merged(busy: str) -> None:
    async with on_duty(busy) as duty:
        await room(duty, "9")
        await duty.press("down")
        await duty.until("- FT-8  排水泵车")
        await duty.press("K")
        await answer(duty, "1")
        await answer(duty, "同一辆车")
        await duty.until("y or Enter: yes")
        await duty.press("y")
        await duty.ran()
        assert rows(busy, "equipment")["FT-9"]["same_as"] == "FT-8"


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_no_room_is_wider_than_its_terminal(busy: str, language: str, size: tuple[int, int]) -> None:
    words.speak(language)
    async with on_duty(busy, size) as duty:
        for key in "2345689":
            await room(duty, key)
            assert [line for line in duty.text.splitlines() if cells(line) > size[0]] == []
            screen = duty.app.screen
            lists = [part for part in screen.query("Table, Panel") if part.region]
            assert lists and [part for part in lists if not screen.region.contains_region(part.region)] == []
