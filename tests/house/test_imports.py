"""Imports go one way: commands, tui, plugins -> store; never back, never sideways."""

from __future__ import annotations

import ast
import contextlib
import os
import pathlib
import pty
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from emergency.store.creating import create

ROOT = pathlib.Path(__file__).parents[2]
PARTS = ("commands", "plugins", "store", "tui")
#: Who may import what besides itself. Anything of `emergency` not named here may not be.
ALLOWED = {"store": set(), "commands": {"store", "plugins"}, "plugins": {"store"}, "tui": {"store"}}
#: Modules that are a server, or reckon with arrays: what they import is an extra, and nobody else imports them
#: at once.
WITH_EXTRA = (
    "plugins/hub/app.py",
    "plugins/hub/deadlines.py",
    "plugins/hub/serving.py",
    "plugins/planner/branching.py",
    "plugins/planner/covering.py",
    "plugins/planner/covermodel.py",
    "plugins/planner/covernear.py",
    "plugins/planner/coverswaps.py",
    "plugins/planner/median.py",
    "plugins/planner/radius.py",
    "plugins/planner/stagebound.py",
    "plugins/planner/swaps.py",
    *(f"plugins/planner/{name}.py" for name in ("branching", "covering", "covermodel", "coverswaps")),
    *(f"plugins/planner/{name}.py" for name in ("median", "radius", "stagebound", "swaps")),
    "plugins/web/entering.py",
    "plugins/web/serving.py",
    "plugins/web/sitting.py",
)
#: The command line opens the screens, runs a line for them, or lists their keys, and only when asked.
DOORS = tuple(f"commands/{name}.py" for name in ("screens", "demo", "inside", "keys"))


class Import(NamedTuple):
    """One import of one module, and whether it waits until a function is called, or is for checkers only."""

    file: str
    line: int
    module: str
    lazy: bool


def imports(part: str) -> Iterator[Import]:
    """Every import in the files of a part; `from emergency import x` as emergency.x."""
    for path in sorted((ROOT / part).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        within = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            else:
                assert node.level == 0, f"{path}:{node.lineno} is a relative import"
                names = [f"{node.module}.{a.name}" for a in node.names]
            for name in names:
                yield Import(str(path.relative_to(ROOT)), node.lineno, name, id(node) in within)


def part_of(module: str) -> str:
    """`store` of emergency.store.x; "" of anything not ours."""
    first, _dot, rest = module.partition(".")
    return rest.split(".")[0] if first == "emergency" else ""


@pytest.mark.parametrize("part", PARTS)
def test_imports_go_one_way(part: str) -> None:
    wrong = []
    for found in imports(part):
        target = part_of(found.module)
        if target not in PARTS or target == part or target in ALLOWED[part]:
            continue
        if target == "tui" and found.file in DOORS and found.lazy:
            continue
        wrong.append(f"{found.file}:{found.line} imports {found.module}")
    assert wrong == []


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_imported_by_its_bare_name(part: str) -> None:
    bare = [f for f in imports(part) if f.module.split(".")[0] in (*PARTS, "tests")]
    assert bare == []


def test_the_store_knows_no_terminal() -> None:
    terminal = [
        f
        for f in imports("store")
        if f.module.split(".")[0] in ("click", "rich", "textual", "readline", "curses")
        # How wide a character is drawn is a fact of text, and rich has the table.
        and not (f.lazy and f.module.startswith("rich.cells."))
    ]
    assert terminal == []


@pytest.mark.parametrize("part", PARTS)
def test_only_what_is_declared_is_imported(part: str) -> None:
    """A library that is used is named in pyproject.toml; what is an extra is imported when it is needed."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = {names(d) for d in project["dependencies"]}
    extras = {names(d) for k, ds in project["optional-dependencies"].items() if k != "dev" for d in ds}
    for found in imports(part):
        top = found.module.split(".")[0]
        if top in sys.stdlib_module_names or top in ("emergency", "compression", *core):
            continue
        assert top in extras, found
        assert found.lazy or found.file in WITH_EXTRA, found


def test_what_needs_an_extra_is_imported_only_when_it_is_used() -> None:
    modules = {f"emergency.{file.removesuffix('.py').replace('/', '.')}" for file in WITH_EXTRA}
    eager = [
        f
        for part in PARTS
        for f in imports(part)
        if not f.lazy and f.file not in WITH_EXTRA and any(f.module.startswith(m) for m in modules)
    ]
    assert eager == []


def names(requirement: str) -> str:
    """The module of a requirement: `sqlite-utils>=4` is sqlite_utils."""
    import re

    distribution = re.split(r"[<>=!~\[; ]", requirement)[0]
    return {
        "python-calamine": "python_calamine",
        "charset-normalizer": "charset_normalizer",
        "backports.zstd": "backports",
    }.get(distribution, distribution.replace("-", "_"))


#: What `emergency --help` has no business to load.
HEAVY = (
    "textual",
    "rich",
    "httpx",
    "sqlite_utils",
    "cryptography",
    "pypinyin",
    "pluggy",
    "openpyxl",
)


def ran(code: str) -> subprocess.CompletedProcess[str]:
    """What a Python of its own says of this."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["team", "--help"], ["callup", "issue", "--help"]]
)
def test_help_imports_little(words: list[str]) -> None:
    heavy = [*HEAVY, "sqlite3"] if words == ["--help"] else [*HEAVY]
    code = (
        "import sys\nfrom emergency.commands import run\n"
        f"code = run({words!r})\n"
        f"print([m for m in {heavy!r} if m in sys.modules], file=sys.stderr)\nsys.exit(code)"
    )
    result = ran(code)
    assert result.returncode == 0, result.stderr
    assert result.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [["team", "list"], ["callup", "list"], ["board", "--plain"], ["need", "list"], ["incident", "list"]],
)
def test_looking_imports_nothing_that_writes(words: list[str], tmp_path: pathlib.Path) -> None:
    create(str(tmp_path / "s.db"), station="FT", region="110106", name="丰台", who="x").close()
    writing = ["fold", "chains", "journal", "writer", "writing"]
    code = (
        "import sys\nfrom emergency.commands import run\n"
        f"code = run(['--store', {str(tmp_path / 's.db')!r}, *{words!r}])\n"
        f"print([m for m in {writing!r} if 'emergency.store.' + m in sys.modules], file=sys.stderr)\nsys.exit(code)"
    )
    result = ran(code)
    assert result.returncode == 0, result.stderr
    assert result.stderr.strip().splitlines()[-1] == "[]"


