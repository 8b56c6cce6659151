"""`emergency journal`: what was known and ordered, when, by whom; and the proof of it (row K1)."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.output import (
    Column,
    Form,
    dump,
    json_option,
    limit_option,
    output_options,
    print_rows,
)
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import journal, logbook, proof, times
from emergency.store.errors import Exit, InvalidValue, NoSuchRecord
from emergency.store.text import safe
from emergency.store.words import _, listed

cli = Verbs(
    "journal", help=commands()["journal"].help, context_settings={"help_option_names": ["-h", "--help"]}
)


def _entry(n: int, feed: str, seq: int, received: int, envelope: journal.Envelope) -> dict[str, Any]:
    told = journal.told(envelope)
    header = told.header
    return {
        "n": n,
        "feed": feed,
        "seq": seq,
        "recorded": times.as_told(header["wall"]),
        "received": times.as_told(received),
        "who": header["who"],
        "kind": header["kind"],
        "op": header["op"],
        "regions": header["regions"],
        "seen": header["seen"],
        "runs": header["runs"],
        "why": told.why,
        "facts": told.facts,
        "hash": journal.digest(envelope.header).hex(),
    }


@cli.command(
    "log",
    help=_("Entries, newest first: who did what, when.")
    + "\n\n"
    + _("A filter is words of who, of the command or of why, and name:value: {names}.").format(
        names=listed(logbook.NAMES)
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency journal log 'who:王 since:2h'\n"
    "  emergency journal log record:FT-12 --limit 5\n",
)
@click.argument("filter", required=False, default="")
@limit_option(50)
@click.option("--op", default="", help=_("Of this operation."))
@click.option("--since", metavar="TIME", help=_("Recorded since."))
@as_of_option
@output_options
@pass_session
def log(session: Session, /, filter: str, limit: int, op: str, since: str | None, form: Form) -> None:
    """The journal itself, an entry a line."""
    wanted, values = logbook.conditions(session.store, filter)
    where = [wanted]
    if op:
        where.append("e.op = ?")
        values.append(op)
    if since:
        where.append("e.wall >= ?")
        values.append(str(times.parse_time(since, times.now())))
    found = journal.read(session.store.connection, " AND ".join(where), values, f"e.n DESC LIMIT {limit}")
    columns = [
        Column("n", "#", lambda r: str(r["n"])),
        Column("recorded", _("Recorded"), lambda r: r["recorded"]),
        Column("who", _("Who"), lambda r: safe(r["who"])),
        Column("kind", _("Command"), lambda r: safe(r["kind"])),
        Column("facts", _("Facts"), lambda r: "-" if r["facts"] is None else str(len(r["facts"]))),
        Column("op", _("Operation"), lambda r: safe(r["op"])),
        Column("why", _("Why"), lambda r: safe(r["why"])),
    ]
    print_rows(form, (_entry(*e) for e in found), columns, dict)


def _the_entry(connection: sqlite3.Connection, which: str) -> tuple[int, str, int, int, journal.Envelope]:
    """The entry with this number, or at this place of the one feed whose id begins so."""
    feed, _colon, seq = which.rpartition(":")
    where, values = (
        ("substr(f.id, 1, length(?1)) = ?1 AND e.seq = ?2", [feed, seq]) if feed else ("e.n = ?", [which])
    )
    found = list(journal.read(connection, where, values))
    if not found:
        raise NoSuchRecord(
            _("no entry {which}").format(which=safe(which)), hint=_("emergency journal log shows them")
        )
    if len(found) > 1:
        raise NoSuchRecord(
            _("{which} could be several entries: {candidates}").format(
                which=safe(which), candidates=listed(f"{safe(entry[1])}:{entry[2]}" for entry in found)
            ),
            hint=_("give more of the feed"),
        )
    return found[0]


@cli.command("show", help=_("One entry, whole: by its number or FEED:SEQ."))
@click.argument("which")
@json_option
@pass_session
def show(session: Session, which: str, as_json: bool) -> None:
    """The exact facts, and why those without effect have none."""
    value = _entry(*_the_entry(session.store.connection, which))
    value["inert"] = {
        str(mark % 1024): why
        for mark, why in session.store.connection.execute(
            "SELECT mark, why FROM inert WHERE mark / 1024 = ?", (value["n"],)
        )
    }
    click.echo(dump(value) if as_json else safe_lines(dump(value)))


def safe_lines(text: str) -> str:
    """Many lines, each harmless."""
    return "\n".join(map(safe, text.split("\n")))


@cli.command(
    "verify", help=_("Check every byte against hashes, chains and signatures; name what was changed.")
)
@json_option
@pass_session
def verify(session: Session, as_json: bool) -> int:
    """Exit 0 when whole, 1 when not."""
    connection = session.store.connection
    problems = journal.verify(connection)
    count = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
    if as_json:
        click.echo(dump({"entries": count, "problems": [p._asdict() for p in problems]}))
    else:
        for p in problems:
            click.echo(proof.told(p))
        if not problems:
            click.echo(_("{count} entries, all whole").format(count=count))
    return Exit.REFUSED if problems else Exit.DONE


def _as_text(name: str, made: object) -> dict[str, str | None]:
    """A header or facts as they were made; those that are no text in hexadecimal beside it."""
    if not isinstance(made, bytes):
        # A damaged row may hold anything.
        return {name: None if made is None else str(made)}
    try:
        return {name: made.decode()}
    except UnicodeDecodeError:
        return {name: None, f"{name}_hex": made.hex()}


def _as_hex(made: object) -> str | None:
    return made.hex() if isinstance(made, bytes) else None


@cli.command("export", help=_("Write the journal into a folder, readable without this program (Law 94)."))
@click.argument("folder")
@json_option
@pass_session
def export(session: Session, folder: str, as_json: bool) -> None:
    """One NDJSON file a feed, the keys, and a manifest with SHA-256 sums."""
    if os.path.exists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
        raise InvalidValue(
            _("{path} is there already").format(path=safe(folder)), hint=_("name an empty folder")
        )
    os.makedirs(folder, exist_ok=True)
    connection = session.store.connection
    manifest: dict[str, Any] = {
        "made": times.format_time(times.now()),
        "station": session.store.meta("station"),
        "feeds": [],
    }
    for feed in journal.feeds(connection).values():
        name = f"{feed.id}.ndjson"
        with open(os.path.join(folder, name), "wb") as file:
            for _n, _feed, _seq, received, envelope in journal.read(
                connection, "f.id=?", (feed.id,), "e.seq"
            ):
                file.write(
                    journal.pack(
                        {
                            **_as_text("header", envelope.header),
                            **_as_text("facts", envelope.facts),
                            "signature": _as_hex(envelope.signature),
                            "received": received,
                        }
                    )
                    + b"\n"
                )
        with open(os.path.join(folder, name), "rb") as file:
            total = journal.digest(file.read()).hex()
        manifest["feeds"].append(
            {
                "feed": feed.id,
                "file": name,
                "entries": feed.seq,
                "key": _as_hex(feed.key),
                "station": feed.station,
                "sha256": total,
            }
        )
    with open(os.path.join(folder, "manifest.json"), "w", encoding="utf-8") as text:
        text.write(dump(manifest) + "\n")
    if as_json:
        click.echo(dump(manifest))
    else:
        click.echo(
            _("written to {path}; feeds: {count}").format(count=len(manifest["feeds"]), path=safe(folder))
        )
