"""How columns give way when there is little room."""

from __future__ import annotations

from emergency.tui.actions import Where, actions, command_line
from emergency.tui.panel import Column, Target, widths


def test_columns_are_as_wide_as_what_they_hold() -> None:
    assert widths((Column(), Column()), [("ab", "丰台"), ("a", "")], 40) == [2, 4]


def test_optional_columns_go_first_and_the_widest_gives_way_next() -> None:
    columns = (Column(), Column(least=4), Column(optional=True))
    row = ("FT-1/1", "一个很长的队伍名称", "北京南站")
    assert widths(columns, [row], 40) == [6, 18, 8]
    assert widths(columns, [row], 26) == [6, 18, 0]
    assert widths(columns, [row], 16) == [6, 9, 0]


def test_what_may_not_be_cut_is_not() -> None:
    assert widths((Column(), Column(least=4)), [("FT-20536/1", "名称名称")], 8) == [10, 4]


def test_every_key_is_bound_once() -> None:
    keys = [(action.picture, key) for action in actions() for key in action.keys]
    assert len(keys) == len(set(keys))


def test_a_command_line_begins_with_a_noun_whatever_is_under_the_cursor() -> None:
    begun = {words[0] for action in actions() if (words := action.command(Where()))}
    assert {word for word in begun if word.isupper()} == {"NOUN"}


def test_an_id_cannot_break_out_of_the_command_line() -> None:
    assert command_line(Where(Target("team", "x; rm -rf ~"))) == "emergency team show 'x; rm -rf ~'"
