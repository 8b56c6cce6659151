"""What goes on until it is stopped ends whenever the signal comes; and what is no interruption is not called one."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from tests.store import stations

#: A handler runs between two lines of whatever it interrupts, those of a wait too: an Event waits for its own lock there.
BETWEEN = """
import sys
from emergency.commands.stopping import Stop

def waited(stop, line):
    passed = 0
    def between(_frame, event, _told):
        nonlocal passed
        passed += event == "line"
        if event == "line" and passed == line:
            stop.ask(15, None)
        return between
    sys.settrace(between)
    try:
        stop.wait(0.01)
    finally:
        sys.settrace(None)
    return passed

line = 1
while line <= waited(stop := Stop(), line):
    assert stop.wait() and stop.wait(0), line
    line += 1
print(line > 3)
"""


def test_a_signal_at_any_moment_of_a_wait_is_heard() -> None:
    said = subprocess.run(
        [sys.executable, "-c", BETWEEN],
        env=stations.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.stdout == "True\n", said.stderr


def test_a_compiled_file_of_ours_that_was_cut_short_is_no_interruption(tmp_path: pathlib.Path) -> None:
    """As a disk that was full may leave one."""
    words = stations.command(str(tmp_path / "x.db"), "team", "list")
    env = stations.environment(
        EMERGENCY_LANG="en", PYTHONPYCACHEPREFIX=str(tmp_path / "compiled"), PYTHONDONTWRITEBYTECODE=""
    )
    assert subprocess.run(words, env=env, capture_output=True).returncode == 78
    (cut,) = (tmp_path / "compiled").rglob("commands/register.*.pyc")
    cut.write_bytes(cut.read_bytes()[:60])
    said = subprocess.run(words, env=env, capture_output=True, text=True)
    assert said.returncode == 1
    assert "this is a fault of the program: " in said.stderr and "interrupted" not in said.stderr
    pathlib.Path(said.stderr.split()[-1]).unlink()
