"""The lists of the audit and of readiness: what is marked, filtered and read again in them is what they do."""

from __future__ import annotations

import pytest

from emergency.tui import computed
from emergency.tui.audits import Groups, team_of
from emergency.tui.panel import Panel

from . import walk
from .planning import answer, column, done, filtered, opened, table
from .screen import Duty, on_duty


def about(duty: Duty) -> str:
    """The line over the list."""
    return duty.text.splitlines()[3]


# -- marks ------------------------------------------------------------------------------------------


async def test_two_marked_gaps_of_a_team_are_one_command_and_lose_their_marks(demo: str) -> None:
    async with on_duty(demo, (120, 40)) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "right_square_bracket", "home")
        teams = [team_of(line.id) for line in table(duty).held.lines]
        assert teams[0] == teams[1]
        other = next(n for n, team in enumerate(teams) if team != teams[0])
        await walk.pressed(duty, *["space"] * (other + 1), "p")
        await answer(duty, "ready")
        await answer(duty, "20")
        await walk.pressed(duty, "f2")
        assert f"readiness report: {other + 1} of {other + 1} marked" in duty.text
        assert "and 1 lines like it" in duty.text
        await walk.pressed(duty, "y")
        await duty.until(lambda: len(duty.app.ran) == 2)
        await walk.settled(duty)
        assert [words[-1] for words in duty.app.ran] == [teams[0], teams[other]]
        assert table(duty).marked == {}


# -- filters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "keys"), [("type", 2), ("class", 4)])
async def test_a_group_tells_the_teams_that_its_line_adds_up(demo: str, by: str, keys: int) -> None:
    async with on_duty(demo, (160, 40)) as duty:
        await opened(duty, "standards")
        await filtered(duty, "region:房山")
        among = set(column(duty, "team"))
        await walk.pressed(duty, *["right_square_bracket"] * keys)
        found = table(duty)
        assert Groups.key_of(found.held.lines[0].id) and "/region:房山" in duty.text
        for _line in found.held.lines:
            rows = duty.app.screen.query_one("#record", Panel)._given
            told = [team_of(row.target.id) for row in rows if row.target]
            assert set(told) <= among
            assert found.held.line is not None
            assert len(told) == int(found.held.line.cells[2])
            await walk.pressed(duty, "down")


async def test_the_list_before_and_the_list_after_have_the_filter(demo: str) -> None:
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "right_square_bracket")
        await filtered(duty, "region:房山 item:卫星电话")
        await walk.pressed(duty, "left_square_bracket")
        assert "[teams]" in duty.text and "/region:房山" in duty.text
        chosen = column(duty, "team")
        assert 0 < len(chosen) < 40 and table(duty).wanted.filter == "region:房山"
        # Typed anew there, it is so in the next; Esc comes back to the first as it was left.
        await walk.pressed(duty, "escape", "right_square_bracket")
        await filtered(duty, "below")
        await walk.pressed(duty, "escape", "escape")
        assert "[teams]" in duty.text and len(column(duty, "team")) == 40


async def test_a_filter_that_is_refused_changes_nothing_that_is_said(
    demo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The audit stays as it is, and with it the lines.
    monkeypatch.setattr(computed, "SLOW", -1.0)
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "right_square_bracket")
        before = about(duty)
        await filtered(duty, "region:房山 item:没有这个")
        done(demo, "team", "set", "BJ-1", "radio=x")
        duty.app.look()
        await duty.until("changed since")
        assert before.strip().split("  ")[0] in about(duty)


# -- what takes long --------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["standards", "readiness"])
async def test_a_slow_list_says_when_the_store_changed_until_it_is_read_again(
    demo: str, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(computed, "SLOW", -1.0)
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, place)
        await walk.pressed(duty, "r")
        assert "changed since" not in about(duty)
        done(demo, "team", "set", "BJ-1", f"radio={place}")
        duty.app.look()
        assert "changed since: r reads it again" in await duty.until("changed since")
        # The list as of a time is another, and does not change what is said of the one of now.
        await walk.pressed(duty, "t")
        await walk.hurried(duty, *"07:59")
        await walk.pressed(duty, "enter")
        assert "changed since" not in about(duty)
        await walk.pressed(duty, "escape")
        assert "changed since" in about(duty)
        await walk.pressed(duty, "r")
        assert "changed since" not in about(duty)


async def test_a_minute_later_nothing_has_changed(demo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computed, "SLOW", -1.0)
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, "readiness")
        await walk.pressed(duty, "r")
        monkeypatch.setenv("EMERGENCY_NOW", "2026-07-31T08:02:00+08:00")
        await filtered(duty, "short")
        assert "changed since" not in about(duty)


# -- what goes away ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "noun"), [("recovery", "recovery"), ("standards", "team"), ("readiness", "team")]
)
async def test_where_the_line_under_the_cursor_goes_the_next_one_stands_there(
    demo: str, place: str, noun: str
) -> None:
    for n in range(4):
        done(demo, "recovery", "add", f"name=计划{n}")
    async with on_duty(demo, (120, 30)) as duty:
        await opened(duty, place)
        await walk.pressed(duty, "down", "down")
        lines, at = table(duty).held.lines, table(duty).held.cursor
        assert at == 2 and len(lines) > 4
        gone, after = (team_of(lines[n].id) for n in (at, at + 1))
        done(demo, noun, "retire", gone, "--reason", "整编")
        duty.app.look()
        await duty.until(lambda: gone not in {team_of(line.id) for line in table(duty).held.lines})
        await walk.settled(duty)
        line = table(duty).held.line
        assert line is not None and team_of(line.id) == after and table(duty).held.cursor == at
