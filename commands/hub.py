"""`emergency hub`: a regional hub, and who is enrolled at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.listening import LOOPBACK, listening_options, need_extra
from emergency.commands.output import Column, Form, dump, json_option, output_options, print_rows
from emergency.commands.session import Session, pass_session
from emergency.store.errors import Refused
from emergency.store.records.grant import ROLES
from emergency.store.text import safe
from emergency.store.words import _, language

if TYPE_CHECKING:
    from emergency.plugins.hub import Opened

cli = Verbs("hub", help=commands()["hub"].help, context_settings={"help_option_names": ["-h", "--help"]})
#: Roles that a code may give.
GIVEN = ("duty", "team", "commission", "hub")


def database_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--database`: which hub, where more than one is kept on this machine."""
    return click.option(
        "--database",
        metavar="PATH|postgresql://...",
        help=_("The hub's database; else EMERGENCY_HUB, or the one last served here."),
    )(command)


@contextmanager
def _opened(session: Session, database: str | None, **options: Any) -> Iterator[Opened]:
    """The hub, opened. Raises BadStore, Refused."""
    from emergency.plugins.hub import opened, place_of
    from emergency.plugins.hub.engine import Unavailable

    hub: Opened | None = None
    try:
        hub = opened(place_of(database, session.home), session.home, **options)
        yield hub
    except Unavailable as error:
        raise Refused(
            _("the hub's database cannot be used now: {why}").format(why=safe(str(error).split("\n")[0])),
            hint=_("nothing was changed; try again in a moment"),
        ) from None
    finally:
        if hub is not None:
            hub.engine.close()


def _as_whom(session: Session) -> str:
    from emergency.store.store import login

    return session.officer or login()


