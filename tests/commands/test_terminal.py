"""What a terminal is given: nothing that drives it, nothing wider than it, in any form of output."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from emergency.store.text import cells
from tests.commands.conftest import Officer, Stage, harmless

EVIL = "\x1b]0;x\x07\x9b31m\u202e邪队"


def on_a_terminal(
    desk: Officer, *arguments: str, columns: int = 80, program: str = "", **environ: str
) -> tuple[int, list[str]]:
    """Run it with both streams on a terminal of that width; its exit code and what was drawn."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, *([program] if program else ["-m", "emergency"]), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=there,
        stderr=there,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), **environ},
        cwd=desk.store.parent,
    )
    os.close(there)
    drawn = b""
    while True:
        try:
            part = os.read(here, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        drawn += part
    os.close(here)
    return process.wait(60), drawn.decode().replace("\r\n", "\n").splitlines()


@pytest.fixture
def evil(desk: Officer) -> Officer:
    """A station with a team whose name would drive a terminal."""
    desk.add("team", f"name={EVIL}", f"radio={EVIL}")
    return desk


LINES = (
    ["team", "list"],
    ["team", "list", "--csv"],
    ["team", "list", "--tsv"],
    ["team", "list", "--json"],
    ["team", "list", "--ndjson"],
    ["team", "list", "--wide"],
    ["team", "export", "-"],
    ["journal", "log", "--json"],
    ["team", "show", EVIL],
    ["team", "show", f"{EVIL}?"],
    ["team", "history", "FT-7", "--csv"],
)


def test_no_form_of_output_drives_a_terminal(evil: Officer) -> None:
    """All of them in one process: what counts is that its streams are a terminal."""
    script = evil.store.parent / "lines.py"
    script.write_text(
        "import sys\nfrom emergency.commands import run\n"
        f"for line in {LINES!r}:\n    print('$', len(line), run(line), flush=True)\n",
        encoding="utf-8",
    )
    code, drawn = on_a_terminal(evil, program=str(script))
    assert code == 0
    assert [text.split()[2] for text in drawn if text.startswith("$ ")] == ["0"] * 9 + ["3", "0"]
    assert [text for text in drawn if not harmless(text)] == []
    assert sum("邪队" in text for text in drawn) >= 9


def test_json_and_csv_still_say_exactly_what_is_kept(evil: Officer) -> None:
    import csv
    import io
    import json

    _code, drawn = on_a_terminal(evil, "team", "list", "--json")
    assert EVIL in [row["name"] for row in json.loads("\n".join(drawn))]
    assert EVIL in [row["name"] for row in evil.done("team", "list", "--json").json]
    rows = csv.DictReader(io.StringIO(evil.process("team", "list", "--csv").out, newline=""))
    assert EVIL in [row["name"] for row in rows]


def test_a_table_fits_its_terminal_and_says_where_it_is_cut(desk: Officer) -> None:
    desk.add("team", f"name={'很长的名字' * 20}")
    for columns in (80, 120):
        code, drawn = on_a_terminal(desk, "team", "list", columns=columns)
        assert code == 0
        assert max(map(cells, drawn)) <= columns
        assert any("~" in text or "…" in text for text in drawn)
    _code, drawn = on_a_terminal(desk, "team", "list", "--wide")
    assert any("很长的名字" * 20 in text for text in drawn)


def test_after_a_change_a_person_is_told_how_to_take_it_back(desk: Officer) -> None:
    _code, drawn = on_a_terminal(desk, "team", "set", Stage.DRAINERS, "strength=21")
    assert drawn[0] == f"changed Team {Stage.DRAINERS}"
    op = drawn[1].split()[-1]
    assert drawn[1] == f"take it back: emergency undo {op}"
    desk.done("undo", op)
    assert desk.show("team", Stage.DRAINERS)["strength"] == 20
    _code, drawn = on_a_terminal(desk, "--quiet", "team", "set", Stage.DRAINERS, "strength=21")
    assert len(drawn) == 1


def test_nobody_is_told_to_undo_what_is_not_undone(desk: Officer) -> None:
    order = desk.issue("--incident", Stage.INCIDENT, "--team", Stage.DRAINERS)
    for step in ("ack", "cancel"):
        _code, drawn = on_a_terminal(desk, "callup", step, order)
        assert order in drawn[0] and not [text for text in drawn if "undo" in text]


@pytest.mark.parametrize("name", ["NO_COLOR", "TERM"])
def test_no_colour_where_none_is_wanted(desk: Officer, name: str) -> None:
    for line in (["callup", "list"], ["--help"]):
        if name == "TERM":
            _code, drawn = on_a_terminal(desk, *line, TERM="dumb", NO_COLOR="")
        else:
            _code, drawn = on_a_terminal(desk, *line, NO_COLOR="1")
        assert not any("\x1b" in text for text in drawn)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    "words",
    [
        ["board"],
        [],
        ["incident", "open", "积水", "--scenario", "waterlogging", "--level", "III", "--region", "110106"],
    ],
    ids=" ".join,
)
def test_a_stream_that_is_closed_leads_nowhere_and_no_file_takes_its_place(
    desk: Officer, closed: str, words: list[str]
) -> None:
    before = int(desk("journal", "verify").out.split()[0])
    ended = subprocess.run(
        ["sh", "-c", f'exec "$0" -m emergency "$@" {closed}', sys.executable, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, "EMERGENCY_STORE": str(desk.store), "EMERGENCY_LANG": "en"},
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert (">&-" in closed.split()) <= (ended.stdout == b"")
    assert desk("journal", "verify").out.startswith(f"{before + bool('open' in words)} entries, all whole")
