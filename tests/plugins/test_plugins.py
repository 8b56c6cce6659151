"""Plugins of others, through real entry points: a tiny installed distribution on the path of a process."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from emergency.plugins import Hooks
from emergency.store.creating import create


class Result(NamedTuple):
    """What a process left behind."""

    code: int
    out: str
    err: str


#: Runs command lines one after another in one process: starting python is most of what a command costs.
WORKER = """
import io, json, sys
from emergency.commands import run
pipe, answers = sys.stdin, sys.stdout
for line in pipe:
    arguments, given = json.loads(line)
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8")
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        code = run(arguments)
    except SystemExit as leaving:
        code = leaving.code
    print(json.dumps([code, sys.stdout.getvalue(), sys.stderr.getvalue()]), file=answers, flush=True)
"""


class Machine:
    """A store, and a folder of installed plugins."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.site = folder / "site"
        self.site.mkdir()
        self.heard = folder / "heard.ndjson"
        self.environ = {
            **os.environ,
            "PYTHONPATH": str(self.site),
            "EMERGENCY_STORE": str(folder / "station.db"),
            "EMERGENCY_NOW": "2026-07-31T08:00:00+08:00",
            "EMERGENCY_LANG": "en",
            "EMERGENCY_OFFICER": "王小明",
            "HEARD": str(self.heard),
        }
        self.folder = folder
        self._worker: subprocess.Popen[str] | None = None

    def install(self, name: str, source: str, point: str = "") -> None:
        """Install a distribution of one module that names an entry point of ours."""
        self.stop()
        (self.site / f"{name}.py").write_text(source, encoding="utf-8")
        info = self.site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[emergency]\n{name} = {point or name}\n")

    def stop(self) -> None:
        """End the process; the next command starts another, which finds what is installed then."""
        if self._worker is not None:
            self._worker.communicate(timeout=30)
            self._worker = None

    def __call__(self, *arguments: str, stdin: str = "") -> Result:
        if self._worker is None:
            self._worker = subprocess.Popen(
                [sys.executable, "-c", WORKER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self.environ,
                cwd=self.folder,
                text=True,
            )
        assert self._worker.stdin is not None and self._worker.stdout is not None
        self._worker.stdin.write(json.dumps([arguments, stdin]) + "\n")
        self._worker.stdin.flush()
        return Result(*json.loads(self._worker.stdout.readline()))

    def done(self, *arguments: str, stdin: str = "") -> Result:
        result = self(*arguments, stdin=stdin)
        assert result.code == 0, (arguments, result)
        return result

    def events(self) -> list[Any]:
        """What the listening plugin wrote down."""
        return [json.loads(line) for line in self.heard.read_text(encoding="utf-8").splitlines()]


LISTENER = """
import json, os
from emergency.plugins import hookimpl

@hookimpl
def emergency_event(store, event):
    teams = store.rows("SELECT count(*) AS n FROM team")[0]["n"]
    with open(os.environ["HEARD"], "a", encoding="utf-8") as file:
        file.write(json.dumps([event.command, event.who, event.op, event.facts, teams], ensure_ascii=False) + "\\n")
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with a fresh store, made once."""
    folder = tmp_path_factory.mktemp("fresh")
    create(str(folder / "station.db"), station="FT", region="110106", name="丰台", who="王小明").close()
    return folder


@pytest.fixture
def machine(tmp_path: pathlib.Path, fresh: pathlib.Path) -> Iterator[Machine]:
    """A machine with a fresh store and no plugin yet."""
    for file in fresh.iterdir():
        shutil.copy2(file, tmp_path / file.name)
    machine = Machine(tmp_path)
    yield machine
    machine.stop()


def test_a_plugin_is_found_by_the_program_as_it_is_installed(machine: Machine) -> None:
    """The one test of this file that starts the program itself."""
    machine.install("listener", LISTENER)
    machine.install("broken", "raise RuntimeError('no')")
    done = subprocess.run(
        [sys.executable, "-m", "emergency", "team", "add", "name=甲队"],
        capture_output=True,
        text=True,
        env=machine.environ,
        cwd=machine.folder,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "registered Team FT-1\n")
    assert done.stderr == "plugin broken is skipped: RuntimeError: no\n"
    assert [e[0] for e in machine.events()] == ["team add"]


def test_a_plugin_of_twenty_lines_hears_of_every_write(machine: Machine) -> None:
    machine.install("listener", LISTENER)
    machine.done("team", "add", "name=房山排水一队", "strength=20")
    machine.done("incident", "open", "洪水", "--scenario", "flood", "--level", "II", "--region", "110111")
    order = json.loads(machine.done("callup", "issue", "--incident", "FT-2", "--team", "FT-1", "--json").out)
    machine.done("callup", "ack", order["id"])
    machine.done("duty", "report", "FT-1", "--readiness", "ready", "--headcount", "9")
    events = machine.events()
    assert [e[0] for e in events] == [
        "team add",
        "incident open",
        "callup issue",
        "callup ack",
        "duty report",
    ]
    assert {e[1] for e in events} == {"王小明"}
    assert events[0][3] == [["new", "team", "FT-1", {"name": "房山排水一队", "strength": 20}]]
    assert events[2][2] == order["op"]
    assert ["step", f"{order['id']}/1", "ack"] in [f[:3] for f in events[3][3]]
    # It is told after the write: what it reads of the store is what was written.
    assert events[0][4] == 1


def test_it_hears_of_imports_and_batches_once_each_with_their_facts(machine: Machine) -> None:
    machine.install("listener", LISTENER)
    (machine.folder / "teams.csv").write_text("队伍名称\n甲队\n乙队\n", encoding="utf-8")
    machine.done("team", "import", "teams.csv")
    machine.done("incident", "open", "洪水", "--scenario", "flood", "--level", "II", "--region", "110111")
    rows = "ref,incident,team\nA,FT-3,FT-1\nB,FT-3,FT-9\nC,FT-3,FT-2\n"
    assert machine("callup", "batch", "-", stdin=rows).code == 5
    commands = [e[0] for e in machine.events()]
    assert commands == ["team import", "incident open", "callup batch"]
    imported, _opened, batch = machine.events()
    assert [f[:2] for f in imported[3]] == [["new", "team"]] * 2
    assert sum(f[:2] == ["new", "callup"] for f in batch[3]) == 2


def test_it_does_not_hear_of_what_was_not_written(machine: Machine) -> None:
    machine.install("listener", LISTENER)
    machine.done("team", "add", "name=甲队", "--dry-run")
    machine.done("team", "list")
    assert machine("team", "set", "FT-9", "strength=3").code == 3
    assert machine("team", "add", "strength=3").code == 2
    (machine.folder / "teams.csv").write_text("队伍名称,队伍总人数\n甲队,x\n", encoding="utf-8")
    assert machine("team", "import", "teams.csv", "--dry-run").code == 5
    assert machine("team", "import", "teams.csv").code == 5
    assert machine("callup", "batch", "-", "--atomic", stdin="incident,team\nFT-9,FT-9\n").code == 1
    assert not machine.heard.exists()
    machine.done("team", "add", "name=甲队")
    assert len(machine.events()) == 1


def test_a_plugin_adds_a_command(machine: Machine) -> None:
    machine.install(
        "greeter",
        "import click\nfrom emergency.plugins import hookimpl\n"
        "@click.command()\n@click.argument('name')\ndef hello(name):\n    'Greet.'\n    click.echo(f'hello {name}')\n"
        "@hookimpl\ndef emergency_commands():\n    return {'hello': hello}\n",
    )
    assert machine.done("hello", "丰台").out == "hello 丰台\n"
    assert machine("hello").code == 2
    assert "Greet" in machine.done("hello", "--help").out


def test_a_plugin_adds_a_reader_and_a_writer_of_files(machine: Machine) -> None:
    machine.install(
        "formats",
        """
from emergency.plugins import hookimpl

class Table:
    source, header, title, skipped, problems = "x", ["队伍名称"], [], [], []
    def __init__(self, path): self.path = path
    def rows(self):
        from emergency.plugins.sheets.rows import Row
        for n, line in enumerate(open(self.path, encoding="utf-8"), 1):
            yield Row(n, [line.strip()])
    def column_letter(self, i): return "A"

def write(path, columns, rows):
    names = [row["name"] for row in rows]
    open(path, "w", encoding="utf-8").write("|".join(names))
    return len(names)

@hookimpl
def emergency_importers():
    return {"list": lambda path, **options: Table(path)}

@hookimpl
def emergency_exporters():
    return {"pipe": write}
""",
    )
    (machine.folder / "teams.list").write_text("甲队\n乙队\n", encoding="utf-8")
    machine.done("team", "import", "teams.list")
    machine.done("team", "export", "out.pipe")
    assert (machine.folder / "out.pipe").read_text(encoding="utf-8") == "甲队|乙队"
    assert "pipe" in machine("team", "export", "out.none").err


@pytest.mark.parametrize(
    ("source", "point"),
    [
        ("raise RuntimeError('broken at import')", ""),
        ("import a_module_that_is_not_there", ""),
        ("this is no python", ""),
        ("import sys; sys.exit(3)", ""),
        ("x = 1", "broken:missing"),
        (
            "from emergency.plugins import hookimpl\n@hookimpl\ndef emergency_event(store, event, colour): pass",
            "",
        ),
        ("from emergency.plugins import hookimpl\n@hookimpl\ndef emergency_no_such_hook(): pass", ""),
    ],
    ids=[
        "raises",
        "import error",
        "syntax error",
        "exits",
        "no such object",
        "unknown argument",
        "unknown hook",
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_named_and_skipped(
    machine: Machine, source: str, point: str
) -> None:
    machine.install("broken", source, point)
    machine.install("listener", LISTENER)
    result = machine.done("team", "add", "name=甲队", "--json")
    assert json.loads(result.out)["id"] == "FT-1"
    if "no_such_hook" not in source:
        assert "broken" in result.err and "Traceback" not in result.err
        assert len(result.err.splitlines()) == 1
    assert [e[0] for e in machine.events()] == ["team add"]
    rows = {r["name"]: r for r in json.loads(machine.done("plugin", "list", "--json").out)}
    assert rows["listener"]["state"] == "ok"
    if "no_such_hook" not in source:
        assert rows["broken"]["state"] == "skipped" and rows["broken"]["error"]


@pytest.mark.parametrize("error", ["RuntimeError('\\x1b[2J out of ideas')", "SystemExit(9)", "KeyError('x')"])
def test_a_plugin_that_fails_in_a_hook_is_named_and_the_others_are_told(machine: Machine, error: str) -> None:
    machine.install(
        "failing",
        f"from emergency.plugins import hookimpl\n@hookimpl\ndef emergency_event(store, event):\n    raise {error}\n",
    )
    machine.install("listener", LISTENER)
    result = machine.done("team", "add", "name=甲队")
    assert "failing" in result.err and "Traceback" not in result.err and "\x1b" not in result.err
    assert len(machine.events()) == 1
    assert machine.done("team", "list", "--fields", "id").out.split()[-1] == "FT-1"


@pytest.mark.parametrize("answer", ["3", "['x']", "{'x': 3}", "None"])
def test_a_plugin_that_answers_nonsense_does_not_take_the_program_down(machine: Machine, answer: str) -> None:
    hooks = "".join(
        f"@hookimpl\ndef {hook}():\n    return {answer}\n"
        for hook in (
            "emergency_commands",
            "emergency_importers",
            "emergency_exporters",
            "emergency_scenarios",
        )
    )
    machine.install("strange", f"from emergency.plugins import hookimpl\n{hooks}")
    result = machine.done("plugin", "list", "--json")
    assert {"strange", "sheets"} <= {r["name"] for r in json.loads(result.out)}
    (machine.folder / "teams.csv").write_text("队伍名称\n甲队\n", encoding="utf-8")
    machine.done("team", "import", "teams.csv")
    machine.done("team", "export", "out.csv")
    assert machine("no-such-command").code == 2


def test_the_list_of_plugins_tells_the_hooks_of_each(machine: Machine) -> None:
    assert [r["name"] for r in json.loads(machine.done("plugin", "list", "--json").out)] == ["sheets"]
    machine.install("listener", LISTENER)
    rows = {r["name"]: r for r in json.loads(machine.done("plugin", "list", "--json").out)}
    assert rows["listener"] == {"name": "listener", "hooks": ["emergency_event"], "state": "ok", "error": ""}
    assert rows["sheets"]["hooks"] == ["emergency_exporters", "emergency_importers"]
    assert "listener" in machine.done("plugin", "list").out


def test_a_command_that_needs_no_hooks_loads_no_plugin(machine: Machine) -> None:
    machine.install("loud", "import sys; print('I was loaded', file=sys.stderr)")
    for line in (["--help"], ["--version"], ["team", "--help"], ["team", "list"], ["callup", "list"], ["journal", "verify"],
                 ["help", "time"]):  # fmt: skip
        assert "I was loaded" not in machine.done(*line).err, line
    assert "I was loaded" in machine.done("team", "add", "name=甲队").err


def test_the_public_names_are_those_that_are_documented() -> None:
    import emergency.plugins

    assert emergency.plugins.__all__ == sorted(emergency.plugins.__all__)
    for name in emergency.plugins.__all__:
        assert hasattr(emergency.plugins, name)
    for name in (n for n in vars(Hooks) if n.startswith("emergency_")):
        assert getattr(Hooks, name).__doc__, name
