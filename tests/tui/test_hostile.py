"""Whatever a text from elsewhere holds, it is text: it drives no terminal, no program and no column."""

from __future__ import annotations

import pathlib
import re
import shutil
import unicodedata
from collections.abc import Iterator

import pytest
from rich.segment import Segment
from textual.widgets import Input

from emergency.store.text import cells
from emergency.tui.bar import Bar
from emergency.tui.panel import Panel
from emergency.tui.places import places
from emergency.tui.table import Table

from . import hostile, walk
from .screen import Duty, on_duty
from .terminal import on_terminal

#: Every sequence's kind: its introducer and its last byte, or the number of an OSC.
SEQUENCE = re.compile(rb"\x1b(?:\[[?<>=]?[0-9;$]*([a-zA-Z~@`{|}])|(\][0-9]*;)|([^\[\]]))")
#: Those that the program has: it places the cursor, sets colours, modes, the part that scrolls and the mouse's
#: shape, asks for modes, and scrolls back.
OWN = {
    *((last, b"", b"") for last in (b"H", b"m", b"h", b"l", b"p", b"u", b"t", b"r")),
    *((b"", b"]22;", b""), (b"", b"", b"M")),
}


@pytest.fixture(scope="session")
def made_evil(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMERGENCY_NOW", hostile.stage.NOW)
        return pathlib.Path(hostile.store(tmp_path_factory.mktemp("evil")))


@pytest.fixture
def evil(made_evil: pathlib.Path, tmp_path: pathlib.Path) -> str:
    for file in made_evil.parent.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    return str(tmp_path / made_evil.name)


def segments(duty: Duty) -> Iterator[Segment]:
    for strip in duty.app.screen._compositor.render_strips():
        yield from strip


def harmless(duty: Duty, where: str) -> None:
    """What is on the screen is text of so many cells, and nothing in it can be clicked to do something."""
    assert duty.app.is_running and duty.app._exception is None, where
    lines = duty.text.splitlines()
    assert len(lines) == 24, where
    wide = [line for line in lines if cells(line) > 80]
    assert wide == [], where
    bad = [ascii(line) for line in lines if hostile.UNSEEN.search(line)]
    assert bad == [], where
    for segment in segments(duty):
        meta = segment.style.meta if segment.style else {}
        assert not any(name.startswith("@") for name in meta), (where, meta)
        assert not (segment.style and segment.style.link), where


def aligned(duty: Duty, where: str) -> None:
    """The rows of a list take as many cells as each other, so that all its columns stand under each other."""
    for table in duty.app.screen.query(Table):
        lines, columns = table.held.lines, table._widths.visible(table._room)
        for n in range(1, len(columns) + 1):
            taken = {
                cells(table._widths.joined(line.cells, columns[:n], set(), table._room)) for line in lines
            }
            assert len(taken) <= 1, (where, columns[n - 1].name, taken)
    for panel in duty.app.screen.query(Panel):
        taken = {
            cells(panel._joined(row.cells)) for row in panel.rows if len(row.cells) == len(panel.columns)
        }
        assert len(taken) <= 1, (where, panel.title)


@pytest.mark.slow
@pytest.mark.parametrize("place", walk.PLACES)
async def test_hostile_text_is_text_on_every_screen(evil: str, place: str) -> None:
    async with on_duty(evil) as duty:
        await walk.opened(duty, place)
        harmless(duty, place)
        aligned(duty, place)
        for _page in range(4):
            await walk.pressed(duty, "pagedown")
            harmless(duty, place)
        async for where in walk.inside(duty, place, rows=6):
            harmless(duty, where)
            aligned(duty, where)
            for _page in range(3):
                if not isinstance(duty.app.focused, Input) and not list(duty.app.screen.query(Bar)):
                    await walk.pressed(duty, "pagedown")
                    harmless(duty, where)
        assert duty.app.clipboard == "" or "\x1b" not in duty.app.clipboard


@pytest.mark.slow
async def test_hostile_text_is_text_in_the_palette_in_forms_and_in_what_is_said(evil: str) -> None:
    async with on_duty(evil) as duty:
        for word in ("EVIL", "HOST", "FT-", "红", "粗", "👍"):
            await walk.pressed(duty, "colon")
            await walk.hurried(duty, *word)
            await walk.settled(duty)
            harmless(duty, f"palette {word}")
            await walk.pressed(duty, "down", "down", "enter")
            harmless(duty, f"palette {word}, third")
            for _turn in range(3):
                await walk.pressed(duty, "escape")
        for text in hostile.ALL:
            duty.app.notify(f"{text[:2000]}", markup=False)
            await walk.settled(duty)


@pytest.mark.slow
async def test_a_real_terminal_gets_no_escape_from_data_and_shows_what_is_meant(
    tmp_path: pathlib.Path,
) -> None:
    """Every screen and a record of each on a terminal: it shows, cell by cell, what the program laid out."""
    evil = hostile.store(tmp_path, [hostile.UNDRAWN.sub("", text) for text in hostile.ALL])
    keyed = [place for place in places() if place.key]
    drawn: dict[str, tuple[str, str]] = {}
    with on_terminal(evil, "--low-bandwidth") as terminal:
        for place in keyed:
            terminal.press(place.key)
            terminal.read(1.0)
            first = terminal.text
            terminal.press("\r")
            terminal.read(1.0)
            drawn[place.id] = (first, terminal.text)
            terminal.press("\x1b")
        terminal.press("4e")
        terminal.read(1.0)
    assert [ascii(bad) for bad in hostile.NEVER if bad in terminal.sent] == []
    assert set(SEQUENCE.findall(terminal.sent)) <= OWN
    async with on_duty(evil) as duty:
        for place in keyed:
            # On the terminal time goes by, and takes what was told of the place before with it.
            duty.app.clear_notifications()
            first = await walk.opened(duty, place.id)
            then = await walk.pressed(duty, "enter")
            assert plain(drawn[place.id][0]) == plain(first), place.id
            assert plain(drawn[place.id][1]) == plain(then), place.id


def plain(shown: str) -> list[str]:
    """Lines as they can be compared: pyte drops marks on wide characters, and the head names the store by where one is."""
    lines = [unicodedata.normalize("NFC", line) for line in shown.splitlines()]
    return ["".join(c for c in line if not unicodedata.combining(c)).rstrip() for line in lines][1:]
