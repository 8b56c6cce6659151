"""`emergency demo`: a store to look round in, made by the commands a person would type.

store/data/samples/shift.txt is the shift that is played, each line at its own time in the
past; nothing here writes what those commands could not. A city or a region is made up by
store/generating/ instead, since a million lines are not typed. All of it is marked as a sample.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.session import Session
from emergency.store import reference, times
from emergency.store.showing import SAMPLE_MARK
from emergency.store.text import safe
from emergency.store.words import _, told

FOLDER = os.path.join(reference.FOLDER, "samples")
OFFICER = "样例值班员 SAMPLE"
#: What a generated store has of plans: those of the sample shift.
PLANS = (
    ("standard", "import", "sample.toml"),
    ("keyarea", "import", "keyareas.csv"),
    ("site", "import", "sites.csv"),
    ("season", "import", "seasons.csv"),
    ("task", "import", "tasks.csv"),
)
#: What commands make without a column to mark it in.
UNMARKED = ("station", "incident", "need", "callup", "line", "reserve", "replacement")
#: A day counted from that of the demo, where a cell of a sample file begins: D+20.
_DAY = re.compile(r"(?:(?<=,)|(?<=\n))D([+-]\d+)(?=[ ,\n])")
#: Every file that a store consists of.
_FILES = ("", "-wal", "-shm", ".lock", ".key")
#: How the name of a temporary place begins.
_FOLDER = "emergency-demo-"


class Typed(NamedTuple):
    """A line of the shift: when it was typed, in milliseconds, and what."""

    at: int
    words: list[str]


@click.command(
    "demo",
    cls=Verb,
    help=commands()["demo"].help
    + "\n\n"
    + _(
        "A flood in Fangshan, with teams, equipment and reserves that are all made up. The store is"
        " temporary unless a place is named; a file that is there already is left alone."
    )
    + "\n\n"
    + _(
        "A city has 500 teams, 20,000 items of equipment and 50 needs; a region has 10,000 teams and 1,000,000"
        " items over Beijing, Tianjin and Hebei. The same seed makes the same store."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency demo\n  emergency demo --store sample.db --no-board"
    "\n  emergency demo --city --seed 7 --store city.db",
)
@click.option("--store", "store_path", metavar="PATH", help=_("Where to make it; else in a temporary place."))
@click.option("--city", is_flag=True, help=_("Make up a city: it takes some seconds."))
@click.option("--region", is_flag=True, help=_("Make up a region: it takes some minutes."))
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help=_("Which city or region; 1 if not given."))
@click.option("--no-board", is_flag=True, help=_("Make the store only."))
@click.pass_context
def cli(
    ctx: click.Context, store_path: str | None, city: bool, region: bool, seed: int | None, no_board: bool
) -> None:
    """See the help above."""
    session = ctx.find_object(Session)
    assert session is not None
    if city and region:
        raise click.UsageError(_("--city or --region: a store is one of them"))
    size = "city" if city else "region" if region else ""
    if seed is not None and not size:
        raise click.UsageError(_("--seed is for --city or --region"))
    path = store_path or ctx.find_root().params.get("store_path") or _temporary()
    refused = generate(session, path, size, 1 if seed is None else seed) if size else build(path)
    own = Session(
        store_path=path,
        as_of=session.as_of_text,
        officer=session.officer,
        color=session.color,
        quiet=session.quiet,
        no_input=session.no_input,
        debug=session.debug,
    )
    _tell(own, refused)
    if not no_board:
        _show(own)
    _suggest(own)


def _temporary() -> str:
    return os.path.join(tempfile.mkdtemp(prefix=_FOLDER), "demo.db")


# -- building -------------------------------------------------------------------------------------


def build(path: str) -> list[dict[str, Any]]:
    """Make the sample store; returns what the batch refused. Raises BadStore for a file already there."""
    now = times.now()
    refused: list[dict[str, Any]] = []
    with _wholly(path), tempfile.TemporaryDirectory(prefix="emergency-") as folder:
        for typed in shift(now):
            with _clock(typed.at):
                printed = _run(path, [_sheet(word, folder, now) for word in typed.words])
                _mark(path)
            if typed.words[:2] == ["callup", "batch"]:
                refused += [r for r in map(json.loads, printed.splitlines()) if r["status"] == "failed"]
    return refused


def generate(session: Session, path: str, size: str, seed: int) -> list[dict[str, Any]]:
    """Make up a store of a size; returns nothing refused. Raises BadStore for a file already there."""
    from emergency.store import database, generating
    from emergency.store.creating import create
    from emergency.store.store import Store

    wanted = {"city": generating.CITY, "region": generating.REGION}[size]
    session.note(
        _("making up {teams} teams and {items} items; {how_long}").format(
            teams=f"{wanted.teams:,}",
            items=f"{wanted.items:,}",
            how_long=_("some seconds, 16 MB")
            if size == "city"
            else _("one to three minutes, 750 MB, and twice that on the way"),
        )
    )
    now = times.now()
    tell = _progress(session)
    with _wholly(path), tempfile.TemporaryDirectory(prefix="emergency-") as folder:
        with _clock(now - 3 * times.DAY):
            create(path, station=wanted.station, region=wanted.region, name=wanted.title, who=OFFICER).close()
            with Store(path, who=OFFICER) as store:
                tally = generating.fill(store, wanted, seed, now, tell)
        tell(0, 0)
        with _clock(now), Store(path, who=OFFICER) as store:
            generating.go_on(store, wanted, seed, tally)
        with _clock(now):
            for words in PLANS:
                _run(path, [_sheet(word, folder, now) for word in words])
        # The last to leave clears away SQLite's own log, which is as large as the store by now.
        with database.file_lock(path):
            database.connect(path, writable=True).close()
    return []


def _progress(session: Session) -> Callable[[int, int], None]:
    """Says how far it has come, where a person looks on; (0, 0) ends it."""

    def tell(done: int, of: int) -> None:
        if sys.stderr.isatty() and not session.quiet:
            said = _("{done} of {all} records").format(done=f"{done:,}", all=f"{of:,}") if of else ""
            click.echo(f"\r\x1b[K{said}", nl=False, err=True)

    return tell


def shift(now: int) -> Iterator[Typed]:
    """The lines of the shift, oldest first, counted back from now."""
    with open(os.path.join(FOLDER, "shift.txt"), encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                ago, *words = shlex.split(line)
                yield Typed(now - times.parse_duration(ago), words)


def _run(path: str, words: list[str]) -> str:
    """Run one command line on the store; returns what it printed. Raises what it raises."""
    from emergency.commands.front import cli as root

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        root.main(["--store", path, "--officer", OFFICER, "-q", *words], "emergency", standalone_mode=False)
    return printed.getvalue()


@contextlib.contextmanager
def _clock(at: int) -> Iterator[None]:
    """Every clock of the program stands at a time, as it does in a drill."""
    before = os.environ.get("EMERGENCY_NOW")
    os.environ["EMERGENCY_NOW"] = times.format_time(at)
    try:
        yield
    finally:
        if before is None:
            del os.environ["EMERGENCY_NOW"]
        else:
            os.environ["EMERGENCY_NOW"] = before


def _sheet(word: str, folder: str, now: int) -> str:
    """The path of the sample file that a word names, its days counted from today; any other word as it is."""
    if word.endswith(".toml"):
        return os.path.join(reference.FOLDER, "standards", word)
    source = os.path.join(FOLDER, word)
    if not word.endswith(".csv") or not os.path.exists(source):
        return word
    with open(source, encoding="utf-8") as file:
        text = file.read()
    dated = _DAY.sub(lambda m: times.format_time(now + int(m[1]) * times.DAY)[:10], text)
    if dated == text:
        return source
    target = os.path.join(folder, word)
    with open(target, "w", encoding="utf-8") as file:
        file.write(dated)
    return target


def _mark(path: str) -> None:
    """Mark as samples what the last command made without saying so."""
    from emergency.store.store import Store

    with Store(path, who=OFFICER) as store:
        bare = [
            (kind, id_)
            for kind in UNMARKED
            for (id_,) in store.connection.execute(f'SELECT id FROM "{kind}" WHERE sample IS NULL')
        ]
        if not bare:
            return
        with store.write("demo") as writer:
            for kind, id_ in bare:
                writer.set(kind, id_, {"sample": SAMPLE_MARK})


@contextlib.contextmanager
def _wholly(path: str) -> Iterator[None]:
    """Leave nothing of a store that could not be finished, or was interrupted; what was there before stays."""
    mine = not any(os.path.exists(path + end) for end in _FILES)
    try:
        yield
    except BaseException:
        for end in _FILES if mine else ():
            with contextlib.suppress(OSError):
                os.remove(path + end)
        folder = os.path.dirname(path)
        if os.path.basename(folder).startswith(_FOLDER):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        raise


# -- telling --------------------------------------------------------------------------------------


def _tell(session: Session, refused: list[dict[str, Any]]) -> None:
    """Where the store is, how much is in it, and what was refused on the way."""
    count = {
        kind: session.store.connection.execute(f'SELECT count(*) FROM "{kind}"').fetchone()[0]
        for kind in ("team", "member", "equipment", "reserve", "callup")
    }
    session.note(told(SAMPLE_MARK, safe(session.path)))
    session.note(
        _(
            "{team} teams, {member} members, {equipment} items of equipment, {reserve} stock lines,"
            " {callup} orders: all made up"
        ).format(**count)
    )
    for row in refused:
        session.note(
            _("refused, row {row} of the batch ({ref}): {why}").format(
                row=row["row"], ref=safe(row["ref"]), why=row["error"]
            )
        )


def _show(session: Session) -> None:
    """The board: its screens on a terminal, else its lines."""
    from emergency.commands.boardlines import lines
    from emergency.commands.screens import open_screens

    if sys.stdout.isatty() and sys.stdin.isatty():
        open_screens(session)
        return
    from emergency.store.board import gather

    click.echo("\n".join(lines(gather(session.store))))


def _suggest(session: Session) -> None:
    store = shlex.quote(session.path)
    session.note(_("try next:"))
    for words in (
        "callup list --overdue",
        "team list --ready --near 39.7,115.9 --within 40km",
        "board --as-of '30min ago'",
    ):
        session.note(f"  emergency --store {store} {words}")
