"""Keeps the pages of docs/ and README.md true to the code.

    python .build/docs.py update         write what follows from the code anew
    python .build/docs.py check          exit 1, naming every page that is not current
    python .build/docs.py walkthrough    run docs/walkthrough.md again, nothing else

In a page, what stands between `<!-- made: NAME -->` and `<!-- /made -->` is made by the function of
that name below; the lines of a ```console block that begin with `$ ` are run, in order, in an empty
folder, and what they print is put under them. Clock and random numbers are fixed, so the same code
gives the same bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import NamedTuple
from unittest import mock

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

os.environ.update(EMERGENCY_NOW=NOW, EMERGENCY_LANG="en", TERM="dumb")
for _name in ("EMERGENCY_STORE", "EMERGENCY_HOME", "EMERGENCY_OFFICER", "FORCE_COLOR", "SSH_CONNECTION"):
    os.environ.pop(_name, None)
sys.path.insert(0, str(ROOT))

from emergency.store import words  # noqa: E402  (the clock and the language come first)

words.speak("en")

import click  # noqa: E402

from emergency.commands import demo, front  # noqa: E402
from emergency.commands.catalog import commands  # noqa: E402
from emergency.store.fold import Fold  # noqa: E402
from emergency.store.records import RECORDS, Field  # noqa: E402
from emergency.store.records import types as t  # noqa: E402
from emergency.store.records.steps import ENDED, STATES, STEPS  # noqa: E402
from emergency.store.store import Store  # noqa: E402

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
    """(type, unit or range) of a field, for a reader."""
    kind = field.type
    if isinstance(kind, t.Flag):
        return "yes or no", ""
    if isinstance(kind, t.Choice):
        return "choice", ", ".join(f"`{c}` {en} {zh}" for c, (en, zh) in kind.options.items())
    if isinstance(kind, t.Quantity):
        return "quantity", kind.unit
    if isinstance(kind, t.Integer):
        return "whole number", f"{kind.least} to {kind.most}"
    if isinstance(kind, t.Ref):
        return f"id of a [{RECORDS[kind.kind].en.lower()}](#{kind.kind})", ""
    if isinstance(kind, t.Point):
        return "position", "WGS-84"
    if isinstance(kind, t.Time):
        return "time", "Beijing time"
    return {t.Phone: "telephone", t.Date: "date"}.get(type(kind), "text"), f"at most {kind.limit} characters"


def _of_field(field: Field) -> tuple[str, ...]:
    marks = [w for w in ("required", "personal", "derived") if getattr(field, w)]
    name, unit = _type(field)
    if name in ("date", "telephone"):
        unit = ""
    return (f"`{field.name}`", field.en, field.zh, name, unit, ", ".join(marks), field.help)


def records() -> str:
    """Every kind of record and its fields."""
    out = []
    for record in RECORDS.values():
        same = [f"The same thing as another with equal {', '.join(f'`{s}`' for s in record.same)}."]
        named = [f"Named by its id, or by {', '.join(f'`{n}`' for n in record.names)}."]
        out.append(
            f"## {record.noun}\n\n{record.en}, {record.zh}. "
            + " ".join((named if record.names else []) + (same if record.same else []))
            + "\n\n"
            + _table(
                ("field", "English", "中文", "type", "unit, range or values", "marks", "meaning"),
                [_of_field(f) for f in record.fields],
            )
        )
    return "\n\n".join(out)


def facts() -> str:
    """The words a fact may begin with."""
    return ", ".join(f"`{word}`" for word in sorted({*Fold(mock.Mock())._facts, "new"}))


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


MADE: dict[str, Callable[[], str]] = {
    f.__name__: f for f in (states, steps, diagram, records, facts, helps)
}

# -- the picture of the board ---------------------------------------------------------------------


def board_picture() -> str:
    """The board over the demo store, 120 columns by 36 lines, as SVG that loads nothing from elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "demo.db")
        demo.build(path)
        svg = asyncio.run(_screen(path))
    svg = re.sub(r"@font-face \{.*?\}\n?", "", svg, flags=re.DOTALL)
    fonts = "ui-monospace, Menlo, Consolas, 'Noto Sans Mono CJK SC', 'Noto Sans SC', monospace"
    svg = re.sub(r"font-family: ?Fira Code, monospace", f"font-family: {fonts}", svg)
    return re.sub(r"<!--.*?-->\n?", "", svg).strip() + "\n"


async def _screen(path: str) -> str:
    from emergency.tui.app import EmergencyApp

    looked = asyncio.Event()

    def hook(message: object) -> None:
        if isinstance(message, EmergencyApp.Looked | EmergencyApp.Failed):
            looked.set()

    app = EmergencyApp(path)
    async with app.run_test(size=(120, 36), message_hook=hook) as pilot:
        await asyncio.wait_for(looked.wait(), 20)
        await pilot.pause()
        return app.export_screenshot(title="emergency demo")


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
    r"|^```console(?: lines=(?P<lines>\d+))?\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Stage:
    """An empty folder in which the commands of one page are run, one after the other."""

    def __init__(self, folder: str) -> None:
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
            "LC_ALL": "C.UTF-8",
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
            timeout=120,
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
        options = f" lines={match['lines']}" if match["lines"] else ""
        shown = stage.block(match["block"], int(match["lines"] or LINES))
        return f"```console{options}\n{shown}\n```"

    return _PART.sub(part, page.read_text(encoding="utf-8"))


