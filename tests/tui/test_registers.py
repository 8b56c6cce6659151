"""Registers on the screen: what they show, how one moves, filters, sorts and marks in them."""

from __future__ import annotations

import pathlib
import threading

import pytest
from textual import events

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui.registers import REGISTERS, RegisterScreen
from emergency.tui.source import Pages, Wanted
from emergency.tui.table import Table
from emergency.tui.tablescreen import RecordScreen

from . import walk
from .registry import many, open_register
from .screen import golden, on_duty, text

COUNT = 1000


@pytest.fixture(scope="module")
def pumps(tmp_path_factory: pytest.TempPathFactory) -> str:
    return many(tmp_path_factory.mktemp("pumps"), COUNT)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_a_register_at_a_glance(busy: str, size: tuple[int, int], language: str) -> None:
    words.speak(language)
    async with open_register(busy, "team", size) as register:
        shown = text(register.app)
    assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
    golden(f"teams-{size[0]}x{size[1]}-{language}", shown)


@pytest.mark.parametrize("kind", REGISTERS)
async def test_every_register_has_a_screen(busy: str, kind: str) -> None:
    async with open_register(busy, kind) as register:
        assert register.table.source.title in text(register.app)
        assert register.table.held.total is not None


async def test_the_id_of_a_drill_is_whole_behind_its_mark_in_a_small_terminal(busy: str) -> None:
    async with on_duty(busy) as duty:
        assert "EXERCISE 演练 FT-11 " in await walk.opened(duty, "incidents")


async def test_an_empty_register_says_so(empty: str) -> None:
    async with open_register(empty, "team") as register:
        assert "Teams: none yet; n writes one, I takes a file in" in text(register.app)
        assert register.id == ""
        await register.press("down", "end", "space", "enter")


async def test_the_keys_reach_every_line_of_a_long_register(pumps: str) -> None:
    async with open_register(pumps, "equipment") as register:
        assert register.id == "BJ-0000"
        assert f"1-19/{COUNT}" in text(register.app)
        await register.press("j", "down", "k")
        assert register.id == "BJ-0001"
        assert f"982-{COUNT}/{COUNT}" in await register.press("end")
        assert register.id == f"BJ-{COUNT - 1:04d}"
        await register.press("home")
        assert register.id == "BJ-0000"
        for n in range(1, 40):
            await register.press("pagedown")
            assert register.id == f"BJ-{n * 18:04d}"
        assert f"/{COUNT}" in await register.press("end")
        for n in range(1, 40):
            await register.press("pageup")
            assert register.id == f"BJ-{COUNT - 1 - n * 18:04d}"
        shown = await register.press("home")
        assert register.id == "BJ-0000"
        assert f"1-19/{COUNT}" in shown


async def test_a_table_says_that_it_is_still_looking_and_takes_keys_meanwhile(pumps: str) -> None:
    """While its thread is held up the lines of before stand, and one moves in them."""
    begun, free = threading.Event(), threading.Event()

    def hold(_store: Store) -> None:
        begun.set()
        assert free.wait(20)

    async with open_register(pumps, "equipment") as register:
        register.table.read("hold", hold, lambda _: None, rank=0)
        await register.until(begun.is_set)
        register.table.want(Wanted("X77"))
        await register.pilot.press("j")
        assert "still looking" in text(register.app)
        assert register.id == "BJ-0001"
        free.set()
        await register.settled()
        assert "still looking" not in text(register.app)
        assert register.id == "BJ-0077"


async def test_a_filter_is_typed_and_given_up(pumps: str) -> None:
    async with open_register(pumps, "equipment") as register:
        await register.press("slash")
        shown = await register.type("in_repair drainage>=3000m3/h")
        assert f"1-18/{len(range(0, COUNT, 15))}" in shown
        assert register.id == "BJ-0000"
        await register.press("down")
        assert register.id == "BJ-0015"
        await register.press("vertical_line")
        assert register.app.clipboard == "emergency equipment list 'in_repair drainage>=3000m3/h'"
        shown = await register.press("escape")
        assert f"/{COUNT}" in shown
        assert "in_repair" not in shown.splitlines()[2]
        await register.pilot.press("escape")
        assert not isinstance(register.app.screen, RegisterScreen)


