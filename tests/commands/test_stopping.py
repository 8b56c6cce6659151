"""What goes on until it is stopped ends whenever the signal comes."""

from __future__ import annotations

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