@cli.command(
    "serve",
    help=_("Serve stations until it is stopped. Prints `listening on URL` when ready.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub serve\n  emergency hub serve --host 0.0.0.0 --tls --name 丰台枢纽\n"
    "  emergency hub serve --database postgresql://hub@db1,db2/hub\n",
)
@listening_options(8470)
@database_option
@click.option("--name", default="", help=_("What stations see the hub called."))
@click.option(
    "--key", metavar="PATH", help=_("Beside which path its `.key` file lies, if not beside the database.")
)
@click.option(
    "--tls", is_flag=True, help=_("HTTPS, by a certificate authority of its own that stations pin.")
)
@click.option("--public-name", default="", metavar="HOST", help=_("The name stations call it by, for --tls."))
@click.option(
    "--proxy",
    default="",
    metavar="ADDRESS",
    help=_("Of a proxy before it, whose X-Forwarded-For is believed; else that of nobody."),
)
@click.option(
    "--most-a-day",
    type=click.IntRange(1),
    default=256,
    show_default=True,
    metavar="MIB",
    help=_("What one station may hand over in a day."),
)
@click.option("--no-log", is_flag=True, help=_("No line on stderr for each request."))
@pass_session
def serve(
    session: Session, /, database: str | None, name: str, key: str | None, tls: bool, **options: Any
) -> None:
    """See the help above."""
    from emergency.plugins.hub import place_of, remember

    need_extra("hub", _("a hub needs what is not installed here"), "starlette", "uvicorn")
    where = place_of(database, session.home)
    with _opened(session, where, name=name, key=key) as hub:
        remember(where, session.home)
        _serve(session, hub, tls, options)


def _serve(session: Session, hub: Opened, tls: bool, options: dict[str, Any]) -> None:
    import datetime

    from emergency.plugins.hub import serving
    from emergency.plugins.hub.tls import files

    certificate, certificate_key = options["certificate"], options["certificate_key"]
    identity = hub.identity
    if tls:
        now = datetime.datetime.now(datetime.UTC)
        made = files(hub.place, options["public_name"] or options["host"], now)
        certificate, certificate_key = made.certificate, made.key
        identity = identity._replace(ca=made.ca_text)
    if not certificate and options["host"] not in LOOPBACK:
        session.note(_("without --tls others on the network can read what passes"))

    def ready(url: str) -> None:
        click.echo(f"listening on {url}")  # Scripts wait for these words, in any language.
        session.note(_("hub {name}, {database}").format(name=identity.name, database=hub.engine.name))

    serving.serve(
        hub.engine,
        identity,
        serving.Options(
            options["host"],
            options["port"],
            certificate,
            certificate_key,
            not (options["no_log"] or session.quiet),
            options["proxy"],
            options["most_a_day"] * 1024 * 1024,
        ),
        ready,
    )


@cli.command(
    "enrol-code",
    help=_("Give out a code with which one station can enrol, once, within a day.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub enrol-code --station FT --region 110106\n",
)
@click.option("--station", required=True, metavar="NAME", help=_("For which station."))
@click.option(
    "--role", type=click.Choice(GIVEN), default="duty", show_default=True, help=_("What it may do.")
)
@click.option("--region", default="", metavar="CODE", help=_("What it gets whole; without it, everything."))
@click.option("--qr", is_flag=True, help=_("Also as a QR code, for a camera."))
@database_option
@json_option
@pass_session
def enrol_code(
    session: Session, station: str, role: str, region: str, qr: bool, database: str | None, as_json: bool
) -> None:
    """The code is shown once: only its hash is kept."""
    from emergency.plugins.hub.enrolling import new_code
    from emergency.store import reference, times

    if region:
        reference.region(region)
    with _opened(session, database) as hub:
        code, expires = hub.writing.submit(
            lambda filing: new_code(filing.sql, station, role, region, filing.now)
        ).result()
    if as_json:
        told = {"code": code, "station": station, "role": role, "region": region or None}
        click.echo(dump({**told, "expires": times.format_time(expires)}))
        return
    click.echo(code)
    if qr:
        _print_qr(code)
    session.note(
        _("for {station}, until {time}: emergency sync enrol URL {code}").format(
            station=station, time=times.format_time(expires), code=code
        )
    )


def _print_qr(text: str) -> None:
    need_extra("hub", _("a hub needs what is not installed here"), "starlette", "uvicorn")
    import io

    import segno

    out = io.StringIO()
    segno.make_qr(text).terminal(out, border=2, compact=True)
    click.echo(out.getvalue().rstrip("\n"))


@cli.command("stations", help=_("Who is enrolled, and what waits to be admitted."))
@database_option
@output_options
@pass_session
def stations(session: Session, database: str | None, form: Form) -> None:
    """Enrolled ones first, then feeds that were brought and that nobody has enrolled."""
    from emergency.plugins.hub.enrolling import listed

    with _opened(session, database, create=False) as hub, hub.engine.reading() as sql:
        rows = listed(sql)
    from emergency.store import times

    columns = [
        Column("station", _("Station"), lambda r: safe(r["station"])),
        Column("role", _("Role"), lambda r: ROLES[r["role"]][1 if language() == "zh" else 0]),
        Column("region", _("Region"), lambda r: safe(r["region"] or "")),
        Column("state", _("State"), lambda r: _STATES()[r["state"]]),
        Column("entries", _("Entries"), lambda r: str(r["entries"])),
        Column(
            "last_entry",
            _("Last entry"),
            lambda r: times.format_time(r["last_entry"]) if r["last_entry"] else "",
        ),
        Column("feed", _("Feed"), lambda r: r["feed"]),
        Column("why", _("Reason"), lambda r: safe(r["why"] or "")),
    ]

    def plain(row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "last_entry": times.format_time(row["last_entry"]) if row["last_entry"] else None}

    if not print_rows(form, rows, columns, plain):
        session.note(_("no station is enrolled: emergency hub enrol-code --station NAME"))


def _STATES() -> dict[str, str]:
    return {
        "enrolled": _("enrolled"),
        "revoked": _("revoked"),
        "waiting": _("waits to be admitted"),
        "forked": _("writes twice"),
    }


@cli.command(
    "revoke",
    help=_("Let a station's entries count up to one and no further. What came later is kept and shown.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub revoke FT --why 笔记本电脑被盗\n",
)
@click.argument("station")
@click.option("--why", required=True, help=_("The reason, written into the journal."))
@click.option(
    "--last",
    type=click.IntRange(0),
    metavar="N",
    help=_("Its last entry that counts; else the last the hub has."),
)
@database_option
@json_option
@pass_session
def revoke(
    session: Session, station: str, why: str, last: int | None, database: str | None, as_json: bool
) -> None:
    """Every station is told by an entry of the hub."""
    from emergency.plugins.hub import enrolling

    who = _as_whom(session)
    with _opened(session, database, create=False) as hub:
        member = hub.writing.submit(lambda filing: enrolling.revoke(filing, station, why, who, last)).result()
    if as_json:
        click.echo(dump({"station": member.station, "feed": member.feed, "last": member.last, "why": why}))
    else:
        click.echo(
            _("{station} is revoked after entry {n}").format(station=safe(member.station), n=member.last)
        )


@cli.command("admit", help=_("Enrol a station whose entries somebody else brought, without a code."))
@click.argument("station")
@click.option(
    "--role", type=click.Choice(GIVEN[:3]), default="duty", show_default=True, help=_("What it may do.")
)
@click.option("--region", default="", metavar="CODE", help=_("What it gets whole; without it, everything."))
@database_option
@json_option
@pass_session
def admit(
    session: Session, station: str, role: str, region: str, database: str | None, as_json: bool
) -> None:
    """A person's word stands in for the code."""
    from emergency.plugins.hub import enrolling

    who = _as_whom(session)
    with _opened(session, database, create=False) as hub:
        member = hub.writing.submit(
            lambda filing: enrolling.admit(filing, station, role, region, who)
        ).result()
    if as_json:
        click.echo(dump({"station": member.station, "feed": member.feed, "role": member.role}))
    else:
        click.echo(_("{station} is admitted").format(station=safe(member.station)))


@cli.group("peer", cls=Verbs, help=_("Other hubs that this one exchanges with, by agreement."))
def peer() -> None:
    """What crosses is decided by whoever hands it over."""


@peer.command(
    "add",
    help=_("Exchange with another hub, by a code with the role `hub` that it gave out.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub peer add https://hub.tj.example:8470 7K3QD-... --scope 110000\n",
)
@click.argument("url")
@click.argument("code")
@click.option(
    "--scope",
    default="",
    metavar="CODE",
    help=_("Hand over the facts of this region alone; of others the chain."),
)
@database_option
@json_option
@pass_session
def peer_add(session: Session, url: str, code: str, scope: str, database: str | None, as_json: bool) -> None:
    """The other hub is met while this one is served."""
    from emergency.plugins.hub import peers
    from emergency.store import reference
    from emergency.store.link import HttpLink, checked_url
    from emergency.store.requests import check_words

    if scope:
        reference.region(scope)
    address = checked_url(url)
    link = HttpLink(address, unproven=address.startswith("https"))
    try:
        with _opened(session, database) as hub:
            added = peers.add(hub, address, code, scope, link, _as_whom(session))
    finally:
        link.close()
    if as_json:
        click.echo(dump({"hub": added.name, "feed": added.feed, "url": added.url, "scope": scope or None}))
    else:
        click.echo(
            _("enrolled at {hub}, key {words}").format(hub=safe(added.name), words=check_words(added.key))
        )


@peer.command("list", help=_("The peers, and when each was last met."))
@database_option
@output_options
@pass_session
def peer_list(session: Session, database: str | None, form: Form) -> None:
    """Asks nobody."""
    from emergency.plugins.hub.peers import peers
    from emergency.store import times

    with _opened(session, database, create=False) as hub, hub.engine.reading() as sql:
        rows = [
            {
                "hub": p.name,
                "url": p.url,
                "scope": scope or None,
                "state": p.told.get("state", "never"),
                "synced": times.format_time(p.synced) if p.synced else None,
                "why": p.told.get("why") or None,
                "feed": p.feed,
            }
            for p, scope in peers(sql)
        ]
    columns = [
        Column("hub", _("Hub"), lambda r: safe(r["hub"])),
        Column("scope", _("Region"), lambda r: r["scope"] or ""),
        Column("synced", _("Last synced"), lambda r: r["synced"] or ""),
        Column("url", "URL", lambda r: safe(r["url"])),
        Column("why", _("Reason"), lambda r: safe(r["why"] or "")),
    ]
    if not print_rows(form, rows, columns, dict):
        session.note(_("no peer was added: emergency hub peer add URL CODE"))


@peer.command("remove", help=_("Exchange with a peer no more; what crossed stays."))
@click.argument("name")
@database_option
@pass_session
def peer_remove(session: Session, name: str, database: str | None) -> None:
    """Its stations' entries are still handed on; `emergency hub revoke` ends that."""
    from emergency.plugins.hub.peers import remove

    with _opened(session, database, create=False) as hub:
        gone = remove(hub, name)
    click.echo(_("{hub} is a peer no more").format(hub=safe(gone.name)))
