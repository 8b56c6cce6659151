"""How rows leave the program: a table for people; JSON, NDJSON, CSV or TSV for programs.

stdout carries data only. Every text that came from outside is made safe before a terminal
sees it; in CSV no cell can start a formula.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import click

from emergency.store.errors import InvalidValue
from emergency.store.text import FORMULA
from emergency.store.words import _, listed


class Column(NamedTuple):
    """A column of a table: the key of its value, its heading, how a person sees the value."""

    key: str
    heading: str
    show: Callable[[Mapping[str, Any]], str]


class Form(NamedTuple):
    """The form asked for on the command line."""

    name: str = "table"
    fields: tuple[str, ...] = ()
    header: bool = True
    wide: bool = False


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json --ndjson --csv --tsv --fields --no-header --wide`, gathered into `form`."""
    import functools

    @functools.wraps(command)
    def gathered(*args: Any, **kwargs: Any) -> Any:
        names = [n for n in ("json", "ndjson", "csv", "tsv") if kwargs.pop(f"as_{n}")]
        if len(names) > 1:
            raise click.UsageError(_("choose one of --json, --ndjson, --csv, --tsv"))
        fields = tuple(f.strip() for f in (kwargs.pop("fields") or "").split(",") if f.strip())
        kwargs["form"] = Form(
            names[0] if names else "table", fields, not kwargs.pop("no_header"), kwargs.pop("wide")
        )
        return command(*args, **kwargs)

    for option in reversed(
        (
            click.option("--json", "as_json", is_flag=True, help=_("A JSON array.")),
            click.option("--ndjson", "as_ndjson", is_flag=True, help=_("One JSON object a line.")),
            click.option("--csv", "as_csv", is_flag=True, help=_("CSV, with a header.")),
            click.option("--tsv", "as_tsv", is_flag=True, help=_("Tab-separated, with a header.")),
            click.option("--fields", metavar="A,B", help=_("Only these fields.")),
            click.option("--no-header", is_flag=True, help=_("No header line.")),
            click.option("--wide", is_flag=True, help=_("Nothing cut off on a terminal.")),
        )
    ):
        gathered = option(gathered)
    return gathered


