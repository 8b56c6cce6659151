"""`emergency web`: the board in a browser, as on the wall of a command centre."""

from __future__ import annotations

import sys

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.listening import LOOPBACK, check_certificate, listening_options, need_extra
from emergency.commands.screens import check_settings
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store.errors import InvalidValue
from emergency.store.words import _, language


@click.command(
    "web",
    cls=Verb,
    help=commands()["web"].help
    + "\n\n"
    + _(
        "Every page shows the board of this store and changes nothing; with --write one person can sign in, by"
        " an address that is printed and good once. Prints `listening on URL` when ready; needs no internet."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency web\n  emergency web --port 8480 --write\n"
    "  emergency web --host 0.0.0.0 --certificate c.pem --certificate-key c.key\n",
)
@listening_options(8480)
@click.option("--write", is_flag=True, help=_("Print an address by which one person can sign in and write."))
@click.option(
    "--public-name", default="", metavar="HOST", help=_("A name by which browsers may call this machine.")
)
@as_of_option
@pass_session
def cli(
    session: Session,
    host: str,
    port: int,
    write: bool,
    certificate: str | None,
    certificate_key: str | None,
    public_name: str,
) -> None:
    """See the help above."""
    need_extra(
        "web", _("the board in a browser needs what is not installed here"), "aiohttp", "textual_serve"
    )
    from emergency.plugins.web import serving

    check_certificate(certificate, certificate_key)

    if host not in LOOPBACK and not certificate:
        if write:
            raise InvalidValue(
                _("--write beyond this machine needs --certificate: a token could be read on the way"),
                hint=_("or keep to 127.0.0.1, and reach it through ssh -L"),
            )
        session.note(_("without --certificate others on the network can read what passes"))
    # A store that is not there, or a setting of no use, is said here, not on a wall.
    name = session.store.meta("station")
    check_settings()
    command = _board(session)
    session.close()

    def ready(told: serving.Ready) -> None:
        click.echo(f"listening on {told.url}")  # Scripts wait for these words, in any language.
        if told.entry:
            click.echo(_("to sign in, once: {url}").format(url=told.entry))
        sys.stdout.flush()

    options = serving.Options(
        host, port, command, f"{name} emergency", write, certificate, certificate_key, public_name
    )
    serving.serve(options, ready)


def _board(session: Session) -> tuple[str, ...]:
    """The command line of the board that a page shows: this store, this language, this time."""
    words = ["--store", session.path, "--lang", language()]
    if session.officer:
        words += ["--officer", session.officer]
    if session.as_of is not None:
        from emergency.store import times

        words += ["--as-of", times.format_time(session.as_of)]
    return (sys.executable, "-P", "-c", "from emergency import main; main()", *words, "board")
