"""Pictures of the screens over the store of the demo, as SVG that loads nothing from elsewhere.

Clock and random numbers are fixed, so the same code gives the same bytes. The page docs/screens.md takes
what it says from the tables of places and actions: a screen that is added stands there by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import html
import itertools
import os
import random
import re
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import cell_len

from emergency.commands import demo
from emergency.commands.catalog import commands
from emergency.commands.inside import runner
from emergency.tui.actions import Action, actions, briefly, in_table
from emergency.tui.screens import DutyScreen
from emergency.tui.table import Table

#: Groups of keys that every screen has.
EVERYWHERE = ("Moving", "Screens", "Program")
BOARD, SMALL = (120, 36), (100, 24)
#: Screens that the demo leaves empty, with words that stand on them once they are not.
EMPTY = {"plan": "from best", "alerts": "EXERCISE"}


class Pictured(NamedTuple):
    """A screen: its label, its key, the line that tells the same, its picture, the keys of its own."""

    label: str
    key: str
    command: tuple[str, ...]
    svg: str
    keys: tuple[tuple[str, str], ...]


def board() -> str:
    """The board in full, for README."""
    return _taken(BOARD, "board")["board"].svg.replace("emergency: Board", "emergency demo")


def drawn() -> dict[str, str]:
    """{id: picture} of every screen."""
    return {name: pictured.svg for name, pictured in _taken(SMALL).items()}


def screens() -> str:
    """Each screen: its picture, what it is for, its keys."""
    out: list[str] = []
    told: set[str] = set()
    for name, pictured in _taken(SMALL).items():
        where = f"Key `{pictured.key}`" if pictured.key else "From the palette (`:`)"
        noun = commands().get(pictured.command[0])
        # Of two screens that one command tells, it is the first that its words are about.
        about = noun.help.rstrip(".") + "." if noun and pictured.command[0] not in told else ""
        told.add(pictured.command[0])
        said = f"{about} {where}; `{briefly(pictured.command)}` tells the same."
        own = "  \n".join(f"`{shown}` {label}" for shown, label in pictured.keys)
        out.append(f"## {pictured.label}\n\n![{pictured.label}](screens/{name}.svg)\n\n{said.strip()}")
        if own:
            out.append(own)
    every = [a for a in actions() if a.group in EVERYWHERE and not a.id.startswith("go_") and a.keys]
    out.append("## On all of them\n\n" + "  \n".join(f"`{a.shown}` {a.label}" for a in every))
    return "\n\n".join(out)


@functools.cache
def _taken(size: tuple[int, int], only: str = "") -> dict[str, Pictured]:
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "demo.db")
        with _drawn_alike():
            demo.build(path)
        return asyncio.run(_walked(path, size, only))


@contextlib.contextmanager
def _drawn_alike() -> Iterator[None]:
    """What is drawn by lot is the same each time."""
    truly, os.urandom = os.urandom, random.Random(1).randbytes
    try:
        yield
    finally:
        os.urandom = truly


def _fill(path: str) -> None:
    """Something to see on the screens that the demo leaves empty: an incident with open needs, and a warning."""
    from tests.tui import flood

    run = runner(["--store", path])
    flood.opened(path, *flood.NEEDS)
    file = os.path.join(os.path.dirname(path), "sample.xml")
    with open(file, "w", encoding="utf-8") as stream:
        stream.write(run(["alert", "sample"]).out)
    taken = run(["alert", "import", file])
    assert taken.code == 0, taken


async def _walked(path: str, size: tuple[int, int], only: str) -> dict[str, Pictured]:
    from tests.tui import walk
    from tests.tui.screen import on_duty

    out = {}
    async with on_duty(path, size) as duty:
        wanted = [place for place in duty.app.places if only in ("", place.id)]
        for place in sorted(wanted, key=lambda place: place.id in EMPTY):
            if place.id in EMPTY and not out.keys() & EMPTY.keys():
                with _drawn_alike():
                    _fill(path)
                # That a warning came is told for a while over whichever screen is on top by then.
                duty.app.look()
                await duty.until(
                    lambda: "New warning" in " ".join(f"{n.title}" for n in duty.app._notifications)
                )
                duty.app.clear_notifications()
            await walk.opened(duty, place.id)
            if place.id in EMPTY:
                await duty.until(EMPTY[place.id])
            svg = _plain(duty.app.export_screenshot(title=f"emergency: {place.label}"))
            out[place.id] = Pictured(place.label, place.key, place.command, svg, _own(duty.app.screen))
        return {place.id: out[place.id] for place in wanted}


def _own(screen: object) -> tuple[tuple[str, str], ...]:
    """The keys that mean something on this screen and not on all."""
    assert isinstance(screen, DutyScreen)
    found: list[Action] = [
        a for a in screen.duty.actions
        if a.group not in EVERYWHERE and a.keys and not a.why_not(screen.asked_by(a))
    ]  # fmt: skip
    of_lists = [a for a in in_table() if a.group not in EVERYWHERE] if screen.query(Table) else []
    return tuple(dict.fromkeys((a.shown, a.label) for a in (*found, *of_lists)))


def _plain(svg: str) -> str:
    svg = re.sub(r"@font-face \{.*?\}\n?", "", svg, flags=re.DOTALL)
    fonts = "ui-monospace, Menlo, Consolas, 'Noto Sans Mono CJK SC', 'Noto Sans SC', monospace"
    svg = re.sub(r"font-family: ?Fira Code, monospace", f"font-family: {fonts}", svg)
    svg = re.sub(r"<!--.*?-->\n?| *font-variant-east-asian: full-width;\n", "", svg)
    return re.sub(r'<text (.*?) x="([\d.]+)" (.*?) textLength="[\d.]+" (.*?)>(.*?)</text>', _runs, svg) + "\n"


def _runs(match: re.Match[str]) -> str:
    """A text in pieces of one width each, every piece at its own column: fonts differ, cells do not."""
    style, x, y, clip, text = match.groups()
    cell, column, out = 12.2, 0, []
    for width, chars in itertools.groupby(html.unescape(text), cell_len):
        piece = "".join(chars)
        cells = len(piece) * width
        place = f'x="{float(x) + column * cell:.1f}" {y} textLength="{cells * cell:.1f}"'
        out.append(f"<text {style} {place} {clip}>{html.escape(piece).replace(chr(160), '&#160;')}</text>")
        column += cells
    return "".join(out)
