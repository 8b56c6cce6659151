"""Help, versions, typos, streams and exit codes: what belongs to no one command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import click
import pytest

from emergency.commands import front, layout
from emergency.commands.catalog import commands
from emergency.store.errors import Exit
from tests.commands.conftest import Officer
from tests.store.stations import environment


def every_command() -> Iterator[tuple[str, ...]]:
    """The words of every command and verb."""
    import importlib

    yield ()
    for name, entry in commands().items():
        yield (name,)
        command = importlib.import_module(f"emergency.commands.{entry.module}").cli
        if isinstance(command, click.Group):
            for verb in command.commands:
                yield (name, verb)


EVERY = sorted(every_command())


def test_short_help_is_still_known_once_the_whole_command_line_was_told() -> None:
    # In a process of its own: a command keeps its option for help as it was first asked for, as on the screens.
    code = "from emergency.commands import run; run(['spec', '--json']); raise SystemExit(run(['team', 'list', '-h']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_has_help_in_80_columns(bare: Officer, words: tuple[str, ...]) -> None:
    short, long = bare.done(*words, "-h"), bare.done(*words, "--help")
    assert short.out == long.out and long.err == ""
    assert long.out.startswith("Usage: emergency " + " ".join(words))
    lines = long.out.splitlines()
    assert len(lines) > 3
    body = [line for line in lines[1:] if line.strip()]
    assert body[0].strip() and not body[0].startswith("Options")
    for line in lines:
        assert layout.width(line) <= 80, line
    assert not any(line.rstrip() != line for line in lines), "trailing blanks"


@pytest.mark.parametrize(
    "words", [(), ("team",), ("team", "import"), ("callup", "batch"), ("callup", "issue")], ids=" ".join
)
def test_help_begins_with_what_it_does_and_has_examples(bare: Officer, words: tuple[str, ...]) -> None:
    out = bare.done(*words, "--help").out
    if len(words) != 1:
        assert "Examples:" in out and out.index("Examples:") < out.index("Options:")


def test_every_option_says_what_it_is(bare: Officer) -> None:
    def walk(described: Any) -> Iterator[Any]:
        yield described
        for below in described.get("commands", []):
            yield from walk(below)

    spec = bare.done("spec", "--json").json
    assert [entry["command"] for entry in spec] == [f"emergency {name}" for name in commands()]
    silent = []
    for entry in spec:
        for described in walk(entry):
            assert described["help"], described["command"]
            assert {"command", "help", "parameters"} <= set(described)
    import importlib

    for name, entry_ in commands().items():
        group = importlib.import_module(f"emergency.commands.{entry_.module}").cli
        for command in [group, *getattr(group, "commands", {}).values()]:
            for parameter in command.params:
                if isinstance(parameter, click.Option) and not parameter.hidden and not parameter.help:
                    silent.append(f"{name} {command.name} {parameter.opts[0]}")
    assert silent == []


def test_the_help_lists_every_command_in_its_group(bare: Officer) -> None:
    out = bare.done("--help").out
    for name, entry in commands().items():
        assert f"  {name} " in out
        assert entry.help.split()[0] in out
    for heading in ("Incidents and orders", "Registers", "Journal and store", "Other"):
        assert heading in out


def test_without_a_terminal_the_bare_command_prints_its_help(bare: Officer) -> None:
    assert bare.done().out == bare.done("--help").out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["tem", "list"], "team"),
        (["equipement"], "equipment"),
        (["callups", "list"], "callup"),
        (["team", "lst"], "list"),
        (["callup", "isue"], "issue"),
        (["team", "list", "--regoin", "11"], "--region"),
        (["callup", "issue", "--teem", "x"], "--team"),
        (["help", "exitcodes"], "exit-codes"),
    ],
)
def test_a_typo_is_answered_with_the_nearest(bare: Officer, typed: list[str], meant: str) -> None:
    said = bare.refused(2, *typed)
    assert meant in said


def test_a_name_is_not_shortened(bare: Officer) -> None:
    for words in (["tea", "list"], ["team", "li"], ["team", "list", "--reg", "11"]):
        assert bare(*words).code == 2, words


@pytest.mark.parametrize("topic", ["exit-codes", "environment", "formats", "time"])
def test_topics(bare: Officer, topic: str) -> None:
    assert topic in bare.done("help").out
    assert len(bare.done("help", topic).out) > 100


def test_exit_codes_are_told_as_they_are(bare: Officer) -> None:
    rows = [line.split(None, 1) for line in bare.done("help", "exit-codes").out.splitlines()]
    assert [int(code) for code, _what in rows] == [int(code) for code in Exit]
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 4, 5, 75, 77, 78, 130]


def test_environment_names_every_variable_that_is_read(bare: Officer) -> None:
    import re

    from tests.commands.conftest import ROOT

    read = set()
    for folder in ("commands", "store", "plugins", "tui"):
        for path in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r"\bEMERGENCY_[A-Z_]+", path.read_text(encoding="utf-8")))
    told = bare.done("help", "environment").out
    assert sorted(name for name in read if name not in told) == []


def test_version_says_what_a_fault_report_needs(bare: Officer) -> None:
    import platform
    import sqlite3

    import emergency
    from emergency.store.database import JOURNAL_VERSION

    store = f"store {JOURNAL_VERSION}"
    out = bare.done("--version").out
    for part in (emergency.__version__, platform.python_version(), sqlite3.sqlite_version, store):
        assert part in out
    assert len(out.splitlines()) == 1


# -- languages ---------------------------------------------------------------------------------------------


def test_chinese_help_is_laid_out_in_cells() -> None:
    """Every command's, in one process that speaks Chinese from its start."""
    code = (
        "import contextlib, io, json, sys\nfrom emergency.commands import run\n"
        "for words in json.load(sys.stdin):\n    run(['--lang', 'zh', *words, '--help'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(EVERY), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) > 1000
    assert [line for line in lines if layout.width(line) > 80] == []


def test_labels_follow_the_language_and_data_does_not(desk: Officer) -> None:
    zh = desk.done("--lang", "zh", "team", "list").out
    assert "队伍名称" in zh and "房山排水一队" in zh
    assert "Name" in desk.done("team", "list").out
    assert desk.done("--lang", "zh", "team", "list", "--csv").out == desk.done("team", "list", "--csv").out
    assert desk("--lang", "fr", "team", "list").code == 2


# -- streams -------------------------------------------------------------------------------------------------


def test_a_reader_that_goes_away_ends_it_quietly(desk: Officer) -> None:
    for n in range(30):
        desk.add("team", f"name={'长' * 400}{n}")
    command = (
        f"{sys.executable} -m emergency team list --json | head -c 100 >/dev/null; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() in ("0", "141")
    assert done.stderr == ""


def test_chinese_on_a_terminal_that_cannot_show_it_does_not_crash(desk: Officer) -> None:
    result = desk.process("team", "list", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (result.code, result.err) == (0, "")


def test_ctrl_c_is_one_line_and_nothing_is_written(desk: Officer) -> None:
    entries = desk.entries()
    process = subprocess.Popen(
        [sys.executable, "-m", "emergency", "callup", "batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write("incident,team\n" + "FT-6,FT-1\n" * 20_000)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    assert desk.entries() == entries


def test_no_colour_and_no_escape_leaves_a_pipe(desk: Officer) -> None:
    for line in (
        ["team", "list"],
        ["callup", "list"],
        ["board"],
        ["--help"],
        ["team", "show", "FT-1"],
        ["doctor"],
    ):
        assert "\x1b" not in desk.done(*line).out


def test_a_fault_of_the_program_is_one_line_a_file_and_exit_1(
    say: Officer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from emergency.commands import run

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("\x1b[2Jno")

    monkeypatch.setattr("emergency.commands.register.stream", broken)
    assert run(["team", "list"]) == Exit.REFUSED
    err = capsys.readouterr().err
    path = err.split("details are in ")[1].strip()
    assert "\x1b" not in err and len(err.splitlines()) == 2
    with open(path, encoding="utf-8") as file:
        assert "ZeroDivisionError" in file.read()
    os.remove(path)
    with pytest.raises(ZeroDivisionError):
        run(["--debug", "team", "list"])


def test_errors_are_json_for_a_script_that_asked_for_json(desk: Officer) -> None:
    for code, name, words in (
        (3, "no-such-record", ["team", "show", "没有"]),
        (2, "invalid-value", ["equipment", "list", "--where", "drainage>="]),
        (1, "illegal-step", ["callup", "arrive", desk.issue("--incident", "FT-6", "--team", "FT-1")]),
        (78, "bad-store", ["--store", "/nowhere/x.db", "team", "list"]),
    ):
        result = desk(*words, "--json")
        assert result.code == code
        error = json.loads(result.err)
        assert error["error"] == name and error["message"]


# -- what is imported ------------------------------------------------------------------------------------------


def loaded(*arguments: str, **environ: str) -> set[str]:
    """The modules that a command line has imported when it ends."""
    code = (
        "import sys\nfrom emergency.commands import run\ntry:\n    run(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environ},
    )
    return set(done.stderr.split())


#: Of our own modules, what the help may import: the table of commands, the root, and the words.
LIGHT = {
    "emergency", "emergency.commands", "emergency.commands.catalog",
    "emergency.commands.ending", "emergency.commands.front", "emergency.commands.layout",
    "emergency.commands.session", "emergency.store", "emergency.store.errors", "emergency.store.words",
}  # fmt: skip
HEAVY = {
    "sqlite3", "rich", "textual", "sqlite_utils", "pluggy", "httpx", "cryptography", "pypinyin", "openpyxl", "python_calamine",
    "charset_normalizer", "importlib.metadata", "asyncio", "ssl", "multiprocessing", "concurrent.futures",
}  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], []], ids=["--help", "-h", "bare"])
def test_help_imports_next_to_nothing(arguments: list[str]) -> None:
    modules = loaded(*arguments)
    ours = {m for m in modules if m == "emergency" or m.startswith("emergency.")}
    assert ours <= LIGHT, sorted(ours - LIGHT)
    assert not modules & HEAVY, sorted(modules & HEAVY)


def test_completion_imports_no_command() -> None:
    modules = loaded(_EMERGENCY_COMPLETE="bash_complete", COMP_WORDS="emergency te", COMP_CWORD="1")
    assert not {m for m in modules if m.startswith("emergency.commands.")} - LIGHT
    assert not modules & HEAVY - {"asyncio"}


def test_completion_answers_with_commands_verbs_and_options(bare: Officer) -> None:
    def complete(words: str) -> list[str]:
        result = bare.process(
            _EMERGENCY_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1)
        )
        return [line.split(",", 1)[1] for line in result.out.splitlines()]

    assert complete("emergency te") == ["team"]
    assert set(complete("emergency ")) >= set(commands())
    assert "list" in complete("emergency team l")
    assert "--region" in complete("emergency team list --r")


def test_one_command_imports_no_other_and_no_screens(desk: Officer) -> None:
    modules = loaded("team", "list", "--json")
    own = {m.split(".")[2] for m in modules if m.startswith("emergency.commands.")}
    assert not own & (set(commands()) - {"team"}), own
    assert not {m for m in modules if m.startswith("emergency.tui")}
    assert not modules & {
        "textual",
        "httpx",
        "sqlite_utils",
        "pluggy",
        "pypinyin",
        "cryptography",
        "openpyxl",
    }


def test_the_table_of_commands_is_true() -> None:
    import importlib

    for name, entry in commands().items():
        command = importlib.import_module(f"emergency.commands.{entry.module}").cli
        assert command.name == name
    assert isinstance(front.cli, click.Group)