def limit_option(default: int | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--limit N`, within what SQLite can count."""
    return click.option(
        "--limit",
        type=click.IntRange(1, 10**9),
        default=default,
        show_default=default is not None,
        help=_("At most this many."),
    )


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json` alone, for a command that prints one thing."""
    return click.option("--json", "as_json", is_flag=True, help=_("As JSON."))(command)


def dump(value: Any) -> str:
    """JSON for people and programs: UTF-8 as it is, two spaces."""
    return _harmless(json.dumps(value, ensure_ascii=False, indent=2))


def dump_line(value: Any) -> str:
    """The same in one line, for NDJSON."""
    return _harmless(json.dumps(value, ensure_ascii=False))


#: What the facts of a dry run are, for whoever reads them in JSON.
FACTS_ARE = "as in the journal: amounts in thousandths of their unit, times in milliseconds since 1970"
#: So many facts of a dry run are told in words; JSON has them all.
MOST_TOLD = 6


def would_be(said: str, facts: Sequence[Any]) -> list[str]:
    """What a dry run says: the sentence of the real run, then what would be written, fact by fact in words."""
    from emergency.store import saying
    from emergency.store.text import safe

    lines = [safe(line) for line in said.split("\n")]
    if not facts:
        return lines
    lines[0] = _("would be: {said}").format(said=lines[0])
    for fact in facts[:MOST_TOLD]:
        lines.append("  " + safe("  ".join(filter(None, saying.fact(fact)))))
    if len(facts) > MOST_TOLD:
        lines.append("  " + _("and {n} more").format(n=len(facts) - MOST_TOLD))
    return lines


def _harmless(text: str) -> str:
    """JSON that says the same, with what could drive a terminal (C1, directions) escaped as JSON escapes."""
    from emergency.store.text import safe

    if all(safe(line) == line for line in text.split("\n")):
        return text
    return "".join(c if c == "\n" or safe(c) == c else json.dumps(c)[1:-1] for c in text)


def print_rows(
    form: Form,
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[Column],
    plain: Callable[[Mapping[str, Any]], dict[str, Any]],
) -> int:
    """Print rows in the form asked for; returns how many. Raises InvalidValue for an unknown field."""
    if form.name == "table":
        return _table(form, list(rows), columns)
    count = 0
    names: list[str] | None = None
    if form.name == "json":
        return _array(form, rows, plain)
    for row in rows:
        value = _picked(form, plain(row))
        count += 1
        if form.name == "ndjson":
            click.echo(dump_line(value))
            continue
        if names is None:
            names = list(value)
            _separated(form, [names] if form.header else [])
        _separated(form, [[value.get(n) for n in names]])
    return count


def _array(
    form: Form, rows: Iterable[Mapping[str, Any]], plain: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> int:
    """A JSON array, written as its rows come: a million of them need no more memory than one."""
    count = 0
    for row in rows:
        text = dump(_picked(form, plain(row))).replace("\n", "\n  ")
        click.echo(("," if count else "[") + "\n  " + text, nl=False)
        count += 1
    click.echo("\n]" if count else "[]")
    return count


def _picked(form: Form, value: dict[str, Any]) -> dict[str, Any]:
    if not form.fields:
        return value
    missing = [f for f in form.fields if f not in value]
    if missing:
        raise InvalidValue(
            _("there is no field {name}").format(name=missing[0]),
            hint=_("there are: {names}").format(names=listed(value)),
        )
    return {f: value[f] for f in form.fields}


def flat(value: Any) -> str:
    """A cell of CSV: text that a spreadsheet will not take for a formula; what has parts of its own is JSON."""
    if value is None:
        return ""
    if isinstance(value, Mapping) and [*value] == ["lat", "lng"]:
        text = ",".join(map(str, value.values()))
    elif isinstance(value, (list, tuple)) and not any(isinstance(v, (Mapping, list, tuple)) for v in value):
        text = "; ".join(map(flat, value))
    elif isinstance(value, str):
        text = value
    else:
        return dump_line(value)
    return "'" + text if text[:1] in FORMULA and text else text


def _separated(form: Form, rows: Sequence[Sequence[Any]]) -> None:
    import csv

    from emergency.store.text import safe

    writer = csv.writer(sys.stdout, delimiter="," if form.name == "csv" else "\t", lineterminator="\n")
    # A program gets the text as it is; a person's terminal must not be driven by it.
    shown = safe if sys.stdout.isatty() else str
    writer.writerows([[shown(flat(cell)) for cell in row] for row in rows])


def _table(form: Form, rows: list[Mapping[str, Any]], columns: Sequence[Column]) -> int:
    if form.fields:
        by_key = {c.key: c for c in columns}
        missing = [f for f in form.fields if f not in by_key]
        if missing:
            raise InvalidValue(
                _("there is no field {name}").format(name=missing[0]),
                hint=_("there are: {names}").format(names=listed(by_key)),
            )
        columns = [by_key[f] for f in form.fields]
    if not rows:
        return 0
    for line in aligned([c.heading for c in columns] if form.header else None, rows, columns, _room(form)):
        click.echo(line)
    return len(rows)


def _room(form: Form) -> int | None:
    """How wide the terminal is; None where nothing may be cut off."""
    if form.wide or not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def aligned(
    headings: Sequence[str] | None,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    room: int | None,
) -> list[str]:
    """Lines of a table, measured in cells; the widest columns give way when there is no room."""
    from emergency.store.text import cells, fit, safe

    # Made safe here, whatever a column forgot: nothing of a record may drive the terminal.
    shown = [[safe(c.show(row)) for c in columns] for row in rows]
    if headings is not None:
        shown.insert(0, list(headings))
    widths = [max(cells(row[i]) for row in shown) for i in range(len(columns))]
    if room is not None:
        while sum(widths) + 2 * (len(widths) - 1) > room and max(widths) > 6:
            widths[widths.index(max(widths))] -= 1
    lines = []
    for row in shown:
        parts = []
        for text, width in zip(row, widths, strict=True):
            text = fit(text, width) if cells(text) > width else text
            parts.append(text + " " * (width - cells(text)))
        lines.append("  ".join(parts).rstrip())
    return lines


def print_one(as_json: bool, value: dict[str, Any], lines: Sequence[tuple[str, str]]) -> None:
    """One record: JSON, or labelled lines."""
    if as_json:
        click.echo(dump(value))
        return
    from emergency.store.text import cells, safe

    widest = max((cells(label) for label, _text in lines), default=0)
    for label, text in ((label, safe(text)) for label, text in lines):
        click.echo(f"{label}{' ' * (widest - cells(label))}  {text}")
