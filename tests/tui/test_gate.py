"""Arrivals at the gate of a site, and orders from a file: by keys and by the command line."""

from __future__ import annotations

import json
import pathlib

from textual import events

from emergency.commands.inside import runner
from emergency.store.errors import Exit
from emergency.store.store import Store
from emergency.tui.gate import Field, GateScreen

from . import desk
from .screen import Duty, on_duty


async def gate(duty: Duty) -> GateScreen:
    await duty.press("2")
    await duty.until(lambda: getattr(duty.app.focused, "target", None) is not None)
    await duty.press("i")
    await duty.until(lambda: isinstance(duty.app.screen, GateScreen) and bool(duty.app.screen.numbers))
    assert isinstance(duty.app.screen, GateScreen)
    return duty.app.screen


def typed(duty: Duty, text: str) -> None:
    """As a scanner types: all at once, with Enter at the end, waiting for nothing."""
    for character in text:
        duty.app.post_message(events.Key("minus" if character == "-" else character, character))
    duty.app.post_message(events.Key("enter", "\r"))


async def test_thirty_tags_scanned_without_a_pause_are_all_checked_in(tmp_path: pathlib.Path) -> None:
    path, _incident, tags = desk.site(tmp_path, 30)
    async with on_duty(path) as duty:
        screen = await gate(duty)
        for tag in tags:
            typed(duty, tag)
        await duty.until(lambda: sum(scan.result == "arrived" for scan in screen.scans) == len(tags))
        assert [scan.text for scan in screen.scans] == tags
        assert screen.query_one(Field).value == ""
        await duty.until("here 30, expected 0")
        assert "Arrivals: 30, refused 0" in duty.text
    with Store(path) as store:
        assert store.rows("SELECT DISTINCT state FROM line") == [{"state": "on_scene"}]


async def test_lines_that_come_as_a_paste_are_scans_each_and_the_rest_waits_for_its_end(
    tmp_path: pathlib.Path,
) -> None:
    path, _incident, tags = desk.site(tmp_path, 4)
    async with on_duty(path) as duty:
        screen = await gate(duty)
        duty.app.post_message(events.Paste(f"{tags[0]}\r\n{tags[1]}\n{tags[2][:4]}"))
        await duty.until("here 2, expected 2")
        assert screen.query_one(Field).value == tags[2][:4]
        typed(duty, tags[2][4:])
        await duty.until("here 3, expected 1")
        assert [scan.text for scan in screen.scans] == tags[:3]


async def test_the_number_of_an_expected_line_and_enter_are_enough(tmp_path: pathlib.Path) -> None:
    path, _incident, _tags = desk.site(tmp_path, 12)
    async with on_duty(path) as duty:
        screen = await gate(duty)
        third = next(line for line, n in screen.numbers.items() if n == 3)
        fourth = next(line for line, n in screen.numbers.items() if n == 4)
        await duty.press("3", "enter", "4", "enter")
        await duty.until("here 2, expected 10")
        assert desk.state(path, third) == desk.state(path, fourth) == "on_scene"


async def test_what_is_unknown_or_not_ordered_is_said_noted_anyway_and_taken_back(busy: str) -> None:
    async with on_duty(busy) as duty:
        screen = await gate(duty)
        typed(duty, "NOPE")
        await duty.until("NOPE is in no register")
        await duty.press("f7")
        await duty.until("written into the log: NOPE")
        await duty.press("escape")
        screen = await gate(duty)
        typed(duty, "FT-9")
        await duty.until("nobody ordered it to FT-10")
        typed(duty, "FT-9")
        await duty.until(lambda: len(screen.scans) == 2 and screen.scans[1].result == "refused")
        await duty.press("f7")
        await duty.until("on scene, unrequested")
        line = screen.scans[-1].lines[0]
        assert desk.state(busy, line) == "on_scene"
        await duty.press("f6")
        assert await duty.ran(4) == ["callup", "mistaken", line]
        await duty.until("taken back")
        assert desk.state(busy, line) == "en_route"
    with Store(busy) as store:
        assert "NOPE" in store.rows("SELECT text FROM log WHERE kind='incident' AND id='FT-10'")[-1]["text"]


async def test_what_is_here_is_here_once_and_what_is_ordered_elsewhere_is_said(busy: str) -> None:
    run = runner(["--store", busy])
    taken = run(["callup", "issue", "--incident", "FT-11", "--equipment", "FT-9"])
    assert taken.code == 0
    async with on_duty(busy, (120, 40)) as duty:
        screen = await gate(duty)
        typed(duty, "FT-6")
        await duty.until("FT-6 was here already: FT-17/1")
        typed(duty, "FT-9")
        shown = await duty.until("is ordered to FT-11")
        assert "F7 notes it anyway" in shown
        await duty.press("f7")
        await duty.until(lambda: screen.scans[-1].result == "noted")
    with Store(busy) as store:
        row = store.row("equipment", "FT-9")
        assert row is not None and (row["custody"], row["custodian"]) == ("at_incident", "FT-10")


