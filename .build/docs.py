"""Keeps the pages of docs/ and README.md true to the code.

    python .build/docs.py update [PAGE...]    write what follows from the code anew
    python .build/docs.py check [PAGE...]     exit 1, naming every page that is not current
    python .build/docs.py walkthrough         the same as update walkthrough.md
    ... --large                               the blocks marked large too: minutes, and a gigabyte of disk

board.svg and screens (the pictures of docs/screens/) can stand among the pages.

In a page, what stands between `<!-- made: NAME -->` and `<!-- /made -->` is made by the function of
that name below; the lines of a ```console block that begin with `$ ` are run, in order, in an empty
folder, and what they print is put under them. Clock and random numbers are fixed, so the same code
gives the same bytes.
"""

from __future__ import annotations

import difflib
import inspect
import itertools
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
#: Sheets that real people keep; they are read from beside the checkout and never copied into it.
DATA = ROOT.parent / "shared" / "data"
NOW = "2026-07-31T08:00:00+08:00"
#: The most lines shown of what one command prints, unless its block says `lines=N`.
LINES = 12
WALKTHROUGH = DOCS / "walkthrough.md"
SHEETS = (
    "usfa_registry_stations.csv",
    "sheets/us_redcross_vehicles.csv",
    "sheets/us_redcross_facilities.csv",
    "sheets/ph_dswd_warehouse_stock.csv",
    "sheets/derived_bj_hospitals_title_gb18030.csv",
)

os.environ.update(EMERGENCY_NOW=NOW, EMERGENCY_LANG="en", LC_ALL="C.UTF-8")
os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
for _name in ("EMERGENCY_STORE", "EMERGENCY_HOME", "EMERGENCY_OFFICER", "FORCE_COLOR", "SSH_CONNECTION"):
    os.environ.pop(_name, None)
sys.path.insert(0, str(ROOT))

from emergency.store import words  # noqa: E402  (the clock and the language come first)

words.speak("en")

import click  # noqa: E402
import pictures  # noqa: E402
from walkthrough_orders import write_batch  # noqa: E402

from emergency.commands import front  # noqa: E402
from emergency.commands.catalog import commands  # noqa: E402
from emergency.plugins.hooks import Hooks  # noqa: E402
from emergency.store import schema  # noqa: E402
from emergency.store.fold import Fold  # noqa: E402
from emergency.store.records import RECORDS, Field  # noqa: E402
from emergency.store.records import types as t  # noqa: E402
from emergency.store.records.steps import ENDED, STATES, STEPS  # noqa: E402
from emergency.tui.actions import Where, actions, briefly  # noqa: E402

# -- parts made from declarations -----------------------------------------------------------------


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in lines)


def states() -> str:
    """The states of a call-up line."""
    return _table(
        ("state", "English", "中文", "after it"),
        [
            (
                f"`{name}`",
                en,
                zh,
                "the claim has ended" if name in ENDED else "claims nothing yet" if name == "draft" else "",
            )
            for name, (en, zh) in STATES.items()
        ],
    )


def steps() -> str:
    """The steps of a call-up line."""
    return _table(
        ("step", "English", "中文", "from", "to", "kind"),
        [
            (
                f"`{s.name}`",
                s.en,
                s.zh,
                ", ".join(s.sources),
                s.target or "(the state stays)",
                "physical fact" if s.physical else "",
            )
            for s in STEPS.values()
        ],
    )


