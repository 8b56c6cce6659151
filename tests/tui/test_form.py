"""Forms: made from the declarations of records, checked as the command line checks, saved by its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.records import RECORDS
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui.form import Line, argv, asked

from .screen import Duty, golden, on_duty


async def opened(duty: Duty, room: str, *keys: str) -> None:
    """A form, with the keys in its first field."""
    await duty.press(room)
    await duty.until(lambda: getattr(duty.app.focused, "target", None) is not None)
    await duty.press(*keys)
    await duty.until(lambda: isinstance(duty.app.focused, Input))
    await duty.until("\n *")


async def fill(duty: Duty, field: str, text: str) -> None:
    """Go to a field and type."""
    wanted = duty.app.screen.query_one(f"#field-{field}", Input)
    while duty.app.focused is not wanted:
        await duty.press("down")
    await duty.type(text)


async def test_a_new_team_is_what_the_line_registers(busy: str) -> None:
    async with on_duty(busy) as duty:
        await opened(duty, "4", "n")
        golden("form-80x24-en", duty.text)
        await duty.type("卢沟桥排水队")
        await fill(duty, "region", "丰台区")
        await fill(duty, "strength", "24人")
        await duty.press("f2")
        assert await duty.ran() == ["team", "add", "name=卢沟桥排水队", "region=丰台区", "strength=24人"]
        await duty.until("> Teams")
        await duty.until(lambda: "卢沟桥排水队" in duty.text)
    with Store(busy) as store:
        row = store.row("team", store.find("team", "卢沟桥排水队"))
    assert row is not None and (row["region"], row["strength"]) == ("110106", 24)


async def test_only_what_was_changed_is_set_and_an_emptied_field_is_cleared(busy: str) -> None:
    async with on_duty(busy) as duty:
        await opened(duty, "4", "home", "e")
        await fill(duty, "commander", "张三")
        await fill(duty, "radio", "")
        await duty.press("end", *["backspace"] * 4)
        await duty.press("f2")
        assert await duty.ran() == ["team", "set", "FT-1", "commander=张三", "radio="]
    with Store(busy) as store:
        row = store.row("team", "FT-1")
    assert row is not None and (row["commander"], row["radio"], row["strength"]) == ("张三", None, 40)


async def test_what_is_wrong_stands_under_its_field_in_the_words_of_the_command_line(busy: str) -> None:
    run = runner(["--store", busy])
    said = run(["team", "set", "FT-1", "level=bogus"]).err.splitlines()[0].split(": ", 2)[2]
    async with on_duty(busy) as duty:
        await opened(duty, "4", "home", "e")
        await fill(duty, "level", "bogus")
        await duty.press("down")
        await duty.until(f"! {said}"[:50])
        await fill(duty, "strength", "x")
        await duty.press("f2")
        await duty.until("not a whole number")
        await duty.until(lambda: getattr(duty.app.focused, "id", "") == "field-level")
        assert duty.app.ran == []


async def test_a_required_field_and_a_reference_are_checked(busy: str) -> None:
    async with on_duty(busy) as duty:
        await opened(duty, "4", "n")
        await fill(duty, "region", "没有的地方")
        await duty.press("f2")
        await duty.until("it cannot be left empty")
        await duty.until("no Administrative division" if "Administrative" in RECORDS["region"].en else "no ")
        assert duty.app.ran == []


async def test_what_the_command_refuses_is_told_and_the_form_stays(busy: str) -> None:
    with Store(busy) as store, store.write("team set") as writer:
        writer.set("team", "FT-1", {"name": "丰台排水抢险队"})
    async with on_duty(busy, run=lambda words: runner(["--store", busy + ".gone"])(words)) as duty:
        await opened(duty, "4", "home", "e")
        await fill(duty, "commander", "张三")
        await duty.press("f2")
        await duty.ran()
        await duty.until("! emergency: ")
        assert duty.app.screen.query(Line)


async def test_escape_asks_once_before_text_is_lost(busy: str) -> None:
    async with on_duty(busy) as duty:
        await opened(duty, "4", "n")
        await duty.press("escape")
        await duty.until("> Teams")
        await duty.press("n")
        await duty.until(lambda: isinstance(duty.app.focused, Input))
        await duty.type("新队")
        await duty.press("escape")
        await duty.until("what was typed is not saved")
        await duty.press("n")
        await duty.until(lambda: isinstance(duty.app.focused, Input))
        assert "新队" in duty.text
        await duty.press("escape")
        await duty.until("what was typed is not saved")
        await duty.press("y")
        await duty.until("> Teams")
        assert duty.app.ran == []


async def test_ctrl_q_asks_while_a_form_has_text(busy: str) -> None:
    async with on_duty(busy) as duty:
        await opened(duty, "4", "n")
        await duty.type("新队")
        await duty.press("ctrl+q")
        await duty.until("leave the program?")
        await duty.press("n")
        assert duty.app.is_running
        await duty.press("ctrl+q")
        await duty.until("leave the program?")
        await duty.press("y")
        await duty.until(lambda: not duty.app.is_running)


async def test_ctrl_q_leaves_at_once_where_nothing_is_lost(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("ctrl+q")
        await duty.until(lambda: not duty.app.is_running)


async def test_nothing_is_painted_anew_while_somebody_types(busy: str) -> None:
    async with on_duty(busy) as duty:
        await duty.press("tab", "tab", "g")
        await duty.until("Log line")
        with Store(busy) as store, store.write("incident open") as writer:
            writer.new(
                "incident", {"title": "新发地火情", "scenario": "urban-fire", "level": "I", "state": "open"}
            )
        duty.app.look()
        await duty.seen()
        assert "新发地火情" not in duty.text
        await duty.press("escape")
        await duty.until("新发地火情")


async def test_enter_goes_on_and_from_the_last_field_saves(busy: str) -> None:
    async with on_duty(busy) as duty:
        await opened(duty, "4", "n")
        await duty.type("卢沟桥排水队")
        for _field in asked("team", new=True):
            await duty.press("enter")
        assert await duty.ran() == ["team", "add", "name=卢沟桥排水队"]


@pytest.mark.parametrize(("noun", "language"), [("incident", "zh"), ("team", "en"), ("equipment", "zh")])
async def test_every_form_fits_the_smallest_terminal(busy: str, noun: str, language: str) -> None:
    words.speak(language)
    key = {"incident": "2", "team": "4", "equipment": "5"}[noun]
    async with on_duty(busy) as duty:
        await opened(duty, key, "n")
        for _field in asked(noun, new=True):
            assert [line for line in duty.text.splitlines() if cells(line) > 80] == []
            focused = duty.app.focused
            assert focused is not None and 2 < focused.region.y < 22
            await duty.pilot.press("down")


def test_a_form_asks_what_a_person_may_set() -> None:
    names = [field.name for field in asked("team", new=True)]
    assert names[0] == "name"
    assert "mobile" in names
    assert not {"readiness", "reported_at", "sample", "retired"} & set(names)


@given(
    st.dictionaries(st.sampled_from(["name", "radio", "note"]), st.text("ab =-'\"中", max_size=6)),
    st.dictionaries(st.sampled_from(["name", "radio", "note"]), st.text("ab =-'\"中", max_size=6)),
)
def test_the_words_of_a_form_say_what_was_changed_and_no_more(
    values: dict[str, str], before: dict[str, str]
) -> None:
    before = {name: text.strip() for name, text in before.items()}
    made = argv("team", "FT-1", values, before)
    changed = {name: text.strip() for name, text in values.items() if text.strip() != before.get(name, "")}
    assert dict(word.split("=", 1) for word in made[3:]) == changed
    assert made[:3] == (["team", "set", "FT-1"] if changed else [])
