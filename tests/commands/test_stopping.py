"""What goes on until it is stopped ends whenever the signal comes; and what is no interruption is not called one."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from tests.store import stations

#: Signals that come around the moment at which a wait begins or ends: an Event hangs within a few thousand.
SIGNALS = """
import signal
from emergency.commands.stopping import Stop
for n in range(20_000):
    stop = Stop()
    signal.signal(signal.SIGALRM, stop.ask)
    signal.setitimer(signal.ITIMER_REAL, 0.000_03)
    while not stop.wait(0.000_01):
        pass
    assert stop.wait() and stop.wait(0)
print("all of them")
"""


def test_a_signal_at_any_moment_of_a_wait_is_heard() -> None:
    said = subprocess.run(
        [sys.executable, "-c", SIGNALS],
        env=stations.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.stdout == "all of them\n", said.stderr


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