async def test_letters_typed_ahead_reach_the_filter(pumps: str) -> None:
    from textual import events

    async with open_register(pumps, "equipment") as register:
        for key, character in (("slash", "/"), ("x", "x"), ("s", "s"), ("9", "9")):
            register.app.post_message(events.Key(key, character))
        await register.until(lambda: register.table.wanted.filter == "xs9")
        assert register.table.wanted.sort.field == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("X1 weird>3", "    ^ Equipment has no field 'weird'"),
        ("drainage>=3t", "           ^ kg and m3/h measure different things"),
        ("region:nowhere", " ^ no Region nowhere"),
        ('"x', " ^ a quote is opened here and not closed"),
    ],
)
async def test_what_is_wrong_with_a_filter_is_said_below_it_at_its_place(
    pumps: str, typed: str, said: str
) -> None:
    async with open_register(pumps, "equipment", (120, 24)) as register:
        await register.press("slash")
        # At once: on a busy machine the half of it that can be meant would be looked for first.
        register.app.post_message(events.Paste(typed))
        shown = (await register.press("enter")).splitlines()
        assert said in shown[3]
        assert f"/{COUNT}" in shown[4], "the lines of before stay"
        assert "^" not in (await register.press("escape")).splitlines()[2]


async def test_a_field_is_completed(pumps: str) -> None:
    async with open_register(pumps, "equipment") as register:
        await register.press("slash", "d", "r", "a")
        assert "/drainage:" in text(register.app)
        await register.press("right")
        await register.type("3000")
        assert register.table.wanted.filter == "drainage:3000"


async def test_sorting_keeps_the_cursor_on_its_record(pumps: str) -> None:
    async with open_register(pumps, "equipment") as register:
        await register.press("down", "down", "down")
        assert "Id+" in text(register.app)
        shown = await register.press("s")
        assert "Name+" in shown
        assert register.id == "BJ-0003"
        shown = await register.press("S")
        assert "Name-" in shown
        assert register.id == "BJ-0003"
        await register.press("home")
        assert register.id == f"BJ-{COUNT - 1:04d}"
        # The shell lists it in the same order.
        words = register.app.screen.listing()  # type: ignore[attr-defined]
        assert words == ["equipment", "list", "--sort", "-name"]
        told = runner(["--store", pumps])([*words, "--fields", "id", "--csv", "--no-header"])
        shown = [line.id for line in register.table.held.lines]
        assert told.out.split()[: len(shown)] == shown


async def test_marks_are_counted_and_stay_with_their_records(pumps: str) -> None:
    async with open_register(pumps, "equipment") as register:
        shown = await register.press("space", "space")
        assert "2 marked" in shown
        assert " +BJ-0000" in shown
        await register.press("up", "space")
        assert list(register.table.marked) == ["BJ-0000"]
        await register.press("slash")
        shown = await register.type("in_repair drainage>=3000")
        shown = await register.press("asterisk")
        assert list(register.table.marked) == [f"BJ-{n:04d}" for n in range(0, COUNT, 15)]
        assert "67 marked" in shown
        assert "marked" not in await register.press("u")


async def test_columns_that_find_no_room_are_reached_sideways(pumps: str) -> None:
    async with open_register(pumps, "equipment") as register:
        assert "Drainage" not in text(register.app)
        first = headings = text(register.app).splitlines()[3]
        while "Note" not in (line := (await register.press("right")).splitlines()[3]):
            assert headings != line, "it goes on to the last"
            headings = line
        assert line.startswith("< Id+")
        for _ in range(60):
            await register.press("left")
        assert text(register.app).splitlines()[3].split()[:3] == first.split()[:3]


async def test_a_change_elsewhere_is_marked_and_the_cursor_stays(tmp_path: pathlib.Path) -> None:
    path = many(tmp_path, 60)
    async with open_register(path, "equipment") as register:
        await register.press("down", "down")
        with Store(path) as store, store.write("equipment set") as writer:
            writer.set("equipment", "BJ-0002", {"serviceability": "lost"})
            writer.new("equipment", {"name": "新泵"}, "BJ-0001A")
        await register.press("r")
        await register.until(lambda: "lost" in text(register.app))
        assert register.id == "BJ-0002"
        line = next(line for line in text(register.app).splitlines() if "BJ-0002" in line)
        assert line.startswith("> BJ-0002") and "^lost" in line
        assert "/61" in text(register.app)
        register.table.calm()
        assert "^lost" not in await register.press("down")