def diagram() -> str:
    """The steps that change a line's state, for Mermaid."""
    out = ["```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    for step in STEPS.values():
        out += [f"    {source} --> {step.target}: {step.name}" for source in step.sources if step.target]
    return "\n".join([*out, *(f"    {state} --> [*]" for state in ENDED), "```"])


def _type(field: Field) -> tuple[str, str]:
    """(type, unit, range or values) of a field, for a reader."""
    match field.type:
        case t.Flag():
            return "yes or no", ""
        case t.Choice(options=options):
            return "choice", ", ".join(f"`{code}` {en} {zh}" for code, (en, zh) in options.items())
        case t.Quantity(unit=unit):
            return "quantity", unit
        case t.Amount():
            return "quantity", "the record's own"
        case t.Integer(least=least, most=most):
            return "whole number", f"{least} to {most}"
        case t.Ref(kind=kind):
            return f"id: [{RECORDS[kind].en.lower()}](#{kind})", ""
        case t.Point():
            return "position", "WGS-84"
        case t.Time():
            return "time", "Beijing time"
        case t.Date():
            return "date", ""
        case t.Phone():
            return "telephone", ""
        case t.Unit():
            return "unit", "its symbol, or any other word"
    return "text", f"at most {field.type.limit} characters"


def _of_field(field: Field) -> tuple[str, ...]:
    words = ("required", "personal", "exact_site", "derived", "folded")
    marks = ", ".join(word.replace("_", " ") for word in words if getattr(field, word))
    return (f"`{field.name}`", field.en, field.zh, *_type(field), marks, field.help)


def records() -> str:
    """Every kind of record and its fields."""
    out = []
    for record in RECORDS.values():
        same = [f"The same thing as another with equal {', '.join(f'`{s}`' for s in record.same)}."]
        named = [f"Named by its id, or by {', '.join(f'`{n}`' for n in record.names)}."]
        out.append(
            f"## {record.noun}\n\n{record.en}, {record.zh}. "
            + " ".join((named if record.names else []) + (same if record.same else []))
        )
        out.append(
            _table(
                ("field", "English", "中文", "type", "unit, range or values", "marks", "meaning"),
                [_of_field(f) for f in record.fields],
            )
        )
    return "\n\n".join(out)


def hooks() -> str:
    """The hooks with their signatures."""
    specs = [f for f in vars(Hooks).values() if hasattr(f, "emergency_spec")]
    told = []
    for spec in specs:
        signature = str(inspect.signature(spec)).replace("self, ", "").replace("self", "").replace("'", "")
        told.append(f'@hookimpl\ndef {spec.__name__}{signature}:\n    """{inspect.getdoc(spec)}"""')
    return "```python\n" + "\n\n".join(told) + "\n```"


def _empty() -> sqlite3.Connection:
    """A store's tables with nothing in them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrate(connection)
    schema.create_folded(connection)
    return connection


def facts() -> str:
    """The words a fact may begin with."""
    return ", ".join(f"`{word}`" for word in sorted({*Fold(_empty())._facts, "new"}))


def helps() -> str:
    """The help text of every command."""
    out: list[str] = []

    def tell(command: click.Command, name: str, parent: click.Context | None) -> None:
        context = command.make_context(name, [], parent, resilient_parsing=True, terminal_width=80)
        text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        level = "##" if context.parent is None or context.parent.parent is None else "###"
        out.append(f"{level} {context.command_path}\n\n```text\n{text}\n```")
        if parent is None:
            for sub, entry in commands().items():
                if entry is not None:
                    found = front.cli.get_command(context, sub)
                    assert found is not None
                    tell(found, sub, context)
        elif isinstance(command, click.Group):
            for sub, below in sorted(command.commands.items()):
                if not below.hidden:
                    tell(below, sub, context)

    tell(front.cli, "emergency", None)
    return "\n\n".join(out)


def keys() -> str:
    """Every action of the screens: its keys, what it does, the command line that does the same."""
    out = []
    for group, listed in itertools.groupby(actions(), lambda action: action.group):
        rows = []
        for action in listed:
            words = action.command(Where())
            marks = ", ".join(["writes"] * action.writes + ["asks first"] * action.danger)
            rows.append(
                (action.shown, f"`{action.id}`", action.label, f"`{briefly(words)}`" if words else "", marks)
            )
        out.append(f"## {group}\n\n" + _table(("keys", "id", "what it does", "command line", "marks"), rows))
    return "\n\n".join(out)


MADE: dict[str, Callable[[], str]] = {
    f.__name__: f for f in (states, steps, diagram, records, hooks, facts, helps, keys, pictures.screens)
}

# -- transcripts ----------------------------------------------------------------------------------

#: `emergency` with random numbers that follow from the command line and its place in the page.
PROGRAM = """\
#!{python}
import os, random, sys
os.urandom = random.Random(os.environ["TURN"] + repr(sys.argv[1:])).randbytes
sys.path.insert(0, {root!r})
from emergency import main
main()
"""
_PART = re.compile(
    r"^<!-- made: (?P<made>\w+) -->\n.*?^<!-- /made -->$"
    r"|^<!-- now: (?P<now>\S+) -->$"
    r"|^<!-- batch: (?P<batch>\S+) -->$"
    r"|^```console(?: lines=(?P<lines>\d+))?(?P<large> large)?\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Stage:
    """An empty folder in which the commands of one page are run, one after the other."""

    def __init__(self, folder: str, large: bool = False) -> None:
        self.large = large
        self.folder = pathlib.Path(folder, "stage")
        self.folder.mkdir()
        self.now = NOW
        self._turn = 0
        programs = pathlib.Path(folder, "bin")
        programs.mkdir()
        program = programs / "emergency"
        program.write_text(PROGRAM.format(python=sys.executable, root=str(ROOT)), encoding="utf-8")
        program.chmod(0o755)
        self._environ = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "EMERGENCY_STORE": "duty.db",
            "LOGNAME": "李雁",
            "TERM": "dumb",
        }

    def run(self, line: str, limit: int) -> list[str]:
        """What a line prints, cut to so many lines; an exit code that is not 0 is said."""
        self._turn += 1
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env={**self._environ, "EMERGENCY_NOW": self.now, "TURN": str(self._turn)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=1800 if self.large else 120,
            check=False,
        )
        out = [text.rstrip() for text in done.stdout.decode().splitlines()]
        if len(out) > limit + 1:
            out = [*out[:limit], f"... ({len(out) - limit} more lines)"]
        return out + [f"(exit code {done.returncode})"] * bool(done.returncode)

    def block(self, text: str, limit: int) -> str:
        """A console block, run again."""
        out: list[str] = []
        for command in re.findall(r"^\$ ((?:.*\\\n)*.*)$", text, re.MULTILINE):
            shown = self.run(command.replace("\\\n", ""), limit)
            out += [""] * bool(out) + [f"$ {command}", *shown]
        return "\n".join(out)


def renewed(page: pathlib.Path, stage: Stage) -> str:
    """The page as it should be."""

    def part(match: re.Match[str]) -> str:
        if match["made"]:
            return f"<!-- made: {match['made']} -->\n{MADE[match['made']]()}\n<!-- /made -->"
        if match["now"]:
            stage.now = match["now"]
            return match[0]
        if match["batch"]:
            write_batch(stage.folder, match["batch"])
            return match[0]
        if match["large"] and not stage.large:
            return match[0]
        options = f" lines={match['lines']}" if match["lines"] else ""
        options += match["large"] or ""
        shown = stage.block(match["block"], int(match["lines"] or LINES))
        return f"```console{options}\n{shown}\n```"

    return _PART.sub(part, page.read_text(encoding="utf-8"))


# -- pages ----------------------------------------------------------------------------------------


def _page(page: pathlib.Path, large: bool) -> str:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder, large)
        if page == WALKTHROUGH:
            for sheet in SHEETS:
                (stage.folder / os.path.basename(sheet)).symlink_to(DATA / sheet)
        return renewed(page, stage)


def pages(names: list[str], large: bool) -> Iterator[tuple[pathlib.Path, str]]:
    """The pages of those names, or every page that follows from the code, as they should be."""
    for page in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        if (names and page.name not in names) or not _PART.search(page.read_text(encoding="utf-8")):
            continue
        if page == WALKTHROUGH and not all((DATA / sheet).exists() for sheet in SHEETS):
            print(f"{page.name}: left as it is, the sheets it reads are not beside this checkout")
            continue
        yield page, _page(page, large)
    if not names or "board.svg" in names:
        yield DOCS / "board.svg", pictures.board()
    if not names or "screens" in names:
        for name, picture in pictures.drawn().items():
            yield DOCS / "screens" / f"{name}.svg", picture


def main(arguments: list[str]) -> int:
    """See the text at the top."""
    large = "--large" in arguments
    verb, *names = [word for word in arguments if word != "--large"] or [""]
    if verb == "walkthrough":
        verb, names = "update", [WALKTHROUGH.name]
    if verb not in ("update", "check"):
        print(__doc__)
        return 2
    stale = 0
    for path, text in pages(names, large):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if verb == "check":
            print(f"{path.relative_to(ROOT)} is not current: python .build/docs.py update {path.name}")
            before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            print(*list(difflib.unified_diff(before, text.splitlines(), n=0, lineterm=""))[3:12], sep="\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)} written")
    return int(verb == "check" and stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
