"""What a filter asks of a list that does not have it: refused in every list alike, and read to its end."""

from __future__ import annotations

import pytest

from emergency.commands.inside import runner
from emergency.store.text import cells

from .screen import on_duty
from .test_rooms import room


@pytest.mark.parametrize(
    ("typed", "said"), [("foo=1", "is not filtered by"), ("since>2h", "is not compared with")]
)
async def test_what_the_journal_cannot_be_asked_is_refused_as_in_any_list(
    busy: str, typed: str, said: str
) -> None:
    ran = runner(["--store", busy])(["journal", "log", typed])
    assert ran.code == 2 and said in ran.err
    assert runner(["--store", busy])(["journal", "log", f'"{typed}"', "--json"]).out.strip() == "[]"
    same = [runner(["--store", busy])(["journal", "log", f"kind{sign}team", "--json"]).out for sign in ":="]
    assert same[0] == same[1] != "[]\n"
    async with on_duty(busy) as duty:
        await room(duty, "8")
        await duty.press("slash")
        await duty.type(typed)
        await duty.press("enter")
        await duty.until(said)


async def test_a_list_of_words_alone_refuses_a_field_and_takes_it_in_quotes(busy: str) -> None:
    """And the command that the screen copies is the same."""
    ran = runner(["--store", busy])(["conflict", "list", "foo=1"])
    assert ran.code == 2 and "has no field 'foo'" in ran.err
    assert runner(["--store", busy])(["conflict", "list", '"foo=1"', "--json"]).out.strip() == "[]"
    async with on_duty(busy) as duty:
        await room(duty, "9")
        await duty.press("slash")
        await duty.type("foo=1")
        await duty.press("enter")
        await duty.until("this list is filtered by words, and has no field 'foo'")
        await duty.press("escape", "slash")
        await duty.type('"foo=1" settled')
        await duty.press("enter")
        await duty.until("Esc takes")
        await duty.press("vertical_line")
        assert duty.app.clipboard == "emergency conflict list '\"foo=1\"' --settled"


@pytest.mark.parametrize("wide", [80, 40])
async def test_what_a_filter_may_ask_for_is_read_to_its_end(busy: str, wide: int) -> None:
    async with on_duty(busy, (wide, 24)) as duty:
        await room(duty, "5")
        await duty.press("slash")
        await duty.type("zzzz=1")
        await duty.press("enter")
        shown = await duty.until("has no field 'zzzz'")
        said = " ".join(" ".join(shown.splitlines()[3:10]).split())
        assert "it has: id, name, kind, specification, " in said
        if wide >= 80:
            assert "claimed" in said and "~" not in said.partition("Equipment ----")[0]
        assert max(map(cells, shown.splitlines())) <= wide
        await duty.press("escape", "escape")
        assert "zzzz" not in duty.text
