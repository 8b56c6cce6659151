"""What things are counted in has a Chinese word on every screen; what is typed and what programs read has its code."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from emergency.commands.inside import runner
from emergency.store import words

from . import walk
from .flood import opened, say
from .screen import on_duty

CODES = re.compile(r"\b(?:box|boxes|pcs|set|kit|persons)\b")
#: Where a command line is shown, codes are what is typed.
TYPED = re.compile(r"emergency .*")


def stocked(path: str) -> tuple[str, str]:
    """(incident, depot): water in boxes, lamps in pieces, and what is wanted of both."""
    water = say(path, "item", "add", "name=瓶装水", "unit=box", "class=support")["id"]
    lamp = say(path, "item", "add", "name=手电", "unit=件", "class=support")["id"]
    depot = say(path, "depot", "add", "name=一库", "region=110106", "at=39.86,116.28")["id"]
    for item in (water, lamp):
        say(path, "reserve", "count", "--qty", "900", depot, item)
    incident = opened(path, f"{water}>=300box", f"{lamp}>=200pcs")
    say(path, "callup", "issue", "--incident", incident, "--item", water, "--qty", "30", "--depot", depot)
    plan = say(path, "recovery", "add", "name=恢复计划")["id"]
    say(path, "loss", "add", f"recovery={plan}", f"item={water}", "quantity=40")
    return incident, depot


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_no_screen_in_chinese_counts_in_codes(empty: str, size: tuple[int, int]) -> None:
    stocked(empty)
    words.speak("zh")
    shown = {}
    async with on_duty(empty, size) as duty:
        for place in (
            "board",
            "incidents",
            "callups",
            "reserves",
            "needs",
            "items",
            "losses",
            "recovery",
            "plan",
            "charts",
        ):
            shown[place] = await walk.opened(duty, place)
            shown[f"{place} opened"] = await walk.pressed(duty, "enter")
        for name, keys in (("candidates", "o"), ("order", "oo"), ("gate", "i"), ("planned", "!")):
            await walk.opened(duty, "incidents")
            shown[name] = await walk.pressed(duty, *keys)
        await walk.opened(duty, "reserves")
        shown["form"] = await walk.pressed(duty, "e")
    found = {
        name: [line for line in text.splitlines() if CODES.search(TYPED.sub("", line))]
        for name, text in shown.items()
    }
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert "箱" in shown["reserves"] and "件" in shown["reserves"] and "870 箱" in shown["candidates"]


def test_a_unit_is_typed_in_either_language_and_kept_by_its_code(empty: str) -> None:
    incident, depot = stocked(empty)
    words.speak("zh")
    run = runner(["--store", empty])
    units = {row["name"]: row["unit"] for row in say(empty, "item", "list")}
    assert (units["瓶装水"], units["手电"]) == ("box", "pcs")
    water = next(row["id"] for row in say(empty, "item", "list") if row["name"] == "瓶装水")
    for typed in ("box", "箱"):
        assert run(["incident", "need", incident, f"{water}>=300{typed}"]).code == 0
        listed = run(["reserve", "list", f"unit={typed}"]).out
        assert "瓶装水" in listed and "箱" in listed and "box" not in listed
        assert run(["reserve", "move", "--qty", f"5{typed}", "--reason", "x", depot, water]).code == 0
        assert run(["item", "set", water, f"unit={typed}"]).code == 0
    # A sheet says it in the words of a screen, and names the item that is there.
    sheet = pathlib.Path(empty).parent / "items.csv"
    sheet.write_text("名称,单位\n瓶装水,箱\n手电,件\n手电,个\n", encoding="utf-8")
    taken = json.loads(run(["item", "import", str(sheet), "--json"]).out)
    assert (taken["new"], taken["changed"], taken["same"]) == (1, 0, 2)
    told = json.loads(run(["item", "show", water, "--json"]).out)
    assert told["unit"] == "box"
