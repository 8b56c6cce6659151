"""`emergency alert`: warnings taken in, shown as chains, and turned into draft orders (rows M1, M2, E5)."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.catalog import commands
from emergency.commands.output import (
    Column,
    Form,
    dump,
    json_option,
    limit_option,
    output_options,
    print_rows,
)
from emergency.commands.present import plain
from emergency.commands.register import register
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.commands.typed import filter_from
from emergency.store import alertlist, alertwords, extent, times
from emergency.store.alerts import Chain, Incoming, chain_of
from emergency.store.errors import EmergencyError, Exit, InvalidValue, UnreadableInput, reason
from emergency.store.records import RECORDS
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store
from emergency.store.text import quoted, safe
from emergency.store.typed import region_code
from emergency.store.words import _, told

if TYPE_CHECKING:
    from emergency.plugins.alerts import Reading, Trust


def about(store: Store, row: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The chain of an alert: how it stands, what it replaced, what is missing or in doubt, and its orders."""
    chain = chain_of(store, row["id"])
    mark = alertwords.reality(row)
    lines = [(mark, _("not the real thing"))] if mark else []
    if chain is None:
        return {}, lines
    now = times.now() if store.as_of is None else store.as_of
    lines.append((_("Stands"), alertwords.state(chain)))
    if chain.head["id"] != row["id"]:
        lines.append((_("Replaced by"), alertwords.short(chain.head, now)))
    lines += [(_("Replaces"), alertwords.short(r, now)) for r in chain.earlier if r["id"] != row["id"]]
    lines += alertwords.doubts(chain)
    orders = alertwords.orders(store, chain)
    lines += [(_("Order"), f"{o['id']} {safe(str(o['note'] or ''))}") for o in orders]
    return chain_value(chain) | {"orders": [o["id"] for o in orders]}, lines


cli = register("alert", help=commands()["alert"].help, importable=False, more=about)
del cli.commands["list"]


def chain_value(chain: Chain) -> dict[str, Any]:
    """How an alert stands in its chain, for JSON."""
    return {
        "state": chain.state,
        "real": chain.real,
        "current": chain.head["id"],
        "chain": [_link(r) for r in (chain.head, *chain.earlier)],
        "missing": [list(m) for m in chain.missing],
        "doubted_by": list(chain.doubted_by),
    }


def _link(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "identifier", "msg_type", "status", "colour", "headline")
    return {n: row[n] for n in names} | {
        "sent": None if row["sent"] is None else times.format_time(row["sent"])
    }


# -- list -----------------------------------------------------------------------------------------


