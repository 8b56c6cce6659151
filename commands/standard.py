"""`emergency standard`: allocation standards as files, and what teams have of what they ask for."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import Any

import click

from emergency.commands.auditview import audit_command
from emergency.commands.catalog import commands
from emergency.commands.gapview import compare_command, gaps_command
from emergency.commands.output import json_option
from emergency.commands.register import register, written
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.commands.standardreading import SAMPLE, draft_of
from emergency.store import comparing, standardfile, standards, standardsheet, standardwriting, units
from emergency.store.errors import InvalidValue, UnreadableInput, reason
from emergency.store.records.standard import PEOPLE
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, listed, ngettext, phrase, told


def _lines(store: Store, row: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The lines of a standard, for `show`."""
    lines = standards.rows_of(store, row["id"])
    unit_of = dict(store.connection.execute("SELECT id, coalesce(unit, '') FROM item").fetchall())
    names = dict(store.connection.execute("SELECT id, coalesce(name, id) FROM item").fetchall())
    names[PEOPLE] = _("people")
    texts = [standardwriting.as_texts(line, unit_of.get(line["item"], "")) for line in lines]
    value = {"lines": [{"id": line["id"], **t} for line, t in zip(lines, texts, strict=True)]}
    shown = [
        (
            f"{line['place']}",
            told(
                t["type"],
                phrase(
                    (
                        names.get(line["item"], line["item"]),
                        units.format_quantity(line["quantity"], t.get("unit", "")),
                        comparing.per(line["per"], int(line["each"] or 1)),
                        t.get("spec", ""),
                        _("(optional)") if line["need"] == "optional" else "",
                    )
                ),
            ),
        )
        for line, t in zip(lines, texts, strict=True)
    ]
    return value, shown


cli = register("standard", help=commands()["standard"].help, importable=False, more=_lines)
# A standard comes whole, from a file.
del cli.commands["add"]
cli.add_command(audit_command)
cli.add_command(gaps_command)
cli.add_command(compare_command)


