"""`emergency bundle`: entries in a file, for a stick where there is no network (row H4)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.output import dump, json_option, print_one
from emergency.commands.session import Session, pass_session
from emergency.commands.tidings import (
    newcomer_words,
    plain_newcomer,
    plain_taken,
    standing_words,
    taken_words,
)
from emergency.store import bundles, receivers, reference, times, wants
from emergency.store.bundles import About, Imported, Plan
from emergency.store.errors import Exit, InvalidValue, UnreadableInput, reason
from emergency.store.receivers import Chosen
from emergency.store.requests import check_words
from emergency.store.text import safe
from emergency.store.wants import Want
from emergency.store.words import _, listed, told

cli = Verbs(
    "bundle", help=commands()["bundle"].help, context_settings={"help_option_names": ["-h", "--help"]}
)


#: So many bytes of a stream are kept in memory while it is read, the rest in a file that has no name.
SPOOLED = 16 * 1024 * 1024


def _open(path: str) -> BinaryIO:
    """A file that can be read twice; `-` is standard input. Raises UnreadableInput."""
    try:
        stream = _stream(path)
        return stream if path != "-" and stream.seekable() else _kept(stream)
    except OSError as error:
        raise UnreadableInput(
            _("{path} cannot be read: {why}").format(path=safe(path), why=reason(error))
        ) from None


@contextmanager
def _reading(path: str) -> Iterator[BinaryIO]:
    """The same, while it is read; what is wrong in it is said of it by name. Raises UnreadableInput."""
    with _open(path) as stream:
        try:
            yield stream
        except UnreadableInput as error:
            name = _("standard input") if path == "-" else safe(path)
            raise UnreadableInput(told(name, error.message), hint=error.hint) from None


def _stream(path: str) -> BinaryIO:
    if path == "-":
        return sys.stdin.buffer
    return open(path, "rb")


def _kept(stream: BinaryIO) -> BinaryIO:
    """What comes through a pipe can be read once only."""
    kept = tempfile.SpooledTemporaryFile(SPOOLED)  # noqa: SIM115 - whoever reads it closes it.
    shutil.copyfileobj(stream, kept)
    kept.seek(0)
    return cast(BinaryIO, kept)


def _stdout(as_json: bool) -> BinaryIO:
    """Where what is written to `-` goes. Raises UsageError, InvalidValue."""
    if as_json:
        raise click.UsageError(_("with - standard output is the file: leave out --json"))
    if sys.stdout.isatty():
        raise InvalidValue(
            _("it is not written to a terminal"), hint=_("name a file, or send it on: ... - | ssh HOST ...")
        )
    return sys.stdout.buffer


@cli.command(
    "export",
    help=_("Write entries to a file, sealed to the stations that may open it.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency bundle export /media/usb/ft.bundle\n"
    "  emergency bundle export ft.bundle --to HD --since '2h ago'\n"
    "  emergency bundle export ft.bundle --want hd.want\n",
)
@click.argument("file")
@click.option(
    "--to",
    multiple=True,
    metavar="STATION",
    help=_("Sealed to this station, of what it may have; else to all known here that may have everything."),
)
@click.option("--open", "unsealed", is_flag=True, help=_("Not sealed: whoever finds the stick can read it."))
@click.option("--want", metavar="FILE", help=_("What this want file asks for, sealed to its station too."))
@click.option("--since", metavar="TIME", help=_("Only what came here since then."))
@click.option(
    "--region", default="", metavar="CODE", help=_("Facts of this region alone; of others the chain.")
)
@click.option(
    "--personal",
    is_flag=True,
    help=_(
        "Telephone and identity numbers and exact sites too, with --open, or for a station that may not have them."
    ),
)
@json_option
@pass_session
def export(
    session: Session,
    file: str,
    to: tuple[str, ...],
    unsealed: bool,
    want: str | None,
    since: str | None,
    region: str,
    personal: bool,
    as_json: bool,
) -> None:
    """Everything, unless told what."""
    if unsealed and to:
        raise click.UsageError(_("--open seals to nobody: leave out --to"))
    if region:
        reference.region(region)
    out = _stdout(as_json) if file == "-" else None
    asked = _want(want) if want else None
    store = session.store
    from_when = times.parse_time(since, times.now()) if since else None
    if unsealed:
        chosen = Chosen((), region, personal)
    elif to or asked:
        chosen = receivers.named(store, to, asked, region, personal=personal)
    else:
        chosen = receivers.everybody(store, region)
    what = bundles.stretches(store, heads=asked and asked.heads, since=from_when)
    plan = Plan(what, chosen.keys, chosen.region, chosen.personal)
    written = bundles.pour(store, out, plan) if out else bundles.export(store, file, plan)
    if as_json:
        told = {
            "file": file,
            "entries": written.entries,
            "bytes": written.bytes,
            "sealed_to": written.receivers,
            "scope": chosen.region or None,
            "personal": chosen.personal,
            "left_out": [{"station": one.station, "why": one.why} for one in chosen.left_out],
            "beyond_grant": list(chosen.beyond),
        }
        click.echo(dump(told))
        return
    said = _("{count} entries written to {file} and read back, {bytes} bytes").format(
        count=written.entries, file=safe(file), bytes=written.bytes
    )
    if out:
        session.note(said)
    else:
        click.echo(said)
    if written.receivers:
        session.note(_("sealed to {stations}").format(stations=safe(listed(written.receivers))))
    else:
        session.note(_("not sealed: whoever finds it can read it"))
    for line in _about_receivers(chosen):
        session.note(line)


def _about_receivers(chosen: Chosen) -> Iterator[str]:
    """What their grants have to do with what the bundle holds, and who gets none."""
    if chosen.scoped_for:
        yield _("of region {region} alone, as {stations} may have it").format(
            region=chosen.region, stations=safe(listed(chosen.scoped_for))
        )
    if chosen.bare_for:
        yield _(
            "without telephone and identity numbers and exact sites, which {stations} may not have;"
            " --personal puts them in"
        ).format(stations=safe(listed(chosen.bare_for)))
    if chosen.beyond:
        yield _("this holds more than {stations} may have by what hubs granted").format(
            stations=safe(listed(chosen.beyond))
        )
    for one in chosen.receivers:
        if not one.granted:
            yield _("no hub granted {station} anything: compare its key by telephone, {words}").format(
                station=safe(one.station), words=check_words(one.key)
            )
    words = {
        "revoked": _("left out, as revoked: {stations}"),
        "not-granted": _("left out, as no hub granted them anything: {stations}; --to seals to one of them"),
        "limited": _(
            "left out, as they may not have all of this: {stations}; --to STATION makes one of what it may have"
        ),
    }
    for why, said in words.items():
        stations = listed(one.station for one in chosen.left_out if one.why == why)
        if stations:
            yield said.format(stations=safe(stations))


def _want(path: str) -> Want:
    with _reading(path) as stream:
        return wants.read(stream)


@cli.command(
    "import",
    help=_("Take in every whole entry of a bundle.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency bundle import /media/usb/ft.bundle\n"
    "  ssh ft emergency bundle export - --to HD | emergency bundle import -\n",
)
@click.argument("file")
@json_option
@pass_session
def import_(session: Session, file: str, as_json: bool) -> int:
    """Exit code 5 where some of it was damaged, forged or not readable; the rest is taken in."""
    with _reading(file) as stream:
        got = bundles.take_in(session.store, stream)
    bad = {why: n for why, n in got.aside.items() if why not in ("waits", "newer")}
    partly = bool(bad or got.unread or got.about.damaged or got.about.trailer != "good")
    if as_json:
        click.echo(dump(_plain(file, got)))
    else:
        _print(session, file, got, bad)
    return Exit.PARTLY_FAILED if partly else Exit.DONE


def _plain(file: str, got: Imported) -> dict[str, Any]:
    return {
        "file": file,
        "from": (got.about.header.get("from") or {}).get("station"),
        "new": got.new,
        "known": got.known,
        "aside": got.aside,
        "missing": _missing(got),
        "unread_blocks": got.unread,
        "damaged_bytes": got.about.damaged,
        "trailer": got.about.trailer,
        "new_stations": [plain_newcomer(one) for one in got.newcomers if not one.vouched],
        "new_keys": [plain_newcomer(one) for one in got.newcomers if one.vouched],
        "forked": got.forked,
        "waiting": got.waiting,
        "taken": [plain_taken(t) for t in got.ended],
    }


def _missing(got: Imported) -> int | None:
    """How many entries its header tells of that nothing was found of; None where the header is lost."""
    told = got.about.header.get("entries")
    came = got.new + got.known + sum(got.aside.values())
    return max(0, told - came) if isinstance(told, int) and not isinstance(told, bool) else None


def _print(session: Session, file: str, got: Imported, bad: dict[str, int]) -> None:
    click.echo(
        _("{file}: {new} new, {known} known already").format(file=safe(file), new=got.new, known=got.known)
    )
    for word in _doubts(got.about):
        session.note(word)
    missing = _missing(got)
    if missing:
        session.note(
            _("of its {all} entries {count} did not come: ask for it again").format(
                all=got.about.header["entries"], count=missing
            )
        )
    if got.unread:
        session.note(_("blocks that could not be read: {count}").format(count=got.unread))
    if got.about.locked:
        session.note(_("it is sealed, and its header, which has the keys, is damaged: ask for it again"))
    if bad:
        aside = listed(f"{safe(why)} {n}" for why, n in sorted(bad.items()))
        session.note(_("kept aside: {listed}; emergency doctor tells more").format(listed=aside))
    for one in got.newcomers:
        session.note(newcomer_words(one))
    for feed in got.forked:
        session.note(
            _("two machines wrote as {feed}: both are kept, and each goes on as another").format(feed=feed)
        )
    for line in (*map(taken_words, got.ended), *standing_words(session.store)):
        session.note(line)
    if got.waiting:
        session.note(
            _(
                "{count} entries wait for what comes before them: emergency bundle want FILE asks for it"
            ).format(count=got.waiting)
        )


def _doubts(about: About) -> list[str]:
    out = []
    if about.trailer == "missing":
        out.append(_("it was cut short: what is whole of it counts"))
    elif about.trailer == "changed":
        out.append(_("it was changed since it was written: what is whole of it counts"))
    if about.damaged:
        out.append(_("{count} bytes of it are damaged").format(count=about.damaged))
    made = about.header.get("made")
    ahead = made - times.now() if isinstance(made, int) else 0
    if ahead > times.SKEW:
        out.append(
            _("it was made {time} ahead of the clock here: one of the two clocks is wrong").format(
                time=times.format_age(ahead)
            )
        )
    return out


@cli.command(
    "show",
    help=_("What a bundle or want file says it is, and how whole it is.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency bundle show /media/usb/ft.bundle\n"
    "  emergency bundle show hd.want --json\n",
)
@click.argument("file")
@json_option
@pass_session
def show(session: Session, file: str, as_json: bool) -> int:
    """Opens nothing, and takes nothing in."""
    with _reading(file) as stream:
        about = bundles.look(stream)
    header = about.header
    asks = "want" in header
    sender = header.get("station") if asks else (header.get("from") or {}).get("station")
    made = header.get("made")
    value: dict[str, Any] = {
        "kind": "want" if asks else "bundle",
        "from": sender,
        "made": times.format_time(made) if isinstance(made, int) else None,
        "entries": header.get("entries"),
        "stations": bundles.stations_of(header),
        # Null where nobody knows.
        "sealed_to": None if about.locked else header.get("receivers") or [],
        "scope": header.get("scope"),
        "personal": header.get("personal"),
        "blocks": about.blocks,
        "damaged_bytes": about.damaged,
        "trailer": None if asks else about.trailer,
    }
    rows = [
        (_("Kind"), _("asks for entries") if asks else _("bundle")),
        (_("Written by"), str(value["from"] or "?")),
        (_("Made"), str(value["made"] or "?")),
        (_("Entries"), str(value["entries"] if value["entries"] is not None else "")),
        (_("Stations"), listed(value["stations"])),
        *(() if asks else _contents(about)),
    ]
    print_one(as_json, value, [row for row in rows if row[1]])
    if asks:
        return Exit.DONE
    for word in _doubts(about):
        session.note(word)
    return Exit.DONE if about.trailer == "good" and not about.damaged else Exit.PARTLY_FAILED


def _contents(about: About) -> list[tuple[str, str]]:
    """For whom it is, and how much of what its writer has may be in it, for people."""
    header, unknown = about.header, _("unknown: its header is damaged")
    sealed_to = listed(map(str, header.get("receivers") or [])) or _("nobody: it is open")
    scope = str(header.get("scope") or "") or _("all")
    personal = _("not in it") if header.get("personal") is False else _("in it")
    return [
        (_("Sealed to"), unknown if about.locked else sealed_to),
        (_("Region"), scope if header else unknown),
        (_("Telephone numbers, identity numbers, exact sites"), personal if header else unknown),
    ]


@cli.command(
    "want",
    help=_("Write what this station has, to carry to one that answers with what it lacks.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency bundle want hd.want\n"
    "  emergency bundle want - | ssh ft 'cat > hd.want'\n",
)
@click.argument("file")
@json_option
@pass_session
def want(session: Session, file: str, as_json: bool) -> None:
    """There: `bundle export FILE --want THIS`."""
    if file == "-":
        wants.pour(session.store, _stdout(as_json))
        return
    feeds = wants.write(session.store, file)
    if as_json:
        click.echo(dump({"file": file, "feeds": feeds}))
        return
    click.echo(_("{file} tells what this station has").format(file=safe(file)))
    session.note(_("there: emergency bundle export ANSWER --want {file}").format(file=safe(file)))
