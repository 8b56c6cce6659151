"""What is written as it was typed, and remarked on: it may be meant so, and it may be a slip."""

from __future__ import annotations

from tests.commands.conftest import Officer
from tests.commands.orders import INCIDENT, TEAM


def test_a_need_that_stands_already_or_is_wanted_in_the_past_is_stated_with_a_word_on_it(
    desk: Officer,
) -> None:
    need = ("incident", "need", INCIDENT, "drainage>=6000m3/h")
    first = desk.done(*need, "--json")
    assert first.err == ""
    again = desk.done(*need, "--json")
    assert f"{first.json['id']} asks for 6000 m3/h drainage there already: both count" in again.err
    # At another place it is another need.
    assert desk.done(*need, "--place", "长辛店桥下", "--json").err == ""
    assert "06:00 has passed" in desk.done("incident", "need", INCIDENT, "boat>=3", "--by", "2h ago").err
    assert "named twice" in desk.refused(2, "incident", "need", INCIDENT, "people>=30", "人员>=60")


def test_who_declines_without_a_reason_is_reminded_of_it(desk: Officer) -> None:
    for words, reminded in (((), True), (("--note", "车坏了"), False)):
        order = desk.issue("--incident", INCIDENT, "--team", TEAM)
        assert ("--note" in desk.done("callup", "decline", order, *words).err) is reminded
