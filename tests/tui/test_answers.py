"""What is answered to the questions of a key: refused where it is typed, kept where it was refused or left."""

from __future__ import annotations

import pytest

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.errors import InvalidValue
from emergency.store.following import channel_code, channels
from emergency.tui.actions.answers import Channel, Figure, Signed

from . import walk
from .desk import state
from .planning import table
from .screen import Duty, on_duty


async def asked(duty: Duty, key: str) -> str:
    """The screen once the key's first question is there."""
    await duty.press(key)
    await duty.until(lambda: duty.app.focused is not None and duty.app.focused.id == "answer")
    return duty.text


@pytest.mark.parametrize("text", ["LE-014", "7 people", "-3", "about 7"])
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        Figure().parse(text)


def test_figures_amounts_and_channels_are_taken() -> None:
    assert [Figure().parse(text) for text in ("", "0", "7", "1.5")] == ["", "0", "7", "1.5"]
    assert [Signed().parse(text) for text in ("", "-200", "+1.5t")] == ["", "-200", "+1.5t"]
    with pytest.raises(InvalidValue):
        Signed().parse("LE-014")
    for code, named in channels().items():
        assert {channel_code(word) for word in (code, *named)} == {code} and Channel().parse(named[1])
    with pytest.raises(InvalidValue):
        Channel().parse("xyz")
    # The command line takes any other channel, as it is typed.
    assert channel_code("xyz") == "xyz"


async def test_a_scan_on_the_wrong_screen_orders_nothing(busy: str) -> None:
    async with on_duty(busy) as duty:
        await walk.hurried(duty, *"SAMPLE-014", "enter")
        assert "! " in duty.text and "LE-014" in duty.text
        assert len(duty.app.screen.query("Ask")) == 1
        await walk.pressed(duty, "escape")
        await asked(duty, "Q")
        await duty.type("xyz")
        assert "! xyz is not one of" in await duty.press("enter")
        await duty.press("escape")
        assert duty.app.ran == []
    assert state(busy, "FT-18/1") == "issued"


async def test_what_was_answered_is_asked_again_where_it_was_refused(busy: str) -> None:
    async with on_duty(busy) as duty:
        await asked(duty, "P")
        await duty.type("500")
        await duty.press("enter")
        await duty.type("phone")
        await duty.press("f2")
        shown = await duty.until("1/4")
        ran = len(duty.app.ran)
        assert "500" in shown and " ! emergency: " in shown
        # With one answer another, and the others as they were.
        await duty.press(*["backspace"] * 3, "3", "f2")
        words = await duty.ran(ran)
        assert words[:6] == ["callup", "partial", "--channel", "phone", "--qty", "3"]
        await duty.until(lambda: not duty.app.screen.query("Ask"))
    assert state(busy, "FT-18/1") == "partial"


async def test_answers_that_were_left_are_proposed_for_the_same_record_alone(busy: str) -> None:
    async with on_duty(busy) as duty:
        await asked(duty, "a")
        await duty.type("phone")
        await duty.press("enter")
        await duty.type("10:0")
        await duty.press("escape")
        assert "phone" in await asked(duty, "a")
        assert "10:0" in await duty.press("enter")
        # Typing takes the place of what is proposed.
        assert "10:0" not in await duty.type("-5m")
        await duty.press("f2")
        assert (await duty.ran())[:6] == ["callup", "accept", "--channel", "phone", "--at", "-5m"]
    async with on_duty(busy) as duty:
        await walk.opened(duty, "callups")
        await walk.pressed(duty, "home", "Q", *"mobile", "escape")
        assert "mobile" not in await walk.pressed(duty, "down", "Q")
        assert "mobile" in await walk.pressed(duty, "escape", "up", "Q")


async def test_what_was_answered_for_several_is_proposed_again_where_the_last_question_was_answered_no(
    busy: str,
) -> None:
    async with on_duty(busy) as duty:
        await walk.opened(duty, "callups")
        await walk.pressed(duty, "asterisk", "x")
        await walk.hurried(duty, *"桥断了", "enter")
        await walk.pressed(duty, "f2", "n")
        assert duty.app.ran == [] and not walk.typing(duty)
        shown = await walk.pressed(duty, "x")
        assert "桥断了" in shown
        await walk.pressed(duty, "enter", "f2", "y")
        assert all("桥断了" in ran for ran in duty.app.ran) and duty.app.ran


async def test_a_channel_is_shown_in_words_and_asked_by_its_code(busy: str) -> None:
    done = runner(["--store", busy])(["callup", "contact", "--channel", "duty_phone", "FT-20/1"])
    assert done.code == 0
    words.speak("zh")
    async with on_duty(busy, (160, 48)) as duty:
        await walk.opened(duty, "callups")
        table(duty).go_to("FT-20/1")
        await walk.settled(duty)
        shown = await walk.pressed(duty, "enter")
        told = next(line for line in shown.splitlines() if "联络 " in line and "王小明" in line)
        assert "值班电话" in told and "duty_phone" not in told
        shown = await walk.pressed(duty, "a")
        assert "phone 电话、radio 电台呼号、paper 书面、beidou 北斗终端" in shown
        await walk.pressed(duty, "escape")
        await walk.opened(duty, "journal")
        shown = await walk.pressed(duty, "enter")
        assert "渠道：值班电话" in shown
    words.speak("en")
