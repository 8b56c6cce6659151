"""Every screen as it looks, in a small and in a large terminal, in English and in Chinese.

One command renews all of them after a change of how a screen looks or is worded (read the difference!):

    EMERGENCY_GOLDEN=write python -m pytest -q tests/tui/test_goldens.py

Chinese ones are made last, when the catalogue has all words: add `-k zh`, or `-k en` for the others.
"""

from __future__ import annotations

import os
import pathlib
import random
import re

import pytest

from emergency.store import words
from emergency.store.text import cells

from . import walk, ways
from .screen import GOLDEN, golden, on_duty

SIZES = ((80, 24), (160, 48))
LANGUAGES = ("en", "zh")


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_looks_as_it_did(demo: str, size: tuple[int, int], language: str) -> None:
    words.speak(language)
    wrong = []
    async with on_duty(demo, size) as duty:
        for place in walk.PLACES:
            shown = await walk.opened(duty, place)
            assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
            try:
                golden(f"{place}-{size[0]}x{size[1]}-{language}", shown, folder="places")
            except (AssertionError, FileNotFoundError):
                wrong.append(place)
    assert wrong == []


#: A mark of half width beside a Chinese character, or between a word and one. What stands between words of data is theirs.
HALF = re.compile(
    r"[\u4e00-\u9fff（）「」《》][,;:!?(]|[,;:!?(][\u4e00-\u9fff（]|[A-Za-z0-9][,;:] [\u4e00-\u9fff]"
)
#: {picture: what data bring into it}: other names of an item or of a type of team as they were written, the place in a
#: sheet as other programs read it, and a filter as it is typed.
BROUGHT = {
    "items": re.compile(r"\S;\S*|;"),
    "standard": re.compile(r";"),
    "standards": re.compile(r";"),
    "import": re.compile(r"\S+\.csv:\d+:\w+:"),
    "filtered": re.compile(r"/type:"),
}


@pytest.mark.parametrize("picture", sorted(GOLDEN.rglob("*-zh.txt")), ids=lambda path: path.stem)
def test_chinese_is_parted_by_chinese_marks(picture: pathlib.Path) -> None:
    shown = picture.read_text(encoding="utf-8")
    brought = BROUGHT.get(picture.stem.split("-")[0])
    shown = brought.sub("", shown) if brought else shown
    assert [line for line in shown.splitlines() if HALF.search(line)] == []


def test_no_picture_is_of_a_screen_that_is_gone() -> None:
    for folder, names in (("places", walk.PLACES), ("ways", ways.WAYS)):
        known = {f"{p}-{w}x{h}-{lang}.txt" for p in names for w, h in SIZES for lang in LANGUAGES}
        assert {path.name for path in (GOLDEN / folder).iterdir()} <= known


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("store", sorted({way.store for way in ways.WAYS.values()}))
async def test_every_screen_behind_another_looks_as_it_did(
    request: pytest.FixtureRequest,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    store: str,
    size: tuple[int, int],
    language: str,
) -> None:
    # Making it may have spoken English.
    path = request.getfixturevalue(store)
    words.speak(language)
    ways.stored(tmp_path)
    monkeypatch.chdir(tmp_path)
    wrong = []
    async with on_duty(path, size) as duty:
        for name, way in ways.WAYS.items():
            if way.store != store:
                continue
            # What is written there is called the same each time, whatever was tried before.
            monkeypatch.setattr(os, "urandom", random.Random(name).randbytes)
            shown = (await ways.gone(duty, way)).replace(str(tmp_path), "FOLDER")
            assert type(duty.app.screen).__name__ == way.screen, f"{name}\n{shown}"
            assert [line for line in shown.splitlines() if cells(line) > size[0]] == []
            try:
                golden(f"{name}-{size[0]}x{size[1]}-{language}", shown, folder="ways")
            except (AssertionError, FileNotFoundError) as error:
                wrong.append(f"{name}: {error}")
            await ways.back(duty)
    assert wrong == []
