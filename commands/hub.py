"""`emergency hub`: a regional hub, and who is enrolled at it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.hubcare import backup, mend, verify
from emergency.commands.hubopening import as_whom, database_option, looking_at, opened_hub
from emergency.commands.listening import LOOPBACK, check_certificate, listening_options, need_extra
from emergency.commands.output import Column, Form, dump, json_option, output_options, print_rows
from emergency.commands.peering import peer
from emergency.commands.session import Session, pass_session
from emergency.store.errors import InvalidValue
from emergency.store.records.grant import ROLES
from emergency.store.text import safe
from emergency.store.words import _, language

if TYPE_CHECKING:
    import socket

    from emergency.plugins.hub import Opened

cli = Verbs("hub", help=commands()["hub"].help, context_settings={"help_option_names": ["-h", "--help"]})
#: Roles that a code may give.
GIVEN = ("duty", "team", "commission", "hub")


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
    from emergency.plugins.hub import place_of
    from emergency.plugins.hub.engine import is_address
    from emergency.store import times

    need_extra("hub", _("a hub needs what is not installed here"), "starlette", "uvicorn")
    from emergency.plugins.hub.serving import listening

    where = place_of(database, session.home)
    is_address(where)
    # A setting of the clock that cannot be read would fail each request instead.
    times.now()
    if tls and options["certificate"]:
        raise click.UsageError(_("--tls makes a certificate of its own: leave out --certificate"))
    check_certificate(options["certificate"], options["certificate_key"])
    # Before a database is made: a hub that cannot be served leaves nothing behind.
    with (
        closing(listening(options["host"], options["port"])) as bound,
        opened_hub(session, where, name=name, key=key) as hub,
    ):
        _serve(session, hub, where, bound, tls, options)


def _serve(
    session: Session, hub: Opened, where: str, bound: socket.socket, tls: bool, options: dict[str, Any]
) -> None:
    import datetime

    from emergency.plugins.hub import remember, serving
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
        remember(where, session.home)
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
        bound,
        ready,
    )


@cli.command(
    "enrol-code",
    help=_("Give out a code with which one station can enrol, once, within a day.")
    + f"\n\n{_('A station that is enrolled already gets another role or region with it.')}\n"
    f"\n\b\n{_('Examples:')}\n  emergency hub enrol-code --station FT --region 110106\n"
    "  emergency hub enrol-code --station FT --role commission\n"
    "  emergency hub enrol-code --station FT --again\n",
)
@click.option("--station", required=True, metavar="NAME", help=_("For which station."))
@click.option(
    "--role", type=click.Choice(GIVEN), default="duty", show_default=True, help=_("What it may do.")
)
@click.option("--region", default="", metavar="CODE", help=_("What it gets whole; without it, everything."))
@click.option("--qr", is_flag=True, help=_("Also as a QR code, for a camera."))
@click.option(
    "--again",
    is_flag=True,
    help=_("Good for a station that was revoked, too: what it wrote meanwhile counts then."),
)
@database_option
@json_option
@pass_session
def enrol_code(
    session: Session, station: str, role: str, region: str, qr: bool, again: bool, database: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """The code is shown once: only its hash is kept."""
    from emergency.plugins.hub.enrolling import name_for, new_code
    from emergency.plugins.hub.members import admitted, holder
    from emergency.store import reference, times

    station = name_for(station, role)
    if region:
        reference.region(region)
    with opened_hub(session, database, create=False) as hub:
        code, expires = hub.writing.submit(
            lambda filing: new_code(filing.sql, station, role, region, filing.now, again=again)
        ).result()
        with hub.engine.reading() as sql:
            held = "" if role == "hub" else holder(sql, station, "")
            known = admitted(sql, held) if held else None
    if as_json:
        told = {"code": code, "station": station, "role": role, "region": region or None}
        click.echo(dump({**told, "expires": times.format_time(expires), "held_by": held or None}))
        return
    if known is not None and known.last is not None and not again:
        session.note(
            _("{station} was revoked here ({feed}): with --again it may enrol anew").format(
                station=safe(station), feed=held
            )
        )
    elif held:
        session.note(
            _(
                "{station} is known here ({feed}): the code is for that store, or for its backup restored"
            ).format(station=safe(station), feed=held)
        )
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


@cli.command(
    "stations",
    help=_("Who is enrolled, and what waits to be admitted.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub stations\n  emergency hub stations --json\n",
)
@database_option
@output_options
@pass_session
def stations(session: Session, database: str | None, form: Form) -> None:
    """Enrolled ones first, then feeds that were brought and that nobody has enrolled."""
    from emergency.plugins.hub.enrolling import listed

    with looking_at(session, database) as sql:
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
            _("Last received"),
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
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub revoke FT --why 笔记本电脑被盗\n"
    "  emergency hub revoke FT --all --why 笔记本电脑被盗\n",
)
@click.argument("station")
@click.option("--why", required=True, help=_("The reason, written into the journal."))
@click.option(
    "--last",
    type=click.IntRange(0),
    metavar="N",
    help=_("Its last entry that counts; else the last the hub has."),
)
@click.option(
    "--all", "all_", is_flag=True, help=_("Every feed of that station: copies, and what follows it.")
)
@database_option
@json_option
@pass_session
def revoke(
    session: Session,
    station: str,
    why: str,
    last: int | None,
    all_: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """Every station is told by an entry of the hub."""
    from emergency.plugins.hub import enrolling

    if all_ and last is not None:
        raise InvalidValue(_("--last is of one feed: leave out --all"))
    who = as_whom(session)
    with opened_hub(session, database, create=False) as hub:
        if all_:
            job = hub.writing.submit(lambda filing: enrolling.revoke_all(filing, station, why, who))
        else:
            job = hub.writing.submit(lambda filing: [enrolling.revoke(filing, station, why, who, last)])
        gone = job.result()
        with hub.engine.reading() as sql:
            left = [m.feed for m in enrolling.others(sql, gone[0])]
    if as_json:
        told = [{"station": m.station, "feed": m.feed, "last": m.last, "why": why} for m in gone]
        click.echo(dump({**told[0], "revoked": told, "still_enrolled": left}))
        return
    for m in gone:
        click.echo(_("{station} is revoked after entry {n}").format(station=safe(m.station), n=m.last))
    if left:
        session.note(
            _("still enrolled as {station}: {feeds}; --all revokes them too").format(
                station=safe(gone[0].station), feeds=", ".join(left)
            )
        )


@cli.command(
    "admit",
    help=_("Enrol a station whose entries somebody else brought, without a code.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub admit HD --region 110108\n",
)
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

    who = as_whom(session)
    with opened_hub(session, database, create=False) as hub:
        member = hub.writing.submit(
            lambda filing: enrolling.admit(filing, station, role, region, who)
        ).result()
    if as_json:
        click.echo(dump({"station": member.station, "feed": member.feed, "role": member.role}))
    else:
        click.echo(_("{station} is admitted").format(station=safe(member.station)))


for command in (backup, verify, mend, peer):
    cli.add_command(command)