def test_the_screens_import_nothing_that_writes_before_they_stand() -> None:
    code = (
        "import sys\nimport emergency.tui.app, emergency.tui.board\n"
        "print([m for m in ('journal', 'fold', 'chains', 'writer') if 'emergency.store.' + m in sys.modules])"
    )
    result = ran(code)
    assert result.stdout.strip() == "[]", result.stderr


@pytest.mark.parametrize("words", [[], ["board"]])
def test_the_screens_stand_without_click(words: list[str], tmp_path: pathlib.Path) -> None:
    create(str(tmp_path / "s.db"), station="FT", region="110106", name="丰台", who="x").close()
    told = tmp_path / "told"
    code = (
        f"import pathlib, sys\nfrom emergency.commands import run\ncode = run({words!r})\n"
        f"pathlib.Path({str(told)!r}).write_text('click' if 'click' in sys.modules else 'none')\nsys.exit(code)"
    )
    here, there = pty.openpty()
    environ = {**os.environ, "EMERGENCY_STORE": str(tmp_path / "s.db"), "TERM": "xterm-256color"}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=there, stdout=there, stderr=there, cwd=ROOT, env=environ
    ) as process:
        os.close(there)
        drawn = b""
        # A terminal whose program has gone reads as an error.
        with contextlib.suppress(OSError):
            while piece := os.read(here, 65536):
                asked, drawn = b"FT  " in drawn, drawn + piece
                if b"FT  " in drawn and not asked:
                    os.write(here, b"q")
        os.close(here)
    assert (process.returncode, told.read_text()) == (0, "none"), drawn


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_the_root_help_imports_no_command(words: list[str]) -> None:
    code = (
        "import sys\nfrom emergency.commands import run\n"
        f"run({words!r})\n"
        "print(sorted(m for m in sys.modules if m.startswith('emergency.commands.')), file=sys.stderr)"
    )
    result = ran(code)
    loaded = set(ast.literal_eval(result.stderr.strip()))
    assert loaded <= {f"emergency.commands.{m}" for m in ("catalog", "ending", "front", "layout", "session")}
