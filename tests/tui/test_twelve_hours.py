"""The screens left open through a shift of twelve hours, in which another process writes 10,000 entries.

python -m pytest -n0 -m slow tests/tui/test_twelve_hours.py
"""

from __future__ import annotations

import asyncio
import gc
import os
import pathlib
import sys
import weakref

import pytest

from emergency.tui.panel import Panel
from emergency.tui.registers import RegisterScreen

from . import walk
from .screen import Duty, on_duty

ENTRIES = 10_000
ROOT = pathlib.Path(__file__).parents[2]
STATM = pathlib.Path("/proc/self/statm")
#: Growth after the first quarter that is borne.
MOST = 1.10


def resident() -> int:
    """Pages of memory that are ours now."""
    gc.collect()
    return int(STATM.read_text().split()[1])


async def round_of_all(duty: Duty) -> None:
    """What an officer does now and then: each screen, a few keys, a record, back."""
    for place in ("incidents", "callups", "board"):
        await walk.opened(duty, place)
        before = duty.text
        assert await walk.pressed(duty, "end") != before or place == "incidents"
        await walk.pressed(duty, "home", "enter")
        assert len(duty.app.screen_stack) == 2
        await walk.pressed(duty, "escape")
        assert len(duty.app.screen_stack) == 1


async def seen_of(duty: Duty) -> list[str]:
    """All that the board, the call-ups and a register show, from their first lines."""
    shown = []
    for place in ("board", "callups"):
        await walk.opened(duty, place)
        shown += [await walk.pressed(duty, "home"), await walk.pressed(duty, "end")]
    await walk.opened(duty, "incidents")
    # What just changed is marked for a while.
    await duty.until(lambda: "just changed" not in duty.text)
    return [*shown, await walk.quiet(duty)]


def words_of(screen: str) -> list[list[str]]:
    """What stands on each line of a screen, wherever its columns are."""
    return [line.split() for line in screen.splitlines()]


async def test_what_was_drawn_of_a_screen_is_let_go_with_it(busy: str) -> None:
    drawn = []
    async with on_duty(busy) as duty:
        for _round in range(2):
            await walk.pressed(duty, "home", "enter")
            assert len(duty.app.screen_stack) == 2
            drawn.append([weakref.ref(panel._styles_cache) for panel in duty.app.screen.query(Panel)])
            await walk.pressed(duty, "escape")
            assert len(duty.app.screen_stack) == 1
        gc.collect()
        # Of the last one, some may be known until the next is opened.
        assert drawn[0]
        assert [kept for kept in drawn[0] if kept() is not None] == []


@pytest.mark.slow
@pytest.mark.skipif(not STATM.exists(), reason="memory is read from /proc")
async def test_a_shift_leaves_no_memory_behind_and_no_change_unseen(
    demo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    async with on_duty(demo) as duty:
        writing = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.tui.shift", demo, str(ENTRIES),
            env=environ, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert writing.stdout is not None
        register = RegisterScreen("team")
        await duty.app.push_screen(register)
        count = 0
        while line := await writing.stdout.readline():
            # The clock of the desk is that of the writer.
            monkeypatch.setenv("EMERGENCY_NOW", line.decode().strip())
            count += 1
            await walk.pressed(duty, "j", "k")
            if count % 10 == 0:
                await round_of_all(duty)
                await duty.app.push_screen(RegisterScreen("team" if count % 20 else "equipment"))
                await walk.settled(duty)
                sizes.append(resident())
        assert await writing.wait() == 0
        duty.app.look()
        await duty.seen()
        shown = await seen_of(duty)
    async with on_duty(demo) as fresh:
        for was, begins in zip(shown, await seen_of(fresh), strict=True):
            # A column stays as wide as it once had to be, so that nothing jumps: the words are compared.
            assert words_of(was) == words_of(begins)
    warm = sizes[len(sizes) // 4]
    assert sizes[-1] <= warm * MOST, [size // 256 for size in sizes]
