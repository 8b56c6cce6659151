"""`emergency callup batch`: orders by the hundred from a file or from standard input (row F10).

Each row has a key: its `ref`, or else a hash of what it says and which of its equals it is.
A key orders once, however often the file is run; so an interrupted batch is simply run again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import click

from emergency.commands.front import Verb
from emergency.commands.output import dump_line
from emergency.commands.session import Session, pass_session
from emergency.store import times
from emergency.store.asks import Ask
from emergency.store.errors import EmergencyError, Exit, InvalidValue, UnreadableInput, reason
from emergency.store.orders import Desk
from emergency.store.precedence import of_a_drill
from emergency.store.showing import drilled
from emergency.store.text import quoted, safe
from emergency.store.words import _, listed, told

COLUMNS = ("ref", "incident", "kind", "team", "equipment", "item", "qty", "people", "report_to", "by", "note")
#: Further columns that an order may have.
MORE = ("depot", "until", "basis", "approver", "override", "area")


LONGEST_CELL = 1 << 17
#: So many rows between two words of progress.
EVERY = 50
#: Stands in the place of a column in a row that could not be read, and says why.
BROKEN = "\0"


class Outcome(NamedTuple):
    """What became of one row."""

    row: int
    ref: str
    status: str  # ok | already | failed
    order: str | None
    error: str
    hint: str
    code: str
    #: Whether the order is one of a drill.
    exercise: bool = False


@click.command(
    "batch",
    cls=Verb,
    help=_(
        "Give orders from CSV or NDJSON, one a row: {columns}. Rows that are refused are reported and the others"
        " are given; the same file twice orders once. Several tags in `equipment` are parted by ;."
    ).format(columns=",".join(COLUMNS))
    + f"\n\n\b\n{_('Examples:')}\n  emergency callup batch orders.csv --dry-run\n  cat orders.ndjson | emergency callup batch -\n",
)
@click.argument("file", metavar="FILE|-")
@click.option("-n", "--dry-run", is_flag=True, help=_("Check every row; give nothing."))
@click.option("--atomic", is_flag=True, help=_("Give all or nothing."))
@click.option("--json", "as_json", is_flag=True, help=_("A result line per row, as NDJSON."))
@pass_session
def batch(session: Session, file: str, dry_run: bool, atomic: bool, as_json: bool) -> int:
    """Exit 0 all done, 5 some rows refused, 1 all refused or --atomic refused, 2 unreadable."""
    rows = list(read(file))
    if not rows:
        session.note(_("{file} has no rows").format(file=safe(file)))
        return Exit.DONE
    from emergency.plugins import third_party

    at = times.now()
    outcomes: list[Outcome] = []
    undo = dry_run

    with session.store.write("callup batch", at=at, why=os.path.basename(file), dry_run=dry_run) as writer:
        writer.keep_written = third_party()
        desk = Desk(writer)
        for done, (number, row) in enumerate(rows):
            _progress(session, done, len(rows))
            outcomes.append(_one(desk, number, row, at))
        _progress(session, 0, 0)
        if atomic and any(o.status == "failed" for o in outcomes):
            undo = True
            from emergency.store.writing import DryRun

            raise DryRun
    _print(outcomes, as_json, dry_run, undo)
    if not undo:
        session.announce(writer)
    return _summary(session, outcomes, dry_run, undo, writer.op)


def _progress(session: Session, done: int, of: int) -> None:
    """How far it is, drawn over itself, where a person looks on and it takes long; of 0: it is taken away."""
    if session.quiet or not sys.stderr.isatty() or done % EVERY:
        return
    if of > EVERY:
        click.echo(f"\r\x1b[K{_('row {n} of {all}').format(n=done, all=of)}", nl=False, err=True)
    elif not of:
        click.echo("\r\x1b[K", nl=False, err=True)


def _before(desk: Desk, number: int, ref: str, order: str) -> Outcome:
    """A row whose order was given earlier."""
    return Outcome(number, ref, "already", order, "", "", "", of_a_drill(desk.connection, f"{order}/1"))


def _one(desk: Desk, number: int, row: dict[str, str], at: int) -> Outcome:
    ref = row.get("ref", "").strip()
    try:
        key = ref or _own_key(desk, row)
        if BROKEN in row:
            raise UnreadableInput(_("not a line of NDJSON: {why}").format(why=row[BROKEN]))
        if not ref and (before := desk.already(key)):
            return _before(desk, number, ref, before)
        ask = ask_of(row, key, at)
        before = desk.again(ask)
        if before:
            return _before(desk, number, ref, before)
        given = desk.issue(ask, at)
    except EmergencyError as error:
        return Outcome(number, ref, "failed", None, error.message, error.hint, error.code)
    return Outcome(number, ref, "ok", given.id, "; ".join(given.warnings), "", "", given.exercise)


def _own_key(desk: Desk, row: dict[str, str]) -> str:
    """A row without a reference is known by what it says; equal rows by which of them it is."""
    said = json.dumps({k: v.strip() for k, v in sorted(row.items()) if v.strip()}, ensure_ascii=False)
    digest = hashlib.sha256(said.encode()).hexdigest()[:12]
    nth = desk.times_said(digest)
    return f"#{digest}" + (f"-{nth}" if nth > 1 else "")


def ask_of(row: dict[str, str], key: str, at: int) -> Ask:
    """The order a row asks for. Raises InvalidValue, naming the column."""
    cells = {k: v.strip() for k, v in row.items()}
    unknown = [k for k in cells if k not in COLUMNS and k not in MORE]
    if unknown:
        raise InvalidValue(
            _("there is no column {name}").format(name=quoted(unknown[0])),
            hint=_("there are: {names}").format(names=listed((*COLUMNS, *MORE))),
        )
    people = cells.get("people", "")
    if people and not (people.isascii() and people.isdigit()):
        raise InvalidValue(_("people: not a whole number: {text}").format(text=quoted(people)))
    if cells.get("qty") and not cells.get("item"):
        raise InvalidValue(_("qty: how much of what? item is empty"))
    moments = {}
    for name in ("by", "until"):
        try:
            moments[name] = times.parse_time(cells[name], at) if cells.get(name) else None
        except InvalidValue as error:
            raise InvalidValue(f"{name}: {error.message}", hint=error.hint) from None
    return Ask(
        incident=cells.get("incident", ""),
        kind=cells.get("kind") or "callup",
        team=cells.get("team", ""),
        equipment=tuple(
            t.strip() for t in cells.get("equipment", "").replace("；", ";").split(";") if t.strip()
        ),
        item=cells.get("item", ""),
        depot=cells.get("depot", ""),
        quantity=cells.get("qty", ""),
        people=int(people) if people else None,
        report_to=cells.get("report_to", ""),
        by=moments["by"],
        until=moments["until"],
        basis=cells.get("basis", ""),
        approver=cells.get("approver", ""),
        ref=key,
        note=cells.get("note", ""),
        override=cells.get("override", ""),
        area=cells.get("area", ""),
    )


def read(file: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV or NDJSON file, told by its first character. Raises UnreadableInput."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(file, "rb") as stream:
                data = stream.read()
    except OSError as error:
        raise UnreadableInput(told(safe(file), reason(error))) from None
    if not data.strip():
        raise UnreadableInput(_("{file} is empty").format(file=safe(file)))
    from emergency.plugins.sheets.encoding import detect

    text = data.decode(detect(io.BytesIO(data), file)).removeprefix("\ufeff")
    if not text.strip():
        raise UnreadableInput(_("{file} is empty").format(file=safe(file)))
    if text.lstrip()[0] in "{[":
        yield from _ndjson(file, text)
        return
    yield from _csv(file, text)


def _ndjson(file: str, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    rows: list[tuple[int, dict[str, str]]] = []
    broken: list[tuple[int, str]] = []
    # A line ends where JSON says: a line separator within a text is part of it.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if not isinstance(value, dict):
                raise ValueError(_("not an object"))
        except (ValueError, RecursionError) as error:
            broken.append((number, safe(str(error))))
            rows.append((number, {BROKEN: safe(str(error))}))
            continue
        rows.append((number, {str(k): _cell(v) for k, v in value.items()}))
    if len(broken) == len(rows):
        number, why = broken[0]
        raise UnreadableInput(
            _("{file}:{row}: not a line of NDJSON: {why}").format(file=safe(file), row=number, why=why)
        )
    yield from rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(map(str, value))
    return str(value)


def _csv(file: str, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    import csv

    reader = csv.reader(io.StringIO(text))
    # A quote that nobody closed swallows the file: no cell of an order is that long.
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        header = [h.strip() for h in next(reader)]
        if "incident" not in header and "kind" not in header:
            raise UnreadableInput(
                _("{file}: the first line does not name the columns").format(file=safe(file)),
                hint=",".join(COLUMNS),
            )
        last = reader.line_num
        for cells in reader:
            number, last = last + 1, reader.line_num
            if not any(c.strip() for c in cells):
                continue
            row = dict(zip(header, cells, strict=False))
            if len(cells) > len(header) and any(c.strip() for c in cells[len(header) :]):
                row["+"] = "too many cells"
            yield number, row
    except csv.Error as error:
        raise UnreadableInput(f"{safe(file)}:{reader.line_num}: {safe(str(error))}") from None
    finally:
        csv.field_size_limit(before)


def _print(outcomes: list[Outcome], as_json: bool, dry_run: bool, undone: bool) -> None:
    for o in outcomes:
        order = None if undone and o.status == "ok" else o.order
        if as_json:
            value: dict[str, Any] = {"row": o.row, "ref": o.ref, "status": o.status, "order": order}
            if o.status != "failed":
                value["exercise"] = o.exercise
            if o.error:
                value["error" if o.status == "failed" else "warning"] = o.error
            if o.code:
                value |= {"code": o.code, "hint": o.hint}
            click.echo(dump_line(value))
        elif o.status == "failed":
            click.echo(f"{o.row}  {safe(o.ref) or '-'}  {_('refused')}: {safe(o.error)}")
        else:
            words = (
                _("already ordered")
                if o.status == "already"
                else _("would be ordered")
                if undone
                else _("ordered")
            )
            click.echo(
                f"{o.row}  {safe(o.ref) or '-'}  {drilled(o._asdict(), words)}  {order or ''}".rstrip()
                + (f"  ! {safe(o.error)}" if o.error else "")
            )


def _summary(session: Session, outcomes: list[Outcome], dry_run: bool, undone: bool, op: str) -> int:
    count = {s: sum(o.status == s for o in outcomes) for s in ("ok", "already", "failed")}
    session.note(
        _("{ok} ordered, {already} already ordered, {failed} refused").format(**count)
        + (
            " ("
            + (_("dry run: nothing was written") if dry_run else _("all or nothing: nothing was written"))
            + ")"
            if undone
            else ""
        )
    )
    if not count["failed"]:
        return Exit.DONE
    if (undone and not dry_run) or count["failed"] == len(outcomes):
        return Exit.REFUSED
    return Exit.PARTLY_FAILED
