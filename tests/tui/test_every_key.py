"""Every key on every screen, one by one, as somebody who is new to it would try them.

What a key is shown for happens, and can be seen; Esc comes back; nothing that was typed is lost
without a question; nothing breaks. Screens and keys are taken from their tables. It takes long:

    python -m pytest -m slow tests/tui/test_every_key.py
"""

from __future__ import annotations

import string

import pytest
from textual.widgets import Input

from emergency.tui.actions import actions
from emergency.tui.bar import Bar
from emergency.tui.panel import Panel
from emergency.tui.table import Table

from . import walk
from .screen import Duty, on_duty

pytestmark = pytest.mark.slow

#: Keys that nothing is bound to as well: they must do no harm.
PRINTABLE = list(string.ascii_letters + string.digits + string.punctuation + " 水")
NAMED = [
    *("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "tab", "shift+tab"),
    *("backspace", "delete", "insert", "escape", "ctrl+p", "ctrl+c", "ctrl+t", "ctrl+x", "shift+up"),
    *(f"f{n}" for n in range(1, 13)),
]  # fmt: skip
#: What moves the cursor does so where there is somewhere to go.
MOVING = ("up", "down", "page_up", "page_down", "first", "last")


async def back(duty: Duty, base: object) -> None:
    """Esc, until the screen is the one it was; never more than what was opened."""
    for _turn in range(4):
        if duty.app.screen is base and not walk.typing(duty):
            return
        await walk.pressed(duty, "escape")
    raise AssertionError(f"Esc does not lead back:\n{duty.text}")


def alive(duty: Duty) -> None:
    """Nothing broke: an exception in a handler ends the app."""
    assert duty.app.is_running and duty.app._exception is None


def rows_of(duty: Duty) -> int:
    """Rows of the list that has the keys; 0 where none has."""
    match duty.app.focused:
        case Panel() as panel:
            return len(panel.rows)
        case Table() as table:
            return len(table.held.lines)
        case _:
            return 0


@pytest.mark.parametrize("place", walk.PLACES)
async def test_every_key_that_a_screen_offers_does_something_that_is_seen(demo: str, place: str) -> None:
    dead = []
    async with on_duty(demo) as duty:
        for action in duty.app.actions:
            if action.id in ("quit", "leave", "back", "map_all"):
                continue
            for key in action.keys:
                await walk.opened(duty, place)
                base = duty.app.screen
                rows = rows_of(duty)
                for table in base.query(Table):
                    table.do_unmark()
                if rows:
                    await walk.pressed(duty, "home", "down")
                if action.why_not(base.asked_by(action)) or (action.id in MOVING and rows < 3):  # type: ignore[attr-defined]
                    continue
                await walk.quiet(duty)
                before = walk.fingerprint(duty)
                await walk.pressed(duty, key)
                alive(duty)
                if walk.fingerprint(duty) == before and action.id != f"go_{place}":
                    dead.append(f"{action.id} ({key})")
                if action.id.startswith("go_"):
                    assert duty.app.room == action.id.removeprefix("go_")
                    await walk.pressed(duty, "escape")
                    assert duty.app.room == "board"
                else:
                    await back(duty, base)
    assert dead == []


@pytest.mark.parametrize("place", walk.PLACES)
async def test_no_key_at_all_breaks_a_screen_and_escape_comes_back(demo: str, place: str) -> None:
    bound = {key for action in actions() for key in action.keys}
    async with on_duty(demo) as duty:
        await walk.opened(duty, place)
        base = duty.app.screen
        free = [key for key in [*PRINTABLE, *NAMED] if key not in bound]
        for at in range(0, len(free), 8):
            keys = free[at : at + 8]
            await walk.hurried(duty, *keys)
            alive(duty)
            await back(duty, base)
            assert duty.app.room == place, keys


@pytest.mark.parametrize("place", walk.PLACES)
async def test_what_a_screen_leads_to_bears_every_key_and_q_leads_out_of_it(demo: str, place: str) -> None:
    """Details, forms, help, what is asked: every key, then q (Esc where letters are typed) to the board."""
    async with on_duty(demo) as duty:
        async for where in walk.inside(duty, place, rows=1):
            base = duty.app.screen
            if not isinstance(duty.app.focused, Input):
                await walk.hurried(
                    duty, "j", "tab", "7", "f9", "left", "right", "end", "home", "pagedown", "space"
                )
                alive(duty)
            for _turn in range(4):
                if duty.app.room == "board" and len(duty.app.screen_stack) == 1:
                    break
                await walk.pressed(duty, "escape" if walk.typing(duty) else "q")
            assert duty.app.room == "board" and len(duty.app.screen_stack) == 1, (where, duty.text, base)
            while list(duty.app.screen.query(Bar)):
                await walk.pressed(duty, "escape")
        await walk.opened(duty, "board")
        await walk.pressed(duty, "q")
        assert not duty.app.is_running


async def test_nothing_typed_in_a_form_is_lost_without_a_question(demo: str) -> None:
    async with on_duty(demo) as duty:
        for place in walk.PLACES:
            await walk.opened(duty, place)
            for key in ("n", "e"):
                await walk.opened(duty, place)
                await walk.pressed(duty, "home", key)
                if not hasattr(duty.app.screen, "unsaved"):
                    # A question may stand there, and would wait for its answer in a room that is left.
                    while walk.typing(duty):
                        await walk.pressed(duty, "escape")
                    continue
                form = duty.app.screen
                await walk.hurried(duty, *"水q1?/")
                assert "水q1?/" in duty.text
                for leaving in ("escape", "ctrl+q"):
                    await walk.pressed(duty, leaving)
                    assert list(form.query(Bar)), (place, key, leaving)
                    await walk.pressed(duty, "n")
                    assert duty.app.screen is form and "水q1?/" in duty.text
                # Elsewhere and back: it is as it was left.
                await walk.pressed(duty, "f1", "escape")
                assert duty.app.screen is form and "水q1?/" in duty.text
                await walk.pressed(duty, "escape", "y")
                assert duty.app.screen is not form


async def test_escape_right_behind_the_last_letter_breaks_nothing(demo: str) -> None:
    async with on_duty(demo) as duty:
        for place in walk.PLACES:
            base = (await walk.opened(duty, place), duty.app.screen)[1]
            for keys in (":ab", "?", ":", "g", "N"):
                await walk.hurried(duty, *keys, "x", "enter", "escape")
                await walk.hurried(duty, *keys, "x", "escape", "tab", "escape")
                alive(duty)
                if duty.app.room != place:
                    # One Esc more than there was to close: it leads from any room to the board, and from nowhere else.
                    assert (duty.app.room, walk.typing(duty)) == ("board", False)
                    await walk.opened(duty, place)
                await back(duty, base)
