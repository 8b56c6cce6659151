"""`emergency hub peer`: other hubs that this one exchanges with."""

from __future__ import annotations

import click

from emergency.commands.front import Verbs
from emergency.commands.hubopening import as_whom, database_option, looking_at, opened_hub
from emergency.commands.output import Column, Form, dump, json_option, output_options, print_rows
from emergency.commands.pinning import authority, ca_option
from emergency.commands.session import Session, pass_session
from emergency.store.text import safe
from emergency.store.words import _


@click.group("peer", cls=Verbs, help=_("Other hubs that this one exchanges with, by agreement."))
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
@ca_option
@database_option
@json_option
@pass_session
def peer_add(
    session: Session, url: str, code: str, scope: str, ca: str | None, database: str | None, as_json: bool
) -> None:
    """The other hub is met while this one is served."""
    from emergency.plugins.hub import peers
    from emergency.store import reference
    from emergency.store.link import HttpLink, checked_url
    from emergency.store.requests import check_words

    if scope:
        reference.region(scope)
    address = checked_url(url)
    pem = authority(ca)
    link = HttpLink(address, pem, unproven=address.startswith("https") and ca is None)
    try:
        with opened_hub(session, database, create=False) as hub:
            added = peers.add(hub, address, code, scope, link, as_whom(session), pem)
    finally:
        link.close()
    if as_json:
        click.echo(dump({"hub": added.name, "feed": added.feed, "url": added.url, "scope": scope or None}))
    else:
        click.echo(
            _("enrolled at {hub}, key {words}").format(hub=safe(added.name), words=check_words(added.key))
        )


@peer.command(
    "list",
    help=_("The peers, and when each was last met.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub peer list\n  emergency hub peer list --json\n",
)
@database_option
@output_options
@pass_session
def peer_list(session: Session, database: str | None, form: Form) -> None:
    """Asks nobody."""
    from emergency.plugins.hub.peers import peers
    from emergency.store import reasons, times

    with looking_at(session, database) as sql:
        rows = [
            {
                "hub": p.name,
                "url": p.url,
                "scope": scope or None,
                "state": p.told.get("state", "never"),
                "synced": times.format_time(p.synced) if p.synced else None,
                "why": reasons.told(p.told) or None,
                "code": reasons.code_of(p.told),
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


@peer.command(
    "remove",
    help=_("Exchange with a peer no more; what crossed stays.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency hub peer remove 天津枢纽\n",
)
@click.argument("name")
@database_option
@pass_session
def peer_remove(session: Session, name: str, database: str | None) -> None:
    """Its stations' entries are still handed on; `emergency hub revoke` ends that."""
    from emergency.plugins.hub.peers import remove

    with opened_hub(session, database, create=False) as hub:
        gone = remove(hub, name)
    click.echo(_("{hub} is a peer no more").format(hub=safe(gone.name)))