@pytest.mark.parametrize("count", [60, 300])
@pytest.mark.parametrize("first", ["renew", "do_last"])
async def test_a_key_and_a_change_elsewhere_take_nothing_from_each_other(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, count: int, first: str
) -> None:
    """Whichever comes first while the store is slow: the cursor is where the key put it."""
    async with open_register(many(tmp_path, count), "equipment") as register:
        table, gate = register.table, threading.Event()
        pages = table.source.pages

        def slowly(store: Store, wanted: Wanted) -> Pages:
            gate.wait(20)
            return pages(store, wanted)

        monkeypatch.setattr(table.source, "pages", slowly)
        for name in (first, "do_last" if first == "renew" else "renew"):
            getattr(table, name)()
        gate.set()
        await register.until(lambda: not table.reader._asked)
        await register.press("up", "down")
        assert register.id == f"BJ-{count - 1:04d}"


async def test_the_record_stands_beside_a_wide_table_and_follows_the_cursor(busy: str) -> None:
    async with open_register(busy, "team", (160, 48)) as register:
        assert "Team FT-1" in text(register.app)
        shown = await register.press("down")
        assert "Team FT-2" in shown
        assert "History" in shown
        assert "team import" in shown


async def test_enter_opens_the_record_and_its_history(busy: str) -> None:
    async with open_register(busy, "team") as register:
        await register.press("down", "down")
        await register.pilot.press("enter")
        await register.until(
            lambda: isinstance(register.app.screen, RecordScreen) and "duty report" in _end(register)
        )
        await register.pilot.press("escape")
        await register.settled()
        assert register.id == "FT-3"


def _end(register: object) -> str:
    from emergency.tui.panel import Panel

    panels = register.app.screen.query(Panel)  # type: ignore[attr-defined]
    return " ".join(cell for panel in panels for row in panel.rows for cell in row.cells)


async def test_as_of_a_time_shows_what_was_known_then(busy: str) -> None:
    async with open_register(busy, "team") as register:
        await register.press("t")
        shown = await register.type("2026-07-31 07:00")
        assert "AS OF  2026-07-31 07:00" in shown
        await register.press("vertical_line")
        assert "--as-of 2026-07-31T07:00:00+08:00 team list" in register.app.clipboard
        assert "AS OF" not in await register.press("escape")


async def test_a_time_that_is_none_is_told(busy: str) -> None:
    async with open_register(busy, "team") as register:
        await register.press("t")
        assert "not a time" in await register.type("soonish")


async def test_a_name_drives_neither_the_terminal_nor_the_app(busy: str) -> None:
    async with open_register(busy, "team", (160, 48)) as register:
        shown = await register.press("down", "down", "down")
    assert "\x1b" not in shown
    assert "\\x1b[2J" in shown


async def test_moving_the_cursor_paints_two_lines(pumps: str, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []
    refresh = Table.refresh

    def counted(self: Table, *regions: object, **more: object) -> Table:
        painted.extend([region.height for region in regions] or [self.size.height])  # type: ignore[attr-defined]
        return refresh(self, *regions, **more)  # type: ignore[arg-type]

    async with open_register(pumps, "equipment") as register:
        monkeypatch.setattr(Table, "refresh", counted)
        await register.press("down")
        assert painted == [1, 1]
        register.table.renew()
        await register.settled()
        assert painted == [1, 1], "what is as it was is not painted again"


async def test_the_command_line_of_the_list_finds_the_same(busy: str) -> None:
    from emergency.store import filters
    from emergency.store.query import Filter, select

    async with open_register(busy, "team") as register:
        await register.press("slash")
        await register.type("region:110106")
        shown = [line.id for line in register.table.held.lines]
    with Store(busy) as store:
        found = select(store, "team", Filter(terms=filters.parse("team", "region:110106")))
    assert shown == [row["id"] for row in found] == ["FT-1", "FT-3"]


async def test_typing_on_finds_what_has_come_meanwhile(tmp_path: pathlib.Path) -> None:
    path = many(tmp_path, 30)
    async with open_register(path, "equipment") as register:
        await register.press("slash")
        assert "nothing" in await register.type("新")
        with Store(path) as store, store.write("equipment add") as writer:
            writer.new("equipment", {"name": "新泵"}, "NEW")
        await register.press("slash")
        await register.type("泵")
        assert register.id == "NEW"


async def test_ids_of_reserves_are_whole_where_there_is_room(demo: str) -> None:
    async with on_duty(demo, (160, 48)) as duty:
        shown = await walk.opened(duty, "reserves")
        assert "BJ-201/drinking-water/样例-01 *" in shown and "BJ-201/drinking-water/样例-02 *" in shown
