"""Options that are typed on a screen: what is none of the command's is refused at once, and nothing ends the program."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store.errors import Exit, InvalidValue
from emergency.tui.doing import Ran, value
from emergency.tui.options import Options
from emergency.tui.panel import Panel

from . import walk
from .planning import answer, opened
from .screen import Duty, on_duty
from .test_standards_screen import version

#: Each would have the command print something that is no JSON, or do something else.
OTHERS = ("--help", "-h", "--csv", "--json", "--dry-run", "BJ-1", "--region", "'")


async def compared(duty: Duty, draft: str) -> None:
    """What another version would change."""
    await opened(duty, "standards")
    await walk.pressed(duty, "left_square_bracket", "tilde")
    await answer(duty, draft)
    await duty.until("teams fall")


async def previewed(duty: Duty, file: str) -> None:
    """A standard in a file."""
    await opened(duty, "standards")
    await walk.pressed(duty, "I")
    await answer(duty, file)
    await duty.until("F2 take it in")


@pytest.mark.parametrize("reached", [compared, previewed], ids=["what if", "a file"])
async def test_what_is_no_option_is_refused_where_it_is_typed(
    demo: str, tmp_path: pathlib.Path, reached: object
) -> None:
    file = version(tmp_path, "d.toml", **{"drainage>=1500m3/h": "drainage>=3000m3/h"})
    async with on_duty(demo, (120, 40)) as duty:
        await (compared if reached is compared else previewed)(duty, file)
        before = duty.text
        for typed in OTHERS:
            if typed == "--region" and reached is previewed:
                typed = "--name"
            await walk.pressed(duty, "e")
            await answer(duty, typed)
            assert walk.typing(duty), typed
            await walk.pressed(duty, "escape")
        assert duty.text == before


async def test_after_a_refused_comparison_the_lists_are_as_before(demo: str, tmp_path: pathlib.Path) -> None:
    file = version(tmp_path, "d.toml", **{"drainage>=1500m3/h": "drainage>=3000m3/h"})
    async with on_duty(demo, (120, 40)) as duty:
        await compared(duty, file)
        before = duty.text
        await walk.pressed(duty, "e")
        await answer(duty, "--region 哪里")
        assert "哪里" in await duty.until("refused")
        await walk.pressed(duty, "e", *["backspace"] * 40)
        await answer(duty, "")
        await duty.until("teams fall")
        assert duty.text == before
        headings = [column.heading for column in duty.app.screen.query_one("#teams", Panel).columns]
        assert headings == ["", "team", "before", "after", "change", "what for"]


@pytest.mark.parametrize("out", ["", "Usage: emergency", "{", "\x00", "[1,"])
def test_what_is_no_json_is_no_value(out: str) -> None:
    assert value(Ran(Exit.DONE, out, "")) is None
    assert value(Ran(Exit.REFUSED, "[]", "")) is None
    assert value(Ran(Exit.PARTLY_FAILED, "[]", "")) is None
    assert value(Ran(Exit.PARTLY_FAILED, out, ""), partly=True) is None
    assert value(Ran(Exit.PARTLY_FAILED, "[]", ""), partly=True) == value(Ran(Exit.DONE, "[]", "")) == []


@given(st.text())
def test_whatever_is_typed_is_options_of_the_list_or_refused(text: str) -> None:
    allowed = Options({"--flag": False, "--name": True})
    try:
        found = allowed.read(text)
    except InvalidValue:
        return
    assert all(word == "--flag" or word.partition("=")[0] == "--name" for word in found)
    assert allowed.read(text) == found


@given(st.lists(st.sampled_from(["--flag", "--name a", "--name='b c'", "--name --flag"])))
def test_what_is_of_the_list_is_taken_as_it_was_typed(words: list[str]) -> None:
    found = Options({"--flag": False, "--name": True}).read(" ".join(words))
    assert len(found) == len(words)
    assert [word == "--flag" for word in found] == [word == "--flag" for word in words]


async def test_a_table_of_an_office_tells_what_was_read_as_the_least_and_whose_it_is(
    demo: str, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "table.csv"
    file.write_text(
        "水域救援队伍装备配备标准,\n装备名称,配备数量\n橡皮艇,≥2\n应急灯,若干\n", encoding="utf-8"
    )
    async with on_duty(demo) as duty:
        await opened(duty, "standards")
        await walk.pressed(duty, "I")
        await answer(duty, str(file))
        await duty.until("the standard has no code")
        await walk.pressed(duty, "e")
        await answer(duty, "--code T --version 1 --name x")
        shown = await duty.until("F2 take it in")
        assert "? 水域救援" in shown and "the team type that the" in shown
        assert "the least it may mean" in shown and "≥2" in shown and "数量 若干" in shown
        await walk.pressed(duty, "e")
        await answer(duty, "--code T --version 1 --name x --type 排水")
        await duty.until(lambda: "the team type that the" not in duty.text and "F2 take it in" in duty.text)