# -- the batch of the walkthrough -----------------------------------------------------------------

COLUMNS = ("ref", "incident", "kind", "team", "equipment", "item", "qty", "people", "report_to", "by", "note")


class Known(NamedTuple):
    """Ids that the imports have made."""

    incident: str
    teams: list[str]
    hospitals: list[str]
    vehicles: list[str]
    stock: list[tuple[str, float]]


def _known(store: Store) -> Known:
    def ids(sql: str) -> list[str]:
        return [row[0] for row in store.connection.execute(sql)]

    stock = "SELECT item, max(quantity) FROM reserve WHERE quantity > 1000000 GROUP BY item ORDER BY item"
    return Known(
        ids("SELECT id FROM incident ORDER BY id")[0],
        ids("SELECT id FROM team WHERE region IS NULL AND strength >= 20 ORDER BY length(id), id"),
        ids("SELECT id FROM team WHERE region IS NOT NULL ORDER BY length(id), id"),
        ids("SELECT id FROM equipment WHERE retired IS NULL ORDER BY id"),
        [(item, quantity / 1000) for item, quantity in store.connection.execute(stock)],
    )


def _wrong(k: Known) -> Iterator[dict[str, str]]:
    """Twenty rows, each wrong in a way of its own."""
    yield {"team": "丰台区不存在的队伍"}
    yield {"equipment": "NO-SUCH-TAG"}
    yield {"team": k.teams[300], "incident": "FT-99999"}
    yield {"team": k.teams[300], "incident": ""}
    yield {"team": k.teams[300], "kind": "borrow"}
    yield {}
    yield {"team": k.teams[300], "people": "0"}
    yield {"team": k.teams[300], "people": "a dozen"}
    yield {"team": k.teams[300], "people": "99999"}
    yield {"people": "12"}
    yield {"item": "no such item", "qty": "5"}
    yield {"team": k.teams[300], "qty": "5"}
    yield {"item": k.stock[0][0]}
    yield {"item": k.stock[0][0], "qty": "-200"}
    yield {"item": k.stock[0][0], "qty": "200 kg"}
    yield {"item": k.stock[0][0], "qty": "99999999"}
    yield {"team": k.teams[300], "by": "2026-07-30 08:00"}
    yield {"team": k.teams[300], "by": "soonish"}
    yield {"equipment": f"{k.vehicles[300]};{k.vehicles[300]}"}
    yield {"equipment": k.vehicles[0]}


def _good(k: Known) -> Iterator[dict[str, str]]:
    """Rows that nothing refuses: vehicles, whole teams, people of a team, hospitals, stock."""
    yield from ({"equipment": tag} for tag in k.vehicles[:160])
    yield from ({"team": team} for team in k.teams[:160])
    yield from ({"team": team, "people": "6"} for team in k.teams[160:260])
    yield from ({"team": team} for team in k.hospitals[:40])
    yield from ({"item": item, "qty": "10"} for item, _quantity in k.stock[:20])


def write_batch(folder: pathlib.Path, name: str) -> None:
    """500 rows over what was imported; twenty of them, spread over the file, are wrong."""
    with Store(str(folder / "duty.db")) as store:
        known = _known(store)
    rows = list(_good(known))
    for i, row in enumerate(_wrong(known)):
        rows.insert(24 + 25 * i, row)
    places = random.Random(500)
    with open(folder / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for n, row in enumerate(rows, 1):
            by = f"{places.choice((60, 90, 120))}min"
            place = places.choice(("大红门", "丰台站", "卢沟桥"))
            writer.writerow({"ref": f"W{n:03}", "incident": known.incident, "report_to": place, "by": by, **row})


# -- pages ----------------------------------------------------------------------------------------


def _page(page: pathlib.Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder)
        if page == WALKTHROUGH:
            for sheet in SHEETS:
                (stage.folder / os.path.basename(sheet)).symlink_to(DATA / sheet)
        return renewed(page, stage)


def pages(only: pathlib.Path | None = None) -> Iterator[tuple[pathlib.Path, str]]:
    """Every page that follows from the code, as it should be."""
    for page in [only] if only else [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        if page == WALKTHROUGH and not all((DATA / sheet).exists() for sheet in SHEETS):
            print(f"{page.name}: left as it is, the sheets it reads are not beside this checkout")
            continue
        if _PART.search(page.read_text(encoding="utf-8")):
            yield page, _page(page)
    if only is None:
        yield DOCS / "board.svg", board_picture()


def main(arguments: list[str]) -> int:
    """See the text at the top."""
    if arguments not in (["update"], ["check"], ["walkthrough"]):
        print(__doc__)
        return 2
    stale = 0
    for path, text in pages(WALKTHROUGH if arguments == ["walkthrough"] else None):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if arguments == ["check"]:
            print(f"{path.relative_to(ROOT)} is not current: python .build/docs.py update")
        else:
            with contextlib.suppress(FileNotFoundError):
                print(f"{path.relative_to(ROOT)} written")
            path.write_text(text, encoding="utf-8")
    return int(arguments == ["check"] and stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
