"""The main job in a real terminal: the installed program in tmux, driven by keys, read as a person reads it.

    python -m pytest -n0 -m slow tests/tui/test_tmux.py

What stood on the screen after each step is left in build/screens/, which git ignores.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from emergency.store.store import Store
from emergency.tui import style

from . import stage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("tmux") and shutil.which("bash")), reason="tmux or bash is not on this machine"
    ),
]
ROOT = pathlib.Path(__file__).parents[2]
PICTURES = ROOT / "build" / "screens"
PATIENCE = 60.0
#: What a question says that is answered by a key.
YES = "y or Enter: yes"


class Tmux:
    """A server of its own with one window of 80 by 24, in which a shell runs."""

    def __init__(self, folder: pathlib.Path, name: str) -> None:
        self._socket = str(folder / "tmux")
        self._name = name
        self._taken = 0
        self.environ = {k: v for k, v in os.environ.items() if k not in ("TMUX", "SSH_CONNECTION")}
        self.environ |= {"PYTHONPATH": str(ROOT), "PS1": "$ ", "LC_ALL": "C.UTF-8"}
        self.do("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "bash --norc --noprofile")

    def do(self, *words: str) -> str:
        """One command of tmux; what it prints."""
        done = subprocess.run(
            ["tmux", "-S", self._socket, *words],
            env=self.environ, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=True,
        )  # fmt: skip
        return done.stdout

    def type(self, text: str) -> None:
        """Letters, as they are."""
        self.do("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        """Keys by tmux's names: Enter, Escape, F2."""
        self.do("send-keys", *keys)

    def until(self, words: str, *, gone: bool = False) -> str:
        """The screen once these words stand on it, or no more; kept as a picture."""
        end = time.monotonic() + PATIENCE
        while ((words in (text := self.do("capture-pane", "-p"))) is gone) and time.monotonic() < end:
            time.sleep(0.05)
        self._taken += 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"{self._name}-{self._taken:02}.txt").write_text(text, encoding="utf-8")
        assert (words in text) is not gone, text
        return text

    def flag(self, name: str) -> str:
        """What tmux knows of the terminal: alternate_on, mouse_any_flag, cursor_flag."""
        return self.do("display-message", "-p", f"#{{{name}}}").strip()

    def close(self) -> None:
        """End the server."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.do("kill-server")


@pytest.fixture
def tmux(tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Iterator[Tmux]:
    terminal = Tmux(tmp_path, request.node.name.removeprefix("test_"))
    yield terminal
    terminal.close()


def start(tmux: Tmux, path: str) -> int:
    """`emergency board` typed into the shell, once it is drawn; its process."""
    told = pathlib.Path(path).with_name("pid")
    told.unlink(missing_ok=True)
    words = [sys.executable, "-m", "emergency", "--store", path, "--officer", "李雁", "board"]
    script = pathlib.Path(path).with_name("start.sh")
    script.write_text(f"echo $$ > {shlex.quote(str(told))}\nexec {shlex.join(words)}\n", encoding="utf-8")
    tmux.type(f"sh {shlex.quote(str(script))}")
    tmux.press("Enter")
    tmux.until("1Board")
    return int(told.read_text())


def answer(tmux: Tmux, key: str, *answers: tuple[str, str]) -> None:
    """A key, and each thing that it asks and that must be answered, once it does."""
    tmux.type(key)
    for asked, text in answers:
        tmux.until(asked)
        if text:
            tmux.type(text)
        tmux.press("Enter" if asked == YES else "F2")


def test_the_job_in_a_terminal(tmux: Tmux, busy: str) -> None:
    start(tmux, busy)
    tmux.until("Needs a person now: 5")
    tmux.type("3")
    tmux.until("-- 1-6/6")
    tmux.type(":")
    tmux.until("Found:")
    tmux.type("FT-18/1")
    tmux.until("FT-18/1")
    tmux.press("Escape")
    # Esc and a key right behind it would be Alt and that key.
    tmux.until("Found:", gone=True)
    tmux.press("Home")
    answer(tmux, "c", ("tried to reach:", "phone"))
    tmux.until("noted: try to reach")
    answer(tmux, "a", ("accepted:", "radio"))
    tmux.until("-> accepted")
    answer(tmux, "d", ("departed:", "radio"))
    tmux.until("-> en route")
    answer(tmux, "v", ("on scene:", "radio"))
    tmux.until("-> on scene")
    answer(tmux, "l", ("release:", ""))
    tmux.until("-> released")
    answer(tmux, "b", ("back home:", "phone"))
    tmux.until("-> returned")
    tmux.type("9")
    tmux.until("-- 1-3/3")
    tmux.press("Home")
    answer(tmux, "K", ("What stands", "HD-1"), ("Why", "told by phone"), (YES, ""))
    tmux.until("> equipment:FT-7", gone=True)
    tmux.type("2")
    tmux.until("> Incidents")
    tmux.press("Home")
    answer(tmux, "g", ("Log line", "水退了"))
    tmux.until("take it back")
    answer(tmux, "z", (YES, ""))
    tmux.until("undo")
    tmux.type("qq")
    tmux.until("1Board", gone=True)
    assert (tmux.flag("alternate_on"), tmux.flag("mouse_any_flag"), tmux.flag("cursor_flag")) == (
        "0",
        "0",
        "1",
    )
    tmux.type("echo still a shell")
    tmux.press("Enter")
    assert "\nstill a shell" in tmux.until("\nstill a shell")
    with Store(busy) as store:
        assert store.rows("SELECT state FROM line WHERE state='returned'")


def test_a_line_that_is_cut_leaves_a_terminal_as_it_was(tmux: Tmux, busy: str) -> None:
    process = start(tmux, busy)
    assert tmux.flag("alternate_on") == "1"
    os.kill(process, signal.SIGHUP)
    tmux.until("1Board", gone=True)
    assert (tmux.flag("alternate_on"), tmux.flag("mouse_any_flag"), tmux.flag("cursor_flag")) == (
        "0",
        "0",
        "1",
    )
    tmux.type("echo still a shell")
    tmux.press("Enter")
    tmux.until("\nstill a shell")


@pytest.mark.skipif(not pathlib.Path("/proc/self").exists(), reason="looks for the process in /proc")
def test_a_window_that_is_closed_ends_the_program(tmux: Tmux, busy: str) -> None:
    process = start(tmux, busy)
    tmux.do("kill-server")
    end = time.monotonic() + PATIENCE
    while pathlib.Path(f"/proc/{process}").exists():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_next_start_mends_what_kill_9_left(tmux: Tmux, busy: str) -> None:
    process = start(tmux, busy)
    os.kill(process, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while tmux.flag("pane_current_command") != "bash" and time.monotonic() < end:
        time.sleep(0.05)
    # Nobody could clean up: the alternate screen is still on, and the mouse.
    assert (tmux.flag("alternate_on"), tmux.flag("mouse_any_flag")) == ("1", "1")
    tmux.press("Enter")
    start(tmux, busy)
    tmux.type("q")
    tmux.until("1Board", gone=True)
    assert (tmux.flag("alternate_on"), tmux.flag("mouse_any_flag"), tmux.flag("cursor_flag")) == (
        "0",
        "0",
        "1",
    )
    assert style.MEND.startswith("\x1b[?1000l") and stage.NOW
