"""The last line of a screen names keys that do something there, how to know more, and how to get away."""

from __future__ import annotations

import pathlib

import pytest

from emergency.commands.inside import runner
from emergency.store import words
from emergency.store.store import Store
from emergency.store.text import cells
from emergency.tui.actions.keymap import plain
from emergency.tui.actions.pictures import CHARTS, MAP, in_picture
from emergency.tui.form import FormScreen
from tests.plugins import hubs

from . import walk
from .flood import flooded
from .screen import Duty, on_duty


def foot(duty: Duty) -> str:
    return duty.text.splitlines()[-1]


def idle(duty: Duty) -> list[str]:
    """What the last line names though its key can do nothing now, and why."""
    against: dict[str, list[str]] = {}
    for action in duty.app.actions:
        said = f"{action.shown.split(' ')[0]} {action.label}"
        reason = action.why_not(duty.app.screen.asked_by(action))  # type: ignore[attr-defined]
        against.setdefault(said, []).append(reason)
    named = [said for said in foot(duty).strip().split("  ") if said in against]
    return [f"{said}: {against[said]}" for said in named if all(against[said])]


def wrong(duty: Duty) -> list[str]:
    """What is wrong with the last line of the screen on top."""
    line, action = foot(duty), duty.app.action
    there = [f"{action(name).shown.split(' ')[0]} {action(name).label}" for name in ("help", "leave")]
    out = [] if cells(line) <= 80 and "~" not in line else [f"too long: {line}"]
    if walk.typing(duty):
        # Letters go into a field.
        out += [f"{name} in {line}" for name in there if name in line]
        there = [f"Esc {words._('back')}"]
    elif duty.app.screen.id == "plan" or "Esc " in line:
        there = there[:1]
    out += [f"no {name} in {line}" for name in there if name.split("/")[0] not in line]
    out += idle(duty)
    if "Tab " in line and len(duty.app.screen.focus_chain) < 2:
        out.append(f"nowhere to go: {line}")
    return out


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_foot_of_every_screen_is_true_in_the_smallest_terminal(demo: str, language: str) -> None:
    words.speak(language)
    found = {}
    async with on_duty(demo) as duty:
        for place in walk.PLACES:
            await walk.opened(duty, place)
            found[place] = wrong(duty)
            await walk.pressed(duty, "enter")
            await walk.quiet(duty)
            found[f"{place} opened"] = wrong(duty)
        for key in ("question_mark", "f1"):
            await walk.opened(duty, "board")
            await walk.pressed(duty, key)
            found[key] = wrong(duty)
        await walk.opened(duty, "teams")
        for key in ("n", "e"):
            await walk.pressed(duty, key)
            assert isinstance(duty.app.screen, FormScreen)
            found[f"form {key}"] = wrong(duty)
            assert "F2 " in foot(duty)
            await walk.pressed(duty, "escape")
    assert [said for said in found.items() if said[1]] == []


async def test_the_foot_of_a_plan_desk_without_a_plan_names_no_key_that_needs_one(
    flood: str,
) -> None:
    needing = ("F2 drafts", ", style", "- without", "Tab lists")
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        assert all(key in foot(duty) for key in needing)
    runner(["--store", flood])(["incident", "close", flooded(flood)])
    async with on_duty(flood) as duty:
        await walk.opened(duty, "plan")
        assert not any(key in foot(duty) for key in needing)
        assert all(key in foot(duty) for key in ("r plan anew", "e options", "? keys", "q back"))


async def test_the_foot_of_orders_from_a_file_names_keys_of_rows_where_there_are_rows(
    busy: str, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "orders.csv").write_text("ref,incident,equipment\nA1,FT-10,FT-9\n", encoding="utf-8")
    async with on_duty(busy) as duty:
        await walk.opened(duty, "board")
        await walk.pressed(duty, "B")
        assert "F2" not in foot(duty) and "F3" not in foot(duty) and wrong(duty) == []
        await duty.paste(str(tmp_path / "orders.csv"))
        await walk.pressed(duty, "enter")
        assert all(key in foot(duty) for key in ("F5", "F2 order them", "F3", "F4", "Esc back"))
        assert "~" not in foot(duty)


async def test_the_foot_of_a_conflict_in_full_names_the_key_that_decides_it(busy: str) -> None:
    async with on_duty(busy) as duty:
        await walk.opened(duty, "conflicts")
        await walk.pressed(duty, "enter")
        assert "What to type:" in duty.text and wrong(duty) == []
        assert foot(duty).startswith(" K decide a conflict")
        await walk.pressed(duty, "K")
        assert walk.typing(duty)


@pytest.mark.parametrize("place", ["sync", "teams"])
async def test_what_the_screen_of_a_list_does_with_files_a_record_in_full_does_not_and_its_help_says_so(
    busy: str, tmp_path: pathlib.Path, place: str
) -> None:
    store = Store(busy)
    with hubs.local(tmp_path) as hub:
        hub.enrol(store)
    store.close()
    async with on_duty(busy) as duty:
        await walk.opened(duty, place)
        assert await here(duty, "import", "export") == [True, True]
        await walk.pressed(duty, "enter")
        assert wrong(duty) == []
        if place == "sync":
            assert foot(duty).startswith(" H sync now")
        assert await here(duty, "import", "export") == [False, False]


async def here(duty: Duty, *names: str) -> list[bool]:
    """Whether the help of the screen on top tells these keys as such that can be used there."""
    await walk.pressed(duty, "question_mark")
    out = []
    for name in names:
        await walk.pressed(duty, *duty.app.action(name).label.partition(" ")[0])
        out.append(f"{duty.app.action(name).label} (not on this screen)" not in duty.text)
        await walk.pressed(duty, *["backspace"] * 10)
    await walk.pressed(duty, "escape")
    return out


async def test_the_foot_of_a_picture_names_its_own_keys_and_so_does_the_help_there(busy: str) -> None:
    async with on_duty(busy, (160, 48)) as duty:
        await walk.opened(duty, "map")
        assert "Enter details" not in foot(duty), "nothing is picked"
        await walk.pressed(duty, "n")
        assert "Enter details" in foot(duty)
        for place, key in (("map", "n next thing"), ("charts", "n next chart")):
            await walk.opened(duty, place)
            assert key in foot(duty) and "Tab" not in foot(duty)
            shown = await walk.pressed(duty, "question_mark", *key.partition(" ")[2])
            assert "n " in shown and key.partition(" ")[2] in shown and "not on this screen" not in shown


async def test_a_persons_own_key_goes_to_the_next_chart(busy: str) -> None:
    async with on_duty(busy, keymap={"next_chart": ("f8",), "map_all": ("f9",)}) as duty:
        await walk.opened(duty, "charts")
        assert "F8 next chart" in foot(duty)
        await walk.pressed(duty, "f8")
        assert "Deployment" in duty.text


@pytest.mark.parametrize("name", [MAP, CHARTS])
def test_no_two_keys_of_a_picture_are_the_same(name: str) -> None:
    keys = [plain(key) for action in in_picture(name) for key in action.keys]
    assert keys and len(keys) == len(set(keys))


async def test_no_foot_of_an_empty_store_names_a_key_that_can_do_nothing_yet(empty: str) -> None:
    found = {}
    async with on_duty(empty) as duty:
        for place in walk.PLACES:
            await walk.opened(duty, place)
            found[place] = wrong(duty)
    assert [said for said in found.items() if said[1]] == []
