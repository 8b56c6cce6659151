"""Going round: digits, Enter, Esc, the head, the palette, the help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store import words
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui.head import nearest
from emergency.tui.panel import Panel
from emergency.tui.places import Place, places, tabs
from emergency.tui.screens import DutyScreen
from emergency.tui.table import Table

from . import stage, walk
from .screen import Duty, golden, on_duty

TITLES = {
    "1": "> Needs a person now: 5", "2": "> Incidents", "3": "> Open call-ups", "4": "> Teams",
    "5": "> Equipment", "6": "> Reserves", "7": "> Lines of the plan", "8": "> Journal, newest first", "9": "> Conflicts",
    "0": "> Hubs",
}  # fmt: skip


async def test_each_digit_opens_its_screen_and_escape_leads_back_to_the_board(busy: str) -> None:
    async with on_duty(busy) as duty:
        for key, title in TITLES.items():
            await duty.press(key)
            await duty.until(title)
            await duty.press("escape")
            await duty.until(TITLES["1"])
        await duty.press("escape", "escape")
        assert duty.app.is_running
        assert duty.toasts[-1] == "this is the first screen: q leaves the program"


def test_every_screen_is_tried() -> None:
    assert {place.key for place in places() if place.key} == set(TITLES)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("key", [key for key in TITLES if key != "1"])
async def test_every_list_fits_the_smallest_terminal(busy: str, key: str, language: str) -> None:
    words.speak(language)
    async with on_duty(busy) as duty:
        await duty.press(key)
        await duty.until(lambda: shows_lines(duty))
        assert [line for line in duty.text.splitlines() if cells(line) > 80] == []


def shows_lines(duty: Duty) -> bool:
    tables, panels = duty.app.screen.query(Table), duty.app.screen.query(Panel)
    return any(t.held.total is not None for t in tables) or (not tables and any(p.title for p in panels))


async def test_each_screen_keeps_its_place_and_its_digit_again_leads_to_its_beginning(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("2")
        await duty.until("> Incidents")
        assert "Incident FT-11" in await duty.press("down", "enter")
        await duty.press("4")
        await duty.until("> Teams")
        assert "Incident FT-11" in await duty.press("2")
        await duty.press("2")
        await duty.until("> Incidents")
        await duty.press("q")
        await duty.until(TITLES["1"])


async def test_q_on_the_board_leaves_the_program(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("q")
        assert not duty.app.is_running


async def test_a_screen_that_was_not_open_shows_what_changed_meanwhile(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("4")
        await duty.until("> Teams")
        await duty.press("1")
        with Store(busy) as store, store.write("team add") as writer:
            writer.new("team", {"name": "新来的队"})
        duty.app.look()
        await duty.seen()
        await duty.press("4")
        await duty.until("新来的队")


async def test_an_entry_of_the_journal_and_a_conflict_open(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("8")
        await duty.until("callup issue")
        assert "Recorded" in await duty.press("home", "enter")
        await duty.press("9")
        await duty.until("registered twice")
        assert "FT-9" in await duty.press("down", "enter")
        await duty.press("y")
        assert duty.app.clipboard == "emergency equipment show FT-8"


# -- the head -------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.sampled_from("123456789"), st.text("ab 事件调用", min_size=1, max_size=12)), max_size=9
    ),
    st.integers(0, 200),
)
def test_tabs_fit_and_no_key_is_lost(shown: list[tuple[str, str]], room: int) -> None:
    made = [Place(str(n), key, label, DutyScreen) for n, (key, label) in enumerate(shown)]
    line = tabs(made, "0", room)
    assert len(line) == len(made)
    assert all(text.startswith(place.key) for (text, _here), place in zip(line, made, strict=True))
    whole = sum(cells(text.rstrip(" ")) + 1 for text, _here in line) - 1
    assert whole <= max(room, 2 * len(made) - 1)
    assert [here for _text, here in line] == [n == 0 for n in range(len(made))]


async def test_the_head_of_every_screen_says_whose_store_and_how_far_it_can_be_trusted(busy: str) -> None:
    async with on_duty(busy, as_of=stage.AT, size=(120, 30)) as duty:
        for key in ("1", "4", "9"):
            await duty.press(key)
            first, second, *_ = duty.text.splitlines()
            for said in (
                "FT ",
                "station.db",
                "EXERCISE",
                "SAMPLE",
                "AS OF",
                "2026-07-31 08:00",
                "local only",
            ):
                assert said in first
            assert "9 Conflicts" in second


def test_a_path_is_said_as_short_as_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/some/where")
    monkeypatch.chdir("/")
    assert nearest("/some/where/else.db") == "~/else.db"
    assert nearest("/etc/else.db") == "etc/else.db"


# -- the palette ----------------------------------------------------------------------------------


async def found(duty: Duty, text: str, said: str) -> str:
    """The palette once a text was typed and it shows this."""
    await duty.press("colon")
    await duty.type(text)
    return await duty.until(said)


@pytest.mark.parametrize("text", ["蓝天", "lantian", "ltjyd", "FT-3", "ft-3"])
async def test_a_record_is_found_by_its_name_its_sound_and_its_id(busy: str, text: str) -> None:
    async with on_duty(busy) as duty:
        shown = await found(duty, text, "Team FT-3 蓝天救援队")
        assert "emergency team show FT-3" in shown
        while not any(line.startswith("> ") and "Team FT-3" in line for line in duty.text.splitlines()):
            await duty.press("down")
        await duty.press("enter")
        await duty.until("> Team FT-3")


async def test_the_palette_does_an_action_to_the_record_that_the_cursor_was_on(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("tab", "tab")
        await found(duty, "write into", "emergency incident log FT-10 TEXT")
        await duty.press("enter")
        await duty.until("Log line")
        await duty.type("水退了")
        await duty.press("enter")
        assert await duty.ran() == ["incident", "log", "FT-10", "水退了"]


async def test_the_palette_says_why_not_and_stays(busy: str) -> None:
    async with on_duty(busy) as duty:
        assert "ask back (it is issued)" in await found(duty, "ask back", "callup recall FT-18/1")
        assert "! ask back: it is issued" in await duty.press("enter")
        assert "Found" not in await duty.press("escape")
        assert "> Needs a person now" in duty.text
        await duty.press("ctrl+p")
        assert "Found" in duty.text


async def test_the_palette_shows_keys_and_lines_at_the_foot_of_a_screen_that_stays(busy: str) -> None:
    async with on_duty(busy) as duty:
        before = duty.text.splitlines()
        shown = await duty.press("colon")
        golden("palette-80x24-en", shown)
        assert shown.splitlines()[4:12] == before[4:12]


async def test_letters_and_digits_typed_in_the_palette_do_nothing_else(busy: str) -> None:
    async with on_duty(busy) as duty:
        await found(duty, "2qaz?", "nothing fits")
        assert duty.app.room == "board"
        assert duty.app.is_running
        await duty.press("tab", "enter", "f1", "escape")
        assert "> Needs a person now" in duty.text


async def test_a_name_in_the_palette_drives_nothing(busy: str) -> None:
    async with on_duty(busy) as duty:
        shown = await found(duty, "FT-4", "邪")
        assert "\x1b" not in shown


# -- help -----------------------------------------------------------------------------------------


async def test_help_can_be_searched(busy: str) -> None:
    async with on_duty(busy, (120, 24)) as duty:
        shown = await duty.press("question_mark")
        assert "incident log" not in shown and "type to look among the keys; Tab goes" in shown
        shown = await duty.type("its log")
        assert "emergency incident log FT-18/1 TEXT" in shown
        assert "(put the cursor on an incident first)" in shown
        assert "palette" not in shown
        assert "> Needs a person now" in await duty.press("escape")


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_page_of_help_names_the_store_and_fits(busy: str, language: str) -> None:
    words.speak(language)
    async with on_duty(busy, (80, 60)) as duty:
        shown = await duty.press("f1")
        assert "station.db" in "".join(line.strip() for line in shown.splitlines())
        assert "EMERGENCY_THEME" in shown
        assert (
            f"{duty.app.action('theme').shown} " in shown[: shown.index("EMERGENCY_THEME")].splitlines()[-1]
        )
        assert [line for line in shown.splitlines() if cells(line) > 80] == []
        assert "emergency board --plain --follow" in shown.replace("\n", " ")
        await duty.press("escape")
        assert duty.app.is_running


async def test_h_in_a_record_goes_to_its_history_and_opens_nothing_twice(busy: str) -> None:
    async with on_duty(busy) as duty:
        # From the board, whose records are told without it; then from the register, where it stands already.
        for keys in (("1", "tab", "tab", "home", "enter"), ("2", "home", "enter")):
            await walk.pressed(duty, *keys)
            above = len(duty.app.screen_stack)
            await walk.pressed(duty, "h")
            panel = duty.app.screen.query_one(Panel)
            assert panel.rows[panel.cursor].cells[1] == "History" and len(panel.rows) > panel.cursor + 1
            assert len(duty.app.screen_stack) == above
            await walk.pressed(duty, "escape")
        # In a list it opens the record there.
        await walk.pressed(duty, "1", "h")
        panel = duty.app.screen.query_one(Panel)
        assert panel.rows[panel.cursor].cells[1] == "History"


async def test_what_the_palette_names_is_what_opens(busy: str) -> None:
    async with on_duty(busy) as duty:
        for place in ("tasks", "sites", "losses"):
            label = next(one.label for one in places() if one.id == place)
            assert f"> {label} " in await walk.opened(duty, place)
        assert "Map: 5 teams, 2 incidents, 0 depots" in await walk.opened(duty, "map")


async def test_the_palette_names_who_is_called_up_and_how_it_stands_behind_incidents_and_teams(
    busy: str,
) -> None:
    async with on_duty(busy, (120, 30)) as duty:
        shown = await found(duty, "ft-1", "Order line FT-18/1")
        assert "FT-18/1 蓝天救援队 FT-10 issued" in shown and "FT-10 丰台区暴雨内涝 open" in shown
        kinds = ["Incident FT-10", "Order line FT-18/1"]
        assert [shown.index(said) for said in kinds] == sorted(shown.index(said) for said in kinds)
        await walk.pressed(duty, "escape")
        # The id itself is first.
        shown = await found(duty, "FT-3", "Team FT-3 蓝天救援队")
        await duty.until(
            lambda: any(line.startswith(">") and "Team FT-3" in line for line in duty.text.splitlines())
        )


async def test_a_state_in_the_palette_opens_the_call_ups_that_stand_so(busy: str) -> None:
    words.speak("zh")
    async with on_duty(busy, (120, 30)) as duty:
        await found(duty, "逾期", "emergency callup list overdue")
        shown = await walk.pressed(duty, "enter")
        assert "FT-18/1" in shown and "FT-17/1" not in shown and "overdue" in shown
        assert "待人工处理" in await walk.pressed(duty, "q")


async def test_no_character_of_a_question_is_lost_where_a_list_under_it_ends(demo: str) -> None:
    words.speak("zh")
    async with on_duty(demo) as duty:
        await walk.opened(duty, "board")
        shown = await walk.pressed(duty, ":", *"fsfx")
        found = shown.split("找到")[1].splitlines()
        assert any("BJ-231/4 房山防汛排水一队（样例）" in line for line in found)
        under = await walk.pressed(duty, "escape")
        assert under == await walk.settled(duty) and "房山暴雨洪水" in under and "找到" not in under