@cli.command(
    "list",
    help=_("List warnings, those that stand and the gravest first; each with what it took the place of.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency alert list\n  emergency alert list colour:red --region 110111 --standing --json\n",
)
@click.argument("filter", required=False, default="")
@click.option("--where", multiple=True, metavar="FILTER", help=_("And this too: 'colour:red'."))
@click.option("--standing", is_flag=True, help=_("Only those that stand or are to come."))
@click.option(
    "--ended",
    is_flag=True,
    help=_("Only those that do not stand: replaced, cancelled, run out; the newest first."),
)
@click.option("--sort", default="", metavar="FIELD", help=_("By this field; -FIELD the other way round."))
@click.option("--region", metavar="CODE", help=_("That touch this region: 1101, 110106, 丰台."))
@limit_option()
@click.option("--retired", is_flag=True, help=_("Those no longer in use too."))
@as_of_option
@output_options
@pass_session
def list_(session: Session, /, standing: bool, ended: bool, form: Form, **options: Any) -> None:
    """Chains, the current alert of each; of what has ended, each alert."""
    if standing and ended:
        raise InvalidValue(_("--standing and --ended exclude each other"))
    store = session.store
    now = times.now() if store.as_of is None else store.as_of
    which = alertlist.STANDING if standing else alertlist.ENDED if ended else alertlist.ALL
    asked = filter_from(RECORDS["alert"], {"filter": options["filter"], "where": options["where"]})
    region = region_code(store, options["region"]) if options["region"] else ""
    found = alertlist.listed(store, which, at=now, terms=asked.terms, region=region)
    ranks = alertlist.ranks(found, options["sort"].removeprefix("-"))
    found = [found[n] for _rank, n in sorted(zip(ranks, range(len(found)), strict=True))]
    if options["sort"].startswith("-"):
        found.reverse()
    rows: list[dict[str, Any]] = [{"id": one.id, "row": one.row, "listed": one} for one in found]
    if options["retired"]:
        gone = alertlist.out_of_use(store, terms=asked.terms, region=region)
        rows += [{"id": r["id"], "row": r, "listed": None} for r in gone]
    rows = rows[: options["limit"]]

    def whole(row: Mapping[str, Any]) -> dict[str, Any]:
        full, one = store.row("alert", row["id"]), row["listed"]
        assert full is not None
        told = {"state": "retired"} if one is None else chain_value(one.chain) | {"state": one.state}
        return plain(RECORDS["alert"], full) | told

    if not print_rows(form, rows, _columns(now), whole):
        session.note(_("no warning stands") if standing else _("no alerts match"))


def _columns(now: int) -> list[Column]:
    def field(name: str, heading: str) -> Column:
        return Column(name, heading, lambda r: alertwords.field(r["row"], name))

    def time(name: str, heading: str) -> Column:
        return Column(name, heading, lambda r: alertwords.moment(r["row"][name], now))

    return [
        Column("id", _("Id"), lambda r: r["id"] + (" *" if r["row"]["sample"] else "")),
        Column(
            "state", _("Stands"), lambda r: alertwords.listed(r["listed"]) if r["listed"] else _("retired")
        ),
        field("colour", _("Warning colour")),
        field("event", _("Event")),
        field("area", _("Area")),
        time("sent", _("Sent")),
        time("expires", _("Expires")),
        field("headline", _("Headline")),
    ]


# -- import ---------------------------------------------------------------------------------------


@cli.command(
    "import",
    help=_(
        "Take in alerts: CAP 1.0 to 1.2, alone or in a feed, or a feed of warnings as JSON."
        " The same alert twice is one; of several files those that can be read are taken in."
        " Certificates of those who sign stand in {folder}."
    ).format(folder="alerts/")
    + f"\n\n\b\n{_('Examples:')}\n  emergency alert import warning.xml --dry-run\n  emergency alert import *.xml\n  curl -s URL | emergency alert import -\n",
)
@click.argument("file", metavar="FILE|-...", nargs=-1, required=True)
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@json_option
@pass_session
def import_(session: Session, file: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    """Exit 0 taken in or known, 5 some refused, 2 none that can be read, or the only alert refused."""
    named = {one: "-" if one == "-" else os.path.basename(one) for one in file}
    # All are read before anything is written.
    reading = merged([_read(session, one, name) for one, name in named.items()])
    name = " ".join(named.values())
    if reading.refused and not reading.messages and len(reading.refused) == 1:
        only = reading.refused[0]
        raise InvalidValue(only.why if only.file else f"{quoted(only.name)}: {only.why}", hint=only.hint)
    taken = take_in(session, reading, name, dry_run=dry_run)
    if as_json:
        click.echo(dump(taken))
    else:
        tell(session, taken)
    if len([r for r in taken["refused"] if r["file"]]) == len(named):
        return Exit.USAGE
    return Exit.PARTLY_FAILED if taken["refused"] else Exit.DONE


def _read(session: Session, file: str, name: str) -> Reading:
    """What a file holds; of one that cannot be read, only that."""
    from emergency.plugins.alerts import Reading, Refusal

    try:
        return read(session, _bytes(file), name)
    except UnreadableInput as error:
        return Reading(refused=(Refusal("", error.message, error.hint, name),))


def _bytes(file: str) -> bytes:
    """All of a file, or so much of it that it is seen to be too large. Raises UnreadableInput."""
    from emergency.plugins.alerts import MOST_BYTES

    if file == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with open(file, "rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableInput(told(quoted(file), reason(error))) from None


def trust(session: Session) -> Trust:
    """The certificates that this office trusts for alerts."""
    from emergency.plugins.alerts import Trust

    return Trust(os.path.join(session.settings, "alerts"))


def read(session: Session, data: bytes, name: str) -> Reading:
    """What a file or an answer holds. Raises UnreadableInput."""
    from emergency.plugins import alerts

    return alerts.read(data, name, trust(session))


def merged(readings: Sequence[Reading]) -> Reading:
    """What several files hold, as if one held it."""
    from emergency.plugins.alerts import Reading

    return Reading(*(tuple(itertools.chain.from_iterable(parts)) for parts in zip(*readings, strict=True)))


def take_in(session: Session, reading: Reading, why: str, *, dry_run: bool = False) -> dict[str, Any]:
    """Write what is new, as one operation; returns what became of each alert."""
    from emergency.plugins.alerts import Refusal
    from emergency.plugins.sheets.regions import Regions

    rows: list[dict[str, Any]] = []
    refused = list(reading.refused)
    with session.store.write("alert import", why=why[:200], dry_run=dry_run) as writer:
        find = Regions(writer.connection).find
        incoming = Incoming(writer)
        for message in reading.messages:
            values, remarks = extent.placed(message.values, find)
            if str(values.get("note") or "").startswith(SAMPLE_MARK):
                values["sample"] = SAMPLE_MARK
            try:
                taken = incoming.take(values)
            except EmergencyError as error:
                refused.append(Refusal(str(values["identifier"]), error.message, error.hint))
                continue
            rows.append({**taken._asdict(), "values": values, "remarks": [*message.remarks, *remarks]})
    new = [r for r in rows if r["outcome"] in ("new", "verified")]
    if new and not dry_run:
        session.announce(writer)
    return {
        "op": writer.op if new and not dry_run else None,
        "dry_run": dry_run,
        "new": sum(r["outcome"] == "new" for r in rows),
        "known": sum(r["outcome"] == "known" for r in rows),
        "alerts": [_told(r) for r in rows],
        "refused": [{"identifier": r.name, "file": r.file, "why": r.why, "hint": r.hint} for r in refused],
        "links": list(reading.links),
    }


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """One alert of an import: what it is and what became of it."""
    values = row["values"]
    record = RECORDS["alert"]
    shown = {}
    for name in (
        "identifier",
        "sender",
        "sent",
        "status",
        "msg_type",
        "event",
        "colour",
        "region",
        "signature",
        "headline",
    ):
        field = record.field(name)
        assert field is not None
        shown[name] = field.type.plain(values.get(name))
    return {"id": row["id"], "outcome": row["outcome"], **shown, "remarks": row["remarks"]}


def tell(session: Session, taken: dict[str, Any]) -> None:
    """The same for a person: a line for each alert, what was odd about it, what was refused."""
    for one in taken["alerts"]:
        click.echo(safe(alertwords.outcome(one)))
        for remark in one["remarks"]:
            session.note("  ! " + remark)
    for one in taken["refused"]:
        told = (
            _("not taken in: {why}").format(why=one["why"])
            if one["file"]
            else _("refused {id}: {why}").format(id=quoted(one["identifier"]), why=one["why"])
        )
        click.echo(safe(told), err=True)
        if one["hint"]:
            session.note("  " + one["hint"])
    if taken["dry_run"]:
        session.note(_("dry run: nothing was written"))
    elif not (taken["alerts"] or taken["refused"]):
        session.note(_("there is no alert in it now"))
    if taken["op"]:
        session.hint(_("take it back: emergency undo {op}").format(op=taken["op"]))
    for link in taken["links"][:5]:
        session.note(_("the feed names an alert at {link}").format(link=safe(link)))


from emergency.commands import alertdraft, alertwatch  # noqa: E402  (files of their own)

cli.add_command(alertwatch.watch)
cli.add_command(alertdraft.draft)
cli.add_command(alertdraft.sample)
