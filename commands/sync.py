"""`emergency sync`: hand over what hubs lack, take in what they have (rows H1 to H3)."""

from __future__ import annotations

import sys
from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb, Verbs
from emergency.commands.output import Column, Form, dump, json_option, output_options, print_rows
from emergency.commands.pinning import authority, ca_option
from emergency.commands.session import Session, pass_session
from emergency.commands.tidings import plain_taken, standing, standing_words, taken_words
from emergency.store import chains, exchange, hubs, reasons, times
from emergency.store.errors import BadStore, Exit, InvalidValue, NoHub, NoSuchRecord, Refused
from emergency.store.hubs import Hub
from emergency.store.rounds import Outcome, Progress, Tell
from emergency.store.store import Store
from emergency.store.text import safe
from emergency.store.words import _, language, listed


@click.group(
    "sync",
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=commands()["sync"].help
    + "\n\n"
    + _("Without a network nothing is lost: run it again when there is one.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency sync enrol http://10.1.0.5:8470 7K3QD-...\n  emergency sync\n  emergency sync --watch\n",
)
@click.option("--require-sync", is_flag=True, help=_("Fail with 75 where no hub could be reached."))
@click.option(
    "--watch", is_flag=True, help=_("Go on: at once when something is new here or there, until stopped.")
)
@click.option("--hub", "which", metavar="NAME", help=_("With this hub alone."))
@json_option
@click.pass_context
def cli(ctx: click.Context, require_sync: bool, watch: bool, which: str | None, as_json: bool) -> int | None:
    """See the help above."""
    if ctx.invoked_subcommand is not None:
        return None
    session = ctx.ensure_object(Session)
    chosen = _chosen(session, which)
    if watch:
        from emergency.commands.watching import watch as keep_on

        keep_on(session, chosen, as_json)
        return None
    outcomes = [one_round(session, hub) for hub in chosen]
    _print(session, outcomes, as_json)
    if require_sync and not any(o.state == "synced" for o in outcomes):
        return Exit.REFUSED if any(o.state == "refused" for o in outcomes) else Exit.NO_HUB
    return Exit.REFUSED if any(o.state == "refused" for o in outcomes) else Exit.DONE


def _chosen(session: Session, which: str | None) -> list[Hub]:
    """The hubs to meet. Raises BadStore where this store is enrolled at none, NoSuchRecord for another name,
    InvalidValue for none.
    """
    if which is not None and not which.strip():
        raise InvalidValue(
            _("that names no hub"), hint=_("emergency sync status lists them; without --hub all are met")
        )
    known = hubs.hubs(session.store.connection)
    chosen = [h for h in known if which is None or which in (h.name, h.url) or h.feed.startswith(which)]
    if not known:
        raise BadStore(
            _("this store is not enrolled at any hub"),
            hint=_("emergency sync enrol URL CODE; the code comes from emergency hub enrol-code"),
        )
    if not chosen:
        raise NoSuchRecord(
            _("no hub {name}").format(name=safe(str(which))),
            hint=_("there are: {names}").format(names=safe(listed(h.name for h in known))),
        )
    return chosen


def _one(session: Session, which: str) -> Hub:
    """The one hub of that name, address or feed. Raises as `_chosen`, and InvalidValue where there are several."""
    chosen = _chosen(session, which)
    if len(chosen) > 1:
        raise InvalidValue(
            _("{text} means several hubs").format(text=safe(which)),
            hint=_("name one by its address: {names}").format(names=safe(listed(h.url for h in chosen))),
        )
    return chosen[0]


def one_round(session: Session, hub: Hub) -> Outcome:
    """One round with one hub over HTTP, with progress where a person looks on."""
    from emergency.store.link import HttpLink
    from emergency.store.syncing import sync

    line = HttpLink(hub.url, hub.ca)
    try:
        return sync(session.store, hub, line, progress(session))
    except KeyboardInterrupt:
        # A page is a transaction of its own, unlike any other command.
        raise KeyboardInterrupt(
            _("interrupted; what came or went until then stays, and the next round goes on")
        ) from None
    finally:
        line.close()
        wipe(session)


def progress(session: Session) -> Tell:
    """What shows how far a round has come, on a terminal."""
    words = {"push": _("sending"), "pull": _("receiving")}

    def tell(progress: Progress) -> None:
        if sys.stderr.isatty() and not session.quiet:
            click.echo(f"\r\x1b[K{words[progress.what]} {progress.done}/{progress.total}", nl=False, err=True)

    return tell


def wipe(session: Session) -> None:
    """Take away what showed how far it had come."""
    if sys.stderr.isatty() and not session.quiet:
        click.echo("\r\x1b[K", nl=False, err=True)


def plain(outcome: Outcome) -> dict[str, Any]:
    """What came of a round, for programs."""
    return {
        "hub": outcome.hub,
        "url": outcome.url,
        "state": outcome.state,
        "sent": outcome.sent,
        "received": outcome.received,
        "aside": outcome.aside,
        "refused": outcome.refused,
        "forked": list(outcome.forked),
        "waiting": list(outcome.waiting),
        "clock_ahead_ms": outcome.skew,
        "lost": outcome.lost,
        "why": outcome.why or None,
        "code": outcome.code or None,
        "taken": [plain_taken(t) for t in outcome.taken],
    }


def _print(session: Session, outcomes: list[Outcome], as_json: bool) -> None:
    if as_json:
        click.echo(dump({"hubs": [plain(o) for o in outcomes], **standing(session.store)}))
        return
    for o in outcomes:
        for line in told(session.store, o):
            click.echo(line)
    for line in standing_words(session.store):
        click.echo(line)


def told(store: Store, o: Outcome) -> list[str]:
    """What came of a round, for people; one line, and one for each thing that asks for a person."""
    who = safe(o.hub)
    if o.state == "offline":
        return [_("{hub}: offline ({why}); the work is safe here").format(hub=who, why=safe(o.why))]
    if o.state == "refused":
        return [f"{who}: {safe(o.why)}"]
    lines = [_("{hub}: sent {sent}, received {received}").format(hub=who, sent=o.sent, received=o.received)]
    if o.lost:
        lines.append(
            _("{hub} no longer has all that it had: what it lacks was handed over anew from here").format(
                hub=who
            )
        )
    kept = {**o.refused, **{w: n for w, n in o.aside.items() if w != "waits"}}
    if kept:
        aside = listed(f"{safe(why)} {n}" for why, n in sorted(kept.items()))
        lines.append(
            _("{hub}: kept aside: {listed}; emergency doctor tells more").format(hub=who, listed=aside)
        )
    for feed in o.forked:
        lines.append(
            _("two machines wrote as {feed}: both are kept, and each goes on as another").format(feed=feed)
        )
    for feed in o.waiting:
        said = (
            _(
                "{hub}: {station} ({feed}) is another hub, and no peer of it; emergency hub peer add makes it one"
            )
            if chains.is_hub(store.connection, feed)
            else _("{hub}: {station} ({feed}) is not enrolled there; emergency hub admit lets others have it")
        )
        lines.append(said.format(hub=who, station=safe(_station(store, feed)), feed=feed))
    lines += map(taken_words, o.taken)
    if abs(o.skew) > times.SKEW:
        said = (
            _("the clock here is {time} ahead of that of {hub}")
            if o.skew > 0
            else _("the clock here is {time} behind that of {hub}")
        )
        lines.append(said.format(time=times.format_age(abs(o.skew)), hub=who))
    return lines


def _station(store: Store, feed: str) -> str:
    """What the station of a feed calls itself, as far as it is known here."""
    found = store.connection.execute("SELECT station FROM feed WHERE id=?", (feed,)).fetchone()
    return str(found[0]) if found else "?"


@cli.command(
    "enrol",
    cls=Verb,
    help=_("Enrol this store at a hub, with a code that the hub gave out.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency sync enrol https://hub.example:8470 7K3QD-...\n"
    "  emergency sync enrol http://10.1.0.5:8470 7K3QD-...\n",
)
@click.argument("url")
@click.argument("code")
@ca_option
@json_option
@pass_session
def enrol(session: Session, url: str, code: str, ca: str | None, as_json: bool) -> None:
    """Pins the hub's key and its certificate authority, proved by the code."""
    from emergency.store.link import HttpLink, checked_url
    from emergency.store.requests import check_words

    address = checked_url(url)
    pem = authority(ca)
    link = HttpLink(address, pem, unproven=address.startswith("https") and ca is None)
    try:
        hub = hubs.enrol(session.store, link, address, code, pem)
    finally:
        link.close()
    words = check_words(hub.key)
    if as_json:
        told = {"hub": hub.name, "feed": hub.feed, "url": hub.url, "check": words, **hub.told}
        click.echo(dump({**told, "region": hub.told["region"] or None}))
        return
    click.echo(_("enrolled at {hub}, key {words}").format(hub=safe(hub.name), words=words))
    click.echo(_enrolled_as(hub))
    session.note(_("next: emergency sync"))


def _enrolled_as(hub: Hub) -> str:
    """What the hub gave whoever has just enrolled."""
    from emergency.store.records.grant import ROLES

    told = {k: safe(v) for k, v in hub.told.items()}
    told["role"] = ROLES.get(told["role"], (told["role"],) * 2)[1 if language() == "zh" else 0]
    if told["region"]:
        return _(
            "as station {station}, role {role}: the facts of region {region} alone are given to it"
        ).format(**told)
    return _("as station {station}, role {role}, every region").format(**told)


@cli.command(
    "move",
    cls=Verb,
    help=_("Meet a hub at another address from now on; it must answer there.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency sync move 丰台枢纽 https://hub.ft.example:8470\n",
)
@click.argument("hub")
@click.argument("url")
@ca_option
@pass_session
def move(session: Session, hub: str, url: str, ca: str | None) -> None:
    """Takes no code: the key that was pinned is that of the same hub, and so is the authority unless another is named."""
    from emergency.store.keys import Signer
    from emergency.store.link import HttpLink, Offline, Refusal, checked_url
    from emergency.store.talking import Talk

    known, address = _one(session, hub), checked_url(url)
    pem = authority(ca) or known.ca
    line = HttpLink(address, pem)
    try:
        Talk(line).begin(known._replace(url=address), Signer.load(session.store.path), lambda: False)
    except Offline as error:
        said = _("no hub answers at {url}: {why}").format(url=safe(address), why=error)
        raise NoHub(said, hint=_("nothing was changed")) from None
    except Refusal as error:
        raise Refused(_("nothing was changed: {why}").format(why=error)) from None
    finally:
        line.close()
    hubs.move(session.store, known, address, pem)
    click.echo(_("{hub} is met at {url} from now on").format(hub=safe(known.name), url=safe(address)))


@cli.command(
    "remove",
    cls=Verb,
    help=_("Meet a hub no more; what came by it stays.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency sync remove 丰台枢纽\n",
)
@click.argument("hub")
@pass_session
def remove(session: Session, hub: str) -> None:
    """The hub is told nothing: `emergency hub revoke` there is what ends that a station counts."""
    known = _one(session, hub)
    unsent = hubs.unsent(session.store.connection, known)
    hubs.remove(session.store, known)
    click.echo(_("{hub} is met no more").format(hub=safe(known.name)))
    if unsent:
        session.note(_("it lacks {count} entries of this station").format(count=unsent))


@cli.command(
    "status",
    cls=Verb,
    help=_("When each hub was last met, and what it does not have yet.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency sync status\n  emergency sync status --json --fields hub,state,unsent\n",
)
@output_options
@pass_session
def status(session: Session, form: Form) -> None:
    """Asks nobody: what the last rounds found."""
    connection = session.store.connection
    rows = []
    for hub in hubs.hubs(connection):
        told = hub.told
        rows.append(
            {
                "hub": hub.name,
                "url": hub.url,
                "state": told.get("state", "never"),
                "synced": times.format_time(hub.synced) if hub.synced else None,
                "unsent": hubs.unsent(connection, hub),
                "clock_ahead_ms": hubs.clock_ahead(hub),
                "why": reasons.told(told) or None,
                "code": reasons.code_of(told),
                "feed": hub.feed,
            }
        )
    states = {
        "never": _("never met"), "synced": _("synced"), "offline": _("offline"), "refused": _("refused"),
    }  # fmt: skip
    columns = [
        Column("hub", _("Hub"), lambda r: safe(r["hub"])),
        Column("state", _("State"), lambda r: states.get(r["state"], "?")),
        Column("synced", _("Last synced"), lambda r: r["synced"] or ""),
        Column("unsent", _("Not sent yet"), lambda r: str(r["unsent"])),
        Column("clock_ahead_ms", _("Clock"), lambda r: hubs.clock_words(r["clock_ahead_ms"])),
        Column("url", "URL", lambda r: safe(r["url"])),
        Column("why", _("Reason"), lambda r: safe(r["why"] or "")),
    ]
    if not print_rows(form, rows, columns, dict):
        session.note(_("this store is not enrolled at any hub"))
    elif without := exchange.withheld(connection):
        session.note(
            _(
                "{count} entries are here without their facts: a hub gives what a station's region and role may have"
            ).format(count=without)
        )
