"""The board on a screen: what it shows at each size and in each language, and what each key does."""

from __future__ import annotations

import pytest

from emergency.store import arrivals, words
from emergency.store.fold import Fold
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui import themes
from emergency.tui.detailscreen import DetailsScreen
from emergency.tui.helping import HelpScreen
from emergency.tui.panel import Panel
from tests.store.replicas import Replica

from . import stage, walk
from .screen import golden, on_duty, text

SIZES = [(80, 24), (160, 48)]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_board_shows_everything_at_a_glance(
    busy: str, size: tuple[int, int], language: str
) -> None:
    words.speak(language)
    async with on_duty(busy, size) as duty:
        shown = text(duty.app)
    assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
    golden(f"board-{size[0]}x{size[1]}-{language}", shown)


async def test_an_empty_store_says_what_to_type(empty: str) -> None:
    async with on_duty(empty) as duty:
        golden("empty-80x24-en", text(duty.app))


async def test_without_unicode_the_marks_and_the_map_are_ascii(
    busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGENCY_AMBIGUOUS", "wide")
    async with on_duty(busy, (160, 48)) as duty:
        shown = text(duty.app)
    assert not any(0x2500 <= ord(c) < 0x2900 for c in shown)
    assert "+ FT-17/1" in shown


async def test_without_colour_every_state_is_still_told(busy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_duty(busy) as duty:
        coloured = text(duty.app)
    monkeypatch.setenv("NO_COLOR", "1")
    async with on_duty(busy) as duty:
        assert text(duty.app) == coloured


@pytest.mark.parametrize("theme", themes.NAMES)
@pytest.mark.parametrize("line", [{}, {"SSH_CONNECTION": "10.0.0.1 22 10.0.0.2 22"}], ids=["here", "ssh"])
async def test_without_colour_none_is_sent_in_any_theme_on_any_line(
    busy: str, theme: str, line: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"NO_COLOR": "1", "EMERGENCY_THEME": theme, **line}.items():
        monkeypatch.setenv(name, value)
    async with on_duty(busy) as duty:
        assert duty.app.theme == theme
        for keys in ((), ("question_mark",), ("escape", "colon")):
            await duty.press(*keys)
            painted = [segment for strip in duty.app.screen._compositor.render_strips() for segment in strip]
            assert {(s.style.color, s.style.bgcolor) for s in painted if s.style} == {(None, None)}
            assert any(s.style and s.style.reverse for s in painted)


async def test_over_ssh_the_terminals_own_colours_are_used_and_nothing_moves(
    busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 22 10.0.0.2 22")
    async with on_duty(busy) as duty:
        assert duty.app.theme == "ansi-dark"
        assert duty.app.animation_level == "none"


async def test_a_name_drives_neither_the_terminal_nor_the_app(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        await duty.press("tab", "tab", "tab", "tab", "down", "down")
        shown = await duty.press("enter")
    assert "\x1b" not in shown
    assert "\\x1b[2J[@click=app.quit]邪[/]队" in shown


async def test_arrows_and_letters_move_the_cursor(busy: str) -> None:
    async with on_duty(busy) as duty:
        assert "> ! contested" in await duty.press("down")
        assert "> ! no answer" in await duty.press("k")
        assert "> ? ask back" in await duty.press("j", "j")
        assert "> ! nobody asked" in await duty.press("j", "j", "j", "j")
        assert "> ! no answer" in await duty.press("home")


async def test_tab_goes_round_the_panels_and_shift_tab_back(busy: str) -> None:
    titles = ["> Open call-ups", "> Incidents", "> Readiness", "> Needs a person"]
    async with on_duty(busy) as duty:
        for title in titles:
            assert title in await duty.press("tab")
        assert "> Readiness" in await duty.press("shift+tab")


async def test_enter_tells_the_line_and_escape_comes_back(busy: str) -> None:
    async with on_duty(busy) as duty:
        golden("line-80x24-en", await duty.press("enter"))
        assert "> Needs a person now" in await duty.press("escape")
        await duty.press("escape")
        assert duty.app.is_running


async def test_enter_drills_from_the_line_to_its_team(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("enter")
        line = duty.app.screen.query_one(Panel)
        team = next(n for n, row in enumerate(line.rows) if row.target and row.target.kind == "team")
        shown = await duty.press(*["down"] * (team - line.cursor), "enter")
        assert "Team FT-3" in shown
        assert "Insurance until" in shown
        assert isinstance(duty.app.screen, DetailsScreen)
        assert "Order line FT-18/1" in await duty.press("q")


async def test_every_row_of_the_board_opens(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        for panel in range(4):
            await duty.press("home")
            for row in range(6):
                shown = await duty.press(*["down"] * min(row, 1), "enter")
                assert "reading" not in shown
                await duty.press("escape")
            await duty.press("tab")
            assert duty.app.screen is duty.app.screen_stack[0], panel


async def test_the_contested_thing_shows_the_orders_that_stand_against_each_other(busy: str) -> None:
    async with on_duty(busy) as duty:
        shown = await duty.press("down", "enter")
        assert "FT-21/1" in shown
        assert "HD-1/1" in shown
        assert "李局长" in shown


async def test_the_contested_thing_has_advice_with_reasons_and_the_command_that_decides(busy: str) -> None:
    async with on_duty(busy, (100, 40)) as duty:
        shown = await duty.press("down", "enter")
    advice = shown[shown.index("Advice") :]
    assert advice.index("1. FT-21/1") < advice.index("ahead by authority") < advice.index("2. HD-1/1")
    assert "custody" in advice and "life safety" in advice
    assert "emergency conflict resolve equipment:FT-7 --keep" in advice


async def test_a_settled_contest_is_gone_from_the_board(busy: str) -> None:
    with Store(busy) as store, store.write("conflict resolve") as writer:
        writer.settle(["FT-21/1", "HD-1/1"], "FT-21/1")
    async with on_duty(busy) as duty:
        assert "contested" not in text(duty.app)


async def test_a_regions_teams_are_told_with_the_age_of_their_reports(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("tab", "tab", "tab", "home")
        shown = await duty.press("enter")
        assert "stale, was ready" in shown
        assert "never reported" in shown


async def test_q_on_the_board_leaves(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.pilot.press("q")
        assert duty.app._exit


async def test_ctrl_q_leaves_from_anywhere(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("enter")
        await duty.pilot.press("ctrl+q")
        assert duty.app._exit


async def test_help_shows_every_key_and_why_one_cannot_be_used(busy: str) -> None:
    async with on_duty(busy) as duty:
        shown = await duty.press("question_mark")
        assert isinstance(duty.app.screen, HelpScreen)
        golden("help-80x24-en", shown)


async def test_y_copies_the_command_that_does_the_same(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("y")
        assert duty.app.clipboard == "emergency callup show FT-18"
        await duty.press("tab", "tab", "y")
        assert duty.app.clipboard == "emergency incident show FT-10"


async def test_what_another_program_writes_appears_by_itself(busy: str) -> None:
    async with on_duty(busy) as duty:
        with Store(busy) as store, store.write("incident open") as writer:
            values = {"title": "新发地火情", "scenario": "urban-fire", "level": "I", "region": "110106"}
            writer.new("incident", {**values, "state": "open", "opened_at": stage.AT})
        duty.app.look()
        await duty.seen()
        assert "新发地火情" in text(duty.app)


async def test_the_cursor_stays_on_its_record_when_rows_come(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("tab", "tab", "home")
        with Store(busy) as store, store.write("incident open") as writer:
            values = {"title": "新发地火情", "scenario": "urban-fire", "level": "I", "region": "110106"}
            writer.new("incident", {**values, "state": "open", "opened_at": stage.AT})
        duty.app.look()
        await duty.seen()
        assert ">   FT-10" in text(duty.app)


async def test_the_past_is_shown_as_the_past(busy: str) -> None:
    async with on_duty(busy, as_of=stage.AT) as duty:
        assert "AS OF" in text(duty.app)
        await duty.press("r")
        assert [n.message for n in duty.app._notifications] == ["the past does not change"]


async def test_a_store_that_goes_away_is_said_and_the_last_board_stays(busy: str) -> None:
    import os

    async with on_duty(busy) as duty:
        os.rename(busy, busy + ".gone")
        duty.app.look()
        await duty.seen()
        shown = text(duty.app)
        assert "no store at" in shown
        assert "FT-18/1" in shown


async def test_what_gives_way_is_said(busy: str) -> None:
    async with on_duty(busy, (80, 12)) as duty:
        (title,) = [line for line in text(duty.app).splitlines() if "Needs a person now: 5" in line]
        assert title.endswith("+2 more")
        shown = await duty.press("end")
        (title,) = [line for line in shown.splitlines() if "Needs a person now: 5" in line]
        assert title.endswith("3-5/5")


async def test_what_is_no_record_opens_too(busy: str) -> None:
    """A hub that refuses, and entries of a newer program."""
    other = Replica("HD")
    other.write(stage.AT, [["invented", "x", {}]])
    with Store(busy) as store, store.noting() as connection:
        connection.execute(
            "INSERT INTO hub VALUES('f', 'http://hub', x'00', '区枢纽', '', NULL, '{\"state\": \"refused\"}')"
        )
        arrivals.take(connection, Fold(connection), other.has(other.signer.feed), stage.AT)
    async with on_duty(busy, (120, 40)) as duty:
        board = text(duty.app)
        assert "refused by the hub" in board and "newer program" in board
        found = {}
        for _row in range(7):
            panel = duty.app.screen.focused
            assert isinstance(panel, Panel) and panel.target is not None
            found[panel.target.kind] = await duty.press("enter")
            await duty.press("escape", "down")
    assert "区枢纽" in found["hub"] and "emergency sync" in found["hub"]
    assert "HD" in found["newer"] and "Update this program" in found["newer"]


async def test_a_board_that_is_to_look_only_says_so(busy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGENCY_READ_ONLY", "1")
    async with on_duty(busy) as duty:
        assert "READ-ONLY" in text(duty.app).splitlines()[0]


async def test_what_is_told_stands_over_the_foot_until_the_next_key_and_never_over_a_question(
    busy: str,
) -> None:
    async with on_duty(busy) as duty:
        before = duty.text.splitlines()
        told = (await duty.press("y")).splitlines()
        assert "emergency callup show FT-18" in told[-1] and cells(told[-1]) <= 80
        assert told[:-1] == before[:-1]
        # The last word replaces the one before.
        assert (await duty.press("r")).count("emergency callup") == 0
        assert "read again" in duty.text.splitlines()[-1]
        assert (await duty.press("left")).splitlines() == before
        await duty.press("y")
        asked = await duty.press("a")
        assert "accepted: How word came" in asked and "Command line" not in asked
        duty.app.notify("told meanwhile", markup=False)
        await duty.pilot.pause()
        assert "told meanwhile" not in duty.text
        assert "told meanwhile" in (await duty.press("escape")).splitlines()[-1]


async def test_what_came_from_outside_is_not_gone_with_a_key_that_was_meant_for_something_else(
    busy: str,
) -> None:
    async with on_duty(busy) as duty:
        duty.app.alarm("FT-18/1", "Overdue now")
        await duty.pilot.pause()
        shown = (await duty.press("y")).splitlines()
        assert "Overdue now  FT-18/1" in shown[-2] and "Command line" in shown[-1]
        assert "Overdue now  FT-18/1" in (await duty.press("down")).splitlines()[-1]


async def test_two_alarms_stand_together_and_a_question_ends_neither(busy: str) -> None:
    async with on_duty(busy) as duty:
        duty.app.alarm("!! red", "New warning")
        duty.app.alarm("FT-18/1", "Overdue now")
        await duty.pilot.pause()
        shown = duty.text.splitlines()[-2:]
        assert "New warning  !! red" in shown[0] and "Overdue now  FT-18/1" in shown[1]
        # Their time is over while a question hides them: they have not been seen.
        await duty.press("3", "a")
        assert "New warning" not in duty.text
        for told in list(duty.app._alarms):
            duty.app._end(told)
        await duty.press("escape")
        assert "New warning  !! red" in duty.text and "Overdue now  FT-18/1" in duty.text
        for told in list(duty.app._alarms):
            duty.app._end(told)
        await duty.pilot.pause()
        assert "New warning" not in duty.text


async def test_types_of_teams_are_told_apart_in_the_smallest_terminal(demo: str) -> None:
    async with on_duty(demo) as duty:
        await walk.opened(duty, "board")
        await walk.pressed(duty, "tab", "tab", "tab")
        shown = [await walk.pressed(duty, key) for key in ("end", *["up"] * 12)]
    for name in ("道路桥梁抢险", "建筑工程抢险", "危险化学品"):
        assert name in "\n".join(shown)
