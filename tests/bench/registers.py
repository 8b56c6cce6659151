"""The screen of a register of a million items: first paint, memory, filter as one types, bytes on the line."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from emergency.store.store import Store
from emergency.tui.app import EmergencyApp
from emergency.tui.held import PAGE
from emergency.tui.registers import Register, RegisterScreen
from emergency.tui.source import Wanted

from .bulk import sheet
from .measure import EMERGENCY, ENVIRONMENT, PYTHON, run, seconds

PAGE_DOWN = b"\x1b[6~"
FEW, MANY = 1_000, 1_000_000
#: Typed letter by letter. Some are in every fifth item, some in ten, some in none.
TYPED = (
    "wajueji",
    "龙吸水2型",
    "X4 发电机",
    "region:110106 排水",
    "free drainage>=3000",
    "serviceable lxs",
    "京a99999",
    "EQ0777777",
    "nowhere",
)
#: Runs the screen of a register, or the board alone.
SCREEN = """
import sys
from emergency.tui.app import EmergencyApp
from emergency.tui.registers import RegisterScreen
class App(EmergencyApp):
    def on_mount(self):
        if sys.argv[2]: self.push_screen(RegisterScreen(sys.argv[2]))
App(sys.argv[1]).run()
"""


class Line(NamedTuple):
    """One line of the table: a figure and its goal, in words."""

    what: str
    figure: str
    goal: str = ""


def show(stores: Path) -> None:
    """Print the table; stores that are not there yet are made first, which takes a minute."""
    stores.mkdir(parents=True, exist_ok=True)
    few, many, empty = (_store(stores, count) for count in (FEW, MANY, 0))
    for line in measure(few, many, empty):
        print(f"{line.what:62} {line.figure:>16}   {line.goal}", flush=True)


def _store(folder: Path, count: int) -> str:
    path = folder / f"{count}.db"
    if not path.exists():
        ours = [*EMERGENCY, "--store", str(path)]
        run([*ours, "init", "--station", "FT", "--region", "110106", "--name", "bench"])
        if count:
            sheet(folder / f"{count}.csv", count)
            run([*ours, "equipment", "import", str(folder / f"{count}.csv")])
    Store(str(path)).close()
    return str(path)


def measure(few: str, many: str, empty: str) -> Iterator[Line]:
    """All of it."""
    paints = {path: [] for path in (few, many)}
    for _turn in range(9):
        for path, took in paints.items():
            took.append(asyncio.run(_first_paint(path)))
    small, large = (statistics.median(took) for took in paints.values())
    yield Line(f"first paint of {FEW:,}", f"{small * 1000:.0f} ms")
    yield Line(f"first paint of {MANY:,}", f"{large * 1000:.0f} ms")
    yield Line("  ratio", f"{large / small:.2f}", "1.5")
    yield from _typing(many)
    yield from _line(many, empty)


async def _first_paint(path: str) -> float:
    """From opening the screen until its first lines stand on it; the app is up, its board read."""
    app = EmergencyApp(path)
    async with app.run_test(size=(80, 24)) as pilot:
        while app.seen is None:
            await pilot.pause()
        start = time.perf_counter()
        screen = RegisterScreen("equipment")
        await app.push_screen(screen)
        while not screen.table.held.lines:
            await asyncio.sleep(0)
        # Not the pilot's pause, which waits for the counting behind the lines too.
        painted = asyncio.Event()
        screen.call_after_refresh(painted.set)
        await painted.wait()
        return time.perf_counter() - start


def _typing(path: str) -> Iterator[Line]:
    """From a filter to the lines that a screen shows first, for every letter of every filter."""
    register = Register("equipment")
    common: list[float] = []
    every: list[float] = []
    with Store(path) as store:

        def lines(text: str) -> int:
            try:
                return len(register.pages(store, Wanted(text)).after(None, PAGE))
            except Exception as error:  # noqa: BLE001 - half a filter is refused, which is an answer too
                return -1 if getattr(error, "at", None) is not None else 1 // 0

        index = "SELECT count(*) FROM equipment WHERE search IS NULL AND retired IS NULL"
        store.connection.execute(index).fetchone()
        bare = statistics.median(
            seconds(lambda: store.connection.execute(index).fetchone()) for _ in range(5)
        )
        for text in TYPED:
            for end in range(1, len(text) + 1):
                found = 0

                def ask(part: str = text[:end]) -> None:
                    nonlocal found
                    found = lines(part)

                took = seconds(ask)
                every.append(took)
                if found in (-1, PAGE):
                    common.append(took)
        counted = seconds(lambda: register.pages(store, Wanted("x4")).count())
        first = seconds(lambda: register.pages(store, Wanted()).after(None, PAGE))
        last = seconds(lambda: register.pages(store, Wanted()).before(None, PAGE))
    yield Line(f"the first {PAGE} lines, and the last", f"{first * 1000:.1f}, {last * 1000:.1f} ms")
    p95 = statistics.quantiles(every, n=20)[-1]
    yield Line(f"filter as one types, {len(every)} keys: p50", f"{statistics.median(every) * 1000:.0f} ms")
    yield Line("  p95", f"{p95 * 1000:.0f} ms", "100 ms")
    yield Line(
        f"  p95 where {PAGE} lines are found, {len(common)} keys",
        f"{statistics.quantiles(common, n=20)[-1] * 1000:.0f} ms",
        "100 ms",
    )
    yield Line(
        "  the longest / a bare walk over the index", f"{max(every) / bare:.1f} x {bare * 1000:.0f} ms"
    )
    yield Line("counting what a word lets through, behind the lines", f"{counted * 1000:.0f} ms")


class Terminal:
    """A program on a terminal of 80x24, at the far end of a slow line."""

    def __init__(self, path: str, kind: str) -> None:
        self._end, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = ENVIRONMENT | {"TERM": "xterm-256color", "SSH_CONNECTION": "10.0.0.1 22 10.0.0.2 22"}
        self.program = subprocess.Popen(
            [*PYTHON, "-c", SCREEN, path, kind], stdin=other, stdout=other, stderr=other, env=environment
        )
        os.close(other)

    def read(self, quiet: float) -> bytes:
        """All that comes until nothing has come for so many seconds."""
        out = b""
        while select.select([self._end], [], [], quiet)[0]:
            out += os.read(self._end, 65536)
        return out

    def until(self, words: bytes) -> None:
        """Until this has come, and then nothing more."""
        out = b""
        while words not in out:
            out += self.read(0.2)
        self.read(1.0)

    def press(self, keys: bytes) -> int:
        """How many bytes come back for these keys."""
        os.write(self._end, keys)
        # The end of a million may be a while in coming; then it is all there.
        select.select([self._end], [], [], 5.0)
        return len(self.read(0.5))

    def memory(self) -> float:
        """Megabytes that are resident."""
        status = Path(f"/proc/{self.program.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def close(self) -> None:
        """End it."""
        self.program.terminate()
        self.program.wait()
        os.close(self._end)


def _line(many: str, empty: str) -> Iterator[Line]:
    board = Terminal(empty, "")
    board.until(b"emergency demo")
    nothing = board.memory()
    board.close()
    register = Terminal(many, "equipment")
    try:
        register.until(b"1000000")
        moves = [register.press(b"j") for _ in range(15)]
        yield Line("bytes for one move of the cursor", f"{statistics.median(moves) / 1024:.2f} KB", "0.6 KB")
        yield Line("bytes for a page down", f"{register.press(PAGE_DOWN) / 1024:.1f} KB")
        yield Line("bytes for the end of a million", f"{register.press(b'G') / 1024:.1f} KB")
        yield Line("bytes while nothing happens, 5 s", f"{len(register.read(5.0))}", "0")
        register.press(b"g/lxs\r")
        register.press(PAGE_DOWN * 30)
        yield Line(
            f"memory of a register of {MANY:,}, above the board of none",
            f"{register.memory() - nothing:.0f} MB",
            "20 MB",
        )
        yield Line("  the board of none", f"{nothing:.0f} MB")
    finally:
        register.close()
