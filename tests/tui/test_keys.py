"""Keys of a person's own, and what the terminal, the line to it and its colours ask for."""

from __future__ import annotations

import asyncio
import os
import pathlib
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region

from emergency.plugins import Line, Screen
from emergency.store.errors import BadSettings
from emergency.store.store import Store
from emergency.tui import style, themes
from emergency.tui.actions import actions
from emergency.tui.actions.keymap import FORBIDDEN, check, mapped, plain, read, usable
from emergency.tui.actions.kinds import shown
from emergency.tui.lists import place
from emergency.tui.panel import Panel

from . import stage
from .screen import on_duty
from .terminal import on_terminal

ROOT = pathlib.Path(__file__).parents[2]
IDS = [action.id for action in actions()]


def codes(keymap: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(p.action, p.code) for p in check(keymap, actions())]


def test_the_programs_own_keys_are_allowed_and_no_two_are_the_same() -> None:
    assert codes({action.id: action.keys for action in actions()}) == []


@pytest.mark.parametrize("key", [*FORBIDDEN, "alt+x", "super+x", "ctrl+alt+x"])
def test_keys_that_never_arrive_are_refused(key: str) -> None:
    assert codes({"accept": (key,)}) == [("accept", "forbidden-key")]


@pytest.mark.parametrize("key", ["hyperkey", "", "ctrl+", "f13", "ctrl+ctrl+x", " "])
def test_what_is_no_key_is_refused(key: str) -> None:
    assert ("accept", "not-a-key") in codes({"accept": (key,)})


def test_a_clash_is_named_by_the_one_whose_keys_are_a_persons_own() -> None:
    assert codes({"up": ("a",)}) == [("up", "clash")]
    assert codes({"accept": ("question_mark",)}) == [("accept", "clash")]
    assert codes({"accept": ("x",), "decline": ("a",)}) == []
    assert codes({"nothing": ("a",)}) == [("nothing", "unknown-action")]


@given(st.dictionaries(st.sampled_from([*IDS, "nothing"]), st.lists(st.sampled_from(["a", "x", "é", "?", "f5", "ctrl+b", "ctrl+t"]), min_size=1, max_size=2).map(tuple), max_size=5))  # fmt: skip
def test_what_is_used_of_a_key_map_has_nothing_wrong_with_it(keymap: dict[str, tuple[str, ...]]) -> None:
    kept = usable(keymap, actions())
    assert check(kept, actions()) == []
    assert kept == keymap or check(keymap, actions()) != []
    keys = [
        (action.picture, plain(key))
        for action in mapped(actions(), kept)
        for key in dict.fromkeys(map(plain, action.keys))
    ]
    assert len(keys) == len(set(keys))