@cli.command(
    "import",
    help=_(
        "Take in a standard from a file: TOML, or a sheet (CSV, XLSX, XLS). While a single line is wrong nothing"
        " is written, and each wrong line is named. The same file twice changes nothing."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency standard sample my.toml"
    "\n  emergency standard import my.toml --dry-run"
    "\n  emergency standard import 标准.xlsx --code T1 --version 2020 --name 排水\n",
)
@click.argument("file", metavar="FILE|-")
@click.option("--code", metavar="CODE", help=_("Its code, where a sheet does not say it."))
@click.option(
    "--version", "version", metavar="VERSION", help=_("Its version, where a sheet does not say it.")
)
@click.option("--name", metavar="NAME", help=_("Its name, where a sheet does not say it."))
@click.option("--effective", metavar="DAY", help=_("In force from this day."))
@click.option("--source", metavar="TEXT", help=_("Where it comes from."))
@click.option(
    "--type",
    "type_",
    metavar="TYPE",
    help=_("The team type of lines that name none: of a table of one type."),
)
@click.option("--sheet", metavar="NAME", help=_("Which sheet of a workbook; else the first that has rows."))
@click.option("--replace", is_flag=True, help=_("Correct a version that is there already."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def import_(
    session: Session,
    /,
    file: str,
    type_: str | None,
    sheet: str | None,
    replace: bool,
    dry_run: bool,
    as_json: bool,
    **head: str | None,
) -> None:
    """Everything or nothing: half a standard would call teams short, or complete, that are not."""
    store = session.store
    draft = draft_of(store, file, sheet, {k: v for k, v in head.items() if v}, type_)
    with store.write("standard import", why=os.path.basename(file), dry_run=dry_run) as writer:
        taken = standards.take(store, writer, draft, replace=replace)
    count = len(draft.lines)
    said = {
        "new": ngettext("{id}: {n} line taken in", "{id}: {n} lines taken in", count),
        "replaced": ngettext("{id}: corrected, {n} line", "{id}: corrected, {n} lines", count),
        "same": ngettext("{id} is as it was, {n} line", "{id} is as it was, {n} lines", count),
    }[taken.what].format(id=taken.id, n=count)
    value = {
        "id": taken.id,
        "what": taken.what,
        "lines": count,
        "new_kinds": list(draft.kinds),
        "by_hand": [{"line": place, "specification": text} for place, text in draft.by_hand],
        "least": [{"line": place, "wrote": text} for place, text in draft.least],
        "unread_columns": list(draft.unread),
        "type_of_title": draft.titled[0] if draft.titled else None,
        "sample": bool(draft.head.get("sample")),
    }
    written(session, writer, dry_run, as_json, value, said, undoable=taken.what != "same")
    _remark(session, draft)


def _remark(session: Session, draft: standardfile.Draft) -> None:
    """What a person should know of what was taken in."""
    if draft.head.get("sample"):
        session.note("* " + SAMPLE_MARK)
    if draft.kinds:
        session.note(_("new to the catalogue: {names}").format(names=listed(draft.kinds)))
    if draft.titled:
        session.note(
            _(
                "no column names the team type; the title does: {type} ({title}). --type TYPE says otherwise"
            ).format(type=safe(draft.titled[0]), title=safe(draft.titled[1]))
        )
    if draft.unread:
        session.note(_("columns that were not read: {names}").format(names=listed(map(safe, draft.unread))))
    if draft.least:
        places = listed(f"{place} {text}" for place, text in draft.least[:5])
        session.note(
            ngettext(
                "{n} quantity is no single figure, and the least it may mean is asked for: {places}",
                "{n} quantities are no single figures, and the least they may mean is asked for: {places}",
                len(draft.least),
            ).format(n=len(draft.least), places=places)
        )
    if draft.by_hand:
        places = listed(f"{place} {text}" for place, text in draft.by_hand[:5])
        session.note(
            ngettext(
                "{n} specification can only be checked by a person: {places}",
                "{n} specifications can only be checked by a person: {places}",
                len(draft.by_hand),
            ).format(n=len(draft.by_hand), places=places)
        )


@cli.command(
    "sample",
    help=_(
        "Write the sample standard that ships with the program, to be edited: ten team types, three classes, and"
        " quantities that are all made up."
    ),
)
@click.argument("file", metavar="FILE|-", default="-")
@pass_session
def sample(session: Session, file: str) -> None:
    """The shipped file as it is, its comments included."""
    with open(SAMPLE, encoding="utf-8") as shipped:
        text = shipped.read()
    _put(session, file, text)


@cli.command(
    "export",
    help=_(
        "Write a standard to a file, or - for stdout: TOML, or CSV or XLSX by the ending. Reading it gives the same."
    ),
)
@click.argument("which", metavar="ID")
@click.argument("file", metavar="FILE|-", default="-")
@as_of_option
@pass_session
def export(session: Session, which: str, file: str) -> None:
    """As it can be edited and taken in again."""
    store = session.store
    head = store.row("standard", store.find("standard", which))
    assert head is not None
    lines, _shown = _lines(store, head)
    texts = [{k: v for k, v in line.items() if k != "id"} for line in lines["lines"]]
    whole = {**head, "sample": "yes" if head["sample"] else None}
    ending = os.path.splitext(file)[1].lstrip(".").lower()
    if file == "-" or ending in ("", "toml"):
        _put(session, file, standardwriting.write_toml(whole, texts))
        return
    from emergency.plugins import load

    exporter = load().exporter(ending)
    if exporter is None or ending == "ndjson":
        raise InvalidValue(
            _("no exporter writes .{ending} files").format(ending=safe(ending)),
            hint=_("there are: {names}").format(names="csv, toml, xlsx"),
        )
    names, rows = _as_sheet(whole, texts)
    count = exporter(file, names, rows)
    session.note(_("{count} written to {file}").format(count=count, file=safe(file)))


def _as_sheet(
    head: dict[str, Any], lines: Sequence[dict[str, str]]
) -> tuple[list[str], list[dict[str, str]]]:
    """Headings and rows; what the standard says of itself stands on every row."""
    fields = list(standardsheet.LABELS)
    labels = {name: standardsheet.LABELS[name][0] for name in fields}
    said = ("types", *(n for n in standardfile.HEAD if n != "note"))
    own = {n: str(head[n]) for n in said if head.get(n) not in (None, "")}
    rows = []
    for line in lines:
        values = {**own, **line, "need": line.get("need", "required")}
        rows.append({labels[n]: values.get(n, "") for n in fields})
    return list(labels.values()), rows


def _put(session: Session, file: str, text: str) -> None:
    if file == "-":
        click.echo(text, nl=False)
        return
    if os.path.lexists(file):
        raise UnreadableInput(
            _("{path} is there already").format(path=safe(file)), hint=_("name another file")
        )
    try:
        with open(file, "x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.remove(file)
        raise UnreadableInput(
            _("{path} cannot be made: {why}").format(path=safe(file), why=safe(reason(error)))
        ) from None
    session.note(_("{file} is written").format(file=safe(file)))
