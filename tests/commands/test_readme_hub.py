"""The README's lines for two desks and a hub, typed into a shell as a newcomer would."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def lines(name: str) -> str:
    """The shell block of README.md under this mark."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- tested: {name} -->\n```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_two_desks_double_book_see_it_and_settle_it(tmp_path: pathlib.Path) -> None:
    script = lines("two-desks").replace("hub serve --no-log", "hub serve --no-log --port 0")
    program = tmp_path / "bin" / "emergency"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m emergency "$@"\n')
    program.chmod(0o755)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("EMERGENCY_")}
    done = subprocess.run(
        ["bash", "-c", "set -e\ntrap 'kill $HUB 2>/dev/null || true' EXIT\n" + script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
        env={
            **kept,
            "PATH": f"{program.parent}:{kept['PATH']}",
            "PYTHONPATH": str(ROOT),
            "EMERGENCY_HOME": str(tmp_path / "home"),
            "EMERGENCY_LANG": "en",
        },
    )
    assert done.returncode == 0, done.stderr
    contested = [line for line in done.stdout.splitlines() if "FT-3/1 | HD-2/1" in line]
    assert len(contested) == 1
    assert "2 contested" not in done.stdout
    assert done.stdout.count("1 contested: emergency conflict list") >= 2
    assert "HD-2/1 keeps it, FT-3/1 is superseded" in done.stdout
    assert "nothing stands against anything" in done.stderr
