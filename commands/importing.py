"""`emergency <noun> import FILE`: a sheet nobody prepared, read right or refused with a reason."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from emergency.commands.output import FACTS_ARE, dump, dump_line, json_option, would_be
from emergency.commands.session import Session, pass_session
from emergency.store import seasons
from emergency.store.errors import Exit, InvalidValue
from emergency.store.records import Record
from emergency.store.remarks import remarks
from emergency.store.text import safe
from emergency.store.words import _, listed, told


def import_command(record: Record) -> click.Command:
    """The import verb of a register."""
    from emergency.commands.front import Verb

    noun = record.noun
    examples = (
        f"\n\n\b\n{_('Examples:')}\n  emergency {noun} import sheet.xlsx --dry-run"
        f"\n  emergency {noun} import old.xls --map 单位=host_unit --coordinates gcj02\n"
    )

    @click.command(
        "import",
        cls=Verb,
        help=_(
            "Read {records} from a sheet: CSV, XLSX or XLS, in any of its usual encodings."
            " Rows that cannot be read are reported by file:row:column; the others are written, as one operation."
        ).format(records=record.many)
        + examples,
    )
    @click.argument("file", metavar="FILE|-")
    @click.option(
        "--map",
        "maps",
        multiple=True,
        metavar="COLUMN=FIELD",
        help=_("Which column feeds which field; COLUMN= leaves it out."),
    )
    @click.option("--save-map", metavar="NAME", help=_("Keep this mapping under a name."))
    @click.option("--use-map", metavar="NAME", help=_("Use a mapping that was kept."))
    @click.option(
        "--set",
        "defaults",
        multiple=True,
        metavar="FIELD=VALUE",
        help=_("For every row that does not say otherwise."),
    )
    @click.option(
        "--sheet", metavar="NAME", help=_("Which sheet of a workbook; else the first that has rows.")
    )
    @click.option("--encoding", metavar="NAME", help=_("If the encoding is guessed wrong: gb18030, utf-8."))
    @click.option(
        "--header-row", type=click.IntRange(1), help=_("The last row of the header, if it is guessed wrong.")
    )
    @click.option(
        "--coordinates",
        type=click.Choice(["wgs84", "gcj02", "bd09"]),
        help=_("What the coordinates are, unless the sheet says."),
    )
    @click.option(
        "--swap-coordinates", is_flag=True, help=_("Latitude and longitude stand in each other's column.")
    )
    @click.option("--atomic", is_flag=True, help=_("Write nothing if any row is wrong."))
    @click.option(
        "-n", "--dry-run", is_flag=True, help=_("Show exactly what would be written; write nothing.")
    )
    @json_option
    @pass_session
    def import_(session: Session, /, **options: Any) -> int:
        return run(session, record, **options)

    return import_


def run(
    session: Session,
    record: Record,
    *,
    file: str,
    maps: tuple[str, ...] = (),
    save_map: str | None = None,
    use_map: str | None = None,
    defaults: tuple[str, ...] = (),
    sheet: str | None = None,
    encoding: str | None = None,
    header_row: int | None = None,
    coordinates: str | None = None,
    swap_coordinates: bool = False,
    atomic: bool = False,
    dry_run: bool = False,
    as_json: bool = False,
) -> int:
    """Import one file; returns the exit code."""
    from emergency.plugins import load, third_party
    from emergency.plugins.sheets import fields, mapping, regions
    from emergency.store.intake import Intake
    from emergency.store.typed import parse_pairs

    store = session.store
    explicit = _mapping(session, maps, use_map)
    read = load().importer(os.path.splitext(file)[1].lstrip(".").lower())
    assert read is not None
    table = read(
        file, sheet=sheet, encoding=encoding, header_row=header_row, known=mapping.known_labels(record)
    )
    plan = mapping.plan(record, table.header, table.title, explicit, coordinates)
    _check_plan(record, plan, table, defaults)
    bad: list[dict[str, Any]] = []
    with store.write(f"{record.noun} import", why=os.path.basename(file), dry_run=dry_run) as writer:
        writer.keep_written = dry_run or third_party()
        intake = Intake(writer, record, parse_pairs(store, record, defaults))
        kinds = {f.type.kind for f in record.fields if hasattr(f.type, "kind")}
        resolve = {k: intake.names.resolver(k) for k in kinds}
        if record.noun != "region" and "region" in kinds:
            resolve["region"] = regions.Regions(writer.connection).find
        reader = fields.Reader(record, plan, resolve, swap=swap_coordinates)
        _take_rows(table, plan, reader, intake, bad, _progress(session))
        intake.finish()
        if bad and atomic:
            _report(session, table.source, bad, as_json)
            raise InvalidValue(_("nothing was written; wrong rows: {count}").format(count=len(bad)))
        if save_map:
            kept = json.dumps({c.label: c.target for c in plan.columns}, ensure_ascii=False)
            writer.connection.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (f"map:{save_map}", kept))
    _report(session, table.source, bad, as_json)
    _summary(session, record, table, plan, reader, intake, writer, bad, dry_run, as_json)
    if not dry_run:
        session.announce(writer)
    return Exit.PARTLY_FAILED if bad else Exit.DONE


def _mapping(session: Session, maps: tuple[str, ...], use_map: str | None) -> dict[str, str]:
    explicit: dict[str, str] = {}
    if use_map:
        kept = session.store.meta(f"map:{use_map}")
        if not kept:
            raise InvalidValue(_("there is no mapping called {name}").format(name=safe(use_map)))
        explicit.update(json.loads(kept))
    for pair in maps:
        label, equals, target = pair.rpartition("=")
        if not equals or not label:
            raise InvalidValue(_("--map takes COLUMN=FIELD, not {text}").format(text=safe(pair)))
        explicit[label] = target
    return explicit


def _check_plan(record: Record, plan: Any, table: Any, defaults: tuple[str, ...]) -> None:
    """A sheet in which nothing required is recognised is refused, with what it has."""
    fed = {c.target for c in plan.columns} | {d.partition("=")[0].strip() for d in defaults}
    missing = [f for f in record.fields if f.required and f.name not in fed]
    if record.noun == "equipment" and "id" in fed:
        missing = [f for f in missing if f.name != "name"]
    if missing:
        raise InvalidValue(
            _("{file}: no column is {field}").format(file=safe(table.source), field=missing[0].label),
            hint=_("name it: --map COLUMN={field}; the sheet has: {names}").format(
                field=missing[0].name, names=listed(safe(h) for h in table.header if h)
            ),
        )
    if not plan.columns:
        raise InvalidValue(
            _("{file}: no column is known").format(file=safe(table.source)),
            hint=_("name them: --map COLUMN=FIELD; the sheet has: {names}").format(
                names=listed(safe(h) for h in table.header if h)
            ),
        )


def _progress(session: Session) -> Callable[[int], None]:
    """Says how many rows were taken, where a person looks on; 0 ends it."""

    def tell(rows: int) -> None:
        if sys.stderr.isatty() and not session.quiet:
            said = _("{rows} rows").format(rows=rows) if rows else ""
            click.echo(f"\r\x1b[K{said}", nl=False, err=True)

    return tell


def _take_rows(
    table: Any,
    plan: Any,
    reader: Any,
    intake: Any,
    bad: list[dict[str, Any]],
    tell: Callable[[int], None],
) -> None:
    """Batch by batch: read by columns, take by rows, report what is wrong in the order of the sheet."""
    first = plan.columns[0].place
    fed = {c.target: c.place for c in reversed(plan.columns)}
    rows = table.rows()
    heard = taken_in = 0

    def wrong(number: int, place: int | None, why: str) -> None:
        column = "" if place is None else table.column_letter(place)
        label = "" if place is None else table.header[place]
        bad.append({"row": number, "column": column, "label": label, "problem": why})

    while batch := list(itertools.islice(rows, 1000)):
        torn = dict(table.problems[heard:])
        heard = len(table.problems)
        for number, why in torn.items():
            wrong(number, None, why)
        taken = reader.read([row.cells for row in batch])
        for i, (row, values) in enumerate(zip(batch, taken.values, strict=True)):
            if row.number in torn:
                continue
            if i in taken.problems:
                for problem in taken.problems[i]:
                    wrong(row.number, problem.place, problem.why)
                continue
            try:
                intake.row(row.number, values)
            except InvalidValue as error:
                wrong(row.number, fed.get(getattr(error, "field", ""), first), error.message)
        taken_in += len(batch)
        tell(taken_in)
    tell(0)


def _report(session: Session, source: str, bad: list[dict[str, Any]], as_json: bool) -> None:
    """Every bad row on stderr as file:row:column."""
    for b in bad:
        if as_json:
            click.echo(dump_line({"file": source, **b}), err=True)
            continue
        where = f"{safe(source)}:{b['row']}" + (f":{b['column']}" if b["column"] else "")
        said = told(safe(b["label"]), safe(b["problem"])) if b["label"] else safe(b["problem"])
        click.echo(f"{where}: {said}", err=True)


def _summary(
    session: Session,
    record: Record,
    table: Any,
    plan: Any,
    reader: Any,
    intake: Any,
    writer: Any,
    bad: list[dict[str, Any]],
    dry_run: bool,
    as_json: bool,
) -> None:
    rows_wrong = len({b["row"] for b in bad})
    value: dict[str, Any] = {
        "file": table.source,
        "new": intake.tally.new,
        "changed": intake.tally.changed,
        "same": intake.tally.same,
        "repeated": intake.tally.repeated,
        "bad": rows_wrong,
        "skipped": len(table.skipped),
        "columns": {c.label: c.target for c in plan.columns},
        "unread": plan.unread,
        "made": {k: len(v) for k, v in intake.made.items()},
        "merged": intake.merged,
        "holders": intake.holders,
        "unknown": {
            kind: seasons.unknown(session.store, kind, words) for kind, words in intake.words.items()
        },
        "several": dict(zip(("rows", "items"), intake.several, strict=True)),
        "added": intake.added,
        "figures": [{"id": i, "was": was / 1000, "now": now / 1000} for i, was, now in intake.figures],
        "coordinates": plan.datum,
        "converted": reader.converted,
        "swapped": reader.swapped,
        "outside_china": reader.abroad,
        "doubtful_phones": len(reader.doubtful),
        "op": None if dry_run else writer.op,
        "dry_run": dry_run,
    }
    if dry_run:
        value |= {"facts": writer.written, "facts_are": FACTS_ARE}
    if as_json:
        click.echo(dump(value))
        return
    said = _(
        "{records}: {new} new, {changed} changed, {same} as they were, {bad} wrong, {skipped} passed over"
    ).format(records=record.many, **{k: value[k] for k in ("new", "changed", "same", "bad", "skipped")})
    click.echo("\n".join(would_be(said, writer.written)) if dry_run else said)
    for line in remarks(value):
        session.note(line)
    if dry_run:
        session.note(_("dry run: nothing was written"))
    elif intake.tally.new or intake.tally.changed:
        session.note(_("take it back: emergency undo {op}").format(op=writer.op))
