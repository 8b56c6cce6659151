"""The verbs every register has, made from the record's declaration."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from emergency.commands.adding import Add, example, refuse_missing
from emergency.commands.front import Verbs
from emergency.commands.output import (
    FACTS_ARE,
    Column,
    Form,
    dump,
    flat,
    json_option,
    limit_option,
    output_options,
    print_one,
    print_rows,
    would_be,
)
from emergency.commands.present import columns, lines, plain
from emergency.commands.session import Session, as_of_option, at_option, moment, pass_session
from emergency.commands.typed import filter_from
from emergency.store import times
from emergency.store.errors import InvalidValue, NoSuchRecord, Refused
from emergency.store.query import Filter, stream
from emergency.store.records import RECORDS, Record
from emergency.store.showing import SAMPLE_MARK, names_of
from emergency.store.store import Store
from emergency.store.text import quoted, safe
from emergency.store.typed import parse_pairs
from emergency.store.words import _, listed

#: What a noun shows of one record besides its fields: for JSON, and as labelled lines.
More = Callable[[Store, dict[str, Any]], tuple[dict[str, Any], list[tuple[str, str]]]]
#: A list longer than this is cut on a terminal unless --limit says otherwise.
SCREENFUL = 1000


def register(noun: str, *, help: str, importable: bool = True, more: More | None = None) -> click.Group:
    """The group of a noun with list, show, add, set, import, export, history and retire."""
    record = RECORDS[noun]
    group = Verbs(name=noun, help=help, context_settings={"help_option_names": ["-h", "--help"]})
    _list(group, record)
    _show(group, record, more)
    _add(group, record)
    _set(group, record)
    if importable:
        _import(group, record)
    _export(group, record)
    _history(group, record)
    _retire(group, record)
    return group


def _list(group: Verbs, record: Record) -> None:
    names = {f.name for f in record.fields}
    examples = f"\n\n\b\n{_('Examples:')}\n  emergency {record.noun} list --json\n"
    if record.noun == "equipment":
        examples += "  emergency equipment list 'region:1101 free drainage>=3000m3/h'\n"
    if "at" in names:
        examples += f"  emergency {record.noun} list --near 39.73,116.14 --within 40km\n"

    @group.command(
        "list",
        help=_("List {records}, by id; with --near, nearest first.").format(records=record.many)
        + "\n\n"
        + _("A filter is words of names and states, and field:value; help filters tells more.")
        + examples,
    )
    @click.argument("filter", required=False, default="")
    @click.option("--where", multiple=True, metavar="FILTER", help=_("And this too: 'drainage>=3000m3/h'."))
    @click.option("--sort", metavar="FIELD", help=_("By this field; -FIELD the other way round."))
    @limit_option()
    @click.option("--retired", is_flag=True, help=_("Those no longer in use too."))
    @as_of_option
    @output_options
    @pass_session
    def list_(session: Session, /, form: Form, **options: Any) -> None:
        store = session.store
        found = stream(store, record.noun, filter_from(record, options))
        near = options.get("near") is not None
        if form.name != "table":
            if not print_rows(form, found, columns(record), lambda row: plain(record, row)):
                session.note(_("no {records} match").format(records=record.many))
            return
        rows = list(
            itertools.islice(found, SCREENFUL if sys.stdout.isatty() and not options["limit"] else None)
        )
        shown = columns(record, distance=near, names=names_of(store, record, rows))
        if not print_rows(form, rows, shown, lambda row: plain(record, row)):
            session.note(_("no {records} match").format(records=record.many))
        if any(row["sample"] for row in rows):
            session.note("* " + SAMPLE_MARK)
        if next(found, None) is not None:
            session.note(_("only the first {count} are shown: --limit shows more").format(count=len(rows)))

    params: list[click.Option] = []
    if "region" in names or record.noun == "region":
        params.append(
            click.Option(["--region"], metavar="CODE", help=_("In this region: 1101, 110106, 丰台."))
        )
    for name in ("type", "level", "team", "depot", "item", "incident", "scenario", "state"):
        if name in names:
            field = record.field(name)
            assert field is not None
            params.append(click.Option([f"--{name}"], metavar=name.upper(), help=field.label))
    if record.noun == "equipment":
        params.append(click.Option(["--kind"], metavar="KIND", help=_("This kind and those below it.")))
        params.append(
            click.Option(["--free"], is_flag=True, help=_("Claimed by nobody, at hand and in service."))
        )
    if record.noun == "team":
        params.append(click.Option(["--ready"], is_flag=True, help=_("Reported ready, and not long ago.")))
        params.append(
            click.Option(["--capability"], metavar="WORD", help=_("With this among its capabilities."))
        )
    if "at" in names:
        params.append(click.Option(["--near"], metavar="LAT,LNG", help=_("Nearest to this point first.")))
        params.append(click.Option(["--within"], metavar="DISTANCE", help=_("At most this far: 40km.")))
    list_.params[:0] = params


def _show(group: Verbs, record: Record, more: More | None) -> None:
    @group.command(
        "show", help=_("Show one {record}: by id, code, plate or name.").format(record=record.label)
    )
    @click.argument("which", metavar="ID")
    @as_of_option
    @json_option
    @pass_session
    def show(session: Session, which: str, as_json: bool) -> None:
        from emergency.store import history

        row = session.store.row(record.noun, session.store.find(record.noun, which, loose=True))
        assert row is not None
        extra = history.apart(session.store, record.noun, row["id"])
        value = plain(record, row)
        if extra:
            value["edited_apart"] = extra
        shown = lines(record, row, names_of(session.store, record, [row]))
        for name, values in extra.items():
            field = record.field(name)
            label = field.label if field else name
            shown.append(
                (f"! {label}", _("edited apart: {values}").format(values=" | ".join(map(safe, values))))
            )
        if more is not None:
            further, told = more(session.store, row)
            value |= further
            shown += told
        print_one(as_json, value, shown)


def _add(group: Verbs, record: Record) -> None:
    @group.command(
        "add",
        cls=Add,
        help=_("Register one {record} from field=value words.").format(record=record.label)
        + f"\n\n\b\n{_('Examples:')}\n{example(record)}\n",
    )
    @click.argument("pairs", nargs=-1, metavar="FIELD=VALUE...", required=True)
    @click.option("--id", "id_", metavar="ID", help=_("Its official code; else the station numbers it."))
    @click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
    @json_option
    @pass_session
    def add(session: Session, pairs: tuple[str, ...], id_: str | None, dry_run: bool, as_json: bool) -> None:
        store = session.store
        values = parse_pairs(store, record, pairs)
        if not id_ and not record.numbered:
            raise click.UsageError(
                _("--id is missing: a {record} has a code of its own").format(record=record.label)
            )
        if id_ is not None and (id_ != id_.strip() or safe(id_) != id_ or len(id_) > 60):
            raise InvalidValue(
                _("not a code: {id}").format(id=quoted(id_)), hint=_("one line of at most 60 characters")
            )
        if id_ and (row := store.row(record.noun, id_)) and row["known"]:
            raise InvalidValue(
                _("there is a {record} {id} already").format(record=record.label, id=safe(id_)),
                hint=_("emergency {noun} set changes it").format(noun=record.noun),
            )
        if record.noun == "incident":
            # Only an open incident is on the board and can be ordered for.
            values = {"state": "open", "opened_at": times.now(), **values}
        refuse_missing(record, values)
        if values.get("name"):
            twin = store.rows(
                f'SELECT id FROM "{record.noun}" WHERE name=? AND retired IS NULL LIMIT 1', (values["name"],)
            )
            if twin:
                session.note(_("note: {id} has the same name").format(id=safe(twin[0]["id"])))
        with store.write(f"{record.noun} add", dry_run=dry_run) as writer:
            id_ = writer.new(record.noun, values, id_)
        written(
            session,
            writer,
            dry_run,
            as_json,
            {"id": id_},
            _("registered {record} {id}").format(record=record.label, id=id_),
        )

    assert isinstance(add, Add)
    add.record = record


def _set(group: Verbs, record: Record) -> None:
    @group.command(
        "set", help=_("Change fields of one {record}; field= clears one.").format(record=record.label)
    )
    @click.argument("which", metavar="ID")
    @click.argument("pairs", nargs=-1, metavar="FIELD=VALUE...", required=True)
    @click.option("--why", default="", metavar="REASON", help=_("Kept with the change."))
    @click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
    @at_option
    @json_option
    @pass_session
    def set_(
        session: Session,
        which: str,
        pairs: tuple[str, ...],
        why: str,
        dry_run: bool,
        at: str | None,
        as_json: bool,
    ) -> None:
        store = session.store
        id_ = store.find(record.noun, which)
        row = store.row(record.noun, id_) or {}
        values = parse_pairs(store, record, pairs, str(row.get("unit") or ""))
        record.refuse_fixed(row, values)
        for field in record.fields:
            if field.required and field.name in values and values[field.name] is None:
                raise InvalidValue(_("{field} cannot be empty").format(field=field.label))
        happened = moment(at) if at else None
        if record.noun == "equipment" and "serviceability" in values:
            values["reported_at"] = happened or times.now()
        with store.write(f"{record.noun} set", why=why, at=happened, dry_run=dry_run) as writer:
            writer.set(record.noun, id_, values)
        written(
            session,
            writer,
            dry_run,
            as_json,
            {"id": id_},
            _("changed {record} {id}").format(record=record.label, id=id_),
        )

    del set_


def written(
    session: Session,
    writer: Any,
    dry_run: bool,
    as_json: bool,
    value: dict[str, Any],
    said: str,
    *,
    undoable: bool = True,
) -> None:
    """After a write: what was done and how to take it back, if it can be; for a dry run, what would be."""
    value = {**value, "op": None if dry_run else writer.op, "dry_run": dry_run}
    if dry_run:
        value |= {"facts": writer.written, "facts_are": FACTS_ARE}
        if not as_json:
            click.echo("\n".join(would_be(said, writer.written)))
            session.note(_("dry run: nothing was written"))
            return
    if as_json:
        click.echo(dump(value))
    else:
        click.echo("\n".join(map(safe, said.split("\n"))))
        from emergency.store import undoing

        if undoable and undoing.can_be(writer.kind):
            session.hint(_("take it back: emergency undo {op}").format(op=writer.op))
    if not dry_run:
        session.announce(writer)


def _import(group: Verbs, record: Record) -> None:
    from emergency.commands.importing import import_command

    group.add_command(import_command(record))


def _export(group: Verbs, record: Record) -> None:
    @group.command(
        "export",
        help=_("Write all {records} to a file, or - for stdout: CSV, NDJSON, or XLSX by its ending.").format(
            records=record.many
        ),
    )
    @click.argument("file", metavar="FILE|-")
    @click.option("--retired", is_flag=True, help=_("Those no longer in use too."))
    @as_of_option
    @pass_session
    def export(session: Session, file: str, retired: bool) -> None:
        from emergency.plugins import load

        rows = (plain(record, row) for row in stream(session.store, record.noun, Filter(retired=retired)))
        names = ["id", *(f.name for f in record.fields)]
        if file == "-":
            print_rows(Form("csv"), rows, [Column(n, n, lambda row: "") for n in names], dict)
            return
        ending = os.path.splitext(file)[1].lstrip(".").lower() or "csv"
        exporter = load().exporter(ending)
        if exporter is None:
            raise InvalidValue(
                _("no exporter writes .{ending} files").format(ending=safe(ending)),
                hint=_("there are: {names}").format(names=listed(load().endings())),
            )
        count = exporter(file, names, ({k: flat(v) for k, v in row.items()} for row in rows))
        session.note(_("{count} written to {file}").format(count=count, file=safe(file)))

    del export


def _history(group: Verbs, record: Record) -> None:
    @group.command(
        "history", help=_("Every fact about one {record}: who, when, why.").format(record=record.label)
    )
    @click.argument("which", metavar="ID")
    @as_of_option
    @output_options
    @pass_session
    def history_(session: Session, which: str, form: Form) -> None:
        from emergency.store import history, saying

        id_ = session.store.find(record.noun, which, loose=True)
        events = history.of(session.store, record.noun, id_)

        print_rows(
            form,
            events,
            [
                Column("at", _("Happened"), lambda e: times.format_time(e["at_ms"])),
                Column("recorded", _("Recorded"), lambda e: times.format_time(e["recorded_ms"])),
                Column("who", _("Who"), lambda e: safe(e["who"])),
                Column("what", _("What"), lambda e: safe(e["what"])),
                Column("values", _("Values"), lambda e: safe(saying.event(e))),
                Column("why", _("Why"), lambda e: safe(e["why"])),
            ],
            lambda e: {k: v for k, v in e.items() if k != "fact" and not k.endswith("_ms")},
        )

    del history_


def _open_lines(store: Store, noun: str, id_: str) -> list[str]:
    """A few of the order lines that still stand on a record."""
    from emergency.store.following import follow

    if noun not in ("callup", "incident", "team", "equipment"):
        return []
    column = "order" if noun == "callup" else noun
    return [line["id"] for line in follow(store, open_only=True) if line[column] == id_][:5]


def _retire(group: Verbs, record: Record) -> None:
    @group.command(
        "retire", help=_("Take one {record} out of use; its history stays.").format(record=record.label)
    )
    @click.argument("which", metavar="ID")
    @click.option("--reason", "-r", required=True, help=_("Why."))
    @json_option
    @pass_session
    def retire(session: Session, which: str, reason: str, as_json: bool) -> None:
        store = session.store
        id_ = store.find(record.noun, which)
        row = store.row(record.noun, id_)
        if row is None:
            raise NoSuchRecord(_("no {record} {id}").format(record=record.label, id=safe(which)))
        still = _open_lines(store, record.noun, id_)
        if still:
            raise Refused(
                _("{id} is called up by {order}").format(id=safe(id_), order=listed(still)),
                hint=_("end that line first"),
            )
        with store.write(f"{record.noun} retire", why=reason) as writer:
            writer.set(record.noun, id_, {"retired": reason})
        written(
            session,
            writer,
            False,
            as_json,
            {"id": id_},
            _("retired {record} {id}").format(record=record.label, id=id_),
        )

    del retire