def test_the_command_line_checks_in_as_the_gate_does(tmp_path: pathlib.Path) -> None:
    path, incident, tags = desk.site(tmp_path, 3)
    run = runner(["--store", path])
    told = run(["incident", "check-in", incident, tags[0], "NOPE", "--json"])
    assert told.code == Exit.PARTLY_FAILED
    came = [json.loads(line) for line in told.out.splitlines()]
    assert [c["result"] for c in came] == ["arrived", "refused"]
    assert run(["incident", "check-in", incident, "NOPE"]).code == Exit.REFUSED
    line = came[0]["lines"][0]
    order = line.split("/")[0]
    assert run(["callup", "mistaken", line]).code == 0 and desk.state(path, line) == "en_route"
    assert run(["incident", "check-in", incident, order]).code == 0
    with Store(path) as store:
        assert store.rows("SELECT DISTINCT state FROM line") == [{"state": "on_scene"}]
    assert run(["incident", "check-in", incident, order]).out.endswith(f"{order}/1 {order}/2 {order}/3\n")


def test_a_line_that_nobody_answered_has_come_all_the_same(busy: str) -> None:
    run = runner(["--store", busy])
    assert run(["incident", "check-in", "FT-10", "FT-18"]).code == 0
    assert desk.state(busy, "FT-18/1") == "on_scene"
    assert run(["callup", "release", "FT-18/1"]).code == 0
    told = run(["incident", "check-in", "FT-10", "FT-18"])
    assert told.code == Exit.REFUSED and "is released" in told.out


# -- orders from a file ---------------------------------------------------------------------------

ROWS = """ref,incident,team,equipment,people,report_to
A1,FT-10,,FT-9,,北京南站
A2,FT-10,,FT-6,,北京南站
A3,FT-10,FT-1,,4,北京南站
"""


async def test_a_file_is_looked_at_ordered_and_ordered_once(busy: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(ROWS, encoding="utf-8")
    async with on_duty(busy, (120, 30)) as duty:
        await duty.press("B")
        await duty.paste(str(file))
        await duty.press("enter")
        shown = await duty.until("would be ordered: 2, ordered before: 0, refused: 1")
        assert "is claimed by FT-17/1" in shown
        assert duty.app.ran == []
        await duty.press("f2")
        await duty.until("y or Enter: yes")
        await duty.press("y")
        await duty.until("ordered: 2, ordered before: 0, refused: 1")
        await duty.press("f3", "f4")
        await duty.until(lambda: len(duty.toasts) >= 2)
        kept = (tmp_path / "orders.result.ndjson").read_text(encoding="utf-8")
        assert [json.loads(line)["status"] for line in kept.splitlines()] == ["ok", "failed", "ok"]
        assert duty.app.clipboard == kept.rstrip("\n")
        await duty.press("f5")
        await duty.until("would be ordered: 0, ordered before: 2, refused: 1")
        await duty.press("f2")
        await duty.until("y or Enter: yes")
        await duty.press("y")
        await duty.until("ordered: 0, ordered before: 2, refused: 1")
        await duty.press("f3")
        await duty.until(lambda: (tmp_path / "orders.result-2.ndjson").exists())
    with Store(busy) as store:
        assert len(store.rows("SELECT id FROM callup WHERE ref LIKE 'A%'")) == 2


def test_a_long_file_says_how_far_it_is(busy: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "ref,incident,team\n" + "".join(f"N{n},nowhere,FT-1\n" for n in range(120)), encoding="utf-8"
    )
    heard: list[str] = []
    told = runner(["--store", busy])(["callup", "batch", "--dry-run", "--json", str(file)], heard.append)
    assert heard == ["row 0 of 120", "row 50 of 120", "row 100 of 120"]
    assert len(told.out.splitlines()) == 120
    assert "row 50" not in told.err


async def test_a_file_that_cannot_be_read_is_said_to_be(busy: str, tmp_path: pathlib.Path) -> None:
    async with on_duty(busy, (120, 30)) as duty:
        await duty.press("B")
        await duty.paste(str(tmp_path / "none.csv"))
        await duty.press("enter")
        await duty.until("No such file")
        await duty.press("f3")
        assert duty.toasts[-1] == "there is no result yet"
