"""`emergency init`."""

from __future__ import annotations

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import dump, json_option
from emergency.commands.session import Session, pass_session
from emergency.store.errors import NoSuchRecord
from emergency.store.text import safe
from emergency.store.words import _


@click.command(
    "init",
    cls=Verb,
    help=commands()["init"].help
    + f"\n\n\b\n{_('Examples:')}\n  emergency init --station FT --region 110106 --name 丰台区应急指挥中心\n",
)
@click.option(
    "--station", required=True, metavar="FT", help=_("Short name, in every number the station gives.")
)
@click.option(
    "--region", required=True, metavar="CODE", help=_("The region it serves, by its GB/T 2260 code.")
)
@click.option("--name", required=True, help=_("The station's full name."))
@json_option
@pass_session
def cli(session: Session, station: str, region: str, name: str, as_json: bool) -> None:
    """See the help above."""
    from emergency.store import reference
    from emergency.store.creating import create
    from emergency.store.store import login

    known = reference.region(region)
    if known.get("successors"):
        raise NoSuchRecord(
            _("region {code} is abolished; it became {successors}").format(
                code=region, successors=known["successors"]
            )
        )
    who = session.officer or login()
    create(session.path, station=station, region=region, name=name, who=who).close()
    if as_json:
        click.echo(dump({"station": station.upper(), "region": region, "name": name, "store": session.path}))
        return
    click.echo(_("station {station} at {path}").format(station=station.upper(), path=safe(session.path)))
    session.hint(_("next: emergency team import SHEET, emergency incident open TITLE ..."))
