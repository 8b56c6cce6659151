"""The program on a real terminal: what it sends, byte by byte, and what a terminal makes of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pyte

ROOT = pathlib.Path(__file__).parents[2]
#: Seconds without a byte that are rest, and those after which a test fails.
REST, PATIENCE = 0.6, 60.0


class Terminal:
    """A terminal of so many columns and lines with the program on it."""

    def __init__(self, columns: int, lines: int, *words: str, **environ: str) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        #: All that was sent.
        self.sent = b""
        self._here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        kept = {k: v for k, v in os.environ.items() if k not in ("TMUX", "COLORTERM", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "emergency", *words],
            stdin=there, stdout=there, stderr=there, cwd=ROOT, start_new_session=True,
            env={**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environ},
        )  # fmt: skip
        os.close(there)

    def read(self, seconds: float = REST) -> int:
        """Take what comes until nothing has for so long; how many bytes there were."""
        before, end = len(self.sent), time.monotonic() + PATIENCE
        while time.monotonic() < end and select.select([self._here], [], [], seconds)[0]:
            try:
                came = os.read(self._here, 65536)
            except OSError:
                break
            if not came:
                break
            self.sent += came
            self._stream.feed(came)
        return len(self.sent) - before

    def until(self, words: str) -> str:
        """The screen, once these words stand on it and it has come to rest."""
        end = time.monotonic() + PATIENCE
        while words not in self.text:
            assert time.monotonic() < end and self.process.poll() is None, self.text
            self.read(0.05)
        self.read()
        return self.text

    def press(self, keys: str | bytes) -> int:
        """Bytes that these keys, sent at once, make the program send."""
        os.write(self._here, keys if isinstance(keys, bytes) else keys.encode())
        return self.read()

    @property
    def text(self) -> str:
        """What stands on it, without blanks at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.screen.display) + "\n"

    def hang_up(self) -> int:
        """Go away without a word, as a window that is torn down; the code that the program ends with."""
        os.close(self._here)
        self._here = -1
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """End the program."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        if self._here >= 0:
            os.close(self._here)


@contextlib.contextmanager
def on_terminal(
    path: str, *words: str, columns: int = 80, lines: int = 24, **environ: str
) -> Iterator[Terminal]:
    """The screens over a store, once they are at rest."""
    terminal = Terminal(columns, lines, "--store", path, "board", *words, **environ)
    try:
        terminal.until("1Board" if columns < 100 else "1 Board")
        yield terminal
    finally:
        terminal.close()