@given(st.text(max_size=40))
def test_any_file_is_read_or_refused_with_a_reason(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-keys.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        keymap, _problems = read(str(path))
    except BadSettings:
        return
    assert all(isinstance(key, str) for keys in keymap.values() for key in keys)


def test_keys_are_shown_as_they_are_printed() -> None:
    assert [shown(k) for k in ("ctrl+q", "shift+tab", "question_mark", "f1", "k", "K", "pageup", "+")] == [
        "Ctrl+Q", "Shift+Tab", "?", "F1", "k", "K", "PgUp", "+",
    ]  # fmt: skip


async def test_a_persons_own_key_does_it_and_the_old_one_does_not(busy: str) -> None:
    async with on_duty(
        busy,
        keymap={
            "accept": ("A",),
            "help": ("f5",),
            "down": ("down", "N"),
            "state_need": ("plus",),
            "check": ("f8",),
        },
    ) as duty:
        assert "F5 keys" in duty.text
        await duty.press("a")
        assert "accepted: How word came" not in duty.text
        assert "accepted: How word came" in await duty.press("A")
        await duty.press("escape", "question_mark")
        assert "> Needs a person now" in duty.text
        assert "- Keys" in await duty.press("f5")
        await duty.press("escape")
        assert "> ! contested" in await duty.press("N")


async def test_a_line_of_a_key_map_that_is_wrong_changes_nothing(busy: str) -> None:
    async with on_duty(busy, keymap={"accept": ("ctrl+b",), "leave": ("j",)}) as duty:
        assert "accepted: How word came" in await duty.press("a")


# -- screens of plugins ---------------------------------------------------------------------------


def silent(store: Store) -> list[Line]:
    rows = store.rows("SELECT id, name FROM team WHERE radio IS NULL ORDER BY id")
    return [Line((row["id"], row["name"]), "ask", ("team", row["id"])) for row in rows]


def broken(store: Store) -> list[Line]:
    raise ValueError(f"nothing of {stage.HOSTILE}")


async def test_a_plugins_screen_has_its_key_its_tab_and_its_place_in_the_palette(busy: str) -> None:
    more = [place(Screen("silent", "No radio", ("Team", "Name"), silent, "f8", ("team", "list")))]
    async with on_duty(busy, (120, 24), more=more) as duty:
        assert "F8 No radio" in duty.text or "F8No radio" in duty.text
        await duty.press("f8")
        shown_ = await duty.until("> No radio: 4")
        assert "\x1b" not in shown_ and "\\x1b[2J" in shown_
        await duty.press("home", "enter")
        await duty.until("> Team FT-2")
        await duty.press("1", "colon")
        await duty.type("no radio")
        assert "emergency team list" in await duty.until("No radio")
        await duty.press("enter")
        await duty.until("> Team FT-2")


async def test_a_plugin_takes_no_key_of_the_program_and_breaks_nothing(busy: str) -> None:
    more = [place(Screen("bad", "Bad", (), broken, "1")), place(Screen("teams", "Mine", (), silent, "f2"))]
    async with on_duty(busy, more=more) as duty:
        assert "Bad" not in duty.text and "Mine" not in duty.text
        await duty.press("colon")
        await duty.type("bad")
        await duty.press("enter")
        shown_ = await duty.until("ValueError")
        assert "\x1b" not in shown_
        await duty.press("4")
        await duty.until("> Teams")


# -- colours, lines, terminals --------------------------------------------------------------------


async def test_a_key_goes_through_the_colours_and_every_state_is_told_in_all(busy: str) -> None:
    async with on_duty(busy) as duty:
        first = duty.text
        seen = [duty.app.theme]
        for _name in themes.NAMES:
            await duty.press("T")
            seen.append(duty.app.theme)
        assert seen == [*themes.NAMES, themes.NAMES[0]]
        duty.app.clear_notifications()
        await duty.pilot.pause()
        assert duty.text == first


async def test_other_colours_reach_every_list_at_once(busy: str) -> None:
    """Also those whose tones are the screen's: what was painted before is painted anew."""

    def titles() -> list[object]:
        lines = [p.render_lines(Region(0, 0, p.size.width, 1))[0] for p in duty.app.screen.query(Panel)]
        return [line._segments[0].style for line in lines]

    async with on_duty(busy) as duty:
        before = titles()
        await duty.press("T")
        await duty.pilot.pause()
        assert all(was != now for was, now in zip(before, titles(), strict=True))


@pytest.mark.parametrize("name", ["deuteranopia", "contrast", "ansi-light"])
async def test_the_environment_names_the_colours(
    busy: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGENCY_THEME", name)
    async with on_duty(busy) as duty:
        assert duty.app.theme == name


def test_no_two_tones_of_the_colour_blind_set_are_red_and_green() -> None:
    theme = themes.DEUTERANOPIA
    for colour in (theme.success, theme.warning, theme.error):
        assert colour is not None
    assert theme.success is not None and theme.error is not None
    # What deuteranopia leaves apart is blue against yellow: good is blue, late is not.
    blue = {
        name: int(value[5:7], 16) - int(value[1:3], 16)
        for name, value in (("good", theme.success), ("late", theme.error))
    }
    assert blue["good"] > 100 > -100 > blue["late"]


@pytest.mark.parametrize(
    ("environ", "thin"),
    [
        ({}, False),
        ({"SSH_CONNECTION": "a b"}, True),
        ({"EMERGENCY_LOW_BANDWIDTH": "1"}, True),
        ({"SSH_CONNECTION": "a b", "EMERGENCY_LOW_BANDWIDTH": "0"}, False),
    ],
)
def test_a_thin_line_is_known(environ: dict[str, str], thin: bool) -> None:
    assert style.thin_line(environ) is thin


def test_what_a_person_set_for_textual_stays() -> None:
    environ = {"TEXTUAL_FPS": "5"}
    style.prepare(environ, thin=True)
    assert environ["TEXTUAL_FPS"] == "5"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"


async def test_copying_reaches_the_terminal_through_tmux(busy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_duty(busy) as duty:
        sent: list[str] = []
        driver = duty.app._driver
        assert driver is not None
        monkeypatch.setattr(driver, "write", sent.append)
        await duty.press("y")
        monkeypatch.setenv("TMUX", "/some/socket,1,0")
        await duty.press("y")
        copies = [s for s in sent if "]52;" in s]
        assert re.fullmatch(r"\x1b\]52;c;[\w+/=]+\x07", copies[0])
        assert copies[1] == "\x1bPtmux;\x1b" + copies[0] + "\x1b\\"
        assert duty.toasts[-1] == duty.app.clipboard


async def test_a_line_that_would_drive_a_terminal_is_shown_and_not_copied(busy: str) -> None:
    async with on_duty(busy) as duty:
        duty.app.hand_over("emergency team show '\x1b[201~rm'")
        await duty.until(lambda: bool(duty.toasts))
        assert duty.app.clipboard == ""
        assert "\\x1b[201~" in duty.toasts[0]


async def test_the_first_bytes_mend_a_terminal_that_was_left_broken(busy: str) -> None:
    """On a real terminal: mouse reports and the alternate screen are off before anything else is written."""
    import pty

    here, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "emergency", "--store", busy, "board", "--low-bandwidth"],
        stdin=there, stdout=there, stderr=there, cwd=ROOT, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(there)
    drawn = b""
    try:
        async with asyncio.timeout(60):
            while re.search(rb"Needs a person now: [1-9]", drawn) is None:
                drawn += await asyncio.to_thread(os.read, here, 65536)
            os.write(here, b"q")
            while process.poll() is None:
                try:
                    drawn += await asyncio.to_thread(os.read, here, 65536)
                except OSError:
                    break
    finally:
        process.kill() if process.poll() is None else None
        process.wait(30)
        os.close(here)
    assert drawn.startswith(style.MEND.encode())
    for number in (1000, 1002, 1003, 1006, 1049, 2004):
        assert f"\x1b[?{number}l" in style.MEND
    # The terminal's own sixteen colours: no true colour on a thin line.
    assert b"[38;2;" not in drawn and b";38;2;" not in drawn


def test_a_terminal_that_goes_away_without_a_word_ends_the_program(busy: str) -> None:
    """It has no signal for us: what reads from it would read its end for ever, and take a core."""
    with on_terminal(busy) as terminal:
        assert terminal.hang_up() == 0
